"""Whole draws that stress tests look at: how many can be held, those of a saved run, and which of them are needed."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulator.analysis.statistics import MOST_DRAWS, Array, UnsupportedError
from simulator.scenario import Scenario

if TYPE_CHECKING:
    import xarray as xr

Mask = NDArray[np.bool_]

_MOST_HELD = 50_000_000  # numbers held at once: 400 MB


def fitting_draws(draws: int, arrays: int) -> int:
    """Return as many draws as are asked for, or as many as can be held."""
    return min(draws, MOST_DRAWS, max(1000, _MOST_HELD // max(1, arrays)))


def check_kept(kept: Mapping[str, Array], names: Iterable[str]) -> None:
    """Refuse kept draws that lack a name."""
    lacking = [name for name in names if name not in kept]
    if lacking:
        raise UnsupportedError(f"there are no draws of {', '.join(lacking)}")


def kept_of(tree: "xr.DataTree", scenario: Scenario) -> dict[str, Array]:
    """Return the whole draws of a saved run (`results.open_tree`), by name; `UnsupportedError` where it is of another
    scenario.
    """
    groups = [tree[name].dataset for name in ("prior", "prior_predictive")]
    if groups[0].attrs.get("config_sha256") != scenario.fingerprint:
        raise UnsupportedError(f"the saved draws are not of {scenario.name} as it is read now; run it again with -o")
    saved = {str(name): draws for group in groups for name, draws in group.data_vars.items()}
    names = {name.replace("/", ":"): name for name in scenario.plan.names}
    return {names[name]: np.asarray(draws.values, dtype=np.float64).ravel() for name, draws in saved.items() if name in names}
