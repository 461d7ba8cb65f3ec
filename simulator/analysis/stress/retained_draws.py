"""Retained draws for stress tests: how many fit in memory, those of a saved run, and checks."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulator.analysis.statistics import MAX_DRAWS, Array, UnsupportedError
from simulator.scenario import Scenario

if TYPE_CHECKING:
    import xarray as xr

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


def saved_draws(tree: "xr.DataTree", scenario: Scenario) -> dict[str, Array]:
    """Return the draws of a saved run (`netcdf.open_tree`), by name.

    Raises `UnsupportedError` where it is of another scenario.
    """
    groups = [tree[name].dataset for name in ("prior", "prior_predictive")]
    if groups[0].attrs.get("config_sha256") != scenario.fingerprint:
        raise UnsupportedError(f"the saved draws are not of {scenario.name} in its present form; run it again with -o")
    by_name = {str(name): draws for group in groups for name, draws in group.data_vars.items()}
    names = {name.replace("/", ":"): name for name in scenario.plan.names}
    return {names[name]: np.asarray(draws.values, dtype=np.float64).ravel() for name, draws in by_name.items() if name in names}
