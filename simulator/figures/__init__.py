"""Figures for reports: small tables of numbers that somebody else computed, drawn in one style.

A **kind** (`KINDS`) has three functions, all in one file of `kinds/`: one builds a table from a request, one draws the table,
and one describes it in words. Drawing computes nothing that a reader could quote. A **table** is plain data as JSON holds it:
the header `scenario, title, scope, money, draws, seed, interval` that every JSON of this tool has, from which caption and notes
are made, and what the kind shows. Where another module has the numbers already, its own plain data is the table:

| kind | table |
|---|---|
| s-curve | `budget.plan_budget` |
| breakdown | `results.as_json` |
| tornado, variance | `sensitivity.as_json` |
| levers | `levers.summary` |
| stress | the header and `shocks`: `stress.stress`, as `llmcost stress --format json` has it |
| reverse | the header and `reverse`: `stress.reverse` |
| backtest | `llmcost backtest --format json` |

`build_table(kind, data.Asked(scenarios, ...))` builds a table from scenarios that are read already; the functions `*_of` of the
kinds build one from draws that are there, so that a report draws a scenario once. Neither imports matplotlib.

    table = figures.build_table("s-curve", Asked([scenario]))
    figure = figures.draw("s-curve", table, date="2026-11-21")
    figures.save(figure, Path("s-curve.svg"))
    html = figures.svg(figure, "s-curve", title="...", about=figures.alt_text("s-curve", table))

A date is shown only where the caller gives one: there is no clock in here, so the same table gives the same bytes.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.figures.registry import KINDS, Kind, Table, parts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulator.figures.data import Asked

__all__ = ["KINDS", "SUFFIXES", "Kind", "Table", "alt_text", "build_table", "draw", "save", "svg"]

SUFFIXES = (".png", ".svg", ".pdf")


def build_table(kind: str, request: "Asked") -> dict[str, Any]:
    """Build the table of one of `KINDS`."""
    return parts(kind).build(request)


def draw(kind: str, table: Table, date: str = "") -> "Figure":
    """Draw a table as one of `KINDS`; `date` is shown in the note, where it is given."""
    from simulator.figures.style import settled, styled

    with styled():
        return settled(parts(kind).draw(table, date))


def alt_text(kind: str, table: Table) -> str:
    """Say in a sentence or two what a figure shows, with its main numbers, for who cannot see it."""
    return parts(kind).describe(table)


def svg(figure: "Figure", name: str, title: str = "", about: str = "") -> str:
    """Return a figure as an `<svg>` element to stand in HTML.

    `name` begins every id in it, so that several figures in one page do not clash. `title` and `about` become its accessible
    name and description.
    """
    from simulator.figures.output import inline

    return inline(figure, name, title, about)


def save(figure: "Figure", path: Path) -> None:
    """Write a figure by the suffix of its path (.png, .svg, .pdf), whole or not at all, the same bytes each time."""
    from simulator.figures.output import write

    write(figure, path)
