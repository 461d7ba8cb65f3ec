"""Months of a plan as users write them: calendar months, days, and numbers."""

import calendar
import datetime
import re

from simulator.analysis.cashflow.calendar import month_label
from simulator.core.suggestions import InvalidValueError

_MONTH, _DAY = re.compile(r"(\d{4})-(\d{2})"), re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_NUMBER = re.compile(r"\d{1,3}(\.\d+)?")
_FORMS = "write a month (2026-03), a day (2026-03-31), or the number of the month in the plan, from 1"


def month_number(text: str, start: datetime.date | None) -> int:
    """Return the number of the month of the plan, from 0, that a text names; raise `InvalidValueError` if it names none.

    A negative number is a month before the start.
    """
    text = text.strip()
    if re.fullmatch(r"\d{1,3}", text):
        if int(text) == 0:
            raise InvalidValueError("0 is no month: months are numbered from 1")
        return int(text) - 1
    return _month_of_date(_date(text)[0], start)


def elapsed_months(text: str, start: datetime.date | None) -> float:
    """Return how many months of the plan are over at the end of a month or day, or of a number of months such as 2.5."""
    text = text.strip()
    if _NUMBER.fullmatch(text):
        if float(text) <= 0:
            raise InvalidValueError(f"{text!r} must be above zero: a number of months from the start")
        return float(text)
    date, is_day = _date(text)
    return _month_of_date(date, start) + (date.day / _length(date) if is_day else 1.0)


def day_of(text: str, start: datetime.date | None) -> datetime.date:
    """Return the day that a text names, the last one for a month; raise `InvalidValueError` if there is none in the plan."""
    text = text.strip()
    if not (_DAY.fullmatch(text) or _MONTH.fullmatch(text)):
        raise InvalidValueError(f"{text!r} is no day; write a day (2027-03-31), or a month (2027-03) for its last day")
    date, is_day = _date(text)
    _month_of_date(date, start)
    return date if is_day else date.replace(day=_length(date))


def first_day(number: int, start: datetime.date) -> datetime.date:
    """Return the first day of a month of the plan."""
    return datetime.date.fromisoformat(f"{month_label(start, number)}-01")


def last_day(number: int, start: datetime.date) -> datetime.date:
    """Return the last day of a month of the plan."""
    first = first_day(number, start)
    return first.replace(day=_length(first))


def _date(text: str) -> tuple[datetime.date, bool]:
    """Return the date of a text, the first day for a month, and whether it names a day."""
    is_day = _DAY.fullmatch(text) is not None
    if not is_day and not _MONTH.fullmatch(text):
        raise InvalidValueError(f"{text!r} is no month; {_FORMS}")
    try:
        return datetime.date.fromisoformat(text if is_day else f"{text}-01"), is_day
    except ValueError:
        raise InvalidValueError(f"{text!r} is no date of the calendar; {_FORMS}") from None


def _month_of_date(date: datetime.date, start: datetime.date | None) -> int:
    if start is None:
        raise InvalidValueError(
            f"{date:%Y-%m} is a month of a calendar, and the plan has no start; state its first month "
            f"(`start: {date:%Y-%m}`), or number the months from 1"
        )
    return 12 * (date.year - start.year) + date.month - start.month


def _length(date: datetime.date) -> int:
    return calendar.monthrange(date.year, date.month)[1]
