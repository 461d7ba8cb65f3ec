"""Building blocks of figure tables: requests, headers and histogram bins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from simulator.analysis.statistics import DRAWS, Array, Progress, simulate_draws
from simulator.core.errors import LlmcostError
from simulator.core.levels import Level, in_percent
from simulator.engine.result import Result
from simulator.figures.axes import LOG_SCALE_RATIO
from simulator.figures.registry import FigureTable
from simulator.scenario import Scenario

BINS = 48

HISTOGRAM_COVERAGE = 0.99
"""Share of the draws that a histogram covers, so that a long tail does not compress the rest."""

Z_95 = 1.959964
"""Half width of a 95% interval in standard errors."""


class FigureUnavailableError(LlmcostError, ValueError):
    """A scenario lacks what a figure needs; the message suggests the next step."""


@dataclass(frozen=True)
class FigureRequest:
    """The request for a figure: scenarios and options.

    `reference` and `read_options` are how the first scenario was read, for kinds that read it again with a lever or a shock.
    """

    scenarios: Sequence[Scenario] = ()
    names: Sequence[str] = ()
    reference: str = ""
    read_options: Mapping[str, Any] = field(default_factory=dict)
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
    threshold: float = 1e9
    end_year: float = 2030.0

    @property
    def scenario(self) -> Scenario:
        """The first scenario."""
        return self.scenarios[0]

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

    def analysis_options(self) -> dict[str, Any]:
        """Return the options that all analyses share."""
        return {"interval": self.interval, "threads": self.threads, "progress": self.progress}


def header(scenario: Scenario, draws: int, seed: int, interval: Level) -> dict[str, Any]:
    """Return the header of every table."""
    return {"schema": 2, "scenario": scenario.name, "title": scenario.title, "scope": scenario.scope, "money": scenario.money,
            "draws": draws, "seed": seed, "interval": in_percent(interval)}  # fmt: skip


def result_header(result: Result, interval: Level) -> dict[str, Any]:
    """Return the header of the table of a result."""
    return header(result.scenario, result.draws, result.seed, interval)


def simulate_quantities(
    request: FigureRequest, keep: Sequence[str], scenario: Scenario | None = None, default: int = DRAWS
) -> Result:
    """Simulate a scenario and retain the draws of the given quantities."""
    return simulate_draws(
        scenario or request.scenario,
        request.draw_count(default),
        request.seed,
        keep,
        threads=request.threads,
        progress=request.progress,
    )


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


def bin_in_interval(edges: tuple[float, float], bounds: FigureTable) -> bool:
    """Whether a histogram bin lies within an interval, or contains it."""
    low, high = edges
    return bounds["low"] <= (low + high) / 2 <= bounds["high"] or low <= bounds["low"] <= bounds["high"] <= high
