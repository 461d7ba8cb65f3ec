"""Text of figures: printable, on one line or wrapped to a width."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from simulator.core import formatting
from simulator.figures.format import current_format, points


def to_plain(text: object) -> str:
    """Return text on one line, without unprintable characters."""
    return "".join(letter if letter.isprintable() else " " for letter in " ".join(str(text).split()))


def to_words(name: str) -> str:
    """Return the name of a quantity as printable words."""
    return to_plain(formatting.to_words(name))


def format_signed(value: float) -> str:
    """Format a signed change of an amount, with a typographic minus."""
    return formatting.format_signed_money(value).replace("-", "−", 1)


@cache
def _advance(letter: str, bold: bool) -> float:
    """Return the advance width of a letter of size one in inches, measured between two others since blanks have no extent."""
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
    """Suppress warnings about letters that the font lacks, which are shown as boxes."""
    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of a text in inches, without kerning."""
    return size * sum(_advance(letter, bold) for letter in text)


def wrap_text(text: object, size: float, width: float, max_lines: int, *, bold: bool = False) -> list[str]:
    """Wrap text into at most `max_lines` lines of a width; text that does not fit is replaced by an ellipsis."""
    lines: list[str] = []
    rest = to_plain(text)
    while rest:
        fitting = _count_fitting(rest, size, width, bold)
        if fitting >= len(rest):
            return [*lines, rest]
        if len(lines) == max_lines - 1:
            room = _count_fitting(rest, size, width - width_of("…", size, bold=bold), bold)
            return [*lines, rest[: max(1, room)].rstrip(" ,;:(") + "…"]
        space = rest.rfind(" ", 0, fitting + 1)
        part = 1 + max(rest.rfind(sign, 0, fitting) for sign in "/-")
        end = space if space > 0 else part if part > 1 else max(1, fitting)
        lines.append(rest[:end])
        rest = rest[end:].lstrip()
    return lines


def _count_fitting(text: str, size: float, width: float, bold: bool) -> int:
    """Return the number of leading letters that fit into a width."""
    used = 0.0
    for count, letter in enumerate(text):
        used += size * _advance(letter, bold)
        if used > width:
            return count
    return len(text)


def label(text: object, width: float = 1.65, max_lines: int = 2, size: float = 8) -> str:
    """Return the label of a row of a figure, wrapped to few short lines; `width` is that in a figure of the default width."""
    room = current_format().room
    lines = max_lines if room >= 0.75 or max_lines != 2 else 3
    return "\n".join(wrap_text(text, points(size), width * min(1.0, max(room, 0.55)) * current_format().scale, lines))
