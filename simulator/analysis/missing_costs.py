"""Costs of own chips that a rent includes and a scenario leaves out, and whether rows of the library add them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from simulator.core.formatting import to_words
from simulator.model.ownership import COSTS_OF_OWNERS
from simulator.scenario import TOTAL, OpenScenario, Scenario, library
from simulator.scenario.own_chips import IDLE, charges_own_chips

OWNER_COSTS = "owner-costs"
"""The preset with the costs of owners."""
FLEET_HOURS = "serving_chip_hours"
"""Chip-hours of a fleet that serves, its idle ones included."""
RENT = "rental_cost"


class MissingCosts(NamedTuple):
    """Costs that a scenario leaves out.

    Attributes
    ----------
    lines : tuple of str
    is_in_preset : bool
        Whether the rows of the preset with the costs of owners add all of them; it was tried.

    """

    lines: tuple[str, ...]
    is_in_preset: bool


def missing_costs(opened: Mapping[str, OpenScenario]) -> dict[str, MissingCosts]:
    """Return the costs that scenarios with own chips leave out beside one that rents, by the name of the scenario."""
    lenient = {name: each.allowing_unused() for name, each in opened.items()}
    missing = missing_lines({name: each.scenario for name, each in lenient.items()})
    return {name: MissingCosts(lines, _preset_adds_all(lenient[name])) for name, lines in missing.items()}


def missing_lines(scenarios: Mapping[str, Scenario]) -> dict[str, tuple[str, ...]]:
    """Return the costs that scenarios with own chips leave out beside one that rents, as lines by the name of the scenario."""
    if not any(RENT in scenario.plan.dependencies(TOTAL) for scenario in scenarios.values()):
        return {}
    missing = {name: _missing(scenario) for name, scenario in scenarios.items() if charges_own_chips(scenario)}
    return {name: lines for name, lines in missing.items() if lines}


def without_costs(lines: Sequence[str]) -> str:
    """State that a scenario leaves out costs, as in `is without 5 costs that a rent includes`."""
    costs = f"{len(lines)} costs that" if len(lines) > 1 else f"{to_words(lines[0])}, which"
    return f"is without {costs} a rent includes"


def _missing(scenario: Scenario) -> tuple[str, ...]:
    """Return the costs of own chips that the total does not depend on, as lines of it or within other quantities."""
    present = scenario.plan.dependencies(TOTAL)
    if FLEET_HOURS in present:
        present |= {IDLE}
    return tuple(line for line in COSTS_OF_OWNERS if line not in present)


def _preset_adds_all(opened: OpenScenario) -> bool:
    """Whether no cost is missing with the rows of the preset that the scenario does not have."""
    node = library.find_file("scenarios", OWNER_COSTS)
    assert node is not None
    scenario = opened.scenario
    rows = {name: row.text for name, row in (node.keys or {}).items() if name in scenario.graph.units}
    sets = tuple(f"{name}={row}" for name, row in rows.items() if name not in scenario.plan.names)
    completed = opened.with_(sets=sets).scenario_or_issue()
    return isinstance(completed, Scenario) and not _missing(completed)
