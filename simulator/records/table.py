"""Reading of a user's own CSV table: row by row, with the line of each issue, and rows left out counted by reason.

Nothing is guessed: an ambiguous number, a row of another length or another encoding is refused.
"""

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NoReturn

from simulator.core.errors import InvalidInputError, Issue, LlmcostError, Place
from simulator.core.suggestions import suggest_nearest

MAX_ISSUES = 20
MAX_REASONS = 30
MAX_HASHED_ROWS = 2_000_000
"""Rows whose hashes are stored to find duplicates; about 70 bytes each."""
_MAX_LINE = 1_000_000
_MAX_NAME = 500
_SEPARATORS = (",", ";", "\t", "|")
_OTHER_FORMATS = {
    b"PK\x03\x04": "a spreadsheet or an archive",
    b"PAR1": "Parquet",
    b"\x1f\x8b": "compressed",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}
MISSING_WORDS = frozenset({"", "n/a", "na", "-", "--", "none", "null", "tbd", "sold out", "unavailable", "on request"})
"""Cells that mean that there is no value; such a cell is never read as a number, least of all as zero."""

RELEASE_DATE = datetime(2026, 11, 21, tzinfo=UTC)
"""Date of this version: an earlier clock is wrong, and must not make the library's own evidence lie in the future."""
FIRST_YEAR = 2010
"""No accelerator of the library was sold before: an earlier year is a misprint."""
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[,;\t|]*', re.IGNORECASE)
_SUMMARY_NAME = re.compile(r"(grand |overall |sub-?)?(total|sum|average|avg\.?|mean|median)s?:?", re.IGNORECASE)


class SkipRow(LlmcostError):
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
            moment = datetime.fromisoformat(word)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            raise CellError((column, f"{quote_cell(word)} is no date; write 2026-03-31 or 2026-03-31T13:00:00Z")) from None

    def read_past_time(self, column: Column, ahead: timedelta = timedelta(days=1)) -> datetime:
        """Return a time that is past, or at most `ahead` in the future (one day, for time zones); raise `CellError`."""
        return self.require_past(column, self.read_time(column), ahead)

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


class Records:
    """An open CSV file: its columns and rows, the issues found in it, and the rows left out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.label = str(path)
        self.issues: list[Issue] = []
        self.notes: list[str] = []
        self.skip_counts: Counter[str] = Counter()
        self.header_line = 1
        """Line number of the header."""
        self.row_count = 0
        self.used_rows = 0
        self._hash = hashlib.sha256()
        self._spans: dict[str, tuple[int, int]] = {}
        self._file: BinaryIO | None = None

    def __enter__(self) -> "Records":
        if not self.path.is_file():
            self._refuse(0, "is no file" if self.path.exists() else "there is no such file")
        try:
            self._file = self.path.open("rb")
        except OSError as error:
            self._refuse(0, f"cannot be read: {error.strerror}")
        try:
            self._open(self._file)
        except BaseException:
            self._file.close()
            raise
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._file is not None
        self._file.close()
        if error_type is OverflowError:
            self._refuse(0, "has numbers so large, or so far apart, that no distribution can be fitted to them; check them")

    def _open(self, file: BinaryIO) -> None:
        start = file.read(4)
        for signature, format_name in _OTHER_FORMATS.items():
            if start.startswith(signature):
                self._refuse(0, f"is {format_name}; save it as CSV in UTF-8")
        file.seek(0)
        lines = self._lines(file)
        first = next(lines, None)
        if first is None or not first.strip():
            self._refuse(1, "is empty" if first is None else "begins with an empty line; the names of the columns go there")
        assert first is not None
        lines, separator = self._split_separator(first, lines)
        self._reader = csv.reader(lines, delimiter=separator, strict=True)
        for _ in range(self.header_line):  # the last of these lines is the header
            self.header = [name.strip() for name in self._next() or []]
        if max(map(len, self.header), default=0) > _MAX_NAME:
            self._refuse(self.header_line, f"has a name of more than {_MAX_NAME} characters; the names of the columns go there")
        lower_names = [name.casefold() for name in self.header if name]
        for name, times in Counter(lower_names).items():
            if times > 1:
                index = len(self.header) - 1 - [each.casefold() for each in self.header[::-1]].index(name)
                self.issue(self.header_line, f"is the name of {times} columns; keep one", Column(index, self.header[index]))
        self._raise()

    def _split_separator(self, first: str, lines: Iterator[str]) -> tuple[Iterator[str], str]:
        """Return all lines and the separator of their cells; Excel may write it above the header, as `sep=;`."""
        second = next(lines, "")
        match = _SEPARATOR_LINE.fullmatch(first.rstrip("\r\n"))
        if match is None:
            self._refuse_title(first, second)
            return chain([first, second] if second else [first], lines), _separator(first)
        if match[1] not in _SEPARATORS:
            self._refuse(1, f"names the separator {match[1]!r}; allowed are {_join_quoted(_SEPARATORS)}")
        if not second.strip():
            self._refuse(2, "is empty; the names of the columns go there")
        self.header_line = 2
        return chain(["\n", second], lines), match[1]  # the empty line keeps the line numbers right

    def _refuse_title(self, first: str, second: str) -> None:
        """Refuse a line of one cell above a line of several: the title of a report in place of its header."""
        above, below = ([cell.strip(' "') for cell in _cells(line)] for line in (first, second))
        if first.count('"') % 2 or any(cell[:1].isdigit() for cell in below):
            return
        if sum(map(bool, above)) == 1 and sum(map(bool, below)) > 1:
            title = next(filter(None, above))
            self._refuse(1, f"has {quote_cell(title)} alone: is it a title? Remove it; the names of the columns go there")

    def _lines(self, file: BinaryIO) -> Iterator[str]:
        for line, raw in enumerate(iter(lambda: file.readline(_MAX_LINE + 1), b""), 1):
            self._hash.update(raw)
            if len(raw) > _MAX_LINE:
                self._refuse(line, f"is longer than {_MAX_LINE:,} bytes; is it a CSV file with line breaks?")
            if b"\0" in raw:
                self._refuse(line, "contains a NUL byte; save the file as CSV in UTF-8")
            try:
                yield raw.decode("utf-8-sig" if line == 1 else "utf-8")
            except UnicodeDecodeError as error:
                self._refuse(line, f"is not UTF-8 text (byte {error.start + 1} of the line); save the file as CSV in UTF-8")

    def _next(self) -> list[str] | None:
        line = self._reader.line_num + 1
        try:
            return next(self._reader, None)
        except csv.Error as error:
            reason = {
                "unexpected end of data": "opens a quote that is never closed",
                "field larger than field limit (131072)": "opens a quote that is not closed within 131,072 characters",
            }.get(str(error), str(error))
            self._refuse(line, f"is not valid CSV: {reason}")

    def find(self, *names: str, units: Collection[str] | None = None) -> Column | None:
        """Return the column with one of these names, whatever the case, or None; two such columns are an issue.

        With `units`, the header may give any unit in brackets or one of these after the name: `hours (day)`, `tokens_T`.
        """
        names = tuple(map(_plain, names))
        matches = []
        for index, name in enumerate(self.header):
            plain, unit = _plain(name), ""
            if units is not None and plain not in names:
                bracketed = re.fullmatch(r"(.+?)\s*[(\[](.+)[)\]]", name)
                suffixed = re.fullmatch(r"(.+)[_ ]([A-Za-z%]+)", name)
                if bracketed and _plain(bracketed[1]) in names:
                    plain, unit = _plain(bracketed[1]), bracketed[2].strip()
                elif suffixed and _plain(suffixed[1]) in names and suffixed[2].lower() in units:
                    plain, unit = _plain(suffixed[1]), suffixed[2]
            if plain in names:
                matches.append(Column(index, name, unit))
        if len(matches) > 1:
            others = ", ".join(column.name for column in matches[1:])
            self.issue(self.header_line, f"means the same as {others}; keep one of them", matches[0])
        return matches[0] if matches else None

    def need(self, *names: str, hint: str = "", units: Collection[str] | None = None) -> Column:
        """Return a required column; if it is missing, add an issue with its first name and the nearest one."""
        column = self.find(*names, units=units)
        if column is None:
            match = suggest_nearest(names[0], [name for name in self.header if name])
            suggestion = match.replace("; did you mean", "; the nearest is").rstrip("?") if match else ""
            message = f"there is no such column{suggestion}{hint}"
            self.issues.append(Issue(Place(self.label, self.header_line, 1), names[0], message))
            return Column(0, names[0])
        return column

    def check(self) -> None:
        """Raise `InvalidInputError` if there are issues so far, such as missing columns."""
        self._raise()

    def read_rows(self, use: Callable[[Row], str], identity: Column | None = None) -> None:
        """Pass every row to `use`, which may raise `SkipRow` or `CellError`; raise `InvalidInputError` with all issues.

        `use` returns the group of the row (its chip), so that `place` can give the lines of a group.

        An exact duplicate is left out if the rows have an `identity`, and reported in the notes otherwise (eight nodes at one
        price may be eight equal rows). A row whose name marks it as a sum or a mean of others is left out.
        """
        row_hashes: set[int] = set()
        duplicates = 0
        while True:
            line = self._reader.line_num + 1
            cells = self._next()
            if cells is None:
                break
            if not any(cell.strip() for cell in cells):
                continue
            self.row_count += 1
            if len(cells) != len(self.header):
                self.issue(line, f"has {len(cells)} cells, and the header has {len(self.header)}")
                continue
            row = Row(line, cells)
            try:
                if len(row_hashes) < MAX_HASHED_ROWS:
                    count = len(row_hashes)
                    row_hashes.add(hash(tuple(cells)))
                    if len(row_hashes) == count:
                        duplicates += 1
                        if identity is not None and row.text(identity):
                            raise SkipRow("duplicate of another row")
                if _SUMMARY_NAME.fullmatch(cells[0].strip()) or _SUMMARY_NAME.fullmatch(row.text(identity)):
                    raise SkipRow("named as a sum or a mean of others")
                group = use(row)
            except SkipRow as reason:
                self.skip(str(reason))
            except CellError as error:
                for column, message in error.cells:
                    self.issue(line, message, column)
            else:
                self.used_rows += 1
                self._spans[group] = self._spans.get(group, (line, line))[0], line
        if not self.row_count:
            self.issue(self.header_line, "has a header and no rows")
        self._raise()
        if duplicates and not self.skip_counts["duplicate of another row"]:
            repeat = "repeats" if duplicates == 1 else "repeat"
            self.notes.append(
                f"look at this: {format_count(duplicates, 'row')} that {repeat} another exactly, and count: exported twice?"
            )
        if len(row_hashes) >= MAX_HASHED_ROWS:
            self.notes.append(f"duplicates were searched for only among the first {MAX_HASHED_ROWS:,} rows")

    def skip(self, reason: str, times: int = 1) -> None:
        """Count rows as left out for a reason."""
        is_listed = reason in self.skip_counts or len(self.skip_counts) < MAX_REASONS
        self.skip_counts[reason if is_listed else "other reasons"] += times

    def drop(self, reason: str, times: int) -> None:
        """Count rows as left out that were used at first, such as those of another chip."""
        if times:
            self.skip(reason, times)
            self.used_rows -= times

    def issue(self, line: int, message: str, column: Column | None = None) -> None:
        """Record an issue; raise `InvalidInputError` if there are many."""
        place = Place(self.label, line, column.index + 1 if column else 1)
        self.issues.append(Issue(place, column.name if column else "", message))
        if len(self.issues) >= MAX_ISSUES:
            self.issues.append(
                Issue(Place(self.label, line + 1, 1), "", f"is not read further: {MAX_ISSUES} issues are enough")
            )
            self._raise()

    def refuse(self, message: str, column: Column | None = None, line: int = 0) -> NoReturn:
        """Raise `InvalidInputError` for the whole file or for one line of it."""
        place = Place(self.label, line or self.header_line, column.index + 1 if column else 1)
        self.issues.append(Issue(place, column.name if column else "", message))
        raise InvalidInputError(self.issues)

    def refuse_empty(self, what: str) -> NoReturn:
        """Raise `InvalidInputError` with the reasons why no row could be used."""
        self.refuse(f"gives no {what}: {self.describe_skipped() or 'no row has the necessary cells'}")

    def describe_skipped(self) -> str:
        """Return how many rows were left out, by reason."""
        total = sum(self.skip_counts.values())
        if not total:
            return ""
        reasons = "; ".join(f"{reason} ({times:,})" for reason, times in self.skip_counts.most_common())
        return f"{total:,} of {self.row_count:,} rows not used: {reasons}"

    def place(self, group: str | None = None) -> str:
        """Return the lines of the used rows (of one group) and the hash of the file: `rows 2-31, sha256 0123456789ab`."""
        spans = [span for name, span in self._spans.items() if group in (None, name)]
        first, last = min(first for first, _ in spans), max(last for _, last in spans)
        lines = f"row {first}" if first == last else f"rows {first}-{last}"
        return f"{lines}, sha256 {self._hash.hexdigest()[:12]}"

    def _refuse(self, line: int, message: str) -> NoReturn:
        raise InvalidInputError([*self.issues, Issue(Place(self.label, line, 1 if line else 0), "", message)])

    def _raise(self) -> None:
        if self.issues:
            raise InvalidInputError(self.issues)


def _separator(line: str) -> str:
    """Return the separator of the cells of a line."""
    outside = re.sub(r'"[^"]*"', "", line)
    return max(_SEPARATORS, key=outside.count)


def _cells(line: str) -> list[str]:
    return line.rstrip("\r\n").split(_separator(line))


def _join_quoted(separators: Collection[str]) -> str:
    return ", ".join(map(repr, separators))


def _plain(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip()).casefold()
