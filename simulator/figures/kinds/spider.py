"""The total along the quantiles of each input."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from simulator.analysis.sensitivity.spider import LEVELS, SpiderLine, spider_lines
from simulator.core.errors import UnsupportedError
from simulator.core.formatting import format_money
from simulator.core.results import AnalysisResult
from simulator.figures.axes import set_money_axis
from simulator.figures.data import FigureRequest, FigureUnavailableError
from simulator.figures.format import current_format, points
from simulator.figures.phrases import join_texts, money_text, sentence, short_title, subtitle
from simulator.figures.registry import KindFunctions
from simulator.figures.style import INK, LINES, PALE, canvas, line_colour
from simulator.figures.text import label, to_words
from simulator.io.header import header_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MAX_LINES = 5
"""The most lines that are named; the others are grey."""
_MAX_GREY = 12


@dataclass(frozen=True, kw_only=True)
class SpiderFigure(AnalysisResult):
    """The total along the quantiles of each input, with all others at their medians.

    Attributes
    ----------
    levels : tuple of float
        Quantiles of the inputs, 0 to 1.
    at_medians : float
        The total with all inputs at their medians, USD.
    inputs : tuple of SpiderLine
        The widest range of totals first.

    """

    levels: tuple[float, ...]
    at_medians: float
    inputs: tuple[SpiderLine, ...]


def spider_table(request: FigureRequest) -> SpiderFigure:
    """Compute the total along the quantiles of each input."""
    try:
        lines = spider_lines(request.scenario)
    except UnsupportedError as error:
        raise FigureUnavailableError(f"{request.scenario.name}: {error}") from None
    if not lines:
        raise FigureUnavailableError(f"{request.scenario.name}: every input is a known number, so nothing moves the total")
    header = header_of(request.scenario, request.options())
    middle = lines[0].totals[LEVELS.index(0.5)]
    return SpiderFigure(
        header=replace(header, draws=None, seed=None, interval=None), levels=LEVELS, at_medians=middle, inputs=lines
    )


def draw_spider(table: SpiderFigure, date: str) -> "Figure":
    """Draw the total by the quantile of each input: the steeper a line, the more the input matters."""
    named, others = table.inputs[:_MAX_LINES], table.inputs[_MAX_LINES : _MAX_LINES + _MAX_GREY]
    percents = [100 * level for level in table.levels]
    figure, axes = canvas(
        table,
        spider_finding(table),
        subtitle(table, "total cost by the quantile of one input"),
        date,
        height=3.6,
        remark="One input moves from its P5 to its P95, all others stay at their medians. Grey: "
        f"{len(table.inputs) - len(named)} more inputs." if others else
        "One input moves from its P5 to its P95, all others stay at their medians.",
    )  # fmt: skip
    for line in others:
        axes.plot(percents, line.totals, color=PALE, linewidth=1.4, label="_other")
    for number, line in enumerate(named):
        axes.plot(
            percents, line.totals, color=line_colour(number), linestyle=LINES[number], linewidth=2, label=to_words(line.name)
        )
    axes.set_xlim(percents[0], percents[-1])
    axes.set_xticks([5, 25, 50, 75, 95], ["P5", "P25", "P50", "P75", "P95"])
    axes.set_xlabel("quantile of the input")
    set_money_axis(axes.yaxis, table.header.currency)
    axes.margins(y=0.05)
    _label_ends(axes, named)
    return figure


def _label_ends(axes: "Axes", lines: tuple[SpiderLine, ...]) -> None:
    """Write the name of each line at its right end, moved apart where ends are close."""
    low, high = axes.get_ylim()
    height = (high - low) * 0.055 * current_format().scale
    order = sorted(range(len(lines)), key=lambda number: lines[number].totals[-1])
    names = {number: label(to_words(lines[number].name), 1.5) for number in order}
    heights = [height * (names[number].count("\n") + 1) for number in order]
    places: list[float] = []
    for number, own in zip(order, heights, strict=True):
        place = lines[number].totals[-1]
        places.append(max(place, places[-1] + (heights[len(places) - 1] + own) / 2) if places else place)
    excess = max(0.0, places[-1] - (high - heights[-1] / 2))
    for number, place in zip(order, places, strict=True):
        line = lines[number]
        colour = line_colour(number)
        axes.annotate(names[number], (1.0, place - excess), xycoords=("axes fraction", "data"),
                      xytext=(16, 0), textcoords="offset points", va="center", size=points(8), color=INK, linespacing=1.0,
                      annotation_clip=False)  # fmt: skip
        ends = [line.totals[-1], place - excess]
        axes.plot([1.0, 1.035], ends, transform=axes.get_yaxis_transform(), color=colour, linewidth=1, clip_on=False,
                  label="_leader")  # fmt: skip


def spider_text(table: SpiderFigure) -> str:
    """Describe the totals at the P5 and the P95 of each input."""
    texts = [
        f"{to_words(line.name)} {format_money(line.totals[0])} to {format_money(line.totals[-1])}" for line in table.inputs
    ]
    return (
        f"Total of {short_title(table)} with one input from its P5 to its P95 and all others at their medians: "
        f"{join_texts(texts)}."
    )


def spider_finding(table: SpiderFigure) -> str:
    """State the input with the widest range of totals."""
    line = table.inputs[0]
    low, high = min(line.totals), max(line.totals)
    return sentence(f"{to_words(line.name)} alone moves the cost from {money_text(table, low)} to {money_text(table, high)}")


FUNCTIONS = KindFunctions(spider_table, draw_spider, spider_text, spider_finding)
