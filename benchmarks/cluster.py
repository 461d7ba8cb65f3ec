"""Cost of `--scheduler`: threads and worker processes simulate the same in turn; minimum times, bytes, and a hash.

    python benchmarks/cluster.py [DRAWS] [REPEATS]

Run it on a quiet machine: it compares wall times on as many cores as there are workers (two).
"""

import hashlib
import pickle
import sys
import time

from simulator.engine.blocks import BLOCKS_PER_RANGE
from simulator.engine.cluster import workers
from simulator.engine.executor import EXECUTOR, map_in_order
from simulator.engine.sampling.streams import BLOCK
from simulator.engine.simulate import simulate
from simulator.io.run_summary import summarize_run
from simulator.scenario import read

TASKS = 500


def hashed(result):
    return hashlib.sha256(summarize_run(result).to_json().encode()).hexdigest()[:16]


def timed(scenario, draws, **options):
    begun = time.perf_counter()
    result = simulate(scenario, draws, **options)
    return time.perf_counter() - begun, hashed(result)


def summaries(scenario, ranges=4):
    """Return the sizes of the pickled summaries of the first ranges in bytes."""
    sizes = []

    def executor(task, items):
        for item in items:
            made = task(item)
            sizes.append(len(pickle.dumps(made)))
            yield made

    before = EXECUTOR.set(executor)
    simulate(scenario, ranges * BLOCKS_PER_RANGE * BLOCK)
    EXECUTOR.reset(before)
    return sizes


def main(draws, repeats):
    scenario = read("gpt-4", budget="150e6")
    simulate(scenario, 100_000)
    begun = time.perf_counter()
    with workers("local:2"):
        list(map_in_order(abs, [1, 2], 1))
        print(f"local:2 begins in {time.perf_counter() - begun:.1f} s")
        begun = time.perf_counter()
        list(map_in_order(abs, range(TASKS), 1))
        print(f"{TASKS / (time.perf_counter() - begun):,.0f} empty tasks a second")
        there = EXECUTOR.get()
        times = {"threads": [], "local:2": []}
        for _ in range(repeats):
            EXECUTOR.set(None)
            times["threads"].append(timed(scenario, draws, threads=2))
            EXECUTOR.set(there)
            times["local:2"].append(timed(scenario, draws))
    least = {who: min(found) for who, found in times.items()}
    for who, (seconds, sha) in least.items():
        print(f"{who:8} {seconds:7.2f} s for {draws:,} draws, {draws / seconds / 1e6:.1f} M/s, {sha}")
    print(f"ratio {least['local:2'][0] / least['threads'][0]:.2f}")
    print(f"a range of {BLOCKS_PER_RANGE * BLOCK:,} draws comes back as {summaries(scenario)} bytes")


if __name__ == "__main__":
    main(int(float(sys.argv[1])) if len(sys.argv) > 1 else 100_000_000, int(sys.argv[2]) if len(sys.argv) > 2 else 3)
