"""What dependence and risks contribute to the spread of a total."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from simulator.analysis.risks import WithoutRisks
from simulator.analysis.statistics import Array, Estimate, StandardErrors, SummaryStatistics, probability, summary_statistics
from simulator.core.levels import Level
from simulator.core.results import hidden, renamed
from simulator.engine.sampling.streams import generator

Dependence = Literal["as-simulated", "independent-priors", "independent-lines"]
_DEPENDENCE_NAMES: Mapping[Dependence, str] = {
    "as-simulated": "as the scenario says",
    "independent-priors": "priors independent of each other",
    "independent-lines": "lines independent of each other",
}


@dataclass(frozen=True, slots=True)
class TotalSpread:
    """Statistics of the total under an assumption about dependence, in USD.

    Attributes
    ----------
    name : str
        The assumption, for people.
    mean, sd : float or None
        Mean and standard deviation; None where the tail is too heavy for them.
    median : float
    low, high : float
        Bounds of the central interval.
    mcse : StandardErrors
    p80 : float
        The 80 % quantile.
    dependence : str
        The assumption, for programs: `as-simulated`, `independent-priors` or `independent-lines`; not in plain data.

    """

    name: str
    mean: float | None
    sd: float | None
    median: float
    low: float
    high: float
    mcse: StandardErrors
    p80: float
    dependence: Dependence = hidden()


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskStatistics:
    """The total with and without the risk register, in USD.

    Attributes
    ----------
    with_risks : SummaryStatistics
        The total; `with` in plain data.
    without : SummaryStatistics
        The total computed again in the same draws with no risk occurring: without their costs, their delays and their rework.
    probability_of_any : Estimate
        Probability that at least one risk occurs.

    """

    with_risks: SummaryStatistics = renamed("with")
    without: SummaryStatistics
    probability_of_any: Estimate


def total_spreads(
    lines: Mapping[str, Array],
    total: Array,
    independent_total: Array | None,
    seed: int,
    interval: Level,
    *,
    heavy: bool = False,
) -> tuple[TotalSpread, ...]:
    """Return the total as simulated, with uncorrelated priors (where any are correlated), and with independent lines.

    Lines are dependent because they share inputs (hours, utilisation), even where no prior is correlated with another. A table
    that adds up ranges line by line ignores this. For independent lines the draws of each line are permuted separately.
    """
    totals: dict[Dependence, Array] = {"as-simulated": total}
    if independent_total is not None:
        totals["independent-priors"] = independent_total
    if len(lines) > 1:
        totals["independent-lines"] = _shuffle_and_add(lines, seed)
    return tuple(_spread(dependence, values, interval, heavy=heavy) for dependence, values in totals.items())


def _spread(dependence: Dependence, values: Array, interval: Level, *, heavy: bool) -> TotalSpread:
    summary = summary_statistics(values, interval, heavy=heavy)
    return TotalSpread(
        name=_DEPENDENCE_NAMES[dependence],
        mean=summary.mean,
        sd=summary.sd,
        median=summary.median,
        low=summary.low,
        high=summary.high,
        mcse=summary.mcse,
        p80=summary.p80,
        dependence=dependence,
    )


def _shuffle_and_add(lines: Mapping[str, Array], seed: int) -> Array:
    parts = [generator(seed, f"shuffled/{name}", 0).permutation(values) for name, values in lines.items()]
    total: Array = np.sum(parts, axis=0)
    return total


def risk_statistics(
    total: Array, without: WithoutRisks | None, interval: Level, *, heavy: bool = False
) -> RiskStatistics | None:
    """Return the total with and without the risk register, or None where the scenario has none."""
    if without is None:
        return None
    return RiskStatistics(
        with_risks=summary_statistics(total, interval, heavy=heavy),
        without=summary_statistics(without.total, interval, heavy=heavy),
        probability_of_any=probability(without.any_occurs),
    )
