"""One style for every figure: half a page, lightness that survives a grey copy, text that is only text.

Colours follow Okabe and Ito (Color Universal Design, 2008) in hue; their lightness is set apart by a dozen units of CIE L* or
more, so that a grey print and every common colour blindness still tell them from each other. What matters is shown twice: by
colour and by line style, marker or hatch.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from simulator.figures.registry import Table
from simulator.figures.text import plain, without_glyph_warnings, wrapped

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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
    table: Table, title: str, what: str, date: str, *, height: float = 3.6, rows: int = 1, remark: str = "", **options: Any
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
    rows_height = {name: len(lines) * _SIZES[name] * _LEADING / 72 for name, lines in texts.items()}
    above, below = rows_height["title"] + rows_height["what"] + 2 * MARGIN, rows_height["note"] + 2 * MARGIN
    whole = above + height + below
    figure = Figure(figsize=(WIDTH, whole), layout="constrained")
    engine: Any = figure.get_layout_engine()
    engine.set(rect=(0, below / whole, 1, height / whole), w_pad=MARGIN, h_pad=0.03, hspace=0.02)
    top = whole - MARGIN
    for name, colour in (("title", INK), ("what", MUTED)):
        _put(figure, texts[name], _SIZES[name], top / whole, colour, bold=name == "title")
        top -= rows_height[name]
    _put(figure, texts["note"], _SIZES["note"], (below - MARGIN) / whole, MUTED)
    return figure, figure.subplots(rows, **options)


def settled(figure: "Figure") -> "Figure":
    """Lay a figure out once and for all.

    The solver of the layout is not exact to the last digit, nor the same when it is asked again; names in an SVG are hashes of
    such digits. So places are rounded.
    """
    with without_glyph_warnings():
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


def note(table: Table, date: str) -> str:
    """Say what the numbers rest on: draws, seed, interval, money, and the date where there is one."""
    parts = []
    if "draws" in table:
        parts.append(f"{table['draws']:,} draws, seed {table['seed']}")
    if "n" in table:
        parts.append(f"n = {table['n']:,}")
    if "interval" in table:
        parts.append(f"intervals: central {table['interval']:g}%")
    if table.get("money"):
        parts.append(f"money: {plain(table['money'])}")
    return "; ".join([*parts, "llmcost" + (f", {plain(date)}" if date else "")])
