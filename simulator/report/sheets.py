"""Tables as data files in CSV. Numbers are unrounded; text is never a formula."""

from simulator.core.csv_text import csv_text
from simulator.core.money import BASE
from simulator.report.content import CellValue, TableBlock

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
