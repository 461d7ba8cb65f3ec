"""The third figure of Cottier et al. 2024: the cost to acquire the hardware."""

from typing import TYPE_CHECKING

from simulator.figures.axes import add_legend
from simulator.figures.data import FigureRequest
from simulator.figures.registry import KindFunctions
from simulator.figures.style import MAIN, canvas
from simulator.figures.trends import (
    TrendFigure,
    draw_fit,
    growth_label,
    label_most_expensive,
    log_money_axis,
    trend_of,
    years_axis,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure
from simulator.figures.kinds.trend import trend_text
from simulator.figures.study import COST_LABELS, STUDY


def epoch_acquisition_table(request: FigureRequest) -> TrendFigure:
    """Fit the acquisition cost of the hardware of the final run."""
    return trend_of("acquisition", request.evidence, end_year=0.0)


def draw_epoch_acquisition(table: TrendFigure, date: str) -> "Figure":
    """Draw the acquisition cost of the hardware of the final run over time."""
    figure, axes = canvas(
        table,
        epoch_acquisition_finding(table),
        f"Chips, servers and network of the final run, {table.header.money}, log scale",
        date,
        height=3.6,
        remark=f"{STUDY}, 3.3: the models whose inputs are public, fitted by least squares. Bands: 95% of the line and of one "
        "model.",
        observations=table.n,
    )
    draw_fit(axes, table, MAIN, "-", "o", f"{COST_LABELS['acquisition']}: {growth_label(table)}", bands=True)
    years_axis(axes, table.line[0].date, table.line[-1].date)
    log_money_axis(axes, [model.cost for model in table.models])
    add_legend(axes, columns=2)
    label_most_expensive(axes, table)
    return figure


def epoch_acquisition_finding(table: TrendFigure) -> str:
    """State the growth of the cost."""
    return f"The hardware for a frontier model costs {table.growth.value:.1f} times as much each year"


FUNCTIONS = KindFunctions(epoch_acquisition_table, draw_epoch_acquisition, trend_text, epoch_acquisition_finding)
