"""The door: scenario files become a model, a plan and inputs in canonical units, or are refused with all their faults.

YAML, pydantic and units are met here and in `simulator.units` alone; behind it are plain arrays in known units.
"""

from simulator.faults import Fault, Place, Rejected
from simulator.scenario.read import SPENT, TOTAL, Progress, Scenario, read

__all__ = [
    "SPENT",
    "TOTAL",
    "Fault",
    "Place",
    "Progress",
    "Rejected",
    "Scenario",
    "read",
]
