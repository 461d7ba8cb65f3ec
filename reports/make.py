"""The reports of this folder: `make reports` writes them, a test asks whether they are what would be written today.

python reports/make.py [NAME...]
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATE = "2026-11-21"
"""The day that stands on the reports: no clock, so that the same inputs give the same bytes."""
# Ages of prices count to that day too.
os.environ.setdefault("SOURCE_DATE_EPOCH", f"{datetime.fromisoformat(DATE).replace(tzinfo=UTC).timestamp():.0f}")

SHOWCASES = {
    "gpt-4": ["gpt-4", "--budget", "150e6"],
    "llama-3.1-405b": ["llama-3.1-405b", "--draws", "20000"],
    "startup-7b": ["startup-7b.yaml", "--draws", "20000"],
    "rent-or-buy-4096": ["rent-or-buy-4096.yaml", "--rent-or-buy"],
}
EPOCH = "epoch"


def make(name: str, folder: Path) -> None:
    """Write one report to a folder."""
    if name == EPOCH:
        from epoch import report

        from simulator.report.folder import input_hashes, write

        write(report(DATE), folder, manifest={"command": "make reports", "seed": 0, "inputs": input_hashes([])})
        return
    from simulator.cli import group

    with inside(HERE):
        group.main(["report", *SHOWCASES[name], "--date", DATE, "-o", str(folder), "--quiet"], standalone_mode=False)


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Work in a folder, so that scenarios are named as they stand there."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    for each in sys.argv[1:] or [EPOCH, *SHOWCASES]:
        make(each, HERE / each)
        print(f"wrote reports/{each}/report.html")
