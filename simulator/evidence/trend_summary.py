"""Trends of the cost of frontier models: growth by several methods, influence of single models, forecasts, robust fits."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simulator.core.errors import LlmcostError
from simulator.core.results import AnalysisResult, Header, Note, optional
from simulator.core.version import tool_version
from simulator.engine.options import Progress
from simulator.evidence import bayes, robust, trend
from simulator.evidence.diagnostics import BadFitError, Diagnostics
from simulator.evidence.tables import COSTS, FrontierModel, frontier_models, published_result

SELECTIONS = {"top 10": False, "record": True}
"""Runs that are fitted, and whether they are only those that were the largest at their date."""
_EXACT_SCATTER = 1e-9
"""Scatter in orders of magnitude below which models lie on a line."""


class NoTrendError(LlmcostError, ValueError):
    """Raised if no cost has enough models for a trend.

    Examples
    --------
    >>> import llmcost
    >>> llmcost.trend(since=2099)
    Traceback (most recent call last):
        ...
    llmcost.NoTrendError: amortised cost, top 10 runs: a trend needs 4 or more models ...

    """

    __module__ = "llmcost"  # where users import it from, which tracebacks show


@dataclass(frozen=True, slots=True)
class GrowthEstimate:
    """Growth of a cost by one method.

    Attributes
    ----------
    cost : str
        Type of cost: `amortised`, `acquisition`, `cloud`.
    runs : str
        Runs fitted: the `top 10` by compute at their date, or `record` runs alone.
    method : str
        `least-squares`, `bootstrap`, `theil-sen` or `student-t`.
    n : int
        Number of models.
    growth : float
        Factor per year.
    low90, high90, low95, high95 : float
        Bounds of the 90 % and the 95 % interval of `growth`.

    """

    cost: str
    runs: str
    method: str
    n: int
    growth: float
    low90: float
    high90: float
    low95: float
    high95: float


@dataclass(frozen=True, slots=True)
class Influence:
    """Influence of a model on the growth of a cost.

    Attributes
    ----------
    without : str
        Name of the model.
    growth : float
        Factor per year by least squares without it.

    """

    without: str
    growth: float


@dataclass(frozen=True, slots=True)
class CostForecast:
    """Forecast of the cost of a final run at a date, in USD.

    Attributes
    ----------
    cost, runs, method : str
        As in `GrowthEstimate`.
    date : float
        Decimal year.
    typical : float
        The trend line: the cost of a typical run.
    mean_low90, mean_high90, mean_low95, mean_high95 : float
        Bounds of the 90 % and the 95 % interval of the trend line.
    prediction_low90, prediction_high90, prediction_low95, prediction_high95 : float
        Bounds of the 90 % and the 95 % interval of one run.
    probability_above_threshold : float
        Probability that one run costs more than the threshold.

    """

    cost: str
    runs: str
    method: str
    date: float
    typical: float
    mean_low90: float
    mean_high90: float
    mean_low95: float
    mean_high95: float
    prediction_low90: float
    prediction_high90: float
    prediction_low95: float
    prediction_high95: float
    probability_above_threshold: float


@dataclass(frozen=True, slots=True)
class RobustCheck:
    """Checks of one robust fit.

    Attributes
    ----------
    cost, runs, method : str
        As in `GrowthEstimate`.
    prior_predictive : PriorPredictive
    posterior_predictive : PosteriorPredictive
    diagnostics : Diagnostics

    """

    cost: str
    runs: str
    method: str
    prior_predictive: robust.PriorPredictive
    posterior_predictive: robust.PosteriorPredictive
    diagnostics: Diagnostics


@dataclass(frozen=True, kw_only=True)
class TrendSummary(AnalysisResult):
    """Trends of the cost of frontier models.

    Attributes
    ----------
    threshold : float
        Cost in USD whose exceedance is forecast.
    fits : tuple of GrowthEstimate
    influence : mapping of str to tuple of Influence
        By cost; the most influential model first.
    forecast : tuple of CostForecast
        At the beginning of each year after the last model.
    checks : tuple of RobustCheck or None
        Of the robust fits; None without them.

    Examples
    --------
    >>> import llmcost
    >>> trends = llmcost.trend(until=2027)
    >>> sorted({fit.method for fit in trends.fits})
    ['bootstrap', 'least-squares', 'theil-sen']

    """

    threshold: float
    fits: tuple[GrowthEstimate, ...]
    influence: Mapping[str, tuple[Influence, ...]]
    forecast: tuple[CostForecast, ...]
    checks: tuple[RobustCheck, ...] | None = optional()


def fit_trends(
    evidence: Path | None = None,
    *,
    since: float | None = None,
    until: float = 2030.0,
    threshold: float = 1e9,
    seed: int = 0,
    with_robust: bool = False,
    progress: Progress = None,
) -> TrendSummary:
    """Fit and forecast the trends of the library's table of frontier models, or of a user's.

    Parameters
    ----------
    evidence : Path or None
        A table with the columns of `tables.frontier_models`.
    since : float or None
        Decimal year before which models are ignored.
    until : float
        Last year of the forecast.
    threshold : float
        Cost in USD whose exceedance is forecast.
    seed : int
        Seed of bootstrap and sampler.
    with_robust : bool
        Whether to fit the robust model as well, which takes about a minute.
    progress : callable or None
        Called with the steps of the robust fits that are done, and their total.

    Raises
    ------
    InvalidInputError
        With the issues of the table.
    NoTrendError
        If no cost has enough models.
    BadFitError
        If the chains of a robust fit have not converged.

    """
    notes: list[Note] = []
    models = [model for model in frontier_models(evidence, notes) if since is None or model.date >= since]
    if evidence is None and since is None:
        notes.append(Note("published-result", "amortised", published_result("frontier-costs")))
    return summarise_trends(models, until, threshold, seed, with_robust=with_robust, notes=notes, progress=progress)


def summarise_trends(
    models: list[FrontierModel],
    until: float,
    threshold: float,
    seed: int,
    *,
    with_robust: bool = False,
    notes: Sequence[Note] = (),
    progress: Progress = None,
) -> TrendSummary:
    """Return fits, influence and forecasts of each cost with enough models, with the robust fits if asked for."""
    last = max((model.date for model in models), default=until)
    years = np.arange(math.floor(last) + 1, math.floor(until) + 1, dtype=np.float64)
    found = _Findings(threshold, years)
    for cost, runs in _selections():
        found.add_least_squares(models, cost, runs, seed)
    if not found.fits:
        raise NoTrendError("; ".join(map(str, found.notes)))
    checks = found.add_robust_fits(models, seed, progress) if with_robust else None
    return TrendSummary(
        header=Header(seed=seed, version=tool_version()),
        threshold=threshold,
        fits=tuple(found.fits),
        influence=found.influence,
        forecast=tuple(found.forecasts),
        checks=checks,
        notes=(*found.notes, *notes),
    )


def _selections() -> Iterator[tuple[str, str]]:
    """Yield each cost with each selection of runs."""
    for cost in COSTS:
        for runs in SELECTIONS:
            yield cost, runs


class _Findings:
    """What the fits of all costs give, with notes on those without enough models."""

    def __init__(self, threshold: float, years: trend.Array) -> None:
        self.threshold, self.years = threshold, years
        self.fits: list[GrowthEstimate] = []
        self.influence: dict[str, tuple[Influence, ...]] = {}
        self.forecasts: list[CostForecast] = []
        self.notes: list[Note] = []

    def add_least_squares(self, models: list[FrontierModel], cost: str, runs: str, seed: int) -> None:
        """Add least squares for a selection of runs; for all runs also bootstrap, median of slopes, and influence."""
        x, y, names = trend.points(models, cost, records=SELECTIONS[runs])
        try:
            line = trend.fit_line(x, y)
            estimates = [trend.least_squares(cost, x, y)]
            if not SELECTIONS[runs]:
                estimates += [trend.bootstrap(cost, x, y, seed), trend.theil_sen(cost, x, y)]
            forecasts = trend.forecast(cost, runs, x, y, self.years, self.threshold)
        except trend.TooFewModelsError as error:
            self._note("too-few-models", cost, f"{cost} cost, {runs} runs: {error}")
            return
        if line.scatter < _EXACT_SCATTER:
            text = "lie exactly on a line, so intervals have no width; are the costs computed?"
            self._note("no-scatter", cost, f"{cost} cost, {runs} runs: {text}")
        if not SELECTIONS[runs]:
            self._add_influence(cost, x, y, names)
        self.fits += [_growth_estimate(runs, each) for each in estimates]
        self.forecasts += map(_cost_forecast, forecasts)

    def _add_influence(self, cost: str, x: trend.Array, y: trend.Array, names: list[str]) -> None:
        try:
            self.influence[cost] = tuple(Influence(name, growth) for name, growth in trend.influence(x, y, names))
        except trend.TooFewModelsError as error:
            text = f"{cost} cost: the influence of single models on growth cannot be estimated: {error} without one"
            self._note("no-influence", cost, text)

    def add_robust_fits(self, models: list[FrontierModel], seed: int, progress: Progress) -> tuple[RobustCheck, ...]:
        """Add the robust fits, and return their checks."""
        data = {}
        for cost, runs in _selections():
            try:
                data[cost, runs] = robust.build_data(models, cost, records=SELECTIONS[runs])
            except trend.TooFewModelsError:  # already reported for least squares
                continue
        checks = []
        for place, ((cost, runs), costs) in enumerate(data.items()):
            try:
                fit = robust.fit(costs, seed, bayes.in_steps(progress, place, len(data)))
            except BadFitError as error:
                raise BadFitError(f"{cost} cost, {runs} runs: {error}") from None
            self.fits.append(_growth_estimate(runs, robust.growth(cost, fit)))
            self.forecasts += map(_cost_forecast, robust.forecast(cost, runs, fit, self.years, self.threshold, seed))
            prior, posterior = robust.prior_predictive(fit), robust.posterior_predictive(fit)
            checks.append(RobustCheck(cost, runs, robust.METHOD, prior, posterior, fit.diagnostics))
        return tuple(checks)

    def _note(self, code: str, cost: str, text: str) -> None:
        self.notes.append(Note(code, cost, text))


def _growth_estimate(runs: str, fit: trend.Growth) -> GrowthEstimate:
    return GrowthEstimate(fit.cost, runs, fit.method, fit.n, fit.growth, *fit.intervals[0.90], *fit.intervals[0.95])


def _cost_forecast(row: trend.Forecast) -> CostForecast:
    mean, prediction = row.mean, row.prediction
    return CostForecast(
        row.cost, row.of, row.method, row.date, row.typical,
        *mean[0.90], *mean[0.95], *prediction[0.90], *prediction[0.95], row.probability_above,
    )  # fmt: skip
