"""The saving of each lever by itself."""

from typing import TYPE_CHECKING

from simulator.core.formatting import format_money
from simulator.figures.axes import (
    MAX_ROWS,
    annotate_rows,
    axis_range,
    draw_empty,
    draw_interval,
    omitted_rows_text,
    rows_height,
    set_money_axis,
    set_rows_axis,
)
from simulator.figures.data import FigureRequest
from simulator.figures.phrases import interval_name, join_texts, range_text, scope_text, short_title
from simulator.figures.registry import KindFunctions
from simulator.figures.style import INK, MAIN, MUTED, canvas
from simulator.figures.text import format_signed, to_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulator.analysis.lever_results import LeverRanking


def levers_table(request: FigureRequest) -> "LeverRanking":
    """Apply each lever by itself."""
    from simulator.analysis.levers import DRAWS, rank_levers

    return rank_levers(request.files(), request.options(DRAWS))


def draw_levers(table: "LeverRanking", date: str) -> "Figure":
    """Draw the saving of each lever by itself, with its interval; assumptions are hollow."""
    levers = table.levers[:MAX_ROWS]
    figure, axes = canvas(
        table,
        f"{table.header.title}: what each lever saves by itself",
        f"Saving of the total cost, {scope_text(table)}; without a lever the median is {format_money(table.total.median)}",
        date,
        height=rows_height(len(levers)),
        remark="Median and interval of the net saving, after the cost and the delay of adoption. Savings of several levers do "
        "not add up. "
        "Hollow: an assumption of grade D; do not base a budget on it."
        f"{omitted_rows_text(table.levers, 'levers')}",
    )
    if not levers:
        draw_empty(axes, "No lever changes the total of this scenario.")
        return figure
    for number, lever in enumerate(levers):
        draw_interval(axes, number, lever.net, colour=MUTED if lever.assumption else MAIN)
        if lever.assumption:
            axes.plot([lever.net.median], [number], marker="o", markersize=5.5, markerfacecolor="white",
                      markeredgecolor=MUTED, linestyle="none")  # fmt: skip
    axes.axvline(0, color=INK, linewidth=0.8)
    set_rows_axis(axes, [f"{to_words(lever.name)} ({lever.grade or 'no grade'})" for lever in levers])
    bounds = [bound for lever in levers for bound in (lever.net.low, lever.net.high)]
    axis_range(bounds, pad=0.02, include_zero=True)._replace(log=False).apply(axes.xaxis)
    annotate_rows(axes, [format_signed(lever.net.median) for lever in levers])
    set_money_axis(axes.xaxis, f"{table.header.currency} saved, net: median and {interval_name(table)}", ticks=5)
    return figure


def levers_text(table: "LeverRanking") -> str:
    """Describe the saving of each lever."""
    texts = [f"{to_words(lever.name)} {format_money(lever.net.median)} ({range_text(lever.net)})" for lever in table.levers]
    return f"What each lever saves on {short_title(table)} by itself, median and interval: {join_texts(texts)}."


FUNCTIONS = KindFunctions(levers_table, draw_levers, levers_text)
