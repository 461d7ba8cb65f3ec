"""Where the time of the reference model goes, in nanoseconds a draw on one thread: `python benchmarks/stages.py [DRAWS]`."""

import cProfile
import pstats
import sys
from pathlib import Path

import simulator

STAGES = {
    "normal scores (words, ziggurat)": ("streams.py", "random_normals"),
    "distributions: scores to values": ("families.py base.py composite.py", "at"),
    "formulas": ("graph.py", "evaluate"),
    "accumulators: moments and histograms": ("accumulators.py", "of"),
    "everything, with what is between": ("simulate.py", "simulate"),
}


def main(draws: int) -> None:
    """Run once to warm up, once under the profiler, and print cumulative times by stage."""
    scenario = simulator.read(str(Path(__file__).parent / "reference" / "scenario.yaml"))
    simulator.run(scenario, 100_000, threads=1)
    profiler = cProfile.Profile()
    profiler.enable()
    simulator.run(scenario, draws, threads=1)
    profiler.disable()
    stats = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    taken = {}
    for stage, (files, name) in STAGES.items():
        rows = [row for (file, _, function), row in stats.items() if Path(file).name in files.split() and function == name]
        # A distribution may call another distribution: what is called from a distribution is in its caller's time already.
        taken[stage] = 1e9 * sum(row[3] for row in rows) / draws
    scores, distributions, formulas, *_ = STAGES
    taken[formulas] -= taken[scores] + taken[distributions]  # an input is drawn when a formula first asks for it
    for stage, each in taken.items():
        print(f"{stage:36} {each:7.1f} ns a draw")


if __name__ == "__main__":
    main(int(float(sys.argv[1])) if len(sys.argv) > 1 else 4_000_000)
