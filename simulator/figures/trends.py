"""The growth of the cost of frontier models, as several figures show it."""

import math
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
from simulator.figures.format import points
from simulator.figures.phrases import interval_name
from simulator.figures.style import FILL, INK, PALE
from simulator.figures.text import label, width_of

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


def label_most_expensive(axes: "Axes", table: TrendFigure, max_names: int = 4) -> None:
    """Ring the most expensive models and name each beside its ring, where the name lies on no other point or name.

    It is called when the limits of the axes are final. A name that fits nowhere is left out, and so is its ring.
    """
    models = table.models
    figure = axes.figure
    assert figure is not None
    figure.draw_without_rendering()  # type: ignore[union-attr]
    to_inches = axes.transData + figure.dpi_scale_trans.inverted()
    places = to_inches.transform([(model.date, model.cost) for model in models])
    frame = axes.get_window_extent().transformed(figure.dpi_scale_trans.inverted())
    size = points(7)
    height, gap = 1.15 * size / 72, 0.07
    dates = np.linspace(table.line[0].date, table.line[-1].date, 200)
    heights = np.interp(dates, [point.date for point in table.line], [math.log(point.typical) for point in table.line])
    line = to_inches.transform(np.column_stack([dates, np.exp(heights)]))
    boxes: list[tuple[float, float, float, float]] = []
    order = sorted(range(len(models)), key=lambda number: -models[number].cost)
    for number in order[: max_names + 1]:
        if len(boxes) == max_names:
            break
        x, y = places[number]
        text = label(models[number].name, 1.3, 1, 7)
        width = width_of(text, size)
        for left, bottom, align in (
            (x + gap, y - height / 2, "left"), (x - gap - width, y - height / 2, "right"),
            (x - width / 2, y + gap, "center"), (x - width / 2, y - gap - height, "center"),
        ):  # fmt: skip
            box = left, bottom, left + width, bottom + height
            is_inside = frame.x0 <= left and box[2] <= frame.x1 and frame.y0 <= bottom and box[3] <= frame.y1
            hides_point = any(
                left - 0.05 < px < box[2] + 0.05 and bottom - 0.03 < py < box[3] + 0.03
                for other, (px, py) in enumerate(places)
                if other != number
            )
            hides_point = hides_point or any(left < px < box[2] and bottom < py < box[3] for px, py in line)
            if not is_inside or hides_point or any(_overlap(box, other) for other in boxes):
                continue
            anchor = {"left": left, "right": box[2], "center": x}[align]
            offset = 72 * (anchor - x), 72 * (bottom + height / 2 - y)
            axes.annotate(text, (models[number].date, models[number].cost), xytext=offset,
                          textcoords="offset points", size=size, ha=align, va="center", zorder=5)  # fmt: skip
            axes.plot([models[number].date], [models[number].cost], linestyle="none", marker="o", markersize=9,
                      markerfacecolor="none", markeredgecolor=INK, markeredgewidth=0.8, label="_named")  # fmt: skip
            boxes.append(box)
            break


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


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
