"""Scenarios against each other, under one luck."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from simulator.core.formatting import money, percent
from simulator.figures.style import (
    COLOURS,
    FILL,
    INK,
    LINES,
    MARKERS,
    OTHER,
    PALE,
    canvas,
    interval_bar,
    interval_name,
    label,
    legend,
    money_axis,
    plain,
    rows_axis,
    signed,
    span,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulator.figures import Table


def _names(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def overlay(table: "Table", date: str) -> "Figure":
    """The distributions of the totals as outlines, and below each scenario's median and interval."""
    rows = table["scenarios"]
    scopes = {row["scope"] for row in rows}
    counted = f"{scopes.pop()}, " if len(scopes) == 1 else ""
    remark = (
        "" if counted else "They count different things: " + "; ".join(f"{row['name']}: {row['scope']}" for row in rows) + "."
    )
    remark += " Steps are the same for all of them; up to 1% of the draws lie beyond on the right."
    figure, (top, bottom) = canvas(
        table,
        f"{_names([plain(row['name']) for row in rows])}: what they may cost",
        f"Total cost, {counted}{table['money']}",
        date,
        rows=2,
        height=2.9 + 0.3 * len(rows),
        sharex=True,
        gridspec_kw={"height_ratios": [2.2, 0.3 + 0.3 * len(rows)]},
        remark=remark,
    )
    edges = table["edges"]
    for number, row in enumerate(rows):
        colour = _dark(number)
        top.stairs([100 * share for share in row["shares"]], edges, color=colour, linestyle=LINES[number], linewidth=1.9,
                   label=label(row["name"], 2.6, 1))  # fmt: skip
        interval_bar(bottom, number, row, colour=colour, marker=MARKERS[number])
    span(edges, pad=0.02).apply(top.xaxis)
    top.set_ylim(bottom=0)
    top.set_ylabel("% of draws in a step")
    top.tick_params(labelbottom=False)
    rows_axis(bottom, [f"{plain(row['name'])}: {money(row['median'])}" for row in rows])
    money_axis(bottom.xaxis, f"USD: median and {interval_name(table)}")
    legend(top, columns=2)
    return figure


def _dark(number: int) -> str:
    """A colour for a line: the palest of the palette would be lost on white."""
    return (*COLOURS[:4], INK)[number]


def difference(table: "Table", date: str) -> "Figure":
    """The paired difference of each scenario from the first, with the share of draws on either side of nothing."""
    rows = table["differences"]
    first = plain(rows[0]["from"])
    figure, panels = canvas(
        table,
        f"{_names([plain(row['of']) for row in rows])} less {first}",
        f"Difference of the total cost, {table['money']}",
        date,
        rows=len(rows),
        height=0.5 + (2.6 if len(rows) == 1 else 1.75 * len(rows)),
        squeeze=False,
        remark="Draw by draw, under the same luck: what the scenarios have in common cancels out.",
    )
    for row, (axes,) in zip(rows, panels, strict=True):
        _panel(axes, row, table, many=len(rows) > 1)
    money_axis(panels[-1][0].xaxis, f"USD: {'' if len(rows) > 1 else plain(rows[0]['of'])[:40] + ' '}less {first[:40]}")
    return figure


def _panel(axes: Any, row: Any, table: "Table", *, many: bool) -> None:
    edges, shares = row["edges"], row["shares"]
    pairs = list(pairwise(edges))
    bars = axes.bar(edges[:-1], [100 * share for share in shares], [b - a for a, b in pairs], align="edge", edgecolor="white",
                    linewidth=0.4)  # fmt: skip
    for bar, (low, high) in zip(bars, pairs, strict=True):
        dearer = (low + high) / 2 > 0
        bar.set_facecolor(OTHER if dearer else FILL)
        bar.set_hatch("////" if dearer else "")
    axes.axvline(0, color=INK, linewidth=1.4)
    axes.axvline(row["median"], color=INK, linewidth=1.4, linestyle="--")
    span(edges, pad=0.02)._replace(log=False).apply(axes.xaxis)
    axes.grid(visible=False, axis="x")
    axes.set_ylabel("% of draws")
    money_axis(axes.xaxis, "")
    dearer, equal = row["first_cheaper"]["value"], row["equal"]
    said = f"median {signed(row['median'])} ({interval_name(table)}: {signed(row['low'])} to {signed(row['high'])})"
    chances = f"cheaper in {percent(max(0.0, 1 - dearer - equal))}, dearer in {percent(dearer)} of worlds"
    axes.set_title(
        (f"{label(row['of'], 5.5, 1)}\n" if many else "") + f"{said}; {chances}", loc="left", size=7.8, color=INK, pad=4
    )
    axes.patch.set_facecolor("white")
    axes.spines["bottom"].set_color(PALE)
