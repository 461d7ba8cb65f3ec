"""The probability of staying within each amount."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from simulator.analysis.budget import BudgetPlan, PointEstimate, SCurve, plan_budget, point_estimate, s_curve
from simulator.analysis.overruns import BudgetStatistics, budget_statistics
from simulator.analysis.statistics import SummaryStatistics, summary_statistics
from simulator.core.formatting import format_exact, format_money, format_percent
from simulator.core.levels import Level
from simulator.core.results import AnalysisResult
from simulator.figures.axes import add_legend, axis_range, drawable_targets, set_money_axis
from simulator.figures.data import FigureRequest, TotalDraws
from simulator.figures.phrases import budget_text, money_text, point_text, short_title, subtitle, total_text
from simulator.figures.registry import KindFunctions
from simulator.figures.style import ACCENT, FILL, INK, MAIN, MUTED, canvas

if TYPE_CHECKING:
    from matplotlib.figure import Figure
from simulator.figures.phrases import point_label


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
        _CurveMark(total.median, 50.0, f"P50 {format_money(total.median)}", "o", MAIN),
        _CurveMark(total.p80, 80.0, f"P80 {format_money(total.p80)}", "s", MAIN),
        _CurveMark(point.amount, point.percentile, point_label(point), "^", FILL),
    ]
    if budget is not None:
        text = f"budget {format_exact(budget.amount)} ({format_percent(budget.probability_within)})"
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
    for value, share, text, marker, colour in marks:
        if limits.low <= value <= limits.high:
            axes.plot([limits.low, value, value], [share, share, 0], color=colour if colour != FILL else MUTED,
                      linewidth=0.8, linestyle=":")  # fmt: skip
            axes.plot([value], [share], marker=marker, color=colour, markersize=7, markeredgecolor=INK, markeredgewidth=0.7,
                      linestyle="none", label=text, zorder=3)  # fmt: skip
        else:
            axes.plot([], [], marker=marker, color=colour, markersize=7, linestyle="none", label=f"{text}, off the scale")
    axes.set_ylim(0, 100)
    axes.set_ylabel("probability of staying within, %")
    set_money_axis(axes.xaxis, plan.header.currency)
    add_legend(axes, columns=2)
    return figure


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
