"""Tables as data files: CSV, and one Excel workbook. Numbers are unrounded; text is never a formula."""

import re
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from simulator.core.csv_text import csv_text
from simulator.core.money import BASE
from simulator.report.content import CellValue, Report, TableBlock

if TYPE_CHECKING:
    from xlsxwriter import Workbook

_CREATED = datetime(2000, 1, 1)
"""A workbook requires a creation time; a constant keeps its bytes reproducible."""
_SHARE_FIELDS = re.compile(r"share|probability|shrinks")
_MAX_WIDTH = 60
_AMOUNT = "_usd"
"""Ending of a field that is an amount, which a file writes as `_eur` where amounts are in EUR."""


def as_csv(table: TableBlock, currency: str = BASE) -> str:
    """Return a table as CSV (RFC 4180), one column per field, with unrounded amounts."""
    return csv_text(field_names(table, currency), row_values(table))


def field_names(table: TableBlock, currency: str = BASE) -> list[str]:
    """Return the field names of a table; those of amounts end in the currency, such as `median_usd`."""
    names = [field for column in table.columns for field in column.fields]
    return [f"{name.removesuffix(_AMOUNT)}_{currency.lower()}" if name.endswith(_AMOUNT) else name for name in names]


def row_values(table: TableBlock) -> list[list[CellValue]]:
    """Return the exact values of each row of a table, one per field."""
    return [[value for cell in row.cells for value in cell.values] for row in table.rows]


def as_workbook(report: Report) -> bytes:
    """Return all tables as an .xlsx workbook: one sheet per table, after a sheet that describes the report."""
    from xlsxwriter import Workbook

    buffer = BytesIO()
    # Strings stay strings: neither `=1+1` nor an address becomes a formula or a link.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = Workbook(buffer, options)
    book.set_properties({"title": report.title, "author": "llmcost", "created": _CREATED})
    styles = {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "amount": book.add_format({"num_format": "#,##0", "valign": "top"}),
        "share": book.add_format({"num_format": "0.0%", "valign": "top"}),
        "number": book.add_format({"num_format": "#,##0.####", "valign": "top"}),
        "small": book.add_format({"num_format": "0.00E+00", "valign": "top"}),
    }
    cover = book.add_worksheet("about")
    cover.set_column(0, 0, 100)
    for place, line in enumerate((report.title, report.answer, report.provenance)):
        cover.write_string(place, 0, line, styles["head" if place == 0 else "text"])
    for table in report.blocks(TableBlock):
        _sheet(book, table, report.currency, styles)
    book.close()
    return buffer.getvalue()


def _sheet(book: "Workbook", table: TableBlock, currency: str, styles: dict[str, Any]) -> None:
    sheet = book.add_worksheet(table.name[:31])
    rows = row_values(table)
    for place, (field, name) in enumerate(zip(field_names(table), field_names(table, currency), strict=True)):
        longest = max((len(_display_text(row[place])) for row in rows), default=0)
        sheet.set_column(place, place, min(_MAX_WIDTH, max(10, len(name), longest) + 2))
        sheet.write_string(0, place, name, styles["head"])
        for number, row in enumerate(rows, start=1):
            value = row[place]
            if isinstance(value, str):
                sheet.write_string(number, place, value, styles["text"])
            elif value is not None:
                sheet.write_number(number, place, value, styles[_style(field, value)])
    sheet.freeze_panes(1, 1)


def _style(field: str, value: float) -> str:
    if field.endswith(_AMOUNT):
        return "amount"
    if _SHARE_FIELDS.search(field):
        return "share"
    return "small" if value and not 1e-3 <= abs(value) < 1e12 else "number"


def _display_text(value: CellValue) -> str:
    return value if isinstance(value, str) else "" if value is None else "0" * 14
