"""Budgets: percentile of the point estimate, contingency at each confidence level, allocation to lines, causes of overruns."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from simulator.analysis.allocation import LevelAllocation, allocate
from simulator.analysis.occurrences import event_quantities, inputs_and_events
from simulator.analysis.overruns import (
    BudgetStatistics,
    Overruns,
    TailStatistics,
    budget_statistics,
    overruns,
    tail_statistics,
)
from simulator.analysis.risks import WithoutRisks, simulate_without_risks
from simulator.analysis.spread import RiskStatistics, TotalSpread, risk_statistics, total_spreads
from simulator.analysis.statistics import (
    LEVELS,
    Array,
    SummaryStatistics,
    independent_priors,
    probability,
    quantile,
    simulate_draws,
    summary_statistics,
    values_at_medians,
)
from simulator.core.levels import Level, in_percent, probabilities
from simulator.core.results import AnalysisResult
from simulator.core.suggestions import InvalidValueError
from simulator.engine.options import DEFAULTS, RunOptions
from simulator.engine.result import SimulationResult
from simulator.engine.support import level_notes, require_levels
from simulator.io.contract_notes import contract_notes
from simulator.io.header import header_of
from simulator.io.latency_notes import latency_notes
from simulator.io.summary import mean_notes
from simulator.scenario import TOTAL, Scenario
from simulator.scenario.price_dates import old_price_notes


@dataclass(frozen=True, slots=True)
class PointEstimate:
    """The point estimate among the draws.

    Attributes
    ----------
    amount : float
        USD.
    is_given : bool
        Whether the scenario gives it; otherwise it is the total with every prior at its median.
    percentile, mcse : float
        Its percentile in the distribution of the total, 0 to 100, and the Monte Carlo standard error.

    """

    amount: float
    is_given: bool
    percentile: float
    mcse: float


@dataclass(frozen=True, slots=True)
class SCurve:
    """The cumulative distribution of the total.

    Attributes
    ----------
    probability : tuple of float
        Probabilities from 0.01 to 0.99.
    amount : tuple of float
        The amount that each is the probability of staying within, USD.

    """

    probability: tuple[float, ...]
    amount: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Contingency:
    """The amount at a confidence level and its contingency over the point estimate.

    Attributes
    ----------
    level : float
        Percent.
    amount, mcse : float
        Quantile of the total and its Monte Carlo standard error, USD.
    contingency : float
        Amount less point estimate, USD; negative where the point estimate is higher.
    share_of_point : float or None
        Contingency as a share of the point estimate; None where that is not positive.
    negative : bool
        Whether the contingency is below zero.

    """

    level: float
    amount: float
    mcse: float
    contingency: float
    share_of_point: float | None
    negative: bool


@dataclass(frozen=True, kw_only=True)
class BudgetPlan(AnalysisResult):
    """The figures of a budget.

    Attributes
    ----------
    total : SummaryStatistics
        Of the total, USD.
    point_estimate : PointEstimate
    s_curve : SCurve
    contingency : tuple of Contingency
        By confidence level, ascending.
    budget : BudgetStatistics or None
        None where the scenario has no budget.
    tail : TailStatistics
    allocation : tuple of LevelAllocation
        By confidence level, ascending.
    dependence : tuple of TotalSpread
        The total with and without dependence of priors and lines.
    risks : RiskStatistics or None
        None where the scenario has no risk register, and for a run under way.
    overrun : Overruns
        The draws above the budget, or above the P80.

    Examples
    --------
    >>> import llmcost
    >>> plan = llmcost.budget("gpt-4:budget=150e6", draws=2000)
    >>> plan
    <BudgetPlan of gpt-4, 2,000 draws>
    >>> plan.budget.within.value + plan.budget.probability_of_overrun
    1.0

    """

    total: SummaryStatistics
    point_estimate: PointEstimate
    s_curve: SCurve
    contingency: tuple[Contingency, ...]
    budget: BudgetStatistics | None
    tail: TailStatistics
    allocation: tuple[LevelAllocation, ...]
    dependence: tuple[TotalSpread, ...]
    risks: RiskStatistics | None
    overrun: Overruns

    def contingency_at(self, level: Level) -> Contingency:
        """Return the contingency at one of the levels; raises `InvalidValueError` for another."""
        percent = in_percent(level)
        found = next((each for each in self.contingency if each.level == percent), None)
        if found is None:
            raise InvalidValueError(f"no contingency at {percent:.10g}%; request it as one of the `levels` of the budget")
        return found


def plan_budget(scenario: Scenario, options: RunOptions = DEFAULTS, *, levels: Iterable[Level] = ()) -> BudgetPlan:
    """Simulate a scenario and return its budget; `levels` are reported besides 50, 70, 80 and 90 %.

    Where priors are correlated, a second simulation with the same random numbers removes the correlations. Raises
    `NonFiniteResultError` where a quantity is not finite.
    """
    levels = probabilities(levels)
    require_levels(levels, options.draws)
    priors = [name for name, source in scenario.inputs.items() if source.role == "prior"]
    result = simulate_draws(scenario, options, [TOTAL, *scenario.lines, *priors])
    uncorrelated = independent_priors(scenario)
    independent_total = None
    if uncorrelated is not None:
        independent_total = simulate_draws(uncorrelated, options, [TOTAL]).retained_draws[TOTAL]
    without = simulate_without_risks(scenario, options)
    return budget_of_draws(result, options.interval, levels=levels, independent_total=independent_total, without_risks=without)


def budget_of_draws(
    result: SimulationResult,
    interval: Level = 0.95,
    *,
    levels: Iterable[Level] = (),
    independent_total: Array | None = None,
    without_risks: WithoutRisks | None = None,
) -> BudgetPlan:
    """Return the figures of a budget from a result that retains the draws of its total, its lines and its priors.

    `independent_total` are draws of the total with every prior independent, `without_risks` those in which no risk occurs.
    """
    scenario, total, point = result.scenario, result.retained_draws[TOTAL], result.point
    heavy = bool(result.why_no_mean())
    lines = {name: result.retained_draws[name] for name in scenario.lines}
    priors = {name for name, source in scenario.inputs.items() if source.role == "prior"}
    drawn = [name for name in scenario.inputs if name in priors & result.retained_draws.keys()]
    inputs, events = inputs_and_events(scenario, result.retained_draws, drawn), event_quantities(scenario, drawn).values()
    levels = probabilities([*LEVELS, *levels])
    is_known = float(total.min()) == float(total.max())
    far = [] if is_known else level_notes(levels, len(total), TOTAL)
    medians = {name: float(value) for name, value in values_at_medians(scenario).items() if name in lines}
    return BudgetPlan(
        header=header_of(scenario, RunOptions(len(total), result.seed, interval)),
        notes=(
            *scenario.notes,
            *result.notes,
            *latency_notes(result),
            *contract_notes(result),
            *mean_notes(result),
            *old_price_notes(scenario),
            *far,
        ),
        total=summary_statistics(total, interval, heavy=heavy),
        point_estimate=point_estimate(total, point, is_given=scenario.point is not None),
        s_curve=s_curve(total),
        contingency=contingencies(total, point, levels),
        budget=None if scenario.budget is None else budget_statistics(total, scenario.budget, point, heavy=heavy),
        tail=tail_statistics(total, heavy=heavy),
        allocation=tuple(allocate(lines, total, level, medians, point) for level in levels),
        dependence=total_spreads(lines, total, independent_total, result.seed, interval, heavy=heavy),
        risks=risk_statistics(total, without_risks, interval, heavy=heavy),
        overrun=overruns(total, scenario.budget, inputs, set(events)),
    )


def point_estimate(total: Array, point: float, *, is_given: bool) -> PointEstimate:
    """Return the point estimate with its percentile in the distribution of the total."""
    percentile = probability(total <= point)
    return PointEstimate(amount=point, is_given=is_given, percentile=100 * percentile.value, mcse=100 * percentile.error)


def s_curve(total: Array) -> SCurve:
    """Return the cumulative distribution of the total in steps of one percent."""
    percents = np.arange(1, 100)
    shares = percents / 100
    return SCurve(probability=tuple(shares.tolist()), amount=tuple(np.quantile(total, shares).tolist()))


def contingencies(total: Array, point: float, levels: Iterable[Level]) -> tuple[Contingency, ...]:
    """Return the amount at each confidence level and its contingency over the point estimate.

    A point estimate above the amount gives a negative contingency, which is flagged and not set to zero.
    """
    return tuple(_contingency(total, point, level) for level in probabilities(levels))


def _contingency(total: Array, point: float, level: float) -> Contingency:
    amount = quantile(total, level)
    contingency = amount.value - point
    return Contingency(
        level=in_percent(level),
        amount=amount.value,
        mcse=amount.error,
        contingency=contingency,
        share_of_point=contingency / point if point > 0 else None,
        negative=contingency < 0,
    )
