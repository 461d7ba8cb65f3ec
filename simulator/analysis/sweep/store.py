"""Finished cells of a sweep in a file, from which an interrupted sweep resumes."""

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from simulator.analysis.sweep.result import STATISTICS, CellQuantity, CellStatistics
from simulator.core.results import to_plain
from simulator.core.version import tool_version
from simulator.engine.options import RunOptions
from simulator.engine.summaries import BudgetAssessment
from simulator.scenario import Scenario


def key_of(scenario: Scenario, options: RunOptions, method: str, code: str) -> str:
    """Return the key of a cell in the store: a hash of everything that determines its statistics."""
    state = (scenario.fingerprint, scenario.paused_run, scenario.point, scenario.budget, code)
    how = (options.draws, options.seed, method, options.interval)
    return hashlib.sha256(repr((state, how, tool_version(), np.__version__)).encode()).hexdigest()


class Store:
    """Finished cells in a file beside the output, one line each, from which an interrupted sweep can resume.

    The key of a cell is a hash of its scenario, seed, draws and versions, so a cell that has changed is simulated again. A
    truncated last line is ignored.
    """

    def __init__(self, output: Path) -> None:
        self.path = output.with_name(f"{output.name}.cells.jsonl")

    def read(self) -> dict[str, CellStatistics]:
        """Return the statistics of finished cells by key."""
        cells: dict[str, CellStatistics] = {}
        if self.path.is_file():
            for line in self.path.read_text(encoding="utf-8").splitlines():
                with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
                    row = json.loads(line)
                    cells[row["cell"]] = _from_plain(row["figures"])
        return cells

    def add(self, key: str, figures: CellStatistics) -> None:
        """Append the statistics of a cell, starting on a new line because the last one may be truncated."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write("\n" + json.dumps({"cell": key, "figures": to_plain(figures)}, allow_nan=False))

    def remove(self) -> None:
        """Delete the file once the sweep is complete."""
        self.path.unlink(missing_ok=True)


def _from_plain(data: Any) -> CellStatistics:
    """Return the statistics of a cell from its plain data."""
    return CellStatistics(
        draws=data["draws"],
        point_estimate=data["point_estimate"],
        budget=None if data["budget"] is None else BudgetAssessment(**data["budget"]),
        quantities={
            name: CellQuantity.of(figures["unit"], figures["role"], (figures[statistic] for statistic in STATISTICS))
            for name, figures in data["quantities"].items()
        },
    )
