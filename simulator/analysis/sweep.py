"""Many scenarios using common random numbers: the figures of every cell of a grid, kept as they come, as one Dataset, JSON or
CSV.
"""

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

from simulator.core.files import write_text_whole, write_whole
from simulator.core.levels import Level, in_percent, interval_of
from simulator.core.version import tool_version
from simulator.engine.blocks import RANGE
from simulator.engine.executor import EXECUTOR, in_order
from simulator.engine.result import NonFiniteResultError
from simulator.engine.sampling.streams import BLOCK
from simulator.engine.simulate import DRAWS, simulate
from simulator.engine.summaries import PERCENTS, summarize
from simulator.io.summary import budget_of
from simulator.io.to_csv import Cell, csv_text
from simulator.io.to_json import json_text
from simulator.scenario import TOTAL, Scenario
from simulator.scenario.grid import Grid
from simulator.scenario.values import number

if TYPE_CHECKING:
    import xarray as xr

SUFFIXES = (".nc", ".zarr", ".csv", ".json")
STATISTICS = ("mean", "sd", "median", "low", "high", *(f"p{p:g}" for p in PERCENTS),
              "mcse_mean", "mcse_median", "mcse_low", "mcse_high")  # fmt: skip

_AT_ONCE = 16
"""Cells in one task of a cluster: what they share is sent once, and a task is long beside the millisecond it takes to send."""


class Interrupted(Exception):
    """A sweep that was stopped; `done` of its cells are in the store."""

    def __init__(self, done: int) -> None:
        super().__init__()
        self.done = done


@dataclass(frozen=True)
class Swept:
    """The figures of every cell of a grid, in its order, as plain data."""

    grid: Grid
    draws: int
    seed: int
    method: str
    interval: float
    cells: tuple[dict[str, Any], ...]

    def statistic(self, name: str, statistic: str) -> list[float | None]:
        """Return one figure of one quantity in every cell; None where the cell has no such quantity."""
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
) -> Swept:
    """Draw every cell of a grid under one seed, so that cells differ by what is swept and not by the random draws.

    Cells are spread over threads, or over the workers of a cluster; large ones are drawn one after the other, their blocks
    spread. What is in the `store` already is not drawn again; `code` stands for formulas of the user's own, which a cell's
    address in the store must know. Raises `NonFiniteResultError` where a quantity is not finite, and `Interrupted`.
    """
    interval = interval_of(interval)
    known = store.read() if store is not None else {}
    options = (draws, seed, method, interval)
    keys = [_key(scenario, options, code) for scenario in grid.scenarios]
    todo = [cell for cell, key in enumerate(keys) if key not in known]
    done = len(keys) - len(todo)

    def take(cell: int, figures: dict[str, Any]) -> None:
        nonlocal done
        if "broken" in figures:
            at = ", ".join(f"{name} {label}" for name, label in grid.labels(cell).items())
            raise NonFiniteResultError(f"{at}: {figures['broken']}")
        known[keys[cell]] = figures
        if store is not None:
            store.add(keys[cell], figures)
        done += 1
        if progress is not None:
            progress(done, len(keys))

    try:
        if draws > RANGE * BLOCK:
            for cell in todo:
                take(cell, cell_figures(grid.scenarios[cell], *options, threads=threads))
        else:
            size = _AT_ONCE if EXECUTOR.get() is not None else 1
            some = [todo[first : first + size] for first in range(0, len(todo), size)]
            tasks = [[grid.scenarios[cell] for cell in cells] for cells in some]
            for cells, made in zip(some, in_order(partial(_several, options), tasks, threads), strict=True):
                for cell, figures in zip(cells, made, strict=True):
                    take(cell, figures)
    except KeyboardInterrupt:
        raise Interrupted(done) from None
    return Swept(grid, draws, seed, method, interval, tuple(known[key] for key in keys))


def _several(options: tuple[int, int, str, float], scenarios: Sequence[Scenario]) -> list[dict[str, Any]]:
    return [cell_figures(scenario, *options) for scenario in scenarios]


def cell_figures(scenario: Scenario, draws: int, seed: int, method: str, interval: Level, threads: int = 1) -> dict[str, Any]:
    """Return the figures of total, lines and outcomes of one cell as plain data, or why there are none."""
    try:
        result = simulate(scenario, draws, seed, method, threads)
    except NonFiniteResultError as error:
        return {"broken": str(error)}
    if result.partial:
        raise KeyboardInterrupt
    quantities = {}
    for name in (TOTAL, *scenario.lines, *scenario.outcomes):
        found = summarize(result.accumulators[name], interval)
        errors = (found.mean_error, found.median_error, found.low_error, found.high_error)
        values = (found.mean, found.sd, found.median, found.low, found.high, *found.quantiles.values(), *errors)
        quantities[name] = dict(zip(STATISTICS, values, strict=True))
    stands = budget_of(result)
    return {
        "draws": result.draws,
        "point_estimate": result.point,
        "budget": None if stands is None else stands._asdict(),
        "quantities": quantities,
    }


# --- what is finished -----------------------------------------------------------------------------------------------------


def _key(scenario: Scenario, options: tuple[int, int, str, float], code: str) -> str:
    """The address of a cell's figures: a hash of all that decides them."""
    own = (scenario.fingerprint, scenario.progress, scenario.point, scenario.budget, code)
    return hashlib.sha256(repr((own, options, tool_version(), np.__version__)).encode()).hexdigest()


class Store:
    """Finished cells in a file beside the output, one line each, so that a sweep that was stopped can go on.

    A cell is known by a hash of its scenario, seed, draws and versions: one that has changed since is drawn again. A last line
    that was cut off is passed over.
    """

    def __init__(self, output: Path) -> None:
        self.path = output.with_name(f"{output.name}.cells.jsonl")

    def read(self) -> dict[str, dict[str, Any]]:
        """Return the figures of finished cells by their hash."""
        found: dict[str, dict[str, Any]] = {}
        if self.path.is_file():
            for line in self.path.read_text(encoding="utf-8").splitlines():
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    row = json.loads(line)
                    found[row["cell"]] = row["figures"]
        return found

    def add(self, key: str, figures: dict[str, Any]) -> None:
        """Keep the figures of a cell. The line before may be one that was cut off, so each begins with an end of line."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write("\n" + json.dumps({"cell": key, "figures": figures}, allow_nan=False))

    def remove(self) -> None:
        """Leave nothing behind a sweep that is complete."""
        self.path.unlink(missing_ok=True)


# --- as data --------------------------------------------------------------------------------------------------------------


def as_json(swept: Swept) -> dict[str, Any]:
    """Return the sweep as plain data: no rounding, canonical units. Nothing in it depends on the clock."""
    grid, units, roles = swept.grid, *_meaning(swept.grid)
    first = grid.scenarios[0]
    cells = []
    for number_, (scenario, figures) in enumerate(zip(grid.scenarios, swept.cells, strict=True)):
        quantities = {name: {"unit": units[name], "role": roles[name], **said} for name, said in figures["quantities"].items()}
        cells.append({
            "at": grid.labels(number_), "fingerprint": scenario.fingerprint, **figures, "quantities": quantities,
        })  # fmt: skip
    return {
        "schema": 1,
        "scenario": grid.name,
        "title": grid.title,
        "scope": first.scope,
        "kind": grid.kind,
        "draws": swept.cells[0]["draws"],
        "seed": swept.seed,
        "method": swept.method,
        "interval": in_percent(swept.interval),
        "money": first.money,
        "version": tool_version(),
        "swept": [{"name": name, "unit": grid.units.get(name), "values": _values(grid, name)} for name in grid.names],
        "cells": cells,
    }


def _values(grid: Grid, name: str) -> list[str]:
    return list(grid.dims.get(name) or grid.along[name])


def _meaning(grid: Grid) -> tuple[dict[str, str], dict[str, str]]:
    """Units and roles of all quantities that are told, the total first."""
    units: dict[str, str] = {}
    roles: dict[str, str] = {}
    for scenario in grid.scenarios:
        for name in (TOTAL, *scenario.lines, *scenario.outcomes):
            if name not in units:
                units[name], roles[name] = scenario.unit(name), scenario.role(name)
    return units, roles


def as_csv(swept: Swept) -> str:
    """Return one row for each quantity of each cell."""
    units, roles = _meaning(swept.grid)
    columns = ("cell", *swept.grid.names, "quantity", "role", "unit", *STATISTICS, "probability_within_budget")
    rows: list[list[Cell]] = []
    for place, cell in enumerate(swept.cells):
        labels = [_number(label) if _is_number(label) else label for label in swept.grid.labels(place).values()]
        within = "" if cell["budget"] is None else cell["budget"]["probability_within"]
        for name, said in cell["quantities"].items():
            row = [place + 1, *labels, name, roles[name], units[name], *(said[key] for key in STATISTICS)]
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


def to_dataset(swept: Swept) -> "xr.Dataset":
    """Return one Dataset with the swept names, `quantity` and `statistic` as dimensions.

    A list and a hypercube have one axis, `cell`, with what each swept name is along it. Labels that are all numbers are
    numbers. What a cell does not have (the rent of an owned cluster) is NaN there.
    """
    import xarray as xr

    grid, units, roles = swept.grid, *_meaning(swept.grid)
    shape = tuple(len(labels) for labels in grid.dims.values())
    values = np.full((len(swept.cells), len(units), len(STATISTICS)), np.nan)
    for place, cell in enumerate(swept.cells):
        for at, name in enumerate(units):
            if name in cell["quantities"]:
                values[place, at] = [cell["quantities"][name][key] for key in STATISTICS]
    within = [np.nan if cell["budget"] is None else cell["budget"]["probability_within"] for cell in swept.cells]
    axes = tuple(grid.dims)
    coords: dict[str, Any] = {name: (name, _coordinate(labels)) for name, labels in grid.dims.items()}
    coords |= {name: (axes, _coordinate(labels)) for name, labels in grid.along.items()}
    coords |= {
        "quantity": list(units),
        "statistic": list(STATISTICS),
        "unit": ("quantity", list(units.values())),
        "role": ("quantity", list(roles.values())),
    }
    about = {
        "title": grid.title, "scenario": grid.name, "kind": grid.kind, "money": grid.scenarios[0].money,
        "draws": swept.cells[0]["draws"], "seed": swept.seed, "method": swept.method,
        "interval": in_percent(swept.interval),
        "creation_library": "llmcost", "creation_library_version": tool_version(), "numpy_version": np.__version__,
        "config_sha256": hashlib.sha256("".join(made.fingerprint for made in grid.scenarios).encode()).hexdigest(),
    }  # fmt: skip
    made = xr.Dataset(
        {
            "figures": ((*axes, "quantity", "statistic"), values.reshape(*shape, len(units), len(STATISTICS))),
            "probability_within_budget": (axes, np.reshape(within, shape)),
            "point_estimate": (axes, np.reshape([cell["point_estimate"] for cell in swept.cells], shape), {"units": "USD"}),
        },
        coords,
        about,
    )
    for name, unit in grid.units.items():
        made[name].attrs["units"] = unit
    return made


def _coordinate(labels: Sequence[str]) -> Any:
    """Labels as numbers where all of them are."""
    if all(label.isdecimal() for label in labels):
        return [int(label) for label in labels]
    return [number(label) for label in labels] if all(map(_is_number, labels)) else list(labels)


def check_output(path: Path) -> None:
    """Raise ValueError where such a file cannot be written here."""
    if path.suffix == ".zarr" and find_spec("zarr") is None:
        raise ValueError("zarr is not installed; pip install zarr, or write a .nc")


def save(swept: Swept, path: Path) -> None:
    """Write a sweep by the suffix of its path, whole or not at all."""
    if path.suffix == ".json":
        write_text_whole(path, json_text(as_json(swept)))
    elif path.suffix == ".csv":
        write_text_whole(path, as_csv(swept))
    elif path.suffix == ".nc":
        made = to_dataset(swept)
        write_whole(path, lambda beside: made.to_netcdf(beside, engine="h5netcdf"))
    elif path.suffix == ".zarr":
        _save_zarr(to_dataset(swept), path)
    else:
        raise ValueError(f"no format {path.suffix!r}; there are {', '.join(SUFFIXES)}")


def _save_zarr(made: "xr.Dataset", path: Path) -> None:
    """A zarr store is a folder: it is written beside, and then takes the place of the old one."""
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as beside:
        made.to_zarr(Path(beside) / "new", consolidated=False)
        if path.exists():
            path.rename(Path(beside) / "old")
        (Path(beside) / "new").rename(path)


def extremes(swept: Swept, name: str, statistic: str = "median") -> tuple[int, int]:
    """Return the cells in which a figure is least and most."""
    values = {place: value for place, value in enumerate(swept.statistic(name, statistic)) if value is not None}
    return min(values, key=values.__getitem__), max(values, key=values.__getitem__)
