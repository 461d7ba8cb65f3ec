"""Cost and date together."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simulator.core.formatting import digits, money, percent
from simulator.core.levels import Level
from simulator.engine.result import Result
from simulator.figures.axes import bare_minor, legend, money_axis, near_enough, span
from simulator.figures.data import Asked, NotDrawn, kept_draws, result_header
from simulator.figures.phrases import scope, target_text, title_of
from simulator.figures.registry import Parts, Table
from simulator.figures.style import FILL, MAIN, MUTED, OTHER, canvas
from simulator.figures.text import words
from simulator.scenario import TOTAL

if TYPE_CHECKING:
    from matplotlib.figure import Figure


POINTS = 1500
"""Draws that a scatter shows: more is a blot."""


def joint_table(request: Asked) -> dict[str, Any]:
    """Simulate the scenario for cost and date."""
    from simulator.analysis.joint import NoDate, time_of
    from simulator.engine.graph import plan

    scenario = request.one
    try:
        time = time_of(scenario, request.of)
    except NoDate as error:
        raise NotDrawn(f"{scenario.name} {error}") from None
    planned = replace(scenario, plan=plan(scenario.graph, scenario.inputs, [*scenario.plan.names, time]))
    return joint_of(kept_draws(request, [TOTAL, time], planned), time, request.cost, request.date, request.interval)


def joint_of(
    result: Result, time: str, cost: float | None = None, date: float | None = None, interval: Level = 0.95
) -> dict[str, Any]:
    """Return the table of cost and date from a result that keeps the draws of its total and of `time` (hours)."""
    from simulator.analysis.joint import MONTH
    from simulator.analysis.joint import joint_of as joint_figures

    total, hours = result.kept[TOTAL], result.kept[time]
    most = result.scenario.budget if cost is None else cost
    first = slice(0, POINTS)
    return (
        result_header(result, interval)
        | {"time": time, "points": {"months": (hours[first] / MONTH).tolist(), "cost": total[first].tolist()}}
        | joint_figures(total, hours, most, date, interval)
    )


def draw_joint(table: Table, date: str) -> "Figure":
    """Draws by month and cost, with the share in each quadrant about the targets, and the frontier of equal confidence."""
    points, shares = table["points"], table["quadrants"]
    cost, latest = table["cost_target"]["amount"], table["date_target"]["months"]
    figure, axes = canvas(
        table,
        f"{table['title']}: cost and date together",
        f"Total cost by {words(table['time'])}, {scope(table)}",
        date,
        height=3.8,
        remark=f"{len(points['cost']):,} of the draws are shown; shares are of all. Along a frontier the probability "
        f"to meet both "
        f"targets is the same; it is told up to the P{table['frontier_up_to']:g} of both. Rank correlation of cost and date "
        f"{table['rank_correlation']:+.2f}.",
    )
    axes.scatter(points["months"], points["cost"], s=5, color=FILL, edgecolors=MAIN, linewidths=0.25, rasterized=True)
    for (level, line), style in zip(table["frontier"].items(), ("--", "-"), strict=False):
        axes.plot(line["months"], line["cost"], color=MAIN, linestyle=style, linewidth=1.8, label=f"frontier of {level}%")
    most, soon = target_text(table["cost_target"], "amount", money), target_text(table["date_target"], "months", digits)
    vertical = span([*points["cost"], *near_enough(cost, points["cost"])], pad=0.1)
    horizontal = span([*points["months"], *near_enough(latest, points["months"])], pad=0.06)
    vertical.apply(axes.yaxis)
    horizontal.apply(axes.xaxis)
    axes.axhline(
        cost,
        color=OTHER,
        linestyle="-.",
        linewidth=1.4,
        label=f"cost target {most}",
    )
    axes.axvline(
        latest,
        color=OTHER,
        linestyle=":",
        linewidth=1.6,
        label=f"date target {soon} months",
    )
    corners = {"within_both": (0.01, 0.01), "over_cost": (0.01, 0.99), "late": (0.99, 0.01), "over_both": (0.99, 0.99)}
    for name, (x, y) in corners.items():
        axes.text(
            x, y, f"{words(name)}: {percent(shares[name]['value'])}", transform=axes.transAxes, size=8, weight="bold",
            ha="left" if x < 0.5 else "right", va="bottom" if y < 0.5 else "top",
            bbox={"facecolor": "white", "edgecolor": MUTED, "linewidth": 0.5, "pad": 2, "alpha": 0.92},
        )  # fmt: skip
    axes.set_xlabel(f"{words(table['time'])}, months")
    money_axis(axes.yaxis)
    if horizontal.log:
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        bare_minor(axes.xaxis)
    legend(axes, columns=2)
    return figure


def joint_text(table: Table) -> str:
    """Say what cost and date are together."""
    most, latest = target_text(table["cost_target"], "amount", money), target_text(table["date_target"], "months", digits)
    shares = [f"{words(name)} {percent(share['value'])}" for name, share in table["quadrants"].items()]
    return (
        f"Scatter of total cost by {words(table['time'])} of {title_of(table)}, with targets of "
        f"{most} USD and {latest} months: {', '.join(shares)}."
    )


PARTS = {
    "joint": Parts(joint_table, draw_joint, joint_text),
}
