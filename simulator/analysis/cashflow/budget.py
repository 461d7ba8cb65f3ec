"""A budget in time: how much of it there is by the end of each month, and the probability of being within it."""

import datetime
from collections.abc import Sequence

import numpy as np

from simulator.analysis.cashflow.bands import band
from simulator.analysis.cashflow.calendar import Span, month_label
from simulator.analysis.cashflow.results import BudgetInTime, BudgetPeriod
from simulator.analysis.statistics import Array, probability
from simulator.core.levels import Level
from simulator.core.suggestions import InvalidValueError
from simulator.scenario import Scenario

_ROUNDING = 1e-9


def planned_by_month(scenario: Scenario, cumulative: Array, start: datetime.date | None) -> Array | None:
    """Return the budget from the start to the end of each month; None without a budget.

    One amount is distributed as the median of what is paid by the end of each month.
    """
    months = cumulative.shape[1]
    if scenario.budget_plan:
        return np.cumsum(_by_month(scenario, months, start))
    if scenario.budget is None:
        return None
    medians: Array = np.median(cumulative, axis=0)
    return scenario.budget * medians / medians[-1] if medians[-1] > 0 else np.full(months, scenario.budget)


def _by_month(scenario: Scenario, months: int, start: datetime.date | None) -> Array:
    """Return the budget of each month; what comes before the first is in it, and what comes after the last in the last."""
    labels = {month_label(start, month): month for month in range(months)}
    amounts = np.zeros(months)
    for month, amount in scenario.budget_plan:
        if "-" in month and start is None:
            raise InvalidValueError(
                "budget_plan has months of the calendar; give the first, as in `start: 2027-01` or --start 2027-01"
            )
        if "-" not in month and start is not None:
            raise InvalidValueError(
                f"budget_plan has numbers of months; write months of the calendar, as in {month_label(start, 0)}"
            )
        amounts[labels.get(month, 0 if _is_before(month, start) else months - 1)] += amount
    return amounts


def _is_before(month: str, start: datetime.date | None) -> bool:
    return start is not None and month < f"{start.year}-{start.month:02}"


def budget_in_time(
    scenario: Scenario,
    cumulative: Array,
    spans: Sequence[Span],
    start: datetime.date | None,
    interval: Level,
    *,
    has_mean: bool,
) -> BudgetInTime | None:
    """Return the budget at the end of each period; `cumulative` is what is paid by the end of each month, draw by draw."""
    planned = planned_by_month(scenario, cumulative, start)
    if planned is None or scenario.budget is None:
        return None
    ends = [span.first + span.months - 1 for span in spans]
    slack = _ROUNDING * abs(scenario.budget)
    is_within = cumulative[:, ends] <= planned[ends] + slack
    rows = []
    for place, (span, end) in enumerate(zip(spans, ends, strict=True)):
        share, error = probability(is_within[:, place])
        rows.append(BudgetPeriod(span.label, float(planned[end]), share, error))
    share, error = probability(is_within.all(axis=1))
    excess = np.maximum((cumulative - planned).max(axis=1), 0.0)
    return BudgetInTime(
        amount=float(scenario.budget),
        is_spread=not scenario.budget_plan,
        periods=tuple(rows),
        probability=share,
        error=error,
        gap=band(excess, interval, has_mean=has_mean),
    )
