"""What is kept of the draws: mergeable tallies, and the figures with their Monte Carlo errors that are read off them.

A tally holds count, mean, spread and a histogram on the leading bits of the float (256 bins an octave). Its counts are whole
numbers, so quantiles do not depend on the order in which blocks are merged; means are merged in the order of blocks.
"""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_SHIFT = np.int64(44)  # keeps sign, exponent and 8 bits of the mantissa
_ALL_BITS = np.int64(0x7FFF_FFFF_FFFF_FFFF)


def _bins(x: Array) -> NDArray[np.int64]:
    """The histogram bin of each value: integers that rise with the value, across zero too."""
    bits = x.view(np.int64)
    if x.min() < 0 or np.signbit(x).any():
        bits = (x + 0.0).view(np.int64)  # no negative zero
        bits = np.where(bits < 0, bits ^ _ALL_BITS, bits)
    return bits >> _SHIFT


def _edge(number: NDArray[np.int64]) -> Array:
    """The least value of a bin."""
    bits = number << _SHIFT
    return np.where(bits < 0, bits ^ _ALL_BITS, bits).astype(np.int64).view(np.float64)


@dataclass(slots=True)
class Tally:
    """Count, moments and histogram of a quantity; `sums` holds the sum of each bin where tail means are wanted."""

    count: int
    mean: float
    squares: float
    low: float
    high: float
    first_bin: int
    counts: NDArray[np.int64]
    sums: Array | None = None

    @classmethod
    def of(cls, values: Array, *, sums: bool = False) -> "Tally":
        """Tally one block of values; raise FloatingPointError where one is not finite."""
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused in the next lines
            mean = float(values.mean())
        if not math.isfinite(mean):
            raise FloatingPointError(f"{np.count_nonzero(~np.isfinite(values))} of {len(values)} draws are not finite numbers")
        values = np.ascontiguousarray(values)
        bins = _bins(values)
        first = int(bins.min())
        bins = bins - first
        centred = values - mean
        with np.errstate(over="ignore"):
            squares = float(np.square(centred, out=centred).sum())  # pairwise, and no BLAS threads beside ours
        if not math.isfinite(squares):
            raise FloatingPointError(f"draws as large as {np.abs(values).max():g} have no standard deviation")
        return cls(
            len(values),
            mean,
            squares,
            float(values.min()),
            float(values.max()),
            first,
            np.bincount(bins),
            np.bincount(bins, weights=values).astype(np.float64) if sums else None,
        )

    def merge(self, other: "Tally") -> None:
        """Take in the tally of a later block (Chan, Golub and LeVeque 1979)."""
        count = self.count + other.count
        step = other.mean - self.mean
        self.squares += other.squares + step**2 * (self.count * other.count / count)
        self.mean += step * (other.count / count)
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        first = min(self.first_bin, other.first_bin)
        end = max(self.first_bin + len(self.counts), other.first_bin + len(other.counts))
        self.counts = _placed(self.counts, self.first_bin - first, end - first)
        self.counts[other.first_bin - first :][: len(other.counts)] += other.counts
        if self.sums is not None and other.sums is not None:
            self.sums = _placed(self.sums, self.first_bin - first, end - first)
            self.sums[other.first_bin - first :][: len(other.sums)] += other.sums
        self.count, self.first_bin = count, first

    @property
    def sd(self) -> float:
        """Standard deviation of the quantity (not of its mean)."""
        return math.sqrt(self.squares / (self.count - 1)) if self.count > 1 else 0.0

    def quantiles(self, p: Array) -> Array:
        """Return the values not exceeded with probabilities `p`, by linear interpolation of the rank within a bin."""
        upper = np.cumsum(self.counts)
        rank = np.asarray(p) * self.count
        bin_ = np.minimum(np.searchsorted(upper, rank, side="left"), len(upper) - 1)
        inside = (rank - (upper[bin_] - self.counts[bin_])) / np.maximum(self.counts[bin_], 1)
        number = bin_.astype(np.int64) + self.first_bin
        low, high = _edge(number), np.where(number == 0, 0.0, _edge(number + 1))  # a zero is zero, and nothing near it
        return np.clip(low + np.clip(inside, 0, 1) * (high - low), self.low, self.high)

    def quantile(self, p: float) -> float:
        """Return one quantile."""
        return float(self.quantiles(np.array([p]))[0])

    def quantile_errors(self, p: Array) -> Array:
        """Return the Monte Carlo standard error of quantiles: half the step between the quantiles one error of rank apart."""
        p = np.asarray(p)
        step = np.sqrt(p * (1 - p) / self.count)
        return (self.quantiles(np.clip(p + step, 0, 1)) - self.quantiles(np.clip(p - step, 0, 1))) / 2

    @property
    def mean_error(self) -> float:
        """Monte Carlo standard error of the mean."""
        return self.sd / math.sqrt(self.count)

    def cdf(self, value: float) -> float:
        """Return the share of draws not above a value, to within its bin."""
        if value < self.low:
            return 0.0
        if value >= self.high:
            return 1.0
        number = int(_bins(np.array([value]))[0])
        place = number - self.first_bin
        edges = _edge(np.array([number, number + 1], dtype=np.int64))
        inside = (value - edges[0]) / (edges[1] - edges[0]) if number else 1.0
        return float((self.counts[:place].sum() + inside * self.counts[place]) / self.count)

    def mean_above(self, p: float) -> float:
        """Return the mean of the draws above the quantile `p` (conditional value at risk); needs the bins' sums."""
        assert self.sums is not None
        wanted = (1 - p) * self.count
        counts, sums = self.counts[::-1], self.sums[::-1]
        taken = np.cumsum(counts)
        whole = int(np.searchsorted(taken, wanted, side="right"))
        if whole >= len(counts):
            return self.mean
        before = taken[whole - 1] if whole else 0
        rest = (wanted - before) * sums[whole] / counts[whole] if counts[whole] else 0.0
        return float((sums[:whole].sum() + rest) / wanted)


def _placed(values: Any, start: int, size: int) -> Any:
    """Put an array into a longer one of zeros."""
    if len(values) == size:
        return values
    longer = np.zeros(size, dtype=values.dtype)
    longer[start : start + len(values)] = values
    return longer


PERCENTS = (2.5, 5.0, 10.0, 20.0, 50.0, 70.0, 80.0, 90.0, 95.0, 97.5)


class Spread(NamedTuple):
    """The figures of one quantity that a table shows; errors are Monte Carlo standard errors."""

    mean: float
    sd: float
    median: float
    low: float
    high: float
    quantiles: dict[float, float]
    mean_error: float
    median_error: float
    low_error: float
    high_error: float


def spread(tally: "Tally | float", interval: float = 0.95) -> Spread:
    """Read off the figures of a tally (a plain number where the quantity is constant) with a central interval."""
    if isinstance(tally, float):
        return Spread(tally, 0.0, tally, tally, tally, dict.fromkeys(PERCENTS, tally), 0.0, 0.0, 0.0, 0.0)
    ends = np.array([0.5, (1 - interval) / 2, (1 + interval) / 2])
    median, low, high = tally.quantiles(ends).tolist()
    errors = tally.quantile_errors(ends).tolist()
    quantiles = tally.quantiles(np.array(PERCENTS) / 100).tolist()
    return Spread(
        tally.mean, tally.sd, median, low, high, dict(zip(PERCENTS, quantiles, strict=True)), tally.mean_error, *errors
    )


class Budget(NamedTuple):
    """How an amount stands against the total."""

    amount: float
    probability_within: float
    probability_error: float
    p50: float
    p80: float
    contingency_to_p80: float
    expected_overrun: float
    cvar_95: float


def budget(amount: float, within: int, overrun: Tally, total: "Tally | float", point: float) -> Budget:
    """Return the figures of a budget: chance to stay within, contingency from the point estimate to P80, overrun, tail mean."""
    if isinstance(total, float):
        return Budget(amount, float(total <= amount), 0.0, total, total, total - point, max(0.0, total - amount), total)
    share = within / total.count
    p50, p80 = total.quantiles(np.array([0.5, 0.8])).tolist()
    error = math.sqrt(share * (1 - share) / total.count)
    return Budget(amount, share, error, p50, p80, p80 - point, overrun.mean, total.mean_above(0.95))


def rank_correlation(a: Array, b: Array) -> float:
    """Return Spearman's rank correlation: equal values share their mean rank, and a constant is correlated with nothing."""
    first, second = _ranks(a), _ranks(b)
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def _ranks(x: Array) -> Array:
    _, place, times = np.unique(x, return_inverse=True, return_counts=True)
    return (np.cumsum(times) - (times - 1) / 2)[place]
