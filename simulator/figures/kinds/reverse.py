"""The inputs of the draws in which a condition holds."""

from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.analysis.statistics import quantile
from simulator.core.formatting import event_clause, format_condition, format_percent
from simulator.figures.axes import add_legend, annotate_rows, draw_empty, draw_interval, rows_height, set_rows_axis
from simulator.figures.data import FigureRequest, FigureUnavailableError, simulate_quantities
from simulator.figures.format import current_format
from simulator.figures.phrases import interval_name, join_texts, number_text, short_title, subtitle, value_text
from simulator.figures.registry import KindFunctions
from simulator.figures.style import ACCENT, MUTED, PALE, canvas
from simulator.figures.text import to_words
from simulator.scenario import TOTAL

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulator.analysis.stress import ReverseTest
    from simulator.analysis.stress.reverse_stress import InputComparison, MedianAndInterval, ReverseStress


_MAX_INPUTS = 8


def reverse_table(request: FigureRequest) -> "ReverseTest":
    """Compare the draws in which the condition holds; by default, that the total exceeds the budget, or else the P80."""
    from simulator.analysis.stress import UnsupportedError, reverse

    condition = request.condition
    if condition is None:
        limit = request.scenario.budget
        if limit is None:
            limit = float(
                f"{quantile(simulate_quantities(request, [TOTAL], default=20_000).retained_draws[TOTAL], 0.8).value:.3g}"
            )
        condition = f"{TOTAL} > {limit:.12g}"
    try:
        table = reverse(request.scenario, request.options(), condition=condition)
    except UnsupportedError as error:
        raise FigureUnavailableError(str(error)) from None
    return replace(table, header=replace(table.header, draws=table.reverse.draws))


def draw_reverse(table: "ReverseTest", date: str) -> "Figure":
    """Draw the inputs in the draws in which the condition holds, each on the scale of its usual interval."""
    comparison = table.reverse
    rows = _clear(comparison)[:_MAX_INPUTS]
    figure, axes = canvas(
        table,
        reverse_finding(table),
        subtitle(table, f"inputs of the outcomes in which {_condition_text(comparison)}"),
        date,
        height=rows_height(len(rows)),
        remark="Scale: the usual interval of each input. The largest shift first (Kolmogorov-Smirnov distance in brackets). On "
        "the right: the medians; of what happens or not, the probabilities.",
    )
    if not rows:
        draw_empty(axes, "No input is distinguishable from Monte Carlo error.")
        return figure
    positions = [_on_usual_interval(row) for row in rows]
    for number, position in enumerate(positions):
        axes.barh([number], [2], left=-1, height=0.5, color=PALE, linewidth=0, label="usual" if number == 0 else None)
        draw_interval(axes, number, position, colour=ACCENT)
    axes.plot([0, 0], [-0.6, len(rows) - 0.4], color=MUTED, linewidth=0.8, linestyle=":")
    axes.plot([], [], color=ACCENT, marker="o", linewidth=2.2, label=f"in these draws (median, {interval_name(table)})")
    set_rows_axis(axes, [f"{to_words(row.name)} ({row.ks_distance:.2f})" for row in rows])
    edge = max(1.15, *(abs(bound) * 1.05 for position in positions for bound in (position.low, position.high)))
    axes.set_xlim(-min(edge, 2.5), min(edge, 2.5))
    axes.set_xticks([-1, 0, 1], ["low", "" if current_format().is_narrow else "median", "high"])
    axes.set_xlabel("place on the usual interval of each input")
    annotate_rows(
        axes,
        ["{} (usual {})".format(*_medians(row)) for row in rows],
    )
    add_legend(axes)
    return figure


def _clear(comparison: "ReverseStress") -> "list[InputComparison]":
    """Return the inputs that are distinguishable from Monte Carlo error."""
    return [row for row in comparison.inputs if row.clear]


def _condition_text(comparison: "ReverseStress") -> str:
    return format_condition(comparison.quantity, comparison.amount, comparison.unit, above=comparison.above)


def _on_usual_interval(row: "InputComparison") -> "MedianAndInterval":
    """Return the positions of an input in the selected draws on its usual interval: -1 and 1 at its bounds, 0 at the median."""
    selected, usual = row.selected, row.all_draws

    def position(value: float) -> float:
        deviation = value - usual.median
        half_width = usual.high - usual.median if deviation > 0 else usual.median - usual.low
        return deviation / half_width if half_width > 0 else 0.0

    return replace(selected, median=position(selected.median), low=position(selected.low), high=position(selected.high))


def reverse_text(table: "ReverseTest") -> str:
    """Describe the inputs in the draws in which the condition holds."""
    comparison = table.reverse
    texts = ["{} {} instead of {}".format(to_words(row.name), *_medians(row)) for row in _clear(comparison)]
    probability = format_percent(comparison.probability.value)
    condition = _condition_text(comparison)
    return f"Draws of {short_title(table)} in which {condition} ({probability} of all), medians: {join_texts(texts)}."


def reverse_finding(table: "ReverseTest") -> str:
    """State the input that differs most in the outcomes in which the condition holds."""
    comparison = table.reverse
    where = f"In the {format_percent(comparison.probability.value)} of outcomes where {_condition_text(comparison)}"
    rows = _clear(comparison)
    if not rows:
        return f"{where}, no input is unusual"
    first = rows[0]
    then, usual = _medians(first)
    if first.is_event:
        return f"{where}, {event_clause(first.name)} in {then} of them instead of {usual}"
    return f"{where}, {to_words(first.name)} is {then} instead of {usual}"


def _medians(row: "InputComparison") -> tuple[str, str]:
    """Return the median in the selected draws and in all, or the probabilities of an event."""
    if row.is_event:
        return format_percent(row.selected.median), format_percent(row.all_draws.median)
    return number_text(row.selected.median, row.unit), value_text(row.all_draws.median, row.unit)


FUNCTIONS = KindFunctions(reverse_table, draw_reverse, reverse_text, reverse_finding)
