"""What the contenders share: the clock, the memory, and the JSON line that `run.py` reads.

A contender is run as `python FILE N [SEED] [MORE]`. It defines its model at import and hands `main` a function of (N, SEED,
*MORE) that draws and returns (figures, shares): mean and P2.5, P50, P80, P95, P97.5 of each line and the total, mean shares.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

PERCENTS = (2.5, 50, 80, 95, 97.5)
LINES = ("hardware_cost", "energy_cost", "staff_cost", "total_cost")


def process_age() -> float:
    """Wall time since this process began, to 10 ms."""
    started = Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(started) / os.sysconf("SC_CLK_TCK")


def peak_mb() -> float:
    """Return the peak resident memory of this program (what the parent held before it became this program does not count)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(simulate: Callable, package: str) -> None:
    """Run a contender once, cold, and print what it gave and what it took."""
    draws, seed = int(float(sys.argv[1])), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    import_seconds = process_age()
    wall, cpu = time.perf_counter(), time.process_time()
    figures, shares = simulate(draws, seed, *sys.argv[3:])
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    figures = {name: [float(x) for x in figures[name]] for name in LINES}
    print(
        json.dumps(
            {
                "mean": figures["total_cost"][0],
                "p95": figures["total_cost"][1 + PERCENTS.index(95)],
                "seconds": wall,
                "import_seconds": import_seconds,
                "peak_mb": peak_mb(),
                "cpu_seconds": cpu,
                "version": f"{package} {version(package)}",
                "figures": figures,
                "shares": {name: float(shares[name]) for name in LINES},
            }
        )
    )
