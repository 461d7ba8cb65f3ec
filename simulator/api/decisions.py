"""Analyses for a decision about one scenario: budget, levers, cost and date together, cash flow."""

import datetime

from simulator.analysis.budget import BudgetPlan, plan_budget
from simulator.analysis.cashflow import PERIODS, VIEWS, CashFlow, PeriodLength, View, cash_flow, parse_start
from simulator.analysis.joint import JointConfidence, NoDateError, joint_confidence
from simulator.analysis.lever_results import LeverRanking
from simulator.analysis.levers import rank_levers
from simulator.api.arguments import Openable, ScenarioLike, one_of, opened, run_options, scenario_of
from simulator.api.sources import about
from simulator.api.values import Amount, Levels, Names, amount, levels_of, names_of, share
from simulator.core.levels import Level
from simulator.core.scalars import Number
from simulator.core.suggestions import InvalidValueError
from simulator.engine.options import Progress


def budget(
    source: ScenarioLike,
    *,
    levels: Levels = (),
    draws: Number = 100_000,
    seed: Number = 0,
    interval: Level = 0.95,
    threads: Number | None = None,
    progress: Progress = None,
) -> BudgetPlan:
    """Plan the budget of a scenario: contingency by confidence, its allocation to lines, and what causes an overrun.

    Parameters
    ----------
    source : str, path, mapping, OpenScenario or Scenario
        The scenario. A name may be followed by changes, as in ``"gpt-4:basis=rented"``.
    levels : level or iterable of levels
        Levels of confidence that are reported besides 50, 70, 80 and 90 %; ``0.85``, ``85`` and ``"85%"`` are the same.
    draws : float, default 100,000
        Number of draws, 2 to 1e6, all of which are held in memory.
    seed : int, default 0
        Seed of the random draws; the same seed gives the same result.
    interval : level, default 0.95
        Level of central intervals.
    threads : int or None
        Number of threads, by default one per core; the result does not depend on it.
    progress : callable or None
        Called with the number of draws done and their total.

    Returns
    -------
    BudgetPlan
        Amounts in USD: ``contingency`` by level, ``allocation`` to lines, ``tail``, ``overrun`` and others.

    Raises
    ------
    InvalidInputError
        With all issues of the scenario.
    InvalidValueError
        If an option is invalid.
    NonFiniteResultError
        If a quantity is not finite in some draws.

    See Also
    --------
    joint : Cost and date together.
    cashflow : The same cost over time.

    Notes
    -----
    The contingency is the quantile of the total less the point estimate, as in the Cost Estimating and Assessment Guide of
    the GAO (GAO-20-195G, 2020, chapter 12). The amounts of lines at a level are their means in draws whose total is near that
    quantile (Euler allocation), so they add up to it.

    Examples
    --------
    >>> import llmcost
    >>> plan = llmcost.budget("gpt-4:budget=150e6", levels="85%", draws=1e4)
    >>> [row.level for row in plan.contingency]
    [50.0, 70.0, 80.0, 85.0, 90.0]
    >>> plan.budget.amount
    150000000.0
    >>> plan.contingency_at(80).amount > plan.total.median
    True

    """
    options = run_options(draws, seed, interval, threads, progress)
    return plan_budget(scenario_of(source), options, levels=levels_of(levels))


def levers(
    source: Openable,
    *,
    names: Names | None = None,
    draws: Number = 20_000,
    seed: Number = 0,
    interval: Level = 0.95,
    threads: Number | None = None,
    progress: Progress = None,
) -> LeverRanking:
    """Rank levers by what each alone saves in a scenario, less what it costs to adopt.

    Parameters
    ----------
    source : str, path, mapping or OpenScenario
        The scenario. Its own levers are part of what each lever is compared with. A ``Scenario`` of `read` cannot be varied.
    names : str, iterable of str or None
        Levers of the library that are ranked, by default all.
    draws : float, default 20,000
        Number of draws with each lever, 2 to 1e6.
    seed, interval, threads
        As in `budget`.
    progress : callable or None
        Called with the number of draws done and the total of all levers.

    Returns
    -------
    LeverRanking
        ``levers`` by the median of their net saving in USD, largest first; ``no_line`` for those that change outcomes only, and
        ``inapplicable`` for those that do not apply, with the reason.

    Raises
    ------
    InvalidInputError
        With all issues of the scenario, or for a name that is no lever.
    UnsupportedError
        For a run under way.
    InvalidValueError, NonFiniteResultError
        As in `budget`.

    See Also
    --------
    list_levers : The levers of the library.

    Notes
    -----
    Savings are differences draw by draw, with common random numbers. Those of several levers do not add up, because levers
    interact.

    Examples
    --------
    >>> import llmcost
    >>> ranking = llmcost.levers("gpt-4", names=["spot-instances", "mixture-of-experts"], draws=2000)
    >>> len(ranking.levers) + len(ranking.no_line) + len(ranking.inapplicable)
    2

    """
    options = run_options(draws, seed, interval, threads, progress)
    return rank_levers(opened(source), options, names=None if names is None else names_of(names, "names"))


def joint(
    source: ScenarioLike,
    *,
    cost: Amount | None = None,
    date: Amount | None = None,
    of: str | None = None,
    draws: Number = 100_000,
    seed: Number = 0,
    interval: Level = 0.95,
    threads: Number | None = None,
    progress: Progress = None,
) -> JointConfidence:
    """Estimate the probability of meeting cost and date together, and pairs of targets with a given probability.

    Parameters
    ----------
    source : str, path, mapping, OpenScenario or Scenario
        The scenario.
    cost : float, str or None
        Limit of the cost, USD; by default the budget of the scenario, or else the P70.
    date : float, str or None
        Limit of the date: hours from the start, or a text such as ``"18 month"``; by default the P70.
    of : str or None
        The quantity used as date, by default the first of ``release``, ``duration`` and ``wall_clock`` that there is.
    draws, seed, interval, threads, progress
        As in `budget`.

    Returns
    -------
    JointConfidence
        ``quadrants`` with the share of draws within both targets, ``frontier`` at 50 and 70 % (months, USD), and others.

    Raises
    ------
    NoDateError
        If the scenario has no time, or `of` is none.
    InvalidInputError, InvalidValueError, NonFiniteResultError
        As in `budget`.

    Notes
    -----
    The joint confidence level of NASA (Cost Estimating Handbook 4.0, 2015, appendix J): projects are funded at 50 % or more
    and their baseline is set at 70 %.

    Examples
    --------
    >>> import llmcost
    >>> result = llmcost.joint("gpt-4", cost=150e6, date="4 month", draws=1e4)
    >>> result.time
    'duration'
    >>> round(result.date_target.months, 6)
    4.0
    >>> result.quadrants.within_both.value <= result.cost_target.probability.value
    True

    """
    options = run_options(draws, seed, interval, threads, progress)
    latest = None if date is None else amount(date, "hour", "date")
    time = None if of is None else names_of(of, "of")[0]
    scenario = scenario_of(source)
    max_cost = None if cost is None else amount(cost, scenario.currency, "cost")
    with about(scenario, NoDateError):
        return joint_confidence(scenario, options, cost=max_cost, date=latest, of=time)


def cashflow(
    source: ScenarioLike,
    *,
    rate: Amount = 0.0,
    view: View = "cash",
    start: str | datetime.date | None = None,
    period: PeriodLength = "month",
    draws: Number = 20_000,
    seed: Number = 0,
    interval: Level = 0.95,
    threads: Number | None = None,
    progress: Progress = None,
) -> CashFlow:
    """Return what a scenario pays in each period of its schedule, or what it costs.

    Parameters
    ----------
    source : str, path, mapping, OpenScenario or Scenario
        The scenario. Without a ``schedule``, its phases are derived from its durations.
    rate : float or str, default 0
        Discount rate per year as a share, for the present value of the payments: ``0.08`` or ``"8%"``.
    view : {"cash", "accrual"}
        Payments when they are due, without depreciation and equity; or all costs when they accrue.
    start : str, date or None
        First month or day of the schedule, such as ``"2027-01"``; by default that of the scenario.
    period : {"month", "quarter", "year"}
        Length of a period; with a start, quarters and years are those of the calendar.
    draws : float, default 20,000
        Number of draws, 2 to 1e6; those of every line in every month are held in memory.
    seed, interval, threads, progress
        As in `budget`.

    Returns
    -------
    CashFlow
        ``periods`` with amounts by line in USD, ``budget`` by period with the probability of being within it, ``lines`` with
        their terms of payment, ``peak_funding``, ``present_value`` and others.

    Raises
    ------
    InvalidInputError, InvalidValueError, NonFiniteResultError
        As in `budget`.

    Notes
    -----
    The bounds of periods do not add up; the amounts of lines do, draw by draw: to ``cash_cost``, or to the total cost.
    Terms of payment are those of ``priors/payments.yaml`` unless the scenario has others under ``payments``.

    Examples
    --------
    >>> import llmcost
    >>> phases = {"data": {"duration": "2 to 4 month"}, "final_run": {"lines": ["chip_cost", "energy_cost"]}}
    >>> plan = {"extends": "gpt-4", "schedule": phases}
    >>> flow = llmcost.cashflow(plan, period="quarter", start="2027-02", rate="8%", draws=2000)
    >>> flow.periods[0].label, flow.periods[0].months
    ('2027 Q1', 2)
    >>> flow.present_value.median < flow.total.median
    True

    """
    options = run_options(draws, seed, interval, threads, progress)
    one_of(period, "period", PERIODS)
    one_of(view, "view", VIEWS)
    discount = share(rate, "rate")
    if discount and view == "accrual":
        raise InvalidValueError("a present value is that of payments; leave out the rate, or take view='cash'")
    first = start if start is None or isinstance(start, datetime.date) else parse_start(str(start))
    return cash_flow(scenario_of(source), options, rate=discount, view=view, start=first, period=period)
