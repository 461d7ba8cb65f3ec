"""Saving of a result to a file, in the format of its suffix."""

from pathlib import Path

from simulator.core.files import write_atomically, write_text_atomically
from simulator.core.levels import Level, interval_of
from simulator.engine.result import SimulationResult
from simulator.io.netcdf import to_tree, with_summary
from simulator.io.risk_register import RegisterStatistics
from simulator.io.run_summary import summarize_run

SUFFIXES = (".nc", ".csv", ".json")


def save(result: SimulationResult, path: Path, interval: Level = 0.95, *, risks: RegisterStatistics | None = None) -> None:
    """Write a result, with the risk register of its scenario, in the format of the suffix of its path (.json, .csv, .nc).

    The file is written completely or not at all.
    """
    summary = summarize_run(result, interval_of(interval), risks=risks)
    if path.suffix == ".json":
        write_text_atomically(path, summary.to_json())
    elif path.suffix == ".csv":
        write_text_atomically(path, summary.to_csv())
    elif path.suffix == ".nc":
        # Built in memory, because the HDF5 library crashes the process if the disk is full.
        tree = with_summary(to_tree(result), summary, has_own_point=result.scenario.point is not None)
        content = tree.to_netcdf(engine="h5netcdf")
        write_atomically(path, lambda temporary: temporary.write_bytes(content))
    else:
        raise ValueError(f"no format {path.suffix!r}; there are {', '.join(SUFFIXES)}")
