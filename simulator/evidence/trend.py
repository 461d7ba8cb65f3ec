"""Growth of the cost of frontier models: estimates, intervals and forecasts.

The fit is least squares of the logarithm of cost on the date of publication, as in Cottier et al. 2024 (arXiv:2405.21015, 3.1);
with flat priors on the line and the log of the scatter, its interval is also the exact Bayesian one (Gelman et al., Bayesian
Data Analysis, 14.2). Beside it are given the pairs bootstrap of the slope (which allows for outliers and unequal scatter), the
median of slopes (Theil 1950, Sen 1968), and the fit without each model in turn.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.core.errors import LlmcostError
from simulator.evidence.tables import FrontierModel

Array = NDArray[np.float64]

LEVELS = (0.90, 0.95)
BOOTSTRAPS = 4000
MIN_MODELS = 4
"""Smallest number of models for a line and its scatter."""
MIN_SPAN = 0.25
"""Shortest time in years between the first and the last model: a growth per year from a few days has no meaning."""
_MOST_MAGNITUDES = 300.0
"""Orders of magnitude beyond which a factor or a cost is no number of a computer."""


class TooFewModelsError(LlmcostError, ValueError):
    """Raised if there are fewer models than a fit needs."""


@dataclass(frozen=True)
class Line:
    """A least-squares line through (date, log10 cost), with the sums for its intervals."""

    n: int
    centre: float
    height: float
    slope: float
    scatter: float
    """Standard deviation of the models about the line, in orders of magnitude."""
    squares: float
    """Sum of squares of the dates about their mean."""

    @property
    def slope_error(self) -> float:
        """Standard error of the slope."""
        return self.scatter / math.sqrt(self.squares)

    def at(self, date: float) -> float:
        """Return the height of the line."""
        return self.height + self.slope * (date - self.centre)

    def mean_error(self, date: float) -> float:
        """Return the standard error of the height of the line."""
        return self.scatter * math.sqrt(1 / self.n + (date - self.centre) ** 2 / self.squares)

    def model_error(self, date: float) -> float:
        """Return the standard error of one model about the line, the line's own included."""
        return math.hypot(self.scatter, self.mean_error(date))


@dataclass(frozen=True)
class Growth:
    """Growth of a cost by one method: the factor per year, with intervals by level."""

    cost: str
    method: str
    n: int
    growth: float
    intervals: dict[float, tuple[float, float]]


@dataclass(frozen=True)
class Forecast:
    """Cost at a date in USD: the typical model with confidence intervals, and one model with prediction intervals."""

    cost: str
    of: str
    date: float
    typical: float
    mean: dict[float, tuple[float, float]]
    prediction: dict[float, tuple[float, float]]
    probability_above: float
    """Probability that a model published at that date costs more than the threshold."""
    method: str = "least-squares"


def points(models: list[FrontierModel], cost: str, *, records: bool = False) -> tuple[Array, Array, list[str]]:
    """Return dates, log10 costs and names of the selected models."""
    selected = select_models(models, cost, records=records)
    dates, costs = np.array([model.date for model in selected]), np.array([model.costs[cost] for model in selected])
    return dates, np.log10(costs), [model.model for model in selected]


def select_models(models: list[FrontierModel], cost: str, *, records: bool = False) -> list[FrontierModel]:
    """Return the models with a cost; with `records`, only those that were the largest at their date."""
    return [model for model in models if cost in model.costs and (not records or model.rank == 1)]


def fit_line(x: Array, y: Array) -> Line:
    """Fit a line by least squares; raise `TooFewModelsError` if there are too few models or dates."""
    if len(x) < MIN_MODELS or np.ptp(x) == 0:
        raise TooFewModelsError(f"a trend needs {MIN_MODELS} or more models at different dates, and there are {len(x)}")
    if np.ptp(x) < MIN_SPAN:
        days = f"{365.25 * float(np.ptp(x)):.0f} days"
        needed = f"models over {12 * MIN_SPAN:.0f} months or more"
        raise TooFewModelsError(f"a growth per year needs {needed}, and these lie within {days}")
    centre, height = float(x.mean()), float(y.mean())
    squares = float(np.sum((x - centre) ** 2))
    slope = float((x - centre) @ (y - height)) / squares
    residuals = y - height - slope * (x - centre)
    return Line(len(x), centre, height, slope, math.sqrt(float(residuals @ residuals) / (len(x) - 2)), squares)


def _power(magnitudes: float) -> float:
    """Return ten to a power; raise `TooFewModelsError` where a few dates close together give no number."""
    if abs(magnitudes) > _MOST_MAGNITUDES:
        raise TooFewModelsError("a growth per year needs models at more dates, further apart: its interval has no bound here")
    return 10**magnitudes


def least_squares(cost: str, x: Array, y: Array) -> Growth:
    """Return the growth with the t-intervals of the slope."""
    from scipy.special import stdtrit

    fit = fit_line(x, y)
    intervals = {}
    for level in LEVELS:
        half_width = float(stdtrit(fit.n - 2, (1 + level) / 2)) * fit.slope_error
        intervals[level] = _power(fit.slope - half_width), _power(fit.slope + half_width)
    return Growth(cost, "least-squares", fit.n, _power(fit.slope), intervals)


def bootstrap(cost: str, x: Array, y: Array, seed: int = 0) -> Growth:
    """Return the growth with percentile intervals over models resampled with replacement."""
    rng = np.random.default_rng(seed)
    indices = rng.integers(0, len(x), (BOOTSTRAPS, len(x)))
    dates, heights = x[indices], y[indices]
    dates = dates - dates.mean(axis=1, keepdims=True)
    squares = (dates**2).sum(axis=1)
    slopes = (dates * heights).sum(axis=1)[squares > 0] / squares[squares > 0]
    intervals = {}
    for level in LEVELS:
        low, high = np.quantile(slopes, [(1 - level) / 2, (1 + level) / 2]).tolist()
        intervals[level] = _power(low), _power(high)
    return Growth(cost, "bootstrap", len(x), _power(fit_line(x, y).slope), intervals)


def theil_sen(cost: str, x: Array, y: Array) -> Growth:
    """Return the median of the slopes between all pairs of models, with intervals from Kendall's rank statistic."""
    from scipy.stats import theilslopes

    intervals = {}
    for level in LEVELS:
        estimate = theilslopes(y, x, alpha=level)
        intervals[level] = _power(float(estimate.low_slope)), _power(float(estimate.high_slope))
    return Growth(cost, "theil-sen", len(x), _power(float(estimate.slope)), intervals)


def influence(x: Array, y: Array, names: list[str]) -> list[tuple[str, float]]:
    """Return the growth without each model in turn, the most influential first; raise `TooFewModelsError` if too few remain."""
    slope = fit_line(x, y).slope
    growths = []
    for number, name in enumerate(names):
        rest = np.arange(len(x)) != number
        growths.append((name, _power(fit_line(x[rest], y[rest]).slope)))
    return sorted(growths, key=lambda pair: -abs(math.log10(pair[1]) - slope))


def forecast(cost: str, of: str, x: Array, y: Array, dates: Array, threshold: float) -> list[Forecast]:
    """Return forecasts of the cost of a model published at each date, by least squares and Student's t."""
    from scipy.special import stdtr, stdtrit

    fit = fit_line(x, y)
    degrees = fit.n - 2
    rows = []
    for date in dates.tolist():
        height, mean_error, model_error = fit.at(date), fit.mean_error(date), fit.model_error(date)
        gap = height - math.log10(threshold)
        quantiles = {level: float(stdtrit(degrees, (1 + level) / 2)) for level in LEVELS}
        rows.append(
            Forecast(
                cost,
                of,
                date,
                _power(height),
                {level: (_power(height - t * mean_error), _power(height + t * mean_error)) for level, t in quantiles.items()},
                {level: (_power(height - t * model_error), _power(height + t * model_error)) for level, t in quantiles.items()},
                # Models exactly on their line have no scatter; the probability is 0 or 1.
                float(stdtr(degrees, gap / model_error)) if model_error else float(gap > 0),
            )
        )
    return rows
