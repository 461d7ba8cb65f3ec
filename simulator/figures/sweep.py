"""The figure of a sweep: a curve with its band, points with intervals, heat maps, or scatter plots.

It draws the result of `analysis.sweep` and computes no number that a reader could quote. Lightness alone encodes the amounts,
so that a grey print shows the same as the screen.
"""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from simulator.analysis.sweep import CellQuantity, SweepCell, SweepResult
from simulator.core.formatting import display_unit, format_computed, format_value, is_known, to_words
from simulator.core.money import is_amount
from simulator.figures.axes import add_legend, axis_range, format_amount, hide_minor_ticks
from simulator.figures.format import DEFAULT, FigureFormat, current_format, points
from simulator.figures.phrases import interval_name, money_text, sentence
from simulator.figures.style import FILL, INK, MAIN, MUTED, canvas
from simulator.figures.text import to_plain
from simulator.scenario.grid import GRID, HYPERCUBE
from simulator.scenario.values import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

_MIN_POINTS = 3
"""The fewest values of a number that are drawn as a curve."""
_MAX_TICKS = 8
_LARGE = 1e7
"""Swept numbers from which on ticks are rounded."""
_LOG_RATIO = 20.0
"""Ratio of the swept numbers above which their axis is logarithmic."""
MAX_PANELS = 12
MAX_POINTS = 60

_REMARK = "All cells use common random numbers, so that they differ only by what is swept."
_MAP = "Blues"
_MAX_LABELLED_COLUMNS = 8  # columns up to which amounts fit into the cells
_MAX_LABEL_LENGTH = 22  # characters
_LIGHT = 0.55  # place in the colour map below which text is dark


def draw_sweep(
    result: SweepResult, of: str = "total_cost", statistic: str = "median", page: FigureFormat = DEFAULT
) -> "Figure":
    """Draw one quantity of a sweep in the form of its kind; ValueError if no cell has the quantity."""
    from simulator.figures.output import drawn

    if not any(of in cell.quantities for cell in result.cells):
        raise ValueError(f"no cell has {of!r}")
    return drawn(lambda: _form_of(result)(result, of, statistic), page)


def _form_of(result: SweepResult) -> "Callable[[SweepResult, str, str], Figure]":
    """Return the function that draws the form for a sweep."""
    if result.kind == HYPERCUBE:
        return _draw_scatters
    if result.kind == GRID and len(result.variables) > 1:
        return _draw_heat_maps
    return _draw_points if _numbers_of(result) is None else _draw_curve


def sweep_finding(result: SweepResult, of: str = "total_cost", statistic: str = "median") -> str:
    """State at which cells a statistic of a quantity is lowest and highest."""
    _, scale = _unit(result, of)
    quantity = to_words(of)
    if len(result.cells) == 1:
        return sentence(f"{quantity}: {_amount_text(result, of, _value(result.cells[0], of, statistic, scale))}")
    low, high = (result.cells[place] for place in result.extremes(of, statistic))
    texts = [_amount_text(result, of, _value(cell, of, statistic, scale)) for cell in (low, high)]
    if texts[0] == texts[1]:
        return sentence(f"{quantity} is {texts[0]} in all cells")
    if len(result.variables) == 1:
        return sentence(f"{quantity} is lowest at {_place(low)} ({texts[0]}), highest at {_place(high)} ({texts[1]})")
    over = sentence(f"{quantity} is {texts[0]} to {texts[1]} over {len(result.cells):,} cells")
    return over if result.kind == HYPERCUBE else f"{over}, lowest at {_place(low)}"


def _amount_text(result: SweepResult, of: str, value: float) -> str:
    unit, scale = _unit(result, of)
    if is_amount(_statistics_of(result, of)[0].unit):
        return money_text(result, value / scale)
    return f"{format_value(value)} {unit}".rstrip()


def _place(cell: SweepCell) -> str:
    """Return the values that a cell differs by."""
    return ", ".join(f"{to_words(name)} {_short_label(label)}" for name, label in cell.at.items() if label)


def _short_label(label: str) -> str:
    """Return a label, with the digits of a long number rounded."""
    try:
        return format_value(float(label)) if len(label) > 12 else label
    except ValueError:
        return _truncate(label)


def _canvas(
    result: SweepResult, of: str, statistic: str, height: float, remark: str = "", **panels: Any
) -> "tuple[Figure, Any]":
    unit, _ = _unit(result, of)
    rows = panels.pop("nrows", 1)
    return canvas(
        result,
        sweep_finding(result, of, statistic),
        f"{to_plain(str(result.header.title))[:60]}: {to_words(of)}, {statistic}, {unit}; {len(result.cells):,} cells",
        "",
        height=height,
        rows=rows,
        remark=remark,
        squeeze=False,
        **panels,
    )


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
    height = 0.3 + layout.panel_rows * (0.75 + 0.26 * max(3, len(layout.labels[layout.along])))
    figure, panels = _canvas(result, of, statistic, height, _REMARK, nrows=layout.panel_rows, ncols=layout.panel_columns)
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
    columns = 1 if current_format().is_narrow else columns
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
    panel.set_xlabel(to_words(across), color=MUTED)
    panel.set_ylabel(to_words(along), color=MUTED)
    if fixed:
        title = ", ".join(f"{to_words(name)} {label}" for name, label in fixed.items())
        panel.set_title(_truncate(title, 84 // layout.panel_columns), loc="left", size=points(8))
    if layout.shows_amounts:
        for (row, column), value in np.ndenumerate(grid):
            _write_amount(panel, row, column, float(value), shading)
    return mesh


def _write_amount(panel: "Axes", row: int, column: int, value: float, shading: _Shading) -> None:
    """Write an amount into its cell, in an ink that differs from the cell's colour."""
    text, is_light = "\u2013", True
    if not math.isnan(value):
        text, is_light = shading.format_cell(value), shading.norm(value) < _LIGHT
    colour = INK if is_light else "white"
    panel.text(column + 0.5, row + 0.5, text, ha="center", va="center", size=points(7), color=colour)


def _label_rotation(labels: Sequence[str], columns: int) -> dict[str, Any]:
    """Rotate labels that would overlap."""
    long = max(len(_truncate(label)) for label in labels) * len(labels) * columns > 70
    return {"rotation": 35, "ha": "right", "rotation_mode": "anchor"} if long else {}


# --- points and scatter plots ---------------------------------------------------------------------------------------------


def _numbers_of(result: SweepResult) -> list[float] | None:
    """Return the numbers that a grid sweeps its only name over, in display units; None where they are no ascending numbers."""
    if result.kind != GRID or len(result.variables) != 1 or result.variables[0].unit is None:
        return None
    variable = result.variables[0]
    _, factor = display_unit(variable.unit or "")
    try:
        values = [number(value) * factor for value in variable.values]
    except (ValueError, TypeError):
        return None
    return values if len(values) >= _MIN_POINTS and values == sorted(set(values)) else None


def _draw_curve(result: SweepResult, of: str, statistic: str) -> "Figure":
    """Draw a statistic along the values of a number, with the band of the intervals and the P80."""
    unit, scale = _unit(result, of)
    values = _numbers_of(result)
    assert values is not None
    pairs = [(value, cell) for value, cell in zip(values, result.cells, strict=True) if of in cell.quantities]
    places = [value for value, _ in pairs]
    figures = [cell.quantities[of] for _, cell in pairs]
    figure, ((panel,),) = _canvas(result, of, statistic, 3.3, _REMARK)
    low, high = [each.low * scale for each in figures], [each.high * scale for each in figures]
    p80 = [each.p80 * scale for each in figures]
    panel.fill_between(places, low, high, color=FILL, alpha=0.6, linewidth=0, label=interval_name(result))
    panel.plot(places, p80, color=MAIN, linewidth=1.4, linestyle="--", label="P80")
    panel.plot(places, [_value(cell, of, statistic, scale) for _, cell in pairs], color=MAIN, linewidth=2, marker="o",
               markersize=4, label=statistic)  # fmt: skip
    axis_range(places, pad=0.02, log_ratio=_LOG_RATIO).apply(panel.xaxis)
    axis_range([*low, *high], pad=0.04).apply(panel.yaxis)
    panel.set_xticks(places if len(places) <= _MAX_TICKS else places[:: -(-len(places) // _MAX_TICKS)])
    panel.xaxis.set_major_formatter(lambda value, _: f"{value:,.6g}" if abs(value) < _LARGE else format_value(value))
    hide_minor_ticks(panel.xaxis)
    name, (unit_name, _) = to_words(result.variables[0].name), display_unit(result.variables[0].unit or "")
    panel.set_xlabel(name if unit_name in ("", "1") or unit_name in name else f"{name}, {unit_name}")
    panel.set_ylabel(unit)
    _format_amounts(panel.yaxis, result, of)
    add_legend(panel)
    return figure


def _draw_points(result: SweepResult, of: str, statistic: str) -> "Figure":
    """Draw one row for each cell, with its interval."""
    _, scale = _unit(result, of)
    cells = [cell for cell in result.cells if of in cell.quantities]
    if len(cells) > MAX_POINTS:
        raise ValueError(f"has {len(cells)} rows; {MAX_POINTS} is the maximum: sweep fewer values")
    figure, ((panel,),) = _canvas(result, of, statistic, 0.7 + 0.2 * len(cells), _REMARK)
    for place, cell in enumerate(cells):
        bounds = [cell.quantities[of].low * scale, cell.quantities[of].high * scale]
        panel.plot(bounds, [place, place], color=MAIN, linewidth=1.4, solid_capstyle="butt")
        panel.plot([_value(cell, of, statistic, scale)], [place], marker="o", markersize=4, color=MAIN)
    is_single = len(result.variables) == 1
    labels = [", ".join(label if is_single else f"{to_words(name)} {label}" for name, label in cell.at.items() if label)
              for cell in cells]  # fmt: skip
    panel.set_yticks(range(len(cells)), [_truncate(label, 48) for label in labels])
    panel.set_ylim(len(cells) - 0.4, -0.6)
    if is_single:
        panel.set_ylabel(to_words(result.variables[0].name), color=MUTED)
    panel.grid(visible=False, axis="y")
    _format_amounts(panel.xaxis, result, of)
    return figure


def _draw_scatters(result: SweepResult, of: str, statistic: str) -> "Figure":
    """Draw one panel for each swept name: every cell by its value of the name."""
    count = len(result.variables)
    if count > MAX_PANELS:
        raise ValueError(f"requires {count} panels; {MAX_PANELS} is the maximum: sweep fewer names")
    _, scale = _unit(result, of)
    columns = 1 if current_format().is_narrow else min(3, count)
    rows = -(-count // columns)
    figure, panels = _canvas(result, of, statistic, 0.3 + 1.9 * rows, _REMARK, nrows=rows, ncols=columns, sharey=True)
    amounts = [_value(cell, of, statistic, scale) for cell in result.cells]
    panel: Axes
    for panel, variable in itertools.zip_longest(panels.ravel(), result.variables):
        if variable is None:
            panel.set_visible(False)
            continue
        unit_name, factor = display_unit(variable.unit or "")
        places = [number(value) * factor for value in result.grid.values_of(variable.name)]
        panel.scatter(places, amounts, s=7, color=MAIN, alpha=0.6, linewidths=0)
        panel.set_xlabel(_truncate(f"{to_words(variable.name)} {unit_name}".rstrip(), 40), color=MUTED)
        panel.locator_params(axis="x", nbins=4)
        panel.xaxis.set_major_formatter(_format_tick)
    _format_amounts(panels[0, 0].yaxis, result, of)
    return figure


def _format_amounts(axis: Any, result: SweepResult, of: str) -> None:
    """Format the ticks of a quantity: amounts with a letter for the scale."""
    axis.set_major_formatter(format_amount if is_amount(_statistics_of(result, of)[0].unit) else _format_tick)
    axis.set_minor_formatter("")
