"""One style for every figure: half a page, lightness that survives a grey copy, text that is only text.

Colours follow Okabe and Ito (Color Universal Design, 2008) in hue; their lightness is set apart by a dozen units of CIE L* or
more, so that a grey print and every common colour blindness still tell them from each other. What matters is told twice: by
colour and by line style, marker or hatch.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from simulator.core import formatting as wording
from simulator.core.formatting import digits

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.figures import Table

WIDTH = 6.3
"""Inches: the text width of an A4 page."""
MARGIN = 0.08
INK, PALE, GRID = "#1a1a1a", "#d9d9d9", "#e6e6e6"
MUTED = "#595959"
"""The palest ink that small text may have: contrast 7 to white."""
COLOURS = ("#0c2747", "#9c3a06", "#2f9e86", "#7cc4f0", "#fbf1b5")
"""From dark to light."""
HATCHES = ("", "////", "", "\\\\\\\\", "")
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D", "v")
MAIN, OTHER, FILL = COLOURS[0], COLOURS[1], COLOURS[3]

_SIZES = {"title": 11.0, "what": 8.5, "note": 7.0}
_LEADING = 1.35
_SCALES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))


@contextmanager
def styled() -> Iterator[None]:
    """Set matplotlib's parameters for what is made inside; `$` is a dollar there, and no formula."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update({
            "text.parse_math": False, "axes.formatter.use_mathtext": False, "axes.unicode_minus": True,
            "font.family": "DejaVu Sans", "font.size": 8.5, "axes.labelsize": 8.5, "xtick.labelsize": 8, "ytick.labelsize": 8,
            "legend.fontsize": 8, "legend.frameon": False, "legend.handlelength": 2.2, "legend.columnspacing": 1.4,
            "legend.borderaxespad": 0.2, "legend.borderpad": 0.2, "legend.labelspacing": 0.35,
            "text.color": INK, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK, "axes.edgecolor": MUTED,
            "axes.linewidth": 0.7, "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True,
            "axes.grid": True, "grid.color": GRID, "grid.linewidth": 0.7, "lines.linewidth": 1.6, "hatch.linewidth": 0.5,
            "hatch.color": INK, "xtick.major.size": 3, "ytick.major.size": 0, "svg.hashsalt": "llmcost", "svg.fonttype": "path",
            "figure.dpi": 200, "savefig.dpi": 200, "pdf.compression": 6,
            "text.hinting": "none",  # letters fitted to a grid of pixels would be as wide as the resolution has it
        })  # fmt: skip
        yield


def canvas(
    table: "Table", title: str, what: str, date: str, *, height: float = 3.6, rows: int = 1, remark: str = "", **options: Any
) -> "tuple[Figure, Any]":
    """Return an empty figure with its title, what it shows, its note of draws and date, and its axes.

    `height` is that of the axes with their labels, in inches; the texts come on top of it, as long as they are.
    """
    from matplotlib.figure import Figure

    inside = WIDTH - 2 * MARGIN
    texts = {
        "title": wrapped(title, _SIZES["title"], inside, 2, bold=True),
        "what": wrapped(what, _SIZES["what"], inside, 2),
        "note": [*wrapped(remark, _SIZES["note"], inside, 5), *wrapped(note(table, date), _SIZES["note"], inside, 2)],
    }
    tall = {name: len(lines) * _SIZES[name] * _LEADING / 72 for name, lines in texts.items()}
    above, below = tall["title"] + tall["what"] + 2 * MARGIN, tall["note"] + 2 * MARGIN
    whole = above + height + below
    figure = Figure(figsize=(WIDTH, whole), layout="constrained")
    engine: Any = figure.get_layout_engine()
    engine.set(rect=(0, below / whole, 1, height / whole), w_pad=MARGIN, h_pad=0.03, hspace=0.02)
    top = whole - MARGIN
    for name, colour in (("title", INK), ("what", MUTED)):
        _put(figure, texts[name], _SIZES[name], top / whole, colour, bold=name == "title")
        top -= tall[name]
    _put(figure, texts["note"], _SIZES["note"], (below - MARGIN) / whole, MUTED)
    return figure, figure.subplots(rows, **options)


def settled(figure: "Figure") -> "Figure":
    """Lay a figure out once and for all.

    The solver of the layout is not exact to the last digit, nor the same when it is asked again; names in an SVG are hashes of
    such digits. So places are rounded.
    """
    with _silent():
        figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        left, bottom, width, height = (round(edge, 5) for edge in axes.get_position().bounds)
        axes.set_position((left, bottom, width, height))
    return figure


def _put(figure: "Figure", lines: Sequence[str], size: float, top: float, colour: str, *, bold: bool = False) -> None:
    figure.text(
        MARGIN / WIDTH,
        top,
        "\n".join(lines),
        size=size,
        color=colour,
        va="top",
        linespacing=_LEADING - 0.12,
        weight="bold" if bold else "normal",
    )


def note(table: "Table", date: str) -> str:
    """Say what the numbers rest on: draws, seed, interval, money, and the date where there is one."""
    said = []
    if "draws" in table:
        said.append(f"{table['draws']:,} draws, seed {table['seed']}")
    if "n" in table:
        said.append(f"n = {table['n']:,}")
    if "interval" in table:
        said.append(f"intervals: central {table['interval']:g}%")
    if table.get("money"):
        said.append(f"money: {plain(table['money'])}")
    return "; ".join([*said, "llmcost" + (f", {plain(date)}" if date else "")])


# --- text -----------------------------------------------------------------------------------------------------------------


def plain(text: object) -> str:
    """Return text on one line, without what cannot be printed."""
    return "".join(letter if letter.isprintable() else " " for letter in " ".join(str(text).split()))


def words(name: str) -> str:
    """Say the name of a quantity as words that can be printed."""
    return plain(wording.words(name))


def signed(value: float) -> str:
    """Say a change of an amount with its sign, a minus that is as wide as the plus."""
    return wording.signed(value).replace("-", "−", 1)


@cache
def _advance(letter: str, bold: bool) -> float:
    """How far a letter of size one moves the next, in inches: between two others, because blanks have no ink to measure."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal", size=100)

    def ink(text: str) -> float:
        width: float = text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]
        return width

    with _silent():
        return (ink(f"n{letter}n") - ink("nn")) / 100 / 72


@contextmanager
def _silent() -> Iterator[None]:
    """A letter that the font lacks is shown as a box, and needs no warning for that."""
    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide text is set, in inches (kerning left out)."""
    return size * sum(_advance(letter, bold) for letter in text)


def wrapped(text: object, size: float, width: float, most: int, *, bold: bool = False) -> list[str]:
    """Break text into at most so many lines that are no wider; what is left over is an ellipsis."""
    lines: list[str] = []
    left = plain(text)
    while left:
        fits = _fitting(left, size, width, bold)
        if fits >= len(left):
            return [*lines, left]
        if len(lines) == most - 1:
            room = _fitting(left, size, width - width_of("…", size, bold=bold), bold)
            return [*lines, left[: max(1, room)].rstrip(" ,;:(") + "…"]
        space = left.rfind(" ", 0, fits + 1)
        cut = space if space > 0 else max(1, fits)
        lines.append(left[:cut])
        left = left[cut:].lstrip()
    return lines


def _fitting(text: str, size: float, width: float, bold: bool) -> int:
    """How many letters from the beginning are no wider."""
    used = 0.0
    for count, letter in enumerate(text):
        used += size * _advance(letter, bold)
        if used > width:
            return count
    return len(text)


def label(text: object, width: float = 1.65, most: int = 2) -> str:
    """Return the label of a row of a figure: short lines, few of them."""
    return "\n".join(wrapped(text, 8, width, most))


# --- axes -----------------------------------------------------------------------------------------------------------------


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


_FEW_DECADES = 2000.0
WIDE = 60.0
"""A ratio of the ends above which amounts stand on a logarithmic axis."""


def span(values: Sequence[float], *, pad: float = 0.04, zero: bool = False) -> Range:
    """Return the ends of an axis for some values, and for zero, with room for a marker that stands on one of them."""
    found = [float(value) for value in values]
    low, high = min(found), max(found)
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


def interval_bar(axes: "Axes", row: float, figures: "Table", *, colour: str = MAIN, marker: str = "o") -> None:
    """Draw a median with its interval as one row."""
    axes.plot([figures["low"], figures["high"]], [row, row], color=colour, linewidth=2.2, solid_capstyle="butt")
    face = colour if marker != "none" else "none"
    axes.plot([figures["median"]], [row], marker=marker, color=colour, markersize=5.5, markerfacecolor=face, linestyle="none",
              markeredgecolor="white", markeredgewidth=0.7)  # fmt: skip


def interval_name(table: "Table") -> str:
    """Name the interval of a table: `95% CI`."""
    return f"{table['interval']:.10g}% CI"
