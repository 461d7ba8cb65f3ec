"""Labels of outcomes in the tables of a run, where the name of a quantity alone would mislead beside the others."""

from simulator.core.formatting import to_words
from simulator.engine.scenario import Scenario

OF_DEVELOPMENT = {
    "energy": "life_energy",
    "emissions": "life_emissions",
    "total_emissions": "life_emissions",
    "water_use": "life_water",
}
"""Quantities of the development alone, with those of the whole life that hold them."""


def outcome_label(scenario: Scenario, name: str) -> str:
    """Return an outcome in words; beside the same of the whole life, one of the development says so."""
    of_life = OF_DEVELOPMENT.get(name)
    return f"{to_words(name)} (development)" if of_life in scenario.outcomes else to_words(name)
