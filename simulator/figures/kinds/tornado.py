"""The total between the P10 and the P90 of each input."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulator.core.formatting import format_money
from simulator.figures.axes import (
    MAX_ROWS,
    add_legend,
    annotate_rows,
    axis_range,
    draw_empty,
    omitted_rows_text,
    rows_height,
    set_money_axis,
    set_rows_axis,
)
from simulator.figures.data import FigureRequest, FigureUnavailableError
from simulator.figures.phrases import join_texts, money_text, number_text, short_title, subtitle, value_text
from simulator.figures.registry import KindFunctions
from simulator.figures.style import ACCENT, FILL, INK, canvas
from simulator.figures.text import to_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulator.analysis.sensitivity import Sensitivity
    from simulator.analysis.sensitivity.tornado import Endpoints
from simulator.figures.drivers import rank_drivers_for


def tornado_table(request: FigureRequest) -> "Sensitivity":
    """Compute the swing of each input."""
    analysis = rank_drivers_for(request, "swing")
    if not analysis.swings:
        raise FigureUnavailableError(
            f"{request.scenario.name} is under way, so its inputs have no swing; draw its `variance` instead"
        )
    return analysis


def draw_tornado(analysis: "Sensitivity", date: str) -> "Figure":
    """Draw the median total with each input set to its P10 and to its P90, the widest swing first.

    Whiskers show the total conditional on an input, with the inputs that are correlated with it moving along.
    """
    rows = analysis.swings[:MAX_ROWS]
    conditional = {number: swing.conditional for number, (_, swing) in enumerate(rows) if swing.conditional is not None}
    whisker_note = " Whiskers: conditional on this value, with correlated inputs moving along." if conditional else ""
    figure, axes = canvas(
        analysis,
        tornado_finding(analysis),
        subtitle(analysis, "median of the total cost"),
        date,
        height=rows_height(len(rows)),
        remark="Each input is set to its P10 and then to its P90, with all others drawn from their priors. On the right: "
        "these values." + whisker_note + omitted_rows_text(analysis.swings, "inputs"),
    )
    if not rows:
        draw_empty(axes, "No input has a swing of its own.")
        return figure
    medians = [swing.median for _, swing in rows]
    middle = _centre(medians)
    lows, highs = [ends.p10 for ends in medians], [ends.p90 for ends in medians]
    for ends, colour, hatch, text in ((lows, FILL, "", "input at its P10"), (highs, ACCENT, "////", "input at its P90")):
        axes.barh(
            range(len(ends)), [end - middle for end in ends], left=middle, height=0.62, color=colour, hatch=hatch,
            edgecolor=INK, linewidth=0.6, label=text,
        )  # fmt: skip
    for place, (number, pair) in enumerate(conditional.items()):
        axes.plot(
            pair.pair, [number, number], color=INK, linewidth=1.4, marker="|", markersize=9,
            label="conditional" if place == 0 else None,
        )  # fmt: skip
    axes.axvline(middle, color=INK, linewidth=1)
    set_rows_axis(axes, [to_words(driver.name) for driver, _ in rows])
    amounts = [amount for ends in (*medians, *conditional.values()) for amount in ends.pair]
    axis_range(amounts, pad=0.06)._replace(log=False).apply(axes.xaxis)
    inputs = [(swing.input, driver.unit) for driver, swing in rows]
    annotate_rows(axes, [f"{number_text(at.p10, unit)} to {value_text(at.p90, unit)}" for at, unit in inputs])
    set_money_axis(axes.xaxis, analysis.header.currency, ticks=5)
    add_legend(axes)
    return figure


def _centre(swings: "Sequence[Endpoints]") -> float:
    """Return the amount where the halves of the bars meet: the centre of the narrowest bar, which is close to the median."""
    narrowest = min(swings, key=lambda swing: abs(swing.width))
    return (narrowest.p10 + narrowest.p90) / 2


def tornado_text(analysis: "Sensitivity") -> str:
    """Describe the total at the P10 and the P90 of each input."""
    texts = [
        f"{to_words(driver.name)} {_swing_text(swing.median)}"
        + (f" (conditional {_swing_text(swing.conditional)})" if swing.conditional is not None else "")
        for driver, swing in analysis.swings
    ]
    return f"Median total of {short_title(analysis)} with each input set to its P10 and to its P90: {join_texts(texts)}."


def _swing_text(ends: "Endpoints") -> str:
    return f"{format_money(ends.p10)} to {format_money(ends.p90)}"


def tornado_finding(analysis: "Sensitivity") -> str:
    """State the input with the widest swing."""
    if not analysis.swings:
        return "No input has a swing of its own"
    driver, swing = analysis.swings[0]
    low, high = sorted(swing.median.pair)
    return f"The cost depends most on {to_words(driver.name)}: {money_text(analysis, low)} to {money_text(analysis, high)}"


FUNCTIONS = KindFunctions(tornado_table, draw_tornado, tornado_text, tornado_finding)
