"""The trend as one who doubts the data has it: heavy tails, an error of each stated cost, and what chips of a kind share.

For model i of date t_i on chips of kind k, in orders of magnitude (log10 of USD):

    stated_i ~ Student t(4, height + slope (t_i - centre) + shared_k, sqrt(spread^2 + own_i^2)),   shared_k ~ normal(0, s_k)

so that a model far off counts less, as does one whose chip-hours nobody reported, and an error in the price of a chip moves all
its models together. Four degrees of freedom, because some thirty models cannot tell them (Lange, Little and Taylor 1989, JASA
84, 881, for small samples); own_i and s_k are data (`evidence.cost_errors`). Forecasts are of the cost itself, without the
errors of stating it.
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
FREEDOM = 4


@dataclass(frozen=True)
class Specification:
    """Costs as they were stated (log10 of USD) by date, with the standard deviations of their errors."""

    dates: Array
    heights: Array
    own: Array
    kinds: list[str]
    shared: dict[str, float]


@dataclass(frozen=True)
class Fit:
    """A fit that is good enough to be used."""

    data: Specification
    tree: "xr.DataTree"
    diagnostics: bayes.Diagnostics

    def draws(self, name: str, group: str = "posterior") -> Array:
        """Return the draws of a variable, all chains in one."""
        values: Array = self.tree[group].to_dataset()[name].values
        return values.reshape(-1, *values.shape[2:])


def specification(models: list[FrontierModel], cost: str, *, records: bool = False) -> Specification:
    """Return the costs that `trend.points` has, with their errors; raise `TooFew` where it is no data for a line."""
    dates, heights, _ = trend.points(models, cost, records=records)
    trend.line(dates, heights)
    chosen = trend.known(models, cost, records=records)
    shared, own = cost_errors(cost)
    kinds = [model.kind for model in chosen]
    errors = np.array([own[model.chip_hours] for model in chosen])
    return Specification(dates, heights, errors, kinds, {kind: shared[kind] for kind in sorted(set(kinds))})


def build(data: Specification, *, heavy_tails: bool = True) -> Any:
    """Return the PyMC model; without heavy tails the scatter is normal, as least squares has it.

    Priors say little: a typical cost of 1 USD to 1e12 USD, a growth of up to a hundred times a year either way.
    """
    pm = bayes.pymc()
    with pm.Model(coords={"kind": list(data.shared)}) as model:
        height, slope, spread = pm.Normal("height", 6, 3), pm.Normal("slope", 0, 1), pm.HalfNormal("spread", 1)
        mean = height + slope * (data.dates - data.dates.mean())
        if data.shared:
            shared = pm.Normal("shared", 0, list(data.shared.values()), dims="kind")
            mean += shared[[list(data.shared).index(kind) for kind in data.kinds]]
        scale = pm.math.sqrt(spread**2 + data.own**2)
        if heavy_tails:
            pm.StudentT("specification", nu=FREEDOM, mu=mean, sigma=scale, observed=data.heights)
        else:
            pm.Normal("specification", mean, scale, observed=data.heights)
    return model


def fit(data: Specification, seed: int, progress: bayes.Progress | None = None) -> Fit:
    """Sample the model; raise `bayes.BadFit` where its chains are not good enough."""
    return Fit(data, *bayes.fit(build(data), seed, progress=progress))


def growth(cost: str, found: Fit) -> trend.Growth:
    """Return the growth with its central intervals."""
    slopes = found.draws("slope")
    intervals = {level: _central(10**slopes, level) for level in trend.LEVELS}
    return trend.Growth(cost, METHOD, len(found.data.dates), float(10 ** np.median(slopes)), intervals)


def forecast(cost: str, of: str, found: Fit, dates: Array, threshold: float, seed: int) -> list[trend.Forecast]:
    """Return what a model published at each date may cost: the line, and one model that scatters about it."""
    from scipy.special import stdtr

    spread = found.draws("spread")
    scatter = np.random.default_rng((seed, len(found.data.dates))).standard_t(FREEDOM, spread.shape)
    rows = []
    for date in dates.tolist():
        heights = found.draws("height") + found.draws("slope") * (date - found.data.dates.mean())
        rows.append(
            trend.Forecast(
                cost,
                of,
                date,
                float(10 ** np.median(heights)),
                {level: _central(10**heights, level) for level in trend.LEVELS},
                {level: _central(10 ** (heights + spread * scatter), level) for level in trend.LEVELS},
                float(stdtr(FREEDOM, (heights - math.log10(threshold)) / spread).mean()),
                METHOD,
            )
        )
    return rows


def checks(found: Fit) -> dict[str, Any]:
    """Return what the priors allow, how the models lie in what the posterior predicts, and what the chains say.

    A p-value near 0 or 1 names something of the data that the fit does not give back: how far they scatter about a line of
    their own, their largest and their smallest.
    """
    data = found.data
    prior, posterior = (found.draws("specification", group) for group in ("prior_predictive", "posterior_predictive"))
    statistics = {"scatter": _scatter, "largest": _largest, "smallest": _smallest}
    return {
        "prior_predictive": {
            "growth95": list(_central(10 ** found.draws("slope", "prior"), 0.95)),
            "cost95": list(_central(10**prior, 0.95)),
            "inside95": _inside(data.heights, prior, 0.95),
        },
        "posterior_predictive": {
            **{f"inside{100 * level:.0f}": _inside(data.heights, posterior, level) for level in (0.5, 0.9)},
            "p_values": {
                name: float(np.mean(statistic(data.dates, posterior) >= statistic(data.dates, data.heights[None])))
                for name, statistic in statistics.items()
            },
        },
        "diagnostics": found.diagnostics.as_json(),
    }


def _scatter(dates: Array, heights: Array) -> Array:
    """Return the root mean square about the least-squares line of each row."""
    basis = np.linalg.qr(np.column_stack([np.ones_like(dates), dates - dates.mean()]))[0]
    rest: Array = heights - heights @ basis @ basis.T
    return np.sqrt(np.mean(rest**2, axis=1))


def _largest(_: Array, heights: Array) -> Array:
    return heights.max(axis=1)


def _smallest(_: Array, heights: Array) -> Array:
    return heights.min(axis=1)


def _central(values: Array, level: float) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2]).tolist()
    return low, high


def _inside(heights: Array, predicted: Array, level: float) -> float:
    """Return the share of models inside the central interval that is predicted for each."""
    low, high = np.quantile(predicted, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return float(np.mean((low <= heights) & (heights <= high)))
