"""Options of a simulation that travel together."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from simulator.core.levels import Level, interval_of

DRAWS = 100_000

Progress = Callable[[int, int], None] | None
"""Called with the number of draws done and their total."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How an analysis simulates.

    Attributes
    ----------
    draws : int
        Number of draws.
    seed : int
        Seed of the random draws; equal names have equal draws under equal seeds (common random numbers).
    interval : float
        Level of central intervals, 0 to 1; `95`, `"95%"` and `0.95` are the same.
    threads : int or None
        Number of threads, by default one per core; the result does not depend on it.
    progress : callable or None
        Called with the number of draws done and their total.

    """

    draws: int = DRAWS
    seed: int = 0
    interval: Level = 0.95
    threads: int | None = None
    progress: Progress = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "interval", interval_of(self.interval))

    def with_(self, **changes: Any) -> "RunOptions":
        """Return these options with some changed."""
        return replace(self, **changes)


DEFAULTS = RunOptions()
"""100,000 draws, seed 0, 95 % intervals."""
