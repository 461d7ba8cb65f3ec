"""Simulation of every cell of a grid, over threads or the workers of a cluster."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from simulator.analysis.sweep.result import CellQuantity, CellStatistics, SweepCell, SweepResult, Variable
from simulator.analysis.sweep.store import Store, key_of
from simulator.core import resources
from simulator.core.errors import LlmcostError, NonFiniteResultError
from simulator.core.results import Note, values_of
from simulator.engine.blocks import BLOCKS_PER_RANGE
from simulator.engine.executor import EXECUTOR, map_in_order
from simulator.engine.options import DEFAULTS, RunOptions
from simulator.engine.sampling.streams import BLOCK
from simulator.engine.simulate import simulate
from simulator.engine.summaries import summarize
from simulator.io.header import header_of
from simulator.io.summary import budget_of
from simulator.scenario import TOTAL, Scenario
from simulator.scenario.assemble.chip_facts import NOTE as OF_ANOTHER_CHIP
from simulator.scenario.grid import HYPERCUBE, Grid

_CELLS_PER_TASK = 16
"""Cells in one task of a cluster: shared data is sent once, and a task takes far longer than the millisecond of sending it."""


class SweepInterruptedError(LlmcostError):
    """An interrupted sweep; `done` of its cells are in the store.

    Parameters
    ----------
    done : int
        Number of cells that are finished.

    Examples
    --------
    >>> import llmcost
    >>> issubclass(llmcost.SweepInterruptedError, llmcost.LlmcostError)
    True

    """

    __module__ = "llmcost"  # where users import it from, which tracebacks show

    def __init__(self, done: int) -> None:
        super().__init__(f"interrupted; {done:,} cells were finished")
        self.done = done


class _Failure(NamedTuple):
    """Why a cell has no statistics. A value, because an exception in a task would lose the other cells of the task."""

    reason: str


def sweep(
    grid: Grid,
    options: RunOptions = DEFAULTS,
    *,
    method: str = "random",
    store: Store | None = None,
    code: str = "",
) -> SweepResult:
    """Simulate every cell of a grid with one seed, so that cells differ by the swept values and not by the random draws.

    Cells are distributed over threads, or over the workers of a cluster; large ones are simulated one after the other, with
    their blocks distributed. Cells in the `store` are not simulated again; `code` identifies the user's own formulas in the
    keys of the store. Raises `NonFiniteResultError` where a quantity is not finite, and `SweepInterruptedError`.
    """
    finished = store.read() if store is not None else {}
    keys = [key_of(scenario, options, method, code) for scenario in grid.scenarios]
    remaining = [cell for cell, key in enumerate(keys) if key not in finished]
    done = len(keys) - len(remaining)

    def record(cell: int, figures: CellStatistics | _Failure) -> None:
        nonlocal done
        if isinstance(figures, _Failure):
            labels = ", ".join(f"{name} {label}" for name, label in grid.labels(cell).items())
            raise NonFiniteResultError(f"{labels}: {figures.reason}")
        finished[keys[cell]] = figures
        if store is not None:
            store.add(keys[cell], figures)
        done += 1
        if options.progress is not None:
            options.progress(done, len(keys))

    how = options.with_(progress=None)  # a function that reports progress cannot be sent to a worker
    try:
        if options.draws > BLOCKS_PER_RANGE * BLOCK:
            for cell in remaining:
                (figures,) = _batch_statistics(how, method, [grid.scenarios[cell]])
                record(cell, figures)
        else:
            size = _CELLS_PER_TASK if EXECUTOR.get() is not None else 1
            batches = [remaining[first : first + size] for first in range(0, len(remaining), size)]
            tasks = [[grid.scenarios[cell] for cell in cells] for cells in batches]
            work = partial(_batch_statistics, how.with_(threads=1), method)
            threads = options.threads or resources.cores()
            for cells, results in zip(batches, map_in_order(work, tasks, threads), strict=True):
                for cell, figures in zip(cells, results, strict=True):
                    record(cell, figures)
    except KeyboardInterrupt:
        raise SweepInterruptedError(done) from None
    return _result_of(grid, [finished[key] for key in keys], options, method)


def _batch_statistics(options: RunOptions, method: str, scenarios: Sequence[Scenario]) -> list[CellStatistics | _Failure]:
    batch: list[CellStatistics | _Failure] = []
    for scenario in scenarios:
        try:
            batch.append(cell_statistics(scenario, options, method))
        except NonFiniteResultError as error:
            batch.append(_Failure(str(error)))
    return batch


def cell_statistics(scenario: Scenario, options: RunOptions = DEFAULTS, method: str = "random") -> CellStatistics:
    """Return the statistics of total, lines and outcomes of one cell."""
    result = simulate(scenario, options.draws, options.seed, method, options.threads)
    if result.partial:
        raise KeyboardInterrupt
    quantities = {}
    for name in (TOTAL, *scenario.lines, *scenario.outcomes):
        summary = summarize(result.accumulators[name], options.interval)
        figures = (
            summary.mean, summary.sd, summary.median, summary.low, summary.high, *summary.quantiles.values(),
            summary.mean_error, summary.median_error, summary.low_error, summary.high_error,
        )  # fmt: skip
        quantities[name] = CellQuantity.of(scenario.unit(name), scenario.role(name), figures)
    return CellStatistics(draws=result.draws, point_estimate=result.point, budget=budget_of(result), quantities=quantities)


def _result_of(grid: Grid, cells: Sequence[CellStatistics], options: RunOptions, method: str) -> SweepResult:
    first = grid.scenarios[0]
    fingerprints = "".join(scenario.fingerprint for scenario in grid.scenarios)
    header = header_of(first, options.with_(draws=cells[0].draws))  # Sobol' points are rounded up
    return SweepResult(
        header=replace(header, fingerprint=hashlib.sha256(fingerprints.encode()).hexdigest()),
        kind=grid.kind,
        method=method,
        variables=tuple(
            Variable(name, grid.units.get(name), tuple(_with_unit(grid, name, label) for label in grid.values_of(name)))
            for name in grid.names
        ),
        cells=tuple(
            SweepCell(
                at={name: _with_unit(grid, name, label) for name, label in grid.labels(place).items()},
                fingerprint=scenario.fingerprint,
                **values_of(figures),
            )
            for place, (scenario, figures) in enumerate(zip(grid.scenarios, cells, strict=True))
        ),
        grid=grid,
        notes=_input_notes(grid),
    )


def _input_notes(grid: Grid) -> tuple[Note, ...]:
    """Return what cells leave out of the scenario that they sweep, each with the first cell that it is true of."""
    cells_of: dict[Note, list[int]] = {}
    for cell, scenario in enumerate(grid.scenarios):
        for note in scenario.notes:
            if note.code == OF_ANOTHER_CHIP:
                cells_of.setdefault(note, []).append(cell)
    notes = []
    for note, cells in cells_of.items():
        labels = ", ".join(f"{name} {label}" for name, label in grid.labels(cells[0]).items() if label)
        count = "" if len(cells) == 1 else f" and {len(cells) - 1:,} more"
        owner = "" if len(cells) == len(grid.scenarios) else f"{labels}{count}: "
        notes.append(replace(note, text=f"{owner}{note.text}"))
    return tuple(notes)


def _with_unit(grid: Grid, name: str, label: str) -> str:
    """Return the value of a swept name as a scenario file has it: the points of a hypercube are in the unit of the quantity."""
    unit = grid.units.get(name)
    return f"{label} {unit}" if grid.kind == HYPERCUBE and unit not in (None, "1") else label
