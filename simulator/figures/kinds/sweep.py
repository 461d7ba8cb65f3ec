"""The figure of a sweep: heat maps, points with intervals, or scatter plots.

It draws the table of `sweep.as_json` and computes no number that a reader could quote. Lightness alone encodes the amounts, so
that a grey print shows the same as the screen.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simulator.core.formatting import display_unit, format_computed, format_value, is_known, to_words
from simulator.scenario.values import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_PANELS = 12
MAX_POINTS = 60

_WIDTH = 6.3  # inches: the text width of an A4 page
_INK, _MUTED, _MAIN = "#1a1a1a", "#595959", "#12355b"
_MAP = "Blues"
_MAX_LABELLED_COLUMNS = 8  # columns up to which amounts fit into the cells
_MAX_LABEL_LENGTH = 22  # characters


def draw_sweep(table: Mapping[str, Any], of: str = "total_cost", statistic: str = "median") -> "Figure":
    """Draw one quantity of a sweep in the form of its kind; ValueError if no cell has the quantity."""
    import matplotlib as mpl

    if not any(of in cell["quantities"] for cell in table["cells"]):
        raise ValueError(f"no cell has {of!r}")
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update({
            "text.parse_math": False, "font.family": "DejaVu Sans", "font.size": 8, "svg.hashsalt": "llmcost",
            "svg.fonttype": "path", "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": _MUTED,
        })  # fmt: skip
        if table["kind"] == "latin-hypercube":
            return _draw_scatters(table, of, statistic)
        if table["kind"] == "grid" and len(table["swept"]) > 1:
            return _draw_heat_maps(table, of, statistic)
        return _draw_points(table, of, statistic)


def _canvas(table: Mapping[str, Any], of: str, statistic: str, height: float, **panels: Any) -> "tuple[Figure, Any]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    unit, _ = _unit(table, of)
    figure.suptitle(_truncate(f"{table['title']}: {to_words(of)}, {statistic}, {unit}", 84), x=0.01, ha="left", size=10)
    shows_intervals = table["kind"] == "list" or (table["kind"] == "grid" and len(table["swept"]) == 1)
    interval = f"; intervals: central {table['interval']:g}%" if shows_intervals else ""
    figure.supxlabel(
        f"{len(table['cells']):,} cells, {table['draws']:,} draws each, seed {table['seed']}{interval}; "
        f"money: {table['money']}; llmcost",
        size=6.5, color=_MUTED, x=0.01, ha="left",
    )  # fmt: skip
    return figure, figure.subplots(squeeze=False, **panels)


def _unit(table: Mapping[str, Any], of: str) -> tuple[str, float]:
    """Return the display unit of a quantity, and the factor from its canonical unit."""
    unit = next(cell["quantities"][of]["unit"] for cell in table["cells"] if of in cell["quantities"])
    return display_unit(unit)


def _value(cell: Mapping[str, Any], of: str, statistic: str, scale: float) -> float:
    return cell["quantities"][of][statistic] * scale if of in cell["quantities"] else math.nan


def _statistics_of(table: Mapping[str, Any], of: str) -> list[Mapping[str, Any]]:
    """Return the statistics of a quantity in all cells that have it."""
    return [cell["quantities"][of] for cell in table["cells"] if of in cell["quantities"]]


def _format_tick(value: float, _: object = None) -> str:
    return format_value(value)


def _truncate(text: object, most: int = _MAX_LABEL_LENGTH) -> str:
    line = "".join(letter if letter.isprintable() else " " for letter in " ".join(str(text).split()))
    return line if len(line) <= most else line[: most - 1] + "\u2026"


# --- the kinds ------------------------------------------------------------------------------------------------------------


def _draw_heat_maps(table: Mapping[str, Any], of: str, statistic: str) -> "Figure":
    """Draw one panel for each combination of values outside the two longest axes, which are its columns and rows."""
    import numpy as np
    from matplotlib.colors import LogNorm, Normalize

    axes = {row["name"]: row["values"] for row in table["swept"]}
    across, along = sorted(sorted(axes, key=lambda name: -len(axes[name]))[:2], key=lambda name: len(axes[name]))[::-1]
    others = [name for name in axes if name not in (across, along)]
    combinations = list(itertools.product(*(axes[name] for name in others)))
    if len(combinations) > MAX_PANELS:
        raise ValueError(f"requires {len(combinations)} maps; {MAX_PANELS} is the maximum: sweep fewer names or values")
    _, scale = _unit(table, of)
    values = {tuple(cell["at"].values()): _value(cell, of, statistic, scale) for cell in table["cells"]}
    format_cell = (
        format_computed
        if all(is_known(statistics["low"], statistics["high"]) for statistics in _statistics_of(table, of))
        else format_value
    )
    finite = [value for value in values.values() if not math.isnan(value)]
    low, high = min(finite), max(finite)
    is_wide = low > 0 and high > 10 * low
    norm = LogNorm(low, high) if is_wide else Normalize(low, high if high > low else low + abs(low) + 1e-300)
    columns = 1 if len(combinations) == 1 else 2 if len(axes[across]) > 3 else min(3, len(combinations))
    rows = -(-len(combinations) // columns)
    height = 0.9 + rows * (0.75 + 0.26 * max(3, len(axes[along])))
    figure, panels = _canvas(table, of, statistic, height, nrows=rows, ncols=columns)
    for panel, combination in itertools.zip_longest(panels.ravel(), combinations):
        if combination is None:
            panel.set_visible(False)
            continue
        fixed = dict(zip(others, combination, strict=True))
        cells = [[{**fixed, across: x, along: y} for x in axes[across]] for y in axes[along]]
        grid = np.array([[values[tuple(cell[name] for name in axes)] for cell in row] for row in cells])
        mesh = panel.pcolormesh(grid, norm=norm, cmap=_MAP, edgecolors="white", linewidth=1)
        panel.set_xticks(
            np.arange(len(axes[across])) + 0.5, map(_truncate, axes[across]), **_label_rotation(axes[across], columns)
        )
        panel.set_yticks(np.arange(len(axes[along])) + 0.5, map(_truncate, axes[along]))
        panel.tick_params(length=0)
        panel.spines[:].set_visible(False)
        panel.set_xlabel(to_words(across), color=_MUTED)
        panel.set_ylabel(to_words(along), color=_MUTED)
        if others:
            panel_title = ", ".join(f"{to_words(name)} {label}" for name, label in fixed.items())
            panel.set_title(_truncate(panel_title, 84 // columns), loc="left", size=8)
        if len(axes[across]) * columns <= _MAX_LABELLED_COLUMNS:
            for (row, column), value in np.ndenumerate(grid):
                cell_text, is_light = ("\u2013", True) if math.isnan(value) else (format_cell(value), norm(value) < 0.55)
                colour = _INK if is_light else "white"
                panel.text(column + 0.5, row + 0.5, cell_text, ha="center", va="center", size=7, color=colour)
    bar = figure.colorbar(mesh, ax=panels, shrink=0.9, aspect=30, pad=0.02, format=_format_tick)
    bar.outline.set_visible(False)
    bar.minorticks_off()
    return figure


def _label_rotation(labels: Sequence[str], columns: int) -> dict[str, Any]:
    """Rotate labels that would overlap."""
    long = max(len(_truncate(label)) for label in labels) * len(labels) * columns > 70
    return {"rotation": 35, "ha": "right", "rotation_mode": "anchor"} if long else {}


def _draw_points(table: Mapping[str, Any], of: str, statistic: str) -> "Figure":
    """Draw one row for each cell, with its interval."""
    _, scale = _unit(table, of)
    cells = [cell for cell in table["cells"] if of in cell["quantities"]]
    if len(cells) > MAX_POINTS:
        raise ValueError(f"has {len(cells)} rows; {MAX_POINTS} is the maximum: sweep fewer values")
    figure, ((panel,),) = _canvas(table, of, statistic, 1.2 + 0.2 * len(cells))
    for place, cell in enumerate(cells):
        bounds = [_value(cell, of, key, scale) for key in ("low", "high")]
        panel.plot(bounds, [place, place], color=_MAIN, linewidth=1.4, solid_capstyle="butt")
        panel.plot([_value(cell, of, statistic, scale)], [place], marker="o", markersize=4, color=_MAIN)
    is_single = len(table["swept"]) == 1
    labels = [", ".join(label if is_single else f"{to_words(name)} {label}" for name, label in cell["at"].items() if label)
              for cell in cells]  # fmt: skip
    panel.set_yticks(range(len(cells)), [_truncate(label, 48) for label in labels])
    panel.invert_yaxis()
    if is_single:
        panel.set_ylabel(to_words(table["swept"][0]["name"]), color=_MUTED)
    panel.grid(axis="x", color="#e6e6e6")
    panel.set_axisbelow(True)
    _format_amounts(panel.xaxis)
    return figure


def _draw_scatters(table: Mapping[str, Any], of: str, statistic: str) -> "Figure":
    """Draw one panel for each swept name: every cell by its value of the name."""
    names = [row["name"] for row in table["swept"]]
    if len(names) > MAX_PANELS:
        raise ValueError(f"requires {len(names)} panels; {MAX_PANELS} is the maximum: sweep fewer names")
    _, scale = _unit(table, of)
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    figure, panels = _canvas(table, of, statistic, 0.8 + 1.9 * rows, nrows=rows, ncols=columns, sharey=True)
    values = [_value(cell, of, statistic, scale) for cell in table["cells"]]
    panel: Axes
    for panel, row in itertools.zip_longest(panels.ravel(), table["swept"]):
        if row is None:
            panel.set_visible(False)
            continue
        unit_name, factor = display_unit(row["unit"] or "")
        panel.scatter([number(value) * factor for value in row["values"]], values, s=7, color=_MAIN, alpha=0.6, linewidths=0)
        panel.set_xlabel(_truncate(f"{to_words(row['name'])} {unit_name}".rstrip(), 40), color=_MUTED)
        panel.grid(color="#e6e6e6")
        panel.set_axisbelow(True)
        panel.locator_params(axis="x", nbins=4)
        panel.xaxis.set_major_formatter(_format_tick)
    _format_amounts(panels[0, 0].yaxis)
    return figure


def _format_amounts(axis: Any) -> None:
    axis.set_major_formatter(_format_tick)
    axis.set_minor_formatter("")
