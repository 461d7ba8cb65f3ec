"""Figures as bytes, reproducible and written atomically."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.core.files import write_atomically, write_text_atomically
from simulator.figures.colours import COLOUR_NAMES, use_greys
from simulator.figures.format import DEFAULT, FigureFormat, format_of_figures
from simulator.figures.style import figure_style, freeze_layout
from simulator.figures.text import to_plain, without_glyph_warnings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COMMENT = re.compile(r"<!--.*?-->\s*", re.DOTALL)
_IDENTITY = re.compile(r'\bid="([^"]+)"')
_REFERENCE = re.compile(r'(href="#|url\(#)')
_OPENING = re.compile(r"<svg\b[^>]*>")
_SIZE = re.compile(r'\s(?:width|height)="[^"]*"')
NOTEBOOK_DPI = 80
"""Resolution of a figure that is the value of a cell, so that notebooks stay small."""
_FONT = re.compile(r"'DejaVu Sans'")
_FONTS = "'DejaVu Sans', Verdana, 'Segoe UI', Arial, sans-serif"
"""Fonts of text in an SVG, the widest first: another font that a reader has is narrower, so that no text leaves its place."""
_COLOUR = re.compile(r"#[0-9a-f]{6}\b")
_ATTRIBUTE = re.compile(r'\b(fill|stroke)="(#[0-9a-f]{6})"')
_STYLE = re.compile(r'\bstyle="[^"]*"')
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)


def svg_text(figure: "Figure") -> str:
    """Return a figure as an SVG file, without time stamps and without the comments in which matplotlib repeats texts."""
    text = StringIO()
    with _settings_of(figure), without_glyph_warnings():
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return _FONT.sub(_FONTS, _COMMENT.sub("", text.getvalue()))


def inline_svg(figure: "Figure", name: str, title: str = "", description: str = "") -> str:
    """Return the `<svg>` element of a figure with `name` as prefix of its ids; its width is that of its container.

    Its colours are CSS properties (`colours.page_colours`) with the colours for a light page as fallback.
    """
    prefix = re.sub(r"[^A-Za-z0-9_-]", "-", name)
    text = _METADATA.sub("", svg_text(figure))
    text = _ATTRIBUTE.sub(r'style="\1: \2"', text[text.index("<svg") :].rstrip())
    text = _STYLE.sub(_with_names, text)
    text = _REFERENCE.sub(rf"\g<1>{prefix}-", _IDENTITY.sub(rf'id="{prefix}-\1"', text))
    opening = _OPENING.search(text)
    assert opening is not None
    elements = "".join(
        f'<{element} id="{prefix}-{element}">{escape(to_plain(words))}</{element}>'
        for element, words in (("title", title), ("desc", description))
        if words
    )
    label_ids = " ".join(f"{prefix}-{element}" for element, words in (("title", title), ("desc", description)) if words)
    role = f' role="img" aria-labelledby="{label_ids}"' if label_ids else ' role="img"'
    tag = _SIZE.sub("", opening.group())
    return tag[:-1] + role + ">" + elements + text[opening.end() :]


def _with_names(style: "re.Match[str]") -> str:
    """Return a style with the names of its colours."""

    def with_name(colour: "re.Match[str]") -> str:
        name = COLOUR_NAMES.get(colour[0])
        return f"var({name}, {colour[0]})" if name else colour[0]

    return _COLOUR.sub(with_name, style[0])


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
    metadata = {"Software": None} if path.suffix == ".png" else {"CreationDate": None, "Creator": None, "Producer": None}

    def save(temporary: Path) -> None:
        with _settings_of(figure), without_glyph_warnings():
            figure.savefig(temporary, format=path.suffix[1:], metadata=metadata)

    write_atomically(path, save)


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
