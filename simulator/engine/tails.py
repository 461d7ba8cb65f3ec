"""Tail indices, which decide whether a mean is reliable: of draws, and of a model in all its inputs jointly.

The tail index k describes how slowly a tail falls: P(X > x) is about x^(-1/k). From k = 1/2 on there is no standard deviation,
so a mean of draws has no standard error; from k = 1 on there is no mean. Bounded and normal tails have k of zero or less.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simulator.core.units import Value
from simulator.engine.graph import Plan, evaluate
from simulator.engine.inputs import Input
from simulator.engine.sampling.copula import Copula

Array = NDArray[np.float64]

Moment = Literal["mean", "variance"]

LIMITS: dict[Moment, float] = {"mean": 0.7, "variance": 0.35}
"""Tail indices of draws above which a mean of them, or a share of their variance, is not reported.

Up to 0.7 a mean and its standard error are reliable with the numbers of draws used here; above it a mean converges too slowly
to be useful (Vehtari, Simpson, Gelman, Yao and Gabry, Pareto smoothed importance sampling, Journal of Machine Learning Research
25, 2024). A variance is the mean of a square, whose tail index is twice as large.
"""
MODEL_LIMITS: dict[Moment, float] = {"mean": 0.48, "variance": 0.24}
"""Tail indices of a model from which on the standard error of a mean, and of a variance, is considered infinite.

The bounds are 1/2 and 1/4, less the error of an estimate from two points of the tail.
"""

_LIGHT = 8.0
"""Ratio of the largest exceedance to the mean, below which a tail is light: the probability is 0.0003 at an index of 0.35."""
_MIN_TAIL = 50  # minimum number of draws in the tail
_PRIOR = 10  # weight in draws of the prior index 1/2, towards which small samples are shrunk (Vehtari et al. 2024)
_RADII = (1.0, 2.5, 4.7534243, 5.9978070)  # the last two are the standard normal quantiles of 1 - 1e-6 and 1 - 1e-9
_STEP = 0.05  # of a standard normal variate, for slopes
_ROUNDS = 4  # of ascent on each sphere; the next sphere starts from the result
_STEEPEST = 8  # inputs whose pairs are tried
_TOLERANCE = 1e-4
_INFINITE_LOG = 1e6  # logarithm that represents zero (negative) and infinity
_MIN_COMPONENT = 0.3  # component of the direction from which on an input is reported


def tail_index(values: Array) -> float:
    """Return the tail index of draws: the larger of the upper tail and, if there are negative draws, of the lower tail.

    A generalised Pareto distribution is fitted to the exceedances of the largest min(n / 5, 3 sqrt(n)) draws. The index is
    minus infinity, which does not rule out a mean, for too few draws or draws that do not differ in the tail.
    """
    values = np.asarray(values, dtype=np.float64).ravel()
    size = tail_size(len(values))
    if not size:
        return -math.inf
    ordered = np.partition(values, [size, len(values) - size - 1])
    upper = pareto_index(ordered[len(values) - size :] - ordered[len(values) - size - 1])
    return max(upper, pareto_index(ordered[size] - ordered[:size])) if ordered[: size + 1].min() < 0 else upper


def explain_heavy_tail(index: float, moment: Moment = "mean") -> str:
    """Return why a tail index of draws rules out a moment, or an empty text if it does not."""
    limit = LIMITS[moment]
    return f"its tail is too heavy for a {moment} (tail index {index:.2g}, the limit is {limit:g})" if index > limit else ""


def tail_index_lower_bound(index: float, count: int) -> float:
    """Return a tail index less three standard errors, (1 + k) / sqrt(m) with m draws in the tail."""
    size = tail_size(count)
    return index - 3 * (1 + index) / math.sqrt(size) if size and math.isfinite(index) else index


def tail_size(count: int) -> int:
    """Return the number of draws in the tail that an index is fitted to, or 0 if there are too few draws."""
    size = int(min(count / 5, 3 * math.sqrt(count)))
    return size if size >= _MIN_TAIL else 0


def pareto_index(excess: Array) -> float:
    """Return the index of a generalised Pareto distribution fitted to exceedances of a threshold.

    Source: Zhang and Stephens, A new and efficient estimation method for the generalized Pareto distribution, Technometrics 51,
    2009; by the method of moments (Hosking and Wallis, Parameter and quantile estimation for the generalized Pareto
    distribution, Technometrics 29, 1987) for light tails, in which no exceedance is far above the mean. Minus infinity if a
    quarter of the exceedances are zero.
    """
    mean, largest = float(excess.mean()), float(excess.max())
    if 0 < largest < _LIGHT * mean:
        variance = float(excess.var())
        return 0.5 * (1 - mean**2 / variance) if variance else -math.inf  # all exceedances are equal
    excess = np.sort(excess)
    size = len(excess)
    quartile = excess[int(size / 4 + 0.5) - 1]
    if not quartile > 0:
        return -math.inf
    grid = 30 + int(math.sqrt(size))
    theta = 1 / excess[-1] + (1 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))) / (3 * quartile)
    with np.errstate(divide="ignore", invalid="ignore"):
        shape = np.mean(np.log1p(-theta[:, None] * excess), axis=1)
        likelihood = size * (np.log(-theta / shape) - shape - 1)
    likelihood = np.where(np.isfinite(likelihood), likelihood, -np.inf)
    weight = np.exp(likelihood - likelihood.max())
    best = float(np.sum(theta * weight) / np.sum(weight))
    index = float(np.mean(np.log1p(-best * excess)))
    return (index * size + 0.5 * _PRIOR) / (size + _PRIOR)


@dataclass(frozen=True)
class ModelTail:
    """The tail index of a model, and the inputs that contribute to it, the largest contribution first."""

    index: float
    inputs: tuple[str, ...]

    def is_too_heavy(self, moment: Moment) -> bool:
        """Whether the index rules out a moment."""
        return self.index >= MODEL_LIMITS[moment]


def model_tail(
    plan: Plan, inputs: Mapping[str, Input], ranks: Mapping[tuple[str, str], float], lines: Sequence[str], total: str
) -> ModelTail:
    """Return the tail index of a total between the probabilities 1e-6 and 1e-9, in all its inputs jointly.

    Every input is a function of standard normal variates, so the most likely path to a large total is a direction in their
    space: on the sphere of each radius, the point at which the total is largest. The index is the increase of the logarithm of
    the total from one sphere to the next, over the decrease of the logarithm of the normal probability beyond them (first-order
    reliability method: Hasofer and Lind, Exact and invariant second-moment code format, Journal of the Engineering Mechanics
    Division 100, 1974). So it accounts for a product of two inputs in an exponent, which neither shows alone. The search
    ascends for each of the `lines` that add up to the total, because a sum is as heavy-tailed as its heaviest term.
    """
    space = _VariateSpace.of(plan, inputs, ranks)
    if not space.streams:
        return ModelTail(-math.inf, ())
    targets = [line for line in lines if line in plan.names] or [total]
    ascent = _Ascent(space, targets)
    direction = np.zeros((len(space.streams), len(targets)))
    near, far = _RADII[-2:]
    found = []
    for radius in (*_RADII, near, far):  # on the last two spheres the search goes on from where that on the other one ended
        direction = ascent.climb(direction, radius)
        found.append(direction)
    directions = np.hstack(found)
    low, high = (space.log_values(radius * directions, [total])[0] for radius in (near, far))
    steepest = int(high.argmax())
    return ModelTail(float(high[steepest] - low.max()) / math.log(1000), space.large_components(directions[:, steepest]))


@dataclass(frozen=True)
class _VariateSpace:
    """The independent standard normal variates (`streams`) that the inputs of a plan are functions of."""

    plan: Plan
    copula: Copula
    random: dict[str, Input]
    constants: dict[str, Value]
    streams: list[str]

    @classmethod
    def of(cls, plan: Plan, inputs: Mapping[str, Input], ranks: Mapping[tuple[str, str], float]) -> "_VariateSpace":
        copula = Copula(ranks)
        random = {name: each for name in plan.inputs if not (each := inputs[name]).distribution.is_constant}
        constants: dict[str, Value] = {
            name: np.float64(inputs[name].distribution.middle) for name in plan.inputs if name not in random
        }
        own = {each.stream for each in random.values()}
        streams = sorted(own.union(*(group for group, _ in copula.factors if own & set(group))))
        return cls(plan, copula, random, constants, streams)

    def log_values(self, points: Array, names: Sequence[str]) -> Array:
        """Return the logarithms of quantities (rows) at points of the variates (columns)."""
        z = dict(zip(self.streams, points, strict=True))
        self.copula.correlate(z)
        values = self.constants | {name: each.distribution.at(z[each.stream]) for name, each in self.random.items()}
        with np.errstate(all="ignore"):
            evaluate(self.plan, values)
            table = [np.broadcast_to(np.asarray(values[name], dtype=np.float64), points.shape[1]) for name in names]
            return np.nan_to_num(np.log(np.abs(table)), nan=-_INFINITE_LOG, posinf=_INFINITE_LOG, neginf=-_INFINITE_LOG)

    def streams_of(self, quantities: Sequence[str]) -> list[set[str]]:
        """Return for each quantity the streams that it depends on, and those that these are correlated with."""
        correlations = {name: group for group, _ in self.copula.factors for name in group}
        dependencies = _dependencies(self.plan)
        own = [{self.random[name].stream for name in dependencies[each] if name in self.random} for each in quantities]
        return [streams.union(*(correlations.get(stream, ()) for stream in streams)) for streams in own]

    def large_components(self, direction: Array) -> tuple[str, ...]:
        """Return the inputs with a large component of a direction, the largest first."""
        components = dict(zip(self.streams, np.abs(direction).tolist(), strict=True))
        large = [name for name in self.random if components[self.random[name].stream] > _MIN_COMPONENT]
        return tuple(sorted(large, key=lambda name: -components[self.random[name].stream]))


class _Ascent:
    """The search on a sphere for the direction (one column per quantity) in which each quantity is largest."""

    def __init__(self, space: _VariateSpace, quantities: Sequence[str]) -> None:
        self._space, self._quantities = space, quantities
        self._rows = np.arange(len(quantities))
        size = len(space.streams)
        # Each quantity is evaluated at its point, and one step further in each of its streams: one column each.
        pairs = []
        for row, own in enumerate(space.streams_of(quantities)):
            pairs += [(row, -1), *((row, place) for place, stream in enumerate(space.streams) if stream in own)]
        self._row_of, self._place = np.array(pairs).T
        self._columns = np.arange(len(pairs))
        self._is_step = self._place >= 0
        self._steps = np.zeros((size, len(pairs)))
        self._steps[self._place[self._is_step], self._columns[self._is_step]] = _STEP
        self._steepest_pair = self._find_steepest_pair(np.hstack([np.eye(size), -np.eye(size)]))

    def climb(self, direction: Array, radius: float) -> Array:
        """Return a better direction on the sphere of a radius, starting from another."""
        rows = self._rows
        height = self._space.log_values(radius * direction, self._quantities)[rows, rows]
        for _ in range(_ROUNDS):
            uphill = self._uphill(direction, radius)
            # The gradient, that of the inputs which the direction has already, as a jump in another gives a slope that is none,
            # the midpoints if a gradient overshoots, or the steepest pair of inputs.
            own = np.where(np.abs(direction) > _MIN_COMPONENT, uphill, 0)
            own = np.where(own.any(axis=0), _normalize(own), uphill)
            midpoints = [_normalize(each + direction) for each in (uphill, own)]
            candidates = np.array([uphill, own, *midpoints, self._steepest_pair])
            count = len(rows)
            values = self._space.log_values(radius * np.concatenate(candidates, axis=1), self._quantities)
            heights = values.reshape(count, len(candidates), count)[rows, :, rows].T
            best = heights.argmax(axis=0)
            is_better = (heights[best, rows] > height + _TOLERANCE) | ~direction.any(axis=0)
            direction = np.where(is_better, candidates[best, :, rows].T, direction)
            height = np.where(is_better, heights[best, rows], height)
            if not is_better.any():
                break
        return direction

    def _find_steepest_pair(self, axes: Array) -> Array:
        """Return for each quantity the direction of two inputs, or of one, that is highest on the outermost sphere.

        A product of two inputs in an exponent may have no slope where one of them is at its median, and a quantity that is
        counted in whole units has none around the origin, so slopes alone do not lead to it.
        """
        heights = self._space.log_values(_RADII[-1] * axes, self._quantities)
        steepest = np.argsort(-heights, axis=1, kind="stable")[:, :_STEEPEST]
        first, second = np.triu_indices(steepest.shape[1])
        pairs = _normalize(axes[:, steepest[:, first]] + axes[:, steepest[:, second]])  # by stream, quantity and pair
        count = len(self._rows)
        values = self._space.log_values(_RADII[-1] * pairs.reshape(len(axes), -1), self._quantities)
        best = values.reshape(count, count, -1)[self._rows, self._rows].argmax(axis=1)
        return np.asarray(pairs[:, self._rows, best])

    def _uphill(self, direction: Array, radius: float) -> Array:
        """Return the direction of steepest ascent of each quantity; the present direction where there is no slope."""
        points = radius * direction[:, self._row_of] + self._steps
        neighbours = self._space.log_values(points, self._quantities)[self._row_of, self._columns]
        slope = np.zeros_like(direction)
        rises = (neighbours - neighbours[~self._is_step][self._row_of])[self._is_step]
        slope[self._place[self._is_step], self._row_of[self._is_step]] = rises
        return np.where(slope.any(axis=0), _normalize(slope), direction)


def _dependencies(plan: Plan) -> dict[str, set[str]]:
    """Return for each quantity the inputs that it depends on."""
    dependencies: dict[str, set[str]] = {name: {name} for name in plan.inputs}
    for step in plan.steps:
        dependencies[step.name] = set().union(*(dependencies[need] for need in step.needs))
    return dependencies


def _normalize(vectors: Array) -> Array:
    length = np.sqrt(np.sum(vectors**2, axis=0))
    return vectors / np.where(length > 0, length, 1)
