"""The named families of distributions: closed forms of z first, then tabulated ones."""

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from simulator.core.suggestions import InvalidValueError, Remedy, swap
from simulator.core.units import Value
from simulator.distributions.base import (
    Array,
    Distribution,
    TabulatedDistribution,
    check_order,
    check_positive,
    check_three_points,
    exact_normal_cdf,
    logit,
    normal_cdf,
    normal_quantile,
    quantiles_from_log_density,
)


@dataclass(frozen=True, slots=True)
class Constant(Distribution):
    """A known number."""

    value: float

    def at(self, z: Value) -> Value:
        return self.value if np.ndim(z) == 0 else np.full(np.shape(z), self.value)

    @property
    def support(self) -> tuple[float, float]:
        return self.value, self.value

    @property
    def is_constant(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Normal(Distribution):
    """A quantity of either sign, by its mean and standard deviation."""

    mean: float
    sd: float

    def __post_init__(self) -> None:
        check_positive(self, "sd")

    def at(self, z: Value) -> Value:
        return self.mean + self.sd * z

    def moments(self) -> tuple[float, float]:
        return self.mean, self.sd


@dataclass(frozen=True, slots=True)
class LogNormal(Distribution):
    """A positive quantity, by its median and the standard deviation of its natural logarithm; `low` shifts it up."""

    median: float
    sigma: float
    low: float = 0.0

    def __post_init__(self) -> None:
        if not self.median > self.low:
            raise ValueError(f"needs a median above {self.low:g}, not {self.median:g}")
        check_positive(self, "sigma")
        if self.sigma > 20:
            raise ValueError(f"sigma is the standard deviation of the logarithm; {self.sigma:g} overflows")

    def at(self, z: Value) -> Value:
        # Adding the logarithm of the median saves a product per draw.
        value = np.asarray(z) * self.sigma
        value += math.log(self.median - self.low)
        value = np.exp(value, out=value if isinstance(value, np.ndarray) else None)
        if self.low:
            value += self.low
        return value

    def moments(self) -> tuple[float, float]:
        above = (self.median - self.low) * math.exp(self.sigma**2 / 2)
        return self.low + above, above * math.sqrt(math.expm1(self.sigma**2))

    @property
    def support(self) -> tuple[float, float]:
        return self.low, math.inf


@dataclass(frozen=True, slots=True)
class LogitNormal(Distribution):
    """A fraction, by its median and the standard deviation of its logit."""

    median: float
    sigma: float

    def __post_init__(self) -> None:
        if not 0 < self.median < 1:
            raise ValueError(f"needs a median between 0 and 1, not {self.median:g}")
        check_positive(self, "sigma")
        if self.sigma > 20:
            raise ValueError(f"sigma is the standard deviation of the logit; {self.sigma:g} leaves only 0 and 1")

    def at(self, z: Value) -> Value:
        return 1 / (1 + np.exp(-(logit(self.median) + self.sigma * z)))

    @property
    def support(self) -> tuple[float, float]:
        return 0.0, 1.0


@dataclass(frozen=True, slots=True)
class Uniform(Distribution):
    """A uniform distribution between two bounds."""

    min: float
    max: float

    def __post_init__(self) -> None:
        check_order(self, "min", "max")

    def at(self, z: Value) -> Value:
        return self.min + (self.max - self.min) * normal_cdf(z)

    @property
    def support(self) -> tuple[float, float]:
        return self.min, self.max


@dataclass(frozen=True, slots=True)
class LogUniform(Distribution):
    """A distribution whose logarithm is uniform between two positive bounds."""

    min: float
    max: float

    def __post_init__(self) -> None:
        check_order(self, "min", "max")
        check_positive(self, "min")

    def at(self, z: Value) -> Value:
        return self.min * np.exp(math.log(self.max / self.min) * normal_cdf(z))

    @property
    def support(self) -> tuple[float, float]:
        return self.min, self.max


@dataclass(frozen=True)
class Triangular(TabulatedDistribution):
    """A triangular distribution by minimum, mode and maximum. Near the mode the table has an error of 4e-7 of the range."""

    min: float
    mode: float
    max: float

    def __post_init__(self) -> None:
        check_three_points(self)

    def _nodes(self, z: Array) -> Array:
        span, rise, fall = self.max - self.min, self.mode - self.min, self.max - self.mode
        p = exact_normal_cdf(z)
        below, above = np.sqrt(p * (span * rise)), np.sqrt(exact_normal_cdf(-z) * (span * fall))
        return np.where(p < rise / span, self.min + below, self.max - above)

    @property
    def support(self) -> tuple[float, float]:
        return self.min, self.max


class _BetaShaped(TabulatedDistribution):
    """A beta distribution between two bounds; its table holds the logit, which is smooth and precise at both bounds."""

    min: float
    max: float

    def _shapes(self) -> tuple[float, float]:
        raise NotImplementedError

    def _nodes(self, z: Array) -> Array:
        a, b = self._shapes()

        def log_density(y: Array) -> Array:
            return a * y - (a + b) * (np.maximum(y, 0.0) + np.log1p(np.exp(-np.abs(y))))

        return quantiles_from_log_density(log_density, math.log(a / b), z)

    def _from_scale(self, value: Value) -> Value:
        odds_against = np.exp(-value)
        odds_against += 1.0
        value = (self.max - self.min) / odds_against
        value += self.min
        return value

    @property
    def support(self) -> tuple[float, float]:
        return self.min, self.max


@dataclass(frozen=True)
class Beta(_BetaShaped):
    """A beta distribution between two bounds, by its two shapes."""

    a: float
    b: float
    min: float = 0.0
    max: float = 1.0

    def __post_init__(self) -> None:
        check_positive(self, "a", "b")
        check_order(self, "min", "max")
        if self.a < 0.1 or self.b < 0.1:  # below 0.07 far quantiles underflow
            raise ValueError(f"shapes {self.a:g}, {self.b:g} put all the probability on the bounds; use choice")

    def _shapes(self) -> tuple[float, float]:
        return self.a, self.b


@dataclass(frozen=True)
class Pert(_BetaShaped):
    """A beta distribution by minimum, mode and maximum, with mean (min + 4 mode + max) / 6."""

    min: float
    mode: float
    max: float

    def __post_init__(self) -> None:
        check_three_points(self)

    def _shapes(self) -> tuple[float, float]:
        rise = 4 * (self.mode - self.min) / (self.max - self.min)
        return 1 + rise, 5 - rise


@dataclass(frozen=True)
class Gamma(TabulatedDistribution):
    """A positive quantity, by shape and scale (mean = shape x scale)."""

    shape: float
    scale: float

    def __post_init__(self) -> None:
        check_positive(self, "shape", "scale")
        if self.shape < 0.1:
            raise ValueError(f"shape {self.shape:g} puts all the probability on zero; use choice")

    def _nodes(self, z: Array) -> Array:
        return quantiles_from_log_density(lambda y: self.shape * (y - np.expm1(y)), 0.0, z) + math.log(self.shape)

    def _from_scale(self, value: Value) -> Value:
        return self.scale * np.exp(value)

    @property
    def support(self) -> tuple[float, float]:
        return 0.0, math.inf


@dataclass(frozen=True)
class StudentT(TabulatedDistribution):
    """A quantity of either sign with heavy tails, by degrees of freedom, centre and scale."""

    df: float
    location: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        check_positive(self, "df", "scale")
        if self.df < 1:
            remedy = Remedy("; use 3 or more", edit=swap(f"{self.df:g}", "3"))
            raise InvalidValueError(f"df {self.df:g} has too heavy tails, without a mean", remedy)

    def _nodes(self, z: Array) -> Array:
        def log_density(y: Array) -> Array:
            return np.log(np.cosh(y)) - (self.df + 1) / 2 * np.log1p(np.sinh(y) ** 2 / self.df)

        return (
            quantiles_from_log_density(log_density, 0.0, z) - quantiles_from_log_density(log_density, 0.0, -z)
        ) / 2  # its median is its centre, exactly

    def _from_scale(self, value: Value) -> Value:
        return self.location + self.scale * np.sinh(value)


@dataclass(frozen=True)
class Johnson(Distribution):
    """A distribution through three quantiles, with the tails and the support of a normal, lognormal or logit-normal.

    On its scale (the value, its logarithm above `low`, its logit) it is y(z) = y2 + b u + k (sqrt(1 + d^2 u^2) - 1), where u is
    the distance of z from the z of the middle quantile: an increasing function with one smooth bend between two asymptotes.
    With probabilities p, 50 % and 1 - p it is the Johnson quantile-parameterised distribution J-QPD-S (Hadlock and Bickel,
    Johnson quantile-parameterized distributions, Decision Analysis 14, 2017), with its sinh and arsinh multiplied out. A normal
    of two pieces would pass through the same points with a discontinuous density at the median.
    """

    probabilities: tuple[float, ...]
    values: tuple[float, ...]
    scale: str
    low: float = 0.0
    _bend: Any = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        if len(self.probabilities) != 3:
            raise ValueError(f"needs three quantiles, not {len(self.probabilities)}")
        _check_points(self.probabilities, self.values)
        z, y = np.array([normal_quantile(p) for p in self.probabilities]), _to_scale(self.scale, self.values, self.low)
        before, after = z[1] - z[0], z[2] - z[1]
        first, second = (y[1] - y[0]) / before, (y[2] - y[1]) / after
        ratio = max(first, second) / min(first, second)
        # J-QPD-S determines the sharpness of the bend: sinh(arcosh((1 + ratio) / 2)) over the distance to the nearer quantile.
        sharpness = math.sqrt(((1 + ratio) / 2) ** 2 - 1) / min(before, after)

        def rise(u: float) -> float:
            return (math.sqrt(1 + (sharpness * u) ** 2) - 1) / u

        k = (second - first) / (rise(before) + rise(after)) if sharpness > 0 else 0.0
        slope = first + k * rise(before) if sharpness > 0 else first
        if self.scale != "linear" and slope + abs(k) * sharpness > 20:
            raise ValueError(f"quantiles {self.values} are so far apart that the tails overflow")
        object.__setattr__(self, "_bend", tuple(map(float, (z[1], y[1], slope, k, sharpness))))

    def at(self, z: Value) -> Value:
        centre, middle, slope, k, sharpness = self._bend
        u = np.asarray(z) - centre
        return _from_scale(self.scale, middle + slope * u + k * (np.sqrt(1 + (sharpness * u) ** 2) - 1), self.low)

    @property
    def support(self) -> tuple[float, float]:
        return _support(self.scale, self.low)


def _check_points(probabilities: tuple[float, ...], values: tuple[float, ...]) -> None:
    if not all(0 < p < 1 for p in probabilities):
        raise ValueError("needs probabilities strictly between 0 and 1 (p5 to p95)")
    if not all(pair[0] < pair[1] for row in (probabilities, values) for pair in pairwise(row)):
        raise ValueError(f"needs values that increase with their probabilities, not {values}")


def _to_scale(scale: str, values: tuple[float, ...], low: float = 0.0) -> Array:
    """Transform values to a scale: unchanged, the logarithm of the excess over `low`, or the logit."""
    if (scale == "log" and values[0] <= low) or (scale == "logit" and not 0 < values[0] <= values[-1] < 1):
        raise ValueError(f"values {values} do not fit a {scale} scale")
    x = np.array(values, dtype=np.float64)
    return np.log(x - low) if scale == "log" else np.asarray(logit(x)) if scale == "logit" else x


def _from_scale(scale: str, y: Value, low: float = 0.0) -> Value:
    if scale == "log":
        return low + np.exp(y)
    return 1 / (1 + np.exp(-y)) if scale == "logit" else y


def _support(scale: str, low: float = 0.0) -> tuple[float, float]:
    return {"linear": (-math.inf, math.inf), "log": (low, math.inf), "logit": (0.0, 1.0)}[scale]


@dataclass(frozen=True)
class Quantiles(Distribution):
    """A distribution through two or more quantiles.

    A monotone cubic (Fritsch and Carlson 1980) in z of the value, its logarithm or its logit (`scale`), with linear
    continuation beyond the outer points: normal, lognormal or logit-normal tails. With two points it is that distribution.
    """

    probabilities: tuple[float, ...]
    values: tuple[float, ...]
    scale: str = "linear"
    _knots: Any = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        if len(self.probabilities) < 2:
            raise ValueError("needs two quantiles or more, such as {p5: 1, p95: 3}")
        _check_points(self.probabilities, self.values)
        z, y = np.array([normal_quantile(p) for p in self.probabilities]), _to_scale(self.scale, self.values)
        slope = _pchip_slopes(z, y)
        object.__setattr__(self, "_knots", (z, slope, _cubics(z, y, slope)))

    def at(self, z: Value) -> Value:
        knot, slope, (start, width, first, second, third) = self._knots
        z = np.asarray(z)
        # Two quantiles, which most priors have, are one piece.
        piece = np.searchsorted(knot[1:-1], z) if len(knot) > 2 else 0
        t = (np.minimum(np.maximum(z, knot[0]), knot[-1]) - knot[piece]) / width[piece]
        inner = start[piece] + t * (first[piece] + t * (second[piece] + t * third[piece]))
        outer = slope[0] * np.minimum(z - knot[0], 0) + slope[-1] * np.maximum(z - knot[-1], 0)
        return _from_scale(self.scale, inner + outer)

    @property
    def support(self) -> tuple[float, float]:
        return _support(self.scale)


def _cubics(z: Array, y: Array, slope: Array) -> tuple[Array, ...]:
    """Return for each piece between two knots its value at the first, its width, and the coefficients of its cubic."""
    width, rise = np.diff(z), np.diff(y)
    first, last = slope[:-1] * width, slope[1:] * width
    return y[:-1], width, first, 3 * rise - 2 * first - last, first + last - 2 * rise


def _pchip_slopes(z: Array, y: Array) -> Array:
    """Return monotone slopes at uneven knots: weighted harmonic means, one-sided at the ends (Fritsch and Butland 1984)."""
    width, secant = np.diff(z), np.diff(y) / np.diff(z)
    if len(secant) == 1:
        return np.repeat(secant, 2)
    slope = np.empty_like(y)
    first, second = 2 * width[1:] + width[:-1], width[1:] + 2 * width[:-1]
    slope[1:-1] = (first + second) / (first / secant[:-1] + second / secant[1:])
    for end, near, far in ((0, 0, 1), (-1, -1, -2)):
        edge = ((2 * width[near] + width[far]) * secant[near] - width[near] * secant[far]) / (width[near] + width[far])
        slope[end] = max(edge, secant[near] / 3)  # at most two secants, so that the piece is monotone
    return slope
