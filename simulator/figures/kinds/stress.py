"""The effect of each shock by itself."""

from typing import TYPE_CHECKING

from simulator.core.formatting import format_money, format_percent, format_significant
from simulator.figures.axes import (
    MAX_ROWS,
    AxisRange,
    add_legend,
    annotate_rows,
    axis_range,
    draw_interval,
    mark_cut_bounds,
    omitted_rows_text,
    rows_height,
    set_money_axis,
    set_rows_axis,
)
from simulator.figures.data import FigureRequest
from simulator.figures.phrases import change_text, interval_name, join_texts, money_text, sentence, short_title, subtitle
from simulator.figures.registry import KindFunctions
from simulator.figures.style import ACCENT, INK, MUTED, canvas
from simulator.figures.text import to_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.analysis.stress import ShockTest
    from simulator.analysis.stress.shocks import ShockCase

STRESS_DRAWS = 20_000
_FACTOR = 10
"""Relative change from which a factor is shown."""
_LOG_RATIO = 8.0
"""Ratio of the bounds above which the axis is logarithmic, because the largest shock would compress the others."""


def stress_table(request: FigureRequest) -> "ShockTest":
    """Apply each shock by itself."""
    from simulator.analysis.stress import apply_shocks

    opened = request.files()
    return apply_shocks(opened.without_shocks(), request.options(STRESS_DRAWS), shocks=opened.overrides.shocks)


def draw_stress(table: "ShockTest", date: str) -> "Figure":
    """Draw the total with each shock, next to the total without a shock, the budget, and the mean change."""
    from simulator.analysis.stress.shocks import with_evidence

    shocks, base, budget = table.shocks, table.shocks.base, table.budget
    rows = _effective(table)
    cases = rows[:MAX_ROWS]
    figure, axes = canvas(
        table,
        stress_finding(table),
        subtitle(table, "total cost with each shock"),
        date,
        height=rows_height(len(cases) + 1),
        remark=f"Median and interval of the total with the shock. On the right: the "
        f"{shocks.ranked_by} change, paired draw by draw, and the grade of the shock. "
        f"Hollow: an assumption of grade D; the axis is made for the others.{omitted_rows_text(rows, 'shocks')}",
    )
    draw_interval(axes, 0, base, colour=ACCENT, marker="s")
    axes.axvline(base.median, color=ACCENT, linewidth=1, linestyle=":", label="median without a shock")
    values = [bound for total in (base, *with_evidence(cases)) for bound in (total.low, total.high)]
    if budget is not None:
        name = f"budget {money_text(table, budget, is_given=True)}"
        axes.axvline(budget, color=INK, linewidth=1.2, linestyle="-.", label=name)
        values += [budget] if budget < 3 * max(values) else []
    set_rows_axis(axes, ["no shock", *(" + ".join(map(to_words, case.shocks)) for case in cases)])
    limits = axis_range(values, log_ratio=_LOG_RATIO)
    limits.apply(axes.xaxis)
    for number, case in enumerate(cases, start=1):
        _draw_case(axes, number, case, limits)
    mark_cut_bounds(axes, [(number, case, MUTED) for number, case in enumerate(cases, start=1) if case.is_assumption])
    annotate_rows(axes, ["", *(_change_text(table, case) for case in cases)])
    set_money_axis(axes.xaxis, f"{table.header.currency}: median and {interval_name(table)}", ticks=5)
    add_legend(axes)
    return figure


def _draw_case(axes: "Axes", number: int, case: "ShockCase", limits: AxisRange) -> None:
    """Draw the interval and median of a shock, hollow for an assumption; a median beyond the axis is left to the arrow."""
    if not case.is_assumption:
        draw_interval(axes, number, case)
        return
    axes.plot([case.low, case.high], [number, number], color=MUTED, linewidth=2.2, solid_capstyle="butt")
    if limits.low <= case.median <= limits.high:
        axes.plot([case.median], [number], marker="o", markersize=5.5, markerfacecolor="white", markeredgecolor=MUTED,
                  linestyle="none", clip_on=False, zorder=4)  # fmt: skip


def _effective(table: "ShockTest") -> "list[ShockCase]":
    """Return the shocks that change the total, the largest change first."""
    cases = [case for case in table.shocks.cases if case.change.moves]
    return sorted(cases, key=lambda case: -case.change.value)


def _change_text(table: "ShockTest", case: "ShockCase") -> str:
    share = case.change.share
    part = "" if share is None else f" ({_relative(share)})"
    return f"{change_text(table, case.change.value)}{part} {case.grade}"


def _relative(share: float) -> str:
    """Format a relative change: in percent, and from ten times on as a factor."""
    return (
        f"{format_significant(share, 2)} times"
        if share >= _FACTOR
        else f"{'+' if share >= 0 else '−'}{format_percent(abs(share))}"
    )


def stress_text(table: "ShockTest") -> str:
    """Describe the effect of each shock."""
    texts = [f"{to_words(case.name)} {format_money(case.change.value)}" for case in _effective(table)]
    return f"What each shock adds to the total of {short_title(table)} ({table.shocks.ranked_by} change): {join_texts(texts)}."


def stress_finding(table: "ShockTest") -> str:
    """State the shock that adds most."""
    from simulator.analysis.stress.shocks import with_evidence

    rows = [case for case in _effective(table) if case.change.value > 0]
    if not rows:
        return "No shock adds to the total"
    first = with_evidence(rows)[0]
    # An assumption leads only where no shock with evidence adds to the total.
    if first.is_assumption or any(case.is_assumption and case.change.value > first.change.value for case in rows):
        most = "adds most, an assumption" if first.is_assumption else "adds most of what has evidence"
    else:
        most = "adds most"
    share = "" if first.change.share is None else f" ({format_percent(first.change.share)} of the total)"
    names = " and ".join(map(to_words, first.shocks))
    return sentence(f"{names} {most}: {money_text(table, first.change.value)}{share}")


FUNCTIONS = KindFunctions(stress_table, draw_stress, stress_text, stress_finding)
