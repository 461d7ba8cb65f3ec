"""The tables of a report for a workbook: those of its page, with all their rows and exact values."""

from simulator.core.formatting import display_unit, to_words
from simulator.report.content import Report, TableBlock, TableColumn
from simulator.report.workbook.headings import heading_of, sentence
from simulator.report.workbook.kinds import AMOUNT, NUMBER, SHARE, TEXT, Column, SheetTable, Value, is_share

_AMOUNT = "_usd"
"""Ending of the fields that are amounts."""
_IN_UNIT = ("median", "low", "high", "value", "before", "after")
"""Fields in the unit that the field `unit` of their row names."""
_NAMES = ("input", "line", "risk", "lever", "shock", "quantity")

TITLES = {
    "plan": "What to plan", "allocation": "Allocation", "assumptions": "Priors", "known": "Known numbers",
    "register": "Register", "stress": "Shocks",
}  # fmt: skip


def tables_of_report(report: Report) -> list[SheetTable]:
    """Return the tables of a report, in its order."""
    return [_sheet_table(table, report.currency) for table in report.blocks(TableBlock)]


def _sheet_table(table: TableBlock, currency: str) -> SheetTable:
    fields = [(column, field) for column in table.columns for field in column.fields]
    names = [field for _, field in fields]
    rows = []
    for row in table.rows:
        values = [value for cell in row.cells for value in cell.values]
        rows.append(tuple(_shown(dict(zip(names, values, strict=True)))))
    strong = frozenset(number for number, row in enumerate(table.rows) if row.strong)
    columns = tuple(_column(column, field, currency) for column, field in fields)
    name = TITLES.get(table.name, sentence(to_words(table.name)))
    return SheetTable(name, table.caption, columns, tuple(rows), strong)


def _shown(row: dict[str, Value]) -> list[Value]:
    """Return the cells of a row, in the unit that people use where the row names its unit."""
    unit = row.get("unit")
    if isinstance(unit, str):
        word, scale = display_unit(unit)
        for field in _IN_UNIT:
            value = row.get(field)
            if isinstance(value, int | float) and scale != 1:
                row[field] = value * scale
        row["unit"] = word or "number"
    return [to_words(value) if field in _NAMES and isinstance(value, str) else value for field, value in row.items()]


def _column(column: TableColumn, field: str, currency: str) -> Column:
    is_amount = field.endswith(_AMOUNT)
    own = heading_of(field.removesuffix(_AMOUNT))
    heading = column.heading if len(column.fields) == 1 and column.heading and column.heading != currency else own
    if len(column.fields) > 1 and column.heading:
        place = column.fields.index(field)
        if column.heading.endswith("CI"):
            heading = f"{column.heading}, {('from', 'to')[place]}" if place < 2 else own
        else:
            heading = column.heading if place == 0 else own
    if is_amount:
        return Column(f"{heading} ({currency})", AMOUNT)
    if is_share(field):
        return Column(heading, SHARE)
    return Column(heading, NUMBER if field not in _NAMES else TEXT)
