"""Tables of text, drawn by rich on a terminal or written as Markdown."""

import os
import re
import sys
from collections.abc import Sequence
from typing import NamedTuple

NARROWEST = 40
"""Columns below which no table can be read."""


class Table(NamedTuple):
    """A title, columns (those that begin with `>` are set to the right) and rows; a row that begins with `=` is a sum."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def print_answer(form: str, tables: Sequence[Table], notes: Sequence[str] = (), headline: str = "") -> None:
    """Print what a command has found on standard output: a headline, tables and notes, for the terminal or as Markdown."""
    if form == "markdown":
        sys.stdout.write((f"# {headline}\n\n" if headline else "") + markdown(tables) + ("\n" if notes else ""))
    else:
        sys.stdout.write(f"{headline}\n" if headline else "")
        _print_tables(tables)
    sys.stdout.writelines(f"- {note}\n" for note in notes)


def _print_tables(tables: Sequence[Table]) -> None:
    """Print tables on standard output, as wide as the terminal (110 columns where there is none), no cell cut short."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console, JustifyMethod
    from rich.table import Table as RichTable
    from rich.text import Text

    said = os.environ.get("COLUMNS", "")
    told = max(int(said), NARROWEST) if said.isdecimal() and 0 < int(said[:5]) < 10_000 else None
    console = Console(width=told or (None if sys.stdout.isatty() else 110), highlight=False)
    with console.capture() as captured:
        for table in tables:
            heads = [column.lstrip(">") for column in table.columns]
            rows = [[cell.removeprefix("=") if place == 0 else cell for place, cell in enumerate(row)] for row in table.rows]
            widths = _widths([heads, *rows], console.width - 2)
            drawn = RichTable(
                box=SIMPLE_HEAD,
                padding=(0, 1, 0, 0),
                pad_edge=False,
                show_header=any(heads),
            )
            for column, head, width in zip(table.columns, heads, widths, strict=True):
                side: JustifyMethod = "right" if column.startswith(">") else "left"
                drawn.add_column(_wrapped(head, width), justify=side, min_width=width, no_wrap=True)
            for row, cells in zip(table.rows, rows, strict=True):
                is_sum = bool(row) and row[0].startswith("=")
                texts = [Text(_wrapped(cell, width)) for cell, width in zip(cells, widths, strict=True)]
                drawn.add_row(*texts, style="bold" if is_sum else None)
            if table.title:
                console.print(Text(table.title, style="bold"))
            console.print(drawn, width=max(console.width, sum(widths) + _GAP * len(widths)), crop=False)
    sys.stdout.write(captured.get())  # not by rich, which ends the command where a reader leaves early


_GAP = 2
_BREAK = re.compile(r"(?<=[A-Za-z]{2}[-_/:,.])(?=\S)")
"""Where a name may go on in the next line; a number may not."""


def _pieces(text: str) -> list[str]:
    """The parts of a text that stay on one line."""
    return [piece for word in text.split() for piece in _BREAK.split(word)]


def _widths(rows: Sequence[Sequence[str]], room: int) -> list[int]:
    """Return the widths of columns: what each wants, or where that is too much no less than its longest piece."""
    columns = list(zip(*rows, strict=True))
    wanted = [max(map(len, cells)) for cells in columns]
    least = [max((len(piece) for cell in cells for piece in _pieces(cell)), default=0) for cells in columns]
    over = sum(wanted) - (room - _GAP * (len(columns) - 1))
    while over > 0:  # the widest column that can give a letter gives it
        place = max(range(len(wanted)), key=lambda place: (wanted[place] > least[place], wanted[place]))
        if wanted[place] <= least[place]:
            break
        wanted[place] -= 1
        over -= 1
    return wanted


def _wrapped(text: str, width: int) -> str:
    """Break text between words, and a name that is too long at its hyphens and the like."""
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


def markdown(tables: Sequence[Table]) -> str:
    """Write tables as Markdown."""
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
    return "\n\n".join(parts) + "\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
