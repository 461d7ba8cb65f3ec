"""A second pass over the same draws, which makes quantiles those of the sample to the last digit."""

import numpy as np
from numpy.typing import NDArray

from simulator.core.levels import Level
from simulator.engine.accumulators import Tally
from simulator.engine.blocks import Run
from simulator.engine.executor import in_order
from simulator.engine.result import Result
from simulator.engine.scenario import TOTAL
from simulator.engine.summaries import PERCENTS, ends

Array = NDArray[np.float64]


def make_exact(run: Run, result: Result, threads: int, interval: Level) -> None:
    """Draw once more and keep the values that the quantiles of total, lines and outcomes rest on, so that these are exact."""
    names = (TOTAL, *run.scenario.lines, *run.scenario.outcomes)
    tallies = {name: tally for name in names if isinstance(tally := result.tallies[name], Tally)}
    p = np.array([*(percent / 100 for percent in PERCENTS), *ends(interval)])
    bins = {name: tally.wanted(p) for name, tally in tallies.items()}

    def pick(block: int) -> dict[str, Array]:
        values = run.values(block, lean=True)
        return {name: tally.pick(np.asarray(values[name]), bins[name]) for name, tally in tallies.items()}

    picked: dict[str, list[Array]] = {name: [] for name in tallies}
    for values_of_block in in_order(pick, run.blocks(), threads):
        for name, values in values_of_block.items():
            picked[name].append(values)
    for name, tally in tallies.items():
        tally.settle(p, bins[name], np.concatenate(picked[name]))
