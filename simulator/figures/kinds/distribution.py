"""The distribution of a total: histogram and S-curve."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.analysis.statistics import probability, summary_statistics
from simulator.core.formatting import format_exact, format_money, format_percent
from simulator.core.levels import Level
from simulator.engine.result import Result
from simulator.figures.axes import add_legend, axis_range, drawable_targets, set_money_axis
from simulator.figures.data import (
    FigureRequest,
    bin_in_interval,
    bin_shares,
    histogram_edges,
    result_header,
    simulate_quantities,
)
from simulator.figures.phrases import budget_text, interval_name, point_text, scope_text, short_title, total_text
from simulator.figures.registry import FigureTable, KindFunctions
from simulator.figures.style import ACCENT, FILL, INK, MAIN, MUTED, PALE, canvas
from simulator.scenario import TOTAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def histogram_table(request: FigureRequest) -> dict[str, Any]:
    """Simulate the total of the scenario."""
    return histogram_of(simulate_quantities(request, [TOTAL]), request.interval)


def histogram_of(result: Result, interval: Level = 0.95) -> dict[str, Any]:
    """Return the table of a histogram from a result that retains the draws of its total."""
    from simulator.analysis.budget import budget_statistics

    total, point, budget = result.retained_draws[TOTAL], result.point, result.scenario.budget
    summary = summary_statistics(total, interval)
    marks = [summary["low"], summary["high"], point]
    if budget is not None and summary["low"] / 3 <= budget <= 3 * summary["high"]:
        marks.append(budget)
    edges = histogram_edges([total], marks)
    return result_header(result, interval) | {
        "total": summary,
        "point_estimate": {
            "amount": point, "given": result.scenario.point is not None, "percentile": 100 * probability(total <= point).value,
        },
        "budget": None if budget is None else budget_statistics(total, budget, point),
        "edges": edges.tolist(), "shares": bin_shares(total, edges),
        "below": float(np.mean(total < edges[0])), "above": float(np.mean(total > edges[-1])),
    }  # fmt: skip


def draw_histogram(table: FigureTable, date: str) -> "Figure":
    """Draw the distribution of the total as shares of the draws, with interval, median, point estimate and budget."""
    total, edges, shares = table["total"], table["edges"], table["shares"]
    beyond = [f"{format_percent(table[side])} of the draws lie {side}" for side in ("below", "above") if table[side] > 0]
    remark = f"Bars show the share of draws in each bin{'; ' + ', '.join(beyond) if beyond else ''}."
    figure, axes = canvas(
        table, f"{table['title']}: what it may cost", f"Total cost, {scope_text(table)}", date, remark=remark, height=3.3
    )
    widths = [high - low for low, high in pairwise(edges)]
    inside = [bin_in_interval(step, total) for step in pairwise(edges)]
    bars = axes.bar(edges[:-1], [100 * share for share in shares], widths, align="edge", edgecolor="white", linewidth=0.4)
    for bar, is_inside in zip(bars, inside, strict=True):
        bar.set_facecolor(FILL if is_inside else PALE)
    axis_range(edges, pad=0.02).apply(axes.xaxis)
    handles = [bars[inside.index(True)]] if True in inside else []
    texts = [f"{interval_name(table)}: {format_money(total['low'])} to {format_money(total['high'])}"] if handles else []
    handles += _draw_amounts(axes, _marked_amounts(table))
    texts += [text for _, text, _, _ in _marked_amounts(table)]
    axes.legend(handles, texts, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2)
    axes.set_ylabel("% of draws")
    set_money_axis(axes.xaxis)
    axes.grid(visible=False, axis="x")
    return figure


def _marked_amounts(table: FigureTable) -> list[tuple[float, str, str, Any]]:
    """Return the amounts to mark: value, text, colour, line style."""
    total, point = table["total"], table["point_estimate"]
    rows = [
        (total["median"], f"P50 {format_money(total['median'])}", MAIN, "-"),
        (total["quantiles"]["80"], f"P80 {format_money(total['quantiles']['80'])}", MAIN, "--"),
        (point["amount"], f"point estimate {point_text(point)} (P{point['percentile']:.0f})", MUTED, ":"),
    ]
    budget = table.get("budget")
    if budget is not None:
        probability = format_percent(budget["probability_within"])
        rows.append((budget["amount"], f"budget {format_exact(budget['amount'])} ({probability} to stay within)", ACCENT, "-."))
    return rows


def _draw_amounts(axes: "Axes", amounts: list[tuple[float, str, str, Any]]) -> list[Any]:
    """Draw a vertical line at each amount within the axis; return the legend handles of all amounts."""
    low, high = axes.get_xlim()
    handles = []
    for value, _, colour, style in amounts:
        line = axes.axvline(value, color=colour, linestyle=style, linewidth=1.6)
        if not low <= value <= high:
            line.set_xdata([])
            line.set_ydata([])
        handles.append(line)
    axes.set_xlim(low, high)
    return handles


def histogram_text(table: FigureTable) -> str:
    """Describe the distribution of the total."""
    return f"Histogram of the total cost of {short_title(table)}: {total_text(table)}{budget_text(table)}."


def s_curve_table(request: FigureRequest) -> dict[str, Any]:
    """Compute the budget plan of the scenario."""
    from simulator.analysis.budget import plan_budget

    return plan_budget(request.scenario, request.draw_count(), request.seed, **request.analysis_options())


def draw_s_curve(table: FigureTable, date: str) -> "Figure":
    """Draw the probability of staying within each amount, with P50, P80, budget and point estimate."""
    curve = table["s_curve"]
    amounts, shares = curve["amount"], [100 * share for share in curve["probability"]]
    figure, axes = canvas(
        table,
        f"{table['title']}: probability of staying within an amount",
        f"Total cost, {scope_text(table)}",
        date,
        height=3.4,
    )
    axes.plot(amounts, shares, color=MAIN, linewidth=2.2)
    budget, point = table.get("budget"), table["point_estimate"]
    marks = [
        (table["total"]["median"], 50.0, f"P50 {format_money(table['total']['median'])}", "o", MAIN),
        (table["total"]["quantiles"]["80"], 80.0, f"P80 {format_money(table['total']['quantiles']['80'])}", "s", MAIN),
        (point["amount"], point["percentile"], f"point estimate {point_text(point)} (P{point['percentile']:.0f})",
         "^", FILL),
    ]  # fmt: skip
    if budget is not None:
        probability = budget["probability_within"]
        marks.append(
            (
                budget["amount"],
                100 * probability,
                f"budget {format_exact(budget['amount'])} ({format_percent(probability)})",
                "D",
                ACCENT,
            )
        )
    drawable = [value for mark in marks for value in drawable_targets(mark[0], amounts)]
    limits = axis_range([*amounts, *drawable], pad=0.02)
    limits.apply(axes.xaxis)
    for value, share, text, marker, colour in marks:
        if limits.low <= value <= limits.high:
            axes.plot([limits.low, value, value], [share, share, 0], color=colour if colour != FILL else MUTED,
                      linewidth=0.8, linestyle=":")  # fmt: skip
            axes.plot([value], [share], marker=marker, color=colour, markersize=7, markeredgecolor=INK, markeredgewidth=0.7,
                      linestyle="none", label=text, zorder=3)  # fmt: skip
        else:
            axes.plot([], [], marker=marker, color=colour, markersize=7, linestyle="none", label=f"{text}, off the scale")
    axes.set_ylim(0, 100)
    axes.set_ylabel("probability of staying within, %")
    set_money_axis(axes.xaxis)
    add_legend(axes, columns=2)
    return figure


def s_curve_text(table: FigureTable) -> str:
    """Describe the probability of staying within each amount."""
    eighty = format_money(table["total"]["quantiles"]["80"])
    point = table["point_estimate"]
    return (
        f"Curve of the probability of staying within each amount for {short_title(table)}: {total_text(table)}, P80 "
        f"{eighty}; the point "
        f"estimate of {point_text(point)} is at P{point['percentile']:.0f}{budget_text(table)}."
    )


FUNCTIONS = {
    "histogram": KindFunctions(histogram_table, draw_histogram, histogram_text),
    "s-curve": KindFunctions(s_curve_table, draw_s_curve, s_curve_text),
}
