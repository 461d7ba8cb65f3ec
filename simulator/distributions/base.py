"""From standard normal scores to values: the score of a probability, tables in z, and what every distribution can do."""

import math
from collections.abc import Callable
from functools import cache, lru_cache
from statistics import NormalDist
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from simulator.core.units import Value

Array = NDArray[np.float64]

Z_LIMIT = 9.0  # |z| beyond this has probability 1e-19: no run sees it, and every table ends here
_STANDARD = NormalDist()


def score(p: float) -> float:
    """Return the standard normal score of the probability `p`; the ends stand for the ends of the tables."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"a probability lies between 0 and 1, not {p:g}")
    return -Z_LIMIT if p == 0.0 else Z_LIMIT if p == 1.0 else _STANDARD.inv_cdf(p)


def upper_tail(z: float) -> float:
    """P(Z > z), right to full relative precision in the far tail."""
    return 0.5 * math.erfc(z / math.sqrt(2))


class Table:
    """A smooth function of z as cubic Hermite pieces on an even grid; monotone wherever its nodes are."""

    def __init__(self, function: Callable[[Array], Array], cells: int = 2048) -> None:
        nodes = np.linspace(-Z_LIMIT, Z_LIMIT, cells + 1)
        y = np.asarray(function(nodes), dtype=float)
        if not np.isfinite(y).all():
            raise ValueError("is too extreme to compute: its far quantiles are not finite numbers")
        secant = np.diff(y)
        slope = np.empty_like(y)
        slope[2:-2] = (y[:-4] - 8 * y[1:-3] + 8 * y[3:-1] - y[4:]) / 12  # fourth order
        slope[1], slope[-2] = (y[2] - y[0]) / 2, (y[-1] - y[-3]) / 2
        slope[0], slope[-1] = secant[0], secant[-1]
        # Fritsch and Carlson 1980: slopes within three secants of both neighbours keep the pieces monotone.
        least = 3 * np.minimum(np.append(secant, secant[-1]), np.insert(secant, 0, secant[0]))
        slope = np.clip(slope, np.minimum(least, 0), np.maximum(least, 0))
        self._coefficients = _pieces(y, slope[:-1], slope[1:])
        self._cells = cells

    def __call__(self, z: Value) -> Value:
        """Evaluate at z, held within the ends of the table."""
        t = np.asarray(z) * (self._cells / (2 * Z_LIMIT))
        t += self._cells / 2
        t = np.minimum(np.maximum(t, 0.0), self._cells - 1e-9)
        below = np.floor(t)
        cell = below.astype(np.intp)
        t -= below
        return _cubic(self._coefficients, cell, t)


def _pieces(y: Array, first: Array, last: Array) -> tuple[Array, Array, Array, Array]:
    """Coefficients of Hermite's cubics between nodes, from the slopes at both ends of each cell in units of the cell."""
    rise = np.diff(y)
    return y[:-1], first, 3 * rise - 2 * first - last, first + last - 2 * rise


def _cubic(coefficients: tuple[Array, Array, Array, Array], cell: NDArray[np.intp], t: Array) -> Array:
    """Evaluate cubic pieces, one a cell, `t` of the way into it. `take` that need not check is twice as fast as an index."""
    constant, linear, square, cubic = coefficients
    value = cubic.take(cell, mode="wrap")
    for coefficient in (square, linear, constant):
        value *= t
        value += coefficient.take(cell, mode="wrap")
    return value


def cumulative(nodes: Array) -> Array:
    """Return P(Z <= z) at each score, right in both tails."""
    return np.array([upper_tail(-z) for z in nodes.tolist()])


@cache
def _probability_table() -> Table:
    return Table(cumulative)


def probability(z: Value) -> Value:
    """Return P(Z <= z) for scores drawn: one table for all distributions that are plain in p, strictly between 0 and 1."""
    return np.clip(_probability_table()(z), 1e-18, 1 - 1e-16)


@cache
def _midpoints() -> tuple[Array, Array]:
    """Scores in the middle of narrow cells, and the probability of each cell."""
    edges = np.linspace(-Z_LIMIT, Z_LIMIT, 36_001)
    return (edges[1:] + edges[:-1]) / 2, np.diff(cumulative(edges))


_FINEST = -66  # scores are tabled from tails of 2^-66, beyond the end of every table, to 1/2
_CELL_BITS = 7  # 128 cells an octave: right to 3e-11


@cache
def _z_table() -> tuple[Array, Array, Array, Array]:
    """Cubic pieces of the score of a lower tail, on cells that are even within each octave of the probability."""
    cells = 1 << _CELL_BITS
    octave = np.exp2(np.arange(_FINEST, -1))
    nodes = np.append((octave[:, None] * (1 + np.arange(cells) / cells)).ravel(), 0.5)
    z = np.array([_STANDARD.inv_cdf(p) for p in nodes.tolist()])
    slope = np.exp(z * z / 2) * math.sqrt(2 * math.pi)  # of the score in the probability
    width = np.diff(nodes)
    return _pieces(z, slope[:-1] * width, slope[1:] * width)


def scores(p: Array) -> Array:
    """Return the standard normal score of each probability, held within +-Z_LIMIT.

    The bits of the float are the address: the cells follow the tail down, as far as it goes.
    """
    tail = np.maximum(np.minimum(p, 1 - p), 2.0**_FINEST)
    bits = tail.view(np.int64)
    cell = (bits >> np.int64(52 - _CELL_BITS)) - ((1023 + _FINEST) << _CELL_BITS)
    t = (bits & np.int64((1 << 52 - _CELL_BITS) - 1)).astype(np.float64) * 2.0 ** (_CELL_BITS - 52)
    last = len(_z_table()[0]) - 1
    at_half = cell > last
    if at_half.any():
        cell[at_half], t[at_half] = last, 1.0
    return np.clip(np.copysign(_cubic(_z_table(), cell, t), p - 0.5), -Z_LIMIT, Z_LIMIT)


class Distribution:
    """What every distribution can do, given `at`."""

    keys: ClassVar[tuple[str, ...]] = ()

    def at(self, z: Value) -> Value:
        """Return the value at each standard normal score."""
        raise NotImplementedError

    @property
    def support(self) -> tuple[float, float]:
        """The smallest and the largest possible value."""
        return -math.inf, math.inf

    def quantile(self, p: float) -> float:
        """Return the value that is not exceeded with probability `p`."""
        return float(self.at(score(p)))

    def exact_quantile(self, p: float) -> float:
        """Return the quantile without making a table, for who asks for a few only."""
        return self.quantile(p)

    def z_of(self, value: float, *, past: bool = False) -> float:
        """Return the least z at which the distribution reaches `value`, or is past it, by bisection; +-Z_LIMIT where it never
        is.

        The two differ where a weight stands on the value itself.
        """

        def is_before(z: float) -> bool:
            at = float(self.at(z))
            return at <= value if past else at < value

        low, high = -Z_LIMIT, Z_LIMIT
        if not is_before(low):
            return low
        if is_before(high):
            return high
        while high - low > 1e-13:
            middle = (low + high) / 2
            low, high = (middle, high) if is_before(middle) else (low, middle)
        return high

    def cdf(self, value: float) -> float:
        """Return the probability of a value not above `value`."""
        z = self.z_of(value, past=True)
        return 0.0 if z == -Z_LIMIT else 1.0 if z == Z_LIMIT else upper_tail(-z)

    def moments(self) -> tuple[float, float]:
        """Return mean and standard deviation, by the midpoint rule in z (right to about 1e-6 for the smooth distributions)."""
        found: tuple[float, float] = _MOMENTS(self)
        return found

    @property
    def is_constant(self) -> bool:
        """Whether every draw is the same number."""
        return False


def _once(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Ask a function once of equal distributions, as when a scenario is read once for each lever."""
    known = lru_cache(maxsize=256)(function)

    def asked(distribution: Distribution) -> Any:
        try:
            hash(distribution)
        except TypeError:  # a distribution of data has no hash
            return function(distribution)
        return known(distribution)

    return asked


def _moments(distribution: Distribution) -> tuple[float, float]:
    middle, weight = _midpoints()
    with np.errstate(over="ignore", invalid="ignore"):  # over hundreds of orders of magnitude: then they are nan
        value = np.asarray(distribution.at(middle)) + np.zeros_like(middle)
        # Sums and not `@`: the last digits of BLAS hang on the number of cores.
        mean = float(np.sum(weight * value))
        variance = float(np.sum(weight * (value - mean) ** 2))
    return mean, math.sqrt(variance) if variance >= 0 else math.nan


_MOMENTS = _once(_moments)

_DROP = 60.0  # where a density is e^-60 of its mode, nothing is left that a table would show
_GRID = 1 << 14


def quantiles_of(log_density: Callable[[Array], Array], mode: float, z: Array) -> Array:
    """Return the quantiles at scores `z` of a distribution with one mode on the whole line, given the logarithm of its density.

    The density need not be normalised. It is integrated by Simpson's rule from both ends, so that each tail keeps its relative
    precision, and turned round as a cubic in the score, whose slope is known. Right to about 1e-9 standard deviations.
    """
    top = float(log_density(np.array([mode]))[0])

    def reach(sign: float) -> float:
        far = 1.0
        while top - float(log_density(np.array([mode + sign * far]))[0]) < _DROP:
            far *= 2
        near = 0.0
        for _ in range(40):
            middle = (near + far) / 2
            inside = top - float(log_density(np.array([mode + sign * middle]))[0]) < _DROP
            near, far = (middle, far) if inside else (near, middle)
        return mode + sign * far

    x = np.linspace(reach(-1.0), reach(1.0), 2 * _GRID + 1)
    density = np.exp(log_density(x) - top)
    piece = density[:-2:2] + 4 * density[1:-1:2] + density[2::2]
    below = np.concatenate([[0.0], np.cumsum(piece)])
    above = np.concatenate([np.cumsum(piece[::-1])[::-1], [0.0]])
    whole = below[-1]
    left = below < whole / 2
    at = np.where(left, scores(below / whole), -scores(above / whole))
    slope = (x[2] - x[0]) / 6 * whole * np.exp(-at * at / 2) / math.sqrt(2 * math.pi) / np.maximum(density[::2], 1e-300)
    known = np.abs(at) < Z_LIMIT
    at, y, slope = at[known], x[::2][known], slope[known]
    cell = np.clip(np.searchsorted(at, z) - 1, 0, len(at) - 2)
    width = np.diff(at)
    t = (z - at[cell]) / width[cell]
    return _cubic(_pieces(y, slope[:-1] * width, slope[1:] * width), cell, t)


class Tabled(Distribution):
    """A distribution read from a table in z: `_nodes` gives the exact values, `_to` and `_from` the scale on which they are
    smooth.
    """

    _table: Table

    def _nodes(self, z: Array) -> Array:
        raise NotImplementedError

    def at(self, z: Value) -> Value:
        try:
            table = self._table
        except AttributeError:
            table = _TABLES(self)
            object.__setattr__(self, "_table", table)
        return self._from(table(z))

    def exact_quantile(self, p: float) -> float:
        return float(np.asarray(self._from(self._nodes(np.array([score(p)]))))[0])

    def _from(self, value: Value) -> Value:
        return value


_TABLES = _once(lambda distribution: Table(distribution._nodes))


def logit(p: Any) -> Any:
    """Return the log odds of a fraction."""
    return np.log(p) - np.log1p(-p)


def positive(distribution: Any, *names: str) -> None:
    """Refuse parameters that are not above zero."""
    for name in names:
        if not getattr(distribution, name) > 0:
            raise ValueError(f"needs {name} above zero, not {getattr(distribution, name):g}")


def ordered(distribution: Any, low: str, high: str) -> None:
    """Refuse ends in the wrong order."""
    if not getattr(distribution, low) < getattr(distribution, high):
        raise ValueError(f"needs {low} < {high}, not {getattr(distribution, low):g} and {getattr(distribution, high):g}")


def three_points(distribution: Any) -> None:
    """Refuse a most likely value outside the ends."""
    ordered(distribution, "min", "max")
    if not distribution.min <= distribution.mode <= distribution.max:
        raise ValueError(f"needs min <= mode <= max, not {distribution.min:g}, {distribution.mode:g}, {distribution.max:g}")
