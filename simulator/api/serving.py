"""The model of serving against measured points: its posterior, and a backtest of its predictions."""

from collections.abc import Iterable
from typing import Literal, TypeAlias

from simulator.api.arguments import MOST_SEED, one_of, progress_of, whole_number
from simulator.api.values import File, names_of, optional_file
from simulator.core.scalars import Number
from simulator.core.suggestions import InvalidValueError
from simulator.engine.options import Progress
from simulator.evidence.serving.backtest import FOLDS, ServingBacktest
from simulator.evidence.serving.backtest import backtest_serving as backtest_points
from simulator.evidence.serving.calibration import ServingCalibration
from simulator.evidence.serving.calibration import calibrate_serving as calibrate_points

ServingFold: TypeAlias = Literal["points", "model", "later", "chip"]


def calibrate_serving(evidence: File | None = None, *, seed: Number = 0, progress: Progress = None) -> ServingCalibration:
    """Fit the efficiencies of serving to measured points and to your own, as `llmcost calibrate serving` does.

    Parameters
    ----------
    evidence : path or None
        A table of own points (CSV), which are added to the library's and replace those that are the same.
    seed : int, default 0
        Seed of the random draws.
    progress : callable or None
        Called with the number of fits that are done, and their total.

    Returns
    -------
    ServingCalibration
        ``effects`` with 95 % intervals, and the coverage of models left out; ``save("ours.csv")`` writes the joint draws.

    Raises
    ------
    InvalidInputError
        With the issues of the table.
    BadFitError
        If predictions of models left out are not calibrated.
    InvalidValueError
        If an option is invalid.

    Notes
    -----
    The efficiencies are the mode of a posterior with normal priors on logarithms, with a normal approximation around it; what
    formulas do not explain is a normal model with effects of model, chip, sweep and set-up, and Student-t measurements.

    Examples
    --------
    >>> import llmcost
    >>> posterior = llmcost.calibrate_serving()
    >>> posterior.sweeps
    146

    """
    return calibrate_points(
        optional_file(evidence, "evidence"),
        seed=whole_number(seed, "seed", 0, MOST_SEED),
        progress=progress_of(progress),
    )


def backtest_serving(
    evidence: File | None = None, *, folds: ServingFold | Iterable[ServingFold] | None = None, progress: Progress = None
) -> ServingBacktest:
    """Predict measured points of serving from other points, and score the predictions, as `llmcost backtest --target serving`.

    Parameters
    ----------
    evidence : path or None
        A table of own points (CSV) that are predicted in place of the library's.
    folds : str, iterable of str or None
        The evidence from which a point is predicted: ``points`` (all of the library; for own points), ``model`` (other
        models), ``later`` (earlier points), ``chip`` (other chips); by default each that applies.
    progress : callable or None
        Called with the number of fits that are done, and their total.

    Returns
    -------
    ServingBacktest
        ``targets`` with coverage of the 50, 80, 90 and 95 % intervals and CRPS by sweep: output tokens by second and chip,
        time between tokens and to the first token in ms; ``fleets`` with the published fleets.

    Raises
    ------
    InvalidInputError
        With the issues of the table.
    NothingToScoreError
        If no point can be predicted.
    InvalidValueError
        If an option is invalid.

    Notes
    -----
    Sweeps count alike, and so do the points of one sweep, which depend on each other.

    Examples
    --------
    >>> import llmcost
    >>> scores = llmcost.backtest_serving(folds="later").targets["tpot"]
    >>> scores.n, scores.sweeps
    (663, 50)

    """
    names = None if folds is None else tuple(one_of(fold, "folds", FOLDS) for fold in names_of(folds, "folds"))
    if names == ():
        raise InvalidValueError(f"folds must be some of {', '.join(FOLDS)}")
    return backtest_points(optional_file(evidence, "evidence"), names, progress_of(progress))
