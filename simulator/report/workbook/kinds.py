"""Kinds of columns: how a figure is shown in a cell, and in which unit."""

import re
from dataclasses import dataclass

from simulator.core.formatting import display_unit
from simulator.core.money import currency_of, is_amount
from simulator.core.units import Unit

Value = float | int | bool | str | None
"""A cell: an unrounded number, a text, or nothing."""

TEXT, AMOUNT, COUNT, SHARE, NUMBER = "text", "amount", "count", "share", "number"

AMOUNT_FORMAT = '[>=100000000000]#,##0,,"M";[<=-100000000000]-#,##0,,"M";#,##0'
CHANGE_FORMAT = "+#,##0;-#,##0;0"
SHARE_CHANGE_FORMAT = "+0.0%;-0.0%;0%"
SHARE_FORMAT = "0.0%"
MILLIONS_FORMAT = '[>=1000000]#,##0.00,,"M";[<=-1000000]-#,##0.00,,"M";#,##0'
"""Amounts for a summary: 124.30M."""

_LARGE, _SMALL = 1e10, 1e-3
_SHARE_NAME = re.compile(r"(^|[._ ])(share|probability|probabilities|percentile_share|shrinks)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet.

    Attributes
    ----------
    heading : str
        For people, with the unit.
    kind : str
        `text`, `amount`, `count`, `share` or `number`.
    scale : float
        Factor from the values to what is shown.

    """

    heading: str
    kind: str = NUMBER
    scale: float = 1.0

    def scaled(self, value: Value) -> Value:
        """Return a value as it is shown."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return value * self.scale if is_number and self.scale != 1 else value  # type: ignore[operator]


@dataclass(frozen=True, slots=True)
class SheetTable:
    """A table of a sheet.

    Attributes
    ----------
    name : str
        Name of the sheet.
    title : str
        What the table shows.
    columns : tuple of Column
    rows : tuple of tuples
        Values, one for each column, before `Column.scale` is applied.
    strong : frozenset of int
        Rows of sums.

    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    strong: frozenset[int] = frozenset()


def number_format(kind: str, value: float) -> str:
    """Return the number format of a value in a column."""
    if kind == SHARE:
        size = abs(value)
        return SHARE_FORMAT if size >= _SMALL or value == 0 else "0.0000%" if size >= _SMALL / 1000 else "0.00E+00"
    if kind == AMOUNT:
        return AMOUNT_FORMAT if abs(value) >= 100 or value == 0 else plain_format(value)
    if kind == COUNT:
        return AMOUNT_FORMAT
    return plain_format(value)


def plain_format(value: float) -> str:
    """Return the number format of a number of any size, with three significant digits at least."""
    size = abs(value)
    if size and not _SMALL <= size < _LARGE:
        return "0.000E+00"
    if float(value).is_integer() or size >= 1000:
        return "#,##0"
    return "#,##0.00" if size >= 10 else "0.000" if size >= 0.1 else "0.00000"


def is_share(name: str) -> bool:
    """Whether a field is a share or a probability by its name."""
    return bool(_SHARE_NAME.search(name))


@dataclass(frozen=True, slots=True)
class Shown:
    """How a quantity is shown: name of the unit, factor to it, and the number format of a value.

    Attributes
    ----------
    unit : str
    factor : float
        From the canonical unit to the one that is shown.
    format : str

    """

    unit: str
    factor: float
    format: str


def shown(unit: str, value: float, *, is_fraction: bool = False) -> Shown:
    """Return how a quantity with a canonical unit is shown; a fraction is a percentage."""
    word, factor = display_unit(unit)
    if is_fraction:
        return Shown("share", 1.0, number_format(SHARE, value))
    if is_amount(unit):
        return Shown(word, 1.0, number_format(AMOUNT, value))
    return Shown(word or "number", factor, plain_format(value * factor))


def is_fraction(unit: Unit) -> bool:
    """Whether a quantity is shown as a percentage."""
    return unit.text == "1" and unit.is_fraction


def is_money(unit: str) -> bool:
    """Whether a unit has a currency in it."""
    return bool(currency_of(unit))
