"""What drives the spread of a total, and what it would be worth to know.

Most measures are read from draws that are already there (arrays, or a saved run); see `binning`. Two need the model itself: the
swing of the total between two quantiles of an input, and Sobol's indices.
"""

from simulator.analysis.sensitivity.estimates import Estimate
from simulator.analysis.sensitivity.evaluator import DRAWS
from simulator.analysis.sensitivity.output import as_csv, as_json, research_next
from simulator.analysis.sensitivity.results import Driver, Drivers
from simulator.analysis.sensitivity.study import IDLE_COST, MEASURES, drivers, drivers_of_saved
from simulator.analysis.sensitivity.value_of_information import LEVEL
from simulator.analysis.sensitivity.variance_shares import COST

__all__ = [
    "COST", "DRAWS", "IDLE_COST", "LEVEL", "MEASURES", "Driver", "Drivers", "Estimate", "as_csv", "as_json", "drivers",
    "drivers_of_saved", "research_next",
]  # fmt: skip
