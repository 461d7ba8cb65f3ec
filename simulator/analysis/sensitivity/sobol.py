"""Sobol's indices, which need the model itself and are defined for independent inputs alone."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from simulator.analysis.sensitivity.estimates import REPLICATES_REACH, Estimate
from simulator.analysis.sensitivity.evaluator import Evaluator
from simulator.analysis.sensitivity.variance_shares import COST, scaled, variance_of_centred
from simulator.analysis.statistics import Array
from simulator.engine.sampling.methods import source
from simulator.engine.sampling.streams import REPLICATES
from simulator.scenario import Scenario

POINTS = 32_768
MOST_POINTS = 65_536

_MOST_NAMED = 512  # dimensions that can be given by name


class Indices(NamedTuple):
    """Sobol's indices of a factor: its share of the variance by itself, and with all that it does together with others."""

    first: Estimate
    total: Estimate


def sobol_indices(at_a: Array, at_b: Array, mixed: Mapping[str, Array], replicates: int = REPLICATES) -> dict[str, Indices]:
    """Return Sobol's indices from totals at points A, at points B, and at A with one factor taken from B.

    Draws i, i + replicates, ... belong to one replicate; the spread of the replicates is the error. First order after Saltelli
    and others, Variance based sensitivity analysis of model output, Computer Physics Communications 181, 2010; total after
    Jansen, Analysis of variance designs for model output, Computer Physics Communications 117, 1999. Factors must be
    independent of each other.
    """
    centre = (at_a.mean() + at_b.mean()) / 2
    a, b = at_a - centre, at_b - centre
    variance_of_centred(np.concatenate([a, b]))

    def both(other: Array, part: slice) -> tuple[float, float]:
        variance = float(np.var([a[part], b[part]]))
        step = other[part] - centre - a[part]
        if not variance > 0:
            return 0.0, 0.0
        return float(np.mean(b[part] * step)) / variance, float(np.mean(step**2)) / 2 / variance

    found = {}
    for name, other in mixed.items():
        values = both(other, slice(None))
        spread = np.std([both(other, slice(n, None, replicates)) for n in range(replicates)], axis=0, ddof=1)
        pair = [Estimate(v, float(s) / math.sqrt(replicates), REPLICATES_REACH) for v, s in zip(values, spread, strict=True)]
        found[name] = Indices(*pair)
    return found


def sobol(
    function: Callable[[dict[str, Array]], Array],
    factors: Mapping[str, Sequence[str]],
    points: int = POINTS,
    seed: int = 0,
) -> dict[str, Indices]:
    """Return Sobol's indices of a function of independent standard normal scores, on scrambled Sobol points.

    `factors` names for each factor the streams of scores that it takes, which `function` gets by name. `points` is rounded down
    to a power of two, of 65,536 at most; the function is called two times more than there are factors. Eight replicates of
    their own scramble give the errors.
    """
    size = 1 << (min(max(points, 8 * REPLICATES), MOST_POINTS).bit_length() - 1)
    names = list(dict.fromkeys(stream for streams in factors.values() for stream in streams))
    other = {name: f"{name} again" for name in names}
    both = [*names, *other.values()]
    # Neighbours among the first dimensions lie better than those that a name would have in every scenario.
    drawn = source("sobol", seed, size, both, both if len(both) <= _MOST_NAMED else ())
    a = {name: drawn(name, 0, size) for name in names}
    b = {name: drawn(other[name], 0, size) for name in names}
    mixed = {name: function(a | {stream: b[stream] for stream in streams}) for name, streams in factors.items()}
    return sobol_indices(function(a), function(b), mixed)


def sobol_of(scenario: Scenario, points: int = POINTS, seed: int = 0) -> dict[str, Indices]:
    """Return Sobol's indices of the total in each independent prior.

    The indices are defined for independent inputs alone. Priors that are correlated, or come from one posterior, have none of
    their own: together they are one factor, named by all of them (`chips + mfu`). Raises ValueError for a run under way.
    """
    return indices_of(Evaluator(scenario), points, seed)


def indices_of(evaluator: Evaluator, points: int, seed: int, variance_of: str = COST) -> dict[str, Indices]:
    """Return the indices as `sobol_of` does, of the variance of the total on a scale."""
    groups = {name: group for group in evaluator.correlated_groups for name in group}
    factors = {}
    for group in dict.fromkeys(groups.get(stream, (stream,)) for stream in evaluator.streams):
        names = [name for name, prior in evaluator.priors.items() if prior.stream in group]
        factors[" + ".join(names)] = group

    def total(z: dict[str, Array]) -> Array:
        correlated = dict(z)
        evaluator.copula.correlate(correlated)
        return scaled(np.asarray(evaluator.total(evaluator.values(correlated))), variance_of)

    return sobol(total, factors, points, seed)
