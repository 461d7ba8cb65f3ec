"""The size, the letters and the colours of a figure for a page, a column, a phone or print."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from simulator.core.suggestions import InvalidValueError

WIDTH = 6.3
"""Inches: the text width of an A4 page."""
FONT_SIZE = 8.5
"""Points: the size of the letters of axes."""
RESOLUTION = 200
"""Dots per inch of a PNG."""
PHONE_WIDTH = 3.9
"""Inches: 375 pixels of a screen, at 96 in an inch."""

_INCHES = {"mm": 1 / 25.4, "cm": 1 / 2.54, "in": 1.0, "px": 1 / 96}
_LENGTH = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[a-z]+)")
_WIDTHS = 2.5, 30.0
_HEIGHTS = 1.0, 40.0
_FONT_SIZES = 5.0, 24.0
_RESOLUTIONS = 50, 1200


@dataclass(frozen=True, slots=True)
class FigureFormat:
    """How a figure is set.

    Attributes
    ----------
    width : float
        Inches.
    height : float or None
        Inches; None for the height that the rows of the figure need.
    font_size : float
        Points: the letters of axes; titles and notes are in proportion.
    grey : bool
        Whether all colours are greys.
    resolution : int
        Dots per inch of a PNG.

    Raises
    ------
    InvalidValueError
        For a size that no figure fits into.

    """

    width: float = WIDTH
    height: float | None = None
    font_size: float = FONT_SIZE
    grey: bool = False
    resolution: int = RESOLUTION

    def __post_init__(self) -> None:
        _check("width", self.width, _WIDTHS, "inches")
        _check("font size", self.font_size, _FONT_SIZES, "points")
        _check("resolution", self.resolution, _RESOLUTIONS, "dots per inch")
        if self.height is not None:
            _check("height", self.height, _HEIGHTS, "inches")

    @property
    def scale(self) -> float:
        """Ratio of the letters to those of the default."""
        return self.font_size / FONT_SIZE

    @property
    def room(self) -> float:
        """Ratio of the letters that fit into a line to those of the default."""
        return self.width / WIDTH / self.scale

    @property
    def is_narrow(self) -> bool:
        """Whether the figure has about half of the usual letters in a line, as on a phone or in a column."""
        return self.room < 0.75


def parse_length(text: object, name: str) -> float:
    """Return a length in inches: a number of inches, or a text with a unit, such as `89 mm`, `3.5 in`, `375 px`."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return float(text)
    match = _LENGTH.fullmatch(str(text).strip())
    if match is None or match["unit"] not in _INCHES:
        raise InvalidValueError(
            f"{name} is a length with its unit, {', '.join(_INCHES)}, as in '89 mm', not {str(text)[:40]!r}"
        )
    return float(match["number"]) * _INCHES[match["unit"]]


def figure_format(
    width: object = None, height: object = None, font_size: float | None = None, grey: bool = False, dpi: int | None = None
) -> FigureFormat:
    """Return a format from what a user gives; None is the default."""
    return FigureFormat(
        width=WIDTH if width is None else parse_length(width, "width"),
        height=None if height is None else parse_length(height, "height"),
        font_size=FONT_SIZE if font_size is None else font_size,
        grey=grey,
        resolution=RESOLUTION if dpi is None else dpi,
    )


def _check(name: str, value: float, limits: tuple[float, float], unit: str) -> None:
    low, high = limits
    if not low <= value <= high:
        raise InvalidValueError(f"the {name} of a figure must be {low:g} to {high:g} {unit}, not {value:g}")


DEFAULT = FigureFormat()
_CURRENT: ContextVar[FigureFormat] = ContextVar("figure_format", default=DEFAULT)


def current_format() -> FigureFormat:
    """Return the format of the figure that is being drawn."""
    return _CURRENT.get()


@contextmanager
def format_of_figures(value: FigureFormat) -> Iterator[None]:
    """Draw figures in a format."""
    token = _CURRENT.set(value)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def points(size: float) -> float:
    """Return a size of letters in points, in proportion to those of the axes."""
    return size * current_format().scale
