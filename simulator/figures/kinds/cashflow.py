"""Cumulative spending by month."""

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.analysis.statistics import Array
from simulator.core.formatting import format_money
from simulator.core.levels import Level
from simulator.engine.summaries import interval_bounds
from simulator.figures.axes import add_legend, set_money_axis
from simulator.figures.data import FigureRequest, FigureUnavailableError, result_header
from simulator.figures.phrases import interval_name, range_text, scope_text, short_title
from simulator.figures.registry import FigureTable, KindFunctions
from simulator.figures.style import FILL, INK, MAIN, MUTED, canvas
from simulator.figures.text import to_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure


_STEP, _STEPS = 0.07, 4  # names of phases are staggered, so that those of short phases do not overlap


def cashflow_table(request: FigureRequest) -> dict[str, Any]:
    """Simulate the scenario over its months."""
    from simulator.analysis.cashflow import DRAWS as USUAL
    from simulator.analysis.cashflow import NoScheduleError, cash_flow

    try:
        return cashflow_of(
            cash_flow(request.scenario, request.draw_count(USUAL), request.seed, threads=request.threads), request.interval
        )
    except NoScheduleError as error:
        raise FigureUnavailableError(f"{request.scenario.name} {error}") from None


def cashflow_of(flow: Any, interval: Level = 0.95) -> dict[str, Any]:
    """Return the table of a fan chart of cumulative cost from a `cashflow.CashFlow`."""
    low, high = interval_bounds(interval)
    levels = {"low": low, "q25": 0.25, "median": 0.5, "q75": 0.75, "high": high}
    cumulative = np.quantile(np.cumsum(flow.base_year, axis=1), list(levels.values()), axis=0)
    phases = {
        phase: dict(zip(levels, np.quantile(end_times, list(levels.values())).tolist(), strict=True))
        for phase, end_times in flow.phase_ends.items()
    }
    return result_header(flow.result, interval) | {
        "phases": phases,
        "periods": [
            {"from_month": month, "months": 1, "cumulative": dict(zip(levels, cumulative[:, month].tolist(), strict=True))}
            for month in range(_last_month(cumulative))
        ],
    }


def _last_month(cumulative: Array) -> int:
    """Return the number of months until no drawn quantile changes; the last of 20,000 draws may end years later."""
    changing = np.flatnonzero((cumulative < cumulative[:, -1:]).any(axis=0))
    return min(cumulative.shape[1], int(changing[-1]) + 2) if len(changing) else 1


def draw_cashflow(table: FigureTable, date: str) -> "Figure":
    """Draw cumulative spending by month: median, central half of the draws and interval, with the ends of phases."""
    months = [0, *(period["from_month"] + period["months"] for period in table["periods"])]
    figure, axes = canvas(
        table,
        f"{table['title']}: when the money goes out",
        f"Cumulative cost by month, {scope_text(table)}, base-year money",
        date,
        height=3.4,
        remark="The quantiles are computed for each month separately. The ends of phases are medians.",
    )

    def row(key: str) -> list[float]:
        return [0.0, *(period["cumulative"][key] for period in table["periods"])]

    axes.fill_between(months, row("low"), row("high"), color=FILL, alpha=0.55, linewidth=0, label=interval_name(table))
    axes.fill_between(months, row("q25"), row("q75"), color="#4a7fb0", alpha=0.75, linewidth=0, label="half of the draws")
    axes.plot(months, row("median"), color=MAIN, linewidth=2, label="median")
    axes.set_xlim(0, max(months))
    phases = sorted(table["phases"].items(), key=lambda item: item[1]["median"])
    top = max(row("high")) * (1.04 + _STEP * min(len(phases), _STEPS)) or 1.0  # room for the names above the fan
    axes.set_ylim(0, top)
    for number, (phase, months_to_end) in enumerate(phases):
        month = min(months_to_end["median"], max(months))
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


def cashflow_text(table: FigureTable) -> str:
    """Describe the total spending at the end."""
    last = table["periods"][-1]
    end = last["cumulative"]
    months = last["from_month"] + last["months"]
    return (
        f"Fan chart of the cumulative cost of {short_title(table)} over {months} months, up to a median of "
        f"{format_money(end['median'])} ({range_text(end)})."
    )


FUNCTIONS = {
    "cashflow": KindFunctions(cashflow_table, draw_cashflow, cashflow_text),
}
