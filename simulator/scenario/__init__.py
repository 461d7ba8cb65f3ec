"""Validation: scenario files become a model, a plan and inputs in canonical units, or are refused with all their issues.

YAML, pydantic and units are met here and in `simulator.core.units` alone; behind it are plain arrays in known units.
"""

from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.engine.scenario import SPENT, TOTAL, Progress, Scenario
from simulator.scenario.assemble import read

__all__ = [
    "SPENT",
    "TOTAL",
    "InvalidInputError",
    "Issue",
    "Place",
    "Progress",
    "Scenario",
    "read",
]
