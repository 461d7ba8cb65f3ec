"""Draws in bins by the rank of an input: the mean and the quantiles of the total where that input is known.

A straight line in each bin gives the mean. What is read from it stays right when inputs depend on each other: what is
correlated with an input is known with it.
"""

import numpy as np
from numpy.typing import NDArray

from simulator.analysis.statistics import Array
from simulator.distributions import scores

Codes = NDArray[np.intp]

_MOST_BINS = 64


class Bins:
    """Draws in bins by the rank of an input, about equally many in each; equal values stay together."""

    def __init__(self, x: Array) -> None:
        x = np.asarray(x, dtype=np.float64)
        _, position, counts = np.unique(x, return_inverse=True, return_counts=True)
        share = ((np.cumsum(counts) - counts / 2) / len(x))[position]
        bins = int(np.clip(len(x) // 1000, 8, _MOST_BINS))
        self.z = scores(share)
        _, self.code, self.sizes = np.unique((share * bins).astype(np.intp), return_inverse=True, return_counts=True)

    def means(self, y: Array, part: slice = slice(None)) -> tuple[Array, Array]:
        """Return for every draw the mean of `y` where its input is known, and for every bin how many numbers were fitted.

        In each bin a straight line in the normal score of the input's rank is fitted to the draws in `part`.
        """
        code, z, drawn = self.code[part], self.z[part], y[part]
        size = np.bincount(code, minlength=len(self.sizes))
        counts = np.maximum(size, 1)
        centre = np.bincount(code, z, len(size)) / counts
        level = np.where(size > 0, np.bincount(code, drawn, len(size)) / counts, drawn.mean())
        deviation = z - centre[code]
        squares = np.bincount(code, deviation * deviation, len(size))
        has_slope = (squares > 1e-9 * counts) & (size >= 8)
        products = np.bincount(code, deviation * (drawn - level[code]), len(size))
        slope = np.where(has_slope, products / np.where(has_slope, squares, 1.0), 0.0)
        return level[self.code] + slope[self.code] * (self.z - centre[self.code]), np.where(has_slope, 2.0, 1.0)


def as_bins(x: "Array | Bins") -> Bins:
    """Return bins as they are, and put the draws of an input in bins."""
    return x if isinstance(x, Bins) else Bins(x)


class BinQuantiles:
    """Quantiles of values in each bin."""

    def __init__(self, code: Codes, bins: int, y: Array) -> None:
        order = np.argsort(y)
        self.sorted = y[order[np.argsort(code[order].astype(np.uint8), kind="stable")]]  # a byte is sorted by its radix
        self.sizes = np.bincount(code, minlength=bins)
        self.starts = np.cumsum(self.sizes) - self.sizes

    @classmethod
    def unbinned(cls, y: Array) -> "BinQuantiles":
        """Return the quantiles of all values, which are in one bin."""
        return cls(np.zeros(len(y), dtype=np.intp), 1, y)

    def at(self, p: Array | float) -> Array:
        """Return the quantile `p` in each bin, unbiased in its median (rule 8 of Hyndman and Fan 1996)."""
        last_rank = np.maximum(self.sizes - 1, 0)
        position = np.clip(p * (self.sizes + 1 / 3) - 2 / 3, 0, last_rank)
        below = np.floor(position).astype(np.intp)
        last = len(self.sorted) - 1  # a bin without draws may stand at the end
        lower = self.sorted[np.minimum(self.starts + below, last)]
        upper = self.sorted[np.minimum(self.starts + np.minimum(below + 1, last_rank), last)]
        return lower + (position - below) * (upper - lower)

    def steepness(self, p: float) -> Array:
        """Return how fast each quantile rises with its probability, from those one standard error of rank apart."""
        step = np.sqrt(p * (1 - p) / np.maximum(self.sizes, 1))
        low, high = np.maximum(p - step, 0.0), np.minimum(p + step, 1.0)
        return (self.at(high) - self.at(low)) / (high - low)
