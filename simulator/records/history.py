"""A history of the steps of training runs, as experiment trackers export it: the mean MFU of each run."""

import re
from collections import Counter

from simulator.core.results import Note
from simulator.records.cells import CellError, Column, Row, UnusableRowError, format_count
from simulator.records.fractions import FractionCell, full_scale, read_fraction
from simulator.records.table import Records

RUN = ("run", "run_id", "run_name", "name", "id")
"""Names of the column of runs."""


_ZERO = re.compile(r"[+-]?0*\.?0+([eE][+-]?[0-9]+)?|[+-]?0+\.")


def read_history(records: Records, names: tuple[str, ...], notes: list[Note]) -> list[float]:
    """Return the mean of each run from a history of steps: columns named `mfu`, or `RUN - mfu` in exports of several runs.

    With a column of runs, the steps of several runs may also follow each other in one column.
    Columns ending in __MIN and __MAX, the extremes of each step, are ignored.
    """
    lower = [name.lower() for name in names]
    suffixes = tuple(f" - {name}" for name in lower)
    plain = [re.sub(r"\s*[(\[]?%[)\]]?$", "", name).lower() for name in records.header]
    columns = [
        Column(index, name, "%" if name.rstrip(")]").endswith("%") else "")
        for index, name in enumerate(records.header)
        if plain[index] in lower or plain[index].endswith(suffixes)
    ]
    if not columns:
        column_names = ", ".join(records.header)[:200]
        records.refuse(f"is a history of steps without a column of MFU; name it with --mfu-column; it has {column_names}")
    run = records.find(*RUN)
    sums: dict[tuple[int, str], tuple[float, int]] = {}
    cell_kinds: dict[tuple[bool, bool, bool], FractionCell] = {}  # one for each way to write a fraction, to save memory

    left_out: Counter[str] = Counter()

    def read_step(row: Row, column: Column) -> FractionCell | None:
        """Return the value of a run at a step; zeros and values that are no number are counted, and left out."""
        word = row.text(column).removesuffix("%").strip().lower()
        if word in ("nan", "+nan", "-nan"):
            left_out["that are no number (NaN)"] += 1
            return None
        if _ZERO.fullmatch(word):
            has_begun = (column.index, row.text(run)) in sums
            left_out["of zero after the warm-up" if has_begun else "of zero before the first step with a value"] += 1
            return None
        return read_fraction(row, column)

    def use(row: Row) -> str:
        cells = [(column, cell) for column in columns if (cell := read_step(row, column))]
        if not cells:
            raise UnusableRowError("no value at this step")
        if run is not None and not row.text(run):
            raise CellError((run, "is empty: a step of which run?"))
        for column, cell in cells:
            total, count = sums.get((column.index, row.text(run)), (0.0, 0))
            sums[column.index, row.text(run)] = total + cell.value, count + 1
            cell_kinds.setdefault((cell.percent, cell.value > 1, cell.value == 1), cell)
        return ""

    records.read_rows(use, identity=run)
    text = f"a history of steps: the mean of each run counts as one value, {format_count(len(sums), 'run')}"
    notes.append(Note("history", records.path.name, text))
    if not sums:
        return []
    for reason, count in left_out.items():
        look = "look at this: " if "after" in reason else ""
        notes.append(Note("steps-left-out", records.path.name, f"{look}{format_count(count, 'value')} {reason} left out"))
    scale = full_scale(records, cell_kinds.values(), notes)
    return [total / count / scale for total, count in sums.values()]
