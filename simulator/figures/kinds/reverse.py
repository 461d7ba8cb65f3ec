"""The inputs of the draws in which a condition holds."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulator.analysis.statistics import quantile
from simulator.core.formatting import condition, percent, shown
from simulator.figures.axes import beside, interval_bar, legend, no_rows, rows_axis, rows_height
from simulator.figures.data import Asked, NotDrawn, header, kept_draws
from simulator.figures.phrases import interval_name, listed, number_text, scope, title_of, value_text
from simulator.figures.registry import Parts, Table
from simulator.figures.style import MUTED, OTHER, PALE, canvas
from simulator.figures.text import plain, words
from simulator.scenario import TOTAL

if TYPE_CHECKING:
    from matplotlib.figure import Figure


_MOST_INPUTS = 8


def reverse_table(request: Asked) -> dict[str, Any]:
    """Compare the draws in which the condition holds: that the budget is passed, or else the P80."""
    from simulator.analysis.stress import UnsupportedError
    from simulator.analysis.stress import reverse as reverse_stress

    condition = request.condition
    if condition is None:
        limit = request.one.budget
        if limit is None:
            limit = float(f"{quantile(kept_draws(request, [TOTAL], usual=20_000).kept[TOTAL], 0.8).value:.3g}")
        condition = f"{TOTAL} > {limit:.12g}"
    try:
        portrait = reverse_stress(request.one, condition, request.many(), request.seed, **request.options())
    except UnsupportedError as error:
        raise NotDrawn(str(error)) from None
    return header(request.one, portrait["draws"], request.seed, request.interval) | {"reverse": portrait}


def draw_reverse(table: Table, date: str) -> "Figure":
    """The inputs in the draws in which the condition holds, each on the scale of its usual interval."""
    portrait = table["reverse"]
    rows = [row for row in portrait["inputs"] if row["clear"]][:_MOST_INPUTS]
    probability = percent(portrait["probability"]["value"])
    which = condition(portrait["quantity"], portrait["amount"], portrait["unit"], above=portrait["above"])
    figure, axes = canvas(
        table,
        f"{table['title']}: draws in which {which}",
        f"{probability} of all draws; {scope(table)}",
        date,
        height=rows_height(len(rows)),
        remark=(f"{plain(portrait['sentence'])}. " if portrait["sentence"] else "")
        + "Scale: each input's own usual interval. The most surprising first (Kolmogorov-Smirnov distance in brackets); beside "
        "them the medians.",
    )
    if not rows:
        no_rows(axes, "No input is distinguishable from Monte Carlo error.")
        return figure
    for number, row in enumerate(rows):
        axes.barh([number], [2], left=-1, height=0.5, color=PALE, linewidth=0, label="usual" if number == 0 else None)
        there = {key: _placed(value, row["usual"]) for key, value in row["then"].items()}
        interval_bar(axes, number, there, colour=OTHER)
    axes.plot([0, 0], [-0.6, len(rows) - 0.4], color=MUTED, linewidth=0.8, linestyle=":")
    axes.plot([], [], color=OTHER, marker="o", linewidth=2.2, label=f"in these draws (median, {interval_name(table)})")
    rows_axis(axes, [f"{words(row['name'])} ({row['ks_distance']:.2f})" for row in rows])
    edge = max(1.15, *(abs(_placed(row["then"][key], row["usual"])) * 1.05 for row in rows for key in ("low", "high")))
    axes.set_xlim(-min(edge, 2.5), min(edge, 2.5))
    axes.set_xticks([-1, 0, 1], ["low end", "median", "high end"])
    axes.set_xlabel("on the usual interval of each input")
    medians = [(row["then"]["median"], row["usual"]["median"], row["unit"]) for row in rows]
    beside(axes, [f"{number_text(then, unit)} (usual {value_text(usual, unit)})" for then, usual, unit in medians])
    legend(axes)
    return figure


def _placed(value: float, usual: Mapping[str, float]) -> float:
    """Where a value stands on the usual interval: -1 and 1 at its ends, 0 at the median."""
    away = value - usual["median"]
    room = usual["high"] - usual["median"] if away > 0 else usual["median"] - usual["low"]
    return away / room if room > 0 else 0.0


def reverse_text(table: Table) -> str:
    """Say what the inputs are where the condition holds."""
    portrait = table["reverse"]
    texts = [
        f"{words(row['name'])} {shown(row['then']['median'], '' if row['unit'] == '1' else row['unit'])} in place of "
        f"{shown(row['usual']['median'], '' if row['unit'] == '1' else row['unit'])}"
        for row in portrait["inputs"] if row["clear"]
    ]  # fmt: skip
    probability = percent(portrait["probability"]["value"])
    which = condition(portrait["quantity"], portrait["amount"], portrait["unit"], above=portrait["above"])
    return f"Worlds of {title_of(table)} in which {which} ({probability} of all), medians: {listed(texts)}."


PARTS = {
    "reverse": Parts(reverse_table, draw_reverse, reverse_text),
}
