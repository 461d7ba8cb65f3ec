"""Compare what `run` gives in two checkouts: `python tests/compare_runs.py BEFORE AFTER` for every built-in scenario.

Keys that were renamed in between are mapped first; everything else must be equal to the last digit. It is for a change of
structure or of names, which must move no number.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

RENAMED = {
    "stated": "specification",
    "sure": "grade",
}
"""Keys of the JSON before, and what they are called after."""
IGNORED = {
    "schema", "version", "fingerprint", "warnings", "notes", "about", "title", "headline", "scope", "sources", "specification",
}  # fmt: skip
"""Text, whose words may change, and what identifies versions: a fingerprint depends on names."""
DRAWS = "20000"


def scenario_names(checkout: Path) -> list[str]:
    """Return the built-in scenarios of a checkout, and parts of scenarios, which are refused by themselves."""
    listing = json.loads(output(checkout, "list", "scenarios", "--format", "json"))
    rows = listing["scenarios"] if isinstance(listing, dict) else listing
    return [row["name"] for row in rows]


def output(checkout: Path, *arguments: str) -> str:
    """Return what a command of a checkout prints."""
    command = [sys.executable, "-m", "simulator", *arguments]
    environment = os.environ | {"PYTHONPATH": str(checkout), "PYTHONWARNINGS": ""}
    process = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    return process.stdout if process.returncode == 0 else json.dumps({"refused": process.returncode})


def figures(data: Any) -> Any:
    """Return plain data with its keys of today, without text."""
    if isinstance(data, dict):
        return {RENAMED.get(key, key): figures(value) for key, value in data.items() if RENAMED.get(key, key) not in IGNORED}
    return [figures(value) for value in data] if isinstance(data, list) else data


def main(before: Path, after: Path) -> int:
    """Print each scenario whose figures differ, and return how many there are."""
    differ = 0
    compared = scenario_names(before)
    for name in compared:
        runs = [
            json.loads(output(path, "run", name, "--draws", DRAWS, "--quiet", "--format", "json")) for path in (before, after)
        ]
        old, new = map(figures, runs)
        if old != new:
            differ += 1
            keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
            print(f"{name}: differs in {', '.join(keys)}")
    print(f"{len(compared)} scenarios compared, {differ} differ")
    return differ


if __name__ == "__main__":
    sys.exit(bool(main(*(Path(argument).resolve() for argument in sys.argv[1:3]))))
