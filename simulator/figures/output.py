"""Figures as bytes, reproducible and written atomically."""

import re
from html import escape
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.core.files import write_atomically, write_text_atomically
from simulator.figures.style import figure_style
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
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)


def svg_text(figure: "Figure") -> str:
    """Return a figure as an SVG file, without time stamps and without the comments in which matplotlib repeats texts."""
    text = StringIO()
    with figure_style(), without_glyph_warnings():
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return _COMMENT.sub("", text.getvalue())


def inline_svg(figure: "Figure", name: str, title: str = "", description: str = "") -> str:
    """Return the `<svg>` element of a figure with `name` as prefix of its ids; its width is that of its container."""
    prefix = re.sub(r"[^A-Za-z0-9_-]", "-", name)
    text = _METADATA.sub("", svg_text(figure))
    text = text[text.index("<svg") :].rstrip()
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


def write_figure(figure: "Figure", path: Path) -> None:
    """Write a figure atomically in the format of the suffix of its path."""
    if path.suffix == ".svg":
        write_text_atomically(path, svg_text(figure))
        return
    metadata = {"Software": None} if path.suffix == ".png" else {"CreationDate": None, "Creator": None, "Producer": None}

    def save(temporary: Path) -> None:
        with figure_style(), without_glyph_warnings():
            figure.savefig(temporary, format=path.suffix[1:], metadata=metadata)

    write_atomically(path, save)


def shown_in_notebooks(figure: "Figure") -> "Figure":
    """Return a figure that a notebook shows as the value of a cell, also without `%matplotlib inline`."""

    def png() -> bytes:
        buffer = BytesIO()
        with figure_style(), without_glyph_warnings():
            figure.savefig(buffer, format="png", dpi=NOTEBOOK_DPI)
        return buffer.getvalue()

    figure._repr_png_ = png  # type: ignore[attr-defined]
    return figure
