"""Statistics of weighted draws with their errors."""

import math
from collections.abc import Sequence

import numpy as np

from simulator.analysis.statistics import Array, StandardErrors, SummaryStatistics
from simulator.core.levels import Level
from simulator.engine.summaries import PERCENTS, interval_bounds


def weighted_quantiles(values: Array, weights: Array, p: Sequence[float] | Array) -> Array:
    """Return quantiles of weighted draws; each draw is at the midpoint of its weight."""
    order = np.argsort(values)
    return _quantiles_of_sorted(values[order], weights[order], p)


def _quantiles_of_sorted(ordered: Array, weights: Array, p: Sequence[float] | Array) -> Array:
    upper = np.cumsum(weights)
    return np.asarray(np.interp(p, (upper - weights / 2) / upper[-1], ordered))


def quantiles_with_errors(values: Array, weights: Array, p: Sequence[float]) -> tuple[list[float], list[float]]:
    """Return quantiles of weighted draws, and their Monte Carlo standard errors.

    An error is half the distance of the quantiles one standard error of the probability to either side. That is the one of a
    ratio of two sums by the delta method: the root of the sum of squared weighted deviations.
    """
    order = np.argsort(values, kind="stable")
    values, share = values[order], weights[order] / weights.sum()
    quantiles = _quantiles_of_sorted(values, share, p).tolist()
    errors = []
    for level, value in zip(p, quantiles, strict=True):
        step = math.sqrt(float(np.sum((share * ((values <= value) - level)) ** 2)))
        near = _quantiles_of_sorted(values, share, [max(0.0, level - step), min(1.0, level + step)])
        errors.append(float(near[1] - near[0]) / 2)
    return quantiles, errors


def weighted_statistics(values: Array, weights: Array, interval: Level = 0.95, *, heavy: bool = False) -> SummaryStatistics:
    """Return the self-normalised statistics of weighted draws; mean and standard deviation are None where a tail is `heavy`.

    Errors are those of a ratio of two sums by the delta method: the root of the sum of squared weighted deviations.
    """
    order = np.argsort(values)
    values, share = values[order], weights[order] / weights.sum()
    middle = float(np.sum(share * values))
    deviation = values - middle
    (median, low, high), errors = quantiles_with_errors(values, share, (0.5, *interval_bounds(interval)))
    percentiles = _quantiles_of_sorted(values, share, np.array(PERCENTS) / 100).tolist()
    return SummaryStatistics(
        mean=None if heavy else middle,
        sd=None if heavy else math.sqrt(float(np.sum(share * deviation**2))),
        median=median,
        low=low,
        high=high,
        quantiles=dict(zip((f"{p:g}" for p in PERCENTS), percentiles, strict=True)),
        mcse=StandardErrors(None if heavy else math.sqrt(float(np.sum((share * deviation) ** 2))), *errors),
    )
