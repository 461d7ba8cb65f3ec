"""Sobol's indices, which evaluate the model and are defined for independent inputs only."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from simulator.analysis.sensitivity.evaluator import Evaluator
from simulator.analysis.sensitivity.interval_estimates import REPLICATES_CRITICAL_VALUE, IntervalEstimate
from simulator.analysis.sensitivity.variance_shares import COST, rescale, variance_of_centred
from simulator.analysis.statistics import Array
from simulator.engine.sampling.methods import build_sampler
from simulator.engine.sampling.streams import REPLICATES
from simulator.scenario import Scenario

POINTS = 32_768
MAX_POINTS = 65_536

_MAX_NAMED = 512  # dimensions that can be assigned by name


class Indices(NamedTuple):
    """Sobol's indices of a factor.

    Attributes
    ----------
    first : IntervalEstimate
        Its share of the variance by itself.
    total : IntervalEstimate
        Its share including its interactions with others.

    """

    first: IntervalEstimate
    total: IntervalEstimate


def sobol_indices(at_a: Array, at_b: Array, mixed: Mapping[str, Array], replicates: int = REPLICATES) -> dict[str, Indices]:
    """Return Sobol's indices from totals at points A, at points B, and at A with one factor replaced by that of B.

    Draws i, i + replicates, ... belong to one replicate; the error is estimated from the variation between replicates. First
    order after Saltelli and others, Variance based sensitivity analysis of model output, Computer Physics Communications 181,
    2010; total after Jansen, Analysis of variance designs for model output, Computer Physics Communications 117, 1999. Factors
    must be independent.
    """
    centre = (at_a.mean() + at_b.mean()) / 2
    a, b = at_a - centre, at_b - centre
    variance_of_centred(np.concatenate([a, b]))

    def first_and_total(other: Array, part: slice) -> tuple[float, float]:
        variance = float(np.var([a[part], b[part]]))
        step = other[part] - centre - a[part]
        if not variance > 0:
            return 0.0, 0.0
        return float(np.mean(b[part] * step)) / variance, float(np.mean(step**2)) / 2 / variance

    indices = {}
    for name, other in mixed.items():
        values = first_and_total(other, slice(None))
        by_replicate = [first_and_total(other, slice(n, None, replicates)) for n in range(replicates)]
        errors = np.std(by_replicate, axis=0, ddof=1) / math.sqrt(replicates)
        pair = [
            IntervalEstimate(value, float(error), REPLICATES_CRITICAL_VALUE)
            for value, error in zip(values, errors, strict=True)
        ]
        indices[name] = Indices(*pair)
    return indices


def sobol(
    function: Callable[[dict[str, Array]], Array],
    factors: Mapping[str, Sequence[str]],
    points: int = POINTS,
    seed: int = 0,
) -> dict[str, Indices]:
    """Return Sobol's indices of a function of independent standard normal variates, on scrambled Sobol points.

    `factors` maps each factor to its streams of variates, which `function` receives by name. `points` is rounded down to a
    power of two, at most 65,536; the number of calls of the function is the number of factors plus two. Eight independently
    scrambled replicates give the errors.
    """
    size = 1 << (min(max(points, 8 * REPLICATES), MAX_POINTS).bit_length() - 1)
    names = list(dict.fromkeys(stream for streams in factors.values() for stream in streams))
    second_names = {name: f"{name} again" for name in names}
    dimensions = [*names, *second_names.values()]
    # The first dimensions are more uniform than those assigned by the hash of a name.
    sample = build_sampler("sobol", seed, size, dimensions, dimensions if len(dimensions) <= _MAX_NAMED else ())
    a = {name: sample(name, 0, size) for name in names}
    b = {name: sample(second_names[name], 0, size) for name in names}
    mixed = {name: function(a | {stream: b[stream] for stream in streams}) for name, streams in factors.items()}
    return sobol_indices(function(a), function(b), mixed)


def sobol_of_scenario(scenario: Scenario, points: int = POINTS, seed: int = 0) -> dict[str, Indices]:
    """Return Sobol's indices of the total for each independent prior.

    The indices are defined for independent inputs only. Priors that are correlated, or come from one posterior, form one factor
    named after all of them (`chips + mfu`). Raises `UnsupportedError` for a run under way.
    """
    return sobol_of_evaluator(Evaluator(scenario), points, seed)


def sobol_of_evaluator(evaluator: Evaluator, points: int, seed: int, variance_of: str = COST) -> dict[str, Indices]:
    """Return the indices of `sobol_of_scenario` for the variance of the total on a given scale."""
    groups = {name: group for group in evaluator.correlated_groups for name in group}
    factors = {}
    for group in dict.fromkeys(groups.get(stream, (stream,)) for stream in evaluator.streams):
        names = [name for name, prior in evaluator.priors.items() if prior.stream in group]
        factors[" + ".join(names)] = group

    def total(z: dict[str, Array]) -> Array:
        correlated = dict(z)
        evaluator.copula.correlate(correlated)
        return rescale(np.asarray(evaluator.total(evaluator.values(correlated))), variance_of)

    return sobol(total, factors, points, seed)
