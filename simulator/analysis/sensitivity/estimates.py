"""A figure with its Monte Carlo standard error."""

import math
from typing import NamedTuple

import numpy as np

from simulator.analysis.statistics import Array

NORMAL_REACH = 1.959964  # a 95 % interval in standard errors
REPLICATES_REACH = 2.364624  # the same by Student's t with seven degrees of freedom


class Estimate(NamedTuple):
    """A figure with its Monte Carlo standard error; the ends are those of a 95 % interval."""

    value: float
    error: float
    reach: float = NORMAL_REACH

    @property
    def low(self) -> float:
        """Lower end of the interval."""
        return self.value - self.reach * self.error

    @property
    def high(self) -> float:
        """Upper end of the interval."""
        return self.value + self.reach * self.error


def mean_estimate(influences: Array, value: float) -> Estimate:
    """Return an estimate whose error is that of the mean of what each draw adds to it."""
    return Estimate(value, float(np.std(influences)) / math.sqrt(len(influences)))
