"""The first figure of Cottier et al. 2024: the cost of the final run over time."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.core.results import AnalysisResult, Header, Plain
from simulator.figures.axes import add_legend
from simulator.figures.data import FigureRequest
from simulator.figures.phrases import join_texts
from simulator.figures.registry import KindFunctions
from simulator.figures.style import ACCENT, MAIN, canvas
from simulator.figures.trends import (
    TITLE,
    TrendFigure,
    draw_fit,
    growth_label,
    growth_text,
    log_money_axis,
    trend_of,
    years_axis,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure
from simulator.figures.study import COST_LABELS, STUDY

_MEASURES = {"amortised": "owned hardware", "cloud": "cloud rental", "acquisition": "hardware bought"}


@dataclass(frozen=True, kw_only=True)
class GrowthFigure(AnalysisResult):
    """The cost of the final run over time, by several measures.

    Attributes
    ----------
    n : int
        Number of models of the first measure.
    costs : tuple of TrendFigure

    """

    n: int
    costs: tuple[TrendFigure, ...]

    def to_dict(self) -> dict[str, Plain]:
        return super().to_dict() | {"costs": [fit.to_dict() for fit in self.costs]}


def epoch_growth_table(request: FigureRequest) -> GrowthFigure:
    """Fit both measures of the cost of the final run."""
    trends = tuple(trend_of(cost, request.evidence, end_year=0.0) for cost in ("amortised", "cloud"))
    first = trends[0].header
    header = Header(title=TITLE, money=first.money, interval=first.interval, version=first.version)
    return GrowthFigure(header=header, n=trends[0].n, costs=trends)


def draw_epoch_growth(table: GrowthFigure, date: str) -> "Figure":
    """Draw the cost of the final run over time by both measures, each with its fitted line."""
    figure, axes = canvas(
        table,
        epoch_growth_finding(table),
        f"Final run without staff, {table.header.money}, log scale",
        date,
        height=3.6,
        remark=f"{STUDY}, 3.1: the models whose inputs are public, fitted by least squares.",
        observations=table.n,
    )
    for fit, colour, style, marker in zip(table.costs, (MAIN, ACCENT), ("-", "--"), ("o", "s"), strict=True):
        text = f"{COST_LABELS[fit.cost]}: {growth_label(fit)}, n = {fit.n}"
        draw_fit(axes, fit, colour, style, marker, text, bands=False)
    lines = [fit.line for fit in table.costs]
    years_axis(axes, min(line[0].date for line in lines), max(line[-1].date for line in lines))
    log_money_axis(axes, [model.cost for fit in table.costs for model in fit.models])
    add_legend(axes, columns=1)
    return figure


def epoch_growth_text(table: GrowthFigure) -> str:
    """Describe the growth of each measure of the cost."""
    return f"Cost of the final run of frontier models over time: {join_texts([growth_text(fit) for fit in table.costs])}."


def epoch_growth_finding(table: GrowthFigure) -> str:
    """State the growth of the cost by each measure."""
    texts = [f"{fit.growth.value:.1f} times a year by {_MEASURES[fit.cost]}" for fit in table.costs]
    return f"The cost to train frontier models grows {' and '.join(texts)}"


FUNCTIONS = KindFunctions(epoch_growth_table, draw_epoch_growth, epoch_growth_text, epoch_growth_finding)
