"""Compare what `run` gives in two checkouts: `python tests/compare_runs.py BEFORE AFTER [--within-errors]`.

Every built-in scenario is run. Keys that were renamed in between are mapped first; everything else must be equal to the last
digit, or with `--within-errors` agree within 4 Monte Carlo standard errors, for a change of random streams.
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
ERRORS = 4


def scenario_names(checkout: Path) -> list[str]:
    """Return the built-in scenarios of a checkout, and parts of scenarios, which are refused by themselves."""
    listing = json.loads(output(checkout, "list", "scenarios", "--format", "json"))
    rows = listing["scenarios"] if isinstance(listing, dict) else listing
    return [row["name"] for row in rows]


def output(checkout: Path, *arguments: str) -> str:
    """Return what a command of a checkout prints."""
    command = [sys.executable, "-m", "simulator", *arguments]
    environment = os.environ | {"PYTHONPATH": str(checkout.resolve()), "PYTHONWARNINGS": ""}
    process = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    return process.stdout if process.returncode == 0 else json.dumps({"refused": process.returncode})


def figures(data: Any) -> Any:
    """Return plain data with its keys of today, without text."""
    if isinstance(data, dict):
        return {RENAMED.get(key, key): figures(value) for key, value in data.items() if RENAMED.get(key, key) not in IGNORED}
    return [figures(value) for value in data] if isinstance(data, list) else data


def outside_errors(old: Any, new: Any) -> list[str]:
    """Return the figures of the total and its lines that differ by more than `ERRORS` Monte Carlo standard errors."""
    found = []
    for name, before in old.get("quantities", {}).items():
        after = new.get("quantities", {}).get(name)
        if after is None or before["role"] not in ("total", "line"):
            continue
        for key, error in before["mcse"].items():
            if error is not None and abs(after[key] - before[key]) > ERRORS * (error**2 + after["mcse"][key] ** 2) ** 0.5:
                found.append(f"{name}.{key}")
    return found


def main(before: Path, after: Path, *options: str) -> int:
    """Print each scenario whose figures differ, and return how many there are."""
    differ = 0
    compared = scenario_names(before)
    for name in compared:
        old, new = (
            figures(json.loads(output(path, "run", name, "--draws", DRAWS, "--quiet", "--format", "json")))
            for path in (before, after)
        )
        if "--within-errors" in options:
            keys = outside_errors(old, new)
        else:
            keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
        if keys:
            differ += 1
            print(f"{name}: differs in {', '.join(keys)}")
    print(f"{len(compared)} scenarios compared, {differ} differ")
    return differ


if __name__ == "__main__":
    sys.exit(bool(main(*map(Path, sys.argv[1:3]), *sys.argv[3:])))
