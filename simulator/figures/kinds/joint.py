"""Cost and date together."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simulator.core.formatting import format_money, format_percent, format_significant
from simulator.core.levels import Level
from simulator.engine.result import Result
from simulator.figures.axes import add_legend, axis_range, drawable_targets, hide_minor_ticks, set_money_axis
from simulator.figures.data import FigureRequest, FigureUnavailableError, result_header, simulate_quantities
from simulator.figures.phrases import scope_text, short_title, target_text
from simulator.figures.registry import FigureTable, KindFunctions
from simulator.figures.style import ACCENT, FILL, MAIN, MUTED, canvas
from simulator.figures.text import to_words
from simulator.scenario import TOTAL

if TYPE_CHECKING:
    from matplotlib.figure import Figure


POINTS = 1500
"""The most draws in a scatter plot that remain distinguishable."""


def joint_table(request: FigureRequest) -> dict[str, Any]:
    """Simulate cost and date of the scenario."""
    from simulator.analysis.joint import NoDateError, date_quantity
    from simulator.engine.graph import build_plan

    scenario = request.scenario
    try:
        time = date_quantity(scenario, request.subject)
    except NoDateError as error:
        raise FigureUnavailableError(f"{scenario.name} {error}") from None
    extended = replace(scenario, plan=build_plan(scenario.graph, scenario.inputs, [*scenario.plan.names, time]))
    return joint_of(simulate_quantities(request, [TOTAL, time], extended), time, request.cost, request.date, request.interval)


def joint_of(
    result: Result, time: str, cost: float | None = None, date: float | None = None, interval: Level = 0.95
) -> dict[str, Any]:
    """Return the table of cost and date from a result that retains the draws of its total and of `time` (hours)."""
    from simulator.analysis.joint import MONTH, joint_statistics

    total, hours = result.retained_draws[TOTAL], result.retained_draws[time]
    cost_target = result.scenario.budget if cost is None else cost
    first = slice(0, POINTS)
    return (
        result_header(result, interval)
        | {"time": time, "points": {"months": (hours[first] / MONTH).tolist(), "cost": total[first].tolist()}}
        | joint_statistics(total, hours, cost_target, date, interval)
    )


def draw_joint(table: FigureTable, date: str) -> "Figure":
    """Plot draws by month and cost, with the share in each quadrant and the frontier of equal confidence."""
    points, shares = table["points"], table["quadrants"]
    cost_target, date_target = table["cost_target"]["amount"], table["date_target"]["months"]
    figure, axes = canvas(
        table,
        f"{table['title']}: cost and date together",
        f"Total cost by {to_words(table['time'])}, {scope_text(table)}",
        date,
        height=3.8,
        remark=f"{len(points['cost']):,} of the draws are shown; shares refer to all draws. Along a frontier, the probability "
        f"of meeting both targets is constant; it extends to the P{table['frontier_up_to']:g} of both. Rank correlation of "
        f"cost and date {table['rank_correlation']:+.2f}.",
    )
    axes.scatter(points["months"], points["cost"], s=5, color=FILL, edgecolors=MAIN, linewidths=0.25, rasterized=True)
    for (level, line), style in zip(table["frontier"].items(), ("--", "-"), strict=False):
        axes.plot(line["months"], line["cost"], color=MAIN, linestyle=style, linewidth=1.8, label=f"frontier of {level}%")
    cost_text, date_text = (
        target_text(table["cost_target"], "amount", format_money),
        target_text(table["date_target"], "months", format_significant),
    )
    vertical = axis_range([*points["cost"], *drawable_targets(cost_target, points["cost"])], pad=0.1)
    horizontal = axis_range([*points["months"], *drawable_targets(date_target, points["months"])], pad=0.06)
    vertical.apply(axes.yaxis)
    horizontal.apply(axes.xaxis)
    axes.axhline(
        cost_target,
        color=ACCENT,
        linestyle="-.",
        linewidth=1.4,
        label=f"cost target {cost_text}",
    )
    axes.axvline(
        date_target,
        color=ACCENT,
        linestyle=":",
        linewidth=1.6,
        label=f"date target {date_text} months",
    )
    corners = {"within_both": (0.01, 0.01), "over_cost": (0.01, 0.99), "late": (0.99, 0.01), "over_both": (0.99, 0.99)}
    for name, (x, y) in corners.items():
        axes.text(
            x, y, f"{to_words(name)}: {format_percent(shares[name]['value'])}", transform=axes.transAxes, size=8, weight="bold",
            ha="left" if x < 0.5 else "right", va="bottom" if y < 0.5 else "top",
            bbox={"facecolor": "white", "edgecolor": MUTED, "linewidth": 0.5, "pad": 2, "alpha": 0.92},
        )  # fmt: skip
    axes.set_xlabel(f"{to_words(table['time'])}, months")
    set_money_axis(axes.yaxis)
    if horizontal.log:
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        hide_minor_ticks(axes.xaxis)
    add_legend(axes, columns=2)
    return figure


def joint_text(table: FigureTable) -> str:
    """Describe the joint distribution of cost and date."""
    cost_text, date_text = (
        target_text(table["cost_target"], "amount", format_money),
        target_text(table["date_target"], "months", format_significant),
    )
    shares = [f"{to_words(name)} {format_percent(share['value'])}" for name, share in table["quadrants"].items()]
    return (
        f"Scatter of total cost by {to_words(table['time'])} of {short_title(table)}, with targets of "
        f"{cost_text} USD and {date_text} months: {', '.join(shares)}."
    )


FUNCTIONS = {
    "joint": KindFunctions(joint_table, draw_joint, joint_text),
}
