"""Summaries of accumulators with Monte Carlo errors: mean, quantiles, interval bounds, and the assessment of a budget."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.core.levels import Level, interval_of
from simulator.engine.accumulators import Accumulator, Marginal, Mean, Share

Array = NDArray[np.float64]

PERCENTS = (2.5, 5.0, 10.0, 20.0, 50.0, 70.0, 80.0, 90.0, 95.0, 97.5)


class Estimate(NamedTuple):
    """A figure and its Monte Carlo standard error.

    Attributes
    ----------
    value : float
        The figure, in its unit.
    error : float
        Its standard error, in the same unit.

    """

    value: float
    error: float


@dataclass(frozen=True, slots=True)
class StandardErrors:
    """Monte Carlo standard errors of summary statistics, in their unit.

    Attributes
    ----------
    mean : float or None
        None where there is no mean.
    median : float
    low, high : float
        Of the bounds of the central interval.

    """

    mean: float | None
    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SummaryStatistics:
    """Statistics of the draws of one quantity, in its unit.

    Attributes
    ----------
    mean, sd : float or None
        Mean and standard deviation; None where a tail is too heavy for them.
    median : float
    low, high : float
        Bounds of the central interval.
    quantiles : dict of str to float
        Quantiles by percent: `"80"` is the P80.
    mcse : StandardErrors

    """

    mean: float | None
    sd: float | None
    median: float
    low: float
    high: float
    quantiles: Mapping[str, float]
    mcse: StandardErrors

    @property
    def p80(self) -> float:
        """The 80 % quantile."""
        return self.quantiles["80"]


class QuantitySummary(NamedTuple):
    """Summary statistics of one quantity; errors are Monte Carlo standard errors.

    Mean and standard deviation are None if the tail is too heavy for them.
    """

    mean: float | None
    sd: float | None
    median: float
    low: float
    high: float
    quantiles: dict[float, float]
    mean_error: float | None
    median_error: float
    low_error: float
    high_error: float


def interval_bounds(interval: Level) -> tuple[float, float]:
    """Return the probabilities of the bounds of a central interval, without floating-point residue."""
    interval = interval_of(interval)
    return round((1 - interval) / 2, 12), round((1 + interval) / 2, 12)


def summarize(accumulator: Marginal, interval: Level = 0.95, *, has_mean: bool = True) -> QuantitySummary:
    """Summarize an accumulator (a plain number if the quantity is constant) with a central interval."""
    if isinstance(accumulator, float):
        return QuantitySummary(
            accumulator, 0.0, accumulator, accumulator, accumulator, dict.fromkeys(PERCENTS, accumulator), 0.0, 0.0, 0.0, 0.0
        )
    p = np.array([0.5, *interval_bounds(interval)])
    median, low, high = accumulator.quantiles(p).tolist()
    errors = accumulator.quantile_errors(p).tolist()
    quantiles = accumulator.quantiles(np.array(PERCENTS) / 100).tolist()
    by_percent = dict(zip(PERCENTS, quantiles, strict=True))
    if not has_mean:
        return QuantitySummary(None, None, median, low, high, by_percent, None, *errors)
    return QuantitySummary(accumulator.mean, accumulator.sd, median, low, high, by_percent, accumulator.mean_error, *errors)


def summarize_share(share: Share, interval: Level = 0.95) -> QuantitySummary:
    """Summarize a line's share in the total with a central interval."""
    assert share.first is not None
    summary = summarize(share.first, interval)
    if isinstance(share.first, float):
        return summary
    error = share.first.mean_error * math.sqrt(share.first.count / share.count)
    return summary._replace(mean=share.mean, mean_error=error)


class BudgetAssessment(NamedTuple):
    """Comparison of a budget with the distribution of the total.

    Attributes
    ----------
    amount : float
        The budget, USD.
    over_point : float
        The budget less the point estimate, USD.
    probability_within, probability_error : float
        Share of draws within the budget, and its standard error.
    p50, p80 : float
        Quantiles of the total, USD.
    contingency_to_p80 : float
        The P80 less the point estimate, USD.
    expected_overrun : float or None
        Mean excess of the total over the budget, over all draws (0 in draws within it), USD; None if the tail of the total is
        too heavy for a mean.
    expected_overrun_given_overrun : float or None
        Mean excess over the draws that exceed the budget, USD; None also if there are none.
    cvar_95 : float or None
        Mean of the total in its worst 5%, whatever the budget, USD; None if the tail of the total is too heavy for a mean.

    """

    amount: float
    over_point: float
    probability_within: float
    probability_error: float
    p50: float
    p80: float
    contingency_to_p80: float
    expected_overrun: float | None
    expected_overrun_given_overrun: float | None
    cvar_95: float | None


def assess_budget(
    amount: float, within_budget: int, overrun: Mean, total: Marginal, point: float, *, has_mean: bool = True
) -> BudgetAssessment:
    """Compare an amount with the total; the contingency to the P80 is relative to the point estimate."""
    if isinstance(total, float):
        over = max(0.0, total - amount)
        rest = amount - point, float(total <= amount), 0.0, total, total, total - point
        return BudgetAssessment(amount, *rest, over, over or None, total)
    # With a factor integrated out, the probability is free of the Monte Carlo error of that factor.
    share = within_budget / total.count if isinstance(total, Accumulator) else total.cdf(amount)
    p50, p80 = total.quantiles(np.array([0.5, 0.8])).tolist()
    error = total.cdf_error(amount)
    figures = amount, amount - point, share, error, p50, p80, p80 - point
    if not has_mean:
        return BudgetAssessment(*figures, None, None, None)
    return BudgetAssessment(*figures, overrun.mean, overrun.mean / (1 - share) if share < 1 else None, total.mean_above(0.95))


def rank_correlation(a: Array, b: Array) -> float:
    """Return Spearman's rank correlation: equal values share their mean rank; it is zero for a constant."""
    first, second = _ranks(a), _ranks(b)
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    first, second = first - first.mean(), second - second.mean()
    return float(np.sum(first * second) / np.sqrt(np.sum(first**2) * np.sum(second**2)))


def _ranks(x: Array) -> Array:
    _, place, times = np.unique(x, return_inverse=True, return_counts=True)
    return (np.cumsum(times) - (times - 1) / 2)[place]
