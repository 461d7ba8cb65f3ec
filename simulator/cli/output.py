"""Text tables, rendered by rich for a terminal or written as Markdown."""

import os
import re
import sys
from collections.abc import Sequence
from typing import NamedTuple

MIN_WIDTH = 40
"""Terminal width in characters below which no table is readable."""


class TextTable(NamedTuple):
    """A title, column headers (`>` in front aligns right) and rows (`=` in front of the first cell marks a total)."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def print_answer(form: str, tables: Sequence[TextTable], notes: Sequence[str] = (), headline: str = "") -> None:
    """Print an answer on standard output: headline, tables and notes, for the terminal or as Markdown."""
    if form == "markdown":
        sys.stdout.write((f"# {headline}\n\n" if headline else "") + to_markdown(tables) + ("\n" if notes else ""))
    else:
        sys.stdout.write(f"{headline}\n" if headline else "")
        _print_tables(tables)
    sys.stdout.writelines(f"- {note}\n" for note in notes)


def _print_tables(tables: Sequence[TextTable]) -> None:
    """Print tables at the width of the terminal (110 characters if there is none), without truncating a cell."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console, JustifyMethod
    from rich.table import Table as RichTable
    from rich.text import Text

    variable = os.environ.get("COLUMNS", "")
    width = max(int(variable), MIN_WIDTH) if variable.isdecimal() and 0 < int(variable[:5]) < 10_000 else None
    console = Console(width=width or (None if sys.stdout.isatty() else 110), highlight=False)
    with console.capture() as captured:
        for table in tables:
            headers = [column.lstrip(">") for column in table.columns]
            rows = [[cell.removeprefix("=") if place == 0 else cell for place, cell in enumerate(row)] for row in table.rows]
            widths = _widths([headers, *rows], console.width - 2)
            rich_table = RichTable(
                box=SIMPLE_HEAD,
                padding=(0, 1, 0, 0),
                pad_edge=False,
                show_header=any(headers),
            )
            for column, head, width in zip(table.columns, headers, widths, strict=True):
                side: JustifyMethod = "right" if column.startswith(">") else "left"
                rich_table.add_column(_wrap(head, width), justify=side, min_width=width, no_wrap=True)
            for row, cells in zip(table.rows, rows, strict=True):
                is_total = bool(row) and row[0].startswith("=")
                texts = [Text(_wrap(cell, width)) for cell, width in zip(cells, widths, strict=True)]
                rich_table.add_row(*texts, style="bold" if is_total else None)
            if table.title:
                console.print(Text(table.title, style="bold"))
            console.print(rich_table, width=max(console.width, sum(widths) + _GAP * len(widths)), crop=False)
    sys.stdout.write(captured.get())  # rich would exit when the reader closes the pipe


_GAP = 2
_BREAK = re.compile(r"(?<=[A-Za-z]{2}[-_/:,.])(?=\S)")
"""Where a name may be broken across lines; numbers are never broken."""


def _split_pieces(text: str) -> list[str]:
    """Split a text into the pieces that must not be broken."""
    return [piece for word in text.split() for piece in _BREAK.split(word)]


def _widths(rows: Sequence[Sequence[str]], available: int) -> list[int]:
    """Return the column widths: the widest cell, reduced to fit, but never below the longest piece."""
    columns = list(zip(*rows, strict=True))
    widths = [max(map(len, cells)) for cells in columns]
    minimums = [max((len(piece) for cell in cells for piece in _split_pieces(cell)), default=0) for cells in columns]
    excess = sum(widths) - (available - _GAP * (len(columns) - 1))
    while excess > 0:  # shrink the widest column that can still shrink
        place = max(range(len(widths)), key=lambda place: (widths[place] > minimums[place], widths[place]))
        if widths[place] <= minimums[place]:
            break
        widths[place] -= 1
        excess -= 1
    return widths


def _wrap(text: str, width: int) -> str:
    """Wrap text between words, and long names at hyphens and similar characters."""
    if len(text) <= width:
        return text
    lines = [""]
    for word in text.split():
        for number, piece in enumerate([word] if len(word) <= width else _BREAK.split(word)):
            joined = f"{lines[-1]}{'' if number or not lines[-1] else ' '}{piece}"
            if len(joined) <= width:
                lines[-1] = joined
            else:
                lines.append(piece)
    return "\n".join(lines)


def to_markdown(tables: Sequence[TextTable]) -> str:
    """Format tables as Markdown."""
    parts = []
    for table in tables:
        head = [column.lstrip(">") or " " for column in table.columns]
        rule = ["---:" if column.startswith(">") else "---" for column in table.columns]
        lines = [_row(head), _row(rule)]
        for row in table.rows:
            cells = [cell.replace("|", "\\|") for cell in row]
            if cells and cells[0].startswith("="):
                cells = [f"**{cell.removeprefix('=')}**" if cell else "" for cell in cells]
            lines.append(_row(cells))
        parts.append((f"**{table.title}**\n\n" if table.title else "") + "\n".join(lines))
    return "\n\n".join(parts) + "\n" if parts else ""


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
