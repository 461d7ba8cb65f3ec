"""Print a table of the relations: where each ran, and what does not hold. `python tests/relations_table.py [ID...]`"""

import sys
import time
from collections import Counter

from relation_rows import Outcome, Row, evaluate_everywhere, load_rows


def main(ids: list[str]) -> int:
    """Print the table of all rows, or of those with some ids; return the exit code."""
    rows = [row for row in load_rows() if not ids or row.id in ids]
    outcomes = {row.label: evaluate_everywhere(row) if row.status == "run" else [] for row in _progress(rows)}
    print(f"{'row':14} {'subject':14} {'status':8} {'ran on':>7} {'passed':>7}  effect")
    for row in rows:
        ran = [outcome for outcome in outcomes[row.label] if outcome.has_run]
        passed = [outcome for outcome in ran if not outcome.failure]
        counts = (str(len(ran)), str(len(passed))) if row.status == "run" else ("", "")
        effect = f"needs {row.missing}" if row.status == "pending" else row.effect
        print(f"{row.label:14} {row.subject:14} {row.status:8} {counts[0]:>7} {counts[1]:>7}  {effect}")
    failures = [each for several in outcomes.values() for each in several if each.failure]
    for outcome in failures:
        print(f"{outcome.row.label} on {outcome.scenario}: {outcome.failure}")
    never = [row.label for row in rows if row.status == "run" and not any(each.has_run for each in outcomes[row.label])]
    for name in never:
        reasons = Counter(each.reason for each in outcomes[name])
        print(f"{name} ran on no scenario: {'; '.join(f'{count} x {reason}' for reason, count in reasons.most_common(4))}")
    print(_summary(rows, outcomes))
    return 1 if failures or never else 0


def _progress(rows: list[Row]):
    for row in rows:
        start = time.perf_counter()
        yield row
        if row.status == "run":
            print(f"{row.label} in {time.perf_counter() - start:.1f} s", file=sys.stderr)


def _summary(rows: list[Row], outcomes: dict[str, list[Outcome]]) -> str:
    status = Counter(row.status for row in rows)
    ran = [outcome for each in outcomes.values() for outcome in each if outcome.has_run]
    passed = sum(not outcome.failure for outcome in ran)
    scenarios = len({outcome.scenario for outcome in ran})
    counts = ", ".join(f"{count} {name}" for name, count in status.items())
    return f"{len(rows)} rows ({counts}); {len(ran)} evaluations on {scenarios} scenarios, {passed} passed"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
