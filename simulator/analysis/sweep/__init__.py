"""Sweeps: the statistics of every cell of a grid of scenarios, using common random numbers, as one Dataset, JSON or CSV."""

from simulator.analysis.sweep.files import SUFFIXES, check_output, save, to_dataset
from simulator.analysis.sweep.result import (
    STATISTICS,
    CellQuantity,
    CellStatistics,
    SweepCell,
    SweepResult,
    Variable,
    reported_quantities,
)
from simulator.analysis.sweep.simulation import SweepInterruptedError, cell_statistics, sweep
from simulator.analysis.sweep.store import Store

__all__ = [
    "STATISTICS",
    "SUFFIXES",
    "CellQuantity",
    "CellStatistics",
    "Store",
    "SweepCell",
    "SweepInterruptedError",
    "SweepResult",
    "Variable",
    "cell_statistics",
    "check_output",
    "reported_quantities",
    "save",
    "sweep",
    "to_dataset",
]
