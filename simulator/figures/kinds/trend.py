"""The cost of frontier models over time, with confidence and prediction bands."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.core.formatting import format_exact, format_percent
from simulator.figures.axes import add_legend, set_money_axis
from simulator.figures.data import FigureRequest, FigureUnavailableError
from simulator.figures.phrases import growth_text, interval_name
from simulator.figures.registry import FigureTable, KindFunctions
from simulator.figures.style import ACCENT, FILL, MAIN, MUTED, PALE, canvas
from simulator.figures.text import label, to_plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def trend_table(request: FigureRequest) -> dict[str, Any]:
    """Fit the table of frontier models."""
    return trend_of(request.subject or "amortised", request.evidence, request.threshold, request.end_year)


def trend_of(cost: str, evidence: Path | None = None, threshold: float = 1e9, end_year: float = 2030.0) -> dict[str, Any]:
    """Return models, fitted line and bands for a type of cost: amortised, acquisition or cloud."""
    from simulator.evidence import trend as fit
    from simulator.evidence.tables import COSTS, frontier_models

    if cost not in COSTS:
        raise FigureUnavailableError(f"unknown cost {cost!r}; choose from {', '.join(COSTS)}")
    dates, log_costs, names = fit.points(frontier_models(evidence), cost)
    try:
        growth = fit.least_squares(cost, dates, log_costs)
    except fit.TooFewModels as error:
        raise FigureUnavailableError(str(error)) from None
    grid = np.linspace(float(dates.min()) - 0.25, max(end_year, float(dates.max()) + 0.25), 61)
    forecast_rows = fit.forecast(cost, "top 10", dates, log_costs, grid, threshold)
    level = 0.95
    return {
        "schema": 2, "title": "Frontier models", "cost": cost, "n": growth.n,
        "money": "December 2023 USD" if evidence is None else "",
        "interval": 100 * level, "threshold": threshold, "last": float(dates.max()),
        "growth": {"value": growth.growth, "low": growth.intervals[level][0], "high": growth.intervals[level][1]},
        "models": [{"name": name, "date": date, "cost": 10**height}
                   for name, date, height in zip(names, dates.tolist(), log_costs.tolist(), strict=True)],
        "line": [{"date": row.date, "typical": row.typical, "mean_low": row.mean[level][0], "mean_high": row.mean[level][1],
                  "low": row.prediction[level][0], "high": row.prediction[level][1], "probability_above": row.probability_above}
                 for row in forecast_rows],
    }  # fmt: skip


def draw_trend(table: FigureTable, date: str) -> "Figure":
    """Draw models by date and cost, the line with its confidence and prediction bands, and the threshold."""
    growth, threshold = table["growth"], table["threshold"]
    money_text = f", {to_plain(table['money'])}" if table["money"] else ""
    figure, axes = canvas(
        table,
        f"Frontier models: {table['cost']} cost grows {growth['value']:.1f}x a year",
        f"Final run without staff{money_text}; {growth['value']:.2f}x a year "
        f"({interval_name(table)}: {growth['low']:.2f}x to {growth['high']:.2f}x)",
        date,
        height=3.7,
        remark="Bands: 95% confidence band of the line (a typical model) and 95% prediction band of one model. To the right of "
        f"the last model, the trend is extrapolated.{_threshold_text(table)}",
    )
    draw_fit(axes, table, MAIN, "-", "o", f"{table['cost']} cost, {table['n']} models", bands=True)
    axes.axhline(threshold, color=ACCENT, linewidth=1.5, linestyle="-.", label=f"{format_exact(threshold)} USD")
    last = table["line"][-1]["date"]
    if last - table["last"] > 0.5:
        axes.axvline(table["last"], color=MUTED, linewidth=0.8, linestyle=":")
    years_axis(axes, table["line"][0]["date"], last)
    log_money_axis(axes, [threshold, *(row[key] for row in table["line"] for key in ("low", "high"))])
    add_legend(axes, columns=2)
    return figure


def _threshold_text(table: FigureTable) -> str:
    """Return when the typical model exceeds the threshold, or else the probability that one model does so at the end."""
    above = [row["date"] for row in table["line"] if row["typical"] >= table["threshold"]]
    if above:
        return f" The line exceeds {format_exact(table['threshold'])} in {above[0]:.0f}."
    last = table["line"][-1]
    amount, probability = format_exact(table["threshold"]), format_percent(last["probability_above"])
    return f" At the beginning of {last['date']:.0f} a model costs more than {amount} with {probability} probability."


def draw_fit(axes: "Axes", table: FigureTable, colour: str, style: Any, marker: str, legend_text: str, *, bands: bool) -> None:
    """Draw models as points and their fitted line, with or without bands."""
    dates = [row["date"] for row in table["line"]]

    def column(key: str) -> list[float]:
        return [row[key] for row in table["line"]]

    if bands:
        axes.fill_between(dates, column("low"), column("high"), color=PALE, linewidth=0, alpha=0.7, label="95% of one model")
        axes.fill_between(
            dates, column("mean_low"), column("mean_high"), color=FILL, linewidth=0, alpha=0.7, label="95% of the line"
        )
    axes.plot(dates, column("typical"), color=colour, linestyle=style, linewidth=2)
    models = table["models"]
    axes.plot([row["date"] for row in models], [row["cost"] for row in models], linestyle="none", marker=marker, markersize=5,
              color=colour, markeredgecolor="white", markeredgewidth=0.6, label=legend_text)  # fmt: skip
    if bands:
        _label_most_expensive(axes, models)


def _label_most_expensive(axes: "Axes", models: list[dict[str, Any]], max_names: int = 3) -> None:
    """Label the most expensive models, unless the labels would overlap."""
    import math

    positions: list[tuple[float, float]] = []
    for row in sorted(models, key=lambda row: -row["cost"]):
        height = math.log10(row["cost"])
        if len(positions) < max_names and all(
            abs(height - other) > 0.45 or abs(row["date"] - year) > 3 for year, other in positions
        ):
            positions.append((row["date"], height))
            axes.annotate(label(row["name"], 1.2, 1), (row["date"], row["cost"]), xytext=(-6, 3), textcoords="offset points",
                          size=7, ha="right", zorder=5)  # fmt: skip


def years_axis(axes: "Axes", first: float, last: float) -> None:
    """Format the horizontal axis as years."""
    axes.set_xlim(first, last)
    axes.locator_params(axis="x", nbins=8, integer=True)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    axes.set_xlabel("publication")


def log_money_axis(axes: "Axes", values: list[float]) -> None:
    """Format the vertical axis as amounts on a logarithmic scale."""
    axes.set_yscale("log")
    axes.set_ylim(min(values) / 1.5, max(values) * 1.5)
    set_money_axis(axes.yaxis)


def trend_text(table: FigureTable) -> str:
    """Describe the growth of the costs of the models."""
    return f"Scatter of frontier models by date and cost with the fitted line and its bands: {growth_text(table)}."


FUNCTIONS = {
    "trend": KindFunctions(trend_table, draw_trend, trend_text),
}
