"""The trend by a robust fit: heavy tails, an error of each published cost, and errors shared by chips of one kind.

For model i of date t_i on chips of kind k, in orders of magnitude (log10 of USD):

    cost_i ~ Student t(4, height + slope (t_i - centre) + shared_k, sqrt(spread^2 + own_i^2)),   shared_k ~ normal(0, s_k)

so that an outlier has less weight, as has a model whose chip-hours were not reported, and an error in the price of a chip is
shared by all its models. The four degrees of freedom are fixed, because some thirty models do not determine them (Lange, Little
and Taylor 1989, JASA 84, 881, for small samples); own_i and s_k are data (`tables.cost_errors`). Forecasts are of the true
cost, without the errors of the published one.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulator.evidence import bayes, trend
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
    diagnostics: bayes.Diagnostics

    def draws(self, name: str, group: str = "posterior") -> Array:
        """Return the draws of a variable, with all chains combined."""
        values: Array = self.tree[group].to_dataset()[name].values
        return values.reshape(-1, *values.shape[2:])


def build_data(models: list[FrontierModel], cost: str, *, records: bool = False) -> CostData:
    """Return the costs of `trend.points` with their errors; raise `TooFewModels` if they are too few for a line."""
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
    """Sample the model; raise `bayes.BadFit` if its chains fail the diagnostics."""
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


def predictive_checks(result: Fit) -> dict[str, Any]:
    """Return prior and posterior predictive checks, and diagnostics of the chains.

    A p-value near 0 or 1 shows a feature of the data that the fit does not reproduce: the scatter about a least-squares line,
    the largest value or the smallest.
    """
    data = result.data
    prior_costs, posterior_costs = (result.draws("value", group) for group in ("prior_predictive", "posterior_predictive"))
    statistics = {"scatter": _scatter, "largest": _largest, "smallest": _smallest}
    return {
        "prior_predictive": {
            "growth95": list(_central_interval(10 ** result.draws("slope", "prior"), 0.95)),
            "cost95": list(_central_interval(10**prior_costs, 0.95)),
            "inside95": _coverage(data.heights, prior_costs, 0.95),
        },
        "posterior_predictive": {
            **{f"inside{100 * level:.0f}": _coverage(data.heights, posterior_costs, level) for level in (0.5, 0.9)},
            "p_values": {
                name: float(np.mean(statistic(data.dates, posterior_costs) >= statistic(data.dates, data.heights[None])))
                for name, statistic in statistics.items()
            },
        },
        "diagnostics": result.diagnostics.as_json(),
    }


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
