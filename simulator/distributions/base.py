"""Base of the distributions: standard normal quantiles and probabilities, tables in z, and the interface `Distribution`."""

import math
from collections.abc import Callable
from functools import cache, cached_property, lru_cache
from statistics import NormalDist
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from simulator.core.units import Value

Array = NDArray[np.float64]

Z_LIMIT = 9.0  # bound of every table; |z| exceeds it with probability 1e-19, which no run reaches
_STANDARD = NormalDist()


def normal_quantile(p: float) -> float:
    """Return the standard normal quantile at probability `p`; 0 and 1 give the bounds of the tables."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"a probability lies between 0 and 1, not {p:g}")
    return -Z_LIMIT if p == 0.0 else Z_LIMIT if p == 1.0 else _STANDARD.inv_cdf(p)


def upper_tail(z: float) -> float:
    """Return P(Z > z), with full relative precision in the far tail."""
    return 0.5 * math.erfc(z / math.sqrt(2))


class InterpolationTable:
    """A smooth function of z as cubic Hermite pieces on an even grid; monotone where its nodes are."""

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
        limit = 3 * np.minimum(np.append(secant, secant[-1]), np.insert(secant, 0, secant[0]))
        slope = np.clip(slope, np.minimum(limit, 0), np.maximum(limit, 0))
        self._coefficients = _hermite_coefficients(y, slope[:-1], slope[1:])
        self._cells = cells

    def __call__(self, z: Value) -> Value:
        """Evaluate at z, clipped to the range of the table."""
        t = np.asarray(z) * (self._cells / (2 * Z_LIMIT))
        t += self._cells / 2
        t = np.minimum(np.maximum(t, 0.0), self._cells - 1e-9)
        cell_start = np.floor(t)
        cell = cell_start.astype(np.intp)
        t -= cell_start
        return _evaluate_cubics(self._coefficients, cell, t)


def _hermite_coefficients(y: Array, first: Array, last: Array) -> tuple[Array, Array, Array, Array]:
    """Return the coefficients of Hermite cubics between nodes, from the slopes at both ends of each cell per cell width."""
    rise = np.diff(y)
    return y[:-1], first, 3 * rise - 2 * first - last, first + last - 2 * rise


def _evaluate_cubics(coefficients: tuple[Array, Array, Array, Array], cell: NDArray[np.intp], t: Array) -> Array:
    """Evaluate the cubic of each cell at the fraction `t` of its width. `take` in mode wrap is twice as fast as indexing."""
    constant, linear, square, cubic = coefficients
    value = cubic.take(cell, mode="wrap")
    for coefficient in (square, linear, constant):
        value *= t
        value += coefficient.take(cell, mode="wrap")
    return value


def exact_normal_cdf(nodes: Array) -> Array:
    """Return P(Z <= z), with full relative precision in both tails."""
    return np.array([upper_tail(-z) for z in nodes.tolist()])


@cache
def _probability_table() -> InterpolationTable:
    return InterpolationTable(exact_normal_cdf)


def normal_cdf(z: Value) -> Value:
    """Return P(Z <= z) for draws, strictly between 0 and 1, from one table common to all distributions."""
    return np.clip(_probability_table()(z), 1e-18, 1 - 1e-16)


@cache
def _midpoints() -> tuple[Array, Array]:
    """Return the midpoints of narrow cells of z, and the probability of each cell."""
    edges = np.linspace(-Z_LIMIT, Z_LIMIT, 36_001)
    return (edges[1:] + edges[:-1]) / 2, np.diff(exact_normal_cdf(edges))


_MIN_EXPONENT = -66  # quantiles are tabulated for tails from 2^-66, beyond the bound of every table, to 1/2
_CELL_BITS = 7  # 128 cells per octave: an error of 3e-11


@cache
def _z_table() -> tuple[Array, Array, Array, Array]:
    """Return the cubic pieces of the normal quantile of a lower tail, on cells that are even within each octave."""
    cells = 1 << _CELL_BITS
    octave = np.exp2(np.arange(_MIN_EXPONENT, -1))
    nodes = np.append((octave[:, None] * (1 + np.arange(cells) / cells)).ravel(), 0.5)
    z = np.array([_STANDARD.inv_cdf(p) for p in nodes.tolist()])
    slope = np.exp(z * z / 2) * math.sqrt(2 * math.pi)  # derivative of the quantile in the probability
    width = np.diff(nodes)
    return _hermite_coefficients(z, slope[:-1] * width, slope[1:] * width)


def normal_quantiles(p: Array) -> Array:
    """Return the standard normal quantile at each probability, clipped to +-Z_LIMIT.

    The leading bits of the float index the cells, which become narrower towards the tail.
    """
    tail = np.maximum(np.minimum(p, 1 - p), 2.0**_MIN_EXPONENT)
    bits = tail.view(np.int64)
    cell = (bits >> np.int64(52 - _CELL_BITS)) - ((1023 + _MIN_EXPONENT) << _CELL_BITS)
    t = (bits & np.int64((1 << 52 - _CELL_BITS) - 1)).astype(np.float64) * 2.0 ** (_CELL_BITS - 52)
    last = len(_z_table()[0]) - 1
    at_half = cell > last
    if at_half.any():
        cell[at_half], t[at_half] = last, 1.0
    return np.clip(np.copysign(_evaluate_cubics(_z_table(), cell, t), p - 0.5), -Z_LIMIT, Z_LIMIT)


class Distribution:
    """Base class of the distributions; a subclass defines `at`."""

    keys: ClassVar[tuple[str, ...]] = ()

    def at(self, z: Value) -> Value:
        """Return the value at each standard normal variate."""
        raise NotImplementedError

    @property
    def support(self) -> tuple[float, float]:
        """Minimum and maximum possible value."""
        return -math.inf, math.inf

    def quantile(self, p: float) -> float:
        """Return the value that is not exceeded with probability `p`."""
        return float(self.at(normal_quantile(p)))

    @cached_property
    def middle(self) -> float:
        """The value that is not exceeded with probability one half, computed once: distributions do not change."""
        return self.quantile(0.5)

    def exact_quantile(self, p: float) -> float:
        """Return the quantile without building a table, which is faster for a few quantiles."""
        return self.quantile(p)

    def z_of(self, value: float, *, past: bool = False) -> float:
        """Return the smallest z at which the distribution reaches `value`, or exceeds it with `past`; +-Z_LIMIT if never.

        The two differ if the value itself has a positive probability.
        """

        def is_before(z: float) -> bool:
            value_at_z = float(self.at(z))
            return value_at_z <= value if past else value_at_z < value

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
        """Return mean and standard deviation, by the midpoint rule in z (error about 1e-6 for smooth distributions)."""
        moments: tuple[float, float] = _MOMENTS(self)
        return moments

    @property
    def is_constant(self) -> bool:
        """Whether every draw is the same number."""
        return False


def _cache_by_value(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Cache a function of a distribution by value, as when a scenario is read once for each lever."""
    cached_function = lru_cache(maxsize=256)(function)

    def call(distribution: Distribution) -> Any:
        try:
            hash(distribution)
        except TypeError:  # a distribution of data has no hash
            return function(distribution)
        return cached_function(distribution)

    return call


def _moments(distribution: Distribution) -> tuple[float, float]:
    z, weight = _midpoints()
    with np.errstate(over="ignore", invalid="ignore"):  # moments are nan over hundreds of orders of magnitude
        value = np.asarray(distribution.at(z)) + np.zeros_like(z)
        # Not `@`: the last digits of BLAS depend on the number of cores.
        mean = float(np.sum(weight * value))
        variance = float(np.sum(weight * (value - mean) ** 2))
    return mean, math.sqrt(variance) if variance >= 0 else math.nan


_MOMENTS = _cache_by_value(_moments)

_LOG_DROP = 60.0  # integration stops at a density of e^-60 of the mode, which no table can resolve
_GRID = 1 << 14


@np.errstate(over="ignore", divide="ignore", invalid="ignore")  # quantiles that are not finite are refused where they are used
def quantiles_from_log_density(log_density: Callable[[Array], Array], mode: float, z: Array) -> Array:
    """Return the quantiles at normal variates `z` of a unimodal distribution on the real line, given its log density.

    The density need not be normalised. It is integrated by Simpson's rule from both ends, which preserves the relative
    precision of both tails, and inverted as a cubic in z with known slope. The error is about 1e-9 standard deviations.
    """
    log_peak = float(log_density(np.array([mode]))[0])

    def integration_bound(sign: float) -> float:
        far = 1.0
        while log_peak - float(log_density(np.array([mode + sign * far]))[0]) < _LOG_DROP:
            far *= 2
        near = 0.0
        for _ in range(40):
            middle = (near + far) / 2
            is_inside = log_peak - float(log_density(np.array([mode + sign * middle]))[0]) < _LOG_DROP
            near, far = (middle, far) if is_inside else (near, middle)
        return mode + sign * far

    x = np.linspace(integration_bound(-1.0), integration_bound(1.0), 2 * _GRID + 1)
    density = np.exp(log_density(x) - log_peak)
    piece = density[:-2:2] + 4 * density[1:-1:2] + density[2::2]
    below = np.concatenate([[0.0], np.cumsum(piece)])
    above = np.concatenate([np.cumsum(piece[::-1])[::-1], [0.0]])
    integral = below[-1]
    is_lower_half = below < integral / 2
    node = np.where(is_lower_half, normal_quantiles(below / integral), -normal_quantiles(above / integral))
    slope = (x[2] - x[0]) / 6 * integral * np.exp(-node * node / 2) / math.sqrt(2 * math.pi) / np.maximum(density[::2], 1e-300)
    is_resolved = np.abs(node) < Z_LIMIT
    node, y, slope = node[is_resolved], x[::2][is_resolved], slope[is_resolved]
    cell = np.clip(np.searchsorted(node, z) - 1, 0, len(node) - 2)
    width = np.diff(node)
    t = (z - node[cell]) / width[cell]
    return _evaluate_cubics(_hermite_coefficients(y, slope[:-1] * width, slope[1:] * width), cell, t)


class TabulatedDistribution(Distribution):
    """A distribution tabulated in z: `_nodes` returns exact values on a smooth scale, `_from_scale` transforms them back."""

    _table: InterpolationTable

    def _nodes(self, z: Array) -> Array:
        raise NotImplementedError

    def at(self, z: Value) -> Value:
        try:
            table = self._table
        except AttributeError:
            table = _TABLES(self)
            object.__setattr__(self, "_table", table)
        return self._from_scale(table(z))

    def exact_quantile(self, p: float) -> float:
        return float(np.asarray(self._from_scale(self._nodes(np.array([normal_quantile(p)]))))[0])

    def _from_scale(self, value: Value) -> Value:
        return value


_TABLES = _cache_by_value(lambda distribution: InterpolationTable(distribution._nodes))


def logit(p: Any) -> Any:
    """Return the log odds of a fraction."""
    return np.log(p) - np.log1p(-p)


def check_positive(distribution: Any, *names: str) -> None:
    """Raise ValueError for parameters that are not above zero."""
    for name in names:
        if not getattr(distribution, name) > 0:
            raise ValueError(f"needs {name} above zero, not {getattr(distribution, name):g}")


def check_order(distribution: Any, low: str, high: str) -> None:
    """Raise ValueError for bounds in the wrong order."""
    if not getattr(distribution, low) < getattr(distribution, high):
        raise ValueError(f"needs {low} < {high}, not {getattr(distribution, low):g} and {getattr(distribution, high):g}")


def check_three_points(distribution: Any) -> None:
    """Raise ValueError for a mode outside the bounds."""
    check_order(distribution, "min", "max")
    if not distribution.min <= distribution.mode <= distribution.max:
        raise ValueError(f"needs min <= mode <= max, not {distribution.min:g}, {distribution.mode:g}, {distribution.max:g}")
