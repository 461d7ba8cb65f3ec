"""Exact sample quantiles, from a second pass over the same draws."""

import numpy as np
from numpy.typing import NDArray

from simulator.core.levels import Level
from simulator.engine.accumulators import Accumulator
from simulator.engine.blocks import BlockSimulator
from simulator.engine.executor import map_in_order
from simulator.engine.result import SimulationResult
from simulator.engine.scenario import TOTAL
from simulator.engine.summaries import PERCENTS, interval_bounds

Array = NDArray[np.float64]


def make_exact(run: BlockSimulator, result: SimulationResult, threads: int, interval: Level) -> None:
    """Repeat the draws and collect the order statistics behind the quantiles of total, lines and outcomes."""
    names = (TOTAL, *run.scenario.lines, *run.scenario.outcomes)
    accumulators = {name: accumulator for name in names if isinstance(accumulator := result.accumulators[name], Accumulator)}
    p = np.array([*(percent / 100 for percent in PERCENTS), *interval_bounds(interval)])
    bins = {name: accumulator.bins_of_quantiles(p) for name, accumulator in accumulators.items()}

    def select(block: int) -> dict[str, Array]:
        values = run.simulate_block(block, lean=True)
        return {name: accumulator.select(np.asarray(values[name]), bins[name]) for name, accumulator in accumulators.items()}

    selection: dict[str, list[Array]] = {name: [] for name in accumulators}
    for values_of_block in map_in_order(select, run.blocks(), threads):
        for name, values in values_of_block.items():
            selection[name].append(values)
    for name, accumulator in accumulators.items():
        accumulator.set_exact_quantiles(p, bins[name], np.concatenate(selection[name]))
