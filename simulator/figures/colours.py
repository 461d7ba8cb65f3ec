"""Colours of finished figures: greys for print, and names of colours for pages with a dark background."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulator.figures.style import COLOURS, GRID, INK, MUTED, PALE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ON_LIGHT = {
    "paper": "#ffffff", "ink": INK, "muted": MUTED, "pale": PALE, "grid": GRID,
    **{f"colour-{number}": colour for number, colour in enumerate(COLOURS, start=1)},
}  # fmt: skip
_ON_DARK = {
    "paper": "#16191d", "ink": "#eceff3", "muted": "#b4bcc6", "pale": "#4a515a", "grid": "#333a42",
    "colour-1": "#9db8dd", "colour-2": "#ec8a4e", "colour-3": "#2f9e86", "colour-4": "#34729f", "colour-5": "#f3e08a",
}  # fmt: skip
"""The same roles on a dark page: text has a contrast of 7, lines of 3."""

COLOUR_NAMES: Mapping[str, str] = {colour: f"--figure-{role}" for role, colour in _ON_LIGHT.items()}
"""Name of the CSS property of each colour of an inline figure."""


def page_colours(*, dark: bool) -> dict[str, str]:
    """Return the colours of figures by the name of their CSS property, for a light or a dark page."""
    return {f"--figure-{role}": colour for role, colour in (_ON_DARK if dark else _ON_LIGHT).items()}


def use_greys(figure: "Figure") -> None:
    """Replace every colour of a figure by the grey of the same luminance."""
    parts = ("facecolor", "edgecolor", "color", "markerfacecolor", "markeredgecolor")
    for artist in figure.findobj():
        each: Any = artist
        if hasattr(each, "set_cmap") and each.get_array() is not None:
            each.set_cmap("Greys")
            continue
        for part in parts:
            if hasattr(each, f"get_{part}") and hasattr(each, f"set_{part}"):
                getattr(each, f"set_{part}")(_grey(getattr(each, f"get_{part}")()))


def _grey(colour: Any) -> Any:
    """Return the grey of a colour or of an array of colours; what is no colour, such as `none`, stays."""
    import numpy as np
    from matplotlib.colors import to_rgba_array

    if isinstance(colour, str) and colour in ("none", "auto"):
        return colour
    rgba = to_rgba_array(colour)
    if not len(rgba):
        return colour
    linear = np.where(rgba[:, :3] <= 0.04045, rgba[:, :3] / 12.92, ((rgba[:, :3] + 0.055) / 1.055) ** 2.4)
    luminance = linear @ (0.2126, 0.7152, 0.0722)
    level = np.where(luminance <= 0.0031308, 12.92 * luminance, 1.055 * luminance ** (1 / 2.4) - 0.055).clip(0, 1)
    greys = np.column_stack([level, level, level, rgba[:, 3]])
    return greys if np.ndim(colour) > 1 else tuple(greys[0].tolist())
