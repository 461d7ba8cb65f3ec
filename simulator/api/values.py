"""Arguments of analyses besides scenarios and options of a run: levels, names, amounts, files."""

import os
from collections.abc import Iterable
from datetime import date
from numbers import Real
from pathlib import Path

from simulator.api.arguments import number_of, short
from simulator.core.customary import bare_unit, missing_unit
from simulator.core.formatting import format_plain
from simulator.core.levels import Level, probability_of
from simulator.core.scalars import Number
from simulator.core.suggestions import InvalidValueError
from simulator.scenario.values import amount_of, number

Names = str | Iterable[str]
"""One name or several."""
Levels = Level | Iterable[Level]
"""One level of confidence or several."""
Amount = Number | str
"""A number of a quantity with one customary unit, such as USD, or a text with a unit, such as `18 month`."""
File = str | os.PathLike[str]
"""Path of a file."""


def levels_of(levels: Levels) -> list[float]:
    """Return levels of confidence as probabilities."""
    several = _several(levels, "levels", "a level or several, such as [0.85, '95%']", single=(str, Real))
    return [probability(level, "levels") for level in several]  # type: ignore[arg-type]


def probability(level: Level, name: str) -> float:
    """Return a level as a probability; `0.9`, `90` and `"90%"` are the same."""
    try:
        return probability_of(level)
    except ValueError as error:
        raise InvalidValueError(f"{name}: {error}") from None


def share(value: Amount, name: str) -> float:
    """Return a share from 0 to below 1, which may be written as `"8%"`."""
    result = _number(value, name)
    if not 0 <= result < 1:
        raise InvalidValueError(f"{name} must be a share from 0 to below 1, such as 0.08 or '8%', not {short(value)}")
    return result


def positive(value: Amount, name: str) -> float:
    """Return a number above zero, which may be written as text."""
    result = _number(value, name)
    if result <= 0:
        raise InvalidValueError(f"{name} must be above zero, not {short(value)}")
    return result


def amount(value: Amount, unit: str, name: str) -> float:
    """Return an amount above zero in a canonical unit; a text may have a unit of its own."""
    if not isinstance(value, str):
        number = positive(value, name)
        if not bare_unit(unit):
            raise InvalidValueError(f"{name}: {missing_unit(format_plain(number), unit)}, as text")
        return number
    try:
        return amount_of(value, unit)
    except ValueError as error:
        raise InvalidValueError(f"{name}: {error}") from None


def _number(value: Amount, name: str) -> float:
    if not isinstance(value, str):
        return number_of(value, name)
    try:
        return number(value)
    except ValueError as error:
        raise InvalidValueError(f"{name}: {error}") from None


def names_of(names: Names, name: str) -> tuple[str, ...]:
    """Return one name or several as a tuple."""
    several = _several(names, name, "a name or several", single=(str,))
    for each in several:
        if not isinstance(each, str):
            raise InvalidValueError(f"{name} must be a name or several, not {short(each)}")
    return tuple(map(str, several))


def _several(values: object, name: str, what: str, *, single: tuple[type, ...]) -> list[object]:
    if isinstance(values, single):
        return [values]
    if not isinstance(values, Iterable):
        raise InvalidValueError(f"{name} must be {what}, not {short(values)}")
    return list(values)


def file_of(path: File, name: str) -> Path:
    """Return the path of a file."""
    if not isinstance(path, str | os.PathLike) or isinstance(path, bytes):
        raise InvalidValueError(f"{name} must be a path, not {short(path)}")
    return Path(path)


def optional_file(path: File | None, name: str) -> Path | None:
    """Return the path of a file, or None without one."""
    return None if path is None else file_of(path, name)


def flag(value: object, name: str) -> bool:
    """Return True or False; a text such as `"no"` is refused."""
    if not isinstance(value, bool):
        raise InvalidValueError(f"{name} must be True or False, not {short(value)}")
    return value


def date_text(value: date | str | None, name: str) -> str:
    """Return a date as `2026-11-21`; empty without one."""
    if value is None:
        return ""
    try:
        return (value if isinstance(value, date) else date.fromisoformat(value)).isoformat()[:10]
    except (TypeError, ValueError):
        raise InvalidValueError(f"{name} must be a date such as 2026-11-21, not {short(value)}") from None
