"""CSV (RFC 4180) in which no text is a spreadsheet formula."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

Cell = str | float | None
"""A value in a table: text, a number, or nothing."""


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return a table as CSV: numbers unrounded, None as an empty cell, text escaped against spreadsheet formulas."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([escape_formula(cell) if isinstance(cell, str) else cell for cell in row] for row in (columns, *rows))
    return text.getvalue()


def escape_formula(text: str) -> str:
    """Prefix text that a spreadsheet would read as a formula with an apostrophe."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
