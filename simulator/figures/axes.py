"""Axes of figures: amounts, rows, legends, intervals."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from simulator.core.formatting import MedianAndBounds, format_money, format_significant
from simulator.figures.format import current_format, points
from simulator.figures.style import INK, MAIN, MARGIN, MUTED
from simulator.figures.text import label, width_of, wrap_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_SCALES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))

_MAX_SUBDECADE_RATIO = 2000.0
_NARROW_RATIO = 30.0
"""Ratio of the bounds above which a narrow figure has powers of ten only."""

LOG_SCALE_RATIO = 60.0
"""Ratio of the bounds above which an axis is logarithmic."""

MAX_ROWS = 12
"""The most rows of a figure that remain readable."""

_ROW_HEIGHT = 0.31

_MAX_STRETCH = 2.0
"""A bound further from the middle than this many times the distance of all others is not shown in full."""

MAX_TARGET_RATIO = 3.0
"""A budget further outside the other amounts than this ratio is not drawn, because it would compress the rest."""


def format_amount(value: float, _: object = None) -> str:
    """Format a round amount on an axis: 1.5M, 0, -20K."""
    for scale, letter in _SCALES:
        if abs(value) >= 0.9999995 * scale:
            return f"{value / scale:,.6g}{letter}".replace("-", "−") if abs(value) < 1e15 else format_significant(value)
    return f"{value:.6g}".replace("-", "−")


def set_money_axis(axis: Any, text: str, *, ticks: int = 6) -> None:
    """Format the amounts of an axis with a letter for the scale."""
    axis.set_major_formatter(format_amount)
    if axis.axis_name == "x" and current_format().is_narrow:
        ticks = min(ticks, 4)
    if axis.get_scale() == "linear":
        axis.axes.locator_params(axis=axis.axis_name, nbins=ticks)
    else:
        _label_subdecades(axis)
        hide_minor_ticks(axis)
        text += ", logarithmic scale" if text and axis.axis_name == "x" else ""
    axis.set_label_text(text)


def _label_subdecades(axis: Any) -> None:
    """Label 2 and 5 besides the powers of ten if the axis spans few decades."""
    from matplotlib.ticker import LogLocator

    low, high = axis.get_view_interval()
    if current_format().is_narrow and axis.axis_name == "x" and high / low > _NARROW_RATIO:
        axis.set_major_locator(LogLocator(subs=(1,), numticks=4))
    elif high / low < _MAX_SUBDECADE_RATIO:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))


def hide_minor_ticks(axis: Any) -> None:
    """Hide the minor ticks of a logarithmic axis and their labels."""
    axis.set_minor_formatter(lambda *_: "")
    axis.set_tick_params(which="minor", length=0)


class AxisRange(NamedTuple):
    """The bounds of an axis, and whether it is logarithmic."""

    low: float
    high: float
    log: bool

    def apply(self, axis: Any) -> None:
        """Apply the bounds and the scale to an axis of a figure."""
        if self.log:
            axis.axes.set(**{f"{axis.axis_name}scale": "log"})
        axis.axes.set(**{f"{axis.axis_name}lim": (self.low, self.high)})

    def share(self, value: float) -> float:
        """Return the place of a value on the axis, 0 to 1."""
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


def axis_range(
    values: Sequence[float], *, pad: float = 0.04, include_zero: bool = False, log_ratio: float = LOG_SCALE_RATIO
) -> AxisRange:
    """Return the range of an axis for values, and optionally zero, with padding for markers."""
    numbers = [float(value) for value in values]
    low, high = min(numbers), max(numbers)
    if include_zero:
        low, high = min(0.0, low), max(0.0, high)
    if low > 0 and high / low > log_ratio:
        room = (high / low) ** pad
        return AxisRange(low / room, high * room, True)
    room = (high - low) * pad if high > low else 0.1 * abs(high) or 1.0
    return AxisRange(low - room, high + room, False)


def add_legend(axes: "Axes", *, columns: int = 3, handles: Any = None, texts: Sequence[str] | None = None) -> None:
    """Add the legend above the axes, where it hides nothing, in as many columns (at most `columns`) as fit on the page.

    It takes no part in the layout, which would make axes with long labels narrow; a box of its height does.
    """
    from matplotlib.offsetbox import AnchoredOffsetbox, DrawingArea

    found, names = axes.get_legend_handles_labels()
    shown = found if handles is None else handles
    names = list(texts) if texts is not None else names if handles is None else [handle.get_label() for handle in handles]
    if not names:
        return
    size = points(8)
    most = current_format().width - 2 * MARGIN
    names = ["\n".join(wrap_text(name, size, most - 3.6 * size / 72, 2)) for name in names]
    widths = [max(width_of(line, size) for line in name.splitlines()) + 3.4 * size / 72 for name in names]
    columns = next((count for count in range(min(columns, len(names)), 1, -1) if _legend_width(widths, count, size) <= most), 1)
    legend = axes.legend(shown, names, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=columns)
    legend.set_in_layout(False)
    rows = sum(max(name.count("\n") + 1 for name in names[row::columns]) for row in range(-(-len(names) // columns)))
    area = DrawingArea(1, rows * size * 1.2 + (rows - 1) * 0.35 * size + 0.4 * size)
    box = AnchoredOffsetbox("lower left", child=area, pad=0.2, frameon=False, bbox_to_anchor=(0, 1.0),
                            bbox_transform=axes.transAxes, borderpad=0)  # fmt: skip
    axes.add_artist(box)


def _legend_width(widths: Sequence[float], columns: int, size: float) -> float:
    """Return the width of a legend, whose columns are filled from top to bottom, in inches."""
    rows, longer = divmod(len(widths), columns)
    total, start = 0.0, 0
    for column in range(columns):
        count = rows + (column < longer)
        total += max(widths[start : start + count])
        start += count
    return total + 1.4 * size / 72 * (columns - 1)


def set_rows_axis(axes: "Axes", names: Sequence[str], *, width: float = 1.65) -> None:
    """Label rows from top to bottom, with long names on two lines."""
    axes.set_yticks(range(len(names)), [label(name, width) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)


def annotate_rows(axes: "Axes", texts: Sequence[str], *, width: float = 1.75) -> None:
    """Add a column of texts to the right of the rows, long ones on two lines."""
    for row, text in enumerate(texts):
        axes.annotate(label(text, width, 2, 7.5), (1.0, row), xycoords=("axes fraction", "data"), xytext=(5, 0),
                      textcoords="offset points", va="center", size=points(7.5), annotation_clip=False,
                      linespacing=1.0)  # fmt: skip


def draw_interval(
    axes: "Axes", row: float, figures: MedianAndBounds, *, colour: str = MAIN, marker: str = "o", size: float = 5.5,
    outline: bool = False,
) -> None:  # fmt: skip
    """Draw a median and its interval as one row; light colours have an outline."""
    if outline:
        axes.plot([figures.low, figures.high], [row, row], color=INK, linewidth=3.4, solid_capstyle="butt", label="_outline")
    axes.plot([figures.low, figures.high], [row, row], color=colour, linewidth=2.2, solid_capstyle="butt")
    face = colour if marker != "none" else "none"
    axes.plot([figures.median], [row], marker=marker, color=colour, markersize=size, markerfacecolor=face, linestyle="none",
              markeredgecolor=INK if outline else "white", markeredgewidth=0.7, clip_on=False, zorder=3)  # fmt: skip


def rows_range(rows: Sequence[MedianAndBounds], others: Sequence[float] = (), *, pad: float = 0.03) -> AxisRange:
    """Return the range of an axis for rows, so that the longest intervals do not compress the others.

    All medians are inside. A bound that alone would more than double the range of all others is left out; `mark_cut_bounds`
    writes it at the edge.
    """
    inside = [*(row.median for row in rows), *others]
    low = _without_outlier(sorted(row.low for row in rows), inside, lowest=True)
    high = _without_outlier(sorted(row.high for row in rows), inside, lowest=False)
    low, high = min([low, *inside]), max([high, *inside])
    room = (high - low) * pad if high > low else 0.1 * abs(high) or 1.0
    return AxisRange(low - room, high + room, False)


def _without_outlier(bounds: list[float], inside: Sequence[float], *, lowest: bool) -> float:
    """Return the outermost bound on one side that does not more than double the range of the rest."""
    ordered = bounds if lowest else bounds[::-1]
    middle = sorted(inside)[len(inside) // 2]
    for place, bound in enumerate(ordered[:-1]):
        rest = max(abs(value - middle) for value in (*inside, *ordered[place + 1 :]))
        if abs(bound - middle) <= _MAX_STRETCH * rest:
            return bound
    return ordered[-1]


def mark_cut_bounds(axes: "Axes", rows: Sequence[tuple[float, MedianAndBounds, str]]) -> bool:
    """Mark intervals (place, statistics, colour) that go beyond the axis by an arrow with the bound; return
    if there are any.
    """
    low, high = axes.get_xlim()
    found = False
    for row, figures, colour in rows:
        for bound, edge, side in ((figures.low, low, -1), (figures.high, high, 1)):
            if side * (bound - edge) > 0:
                found = True
                axes.plot([edge], [row], marker="<" if side < 0 else ">", color=colour, markersize=6, clip_on=False, zorder=4)
                axes.annotate(format_money(bound).replace("-", "−"), (edge, row), xytext=(-7 * side, 3.5), va="bottom",
                              textcoords="offset points", ha="left" if side < 0 else "right", size=points(7))  # fmt: skip
    return found


def rows_height(rows: int) -> float:
    """Return the height of axes with this number of rows."""
    return 0.75 + _ROW_HEIGHT * max(2, rows) * (1.3 if current_format().is_narrow else 1.0)


def omitted_rows_text(rows: Sequence[Any], plural: str) -> str:
    """Return a sentence with the number of omitted rows, if any."""
    count = len(rows) - MAX_ROWS
    if count == 1:
        return f" 1 more {plural.removesuffix('s')} is not shown."
    return f" {count} more {plural} are not shown." if count > 1 else ""


def draw_empty(axes: "Axes", text: str) -> None:
    """Show a text in place of rows."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=MUTED)


def drawable_targets(target: float, values: list[float]) -> list[float]:
    """Return the target in a list if it is close enough to the values to be drawn, or else an empty list."""
    return [target] if min(values) / MAX_TARGET_RATIO <= target <= max(values) * MAX_TARGET_RATIO else []
