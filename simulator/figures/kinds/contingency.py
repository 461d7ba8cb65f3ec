"""The contingency of each line between the point estimate and the P80."""

from typing import TYPE_CHECKING

from simulator.analysis.allocation import LevelAllocation, LineAllocation
from simulator.analysis.budget import BudgetPlan, plan_budget
from simulator.figures.axes import add_legend, annotate_rows, rows_height, set_money_axis, set_rows_axis
from simulator.figures.categories import category_of
from simulator.figures.data import FigureRequest
from simulator.figures.phrases import change_text, join_texts, money_text, short_title, subtitle
from simulator.figures.registry import KindFunctions
from simulator.figures.style import INK, canvas
from simulator.figures.text import to_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEVEL = 80.0
"""Percent: the level to which the contingency is shown."""
_MAX_LINES = 12


def contingency_table(request: FigureRequest) -> BudgetPlan:
    """Compute the budget plan of the scenario."""
    return plan_budget(request.scenario, request.options())


def allocation_at_p80(plan: BudgetPlan) -> LevelAllocation:
    """Return the allocation of the P80 to the lines."""
    return next(each for each in plan.allocation if each.level == LEVEL)


def _ordered(plan: BudgetPlan) -> list[LineAllocation]:
    return sorted(allocation_at_p80(plan).lines, key=lambda line: -abs(line.contingency))


def draw_contingency(plan: BudgetPlan, date: str) -> "Figure":
    """Draw the point estimate of each line, and what the P80 allocates to it beyond."""
    lines = _ordered(plan)
    rows = lines[:_MAX_LINES]
    omitted = len(lines) - _MAX_LINES
    noun = "line with less contingency is" if omitted == 1 else "lines with less contingency are"
    more = f" {omitted} {noun} not shown." if omitted > 0 else ""
    figure, axes = canvas(
        plan,
        contingency_finding(plan),
        subtitle(plan, "point estimate and contingency of each line up to the P80 of the total"),
        date,
        height=rows_height(len(rows)),
        remark="Contingency of a line: its mean in the outcomes at the P80 of the total, less its share of the point "
        "estimate; the "
        f"contingencies of all lines add up to that of the total.{more}",
    )
    for number, line in enumerate(rows):
        category = category_of(line.name)
        axes.barh(
            [number], [line.point], height=0.62, color=category.colour, hatch=category.hatch, edgecolor=INK, linewidth=0.6
        )
        axes.barh([number], [line.contingency], left=[line.point], height=0.62, color="white", hatch="////", edgecolor=INK,
                  linewidth=0.6)  # fmt: skip
    from matplotlib.patches import Patch

    handles = [
        Patch(facecolor=INK, edgecolor=INK, label="point estimate, in the colour of the category"),
        Patch(facecolor="white", edgecolor=INK, hatch="////", label="contingency up to the P80"),
    ]
    axes.axvline(0, color=INK, linewidth=0.8)
    set_rows_axis(axes, [to_words(line.name) for line in rows])
    annotate_rows(axes, [f"{money_text(plan, line.point)} {change_text(plan, line.contingency)}" for line in rows])
    set_money_axis(axes.xaxis, plan.header.currency, ticks=5)
    add_legend(axes, columns=2, handles=handles)
    return figure


def contingency_text(plan: BudgetPlan) -> str:
    """Describe the contingency of each line."""
    texts = [f"{to_words(line.name)} {money_text(plan, line.contingency)}" for line in _ordered(plan)]
    return f"Contingency up to the P80 of {short_title(plan)} by line: {join_texts(texts)}."


def contingency_finding(plan: BudgetPlan) -> str:
    """State the contingency of the total, and the line with the largest part of it."""
    whole = plan.contingency_at(LEVEL)
    if whole.contingency <= 0:
        return f"The point estimate is {money_text(plan, -whole.contingency)} above the P80: no contingency is needed"
    text = f"The P80 needs {money_text(plan, whole.contingency)} beyond the point estimate"
    lines = _ordered(plan)
    if len(lines) == 1:
        return text
    largest = max(lines, key=lambda line: line.contingency)
    return f"{text}, of which {money_text(plan, largest.contingency)} for {to_words(largest.name)}"


FUNCTIONS = KindFunctions(contingency_table, draw_contingency, contingency_text, contingency_finding)
