"""Sensitivity analysis: which inputs drive the variance of a total, and the value of information about each.

Most measures are computed from existing draws (arrays, or a saved run); see `binning`. Some evaluate the model: the swing of
the total between two quantiles of an input, and the indices of Sobol and Shapley.
"""

from simulator.analysis.sensitivity.evaluator import DEFAULTS
from simulator.analysis.sensitivity.interval_estimates import IntervalEstimate
from simulator.analysis.sensitivity.results import Driver, Sensitivity, ShapleyEffect
from simulator.analysis.sensitivity.study import DEFAULT_MEASURES, IDLE_COST, MEASURES, rank_drivers, rank_saved_drivers
from simulator.analysis.sensitivity.value_of_information import LEVEL
from simulator.analysis.sensitivity.variance_shares import COST, NO_VARIANCE

__all__ = [
    "COST", "DEFAULTS", "DEFAULT_MEASURES", "IDLE_COST", "LEVEL", "MEASURES", "NO_VARIANCE", "Driver",
    "IntervalEstimate", "Sensitivity", "ShapleyEffect",
    "rank_drivers", "rank_saved_drivers",
]  # fmt: skip
