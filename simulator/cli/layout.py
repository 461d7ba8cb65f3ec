"""The layout of tables and texts in a terminal: no line is longer than the terminal is wide, and no number is cut or broken.

A table that is too wide first wraps its words, then leaves out columns of low priority, then writes intervals without `to`
between their bounds, and at last stacks the cells of a row.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len

GAP = 2
"""Characters between two columns."""
COMFORTABLE = 18
"""Width in characters to which words are wrapped before a column is left out."""
SHORT = 10
"""Width to which words are wrapped before the rows are stacked."""
LONGEST_WHOLE_NAME = 16
"""Length up to which a name in the column of names is not broken, so that it can be copied."""
INDENT = 2
"""Indent of stacked cells."""

_BREAK = re.compile(r"(?<=[A-Za-z]{2}[-_/:,.=+])(?=\S)")
"""Where a long name may be broken across lines; numbers are never broken."""
_AMOUNT = r"[-+~<>]?(?:[$€£]|[A-Z]{3}\s)?[-+]?\d[^\s;,]*"
_TOGETHER = re.compile(rf"(?:{_AMOUNT}(?:,\d+)*) (?:to|->|\+-) ?(?={_AMOUNT})|\+- (?=\d)|\b[A-Z]{{3}} (?=[-+]?\d)|\d -> (?=\d)")
"""An interval, an amount with its error and an amount after its currency, up to the last part: words that stay in one line."""
_INTERVAL = re.compile(r"(\S.*) to (\S.*)")


class Line(NamedTuple):
    """A line of text, and how it is styled."""

    text: str
    style: str = ""


class Grid(NamedTuple):
    """A table as it is laid out: headers without alignment, which columns are numbers, order of omission, cells, styles."""

    headers: Sequence[str]
    is_number: Sequence[bool]
    priorities: Sequence[int]
    rows: Sequence[Sequence[str]]
    styles: Sequence[str]


def table_lines(grid: Grid, width: int) -> tuple[list[Line], list[str]]:
    """Return the lines of a table, and the headers of the columns that are left out to fit the width."""
    shown = list(range(len(grid.headers)))
    while shown:
        lowest = max(grid.priorities[place] for place in shown)
        attempts = [(False, COMFORTABLE)] if lowest else [(False, COMFORTABLE), (True, COMFORTABLE), (True, SHORT)]
        for is_compact, comfortable in attempts:
            columns = [_Block(grid, place, is_compact=is_compact) for place in shown]
            widths = fitting_widths(columns, width, comfortable)
            if widths is not None:
                return _grid_lines(grid, columns, widths), _left_out(grid, shown)
        if not lowest:
            break
        shown = [place for place in shown if grid.priorities[place] < lowest]
    return _stacked_lines(grid, width), []


def _left_out(grid: Grid, shown: Sequence[int]) -> list[str]:
    return [header for place, header in enumerate(grid.headers) if place not in shown and header]


class _Block:
    """A column: its header and cells, the latter of an interval as two sub-columns."""

    def __init__(self, grid: Grid, place: int, *, is_compact: bool) -> None:
        self.header, self.is_number = grid.headers[place], grid.is_number[place]
        self.longest_whole = LONGEST_WHOLE_NAME if place == 0 and self.header == "name" else 0
        cells = [row[place] for row in grid.rows]
        self.pairs = [_INTERVAL.fullmatch(cell) if self.is_number else None for cell in cells]
        lows = max((cell_len(pair[1]) for pair in self.pairs if pair), default=0)
        highs = max((cell_len(pair[2]) for pair in self.pairs if pair), default=0)
        self.cells = [
            cell
            if pair is None
            else f"{_pad(pair[1], lows, right=True)}  {_pad(pair[2], highs, right=True)}"
            if is_compact
            else f"{_pad(pair[1], lows, right=True)} to {_pad(pair[2], highs)}"
            for cell, pair in zip(cells, self.pairs, strict=True)
        ]
        self.natural = max(map(cell_len, (self.header, *self.cells)), default=0)

    def least(self, comfortable: int) -> int:
        """Return the least width: that of the numbers, or of the longest word, and where possible a comfortable one."""
        header = max(map(cell_len, _words(self.header)), default=0)
        if self.is_number:
            return max(header, *map(cell_len, self.cells), 0) if self.cells else header
        words = (
            cell_len(piece)
            for cell in self.cells
            for word in _words(cell)
            for piece in ([word] if cell_len(word) <= self.longest_whole else _pieces(word))
        )
        return max(header, min(self.natural, comfortable), max(words, default=0))

    def lines(self, row: int, width: int) -> list[str]:
        """Return the lines of a cell, padded to the width."""
        text = self.cells[row]
        if self.is_number:
            return [_pad(text, width, right=True)]
        return [_pad(line, width) for line in wrap(text, width)]

    def heading(self, width: int) -> list[str]:
        """Return the lines of the header, padded to the width; that of an interval stands over both bounds."""
        if any(self.pairs):
            return [
                _pad(f"{line}{' ' * ((width - cell_len(line)) // 2)}", width, right=True) for line in wrap(self.header, width)
            ]
        return [_pad(line, width, right=self.is_number) for line in wrap(self.header, width)]


def fitting_widths(columns: Sequence[_Block], available: int, comfortable: int) -> list[int] | None:
    """Return the widths of columns, shrunk to fit but never below their least ones; None if they do not fit."""
    widths = [column.natural for column in columns]
    least = [min(column.least(comfortable), column.natural) for column in columns]
    excess = sum(widths) + GAP * (len(columns) - 1) - available
    while excess > 0:  # shrink the widest column that can still shrink
        place = max(range(len(widths)), key=lambda place: (widths[place] > least[place], widths[place]))
        if widths[place] <= least[place]:
            return None
        widths[place] -= 1
        excess -= 1
    return widths


def _grid_lines(grid: Grid, columns: Sequence[_Block], widths: Sequence[int]) -> list[Line]:
    lines = []
    if any(column.header for column in columns):
        headings = [column.heading(width) for column, width in zip(columns, widths, strict=True)]
        lines += [Line(text, "bold") for text in _joined(headings, widths, at_bottom=True)]
        lines.append(Line("─" * (sum(widths) + GAP * (len(widths) - 1)), "dim"))
    for number, style in enumerate(grid.styles):
        cells = [column.lines(number, width) for column, width in zip(columns, widths, strict=True)]
        lines += [Line(text, style) for text in _joined(cells, widths)]
    return lines


def _joined(cells: Sequence[Sequence[str]], widths: Sequence[int], *, at_bottom: bool = False) -> Iterator[str]:
    """Yield the lines of a row without blanks at their ends."""
    height = max(map(len, cells), default=0)
    for number in range(height):
        parts = []
        for lines, width in zip(cells, widths, strict=True):
            place = number - (height - len(lines) if at_bottom else 0)
            parts.append(lines[place] if 0 <= place < len(lines) else " " * width)
        yield (" " * GAP).join(parts).rstrip()


def _stacked_lines(grid: Grid, width: int) -> list[Line]:
    """Return each row as a block: its name, and below it header and cell in a line each."""
    is_named = bool(grid.headers) and not grid.headers[0]
    label_width = max((cell_len(header) for header in grid.headers), default=0)
    lines: list[Line] = []
    for row, style in zip(grid.rows, grid.styles, strict=True):
        pairs = list(zip(grid.headers, row, strict=True))
        if is_named:
            lines += [Line(text, style or "bold") for text in wrap(row[0], width)]
            pairs = pairs[1:]
        elif lines:
            lines.append(Line(""))
        for header, cell in pairs:
            if cell:
                lines += [Line(text, style) for text in _stacked_cell(header, cell, label_width, width)]
    return lines


def _stacked_cell(header: str, cell: str, label_width: int, width: int) -> list[str]:
    room = width - INDENT - label_width - GAP
    indent = " " * INDENT
    if not header:
        return [indent + line for line in wrap(cell, width - INDENT)]
    longest = max((cell_len(piece) for word in _words(cell) for piece in _pieces(word)), default=0)
    if cell_len(cell) <= room or (room >= COMFORTABLE and longest <= room):
        first, *rest = wrap(cell, room)
        blank = " " * (INDENT + label_width + GAP)
        return [f"{indent}{_pad(header, label_width)}{' ' * GAP}{first}", *(blank + line for line in rest)]
    return [
        *(indent + line for line in wrap(header, width - INDENT)),
        *(2 * indent + line for line in wrap(cell, width - 2 * INDENT)),
    ]


# --- text -----------------------------------------------------------------------------------------------------------------


def hanging_lines(text: str, width: int, first: str = "", indent: str = "") -> list[str]:
    """Return a text in lines, the first behind `first` and the others behind an indent of their own."""
    lines = wrap(text, width - max(cell_len(first), cell_len(indent)))
    return [f"{first if number == 0 else indent}{line}".rstrip() for number, line in enumerate(lines)]


def wrap(text: str, width: int) -> list[str]:
    """Wrap a text between words, and a long name at hyphens and similar characters."""
    if cell_len(text) <= width:
        return [text]
    lines = [""]
    for word in _words(text):
        parts = [word] if cell_len(word) <= width else _pieces(word)
        for number, piece in enumerate(parts):
            joined = f"{lines[-1]}{'' if number or not lines[-1] else ' '}{piece}"
            if cell_len(joined) <= width:
                lines[-1] = joined
            else:
                lines += [piece] if lines[-1] else []
                lines[-1] = piece
    return [line for first in lines for line in _cut_name(first, width)]


def _cut_name(line: str, width: int) -> list[str]:
    """Cut a single word that is longer than a line; a number never is."""
    if cell_len(line) <= width or " " in line or width < COMFORTABLE:
        return [line]
    return [line[start : start + width] for start in range(0, len(line), width)]


def _words(text: str) -> list[str]:
    """Return the words of a text, those that must stay in one line as one."""
    kept = _TOGETHER.sub(lambda found: found[0].replace(" ", "\0"), text)
    return [word.replace("\0", " ") for word in kept.split()]


def _pieces(word: str) -> list[str]:
    """Return the pieces of a word that must not be broken; words that stay together have one piece."""
    return [word] if " " in word else _BREAK.split(word)


def _pad(text: str, width: int, *, right: bool = False) -> str:
    blank = " " * max(0, width - cell_len(text))
    return blank + text if right else text + blank
