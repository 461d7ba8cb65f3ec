"""Tables of text, drawn by rich on a terminal or written as Markdown."""

import os
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
    """Print what a verb has found on standard output: a headline, tables and notes, for the terminal or as Markdown."""
    if form == "markdown":
        sys.stdout.write((f"# {headline}\n\n" if headline else "") + markdown(tables) + ("\n" if notes else ""))
    else:
        sys.stdout.write(f"{headline}\n" if headline else "")
        _print_tables(tables)
    sys.stdout.writelines(f"- {note}\n" for note in notes)


def _print_tables(tables: Sequence[Table]) -> None:
    """Print tables on standard output, as wide as the terminal (100 columns where there is none)."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console, JustifyMethod
    from rich.table import Table as RichTable
    from rich.text import Text

    said = os.environ.get("COLUMNS", "")
    told = max(int(said), NARROWEST) if said.isdecimal() and 0 < int(said[:5]) < 10_000 else None
    console = Console(width=told or (None if sys.stdout.isatty() else 110), highlight=False)
    for table in tables:
        drawn = RichTable(
            title=Text(table.title, style="bold"),
            title_justify="left",
            box=SIMPLE_HEAD,
            pad_edge=False,
            show_header=any(table.columns),
        )
        for column in table.columns:
            side: JustifyMethod = "right" if column.startswith(">") else "left"
            drawn.add_column(Text(column.lstrip(">")), justify=side, no_wrap=column == "name")
        for row in table.rows:
            is_sum = bool(row) and row[0].startswith("=")
            cells = [Text(cell.removeprefix("=") if number == 0 else cell) for number, cell in enumerate(row)]
            drawn.add_row(*cells, style="bold" if is_sum else None)
        console.print(drawn)


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
