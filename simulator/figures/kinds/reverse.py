"""The inputs of the draws in which a condition holds."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulator.analysis.statistics import quantile
from simulator.core.formatting import format_condition, format_percent
from simulator.figures.axes import add_legend, annotate_rows, draw_empty, draw_interval, rows_height, set_rows_axis
from simulator.figures.data import FigureRequest, FigureUnavailableError, header, simulate_quantities
from simulator.figures.phrases import interval_name, join_texts, number_text, scope_text, short_title, value_text
from simulator.figures.registry import FigureTable, KindFunctions
from simulator.figures.style import ACCENT, MUTED, PALE, canvas
from simulator.figures.text import to_plain, to_words
from simulator.scenario import TOTAL

if TYPE_CHECKING:
    from matplotlib.figure import Figure


_MAX_INPUTS = 8


def reverse_table(request: FigureRequest) -> dict[str, Any]:
    """Compare the draws in which the condition holds; by default, that the total exceeds the budget, or else the P80."""
    from simulator.analysis.stress import UnsupportedError
    from simulator.analysis.stress import reverse as reverse_stress

    condition = request.condition
    if condition is None:
        limit = request.scenario.budget
        if limit is None:
            limit = float(
                f"{quantile(simulate_quantities(request, [TOTAL], default=20_000).retained_draws[TOTAL], 0.8).value:.3g}"
            )
        condition = f"{TOTAL} > {limit:.12g}"
    try:
        comparison = reverse_stress(
            request.scenario, condition, request.draw_count(), request.seed, **request.analysis_options()
        )
    except UnsupportedError as error:
        raise FigureUnavailableError(str(error)) from None
    return header(request.scenario, comparison["draws"], request.seed, request.interval) | {"reverse": comparison}


def draw_reverse(table: FigureTable, date: str) -> "Figure":
    """Draw the inputs in the draws in which the condition holds, each on the scale of its usual interval."""
    comparison = table["reverse"]
    rows = [row for row in comparison["inputs"] if row["clear"]][:_MAX_INPUTS]
    probability = format_percent(comparison["probability"]["value"])
    condition = format_condition(comparison["quantity"], comparison["amount"], comparison["unit"], above=comparison["above"])
    figure, axes = canvas(
        table,
        f"{table['title']}: draws in which {condition}",
        f"{probability} of all draws; {scope_text(table)}",
        date,
        height=rows_height(len(rows)),
        remark=(f"{to_plain(comparison['sentence'])}. " if comparison["sentence"] else "")
        + "Scale: the usual interval of each input. The largest shift first (Kolmogorov-Smirnov distance in brackets). On the "
        "right: the medians.",
    )
    if not rows:
        draw_empty(axes, "No input is distinguishable from Monte Carlo error.")
        return figure
    for number, row in enumerate(rows):
        axes.barh([number], [2], left=-1, height=0.5, color=PALE, linewidth=0, label="usual" if number == 0 else None)
        positions = {key: _relative_position(value, row["usual"]) for key, value in row["then"].items()}
        draw_interval(axes, number, positions, colour=ACCENT)
    axes.plot([0, 0], [-0.6, len(rows) - 0.4], color=MUTED, linewidth=0.8, linestyle=":")
    axes.plot([], [], color=ACCENT, marker="o", linewidth=2.2, label=f"in these draws (median, {interval_name(table)})")
    set_rows_axis(axes, [f"{to_words(row['name'])} ({row['ks_distance']:.2f})" for row in rows])
    edge = max(
        1.15, *(abs(_relative_position(row["then"][key], row["usual"])) * 1.05 for row in rows for key in ("low", "high"))
    )
    axes.set_xlim(-min(edge, 2.5), min(edge, 2.5))
    axes.set_xticks([-1, 0, 1], ["lower bound", "median", "upper bound"])
    axes.set_xlabel("position on the usual interval of each input")
    medians = [(row["then"]["median"], row["usual"]["median"], row["unit"]) for row in rows]
    annotate_rows(axes, [f"{number_text(then, unit)} (usual {value_text(usual, unit)})" for then, usual, unit in medians])
    add_legend(axes)
    return figure


def _relative_position(value: float, usual: Mapping[str, float]) -> float:
    """Return the position of a value on the usual interval: -1 and 1 at its bounds, 0 at the median."""
    deviation = value - usual["median"]
    half_width = usual["high"] - usual["median"] if deviation > 0 else usual["median"] - usual["low"]
    return deviation / half_width if half_width > 0 else 0.0


def reverse_text(table: FigureTable) -> str:
    """Describe the inputs in the draws in which the condition holds."""
    comparison = table["reverse"]
    texts = [
        f"{to_words(row['name'])} {value_text(row['then']['median'], row['unit'])} instead of "
        f"{value_text(row['usual']['median'], row['unit'])}"
        for row in comparison["inputs"]
        if row["clear"]
    ]
    probability = format_percent(comparison["probability"]["value"])
    condition = format_condition(comparison["quantity"], comparison["amount"], comparison["unit"], above=comparison["above"])
    return f"Draws of {short_title(table)} in which {condition} ({probability} of all), medians: {join_texts(texts)}."


FUNCTIONS = {
    "reverse": KindFunctions(reverse_table, draw_reverse, reverse_text),
}
