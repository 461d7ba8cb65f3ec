"""Retained draws for stress tests: how many fit in memory, those of a saved run, and checks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simulator.analysis.statistics import MAX_DRAWS, Array
from simulator.core.errors import UnsupportedError
from simulator.engine.options import RunOptions
from simulator.scenario import Scenario

Mask = NDArray[np.bool_]

_MAX_NUMBERS = 50_000_000  # numbers in memory: 400 MB


def fitting_draws(draws: int, arrays: int) -> int:
    """Return the requested number of draws, or as many as fit in memory."""
    return min(draws, MAX_DRAWS, max(1000, _MAX_NUMBERS // max(1, arrays)))


def check_draws(retained_draws: Mapping[str, Array], names: Iterable[str]) -> None:
    """Raise `UnsupportedError` where there are no draws of a name."""
    missing = [name for name in names if name not in retained_draws]
    if missing:
        raise UnsupportedError(f"there are no draws of {', '.join(missing)}")


@dataclass(frozen=True, slots=True)
class EarlierDraws:
    """Draws of an earlier run of a scenario.

    Attributes
    ----------
    by_quantity : dict of str to array
        Draws by name, in canonical units, all of one length.
    seed : int or None
        Seed of the run, if it is known.

    """

    by_quantity: Mapping[str, Array]
    seed: int | None = None

    def options(self, options: RunOptions) -> RunOptions:
        """Return options with number of draws and seed of the earlier run."""
        count = len(next(iter(self.by_quantity.values())))
        return options.with_(draws=count, seed=options.seed if self.seed is None else self.seed)


def read_saved_draws(path: Path, scenario: Scenario) -> EarlierDraws:
    """Return the draws of a run that was saved as netCDF; raise `UnsupportedError` where it is of another scenario."""
    from simulator.io.netcdf import open_tree

    tree = open_tree(path)
    groups = [tree[name].dataset for name in ("prior", "prior_predictive")]
    if groups[0].attrs.get("config_sha256") != scenario.fingerprint:
        raise UnsupportedError(f"the saved draws are not of {scenario.name} in its present form; run it again with -o")
    by_name = {str(name): draws for group in groups for name, draws in group.data_vars.items()}
    names = {name.replace("/", ":"): name for name in scenario.plan.names}
    by_quantity = {
        names[name]: np.asarray(draws.values, dtype=np.float64).ravel() for name, draws in by_name.items() if name in names
    }
    seed = tree.attrs.get("seed")
    return EarlierDraws(by_quantity, None if seed is None else int(seed))
