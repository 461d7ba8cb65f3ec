"""Estimates with Monte Carlo standard errors and 95 % confidence intervals."""

import math
from typing import NamedTuple

import numpy as np

from simulator.analysis.statistics import Array

NORMAL_CRITICAL_VALUE = 1.959964  # half-width of a 95 % interval in standard errors
REPLICATES_CRITICAL_VALUE = 2.364624  # the same for Student's t with seven degrees of freedom


class IntervalEstimate(NamedTuple):
    """An estimate with its Monte Carlo standard error and the bounds of its 95 % interval."""

    value: float
    error: float
    critical_value: float = NORMAL_CRITICAL_VALUE

    @property
    def low(self) -> float:
        """Lower bound of the interval."""
        return self.value - self.critical_value * self.error

    @property
    def high(self) -> float:
        """Upper bound of the interval."""
        return self.value + self.critical_value * self.error


def mean_estimate(influences: Array, value: float) -> IntervalEstimate:
    """Return an estimate whose error is that of the mean of the influence of each draw."""
    return IntervalEstimate(value, float(np.std(influences)) / math.sqrt(len(influences)))
