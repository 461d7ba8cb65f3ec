"""Swings of the total between two quantiles of an input, which need the model itself."""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from simulator.analysis.sensitivity.evaluator import DRAWS, Evaluator
from simulator.analysis.statistics import Array
from simulator.core.units import Value
from simulator.distributions import score
from simulator.engine.sampling.streams import REPLICATES
from simulator.scenario import Scenario


class Between(NamedTuple):
    """A figure of the total at the low and at the high quantile of an input, and the error of their difference."""

    low: float
    high: float
    error: float

    @property
    def width(self) -> float:
        """How far the figure swings."""
        return self.high - self.low


class Swing(NamedTuple):
    """The total between two quantiles of an input, with common random numbers on both sides.

    `at_medians` has all other inputs at their medians. `median` and `mean` are of the total with the input set to the
    quantile and all others drawn as they are: what two runs with `--set` give. `conditional` is the median where the input is
    known to be at the quantile, so that inputs correlated with it move along; None where none is correlated. `mean` is None
    where the total has no mean that draws tell.
    """

    input: tuple[float, float]
    at_medians: tuple[float, float]
    median: Between
    mean: Between | None
    conditional: Between | None

    @property
    def width(self) -> float:
        """How far the median of the total swings where the input is set."""
        return self.median.width


def tornado(scenario: Scenario, draws: int = DRAWS, seed: int = 0, at: tuple[float, float] = (0.1, 0.9)) -> dict[str, Swing]:
    """Return how far the total swings between two quantiles of each prior, the widest first.

    Raises ValueError for a run under way, and `NonFiniteResultError` where the total is not finite there.
    """
    return swings_of(Evaluator(scenario), draws, seed, at, lambda: None)


def swings_of(
    evaluator: Evaluator, draws: int, seed: int, at: tuple[float, float], done: Callable[[], None]
) -> dict[str, Swing]:
    """Return the swings between two quantiles, as `tornado` does; `done` is called before each prior."""
    free = evaluator.scores(draws, seed)
    z = dict(free)
    evaluator.copula.correlate(z)
    drawn = evaluator.values(z)
    medians: dict[str, Value] = {name: np.float64(prior.distribution.quantile(0.5)) for name, prior in evaluator.priors.items()}
    swings = {}
    for name, prior in evaluator.priors.items():
        done()
        points = [(p, np.float64(prior.distribution.quantile(p))) for p in at]
        others = evaluator.correlated_with(name)
        if others:
            own = dict(free)
            evaluator.without(name).correlate(own)
            base = drawn | evaluator.values(own, others)
        else:
            base = drawn

        def total(values: Mapping[str, Value]) -> Array:
            return np.broadcast_to(np.asarray(evaluator.total(values)), draws)

        low, high = (total(base | {name: value}) for _, value in points)
        conditional = None
        if others:
            conditional_values = [
                evaluator.values(evaluator.conditional_on(z, prior.stream, score(p)), others) | {name: value}
                for p, value in points
            ]
            conditional = _median_between(*(total(drawn | values) for values in conditional_values))
        middle = [float(evaluator.total(medians | {name: value})) for _, value in points]
        swings[name] = Swing(
            (float(points[0][1]), float(points[1][1])),
            (middle[0], middle[1]),
            _median_between(low, high),
            Between(float(low.mean()), float(high.mean()), float(np.std(high - low)) / math.sqrt(draws)),
            conditional,
        )
    return dict(sorted(swings.items(), key=lambda item: -abs(item[1].width)))


def _median_between(low: Array, high: Array) -> Between:
    batches = [np.median(high[n::REPLICATES]) - np.median(low[n::REPLICATES]) for n in range(REPLICATES)]
    return Between(float(np.median(low)), float(np.median(high)), float(np.std(batches, ddof=1)) / math.sqrt(REPLICATES))
