"""The cost of frontier models over time, with bands of mean and prediction."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.core.formatting import exact, percent
from simulator.figures.axes import legend, money_axis
from simulator.figures.data import Asked, NotDrawn
from simulator.figures.phrases import growth_text, interval_name
from simulator.figures.registry import Parts, Table
from simulator.figures.style import FILL, MAIN, MUTED, OTHER, PALE, canvas
from simulator.figures.text import label, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def trend_table(request: Asked) -> dict[str, Any]:
    """Read the table of frontier models and fit it."""
    return trend_of(request.of or "amortised", request.evidence, request.threshold, request.until)


def trend_of(cost: str, evidence: Path | None = None, threshold: float = 1e9, until: float = 2030.0) -> dict[str, Any]:
    """Return models, line and bands for a type of cost: amortised, acquisition or cloud."""
    from simulator.evidence import trend as fit
    from simulator.evidence.tables import COSTS, frontier_models

    if cost not in COSTS:
        raise NotDrawn(f"there is no cost {cost!r}; there are {', '.join(COSTS)}")
    dates, heights, names = fit.points(frontier_models(evidence), cost)
    try:
        growth = fit.least_squares(cost, dates, heights)
    except fit.TooFew as error:
        raise NotDrawn(str(error)) from None
    grid = np.linspace(float(dates.min()) - 0.25, max(until, float(dates.max()) + 0.25), 61)
    rows = fit.forecast(cost, "top 10", dates, heights, grid, threshold)
    level = 0.95
    return {
        "schema": 1, "title": "Frontier models", "cost": cost, "n": growth.n,
        "money": "December 2023 USD" if evidence is None else "",
        "interval": 100 * level, "threshold": threshold, "last": float(dates.max()),
        "growth": {"value": growth.growth, "low": growth.intervals[level][0], "high": growth.intervals[level][1]},
        "models": [{"name": name, "date": date, "cost": 10**height}
                   for name, date, height in zip(names, dates.tolist(), heights.tolist(), strict=True)],
        "line": [{"date": row.date, "typical": row.typical, "mean_low": row.mean[level][0], "mean_high": row.mean[level][1],
                  "low": row.prediction[level][0], "high": row.prediction[level][1], "probability_above": row.probability_above}
                 for row in rows],
    }  # fmt: skip


def draw_trend(table: Table, date: str) -> "Figure":
    """Models by date and cost, the line with the bands of the mean and of one model, and the amount that is asked for."""
    growth, threshold = table["growth"], table["threshold"]
    money_text = f", {plain(table['money'])}" if table["money"] else ""
    figure, axes = canvas(
        table,
        f"Frontier models: {table['cost']} cost grows {growth['value']:.1f}x a year",
        f"Final run without staff{money_text}; {growth['value']:.2f}x a year "
        f"({interval_name(table)}: {growth['low']:.2f}x to {growth['high']:.2f}x)",
        date,
        height=3.7,
        remark="Bands: 95% of the line (where a typical model lies) and 95% of one model. Right of the last model the trend is "
        f"taken to go on.{_passing(table)}",
    )
    draw_fit(axes, table, MAIN, "-", "o", f"{table['cost']} cost, {table['n']} models", bands=True)
    axes.axhline(threshold, color=OTHER, linewidth=1.5, linestyle="-.", label=f"{exact(threshold)} USD")
    last = table["line"][-1]["date"]
    if last - table["last"] > 0.5:
        axes.axvline(table["last"], color=MUTED, linewidth=0.8, linestyle=":")
    years_axis(axes, table["line"][0]["date"], last)
    log_money_axis(axes, [threshold, *(row[key] for row in table["line"] for key in ("low", "high"))])
    legend(axes, columns=2)
    return figure


def _passing(table: Table) -> str:
    """When the typical model passes the threshold, if it does so in the figure, or else how near one model comes."""
    above = [row["date"] for row in table["line"] if row["typical"] >= table["threshold"]]
    if above:
        return f" The line passes {exact(table['threshold'])} in {above[0]:.0f}."
    last = table["line"][-1]
    amount, probability = exact(table["threshold"]), percent(last["probability_above"])
    return f" At the beginning of {last['date']:.0f} a model costs more than {amount} with {probability} probability."


def draw_fit(axes: "Axes", table: Table, colour: str, style: Any, marker: str, text: str, *, bands: bool) -> None:
    """Models as points and their line, with bands or without."""
    dates = [row["date"] for row in table["line"]]

    def of(key: str) -> list[float]:
        return [row[key] for row in table["line"]]

    if bands:
        axes.fill_between(dates, of("low"), of("high"), color=PALE, linewidth=0, alpha=0.7, label="95% of one model")
        axes.fill_between(dates, of("mean_low"), of("mean_high"), color=FILL, linewidth=0, alpha=0.7, label="95% of the line")
    axes.plot(dates, of("typical"), color=colour, linestyle=style, linewidth=2)
    models = table["models"]
    axes.plot([row["date"] for row in models], [row["cost"] for row in models], linestyle="none", marker=marker, markersize=5,
              color=colour, markeredgecolor="white", markeredgewidth=0.6, label=text)  # fmt: skip
    if bands:
        _name_dearest(axes, models)


def _name_dearest(axes: "Axes", models: list[dict[str, Any]], most: int = 3) -> None:
    """Name the dearest models, where the names do not stand on each other."""
    import math

    placed: list[tuple[float, float]] = []
    for row in sorted(models, key=lambda row: -row["cost"]):
        height = math.log10(row["cost"])
        if len(placed) < most and all(abs(height - other) > 0.45 or abs(row["date"] - at) > 3 for at, other in placed):
            placed.append((row["date"], height))
            axes.annotate(label(row["name"], 1.2, 1), (row["date"], row["cost"]), xytext=(-6, 3), textcoords="offset points",
                          size=7, ha="right", zorder=5)  # fmt: skip


def years_axis(axes: "Axes", first: float, last: float) -> None:
    """Let the horizontal axis show years."""
    axes.set_xlim(first, last)
    axes.locator_params(axis="x", nbins=8, integer=True)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    axes.set_xlabel("publication")


def log_money_axis(axes: "Axes", values: list[float]) -> None:
    """Let the vertical axis show amounts, logarithmically."""
    axes.set_yscale("log")
    axes.set_ylim(min(values) / 1.5, max(values) * 1.5)
    money_axis(axes.yaxis)


def trend_text(table: Table) -> str:
    """Say what growth the models show."""
    return f"Scatter of frontier models by date and cost with the fitted line and its bands: {growth_text(table)}."


PARTS = {
    "trend": Parts(trend_table, draw_trend, trend_text),
}
