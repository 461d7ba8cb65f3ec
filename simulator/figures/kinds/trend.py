"""The cost of frontier models over time, with confidence and prediction bands."""

from typing import TYPE_CHECKING

from simulator.core.formatting import format_exact, format_percent
from simulator.figures.axes import add_legend
from simulator.figures.data import FigureRequest
from simulator.figures.registry import KindFunctions
from simulator.figures.style import ACCENT, MAIN, MUTED, canvas
from simulator.figures.text import to_plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure
from simulator.figures.trends import (
    TrendFigure,
    draw_fit,
    growth_label,
    growth_text,
    label_most_expensive,
    log_money_axis,
    trend_of,
    years_axis,
)


def trend_table(request: FigureRequest) -> TrendFigure:
    """Fit the table of frontier models."""
    return trend_of(request.subject or "amortised", request.evidence, request.threshold, request.end_year)


def draw_trend(table: TrendFigure, date: str) -> "Figure":
    """Draw models by date and cost, the line with its confidence and prediction bands, and the threshold."""
    threshold = table.threshold
    money_text = f", {to_plain(table.header.money)}" if table.header.money else ""
    figure, axes = canvas(
        table,
        trend_finding(table),
        f"Final run without staff{money_text}; {growth_label(table)}",
        date,
        height=3.7,
        remark="Bands: 95% confidence band of the line (a typical model) and 95% prediction band of one model. To the right of "
        f"the last model, the trend is extrapolated.{_threshold_text(table)}",
        observations=table.n,
    )
    draw_fit(axes, table, MAIN, "-", "o", f"{table.cost} cost, {table.n} models", bands=True)
    axes.axhline(
        threshold, color=ACCENT, linewidth=1.5, linestyle="-.", label=f"{format_exact(threshold)} {table.header.currency}"
    )
    end = table.line[-1].date
    if end - table.last > 0.5:
        axes.axvline(table.last, color=MUTED, linewidth=0.8, linestyle=":")
    years_axis(axes, table.line[0].date, end)
    log_money_axis(axes, [threshold, *(bound for point in table.line for bound in (point.low, point.high))])
    add_legend(axes, columns=2)
    label_most_expensive(axes, table)
    return figure


def _threshold_text(table: TrendFigure) -> str:
    """Return when the typical model exceeds the threshold, or else the probability that one model does so at the end."""
    amount = format_exact(table.threshold)
    above = [point.date for point in table.line if point.typical >= table.threshold]
    if above:
        return f" The line exceeds {amount} in {above[0]:.0f}."
    last = table.line[-1]
    probability = format_percent(last.probability_above)
    return f" At the beginning of {last.date:.0f} a model costs more than {amount} with {probability} probability."


def trend_text(table: TrendFigure) -> str:
    """Describe the growth of the costs of the models."""
    return f"Scatter of frontier models by date and cost with the fitted line and its bands: {growth_text(table)}."


def trend_finding(table: TrendFigure) -> str:
    """State the growth of the cost."""
    return f"The {table.cost} cost of frontier models grows {table.growth.value:.1f} times a year"


FUNCTIONS = KindFunctions(trend_table, draw_trend, trend_text, trend_finding)
