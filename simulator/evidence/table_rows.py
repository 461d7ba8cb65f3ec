"""Files and cells that the tables of evidence share: names, dates, chips."""

import re
from datetime import UTC, datetime
from pathlib import Path

from simulator.records.cells import CellError, Column, Row, UnusableRowError, quote_cell
from simulator.scenario import library
from simulator.scenario.chips import find_chip


def table_path(name: str, path: Path | None) -> Path:
    """Return the path of the user's table if given, else of the project's own."""
    return path if path is not None else library.folder() / "evidence" / f"{name}.csv"


def decimal_year(day: datetime) -> float:
    """Return the year plus its elapsed fraction: days since 1 January over days in the year."""
    first, following = datetime(day.year, 1, 1, tzinfo=UTC), datetime(day.year + 1, 1, 1, tzinfo=UTC)
    return day.year + (day.replace(tzinfo=UTC) - first).days / (following - first).days


def decimal_date(row: Row, column: Column) -> float:
    """Return a past date as a decimal year; a month or a year without a day means its middle."""
    word = row.text(column)
    match = re.fullmatch(r"(?!0000)([0-9]{4})(?:-(0[1-9]|1[0-2]))?", word)
    if match is None:
        return decimal_year(row.read_past_time(column))
    year, month = int(match[1]), int(match[2] or 0)
    row.require_past(column, datetime(year, month or 1, 1, tzinfo=UTC))
    return year + ((month - 0.5) / 12 if month else 0.5)


def unique_name(row: Row, column: Column, lines: dict[str, int]) -> str:
    """Return the name of a row, which must be unique; `lines` has the line of each name."""
    name = row.text(column)
    if not name:
        raise CellError((column, "is empty; each row needs a name of its own"))
    first_line = lines.setdefault(normalise_name(name), row.line)
    if first_line != row.line:
        problem = f"occurs more than once, first in line {first_line} (case is ignored)"
        raise CellError((column, f"{quote_cell(name)} {problem}; give each row its own name"))
    return name


def normalise_name(name: str) -> str:
    """Return a name in lower case with single blanks."""
    return " ".join(name.casefold().split())


def positive_numbers(row: Row, *columns: Column) -> list[float]:
    """Return the numbers of several cells; raise `CellError` where one is missing or not above zero."""
    values = []
    for column, value in zip(columns, row.numbers(*columns), strict=True):
        if value is None or value <= 0:
            raise CellError((column, f"{quote_cell(row.text(column))} must be a number above zero"))
        values.append(value)
    return values


def library_chip(row: Row, column: Column) -> str:
    """Return the name of a chip in the library; raise `UnusableRowError` where it is not there."""
    name = find_chip(row.text(column))
    if not name:
        raise UnusableRowError(f"of a chip that is not in the library, {quote_cell(row.text(column))}")
    return name
