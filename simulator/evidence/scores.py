"""Scores of predictions against published values: coverage, CRPS, interval score, sharpness, PIT.

Scores are those of Gneiting and Raftery (2007): the continuous ranked probability score and the interval score on the natural
logarithm, coverage of central intervals, and the probability integral transform (PIT), which is uniform where predictions are
calibrated.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simulator.core.results import optional, values_of
from simulator.evidence.predictions import Case

LEVELS = (50, 80, 90, 95)
ONE_SIDED_LEVELS = (50, 80, 90)
"""Levels of the upper limits that budgets use."""
PIT_BINS = 10
GROUPINGS = ("scale", "year", "chips", "architecture", "siblings")
CONTRADICTED = 0.025
"""A published upper bound contradicts a prediction that gives values below it no more than this probability."""


@dataclass(frozen=True, slots=True)
class PredictedValue:
    """A prediction in the unit of its target.

    Attributes
    ----------
    low, median, high : float
        Quantiles of 2.5, 50 and 97.5 %.

    """

    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True)
class ScoredCase:
    """A run with its prediction.

    Attributes
    ----------
    case : str
        Name of the run.
    date : float
        Decimal year, to three decimals.
    predicted : PredictedValue
        In the unit of the target: chip-hours, MWh, days or USD.
    published : float
        The published value, in that unit.
    pit : float
        Predicted probability of a value up to the published one.

    """

    case: str
    date: float
    predicted: PredictedValue
    published: float
    pit: float


@dataclass(frozen=True, slots=True)
class GroupScores:
    """Main scores of a group of runs.

    Attributes
    ----------
    by : str
        What the runs are grouped by: `scale`, `year`, `chips`, `architecture`, `siblings`.
    group : str
    n : int
        Number of runs.
    coverage : mapping of str to float
        Share of the published values inside the central interval, by its level in percent.
    one_sided : mapping of str to float
        Share of the published values up to the predicted P50, P80 and P90, by the level in percent.
    crps : float
        Mean continuous ranked probability score, on the natural logarithm.
    sharpness : float
        Median ratio of the bounds of the 95 % interval.

    """

    by: str
    group: str
    n: int
    coverage: Mapping[str, float]
    one_sided: Mapping[str, float]
    crps: float
    sharpness: float


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Scores of the predictions of one model.

    Attributes
    ----------
    n : int
        Number of predictions.
    coverage : mapping of str to float
        Share of the published values inside the central interval, by its level in percent.
    one_sided : mapping of str to float
        Share of the published values up to the predicted P50, P80 and P90, by the level in percent: how often such a budget
        was enough.
    crps : float
        Mean continuous ranked probability score, on the natural logarithm: 0.21 is about 21 % off.
    interval_score : float
        Mean interval score of the 95 % interval, on the natural logarithm.
    sharpness : float
        Median ratio of the bounds of the 95 % interval.
    pit_histogram : tuple of int
        Number of predictions by PIT, in tenths.

    """

    n: int
    coverage: Mapping[str, float]
    one_sided: Mapping[str, float]
    crps: float
    interval_score: float
    sharpness: float
    pit_histogram: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class TargetScores(Scores):
    """Scores of the predictions of one quantity, with every prediction.

    Attributes
    ----------
    band : mapping of str to tuple of float
        Range of the coverage of as many calibrated predictions (95 %), by the level of the interval in percent.
    one_sided_band : mapping of str to tuple of float
        The same of `one_sided`.
    cases : tuple of ScoredCase
    groups : tuple of GroupScores or None
        Scores by group; of the chip-hours only.
    baselines : mapping of str to Scores or None
        Scores of simpler models; of the chip-hours only.

    """

    band: Mapping[str, tuple[float, float]]
    one_sided_band: Mapping[str, tuple[float, float]]
    cases: tuple[ScoredCase, ...]
    groups: tuple[GroupScores, ...] | None = optional()
    baselines: Mapping[str, Scores] | None = optional()


@dataclass(frozen=True, slots=True)
class ScoredBound:
    """A published upper bound, and the probability that the prediction gives to values below it.

    Attributes
    ----------
    case : str
    bound : float
    probability : float

    """

    case: str
    bound: float
    probability: float


@dataclass(frozen=True, slots=True)
class BoundScores:
    """Predictions compared with published upper bounds.

    Attributes
    ----------
    n : int
        Number of bounds.
    contradicted : int
        Number of those that the prediction gives a probability of no more than 2.5 %.
    cases : tuple of ScoredBound

    """

    n: int
    contradicted: int
    cases: tuple[ScoredBound, ...]


def score_bounds(cases: Sequence[Case]) -> BoundScores:
    """Return the scores of predictions of which upper bounds were published."""
    bounds = tuple(ScoredBound(case.case, case.published_value, case.pit) for case in cases)
    return BoundScores(len(bounds), sum(each.probability <= CONTRADICTED for each in bounds), bounds)


def score_cases(cases: Sequence[Case]) -> Scores:
    """Return coverage, scores, sharpness and PIT histogram; all logarithms are natural."""
    n = len(cases)
    pits = np.array([case.pit for case in cases])
    bounds = [(case.prediction.quantile(0.025), case.prediction.quantile(0.975)) for case in cases]
    values = [math.log(case.published_value) for case in cases]
    penalties = [2 / 0.05 * (max(low - x, 0) + max(x - high, 0)) for (low, high), x in zip(bounds, values, strict=True)]
    return Scores(
        n=n,
        coverage={str(level): int(np.sum(np.abs(pits - 0.5) <= level / 200)) / n for level in LEVELS},
        one_sided={str(level): int(np.sum(pits <= level / 100)) / n for level in ONE_SIDED_LEVELS},
        crps=float(np.mean([case.prediction.crps(x) for case, x in zip(cases, values, strict=True)])),
        interval_score=float(np.mean([high - low + penalty for (low, high), penalty in zip(bounds, penalties, strict=True)])),
        sharpness=float(np.exp(np.median([high - low for low, high in bounds]))),
        pit_histogram=tuple(np.histogram(pits, PIT_BINS, (0, 1))[0].tolist()),
    )


def score_target(cases: Sequence[Case], baselines: Mapping[str, Sequence[Case]] | None = None) -> TargetScores:
    """Return the scores of a quantity with its predictions; with `baselines`, also theirs and those of groups of runs."""
    return TargetScores(
        **values_of(score_cases(cases)),
        band={str(level): coverage_band(len(cases), level / 100) for level in LEVELS},
        one_sided_band={str(level): coverage_band(len(cases), level / 100) for level in ONE_SIDED_LEVELS},
        cases=tuple(map(_scored_case, cases)),
        groups=None if baselines is None else tuple(score_groups(cases)),
        baselines=None if baselines is None else {name: score_cases(each) for name, each in baselines.items()},
    )


def coverage_band(n: int, level: float) -> tuple[float, float]:
    """Return the central 95 % interval of the coverage of n calibrated predictions."""
    from scipy.special import bdtr

    probabilities = bdtr(np.arange(n + 1.0), n, level)
    low, high = (int(np.searchsorted(probabilities, p)) / n for p in (0.025, 0.975))
    return low, high


def score_groups(cases: Sequence[Case]) -> list[GroupScores]:
    """Return the main scores of each group."""
    rows = []
    for grouping in GROUPINGS:
        for name in sorted({case.groups[grouping] for case in cases}):
            scores = score_cases([case for case in cases if case.groups[grouping] == name])
            main = (scores.n, scores.coverage, scores.one_sided, scores.crps, scores.sharpness)
            rows.append(GroupScores(grouping, name, *main))
    return rows


def _scored_case(case: Case) -> ScoredCase:
    low, median, high = (math.exp(case.prediction.quantile(p)) for p in (0.025, 0.5, 0.975))
    return ScoredCase(case.case, round(case.date, 3), PredictedValue(low, median, high), case.published_value, case.pit)
