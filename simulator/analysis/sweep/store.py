"""Finished cells of a sweep in a file, from which an interrupted sweep resumes."""

import hashlib
import json
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from simulator.analysis.sweep.result import STATISTICS, CellQuantity, CellStatistics
from simulator.core.results import to_plain
from simulator.core.suggestions import InvalidValueError
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

    The key of a cell is a hash of its scenario, seed, draws and versions, so a cell that has changed is simulated again. Each
    line ends with a checksum of its own. A truncated last line is ignored, because an interrupted run leaves one; any other
    line that does not agree with its checksum is refused.
    """

    def __init__(self, output: Path) -> None:
        self.path = output.with_name(f"{output.name}.cells.jsonl")

    def read(self) -> dict[str, CellStatistics]:
        """Return the statistics of finished cells by key; raise `InvalidValueError` for a line that was changed."""
        cells: dict[str, CellStatistics] = {}
        if not self.path.exists():
            return cells
        if not self.path.is_file():
            raise InvalidValueError(f"{self.path}: is no file; remove it, or name another output")
        lines = self.path.read_bytes().split(b"\n")
        for number, line in enumerate(lines, 1):
            if not line:
                continue
            try:
                key, figures = _parse(line)
            except (ValueError, KeyError, TypeError, AttributeError):
                if number == len(lines):
                    break
                problem = "this finished cell is not as it was written; remove the line to simulate it again"
                raise InvalidValueError(f"{self.path}:{number}: {problem}") from None
            cells[key] = figures
        return cells

    def add(self, key: str, figures: CellStatistics) -> None:
        """Append the statistics of a cell; what an interrupted run left of a line before it is removed."""
        with self.path.open("ab+") as file:
            _remove_incomplete_line(file)
            file.write(_line(key, figures))

    def remove(self) -> None:
        """Delete the file once the sweep is complete."""
        self.path.unlink(missing_ok=True)


def _line(key: str, figures: CellStatistics) -> bytes:
    text = json.dumps({"cell": key, "figures": to_plain(figures)}, allow_nan=False)
    return f"{text}\t{_checksum(text)}\n".encode()


def _parse(line: bytes) -> tuple[str, CellStatistics]:
    """Return the key and the statistics of a line; raise ValueError where its checksum is another."""
    text, _, checksum = line.decode("utf-8").rpartition("\t")
    if checksum != _checksum(text):
        raise ValueError("another checksum")
    row = json.loads(text)
    return row["cell"], _from_plain(row["figures"])


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _remove_incomplete_line(file: BinaryIO) -> None:
    """Truncate a file after its last line end."""
    end = file.seek(0, 2)
    while end:
        file.seek(end - 1)
        if file.read(1) == b"\n":
            break
        end -= 1
    file.truncate(end)
    file.seek(end)


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
