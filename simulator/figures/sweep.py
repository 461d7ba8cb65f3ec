"""The figure of a sweep: heat maps, points with intervals, or scatter plots.

It draws the result of `analysis.sweep` and computes no number that a reader could quote. Lightness alone encodes the amounts,
so that a grey print shows the same as the screen.
"""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from simulator.analysis.sweep import CellQuantity, SweepCell, SweepResult
from simulator.core.formatting import display_unit, format_computed, format_value, is_known, to_words
from simulator.scenario.grid import GRID, HYPERCUBE, LIST
from simulator.scenario.values import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

MAX_PANELS = 12
MAX_POINTS = 60

_WIDTH = 6.3  # inches: the text width of an A4 page
_INK, _MUTED, _MAIN = "#1a1a1a", "#595959", "#12355b"
_MAP = "Blues"
_MAX_LABELLED_COLUMNS = 8  # columns up to which amounts fit into the cells
_MAX_LABEL_LENGTH = 22  # characters
_LIGHT = 0.55  # place in the colour map below which text is dark


def draw_sweep(result: SweepResult, of: str = "total_cost", statistic: str = "median") -> "Figure":
    """Draw one quantity of a sweep in the form of its kind; ValueError if no cell has the quantity."""
    import matplotlib as mpl

    if not any(of in cell.quantities for cell in result.cells):
        raise ValueError(f"no cell has {of!r}")
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update({
            "text.parse_math": False, "font.family": "DejaVu Sans", "font.size": 8, "svg.hashsalt": "llmcost",
            "svg.fonttype": "path", "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": _MUTED,
        })  # fmt: skip
        if result.kind == HYPERCUBE:
            return _draw_scatters(result, of, statistic)
        if result.kind == GRID and len(result.variables) > 1:
            return _draw_heat_maps(result, of, statistic)
        return _draw_points(result, of, statistic)


def _canvas(result: SweepResult, of: str, statistic: str, height: float, **panels: Any) -> "tuple[Figure, Any]":
    from matplotlib.figure import Figure

    figure, header = Figure(figsize=(_WIDTH, height), layout="constrained"), result.header
    unit, _ = _unit(result, of)
    figure.suptitle(_truncate(f"{header.title}: {to_words(of)}, {statistic}, {unit}", 84), x=0.01, ha="left", size=10)
    shows_intervals = result.kind == LIST or (result.kind == GRID and len(result.variables) == 1)
    interval = f"; intervals: central {header.interval:g}%" if shows_intervals else ""
    figure.supxlabel(
        f"{len(result.cells):,} cells, {header.draws:,} draws each, seed {header.seed}{interval}; "
        f"money: {header.money}; llmcost",
        size=6.5, color=_MUTED, x=0.01, ha="left",
    )  # fmt: skip
    return figure, figure.subplots(squeeze=False, **panels)


def _statistics_of(result: SweepResult, of: str) -> list[CellQuantity]:
    """Return the statistics of a quantity in all cells that have it."""
    return [cell.quantities[of] for cell in result.cells if of in cell.quantities]


def _unit(result: SweepResult, of: str) -> tuple[str, float]:
    """Return the display unit of a quantity, and the factor from its canonical unit."""
    return display_unit(_statistics_of(result, of)[0].unit)


def _value(cell: SweepCell, of: str, statistic: str, scale: float) -> float:
    """Return a statistic in the display unit; NaN where the cell does not have it."""
    value = cell.quantities[of].statistic(statistic) if of in cell.quantities else None
    return math.nan if value is None else value * scale


def _format_tick(value: float, _: object = None) -> str:
    return format_value(value)


def _truncate(text: object, most: int = _MAX_LABEL_LENGTH) -> str:
    line = "".join(letter if letter.isprintable() else " " for letter in " ".join(str(text).split()))
    return line if len(line) <= most else line[: most - 1] + "\u2026"


# --- heat maps ------------------------------------------------------------------------------------------------------------


class _Layout(NamedTuple):
    """The layout of heat maps.

    `labels` has the values of every swept name; `across` and `along` are the names of the columns and rows of a map, and each
    of the `combinations` of the `others` has a map of its own, in a grid of `panel_columns`.
    """

    labels: Mapping[str, Sequence[str]]
    across: str
    along: str
    others: Sequence[str]
    combinations: Sequence[tuple[str, ...]]
    panel_columns: int

    @property
    def panel_rows(self) -> int:
        """Number of rows of panels."""
        return -(-len(self.combinations) // self.panel_columns)

    @property
    def shows_amounts(self) -> bool:
        """Whether amounts fit into the cells."""
        return len(self.labels[self.across]) * self.panel_columns <= _MAX_LABELLED_COLUMNS


class _Shading(NamedTuple):
    """How amounts become colours and texts."""

    norm: "Normalize"
    format_cell: Callable[[float], str]


def _draw_heat_maps(result: SweepResult, of: str, statistic: str) -> "Figure":
    """Draw one panel for each combination of values outside the two longest axes, which are its columns and rows."""
    layout = _layout_of(result)
    _, scale = _unit(result, of)
    values = {tuple(cell.at.values()): _value(cell, of, statistic, scale) for cell in result.cells}
    shading = _shading_of(list(values.values()), _statistics_of(result, of))
    height = 0.9 + layout.panel_rows * (0.75 + 0.26 * max(3, len(layout.labels[layout.along])))
    figure, panels = _canvas(result, of, statistic, height, nrows=layout.panel_rows, ncols=layout.panel_columns)
    for panel, combination in itertools.zip_longest(panels.ravel(), layout.combinations):
        if combination is None:
            panel.set_visible(False)
        else:
            mesh = _draw_map(panel, layout, combination, values, shading)
    bar = figure.colorbar(mesh, ax=panels, shrink=0.9, aspect=30, pad=0.02, format=_format_tick)
    bar.outline.set_visible(False)
    bar.minorticks_off()
    return figure


def _layout_of(result: SweepResult) -> _Layout:
    labels = {variable.name: variable.values for variable in result.variables}
    longest = sorted(labels, key=lambda name: -len(labels[name]))[:2]
    across, along = sorted(longest, key=lambda name: len(labels[name]))[::-1]
    others = [name for name in labels if name not in (across, along)]
    combinations = list(itertools.product(*(labels[name] for name in others)))
    if len(combinations) > MAX_PANELS:
        raise ValueError(f"requires {len(combinations)} maps; {MAX_PANELS} is the maximum: sweep fewer names or values")
    columns = 1 if len(combinations) == 1 else 2 if len(labels[across]) > 3 else min(3, len(combinations))
    return _Layout(labels, across, along, others, combinations, columns)


def _shading_of(values: Sequence[float], statistics: Sequence[CellQuantity]) -> _Shading:
    """Return the colours of all panels, logarithmic for a wide range, and the format of amounts, exact where all are known."""
    from matplotlib.colors import LogNorm, Normalize

    finite = [value for value in values if not math.isnan(value)]
    low, high = min(finite), max(finite)
    is_wide = low > 0 and high > 10 * low
    norm = LogNorm(low, high) if is_wide else Normalize(low, high if high > low else low + abs(low) + 1e-300)
    all_known = all(is_known(figures.low, figures.high) for figures in statistics)
    return _Shading(norm, format_computed if all_known else format_value)


def _draw_map(
    panel: "Axes",
    layout: _Layout,
    combination: tuple[str, ...],
    values: Mapping[tuple[str, ...], float],
    shading: _Shading,
) -> Any:
    """Draw the map of one combination, and return its mesh."""
    import numpy as np

    labels, across, along = layout.labels, layout.across, layout.along
    fixed = dict(zip(layout.others, combination, strict=True))
    cells = [[{**fixed, across: x, along: y} for x in labels[across]] for y in labels[along]]
    grid = np.array([[values[tuple(cell[name] for name in labels)] for cell in row] for row in cells])
    mesh = panel.pcolormesh(grid, norm=shading.norm, cmap=_MAP, edgecolors="white", linewidth=1)
    rotation = _label_rotation(labels[across], layout.panel_columns)
    panel.set_xticks(np.arange(len(labels[across])) + 0.5, [*map(_truncate, labels[across])], **rotation)
    panel.set_yticks(np.arange(len(labels[along])) + 0.5, [*map(_truncate, labels[along])])
    panel.tick_params(length=0)
    panel.spines[:].set_visible(False)
    panel.set_xlabel(to_words(across), color=_MUTED)
    panel.set_ylabel(to_words(along), color=_MUTED)
    if fixed:
        title = ", ".join(f"{to_words(name)} {label}" for name, label in fixed.items())
        panel.set_title(_truncate(title, 84 // layout.panel_columns), loc="left", size=8)
    if layout.shows_amounts:
        for (row, column), value in np.ndenumerate(grid):
            _write_amount(panel, row, column, float(value), shading)
    return mesh


def _write_amount(panel: "Axes", row: int, column: int, value: float, shading: _Shading) -> None:
    """Write an amount into its cell, in an ink that differs from the cell's colour."""
    text, is_light = "\u2013", True
    if not math.isnan(value):
        text, is_light = shading.format_cell(value), shading.norm(value) < _LIGHT
    colour = _INK if is_light else "white"
    panel.text(column + 0.5, row + 0.5, text, ha="center", va="center", size=7, color=colour)


def _label_rotation(labels: Sequence[str], columns: int) -> dict[str, Any]:
    """Rotate labels that would overlap."""
    long = max(len(_truncate(label)) for label in labels) * len(labels) * columns > 70
    return {"rotation": 35, "ha": "right", "rotation_mode": "anchor"} if long else {}


# --- points and scatter plots ---------------------------------------------------------------------------------------------


def _draw_points(result: SweepResult, of: str, statistic: str) -> "Figure":
    """Draw one row for each cell, with its interval."""
    _, scale = _unit(result, of)
    cells = [cell for cell in result.cells if of in cell.quantities]
    if len(cells) > MAX_POINTS:
        raise ValueError(f"has {len(cells)} rows; {MAX_POINTS} is the maximum: sweep fewer values")
    figure, ((panel,),) = _canvas(result, of, statistic, 1.2 + 0.2 * len(cells))
    for place, cell in enumerate(cells):
        bounds = [cell.quantities[of].low * scale, cell.quantities[of].high * scale]
        panel.plot(bounds, [place, place], color=_MAIN, linewidth=1.4, solid_capstyle="butt")
        panel.plot([_value(cell, of, statistic, scale)], [place], marker="o", markersize=4, color=_MAIN)
    is_single = len(result.variables) == 1
    labels = [", ".join(label if is_single else f"{to_words(name)} {label}" for name, label in cell.at.items() if label)
              for cell in cells]  # fmt: skip
    panel.set_yticks(range(len(cells)), [_truncate(label, 48) for label in labels])
    panel.invert_yaxis()
    if is_single:
        panel.set_ylabel(to_words(result.variables[0].name), color=_MUTED)
    panel.grid(axis="x", color="#e6e6e6")
    panel.set_axisbelow(True)
    _format_amounts(panel.xaxis)
    return figure


def _draw_scatters(result: SweepResult, of: str, statistic: str) -> "Figure":
    """Draw one panel for each swept name: every cell by its value of the name."""
    count = len(result.variables)
    if count > MAX_PANELS:
        raise ValueError(f"requires {count} panels; {MAX_PANELS} is the maximum: sweep fewer names")
    _, scale = _unit(result, of)
    columns = min(3, count)
    rows = -(-count // columns)
    figure, panels = _canvas(result, of, statistic, 0.8 + 1.9 * rows, nrows=rows, ncols=columns, sharey=True)
    amounts = [_value(cell, of, statistic, scale) for cell in result.cells]
    panel: Axes
    for panel, variable in itertools.zip_longest(panels.ravel(), result.variables):
        if variable is None:
            panel.set_visible(False)
            continue
        unit_name, factor = display_unit(variable.unit or "")
        points = [number(value) * factor for value in result.grid.values_of(variable.name)]
        panel.scatter(points, amounts, s=7, color=_MAIN, alpha=0.6, linewidths=0)
        panel.set_xlabel(_truncate(f"{to_words(variable.name)} {unit_name}".rstrip(), 40), color=_MUTED)
        panel.grid(color="#e6e6e6")
        panel.set_axisbelow(True)
        panel.locator_params(axis="x", nbins=4)
        panel.xaxis.set_major_formatter(_format_tick)
    _format_amounts(panels[0, 0].yaxis)
    return figure


def _format_amounts(axis: Any) -> None:
    axis.set_major_formatter(_format_tick)
    axis.set_minor_formatter("")
