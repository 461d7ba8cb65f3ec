"""The distribution of a total."""

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simulator.analysis.budget import PointEstimate, point_estimate
from simulator.analysis.overruns import BudgetStatistics, budget_statistics
from simulator.analysis.statistics import SummaryStatistics, summary_statistics
from simulator.core.formatting import format_percent, share_of_draws
from simulator.core.levels import Level
from simulator.core.results import AnalysisResult
from simulator.engine.result import SimulationResult
from simulator.figures.axes import add_legend, axis_range, set_money_axis
from simulator.figures.data import (
    FigureRequest,
    TotalDraws,
    bin_in_interval,
    bin_shares,
    histogram_edges,
    simulate_quantities,
    total_draws,
)
from simulator.figures.phrases import budget_text, interval_name, money_text, short_title, subtitle, total_text
from simulator.figures.registry import KindFunctions
from simulator.figures.style import ACCENT, FILL, MAIN, MUTED, PALE, canvas
from simulator.scenario import TOTAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
from simulator.figures.phrases import point_label


@dataclass(frozen=True, kw_only=True)
class HistogramTable(AnalysisResult):
    """The distribution of a total.

    Attributes
    ----------
    total : SummaryStatistics
        USD.
    point_estimate : PointEstimate
    budget : BudgetStatistics or None
        The budget, if there is one.
    edges : tuple of float
        Bounds of the bins, USD.
    shares : tuple of float
        Share of the draws in each bin.
    below, above : float
        Share of the draws below the first bin and above the last.

    """

    total: SummaryStatistics
    point_estimate: PointEstimate
    budget: BudgetStatistics | None
    edges: tuple[float, ...]
    shares: tuple[float, ...]
    below: float
    above: float


def histogram_table(request: FigureRequest) -> HistogramTable:
    """Simulate the total of the scenario."""
    return histogram_of(simulate_quantities(request, [TOTAL]), request.interval)


def histogram_of(result: SimulationResult, interval: Level = 0.95) -> HistogramTable:
    """Return the table of a histogram from a result that retains the draws of its total."""
    return histogram_of_draws(total_draws(result, interval), interval)


def histogram_of_draws(run: TotalDraws, interval: Level = 0.95) -> HistogramTable:
    """Return the table of a histogram of draws."""
    total, point, budget = run.draws, run.point, run.budget
    summary = summary_statistics(total, interval)
    marks = [summary.low, summary.high, point]
    if budget is not None and summary.low / 3 <= budget <= 3 * summary.high:
        marks.append(budget)
    edges = histogram_edges([total], marks)
    return HistogramTable(
        header=run.header,
        total=summary,
        point_estimate=point_estimate(total, point, is_given=run.has_own_point),
        budget=None if budget is None else budget_statistics(total, budget, point),
        edges=tuple(edges.tolist()),
        shares=tuple(bin_shares(total, edges)),
        below=float(np.mean(total < edges[0])),
        above=float(np.mean(total > edges[-1])),
    )


def draw_histogram(table: HistogramTable, date: str) -> "Figure":
    """Draw the distribution of the total as shares of the draws, with interval, median, point estimate and budget."""
    total, edges = table.total, table.edges
    sides = (("below", table.below), ("above", table.above))
    beyond = [f"{share_of_draws(share)} lie {side}" for side, share in sides if share > 0]
    remark = f"Bars show the share of draws in each bin{'; ' + ', '.join(beyond) if beyond else ''}."
    figure, axes = canvas(table, histogram_finding(table), subtitle(table, "total cost"), date, remark=remark, height=3.3)
    widths = [high - low for low, high in pairwise(edges)]
    inside = [bin_in_interval(step, total) for step in pairwise(edges)]
    bars = axes.bar(edges[:-1], [100 * share for share in table.shares], widths, align="edge", edgecolor="white", linewidth=0.4)
    for bar, is_inside in zip(bars, inside, strict=True):
        bar.set_facecolor(FILL if is_inside else PALE)
    axis_range(edges, pad=0.02).apply(axes.xaxis)
    handles = [bars[inside.index(True)]] if True in inside else []
    texts = [f"{interval_name(table)}: {money_text(table, total.low)} to {money_text(table, total.high)}"] if handles else []
    marks = _marked_amounts(table)
    handles += _draw_amounts(axes, marks)
    texts += [mark.text for mark in marks]
    add_legend(axes, columns=2, handles=handles, texts=texts)
    axes.set_ylabel("% of draws")
    set_money_axis(axes.xaxis, table.header.currency)
    axes.grid(visible=False, axis="x")
    return figure


class _Mark(NamedTuple):
    """An amount to mark, USD, with its text, colour and line style."""

    amount: float
    text: str
    colour: str
    style: str


def _marked_amounts(table: HistogramTable) -> list[_Mark]:
    """Return the amounts to mark: median, P80, point estimate and budget."""
    total, point, budget = table.total, table.point_estimate, table.budget
    marks = [
        _Mark(total.median, f"P50 {money_text(table, total.median)}", MAIN, "-"),
        _Mark(total.p80, f"P80 {money_text(table, total.p80)}", MAIN, "--"),
        _Mark(point.amount, point_label(table, point), MUTED, ":"),
    ]
    if budget is not None:
        probability = format_percent(budget.probability_within)
        amount = money_text(table, budget.amount, is_given=True)
        marks.append(_Mark(budget.amount, f"budget {amount}: {probability}", ACCENT, "-."))
    return marks


def _draw_amounts(axes: "Axes", marks: list[_Mark]) -> list[Any]:
    """Draw a vertical line at each amount within the axis; return the legend handles of all amounts."""
    low, high = axes.get_xlim()
    handles = []
    for mark in marks:
        line = axes.axvline(mark.amount, color=mark.colour, linestyle=mark.style, linewidth=1.6)
        if not low <= mark.amount <= high:
            line.set_xdata([])
            line.set_ydata([])
        handles.append(line)
    axes.set_xlim(low, high)
    return handles


def histogram_text(table: HistogramTable) -> str:
    """Describe the distribution of the total."""
    total = total_text(table, table.total)
    return f"Histogram of the total cost of {short_title(table)}: {total}{budget_text(table.budget)}."


def histogram_finding(table: HistogramTable) -> str:
    """State the median and the interval of the total."""
    total = table.total
    if total.low == total.high:
        return f"The total is known: {money_text(table, total.median)}"
    return (
        f"Half of the simulated outcomes cost more than {money_text(table, total.median)}; {table.header.interval:g}% cost "
        f"{money_text(table, total.low)} to {money_text(table, total.high)}"
    )


FUNCTIONS = KindFunctions(histogram_table, draw_histogram, histogram_text, histogram_finding)
