"""Figures as bytes, reproducible and written atomically."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from simulator.core.files import write_atomically, write_text_atomically
from simulator.figures.colours import use_greys
from simulator.figures.format import DEFAULT, FigureFormat, format_of_figures
from simulator.figures.inline import FONTS, compact_svg, labels_of
from simulator.figures.style import figure_style, freeze_layout, texts_of
from simulator.figures.text import to_plain, without_glyph_warnings

if TYPE_CHECKING:
    from matplotlib.backend_bases import FigureCanvasBase
    from matplotlib.figure import Figure

Canvas = TypeVar("Canvas", bound="FigureCanvasBase")
_COMMENT = re.compile(r"<!--.*?-->\s*", re.DOTALL)
NOTEBOOK_DPI = 80
"""Resolution of a figure that is the value of a cell, so that notebooks stay small."""
_FONT = re.compile(r"'DejaVu Sans'")


def svg_text(figure: "Figure") -> str:
    """Return a figure as an SVG file, without time stamps and without the comments in which matplotlib repeats texts."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    text = StringIO()
    # `savefig` would draw everything twice, the first time to find the layout, which is fixed already.
    with _settings_of(figure), without_glyph_warnings(), _canvas_of(figure, FigureCanvasSVG) as canvas:
        canvas.print_svg(text, metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
    return _FONT.sub(FONTS, _COMMENT.sub("", text.getvalue()))


def inline_svg(
    figure: "Figure", name: str, title: str = "", description: str = "", *, bare: bool = False, text: str | None = None
) -> str:
    """Return the `<svg>` element of a figure with `name` as prefix of its ids; its width is that of its container.

    Its colours are CSS properties (`colours.page_colours`) with the colours for a light page as fallback. A `bare` figure has
    no title, subtitle and note of its own. `text` is that of its file, if it was written already.
    """
    prefix = re.sub(r"[^A-Za-z0-9_-]", "-", name)
    labels, role = labels_of(prefix, (("title", to_plain(title)), ("desc", to_plain(description))))
    texts = texts_of(figure)
    crop = (72 * texts.top, 72 * texts.bottom) if bare and texts is not None else None
    return compact_svg(svg_text(figure) if text is None else text, prefix, labels, role, crop)


@contextmanager
def _settings_of(figure: "Figure") -> Iterator[None]:
    """Set the format that a figure was drawn in, and the style."""
    with format_of_figures(format_of(figure)), figure_style():
        yield


def format_of(figure: "Figure") -> FigureFormat:
    """Return the format that a figure was drawn in."""
    found: FigureFormat = getattr(figure, "_llmcost_format", DEFAULT)
    return found


def write_figure(figure: "Figure", path: Path) -> None:
    """Write a figure atomically in the format of the suffix of its path."""
    if path.suffix == ".svg":
        write_text_atomically(path, svg_text(figure))
        return
    write_atomically(path, lambda temporary: (_save_png if path.suffix == ".png" else _save_pdf)(figure, temporary))


def _save_png(figure: "Figure", path: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    with _settings_of(figure), without_glyph_warnings(), _canvas_of(figure, FigureCanvasAgg) as canvas:
        resolution = figure.dpi
        figure.dpi = format_of(figure).resolution
        try:
            canvas.print_png(path, metadata={"Software": None})  # type: ignore[no-untyped-call]
        finally:
            figure.dpi = resolution


def _save_pdf(figure: "Figure", path: Path) -> None:
    with _settings_of(figure), without_glyph_warnings():
        figure.savefig(path, format="pdf", metadata={"CreationDate": None, "Creator": None, "Producer": None})


@contextmanager
def _canvas_of(figure: "Figure", kind: type[Canvas]) -> Iterator[Canvas]:
    """Give a figure a canvas of one backend for a time."""
    before = figure.canvas
    try:
        yield kind(figure)
    finally:
        figure.set_canvas(before)


def drawn(draw: "Callable[[], Figure]", page: FigureFormat = DEFAULT) -> "Figure":
    """Return the figure that a function draws in a format, with its layout fixed."""
    with format_of_figures(page), figure_style():
        figure = freeze_layout(draw())
        if page.grey:
            use_greys(figure)
    figure._llmcost_format = page  # type: ignore[attr-defined]
    return shown_in_notebooks(figure)


def shown_in_notebooks(figure: "Figure") -> "Figure":
    """Return a figure that a notebook shows as the value of a cell, also without `%matplotlib inline`."""

    def png() -> bytes:
        buffer = BytesIO()
        with _settings_of(figure), without_glyph_warnings():
            figure.savefig(buffer, format="png", dpi=NOTEBOOK_DPI)
        return buffer.getvalue()

    figure._repr_png_ = png  # type: ignore[attr-defined]
    return figure
