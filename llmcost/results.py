"""Types within results, such as `Contingency` of `BudgetPlan.contingency`: for annotations and for look-up.

Their fields are in the reference of the types within results; the results themselves are names of `llmcost`.
"""

from simulator.analysis.actuals.results import (
    AmountErrors,
    BudgetForecast,
    BurnUpMonth,
    LineForecast,
    PercentileAmounts,
    UncertainAmount,
)
from simulator.analysis.allocation import LevelAllocation, LineAllocation
from simulator.analysis.applicability import Refusal
from simulator.analysis.budget import Contingency, PointEstimate, SCurve
from simulator.analysis.cashflow import Band, Period
from simulator.analysis.cashflow.results import BudgetInTime, BudgetPeriod, LineFlow
from simulator.analysis.compare import PairedDifference, SavedTotal, ScenarioDifference, ScenarioTotal
from simulator.analysis.explanation import Step
from simulator.analysis.input_differences import InputDifference
from simulator.analysis.joint import CostTarget, DateTarget, Frontier, Quadrants
from simulator.analysis.latency import MissedTargets, ServedLatency
from simulator.analysis.lever_results import LeverSaving, OutcomeChange, OutcomeLever, SavingStatistics, TotalWithoutLever
from simulator.analysis.old_prices import OldPrice
from simulator.analysis.overruns import BudgetStatistics, InputShift, Overruns, TailStatistics
from simulator.analysis.own_chips import OtherPayment, OwnChips
from simulator.analysis.portfolio import PortfolioBudget, PortfolioLevel, RunTotal
from simulator.analysis.rent_or_buy_results import BreakEven, Purchase, Reservation
from simulator.analysis.sensitivity.information import InputInformation
from simulator.analysis.sensitivity.interval_estimates import IntervalEstimate
from simulator.analysis.sensitivity.results import CorrelatedInputs, Driver, ResearchNext, ShapleyEffect, TotalStatistics
from simulator.analysis.sensitivity.sobol import Indices
from simulator.analysis.sensitivity.tornado import Endpoints, EstimatedEndpoints, Swing
from simulator.analysis.sensitivity.value_of_information import PerfectInformation, ValueOfInformation
from simulator.analysis.spread import RiskStatistics, TotalSpread
from simulator.analysis.statistics import Estimate
from simulator.analysis.stress.changes import RankedChange
from simulator.analysis.stress.one_at_a_time import FixedPrior, PriorSweep, SweepOfPriors
from simulator.analysis.stress.peeling import Bound, Box, BoxShares
from simulator.analysis.stress.reverse_stress import InputComparison, MedianAndInterval, ReverseStress
from simulator.analysis.stress.reweighting import NewPrior, ReweightedQuantity, Reweighting
from simulator.analysis.stress.shocks import ShockCase, ShockChange, ShockEffects, ShockProbability, StressTotal
from simulator.analysis.sweep.result import CellQuantity, SweepCell, Variable
from simulator.analysis.times import ScenarioTime, TimeDates, TimeDifference
from simulator.analysis.token_costs import TokenCost
from simulator.engine.summaries import BudgetAssessment, StandardErrors, SummaryStatistics
from simulator.evidence.calibration.checks import Checks, FurthestCase, Variant
from simulator.evidence.calibration.mcmc import PredictiveCoverage, SampledEffect, TailScore
from simulator.evidence.calibration.summary import FittedEffect
from simulator.evidence.diagnostics import Convergence, Diagnostics, EffectiveSize
from simulator.evidence.robust import PosteriorPredictive, PredictivePValues, PriorPredictive
from simulator.evidence.scores import (
    BoundScores,
    GroupScores,
    PredictedValue,
    ScoredBound,
    ScoredCase,
    Scores,
    TargetScores,
)
from simulator.evidence.serving.fleets import FleetCase
from simulator.evidence.serving.scores import ServedCase, ServingScores, SweepScores
from simulator.evidence.trend_summary import CostForecast, GrowthEstimate, Influence, RobustCheck
from simulator.io.baseline import BaselineComparison, Change, QuantityChanges
from simulator.io.risk_register import RegisterStatistics, RiskEntry
from simulator.io.run_summary import LineShare, QuantityStatistics, RankCorrelation
from simulator.records.prior_set import RecordPrior
from simulator.scenario.catalogue import AdjustmentItem, ChipItem, OldPriorItem, PriorItem, QuantityItem, RiskItem, ScenarioItem
from simulator.scenario.descriptions import (
    AdjustmentDescription,
    ChipDescription,
    DistributionSummary,
    EffectDescription,
    InputDescription,
    PriorDescription,
    QuantityDescription,
    RiskDescription,
    ScenarioDescription,
    Selection,
)
from simulator.scenario.inspection import IssueDescription, PhaseInForce, QuantityInForce, SettingInForce, ValidScenario
from simulator.scenario.token_catalogue import ListPriceItem, ModelItem

__all__ = [
    "AdjustmentDescription",
    "AdjustmentItem",
    "AmountErrors",
    "Band",
    "BaselineComparison",
    "Bound",
    "BoundScores",
    "Box",
    "BoxShares",
    "BreakEven",
    "BudgetAssessment",
    "BudgetForecast",
    "BudgetInTime",
    "BudgetPeriod",
    "BudgetStatistics",
    "BurnUpMonth",
    "CellQuantity",
    "Change",
    "Checks",
    "ChipDescription",
    "ChipItem",
    "Contingency",
    "Convergence",
    "CorrelatedInputs",
    "CostForecast",
    "CostTarget",
    "DateTarget",
    "Diagnostics",
    "DistributionSummary",
    "Driver",
    "EffectDescription",
    "EffectiveSize",
    "Endpoints",
    "Estimate",
    "EstimatedEndpoints",
    "FittedEffect",
    "FixedPrior",
    "FleetCase",
    "Frontier",
    "FurthestCase",
    "GroupScores",
    "GrowthEstimate",
    "Indices",
    "Influence",
    "InputComparison",
    "InputDescription",
    "InputDifference",
    "InputInformation",
    "InputShift",
    "IntervalEstimate",
    "IssueDescription",
    "LevelAllocation",
    "LeverSaving",
    "LineAllocation",
    "LineFlow",
    "LineForecast",
    "LineShare",
    "ListPriceItem",
    "MedianAndInterval",
    "MissedTargets",
    "ModelItem",
    "NewPrior",
    "OldPrice",
    "OldPriorItem",
    "OtherPayment",
    "OutcomeChange",
    "OutcomeLever",
    "Overruns",
    "OwnChips",
    "PairedDifference",
    "PercentileAmounts",
    "PerfectInformation",
    "Period",
    "PhaseInForce",
    "PointEstimate",
    "PortfolioBudget",
    "PortfolioLevel",
    "PosteriorPredictive",
    "PredictedValue",
    "PredictiveCoverage",
    "PredictivePValues",
    "PriorDescription",
    "PriorItem",
    "PriorPredictive",
    "PriorSweep",
    "Purchase",
    "Quadrants",
    "QuantityChanges",
    "QuantityDescription",
    "QuantityInForce",
    "QuantityItem",
    "QuantityStatistics",
    "RankCorrelation",
    "RankedChange",
    "RecordPrior",
    "Refusal",
    "RegisterStatistics",
    "ResearchNext",
    "Reservation",
    "ReverseStress",
    "ReweightedQuantity",
    "Reweighting",
    "RiskDescription",
    "RiskEntry",
    "RiskItem",
    "RiskStatistics",
    "RobustCheck",
    "RunTotal",
    "SCurve",
    "SampledEffect",
    "SavedTotal",
    "SavingStatistics",
    "ScenarioDescription",
    "ScenarioDifference",
    "ScenarioItem",
    "ScenarioTime",
    "ScenarioTotal",
    "ScoredBound",
    "ScoredCase",
    "Scores",
    "Selection",
    "ServedCase",
    "ServedLatency",
    "ServingScores",
    "SettingInForce",
    "ShapleyEffect",
    "ShockCase",
    "ShockChange",
    "ShockEffects",
    "ShockProbability",
    "StandardErrors",
    "Step",
    "StressTotal",
    "SummaryStatistics",
    "SweepCell",
    "SweepOfPriors",
    "SweepScores",
    "Swing",
    "TailScore",
    "TailStatistics",
    "TargetScores",
    "TimeDates",
    "TimeDifference",
    "TokenCost",
    "TotalSpread",
    "TotalStatistics",
    "TotalWithoutLever",
    "UncertainAmount",
    "ValidScenario",
    "ValueOfInformation",
    "Variable",
    "Variant",
]
