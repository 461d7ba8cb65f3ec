"""Text of figures: one line, printable, as wide as there is room."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from simulator.core import formatting


def plain(text: object) -> str:
    """Return text on one line, without what cannot be printed."""
    return "".join(letter if letter.isprintable() else " " for letter in " ".join(str(text).split()))


def words(name: str) -> str:
    """Say the name of a quantity as words that can be printed."""
    return plain(formatting.words(name))


def signed(value: float) -> str:
    """Say a change of an amount with its sign, a minus that is as wide as the plus."""
    return formatting.signed(value).replace("-", "−", 1)


@cache
def _advance(letter: str, bold: bool) -> float:
    """How far a letter of size one moves the next, in inches: between two others, because blanks have no ink to measure."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal", size=100)

    def ink(text: str) -> float:
        width: float = text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]
        return width

    with without_glyph_warnings():
        return (ink(f"n{letter}n") - ink("nn")) / 100 / 72


@contextmanager
def without_glyph_warnings() -> Iterator[None]:
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
    rest = plain(text)
    while rest:
        fits = _fitting(rest, size, width, bold)
        if fits >= len(rest):
            return [*lines, rest]
        if len(lines) == most - 1:
            room = _fitting(rest, size, width - width_of("…", size, bold=bold), bold)
            return [*lines, rest[: max(1, room)].rstrip(" ,;:(") + "…"]
        space = rest.rfind(" ", 0, fits + 1)
        cut = space if space > 0 else max(1, fits)
        lines.append(rest[:cut])
        rest = rest[cut:].lstrip()
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
