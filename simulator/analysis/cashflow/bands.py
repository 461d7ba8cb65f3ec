"""Statistics of amounts by column."""

import math

import numpy as np

from simulator.analysis.cashflow.results import Band
from simulator.analysis.statistics import Array
from simulator.core.levels import Level
from simulator.engine.summaries import interval_bounds


def bands(amounts: Array, interval: Level = 0.95, *, has_mean: bool = True) -> tuple[Band, ...]:
    """Return the statistics of each column of (draws, columns)."""
    lower, upper = interval_bounds(interval)
    step = 0.5 / math.sqrt(len(amounts))  # one standard error of the rank of the median
    levels = [lower, 0.5, upper, max(0.0, 0.5 - step), min(1.0, 0.5 + step)]
    low, median, high, below, above = np.quantile(amounts, levels, axis=0)
    mean = amounts.mean(axis=0)
    return tuple(
        Band(
            low=float(low[column]),
            median=float(median[column]),
            high=float(high[column]),
            mean=float(mean[column]) if has_mean else None,
            error=float(above[column] - below[column]) / 2,
        )
        for column in range(amounts.shape[1])
    )


def band(values: Array, interval: Level, *, has_mean: bool) -> Band:
    """Return the statistics of one amount."""
    return bands(values[:, None], interval, has_mean=has_mean)[0]
