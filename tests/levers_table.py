"""The table of all levers in docs/reference/levers.md: condition, quantity, direction, size by the source, and size here.

`python tests/levers_table.py` writes it from the library and from `lever_sizes.yaml`; a test notices when it is not up to date.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

from lever_sizes import COMPUTE, NEUTRAL, Change, Lever, active, changes, levers

from simulator.cli.output import TextTable, to_markdown
from simulator.core.formatting import format_significant
from simulator.scenario import library
from simulator.scenario.assemble.conditions import describe_conditions
from simulator.scenario.schema import AdjustmentRow

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "levers.md"
COLUMNS = ("lever", "grade", "applies where", "quantity", "direction", "by its source", "here")
HEAD = """# Levers

Reference. Written by `python tests/levers_table.py`; a test notices when it is not up to date. Each lever changes what its
source measured. *By its source* are the 5 %, 50 % and 95 % points of the change; *here* are those of the draws of a reference
run (Llama 3.1 405B with all quantities that a lever can change, or 1,024 rented H100). `x` is a factor, `x excess` a factor
on what exceeds one, `+` an amount, `=` a new value, `<=` an upper limit; *none* is the probability that a lever has no
effect. A lever that selects a choice has the size that rows of the library give it, which lies in the range of the source.
`-` stands for what a source does not state.

"""
SIGNS = {"multiply": "x ", "scale_from_one": "x excess ", "add": "+ ", "replace": "= ", "at_most": "<= "}
PERCENTS = (0.05, 0.5, 0.95)


def written() -> str:
    """Return the page as the library makes it today."""
    rows = [row for name, lever in levers().items() for row in rows_of(name, lever)]
    return HEAD + to_markdown([TextTable("", COLUMNS, rows)]) + "\n"


def rows_of(name: str, lever: Lever) -> list[tuple[str, ...]]:
    """Return a row for each quantity that a lever changes."""
    row = AdjustmentRow.model_validate(library.find_file("levers", name).plain())
    condition = describe_conditions(row.when) or "always"
    if row.baseline:
        condition = f"`baseline: bare`; {condition}"
    none = f"; none {row.probability_of_none:g}" if row.probability_of_none else ""
    rows = []
    for number, change in enumerate(lever.effects):
        first = (name, row.grade, f"{condition}{none}") if number == 0 else ("", "", "")
        rows.append((*first, _quantity(change), direction(change), stated(change), measured(lever, change)))
    return rows


def _quantity(change: Change) -> str:
    return "lines of compute" if change.on == COMPUTE else change.on


def direction(change: Change) -> str:
    """Return whether a quantity rises or falls by the middle of the source's range, or by its ends."""
    neutral = NEUTRAL.get(change.how)
    low, middle, high = change.quantiles
    if neutral is None:
        return "set"
    value = middle if middle is not None else low if low not in (None, neutral) else high
    if value is None:
        return "rises"
    return "falls" if value < neutral else "rises" if value > neutral else "either"


def stated(change: Change) -> str:
    """Return the size by the source."""
    points = ["-" if value is None else format_significant(value, 3) for value in change.quantiles]
    return "not stated" if set(points) == {"-"} else SIGNS[change.how] + _joined(points)


def measured(lever: Lever, change: Change) -> str:
    """Return the size in the draws of the reference run."""
    values = active(lever, change, changes(lever.name)[change.on])
    points = [format_significant(value, 3) for value in np.quantile(values, PERCENTS).tolist()]
    return SIGNS[change.how] + _joined(points)


def _joined(points: list[str]) -> str:
    return points[0] if len(set(points)) == 1 else " / ".join(points)


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
    sys.stdout.write(f"wrote {PAGE}\n")
