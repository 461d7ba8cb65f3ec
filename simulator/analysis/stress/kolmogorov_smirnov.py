"""The Kolmogorov-Smirnov distance of an input in chosen draws from the same input in all draws."""

import math

import numpy as np

from simulator.analysis.statistics import Array
from simulator.analysis.stress.kept_draws import Mask

_CLEAR = 1.95  # distance in its own errors that Monte Carlo error passes once in a thousand inputs


def ks_distance(values: Array, such: Mask) -> tuple[float, int]:
    """Return the Kolmogorov-Smirnov distance of the chosen draws from all, and 1 where they lie higher, -1 where lower."""
    order = np.argsort(values)
    ordered = values[order]
    chosen = np.cumsum(such[order])
    gap = np.arange(1, len(values) + 1) / len(values) - chosen / chosen[-1]
    gap = gap[np.append(ordered[1:] != ordered[:-1], True)]  # equal values count together
    widest = int(np.argmax(np.abs(gap)))
    return float(abs(gap[widest])), int(np.sign(gap[widest]))


def luck(such: Mask) -> float:
    """Return the distance that an input without any part in it passes once in a thousand times (Smirnov 1948)."""
    count = int(np.count_nonzero(such))
    return _CLEAR * math.sqrt((1 - count / len(such)) / count)
