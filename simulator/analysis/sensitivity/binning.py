"""Draws binned by the rank of an input: mean and quantiles of the total conditional on that input.

A linear fit in each bin gives the mean. The estimates hold for dependent inputs too: they are conditional on the input and so
on what is correlated with it.
"""

import numpy as np
from numpy.typing import NDArray

from simulator.analysis.statistics import Array
from simulator.distributions import normal_quantiles

Codes = NDArray[np.intp]

_MAX_BINS = 64


class Bins:
    """Bins of about equally many draws by the rank of an input; equal values share a bin."""

    def __init__(self, x: Array) -> None:
        x = np.asarray(x, dtype=np.float64)
        _, position, counts = np.unique(x, return_inverse=True, return_counts=True)
        share = ((np.cumsum(counts) - counts / 2) / len(x))[position]
        bins = int(np.clip(len(x) // 1000, 8, _MAX_BINS))
        self.z = normal_quantiles(share)
        _, self.code, self.sizes = np.unique((share * bins).astype(np.intp), return_inverse=True, return_counts=True)

    def means(self, y: Array, part: slice = slice(None)) -> tuple[Array, Array]:
        """Return the mean of `y` conditional on the input for every draw, and the number of fitted parameters for every bin.

        In each bin a straight line in the normal quantile of the input's rank is fitted to the draws in `part`.
        """
        code, z, y_part = self.code[part], self.z[part], y[part]
        size = np.bincount(code, minlength=len(self.sizes))
        counts = np.maximum(size, 1)
        centre = np.bincount(code, z, len(size)) / counts
        level = np.where(size > 0, np.bincount(code, y_part, len(size)) / counts, y_part.mean())
        deviation = z - centre[code]
        squares = np.bincount(code, deviation * deviation, len(size))
        has_slope = (squares > 1e-9 * counts) & (size >= 8)
        products = np.bincount(code, deviation * (y_part - level[code]), len(size))
        slope = np.where(has_slope, products / np.where(has_slope, squares, 1.0), 0.0)
        return level[self.code] + slope[self.code] * (self.z - centre[self.code]), np.where(has_slope, 2.0, 1.0)


def as_bins(x: "Array | Bins") -> Bins:
    """Bin the draws of an input; return bins unchanged."""
    return x if isinstance(x, Bins) else Bins(x)


class BinQuantiles:
    """Quantiles of values in each bin."""

    def __init__(self, code: Codes, bins: int, y: Array) -> None:
        order = np.argsort(y)
        self.sorted = y[order[np.argsort(code[order].astype(np.uint8), kind="stable")]]  # bytes get a radix sort
        self.sizes = np.bincount(code, minlength=bins)
        self.starts = np.cumsum(self.sizes) - self.sizes

    @classmethod
    def unbinned(cls, y: Array) -> "BinQuantiles":
        """Return the quantiles of all values, as a single bin."""
        return cls(np.zeros(len(y), dtype=np.intp), 1, y)

    def at(self, p: Array | float) -> Array:
        """Return the median-unbiased quantile `p` of each bin (definition 8 of Hyndman and Fan 1996)."""
        last_rank = np.maximum(self.sizes - 1, 0)
        position = np.clip(p * (self.sizes + 1 / 3) - 2 / 3, 0, last_rank)
        below = np.floor(position).astype(np.intp)
        last = len(self.sorted) - 1  # the last bins may be empty
        lower = self.sorted[np.minimum(self.starts + below, last)]
        upper = self.sorted[np.minimum(self.starts + np.minimum(below + 1, last_rank), last)]
        return lower + (position - below) * (upper - lower)

    def derivative(self, p: float) -> Array:
        """Return the derivative of each quantile in its probability, from quantiles one standard error of rank either side."""
        step = np.sqrt(p * (1 - p) / np.maximum(self.sizes, 1))
        low, high = np.maximum(p - step, 0.0), np.minimum(p + step, 1.0)
        return (self.at(high) - self.at(low)) / (high - low)
