"""Time of each stage of the reference model, in nanoseconds per draw on one thread: `python benchmarks/stages.py [DRAWS]`."""

import cProfile
import pstats
import sys
from pathlib import Path

from simulator.engine.simulate import simulate
from simulator.scenario import read

STAGES = {
    "normal variates (words, ziggurat)": ("streams.py", "random_normals"),
    "distributions: variates to values": ("families.py base.py composite.py", "at"),
    "formulas": ("graph.py", "evaluate"),
    "accumulators: moments and histograms": ("accumulators.py", "of"),
    "everything, including overhead": ("simulate.py", "simulate"),
}


def main(draws: int) -> None:
    """Run once to warm up, once under the profiler, and print cumulative times by stage."""
    scenario = read(str(Path(__file__).parent / "reference" / "scenario.yaml"))
    simulate(scenario, 100_000, threads=1)
    profiler = cProfile.Profile()
    profiler.enable()
    simulate(scenario, draws, threads=1)
    profiler.disable()
    stats = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    taken = {}
    for stage, (files, name) in STAGES.items():
        rows = [row for (file, _, function), row in stats.items() if Path(file).name in files.split() and function == name]
        # A distribution may call another one, whose time is then part of the cumulative time of its caller.
        taken[stage] = 1e9 * sum(row[3] for row in rows) / draws
    variates, distributions, formulas, *_ = STAGES
    taken[formulas] -= taken[variates] + taken[distributions]  # an input is sampled when a formula first needs it
    for stage, each in taken.items():
        print(f"{stage:36} {each:7.1f} ns per draw")


if __name__ == "__main__":
    main(int(float(sys.argv[1])) if len(sys.argv) > 1 else 4_000_000)
