"""What published runs say: the trend of costs, posteriors for scenarios, and a backtest of the predictions."""

from collections.abc import Iterable
from typing import get_args

from simulator.api.arguments import MOST_SEED, number_of, one_of, progress_of, whole_number
from simulator.api.values import Amount, File, flag, names_of, optional_file, positive
from simulator.core.scalars import Number
from simulator.core.suggestions import InvalidValueError
from simulator.engine.options import Progress
from simulator.evidence.backtest import Backtest
from simulator.evidence.backtest import backtest as backtest_folds
from simulator.evidence.calibration import MODELS
from simulator.evidence.calibration.dataset import Model
from simulator.evidence.calibration.summary import Calibration, FitMethod
from simulator.evidence.calibration.summary import calibrate as calibrate_model
from simulator.evidence.predictions import FOLDS, Fold
from simulator.evidence.trend_summary import TrendSummary, fit_trends

YEARS = (2000.0, 2100.0)


def trend(
    evidence: File | None = None,
    *,
    since: Number | None = None,
    until: Number = 2030.0,
    threshold: Amount = 1e9,
    robust: bool = False,
    seed: Number = 0,
    progress: Progress = None,
) -> TrendSummary:
    """Fit the growth of the cost of frontier models, with intervals, and forecast it.

    Parameters
    ----------
    evidence : path or None
        A table of own models (CSV) instead of the library's.
    since : float or None
        Decimal year before which models are ignored.
    until : float, default 2030
        Last year of the forecast, 2000 to 2100.
    threshold : float or str, default 1e9
        Cost in USD whose exceedance is forecast.
    robust : bool, default False
        Also fit heavy tails and errors of costs and of shared chip prices, which takes about a minute.
    seed : int, default 0
        Seed of bootstrap and sampler.
    progress : callable or None
        Called with the steps of the robust fits that are done, and their total.

    Returns
    -------
    TrendSummary
        ``fits`` with the factor per year and its intervals, ``influence`` of single models, ``forecast`` in USD by year.

    Raises
    ------
    InvalidInputError
        With the issues of the table.
    NoTrendError
        If no cost has enough models.
    BadFitError
        If the chains of a robust fit have not converged.
    InvalidValueError
        If an option is invalid.

    Notes
    -----
    Least squares of the logarithm of the cost on the date of publication, as in Cottier et al. 2024 (arXiv:2405.21015), beside
    the bootstrap of pairs and the median of slopes (Theil 1950, Sen 1968).

    Examples
    --------
    >>> import llmcost
    >>> growth = llmcost.trend(until=2028).fits[0]
    >>> growth.cost, growth.method
    ('amortised', 'least-squares')
    >>> f"{growth.growth:.1f}x, 90% CI: {growth.low90:.1f}x to {growth.high90:.1f}x"
    '2.4x, 90% CI: 1.9x to 3.1x'

    """
    first = None if since is None else _year(since, "since")
    return fit_trends(
        optional_file(evidence, "evidence"),
        since=first,
        until=_year(until, "until"),
        threshold=positive(threshold, "threshold"),
        seed=whole_number(seed, "seed", 0, MOST_SEED),
        with_robust=flag(robust, "robust"),
        progress=progress_of(progress),
    )


def _year(value: Number, name: str) -> float:
    year = number_of(value, name)
    if not YEARS[0] <= year <= YEARS[1]:
        raise InvalidValueError(f"{name} must be a year from 2000 to 2100, such as 2027.5, not {year:g}")
    return year


def calibrate(
    model: Model = "utilisation",
    evidence: File | None = None,
    *,
    method: FitMethod = "exact",
    seed: Number = 0,
    progress: Progress = None,
) -> Calibration:
    """Fit a posterior to published runs and to your own, for use in scenarios.

    Parameters
    ----------
    model : {"utilisation", "power", "discrepancy", "rental"}
        What is calibrated: MFU and goodput, share of the rated power, disclosed over computed hours, level of rental prices.
    evidence : path or None
        A table of own observations (CSV), which are added to the library's.
    method : {"exact", "mcmc"}
        The closed form, or PyMC with heavy tails and estimated scales (utilisation only; under a minute).
    seed : int, default 0
        Seed of the random draws.
    progress : callable or None
        Called with the steps of the chains that are done, and their total.

    Returns
    -------
    Calibration
        ``effects`` as factors with 95 % intervals and ``checks``; ``save("ours.csv")`` writes the draws for scenarios,
        ``save("ours.nc")`` all groups in the ArviZ schema.

    Raises
    ------
    InvalidInputError
        With the issues of the table.
    BadFitError
        If leave-one-out predictions are not calibrated, or chains have not converged.
    InvalidValueError
        If an option is invalid.

    Notes
    -----
    A normal linear model on logarithms and log-odds with conjugate priors, whose posterior is exact (Gelman et al., Bayesian
    Data Analysis, 2013, chapter 14).

    Examples
    --------
    >>> import llmcost
    >>> posterior = llmcost.calibrate("power")
    >>> posterior.model, posterior.own
    ('power', 0)
    >>> all(effect.low95 < effect.factor < effect.high95 for effect in posterior.effects)
    True

    """
    return calibrate_model(
        one_of(model, "model", MODELS),
        optional_file(evidence, "evidence"),
        method=one_of(method, "method", get_args(FitMethod)),
        seed=whole_number(seed, "seed", 0, MOST_SEED),
        progress=progress_of(progress),
    )


def backtest(
    evidence: File | None = None, *, folds: Fold | Iterable[Fold] | None = None, progress: Progress = None
) -> Backtest:
    """Predict each published run from other evidence, and score the predictions against the published values.

    Parameters
    ----------
    evidence : path or None
        A table of own runs (CSV) that are predicted in place of the library's.
    folds : str, iterable of str or None
        The evidence from which a run is predicted: ``run`` (all other runs), ``family`` (other families), ``forward`` (earlier
        runs); by default each of them.
    progress : callable or None
        Called with the number of folds done and their total.

    Returns
    -------
    Backtest
        ``targets`` with coverage of the 50, 80, 90 and 95 % intervals, of the P50, P80 and P90 as upper limits, CRPS and cases:
        chip-hours, energy in MWh, days, USD; ``public_path`` with the same of scenarios that state chip, parameters and tokens
        alone; ``bounds`` with published upper bounds.

    Raises
    ------
    InvalidInputError
        With the issues of the table.
    NothingToScoreError
        If no run has the figures of a prediction.
    InvalidValueError
        If an option is invalid.

    Notes
    -----
    The continuous ranked probability score is that of Gneiting and Raftery (Journal of the American Statistical Association
    102, 2007, 359-378), on the natural logarithm.

    Examples
    --------
    >>> import llmcost
    >>> scores = llmcost.backtest(folds="run").targets["chip_hours"]
    >>> list(scores.coverage)
    ['50', '80', '90', '95']

    """
    chosen = tuple(FOLDS) if folds is None else names_of(folds, "folds")
    if not chosen:
        raise InvalidValueError(f"folds must be some of {', '.join(FOLDS)}")
    kinds = tuple(one_of(fold, "folds", FOLDS) for fold in dict.fromkeys(chosen))
    return backtest_folds(optional_file(evidence, "evidence"), kinds, progress_of(progress))
