"""Figures as bytes: the same each time, whole files or none."""

import re
from html import escape
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.core.files import write_text_whole, write_whole
from simulator.figures.style import styled
from simulator.figures.text import plain, without_glyph_warnings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COMMENT = re.compile(r"<!--.*?-->\s*", re.DOTALL)
_IDENTITY = re.compile(r'\bid="([^"]+)"')
_REFERENCE = re.compile(r'(href="#|url\(#)')
_OPENING = re.compile(r"<svg\b[^>]*>")
_SIZE = re.compile(r'\s(?:width|height)="[^"]*"')
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)


def svg_text(figure: "Figure") -> str:
    """Return the whole SVG file of a figure, without a clock and without the texts that matplotlib repeats as comments."""
    text = StringIO()
    with styled(), without_glyph_warnings():
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return _COMMENT.sub("", text.getvalue())


def inline(figure: "Figure", name: str, title: str = "", about: str = "") -> str:
    """Return the `<svg>` element of a figure, its ids beginning with `name`, as wide as the place where it stands."""
    own = re.sub(r"[^A-Za-z0-9_-]", "-", name)
    text = _METADATA.sub("", svg_text(figure))
    text = text[text.index("<svg") :].rstrip()
    text = _REFERENCE.sub(rf"\g<1>{own}-", _IDENTITY.sub(rf'id="{own}-\1"', text))
    opening = _OPENING.search(text)
    assert opening is not None
    elements = "".join(
        f'<{element} id="{own}-{element}">{escape(plain(words))}</{element}>'
        for element, words in (("title", title), ("desc", about))
        if words
    )
    named = " ".join(f"{own}-{element}" for element, words in (("title", title), ("desc", about)) if words)
    role = f' role="img" aria-labelledby="{named}"' if named else ' role="img"'
    first = _SIZE.sub("", opening.group())
    return first[:-1] + role + ">" + elements + text[opening.end() :]


def write(figure: "Figure", path: Path) -> None:
    """Write a figure by the suffix of its path, whole or not at all."""
    if path.suffix == ".svg":
        write_text_whole(path, svg_text(figure))
        return
    metadata = {"Software": None} if path.suffix == ".png" else {"CreationDate": None, "Creator": None, "Producer": None}

    def save(beside: Path) -> None:
        with styled(), without_glyph_warnings():
            figure.savefig(beside, format=path.suffix[1:], metadata=metadata)

    write_whole(path, save)
