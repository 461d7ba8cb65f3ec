"""Axes of figures: amounts, rows, legends, intervals."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from simulator.core.formatting import digits
from simulator.figures.registry import Table
from simulator.figures.style import MAIN, MUTED
from simulator.figures.text import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_SCALES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))

_FEW_DECADES = 2000.0

WIDE = 60.0
"""A ratio of the ends above which amounts stand on a logarithmic axis."""

MOST_ROWS = 12
"""Rows of a figure: more are no longer read."""

_ROW = 0.31

BEYOND = 3.0
"""A budget this many times beyond the other amounts is named and not drawn: the rest would be a stroke at the edge."""


def amount(value: float, _: object = None) -> str:
    """Say a round amount on an axis: 1.5M, 0, -20K."""
    for scale, letter in _SCALES:
        if abs(value) >= 0.9999995 * scale:
            return f"{value / scale:,.6g}{letter}".replace("-", "−") if abs(value) < 1e15 else digits(value)
    return f"{value:.6g}".replace("-", "−")


def money_axis(axis: Any, text: str = "USD", *, many: int = 6) -> None:
    """Let an axis of amounts say them with a letter for the scale."""
    axis.set_major_formatter(amount)
    if axis.get_scale() == "linear":
        axis.axes.locator_params(axis=axis.axis_name, nbins=many)
    else:
        _finer(axis)
        bare_minor(axis)
        text += ", logarithmic scale" if text and axis.axis_name == "x" else ""
    axis.set_label_text(text)


def _finer(axis: Any) -> None:
    """Label 2 and 5 beside the powers of ten, where these alone would be few."""
    from matplotlib.ticker import LogLocator

    low, high = axis.get_view_interval()
    if high / low < _FEW_DECADES:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))


def bare_minor(axis: Any) -> None:
    """Take away the small ticks of a logarithmic axis, and their labels."""
    axis.set_minor_formatter(lambda *_: "")
    axis.set_tick_params(which="minor", length=0)


class Range(NamedTuple):
    """The ends of an axis, and whether it is logarithmic."""

    low: float
    high: float
    log: bool

    def apply(self, axis: Any) -> None:
        """Set an axis of a figure so."""
        if self.log:
            axis.axes.set(**{f"{axis.axis_name}scale": "log"})
        axis.axes.set(**{f"{axis.axis_name}lim": (self.low, self.high)})


def span(values: Sequence[float], *, pad: float = 0.04, zero: bool = False) -> Range:
    """Return the ends of an axis for some values, and for zero, with room for a marker that stands on one of them."""
    numbers = [float(value) for value in values]
    low, high = min(numbers), max(numbers)
    if zero:
        low, high = min(0.0, low), max(0.0, high)
    if low > 0 and high / low > WIDE:
        room = (high / low) ** pad
        return Range(low / room, high * room, True)
    room = (high - low) * pad if high > low else 0.1 * abs(high) or 1.0
    return Range(low - room, high + room, False)


def legend(axes: "Axes", *, columns: int = 3, handles: Any = None) -> None:
    """Put the legend above the axes, where it hides nothing."""
    options: dict[str, Any] = {} if handles is None else {"handles": handles}
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=columns, **options)


def rows_axis(axes: "Axes", names: Sequence[str], *, width: float = 1.65) -> None:
    """Name rows from the top down, with long names on two lines."""
    axes.set_yticks(range(len(names)), [label(name, width) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)


def beside(axes: "Axes", texts: Sequence[str]) -> None:
    """Put a column of texts to the right of the rows."""
    for row, text in enumerate(texts):
        axes.annotate(text, (1.0, row), xycoords=("axes fraction", "data"), xytext=(5, 0), textcoords="offset points",
                      va="center", size=7.5, annotation_clip=False)  # fmt: skip


def interval_bar(axes: "Axes", row: float, figures: Table, *, colour: str = MAIN, marker: str = "o") -> None:
    """Draw a median with its interval as one row."""
    axes.plot([figures["low"], figures["high"]], [row, row], color=colour, linewidth=2.2, solid_capstyle="butt")
    face = colour if marker != "none" else "none"
    axes.plot([figures["median"]], [row], marker=marker, color=colour, markersize=5.5, markerfacecolor=face, linestyle="none",
              markeredgecolor="white", markeredgewidth=0.7)  # fmt: skip


def rows_height(rows: int) -> float:
    """Return the height of axes with so many rows."""
    return 0.75 + _ROW * max(2, rows)


def rest_of_rows(rows: Sequence[Any], what: str) -> str:
    """Say how many rows are left out, where some are."""
    return f" {len(rows) - MOST_ROWS} more {what} are not shown." if len(rows) > MOST_ROWS else ""


def no_rows(axes: "Axes", text: str) -> None:
    """Say in the place of rows that there are none."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=MUTED)


def near_enough(target: float, values: list[float]) -> list[float]:
    """A target that is near enough to stand in the figure."""
    return [target] if min(values) / BEYOND <= target <= max(values) * BEYOND else []
