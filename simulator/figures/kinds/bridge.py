"""The steps from one amount to another: from the point estimate to the P80 by line, or between two scenarios by input."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from simulator.analysis.budget import BudgetPlan
from simulator.analysis.compare import compare
from simulator.core.results import AnalysisResult
from simulator.figures.axes import annotate_rows, axis_range, rows_height, set_money_axis, set_rows_axis
from simulator.figures.categories import CATEGORIES, OTHER, category_of, has_category
from simulator.figures.data import FigureRequest, FigureUnavailableError
from simulator.figures.format import points
from simulator.figures.kinds.contingency import LEVEL, allocation_at_p80, contingency_table
from simulator.figures.phrases import change_text, join_texts, money_text, scope_text, sentence, subtitle
from simulator.figures.registry import KindFunctions
from simulator.figures.style import ACCENT, FILL, HATCHES, INK, MUTED, canvas
from simulator.figures.text import to_plain, to_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MAX_STEPS = 10
REST = "other"
"""Name of the step that has the small ones together."""


@dataclass(frozen=True, slots=True)
class BridgeStep:
    """A step of a bridge.

    Attributes
    ----------
    name : str
        The line or the quantity; `other` for the small ones together.
    before, after : str
        Its source in the first and in the second scenario; empty for lines.
    change : float
        USD.
    mcse : float
        Monte Carlo standard error of `change`, USD; of a line that of its amount at the P80.

    """

    name: str
    before: str
    after: str
    change: float
    mcse: float


@dataclass(frozen=True, kw_only=True)
class BridgeFigure(AnalysisResult):
    """The steps from one amount to another, in their order; they add up to the difference.

    Attributes
    ----------
    statistic : str
        `P80`, from the point estimate of a scenario, or `mean`, from one scenario to another.
    first, last : str
        What the amounts are of.
    first_amount, last_amount : float
        USD.
    steps : tuple of BridgeStep

    """

    statistic: str
    first: str
    last: str
    first_amount: float
    last_amount: float
    steps: tuple[BridgeStep, ...]


def bridge_table(request: FigureRequest) -> BridgeFigure:
    """Return the steps from the point estimate to the P80 of one scenario, or from the mean of one to that of another."""
    return bridge_of(contingency_table(request)) if len(request.scenarios) == 1 else _between(request)


def bridge_of(plan: BudgetPlan) -> BridgeFigure:
    """Return the steps from the point estimate to the P80 of a plan."""
    contingency = plan.contingency_at(LEVEL)
    lines = sorted(allocation_at_p80(plan).lines, key=lambda line: -line.contingency)
    point = plan.point_estimate
    return BridgeFigure(
        header=plan.header,
        statistic="P80",
        first="point estimate, as given" if point.is_given else "point estimate",
        last="P80",
        first_amount=point.amount,
        last_amount=contingency.amount,
        steps=_short([BridgeStep(line.name, "", "", line.contingency, line.mcse) for line in lines]),
    )


def _between(request: FigureRequest) -> BridgeFigure:
    from simulator.figures.comparisons import refuse_under_way

    refuse_under_way(request)
    comparison = compare(request.scenarios, request.options(), names=request.names or None, own_names=request.names)
    first, last = comparison.scenarios
    (difference,) = comparison.differences
    if first.mean is None or last.mean is None:
        raise FigureUnavailableError(
            "a tail of the totals is too heavy for a mean, and only means can be bridged step by step; draw `cdf` or "
            "`difference`"
        )
    return BridgeFigure(
        header=replace(comparison.header, title=f"{first.label} to {last.label}", scope=first.scope, scenario=None),
        statistic="mean",
        first=first.label,
        last=last.label,
        first_amount=first.mean,
        last_amount=last.mean,
        steps=_short([BridgeStep(each.name, each.before, each.after, each.change, each.mcse) for each in difference.steps]),
    )


def _short(steps: list[BridgeStep]) -> tuple[BridgeStep, ...]:
    """Return steps of which all but the largest are one, at the end."""
    if len(steps) <= _MAX_STEPS:
        return tuple(steps)
    largest = sorted(steps, key=lambda step: -abs(step.change))[: _MAX_STEPS - 1]
    rest = [step for step in steps if step not in largest]
    whole = BridgeStep(REST, "", "", sum(step.change for step in rest), sum(step.mcse**2 for step in rest) ** 0.5)
    return (*(step for step in steps if step in largest), whole)


def draw_bridge(table: BridgeFigure, date: str) -> "Figure":
    """Draw both amounts as bars and the steps between them, each from where the one before ends."""
    names = [to_plain(table.first), *(to_words(step.name) for step in table.steps), to_plain(table.last)]
    between = "Each step changes one quantity of the first scenario after the other, so that a step depends on those before it."
    to_p80 = "Steps: contingency of each line, its mean in the outcomes at the P80 less its share of the point estimate."
    what = f"{to_plain(table.first)} to {table.last} by line" if table.statistic == "P80" else "mean total cost, step by step"
    figure, axes = canvas(
        table,
        bridge_finding(table),
        subtitle(table, what) if table.statistic == "P80" else f"{sentence(what)}, {scope_text(table)}",
        date,
        height=rows_height(len(names)),
        remark=(to_p80 if table.statistic == "P80" else between)
        + " On the right: amounts and changes; ± is the Monte Carlo error (95%).",
    )
    level, edges, texts = table.first_amount, [table.first_amount, table.last_amount], [money_text(table, table.first_amount)]
    for number, step in enumerate(table.steps, start=1):
        start, level = level, level + step.change
        colour, hatch = _colours(table, step)
        axes.barh([number], [step.change], left=[start], height=0.62, color=colour, hatch=hatch, edgecolor=INK, linewidth=0.6)
        axes.plot([level, level], [number - 0.31, number + 1.31], color=MUTED, linewidth=0.8)
        edges.append(level)
        texts.append(f"{change_text(table, step.change)} ±{money_text(table, 1.959964 * step.mcse)}")
    texts.append(money_text(table, table.last_amount))
    axes.plot([table.first_amount] * 2, [-0.31, 1.31], color=MUTED, linewidth=0.8)
    limits = axis_range(edges, pad=0.06)._replace(log=False)
    low = 0.0 if 0 <= min(edges) < 0.4 * max(edges) else limits.low
    limits._replace(low=low).apply(axes.xaxis)
    for row, amount in ((0, table.first_amount), (len(names) - 1, table.last_amount)):
        axes.barh([row], [amount - low], left=[low], height=0.62, color=INK, edgecolor=INK, linewidth=0.6)
    if low > 0:
        axes.annotate("the axis begins at " + money_text(table, low), (0, 1), xycoords="axes fraction", xytext=(0, 3),
                      textcoords="offset points", size=points(7), color=MUTED)  # fmt: skip
    set_rows_axis(axes, names)
    annotate_rows(axes, texts)
    set_money_axis(axes.xaxis, table.header.currency, ticks=5)
    return figure


def _colours(table: BridgeFigure, step: BridgeStep) -> tuple[str, str]:
    """Return colour and hatch: those of the category of a line, or those of a rise or fall."""
    if table.statistic == "P80":
        category = category_of(step.name) if has_category(step.name) else OTHER
        assert category in CATEGORIES
        return category.colour, category.hatch
    return (ACCENT, HATCHES[1]) if step.change > 0 else (FILL, "")


def bridge_text(table: BridgeFigure) -> str:
    """Describe the steps."""
    texts = [f"{to_words(step.name)} {change_text(table, step.change)}" for step in table.steps]
    ends = (
        f"{to_plain(table.first)} {money_text(table, table.first_amount)}",
        f"{to_plain(table.last)} {money_text(table, table.last_amount)}",
    )
    return f"Bridge from {ends[0]} to {ends[1]}: {join_texts(texts)}."


def bridge_finding(table: BridgeFigure) -> str:
    """State the difference of both amounts, and the largest step towards it."""
    change = table.last_amount - table.first_amount
    if table.statistic == "P80":
        text = f"The P80 is {money_text(table, abs(change))} {'above' if change > 0 else 'below'} the point estimate"
    else:
        text = (
            f"{to_plain(table.last)[:40]} costs {money_text(table, abs(change))} {'more' if change > 0 else 'less'} on average"
        )
    steps = [step for step in table.steps if step.change * change > 0 and step.name != REST]
    if not steps or len(table.steps) == 1:
        return text
    largest = max(steps, key=lambda step: abs(step.change))
    sign = "+" if largest.change > 0 else ""
    return f"{text}, mostly through {to_words(largest.name)} ({sign}{money_text(table, largest.change)})"


FUNCTIONS = KindFunctions(bridge_table, draw_bridge, bridge_text, bridge_finding)
