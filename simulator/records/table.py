"""Reading of a user's own CSV table: row by row, with the line of each issue, and rows left out counted by reason.

Nothing is guessed: an ambiguous number, a row of another length or another encoding is refused.
"""

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NoReturn

from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.results import Note
from simulator.core.suggestions import suggest_nearest
from simulator.records.cells import CellError, Column, Row, UnusableRowError, format_count, quote_cell
from simulator.records.csv_format import MAX_HASHED_ROWS, SEPARATORS, Duplicates, plain_name, separator_of, split_cells

MAX_ISSUES = 20
MAX_REASONS = 30
_MAX_LINE = 1_000_000
_MAX_NAME = 500
_OTHER_FORMATS = {
    b"PK\x03\x04": "a spreadsheet or an archive",
    b"PAR1": "Parquet",
    b"\x1f\x8b": "compressed",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[,;\t|]*', re.IGNORECASE)
_DUPLICATE = "duplicate of another row"
_SUMMARY_NAME = re.compile(r"(grand |overall |sub-?)?(total|sum|average|avg\.?|mean|median)s?:?", re.IGNORECASE)


class Records:
    """An open CSV file: its columns and rows, the issues found in it, and the rows left out."""

    def __init__(self, path: Path, null_words: frozenset[str] = frozenset()) -> None:
        """Open a file on entering the context; cells that are one of `null_words`, whatever the case, are read as empty."""
        self.path = path
        self._null_words = null_words
        self.label = str(path)
        self.issues: list[Issue] = []
        self.notes: list[Note] = []
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
            return chain([first, second] if second else [first], lines), separator_of(first)
        if match[1] not in SEPARATORS:
            self._refuse(1, f"names the separator {match[1]!r}; allowed are {', '.join(map(repr, SEPARATORS))}")
        if not second.strip():
            self._refuse(2, "is empty; the names of the columns go there")
        self.header_line = 2
        return chain(["\n", second], lines), match[1]  # the empty line keeps the line numbers right

    def _refuse_title(self, first: str, second: str) -> None:
        """Refuse a line of one cell above a line of several: the title of a report in place of its header."""
        above, below = ([cell.strip(' "') for cell in split_cells(line)] for line in (first, second))
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
        names = tuple(map(plain_name, names))
        matches = []
        for index, name in enumerate(self.header):
            plain, unit = plain_name(name), ""
            if units is not None and plain not in names:
                bracketed = re.fullmatch(r"(.+?)\s*[(\[](.+)[)\]]", name)
                suffixed = re.fullmatch(r"(.+)[_ ]([A-Za-z%]+)", name)
                if bracketed and plain_name(bracketed[1]) in names:
                    plain, unit = plain_name(bracketed[1]), bracketed[2].strip()
                elif suffixed and plain_name(suffixed[1]) in names and suffixed[2].lower() in units:
                    plain, unit = plain_name(suffixed[1]), suffixed[2]
            elif units is None and plain not in names:
                bracketed = re.fullmatch(r"(.+?)\s*[(\[](.+)[)\]]", name)
                if bracketed and plain_name(bracketed[1]) in names:
                    message = f"has a unit in its name, which is not read here; write {bracketed[1]}, and full numbers"
                    self.issue(self.header_line, message, Column(index, name))
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
        """Pass every row to `use`, which may raise `UnusableRowError` or `CellError`; raise `InvalidInputError` if any do.

        `use` returns the group of the row (its chip), so that `place` can give the lines of a group.

        An exact duplicate is left out if the rows have an `identity`, and reported in the notes otherwise (eight nodes at one
        price may be eight equal rows). A row whose name marks it as a sum or a mean of others is left out.
        """
        duplicates = Duplicates()
        for row in self._rows():
            try:
                self._skip_repetition(row, identity, duplicates)
                group = use(row)
            except UnusableRowError as reason:
                self.skip(str(reason))
            except CellError as error:
                for column, message in error.cells:
                    self.issue(row.line, message, column)
            else:
                self.used_rows += 1
                self._spans[group] = self._spans.get(group, (row.line, row.line))[0], row.line
        if not self.row_count:
            self.issue(self.header_line, "has a header and no rows")
        self._raise()
        self._note_duplicates(duplicates)

    def _rows(self) -> Iterator[Row]:
        """Yield the rows that are not empty; one of another length than the header is an issue."""
        while True:
            line = self._reader.line_num + 1
            cells = self._next()
            if cells is None:
                return
            if not any(cell.strip() for cell in cells):
                continue
            self.row_count += 1
            if len(cells) == len(self.header):
                yield Row(line, ["" if cell.strip().lower() in self._null_words else cell for cell in cells])
            else:
                self.issue(line, f"has {len(cells)} cells, and the header has {len(self.header)}")

    def _skip_repetition(self, row: Row, identity: Column | None, duplicates: Duplicates) -> None:
        """Raise `UnusableRowError` for an exact duplicate with an identity, and for a row named as a sum or mean of others."""
        if duplicates.includes(row) and identity is not None and row.text(identity):
            raise UnusableRowError(_DUPLICATE)
        if _SUMMARY_NAME.fullmatch(row.cells[0].strip()) or _SUMMARY_NAME.fullmatch(row.text(identity)):
            raise UnusableRowError("named as a sum or a mean of others")

    def _note_duplicates(self, duplicates: Duplicates) -> None:
        count = duplicates.count
        if count and not self.skip_counts[_DUPLICATE]:
            repeat = "repeats" if count == 1 else "repeat"
            text = f"look at this: {format_count(count, 'row')} that {repeat} another exactly, and count: exported twice?"
            self.notes.append(Note("repeated-rows", self.path.name, text))
        if duplicates.is_full:
            text = f"duplicates were searched for only among the first {MAX_HASHED_ROWS:,} rows"
            self.notes.append(Note("duplicates-not-searched", self.path.name, text))

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

    def refuse_empty(self, what: str, hint: str = "") -> NoReturn:
        """Raise `InvalidInputError` with the reasons why no row could be used."""
        self.refuse(f"gives no {what}: {self.describe_skipped() or 'no row has the necessary cells'}{hint}")

    def describe_skipped(self) -> str:
        """Return how many rows were left out, by reason."""
        total = sum(self.skip_counts.values())
        if not total:
            return ""
        reasons = "; ".join(f"{reason} ({times:,})" for reason, times in self.skip_counts.most_common())
        return f"{total:,} of {self.row_count:,} rows not used: {reasons}"

    def usage_note(self) -> Note:
        """Return a note of how many rows were used."""
        return Note("rows-used", self.path.name, f"{self.used_rows:,} of {self.row_count:,} rows used")

    def unused_note(self, used: Iterable[Column | None]) -> list[Note]:
        """Return a note that names the columns that were not read, or none."""
        places = {column.index for column in used if column is not None}
        unused = [name for place, name in enumerate(self.header) if name and place not in places]
        text = f"columns not used: {', '.join(unused[:8])}{', ...' if len(unused) > 8 else ''}"
        return [Note("columns-not-used", self.path.name, text)] if unused else []

    def reading_notes(self) -> list[Note]:
        """Return notes on the rows left out, and on suspicious ones."""
        skipped = self.describe_skipped()
        return [*([Note("rows-skipped", self.path.name, skipped)] if skipped else []), *self.notes]

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
