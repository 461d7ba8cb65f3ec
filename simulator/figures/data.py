"""Building blocks of figure tables: requests, headers and histogram bins."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from simulator.analysis.latency import met_share
from simulator.analysis.statistics import Array, simulate_draws
from simulator.core.errors import LlmcostError
from simulator.core.formatting import IntervalBounds
from simulator.core.levels import Level
from simulator.core.results import Header
from simulator.engine.actuals import Actuals
from simulator.engine.options import DRAWS, Progress, RunOptions
from simulator.engine.result import SimulationResult
from simulator.figures.axes import LOG_SCALE_RATIO
from simulator.io.header import header_of
from simulator.scenario import TOTAL, OpenScenario, Scenario

BINS = 48

HISTOGRAM_COVERAGE = 0.99
"""Share of the draws that a histogram covers, so that a long tail does not compress the rest."""

Z_95 = 1.959964
"""Half width of a 95% interval in standard errors."""


class FigureUnavailableError(LlmcostError, ValueError):
    """A scenario lacks what a figure needs; the message suggests the next step.

    Examples
    --------
    >>> import llmcost
    >>> llmcost.figure("prior", "gpt-4")
    Traceback (most recent call last):
        ...
    llmcost.FigureUnavailableError: which prior? Name one as `of`, such as ...

    """

    __module__ = "llmcost"  # where users import it from, which tracebacks show


@dataclass(frozen=True)
class FigureRequest:
    """The request for a figure: scenarios and options.

    `opened` is the first scenario with its files, for kinds that apply levers or shocks to it; `reference` is its name, or the
    file of a backtest.
    """

    scenarios: Sequence[Scenario] = ()
    opened: OpenScenario | None = None
    names: Sequence[str] = ()
    reference: str = ""
    draws: int | None = None
    seed: int = 0
    interval: float = 0.95
    threads: int | None = None
    progress: Progress = None
    subject: str | None = None
    cost: float | None = None
    date: float | None = None
    condition: str | None = None
    evidence: Path | None = None
    actuals: Actuals | None = None
    threshold: float = 1e9
    end_year: float = 2030.0

    @property
    def scenario(self) -> Scenario:
        """The first scenario."""
        return self.scenarios[0]

    def files(self) -> OpenScenario:
        """Return the first scenario with its files."""
        if self.opened is None:
            raise FigureUnavailableError("a figure that applies levers or shocks needs the scenario with its files (`opened`)")
        return self.opened

    def draw_count(self, default: int = DRAWS) -> int:
        """Return the number of draws of the request, or else the default."""
        return self.draws or default

    def with_progress(self, progress: Progress) -> "FigureRequest":
        """Return a copy with a function that reports progress."""
        return replace(self, progress=progress)

    def progress_in_draws(self, draws: int) -> Progress:
        """Return a function that reports progress in draws, for a module that reports it in steps of `draws` draws."""
        report = self.progress
        return None if report is None else lambda done, total: report(done * draws, total * draws)

    def options(self, default_draws: int = DRAWS) -> RunOptions:
        """Return the options of a simulation, with a number of draws where the request has none."""
        return RunOptions(self.draw_count(default_draws), self.seed, self.interval, self.threads, self.progress)


@dataclass(frozen=True, slots=True)
class TotalDraws:
    """Draws of a total and what figures of it show beside them, from a run or a file.

    Attributes
    ----------
    header : Header
    draws : array
        USD.
    point : float
        Point estimate, USD.
    has_own_point : bool
        Whether the scenario states it.
    budget : float or None
        USD.
    scenario : Scenario or None
        None where the draws are from a file.
    latency_met : float or None
        Share of the draws in which a fleet meets its targets of latency; None where there are none.

    """

    header: Header
    draws: Array
    point: float
    has_own_point: bool
    budget: float | None
    scenario: Scenario | None = None
    latency_met: float | None = None


def total_draws(result: SimulationResult, interval: Level) -> TotalDraws:
    """Return the draws of the total of a result that retains them."""
    scenario = result.scenario
    header = header_of_result(result, interval)
    has_own_point = scenario.point is not None
    draws = result.retained_draws[TOTAL]
    return TotalDraws(header, draws, result.point, has_own_point, scenario.budget, scenario, met_share(result))


def header_of_result(result: SimulationResult, interval: Level) -> Header:
    """Return the header of the table of a result."""
    return header_of(result.scenario, RunOptions(result.draws, result.seed, interval))


def simulate_quantities(
    request: FigureRequest, keep: Sequence[str], scenario: Scenario | None = None, default: int = DRAWS
) -> SimulationResult:
    """Simulate a scenario and retain the draws of the given quantities."""
    return simulate_draws(scenario or request.scenario, request.options(default), keep)


def histogram_edges(draws: Sequence[Array], marks: Sequence[float] = (), bins: int = BINS) -> Array:
    """Return the bin edges of a histogram that covers the bulk of all draws, and the marks."""
    low = min(float(np.quantile(values, (1 - HISTOGRAM_COVERAGE) / 2)) for values in draws)
    high = max(float(np.quantile(values, HISTOGRAM_COVERAGE)) for values in draws)
    return bin_edges(min([low, *marks]), max([high, *marks]), bins)


def bin_edges(low: float, high: float, bins: int) -> Array:
    """Return bin edges between two amounts, of equal width or of equal ratio if the amounts are far apart."""
    if low == high:
        room = 0.05 * abs(low) or 1.0
        return np.linspace(low - room, high + room, 4)
    if low > 0 and high / low > LOG_SCALE_RATIO:
        return np.geomspace(low, high, bins + 1)
    return np.linspace(low, high, bins + 1)


def bin_shares(values: Array, edges: Array) -> list[float]:
    """Return the share of all draws in each bin; the last bin includes its upper edge."""
    bin_values: list[float] = (np.histogram(values, edges)[0] / len(values)).tolist()
    return bin_values


def bin_in_interval(edges: tuple[float, float], bounds: IntervalBounds) -> bool:
    """Whether a histogram bin lies within an interval, or contains it."""
    low, high = edges
    return bounds.low <= (low + high) / 2 <= bounds.high or low <= bounds.low <= bounds.high <= high
