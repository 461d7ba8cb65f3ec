"""Scenarios against each other, using common random numbers."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from simulator.analysis.statistics import figures, labels, same_money
from simulator.core.formatting import money, percent
from simulator.core.levels import Level
from simulator.engine.result import Result
from simulator.figures.axes import interval_bar, legend, money_axis, rows_axis, span
from simulator.figures.data import Asked, NotDrawn, kept_draws, result_header, shares, steps
from simulator.figures.phrases import interval_name, listed, range_text
from simulator.figures.registry import Parts, Table
from simulator.figures.style import COLOURS, FILL, INK, LINES, MARKERS, OTHER, PALE, canvas
from simulator.figures.text import label, plain, signed
from simulator.scenario import TOTAL

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def overlay_table(request: Asked) -> dict[str, Any]:
    """Simulate the scenarios with common random numbers."""
    return overlay_of(*_totals(request), request.interval)


def overlay_of(results: Sequence[Result], names: Sequence[str], interval: Level = 0.95) -> dict[str, Any]:
    """Return the table of totals over each other from results that keep the draws of their totals."""
    totals = [result.kept[TOTAL] for result in results]
    summaries = [figures(total, interval) for total in totals]
    edges = steps(totals, [summary[end] for summary in summaries for end in ("low", "high")])
    return result_header(results[0], interval) | {
        "edges": edges.tolist(),
        "scenarios": [
            {"name": name, "title": result.scenario.title, "scope": result.scenario.scope, **summary,
             "shares": shares(total, edges)}
            for name, result, total, summary in zip(names, results, totals, summaries, strict=True)
        ],
    }  # fmt: skip


def difference_table(request: Asked) -> dict[str, Any]:
    """Simulate the scenarios with common random numbers."""
    return difference_of(*_totals(request), request.interval)


def difference_of(results: Sequence[Result], names: Sequence[str], interval: Level = 0.95) -> dict[str, Any]:
    """Return the table of differences from the first result, draw by draw; all are of one seed and number of draws."""
    from simulator.analysis.compare import paired

    first = results[0].kept[TOTAL]
    rows = []
    for name, result in zip(names[1:], results[1:], strict=True):
        other = result.kept[TOTAL]
        summary = paired(first, other, interval)
        edges = steps([other - first], [0.0, summary["low"], summary["high"]])
        rows.append({"of": name, "from": names[0], **summary, "edges": edges.tolist(), "shares": shares(other - first, edges)})
    return result_header(results[0], interval) | {"differences": rows}


def _totals(request: Asked) -> tuple[list[Result], list[str]]:
    same_money(request.scenarios)
    for scenario in request.scenarios:
        if scenario.progress is not None:
            raise NotDrawn(f"{scenario.name} is under way: its draws have no like in another scenario")
    results = [kept_draws(request, [TOTAL], scenario) for scenario in request.scenarios]
    return results, list(request.names or labels(request.scenarios))


def draw_overlay(table: Table, date: str) -> "Figure":
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


def _names(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _dark(number: int) -> str:
    """A colour for a line: the palest of the palette would be lost on white."""
    return (*COLOURS[:4], INK)[number]


def draw_difference(table: Table, date: str) -> "Figure":
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
        remark="Draw by draw, using common random numbers: what the scenarios have in common cancels out.",
    )
    for row, (axes,) in zip(rows, panels, strict=True):
        _panel(axes, row, table, many=len(rows) > 1)
    money_axis(panels[-1][0].xaxis, f"USD: {'' if len(rows) > 1 else plain(rows[0]['of'])[:40] + ' '}less {first[:40]}")
    return figure


def _panel(axes: Any, row: Any, table: Table, *, many: bool) -> None:
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
    summary = f"median {signed(row['median'])} ({interval_name(table)}: {signed(row['low'])} to {signed(row['high'])})"
    probabilities = f"cheaper in {percent(max(0.0, 1 - dearer - equal))}, dearer in {percent(dearer)} of draws"
    axes.set_title(
        (f"{label(row['of'], 5.5, 1)}\n" if many else "") + f"{summary}; {probabilities}",
        loc="left",
        size=7.8,
        color=INK,
        pad=4,
    )
    axes.patch.set_facecolor("white")
    axes.spines["bottom"].set_color(PALE)


def overlay_text(table: Table) -> str:
    """Say what each scenario costs."""
    texts = [f"{plain(row['name'])} {money(row['median'])} ({range_text(row)})" for row in table["scenarios"]]
    return f"Distributions of total costs over each other, median and {table['interval']:g}% interval: {listed(texts)}."


def difference_text(table: Table) -> str:
    """Say what each scenario costs more than the first."""
    texts = [
        f"{plain(row['of'])} less {plain(row['from'])}: median {money(row['median'])} ({range_text(row)}), dearer in "
        f"{percent(row['first_cheaper']['value'])} of draws"
        for row in table["differences"]
    ]
    return f"Histograms of paired differences. {listed(texts)}."


PARTS = {
    "overlay": Parts(overlay_table, draw_overlay, overlay_text),
    "difference": Parts(difference_table, draw_difference, difference_text),
}
