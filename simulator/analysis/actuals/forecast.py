"""Forecast at completion: what has been spent, and what remains of the plan conditional on it."""

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simulator.analysis.actuals.conditioning import MIN_AGREEING, TOLERANCE, ConditionalDraws, condition_draws
from simulator.analysis.actuals.report import ReportedSpending, group_lines, report_spending
from simulator.analysis.actuals.results import (
    ActualsForecast,
    AmountErrors,
    BudgetForecast,
    BurnUpMonth,
    LineForecast,
    PercentileAmounts,
    UncertainAmount,
)
from simulator.analysis.cashflow.calendar import month_label
from simulator.analysis.cashflow.draws import DEFAULTS, CashFlowDraws, View, simulate_cash_flow
from simulator.analysis.statistics import Array, quantile
from simulator.analysis.statistics import probability as share_of
from simulator.analysis.stress.weighted_draws import quantiles_with_errors, weighted_quantiles
from simulator.core.errors import UnsupportedError
from simulator.core.formatting import format_money, share_of_draws, to_words
from simulator.core.levels import Level
from simulator.core.results import Note
from simulator.engine.actuals import Actuals
from simulator.engine.options import RunOptions
from simulator.engine.summaries import Estimate, interval_bounds
from simulator.io.header import header_of
from simulator.scenario import TOTAL, Scenario

PERCENTILES = (0.1, 0.5, 0.9)
_FEW_DRAWS = 200
_FAR = 0.001


@dataclass(frozen=True, slots=True)
class ForecastDraws:
    """Draws of a plan, and those of its forecast at completion, in the money of each month.

    Attributes
    ----------
    plan : CashFlowDraws
    groups : dict of str to tuple of str
        The lines of each row of the forecast: one, or those that one account covers.
    planned : dict of str to array
        What the plan spends on each group, (draws, months).
    report : ReportedSpending
    conditional : ConditionalDraws
    future : dict of str to array
        What is still to be spent on each group, (draws of `conditional`, months): from the end of the report on.

    """

    plan: CashFlowDraws
    groups: Mapping[str, tuple[str, ...]]
    planned: Mapping[str, Array]
    report: ReportedSpending
    conditional: ConditionalDraws
    future: Mapping[str, Array]

    @property
    def spent(self) -> dict[str, float]:
        """Reported amounts by group."""
        return {name: float(self.report.amounts[name].sum()) if name in self.report.amounts else 0.0 for name in self.groups}


def forecast_at_completion(
    scenario: Scenario,
    actuals: Actuals | None = None,
    options: RunOptions = DEFAULTS,
    *,
    view: View = "cash",
    start: datetime.date | None = None,
    tolerance: float = TOLERANCE,
) -> ActualsForecast:
    """Return the forecast at completion of a scenario, given actual spending (by default that of the scenario).

    Raises `InvalidInputError` with all issues of the reported amounts, and `UnsupportedError` where there are none, or where
    the scenario states the progress of a run.
    """
    actuals = actuals or scenario.actuals
    if actuals is None:
        raise UnsupportedError(f"{scenario.name} has no `actuals`; give month, line and amount of what was spent")
    if scenario.paused_run is not None:
        raise UnsupportedError(
            f"{scenario.name} states the `progress` of a run, which is conditional on what was spent too; keep one of "
            "`progress` and `actuals`"
        )
    plan = simulate_cash_flow(scenario, options, view=view, start=start)
    return forecast_of_draws(forecast_draws(plan, actuals, options.seed, tolerance), options, tolerance=tolerance)


def forecast_draws(plan: CashFlowDraws, actuals: Actuals, seed: int = 0, tolerance: float = TOLERANCE) -> ForecastDraws:
    """Return the draws of the forecast from those of the plan."""
    by_line = _in_money_of_month(plan)
    groups = actuals.groups(by_line)
    planned = group_lines(by_line, groups)
    not_paid = [line for line in plan.result.scenario.lines if line not in by_line]
    report = report_spending(actuals, planned, groups, plan.start, not_paid)
    covered = {name: share for name, share in report.coverage.items() if share.any()}
    conditional = condition_draws(
        planned={name: planned[name] @ share for name, share in covered.items()},
        reported={name: float(report.amounts[name].sum()) if name in report.amounts else 0.0 for name in covered},
        remaining={name: np.abs(amounts) @ (1 - report.coverage[name]) for name, amounts in planned.items()},
        seed=seed,
        tolerance=tolerance,
    )
    next_month = min(int(report.elapsed + 1e-9), plan.months - 1)
    future = {}
    for name, amounts in planned.items():
        left = amounts[conditional.places] * (1 - report.coverage[name]) * conditional.factors[name][:, None]
        left[:, next_month] += conditional.late.get(name, 0.0)
        future[name] = left
    return ForecastDraws(plan, groups, planned, report, conditional, future)


def _in_money_of_month(plan: CashFlowDraws) -> Mapping[str, Array]:
    """Return the amounts of the lines at the prices of each month, in which invoices are."""
    if plan.then_year is plan.total or np.array_equal(plan.then_year, plan.total):
        return plan.by_line
    growth = np.where(plan.total != 0, plan.then_year / np.where(plan.total != 0, plan.total, 1), 1)
    return {line: amounts * growth for line, amounts in plan.by_line.items()}


def forecast_of_draws(draws: ForecastDraws, options: RunOptions, *, tolerance: float = TOLERANCE) -> ActualsForecast:
    """Return the figures of a forecast."""
    plan, report, conditional = draws.plan, draws.report, draws.conditional
    scenario = plan.result.scenario
    return ActualsForecast(
        header=header_of(scenario, options),
        notes=(*_scenario_notes(scenario), *plan.notes, *report.notes, *_notes(draws, tolerance)),
        view=plan.view,
        through=month_label(plan.start, report.covered_months - 1),
        months=report.elapsed,
        total=_line_forecast(draws, tuple(draws.groups), TOTAL, "", options.interval),
        lines=tuple(_line_forecast(draws, (name,), name, conditional.rules[name], options.interval) for name in draws.groups),
        budget=None if scenario.budget is None else _budget_forecast(draws, scenario.budget),
        burn_up=_burn_up(draws),
        effective_draws=conditional.effective,
        agreeing_draws=len(conditional.places),
        tolerance=tolerance,
        kernel_width=tolerance * conditional.widening if math.isfinite(conditional.widening) else None,
        tail_probability=conditional.tail_probability,
    )


def _scenario_notes(scenario: Scenario) -> list[Note]:
    return [note for note in scenario.notes if note.code != "actuals"]


def _line_forecast(draws: ForecastDraws, names: Sequence[str], name: str, rule: str, interval: Level) -> LineForecast:
    """Return the forecast of the sum of some groups."""
    spent = math.fsum(draws.spent[each] for each in names)
    planned: Array = np.sum([draws.planned[each].sum(axis=1) for each in names], axis=0)
    to_date = np.sum([draws.planned[each] @ draws.report.coverage[each] for each in names], axis=0)
    remaining: Array = np.sum([draws.future[each].sum(axis=1) for each in names], axis=0)
    return LineForecast(
        name=name,
        lines=tuple(line for each in names for line in draws.groups[each]),
        rule=rule,
        spent=spent,
        planned_to_date=PercentileAmounts(*np.quantile(to_date, PERCENTILES).tolist()),
        planned_at_completion=_planned_amount(planned, interval),
        remaining=_forecast_amount(remaining, draws.conditional.weights, interval),
        at_completion=_forecast_amount(spent + remaining, draws.conditional.weights, interval),
    )


def _planned_amount(values: Array, interval: Level) -> UncertainAmount:
    estimates = [quantile(values, p) for p in (0.5, *interval_bounds(interval), 0.8)]
    return _amount([each.value for each in estimates], [each.error for each in estimates])


def _forecast_amount(values: Array, weights: Array, interval: Level) -> UncertainAmount:
    amounts, errors = quantiles_with_errors(values, weights, (0.5, *interval_bounds(interval), 0.8))
    return _amount(amounts, errors)


def _amount(values: Sequence[float], errors: Sequence[float]) -> UncertainAmount:
    """Return an amount from its median, its bounds and its P80."""
    median, low, high, p80 = values
    return UncertainAmount(median, low, high, p80, AmountErrors(*errors))


def _budget_forecast(draws: ForecastDraws, budget: float) -> BudgetForecast:
    weights = draws.conditional.weights
    at_completion = math.fsum(draws.spent.values()) + np.sum([each.sum(axis=1) for each in draws.future.values()], axis=0)
    is_within = at_completion <= budget
    within = float(np.sum(weights[is_within]))
    error = math.sqrt(float(np.sum((weights * (is_within - within)) ** 2)))
    planned = np.sum([each.sum(axis=1) for each in draws.planned.values()], axis=0)
    return BudgetForecast(budget, share_of(planned <= budget), Estimate(min(within, 1.0), error))


def _burn_up(draws: ForecastDraws) -> tuple[BurnUpMonth, ...]:
    """Return cumulative spending by month: actual, of the plan and of the forecast."""
    plan, report, weights = draws.plan, draws.report, draws.conditional.weights
    planned = np.cumsum(np.sum(list(draws.planned.values()), axis=0), axis=1)
    reportable = np.cumsum(np.sum([each * report.coverage[name] for name, each in draws.planned.items()], axis=0), axis=1)
    actual = np.cumsum(np.sum([*report.amounts.values(), np.zeros(plan.months)], axis=0))
    future = np.cumsum(np.sum(list(draws.future.values()), axis=0), axis=1)
    bands = np.quantile(planned, PERCENTILES, axis=0)
    months = []
    for month in range(plan.months):
        is_reported = month < report.covered_months
        forecast = None
        if month + 1 >= report.elapsed - 1e-9:
            forecast = PercentileAmounts(*weighted_quantiles(actual[month] + future[:, month], weights, PERCENTILES).tolist())
        months.append(
            BurnUpMonth(
                month=month_label(plan.start, month),
                from_month=month,
                actual=float(actual[month]) if is_reported else None,
                percentile=100 * float(np.mean(reportable[:, month] <= actual[month])) if is_reported else None,
                plan=PercentileAmounts(*bands[:, month].tolist()),
                forecast=forecast,
            )
        )
    return tuple(months)


# --- notes ----------------------------------------------------------------------------------------------------------------

_RULES = {
    "above": "more was spent than the draws of the plan spend; what remains is scaled by the excess",
    "below": "less was spent than the draws of the plan spend; the difference is counted as late and not as saved",
    "late": "nothing was spent, where the draws of the plan spend; what they spend by now is counted as late and not as saved",
    "early": "spent although no draw of the plan spends on it by now; the amount is subtracted from what remains",
    "rare": f"fewer than {MIN_AGREEING} draws have begun, or not begun, the same lines; the amount is not used; use more draws",
}
"""What the reader should know about lines, by their rule."""


def _basis_note(draws: ForecastDraws) -> Note:
    """Return the note on what amounts are, and on the difference from the total cost, with which a run compares the budget."""
    if draws.plan.view == "accrual":
        return Note("basis-of-amounts", "view", "amounts are costs as they accrue (accrual), and so is the budget")
    costs, payments = draws.plan.result.retained_draws[TOTAL], draws.plan.then_year.sum(axis=1)
    currency = draws.plan.result.scenario.currency
    cost, paid = (format_money(float(np.median(each)), currency) for each in (costs, payments))
    text = (
        f"amounts are payments (cash), and so is the budget: the plan pays {paid} and costs {cost} at the medians; without "
        "what was spent, `run` compares the budget with the cost, and `--accrual` forecasts it"
    )
    return Note("basis-of-amounts", "view", text)


def _notes(draws: ForecastDraws, tolerance: float) -> list[Note]:
    """Return notes on lines outside the draws, on a report outside them as a whole, and on few effective draws."""
    conditional = draws.conditional
    notes = [_basis_note(draws)]
    for rule, text in _RULES.items():
        names = [to_words(name) for name, each in conditional.rules.items() if each == rule]
        if names:
            notes.append(Note(f"actuals-{rule}", "", f"{', '.join(names)}: {text}"))
    if conditional.tail_probability < _FAR:
        text = (
            f"fewer than {share_of_draws(_FAR)} of the plan are as far from its centre as the amounts reported, "
            "taken together: the forecast is an extrapolation; check the amounts, and the priors of the lines that differ most"
        )
        notes.append(Note("actuals-outside", "", text))
    if conditional.effective < _FEW_DRAWS:
        text = f"the forecast rests on {conditional.effective:,.0f} effective draws; use more draws"
        notes.append(Note("few-effective-draws", "", text))
    return notes
