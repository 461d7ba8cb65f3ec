"""The saving of each lever by itself."""

from typing import TYPE_CHECKING

from simulator.core.formatting import format_money
from simulator.figures.axes import (
    MAX_ROWS,
    annotate_rows,
    draw_empty,
    draw_interval,
    mark_cut_bounds,
    omitted_rows_text,
    rows_height,
    rows_range,
    set_money_axis,
    set_rows_axis,
)
from simulator.figures.data import FigureRequest
from simulator.figures.phrases import (
    change_text,
    interval_name,
    join_texts,
    money_text,
    range_text,
    sentence,
    short_title,
    subtitle,
)
from simulator.figures.registry import KindFunctions
from simulator.figures.style import INK, MAIN, MUTED, canvas
from simulator.figures.text import to_words

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
        levers_finding(table),
        subtitle(
            table, f"net saving of each lever by itself; without a lever the median is {money_text(table, table.total.median)}"
        ),
        date,
        height=rows_height(len(levers)),
        remark="Median and interval of the net saving, after the cost and the delay of adoption. Savings of several levers do "
        "not add up. "
        "Hollow: an assumption of grade D; do not base a budget on it."
        f"{omitted_rows_text(table.levers, 'levers')} An arrow is a bound beyond the axis.",
    )
    if not levers:
        draw_empty(axes, "No lever changes the total of this scenario.")
        return figure
    for number, lever in enumerate(levers):
        draw_interval(axes, number, lever.net, colour=MUTED if lever.assumption else MAIN)
        if lever.assumption:
            axes.plot([lever.net.median], [number], marker="o", markersize=5.5, markerfacecolor="white",
                      markeredgecolor=MUTED, linestyle="none", clip_on=False, zorder=4)  # fmt: skip
    axes.axvline(0, color=INK, linewidth=0.8)
    set_rows_axis(axes, [f"{to_words(lever.name)} ({lever.grade or 'no grade'})" for lever in levers])
    rows_range([lever.net for lever in levers], [0.0]).apply(axes.xaxis)
    mark_cut_bounds(axes, [(number, lever.net, MUTED if lever.assumption else MAIN) for number, lever in enumerate(levers)])
    annotate_rows(axes, [change_text(table, lever.net.median) for lever in levers])
    set_money_axis(axes.xaxis, f"{table.header.currency} saved, net: median and {interval_name(table)}", ticks=5)
    return figure


def levers_text(table: "LeverRanking") -> str:
    """Describe the saving of each lever."""
    texts = [f"{to_words(lever.name)} {format_money(lever.net.median)} ({range_text(lever.net)})" for lever in table.levers]
    return f"What each lever saves on {short_title(table)} by itself, median and interval: {join_texts(texts)}."


def levers_finding(table: "LeverRanking") -> str:
    """State the lever with the largest median saving, an assumption only where no other saves."""
    saving = [lever for lever in table.levers if lever.net.median > 0]
    if not saving:
        return "No lever saves anything at the median"
    best = max(saving, key=lambda lever: (not lever.assumption, lever.net.median))
    text = sentence(f"{to_words(best.name)} saves {money_text(table, best.net.median)} at the median")
    if best.assumption:
        return f"{text}, an assumption"
    larger = any(lever.net.median > best.net.median for lever in saving)
    return f"{text}, the most that evidence supports" if larger else f"{text}, more than any other lever"


FUNCTIONS = KindFunctions(levers_table, draw_levers, levers_text, levers_finding)
