"""One style for every figure: half a page, distinguishable in grey, text without markup.

The hues follow Okabe and Ito (Color Universal Design, 2008). Their lightness differs by at least 12 units of CIE L*, so that
they remain distinguishable in grey prints and under every common colour blindness. Essential distinctions are shown twice: by
colour and by line style, marker or hatch.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from simulator.core.results import AnalysisResult, Header
from simulator.core.suggestions import InvalidValueError
from simulator.figures.format import current_format, points
from simulator.figures.text import to_plain, without_glyph_warnings, wrap_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


MARGIN = 0.08

INK, PALE, GRID = "#1a1a1a", "#d9d9d9", "#e6e6e6"

MUTED = "#595959"
"""The lightest ink for small text: contrast 7 to white."""

COLOURS = ("#0c2747", "#9c3a06", "#2f9e86", "#7cc4f0", "#fbf1b5")
"""From dark to light."""

HATCHES = ("", "////", "", "\\\\\\\\", "")

LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))

MARKERS = ("o", "s", "^", "D", "v")

MAIN, ACCENT, FILL = COLOURS[0], COLOURS[1], COLOURS[3]


def line_colour(number: int) -> str:
    """Return the colour of a line, without the lightest of the palette, which is invisible on white."""
    return (*COLOURS[:4], INK)[number]


_SIZES = {"title": 11.0, "subtitle": 8.5, "note": 7.0}

_LEADING = 1.35

_MIN_AXES_HEIGHT = 0.9
"""Inches: below this, axes and their labels do not fit."""
_MIN_SHARE = 0.65
"""Share of the natural height of the axes below which rows and labels lie on each other."""


@contextmanager
def figure_style() -> Iterator[None]:
    """Set the matplotlib parameters of all figures; `$` is a plain dollar sign.

    Letters of SVG and PDF files are text, which can be searched and copied: in a PDF with the TrueType font embedded.
    """
    import matplotlib as mpl

    small, size = points(8), points(8.5)
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update({
            "text.parse_math": False, "axes.formatter.use_mathtext": False, "axes.unicode_minus": True,
            "font.family": "DejaVu Sans", "font.size": size, "axes.labelsize": size, "xtick.labelsize": small,
            "ytick.labelsize": small, "legend.fontsize": small, "legend.frameon": False, "legend.handlelength": 2.2,
            "legend.columnspacing": 1.4, "legend.borderaxespad": 0.2, "legend.borderpad": 0.2, "legend.labelspacing": 0.35,
            "text.color": INK, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK, "axes.edgecolor": MUTED,
            "axes.linewidth": 0.7, "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True,
            "axes.grid": True, "grid.color": GRID, "grid.linewidth": 0.7, "lines.linewidth": 1.6, "hatch.linewidth": 0.5,
            "hatch.color": INK, "xtick.major.size": 3, "xtick.major.pad": points(4),
            "ytick.major.pad": points(3.5), "ytick.major.size": 0, "svg.hashsalt": "llmcost", "svg.fonttype": "none",
            "pdf.fonttype": 42,
            "figure.dpi": 200, "savefig.dpi": current_format().resolution, "pdf.compression": 6,
            "text.hinting": "none",  # hinted letters would have widths that depend on the resolution
        })  # fmt: skip
        yield


class FigureTexts(NamedTuple):
    """The texts around the axes of a figure besides its title, and the inches that all of them take above and below."""

    subtitle: str
    remark: str
    top: float
    bottom: float


def canvas(
    table: AnalysisResult,
    title: str,
    subtitle: str,
    date: str,
    *,
    height: float = 3.6,
    rows: int = 1,
    remark: str = "",
    observations: int | None = None,
    **options: Any,
) -> "tuple[Figure, Any]":
    """Return an empty figure with title, subtitle and note, and its axes.

    `height` is the height of the axes with their labels in inches; the texts add to it, unless the format has a height for all
    of it. `observations` is the number of observations behind a figure of evidence, for the note.
    """
    from matplotlib.figure import Figure

    page = current_format()
    sizes = {name: points(size) for name, size in _SIZES.items()}
    inner_width = page.width - 2 * MARGIN
    more = 1 if page.room >= 0.75 else 2  # a narrow figure has texts of more lines
    texts = {
        "title": wrap_text(title, sizes["title"], inner_width, 2 * more, bold=True),
        "subtitle": wrap_text(subtitle, sizes["subtitle"], inner_width, 2 * more),
        "note": [
            *wrap_text(remark, sizes["note"], inner_width, 5 * more),
            *wrap_text(note(table.header, date, observations), sizes["note"], inner_width, 2 * more),
        ],
    }
    heights = {name: len(lines) * sizes[name] * _LEADING / 72 for name, lines in texts.items()}
    top_height, bottom_height = heights["title"] + heights["subtitle"] + 2 * MARGIN, heights["note"] + 2 * MARGIN
    height = _axes_height(height * max(1.0, page.scale), top_height + bottom_height)
    total_height = top_height + height + bottom_height
    figure = Figure(figsize=(page.width, total_height), layout="constrained")
    engine: Any = figure.get_layout_engine()
    engine.set(rect=(0, bottom_height / total_height, 1, height / total_height), w_pad=MARGIN, h_pad=0.03, hspace=0.02)
    top = total_height - MARGIN
    for name, colour in (("title", INK), ("subtitle", MUTED)):
        _add_text(figure, name, texts[name], sizes[name], top / total_height, colour)
        top -= heights[name]
    _add_text(figure, "note", texts["note"], sizes["note"], (bottom_height - MARGIN) / total_height, MUTED)
    own = FigureTexts(to_plain(subtitle), to_plain(remark), top_height - MARGIN, bottom_height - MARGIN)
    figure._llmcost_texts = own  # type: ignore[attr-defined]
    return figure, figure.subplots(rows, **options)


def _axes_height(natural: float, texts: float) -> float:
    """Return the height of the axes: the natural one, or what the height of the format leaves beside the texts."""
    total = current_format().height
    if total is None:
        return natural
    least = max(_MIN_AXES_HEIGHT, _MIN_SHARE * natural)
    if total - texts < least:
        raise InvalidValueError(
            f"a height of {total:g} inches leaves no room for the axes of this figure: give at least "
            f"{math.ceil(10 * (texts + least)) / 10:.1f} inches, more width, or a smaller font"
        )
    return total - texts


def freeze_layout(figure: "Figure") -> "Figure":
    """Compute the layout of a figure once and fix it.

    The layout solver is not reproducible to the last digit, and names in an SVG are hashes of such digits. Positions are
    therefore rounded.
    """
    engine = figure.get_layout_engine()
    assert engine is not None
    with without_glyph_warnings():
        engine.execute(figure)
    figure.set_layout_engine("none")
    for axes in figure.axes:
        left, bottom, width, height = (round(edge, 5) for edge in axes.get_position().bounds)
        axes.set_position((left, bottom, width, height))
    _move_legends(figure)
    return figure


def _move_legends(figure: "Figure") -> None:
    """Move legends that are wider than their axes to the left, so that none leaves the page."""
    page_width = current_format().width
    for axes in figure.axes:
        legend = axes.get_legend()
        if legend is None or legend.get_in_layout():
            continue
        extent = legend.get_window_extent().transformed(figure.dpi_scale_trans.inverted())
        excess = extent.x1 - (page_width - MARGIN / 2)
        if excess > 0:
            shift = min(excess, max(0.0, extent.x0 - MARGIN / 4)) / (axes.get_position().width * page_width)
            legend.set_bbox_to_anchor((round(-shift, 5), 1.0), transform=axes.transAxes)


def texts_of(figure: "Figure") -> FigureTexts | None:
    """Return the texts around the axes of a figure that `canvas` made."""
    found: FigureTexts | None = getattr(figure, "_llmcost_texts", None)
    return found


def _add_text(figure: "Figure", name: str, lines: Sequence[str], size: float, top: float, colour: str) -> None:
    figure.text(
        MARGIN / current_format().width,
        top,
        "\n".join(lines),
        size=size,
        color=colour,
        va="top",
        linespacing=_LEADING - 0.12,
        weight="bold" if name == "title" else "normal",
        gid=f"figure-{name}",
    )


def note(header: Header, date: str, observations: int | None = None) -> str:
    """Describe the basis of the numbers: draws, seed, observations, interval, money, and the date if there is one."""
    parts = []
    if header.draws is not None:
        parts.append(f"{header.draws:,} draws, seed {header.seed}")
    if observations is not None:
        parts.append(f"n = {observations:,}")
    if header.interval is not None:
        parts.append(f"intervals: central {header.interval:g}%")
    if header.money:
        parts.append(f"money: {to_plain(header.money)}")
    return "; ".join([*parts, "llmcost" + (f", {to_plain(date)}" if date else "")])
