"""Files of results: what `save` and the command line write, and `load` reads."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simulator.api.arguments import interval_level
from simulator.api.result import Result, path_of
from simulator.api.run_data import Array, RunData
from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.files import write_atomically, write_text_atomically
from simulator.core.levels import Level, in_percent
from simulator.core.results import Note
from simulator.core.suggestions import InvalidValueError
from simulator.engine.scenario import SPEND_TO_DATE, TOTAL
from simulator.engine.summaries import interval_bounds
from simulator.figures.data import TotalDraws
from simulator.io.json_files import read_json
from simulator.io.run_summary import RunSummary

if TYPE_CHECKING:
    import xarray as xr

SUFFIXES = (".nc", ".json", ".csv")


def load(path: str | os.PathLike[str]) -> Result:
    """Read a result that `Result.save` or the command line wrote.

    Parameters
    ----------
    path : str or path-like
        `FILE.nc`, which holds draws, or `FILE.json`, which holds a summary.

    Returns
    -------
    Result
        From `.nc` it has everything but the scenario, and the figures that need it; from `.json` `summary`, `to_dataframe`, and
        the quantiles that the summary has.

    Raises
    ------
    InvalidInputError
        If there is no such file, or it was not written by llmcost.
    InvalidValueError
        If the suffix is another.

    See Also
    --------
    Result.save : Save a result.

    Examples
    --------
    >>> import llmcost, pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "gpt-4.nc"
    >>> llmcost.run("gpt-4", draws=1000).save(path)
    >>> llmcost.load(path).samples("total_cost").shape
    (1000,)

    """
    file = path_of(path)
    if file.suffix == ".nc":
        return Result(SavedDraws(file))
    if file.suffix == ".json":
        return Result(SavedSummary(file))
    remedy = "save the run as .nc or .json" if file.suffix == ".csv" else "there are .nc and .json"
    raise InvalidValueError(f"{file} cannot be loaded; {remedy}")


class SavedDraws(RunData):
    """The draws of a run in a netCDF file, with its summary unless an earlier version wrote it."""

    interval, is_file = 0.95, True

    def __init__(self, path: Path) -> None:
        from simulator.io.netcdf import HAS_OWN_POINT, open_tree, summary_of

        try:
            tree = open_tree(path)
            self._tree: xr.DataTree = tree.load()
            tree.close()
            self._summary = summary_of(self._tree)
        except ValueError as error:
            raise InvalidInputError([Issue(Place(str(path)), "", _without_path(str(error), path))]) from None
        attributes = self._tree.attrs
        if "config_sha256" not in attributes:
            message = "holds the draws of a fit, not of a run; open it with xarray or ArviZ"
            raise InvalidInputError([Issue(Place(str(path)), "", message)])
        self.origin, self.state = str(path), f"loaded from {path.name}"
        self.title, self.seed, self.method = str(attributes["name"]), int(attributes["seed"]), str(attributes["method"])
        variables = [
            (str(name), group, variable.attrs.get("role"))
            for group in ("prior_predictive", "prior")
            for name, variable in self._tree[group].dataset.data_vars.items()
        ]
        order = {"total": 0, "line": 1, "outcome": 2}
        variables.sort(key=lambda each: order.get(str(each[2]), len(order)))
        self._variables = {name.replace(":", "/"): group for name, group, _ in variables}
        self.names = tuple(self._variables)
        self.draws = int(self._tree["prior"].sizes["draw"])
        self.is_under_way = SPEND_TO_DATE in self.names
        self.notes = tuple(Note("", "", text) for text in json.loads(attributes.get("notes", "[]")))
        self._has_own_point = bool(attributes.get(HAS_OWN_POINT, 0))
        if self._summary is not None:
            self._read_summary(self._summary)

    def _read_summary(self, summary: RunSummary) -> None:
        header, order = summary.header, {name: place for place, name in enumerate(summary.quantities)}
        self.title, self.notes, self.interval = header.scenario or "", summary.notes, (header.interval or 95.0) / 100
        self.names = tuple(sorted(self.names, key=lambda name: order.get(name, len(order))))

    def summary(self, interval: float) -> RunSummary:
        if self._summary is None:
            self.refuse("holds draws without a summary, as earlier versions write it", "run the scenario again, and save it")
        _check_interval(self, self._summary, interval, "`quantile` gives any other bound")
        return self._summary

    def total_draws(self) -> TotalDraws:
        summary = self.summary(self.interval)
        budget = None if summary.budget is None else summary.budget.amount
        return TotalDraws(summary.header, self.samples(TOTAL), summary.point_estimate, self._has_own_point, budget)

    def has_own_point(self) -> bool:
        return self._has_own_point

    def complete_tree(self, interval: float) -> "xr.DataTree":
        return self._tree if self._summary is None else super().complete_tree(interval)

    def quantiles(self, name: str, probabilities: list[float]) -> list[float]:
        values: list[float] = np.quantile(self.samples(name), probabilities).tolist()
        return values

    def samples(self, name: str) -> Array:
        values = self._tree[self._variables[name]].dataset[name.replace("/", ":")].values
        return np.asarray(values, dtype=np.float64).ravel()

    def tree(self, names: Iterable[str] | None) -> "xr.DataTree":
        if names is None:
            return self._tree
        import xarray as xr

        kept = {name.replace("/", ":") for name in names}
        groups = {
            f"/{group}": self._tree[group].to_dataset()[[each for each in self._tree[group].dataset.data_vars if each in kept]]
            for group in ("prior", "prior_predictive")
        }
        tree: xr.DataTree = xr.DataTree.from_dict({"/": self._tree.to_dataset(), **groups})
        return tree


class SavedSummary(RunData):
    """The summary of a run in a JSON file."""

    is_file = True

    def __init__(self, path: Path) -> None:
        from simulator.io.netcdf import summary_of_data

        data = read_json(path)
        try:
            self._summary = summary_of_data(data)
        except InvalidValueError as error:
            is_of_report = isinstance(data, dict) and not data.keys().isdisjoint(("run", "runs"))
            of_report = "; it is that of a report: save a run of the scenario, `llmcost run SCENARIO -o run.nc`"
            remedy = of_report if is_of_report else ""
            message = f"is no result of `run` that this version can read: {error}{remedy}"
            raise InvalidInputError([Issue(Place(str(path)), "", message)]) from None
        header = self._summary.header
        self.origin, self.state = str(path), f"loaded from {path.name}"
        self.title, self.method, self.notes = header.scenario or "", self._summary.method, self._summary.notes
        self.draws, self.seed, self.interval = header.draws or 0, header.seed or 0, (header.interval or 95.0) / 100
        self.names = tuple(self._summary.quantities)

    def summary(self, interval: float) -> RunSummary:
        _check_interval(self, self._summary, interval, "run the scenario again for another interval")
        return self._summary

    def quantiles(self, name: str, probabilities: list[float]) -> list[float]:
        quantity = self._summary.quantities[name]
        low, high = interval_bounds(self.interval)
        values = {low: quantity.low, high: quantity.high, 0.5: quantity.median}
        values |= {round(float(percent) / 100, 12): value for percent, value in quantity.quantiles.items()}
        for p in probabilities:
            if round(p, 12) not in values:
                there = ", ".join(f"P{100 * each:.10g}" for each in sorted(values))
                self.refuse(f"has no P{100 * p:.10g} but {there}", "save the run as .nc for any other quantile")
        return [values[round(p, 12)] for p in probabilities]


def _check_interval(data: RunData, summary: RunSummary, interval: float, remedy: str) -> None:
    """Refuse another interval than that of a saved summary."""
    if in_percent(interval) != summary.header.interval:
        data.refuse(f"has the {summary.header.interval_name} only", remedy)


def write(result: Result, path: Path, interval: Level) -> None:
    """Write a result in the format of a suffix."""
    if path.suffix not in SUFFIXES:
        raise InvalidValueError(f"{path}: there is no format {path.suffix or path.name!r}; there are {', '.join(SUFFIXES)}")
    interval_level(interval)
    if path.is_dir() or not path.parent.is_dir():
        reason = "is a folder" if path.is_dir() else f"there is no folder {path.parent}"
        raise InvalidInputError([Issue(Place(str(path)), "", reason)])
    try:
        if path.suffix == ".nc":
            # Built in memory, because the HDF5 library crashes the process if the disk is full.
            content = result._data.complete_tree(interval_level(interval)).to_netcdf(engine="h5netcdf")
            write_atomically(path, lambda temporary: temporary.write_bytes(content))
        else:
            summary = result.summary(interval)
            write_text_atomically(path, summary.to_json() if path.suffix == ".json" else summary.to_csv())
    except OSError as error:
        raise InvalidInputError([Issue(Place(str(path)), "", f"cannot be written: {error.strerror}")]) from None


def _without_path(message: str, path: Path) -> str:
    return message.removeprefix(str(path)).lstrip(": ")
