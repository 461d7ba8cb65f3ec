"""Shapley effects, which share the variance of a total out among inputs, also where they are correlated or interact."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.analysis.sensitivity.evaluator import Evaluator
from simulator.analysis.sensitivity.interval_estimates import IntervalEstimate, mean_estimate
from simulator.analysis.sensitivity.variance_shares import COST, rescale
from simulator.analysis.statistics import Array
from simulator.core.errors import UnsupportedError
from simulator.engine.sampling.methods import build_sampler
from simulator.engine.sampling.streams import BLOCK

Function = Callable[[dict[str, Array]], Array]
_Flags = NDArray[np.bool_]

_TINY = 1e-12
"""Variance of a normal variate given others below which it is known."""


@dataclass(frozen=True, slots=True)
class NormalGroup:
    """Correlated standard normal variates.

    Attributes
    ----------
    names : tuple of str
    correlation : array of shape (names, names)

    """

    names: tuple[str, ...]
    correlation: Array


def shapley_effects(
    function: Function,
    factors: Mapping[str, Sequence[str]],
    groups: Sequence[NormalGroup] = (),
    points: int = 1 << 14,
    seed: int = 0,
) -> dict[str, IntervalEstimate]:
    """Return the Shapley effect of each factor of a function of standard normal variates, as a share of its variance.

    An effect is what a factor adds to the variance explained, Var E[y | known factors], if factors become known one after the
    other, on average over all orders. It is not negative, and the effects add up to one. `factors` maps each factor to its
    variates, which `function` receives by name; variates of no group are independent.

    Each of the `points` has an order of its own and a second, independent point. Along the order, factors are taken from the
    first point; all others are redrawn from the second, given those that are taken. With y the function at the first point and
    a, b before and after a factor is taken, the factor has (y - (a + b) / 2) (b - a): half the square of the difference of the
    two points in all, whose mean is the variance. Points are independent, and so is the error of the ratio of two means.

    Sources: Owen, Sobol' indices and Shapley value, SIAM/ASA Journal on Uncertainty Quantification 2, 2014; Song, Nelson and
    Staum, Shapley effects for global sensitivity analysis, same journal 4, 2016, for dependent inputs; Goda, A simple algorithm
    for global sensitivity analysis with Shapley effects, Reliability Engineering and System Safety 213, 2021, for the product,
    here with the conditional distribution of correlated normals.
    """
    names = list(factors)
    gains = np.concatenate([
        _gains(function, factors, groups, seed, block, min(BLOCK, points - start))
        for block, start in enumerate(range(0, points, BLOCK))
    ], axis=1)  # fmt: skip
    halves = gains.sum(axis=0)
    variance = float(halves.mean())
    if not variance > 0:
        raise UnsupportedError("the total is the same in every draw, so nothing drives it")
    effects = {}
    for number, name in enumerate(names):
        share = float(gains[number].mean()) / variance
        effects[name] = mean_estimate((gains[number] - share * halves) / variance, share)
    return effects


def _gains(
    function: Function, factors: Mapping[str, Sequence[str]], groups: Sequence[NormalGroup], seed: int, block: int, size: int
) -> Array:
    """Return what each factor adds at each point of a block; shape (factors, points)."""
    sample = build_sampler("random", seed, size)
    streams = [stream for each in factors.values() for stream in each]
    ranks = np.argsort(np.argsort([sample(f"order of {name}", block, size) for name in factors], axis=0), axis=0)
    rank_of = {stream: ranks[number] for number, each in enumerate(factors.values()) for stream in each}
    z = {stream: sample(stream, block, size) for stream in streams}
    other = {stream: sample(f"{stream} again", block, size) for stream in streams}
    for group in groups:
        z |= _conditional_variates(group, {}, {name: np.zeros(size, dtype=bool) for name in group.names}, z)
    y = function(z)
    gains = np.zeros((len(factors), size))
    before = function(_mixed(z, other, groups, rank_of, 0))
    for count in range(1, len(factors) + 1):
        after = y if count == len(factors) else function(_mixed(z, other, groups, rank_of, count))
        position = np.argmax(ranks == count - 1, axis=0)
        gains[position, np.arange(size)] = (y - (before + after) / 2) * (after - before)
        before = after
    return gains


def _mixed(
    z: Mapping[str, Array],
    other: Mapping[str, Array],
    groups: Sequence[NormalGroup],
    rank_of: Mapping[str, NDArray[np.int_]],
    count: int,
) -> dict[str, Array]:
    """Return points whose first `count` factors, in their own order, are those of `z`, and whose others are redrawn."""
    taken = {name: rank_of[name] < count for name in z}
    mixed = {name: np.where(taken[name], z[name], other[name]) for name in z}
    for group in groups:
        mixed |= _conditional_variates(group, z, taken, other)
    return mixed


def _conditional_variates(
    group: NormalGroup, z: Mapping[str, Array], taken: Mapping[str, _Flags], independent: Mapping[str, Array]
) -> dict[str, Array]:
    """Return the variates of a group: those that are taken, and the others given them, from independent normals."""
    names, matrix = group.names, group.correlation
    code = sum(taken[name].astype(np.int64) << place for place, name in enumerate(names))
    drawn = {name: np.empty(len(independent[name])) for name in names}
    for each in np.unique(code).tolist():
        points = np.flatnonzero(code == each)
        known = [place for place in range(len(names)) if each >> place & 1]
        values = {place: z[names[place]][points] for place in known}
        for place in range(len(names)):
            if place in known:
                continue
            # One after the other, each given all before it.
            weights, scale = _regression(matrix, place, known)
            mean = sum((weight * values[index] for weight, index in zip(weights, known, strict=True)), np.zeros(len(points)))
            values[place] = mean + scale * independent[names[place]][points]
            known = [*known, place]
        for place, name in enumerate(names):
            drawn[name][points] = values[place]
    return drawn


def _regression(matrix: Array, place: int, known: Sequence[int]) -> tuple[list[float], float]:
    """Return the weights of known variates in the mean of another, and its standard deviation given them."""
    if not known:
        return [], 1.0
    weights = np.linalg.pinv(matrix[np.ix_(known, known)], hermitian=True) @ matrix[known, place]
    variance = float(matrix[place, place] - matrix[known, place] @ weights)
    return weights.tolist(), float(np.sqrt(variance)) if variance > _TINY else 0.0


def shapley_of_evaluator(evaluator: Evaluator, points: int, seed: int, variance_of: str = COST) -> dict[str, IntervalEstimate]:
    """Return the Shapley effects of the priors of a scenario on its total; priors of one posterior are one factor."""
    factors: dict[str, tuple[str, ...]] = {}
    for stream in evaluator.streams:
        names = [name for name, prior in evaluator.priors.items() if prior.stream == stream]
        factors[" + ".join(names) or stream] = (stream,)
    groups = [
        NormalGroup(tuple(names), root @ root.T)
        for names, root in evaluator.copula.factors
        if set(names) & set(evaluator.streams)
    ]

    def total(z: dict[str, Array]) -> Array:
        size = len(next(iter(z.values())))
        return rescale(np.broadcast_to(np.asarray(evaluator.total(evaluator.values(z))), size).astype(np.float64), variance_of)

    return shapley_effects(total, factors, groups, points, seed)
