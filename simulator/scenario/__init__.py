"""Reading and validation of scenario files: they become a model, a plan and inputs in canonical units, or raise all issues.

Only this package and `simulator.core.units` handle YAML, pydantic and units; all other code uses plain arrays in known units.
"""

from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.engine.scenario import SPEND_TO_DATE, TOTAL, PausedRun, Scenario
from simulator.scenario.overrides import OpenScenario, Overrides, open_scenario, read, with_memory

__all__ = [
    "SPEND_TO_DATE",
    "TOTAL",
    "InvalidInputError",
    "Issue",
    "OpenScenario",
    "Overrides",
    "PausedRun",
    "Place",
    "Scenario",
    "open_scenario",
    "read",
    "with_memory",
]
