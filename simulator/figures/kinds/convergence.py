"""Quantiles of a total with their error as draws grow in number."""

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.analysis.statistics import quantile
from simulator.core.formatting import money
from simulator.core.levels import Level
from simulator.engine.result import Result
from simulator.engine.summaries import ends
from simulator.figures.axes import bare_minor, money_axis, span
from simulator.figures.data import HALF_WIDTH, Asked, kept_draws, result_header
from simulator.figures.phrases import listed, title_of
from simulator.figures.registry import Parts, Table
from simulator.figures.style import COLOURS, INK, MAIN, OTHER, PALE, canvas
from simulator.scenario import TOTAL

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def convergence_table(request: Asked) -> dict[str, Any]:
    """Simulate the scenario."""
    return convergence_of(kept_draws(request, [TOTAL]), request.interval)


def convergence_of(result: Result, interval: Level = 0.95) -> dict[str, Any]:
    """Return the table of the total's median and interval ends over the first draws, more and more of them."""
    total = result.kept[TOTAL]
    counts = np.unique(np.geomspace(min(200, len(total)), len(total), 28).astype(int))
    low, high = ends(interval)
    rows = {
        f"P{100 * p:g}": [dict(draws=int(count), **quantile(total[:count], p)._asdict()) for count in counts]
        for p in (low, 0.5, high)
    }
    return result_header(result, interval) | {"quantiles": rows}


def draw_convergence(table: Table, date: str) -> "Figure":
    """The median and the interval's ends of the first draws, more and more of them, with their 95 % Monte Carlo intervals."""
    figure, panels = canvas(
        table,
        f"{table['title']}: are there draws enough?",
        f"Quantiles of the total cost, {table['money']}",
        date,
        rows=3,
        height=3.9,
        sharex=True,
        remark="Bands: 95% Monte Carlo interval at that number of draws; dashes: the last value.",
    )
    for axes, (name, rows), colour in zip(panels, reversed(table["quantiles"].items()), (OTHER, MAIN, COLOURS[2]), strict=True):
        counts, values = [row["draws"] for row in rows], [row["value"] for row in rows]
        low, high = ([row["value"] + side * HALF_WIDTH * row["error"] for row in rows] for side in (-1, 1))
        axes.fill_between(counts, low, high, color=PALE, linewidth=0)
        axes.plot(counts, values, color=colour, marker="o", markersize=3)
        axes.axhline(values[-1], color=INK, linewidth=0.8, linestyle="--")
        axes.set_xscale("log")
        span([*values, *low, *high])._replace(log=False).apply(axes.yaxis)
        money_axis(axes.yaxis, name, many=4)
        error = HALF_WIDTH * rows[-1]["error"]
        axes.set_title(f"{name}: {money(values[-1])} ± {money(error)}", loc="right", size=8, pad=3)
        bare_minor(axes.xaxis)
    panels[-1].set_xlabel("draws")
    panels[-1].xaxis.set_major_formatter(lambda at, _: f"{at:,.0f}")
    return figure


def convergence_text(table: Table) -> str:
    """Say what the quantiles are at the end, with their errors."""
    texts = [f"{name} {money(rows[-1]['value'])} with an error of {money(rows[-1]['error'])}"
            for name, rows in table["quantiles"].items()]  # fmt: skip
    return f"Quantiles of the total of {title_of(table)} by number of draws, at the end: {listed(texts)}."


PARTS = {
    "convergence": Parts(convergence_table, draw_convergence, convergence_text),
}
