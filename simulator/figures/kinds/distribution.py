"""The distribution of one total: histogram and S-curve."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.analysis.statistics import figures, probability
from simulator.core.formatting import exact, money, percent
from simulator.core.levels import Level
from simulator.engine.result import Result
from simulator.figures.axes import legend, money_axis, near_enough, span
from simulator.figures.data import Asked, kept_draws, result_header, shares, steps, within
from simulator.figures.phrases import budget_text, interval_name, point_text, scope, title_of, total_text
from simulator.figures.registry import Parts, Table
from simulator.figures.style import FILL, INK, MAIN, MUTED, OTHER, PALE, canvas
from simulator.scenario import TOTAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def histogram_table(request: Asked) -> dict[str, Any]:
    """Simulate the scenario for its histogram."""
    return histogram_of(kept_draws(request, [TOTAL]), request.interval)


def histogram_of(result: Result, interval: Level = 0.95) -> dict[str, Any]:
    """Return the table of a histogram from a result that keeps the draws of its total."""
    from simulator.analysis.budget import amount_figures

    total, point, budget = result.kept[TOTAL], result.point, result.scenario.budget
    summary = figures(total, interval)
    marks = [summary["low"], summary["high"], point]
    if budget is not None and summary["low"] / 3 <= budget <= 3 * summary["high"]:
        marks.append(budget)
    edges = steps([total], marks)
    return result_header(result, interval) | {
        "total": summary,
        "point_estimate": {
            "amount": point, "given": result.scenario.point is not None, "percentile": 100 * probability(total <= point).value,
        },
        "budget": None if budget is None else amount_figures(total, budget, point),
        "edges": edges.tolist(), "shares": shares(total, edges),
        "below": float(np.mean(total < edges[0])), "above": float(np.mean(total > edges[-1])),
    }  # fmt: skip


def draw_histogram(table: Table, date: str) -> "Figure":
    """The distribution of the total as shares of the draws, with its interval, median, point estimate and budget."""
    total, edges, shares = table["total"], table["edges"], table["shares"]
    beyond = [f"{percent(table[side])} of the draws lie {side}" for side in ("below", "above") if table[side] > 0]
    remark = f"Bars show the share of draws in each step of amounts{'; ' + ', '.join(beyond) if beyond else ''}."
    figure, axes = canvas(
        table, f"{table['title']}: what it may cost", f"Total cost, {scope(table)}", date, remark=remark, height=3.3
    )
    widths = [high - low for low, high in pairwise(edges)]
    inside = [within(step, total) for step in pairwise(edges)]
    bars = axes.bar(edges[:-1], [100 * share for share in shares], widths, align="edge", edgecolor="white", linewidth=0.4)
    for bar, shown in zip(bars, inside, strict=True):
        bar.set_facecolor(FILL if shown else PALE)
    span(edges, pad=0.02).apply(axes.xaxis)
    handles = [bars[inside.index(True)]] if True in inside else []
    texts = [f"{interval_name(table)}: {money(total['low'])} to {money(total['high'])}"] if handles else []
    handles += _lines_at(axes, _amounts(table))
    texts += [text for _, text, _, _ in _amounts(table)]
    axes.legend(handles, texts, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2)
    axes.set_ylabel("% of draws")
    money_axis(axes.xaxis)
    axes.grid(visible=False, axis="x")
    return figure


def _amounts(table: Table) -> list[tuple[float, str, str, Any]]:
    """The amounts that a reader looks for: value, text, colour, line style."""
    total, point = table["total"], table["point_estimate"]
    rows = [
        (total["median"], f"P50 {money(total['median'])}", MAIN, "-"),
        (total["quantiles"]["80"], f"P80 {money(total['quantiles']['80'])}", MAIN, "--"),
        (point["amount"], f"point estimate {point_text(point)} (P{point['percentile']:.0f})", MUTED, ":"),
    ]
    stands = table.get("budget")
    if stands is not None:
        within = percent(stands["probability_within"])
        rows.append((stands["amount"], f"budget {exact(stands['amount'])} ({within} to stay within)", OTHER, "-."))
    return rows


def _lines_at(axes: "Axes", amounts: list[tuple[float, str, str, Any]]) -> list[Any]:
    """Draw an upright line at each amount that the axis reaches; return what the legend shows for all."""
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


def histogram_text(table: Table) -> str:
    """Say what the total may cost."""
    return f"Histogram of the total cost of {title_of(table)}: {total_text(table)}{budget_text(table)}."


def s_curve_table(request: Asked) -> dict[str, Any]:
    """Simulate the scenario for its budget."""
    from simulator.analysis.budget import plan_budget

    return plan_budget(request.one, request.many(), request.seed, **request.options())


def draw_s_curve(table: Table, date: str) -> "Figure":
    """The probability to stay within each amount, with P50, P80, budget and point estimate."""
    curve = table["s_curve"]
    amounts, shares = curve["amount"], [100 * share for share in curve["probability"]]
    figure, axes = canvas(
        table, f"{table['title']}: probability of staying within an amount", f"Total cost, {scope(table)}", date, height=3.4
    )
    axes.plot(amounts, shares, color=MAIN, linewidth=2.2)
    stands, point = table.get("budget"), table["point_estimate"]
    marks = [
        (table["total"]["median"], 50.0, f"P50 {money(table['total']['median'])}", "o", MAIN),
        (table["total"]["quantiles"]["80"], 80.0, f"P80 {money(table['total']['quantiles']['80'])}", "s", MAIN),
        (point["amount"], point["percentile"], f"point estimate {point_text(point)} (P{point['percentile']:.0f})",
         "^", FILL),
    ]  # fmt: skip
    if stands is not None:
        within = stands["probability_within"]
        marks.append((stands["amount"], 100 * within, f"budget {exact(stands['amount'])} ({percent(within)})", "D", OTHER))
    near = [value for mark in marks for value in near_enough(mark[0], amounts)]
    ends = span([*amounts, *near], pad=0.02)
    ends.apply(axes.xaxis)
    for value, share, text, marker, colour in marks:
        if ends.low <= value <= ends.high:
            axes.plot([ends.low, value, value], [share, share, 0], color=colour if colour != FILL else MUTED,
                      linewidth=0.8, linestyle=":")  # fmt: skip
            axes.plot([value], [share], marker=marker, color=colour, markersize=7, markeredgecolor=INK, markeredgewidth=0.7,
                      linestyle="none", label=text, zorder=3)  # fmt: skip
        else:
            axes.plot([], [], marker=marker, color=colour, markersize=7, linestyle="none", label=f"{text}, off the scale")
    axes.set_ylim(0, 100)
    axes.set_ylabel("probability of staying within, %")
    money_axis(axes.xaxis)
    legend(axes, columns=2)
    return figure


def s_curve_text(table: Table) -> str:
    """Say what the probability of staying within each amount is."""
    eighty = money(table["total"]["quantiles"]["80"])
    point = table["point_estimate"]
    return (
        f"Curve of the probability of staying within each amount for {title_of(table)}: {total_text(table)}, P80 "
        f"{eighty}; the point "
        f"estimate of {point_text(point)} stands at P{point['percentile']:.0f}{budget_text(table)}."
    )


PARTS = {
    "histogram": Parts(histogram_table, draw_histogram, histogram_text),
    "s-curve": Parts(s_curve_table, draw_s_curve, s_curve_text),
}
