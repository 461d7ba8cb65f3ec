"""Bisection, elementwise over arrays: the solver of formulas that have no closed form."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

STEPS = 40
"""Steps: the last interval is 1e-12 of the first. Their number is fixed, so that results do not depend on other elements."""

Array = NDArray[np.float64]


def largest(meets: Callable[[Array], NDArray[np.bool_]], low: Array, high: Array, steps: int = STEPS) -> Array:
    """Return the largest values between `low` and `high` that meet a condition which all smaller values meet.

    Parameters
    ----------
    meets : callable
        From values to whether each meets the condition.
    low, high : array
        Bounds, of the same shape; `low` is returned where no tried value meets the condition.
    steps : int
        Number of steps.

    """
    low, high = np.array(low, dtype=float), np.array(high, dtype=float)
    for _ in range(steps):
        middle = (low + high) / 2
        is_met = meets(middle)
        low, high = np.where(is_met, middle, low), np.where(is_met, high, middle)
    return low
