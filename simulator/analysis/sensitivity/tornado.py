"""Swings of the total between two quantiles of an input, which evaluate the model."""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from simulator.analysis.sensitivity.evaluator import DRAWS, Evaluator
from simulator.analysis.statistics import Array
from simulator.core.units import Value
from simulator.distributions import normal_quantile
from simulator.engine.sampling.streams import REPLICATES
from simulator.scenario import Scenario


class Endpoints(NamedTuple):
    """A statistic of the total at the low and at the high quantile of an input, and the error of their difference."""

    low: float
    high: float
    error: float

    @property
    def width(self) -> float:
        """The difference of the two."""
        return self.high - self.low


class Swing(NamedTuple):
    """The total at two quantiles of an input, using common random numbers.

    `at_medians` has all other inputs at their medians. `median` and `mean` are of the total with the input set to the quantile
    and the others unchanged, as in two runs with `--set`. `conditional` is the median conditional on the input being at the
    quantile, so that inputs correlated with it shift too; None where none is correlated. `mean` is None where the tail of the
    total is too heavy for one.
    """

    input: tuple[float, float]
    at_medians: tuple[float, float]
    median: Endpoints
    mean: Endpoints | None
    conditional: Endpoints | None

    @property
    def width(self) -> float:
        """The swing of the median of the total where the input is set."""
        return self.median.width


def tornado(scenario: Scenario, draws: int = DRAWS, seed: int = 0, at: tuple[float, float] = (0.1, 0.9)) -> dict[str, Swing]:
    """Return the swing of the total between two quantiles of each prior, widest first.

    Raises ValueError for a run under way, and `NonFiniteResultError` where the total is not finite.
    """
    return compute_swings(Evaluator(scenario), draws, seed, at, lambda: None)


def compute_swings(
    evaluator: Evaluator, draws: int, seed: int, at: tuple[float, float], done: Callable[[], None]
) -> dict[str, Swing]:
    """Return the swings between two quantiles, as `tornado` does; `done` is called before each prior."""
    uncorrelated = evaluator.draw_variates(draws, seed)
    z = dict(uncorrelated)
    evaluator.copula.correlate(z)
    samples = evaluator.values(z)
    medians: dict[str, Value] = {name: np.float64(prior.distribution.quantile(0.5)) for name, prior in evaluator.priors.items()}
    swings = {}
    for name, prior in evaluator.priors.items():
        done()
        points = [(p, np.float64(prior.distribution.quantile(p))) for p in at]
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
            (float(points[0][1]), float(points[1][1])),
            (at_medians[0], at_medians[1]),
            _median_between(low, high),
            Endpoints(float(low.mean()), float(high.mean()), float(np.std(high - low)) / math.sqrt(draws)),
            conditional,
        )
    return dict(sorted(swings.items(), key=lambda item: -abs(item[1].width)))


def _median_between(low: Array, high: Array) -> Endpoints:
    batches = [np.median(high[n::REPLICATES]) - np.median(low[n::REPLICATES]) for n in range(REPLICATES)]
    return Endpoints(float(np.median(low)), float(np.median(high)), float(np.std(batches, ddof=1)) / math.sqrt(REPLICATES))
