"""A table of a user's own as CSV: read row by row, each issue at its line, and what is left out counted by reason.

Nothing is guessed: a number that could be read in two ways, a row of another length or another encoding is refused.
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

from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.suggestions import nearest

MOST_ISSUES = 20
MOST_REASONS = 30
MOST_KNOWN_ROWS = 2_000_000
"""Rows that are remembered to find those given twice; about 70 bytes each."""
_LONGEST_LINE = 1_000_000
_LONGEST_NAME = 500
_SEPARATORS = (",", ";", "\t", "|")
_OTHER_FORMATS = {
    b"PK\x03\x04": "a spreadsheet or an archive",
    b"PAR1": "Parquet",
    b"\x1f\x8b": "compressed",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}
NOTHING = frozenset({"", "n/a", "na", "-", "--", "none", "null", "tbd", "sold out", "unavailable", "on request"})
"""How people write that there is no value; no number stands for it, least of all zero."""

RELEASED = datetime(2026, 11, 21, tzinfo=UTC)
"""When this version was made: a clock that says less was set back, and the library's own evidence is no news to come."""
FIRST_YEAR = 2010
"""Before it no accelerator of the library was sold: such a year is a slip of the pen."""
_SEPARATOR_TOLD = re.compile(r'"?sep=(.)"?[,;\t|]*', re.IGNORECASE)
_SUM = re.compile(r"(grand |overall |sub-?)?(total|sum|average|avg\.?|mean|median)s?:?", re.IGNORECASE)


class Skip(Exception):
    """A row that is left out; its reason is counted."""


class Wrong(Exception):
    """Cells of a row that cannot be read: pairs of a column and what is wrong."""

    def __init__(self, *cells: "tuple[Column, str]") -> None:
        self.cells = cells
        super().__init__(*cells)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: where it is, its name in the file, and the unit that its header gives."""

    index: int
    name: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row and the line on which it begins."""

    line: int
    cells: list[str]

    def text(self, column: Column | None) -> str:
        """Return a cell without the blanks around it; nothing where there is no such column."""
        return "" if column is None else self.cells[column.index].strip()

    def numbers(self, *columns: Column | None, nothing: frozenset[str] = frozenset({""})) -> list[float | None]:
        """Return the numbers of several cells, None where a cell says that there is none; raise `Wrong` for all bad ones."""
        found: list[float | None] = []
        wrong: list[tuple[Column, str]] = []
        for column in columns:
            word = self.text(column)
            if column is None or word.lower() in nothing:
                found.append(None)
                continue
            try:
                found.append(number(word))
            except ValueError as error:
                wrong.append((column, str(error)))
        if wrong:
            raise Wrong(*wrong)
        return found

    def time(self, column: Column) -> datetime:
        """Return a moment written as ISO 8601, in UTC where no zone is given; raise `Wrong`."""
        word = self.text(column)
        try:
            if not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", word):
                raise ValueError
            moment = datetime.fromisoformat(word)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            raise Wrong((column, f"{shortened(word)} is no date; write 2026-03-31 or 2026-03-31T13:00:00Z")) from None

    def past(self, column: Column, ahead: timedelta = timedelta(days=1)) -> datetime:
        """Return a moment that has been, or is `ahead` at most (a day, for the zones of clocks); raise `Wrong`."""
        return self.been(column, self.time(column), ahead)

    def been(self, column: Column, moment: datetime, ahead: timedelta = timedelta(days=1)) -> datetime:
        """Return the moment that a cell means; raise `Wrong` where that is to come or lies too far back.

        The clock counts here, and not SOURCE_DATE_EPOCH, which those who want equal bytes set to 1970.
        """
        if moment.year < FIRST_YEAR:
            raise Wrong((column, f"{shortened(self.text(column))} lies before {FIRST_YEAR}; check the year"))
        if moment > max(datetime.now(UTC), RELEASED) + ahead:
            raise Wrong((column, f"{shortened(self.text(column))} lies in the future; records are of what has been"))
        return moment


_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


_MOST = 1e30  # of a cell: far beyond every bill and meter, and sums, squares and ratios of such numbers are finite


def number(word: str) -> float:
    """Read a number with a decimal point; raise ValueError with what is allowed."""
    if not _NUMBER.fullmatch(word):
        raise ValueError(f"{shortened(word)} {_refusal(word)}")
    value = float(word)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{shortened(word)} is beyond what a number can hold")
    if abs(value) > _MOST or 0 < abs(value) < 1 / _MOST:
        raise ValueError(f"{shortened(word)} is beyond what a bill or a meter can say")
    return value


def _refusal(word: str) -> str:
    if word[:1] in ("=", "@"):
        return "is a formula; save the file with values"
    if word[:1] == "#":
        return "is an error of a spreadsheet; mend it there"
    if re.search(r"[$€£¥]", word):
        return "has the sign of a currency; write the number alone, and the currency in its own column"
    if re.fullmatch(r"\(.*\)", word):
        return "is in brackets; write a negative number as -12.5"
    if re.search(r"[0-9][,'\u2019\s_][0-9]", word):
        return "has a comma or a mark for thousands; write 1960.5, with a point and nothing between the digits"
    if word.endswith("%"):
        return "is a percentage, which has no place here"
    if word.lower().lstrip("+-") in ("inf", "nan", "infinity", "1.#inf", "1.#qnan"):
        return "is no finite number"
    return "is no number"


def counted(number: int, thing: str) -> str:
    """Say how many of a thing: `1 row`, `2,000 rows`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def shortened(word: str) -> str:
    """Return a cell as it can be shown: in quotes, without control characters, not long."""
    return repr(word if len(word) <= 40 else word[:37] + "...")


class Records:
    """One CSV file, open: its columns, its rows as they are asked for, and what was wrong with it or left out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shown = str(path)
        self.issues: list[Issue] = []
        self.notes: list[str] = []
        self.skipped: Counter[str] = Counter()
        self.top = 1
        """The line of the header."""
        self.rows = 0
        self.used = 0
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

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._file is not None
        self._file.close()
        if kind is OverflowError:
            self._refuse(
                0, "holds numbers so large, or so far apart, that no distribution can be made of them; look at them again"
            )

    def _open(self, file: BinaryIO) -> None:
        start = file.read(4)
        for mark, what in _OTHER_FORMATS.items():
            if start.startswith(mark):
                self._refuse(0, f"is {what}; save it as CSV in UTF-8")
        file.seek(0)
        lines = self._lines(file)
        first = next(lines, None)
        if first is None or not first.strip():
            self._refuse(1, "is empty" if first is None else "begins with an empty line; the names of the columns go there")
        assert first is not None
        lines, separator = self._separated(first, lines)
        self._reader = csv.reader(lines, delimiter=separator, strict=True)
        for _ in range(self.top):  # the last of them
            self.header = [name.strip() for name in self._next() or []]
        if max(map(len, self.header), default=0) > _LONGEST_NAME:
            self._refuse(self.top, f"has a name of more than {_LONGEST_NAME} characters; the names of the columns go there")
        named = [name.casefold() for name in self.header if name]
        for name, times in Counter(named).items():
            if times > 1:
                index = len(self.header) - 1 - [each.casefold() for each in self.header[::-1]].index(name)
                self.issue(self.top, f"is the name of {times} columns; keep one", Column(index, self.header[index]))
        self._raise()

    def _separated(self, first: str, lines: Iterator[str]) -> tuple[Iterator[str], str]:
        """Return all lines and what separates their cells; Excel may say it in a line above the header, `sep=;`."""
        second = next(lines, "")
        told = _SEPARATOR_TOLD.fullmatch(first.rstrip("\r\n"))
        if told is None:
            self._refuse_title(first, second)
            return chain([first, second] if second else [first], lines), _separator(first)
        if told[1] not in _SEPARATORS:
            self._refuse(1, f"tells of a separator {told[1]!r}; what is read is separated by {_listed(_SEPARATORS)}")
        if not second.strip():
            self._refuse(2, "is empty; the names of the columns go there")
        self.top = 2
        return chain(["\n", second], lines), told[1]  # an empty line in its place, so that lines are counted right

    def _refuse_title(self, first: str, second: str) -> None:
        """Refuse a line of one cell above a line of names: what a report is called, and not what its columns are."""
        above, below = ([cell.strip(' "') for cell in _cells(line)] for line in (first, second))
        if first.count('"') % 2 or any(cell[:1].isdigit() for cell in below):
            return
        if sum(map(bool, above)) == 1 and sum(map(bool, below)) > 1:
            title = next(filter(None, above))
            self._refuse(1, f"holds {shortened(title)} alone: is it a title? Take it out; the names of the columns go there")

    def _lines(self, file: BinaryIO) -> Iterator[str]:
        for line, raw in enumerate(iter(lambda: file.readline(_LONGEST_LINE + 1), b""), 1):
            self._hash.update(raw)
            if len(raw) > _LONGEST_LINE:
                self._refuse(line, f"is longer than {_LONGEST_LINE:,} bytes; is it a CSV file with line ends?")
            if b"\0" in raw:
                self._refuse(line, "holds a NUL byte; save the file as CSV in UTF-8")
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
            self._refuse(line, f"is no CSV: {reason}")

    def find(self, *names: str, units: Collection[str] | None = None) -> Column | None:
        """Return the column with one of these names, however the letters are written, or None; two of them are an issue.

        With `units`, the header may give any unit in brackets, and one of these behind the name: `hours (day)`, `tokens_T`.
        """
        names = tuple(map(_plain, names))
        found = []
        for index, name in enumerate(self.header):
            plain, unit = _plain(name), ""
            if units is not None and plain not in names:
                in_brackets = re.fullmatch(r"(.+?)\s*[(\[](.+)[)\]]", name)
                behind = re.fullmatch(r"(.+)[_ ]([A-Za-z%]+)", name)
                if in_brackets and _plain(in_brackets[1]) in names:
                    plain, unit = _plain(in_brackets[1]), in_brackets[2].strip()
                elif behind and _plain(behind[1]) in names and behind[2].lower() in units:
                    plain, unit = _plain(behind[1]), behind[2]
            if plain in names:
                found.append(Column(index, name, unit))
        if len(found) > 1:
            also = ", ".join(column.name for column in found[1:])
            self.issue(self.top, f"says the same as {also}; keep one of them", found[0])
        return found[0] if found else None

    def need(self, *names: str, hint: str = "", units: Collection[str] | None = None) -> Column:
        """Return a column that must be there, by the first of its names; a missing one is an issue with the nearest name."""
        column = self.find(*names, units=units)
        if column is None:
            match = nearest(names[0], [name for name in self.header if name])
            said = match.replace("; did you mean", "; the nearest is").rstrip("?") if match else ""
            self.issues.append(Issue(Place(self.shown, self.top, 1), names[0], f"there is no such column{said}{hint}"))
            return Column(0, names[0])
        return column

    def check(self) -> None:
        """Raise `InvalidInputError` with the issues so far, such as the missing columns."""
        self._raise()

    def each(self, use: Callable[[Row], str], identity: Column | None = None) -> None:
        """Pass every row to `use`, which may raise `Skip` or `Wrong`; raise `InvalidInputError` at the end with all issues.

        `use` returns to which group the row belongs (its chip), so that `place` can say where the rows of that group are.

        A row that repeats another word for word is left out where the rows have an `identity`, and told of where they have none
        (eight nodes at one price may be eight equal rows). A row that is named as a sum or a mean of others is left out.
        """
        known: set[int] = set()
        twice = 0
        while True:
            line = self._reader.line_num + 1
            cells = self._next()
            if cells is None:
                break
            if not any(cell.strip() for cell in cells):
                continue
            self.rows += 1
            if len(cells) != len(self.header):
                self.issue(line, f"has {len(cells)} cells, and the header has {len(self.header)}")
                continue
            row = Row(line, cells)
            try:
                if len(known) < MOST_KNOWN_ROWS:
                    before = len(known)
                    known.add(hash(tuple(cells)))
                    if len(known) == before:
                        twice += 1
                        if identity is not None and row.text(identity):
                            raise Skip("the same row again")
                if _SUM.fullmatch(cells[0].strip()) or _SUM.fullmatch(row.text(identity)):
                    raise Skip("by its name a sum or a mean of others")
                group = use(row)
            except Skip as reason:
                self.skip(str(reason))
            except Wrong as wrong:
                for column, message in wrong.cells:
                    self.issue(line, message, column)
            else:
                self.used += 1
                self._spans[group] = self._spans.get(group, (line, line))[0], line
        if not self.rows:
            self.issue(self.top, "has a header and no rows")
        self._raise()
        if twice and not self.skipped["the same row again"]:
            said = f"{counted(twice, 'row')} that repeat another word for word, and count: was something exported twice?"
            self.notes.append(f"look at this: {said}")
        if len(known) >= MOST_KNOWN_ROWS:
            self.notes.append(f"rows given twice were looked for among the first {MOST_KNOWN_ROWS:,} alone")

    def skip(self, reason: str, times: int = 1) -> None:
        """Count rows that are left out."""
        known = reason in self.skipped or len(self.skipped) < MOST_REASONS
        self.skipped[reason if known else "other reasons"] += times

    def drop(self, reason: str, times: int) -> None:
        """Count rows as left out that were taken at first, such as those of another chip."""
        if times:
            self.skip(reason, times)
            self.used -= times

    def issue(self, line: int, message: str, column: Column | None = None) -> None:
        """Keep an issue, and stop when there are many."""
        place = Place(self.shown, line, column.index + 1 if column else 1)
        self.issues.append(Issue(place, column.name if column else "", message))
        if len(self.issues) >= MOST_ISSUES:
            self.issues.append(
                Issue(Place(self.shown, line + 1, 1), "", f"is not read further: {MOST_ISSUES} issues are enough")
            )
            self._raise()

    def refuse(self, message: str, column: Column | None = None, line: int = 0) -> NoReturn:
        """Raise `InvalidInputError` for the file as a whole, or for a line of it."""
        place = Place(self.shown, line or self.top, column.index + 1 if column else 1)
        self.issues.append(Issue(place, column.name if column else "", message))
        raise InvalidInputError(self.issues)

    def nothing_left(self, what: str) -> NoReturn:
        """Raise `InvalidInputError` where no row could be used, with the reasons."""
        self.refuse(f"gives no {what}: {self.left_out() or 'no row has what it takes'}")

    def left_out(self) -> str:
        """Say how many rows were left out, by reason."""
        total = sum(self.skipped.values())
        if not total:
            return ""
        reasons = "; ".join(f"{reason} ({times:,})" for reason, times in self.skipped.most_common())
        return f"{total:,} of {self.rows:,} rows not used: {reasons}"

    def place(self, group: str | None = None) -> str:
        """Say between which lines the used rows are (of one group), and of which file: `rows 2-31, sha256 0123456789ab`."""
        spans = [span for name, span in self._spans.items() if group in (None, name)]
        first, last = min(first for first, _ in spans), max(last for _, last in spans)
        lines = f"row {first}" if first == last else f"rows {first}-{last}"
        return f"{lines}, sha256 {self._hash.hexdigest()[:12]}"

    def _refuse(self, line: int, message: str) -> NoReturn:
        raise InvalidInputError([*self.issues, Issue(Place(self.shown, line, 1 if line else 0), "", message)])

    def _raise(self) -> None:
        if self.issues:
            raise InvalidInputError(self.issues)


def _separator(line: str) -> str:
    """Return what separates the cells of a line."""
    outside = re.sub(r'"[^"]*"', "", line)
    return max(_SEPARATORS, key=outside.count)


def _cells(line: str) -> list[str]:
    return line.rstrip("\r\n").split(_separator(line))


def _listed(separators: Collection[str]) -> str:
    return ", ".join(map(repr, separators))


def _plain(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip()).casefold()
