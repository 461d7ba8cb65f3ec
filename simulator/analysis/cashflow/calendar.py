"""Periods of a cash flow, with labels of the calendar where the schedule has a first day."""

import calendar
import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from simulator.core.suggestions import InvalidValueError

PeriodLength = Literal["month", "quarter", "year"]
PERIODS: dict[str, int] = dict(zip(get_args(PeriodLength), (1, 3, 12), strict=True))
"""Lengths of the periods of a cash flow, months."""


@dataclass(frozen=True, slots=True)
class Span:
    """Months of a period: its label, its first month from 0, and their number."""

    label: str
    first: int
    months: int


def parse_start(text: str) -> datetime.date:
    """Return the date of `2027-01` or `2027-01-15`; raise `InvalidValueError` if it is none."""
    try:
        return datetime.date.fromisoformat(f"{text}-01" if text.count("-") == 1 else text)
    except ValueError:
        raise InvalidValueError(f"start must be a month or a day, as in 2027-01 or 2027-01-15, not {text!r}") from None


def offset_of(start: datetime.date | None) -> float:
    """Return the part of the first month that is over when the schedule begins."""
    return 0.0 if start is None else (start.day - 1) / calendar.monthrange(start.year, start.month)[1]


def month_of(start: datetime.date, month: int) -> tuple[int, int]:
    """Return year and month of the calendar of a month of the schedule, from 0."""
    years, months = divmod(start.month - 1 + month, 12)
    return start.year + years, months + 1


def month_label(start: datetime.date | None, month: int) -> str:
    """Return the label of a month of the schedule, from 0: `2027-03`, or its number from 1 without a first day."""
    if start is None:
        return str(month + 1)
    year, of_year = month_of(start, month)
    return f"{year}-{of_year:02}"


def spans(months: int, length: PeriodLength, start: datetime.date | None) -> list[Span]:
    """Return the periods of months; with a first day they are those of the calendar, so that the first may be shorter."""
    return list(_spans(months, PERIODS[length], start))


def _spans(months: int, length: int, start: datetime.date | None) -> Iterator[Span]:
    first, number = 0, 1
    while first < months:
        over = 0 if start is None else (month_of(start, first)[1] - 1) % length
        count = min(length - over, months - first)
        yield Span(_label(start, first, length, number), first, count)
        first, number = first + count, number + 1


def _label(start: datetime.date | None, first: int, length: int, number: int) -> str:
    if start is None:
        return str(number)
    year, month = month_of(start, first)
    return {1: f"{year}-{month:02}", 3: f"{year} Q{(month + 2) // 3}", 12: str(year)}[length]
