"""Swings of the total between two quantiles of an input, which evaluate the model."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from simulator.analysis.occurrences import decides_event
from simulator.analysis.sensitivity.evaluator import DEFAULTS, Evaluator
from simulator.analysis.statistics import Array
from simulator.core.units import Value
from simulator.distributions import normal_quantile
from simulator.engine.options import RunOptions
from simulator.engine.sampling.streams import REPLICATES
from simulator.scenario import Scenario

LOW, HIGH = 0.1, 0.9
"""Quantiles of an input between which the total swings."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """An amount at the P10 and at the P90 of an input.

    Attributes
    ----------
    p10, p90 : float
        The amounts, in the unit of the input or in USD.

    """

    p10: float
    p90: float

    @property
    def width(self) -> float:
        """The difference of the two."""
        return self.p90 - self.p10

    @property
    def pair(self) -> tuple[float, float]:
        """Both amounts."""
        return self.p10, self.p90


@dataclass(frozen=True, slots=True)
class EstimatedEndpoints(Endpoints):
    """A statistic of the total at the P10 and at the P90 of an input.

    Attributes
    ----------
    p10, p90 : float
        The statistic, USD.
    mcse_of_difference : float
        Monte Carlo standard error of the difference, USD.

    """

    mcse_of_difference: float


@dataclass(frozen=True, slots=True)
class Swing:
    """The total at the P10 and at the P90 of an input, using common random numbers.

    Attributes
    ----------
    input : Endpoints
        The values of the input, in its unit.
    at_medians : Endpoints
        The total with all other inputs at their medians, USD.
    median, mean : EstimatedEndpoints
        Of the total with the input set and the others unchanged, as in two runs with `--set`; there is no mean where the tail
        of the total is too heavy for one.
    conditional : EstimatedEndpoints or None
        The median conditional on the value of the input, so that inputs correlated with it shift too; None where none is.

    """

    input: Endpoints
    at_medians: Endpoints
    median: EstimatedEndpoints
    mean: EstimatedEndpoints | None
    conditional: EstimatedEndpoints | None

    @property
    def width(self) -> float:
        """The swing of the median of the total where the input is set."""
        return self.median.width


def tornado(scenario: Scenario, options: RunOptions = DEFAULTS) -> dict[str, Swing]:
    """Return the swing of the total between the P10 and the P90 of each prior, widest first.

    Raises `UnsupportedError` for a run under way, and `NonFiniteResultError` where the total is not finite.
    """
    return compute_swings(Evaluator(scenario), options.draws, options.seed, lambda: None)


def compute_swings(evaluator: Evaluator, draws: int, seed: int, done: Callable[[], None]) -> dict[str, Swing]:
    """Return the swings of all priors, as `tornado` does; `done` is called before each prior.

    A number that decides whether an event occurs has none: its quantiles mean nothing.
    """
    uncorrelated = evaluator.draw_variates(draws, seed)
    z = dict(uncorrelated)
    evaluator.copula.correlate(z)
    samples = evaluator.values(z)
    medians: dict[str, Value] = {name: np.float64(prior.distribution.quantile(0.5)) for name, prior in evaluator.priors.items()}
    swings = {}
    for name, prior in evaluator.priors.items():
        done()
        if decides_event(name):
            continue
        points = [(p, np.float64(prior.distribution.quantile(p))) for p in (LOW, HIGH)]
        others = evaluator.correlated_with(name)
        if others:
            without_input = dict(uncorrelated)
            evaluator.copula_without(name).correlate(without_input)
            base = samples | evaluator.values(without_input, others)
        else:
            base = samples

        def total(values: Mapping[str, Value]) -> Array:
            return np.broadcast_to(np.asarray(evaluator.total(values)), draws)

        low, high = (total(base | {name: value}) for _, value in points)
        conditional = None
        if others:
            conditional_values = [
                evaluator.values(evaluator.condition_on(z, prior.stream, normal_quantile(p)), others) | {name: value}
                for p, value in points
            ]
            conditional = _median_between(*(total(samples | values) for values in conditional_values))
        at_medians = [float(evaluator.total(medians | {name: value})) for _, value in points]
        swings[name] = Swing(
            Endpoints(float(points[0][1]), float(points[1][1])),
            Endpoints(*at_medians),
            _median_between(low, high),
            EstimatedEndpoints(float(low.mean()), float(high.mean()), float(np.std(high - low)) / math.sqrt(draws)),
            conditional,
        )
    return dict(sorted(swings.items(), key=lambda item: -abs(item[1].width)))


def _median_between(low: Array, high: Array) -> EstimatedEndpoints:
    batches = [np.median(high[n::REPLICATES]) - np.median(low[n::REPLICATES]) for n in range(REPLICATES)]
    return EstimatedEndpoints(
        float(np.median(low)), float(np.median(high)), float(np.std(batches, ddof=1)) / math.sqrt(REPLICATES)
    )
