"""A workbook and its sheets in one look: text that is never a formula, headers that stay, and pages that print."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from simulator.report.workbook.kinds import TEXT, Column, SheetTable, Value, number_format

INK, MUTED, RULE = "#1a1a1a", "#595959", "#bfbfbf"
HEAD_FILL, INPUT_FILL, INPUT_INK, CHANGED_FILL = "#e3ebf3", "#fff8d6", "#1f3fbf", "#fbd9c0"
COLOURS = ("#0c2747", "#9c3a06", "#2f9e86", "#7cc4f0", "#c9a227", "#6b4c9a", "#8a8a8a", "#d98880", "#4c7a34", "#b5b5e0")

_CREATED = datetime(2000, 1, 1)
"""A workbook requires a creation time; a constant keeps its bytes reproducible."""
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_MAX_TEXT = 32_700
"""Characters of a cell; Excel holds 32,767."""
_MAX_NAME = 31
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
MIN_WIDTH, MAX_WIDTH = 9, 56
_LINE, _MAX_HEIGHT = 13.5, 400
"""Height of a line of text and largest height of a row, in points."""
_PAGE_WIDTH = 175
"""Characters side by side on a printed page that people can read."""


class Book:
    """A workbook in memory."""

    def __init__(self, title: str) -> None:
        from xlsxwriter import Workbook

        self._buffer = BytesIO()
        # Strings stay strings: neither `=1+1` nor an address becomes a formula or a link.
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.file: Any = Workbook(self._buffer, options)
        self.file.set_properties({"title": title, "author": "llmcost", "created": _CREATED})
        self.file.set_calc_mode("auto")
        self._styles: dict[tuple[tuple[str, object], ...], Any] = {}
        self._names: set[str] = set()
        self.sheets: list[Sheet] = []

    def style(self, **properties: object) -> Any:
        """Return a cell format; equal formats are one."""
        if "indent" in properties:
            properties.setdefault("align", "left")  # without it, a cell that is aligned to the top loses its indent
        key = tuple(sorted(properties.items()))
        if key not in self._styles:
            defaults = {"valign": "top", "font_name": "Calibri", "font_size": 10, "font_color": INK}
            self._styles[key] = self.file.add_format({**defaults, **properties})
        return self._styles[key]

    def sheet(self, name: str, title: str, about: str = "") -> "Sheet":
        """Add a sheet with a title and a sentence about it; a name that is taken gets a number."""
        new = Sheet(self, self._free_name(name), title, about)
        self.sheets.append(new)
        return new

    def _free_name(self, name: str) -> str:
        cleaned = " ".join(name.translate(_FORBIDDEN).split()).strip("'")[:_MAX_NAME].strip() or "Table"
        free, number = cleaned, 1
        while free.casefold() in self._names:
            number += 1
            ending = f" {number}"
            free = cleaned[: _MAX_NAME - len(ending)] + ending
        self._names.add(free.casefold())
        return free

    def define(self, name: str, sheet: "Sheet", row: int, column: int) -> None:
        """Give a cell a name that formulas can use."""
        self.file.define_name(name, f"={sheet.reference(row, column)}")

    def to_bytes(self) -> bytes:
        """Close the workbook and return its file."""
        self.file.close()
        return self._buffer.getvalue()


class Sheet:
    """A sheet: title in the first row, a sentence below it, and what its module writes from row `top` on."""

    top = 3

    def __init__(self, book: Book, name: str, title: str, about: str) -> None:
        self.book, self.name, self.title = book, name, title
        self.file: Any = book.file.add_worksheet(name)
        self.file.hide_gridlines(2)
        self.file.set_landscape()
        self.file.set_paper(9)
        self.file.fit_to_pages(1, 0)
        self.file.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        self.file.set_footer("&L&8&F&C&8&A&R&8page &P of &N")
        self.file.set_row(0, 21)
        self.text(0, 0, title, bold=True, font_size=14)
        self.text(1, 0, about, font_color=MUTED)

    def reference(self, row: int, column: int) -> str:
        """Return the absolute reference of a cell from any sheet."""
        return f"{self.quoted}!{self.cell(row, column, absolute=True)}"

    @property
    def quoted(self) -> str:
        """The name of the sheet in references."""
        return "'" + self.name.replace("'", "''") + "'"

    @staticmethod
    def cell(row: int, column: int, *, absolute: bool = False) -> str:
        """Return the reference of a cell within its sheet."""
        from xlsxwriter.utility import xl_rowcol_to_cell

        return str(xl_rowcol_to_cell(row, column, row_abs=absolute, col_abs=absolute))

    def text(self, row: int, column: int, text: str, **properties: object) -> None:
        """Write text, which stays text: one that begins as a formula keeps that when the cell is edited."""
        if not text:
            if properties:
                self.file.write_blank(row, column, None, self.book.style(**properties))
            return
        if len(text) > _MAX_TEXT:
            text = f"{text[:_MAX_TEXT]}... (cut off: a cell has at most {_MAX_TEXT:,} characters)"
        if text.startswith(_FORMULA_SIGNS):
            properties["quote_prefix"] = True
        self.file.write_string(row, column, text, self.book.style(**properties))

    def number(self, row: int, column: int, value: float | None, form: str, **properties: object) -> None:
        """Write a number in a number format; a number that is not finite is text."""
        if value is None:
            self.text(row, column, "", **properties)
        elif math.isfinite(value):
            self.file.write_number(row, column, value, self.book.style(num_format=form, **properties))
        else:
            self.text(row, column, str(value), align="right", **properties)

    def formula(self, row: int, column: int, formula: str, value: float | str, form: str = "", **properties: object) -> None:
        """Write a live formula, with its value for readers that do not calculate."""
        style = self.book.style(**({"num_format": form} if form else {}), **properties)
        self.file.write_formula(row, column, formula, style, value)

    def value(self, row: int, column: int, value: Value, kind: str, **properties: object) -> None:
        """Write a value in the format of its kind."""
        if isinstance(value, bool):
            value = "yes" if value else "no"
        if value is None or isinstance(value, str):
            self.text(row, column, value or "", text_wrap=True, **properties)
        else:
            self.number(row, column, value, number_format(kind, value), **properties)

    def head(self, row: int, headings: Sequence[str], kinds: Sequence[str] = (), widths: Sequence[float] = ()) -> None:
        """Write a row of headers, those of numbers on the right; with `widths` it is as high as its longest header."""
        for place, heading in enumerate(headings):
            is_text = place >= len(kinds) or kinds[place] == TEXT
            side = {"indent": 1} if is_text and place else {} if is_text else {"align": "right"}
            self.text(row, place, heading, bold=True, text_wrap=True, bg_color=HEAD_FILL, bottom=1, bottom_color=RULE, **side)
        if widths:
            self.fit_row(row, zip(headings, widths, strict=True), bold=True)

    def fit_row(self, row: int, cells: Iterable[tuple[str, float]], *, bold: bool = False) -> None:
        """Make a row as high as its longest text, of which each cell has the width of its column."""
        lines = max((_lines(text, width * (0.9 if bold else 1.0)) for text, width in cells), default=1)
        if lines > 1:
            self.file.set_row(row, min(_LINE * lines + 2, _MAX_HEIGHT))

    def keep_head(self, row: int, columns: int, last_row: int, *, fixed: int = 1, filters: bool = True) -> None:
        """Keep a header row on the screen and on each printed page, and let its columns be filtered."""
        self.file.freeze_panes(row + 1, fixed)
        self.file.repeat_rows(row)
        if filters and last_row > row and columns > 1:
            self.file.autofilter(row, 0, last_row, columns - 1)

    def widths(self, *widths: float, first: int = 0) -> None:
        """Set the widths of columns, in characters, and print a wide sheet on several pages side by side."""
        for place, width in enumerate(widths, start=first):
            self.file.set_column(place, place, width)
        if not first:
            pages = max(1, round(sum(widths) / _PAGE_WIDTH))
            self.file.fit_to_pages(pages, 0)
            if pages > 1:
                self.file.repeat_columns(0)
                self.file.print_across()

    def table(self, table: SheetTable) -> None:
        """Write a table with filters, in columns as wide and rows as high as their content."""
        first, columns = self.top + 1, table.columns
        widths = [fitting_width(column, [row[place] for row in table.rows]) for place, column in enumerate(columns)]
        self.widths(*widths)
        self.head(self.top, [column.heading for column in columns], [column.kind for column in columns], widths)
        for number, row in enumerate(table.rows):
            strong = {"bold": True, "top": 1, "top_color": RULE} if number in table.strong else {}
            for place, (column, value) in enumerate(zip(columns, row, strict=True)):
                side = {"indent": 1} if place and isinstance(value, str) else {}
                self.value(first + number, place, column.scaled(value), column.kind, **strong, **side)
            self.fit_row(
                first + number, ((cell, width) for cell, width in zip(row, widths, strict=True) if isinstance(cell, str))
            )
        self.keep_head(self.top, len(columns), self.top + len(table.rows))


def _lines(text: str, width: float) -> int:
    """Return the lines that a text takes in a column."""
    return sum(max(1, math.ceil(len(line) * 1.08 / max(width - 1, 1))) for line in text.split("\n"))


def fitting_width(column: Column, values: Iterable[Value]) -> float:
    """Return the width of a column that shows its longest value, and its header in three lines at most."""
    longest = max((len(value) if isinstance(value, str) else 13 for value in values if value is not None), default=0)
    words = max((len(word) for word in column.heading.split()), default=0)
    return min(MAX_WIDTH, max(MIN_WIDTH, longest, words, len(column.heading) / 3)) + 3
