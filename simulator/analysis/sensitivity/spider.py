"""The total along the quantiles of each input, with all others at their medians."""

from dataclasses import dataclass

import numpy as np

from simulator.analysis.occurrences import decides_event
from simulator.analysis.sensitivity.evaluator import Evaluator
from simulator.scenario import Scenario

LEVELS = tuple(round(0.05 * step, 2) for step in range(1, 20))
"""Quantiles of the inputs: P5 to P95."""


@dataclass(frozen=True, slots=True)
class SpiderLine:
    """The total along the quantiles of one input.

    Attributes
    ----------
    name, unit : str
        The input and its canonical unit.
    inputs : tuple of float
        Its quantiles, in its unit.
    totals : tuple of float
        The total at each of them, with all other inputs at their medians, USD.

    """

    name: str
    unit: str
    inputs: tuple[float, ...]
    totals: tuple[float, ...]

    @property
    def width(self) -> float:
        """The range of the totals."""
        return max(self.totals) - min(self.totals)


def spider_lines(scenario: Scenario) -> tuple[SpiderLine, ...]:
    """Return the total along the quantiles P5 to P95 of each prior, the widest range first.

    It is computed and not simulated. Raises `UnsupportedError` for a run under way, and `NonFiniteResultError` where the
    total is not finite.
    """
    evaluator = Evaluator(scenario)
    medians = {name: np.float64(prior.distribution.quantile(0.5)) for name, prior in evaluator.priors.items()}
    lines = []
    for name, prior in evaluator.priors.items():
        if decides_event(name):
            continue
        values = np.array([prior.distribution.quantile(level) for level in LEVELS])
        totals = np.broadcast_to(np.asarray(evaluator.total(medians | {name: values})), len(values))
        lines.append(SpiderLine(name, scenario.unit(name), tuple(values.tolist()), tuple(totals.tolist())))
    return tuple(sorted(lines, key=lambda line: -line.width))
