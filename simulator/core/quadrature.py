"""Means over time: parts of a day and of a life where a quantity rises by whole steps, such as replicas; growth at a rate."""

import numpy as np

from simulator.core.units import Ratio

PARTS_OF_DAY = 24
"""Hours of a day."""
PARTS_OF_LIFE = 12
"""Parts of a service life, over which demand grows."""


def midpoints(parts: int) -> tuple[float, ...]:
    """Return the middle of each of some equal parts of the interval from 0 to 1.

    Examples
    --------
    >>> midpoints(2)
    (0.25, 0.75)

    """
    return tuple((part + 0.5) / parts for part in range(parts))


def mean_of_growth(growth: Ratio) -> Ratio:
    """Return the mean of an exponential over an interval, if it starts at 1 and its logarithm rises by `growth`.

    Examples
    --------
    >>> print(f"{mean_of_growth(1.0):.4f}")
    1.7183

    """
    is_constant = growth == 0
    return np.where(is_constant, 1, np.expm1(growth) / np.where(is_constant, 1, growth))
