"""Distributions of other distributions or of data: mixtures, choices, observed values, joint draws, truncation, scaling."""

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from simulator.core.units import Value
from simulator.distributions.base import (
    Z_LIMIT,
    Array,
    Distribution,
    InterpolationTable,
    TabulatedDistribution,
    check_positive,
    exact_normal_cdf,
    normal_cdf,
    normal_quantiles,
    upper_tail,
)
from simulator.distributions.families import Constant


class _PartSelection(Distribution):
    """Select a part by the probability of z, and a quantile within it: exact, and monotone if parts do not overlap."""

    @staticmethod
    def _select(parts: "tuple[Distribution, ...]", weights: tuple[float, ...], z: Value) -> Value:
        z = np.asarray(z)
        p = np.asarray(normal_cdf(z))
        upper = np.cumsum(weights)
        upper[-1] = 1.0
        part = np.searchsorted(upper, p, side="left")
        value = np.empty(z.shape)
        for number, distribution in enumerate(parts):
            is_selected = part == number
            if isinstance(distribution, Constant):
                value[is_selected] = distribution.value
            elif is_selected.any():
                lower = upper[number - 1] if number else 0.0
                value[is_selected] = distribution.at(normal_quantiles((p[is_selected] - lower) / (upper[number] - lower)))
        return value


@dataclass(frozen=True)
class Mixture(_PartSelection):
    """A mixture of distributions with weights, such as a probability of zero and a lognormal.

    A mixture with overlapping parts is inverted numerically, so that the value increases with z and the distribution can be
    correlated; disjoint parts are selected exactly, in their order.
    """

    parts: tuple[Distribution, ...]
    weights: tuple[float, ...]
    _table: Any = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        _check_weights(self.weights, len(self.parts))
        order = sorted(range(len(self.parts)), key=lambda i: self.parts[i].quantile(0.5))
        object.__setattr__(self, "parts", tuple(self.parts[i] for i in order))
        object.__setattr__(self, "weights", tuple(self.weights[i] for i in order))
        if _overlap(self.parts):
            object.__setattr__(self, "_table", InterpolationTable(self._invert, cells=16_384))

    def _invert(self, z: Array) -> Array:
        """Solve sum of weight x P(part <= x) = P(Z <= z) for x on a grid of z, between dense points of each part."""
        grid = np.linspace(-Z_LIMIT, Z_LIMIT, 20_001)
        below = exact_normal_cdf(grid)
        above = below[::-1]
        points, atoms = [], []
        for part in self.parts:
            values, first, times = np.unique(np.asarray(part.at(grid)) + 0 * grid, return_index=True, return_counts=True)
            # A repeated value is an atom: the distribution function steps there, from just below the value up to it.
            is_atom = times > 1
            steps = np.concatenate([np.nextafter(values[is_atom], -np.inf), values])
            place = np.concatenate([first[is_atom], first + times - 1])
            order = np.argsort(steps, kind="stable")
            points.append((steps[order], place[order]))
            atoms.append(values[is_atom])
        x = np.unique(np.concatenate([steps for steps, _ in points]))
        quantile = x.copy()
        for atom in atoms:
            quantile[np.searchsorted(x, np.nextafter(atom, -np.inf))] = atom
        low_sum, high_sum = np.zeros_like(x), np.zeros_like(x)
        for (steps, place), weight in zip(points, self.weights, strict=True):
            low_sum += weight * np.interp(x, steps, below[place], left=0.0, right=1.0)
            high_sum += weight * np.interp(x, steps, above[place], left=1.0, right=0.0)
        lower = np.interp(np.log(exact_normal_cdf(z)), np.log(np.maximum(low_sum, 1e-300)), quantile)
        upper = np.interp(-np.log(exact_normal_cdf(-z)), -np.log(np.maximum(high_sum, 1e-300)), quantile)
        return np.maximum.accumulate(np.where(z < 0, lower, upper))

    def at(self, z: Value) -> Value:
        return self._select(self.parts, self.weights, z) if self._table is None else self._table(z)

    @property
    def support(self) -> tuple[float, float]:
        return min(part.support[0] for part in self.parts), max(part.support[1] for part in self.parts)


@dataclass(frozen=True)
class Choice(_PartSelection):
    """One of several named alternatives, each with its probability and its own distribution or number.

    Each z belongs to one alternative, so the value does not increase with z if alternatives overlap.
    """

    names: tuple[str, ...]
    parts: tuple[Distribution, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        _check_weights(self.weights, len(self.parts))
        if len(set(self.names)) != len(self.names):
            raise ValueError("names an alternative twice")
        if len(self.names) != len(self.parts):
            raise ValueError("needs a name for each alternative")
        order = sorted(range(len(self.parts)), key=lambda i: self.parts[i].quantile(0.5))
        for name in ("names", "parts", "weights"):
            object.__setattr__(self, name, tuple(getattr(self, name)[i] for i in order))

    def at(self, z: Value) -> Value:
        return self._select(self.parts, self.weights, z)

    def quantile(self, p: float) -> float:
        return Mixture(self.parts, self.weights).quantile(p) if _overlap(self.parts) else super().quantile(p)

    def cdf(self, value: float) -> float:
        return sum(weight * part.cdf(value) for part, weight in zip(self.parts, self.weights, strict=True))

    @property
    def support(self) -> tuple[float, float]:
        return min(part.support[0] for part in self.parts), max(part.support[1] for part in self.parts)


@dataclass(frozen=True)
class Empirical(Distribution):
    """The empirical distribution of equally likely observed values, without interpolation: its moments are the sample's."""

    data: tuple[float, ...]
    _sorted: Any = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        if not self.data or not all(map(math.isfinite, self.data)):
            raise ValueError("needs one finite number or more")
        object.__setattr__(self, "_sorted", np.sort(np.array(self.data, dtype=float)))

    def at(self, z: Value) -> Value:
        return self._sorted[(np.asarray(normal_cdf(z)) * len(self._sorted)).astype(np.intp)]

    @property
    def support(self) -> tuple[float, float]:
        return float(self._sorted[0]), float(self._sorted[-1])


@dataclass(frozen=True)
class Posterior(Distribution):
    """One column of a table of joint draws. Columns with the same stream use the same row at the same z, and so stay joint.

    The draws are in the order of the table, so the value does not increase with z and the quantity cannot be correlated again.
    """

    draws: tuple[float, ...]
    stream: str
    _rows: Any = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        if not self.draws or not all(map(math.isfinite, self.draws)):
            raise ValueError("needs one finite draw or more")
        object.__setattr__(self, "_rows", np.array(self.draws, dtype=float))

    def at(self, z: Value) -> Value:
        return self._rows[(np.asarray(normal_cdf(z)) * len(self._rows)).astype(np.intp)]

    def quantile(self, p: float) -> float:
        return float(np.quantile(self._rows, p))

    def cdf(self, value: float) -> float:
        return float(np.mean(self._rows <= value))

    @property
    def support(self) -> tuple[float, float]:
        return float(self._rows.min()), float(self._rows.max())


@dataclass(frozen=True)
class Truncated(TabulatedDistribution):
    """A distribution truncated to bounds and renormalised, not clipped: a bound has no probability of its own."""

    distribution: Distribution
    low: float = -math.inf
    high: float = math.inf

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"needs low < high, not {self.low:g} and {self.high:g}")
        if not upper_tail(self._edges()[0]) - upper_tail(self._edges()[1]) > 1e-6:
            raise ValueError(f"has no probability left between {self.low:g} and {self.high:g}")

    def _edges(self) -> tuple[float, float]:
        return self.distribution.z_of(self.low), self.distribution.z_of(self.high, past=True)

    def _nodes(self, z: Array) -> Array:
        """Return the z of the untruncated distribution at the same probability within the bounds."""
        low, high = self._edges()
        below_low, below_high, above_low, above_high = upper_tail(-low), upper_tail(-high), upper_tail(low), upper_tail(high)
        from_below = normal_quantiles(below_low + exact_normal_cdf(z) * (below_high - below_low))
        from_above = -normal_quantiles(above_high + exact_normal_cdf(-z) * (above_low - above_high))
        return np.clip(np.where(from_below < 0, from_below, from_above), low, high)

    def _from_scale(self, value: Value) -> Value:
        return np.clip(self.distribution.at(value), self.low, self.high)  # corrects rounding at the bounds only

    @property
    def support(self) -> tuple[float, float]:
        low, high = self.distribution.support
        return max(low, self.low), min(high, self.high)


@dataclass(frozen=True, slots=True)
class Scaled(Distribution):
    """A distribution times a positive constant: a published value with its relative error, or a conversion of units."""

    distribution: Distribution
    factor: float

    def __post_init__(self) -> None:
        check_positive(self, "factor")

    def at(self, z: Value) -> Value:
        return self.distribution.at(z) * self.factor

    def quantile(self, p: float) -> float:
        return self.distribution.quantile(p) * self.factor

    def cdf(self, value: float) -> float:
        return self.distribution.cdf(value / self.factor)

    @property
    def support(self) -> tuple[float, float]:
        return self.distribution.support[0] * self.factor, self.distribution.support[1] * self.factor

    @property
    def is_constant(self) -> bool:
        return self.distribution.is_constant


def _overlap(parts: "tuple[Distribution, ...]") -> bool:
    """Whether parts, in the order of their medians, overlap."""
    return any(float(before.at(Z_LIMIT)) > float(after.at(-Z_LIMIT)) for before, after in pairwise(parts))


def _check_weights(weights: tuple[float, ...], parts: int) -> None:
    if parts < 2 or len(weights) != parts:
        raise ValueError("needs two parts or more, each with its weight")
    if any(not w > 0 for w in weights) or abs(sum(weights) - 1) > 1e-9:
        raise ValueError(
            f"needs weights above zero that add up to 1, not {', '.join(f'{w:g}' for w in weights)} = {sum(weights):g}"
        )
