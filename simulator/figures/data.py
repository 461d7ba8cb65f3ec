"""What the data of figures is built from: the request, the header of every table, and steps of histograms."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from simulator.analysis.statistics import DRAWS, Array, draw
from simulator.core.levels import Level, in_percent
from simulator.engine.result import Result
from simulator.figures.axes import WIDE
from simulator.figures.registry import Table
from simulator.scenario import Scenario

BINS = 48

SHARE_SHOWN = 0.99
"""Of the draws: a histogram ends there, so that a long tail does not press the rest to the edge."""

HALF_WIDTH = 1.959964
"""Of a 95% interval, in standard errors."""

Progress = Callable[[int, int], None] | None


class NotDrawn(ValueError):
    """What a figure needs and a scenario does not have, with the next step."""


@dataclass(frozen=True)
class Asked:
    """The request for a figure: scenarios that are read, and options.

    `reference` and `reading` are how the first was read, for kinds that read it again with a lever or a shock more.
    """

    scenarios: Sequence[Scenario] = ()
    names: Sequence[str] = ()
    reference: str = ""
    reading: Mapping[str, Any] = field(default_factory=dict)
    draws: int | None = None
    seed: int = 0
    interval: float = 0.95
    threads: int | None = None
    progress: Progress = None
    of: str | None = None
    cost: float | None = None
    date: float | None = None
    condition: str | None = None
    evidence: Path | None = None
    threshold: float = 1e9
    until: float = 2030.0

    @property
    def one(self) -> Scenario:
        """The scenario, where there is one."""
        return self.scenarios[0]

    def many(self, usual: int = DRAWS) -> int:
        """Return the number of draws: that of the request, or what is usual."""
        return self.draws or usual

    def watched(self, progress: Progress) -> "Asked":
        """Return the same with a function that reports progress."""
        return replace(self, progress=progress)

    def steps(self, draws: int) -> Progress:
        """Return a function that reports progress in draws, for a module that reports it in steps of so many."""
        report = self.progress
        return None if report is None else lambda done, of: report(done * draws, of * draws)

    def options(self) -> dict[str, Any]:
        """Options that the modules below share."""
        return {"interval": self.interval, "threads": self.threads, "progress": self.progress}


def header(scenario: Scenario, draws: int, seed: int, interval: Level) -> dict[str, Any]:
    """Return what every table begins with."""
    return {"schema": 1, "scenario": scenario.name, "title": scenario.title, "scope": scenario.scope, "money": scenario.money,
            "draws": draws, "seed": seed, "interval": in_percent(interval)}  # fmt: skip


def result_header(result: Result, interval: Level) -> dict[str, Any]:
    """Return what every table of a result begins with."""
    return header(result.scenario, result.draws, result.seed, interval)


def kept_draws(request: Asked, keep: Sequence[str], scenario: Scenario | None = None, usual: int = DRAWS) -> Result:
    """Simulate a scenario, keeping the draws of some quantities."""
    return draw(
        scenario or request.one, request.many(usual), request.seed, keep, threads=request.threads, progress=request.progress
    )


def steps(draws: Sequence[Array], marks: Sequence[float] = (), bins: int = BINS) -> Array:
    """Return the edges of a histogram that holds the bulk of all draws, and the marks."""
    low = min(float(np.quantile(values, (1 - SHARE_SHOWN) / 2)) for values in draws)
    high = max(float(np.quantile(values, SHARE_SHOWN)) for values in draws)
    return even(min([low, *marks]), max([high, *marks]), bins)


def even(low: float, high: float, bins: int) -> Array:
    """Return the edges of steps between two amounts, even in ratios where these are far apart."""
    if low == high:
        room = 0.05 * abs(low) or 1.0
        return np.linspace(low - room, high + room, 4)
    if low > 0 and high / low > WIDE:
        return np.geomspace(low, high, bins + 1)
    return np.linspace(low, high, bins + 1)


def shares(values: Array, edges: Array) -> list[float]:
    """Return the share of all draws between each pair of edges; the last step holds its upper edge."""
    parts: list[float] = (np.histogram(values, edges)[0] / len(values)).tolist()
    return parts


def within(step: tuple[float, float], figures: Table) -> bool:
    """Whether a step of a histogram lies within an interval, or holds it."""
    low, high = step
    return figures["low"] <= (low + high) / 2 <= figures["high"] or low <= figures["low"] <= figures["high"] <= high
