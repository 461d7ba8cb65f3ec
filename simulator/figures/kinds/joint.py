"""Cost and date together."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.analysis.joint import JointConfidence
from simulator.core.formatting import format_money, format_percent, format_significant
from simulator.core.levels import Level
from simulator.core.results import values_of
from simulator.engine.options import RunOptions
from simulator.engine.result import SimulationResult
from simulator.figures.axes import AxisRange, add_legend, axis_range, drawable_targets, hide_minor_ticks, set_money_axis
from simulator.figures.data import FigureRequest, FigureUnavailableError
from simulator.figures.format import points as letters
from simulator.figures.phrases import money_text, short_title, subtitle, value_or_exact
from simulator.figures.registry import KindFunctions
from simulator.figures.style import ACCENT, MAIN, MUTED, canvas
from simulator.figures.text import to_words
from simulator.scenario import TOTAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


POINTS = 1500
"""The most draws in a scatter plot that remain distinguishable."""
_DOT_LENGTH = 1e-4
"""Length of a dot over that of the axis."""
_SHOWN = 0.995
"""Share of the points of each axis that set its range."""


@dataclass(frozen=True, slots=True)
class Points:
    """Some of the draws.

    Attributes
    ----------
    months : list of float
        Date of each draw, months from the start.
    cost : list of float
        Total cost of each draw, USD.

    """

    months: list[float]
    cost: list[float]


@dataclass(frozen=True, kw_only=True)
class JointFigure(JointConfidence):
    """The joint distribution of cost and date, and draws for a scatter plot.

    Attributes
    ----------
    points : Points
        The first 1500 draws.

    """

    points: Points


def joint_table(request: FigureRequest) -> JointFigure:
    """Simulate cost and date of the scenario."""
    from simulator.analysis.joint import NoDateError, date_quantity, simulate_cost_and_date

    scenario = request.scenario
    try:
        time = date_quantity(scenario, request.subject)
    except NoDateError as error:
        raise FigureUnavailableError(f"{scenario.name} {error}") from None
    result = simulate_cost_and_date(scenario, time, request.options())
    return joint_of(result, time, request.cost, request.date, request.interval)


def joint_of(
    result: SimulationResult, time: str, cost: float | None = None, date: float | None = None, interval: Level = 0.95
) -> JointFigure:
    """Return the table of cost and date from a result that retains the draws of its total and of `time` (hours)."""
    from simulator.analysis.joint import MONTH, date_draws, joint_statistics

    joint = joint_statistics(result, time, RunOptions(result.draws, result.seed, interval), cost=cost, date=date)
    first = slice(0, POINTS)
    total, hours = result.retained_draws[TOTAL], date_draws(result, time)
    points = Points(months=(hours[first] / MONTH).tolist(), cost=total[first].tolist())
    return JointFigure(points=points, **values_of(joint))


def draw_joint(table: JointFigure, date: str) -> "Figure":
    """Plot draws by month and cost, with the share in each quadrant and the frontier of equal confidence."""
    drawn = table.points
    cost_target, date_target = table.cost_target.amount, table.date_target.months
    costs, months = _bulk(drawn.cost), _bulk(drawn.months)
    vertical = axis_range([*costs, *drawable_targets(cost_target, costs)], pad=0.1)
    horizontal = axis_range([*months, *drawable_targets(date_target, months)], pad=0.06)
    outside = sum(
        not (vertical.low <= cost <= vertical.high and horizontal.low <= month <= horizontal.high)
        for cost, month in zip(drawn.cost, drawn.months, strict=True)
    )
    figure, axes = canvas(
        table,
        joint_finding(table),
        subtitle(table, f"total cost by {to_words(table.time)}"),
        date,
        height=3.8,
        remark=f"{len(drawn.cost):,} of the draws are shown{_outside_text(outside)}; shares refer to all draws. Along a "
        "frontier, the probability "
        f"of meeting both targets is constant; it extends to the P{table.frontier_up_to:g} of both. Rank correlation of "
        f"cost and date {table.rank_correlation:+.2f}.",
    )
    _draw_dots(axes, drawn.months, drawn.cost, horizontal)
    for (level, line), style in zip(table.frontier.items(), ("--", "-"), strict=False):
        axes.plot(line.months, line.cost, color=MAIN, linestyle=style, linewidth=1.8, label=f"frontier of {level}%")
    _, date_text = _target_texts(table)
    vertical.apply(axes.yaxis)
    horizontal.apply(axes.xaxis)
    axes.axhline(
        cost_target,
        color=ACCENT,
        linestyle="-.",
        linewidth=1.4,
        label=f"cost target {money_text(table, cost_target, is_given=table.cost_target.is_given)}",
    )
    axes.axvline(
        date_target,
        color=ACCENT,
        linestyle=":",
        linewidth=1.6,
        label=f"date target {date_text} months",
    )
    corners = ((0.01, 0.01), (0.01, 0.99), (0.99, 0.01), (0.99, 0.99))
    for text, (x, y) in zip(_share_texts(table, ": "), corners, strict=True):
        axes.text(
            x, y, text, transform=axes.transAxes, size=letters(8), weight="bold",
            ha="left" if x < 0.5 else "right", va="bottom" if y < 0.5 else "top",
            bbox={"facecolor": "white", "edgecolor": MUTED, "linewidth": 0.5, "pad": 2, "alpha": 0.92},
        )  # fmt: skip
    axes.set_xlabel(f"{to_words(table.time)}, months")
    set_money_axis(axes.yaxis, table.header.currency)
    if horizontal.log:
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        hide_minor_ticks(axes.xaxis)
    add_legend(axes, columns=2)
    return figure


def _draw_dots(axes: "Axes", x: Sequence[float], y: Sequence[float], limits: AxisRange) -> None:
    """Draw points as one path of lines too short to see with round ends, which takes a third of the space of markers."""
    shift = _DOT_LENGTH * (limits.high - limits.low)
    across = [each for value in x for each in (value, value + shift, math.nan)]
    up = [each for value in y for each in (value, value, math.nan)]
    (dots,) = axes.plot(across, up, color=MAIN, alpha=0.5, linewidth=2.2, solid_capstyle="round")
    dots.get_path().should_simplify = False


def _bulk(values: list[float]) -> list[float]:
    """Return values without the outermost, so that a single draw does not set the axis."""
    import numpy as np

    low, high = np.quantile(values, [(1 - _SHOWN) / 2, (1 + _SHOWN) / 2])
    return [value for value in values if low <= value <= high]


def _outside_text(count: int) -> str:
    return f" ({count} of them lie outside the axes)" if count else ""


def joint_finding(table: JointFigure) -> str:
    """State the probability of meeting both targets."""
    cost = money_text(table, table.cost_target.amount, is_given=table.cost_target.is_given)
    both = format_percent(table.quadrants.within_both.value)
    return f"{both} of the outcomes meet both targets: {cost} and {_target_texts(table)[1]} months"


def joint_text(table: JointFigure) -> str:
    """Describe the joint distribution of cost and date."""
    cost_text, date_text = _target_texts(table)
    return (
        f"Scatter of total cost by {to_words(table.time)} of {short_title(table)}, with targets of "
        f"{cost_text} {table.header.currency} and {date_text} months: {', '.join(_share_texts(table, ' '))}."
    )


def _target_texts(table: JointFigure) -> tuple[str, str]:
    """Return the targets of cost and date in words."""
    cost, date = table.cost_target, table.date_target
    return (
        value_or_exact(cost.amount, format_money, is_given=cost.is_given),
        value_or_exact(date.months, format_significant, is_given=date.is_given),
    )


def _share_texts(table: JointFigure, separator: str) -> list[str]:
    """Return the share of draws in each quadrant in words."""
    shares = table.quadrants
    return [
        f"within both{separator}{format_percent(shares.within_both.value)}",
        f"over cost{separator}{format_percent(shares.over_cost.value)}",
        f"late{separator}{format_percent(shares.late.value)}",
        f"over both{separator}{format_percent(shares.over_both.value)}",
    ]


FUNCTIONS = KindFunctions(joint_table, draw_joint, joint_text, joint_finding)
