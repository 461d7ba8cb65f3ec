"""Quantiles of a total with their error, by number of draws."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.analysis.statistics import quantile
from simulator.core.formatting import format_money, format_percent
from simulator.core.levels import Level
from simulator.core.results import AnalysisResult
from simulator.engine.result import SimulationResult
from simulator.engine.summaries import interval_bounds
from simulator.figures.axes import axis_range, hide_minor_ticks, set_money_axis
from simulator.figures.data import Z_95, FigureRequest, TotalDraws, simulate_quantities, total_draws
from simulator.figures.format import points
from simulator.figures.phrases import join_texts, money_text, short_title, subtitle
from simulator.figures.registry import KindFunctions
from simulator.figures.style import ACCENT, COLOURS, INK, MAIN, PALE, canvas
from simulator.scenario import TOTAL

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class QuantileOfDraws:
    """A quantile of some of the draws.

    Attributes
    ----------
    draws : int
        Their number.
    value : float
        The quantile, USD.
    error : float
        Its Monte Carlo standard error, USD.

    """

    draws: int
    value: float
    error: float


@dataclass(frozen=True, kw_only=True)
class ConvergenceTable(AnalysisResult):
    """The median and the interval bounds of a total for growing numbers of draws.

    Attributes
    ----------
    quantiles : dict of str to tuple of QuantileOfDraws
        By name: `P2.5`, `P50`, `P97.5`.

    """

    quantiles: Mapping[str, tuple[QuantileOfDraws, ...]]


def convergence_table(request: FigureRequest) -> ConvergenceTable:
    """Simulate the scenario."""
    return convergence_of(simulate_quantities(request, [TOTAL]), request.interval)


def convergence_of(result: SimulationResult, interval: Level = 0.95) -> ConvergenceTable:
    """Return the table of the median and interval bounds of the total for growing numbers of draws."""
    return convergence_of_draws(total_draws(result, interval), interval)


def convergence_of_draws(run: TotalDraws, interval: Level = 0.95) -> ConvergenceTable:
    """Return the table of the median and interval bounds of draws for growing numbers of them."""
    total = run.draws
    counts = np.unique(np.geomspace(min(200, len(total)), len(total), 28).astype(int))
    low, high = interval_bounds(interval)
    quantiles = {
        f"P{100 * p:g}": tuple(QuantileOfDraws(count, *quantile(total[:count], p)) for count in counts.tolist())
        for p in (low, 0.5, high)
    }
    return ConvergenceTable(header=run.header, quantiles=quantiles)


def draw_convergence(table: ConvergenceTable, date: str) -> "Figure":
    """Draw the median and interval bounds for growing numbers of draws, with 95 % Monte Carlo intervals."""
    figure, panels = canvas(
        table,
        convergence_finding(table),
        subtitle(table, "quantiles of the total cost by number of draws"),
        date,
        rows=3,
        height=3.9,
        sharex=True,
        remark="Bands: 95% Monte Carlo interval at each number of draws; dashed lines: the last value.",
    )
    quantiles = reversed(list(table.quantiles.items()))
    for axes, (name, rows), colour in zip(panels, quantiles, (ACCENT, MAIN, COLOURS[2]), strict=True):
        counts, values = [row.draws for row in rows], [row.value for row in rows]
        low, high = ([row.value + side * Z_95 * row.error for row in rows] for side in (-1, 1))
        axes.fill_between(counts, low, high, color=PALE, linewidth=0)
        axes.plot(counts, values, color=colour, marker="o", markersize=3)
        axes.axhline(values[-1], color=INK, linewidth=0.8, linestyle="--")
        axes.set_xscale("log")
        axis_range([*values, *low, *high])._replace(log=False).apply(axes.yaxis)
        set_money_axis(axes.yaxis, name, ticks=4)
        error = Z_95 * rows[-1].error
        text = f"{name}: {money_text(table, values[-1])} ± {money_text(table, error)}"
        axes.set_title(text, loc="right", size=points(8), pad=3)
        hide_minor_ticks(axes.xaxis)
    panels[-1].set_xlabel("draws")
    panels[-1].xaxis.set_major_formatter(lambda at, _: f"{at:,.0f}")
    return figure


def convergence_text(table: ConvergenceTable) -> str:
    """Describe the quantiles of all draws, with their errors."""
    texts = [
        f"{name} {format_money(rows[-1].value)} with an error of {format_money(rows[-1].error)}"
        for name, rows in table.quantiles.items()
    ]
    return f"Quantiles of the total of {short_title(table)} by number of draws, for all draws: {join_texts(texts)}."


def convergence_finding(table: ConvergenceTable) -> str:
    """State the Monte Carlo error of the median and of the upper bound of the interval."""
    texts = []
    for name, rows in list(table.quantiles.items())[1:]:
        last = rows[-1]
        error = format_percent(Z_95 * last.error / abs(last.value)) if last.value else format_money(Z_95 * last.error)
        texts.append(f"{'the median' if name == 'P50' else 'the ' + name} to ±{error}")
    draws = next(iter(table.quantiles.values()))[-1].draws
    return f"{draws:,} draws give {' and '.join(texts)}"


FUNCTIONS = KindFunctions(convergence_table, draw_convergence, convergence_text, convergence_finding)
