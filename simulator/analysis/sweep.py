"""Sweeps: the statistics of every cell of a grid of scenarios, using common random numbers, as one Dataset, JSON or CSV."""

import contextlib
import hashlib
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.core.csv_text import Cell, csv_text
from simulator.core.errors import LlmcostError
from simulator.core.files import write_atomically, write_text_atomically
from simulator.core.levels import Level, in_percent, interval_of
from simulator.core.results import json_text
from simulator.core.version import tool_version
from simulator.engine.blocks import BLOCKS_PER_RANGE
from simulator.engine.executor import EXECUTOR, map_in_order
from simulator.engine.result import NonFiniteResultError
from simulator.engine.sampling.streams import BLOCK
from simulator.engine.simulate import DRAWS, simulate
from simulator.engine.summaries import PERCENTS, summarize
from simulator.io.summary import budget_of
from simulator.scenario import TOTAL, Scenario
from simulator.scenario.grid import Grid
from simulator.scenario.values import number

if TYPE_CHECKING:
    import xarray as xr

SUFFIXES = (".nc", ".zarr", ".csv", ".json")
STATISTICS = ("mean", "sd", "median", "low", "high", *(f"p{p:g}" for p in PERCENTS),
              "mcse_mean", "mcse_median", "mcse_low", "mcse_high")  # fmt: skip

_CELLS_PER_TASK = 16
"""Cells in one task of a cluster: shared data is sent once, and a task takes far longer than the millisecond of sending it."""


class SweepInterruption(LlmcostError):
    """An interrupted sweep; `done` of its cells are in the store."""

    def __init__(self, done: int) -> None:
        super().__init__()
        self.done = done


@dataclass(frozen=True)
class SweepResult:
    """The statistics of every cell of a grid, in its order, as plain data."""

    grid: Grid
    draws: int
    seed: int
    method: str
    interval: float
    cells: tuple[dict[str, Any], ...]

    def statistic(self, name: str, statistic: str) -> list[float | None]:
        """Return one statistic of one quantity in every cell; None where a cell lacks the quantity."""
        return [cell["quantities"].get(name, {}).get(statistic) for cell in self.cells]


def sweep(
    grid: Grid,
    draws: int = DRAWS,
    seed: int = 0,
    method: str = "random",
    *,
    interval: Level = 0.95,
    threads: int = 1,
    store: "Store | None" = None,
    code: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> SweepResult:
    """Simulate every cell of a grid with one seed, so that cells differ by the swept values and not by the random draws.

    Cells are distributed over threads, or over the workers of a cluster; large ones are simulated one after the other, with
    their blocks distributed. Cells in the `store` are not simulated again; `code` identifies the user's own formulas in the
    keys of the store. Raises `NonFiniteResultError` where a quantity is not finite, and `SweepInterruption`.
    """
    interval = interval_of(interval)
    finished = store.read() if store is not None else {}
    options = (draws, seed, method, interval)
    keys = [_key(scenario, options, code) for scenario in grid.scenarios]
    remaining = [cell for cell, key in enumerate(keys) if key not in finished]
    done = len(keys) - len(remaining)

    def record(cell: int, figures: dict[str, Any]) -> None:
        nonlocal done
        if "error" in figures:
            labels = ", ".join(f"{name} {label}" for name, label in grid.labels(cell).items())
            raise NonFiniteResultError(f"{labels}: {figures['error']}")
        finished[keys[cell]] = figures
        if store is not None:
            store.add(keys[cell], figures)
        done += 1
        if progress is not None:
            progress(done, len(keys))

    try:
        if draws > BLOCKS_PER_RANGE * BLOCK:
            for cell in remaining:
                record(cell, cell_statistics(grid.scenarios[cell], *options, threads=threads))
        else:
            size = _CELLS_PER_TASK if EXECUTOR.get() is not None else 1
            batches = [remaining[first : first + size] for first in range(0, len(remaining), size)]
            tasks = [[grid.scenarios[cell] for cell in cells] for cells in batches]
            for cells, results in zip(batches, map_in_order(partial(_batch_statistics, options), tasks, threads), strict=True):
                for cell, figures in zip(cells, results, strict=True):
                    record(cell, figures)
    except KeyboardInterrupt:
        raise SweepInterruption(done) from None
    return SweepResult(grid, draws, seed, method, interval, tuple(finished[key] for key in keys))


def _batch_statistics(options: tuple[int, int, str, float], scenarios: Sequence[Scenario]) -> list[dict[str, Any]]:
    return [cell_statistics(scenario, *options) for scenario in scenarios]


def cell_statistics(
    scenario: Scenario, draws: int, seed: int, method: str, interval: Level, threads: int = 1
) -> dict[str, Any]:
    """Return the statistics of total, lines and outcomes of one cell as plain data, or the error."""
    try:
        result = simulate(scenario, draws, seed, method, threads)
    except NonFiniteResultError as error:
        return {"error": str(error)}
    if result.partial:
        raise KeyboardInterrupt
    quantities = {}
    for name in (TOTAL, *scenario.lines, *scenario.outcomes):
        summary = summarize(result.accumulators[name], interval)
        errors = (summary.mean_error, summary.median_error, summary.low_error, summary.high_error)
        values = (summary.mean, summary.sd, summary.median, summary.low, summary.high, *summary.quantiles.values(), *errors)
        quantities[name] = dict(zip(STATISTICS, values, strict=True))
    budget = budget_of(result)
    return {
        "draws": result.draws,
        "point_estimate": result.point,
        "budget": None if budget is None else budget._asdict(),
        "quantities": quantities,
    }


# --- finished cells -------------------------------------------------------------------------------------------------------


def _key(scenario: Scenario, options: tuple[int, int, str, float], code: str) -> str:
    """Return the key of a cell in the store: a hash of everything that determines its statistics."""
    state = (scenario.fingerprint, scenario.paused_run, scenario.point, scenario.budget, code)
    return hashlib.sha256(repr((state, options, tool_version(), np.__version__)).encode()).hexdigest()


class Store:
    """Finished cells in a file beside the output, one line each, from which an interrupted sweep can resume.

    The key of a cell is a hash of its scenario, seed, draws and versions, so a cell that has changed is simulated again. A
    truncated last line is ignored.
    """

    def __init__(self, output: Path) -> None:
        self.path = output.with_name(f"{output.name}.cells.jsonl")

    def read(self) -> dict[str, dict[str, Any]]:
        """Return the statistics of finished cells by key."""
        cells: dict[str, dict[str, Any]] = {}
        if self.path.is_file():
            for line in self.path.read_text(encoding="utf-8").splitlines():
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    row = json.loads(line)
                    cells[row["cell"]] = row["figures"]
        return cells

    def add(self, key: str, figures: dict[str, Any]) -> None:
        """Append the statistics of a cell, starting on a new line because the last one may be truncated."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write("\n" + json.dumps({"cell": key, "figures": figures}, allow_nan=False))

    def remove(self) -> None:
        """Delete the file once the sweep is complete."""
        self.path.unlink(missing_ok=True)


# --- output ---------------------------------------------------------------------------------------------------------------


def as_json(sweep_result: SweepResult) -> dict[str, Any]:
    """Return the sweep as plain data: no rounding, canonical units, no timestamps."""
    grid, units, roles = sweep_result.grid, *_units_and_roles(sweep_result.grid)
    first = grid.scenarios[0]
    cells = []
    for position, (scenario, figures) in enumerate(zip(grid.scenarios, sweep_result.cells, strict=True)):
        quantities = {
            name: {"unit": units[name], "role": roles[name], **statistics} for name, statistics in figures["quantities"].items()
        }
        cells.append({
            "at": grid.labels(position), "fingerprint": scenario.fingerprint, **figures, "quantities": quantities,
        })  # fmt: skip
    return {
        "schema": 2,
        "scenario": grid.name,
        "title": grid.title,
        "scope": first.scope,
        "kind": grid.kind,
        "draws": sweep_result.cells[0]["draws"],
        "seed": sweep_result.seed,
        "method": sweep_result.method,
        "interval": in_percent(sweep_result.interval),
        "money": first.money,
        "version": tool_version(),
        "swept": [{"name": name, "unit": grid.units.get(name), "values": _labels_of(grid, name)} for name in grid.names],
        "cells": cells,
    }


def _labels_of(grid: Grid, name: str) -> list[str]:
    return list(grid.dims.get(name) or grid.along[name])


def _units_and_roles(grid: Grid) -> tuple[dict[str, str], dict[str, str]]:
    """Return units and roles of all reported quantities, the total first."""
    units: dict[str, str] = {}
    roles: dict[str, str] = {}
    for scenario in grid.scenarios:
        for name in (TOTAL, *scenario.lines, *scenario.outcomes):
            if name not in units:
                units[name], roles[name] = scenario.unit(name), scenario.role(name)
    return units, roles


def as_csv(sweep_result: SweepResult) -> str:
    """Return one row for each quantity of each cell."""
    units, roles = _units_and_roles(sweep_result.grid)
    columns = ("cell", *sweep_result.grid.names, "quantity", "role", "unit", *STATISTICS, "probability_within_budget")
    rows: list[list[Cell]] = []
    for position, cell in enumerate(sweep_result.cells):
        labels = [_number(label) if _is_number(label) else label for label in sweep_result.grid.labels(position).values()]
        within = "" if cell["budget"] is None else cell["budget"]["probability_within"]
        for name, statistics in cell["quantities"].items():
            row = [position + 1, *labels, name, roles[name], units[name], *(statistics[key] for key in STATISTICS)]
            rows.append([*row, within if name == TOTAL else ""])
    return csv_text(columns, rows)


def _number(text: str) -> float:
    return number(text)


def _is_number(text: str) -> bool:
    try:
        number(text)
    except ValueError:
        return False
    return True


def to_dataset(sweep_result: SweepResult) -> "xr.Dataset":
    """Return one Dataset with the swept names, `quantity` and `statistic` as dimensions.

    A list and a hypercube have one axis, `cell`, with the values of each swept name as coordinates along it. Labels become
    numbers where all of them are numeric. A quantity that a cell lacks (such as the rent of an owned cluster) is NaN.
    """
    import xarray as xr

    grid, units, roles = sweep_result.grid, *_units_and_roles(sweep_result.grid)
    shape = tuple(len(labels) for labels in grid.dims.values())
    values = np.full((len(sweep_result.cells), len(units), len(STATISTICS)), np.nan)
    for position, cell in enumerate(sweep_result.cells):
        for column, name in enumerate(units):
            if name in cell["quantities"]:
                values[position, column] = [cell["quantities"][name][key] for key in STATISTICS]
    within = [np.nan if cell["budget"] is None else cell["budget"]["probability_within"] for cell in sweep_result.cells]
    axes = tuple(grid.dims)
    coords: dict[str, Any] = {name: (name, _coordinate(labels)) for name, labels in grid.dims.items()}
    coords |= {name: (axes, _coordinate(labels)) for name, labels in grid.along.items()}
    coords |= {
        "quantity": list(units),
        "statistic": list(STATISTICS),
        "unit": ("quantity", list(units.values())),
        "role": ("quantity", list(roles.values())),
    }
    attributes = {
        "title": grid.title, "scenario": grid.name, "kind": grid.kind, "money": grid.scenarios[0].money,
        "draws": sweep_result.cells[0]["draws"], "seed": sweep_result.seed, "method": sweep_result.method,
        "interval": in_percent(sweep_result.interval),
        "creation_library": "llmcost", "creation_library_version": tool_version(), "numpy_version": np.__version__,
        "config_sha256": hashlib.sha256("".join(scenario.fingerprint for scenario in grid.scenarios).encode()).hexdigest(),
    }  # fmt: skip
    dataset = xr.Dataset(
        {
            "figures": ((*axes, "quantity", "statistic"), values.reshape(*shape, len(units), len(STATISTICS))),
            "probability_within_budget": (axes, np.reshape(within, shape)),
            "point_estimate": (
                axes,
                np.reshape([cell["point_estimate"] for cell in sweep_result.cells], shape),
                {"units": "USD"},
            ),
        },
        coords,
        attributes,
    )
    for name, unit in grid.units.items():
        dataset[name].attrs["units"] = unit
    return dataset


def _coordinate(labels: Sequence[str]) -> Any:
    """Return labels as numbers where all of them are numeric."""
    if all(label.isdecimal() for label in labels):
        return [int(label) for label in labels]
    return [number(label) for label in labels] if all(map(_is_number, labels)) else list(labels)


def check_output(path: Path) -> None:
    """Raise ValueError where a file of this format cannot be written."""
    if path.suffix == ".zarr" and find_spec("zarr") is None:
        raise ValueError("zarr is not installed; pip install zarr, or write a .nc")


def save(sweep_result: SweepResult, path: Path) -> None:
    """Write a sweep atomically in the format of the path's suffix."""
    if path.suffix == ".json":
        write_text_atomically(path, json_text(as_json(sweep_result)))
    elif path.suffix == ".csv":
        write_text_atomically(path, as_csv(sweep_result))
    elif path.suffix == ".nc":
        dataset = to_dataset(sweep_result)
        write_atomically(path, lambda temporary: dataset.to_netcdf(temporary, engine="h5netcdf"))
    elif path.suffix == ".zarr":
        _save_zarr(to_dataset(sweep_result), path)
    else:
        raise ValueError(f"no format {path.suffix!r}; choose one of {', '.join(SUFFIXES)}")


def _save_zarr(dataset: "xr.Dataset", path: Path) -> None:
    """Write a zarr store, which is a folder, to a temporary folder beside the old one, and then replace that."""
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as temporary:
        dataset.to_zarr(Path(temporary) / "new", consolidated=False)
        if path.exists():
            path.rename(Path(temporary) / "old")
        (Path(temporary) / "new").rename(path)


def extremes(sweep_result: SweepResult, name: str, statistic: str = "median") -> tuple[int, int]:
    """Return the cells with the lowest and the highest value of a statistic."""
    values = {position: value for position, value in enumerate(sweep_result.statistic(name, statistic)) if value is not None}
    return min(values, key=values.__getitem__), max(values, key=values.__getitem__)
