"""Joint confidence: the probability of meeting cost and date together, and the pairs of targets of a given probability."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from simulator.analysis.statistics import Array, Estimate, SummaryStatistics, probability, simulate_draws, summary_statistics
from simulator.analysis.waiting import after_wait, wait_names, wait_notes
from simulator.core.errors import LlmcostError
from simulator.core.levels import Level, in_percent, probability_of
from simulator.core.results import AnalysisResult
from simulator.core.suggestions import suggest_nearest
from simulator.core.units import HOURS_PER_YEAR
from simulator.engine.graph import Plan, build_plan
from simulator.engine.options import DEFAULTS, RunOptions
from simulator.engine.result import SimulationResult
from simulator.engine.summaries import rank_correlation
from simulator.io.header import header_of
from simulator.scenario import TOTAL, Scenario

MONTH = HOURS_PER_YEAR / 12
TIMES = ("release", "duration", "wall_clock")
"""Quantities used as the date, in order of preference: the release of the schedule, the time for which staff is paid, and the
length of the final run."""
LEVELS = (0.5, 0.7)
"""NASA funds at 50 % at least and sets the baseline at 70 % (Cost Estimating Handbook 4.0, appendix J)."""


FRONTIER_QUANTILE = 0.99
"""Quantile of cost and of date up to which a frontier of both is reported."""
MIN_DRAWS_BEYOND = 25
"""Minimum number of draws at or beyond a point of a frontier; with fewer, the point depends on extreme draws alone."""


class NoDateError(LlmcostError, ValueError):
    """A scenario without a quantity that can serve as the date.

    Examples
    --------
    >>> import llmcost
    >>> llmcost.joint("gpt-4", of="chip_price")
    Traceback (most recent call last):
        ...
    llmcost.NoDateError: gpt-4 has chip_price in USD/chip, which is not a time

    """

    __module__ = "llmcost"  # where users import it from, which tracebacks show


def date_quantity(scenario: Scenario, name: str | None = None) -> str:
    """Return the quantity used as the date; raise `NoDateError` where there is none, or where `name` is not a time."""
    if name is None:
        default = next((time for time in TIMES if _plan_with(scenario, time) is not None), None)
        if default is None:
            raise NoDateError("has no quantity for the date: give it a `schedule`, or the inputs of wall_clock")
        return default
    if name not in scenario.graph.units:
        times = [quantity for quantity in scenario.plan.names if scenario.unit(quantity) == "hour"]
        hint = suggest_nearest(name, times) or f"; its times are {', '.join(times) or 'none'}"
        raise NoDateError(f"has no {name!r}{hint}")
    if scenario.unit(name) != "hour":
        raise NoDateError(f"has {name} in {scenario.unit(name)}, which is not a time")
    if _plan_with(scenario, name) is None:
        raise NoDateError(f"lacks the inputs of {name}")
    return name


def _plan_with(scenario: Scenario, name: str) -> Plan | None:
    """Return the plan of a scenario with one more quantity, or None where its inputs are missing."""
    if name not in scenario.graph.units:
        return None
    try:
        return build_plan(scenario.graph, scenario.inputs, [*scenario.plan.names, name])
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class CostTarget:
    """A limit of the cost.

    Attributes
    ----------
    amount : float
        USD.
    is_given : bool
        Whether the user or the scenario gave it; otherwise it is the P70.
    probability : Estimate
        Probability of staying within it.

    """

    amount: float
    is_given: bool
    probability: Estimate


@dataclass(frozen=True, slots=True)
class DateTarget:
    """A limit of the date.

    Attributes
    ----------
    hours, months : float
        From the start.
    is_given : bool
        Whether the user gave it; otherwise it is the P70.
    probability : Estimate
        Probability of meeting it.

    """

    hours: float
    months: float
    is_given: bool
    probability: Estimate


@dataclass(frozen=True, slots=True)
class Quadrants:
    """Shares of draws by the targets that they meet; they add up to one.

    Attributes
    ----------
    within_both : Estimate
    over_cost, late : Estimate
        Over one target alone.
    over_both : Estimate

    """

    within_both: Estimate
    over_cost: Estimate
    late: Estimate
    over_both: Estimate


@dataclass(frozen=True, slots=True)
class Frontier:
    """Pairs of targets with the same probability of meeting both.

    Attributes
    ----------
    months, cost : list of float
        The pairs: months from the start and USD; the cost falls with the time.
    date_percentile : list of float
        Percentile of each date by itself.
    earliest_months, least_cost : float
        Limits of the pairs: the quantiles of time and of cost by themselves.

    """

    months: list[float]
    cost: list[float]
    date_percentile: list[float]
    earliest_months: float
    least_cost: float


@dataclass(frozen=True, kw_only=True)
class JointConfidence(AnalysisResult):
    """The joint distribution of cost and date.

    Attributes
    ----------
    time : str
        The quantity that serves as the date, to which a wait before the project is added.
    cost_target : CostTarget
    date_target : DateTarget
    quadrants : Quadrants
    rank_correlation : float
        Spearman's rank correlation of cost and date.
    cost : SummaryStatistics
        Of the total, USD.
    months : SummaryStatistics
        Of the date, months from the start.
    frontier : dict of str to Frontier
        By probability in percent.
    frontier_up_to : float
        Percentile of cost and date up to which the frontier is reported.

    Examples
    --------
    >>> import llmcost
    >>> joint = llmcost.joint("gpt-4", draws=2000)
    >>> list(joint.frontier)
    ['50', '70']

    """

    time: str
    cost_target: CostTarget
    date_target: DateTarget
    quadrants: Quadrants
    rank_correlation: float
    cost: SummaryStatistics
    months: SummaryStatistics
    frontier: Mapping[str, Frontier]
    frontier_up_to: float


def joint_confidence(
    scenario: Scenario,
    options: RunOptions = DEFAULTS,
    *,
    cost: float | None = None,
    date: float | None = None,
    of: str | None = None,
) -> JointConfidence:
    """Simulate a scenario and return the joint distribution of cost (USD) and date (hours from the start).

    Targets default to the scenario's budget, or else to the P70 of each. `of` names another quantity for the date. Raises
    `NoDateError`, and `NonFiniteResultError` where a quantity is not finite.
    """
    time = date_quantity(scenario, of)
    return joint_statistics(simulate_cost_and_date(scenario, time, options), time, options, cost=cost, date=date)


def simulate_cost_and_date(scenario: Scenario, time: str, options: RunOptions = DEFAULTS) -> SimulationResult:
    """Simulate a scenario and retain the draws of its total and of a `date_quantity`."""
    extended_plan = _plan_with(scenario, time)
    assert extended_plan is not None
    result = simulate_draws(replace(scenario, plan=extended_plan), options, [TOTAL, time, *wait_names(scenario)])
    return replace(result, scenario=scenario)  # the date is no part of the scenario, nor of its fingerprint


def date_draws(result: SimulationResult, time: str) -> Array:
    """Return the draws of the date, hours from the start of the wait before the project, or of the project if it has none."""
    return after_wait(result.retained_draws[time], result.retained_draws)


def joint_statistics(
    result: SimulationResult, time: str, options: RunOptions, *, cost: float | None = None, date: float | None = None
) -> JointConfidence:
    """Return the joint statistics of a result that retains the draws of its total and of `time` (hours)."""
    scenario = result.scenario
    total, hours = result.retained_draws[TOTAL], date_draws(result, time)
    cost = scenario.budget if cost is None else cost
    max_cost = float(np.quantile(total, 0.7)) if cost is None else cost
    latest = float(np.quantile(hours, 0.7)) if date is None else date
    return JointConfidence(
        header=header_of(scenario, options.with_(draws=len(total))),
        notes=wait_notes(scenario, result.retained_draws),
        time=time,
        cost_target=CostTarget(max_cost, cost is not None, probability(total <= max_cost)),
        date_target=DateTarget(latest, latest / MONTH, date is not None, probability(hours <= latest)),
        quadrants=quadrants(total, hours, max_cost, latest),
        rank_correlation=rank_correlation(total, hours),
        cost=summary_statistics(total, options.interval, heavy=bool(result.why_no_mean())),
        months=summary_statistics(hours / MONTH, options.interval),
        frontier={f"{100 * level:g}": _frontier(total, hours, level) for level in LEVELS},
        frontier_up_to=in_percent(FRONTIER_QUANTILE),
    )


def quadrants(cost: Array, time: Array, max_cost: float, latest: float) -> Quadrants:
    """Return the shares of draws within both targets, over one alone, and over both."""
    is_within_cost, is_in_time = cost <= max_cost, time <= latest
    return Quadrants(
        within_both=probability(is_within_cost & is_in_time),
        over_cost=probability(~is_within_cost & is_in_time),
        late=probability(is_within_cost & ~is_in_time),
        over_both=probability(~is_within_cost & ~is_in_time),
    )


def _frontier(cost: Array, time: Array, level: Level) -> Frontier:
    pairs = frontier(cost, time, level)
    return Frontier(
        months=(pairs.times / MONTH).tolist(),
        cost=pairs.costs.tolist(),
        date_percentile=[100 * float(np.mean(time <= date)) for date in pairs.times],
        earliest_months=pairs.earliest / MONTH,
        least_cost=pairs.cheapest,
    )


class FrontierDraws(NamedTuple):
    """Pairs of a time and a cost with the same probability of meeting both; the cost falls with the time.

    `earliest` and `cheapest` are the limits of the pairs: the quantiles of time and of cost by themselves.
    """

    times: Array
    costs: Array
    earliest: float
    cheapest: float


def frontier(cost: Array, time: Array, level: Level, points: int = 41) -> FrontierDraws:
    """Return times and the least costs with P(cost <= c and time <= t) at `level` (the iso-confidence line, NASA's JCL).

    Its two extremes depend on extreme draws alone, so it is reported from the earliest date attainable within the P99 of the
    cost (`FRONTIER_QUANTILE`) to the P99 of the date. A pair is omitted where fewer than `MIN_DRAWS_BEYOND` draws lie at or
    above its cost among those in time, or at or after its date.
    """
    level = probability_of(level)
    needed = math.ceil(level * len(cost))
    earliest, cheapest = (float(np.partition(values, needed - 1)[needed - 1]) for values in (time, cost))
    latest, dearest = float(np.quantile(time, FRONTIER_QUANTILE)), float(np.quantile(cost, FRONTIER_QUANTILE))
    order = np.argsort(time, kind="stable")
    cost, time = cost[order], time[order]
    first = int(np.searchsorted(np.cumsum(cost <= dearest), needed)) + 1
    last = int(np.searchsorted(time, latest, side="right"))
    ranks = np.linspace(first, last, points).round().astype(np.int64) if first <= last else np.array([], dtype=np.int64)
    # Draws with the same time are included or excluded together.
    ranks = np.unique(np.searchsorted(time, time[ranks - 1], side="right"))
    pairs = []
    for rank in ranks.tolist():
        date, costs = time[rank - 1], cost[:rank]
        max_cost = np.partition(costs, needed - 1)[needed - 1]
        later = len(time) - int(np.searchsorted(time, date))
        if min(later, int(np.count_nonzero(costs >= max_cost))) >= MIN_DRAWS_BEYOND:
            pairs.append((date, max_cost))
    times, least = np.array(pairs, dtype=np.float64).reshape(-1, 2).T
    return FrontierDraws(times, least, earliest, cheapest)
