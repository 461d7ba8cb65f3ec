"""The trend by a robust fit: heavy tails, an error of each published cost, and errors shared by chips of one kind.

For model i of date t_i on chips of kind k, in orders of magnitude (log10 of USD):

    cost_i ~ Student t(4, height + slope (t_i - centre) + shared_k, sqrt(spread^2 + own_i^2)),   shared_k ~ normal(0, s_k)

so that an outlier has less weight, as has a model whose chip-hours were not reported, and an error in the price of a chip is
shared by all its models. The four degrees of freedom are fixed, because some thirty models do not determine them (Lange, Little
and Taylor 1989, JASA 84, 881, for small samples); own_i and s_k are data (`tables.cost_errors`). Forecasts are of the true
cost, without the errors of the published one.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulator.evidence import bayes, trend
from simulator.evidence.diagnostics import Diagnostics
from simulator.evidence.tables import FrontierModel, cost_errors

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]

METHOD = "student-t"
DEGREES_OF_FREEDOM = 4


@dataclass(frozen=True)
class CostData:
    """Published costs (log10 of USD) by date, with the standard deviations of their errors."""

    dates: Array
    heights: Array
    own_errors: Array
    kinds: list[str]
    shared_errors: dict[str, float]


@dataclass(frozen=True)
class Fit:
    """A fit that passed its diagnostics."""

    data: CostData
    tree: "xr.DataTree"
    diagnostics: Diagnostics

    def draws(self, name: str, group: str = "posterior") -> Array:
        """Return the draws of a variable, with all chains combined."""
        values: Array = self.tree[group].to_dataset()[name].values
        return values.reshape(-1, *values.shape[2:])


def build_data(models: list[FrontierModel], cost: str, *, records: bool = False) -> CostData:
    """Return the costs of `trend.points` with their errors; raise `TooFewModelsError` if they are too few for a line."""
    dates, heights, _ = trend.points(models, cost, records=records)
    trend.fit_line(dates, heights)
    selected = trend.select_models(models, cost, records=records)
    shared_errors, own_errors = cost_errors(cost)
    kinds = [model.kind for model in selected]
    model_errors = np.array([own_errors[model.chip_hours] for model in selected])
    return CostData(dates, heights, model_errors, kinds, {kind: shared_errors[kind] for kind in sorted(set(kinds))})


def build_model(data: CostData, *, heavy_tails: bool = True) -> Any:
    """Return the PyMC model; without heavy tails the scatter is normal, as in least squares.

    Priors are weak: a typical cost of 1 USD to 1e12 USD, a growth or decline of up to a hundred times a year.
    """
    pm = bayes.pymc()
    with pm.Model(coords={"kind": list(data.shared_errors)}) as model:
        height, slope, spread = pm.Normal("height", 6, 3), pm.Normal("slope", 0, 1), pm.HalfNormal("spread", 1)
        mean = height + slope * (data.dates - data.dates.mean())
        if data.shared_errors:
            shared = pm.Normal("shared", 0, list(data.shared_errors.values()), dims="kind")
            mean += shared[[list(data.shared_errors).index(kind) for kind in data.kinds]]
        scale = pm.math.sqrt(spread**2 + data.own_errors**2)
        if heavy_tails:
            pm.StudentT("value", nu=DEGREES_OF_FREEDOM, mu=mean, sigma=scale, observed=data.heights)
        else:
            pm.Normal("value", mean, scale, observed=data.heights)
    return model


def fit(data: CostData, seed: int, progress: bayes.Progress | None = None) -> Fit:
    """Sample the model; raise `BadFitError` if its chains fail the diagnostics."""
    return Fit(data, *bayes.fit(build_model(data), seed, progress=progress))


def growth(cost: str, result: Fit) -> trend.Growth:
    """Return the growth with its central intervals."""
    slopes = result.draws("slope")
    intervals = {level: _central_interval(10**slopes, level) for level in trend.LEVELS}
    return trend.Growth(cost, METHOD, len(result.data.dates), float(10 ** np.median(slopes)), intervals)


def forecast(cost: str, of: str, result: Fit, dates: Array, threshold: float, seed: int) -> list[trend.Forecast]:
    """Return forecasts of the cost of a model published at each date: of the line, and of one model about it."""
    from scipy.special import stdtr

    spread = result.draws("spread")
    scatter = np.random.default_rng((seed, len(result.data.dates))).standard_t(DEGREES_OF_FREEDOM, spread.shape)
    rows = []
    for date in dates.tolist():
        heights = result.draws("height") + result.draws("slope") * (date - result.data.dates.mean())
        rows.append(
            trend.Forecast(
                cost,
                of,
                date,
                float(10 ** np.median(heights)),
                {level: _central_interval(10**heights, level) for level in trend.LEVELS},
                {level: _central_interval(10 ** (heights + spread * scatter), level) for level in trend.LEVELS},
                float(stdtr(DEGREES_OF_FREEDOM, (heights - math.log10(threshold)) / spread).mean()),
                METHOD,
            )
        )
    return rows


@dataclass(frozen=True, slots=True)
class PriorPredictive:
    """What the prior predicts, as a check that it is weak.

    Attributes
    ----------
    growth95 : tuple of float
        Central 95 % interval of the factor per year.
    cost95 : tuple of float
        Central 95 % interval of the cost of a model, USD.
    inside95 : float
        Share of the models inside the central 95 % interval of their predictions.

    """

    growth95: tuple[float, float]
    cost95: tuple[float, float]
    inside95: float


@dataclass(frozen=True, slots=True)
class PredictivePValues:
    """Shares of replicated data sets in which a statistic is at least that of the data.

    Attributes
    ----------
    scatter : float
        Of the root mean square about a least-squares line.
    largest, smallest : float
        Of the largest and the smallest cost.

    """

    scatter: float
    largest: float
    smallest: float


@dataclass(frozen=True, slots=True)
class PosteriorPredictive:
    """How the fit predicts its own data.

    Attributes
    ----------
    inside50, inside90 : float
        Share of the models inside the central 50 % and 90 % interval of their predictions.
    p_values : PredictivePValues
        A value near 0 or 1 shows a feature of the data that the fit does not reproduce.

    """

    inside50: float
    inside90: float
    p_values: PredictivePValues


def prior_predictive(result: Fit) -> PriorPredictive:
    """Return the prior predictive check of a fit."""
    costs = result.draws("value", "prior_predictive")
    growths = 10 ** result.draws("slope", "prior")
    return PriorPredictive(
        _central_interval(growths, 0.95), _central_interval(10**costs, 0.95), _coverage(result.data.heights, costs, 0.95)
    )


def posterior_predictive(result: Fit) -> PosteriorPredictive:
    """Return the posterior predictive check of a fit."""
    data, costs = result.data, result.draws("value", "posterior_predictive")

    def p_value(statistic: Callable[[Array, Array], Array]) -> float:
        return float(np.mean(statistic(data.dates, costs) >= statistic(data.dates, data.heights[None])))

    return PosteriorPredictive(
        _coverage(data.heights, costs, 0.5),
        _coverage(data.heights, costs, 0.9),
        PredictivePValues(p_value(_scatter), p_value(_largest), p_value(_smallest)),
    )


def _scatter(dates: Array, heights: Array) -> Array:
    """Return the root mean square about the least-squares line of each row."""
    basis = np.linalg.qr(np.column_stack([np.ones_like(dates), dates - dates.mean()]))[0]
    residuals: Array = heights - heights @ basis @ basis.T
    return np.sqrt(np.mean(residuals**2, axis=1))


def _largest(_: Array, heights: Array) -> Array:
    return heights.max(axis=1)


def _smallest(_: Array, heights: Array) -> Array:
    return heights.min(axis=1)


def _central_interval(values: Array, level: float) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2]).tolist()
    return low, high


def _coverage(heights: Array, predictions: Array, level: float) -> float:
    """Return the share of models inside the central interval of their predictions."""
    low, high = np.quantile(predictions, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return float(np.mean((low <= heights) & (heights <= high)))
