"""Every field of a result about evidence or records is documented, and nothing else is in its data."""

from dataclasses import fields

import pytest

from simulator.evidence.backtest import Backtest
from simulator.evidence.calibration.checks import Checks, FurthestCase, Variant
from simulator.evidence.calibration.mcmc import PredictiveCoverage, SampledEffect, TailScore
from simulator.evidence.calibration.summary import Calibration, FittedEffect
from simulator.evidence.diagnostics import Convergence, Diagnostics, EffectiveSize
from simulator.evidence.robust import PosteriorPredictive, PredictivePValues, PriorPredictive
from simulator.evidence.scores import BoundScores, GroupScores, PredictedValue, ScoredBound, ScoredCase, Scores, TargetScores
from simulator.evidence.trend_summary import CostForecast, GrowthEstimate, Influence, RobustCheck, TrendSummary
from simulator.records import PriorSet, RecordPrior

TYPES = (
    Backtest, Calibration, Checks, Convergence, CostForecast, Diagnostics, EffectiveSize, FittedEffect, FurthestCase,
    BoundScores, ScoredBound,
    GroupScores, GrowthEstimate, Influence, PosteriorPredictive, PredictedValue, PredictiveCoverage, PredictivePValues,
    PriorPredictive, PriorSet, RecordPrior, RobustCheck, SampledEffect, ScoredCase, Scores, TailScore, TargetScores,
    TrendSummary, Variant,
)  # fmt: skip


@pytest.mark.parametrize("type_", TYPES, ids=lambda type_: type_.__name__)
def test_every_field_is_documented(type_):
    documents = [base.__doc__ or "" for base in type_.__mro__]
    documented = {
        name.strip()
        for text in documents
        for line in text.splitlines()
        for name in line.partition(" : ")[0].split(",")
        if " : " in line
    }
    assert {each.name for each in fields(type_)} <= documented
