"""Reading and writing of draws as netCDF, in xarray groups of the ArviZ schema."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.core import resources as machine
from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.formatting import to_words
from simulator.core.plain_reader import from_plain
from simulator.core.results import SCHEMA, Header
from simulator.core.suggestions import InvalidValueError
from simulator.core.version import tool_version
from simulator.engine.result import SimulationResult
from simulator.io.run_summary import RunSummary

if TYPE_CHECKING:
    import xarray as xr


SUMMARY, HAS_OWN_POINT = "summary", "has_own_point"
"""Attributes of a saved run: the JSON of its summary, and whether the scenario states the point estimate (0 or 1)."""


def to_tree(result: SimulationResult) -> "xr.DataTree":
    """Return retained draws as the groups `prior` (inputs) and `prior_predictive` (computed quantities) of the ArviZ schema.

    Dimensions are (chain, draw) with one chain. Each variable has unit, role and, for inputs, specification and sources.
    """
    import xarray as xr

    scenario = result.scenario
    draws = np.arange(result.draws)
    groups: dict[str, dict[str, Any]] = {"prior": {}, "prior_predictive": {}}
    for name, values in result.retained_draws.items():
        item = scenario.inputs.get(name)
        attributes = {"units": scenario.unit(name), "role": scenario.role(name), "long_name": to_words(name)}
        if item is not None:
            attributes |= {
                "comment": item.about or item.specification,
                "specification": item.specification,
                "date": item.date,
                "grade": item.grade,
                "references": "; ".join(map(str, item.sources)) or "assumption",
            }
        elif name in scenario.graph.formulas:
            attributes["comment"] = scenario.graph.formulas[name].about
        group = "prior" if item is not None else "prior_predictive"
        # A slash would create a group in the file.
        groups[group][name.replace("/", ":")] = (("chain", "draw"), values[None, :], attributes)
    attributes_of_run = {
        "name": scenario.title,
        "created_at": current_time(),
        "creation_library": "llmcost",
        "creation_library_version": tool_version(),
        "creation_library_language": "Python",
        "sample_dims": ["chain", "draw"],
        "seed": result.seed,
        "method": result.method,
        "money": scenario.money,
        "conversion": "" if scenario.conversion is None else scenario.conversion.about,
        "config_sha256": scenario.fingerprint,
        "numpy_version": np.__version__,
        "notes": json.dumps([note.text for note in (*scenario.notes, *result.notes)]),
    }
    coords = {"chain": [0], "draw": draws}
    datasets = {f"/{group}": xr.Dataset(variables, coords, attributes_of_run) for group, variables in groups.items()}
    tree: xr.DataTree = xr.DataTree.from_dict({"/": xr.Dataset(attrs=attributes_of_run), **datasets})
    return tree


def with_summary(tree: "xr.DataTree", summary: RunSummary, *, has_own_point: bool) -> "xr.DataTree":
    """Return a tree of draws with the summary of their run, so that a file of it answers what the run answers."""
    tree = tree.copy()  # of the tree, not of its draws
    tree.attrs = {**tree.attrs, SUMMARY: summary.to_json(), HAS_OWN_POINT: int(has_own_point)}
    return tree


def summary_of(tree: "xr.DataTree") -> RunSummary | None:
    """Return the summary of saved draws, or None for a file without it; raise `InvalidValueError` if it cannot be read."""
    text = tree.attrs.get(SUMMARY)
    if text is None:
        return None
    try:
        return summary_of_data(json.loads(text))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidValueError(f"its summary cannot be read: {error}") from None


def summary_of_data(data: Any) -> RunSummary:
    """Return a summary from its JSON; raise `InvalidValueError` if this version cannot read it."""
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise InvalidValueError("it has another schema")
    return from_plain(RunSummary, data, header=from_plain(Header, data))


def current_time() -> str:
    """Return the current time, or SOURCE_DATE_EPOCH (seconds since 1970) for reproducible files."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        return (datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        issue = Issue(Place("SOURCE_DATE_EPOCH"), "", f"{epoch!r} is no time: write whole seconds since 1970")
        raise InvalidInputError([issue]) from None


def open_tree(path: Path) -> "xr.DataTree":
    """Open saved draws; raise `InvalidValueError` if the file was not written by llmcost, or holds what it never writes."""
    import xarray as xr

    if not path.is_file():  # reading a pipe would block
        raise InvalidValueError(f"{path} is no file" if path.exists() else f"{path}: there is no such file")
    try:
        _check_links(path)
        tree = xr.open_datatree(path, engine="h5netcdf")
    except Exception as error:  # three libraries raise many types for a damaged file
        raise InvalidValueError(f"{path} is no netCDF file of llmcost: {shorten(str(error), 200)}") from None
    if tree.attrs.get("creation_library") != "llmcost":
        raise InvalidValueError(f"{path} was not written by llmcost")
    try:
        _check_draws(tree)
    except (KeyError, TypeError, OSError) as error:
        raise InvalidValueError(f"{path} is damaged: {shorten(str(error), 200)}") from None
    except ValueError as error:
        raise InvalidValueError(f"{path} {error}") from None
    return tree


def _check_links(path: Path) -> None:
    """Raise ValueError for links that make the HDF5 library read other files."""
    import h5py

    def check(group: Any) -> None:
        for name in group:
            if isinstance(group.get(name, getlink=True), h5py.ExternalLink):
                raise ValueError("it links to other files")
            item = group[name]
            if isinstance(item, h5py.Group):
                check(item)
            elif isinstance(item, h5py.Dataset) and (item.external or item.is_virtual):
                raise ValueError("it links to other files")

    with h5py.File(path, "r") as file:
        check(file)


def _check_draws(tree: "xr.DataTree") -> None:
    """Check that there are equally many, finite draws of each name, and that they fit into memory."""
    int(tree.attrs["seed"])
    groups = [tree[name].dataset for name in ("prior", "prior_predictive")]
    size = sum(group.nbytes for group in groups)
    if 3.0 * size > machine.free_memory():
        raise ValueError(f"holds {size / 1e9:.3g} GB of draws, which do not fit into memory")
    for group in groups:
        for name, draws in group.data_vars.items():
            # Draws of a run are scalars, those of a fit to evidence may be vectors.
            has_shape = (
                draws.dims == ("chain", "draw") if "config_sha256" in tree.attrs else draws.dims[:2] == ("chain", "draw")
            )
            if not has_shape or draws.dtype.kind not in "fiu" or not np.isfinite(draws.values).all():
                raise ValueError(f"holds draws of {name} that are not all finite numbers")
