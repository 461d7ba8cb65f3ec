"""The distributions of the totals of several scenarios."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.analysis.compare import NamedScenario
from simulator.analysis.statistics import SummaryStatistics, summary_statistics
from simulator.core.formatting import format_money
from simulator.core.levels import Level
from simulator.core.results import values_of
from simulator.engine.result import SimulationResult
from simulator.figures.axes import add_legend, axis_range, draw_interval, set_money_axis, set_rows_axis
from simulator.figures.data import (
    FigureRequest,
    TotalDraws,
    bin_shares,
    histogram_edges,
    total_draws,
)
from simulator.figures.phrases import interval_name, join_texts, money_text, range_text
from simulator.figures.registry import KindFunctions
from simulator.figures.style import LINES, MARKERS, canvas, line_colour
from simulator.figures.text import label, to_plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure
from simulator.figures.comparisons import (
    FigureOfSeveral,
    conditions_of,
    dearest_and_cheapest,
    simulate_totals,
    unlike_totals,
)


@dataclass(frozen=True, kw_only=True)
class OverlaidTotal(SummaryStatistics, NamedScenario):
    """The distribution of the total of one of several scenarios.

    Attributes
    ----------
    name, title, scope : str
    mean, sd, median, low, high, quantiles, mcse
        As in `SummaryStatistics`, USD.
    shares : list of float
        Share of the draws in each bin.

    """

    shares: list[float]


@dataclass(frozen=True, kw_only=True)
class OverlayFigure(FigureOfSeveral):
    """The distributions of the totals of several scenarios, in the same bins; the header is that of the first.

    Attributes
    ----------
    edges : list of float
        Edges of the bins, USD.
    scenarios : tuple of OverlaidTotal
    own_chips, missing_costs, missed_targets
        As in `FigureOfSeveral`.

    """

    edges: list[float]
    scenarios: tuple[OverlaidTotal, ...]


def overlay_table(request: FigureRequest) -> OverlayFigure:
    """Simulate the scenarios with common random numbers."""
    return overlay_of(*simulate_totals(request), request.interval)


def overlay_of(results: Sequence[SimulationResult], names: Sequence[str], interval: Level = 0.95) -> OverlayFigure:
    """Return the distributions of totals from results that retain the draws of their totals."""
    return overlay_of_draws([total_draws(result, interval) for result in results], names, interval)


def overlay_of_draws(runs: Sequence[TotalDraws], names: Sequence[str], interval: Level = 0.95) -> OverlayFigure:
    """Return the distributions of totals from their draws."""
    totals = [run.draws for run in runs]
    summaries = [summary_statistics(total, interval) for total in totals]
    edges = histogram_edges(totals, [end for summary in summaries for end in (summary.low, summary.high)])
    return OverlayFigure(
        header=runs[0].header,
        edges=edges.tolist(),
        scenarios=tuple(
            OverlaidTotal(
                name=name,
                title=run.header.title or "",
                scope=run.header.scope or "",
                **values_of(summary),
                shares=bin_shares(total, edges),
            )
            for name, run, total, summary in zip(names, runs, totals, summaries, strict=True)
        ),
        **unlike_totals(runs, names),
    )


def draw_overlay(table: OverlayFigure, date: str) -> "Figure":
    """Draw the distributions of the totals as outlines, and the median and interval of each scenario below."""
    rows = table.scenarios
    scopes = {row.scope for row in rows}
    common_scope = f"{scopes.pop()}, " if len(scopes) == 1 else ""
    remark = "" if common_scope else "The scopes differ: " + "; ".join(f"{row.name}: {row.scope}" for row in rows) + "."
    remark += " All scenarios use the same bins; up to 1% of the draws lie outside on the right."
    remark = " ".join([*conditions_of(table), remark.lstrip()])
    figure, (top, bottom) = canvas(
        table,
        overlay_finding(table),
        f"Distributions of the total cost, {common_scope}{table.header.money}",
        date,
        rows=2,
        height=2.9 + 0.3 * len(rows),
        sharex=True,
        gridspec_kw={"height_ratios": [2.2, 0.3 + 0.3 * len(rows)]},
        remark=remark,
    )
    edges = table.edges
    for number, row in enumerate(rows):
        colour = line_colour(number)
        top.stairs([100 * share for share in row.shares], edges, color=colour, linestyle=LINES[number], linewidth=1.9,
                   label=label(row.name, 2.6, 1))  # fmt: skip
        draw_interval(bottom, number, row, colour=colour, marker=MARKERS[number])
    axis_range(edges, pad=0.02).apply(top.xaxis)
    top.set_ylim(bottom=0)
    top.set_ylabel("% of draws per bin")
    top.tick_params(labelbottom=False)
    set_rows_axis(bottom, [f"{to_plain(row.name)}: {money_text(table, row.median)}" for row in rows])
    set_money_axis(bottom.xaxis, f"{table.header.currency}: median and {interval_name(table)}")
    add_legend(top, columns=2)
    return figure


def overlay_text(table: OverlayFigure) -> str:
    """Describe the cost of each scenario."""
    texts = [f"{to_plain(row.name)} {format_money(row.median)} ({range_text(row)})" for row in table.scenarios]
    return f"Distributions of total costs, median and {table.header.interval:g}% interval: {join_texts(texts)}."


def overlay_finding(table: OverlayFigure) -> str:
    """State the cheapest and the most expensive scenario at the median."""
    return dearest_and_cheapest(table, [(row.name, row.median) for row in table.scenarios])


FUNCTIONS = KindFunctions(overlay_table, draw_overlay, overlay_text, overlay_finding)
