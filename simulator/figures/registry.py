"""The kinds of figures: what each shows, how many scenarios it takes, and the module with its functions.

A module of `kinds/` has `FUNCTIONS`: for each of its kinds the function that builds the table, the one that draws it and the
one that describes it. The module is imported when a kind is used, so that listing the kinds is cheap.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulator.figures.data import FigureRequest

FigureTable = Mapping[str, Any]
"""The data of a figure, as plain data that JSON can hold."""


class KindFunctions(NamedTuple):
    """The functions of one kind: request to table, table and date to figure, table to alternative text."""

    build: "Callable[[FigureRequest], dict[str, Any]]"
    draw: "Callable[[FigureTable, str], Figure]"
    describe: Callable[[FigureTable], str]


class Kind(NamedTuple):
    """What a figure shows, how many scenarios it takes, and its module in `kinds/`."""

    about: str
    min_scenarios: int
    max_scenarios: int
    module: str


KINDS = {
    "histogram": Kind("The total: its distribution, interval and budget.", 1, 1, "distribution"),
    "s-curve": Kind("The probability of staying within each amount: P50, P80, budget, point estimate.", 1, 1, "distribution"),
    "breakdown": Kind("The lines of the total: mean shares, and each line with its interval.", 1, 1, "breakdown"),
    "cashflow": Kind("Cumulative spending by month, as a fan chart.", 1, 1, "cashflow"),
    "joint": Kind("Cost and date together: quadrants and the frontier of equal confidence.", 1, 1, "joint"),
    "tornado": Kind("The total between the P10 and the P90 of each input.", 1, 1, "drivers"),
    "variance": Kind("The share of the variance of the total that each input explains.", 1, 1, "drivers"),
    "correlation": Kind("Rank correlation of the total and its main inputs.", 1, 1, "drivers"),
    "levers": Kind("The saving of each lever by itself.", 1, 1, "levers_and_stress"),
    "stress": Kind("The effect of each shock by itself.", 1, 1, "levers_and_stress"),
    "reverse": Kind("The inputs in draws in which the total exceeds the budget.", 1, 1, "reverse"),
    "overlay": Kind("The distributions of the totals of several scenarios.", 2, 5, "comparison"),
    "difference": Kind("Each scenario less the first, draw by draw.", 2, 5, "comparison"),
    "convergence": Kind("The quantiles of the total with their error, by number of draws.", 1, 1, "convergence"),
    "prior": Kind("One prior (--of NAME) with its interval and sources.", 1, 1, "prior"),
    "trend": Kind("The cost of frontier models, with confidence and prediction bands.", 0, 0, "trend"),
    "backtest": Kind("Coverage and calibration, from the JSON of `llmcost backtest`.", 1, 1, "backtest"),
    "epoch-growth": Kind("Epoch AI's first figure: cost over time by type of cost, ours.", 0, 0, "epoch"),
    "epoch-components": Kind("Epoch AI's second figure: shares of development cost, ours.", 0, 3, "epoch"),
    "epoch-acquisition": Kind("Epoch AI's third figure: cost to acquire the hardware, ours.", 0, 0, "epoch"),
}


def kind_functions(kind: str) -> KindFunctions:
    """Return the functions of one of `KINDS`."""
    functions: dict[str, KindFunctions] = import_module(f"simulator.figures.kinds.{KINDS[kind].module}").FUNCTIONS
    return functions[kind]
