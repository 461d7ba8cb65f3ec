"""The saving of each lever and the effect of each shock, by itself."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulator.core.formatting import format_exact, format_money, format_percent
from simulator.figures.axes import (
    MAX_ROWS,
    add_legend,
    annotate_rows,
    axis_range,
    draw_empty,
    draw_interval,
    omitted_rows_text,
    rows_height,
    set_money_axis,
    set_rows_axis,
)
from simulator.figures.data import FigureRequest, header
from simulator.figures.phrases import interval_name, join_texts, range_text, scope_text, short_title
from simulator.figures.registry import FigureTable, KindFunctions
from simulator.figures.style import ACCENT, INK, MAIN, MUTED, canvas
from simulator.figures.text import format_signed, to_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def levers_table(request: FigureRequest) -> dict[str, Any]:
    """Apply each lever by itself."""
    from simulator.analysis.levers import DRAWS as USUAL
    from simulator.analysis.levers import as_json, rank_levers

    draws = request.draw_count(USUAL)
    ranking = rank_levers(
        request.reference,
        **request.read_options,
        draws=draws,
        seed=request.seed,
        threads=request.threads,
        progress=request.progress_in_draws(draws),
    )
    return as_json(ranking, request.interval) | {"scope": ranking.scenario.scope}


def stress_table(request: FigureRequest) -> dict[str, Any]:
    """Apply each shock by itself."""
    from simulator.analysis.stress import apply_shocks

    reading = dict(request.read_options)
    shock_names = reading.pop("shocks", ())
    draws = request.draw_count(20_000)
    shocks = apply_shocks(
        request.reference, shock_names, **reading, draws=draws, seed=request.seed, **request.analysis_options()
    )
    return header(request.scenario, draws, request.seed, request.interval) | {
        "budget": request.scenario.budget,
        "shocks": shocks,
    }


def draw_levers(table: FigureTable, date: str) -> "Figure":
    """Draw the saving of each lever by itself, with its interval; assumptions are hollow."""
    rows = table["levers"]
    shown_rows = rows[:MAX_ROWS]
    figure, axes = canvas(
        table,
        f"{table['title']}: what each lever saves by itself",
        f"Saving of the total cost, {scope_text(table)}; "
        f"without a lever the median is {format_money(table['total']['median'])}",
        date,
        height=rows_height(len(shown_rows)),
        remark=f"Median and interval of the saving, the largest {table['ranked_by']} net of adoption first. Savings of several "
        "levers do not add up. Hollow: an assumption of grade D; do not base a budget on it."
        f"{omitted_rows_text(rows, 'levers')}",
    )
    if not shown_rows:
        draw_empty(axes, "No lever changes the total of this scenario.")
        return figure
    for number, row in enumerate(shown_rows):
        draw_interval(axes, number, row["saving"], colour=MUTED if row["assumption"] else MAIN)
        if row["assumption"]:
            axes.plot([row["saving"]["median"]], [number], marker="o", markersize=5.5, markerfacecolor="white",
                      markeredgecolor=MUTED, linestyle="none")  # fmt: skip
    axes.axvline(0, color=INK, linewidth=0.8)
    set_rows_axis(axes, [f"{to_words(row['name'])} ({row['grade'] or 'no grade'})" for row in shown_rows])
    axis_range([row["saving"][key] for row in shown_rows for key in ("low", "high")], pad=0.02, include_zero=True)._replace(
        log=False
    ).apply(axes.xaxis)
    annotate_rows(axes, [f"{format_signed(row['net_saving'])} net" for row in shown_rows])
    set_money_axis(axes.xaxis, f"USD saved: median and {interval_name(table)}", ticks=5)
    return figure


def draw_stress(table: FigureTable, date: str) -> "Figure":
    """Draw the total with each shock, next to the total without a shock, the budget, and the mean change."""
    shocks = table["shocks"]
    rows = [row for row in shocks["cases"] if row["change"]["moves"]]
    rows.sort(key=lambda row: -row["change"]["value"])
    shown_rows, base, budget = rows[:MAX_ROWS], shocks["base"], table.get("budget")
    figure, axes = canvas(
        table,
        f"{table['title']}: what each shock adds",
        f"Total cost, {scope_text(table)}",
        date,
        height=rows_height(len(shown_rows) + 1),
        remark=f"Median and interval of the total with the shock. On the right: the change of the "
        f"{shocks['ranked_by']}, paired draw by draw, and the grade of the shock.{omitted_rows_text(rows, 'shocks')}",
    )
    draw_interval(axes, 0, base, colour=ACCENT, marker="s")
    for number, row in enumerate(shown_rows, start=1):
        draw_interval(axes, number, row)
    axes.axvline(base["median"], color=ACCENT, linewidth=1, linestyle=":", label="median without a shock")
    values = [statistics[key] for statistics in (base, *shown_rows) for key in ("low", "high")]
    if budget is not None:
        axes.axvline(budget, color=INK, linewidth=1.2, linestyle="-.", label=f"budget {format_exact(budget)}")
        values += [budget] if budget < 3 * max(values) else []
    set_rows_axis(axes, ["no shock", *(" + ".join(to_words(shock) for shock in row["shocks"]) for row in shown_rows)])
    axis_range(values).apply(axes.xaxis)
    annotate_rows(axes, ["", *(_change_text(row) for row in shown_rows)])
    set_money_axis(axes.xaxis, f"USD: median and {interval_name(table)}", ticks=5)
    add_legend(axes)
    return figure


def _change_text(row: Mapping[str, Any]) -> str:
    share = row["change"]["share"]
    part = "" if share is None else f" ({'+' if share >= 0 else '−'}{format_percent(abs(share))})"
    return f"{format_signed(row['change']['value'])}{part} {row['grade']}"


def levers_text(table: FigureTable) -> str:
    """Describe the saving of each lever."""
    texts = [
        f"{to_words(row['name'])} {format_money(row['saving']['median'])} ({range_text(row['saving'])})"
        for row in table["levers"]
    ]
    return f"What each lever saves on {short_title(table)} by itself, median and interval: {join_texts(texts)}."


def stress_text(table: FigureTable) -> str:
    """Describe the effect of each shock."""
    rows = sorted(table["shocks"]["cases"], key=lambda row: -row["change"]["value"])
    texts = [f"{to_words(row['name'])} {format_money(row['change']['value'])}" for row in rows if row["change"]["moves"]]
    return (
        f"What each shock adds to the {table['shocks']['ranked_by']} of the total of {short_title(table)}: {join_texts(texts)}."
    )


FUNCTIONS = {
    "levers": KindFunctions(levers_table, draw_levers, levers_text),
    "stress": KindFunctions(stress_table, draw_stress, stress_text),
}
