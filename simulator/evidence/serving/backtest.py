"""Backtest of the model of serving: measured points predicted without their model, chip, or later points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simulator.core.results import AnalysisResult, Header, Note, hidden, optional, values_of
from simulator.core.version import tool_version
from simulator.engine.options import Progress
from simulator.evidence.backtest import NothingToScoreError
from simulator.evidence.serving.baselines import BASELINES
from simulator.evidence.serving.fleets import FleetCase, fleet_cases
from simulator.evidence.serving.model import Prediction, fit_model
from simulator.evidence.serving.points import Points, serving_points
from simulator.evidence.serving.scores import PredictedPoints, ServingScores

SPLIT_DATE = "2026-02"
"""Points from this month on are predicted from those before it and those without a date."""
TARGETS = {
    "tokens_per_second_per_chip": ("throughput", 1.0, "output tokens by second and chip"),
    "tpot": ("time_per_token", 1e3, "time between tokens, ms"),
    "ttft": ("time_to_first_token", 1e3, "time to first token, ms"),
}
"""What is predicted: key in results, target of the model, factor to the unit, and name."""
FOLDS = {
    "points": "all points of the library",
    "model": "leave one model out",
    "later": f"points before {SPLIT_DATE} only",
    "chip": "leave one chip out",
}
"""The evidence from which a point is predicted. `points` is for those of a user's table."""

ServingTargets = Mapping[str, ServingScores]


@dataclass(frozen=True, kw_only=True)
class ServingBacktest(AnalysisResult):
    """Scores of the predictions of measured points from other points.

    Attributes
    ----------
    targets : mapping of str to ServingScores
        By `tokens_per_second_per_chip`, `tpot` and `ttft` (milliseconds): models left out, or the evidence of `fold`.
    models, later, chips : mapping of str to ServingScores or None
        Models left out, later points predicted from earlier ones, and chips left out.
    fleets : tuple of FleetCase
        Published fleets, which the model is never fitted to.
    fold : str
        The evidence of `targets`: a key of `FOLDS`. Not in plain data.

    Examples
    --------
    >>> import llmcost
    >>> backtest = llmcost.backtest_serving(folds="later")
    >>> backtest.targets["tpot"].n > 500
    True

    """

    targets: ServingTargets
    models: ServingTargets | None = optional()
    later: ServingTargets | None = optional()
    chips: ServingTargets | None = optional()
    fleets: tuple[FleetCase, ...] = ()
    fold: str = hidden(default="model")

    @property
    def by_fold(self) -> dict[str, ServingTargets]:
        """The scores by the evidence from which points are predicted."""
        others = {"model": self.models, "later": self.later, "chip": self.chips}
        return {self.fold: self.targets} | {fold: targets for fold, targets in others.items() if targets is not None}


@dataclass(frozen=True)
class Fold:
    """Points to fit to, and points to predict."""

    fitted: Points
    predicted: Points


def backtest_serving(
    evidence: Path | None = None, folds: Sequence[str] | None = None, progress: Progress = None
) -> ServingBacktest:
    """Predict measured points from other points, and score the predictions.

    Parameters
    ----------
    evidence : Path or None
        A table of own points that are predicted in place of the library's. Points of the library with the same set-up, load
        and times are removed from it first.
    folds : sequence of str or None
        Keys of `FOLDS`; the first is that of `targets`. By default all that apply: of the library's points `model`, `later`
        and `chip`, of own points these and `points`, the first.
    progress : callable or None
        Called with the number of fits that are done, and their total.

    Raises
    ------
    InvalidInputError
        With the issues of the table.
    NothingToScoreError
        If no point can be predicted.

    """
    library = serving_points()
    own = None if evidence is None else serving_points(evidence)
    names = tuple(folds or (("model", "later", "chip") if own is None else ("points", "model", "later", "chip")))
    splits = {name: split_points(library, own, name) for name in names}
    total, done = sum(map(len, splits.values())) + 1, 0
    scores: dict[str, ServingTargets] = {}
    for name, parts in splits.items():
        predictions = []
        for part in parts:
            if progress is not None:
                progress(done, total)
            done += 1
            predictions.append(predict_fold(part))
        if predictions:
            scores[name] = score_predictions(predictions)
    if not scores:
        raise NothingToScoreError(f"{evidence or 'the evidence'} has no point that can be scored")
    first = next(iter(scores))
    others = {"models": scores.get("model"), "later": scores.get("later"), "chips": scores.get("chip")}
    return ServingBacktest(
        header=Header(version=tool_version()),
        targets=scores[first],
        **{key: targets for key, targets in others.items() if targets is not scores[first]},
        fleets=fleet_cases(fit_model(library)),
        fold=first,
        notes=(*(() if own is None else own.notes), *(_note(name, targets) for name, targets in scores.items())),
    )


def split_points(library: Points, own: Points | None, fold: str) -> list[Fold]:
    """Return what is fitted to and what is predicted in each part of a fold."""
    scored = library if own is None else own
    other = library if own is None else remove_repeated(library, own)
    if fold == "points":
        return [] if own is None else [Fold(other, scored)]
    if fold == "later":
        before, after = other.labels["date"] < SPLIT_DATE, scored.labels["date"] >= SPLIT_DATE
        return [Fold(other.subset(before), scored.subset(after))] if after.any() else []
    own_labels, others = scored.labels[fold], other.labels[fold]
    return [Fold(other.subset(others != name), scored.subset(own_labels == name)) for name in np.unique(own_labels)]


def remove_repeated(library: Points, own: Points) -> Points:
    """Return the points of the library that are not in the other table too."""
    known = set(_identities(own))
    return library.subset(np.array([identity not in known for identity in _identities(library)]))


def _identities(points: Points) -> list[tuple[object, ...]]:
    numbers = [points[name] for name in ("input_tokens", "output_tokens", "concurrency", "chips", "ttft", "tpot")]
    return list(zip(points.labels["model"], points.labels["chip"], *numbers, strict=True))


Predicted = dict[str, dict[str, PredictedPoints]]
"""By model (the empty name for ours) and target."""


def predict_fold(fold: Fold, *, with_baselines: bool = True) -> Predicted:
    """Return the predictions of our model, and of the baselines."""
    measured = fold.predicted.measured
    models: dict[str, Mapping[str, Prediction]] = {"": fit_model(fold.fitted).predict(fold.predicted)}
    if with_baselines:
        models |= {name: baseline(fold.fitted, fold.predicted) for name, baseline in BASELINES.items()}
    return {
        name: {target: PredictedPoints(((fold.predicted, each, measured[target]),)) for target, each in predictions.items()}
        for name, predictions in models.items()
    }


def score_predictions(predictions: Sequence[Predicted]) -> ServingTargets:
    """Return the scores of every target over all parts of a fold."""
    scores = {}
    for key, (target, factor, _) in TARGETS.items():
        joint = {name: _join([each[name][target] for each in predictions]) for name in predictions[0]}
        scores[key] = ServingScores(
            **values_of(joint[""].scores()),
            cases=joint[""].cases(factor),
            baselines={name: each.scores() for name, each in joint.items() if name} or None,
        )
    return scores


def _join(parts: Sequence[PredictedPoints]) -> PredictedPoints:
    return PredictedPoints(tuple(each for part in parts for each in part.parts))


def _note(fold: str, targets: ServingTargets) -> Note:
    scores = next(iter(targets.values()))
    return Note("points-scored", fold, f"{FOLDS[fold]}: {scores.n} points of {scores.sweeps} sweeps, weighted by sweep")
