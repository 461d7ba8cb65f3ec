"""The growth of the cost of frontier models, as several figures show it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simulator.core.levels import in_percent
from simulator.core.money import label_currency
from simulator.core.results import AnalysisResult, Header
from simulator.core.version import tool_version
from simulator.figures.axes import set_money_axis
from simulator.figures.data import FigureUnavailableError
from simulator.figures.phrases import interval_name
from simulator.figures.style import FILL, PALE
from simulator.figures.text import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE = "Frontier models"
MONEY = "December 2023 USD"
"""Money of the library's own table."""
LEVEL = 0.95
"""Level of the intervals drawn."""


@dataclass(frozen=True, slots=True)
class GrowthInterval:
    """Growth of a cost: factor per year, and the bounds of its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ModelCost:
    """A published model.

    Attributes
    ----------
    name : str
    date : float
        Decimal year of publication.
    cost : float
        Of the final run, USD.

    """

    name: str
    date: float
    cost: float


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The fit at a date, in USD.

    Attributes
    ----------
    date : float
        Decimal year.
    typical : float
        The line: the cost of a typical model.
    mean_low, mean_high : float
        Bounds of the confidence band of the line.
    low, high : float
        Bounds of the prediction band of one model.
    probability_above : float
        Probability that one model costs more than the threshold.

    """

    date: float
    typical: float
    mean_low: float
    mean_high: float
    low: float
    high: float
    probability_above: float


@dataclass(frozen=True, kw_only=True)
class TrendFigure(AnalysisResult):
    """The cost of frontier models over time, with the fitted line.

    Attributes
    ----------
    cost : str
        Type of cost: `amortised`, `acquisition`, `cloud`.
    n : int
        Number of models.
    threshold : float
        Amount that is marked, USD.
    last : float
        Decimal year of the last model; later dates are extrapolated.
    growth : GrowthInterval
    models : tuple of ModelCost
    line : tuple of TrendPoint
        From shortly before the first model to the end of the figure.

    """

    cost: str
    n: int
    threshold: float
    last: float
    growth: GrowthInterval
    models: tuple[ModelCost, ...]
    line: tuple[TrendPoint, ...]


def trend_of(cost: str, evidence: Path | None = None, threshold: float = 1e9, end_year: float = 2030.0) -> TrendFigure:
    """Return models, fitted line and bands for a type of cost: amortised, acquisition or cloud."""
    from simulator.evidence import trend as fit
    from simulator.evidence.tables import COSTS, frontier_models

    if cost not in COSTS:
        raise FigureUnavailableError(f"unknown cost {cost!r}; choose from {', '.join(COSTS)}")
    dates, log_costs, names = fit.points(frontier_models(evidence), cost)
    try:
        growth = fit.least_squares(cost, dates, log_costs)
    except fit.TooFewModelsError as error:
        raise FigureUnavailableError(str(error)) from None
    grid = np.linspace(float(dates.min()) - 0.25, max(end_year, float(dates.max()) + 0.25), 61)
    models = zip(names, dates.tolist(), log_costs.tolist(), strict=True)
    return TrendFigure(
        header=Header(title=TITLE, money=MONEY if evidence is None else "", interval=in_percent(LEVEL), version=tool_version()),
        cost=cost,
        n=growth.n,
        threshold=threshold,
        last=float(dates.max()),
        growth=GrowthInterval(growth.growth, *growth.intervals[LEVEL]),
        models=tuple(ModelCost(name, date, 10**height) for name, date, height in models),
        line=tuple(
            TrendPoint(row.date, row.typical, *row.mean[LEVEL], *row.prediction[LEVEL], row.probability_above)
            for row in fit.forecast(cost, "top 10", dates, log_costs, grid, threshold)
        ),
    )


def growth_label(table: TrendFigure) -> str:
    """Return the growth and its interval for a label."""
    growth = table.growth
    return f"{growth.value:.2f}x a year ({interval_name(table)}: {growth.low:.2f}x to {growth.high:.2f}x)"


def draw_fit(axes: "Axes", table: TrendFigure, colour: str, style: str, marker: str, legend_text: str, *, bands: bool) -> None:
    """Draw models as points and their fitted line, with or without bands."""
    line, dates = table.line, [point.date for point in table.line]
    if bands:
        low, high = [point.low for point in line], [point.high for point in line]
        axes.fill_between(dates, low, high, color=PALE, linewidth=0, alpha=0.7, label="95% of one model")
        low, high = [point.mean_low for point in line], [point.mean_high for point in line]
        axes.fill_between(dates, low, high, color=FILL, linewidth=0, alpha=0.7, label="95% of the line")
    axes.plot(dates, [point.typical for point in line], color=colour, linestyle=style, linewidth=2)
    models = table.models
    axes.plot([model.date for model in models], [model.cost for model in models], linestyle="none", marker=marker, markersize=5,
              color=colour, markeredgecolor="white", markeredgewidth=0.6, label=legend_text)  # fmt: skip
    if bands:
        _label_most_expensive(axes, models)


def _label_most_expensive(axes: "Axes", models: Sequence[ModelCost], max_names: int = 3) -> None:
    """Label the most expensive models, unless the labels would overlap."""
    positions: list[tuple[float, float]] = []
    for model in sorted(models, key=lambda each: -each.cost):
        height = math.log10(model.cost)
        if len(positions) < max_names and all(
            abs(height - other) > 0.45 or abs(model.date - year) > 3 for year, other in positions
        ):
            positions.append((model.date, height))
            axes.annotate(label(model.name, 1.2, 1), (model.date, model.cost), xytext=(-6, 3), textcoords="offset points",
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
    set_money_axis(axes.yaxis, label_currency(MONEY))


def growth_text(table: TrendFigure) -> str:
    """Describe the growth of a cost, with its interval."""
    growth = table.growth
    return (
        f"{table.cost} cost of {table.n} models grows {growth.value:.2f} times a year ({table.header.interval:g}% "
        f"interval {growth.low:.2f} to {growth.high:.2f})"
    )
