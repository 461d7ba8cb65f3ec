"""Cells of a user's own CSV table: numbers, dates and counts, of which nothing is guessed."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from simulator.core.errors import LlmcostError

MISSING_WORDS = frozenset({"", "n/a", "na", "-", "--", "none", "null", "tbd", "sold out", "unavailable", "on request"})
"""Cells that mean that there is no value; such a cell is never read as a number, least of all as zero."""

NULL_WORDS = frozenset({"null", "(null)", "<null>", "\\n", "none", "<na>", "nat"})
"""What databases and data frames write for a cell without a value."""

RELEASE_DATE = datetime(2026, 11, 21, tzinfo=UTC)
"""Date of this version: an earlier clock is wrong, and must not make the library's own evidence lie in the future."""
FIRST_YEAR = 2010
"""No accelerator of the library was sold before: an earlier year is a misprint."""


class UnusableRowError(LlmcostError):
    """Raised for a row to be left out; the message is the reason under which it is counted."""


class CellError(LlmcostError):
    """Raised for invalid cells of a row: pairs of a column and a message."""

    def __init__(self, *cells: "tuple[Column, str]") -> None:
        self.cells = cells
        super().__init__(*cells)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its position, its name in the file, and the unit given in its header."""

    index: int
    name: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row and the line on which it begins."""

    line: int
    cells: list[str]

    def text(self, column: Column | None) -> str:
        """Return a cell without surrounding blanks; an empty string if there is no such column."""
        return "" if column is None else self.cells[column.index].strip()

    def numbers(self, *columns: Column | None, missing_words: frozenset[str] = frozenset({""})) -> list[float | None]:
        """Return the numbers of several cells, None where a cell has no value; raise `CellError` with all invalid ones."""
        values: list[float | None] = []
        errors: list[tuple[Column, str]] = []
        for column in columns:
            word = self.text(column)
            if column is None or word.lower() in missing_words:
                values.append(None)
                continue
            try:
                values.append(parse_number(word))
            except ValueError as error:
                errors.append((column, str(error)))
        if errors:
            raise CellError(*errors)
        return values

    def read_time(self, column: Column) -> datetime:
        """Return a time in ISO 8601, in UTC if no zone is given; raise `CellError`."""
        word = self.text(column)
        try:
            if not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", word):
                raise ValueError
            moment = datetime.fromisoformat(re.sub(r" ?UTC$", "+00:00", word))
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            raise CellError((column, f"{quote_cell(word)} is no date; write 2026-03-31 or 2026-03-31T13:00:00Z")) from None

    def read_past_time(self, column: Column, ahead: timedelta = timedelta(days=1)) -> datetime:
        """Return a time that is past, or at most `ahead` in the future (one day, for time zones); raise `CellError`."""
        return self.require_past(column, self.read_time(column), ahead)

    def read_past_date(self, column: Column) -> str:
        """Return a past date in ISO 8601 as precise as it is given: a year, a month, or a day; raise `CellError`."""
        word = self.text(column)
        match = re.fullmatch(r"(?!0000)([0-9]{4})(?:-(0[1-9]|1[0-2]))?", word)
        if match is None:
            return self.read_past_time(column).date().isoformat()
        self.require_past(column, datetime(int(match[1]), int(match[2] or 1), 1, tzinfo=UTC))
        return word

    def require_past(self, column: Column, moment: datetime, ahead: timedelta = timedelta(days=1)) -> datetime:
        """Return the time of a cell; raise `CellError` if it is in the future or too far back.

        The reference is the clock and not SOURCE_DATE_EPOCH, which is often set to 1970 for reproducible output.
        """
        if moment.year < FIRST_YEAR:
            raise CellError((column, f"{quote_cell(self.text(column))} lies before {FIRST_YEAR}; check the year"))
        if moment > max(datetime.now(UTC), RELEASE_DATE) + ahead:
            raise CellError((column, f"{quote_cell(self.text(column))} lies in the future; records are of the past"))
        return moment


_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


_MAX_MAGNITUDE = 1e30  # of a cell: far above any bill or meter, and sums, squares and ratios of such numbers are finite


def parse_number(word: str) -> float:
    """Parse a number with a decimal point; raise ValueError with the allowed form."""
    if not _NUMBER.fullmatch(word):
        raise ValueError(f"{quote_cell(word)} {_number_problem(word)}")
    value = float(word)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{quote_cell(word)} is too large for a number")
    if abs(value) > _MAX_MAGNITUDE or 0 < abs(value) < 1 / _MAX_MAGNITUDE:
        raise ValueError(f"{quote_cell(word)} is beyond any bill or meter")
    return value


def _number_problem(word: str) -> str:
    if word[:1] in ("=", "@"):
        return "is a formula; save the file with values"
    if word[:1] == "#":
        return "is a spreadsheet error; correct it there"
    if re.search(r"[$€£¥]", word):
        return "has a currency sign; write the number alone, and the currency in its own column"
    if re.fullmatch(r"\(.*\)", word):
        return "is in brackets; write a negative number as -12.5"
    if re.search(r"[0-9][,'\u2019\s_][0-9]", word):
        return "has a comma or a thousands separator; write 1960.5, with a decimal point and nothing between the digits"
    if word.endswith("%"):
        return "is a percentage, which is not allowed here"
    if word.lower().lstrip("+-") in ("inf", "nan", "infinity", "1.#inf", "1.#qnan"):
        return "is no finite number"
    return "is no number"


def format_count(number: int, noun: str) -> str:
    """Return a number with its noun: `1 row`, `2,000 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def quote_cell(word: str) -> str:
    """Return a cell for display: in quotes, without control characters, shortened to 40 characters."""
    return repr(word if len(word) <= 40 else word[:37] + "...")
