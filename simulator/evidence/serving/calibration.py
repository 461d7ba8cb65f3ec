"""The calibrated model of serving: its efficiencies, its checks on models left out, and the draws that scenarios read."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path

import numpy as np

from simulator.core.files import check_output_file, write_text_atomically
from simulator.core.results import AnalysisResult, Header, Note, hidden
from simulator.core.version import tool_version
from simulator.engine.options import Progress
from simulator.evidence.calibration.draws import format_table
from simulator.evidence.calibration.summary import FittedEffect
from simulator.evidence.diagnostics import BadFitError
from simulator.evidence.serving.backtest import TARGETS, predict_fold, remove_repeated, score_predictions, split_points
from simulator.evidence.serving.draws import build_columns
from simulator.evidence.serving.model import ServingModel, fit_model
from simulator.evidence.serving.points import join_points, serving_points
from simulator.evidence.serving.residuals import FittedResiduals
from simulator.evidence.serving.settings import TIMES

ABOUT = "efficiencies of serving, and what a model, a chip and a set-up differ by from the formulas"
SUFFIXES = (".csv", ".json")
LEAST_COVERAGE = 0.85
"""Coverage of the 95 % intervals of models left out below which nothing is written."""
_Z95 = 1.959964


@dataclass(frozen=True, kw_only=True)
class ServingCalibration(AnalysisResult):
    """The model of serving, calibrated to measured points.

    Attributes
    ----------
    model, about : str
        Its name, `serving`, and what it describes.
    observations, sweeps, own : int
        Number of points, of their sweeps, and of points of the user's table.
    until : str
        Year and month of the newest point.
    sigma : mapping of str to float
        Dispersion of one measurement by target, on the natural logarithm.
    effects : tuple of FittedEffect
        Efficiencies in their own unit, and effects as factors.
    coverage_95 : mapping of str to float
        Share of points inside the 95 % interval with their model left out, by target and by sweep.
    crps : mapping of str to float
        Continuous ranked probability score of the same predictions.
    fit : ServingModel
        Not in plain data.
    seed : int
        Of the draws; not in plain data.

    Examples
    --------
    >>> import llmcost
    >>> calibration = llmcost.calibrate_serving()
    >>> calibration.coverage_95["tpot"] > 0.9
    True

    """

    model: str = "serving"
    about: str = ABOUT
    observations: int
    sweeps: int
    own: int
    until: str
    sigma: Mapping[str, float]
    effects: tuple[FittedEffect, ...]
    coverage_95: Mapping[str, float]
    crps: Mapping[str, float]
    fit: ServingModel = hidden()
    seed: int = hidden(default=0)

    def posterior_table(self) -> str:
        """Return the draws as CSV text that a scenario reads, with its provenance."""
        own = f", {self.own} of them own" if self.own else ""
        header = [
            ("about", f"{ABOUT}: posterior of {self.observations} points of {self.sweeps} sweeps{own}"),
            ("date", self.until),
            ("grade", "B"),
            ("source", f"llmcost calibrate serving, seed {self.seed}, {tool_version()}"),
            ("source", "Measured points in priors/evidence/serving-points.csv: aiconfigurator-core 0.12.0, NVIDIA, Apache-2.0"),
        ]
        return format_table("serving", build_columns(self.fit, seed=self.seed), header)

    def save(self, path: "str | PathLike[str]") -> None:
        """Write the draws for scenarios (.csv) or the figures (.json)."""
        path = Path(path)
        check_output_file(path, SUFFIXES)
        text = self.posterior_table() if path.suffix == ".csv" else self.to_json()
        partial(write_text_atomically, text=text)(path)


def calibrate_serving(evidence: Path | None = None, *, seed: int = 0, progress: Progress = None) -> ServingCalibration:
    """Fit the model of serving to the library's points, and to a user's.

    Parameters
    ----------
    evidence : Path or None
        A table of own points, which are added to the library's and replace those that are the same.
    seed : int
        Seed of the draws.
    progress : callable or None
        Called with the number of fits that are done, and their total.

    Raises
    ------
    InvalidInputError
        With the issues of the table.
    BadFitError
        If predictions of models left out are not calibrated.

    """
    points, own_count = serving_points(), 0
    notes: tuple[Note, ...] = ()
    if evidence is not None:
        own = serving_points(evidence)
        points, own_count, notes = join_points([remove_repeated(points, own), own]), len(own), own.notes
    parts = split_points(points, None, "model")
    predictions = []
    for done, part in enumerate(parts):
        if progress is not None:
            progress(done, len(parts) + 1)
        predictions.append(predict_fold(part, with_baselines=False))
    scores = score_predictions(predictions)
    coverage = {key: scores[key].coverage["95"] for key in TARGETS}
    _require_good(coverage)
    model = fit_model(points)
    return ServingCalibration(
        header=Header(seed=seed, version=tool_version()),
        observations=len(points),
        sweeps=len(np.unique(points.labels["sweep"])),
        own=own_count,
        until=str(max(points.labels["date"])),
        sigma={target: model.residuals[target].posterior.scale for target in TIMES},
        effects=tuple(_effects(model)),
        coverage_95=coverage,
        crps={key: scores[key].crps for key in TARGETS},
        fit=model,
        seed=seed,
        notes=notes,
    )


def _require_good(coverage: Mapping[str, float]) -> None:
    for key, share in coverage.items():
        if share < LEAST_COVERAGE:
            name = TARGETS[key][2]
            raise BadFitError(f"serving: {100 * share:.0f}% of the points are inside the 95% interval of {name} when left out")


def _effects(model: ServingModel) -> list[FittedEffect]:
    fitted = model.efficiencies
    spread = np.sqrt(np.diag(fitted.covariance))
    effects = [_effect(*each) for each in zip(fitted.names, fitted.mode, spread, strict=True)]
    for target in TIMES:
        effects += _residual_effects(target, model.residuals[target])
    return effects


def _residual_effects(target: str, residuals: FittedResiduals) -> list[FittedEffect]:
    posterior = residuals.posterior
    return [
        _effect(
            f"{target}/{group}/{name}", posterior.mean[place], posterior.scale * math.sqrt(posterior.covariance[place, place])
        )
        for (group, name), place in residuals.effects.items()
        if group in ("model", "chip")
    ]


def _effect(name: str, centre: float, spread: float) -> FittedEffect:
    low, middle, high = (float(np.exp(centre + sign * _Z95 * spread)) for sign in (-1, 0, 1))
    return FittedEffect(name, middle, low, high)
