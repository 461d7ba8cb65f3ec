"""The tables of a result of an analysis for a workbook, and one of all its other figures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from simulator.core.formatting import display_unit, to_words
from simulator.core.money import BASE, in_currency
from simulator.core.results import AnalysisResult, flatten
from simulator.core.tables import table_names, table_rows
from simulator.definitions import DEFINITIONS, Definition
from simulator.report.workbook.headings import heading_of, sentence, sheet_name
from simulator.report.workbook.kinds import AMOUNT, COUNT, NUMBER, SHARE, TEXT, Column, SheetTable, Value, is_share

_FIRST = ("name", "title", "scope", "label", "role", "unit", "quantity", "of", "from", "to", "level", "reference", "code")
_LAST = ("about", "text", "reason", "remedy", "mitigation", "description", "specification", "sources", "url", "origin", "date")
_CENTRAL = ("median", "low", "high", "mean", "amount", "share", "probability")
_PRECISION = ("sd", "mcse", "error", "quantiles")
_SHARES = (
    "share",
    "quantile of y",
    "mean of y",
    "quantile of the prior of the probability",
    "selected_draws / draws",
    "sqrt(p (1",
)
"""Beginnings of the definitions of figures that are shares."""
_OWN_UNIT = "unit of the "
_OF_ROW = " (in the unit of the quantity)"
_NAMES = {"name", "quantity", "a", "b", "input", "lever", "line", "of", "affects"}
"""Fields that hold names of quantities, levers or scenarios, which a sheet shows as words."""

_OUTPUTS = {
    "RunSummary": "run", "BudgetPlan": "budget", "CashFlow": "cashflow", "ActualsForecast": "forecast",
    "JointConfidence": "joint", "RiskRegister": "risks", "Portfolio": "portfolio", "Comparison": "compare",
    "RentOrBuy": "compare", "LeverRanking": "levers", "Sensitivity": "sensitivity", "InformationValues": "sensitivity",
    "StressResult": "stress", "SweepResult": "sweep",
}  # fmt: skip

Row = Mapping[str, Any]


def output_of(result: AnalysisResult) -> str:
    """Return the output whose definitions are those of the figures of a result; empty where they have none."""
    return next((_OUTPUTS[kind.__name__] for kind in type(result).__mro__ if kind.__name__ in _OUTPUTS), "")


def tables_of(result: AnalysisResult, units: Mapping[str, str] | None = None) -> list[SheetTable]:
    """Return the tables of a result that have rows, but for its notes, and the table of its other figures.

    `units` are those of quantities by name.
    """
    output = output_of(result)
    tables = []
    for name in table_names(type(result)):
        rows = [] if name == "notes" else table_rows(result, name)
        if rows:
            tables.append(_sheet_table(result, output, name, rows, units or {}))
    return [*tables, figures_of(result, output)]


def _sheet_table(result: AnalysisResult, output: str, table: str, rows: Sequence[Row], units: Mapping[str, str]) -> SheetTable:
    header = result.header
    converted = [_in_shown_unit(row, output, table, units) for row in rows]
    fields = sorted(dict.fromkeys(field for row in converted for field in row), key=lambda field: _place(field, converted))
    interval = "" if header.interval is None else header.interval_name
    columns = tuple(_column(output, table, field, converted, header.currency, interval) for field in fields)
    if "unit" in fields:
        columns = tuple(replace(column, heading=column.heading.removesuffix(_OF_ROW)) for column in columns)
    return SheetTable(
        sheet_name(table, output),
        f"{sheet_name(table, output)}, llmcost {output}" if output else sheet_name(table),
        columns,
        tuple(tuple(_cell(field, row.get(field)) for field in fields) for row in converted),
    )


def _place(field: str, rows: Sequence[Row]) -> tuple[int, int]:
    """Return where a column stands: names, then medians and intervals, other figures, errors, and long texts."""
    last = field.split(".")[-1]
    parts = set(field.split("."))
    if last in _LAST or any(isinstance(row.get(field), str) and len(str(row[field])) > 60 for row in rows):
        return 5, 0
    if last in _FIRST or all(isinstance(row.get(field), str | bool | None) for row in rows):
        return 0, _FIRST.index(last) if last in _FIRST else len(_FIRST)
    if parts & set(_PRECISION):
        return 4, 0
    return (1, _CENTRAL.index(field)) if field in _CENTRAL else (2, 0)


def _cell(field: str, value: Any) -> Value:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{key}: {each}" for key, each in value.items())
    if isinstance(value, str) and field.split(".")[-1] in _NAMES and "/" not in value:
        return sentence(to_words(value)) if field == "name" else to_words(value)
    return value


# --- units ----------------------------------------------------------------------------------------------------------------


@cache
def _by_path() -> Mapping[tuple[str, str], Definition]:
    """Return the definitions by output and path, without the signs of items and keys."""
    return {(each.output, each.path.replace("[]", "").replace("{}", "")): each for each in DEFINITIONS if each.path}


def _definition(output: str, path: str) -> Definition | None:
    """Return the definition of a figure, or of the object whose key it is."""
    found = _by_path().get((output, path))
    if found is None and "." in path:
        found = _by_path().get((output, path.rpartition(".")[0]))
        if found is None and ".quantiles." in path:
            found = _by_path().get((output, f"{path.partition('.quantiles.')[0]}.quantiles"))
    return found


def _in_shown_unit(row: Row, output: str, table: str, units: Mapping[str, str]) -> dict[str, Any]:
    """Return a row whose figures in its own unit are in the unit that people use, which the row then names."""
    own = row.get("unit") or next((units[str(row[key])] for key in ("name", "quantity") if row.get(key) in units), None)
    if not isinstance(own, str):
        return dict(row)
    word, scale = display_unit(own)
    in_unit = {field for field in row if _has_own_unit(_definition(output, f"{table}.{field}"))}
    if not in_unit:
        return dict(row)
    shown = {
        field: value * scale if field in in_unit and isinstance(value, int | float) and not isinstance(value, bool) else value
        for field, value in row.items()
    }
    return {**shown, "unit": word or "number"}


def _has_own_unit(definition: Definition | None) -> bool:
    return definition is not None and (definition.unit.startswith(_OWN_UNIT) or definition.unit.startswith("the unit of"))


def _column(output: str, table: str, field: str, rows: Sequence[Row], currency: str, interval: str) -> Column:
    """Return the column of a field: its heading with unit, and how its numbers are shown."""
    heading = heading_of(field, interval)
    values = [row.get(field) for row in rows]
    if not any(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return Column(heading, TEXT)
    return column_of_unit(heading, _definition(output, f"{table}.{field}"), field, currency)


def column_of_unit(heading: str, definition: Definition | None, field: str, currency: str) -> Column:
    """Return a column of figures with the unit of their definition."""
    if definition is None:
        return Column(heading, SHARE if is_share(field) else NUMBER)
    unit = definition.unit
    if unit == "USD":
        return Column(f"{heading} ({currency})", AMOUNT)
    if unit == "percent":
        return Column(f"{heading} (percent)", NUMBER)
    if unit == "1":
        return Column(heading, SHARE if _is_share_of(definition, field) else COUNT if "draws" in field else NUMBER)
    if _has_own_unit(definition) or unit.startswith("unit"):
        return Column(f"{heading}{_OF_ROW}", NUMBER)
    word, scale = display_unit(in_currency(unit, currency) if currency and BASE in unit else unit)
    return Column(f"{heading} ({word})" if word else heading, NUMBER, scale)


def _is_share_of(definition: Definition, field: str) -> bool:
    text = definition.definition
    return is_share(field) or text.startswith(_SHARES) or "probability" in definition.path


# --- figures that are no tables ----------------------------------------------------------------------------------------------

_OF_HEADER = {"schema", "scenario", "title", "scope", "money", "fingerprint", "version"}


def figures_of(result: AnalysisResult, output: str) -> SheetTable:
    """Return the figures of a result outside its tables, with unit and definition of each."""
    inside = table_names(type(result))
    rows: list[tuple[Value, ...]] = []
    currency = result.header.currency
    for path, value in flatten(_without(result.to_dict(), inside)):
        if value is None or path in _OF_HEADER:
            continue
        definition = _definition(output, path.partition("[")[0])
        column = column_of_unit("", definition, path, currency)
        unit = column.heading.strip(" ()") or ("share" if column.kind == SHARE else "")
        shown = {"true": "yes", "false": "no"}.get(value, value) if isinstance(value, str) else column.scaled(value)
        rows.append((heading_of(path), shown, unit, "" if definition is None else definition.definition))
    columns = (Column("Figure", TEXT), Column("Value", NUMBER), Column("Unit", TEXT), Column("Definition", TEXT))
    return SheetTable("Other figures", "Figures outside the tables, with their definitions", columns, tuple(rows))


def _without(value: Any, tables: Iterable[str]) -> Any:
    """Return plain data without its tables; tables within a table go with it."""
    for table in tables:
        inner = value
        *path, last = table.split(".")
        for key in path:
            inner = inner.get(key) if isinstance(inner, dict) else None
        if isinstance(inner, dict):
            inner.pop(last, None)
    return value
