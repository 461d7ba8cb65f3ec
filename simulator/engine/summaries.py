"""Figures read off accumulators, with their Monte Carlo errors: mean, quantiles, interval bounds, and how a budget stands."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.core.levels import Level, interval_of
from simulator.engine.accumulators import Accumulator, Figures, Mean, Share

Array = NDArray[np.float64]

PERCENTS = (2.5, 5.0, 10.0, 20.0, 50.0, 70.0, 80.0, 90.0, 95.0, 97.5)


class Summary(NamedTuple):
    """The figures of one quantity that a table shows; errors are Monte Carlo standard errors.

    Mean and standard deviation are None where the tail is too heavy for them.
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


def ends(interval: Level) -> tuple[float, float]:
    """Return the probabilities of the ends of a central interval, free of the rounding of a half."""
    interval = interval_of(interval)
    return round((1 - interval) / 2, 12), round((1 + interval) / 2, 12)


def summarize(accumulator: Figures, interval: Level = 0.95, *, has_mean: bool = True) -> Summary:
    """Read off the figures of a accumulator (a plain number where the quantity is constant) with a central interval."""
    if isinstance(accumulator, float):
        return Summary(
            accumulator, 0.0, accumulator, accumulator, accumulator, dict.fromkeys(PERCENTS, accumulator), 0.0, 0.0, 0.0, 0.0
        )
    p = np.array([0.5, *ends(interval)])
    median, low, high = accumulator.quantiles(p).tolist()
    errors = accumulator.quantile_errors(p).tolist()
    quantiles = accumulator.quantiles(np.array(PERCENTS) / 100).tolist()
    named = dict(zip(PERCENTS, quantiles, strict=True))
    if not has_mean:
        return Summary(None, None, median, low, high, named, None, *errors)
    return Summary(accumulator.mean, accumulator.sd, median, low, high, named, accumulator.mean_error, *errors)


def spread_of_share(share: Share, interval: Level = 0.95) -> Summary:
    """Return the figures of a line's share in the total with a central interval."""
    assert share.first is not None
    figures = summarize(share.first, interval)
    if isinstance(share.first, float):
        return figures
    error = share.first.mean_error * math.sqrt(share.first.count / share.count)
    return figures._replace(mean=share.mean, mean_error=error)


class Budget(NamedTuple):
    """How an amount stands against the total.

    `expected_overrun` is the mean of what the total exceeds the amount by, over all draws (0 in those that stay within);
    `expected_overrun_given_overrun` the same over the draws that exceed it, None where none does; `cvar_95` the mean of the
    total in its worst 5%, whatever the amount. All three are None where the tail of the total is too heavy for a mean.
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


def budget(amount: float, within: int, overrun: Mean, total: Figures, point: float, *, has_mean: bool = True) -> Budget:
    """Return how an amount stands; the contingency to the P80 is over the point estimate."""
    if isinstance(total, float):
        over = max(0.0, total - amount)
        more = amount - point, float(total <= amount), 0.0, total, total, total - point
        return Budget(amount, *more, over, over or None, total)
    # A total with a factor integrated out knows its probability without the Monte Carlo error of that factor.
    share = within / total.count if isinstance(total, Accumulator) else total.cdf(amount)
    p50, p80 = total.quantiles(np.array([0.5, 0.8])).tolist()
    error = total.cdf_error(amount)
    stands = amount, amount - point, share, error, p50, p80, p80 - point
    if not has_mean:
        return Budget(*stands, None, None, None)
    return Budget(*stands, overrun.mean, overrun.mean / (1 - share) if share < 1 else None, total.mean_above(0.95))


def rank_correlation(a: Array, b: Array) -> float:
    """Return Spearman's rank correlation: equal values share their mean rank, and a constant is correlated with nothing."""
    first, second = _ranks(a), _ranks(b)
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    first, second = first - first.mean(), second - second.mean()
    return float(np.sum(first * second) / np.sqrt(np.sum(first**2) * np.sum(second**2)))


def _ranks(x: Array) -> Array:
    _, place, times = np.unique(x, return_inverse=True, return_counts=True)
    return (np.cumsum(times) - (times - 1) / 2)[place]
