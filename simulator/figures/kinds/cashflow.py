"""Money spent so far, month by month."""

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.analysis.statistics import Array
from simulator.core.formatting import money
from simulator.core.levels import Level
from simulator.engine.summaries import ends
from simulator.figures.axes import legend, money_axis
from simulator.figures.data import Asked, NotDrawn, result_header
from simulator.figures.phrases import interval_name, range_text, scope, title_of
from simulator.figures.registry import Parts, Table
from simulator.figures.style import FILL, INK, MAIN, MUTED, canvas
from simulator.figures.text import words

if TYPE_CHECKING:
    from matplotlib.figure import Figure


_STEP, _STEPS = 0.07, 4  # names of phases stand above each other, so that short phases do not hide them


def cashflow_table(request: Asked) -> dict[str, Any]:
    """Simulate the scenario over its months."""
    from simulator.analysis.cashflow import DRAWS as USUAL
    from simulator.analysis.cashflow import NoSchedule, cash_flow

    try:
        return cashflow_of(cash_flow(request.one, request.many(USUAL), request.seed, threads=request.threads), request.interval)
    except NoSchedule as error:
        raise NotDrawn(f"{request.one.name} {error}") from None


def cashflow_of(flow: Any, interval: Level = 0.95) -> dict[str, Any]:
    """Return the table of a fan of cost so far from a `cashflow.CashFlow`."""
    low, high = ends(interval)
    levels = {"low": low, "q25": 0.25, "median": 0.5, "q75": 0.75, "high": high}
    so_far = np.quantile(np.cumsum(flow.base_year, axis=1), list(levels.values()), axis=0)
    phases = {
        phase: dict(zip(levels, np.quantile(times, list(levels.values())).tolist(), strict=True))
        for phase, times in flow.ends.items()
    }
    return result_header(flow.result, interval) | {
        "phases": phases,
        "periods": [
            {"from_month": month, "months": 1, "cumulative": dict(zip(levels, so_far[:, month].tolist(), strict=True))}
            for month in range(_last_month(so_far))
        ],
    }


def _last_month(so_far: Array) -> int:
    """How many months there are until nothing that is drawn moves: the last of twenty thousand draws may end years later."""
    moving = np.flatnonzero((so_far < so_far[:, -1:]).any(axis=0))
    return min(so_far.shape[1], int(moving[-1]) + 2) if len(moving) else 1


def draw_cashflow(table: Table, date: str) -> "Figure":
    """Money spent so far, month by month: median, half of the draws, and the interval; ends of phases as ticks above."""
    months = [0, *(period["from_month"] + period["months"] for period in table["periods"])]
    figure, axes = canvas(
        table,
        f"{table['title']}: when the money goes out",
        f"Cost so far by month, {scope(table)}, base-year money",
        date,
        height=3.4,
        remark="The fan is of each month alone. The dates at which phases end are medians.",
    )

    def row(key: str) -> list[float]:
        return [0.0, *(period["cumulative"][key] for period in table["periods"])]

    axes.fill_between(months, row("low"), row("high"), color=FILL, alpha=0.55, linewidth=0, label=interval_name(table))
    axes.fill_between(months, row("q25"), row("q75"), color="#4a7fb0", alpha=0.75, linewidth=0, label="half of the draws")
    axes.plot(months, row("median"), color=MAIN, linewidth=2, label="median")
    axes.set_xlim(0, max(months))
    ends = sorted(table["phases"].items(), key=lambda item: item[1]["median"])
    top = max(row("high")) * (1.04 + _STEP * min(len(ends), _STEPS)) or 1.0  # room for the names above the fan
    axes.set_ylim(0, top)
    for number, (phase, months_to_end) in enumerate(ends):
        at = min(months_to_end["median"], max(months))
        axes.plot([at, at], [0, top], color=MUTED, linestyle=":", linewidth=0.9)
        axes.annotate(
            f"{words(phase)} ends", (at, top * (0.99 - _STEP * (number % _STEPS))), ha="right", va="top", size=7, color=INK,
            xytext=(-2, 0), textcoords="offset points", bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        )  # fmt: skip
    axes.set_xlabel("months from the start")
    money_axis(axes.yaxis)
    legend(axes)
    return figure


def cashflow_text(table: Table) -> str:
    """Say what is spent by the end."""
    last = table["periods"][-1]
    end = last["cumulative"]
    months = last["from_month"] + last["months"]
    return (
        f"Fan of the cost so far of {title_of(table)} over {months} months, up to a median of {money(end['median'])} "
        f"({range_text(end)})."
    )


PARTS = {
    "cashflow": Parts(cashflow_table, draw_cashflow, cashflow_text),
}
