"""Histograms of draws on the leading bits of the float, which can be merged, and the figures that are read from them.

A histogram has at least 2,048 bins per octave. Counts are integers, so they do not depend on the order of merging.
"""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_MAX_SHIFT = 41  # maximum number of dropped bits: sign, exponent and 11 bits of the mantissa remain
_BINS = 32_768  # minimum number of bins of a narrow range
_ALL_BITS = np.int64(0x7FFF_FFFF_FFFF_FFFF)


def _keys(x: Array, low: float) -> NDArray[np.int64]:
    """Return integers in the order of the values, across zero too: the bits of the float. `low` is the minimum."""
    if low > 0:
        return x.view(np.int64)
    bits = (x + 0.0).view(np.int64)  # no negative zero
    return np.where(bits < 0, bits ^ _ALL_BITS, bits)


def _edge(number: NDArray[np.int64], shift: int) -> Array:
    """Return the lower edge of a bin."""
    bits = number << np.int64(shift)
    return np.where(bits < 0, bits ^ _ALL_BITS, bits).astype(np.int64).view(np.float64)


def _centre(number: NDArray[np.int64], shift: int) -> Array:
    """Return the centre of a bin."""
    return (_edge(number, shift) + _edge(number + 1, shift)) / 2


def _resolution(low: float, high: float) -> int:
    """Return how many trailing bits to drop, so that a range has at least `_BINS` bins, or 2,048 per octave if it is wide."""
    first, last = _keys(np.array([low]), low).item(), _keys(np.array([high]), high).item()
    return min(_MAX_SHIFT, ((last - first) // _BINS).bit_length())


@dataclass(slots=True)
class Histogram:
    """Counts of draws by the leading bits of the float, and the sum of each bin if tail means are required."""

    shift: int
    first_bin: int
    counts: NDArray[np.int64]
    sums: Array | None = None

    @classmethod
    def of(cls, values: Array, low: float, high: float, *, sums: bool) -> "Histogram":
        """Return the histogram of values from `low` to `high`."""
        shift = _resolution(low, high)
        bins = _keys(values, low) >> np.int64(shift)
        first = _keys(np.array([low]), low).item() >> shift
        bins -= first
        return cls(shift, first, np.bincount(bins), np.bincount(bins, weights=values).astype(np.float64) if sums else None)

    def merge(self, other: "Histogram", low: float, high: float) -> None:
        """Merge another histogram, which is left as it is; `low` and `high` are the bounds of all draws."""
        shift = max(self.shift, other.shift, _resolution(low, high))
        self._coarsen(shift)
        other = other if other.shift == shift else replace(other)
        other._coarsen(shift)
        first = min(self.first_bin, other.first_bin)
        end = max(self.first_bin + len(self.counts), other.first_bin + len(other.counts))
        self.counts = _pad(self.counts, self.first_bin - first, end - first)
        self.counts[other.first_bin - first :][: len(other.counts)] += other.counts
        if self.sums is not None and other.sums is not None:
            self.sums = _pad(self.sums, self.first_bin - first, end - first)
            self.sums[other.first_bin - first :][: len(other.sums)] += other.sums
        self.first_bin = first

    def _coarsen(self, shift: int) -> None:
        """Merge neighbouring bins; counts are integers, so the order of merging does not matter."""
        if shift == self.shift:
            return
        extra_bits = shift - self.shift
        place = (np.arange(len(self.counts)) + self.first_bin) >> extra_bits
        self.first_bin, self.shift = self.first_bin >> extra_bits, shift
        place -= self.first_bin
        if self.sums is not None:
            self.sums = np.bincount(place, weights=self.sums).astype(np.float64)
        self.counts = np.bincount(place, weights=self.counts).astype(np.int64)

    def quantiles(self, p: Array, low: float, high: float) -> Array:
        """Return the quantiles at probabilities `p`, by the rank within a bin, of draws from `low` to `high`."""
        upper = np.cumsum(self.counts)
        rank = p * upper[-1]
        bin_ = np.minimum(np.searchsorted(upper, rank, side="left"), len(upper) - 1)
        inside = (rank - (upper[bin_] - self.counts[bin_])) / np.maximum(self.counts[bin_], 1)
        number = bin_.astype(np.int64) + self.first_bin
        lower_edge = _edge(number, self.shift)
        upper_edge = np.where(number == 0, 0.0, _edge(number + 1, self.shift))  # zero has a bin of its own
        return np.clip(lower_edge + np.clip(inside, 0, 1) * (upper_edge - lower_edge), low, high)

    def cdf(self, value: float) -> float:
        """Return the share of draws not above a value between their bounds, interpolated within its bin."""
        number = int(_keys(np.array([value]), value)[0]) >> self.shift
        place = number - self.first_bin
        edges = _edge(np.array([number, number + 1], dtype=np.int64), self.shift)
        inside = (value - edges[0]) / (edges[1] - edges[0]) if number and self.shift else 1.0
        return float((self.counts[:place].sum() + inside * self.counts[place]) / self.counts.sum())

    def mean_of_largest(self, size: float) -> float:
        """Return the mean of the `size` largest draws, fewer than all; requires the sums of bins."""
        assert self.sums is not None
        counts, sums = self.counts[::-1], self.sums[::-1]
        size_above = np.cumsum(counts)
        whole = int(np.searchsorted(size_above, size, side="right"))
        before = size_above[whole - 1] if whole else 0
        rest = (size - before) * sums[whole] / counts[whole] if counts[whole] else 0.0
        return float((sums[:whole].sum() + rest) / size)

    def extremes(self, size: int, step: int) -> Array:
        """Return the `size` lowest (`step` 1) or highest (-1) draws, the most extreme first, each at its bin centre."""
        counts, bins = self.counts[::step], size
        while counts[:bins].sum() < size:  # most of up to 100,000 bins in a tail are empty
            bins *= 2
        occupied = np.flatnonzero(counts[:bins])
        number = self.first_bin + (occupied if step > 0 else len(counts) - 1 - occupied)
        return np.repeat(_centre(number, self.shift), counts[occupied])[:size]

    def bins_of(self, ranks: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return for each bin whether it holds an order statistic with one of the ranks."""
        bins = np.zeros(len(self.counts), dtype=bool)
        bins[np.searchsorted(np.cumsum(self.counts), ranks, side="right")] = True
        return bins

    def select(self, values: Array, bins: NDArray[np.bool_], low: float) -> Array:
        """Return the values that lie in the given bins; `low` is the minimum of all draws."""
        keys = _keys(np.ascontiguousarray(values), low) >> np.int64(self.shift)
        return values[bins[keys - self.first_bin]]

    def order_statistics(self, ranks: NDArray[np.int64], bins: NDArray[np.bool_], draws: Array) -> Array:
        """Return the draws with given ranks, from all draws in the given bins, in ascending order."""
        upper = np.cumsum(self.counts)
        places = np.cumsum(np.where(bins, self.counts, 0))
        bin_ = np.searchsorted(upper, ranks, side="right")
        return draws[ranks - upper[bin_] + places[bin_]]

    def __getstate__(self) -> dict[str, Any]:
        """Pickle counts in the smallest integer type that holds them."""
        counts = self.counts.astype(np.min_scalar_type(self.counts.max()))
        return {each.name: getattr(self, each.name) for each in fields(self)} | {"counts": counts}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)
        self.counts = self.counts.astype(np.int64)


def extremes_of(values: Array, low: float, high: float, size: int, step: int) -> Array:
    """Return what `Histogram.extremes` does, from the draws themselves: their histogram may have two million bins."""
    shift, place = _resolution(low, high), size - 1 if step > 0 else len(values) - size
    draws = np.partition(values, place)
    number = np.sort(_keys(draws[:size] if step > 0 else draws[place:], low))[::step] >> np.int64(shift)
    return _centre(number, shift)


def _pad(values: Any, start: int, size: int) -> Any:
    """Pad an array with zeros to a size."""
    if len(values) == size:
        return values
    padded = np.zeros(size, dtype=values.dtype)
    padded[start : start + len(values)] = values
    return padded
