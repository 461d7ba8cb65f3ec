"""Mergeable accumulators of draws: moments with a histogram, means, and shares of the total.

An accumulator holds count, mean, variance, and the draws of one block or the histogram of several. Quantiles do not depend on
the order in which blocks are merged; means are merged in the order of blocks.
"""

import math
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.core.units import Value
from simulator.engine.histogram import Histogram, extremes_of
from simulator.engine.tails import pareto_index, tail_size

Array = NDArray[np.float64]


def explain_non_finite(values: Array) -> str:
    """Return the reason why values have no finite mean."""
    count = np.count_nonzero(~np.isfinite(values))
    return f"{count} of {np.size(values)} draws are not finite numbers" if count else "draws are too large to have a mean"


@dataclass(slots=True)
class Accumulator:
    """Count and moments of a quantity, with its draws or their histogram.

    `block` holds the draws while there is one block of them, so that the quantiles of an ordinary run are exact. The histogram
    is made at its first use, as it has two million bins where a quantity is zero in some draws. `sums` says whether it holds
    the sum of each bin; `replicates` holds the accumulators of the independent copies of a Sobol sequence or Latin hypercube,
    whose dispersion gives the error; `exact` the exact quantiles from a second pass.
    """

    count: int
    mean: float
    squares: float
    low: float
    high: float
    sums: bool = False
    replicates: "list[Accumulator] | None" = None
    exact: dict[float, float] = field(default_factory=dict)
    block: Array | None = None
    _histogram: Histogram | None = None
    _ordered: Array | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(cls, values: Array, *, sums: bool = False, replicates: int = 1) -> "Accumulator":
        """Accumulate a block; every `replicates`-th value belongs to one replicate. FloatingPointError if not finite."""
        with np.errstate(over="ignore", invalid="ignore"):  # checked in the next lines
            mean = float(np.add.reduce(values)) / len(values)
        if not math.isfinite(mean):
            raise FloatingPointError(explain_non_finite(values))
        values = np.ascontiguousarray(values)
        centred = values - mean
        with np.errstate(over="ignore"):
            squares = float(np.einsum("i,i", centred, centred))  # not BLAS, whose threads would compete with ours
        if not math.isfinite(squares):
            raise FloatingPointError(f"draws as large as {np.abs(values).max():g} have no standard deviation")
        return cls(
            len(values),
            mean,
            squares,
            float(np.minimum.reduce(values)),
            float(np.maximum.reduce(values)),
            sums,
            [cls.of(values[number::replicates]) for number in range(replicates)] if replicates > 1 else None,
            block=values,
        )

    @property
    def histogram(self) -> Histogram:
        """The histogram of the draws."""
        if self._histogram is None:
            assert self.block is not None
            self._histogram = Histogram.of(self.block, self.low, self.high, sums=self.sums)
        return self._histogram

    def drop_block(self) -> None:
        """Keep the histogram of the block in place of its draws, where other blocks follow."""
        for each in (self, *(self.replicates or ())):
            _, each.block, each._ordered = each.histogram, None, None

    def merge(self, other: "Accumulator") -> None:
        """Merge the accumulator of a later block (Chan, Golub and LeVeque 1979)."""
        histogram, later = self.histogram, other.histogram
        self.block = self._ordered = None
        count = self.count + other.count
        step = other.mean - self.mean
        self.squares += other.squares + step**2 * (self.count * other.count / count)
        self.mean += step * (other.count / count)
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        histogram.merge(later, self.low, self.high)
        self.count = count
        if self.replicates is not None and other.replicates is not None:
            for own, others in zip(self.replicates, other.replicates, strict=True):
                own.merge(others)

    @property
    def sd(self) -> float:
        """Standard deviation of the quantity (not of its mean)."""
        return math.sqrt(self.squares / (self.count - 1)) if self.count > 1 else 0.0

    def quantiles(self, p: Array) -> Array:
        """Return the quantiles at probabilities `p`: of one block those of NumPy, of more by the rank within a bin."""
        p = np.asarray(p)
        if self.block is not None:
            if self._ordered is None:  # a summary takes several sets of quantiles, and to sort takes less time than one of them
                self._ordered = np.sort(self.block)
            return np.asarray(np.quantile(self._ordered, p))
        values = self.histogram.quantiles(p, self.low, self.high)
        if self.exact:
            exact = [self.exact.get(_key(float(q)), float(x)) for q, x in zip(p.ravel(), values.ravel(), strict=True)]
            values = np.array(exact).reshape(values.shape)
        return values

    def quantile(self, p: float) -> float:
        """Return one quantile."""
        return float(self.quantiles(np.array([p]))[0])

    def quantile_errors(self, p: Array) -> Array:
        """Return the Monte Carlo standard error of quantiles.

        With replicates, from their dispersion; with independent draws, from the quantiles one standard error of rank apart.
        """
        p = np.asarray(p)
        if self.replicates is not None:
            return _error_of_mean([part.quantiles(p) for part in self.replicates])
        step = np.sqrt(p * (1 - p) / self.count)
        return (self.quantiles(np.clip(p + step, 0, 1)) - self.quantiles(np.clip(p - step, 0, 1))) / 2

    @property
    def mean_error(self) -> float:
        """Monte Carlo standard error of the mean."""
        if self.replicates is not None:
            return float(_error_of_mean([np.array(part.mean) for part in self.replicates]))
        return self.sd / math.sqrt(self.count)

    @property
    def tail_index(self) -> float:
        """Tail index of the draws, each at its bin centre (`tails.tail_index`)."""
        size = tail_size(self.count)
        if not size:
            return -math.inf
        upper = self._extremes(size + 1, -1)
        index = pareto_index(upper[:-1] - upper[-1])
        if self.low < 0:
            lower = self._extremes(size + 1, 1)
            index = max(index, pareto_index(lower[-1] - lower[:-1]))
        return index

    def _extremes(self, size: int, step: int) -> Array:
        """Return the `size` lowest (`step` 1) or highest (-1) draws, the most extreme first, each at its bin centre."""
        if self.block is not None:
            return extremes_of(self.block, self.low, self.high, size, step)
        return self.histogram.extremes(size, step)

    def cdf_error(self, value: float) -> float:
        """Return the Monte Carlo standard error of the share of draws not above a value."""
        if self.replicates is not None:
            return float(_error_of_mean([np.array(part.cdf(value)) for part in self.replicates]))
        share = self.cdf(value)
        return math.sqrt(share * (1 - share) / self.count)

    def _ranks(self, p: Array) -> tuple[NDArray[np.int64], Array]:
        """Return the rank of the order statistic below each quantile, and the fraction towards the next (NumPy's default)."""
        position = np.asarray(p) * (self.count - 1)
        below = np.minimum(np.floor(position).astype(np.int64), max(0, self.count - 2))
        return below, position - below

    def bins_of_quantiles(self, p: Array) -> NDArray[np.bool_]:
        """Return for each bin whether it holds an order statistic behind the quantiles at `p`."""
        below, _ = self._ranks(p)
        return self.histogram.bins_of(np.minimum(np.concatenate([below, below + 1]), self.count - 1))

    def select(self, values: Array, bins: NDArray[np.bool_]) -> Array:
        """Return the values of a block that lie in the given bins."""
        return self.histogram.select(values, bins, self.low)

    def set_exact_quantiles(self, p: Array, bins: NDArray[np.bool_], draws: Array) -> None:
        """Set the exact quantiles at `p`, from all draws in the given bins."""
        draws = np.sort(draws)
        below, part = self._ranks(p)
        first, last = (
            self.histogram.order_statistics(ranks, bins, draws) for ranks in (below, np.minimum(below + 1, self.count - 1))
        )
        step = last - first
        quantiles = np.where(part < 0.5, first + step * part, last - step * (1 - part))  # rounded as in NumPy
        self.exact = {_key(q): x for q, x in zip(np.asarray(p).tolist(), quantiles.tolist(), strict=True)}

    def cdf(self, value: float) -> float:
        """Return the share of draws not above a value; of several blocks, interpolated within its bin."""
        if self.block is not None:
            return float(np.count_nonzero(self.block <= value) / self.count)
        if value < self.low:
            return 0.0
        if value >= self.high:
            return 1.0
        return self.histogram.cdf(value)

    def mean_above(self, p: float) -> float:
        """Return the mean of the draws above the quantile at `p` (conditional value at risk); requires the sums of bins."""
        size = (1 - p) * self.count
        return self.mean if size >= self.count else self.histogram.mean_of_largest(size)


def _key(p: float) -> float:
    return round(p, 12)


def _error_of_mean(parts: list[Array]) -> Array:
    return np.std(parts, axis=0, ddof=1) / math.sqrt(len(parts))


class MarginalDistribution(Protocol):
    """Interface of a marginal distribution: an accumulator of draws, or a total with a factor integrated out."""

    @property
    def count(self) -> int: ...
    @property
    def mean(self) -> float: ...
    @property
    def sd(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def mean_error(self) -> float: ...
    @property
    def tail_index(self) -> float: ...
    def quantiles(self, p: Array) -> Array: ...
    def quantile(self, p: float) -> float: ...
    def quantile_errors(self, p: Array) -> Array: ...
    def cdf(self, value: float) -> float: ...
    def cdf_error(self, value: float) -> float: ...
    def mean_above(self, p: float) -> float: ...


Marginal = MarginalDistribution | float
"""The marginal distribution of a quantity, or a plain number if it is constant."""


def accumulate(value: Value, *, sums: bool = False, replicates: int = 1) -> "Accumulator | float":
    """Accumulate the values of a block, or return the value of a constant quantity; FloatingPointError if not finite."""
    if np.ndim(value) == 0:
        if not np.isfinite(value):
            raise FloatingPointError("it is not a finite number in any draw")
        return float(value)
    return Accumulator.of(np.asarray(value), sums=sums, replicates=replicates)


def minimum_of(marginal: Marginal) -> float:
    """Return the minimum of a quantity."""
    return marginal if isinstance(marginal, float) else marginal.low


@dataclass
class Mean:
    """A mean over draws, without a histogram."""

    mean: float
    count: int

    def merge(self, other: "Mean") -> None:
        """Merge the mean of a later block."""
        self.count += other.count
        self.mean += (other.mean - self.mean) * (other.count / self.count)


@dataclass
class Share(Mean):
    """Share of a line in the total: its mean over all draws, and its distribution over those of the first block."""

    first: Marginal | None
