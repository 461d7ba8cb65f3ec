"""A result to a file, in the format that its suffix names."""

from pathlib import Path

from simulator.core.files import write_text_whole, write_whole
from simulator.core.levels import Level, interval_of
from simulator.engine.result import Result
from simulator.io.netcdf import to_tree
from simulator.io.to_csv import as_csv
from simulator.io.to_json import as_json, json_text

SUFFIXES = (".nc", ".csv", ".json")


def save(result: Result, path: Path, interval: Level = 0.95) -> None:
    """Write a result by the suffix of its path (.json, .csv, .nc), whole or not at all."""
    interval = interval_of(interval)
    if path.suffix == ".json":
        write_text_whole(path, json_text(as_json(result, interval)))
    elif path.suffix == ".csv":
        write_text_whole(path, as_csv(result, interval))
    elif path.suffix == ".nc":
        # Made in memory: where a disk is full, the HDF5 library brings the process down with an issue of its own.
        content = to_tree(result).to_netcdf(engine="h5netcdf")
        write_whole(path, lambda beside: beside.write_bytes(content))
    else:
        raise ValueError(f"no format {path.suffix!r}; there are {', '.join(SUFFIXES)}")
