"""Saving of a result to a file, in the format of its suffix."""

from pathlib import Path

from simulator.core.files import write_atomically, write_text_atomically
from simulator.core.levels import Level, interval_of
from simulator.engine.result import SimulationResult
from simulator.io.netcdf import to_tree, with_summary
from simulator.io.run_summary import summarize_run

SUFFIXES = (".nc", ".csv", ".json")


def save(result: SimulationResult, path: Path, interval: Level = 0.95) -> None:
    """Write a result atomically, in the format of the suffix of its path (.json, .csv, .nc)."""
    interval = interval_of(interval)
    if path.suffix == ".json":
        write_text_atomically(path, summarize_run(result, interval).to_json())
    elif path.suffix == ".csv":
        write_text_atomically(path, summarize_run(result, interval).to_csv())
    elif path.suffix == ".nc":
        # Built in memory, because the HDF5 library crashes the process if the disk is full.
        tree = with_summary(to_tree(result), summarize_run(result, interval), has_own_point=result.scenario.point is not None)
        content = tree.to_netcdf(engine="h5netcdf")
        write_atomically(path, lambda temporary: temporary.write_bytes(content))
    else:
        raise ValueError(f"no format {path.suffix!r}; there are {', '.join(SUFFIXES)}")
