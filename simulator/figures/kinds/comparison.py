"""Comparisons of scenarios using common random numbers."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from simulator.analysis.statistics import check_same_money, summary_statistics, unique_names
from simulator.core.formatting import format_money, format_percent
from simulator.core.levels import Level
from simulator.engine.result import Result
from simulator.figures.axes import add_legend, axis_range, draw_interval, set_money_axis, set_rows_axis
from simulator.figures.data import (
    FigureRequest,
    FigureUnavailableError,
    bin_shares,
    histogram_edges,
    result_header,
    simulate_quantities,
)
from simulator.figures.phrases import interval_name, join_texts, range_text
from simulator.figures.registry import FigureTable, KindFunctions
from simulator.figures.style import ACCENT, COLOURS, FILL, INK, LINES, MARKERS, PALE, canvas
from simulator.figures.text import format_signed, label, to_plain
from simulator.scenario import TOTAL

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def overlay_table(request: FigureRequest) -> dict[str, Any]:
    """Simulate the scenarios with common random numbers."""
    return overlay_of(*_simulate_totals(request), request.interval)


def overlay_of(results: Sequence[Result], names: Sequence[str], interval: Level = 0.95) -> dict[str, Any]:
    """Return the table of the distributions of totals from results that retain the draws of their totals."""
    totals = [result.retained_draws[TOTAL] for result in results]
    summaries = [summary_statistics(total, interval) for total in totals]
    edges = histogram_edges(totals, [summary[end] for summary in summaries for end in ("low", "high")])
    return result_header(results[0], interval) | {
        "edges": edges.tolist(),
        "scenarios": [
            {"name": name, "title": result.scenario.title, "scope": result.scenario.scope, **summary,
             "shares": bin_shares(total, edges)}
            for name, result, total, summary in zip(names, results, totals, summaries, strict=True)
        ],
    }  # fmt: skip


def difference_table(request: FigureRequest) -> dict[str, Any]:
    """Simulate the scenarios with common random numbers."""
    return difference_of(*_simulate_totals(request), request.interval)


def difference_of(results: Sequence[Result], names: Sequence[str], interval: Level = 0.95) -> dict[str, Any]:
    """Return the table of paired differences from the first result; all results share a seed and a number of draws."""
    from simulator.analysis.compare import paired_difference

    first = results[0].retained_draws[TOTAL]
    rows = []
    for name, result in zip(names[1:], results[1:], strict=True):
        other = result.retained_draws[TOTAL]
        summary = paired_difference(first, other, interval)
        edges = histogram_edges([other - first], [0.0, summary["low"], summary["high"]])
        rows.append(
            {"of": name, "from": names[0], **summary, "edges": edges.tolist(), "shares": bin_shares(other - first, edges)}
        )
    return result_header(results[0], interval) | {"differences": rows}


def _simulate_totals(request: FigureRequest) -> tuple[list[Result], list[str]]:
    check_same_money(request.scenarios)
    for scenario in request.scenarios:
        if scenario.paused_run is not None:
            raise FigureUnavailableError(
                f"{scenario.name} is under way: its draws cannot be paired with those of another scenario"
            )
    results = [simulate_quantities(request, [TOTAL], scenario) for scenario in request.scenarios]
    return results, list(request.names or unique_names(request.scenarios))


def draw_overlay(table: FigureTable, date: str) -> "Figure":
    """Draw the distributions of the totals as outlines, and the median and interval of each scenario below."""
    rows = table["scenarios"]
    scopes = {row["scope"] for row in rows}
    common_scope = f"{scopes.pop()}, " if len(scopes) == 1 else ""
    remark = "" if common_scope else "The scopes differ: " + "; ".join(f"{row['name']}: {row['scope']}" for row in rows) + "."
    remark += " All scenarios use the same bins; up to 1% of the draws lie outside on the right."
    figure, (top, bottom) = canvas(
        table,
        f"{_join_names([to_plain(row['name']) for row in rows])}: what they may cost",
        f"Total cost, {common_scope}{table['money']}",
        date,
        rows=2,
        height=2.9 + 0.3 * len(rows),
        sharex=True,
        gridspec_kw={"height_ratios": [2.2, 0.3 + 0.3 * len(rows)]},
        remark=remark,
    )
    edges = table["edges"]
    for number, row in enumerate(rows):
        colour = _line_colour(number)
        top.stairs([100 * share for share in row["shares"]], edges, color=colour, linestyle=LINES[number], linewidth=1.9,
                   label=label(row["name"], 2.6, 1))  # fmt: skip
        draw_interval(bottom, number, row, colour=colour, marker=MARKERS[number])
    axis_range(edges, pad=0.02).apply(top.xaxis)
    top.set_ylim(bottom=0)
    top.set_ylabel("% of draws per bin")
    top.tick_params(labelbottom=False)
    set_rows_axis(bottom, [f"{to_plain(row['name'])}: {format_money(row['median'])}" for row in rows])
    set_money_axis(bottom.xaxis, f"USD: median and {interval_name(table)}")
    add_legend(top, columns=2)
    return figure


def _join_names(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _line_colour(number: int) -> str:
    """Return the colour of a line, without the lightest of the palette, which is invisible on white."""
    return (*COLOURS[:4], INK)[number]


def draw_difference(table: FigureTable, date: str) -> "Figure":
    """Draw the paired difference of each scenario from the first, with the share of draws on either side of zero."""
    rows = table["differences"]
    first = to_plain(rows[0]["from"])
    figure, panels = canvas(
        table,
        f"{_join_names([to_plain(row['of']) for row in rows])} less {first}",
        f"Difference of the total cost, {table['money']}",
        date,
        rows=len(rows),
        height=0.5 + (2.6 if len(rows) == 1 else 1.75 * len(rows)),
        squeeze=False,
        remark="Paired draw by draw using common random numbers, so that what the scenarios share cancels out.",
    )
    for row, (axes,) in zip(rows, panels, strict=True):
        _draw_panel(axes, row, table, many=len(rows) > 1)
    set_money_axis(panels[-1][0].xaxis, f"USD: {'' if len(rows) > 1 else to_plain(rows[0]['of'])[:40] + ' '}less {first[:40]}")
    return figure


def _draw_panel(axes: Any, row: Any, table: FigureTable, *, many: bool) -> None:
    edges, bin_heights = row["edges"], row["shares"]
    pairs = list(pairwise(edges))
    bars = axes.bar(
        edges[:-1],
        [100 * share for share in bin_heights],
        [b - a for a, b in pairs],
        align="edge",
        edgecolor="white",
        linewidth=0.4,
    )
    for bar, (low, high) in zip(bars, pairs, strict=True):
        is_costlier = (low + high) / 2 > 0
        bar.set_facecolor(ACCENT if is_costlier else FILL)
        bar.set_hatch("////" if is_costlier else "")
    axes.axvline(0, color=INK, linewidth=1.4)
    axes.axvline(row["median"], color=INK, linewidth=1.4, linestyle="--")
    axis_range(edges, pad=0.02)._replace(log=False).apply(axes.xaxis)
    axes.grid(visible=False, axis="x")
    axes.set_ylabel("% of draws")
    set_money_axis(axes.xaxis, "")
    costlier, equal = row["first_cheaper"]["value"], row["equal"]
    interval = f"{interval_name(table)}: {format_signed(row['low'])} to {format_signed(row['high'])}"
    summary = f"median {format_signed(row['median'])} ({interval})"
    probability_text = (
        f"cheaper in {format_percent(max(0.0, 1 - costlier - equal))}, costlier in {format_percent(costlier)} of draws"
    )
    axes.set_title(
        (f"{label(row['of'], 5.5, 1)}\n" if many else "") + f"{summary}; {probability_text}",
        loc="left",
        size=7.8,
        color=INK,
        pad=4,
    )
    axes.patch.set_facecolor("white")
    axes.spines["bottom"].set_color(PALE)


def overlay_text(table: FigureTable) -> str:
    """Describe the cost of each scenario."""
    texts = [f"{to_plain(row['name'])} {format_money(row['median'])} ({range_text(row)})" for row in table["scenarios"]]
    return f"Distributions of total costs, median and {table['interval']:g}% interval: {join_texts(texts)}."


def difference_text(table: FigureTable) -> str:
    """Describe the difference of each scenario from the first."""
    texts = [
        f"{to_plain(row['of'])} less {to_plain(row['from'])}: median {format_money(row['median'])} ({range_text(row)}), "
        f"costlier in {format_percent(row['first_cheaper']['value'])} of draws"
        for row in table["differences"]
    ]
    return f"Histograms of paired differences. {join_texts(texts)}."


FUNCTIONS = {
    "overlay": KindFunctions(overlay_table, draw_overlay, overlay_text),
    "difference": KindFunctions(difference_table, draw_difference, difference_text),
}
