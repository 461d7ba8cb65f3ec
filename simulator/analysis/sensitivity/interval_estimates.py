"""Estimates with Monte Carlo standard errors and 95 % confidence intervals."""

import math
from dataclasses import dataclass, field

import numpy as np

from simulator.analysis.statistics import Array
from simulator.core.results import hidden

NORMAL_CRITICAL_VALUE = 1.959964  # half-width of a 95 % interval in standard errors
REPLICATES_CRITICAL_VALUE = 2.364624  # the same for Student's t with seven degrees of freedom


@dataclass(frozen=True, slots=True)
class IntervalEstimate:
    """An estimate with its Monte Carlo standard error and its 95 % interval.

    Attributes
    ----------
    value : float
        The estimate: a share, a correlation, or USD.
    low, high : float
        Bounds of the interval.
    mcse : float
        The standard error.
    critical_value : float
        Half-width of the interval in standard errors.

    """

    value: float
    low: float = field(init=False)
    high: float = field(init=False)
    mcse: float
    critical_value: float = hidden(default=NORMAL_CRITICAL_VALUE)

    def __post_init__(self) -> None:
        half_width = self.critical_value * self.mcse
        object.__setattr__(self, "low", self.value - half_width)
        object.__setattr__(self, "high", self.value + half_width)

    @property
    def half_width(self) -> float:
        """Half the width of the interval."""
        return self.critical_value * self.mcse

    @property
    def is_clear(self) -> bool:
        """Whether the interval lies above zero."""
        return self.low > 0

    def __mul__(self, factor: float) -> "IntervalEstimate":
        """Return the estimate in another unit."""
        return IntervalEstimate(self.value * factor, self.mcse * factor, self.critical_value)


def mean_estimate(influences: Array, value: float) -> IntervalEstimate:
    """Return an estimate whose error is that of the mean of the influence of each draw."""
    return IntervalEstimate(value, float(np.std(influences)) / math.sqrt(len(influences)))
