"""How fast the cost of frontier models grows, how sure that is, and where it may lead.

The fit is least squares of the logarithm of cost on the date of publication, as Cottier et al. 2024 (arXiv:2405.21015, 3.1)
have it; with flat priors on line and log-spread, that interval is also the exact Bayesian one (Gelman et al., Bayesian Data
Analysis, 14.2). Beside it stand the same slope over models drawn again (pairs bootstrap, which knows of outliers and uneven
spread), the median of slopes (Theil 1950, Sen 1968), and the fit without each model in turn.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.evidence.tables import FrontierModel

Array = NDArray[np.float64]

LEVELS = (0.90, 0.95)
BOOTSTRAPS = 4000
LEAST = 4
"""Models that a line and its spread need at least."""


class TooFew(ValueError):
    """Fewer models than a fit needs."""


@dataclass(frozen=True)
class Line:
    """A line through (date, log10 cost): the least-squares fit and what its intervals need."""

    n: int
    centre: float
    height: float
    slope: float
    spread: float
    """Standard deviation of the models about the line, in orders of magnitude."""
    squares: float
    """Sum of squares of the dates about their mean."""

    @property
    def slope_error(self) -> float:
        """Standard error of the slope."""
        return self.spread / math.sqrt(self.squares)

    def at(self, date: float) -> float:
        """Return the height of the line."""
        return self.height + self.slope * (date - self.centre)

    def mean_error(self, date: float) -> float:
        """Return the standard error of the height of the line."""
        return self.spread * math.sqrt(1 / self.n + (date - self.centre) ** 2 / self.squares)

    def model_error(self, date: float) -> float:
        """Return the standard error of one model about the line, the line's own included."""
        return math.hypot(self.spread, self.mean_error(date))


@dataclass(frozen=True)
class Growth:
    """Growth of a cost by one method: times a year, with intervals by their level."""

    cost: str
    method: str
    n: int
    growth: float
    intervals: dict[float, tuple[float, float]]


@dataclass(frozen=True)
class Forecast:
    """Cost at a date in USD: the typical model with the band of the mean, and one model with its prediction band."""

    cost: str
    of: str
    date: float
    typical: float
    mean: dict[float, tuple[float, float]]
    prediction: dict[float, tuple[float, float]]
    probability_above: float
    """Probability that one model published then costs more than the threshold."""
    method: str = "least-squares"


def points(models: list[FrontierModel], cost: str, *, records: bool = False) -> tuple[Array, Array, list[str]]:
    """Return dates, log10 costs and names of the `known` models."""
    chosen = known(models, cost, records=records)
    dates, costs = np.array([model.date for model in chosen]), np.array([model.costs[cost] for model in chosen])
    return dates, np.log10(costs), [model.model for model in chosen]


def known(models: list[FrontierModel], cost: str, *, records: bool = False) -> list[FrontierModel]:
    """Return the models with a cost; with `records`, those that were the largest then."""
    return [model for model in models if cost in model.costs and (not records or model.rank == 1)]


def line(x: Array, y: Array) -> Line:
    """Fit a line by least squares; raise `TooFew` where models or dates are too few."""
    if len(x) < LEAST or np.ptp(x) == 0:
        raise TooFew(f"a trend needs {LEAST} models at different dates or more, and there are {len(x)}")
    centre, height = float(x.mean()), float(y.mean())
    squares = float(np.sum((x - centre) ** 2))
    slope = float((x - centre) @ (y - height)) / squares
    rest = y - height - slope * (x - centre)
    return Line(len(x), centre, height, slope, math.sqrt(float(rest @ rest) / (len(x) - 2)), squares)


def least_squares(cost: str, x: Array, y: Array) -> Growth:
    """Return the growth with the t-intervals of the slope."""
    from scipy.special import stdtrit

    fitted = line(x, y)
    intervals = {}
    for level in LEVELS:
        reach = float(stdtrit(fitted.n - 2, (1 + level) / 2)) * fitted.slope_error
        intervals[level] = 10 ** (fitted.slope - reach), 10 ** (fitted.slope + reach)
    return Growth(cost, "least-squares", fitted.n, 10**fitted.slope, intervals)


def bootstrap(cost: str, x: Array, y: Array, seed: int = 0) -> Growth:
    """Return the growth with the percentile intervals over models drawn again with replacement."""
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, len(x), (BOOTSTRAPS, len(x)))
    dates, heights = x[drawn], y[drawn]
    dates = dates - dates.mean(axis=1, keepdims=True)
    squares = (dates**2).sum(axis=1)
    slopes = (dates * heights).sum(axis=1)[squares > 0] / squares[squares > 0]
    intervals = {}
    for level in LEVELS:
        low, high = np.quantile(slopes, [(1 - level) / 2, (1 + level) / 2]).tolist()
        intervals[level] = 10**low, 10**high
    return Growth(cost, "bootstrap", len(x), 10 ** line(x, y).slope, intervals)


def theil_sen(cost: str, x: Array, y: Array) -> Growth:
    """Return the median of the slopes between all pairs of models, with intervals from Kendall's rank statistic."""
    from scipy.stats import theilslopes

    intervals = {}
    for level in LEVELS:
        found = theilslopes(y, x, alpha=level)
        intervals[level] = 10 ** float(found.low_slope), 10 ** float(found.high_slope)
    return Growth(cost, "theil-sen", len(x), 10 ** float(found.slope), intervals)


def influence(x: Array, y: Array, names: list[str]) -> list[tuple[str, float]]:
    """Return the growth without each model in turn, those that move it most first; raise `TooFew` where the rest is no line."""
    whole = line(x, y).slope
    without = []
    for number, name in enumerate(names):
        rest = np.arange(len(x)) != number
        without.append((name, 10 ** line(x[rest], y[rest]).slope))
    return sorted(without, key=lambda pair: -abs(math.log10(pair[1]) - whole))


def forecast(cost: str, of: str, x: Array, y: Array, dates: Array, threshold: float) -> list[Forecast]:
    """Return what a model published at each date may cost, by the least-squares line and Student's t."""
    from scipy.special import stdtr, stdtrit

    fitted = line(x, y)
    freedom = fitted.n - 2
    rows = []
    for date in dates.tolist():
        middle, mean, one = fitted.at(date), fitted.mean_error(date), fitted.model_error(date)
        gap = middle - math.log10(threshold)
        reach = {level: float(stdtrit(freedom, (1 + level) / 2)) for level in LEVELS}
        rows.append(
            Forecast(
                cost,
                of,
                date,
                10**middle,
                {level: (10 ** (middle - t * mean), 10 ** (middle + t * mean)) for level, t in reach.items()},
                {level: (10 ** (middle - t * one), 10 ** (middle + t * one)) for level, t in reach.items()},
                # Models that lie on their line exactly have no scatter, and leave no probability.
                float(stdtr(freedom, gap / one)) if one else float(gap > 0),
            )
        )
    return rows
