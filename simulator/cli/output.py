"""Text tables, laid out for a terminal or written as Markdown."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

MIN_WIDTH = 40
"""Terminal width in characters below which no table is readable."""
PIPE_WIDTH = 110
"""Width of tables where there is no terminal; sentences are then not wrapped."""


class Column(str):
    """A column header (`>` in front aligns right) of low priority: the higher `omission`, the earlier it is left out."""

    __slots__ = ("omission",)
    omission: int

    def __new__(cls, header: str, omission: int = 1) -> "Column":
        column = super().__new__(cls, header)
        column.omission = omission
        return column


class TextTable(NamedTuple):
    """A title, column headers (`>` in front aligns right) and rows (`=` in front of the first cell marks a total).

    A header that is a `Column` has a priority. `styles` are those of rows by their place; the text says the same.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    styles: Mapping[int, str] | None = None


def print_answer(
    form: str,
    tables: Sequence[TextTable],
    notes: Sequence[str] = (),
    headline: str = "",
    picture: Callable[[int], Sequence[str]] | None = None,
    conditions: Sequence[str] = (),
) -> None:
    """Print an answer on standard output: headline, its conditions, picture, tables and notes, for the terminal or as Markdown.

    The picture is drawn for the width of a terminal, in lines.
    """
    if form == "markdown":
        front = "".join(f"{text}\n\n" for text in (*([f"# {headline}"] if headline else []), *conditions))
        sys.stdout.write(front + to_markdown(tables) + ("\n" if notes else ""))
        sys.stdout.writelines(f"- {note}\n" for note in notes)
    else:
        _print_page(tables, notes, headline, picture, conditions)


def terminal_width() -> int | None:
    """Return the width of the terminal in characters, or None where output goes to a file or a pipe."""
    variable = os.environ.get("COLUMNS", "")
    if variable.isdecimal() and 0 < int(variable[:5]) < 10_000:
        return max(int(variable), MIN_WIDTH)
    if not sys.stdout.isatty():
        return None
    from rich.console import Console

    return max(Console().width, MIN_WIDTH)


def _print_page(
    tables: Sequence[TextTable],
    notes: Sequence[str],
    headline: str,
    picture: Callable[[int], Sequence[str]] | None,
    conditions: Sequence[str],
) -> None:
    """Print a page at the width of the terminal, without truncating a cell."""
    from simulator.cli.layout import Grid, Line, hanging_lines, table_lines, wrap
    from simulator.core.formatting import join_words

    known_width = terminal_width()
    width = known_width or PIPE_WIDTH
    lines = [Line(text, "bold") for text in (wrap(headline, width) if headline else ())]
    lines += [Line(text) for condition in conditions for text in wrap(condition, width)]
    lines += [Line(text) for text in (picture(width) if picture is not None else ())]
    left_out: list[str] = []
    printed = [each for each in tables if each.rows]
    for table in printed:
        rows = [[cell.removeprefix("=") if place == 0 else cell for place, cell in enumerate(row)] for row in table.rows]
        styles = table.styles or {}
        grid = Grid(
            [column.removeprefix(">") for column in table.columns],
            [column.startswith(">") for column in table.columns],
            [column.omission if isinstance(column, Column) else 0 for column in table.columns],
            rows,
            [styles.get(place, "bold" if row[:1] and row[0].startswith("=") else "") for place, row in enumerate(table.rows)],
        )
        found, names = table_lines(grid, width)
        lines += [Line("")] if lines else []
        lines += [Line(text, "cyan") for text in (wrap(table.title, width) if table.title else ())]
        lines += found
        if names:
            where = f" of '{table.title}'" if table.title and len(printed) > 1 else ""
            left_out.append(f"{join_words(names)}{where}")
    if left_out:
        notes = [*notes, f"left out at this width: {'; '.join(left_out)}. A wider terminal or --format markdown has them"]
    lines += [Line("")] if lines and notes else []
    for note in notes:
        texts = hanging_lines(note, width, "- ", "  ") if known_width else [f"- {note}"]
        lines += [Line(text) for text in texts]
    write_lines(lines)


def write_lines(lines: "Sequence[tuple[str, str]]") -> None:
    """Write lines with their styles on standard output; colours are left out where the terminal or the user has none."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, width=10_000)
    with console.capture() as captured:
        for text, style in lines:
            console.print(Text(text, style=style), soft_wrap=True)
    sys.stdout.write(captured.get())  # rich would exit when the reader closes the pipe


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
