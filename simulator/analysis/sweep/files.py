"""Sweeps as files: one xarray Dataset, netCDF, zarr, CSV and JSON."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.analysis.sweep.result import STATISTICS, SweepResult, is_number
from simulator.core.errors import UnsupportedError
from simulator.core.files import write_atomically, write_store_atomically, write_text_atomically
from simulator.core.suggestions import InvalidValueError
from simulator.core.version import tool_version
from simulator.scenario.values import number

if TYPE_CHECKING:
    import xarray as xr

SUFFIXES = (".nc", ".zarr", ".csv", ".json")


def to_dataset(result: SweepResult) -> "xr.Dataset":
    """Return one Dataset with the swept names, `quantity` and `statistic` as dimensions.

    A list and a hypercube have one axis, `cell`, with the values of each swept name as coordinates along it. Labels become
    numbers where all of them are numeric. A quantity that a cell lacks (such as the rent of an owned cluster) is NaN.
    """
    import xarray as xr

    dims = result.grid.dims
    shape, axes = tuple(len(labels) for labels in dims.values()), tuple(dims)
    first_of = {name: figures for cell in reversed(result.cells) for name, figures in cell.quantities.items()}
    names = list(dict.fromkeys(name for cell in result.cells for name in cell.quantities))
    values = np.full((len(result.cells), len(names), len(STATISTICS)), np.nan)
    for place, cell in enumerate(result.cells):
        for column, name in enumerate(names):
            if name in cell.quantities:
                values[place, column] = cell.quantities[name].values()
    within = [np.nan if cell.budget is None else cell.budget.probability_within for cell in result.cells]
    points = [cell.point_estimate for cell in result.cells]
    coordinates: dict[str, Any] = {name: (name, _coordinate(labels)) for name, labels in dims.items()}
    coordinates |= {name: (axes, _coordinate(labels)) for name, labels in result.grid.along.items()}
    coordinates |= {
        "quantity": names,
        "statistic": list(STATISTICS),
        "unit": ("quantity", [first_of[name].unit for name in names]),
        "role": ("quantity", [first_of[name].role for name in names]),
    }
    dataset = xr.Dataset(
        {
            "figures": ((*axes, "quantity", "statistic"), values.reshape(*shape, len(names), len(STATISTICS))),
            "probability_within_budget": (axes, np.reshape(within, shape)),
            "point_estimate": (axes, np.reshape(points, shape), {"units": result.header.currency}),
        },
        coordinates,
        _attributes(result),
    )
    for variable in result.variables:
        if variable.unit is not None:
            dataset[variable.name].attrs["units"] = variable.unit
    return dataset


def _attributes(result: SweepResult) -> Mapping[str, Any]:
    header = result.header
    return {
        "title": header.title, "scenario": header.scenario, "kind": result.kind, "money": header.money,
        "draws": header.draws, "seed": header.seed, "method": result.method, "interval": header.interval,
        "creation_library": "llmcost", "creation_library_version": tool_version(), "numpy_version": np.__version__,
        "config_sha256": header.fingerprint,
    }  # fmt: skip


def _coordinate(labels: Sequence[str]) -> Any:
    """Return labels as numbers where all of them are numeric."""
    if all(label.isdecimal() for label in labels):
        return [int(label) for label in labels]
    return [number(label) for label in labels] if all(map(is_number, labels)) else list(labels)


def check_output(path: Path) -> None:
    """Raise `UnsupportedError` where the package for a format is not installed."""
    if path.suffix == ".zarr" and find_spec("zarr") is None:
        raise UnsupportedError("zarr is not installed; pip install zarr, or write a .nc")


def save(result: SweepResult, path: Path) -> None:
    """Write a sweep atomically in the format of the path's suffix."""
    if path.suffix == ".json":
        write_text_atomically(path, result.to_json())
    elif path.suffix == ".csv":
        write_text_atomically(path, result.to_csv())
    elif path.suffix == ".nc":
        dataset = to_dataset(result)
        write_atomically(path, lambda temporary: dataset.to_netcdf(temporary, engine="h5netcdf"))
    elif path.suffix == ".zarr":
        dataset = to_dataset(result)
        write_store_atomically(path, lambda folder: dataset.to_zarr(folder, mode="w", consolidated=False))
    else:
        raise InvalidValueError(f"no format {path.suffix!r}; choose one of {', '.join(SUFFIXES)}")
