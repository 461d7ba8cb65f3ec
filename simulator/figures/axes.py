"""Axes of figures: amounts, rows, legends, intervals."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from simulator.core.formatting import MedianAndBounds, format_significant
from simulator.figures.style import MAIN, MUTED
from simulator.figures.text import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_SCALES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))

_MAX_SUBDECADE_RATIO = 2000.0

LOG_SCALE_RATIO = 60.0
"""Ratio of the bounds above which an axis is logarithmic."""

MAX_ROWS = 12
"""The most rows of a figure that remain readable."""

_ROW_HEIGHT = 0.31

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
    if high / low < _MAX_SUBDECADE_RATIO:
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


def axis_range(values: Sequence[float], *, pad: float = 0.04, include_zero: bool = False) -> AxisRange:
    """Return the range of an axis for values, and optionally zero, with padding for markers."""
    numbers = [float(value) for value in values]
    low, high = min(numbers), max(numbers)
    if include_zero:
        low, high = min(0.0, low), max(0.0, high)
    if low > 0 and high / low > LOG_SCALE_RATIO:
        room = (high / low) ** pad
        return AxisRange(low / room, high * room, True)
    room = (high - low) * pad if high > low else 0.1 * abs(high) or 1.0
    return AxisRange(low - room, high + room, False)


def add_legend(axes: "Axes", *, columns: int = 3, handles: Any = None) -> None:
    """Add the legend above the axes, where it hides nothing."""
    options: dict[str, Any] = {} if handles is None else {"handles": handles}
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=columns, **options)


def set_rows_axis(axes: "Axes", names: Sequence[str], *, width: float = 1.65) -> None:
    """Label rows from top to bottom, with long names on two lines."""
    axes.set_yticks(range(len(names)), [label(name, width) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)


def annotate_rows(axes: "Axes", texts: Sequence[str]) -> None:
    """Add a column of texts to the right of the rows."""
    for row, text in enumerate(texts):
        axes.annotate(text, (1.0, row), xycoords=("axes fraction", "data"), xytext=(5, 0), textcoords="offset points",
                      va="center", size=7.5, annotation_clip=False)  # fmt: skip


def draw_interval(axes: "Axes", row: float, figures: MedianAndBounds, *, colour: str = MAIN, marker: str = "o") -> None:
    """Draw a median and its interval as one row."""
    axes.plot([figures.low, figures.high], [row, row], color=colour, linewidth=2.2, solid_capstyle="butt")
    face = colour if marker != "none" else "none"
    axes.plot([figures.median], [row], marker=marker, color=colour, markersize=5.5, markerfacecolor=face, linestyle="none",
              markeredgecolor="white", markeredgewidth=0.7)  # fmt: skip


def rows_height(rows: int) -> float:
    """Return the height of axes with this number of rows."""
    return 0.75 + _ROW_HEIGHT * max(2, rows)


def omitted_rows_text(rows: Sequence[Any], plural: str) -> str:
    """Return a sentence with the number of omitted rows, if any."""
    return f" {len(rows) - MAX_ROWS} more {plural} are not shown." if len(rows) > MAX_ROWS else ""


def draw_empty(axes: "Axes", text: str) -> None:
    """Show a text in place of rows."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=MUTED)


def drawable_targets(target: float, values: list[float]) -> list[float]:
    """Return the target in a list if it is close enough to the values to be drawn, or else an empty list."""
    return [target] if min(values) / MAX_TARGET_RATIO <= target <= max(values) * MAX_TARGET_RATIO else []
