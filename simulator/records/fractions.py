"""Fractions in a table, such as MFU: as 0.41, as 41%, or in percent by the name of their column."""

from collections.abc import Collection
from typing import NamedTuple

from simulator.core.results import Note
from simulator.records.cells import MISSING_WORDS, CellError, Column, Row, parse_number, quote_cell
from simulator.records.table import Records

PERCENT = ("%", "percent", "pct")
"""Units of a column in percent."""


class FractionCell(NamedTuple):
    """A fraction as written, with its line and column, and whether a percent sign follows it."""

    line: int
    value: float
    percent: bool
    column: Column


def read_fraction(row: Row, column: Column | None) -> FractionCell | None:
    """Return a fraction as written, and whether it is followed by a percent sign."""
    word = row.text(column)
    if column is None or word.lower() in MISSING_WORDS:
        return None
    try:
        value = parse_number(word.removesuffix("%").rstrip())
    except ValueError as error:
        raise CellError((column, str(error))) from None
    if not 0 < value < 100:
        raise CellError((column, f"{quote_cell(word)} must lie above 0 and below 1 (or 100%)"))
    return FractionCell(row.line, value, word.endswith("%"), column)


def full_scale(records: Records, cells: Collection[FractionCell], notes: list[Note]) -> float:
    """Return the number that means the whole: 100 for percent (by sign, or if all are above 1), else 1; refuse a mixture."""

    def refuse_mixture(problem: str, first: FractionCell, second: FractionCell) -> None:
        text = f"{problem} (lines {first.line} and {second.line}); write all as 0.41 or all as 41%"
        records.refuse(text, first.column, first.line)

    signed = next((cell for cell in cells if cell.percent), None)
    bare = next((cell for cell in cells if not cell.percent), None)
    large = next((cell for cell in cells if cell.value > 1), None)
    small = next((cell for cell in cells if cell.value <= 1), None)
    in_percent = any(cell.column.unit.lower() in PERCENT for cell in cells)
    if signed and bare:
        refuse_mixture("mixes numbers with and without %", signed, bare)
    if large and small and not signed:
        refuse_mixture(f"has {large.value:g} and {small.value:g}: some in percent, some fractions?", large, small)
    if in_percent and small and not signed:
        refuse_mixture(f"is in percent by its name, and has {small.value:g}: a fraction?", small, small)
    if large and not in_percent and not signed:
        text = f"{large.column.name} is above 1 everywhere and read as percent: {large.value:g} is {large.value / 100:g}"
        notes.append(Note("in-percent", large.column.name, text))
    exact = next((cell for cell in cells if cell.value == 1 and not signed), None)
    if exact:
        records.refuse("a fraction of exactly 1 has no log odds; write 0.999", exact.column, exact.line)
    return 100.0 if signed or large else 1.0
