"""The figure of a sweep: a heat map, small multiples of it, points with intervals, or a scatter for each swept name.

It takes the table that `sweep.as_json` gives and computes nothing that a reader could quote. Lightness alone tells the amounts
apart, so that a grey print shows what the screen shows; texts are only texts.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simulator.core.formatting import computed, is_known, scaled, shown_unit, words
from simulator.scenario.values import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_PANELS = 12
MOST_POINTS = 60

_WIDTH = 6.3  # inches: the text width of an A4 page
_INK, _MUTED, _MAIN = "#1a1a1a", "#595959", "#12355b"
_MAP = "Blues"
_MOST_SAID = 8  # columns whose amounts fit into their cells
_LONGEST = 22  # letters of a label


def draw_sweep(table: Mapping[str, Any], of: str = "total_cost", statistic: str = "median") -> "Figure":
    """Draw one quantity of a sweep, as its kind asks for; ValueError where no cell has the quantity."""
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
            return _scatters(table, of, statistic)
        if table["kind"] == "grid" and len(table["swept"]) > 1:
            return _heat_maps(table, of, statistic)
        return _points(table, of, statistic)


def _canvas(table: Mapping[str, Any], of: str, statistic: str, height: float, **panels: Any) -> "tuple[Figure, Any]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    unit, _ = _unit(table, of)
    figure.suptitle(_cut(f"{table['title']}: {words(of)}, {statistic}, {unit}", 84), x=0.01, ha="left", size=10)
    shows_intervals = table["kind"] == "list" or (table["kind"] == "grid" and len(table["swept"]) == 1)
    interval = f"; intervals: central {table['interval']:g}%" if shows_intervals else ""
    figure.supxlabel(
        f"{len(table['cells']):,} cells, {table['draws']:,} draws each, seed {table['seed']}{interval}; "
        f"money: {table['money']}; llmcost",
        size=6.5, color=_MUTED, x=0.01, ha="left",
    )  # fmt: skip
    return figure, figure.subplots(squeeze=False, **panels)


def _unit(table: Mapping[str, Any], of: str) -> tuple[str, float]:
    """The unit that a person reads, and what one canonical unit is in it."""
    unit = next(cell["quantities"][of]["unit"] for cell in table["cells"] if of in cell["quantities"])
    return shown_unit(unit)


def _value(cell: Mapping[str, Any], of: str, statistic: str, scale: float) -> float:
    return cell["quantities"][of][statistic] * scale if of in cell["quantities"] else math.nan


def _told(table: Mapping[str, Any], of: str) -> list[Mapping[str, Any]]:
    """The figures of a quantity in all cells that have it."""
    return [cell["quantities"][of] for cell in table["cells"] if of in cell["quantities"]]


def _say(value: float, _: object = None) -> str:
    return scaled(value)


def _cut(text: object, most: int = _LONGEST) -> str:
    line = "".join(letter if letter.isprintable() else " " for letter in " ".join(str(text).split()))
    return line if len(line) <= most else line[: most - 1] + "\u2026"


# --- the kinds ------------------------------------------------------------------------------------------------------------


def _heat_maps(table: Mapping[str, Any], of: str, statistic: str) -> "Figure":
    """One panel for each combination of what is neither along nor across: the two longest axes are."""
    import numpy as np
    from matplotlib.colors import LogNorm, Normalize

    axes = {row["name"]: row["values"] for row in table["swept"]}
    across, along = sorted(sorted(axes, key=lambda name: -len(axes[name]))[:2], key=lambda name: len(axes[name]))[::-1]
    others = [name for name in axes if name not in (across, along)]
    shown = list(itertools.product(*(axes[name] for name in others)))
    if len(shown) > MOST_PANELS:
        raise ValueError(f"makes {len(shown)} maps; {MOST_PANELS} are the most in one figure: sweep fewer names, or values")
    _, scale = _unit(table, of)
    values = {tuple(cell["at"].values()): _value(cell, of, statistic, scale) for cell in table["cells"]}
    say = computed if all(is_known(told["low"], told["high"]) for told in _told(table, of)) else scaled
    known = [value for value in values.values() if not math.isnan(value)]
    low, high = min(known), max(known)
    wide = low > 0 and high > 10 * low
    norm = LogNorm(low, high) if wide else Normalize(low, high if high > low else low + abs(low) + 1e-300)
    columns = 1 if len(shown) == 1 else 2 if len(axes[across]) > 3 else min(3, len(shown))
    rows = -(-len(shown) // columns)
    height = 0.9 + rows * (0.75 + 0.26 * max(3, len(axes[along])))
    figure, panels = _canvas(table, of, statistic, height, nrows=rows, ncols=columns)
    for panel, at in itertools.zip_longest(panels.ravel(), shown):
        if at is None:
            panel.set_visible(False)
            continue
        fixed = dict(zip(others, at, strict=True))
        cells = [[{**fixed, across: x, along: y} for x in axes[across]] for y in axes[along]]
        grid = np.array([[values[tuple(cell[name] for name in axes)] for cell in row] for row in cells])
        drawn = panel.pcolormesh(grid, norm=norm, cmap=_MAP, edgecolors="white", linewidth=1)
        panel.set_xticks(np.arange(len(axes[across])) + 0.5, map(_cut, axes[across]), **_slant(axes[across], columns))
        panel.set_yticks(np.arange(len(axes[along])) + 0.5, map(_cut, axes[along]))
        panel.tick_params(length=0)
        panel.spines[:].set_visible(False)
        panel.set_xlabel(words(across), color=_MUTED)
        panel.set_ylabel(words(along), color=_MUTED)
        if others:
            named = ", ".join(f"{words(name)} {label}" for name, label in fixed.items())
            panel.set_title(_cut(named, 84 // columns), loc="left", size=8)
        if len(axes[across]) * columns <= _MOST_SAID:
            for (row, column), value in np.ndenumerate(grid):
                said, light = ("\u2013", True) if math.isnan(value) else (say(value), norm(value) < 0.55)
                colour = _INK if light else "white"
                panel.text(column + 0.5, row + 0.5, said, ha="center", va="center", size=7, color=colour)
    bar = figure.colorbar(drawn, ax=panels, shrink=0.9, aspect=30, pad=0.02, format=_say)
    bar.outline.set_visible(False)
    bar.minorticks_off()
    return figure


def _slant(labels: Sequence[str], columns: int) -> dict[str, Any]:
    """Turn labels that would meet each other."""
    long = max(len(_cut(label)) for label in labels) * len(labels) * columns > 70
    return {"rotation": 35, "ha": "right", "rotation_mode": "anchor"} if long else {}


def _points(table: Mapping[str, Any], of: str, statistic: str) -> "Figure":
    """One row for each cell, with its interval."""
    _, scale = _unit(table, of)
    cells = [cell for cell in table["cells"] if of in cell["quantities"]]
    if len(cells) > MOST_POINTS:
        raise ValueError(f"has {len(cells)} rows; {MOST_POINTS} are the most in one figure: sweep fewer values")
    figure, ((panel,),) = _canvas(table, of, statistic, 1.2 + 0.2 * len(cells))
    for place, cell in enumerate(cells):
        ends = [_value(cell, of, key, scale) for key in ("low", "high")]
        panel.plot(ends, [place, place], color=_MAIN, linewidth=1.4, solid_capstyle="butt")
        panel.plot([_value(cell, of, statistic, scale)], [place], marker="o", markersize=4, color=_MAIN)
    one = len(table["swept"]) == 1
    labels = [", ".join(label if one else f"{words(name)} {label}" for name, label in cell["at"].items() if label)
              for cell in cells]  # fmt: skip
    panel.set_yticks(range(len(cells)), [_cut(label, 48) for label in labels])
    panel.invert_yaxis()
    if one:
        panel.set_ylabel(words(table["swept"][0]["name"]), color=_MUTED)
    panel.grid(axis="x", color="#e6e6e6")
    panel.set_axisbelow(True)
    _amounts(panel.xaxis)
    return figure


def _scatters(table: Mapping[str, Any], of: str, statistic: str) -> "Figure":
    """One panel for each swept name: every cell by what the name is there."""
    names = [row["name"] for row in table["swept"]]
    if len(names) > MOST_PANELS:
        raise ValueError(f"makes {len(names)} panels; {MOST_PANELS} are the most in one figure: sweep fewer names")
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
        word, factor = shown_unit(row["unit"] or "")
        panel.scatter([number(value) * factor for value in row["values"]], values, s=7, color=_MAIN, alpha=0.6, linewidths=0)
        panel.set_xlabel(_cut(f"{words(row['name'])} {word}".rstrip(), 40), color=_MUTED)
        panel.grid(color="#e6e6e6")
        panel.set_axisbelow(True)
        panel.locator_params(axis="x", nbins=4)
        panel.xaxis.set_major_formatter(_say)
    _amounts(panels[0, 0].yaxis)
    return figure


def _amounts(axis: Any) -> None:
    axis.set_major_formatter(_say)
    axis.set_minor_formatter("")
