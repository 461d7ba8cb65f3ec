"""Each scenario less the first, draw by draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from simulator.analysis.compare import PairedDifference, ScenarioPair, paired_difference
from simulator.core.formatting import format_percent, share_of_draws, share_of_outcomes
from simulator.core.levels import Level
from simulator.core.results import values_of
from simulator.engine.result import SimulationResult
from simulator.figures.axes import axis_range, set_money_axis
from simulator.figures.data import (
    FigureRequest,
    TotalDraws,
    bin_shares,
    histogram_edges,
    total_draws,
)
from simulator.figures.format import current_format, points
from simulator.figures.phrases import change_text, interval_name, join_texts, money_text, range_text
from simulator.figures.registry import KindFunctions
from simulator.figures.style import ACCENT, FILL, INK, PALE, canvas
from simulator.figures.text import label, to_plain, wrap_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure
from simulator.figures.comparisons import (
    FigureOfSeveral,
    conditions_of,
    join_names,
    simulate_totals,
    unlike_parts,
    unlike_totals,
)


@dataclass(frozen=True, kw_only=True)
class DifferenceHistogram(PairedDifference, ScenarioPair):
    """The distribution of a scenario less the first one.

    Attributes
    ----------
    other, first : str
        Names of the two scenarios; `of` and `from` in the JSON.
    mean, sd, median, low, high, quantiles, mcse, first_cheaper, equal, ratio, variance_ratio
        As in `PairedDifference`, USD.
    edges : list of float
        Edges of the bins, USD: the same for all scenarios, so that their panels can be compared.
    shares : list of float
        Share of the draws in each bin.

    """

    edges: list[float]
    shares: list[float]


@dataclass(frozen=True, kw_only=True)
class DifferenceFigure(FigureOfSeveral):
    """Each scenario less the first, draw by draw; the header is that of the first.

    Attributes
    ----------
    differences : tuple of DifferenceHistogram
    own_chips, missing_costs, missed_targets
        As in `FigureOfSeveral`.

    """

    differences: tuple[DifferenceHistogram, ...]


def difference_table(request: FigureRequest) -> DifferenceFigure:
    """Simulate the scenarios with common random numbers."""
    return difference_of(*simulate_totals(request), request.interval)


def difference_of(results: Sequence[SimulationResult], names: Sequence[str], interval: Level = 0.95) -> DifferenceFigure:
    """Return the paired differences from the first result; all results share a seed and a number of draws."""
    return difference_of_draws([total_draws(result, interval) for result in results], names, interval)


def difference_of_draws(runs: Sequence[TotalDraws], names: Sequence[str], interval: Level = 0.95) -> DifferenceFigure:
    """Return the paired differences from the first draws."""
    first = runs[0].draws
    changes = [run.draws - first for run in runs[1:]]
    figures = [paired_difference(first, run.draws, interval) for run in runs[1:]]
    edges = histogram_edges(changes, [0.0, *(bound for each in figures for bound in (each.low, each.high))])
    rows = [
        DifferenceHistogram(
            other=name, first=names[0], **values_of(each), edges=edges.tolist(), shares=bin_shares(change, edges)
        )
        for name, change, each in zip(names[1:], changes, figures, strict=True)
    ]
    return DifferenceFigure(header=runs[0].header, differences=tuple(rows), **unlike_totals(runs, names))


def draw_difference(table: DifferenceFigure, date: str) -> "Figure":
    """Draw the paired difference of each scenario from the first, with the share of draws on either side of zero."""
    rows = table.differences
    first = to_plain(rows[0].first)
    figure, panels = canvas(
        table,
        difference_finding(table),
        f"{join_names([to_plain(row.other)[:40] for row in rows])} less {first[:40]}: difference of the total cost, "
        f"{table.header.money}",
        date,
        rows=len(rows),
        height=0.5 + (2.6 if len(rows) == 1 else 1.75 * len(rows)),
        squeeze=False,
        sharex=True,
        sharey=True,
        remark=" ".join(
            [
                *conditions_of(table),
                "Paired draw by draw using common random numbers, so that what the scenarios share cancels out.",
            ]
        ),
    )
    for row, (axes,) in zip(rows, panels, strict=True):
        _draw_panel(axes, row, table, many=len(rows) > 1)
    minuend = "" if len(rows) > 1 else f"{to_plain(rows[0].other)[:40]} "
    set_money_axis(panels[-1][0].xaxis, f"{table.header.currency}: {minuend}less {first[:40]}")
    return figure


def _draw_panel(axes: Any, row: DifferenceHistogram, table: DifferenceFigure, *, many: bool) -> None:
    edges, bin_heights = row.edges, row.shares
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
    axes.axvline(row.median, color=INK, linewidth=1.4, linestyle="--")
    axis_range(edges, pad=0.02)._replace(log=False).apply(axes.xaxis)
    axes.grid(visible=False, axis="x")
    axes.set_ylabel("% of draws")
    set_money_axis(axes.xaxis, "")
    costlier, equal = row.first_cheaper.value, row.equal
    interval = f"{interval_name(table)}: {change_text(table, row.low)} to {change_text(table, row.high)}"
    summary = f"median {change_text(table, row.median)} ({interval})"
    probability_text = f"cheaper in {format_percent(max(0.0, 1 - costlier - equal))}, costlier in {share_of_draws(costlier)}"
    lines = [label(row.other, 5.5, 1)] if many else []
    text = f"{summary}; {probability_text}"
    axes.set_title(
        "\n".join([*lines, *wrap_text(text, points(7.8), current_format().width - 0.75, 3)]),
        loc="left",
        size=points(7.8),
        color=INK,
        pad=4,
    )
    axes.patch.set_facecolor("white")
    axes.spines["bottom"].set_color(PALE)


def difference_text(table: DifferenceFigure) -> str:
    """Describe the difference of each scenario from the first."""
    texts = [
        f"{to_plain(row.other)} less {to_plain(row.first)}: median {money_text(table, row.median)} ({range_text(row)}), "
        f"costlier in {share_of_draws(row.first_cheaper.value)}"
        for row in table.differences
    ]
    return " ".join([f"Histograms of paired differences. {join_texts(texts)}.", *conditions_of(table)])


def difference_finding(table: DifferenceFigure) -> str:
    """State how much more or less each of the first scenarios costs at the median."""
    first = to_plain(table.differences[0].first)[:40]
    if len(table.differences) == 1:
        row = table.differences[0]
        costlier = row.first_cheaper.value
        cheaper = max(0.0, 1 - costlier - row.equal)
        word, share = ("more", costlier) if row.median > 0 else ("less", cheaper)
        amount = money_text(table, abs(row.median))
        return (
            f"{to_plain(row.other)[:40]} costs {word} than {first} in {share_of_outcomes(share, table.header.draws)}, "
            f"{amount} at the median{unlike_parts(table)}"
        )
    texts = [f"{to_plain(row.other)[:40]} costs {_more_or_less(table, row.median)}" for row in table.differences]
    return f"{', '.join(texts)} than {first} at the median{unlike_parts(table)}"


def _more_or_less(table: DifferenceFigure, change: float) -> str:
    return f"{money_text(table, abs(change))} {'more' if change > 0 else 'less'}"


FUNCTIONS = KindFunctions(difference_table, draw_difference, difference_text, difference_finding)
