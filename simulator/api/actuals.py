"""Forecast at completion: a plan conditional on what was spent."""

import datetime
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from simulator.analysis.actuals.conditioning import TOLERANCE
from simulator.analysis.actuals.forecast import forecast_at_completion
from simulator.analysis.actuals.report import with_options
from simulator.analysis.actuals.results import ActualsForecast
from simulator.analysis.cashflow import VIEWS, View, parse_start
from simulator.api.arguments import ScenarioLike, one_of, run_options, scenario_of, short
from simulator.api.values import Amount, File, Names, file_of, names_of, share
from simulator.core.levels import Level
from simulator.core.scalars import Number
from simulator.core.suggestions import InvalidValueError
from simulator.engine.actuals import MISSING, Actuals, MissingAmounts
from simulator.engine.options import Progress
from simulator.engine.scenario import Scenario
from simulator.records import actuals as table

ActualsLike = File | Iterable[Mapping[str, object] | Sequence[object]]
"""Actual spending: path of a CSV file, or rows of month, line and amount."""


def forecast(
    source: ScenarioLike,
    actuals: ActualsLike | None = None,
    *,
    accounts: Mapping[str, Names] | None = None,
    missing: MissingAmounts | None = None,
    through: str | datetime.date | None = None,
    as_of: str | datetime.date | None = None,
    view: View = "cash",
    start: str | datetime.date | None = None,
    tolerance: Amount = TOLERANCE,
    draws: Number = 20_000,
    seed: Number = 0,
    interval: Level = 0.95,
    threads: Number | None = None,
    progress: Progress = None,
) -> ActualsForecast:
    """Forecast what a scenario costs in all, given what was spent on its lines so far.

    Parameters
    ----------
    source : str, path, mapping, OpenScenario or Scenario
        The scenario. Its ``budget`` is compared with the forecast.
    actuals : path, iterable of mappings or tuples, or None
        A CSV file, or rows of ``month``, ``line`` and ``amount`` in the currency of the results; by default those of the
        scenario (``actuals``). A month is ``"2026-03"``, a day in it, or its number from 1. Amounts of the same line and month
        are added; a negative one is a refund.
    accounts : mapping of str to str or iterable of str, optional
        The line, or the lines, that an account in place of a line covers: ``{"Cloud bill": ["rental_cost", "idle_cost"]}``.
        ``"none"`` leaves the amounts of an account out, ``"all"`` is every line.
    missing : {"refuse", "zero", "estimate"} or None
        What an amount is that is missing in a month in which the plan spends on its line: an error, nothing spent, or not
        known. By default that of the scenario, or else an error.
    through : str, date or None
        Day, or number of months from the start, up to which the amounts are complete: ``"2026-03-15"``. By default the end of
        the last month that has an amount.
    as_of : str, date or None
        Day, or month whose end, is taken as today: ``"2027-03"`` rehearses a plan with amounts of months to come.
    view : {"cash", "accrual"}
        Whether amounts are what was paid, or the cost that was incurred.
    start : str, date or None
        First month or day of the schedule, in place of that of the scenario.
    tolerance : float or str, default 0.05
        How far amounts are from what a draw of the plan spends, although its inputs are right: a standard deviation of the
        logarithm. Besides, one percent of what was spent in all may be booked on another line.
    draws : float, default 20,000
        Number of draws, 2 to 1e6; those of every line in every month are held in memory.
    seed, interval, threads, progress
        As in `budget`.

    Returns
    -------
    ActualsForecast
        ``total`` and ``lines`` with what was spent, what remains and the estimate at completion, ``budget`` with the
        probability of staying within it, ``burn_up`` by month, and ``effective_draws``.

    Raises
    ------
    InvalidInputError
        With all issues of the scenario and of the amounts.
    UnsupportedError
        Where there are no amounts, or the scenario states the progress of a run.
    InvalidValueError, NonFiniteResultError
        As in `budget`.

    See Also
    --------
    cashflow : The plan by month.

    Notes
    -----
    Draws are weighted by how near their spending so far is to the reported amounts; a Kalman update of the logarithms takes the
    part of the condition for which there are not enough draws (Frei and Künsch 2013, Biometrika 100(4)).

    Examples
    --------
    >>> import llmcost
    >>> plan = {"extends": "gpt-4", "budget": "150e6 USD", "start": "2026-01",
    ...         "schedule": {"data": {"duration": "3 month"}, "final_run": {"lines": ["chip_cost"]}}}
    >>> rows = [{"month": "2026-01", "line": "staff_cost", "amount": 3e6}]
    >>> result = llmcost.forecast(plan, rows, view="accrual", missing="estimate", draws=2000)
    >>> result.through, result.total.spent
    ('2026-01', 3000000.0)
    >>> result.total.at_completion.p80 > result.total.at_completion.median
    True

    """
    options = run_options(draws, seed, interval, threads, progress)
    one_of(view, "view", VIEWS)
    if missing is not None:
        one_of(missing, "missing", MISSING)
    first = start if start is None or isinstance(start, datetime.date) else parse_start(str(start))
    error = share(tolerance, "tolerance")
    if error == 0:
        raise InvalidValueError("tolerance must be above zero: no draw spends exactly what was reported")
    scenario = scenario_of(source)
    reported = actuals_of(actuals, scenario)
    if reported is not None:
        until, today = ("" if each is None else str(each) for each in (through, as_of))
        reported = with_options(reported, until, missing or "", _accounts(accounts), today)
    elif accounts or missing or through or as_of:
        raise InvalidValueError("accounts, missing, through and as_of are about `actuals`; give these too")
    return forecast_at_completion(scenario, reported, options, view=view, start=first, tolerance=error)


def actuals_of(actuals: ActualsLike | None, scenario: Scenario) -> Actuals | None:
    """Return the amounts of a file or of rows, with the options that the scenario states; or those of the scenario."""
    if actuals is None:
        return scenario.actuals
    if isinstance(actuals, str | os.PathLike):
        found = table.read(file_of(actuals, "actuals"), scenario.currency)
    elif isinstance(actuals, Iterable) and not isinstance(actuals, Mapping):
        found = table.from_rows(actuals)
    else:
        raise InvalidValueError(f"actuals must be a path, or rows of month, line and amount, not {short(actuals)}")
    own = scenario.actuals
    return found if own is None else replace(found, missing=own.missing, accounts=own.accounts, as_of=own.as_of)


def _accounts(accounts: Mapping[str, Names] | None) -> dict[str, tuple[str, ...]]:
    if accounts is None:
        return {}
    if not isinstance(accounts, Mapping):
        raise InvalidValueError(f"accounts must map accounts to lines, not {short(accounts)}")
    return {str(account): names_of(lines, "accounts") for account, lines in accounts.items()}
