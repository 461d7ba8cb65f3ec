"""Backtest of the calibration: each published run predicted without its own data, and scored against the published value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from simulator.core.errors import LlmcostError
from simulator.core.results import AnalysisResult, Header, Note, hidden, optional
from simulator.core.version import tool_version
from simulator.engine.options import Progress
from simulator.evidence.calibration import utilisation
from simulator.evidence.calibration.design import Observation
from simulator.evidence.families import assign_families, name_as_library
from simulator.evidence.predictions import (
    BASELINES,
    FOLDS,
    Case,
    Evidence,
    ObservationFilter,
    fit_calibrated,
    library_evidence,
    observation_filter,
    predict_benchmarks,
    predict_chip_hours,
    predict_days,
    predict_dollars,
    predict_energy,
)
from simulator.evidence.public_path import PATHS, predict_public_paths
from simulator.evidence.published_runs import PublishedRun, published_runs, vendor_benchmarks
from simulator.evidence.scores import BoundScores, TargetScores, score_bounds, score_target

Targets: TypeAlias = Mapping[str, TargetScores]
"""Scores by target, of those with at least one prediction."""

TARGETS = {
    "chip_hours": "chip-hours",
    "other_classes": "chip-hours with other work inside",
    "energy": "metered energy",
    "wall_clock": "days",
    "dollars": "quotes and statements of cost",
}
"""What is predicted: key and name."""
REQUIREMENTS = "chip-hours need chip, params_active, tokens and gpu_hours"


class NothingToScoreError(LlmcostError, ValueError):
    """Raised if no run has the figures of a prediction.

    Examples
    --------
    >>> import llmcost
    >>> from pathlib import Path
    >>> _ = Path("runs.csv").write_text("case,date,org,chip" + chr(10) + "a,2026-01,We,H100" + chr(10))
    >>> llmcost.backtest("runs.csv")
    Traceback (most recent call last):
        ...
    llmcost.NothingToScoreError: runs.csv has no run that can be scored: ...

    """

    __module__ = "llmcost"  # where users import it from, which tracebacks show


@dataclass(frozen=True, kw_only=True)
class Backtest(AnalysisResult):
    """Scores of the predictions of published runs from other evidence.

    Attributes
    ----------
    targets : mapping of str to TargetScores
        Each run predicted from all others, or from the evidence of `fold` if that is another one. Keys are those of `TARGETS`:
        `chip_hours`, `energy` (MWh), `wall_clock` (days), `dollars` (USD).
    families : mapping of str to TargetScores or None
        Each run predicted from the runs of other families.
    forward : mapping of str to TargetScores or None
        Each run predicted from runs published before it.
    public_path : mapping of str to mapping of str to TargetScores or None
        Chip-hours of each run from what users start from, by the evidence from which it is predicted and by what the scenario
        extends: with chip, parameters and tokens alone, a preset, or the file that `llmcost new` writes. Keys are those of
        `predictions.FOLDS` and `public_path.PATHS`.
    bounds : mapping of str to BoundScores or None
        Published upper bounds of chip-hours (`chip_hours`), and of utilisation by benchmarks of vendors (`benchmarks`).
    fold : str
        The evidence of `targets`: a key of `predictions.FOLDS`. Not in plain data.

    Examples
    --------
    >>> import llmcost
    >>> backtest = llmcost.backtest(folds="run")
    >>> backtest.targets["chip_hours"].n > 50
    True

    """

    targets: Targets
    families: Targets | None = optional()
    forward: Targets | None = optional()
    public_path: Mapping[str, Targets] | None = optional()
    bounds: Mapping[str, BoundScores] | None = optional()
    fold: str = hidden(default="run")

    @property
    def by_fold(self) -> dict[str, Targets]:
        """The scores by the evidence from which runs are predicted."""
        others = {"family": self.families, "forward": self.forward}
        return {self.fold: self.targets} | {fold: targets for fold, targets in others.items() if targets is not None}


def backtest(evidence: Path | None = None, folds: Sequence[str] = tuple(FOLDS), progress: Progress = None) -> Backtest:
    """Predict each published run from other evidence, and score the predictions against the published values.

    Parameters
    ----------
    evidence : Path or None
        A table of own runs that are predicted in place of the library's. Those that are also in the library's evidence are
        removed from it first.
    folds : sequence of str
        The evidence from which a run is predicted: keys of `predictions.FOLDS`.
    progress : callable or None
        Called with the number of folds that are done, and their total.

    Raises
    ------
    InvalidInputError
        With the issues of the table.
    NothingToScoreError
        If no run has the figures of a prediction.

    """
    library, own = library_evidence(), None if evidence is None else published_runs(evidence)
    own_runs = None if own is None else name_as_library(own.runs, library.runs)
    scores: dict[str, Targets] = {}
    for number, fold in enumerate(folds):
        if progress is not None:
            progress(number, len(folds))
        scores[fold] = score_fold(library, own_runs, fold)
    if not any(scores.values()):
        raise NothingToScoreError(f"{evidence or 'the evidence'} has no run that can be scored: {REQUIREMENTS}")
    count = len(library.runs if own is None else own.runs)
    first = "run" if "run" in scores else folds[0]
    return Backtest(
        header=Header(version=tool_version()),
        targets=scores[first],
        families=scores.get("family"),
        forward=scores.get("forward"),
        public_path={fold: score_public_path(library, own_runs, fold) for fold in scores},
        bounds=score_all_bounds(library, own_runs, first) or None,
        fold=first,
        notes=(*(own.notes if own else ()), *(_count_note(fold, targets, count) for fold, targets in scores.items())),
    )


def score_fold(evidence: Evidence, own_runs: Sequence[PublishedRun] | None = None, fold: str = "run") -> Targets:
    """Return the scores of every target in one fold, with baselines for the chip-hours; predict `own_runs` if given."""
    runs = evidence.runs if own_runs is None else assign_families(own_runs, evidence.runs)
    observations, keep = utilisation.observations(evidence.runs), observation_filter(fold)
    hours = predict_chip_hours(runs, observations, keep, fit_calibrated)
    cases_by_target = {
        "chip_hours": hours,
        "other_classes": predict_chip_hours(runs, observations, keep, fit_calibrated, lambda run: run.is_of_other_class),
        "energy": predict_energy(runs, evidence.powers, fold),
        "wall_clock": predict_days(hours, runs),
        "dollars": predict_dollars(runs, observations, evidence.prices, fold),
    }
    targets = {name: score_target(cases) for name, cases in cases_by_target.items() if cases and name != "chip_hours"}
    if not hours:
        return targets
    return {"chip_hours": score_target(hours, predict_baselines(runs, observations, keep)), **targets}


def score_public_path(evidence: Evidence, own_runs: Sequence[PublishedRun] | None, fold: str) -> Targets:
    """Return the scores of what users start from, by preset, in one fold, with baselines for the same runs."""
    runs = evidence.runs if own_runs is None else assign_families(own_runs, evidence.runs)
    observations, keep = utilisation.observations(evidence.runs), observation_filter(fold)
    cases_by_path = predict_public_paths(PATHS, runs, observations, keep)
    baselines = predict_baselines(runs, observations, keep)
    return {path: score_target(cases, _of_runs(cases, baselines)) for path, cases in cases_by_path.items() if cases}


def predict_baselines(
    runs: Sequence[PublishedRun], observations: Sequence[Observation], keep: ObservationFilter
) -> dict[str, list[Case]]:
    """Return the predictions of chip-hours by simpler models."""
    return {name: predict_chip_hours(runs, observations, keep, model) for name, model in BASELINES.items()}


def _of_runs(cases: Sequence[Case], predictions: Mapping[str, Sequence[Case]]) -> dict[str, list[Case]]:
    """Return those of the predictions that are of the runs of `cases`."""
    names = {case.case for case in cases}
    return {model: [each for each in predicted if each.case in names] for model, predicted in predictions.items()}


def score_all_bounds(
    evidence: Evidence, own_runs: Sequence[PublishedRun] | None = None, fold: str = "run"
) -> dict[str, BoundScores]:
    """Return the scores of predictions of which upper bounds were published: of hours, and of utilisation by vendors."""
    runs = evidence.runs if own_runs is None else assign_families(own_runs, evidence.runs)
    observations, keep = utilisation.observations(evidence.runs), observation_filter(fold)
    hours = predict_chip_hours(runs, observations, keep, fit_calibrated, lambda run: run.bounds_hours)
    benchmarks = predict_benchmarks(vendor_benchmarks(), observations, keep) if own_runs is None else []
    return {name: score_bounds(cases) for name, cases in (("chip_hours", hours), ("benchmarks", benchmarks)) if cases}


def _count_note(fold: str, targets: Targets, runs: int) -> Note:
    counts = ", ".join(f"{scores.n} {TARGETS[name]}" for name, scores in targets.items())
    return Note("runs-scored", fold, f"{FOLDS[fold]}: {counts or 'nothing'} of {runs} runs can be scored")
