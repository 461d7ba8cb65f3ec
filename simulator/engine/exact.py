"""A second pass over the same draws, which makes quantiles those of the sample to the last digit."""

import numpy as np
from numpy.typing import NDArray

from simulator.core.levels import Level
from simulator.engine.accumulators import Accumulator
from simulator.engine.blocks import Run
from simulator.engine.executor import in_order
from simulator.engine.result import Result
from simulator.engine.scenario import TOTAL
from simulator.engine.summaries import PERCENTS, ends

Array = NDArray[np.float64]


def make_exact(run: Run, result: Result, threads: int, interval: Level) -> None:
    """Draw once more and keep the values that the quantiles of total, lines and outcomes rest on, so that these are exact."""
    names = (TOTAL, *run.scenario.lines, *run.scenario.outcomes)
    accumulators = {name: accumulator for name in names if isinstance(accumulator := result.accumulators[name], Accumulator)}
    p = np.array([*(percent / 100 for percent in PERCENTS), *ends(interval)])
    bins = {name: accumulator.wanted(p) for name, accumulator in accumulators.items()}

    def pick(block: int) -> dict[str, Array]:
        values = run.values(block, lean=True)
        return {name: accumulator.pick(np.asarray(values[name]), bins[name]) for name, accumulator in accumulators.items()}

    picked: dict[str, list[Array]] = {name: [] for name in accumulators}
    for values_of_block in in_order(pick, run.blocks(), threads):
        for name, values in values_of_block.items():
            picked[name].append(values)
    for name, accumulator in accumulators.items():
        accumulator.settle(p, bins[name], np.concatenate(picked[name]))
