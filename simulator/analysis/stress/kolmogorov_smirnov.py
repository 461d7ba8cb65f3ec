"""The Kolmogorov-Smirnov distance between an input in a subset of draws and in all draws."""

import math

import numpy as np

from simulator.analysis.statistics import Array
from simulator.analysis.stress.retained_draws import Mask

_CRITICAL_VALUE = 1.95  # of the scaled distance, at a significance level of 0.1 %


def ks_distance(values: Array, mask: Mask) -> tuple[float, int]:
    """Return the Kolmogorov-Smirnov distance of the draws in a mask from all, and 1 where they are higher, -1 where lower."""
    order = np.argsort(values)
    ordered = values[order]
    matches = np.cumsum(mask[order])
    gap = np.arange(1, len(values) + 1) / len(values) - matches / matches[-1]
    gap = gap[np.append(ordered[1:] != ordered[:-1], True)]  # equal values count together
    widest = int(np.argmax(np.abs(gap)))
    return float(abs(gap[widest])), int(np.sign(gap[widest]))


def critical_distance(mask: Mask) -> float:
    """Return the distance that an unrelated input exceeds with a probability of 0.1 % (Smirnov 1948)."""
    count = int(np.count_nonzero(mask))
    return _CRITICAL_VALUE * math.sqrt((1 - count / len(mask)) / count)
