"""The kinds of figures: what each shows, and how many scenarios it takes.

Each kind has a module in `kinds/`, named after it, whose `FUNCTIONS` build its table, draw it, describe it and state its
finding. The module is imported when the kind is used, so that listing the kinds is cheap.
"""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeVar

from simulator.core.results import AnalysisResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulator.figures.data import FigureRequest

Table = TypeVar("Table", bound=AnalysisResult)
"""The data of a figure."""


class KindFunctions(NamedTuple, Generic[Table]):
    """The functions of one kind: request to table, table and date to figure, table to alternative text and to its finding."""

    build: "Callable[[FigureRequest], Table]"
    draw: "Callable[[Table, str], Figure]"
    describe: Callable[[Table], str]
    state: Callable[[Table], str]


class Kind(NamedTuple):
    """What a figure shows, and how many scenarios it takes."""

    about: str
    min_scenarios: int
    max_scenarios: int


FigureKind = Literal[
    "histogram", "s-curve", "breakdown", "contingency", "bridge", "risks", "cashflow", "burn-up", "joint", "tornado", "spider",
    "variance", "shapley", "correlation", "levers", "stress", "reverse", "overlay", "cdf", "intervals", "difference",
    "rent-or-buy", "convergence", "prior", "posterior", "trend", "backtest", "epoch-growth", "epoch-components",
    "epoch-acquisition",
]  # fmt: skip
"""Names of the kinds, for type checkers."""

KINDS: dict[str, Kind] = {
    "histogram": Kind("The total: its distribution, interval and budget.", 1, 1),
    "s-curve": Kind("The probability of staying within each amount: P50, P80, budget, point estimate.", 1, 1),
    "breakdown": Kind("The lines of the total: mean shares, and each line with its interval.", 1, 1),
    "contingency": Kind("The contingency of each line up to the P80.", 1, 1),
    "bridge": Kind("The steps from the point estimate to the P80, or from one scenario to another.", 1, 2),
    "risks": Kind("The risk register: probability, impact and contribution of each risk.", 1, 1),
    "cashflow": Kind("Payments by month and line, and their sum with the budget.", 1, 1),
    "burn-up": Kind("What was spent, beside the plan, the forecast at completion and the budget.", 1, 1),
    "joint": Kind("Cost and date together: quadrants and the frontier of equal confidence.", 1, 1),
    "tornado": Kind("The total between the P10 and the P90 of each input.", 1, 1),
    "spider": Kind("The total along the quantiles of each input.", 1, 1),
    "variance": Kind("The share of the variance of the total that each input explains.", 1, 1),
    "shapley": Kind("The share of the variance due to each input, correlated inputs included.", 1, 1),
    "correlation": Kind("Rank correlation of the total and its main inputs.", 1, 1),
    "levers": Kind("The saving of each lever by itself.", 1, 1),
    "stress": Kind("The effect of each shock by itself.", 1, 1),
    "reverse": Kind("The inputs in draws in which the total exceeds the budget.", 1, 1),
    "overlay": Kind("The distributions of the totals of several scenarios.", 2, 5),
    "cdf": Kind("The probability of staying within each amount, for several scenarios.", 2, 5),
    "intervals": Kind("Median, P80 and interval of many scenarios.", 2, 40),
    "difference": Kind("Each scenario less the first, draw by draw.", 2, 5),
    "rent-or-buy": Kind("The cost of an hour used, rented and owned, by the time for which chips are kept.", 1, 1),
    "convergence": Kind("The quantiles of the total with their error, by number of draws.", 1, 1),
    "prior": Kind("One prior (`of`) with its interval and sources.", 1, 1),
    "posterior": Kind("The effects of a calibrated model (`of`): priors against posteriors.", 0, 0),
    "trend": Kind("The cost of frontier models, with confidence and prediction bands.", 0, 0),
    "backtest": Kind("Coverage and calibration, from the JSON of `llmcost backtest`.", 1, 1),
    "epoch-growth": Kind("Epoch AI's first figure: cost over time by type of cost, ours.", 0, 0),
    "epoch-components": Kind("Epoch AI's second figure: shares of development cost, ours.", 0, 3),
    "epoch-acquisition": Kind("Epoch AI's third figure: cost to acquire the hardware, ours.", 0, 0),
}

OPTION_KINDS = {
    "of": ("joint", "prior", "posterior", "trend"),
    "cost": ("joint",),
    "latest": ("joint",),
    "when": ("reverse",),
    "evidence": ("posterior", "trend", "epoch-growth", "epoch-acquisition"),
    "actuals": ("burn-up",),
}
"""Options of certain kinds only. With other kinds they are refused."""


def expected_scenarios(kind: str) -> str:
    """Describe what a kind takes."""
    if kind == "backtest":
        return "a file of `llmcost backtest --format json`"
    least, most = KINDS[kind].min_scenarios, KINDS[kind].max_scenarios
    return "no scenario" if most == 0 else "one scenario" if most == 1 else f"{least} to {most} scenarios"


def kind_functions(kind: str) -> KindFunctions[Any]:
    """Return the functions of one of `KINDS`."""
    functions: KindFunctions[Any] = import_module(f"simulator.figures.kinds.{module_name(kind)}").FUNCTIONS
    return functions


def module_name(kind: str) -> str:
    """Return the name of the module of a kind: `s_curve` of `s-curve`."""
    return kind.replace("-", "_")
