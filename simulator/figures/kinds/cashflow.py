"""Cumulative spending by month."""

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
from simulator.figures.data import FigureRequest, FigureUnavailableError, header_of_result
from simulator.figures.phrases import interval_name, range_text, scope_text, short_title
from simulator.figures.registry import KindFunctions
from simulator.figures.style import FILL, INK, MAIN, MUTED, canvas
from simulator.figures.text import to_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulator.analysis.cashflow import CashFlowDraws


_STEP, _STEPS = 0.07, 4  # names of phases are staggered, so that those of short phases do not overlap


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
class MonthlySpending:
    """Spending up to the end of a month.

    Attributes
    ----------
    from_month : int
        Number of the month; 0 is the first of the schedule.
    months : int
        Length of the period, 1.
    cumulative : Fan
        USD.

    """

    from_month: int
    months: int
    cumulative: Fan


@dataclass(frozen=True, kw_only=True)
class CashFlowFigure(AnalysisResult):
    """Cumulative spending by month.

    Attributes
    ----------
    phases : dict of str to Fan
        End of each phase, months from the start.
    periods : tuple of MonthlySpending
        Until no quantile changes.

    """

    phases: Mapping[str, Fan]
    periods: tuple[MonthlySpending, ...]


def cashflow_table(request: FigureRequest) -> CashFlowFigure:
    """Simulate the scenario over its months."""
    from simulator.analysis.cashflow import DRAWS, NoScheduleError, simulate_cash_flow

    try:
        return cashflow_of(simulate_cash_flow(request.scenario, request.options(DRAWS)), request.interval)
    except NoScheduleError as error:
        raise FigureUnavailableError(f"{request.scenario.name} {error}") from None


def cashflow_of(draws: "CashFlowDraws", interval: Level = 0.95) -> CashFlowFigure:
    """Return the table of a fan chart of cumulative cost."""
    low, high = interval_bounds(interval)
    levels = [low, 0.25, 0.5, 0.75, high]
    cumulative = np.quantile(np.cumsum(draws.base_year, axis=1), levels, axis=0)
    return CashFlowFigure(
        header=header_of_result(draws.result, interval),
        phases={phase: Fan(*np.quantile(end_times, levels).tolist()) for phase, end_times in draws.phase_ends.items()},
        periods=tuple(
            MonthlySpending(month, 1, Fan(*cumulative[:, month].tolist())) for month in range(_last_month(cumulative))
        ),
    )


def _last_month(cumulative: Array) -> int:
    """Return the number of months until no drawn quantile changes; the last of 20,000 draws may end years later."""
    changing = np.flatnonzero((cumulative < cumulative[:, -1:]).any(axis=0))
    return min(cumulative.shape[1], int(changing[-1]) + 2) if len(changing) else 1


def draw_cashflow(table: CashFlowFigure, date: str) -> "Figure":
    """Draw cumulative spending by month: median, central half of the draws and interval, with the ends of phases."""
    months = [0, *(period.from_month + period.months for period in table.periods)]
    fans = [Fan(0.0, 0.0, 0.0, 0.0, 0.0), *(period.cumulative for period in table.periods)]
    highs = [fan.high for fan in fans]
    figure, axes = canvas(
        table,
        f"{table.header.title}: when the money goes out",
        f"Cumulative cost by month, {scope_text(table)}, base-year money",
        date,
        height=3.4,
        remark="The quantiles are computed for each month separately. The ends of phases are medians.",
    )

    axes.fill_between(months, [fan.low for fan in fans], highs, color=FILL, alpha=0.55, linewidth=0, label=interval_name(table))
    lower, upper = [fan.q25 for fan in fans], [fan.q75 for fan in fans]
    axes.fill_between(months, lower, upper, color="#4a7fb0", alpha=0.75, linewidth=0, label="half of the draws")
    axes.plot(months, [fan.median for fan in fans], color=MAIN, linewidth=2, label="median")
    axes.set_xlim(0, max(months))
    phases = sorted(table.phases.items(), key=lambda item: item[1].median)
    top = max(highs) * (1.04 + _STEP * min(len(phases), _STEPS)) or 1.0  # room for the names above the fan
    axes.set_ylim(0, top)
    for number, (phase, end) in enumerate(phases):
        month = min(end.median, max(months))
        axes.plot([month, month], [0, top], color=MUTED, linestyle=":", linewidth=0.9)
        axes.annotate(
            f"{to_words(phase)} ends",
            (month, top * (0.99 - _STEP * (number % _STEPS))),
            ha="right",
            va="top",
            size=7,
            color=INK,
            xytext=(-2, 0),
            textcoords="offset points",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        )
    axes.set_xlabel("months from the start")
    set_money_axis(axes.yaxis)
    add_legend(axes)
    return figure


def cashflow_text(table: CashFlowFigure) -> str:
    """Describe the total spending at the end."""
    last = table.periods[-1]
    months = last.from_month + last.months
    return (
        f"Fan chart of the cumulative cost of {short_title(table)} over {months} months, up to a median of "
        f"{format_money(last.cumulative.median)} ({range_text(last.cumulative)})."
    )


FUNCTIONS = KindFunctions(cashflow_table, draw_cashflow, cashflow_text)
