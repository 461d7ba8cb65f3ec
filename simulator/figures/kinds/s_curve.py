"""The probability of staying within each amount."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from simulator.analysis.budget import BudgetPlan, PointEstimate, SCurve, plan_budget, point_estimate, s_curve
from simulator.analysis.overruns import BudgetStatistics, budget_statistics
from simulator.analysis.statistics import SummaryStatistics, summary_statistics
from simulator.core.formatting import format_money, format_percent
from simulator.core.levels import Level
from simulator.core.results import AnalysisResult
from simulator.figures.axes import AxisRange, axis_range, drawable_targets, set_money_axis
from simulator.figures.data import FigureRequest, TotalDraws
from simulator.figures.format import points
from simulator.figures.phrases import budget_text, money_text, point_label, point_text, short_title, subtitle, total_text
from simulator.figures.registry import KindFunctions
from simulator.figures.style import ACCENT, FILL, INK, MAIN, MUTED, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_RIGHT_UP_TO = 0.55
"""Place on the axis, 0 to 1, up to which the text of a mark fits to its right."""
_LINE = 7.5
"""Percent of the axis that a line of text takes."""


def s_curve_table(request: FigureRequest) -> BudgetPlan:
    """Compute the budget plan of the scenario."""
    return plan_budget(request.scenario, request.options())


@dataclass(frozen=True, kw_only=True)
class TotalCurve(AnalysisResult):
    """The cumulative distribution of a total, from its draws alone.

    Attributes
    ----------
    total : SummaryStatistics
        USD.
    point_estimate : PointEstimate
    s_curve : SCurve
    budget : BudgetStatistics or None

    """

    total: SummaryStatistics
    point_estimate: PointEstimate
    s_curve: SCurve
    budget: BudgetStatistics | None


def s_curve_of_draws(run: TotalDraws, interval: Level = 0.95) -> TotalCurve:
    """Return the cumulative distribution of draws."""
    total, point = run.draws, run.point
    return TotalCurve(
        header=run.header,
        total=summary_statistics(total, interval),
        point_estimate=point_estimate(total, point, is_given=run.has_own_point),
        s_curve=s_curve(total),
        budget=None if run.budget is None else budget_statistics(total, run.budget, point),
    )


class _CurveMark(NamedTuple):
    """An amount on the curve, USD, with the probability of staying within it (percent), its text, marker and colour."""

    amount: float
    percent: float
    text: str
    marker: str
    colour: str


def _curve_marks(plan: BudgetPlan | TotalCurve) -> list[_CurveMark]:
    """Return the amounts to mark on the curve: median, P80, point estimate and budget."""
    total, point, budget = plan.total, plan.point_estimate, plan.budget
    marks = [
        _CurveMark(total.median, 50.0, f"P50 {money_text(plan, total.median)}", "o", MAIN),
        _CurveMark(total.p80, 80.0, f"P80 {money_text(plan, total.p80)}", "s", MAIN),
        _CurveMark(point.amount, point.percentile, point_label(plan, point), "^", FILL),
    ]
    if budget is not None:
        within = format_percent(budget.probability_within)
        text = f"budget {money_text(plan, budget.amount, is_given=True)}: {within}"
        marks.append(_CurveMark(budget.amount, 100 * budget.probability_within, text, "D", ACCENT))
    return marks


def draw_s_curve(plan: BudgetPlan | TotalCurve, date: str) -> "Figure":
    """Draw the probability of staying within each amount, with P50, P80, budget and point estimate."""
    amounts, shares = list(plan.s_curve.amount), [100 * share for share in plan.s_curve.probability]
    figure, axes = canvas(
        plan,
        s_curve_finding(plan),
        subtitle(plan, "probability that the total cost stays within an amount"),
        date,
        height=3.4,
    )
    axes.plot(amounts, shares, color=MAIN, linewidth=2.2)
    marks = _curve_marks(plan)
    drawable = [value for mark in marks for value in drawable_targets(mark.amount, amounts)]
    limits = axis_range([*amounts, *drawable], pad=0.02)
    limits.apply(axes.xaxis)
    shown = [mark for mark in marks if limits.low <= mark.amount <= limits.high]
    for value, share, _, marker, colour in shown:
        axes.plot([limits.low, value, value], [share, share, 0], color=colour if colour != FILL else MUTED,
                  linewidth=0.8, linestyle=":")  # fmt: skip
        axes.plot([value], [share], marker=marker, color=colour, markersize=7, markeredgecolor=INK, markeredgewidth=0.7,
                  linestyle="none", zorder=3)  # fmt: skip
    _label_marks(axes, shown, limits)
    hidden = [f"{mark.text}, off the scale" for mark in marks if mark not in shown]
    if hidden:
        axes.annotate(
            "\n".join(hidden), (1, 0), xycoords="axes fraction", xytext=(-4, 5), textcoords="offset points", ha="right",
            va="bottom", size=points(8),
        )  # fmt: skip
    axes.set_ylim(0, 100)
    axes.set_ylabel("probability of staying within, %")
    set_money_axis(axes.xaxis, plan.header.currency)
    return figure


def _label_marks(axes: "Axes", marks: Sequence[_CurveMark], limits: AxisRange) -> None:
    """Write the text of each mark below its right, where the curve never is, or above its left near the right edge."""
    right = [mark for mark in marks if limits.share(mark.amount) <= _RIGHT_UP_TO]
    for group, side, order in ((right, 1, -1), ([mark for mark in marks if mark not in right], -1, 1)):
        last = math.inf * side
        for mark in sorted(group, key=lambda mark: (order * mark.percent, order * mark.amount)):
            # Labels of marks that are close together are a line apart.
            last = min(mark.percent, last - _LINE) if side > 0 else max(mark.percent, last + _LINE)
            axes.annotate(
                mark.text, (mark.amount, last), xytext=(9 * side, -3 * side), textcoords="offset points",
                ha="left" if side > 0 else "right", va="top" if side > 0 else "bottom", size=points(8.5),
                weight="bold" if mark.marker in ("s", "D") else "normal", zorder=4,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85},
            )  # fmt: skip


def s_curve_text(plan: BudgetPlan | TotalCurve) -> str:
    """Describe the probability of staying within each amount."""
    point = plan.point_estimate
    return (
        f"Curve of the probability of staying within each amount for {short_title(plan)}: "
        f"{total_text(plan, plan.total)}, P80 {format_money(plan.total.p80)}; the point "
        f"estimate of {point_text(point)} is at P{point.percentile:.0f}{budget_text(plan.budget)}."
    )


def s_curve_finding(plan: BudgetPlan | TotalCurve) -> str:
    """State the probability of staying within the budget, and the amount that 80% of the outcomes stay within."""
    p80 = money_text(plan, plan.total.p80)
    if plan.budget is None:
        return f"50% of the outcomes stay within {money_text(plan, plan.total.median)}, 80% within {p80}"
    amount = money_text(plan, plan.budget.amount, is_given=True)
    return (
        f"{format_percent(plan.budget.probability_within)} of the outcomes stay within the budget of {amount}; 80% within {p80}"
    )


FUNCTIONS = KindFunctions(s_curve_table, draw_s_curve, s_curve_text, s_curve_finding)
