"""Whether a mean can be relied on: the tail index of draws, and that of a model in all its inputs together.

The tail index k says how slowly a tail falls: P(X > x) is about x^(-1/k). From k = 1/2 on there is no standard deviation, so a
mean of draws has no standard error; from k = 1 on there is no mean. Bounded and normal tails have k of zero or less.
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
to be of use (Vehtari, Simpson, Gelman, Yao and Gabry, Pareto smoothed importance sampling, Journal of Machine Learning Research
25, 2024). A variance is the mean of a square, whose tail index is twice as large.
"""
MODEL_LIMITS: dict[Moment, float] = {"mean": 0.48, "variance": 0.24}
"""Tail indices of a model from which on it is taken to have no finite standard error of a mean, and of a variance.

The bounds are 1/2 and 1/4, less what two points of the tail leave uncertain.
"""

_LIGHT = 8.0
"""Largest exceedance over their mean, below which a tail is light: at an index of 0.35 that comes three times in 10,000."""
_LEAST_TAIL = 50  # draws in the tail, below which nothing is concluded
_PRIOR = 10  # draws that the estimate is worth in which a small sample is shrunk to 1/2 (Vehtari et al. 2024)
_RADII = (1.0, 2.5, 4.7534243, 5.9978070)  # the last two are the standard normal quantiles of 1 - 1e-6 and 1 - 1e-9
_STEP = 0.05  # of a standard normal variate, for slopes
_ROUNDS = 4  # uphill on each sphere; the next one begins where it ends
_CLOSE = 1e-4
_FAR = 1e6  # a logarithm that stands for zero and for infinity
_LARGE = 0.3  # part of an input in a direction from which on it is named


def tail_index(values: Array) -> float:
    """Return the tail index of draws: the larger one of the upper tail and, where there are negative draws, of the lower.

    A generalised Pareto distribution is fitted to the exceedances of the largest min(n / 5, 3 sqrt(n)) draws. Draws that are
    too few, or do not differ in the tail, have an index of minus infinity: nothing speaks against their mean.
    """
    values = np.asarray(values, dtype=np.float64).ravel()
    size = tail_size(len(values))
    if not size:
        return -math.inf
    ordered = np.partition(values, [size, len(values) - size - 1])
    upper = pareto_index(ordered[len(values) - size :] - ordered[len(values) - size - 1])
    return max(upper, pareto_index(ordered[size] - ordered[:size])) if ordered[: size + 1].min() < 0 else upper


def too_heavy(index: float, moment: Moment = "mean") -> str:
    """Say why a tail index of draws rules out a moment; nothing where it does not."""
    limit = LIMITS[moment]
    return f"its tail is too heavy for a {moment} (tail index {index:.2g}, the limit is {limit:g})" if index > limit else ""


def surely_at_least(index: float, count: int) -> float:
    """Return a tail index less three of its standard errors, (1 + k) / sqrt(m) from m draws in the tail of so many."""
    size = tail_size(count)
    return index - 3 * (1 + index) / math.sqrt(size) if size and math.isfinite(index) else index


def tail_size(count: int) -> int:
    """Return how many of so many draws are the tail that an index is fitted to; 0 where they are too few."""
    size = int(min(count / 5, 3 * math.sqrt(count)))
    return size if size >= _LEAST_TAIL else 0


def pareto_index(excess: Array) -> float:
    """Return the index of a generalised Pareto distribution that is fitted to exceedances of a threshold.

    Source: Zhang and Stephens, A new and efficient estimation method for the generalized Pareto distribution, Technometrics 51,
    2009; by the method of moments (Hosking and Wallis, Parameter and quantile estimation for the generalized Pareto
    distribution, Technometrics 29, 1987) where no exceedance is far above their mean, as of a light tail. Minus infinity where
    a quarter of the exceedances are zero.
    """
    middle, largest = float(excess.mean()), float(excess.max())
    if 0 < largest < _LIGHT * middle:
        return 0.5 * (1 - middle**2 / float(excess.var()))
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
    """The tail index of a model, and the inputs that take part in it, the largest part first."""

    index: float
    inputs: tuple[str, ...]

    def is_too_heavy(self, moment: Moment) -> bool:
        """Whether the index rules out a moment."""
        return self.index >= MODEL_LIMITS[moment]


def model_tail(
    plan: Plan, inputs: Mapping[str, Input], ranks: Mapping[tuple[str, str], float], lines: Sequence[str], total: str
) -> ModelTail:
    """Return the tail index of a total between the probabilities 1e-6 and 1e-9, in all its inputs together.

    Every input is a function of standard normal variates, so the likeliest way to a large total is a direction in their space:
    on the sphere of each radius, the point at which the total is largest. The index is how fast the logarithm of the total
    rises from one sphere to the next, over the fall of the logarithm of the normal probability beyond them (first-order
    reliability method: Hasofer and Lind, Exact and invariant second-moment code format, Journal of the Engineering Mechanics
    Division 100, 1974). So it sees a product of two inputs in an exponent, which none of the two shows alone. The search goes
    uphill for each of the `lines` that add up to the total, because a sum is as heavy as its heaviest part.
    """
    copula = Copula(ranks)
    random = {name: made for name in plan.inputs if not (made := inputs[name]).distribution.is_constant}
    fixed: dict[str, Value] = {n: np.float64(inputs[n].distribution.quantile(0.5)) for n in plan.inputs if n not in random}
    used = {made.stream for made in random.values()}
    streams = sorted(used.union(*(group for group, _ in copula.factors if used & set(group))))
    if not streams:
        return ModelTail(-math.inf, ())
    heights_of = [line for line in lines if line in plan.names] or [total]

    def heights(points: Array, names: Sequence[str]) -> Array:
        """The logarithm of quantities, one a row, at points of independent variates, which are the columns."""
        z = dict(zip(streams, points, strict=True))
        copula.correlate(z)
        values = fixed | {name: made.distribution.at(z[made.stream]) for name, made in random.items()}
        with np.errstate(all="ignore"):
            evaluate(plan, values)
            found = [np.broadcast_to(np.asarray(values[name], dtype=np.float64), points.shape[1]) for name in names]
            return np.nan_to_num(np.log(np.abs(found)), nan=-_FAR, posinf=_FAR, neginf=-_FAR)

    count, size = len(heights_of), len(streams)
    rows = np.arange(count)
    # A line is tried at its place, and a step further in each of the streams that it depends on: one column each.
    correlations = {name: group for group, _ in copula.factors for name in group}
    behind = _behind(plan)
    pairs = []
    for row, line in enumerate(heights_of):
        own = {random[name].stream for name in behind[line] if name in random}
        own = own.union(*(correlations.get(stream, ()) for stream in own))
        pairs += [(row, -1), *((row, place) for place, stream in enumerate(streams) if stream in own)]
    of, place = np.array(pairs).T
    columns = np.arange(len(pairs))
    stepped = place >= 0
    steps = np.zeros((size, len(pairs)))
    steps[place[stepped], columns[stepped]] = _STEP
    axes = np.hstack([np.eye(size), -np.eye(size)])
    steepest_axis = axes[:, heights(_RADII[-1] * axes, heights_of).argmax(axis=1)]
    direction = np.zeros((size, count))
    reached = {}
    for radius in _RADII:
        height = heights(radius * direction, heights_of)[rows, rows]
        for _ in range(_ROUNDS):
            around = heights(radius * direction[:, of] + steps, heights_of)[of, columns]
            slope = np.zeros((size, count))
            slope[place[stepped], of[stepped]] = (around - around[~stepped][of])[stepped]
            uphill = np.where(slope.any(axis=0), _unit(slope), direction)
            # The gradient itself, half way to it where that overshoots, or the steepest single input.
            tried = np.array([uphill, _unit(uphill + direction), steepest_axis])
            together = heights(radius * np.concatenate(tried, axis=1), heights_of).reshape(count, len(tried), count)
            found = together[rows, :, rows].T
            best = found.argmax(axis=0)
            better = (found[best, rows] > height + _CLOSE) | ~direction.any(axis=0)
            direction = np.where(better, tried[best, :, rows].T, direction)
            height = np.where(better, found[best, rows], height)
            if not better.any():
                break
        reached[radius] = heights(radius * direction, [total])[0]
    near, far = _RADII[-2:]
    low = max(float(reached[near].max()), float(heights(near * direction, [total])[0].max()))
    steepest = int(reached[far].argmax())
    index = (float(reached[far][steepest]) - low) / math.log(1000)
    parts = dict(zip(streams, np.abs(direction[:, steepest]).tolist(), strict=True))
    large = [name for name in random if parts[random[name].stream] > _LARGE]
    return ModelTail(index, tuple(sorted(large, key=lambda name: -parts[random[name].stream])))


def _behind(plan: Plan) -> dict[str, set[str]]:
    """Return for each quantity the inputs that it depends on."""
    found: dict[str, set[str]] = {name: {name} for name in plan.inputs}
    for step in plan.steps:
        found[step.name] = set().union(*(found[need] for need in step.needs))
    return found


def _unit(vectors: Array) -> Array:
    length = np.sqrt(np.sum(vectors**2, axis=0))
    return vectors / np.where(length > 0, length, 1)
