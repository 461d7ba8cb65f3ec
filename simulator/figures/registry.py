"""The kinds of figures: what each shows, how many scenarios it takes, and the module with its parts.

A module of `kinds/` has `PARTS`: for each of its kinds the function that builds the table, the one that draws it and the one
that describes it. The module is imported when a kind is used, so that a list of kinds costs nothing.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulator.figures.data import Asked

Table = Mapping[str, Any]
"""Plain data, as JSON holds it."""


class Parts(NamedTuple):
    """The functions of one kind: request to table, table and date to drawing, table to alternative text."""

    build: "Callable[[Asked], dict[str, Any]]"
    draw: "Callable[[Table, str], Figure]"
    describe: Callable[[Table], str]


class Kind(NamedTuple):
    """What a figure shows, how many scenarios it takes, and its module in `kinds/`."""

    about: str
    least: int
    most: int
    module: str


KINDS = {
    "histogram": Kind("The total: its distribution, interval and budget.", 1, 1, "distribution"),
    "s-curve": Kind("The probability of staying within each amount: P50, P80, budget, point estimate.", 1, 1, "distribution"),
    "breakdown": Kind("The lines of the total: mean shares, and each line with its interval.", 1, 1, "breakdown"),
    "cashflow": Kind("Money spent so far, month by month, as a fan.", 1, 1, "cashflow"),
    "joint": Kind("Cost and date together: quadrants and the frontier of equal confidence.", 1, 1, "joint"),
    "tornado": Kind("The total between the P10 and the P90 of each input.", 1, 1, "drivers"),
    "variance": Kind("The share of the total's variance that each input carries.", 1, 1, "drivers"),
    "correlation": Kind("Rank correlation of the total and its main inputs.", 1, 1, "drivers"),
    "levers": Kind("What each lever saves by itself.", 1, 1, "levers_and_stress"),
    "stress": Kind("What each shock adds by itself.", 1, 1, "levers_and_stress"),
    "reverse": Kind("What the draws look like in which the total passes the budget.", 1, 1, "reverse"),
    "overlay": Kind("The totals of scenarios over each other.", 2, 5, "comparison"),
    "difference": Kind("Each scenario less the first, draw by draw.", 2, 5, "comparison"),
    "convergence": Kind("The total's quantiles with their error as draws grow in number.", 1, 1, "convergence"),
    "prior": Kind("One prior (--of NAME) with its interval and sources.", 1, 1, "prior"),
    "trend": Kind("The cost of frontier models, with bands of mean and prediction.", 0, 0, "trend"),
    "backtest": Kind("Coverage and calibration, from the JSON of `llmcost backtest`.", 1, 1, "backtest"),
    "epoch-growth": Kind("Epoch AI's first figure: cost over time by type of cost, ours.", 0, 0, "epoch"),
    "epoch-components": Kind("Epoch AI's second figure: shares of development cost, ours.", 0, 3, "epoch"),
    "epoch-acquisition": Kind("Epoch AI's third figure: cost to acquire the hardware, ours.", 0, 0, "epoch"),
}


def parts(kind: str) -> Parts:
    """Return the functions of one of `KINDS`."""
    module_parts: dict[str, Parts] = import_module(f"simulator.figures.kinds.{KINDS[kind].module}").PARTS
    return module_parts[kind]
