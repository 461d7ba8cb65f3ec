"""Amounts by month and line, and their sum with its interval and the budget."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.analysis.statistics import Array
from simulator.core.formatting import format_money
from simulator.core.levels import Level
from simulator.core.results import AnalysisResult
from simulator.engine.summaries import interval_bounds
from simulator.figures.axes import add_legend, set_money_axis
from simulator.figures.categories import Category, by_category
from simulator.figures.data import FigureRequest, header_of_result
from simulator.figures.format import current_format, points
from simulator.figures.phrases import interval_name, money_text, range_text, short_title, subtitle
from simulator.figures.registry import KindFunctions
from simulator.figures.style import ACCENT, FILL, INK, MAIN, MUTED, canvas
from simulator.figures.text import to_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.analysis.cashflow import CashFlowDraws


_EARLY = 0.2
"""Share of the months up to which the name of a phase stands to the right of its end."""
_STEP, _STEPS = 0.07, 4  # names of phases are staggered, so that those of short phases do not overlap
_TICKS = 8
"""Most labels of months on an axis."""


@dataclass(frozen=True, slots=True)
class Fan:
    """Quantiles of an amount (USD) or of a date (months from the start).

    Attributes
    ----------
    low, high : float
        Bounds of the central interval.
    q25, q75 : float
        Bounds of the central half of the draws.
    median : float

    """

    low: float
    q25: float
    median: float
    q75: float
    high: float


@dataclass(frozen=True, slots=True)
class MonthlyPayments:
    """Payments of a month, and up to its end.

    Attributes
    ----------
    label : str
        The month, such as `2027-03`, or its number.
    from_month : int
        Number of the month; 0 is the first of the schedule.
    months : int
        Length of the period, 1.
    lines : dict of str to float
        Representative amount of each line in the month, USD.
    cumulative : Fan
        USD.
    planned : float or None
        Budget up to the end of the month, USD; None without a budget.

    """

    label: str
    from_month: int
    months: int
    lines: Mapping[str, float]
    cumulative: Fan
    planned: float | None


@dataclass(frozen=True, kw_only=True)
class CashFlowFigure(AnalysisResult):
    """Payments by month and line, and their sum up to each month.

    Attributes
    ----------
    representative : str
        `mean` over the draws, or `near-median` where a tail is too heavy for a mean.
    largest_month_p80 : float
        What is enough in every month with a probability of 80%, USD: the P80 of the largest month of each draw.
    is_known : bool
        Whether the largest month is the same in every draw.
    noncash : float
        Representative amount of the costs that are no payments: depreciation, return on capital, equity; USD.
    phases : dict of str to Fan
        End of each phase, months from the start.
    periods : tuple of MonthlyPayments
        Until no quantile changes.

    """

    representative: str
    largest_month_p80: float
    is_known: bool
    noncash: float
    phases: Mapping[str, Fan]
    periods: tuple[MonthlyPayments, ...]


def cashflow_table(request: FigureRequest) -> CashFlowFigure:
    """Simulate the payments of the scenario over its months."""
    from simulator.analysis.cashflow import DRAWS, simulate_cash_flow

    return cashflow_of(simulate_cash_flow(request.scenario, request.options(DRAWS)), request.interval)


def cashflow_of(draws: "CashFlowDraws", interval: Level = 0.95) -> CashFlowFigure:
    """Return the table of the figure."""
    from simulator.analysis.cashflow.budget import planned_by_month
    from simulator.analysis.cashflow.calendar import month_label
    from simulator.analysis.cashflow.summary import FUNDED, largest_month_at, noncash_of, representative_of, representative_rows

    low, high = interval_bounds(interval)
    levels = [low, 0.25, 0.5, 0.75, high]
    sums: Array = np.cumsum(draws.total, axis=1)
    cumulative = np.quantile(sums, levels, axis=0)
    representative = representative_of(draws)
    rows = representative_rows(draws, representative)
    lines = {line: amounts[rows].mean(axis=0) for line, amounts in draws.by_line.items()}
    planned = planned_by_month(draws.result.scenario, sums, draws.start)
    return CashFlowFigure(
        header=header_of_result(draws.result, interval),
        representative=representative,
        largest_month_p80=largest_month_at(draws, FUNDED),
        is_known=largest_month_at(draws, 0) == largest_month_at(draws, 1),
        noncash=noncash_of(draws, rows),
        phases={phase: Fan(*np.quantile(end_times, levels).tolist()) for phase, end_times in draws.phase_ends.items()},
        periods=tuple(
            MonthlyPayments(
                label=month_label(draws.start, month),
                from_month=month,
                months=1,
                lines={line: float(amounts[month]) for line, amounts in lines.items()},
                cumulative=Fan(*cumulative[:, month].tolist()),
                planned=None if planned is None else float(planned[month]),
            )
            for month in range(_last_month(cumulative))
        ),
    )


def _last_month(cumulative: Array) -> int:
    """Return the number of months until no drawn quantile changes; the last of 20,000 draws may end years later."""
    changing = np.flatnonzero((cumulative < cumulative[:, -1:]).any(axis=0))
    return min(cumulative.shape[1], int(changing[-1]) + 2) if len(changing) else 1


def draw_cashflow(table: CashFlowFigure, date: str) -> "Figure":
    """Draw the payments of each month by line, and their sum below with its interval, the budget and the ends of phases."""
    amounts = "means over the draws" if table.representative == "mean" else "means over the draws near the median total"
    figure, (top, bottom) = canvas(
        table,
        cashflow_finding(table),
        subtitle(table, "payments by month and category, and their sum up to each month"),
        date,
        rows=2,
        height=5.4,
        sharex=True,
        remark=f"By category: {amounts}, which add up. The quantiles below are of each month separately. The ends of phases "
        f"are medians.{_left_out(table)}",
    )
    _draw_stack(top, table)
    _draw_fan(bottom, table)
    set_money_axis(top.yaxis, f"{table.header.currency} in a month")
    set_money_axis(bottom.yaxis, f"{table.header.currency} so far")
    _label_months(bottom, table)
    return figure


def _left_out(table: CashFlowFigure) -> str:
    """Say which costs are no payments, where there are any."""
    amount = money_text(table, table.noncash)
    return f" Left out: {amount} of costs that are no payments, as depreciation and equity are." if table.noncash else ""


def _draw_stack(axes: "Axes", table: CashFlowFigure) -> None:
    """Draw stacked bars by category, the largest at the bottom; receipts of a category are below zero."""
    count = len(table.periods)
    series: dict[Category, Array] = {}
    for category, names in by_category(table.periods[0].lines).items():
        series[category] = np.array([sum(period.lines[name] for name in names) for period in table.periods])
    above, below = np.zeros(count), np.zeros(count)
    places = np.arange(count) + 0.5
    for category in sorted(series, key=lambda each: -np.abs(series[each]).sum()):
        values = series[category]
        if not values.any():
            continue
        base = np.where(values >= 0, above, below)
        axes.bar(places, values, bottom=base, width=0.9, color=category.colour, hatch=category.hatch, edgecolor=INK,
                 linewidth=0.4, label=category.name)  # fmt: skip
        above, below = above + np.maximum(values, 0), below + np.minimum(values, 0)
    if below.any():
        axes.axhline(0, color=INK, linewidth=0.7)
    add_legend(axes, columns=4)


def _draw_fan(axes: "Axes", table: CashFlowFigure) -> None:
    months = [0, *(period.from_month + period.months for period in table.periods)]
    fans = [Fan(0.0, 0.0, 0.0, 0.0, 0.0), *(period.cumulative for period in table.periods)]
    highs = [fan.high for fan in fans]
    axes.fill_between(months, [fan.low for fan in fans], highs, color=FILL, alpha=0.55, linewidth=0, label=interval_name(table))
    lower, upper = [fan.q25 for fan in fans], [fan.q75 for fan in fans]
    axes.fill_between(months, lower, upper, color=MAIN, alpha=0.45, linewidth=0, label="half of the draws")
    axes.plot(months, [fan.median for fan in fans], color=MAIN, linewidth=2, label="median")
    planned = [period.planned for period in table.periods if period.planned is not None]
    if planned:
        axes.step(months, [0.0, *planned], where="pre", color=ACCENT, linestyle="--", linewidth=1.4, label="budget")
    axes.set_xlim(0, max(months))
    phases = sorted(table.phases.items(), key=lambda item: item[1].median)
    top = max([*highs, *planned]) * (1.04 + _STEP * min(len(phases), _STEPS)) or 1.0  # room for the names above the fan
    axes.set_ylim(min(0.0, *(fan.low for fan in fans)), top)
    for number, (phase, end) in enumerate(phases):
        month = min(end.median, max(months))
        axes.plot([month, month], [0, top], color=MUTED, linestyle=":", linewidth=0.9)
        is_early = month < _EARLY * max(months)  # to its left the name would cover the numbers of the axis
        axes.annotate(
            f"{to_words(phase)} ends",
            (month, top * (0.99 - _STEP * (number % _STEPS))),
            ha="left" if is_early else "right",
            va="top",
            size=points(7),
            color=INK,
            xytext=(2 if is_early else -2, 0),
            textcoords="offset points",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        )
    add_legend(axes)


def _label_months(axes: "Axes", table: CashFlowFigure) -> None:
    """Label months of the calendar in the middle of their bars, and the others by their number."""
    if table.periods[0].label == "1":
        axes.set_xlabel("months from the start")
        return
    step = -(-len(table.periods) // (_TICKS if not current_format().is_narrow else _TICKS // 2))
    shown = table.periods[::step]
    axes.set_xticks([period.from_month + 0.5 for period in shown], [period.label for period in shown])


def cashflow_text(table: CashFlowFigure) -> str:
    """Describe the payments by month and their sum at the end."""
    last = table.periods[-1]
    months, total = last.from_month + last.months, last.cumulative
    return (
        f"Stacked bars of the payments of {short_title(table)} by month and line over {months} months, and a fan chart of "
        f"their sum, up to a median of {format_money(total.median)} ({range_text(total)}). {_enough(table)}."
    )


def cashflow_finding(table: CashFlowFigure) -> str:
    """State what is enough in every month, and when half of the median total is paid."""
    total = table.periods[-1].cumulative.median
    paid = next((period for period in table.periods if period.cumulative.median >= total / 2), table.periods[-1])
    word = "month " if "-" not in paid.label else ""
    return f"{_enough(table)}; half of the median total of {money_text(table, total)} is paid by the end of {word}{paid.label}"


def _enough(table: CashFlowFigure) -> str:
    """Return what is enough in every month, with the probability of the P80 where the payments are uncertain."""
    amount = money_text(table, table.largest_month_p80)
    return (
        f"No month takes more than {amount}"
        if table.is_known
        else f"With a probability of 80% no month takes more than {amount}"
    )


FUNCTIONS = KindFunctions(cashflow_table, draw_cashflow, cashflow_text, cashflow_finding)
