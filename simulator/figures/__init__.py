"""Figures for reports: small tables of numbers that somebody else computed, drawn in one style.

A **kind** (`KINDS`) is one drawing function `kind(table, date="") -> matplotlib.figure.Figure`; it computes nothing that a
reader could quote. A **table** is plain data as JSON holds it: the header `scenario, title, scope, money, draws, seed,
interval` that every JSON of this tool has, from which caption and notes are made, and what the kind shows. Where a module
tells the numbers already, its own plain data is the table:

| kind | table |
|---|---|
| s-curve | `budget.plan_budget` |
| breakdown | `results.as_json` |
| tornado, variance | `sensitivity.as_json` |
| levers | `levers.summary` |
| stress | the header and `shocks`: `stress.stress`, as `llmcost stress --format json` has it |
| reverse | the header and `reverse`: `stress.reverse` |
| backtest | `llmcost backtest --format json` |

A **gatherer** makes the other tables (and draws for these too): `gather.GATHERERS[kind](gather.Asked(scenarios, ...))` from
scenarios that are read already; the functions `gather.*_of` make a table of draws that are there, so that a report draws a
scenario once.

    figure = figures.draw("s-curve", plan_budget(scenario), date="2026-11-21")
    figures.save(figure, Path("s-curve.svg"))
    html = figures.svg(figure, "s-curve", title="...", about=figures.alt_text("s-curve", table))

A date is shown only where the caller gives one: there is no clock in here, so the same table gives the same bytes.
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Table = Mapping[str, Any]
"""Plain data, as JSON holds it."""

SUFFIXES = (".png", ".svg", ".pdf")


class Kind(NamedTuple):
    """What a figure shows, how many scenarios it takes, and the module that draws it."""

    about: str
    least: int
    most: int
    module: str


KINDS = {
    "histogram": Kind("The total: its distribution, interval and budget.", 1, 1, "cost"),
    "s-curve": Kind("The chance to stay within each amount: P50, P80, budget, point estimate.", 1, 1, "cost"),
    "breakdown": Kind("The lines of the total: mean shares, and each line with its interval.", 1, 1, "cost"),
    "cashflow": Kind("Money spent so far, month by month, as a fan.", 1, 1, "cost"),
    "joint": Kind("Cost and date together: quadrants and the frontier of equal confidence.", 1, 1, "cost"),
    "tornado": Kind("The total between the P10 and the P90 of each input.", 1, 1, "drivers"),
    "variance": Kind("The share of the total's variance that each input carries.", 1, 1, "drivers"),
    "correlation": Kind("Rank correlation of the total and its main inputs.", 1, 1, "drivers"),
    "levers": Kind("What each lever saves by itself.", 1, 1, "drivers"),
    "stress": Kind("What each shock adds by itself.", 1, 1, "drivers"),
    "reverse": Kind("What the worlds look like in which the total passes the budget.", 1, 1, "drivers"),
    "overlay": Kind("The totals of scenarios over each other.", 2, 5, "comparison"),
    "difference": Kind("Each scenario less the first, draw by draw.", 2, 5, "comparison"),
    "convergence": Kind("The total's quantiles with their error as draws grow in number.", 1, 1, "evidence"),
    "prior": Kind("One prior (--of NAME) with its interval and sources.", 1, 1, "evidence"),
    "trend": Kind("The cost of frontier models, with bands of mean and prediction.", 0, 0, "evidence"),
    "backtest": Kind("Coverage and calibration, from the JSON of `llmcost backtest`.", 1, 1, "evidence"),
    "epoch-growth": Kind("Epoch AI's first figure: cost over time by type of cost, ours.", 0, 0, "epoch"),
    "epoch-components": Kind("Epoch AI's second figure: shares of development cost, ours.", 0, 3, "epoch"),
    "epoch-acquisition": Kind("Epoch AI's third figure: cost to acquire the hardware, ours.", 0, 0, "epoch"),
}


def draw(kind: str, table: Table, date: str = "") -> "Figure":
    """Draw a table as one of `KINDS`; `date` is shown in the note, where it is given."""
    from simulator.figures.style import settled, styled

    module = import_module(f"simulator.figures.kinds.{KINDS[kind].module}")
    with styled():
        return settled(getattr(module, kind.replace("-", "_"))(table, date))


def alt_text(kind: str, table: Table) -> str:
    """Say in a sentence or two what a figure shows, with its main numbers, for who cannot see it."""
    from simulator.figures.alt_text import SAID

    return SAID[kind](table)


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
