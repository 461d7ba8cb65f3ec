"""Tables as data files: CSV, and one workbook for finance. Numbers are exact; text is never a formula."""

import re
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from simulator.io.to_csv import csv_text
from simulator.report.content import Report, Table, Value

if TYPE_CHECKING:
    from xlsxwriter import Workbook

_CREATED = datetime(2000, 1, 1)
"""A workbook must say when it was made; this one says the same each time."""
_SHARES = re.compile(r"share|chance|shrinks")
_WIDEST = 60


def as_csv(table: Table) -> str:
    """Return a table as CSV after RFC 4180: a column a field, amounts unrounded."""
    return csv_text(fields(table), values(table))


def fields(table: Table) -> list[str]:
    """Return the names of a table's fields."""
    return [field for column in table.columns for field in column.fields]


def values(table: Table) -> list[list[Value]]:
    """Return the exact values of a table's rows, one for each field."""
    return [[value for cell in row.cells for value in cell.values] for row in table.rows]


def as_workbook(report: Report) -> bytes:
    """Return all tables as an .xlsx: a sheet a table, after one that says what the report is."""
    from xlsxwriter import Workbook

    made = BytesIO()
    # Strings stay strings: neither `=1+1` nor an address becomes a formula or a link.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = Workbook(made, options)
    book.set_properties({"title": report.title, "author": "llmcost", "created": _CREATED})
    styles = {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "usd": book.add_format({"num_format": "#,##0", "valign": "top"}),
        "share": book.add_format({"num_format": "0.0%", "valign": "top"}),
        "number": book.add_format({"num_format": "#,##0.####", "valign": "top"}),
        "small": book.add_format({"num_format": "0.00E+00", "valign": "top"}),
    }
    about = book.add_worksheet("about")
    about.set_column(0, 0, 100)
    for place, line in enumerate((report.title, report.answer, report.made)):
        about.write_string(place, 0, line, styles["head" if place == 0 else "text"])
    for table in report.blocks(Table):
        _sheet(book, table, styles)
    book.close()
    return made.getvalue()


def _sheet(book: "Workbook", table: Table, styles: dict[str, Any]) -> None:
    sheet = book.add_worksheet(table.name[:31])
    rows = values(table)
    for place, field in enumerate(fields(table)):
        longest = max((len(_shown(row[place])) for row in rows), default=0)
        sheet.set_column(place, place, min(_WIDEST, max(10, len(field), longest) + 2))
        sheet.write_string(0, place, field, styles["head"])
        for number, row in enumerate(rows, start=1):
            value = row[place]
            if isinstance(value, str):
                sheet.write_string(number, place, value, styles["text"])
            elif value is not None:
                sheet.write_number(number, place, value, styles[_style(field, value)])
    sheet.freeze_panes(1, 1)


def _style(field: str, value: float) -> str:
    if field.endswith("_usd"):
        return "usd"
    if _SHARES.search(field):
        return "share"
    return "small" if value and not 1e-3 <= abs(value) < 1e12 else "number"


def _shown(value: Value) -> str:
    return value if isinstance(value, str) else "" if value is None else "0" * 14
