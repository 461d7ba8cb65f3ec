"""Time of whole commands, as ratios to `python -c "import numpy"` in the same round.

Whole processes, interleaved (A B C, A B C, ...), medians over rounds: `python benchmarks/startup.py [ROUNDS]`.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

LLMCOST = str(Path(sys.executable).with_name("llmcost"))
COMMANDS = {
    'python -c "import numpy"': [sys.executable, "-c", "import numpy"],
    "llmcost --help": [LLMCOST, "--help"],
    "llmcost run gpt-4": [LLMCOST, "run", "gpt-4"],
    "llmcost run gpt-4 --method sobol": [LLMCOST, "run", "gpt-4", "--method", "sobol"],
}


def seconds(command: list[str]) -> float:
    """Return the wall time of a whole process."""
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def main(rounds: int) -> None:
    """Print medians and ratios."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for number in range(rounds + 1):
        for name, command in COMMANDS.items():
            taken = seconds(command)
            if number:  # the first round warms the page cache
                times[name].append(taken)
    base = statistics.median(times['python -c "import numpy"'])
    for name, taken in times.items():
        median = statistics.median(taken)
        print(f"{name:36} {median:6.3f} s  ({min(taken):.3f} to {max(taken):.3f})  {median / base:5.2f} times import numpy")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
