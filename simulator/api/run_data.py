"""What a result is read from: a simulation, saved draws or a saved summary. Each refuses what it cannot give, with a remedy."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn

import numpy as np
from numpy.typing import NDArray

from simulator.core.errors import UnsupportedError
from simulator.core.results import Note
from simulator.core.suggestions import InvalidValueError, suggest_nearest
from simulator.engine.result import SimulationResult
from simulator.engine.scenario import Scenario
from simulator.figures.data import TotalDraws
from simulator.io.run_summary import RunSummary
from simulator.scenario.overrides import OpenScenario

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]


class RunData:
    """Data of a run; a subclass defines what its source has."""

    title: str
    draws: int
    seed: int
    method: str
    interval: float
    names: tuple[str, ...]
    notes: tuple[Note, ...]
    state: str = ""
    """What a representation adds, such as `partial`."""
    origin: str
    """What messages call it."""
    is_file: bool = False
    """Whether it is read from a file."""
    is_under_way: bool = False
    """Whether it is of a run under way, whose draws cannot be paired with others."""
    opened: OpenScenario | None = None
    """The scenario with its files, if there is one."""

    def scenario(self) -> Scenario:
        """Return the scenario of the run."""
        self.refuse(
            "has no scenario",
            "read it by its name or path with `llmcost.read` (`OpenScenario.save` writes one that was made in Python)",
        )

    def simulation(self) -> SimulationResult:
        """Return the result of the engine."""
        self.refuse("is no simulation", "run the scenario again with the same seed, which gives the same draws")

    def summary(self, interval: float) -> RunSummary:
        """Return the summary with a central interval."""
        self.refuse("has no summary", "save the run as .json too, or run it again")

    def quantiles(self, name: str, probabilities: list[float]) -> list[float]:
        """Return quantiles of a quantity."""
        raise NotImplementedError

    def samples(self, name: str) -> Array:
        """Return the draws of a quantity."""
        self.refuse("has no draws", "save the run as .nc, or run it again with the same seed")

    def samples_of(self, names: Iterable[str]) -> dict[str, Array]:
        """Return the draws of several quantities."""
        return {name: self.samples(name) for name in names}

    def total_draws(self) -> TotalDraws:
        """Return the draws of the total, with what figures of it show beside them."""
        self.refuse("has no draws", "save the run as .nc, or run it again with the same seed")

    def has_own_point(self) -> bool:
        """Whether the scenario states the point estimate."""
        self.refuse("has no draws", "save the run as .nc, or run it again with the same seed")

    def tree(self, names: Iterable[str] | None) -> "xr.DataTree":
        """Return draws as a tree of data sets."""
        self.refuse("has no draws", "save the run as .nc, or run it again with the same seed")

    def complete_tree(self, interval: float) -> "xr.DataTree":
        """Return the draws of every quantity with the summary, as a file holds them."""
        from simulator.io.netcdf import with_summary

        return with_summary(self.tree(None), self.summary(interval), has_own_point=self.has_own_point())

    def refuse(self, reason: str, remedy: str) -> NoReturn:
        """Raise `UnsupportedError` with a remedy."""
        raise UnsupportedError(f"{self.origin} {reason}; {remedy}")

    def check_name(self, name: object) -> str:
        """Return the name of a quantity of the run."""
        if not isinstance(name, str) or name not in self.names:
            hint = suggest_nearest(name, self.names) if isinstance(name, str) else ""
            raise InvalidValueError(f"there is no quantity {name!r} in this run{hint or '; `names` lists them'}")
        return name

    def check_names(self, names: object) -> tuple[str, ...]:
        """Return names of quantities of the run, of which a text is one."""
        listed = (names,) if isinstance(names, str) or not isinstance(names, Iterable) else tuple(names)
        return tuple(self.check_name(name) for name in listed)
