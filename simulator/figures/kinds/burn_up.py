"""Cumulative spending: actual, beside the plan and the forecast at completion."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.analysis.actuals.results import ActualsForecast, BurnUpMonth, PercentileAmounts
from simulator.core.formatting import format_exact, format_money, format_percent
from simulator.core.results import AnalysisResult
from simulator.figures.axes import MAX_TARGET_RATIO, add_legend, set_money_axis
from simulator.figures.data import FigureRequest, FigureUnavailableError
from simulator.figures.format import current_format
from simulator.figures.phrases import money_text, short_title, subtitle
from simulator.figures.registry import KindFunctions
from simulator.figures.style import ACCENT, FILL, INK, MAIN, MUTED, canvas

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TICKS = 8
"""Most labels of months on an axis."""
_STILL = 1e-3
"""Share of the largest amount that is no change of a quantile."""


@dataclass(frozen=True, kw_only=True)
class BurnUpFigure(AnalysisResult):
    """Cumulative spending by month.

    Attributes
    ----------
    view : str
        `cash` or `accrual`.
    months : float
        Months that the report covers.
    budget : float or None
        In the currency of the result.
    within : float or None
        Probability that the forecast stays within the budget.
    burn_up : tuple of BurnUpMonth
        Until no quantile changes by more than a thousandth of the largest amount.

    """

    view: str
    months: float
    budget: float | None
    within: float | None
    burn_up: tuple[BurnUpMonth, ...]


def burn_up_table(request: FigureRequest) -> BurnUpFigure:
    """Forecast the scenario from what was spent."""
    from simulator.analysis.actuals.forecast import forecast_at_completion
    from simulator.analysis.cashflow import DRAWS

    actuals = request.actuals or request.scenario.actuals
    if actuals is None:
        raise FigureUnavailableError(
            f"{request.scenario.name} has no `actuals`, so nothing is known about what was spent; give month, line and amount "
            "of it in the scenario, or a table as `actuals`"
        )
    return burn_up_of(forecast_at_completion(request.scenario, actuals, request.options(DRAWS)))


def burn_up_of(forecast: ActualsForecast) -> BurnUpFigure:
    """Return the table of the figure of a forecast."""
    budget = forecast.budget
    return BurnUpFigure(
        header=forecast.header,
        view=forecast.view,
        months=forecast.months,
        budget=None if budget is None else budget.amount,
        within=None if budget is None else budget.within.value,
        burn_up=forecast.burn_up[: _last_month(forecast.burn_up) + 1],
    )


def _last_month(months: tuple[BurnUpMonth, ...]) -> int:
    """Return the first month after the report from which on no quantile changes."""
    final = months[-1]
    largest = max(final.plan.p90, 0.0 if final.forecast is None else final.forecast.p90)

    def is_still(month: BurnUpMonth) -> bool:
        pairs = [(month.plan, final.plan)]
        if month.forecast is None or final.forecast is None:
            return False
        pairs.append((month.forecast, final.forecast))
        return all(
            abs(one - other) <= _STILL * largest for a, b in pairs for one, other in zip(_values(a), _values(b), strict=True)
        )

    return next((month.from_month for month in months if is_still(month)), len(months) - 1)


def _values(amounts: PercentileAmounts) -> tuple[float, float, float]:
    return amounts.p10, amounts.p50, amounts.p90


def draw_burn_up(table: BurnUpFigure, date: str) -> "Figure":
    """Draw actual spending, the plan and the forecast as bands from P10 to P90 with their medians, and the budget."""
    what = "payments" if table.view == "cash" else "costs"
    figure, axes = canvas(
        table,
        burn_up_finding(table),
        subtitle(table, f"{what} so far, by month"),
        date,
        height=3.6,
        remark="Bands are from the P10 to the P90 of each month separately. The forecast is conditional on what was spent.",
    )
    ends = [0, *(month.from_month + 1 for month in table.burn_up)]
    plan = [PercentileAmounts(0.0, 0.0, 0.0), *(month.plan for month in table.burn_up)]
    axes.fill_between(ends, [each.p10 for each in plan], [each.p90 for each in plan], color=FILL, alpha=0.55, linewidth=0,
                      label="plan, P10 to P90")  # fmt: skip
    axes.plot(ends, [each.p50 for each in plan], color=MUTED, linewidth=1.4, linestyle="--", label="plan, median")
    actual = [(0.0, 0.0), *_actual(table)]
    spent = actual[-1][1]
    ahead = [(actual[-1][0], PercentileAmounts(spent, spent, spent)), *_ahead(table)]
    times = [time for time, _ in ahead]
    lows, highs = [each.p10 for _, each in ahead], [each.p90 for _, each in ahead]
    axes.fill_between(times, lows, highs, color=MAIN, alpha=0.3, linewidth=0, label="forecast, P10 to P90")
    axes.plot(times, [each.p50 for _, each in ahead], color=MAIN, linewidth=2, label="forecast, median")
    reported = [time for time, _ in actual], [amount for _, amount in actual]
    axes.plot(*reported, color=INK, linewidth=2.2, marker="o", markersize=3, label="actual")
    top = max(*(each.p90 for each in plan), *highs, *reported[1]) or 1.0
    if table.budget is not None and table.budget <= MAX_TARGET_RATIO * top:
        axes.axhline(table.budget, color=ACCENT, linewidth=1.4, linestyle="-.", label=_budget_label(table))
        top = max(top, table.budget)
    axes.set_xlim(0, max(ends))
    axes.set_ylim(min(0.0, *(each.p10 for each in plan)), 1.05 * top)
    _label_months(axes, table)
    set_money_axis(axes.yaxis, f"{table.header.currency} so far")
    add_legend(axes, columns=2)
    return figure


def _actual(table: BurnUpFigure) -> list[tuple[float, float]]:
    """Return time and amount of the points that are reported; the last one is at the end of the report."""
    return [(min(month.from_month + 1.0, table.months), month.actual) for month in table.burn_up if month.actual is not None]


def _ahead(table: BurnUpFigure) -> list[tuple[float, PercentileAmounts]]:
    """Return time and forecast of the ends of months after the report."""
    return [
        (month.from_month + 1.0, month.forecast)
        for month in table.burn_up
        if month.forecast is not None and month.from_month + 1 > table.months
    ]


def _budget_label(table: BurnUpFigure) -> str:
    assert table.budget is not None
    return f"budget, {format_exact(table.budget)} {table.header.currency}: {format_percent(table.within)} within"


def _label_months(axes: "object", table: BurnUpFigure) -> None:
    step = max(1, -(-len(table.burn_up) // (_TICKS if not current_format().is_narrow else _TICKS // 2)))
    shown = [month for month in table.burn_up if month.from_month % step == 0]
    is_dated = "-" in table.burn_up[0].month
    axes.set_xticks([month.from_month + 0.5 for month in shown], [month.month for month in shown])  # type: ignore[attr-defined]
    axes.set_xlabel("month" if is_dated else "month from the start")  # type: ignore[attr-defined]


def burn_up_text(table: BurnUpFigure) -> str:
    """Describe what was spent and the forecast at completion."""
    reported = [month for month in table.burn_up if month.actual is not None]
    final = table.burn_up[-1].forecast
    spent = f"{format_money(reported[-1].actual)} {table.header.currency} through {reported[-1].month}"
    ahead = ""
    if final is not None:
        bounds = f"P10 to P90: {format_money(final.p10)} to {format_money(final.p90)}"
        ahead = f", and a forecast of {format_money(final.p50)} ({bounds})"
    within = "" if table.within is None else f"; {format_percent(table.within)} probability of staying within the budget"
    return f"Burn-up chart of {short_title(table)}: {spent}{ahead}{within}."


def burn_up_finding(table: BurnUpFigure) -> str:
    """State what was spent, the forecast, and the probability of staying within the budget."""
    reported = [month.actual for month in table.burn_up if month.actual is not None]
    text = f"{money_text(table, reported[-1])} is spent" if reported else "Nothing is reported as spent"
    final = table.burn_up[-1].forecast
    if final is not None:
        text += f"; the forecast is {money_text(table, final.p50)} in all"
    if table.budget is not None and table.within is not None:
        text += (
            f", within the budget of {money_text(table, table.budget, is_given=True)} with "
            f"{format_percent(table.within)} probability"
        )
    return text


FUNCTIONS = KindFunctions(burn_up_table, draw_burn_up, burn_up_text, burn_up_finding)
