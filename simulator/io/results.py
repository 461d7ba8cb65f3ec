"""Results as others read them: the headline, JSON, CSV, and xarray groups in the ArviZ schema as netCDF."""

import csv
import json
import math
import os
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.core import resources as machine
from simulator.core.files import write_text_whole, write_whole
from simulator.core.formatting import interval_name, is_known, middle_and_range, words
from simulator.core.levels import Level, in_percent, interval_of
from simulator.core.version import tool_version
from simulator.engine.accumulators import PERCENTS, Budget, budget, spread
from simulator.engine.inputs import Source
from simulator.engine.simulate import Result
from simulator.scenario import TOTAL, Fault, Place, Rejected
from simulator.scenario.text import read_text

if TYPE_CHECKING:
    import xarray as xr

SCHEMA = 1
ENOUGH = 1000
"""Draws from which on a 95 % interval has some 25 beyond each of its ends."""
LEAST_BEYOND = 5
"""Draws beyond an end, below which it is hardly told from the extreme draw."""
SUFFIXES = (".nc", ".csv", ".json")


def headline(result: Result, interval: Level = 0.95) -> str:
    """Say the result as Epoch AI does: `GPT-4, development cost: 124M USD (95% CI: 41M to 418M)`."""
    interval = interval_of(interval)
    scenario = result.scenario
    figures = spread(result.tallies[TOTAL], interval)
    middle, span = middle_and_range(figures._asdict(), "USD", given=False)
    how = "known: no input is uncertain" if is_known(figures.low, figures.high) else f"{interval_name(interval)}: {span}"
    return f"{scenario.title}, {scenario.scope}: {middle} USD ({how})"


def budget_of(result: Result) -> Budget | None:
    """Return how the scenario's budget stands, or None where there is none."""
    if result.scenario.budget is None or result.overrun is None:
        return None
    total, has_mean = result.tallies[TOTAL], not result.why_no_mean()
    return budget(result.scenario.budget, result.within, result.overrun, total, result.point, has_mean=has_mean)


def mean_notes(result: Result) -> list[str]:
    """Return why means are not reported, of the total and of the lines, where they are not."""
    reasons = {name: result.why_no_mean(name) for name in (TOTAL, *result.scenario.lines)}
    return [
        f"{name.replace('_', ' ')}: {reason}, so its mean and what rests on it are not reported; quantiles are not affected"
        for name, reason in reasons.items()
        if reason
    ]


def warnings_of(result: Result, interval: Level) -> list[str]:
    """Return what a reader should look at again: values that are hardly meant, and figures from too few draws."""
    return [*result.scenario.warnings, *few(result.draws, interval)]


def few(draws: int, interval: Level) -> list[str]:
    """Return a warning where draws are few, or hardly any lies beyond the ends of the interval."""
    interval = interval_of(interval)
    if draws < ENOUGH:
        return [f"{draws:,} draws are few: quantiles hang on luck (`mcse` says how much); take {ENOUGH:,} or more"]
    if (1 - interval) / 2 * draws < LEAST_BEYOND:
        enough = f"{2 * LEAST_BEYOND / (1 - interval):,.0f} draws or more"
        return [f"hardly a draw lies beyond the {interval_name(interval)}: its ends hang on luck; take {enough}"]
    return []


def _source(source: Source) -> dict[str, str]:
    said = {"title": source.title, "place": source.place, "url": source.url, "date": source.date}
    return {key: value for key, value in said.items() if value}


def quantity(result: Result, name: str, interval: Level) -> dict[str, Any]:
    """Return one quantity with its figures, in canonical units."""
    figures = spread(result.tallies[name], interval, has_mean=not result.why_no_mean(name))
    said: dict[str, Any] = {
        "unit": result.scenario.unit(name),
        "role": result.scenario.role(name),
        "mean": figures.mean,
        "sd": figures.sd,
        "median": figures.median,
        "low": figures.low,
        "high": figures.high,
        "quantiles": {f"{p:g}": value for p, value in figures.quantiles.items()},
        "mcse": {
            "mean": figures.mean_error,
            "median": figures.median_error,
            "low": figures.low_error,
            "high": figures.high_error,
        },
    }
    if name in result.shares:
        share = result.shares[name].spread(interval)
        said["share"] = {"mean": share.mean, "low": share.low, "high": share.high, "mcse": share.mean_error}
    given = result.scenario.inputs.get(name)
    if given is not None:
        said |= {
            "stated": given.stated,
            "about": given.about,
            "assumption": given.is_assumption,
            "sure": given.sure,
            "date": given.date,
            "sources": [_source(source) for source in given.sources],
        }
    return said


def as_json(result: Result, interval: Level = 0.95) -> dict[str, Any]:
    """Return the result as plain data: no rounding, canonical units, no infinity and no NaN."""
    interval = interval_of(interval)
    scenario = result.scenario
    order = [TOTAL, *scenario.lines, *scenario.outcomes]
    order += [name for name in result.tallies if name not in order]
    stands = budget_of(result)
    return {
        "schema": SCHEMA,
        "scenario": scenario.name,
        "title": scenario.title,
        "scope": scenario.scope,
        "headline": headline(result, interval),
        "draws": result.draws,
        "partial": result.partial,
        "seed": result.seed,
        "method": result.method,
        "interval": in_percent(interval),
        "money": scenario.money,
        "version": tool_version(),
        "fingerprint": scenario.fingerprint,
        "choices": scenario.choices,
        "adjustments": [f"{made.shelf}/{made.name}" for made in scenario.adjustments],
        "point_estimate": result.point,
        "quantities": {name: quantity(result, name, interval) for name in order},
        "budget": None if stands is None else stands._asdict(),
        "dependence": [
            {"between": [a, b], "rank": rank, "achieved": result.achieved.get((a, b))}
            for (a, b), rank in scenario.ranks.items()
        ],
        "known": list(scenario.known),
        "assumed": list(scenario.assumed),
        "sources": [_source(source) for source in scenario.sources],
        "notes": [*scenario.notes, *result.notes, *mean_notes(result)],
        "warnings": warnings_of(result, interval),
    }


def json_text(data: Any) -> str:
    """Write JSON that any reader takes; a number that is none is an error here, not a token there."""
    return json.dumps(data, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


CSV_COLUMNS = ("quantity", "role", "unit", "mean", "sd", "median", "low", "high", *(f"p{p:g}" for p in PERCENTS),
               "mcse_mean", "mcse_median", "mcse_low", "mcse_high", "share_mean", "stated", "sources")  # fmt: skip


def as_csv(result: Result, interval: Level = 0.95) -> str:
    """Return one row a quantity; text that a spreadsheet would take for a formula gets a leading apostrophe."""
    interval = interval_of(interval)
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for name, said in as_json(result, interval)["quantities"].items():
        sources = "; ".join(str(Source(**source)) for source in said.get("sources", []))
        row = [safe(name), said["role"], said["unit"], *(blank(said[key]) for key in ("mean", "sd", "median", "low", "high"))]
        row += [said["quantiles"][f"{p:g}"] for p in PERCENTS]
        row += [blank(said["mcse"][key]) for key in ("mean", "median", "low", "high")]
        row += [said.get("share", {}).get("mean", ""), safe(said.get("stated", "")), safe(sources)]
        writer.writerow(row)
    return text.getvalue()


def blank(value: float | None) -> float | str:
    """Return a figure for a cell, which is empty where there is none."""
    return "" if value is None else value


def safe(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def to_tree(result: Result) -> "xr.DataTree":
    """Return kept draws as the groups `prior` (inputs) and `prior_predictive` (what follows), after the ArviZ schema.

    Dimensions are (chain, draw) with one chain. Each variable carries unit, role and, for inputs, how stated and sources.
    """
    import xarray as xr

    scenario = result.scenario
    draws = np.arange(result.draws)
    groups: dict[str, dict[str, Any]] = {"prior": {}, "prior_predictive": {}}
    for name, values in result.kept.items():
        given = scenario.inputs.get(name)
        attributes = {"units": scenario.unit(name), "role": scenario.role(name), "long_name": words(name)}
        if given is not None:
            attributes |= {
                "comment": given.about or given.stated,
                "stated": given.stated,
                "date": given.date,
                "sure": given.sure,
                "references": "; ".join(map(str, given.sources)) or "assumption",
            }
        elif name in scenario.graph.formulas:
            attributes["comment"] = scenario.graph.formulas[name].about
        group = "prior" if given is not None else "prior_predictive"
        # A slash would make a group of its own in the file.
        groups[group][name.replace("/", ":")] = (("chain", "draw"), values[None, :], attributes)
    about = {
        "name": scenario.title,
        "created_at": now(),
        "creation_library": "llmcost",
        "creation_library_version": tool_version(),
        "creation_library_language": "Python",
        "sample_dims": ["chain", "draw"],
        "seed": result.seed,
        "method": result.method,
        "money": scenario.money,
        "config_sha256": scenario.fingerprint,
        "numpy_version": np.__version__,
        "notes": json.dumps([*scenario.notes, *result.notes]),
    }
    coords = {"chain": [0], "draw": draws}
    made = {f"/{group}": xr.Dataset(variables, coords, about) for group, variables in groups.items()}
    tree: xr.DataTree = xr.DataTree.from_dict({"/": xr.Dataset(attrs=about), **made})
    return tree


def now() -> str:
    """Return the time, or SOURCE_DATE_EPOCH (seconds since 1970) where files must be the same byte for byte."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        return (datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        fault = Fault(Place("SOURCE_DATE_EPOCH"), "", f"{epoch!r} is no time: write whole seconds since 1970")
        raise Rejected([fault]) from None


def save(result: Result, path: Path, interval: Level = 0.95) -> None:
    """Write a result by the suffix of its path (.json, .csv, .nc), whole or not at all."""
    interval = interval_of(interval)
    if path.suffix == ".json":
        write_text_whole(path, json_text(as_json(result, interval)))
    elif path.suffix == ".csv":
        write_text_whole(path, as_csv(result, interval))
    elif path.suffix == ".nc":
        # Made in memory: where a disk is full, the HDF5 library brings the process down with a fault of its own.
        made = to_tree(result).to_netcdf(engine="h5netcdf")
        write_whole(path, lambda beside: beside.write_bytes(made))
    else:
        raise ValueError(f"no format {path.suffix!r}; there are {', '.join(SUFFIXES)}")


def open_tree(path: Path) -> "xr.DataTree":
    """Open saved draws; raise ValueError where the file is none of ours, or holds what ours never do."""
    import xarray as xr

    if path.exists() and not path.is_file():  # a pipe would be waited for
        raise ValueError(f"{path} is no file")
    try:
        _check_links(path)
        tree = xr.open_datatree(path, engine="h5netcdf")
    except Exception as error:  # what a broken file does to three libraries is not for us to list
        raise ValueError(f"{path} is no netCDF file of llmcost: {shorten(str(error), 200)}") from None
    if tree.attrs.get("creation_library") != "llmcost":
        raise ValueError(f"{path} was not written by llmcost")
    try:
        _check_draws(tree)
    except (KeyError, TypeError, OSError) as error:
        raise ValueError(f"{path} is damaged: {shorten(str(error), 200)}") from None
    except ValueError as error:
        raise ValueError(f"{path} {error}") from None
    return tree


def _check_links(path: Path) -> None:
    """Refuse what makes the HDF5 library read other files than the one that was named."""
    import h5py

    def check(group: Any) -> None:
        for name in group:
            if isinstance(group.get(name, getlink=True), h5py.ExternalLink):
                raise ValueError("it leads to other files")
            part = group[name]
            if isinstance(part, h5py.Group):
                check(part)
            elif isinstance(part, h5py.Dataset) and (part.external or part.is_virtual):
                raise ValueError("it leads to other files")

    with h5py.File(path, "r") as file:
        check(file)


def _check_draws(tree: "xr.DataTree") -> None:
    """Check that there are draws, as many for each name, all finite, and that memory holds them."""
    int(tree.attrs["seed"])
    groups = [tree[name].dataset for name in ("prior", "prior_predictive")]
    size = sum(group.nbytes for group in groups)
    if 3.0 * size > machine.free_memory():
        raise ValueError(f"holds {size / 1e9:.3g} GB of draws, more than there is memory for")
    for group in groups:
        for name, draws in group.data_vars.items():
            # A run has single numbers, a fit of evidence has vectors too.
            shaped = draws.dims == ("chain", "draw") if "config_sha256" in tree.attrs else draws.dims[:2] == ("chain", "draw")
            if not shaped or draws.dtype.kind not in "fiu" or not np.isfinite(draws.values).all():
                raise ValueError(f"holds draws of {name} that are not all finite numbers")


def read_json(path: Path) -> Any:
    """Return what an earlier run wrote as JSON; raise `Rejected` where the file is none of that kind."""
    text = read_text(path, str(path))
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        fault = Fault(Place(str(path), error.lineno, error.colno), "", f"cannot be read as JSON: {error.msg}")
    except (ValueError, RecursionError):
        fault = Fault(Place(str(path)), "", "cannot be read as JSON: a number too long, or nested too deep")
    raise Rejected([fault])


def changes(old: Any, new: dict[str, Any]) -> dict[str, Any]:
    """Compare the JSON of an earlier run with a new one: figures of total and lines, and what differs in how they were made.

    Raises ValueError where the two cannot be compared (another schema, other money, no such quantities).
    """
    unreadable = "is no result of `llmcost run --format json` that this version can read"
    if not isinstance(old, dict) or old.get("schema") != SCHEMA or "money" not in old:
        raise ValueError(unreadable)
    if old["money"] != new["money"]:
        raise ValueError(f"is in {old['money']}, and this run in {new['money']}; they cannot be compared")
    try:
        said = _compared(old, new)
        json_text(said)  # a baseline may hold NaN, and what is told of it may not
    except (KeyError, TypeError, AttributeError, ValueError):
        raise ValueError(unreadable) from None
    return said


def _compared(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    moved = {}
    for name, figures in new["quantities"].items():
        before = old["quantities"].get(name)
        if figures["role"] not in ("total", "line") or before is None:
            continue
        pairs = {key: (before[key], figures[key]) for key in ("median", "low", "high")}
        pairs["p80"] = (before["quantiles"]["80"], figures["quantiles"]["80"])
        moved[name] = {key: {"old": was, "new": now, "change": now - was} for key, (was, now) in pairs.items()}
    inputs = [
        name
        for name in {**old["quantities"], **new["quantities"]}
        if old["quantities"].get(name, {}).get("stated") != new["quantities"].get(name, {}).get("stated")
    ]
    differs = [key for key in ("draws", "seed", "method", "interval", "version", "scope") if old.get(key) != new.get(key)]
    error = math.hypot(old["quantities"][TOTAL]["mcse"]["median"], new["quantities"][TOTAL]["mcse"]["median"])
    return {"quantities": moved, "inputs_changed": inputs, "run_differs_in": differs, "median_change_mcse": error}
