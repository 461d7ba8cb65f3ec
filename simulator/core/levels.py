"""Confidence levels, for the library and the command line: 0.9, "90%" and 90 are the same level."""

import math
from collections.abc import Iterable

from simulator.core.scalars import Number
from simulator.core.suggestions import InvalidValueError

Level = Number | str
"""A probability strictly between 0 and 1, or a percentage; `probability_of` parses it."""

LEAST, MOST = 1e-9, 1 - 1e-9
"""Bounds of a level: beyond them its name would round to 0 or 100 percent."""
LEAST_INTERVAL, MOST_INTERVAL = 0.01, 0.999999
"""Bounds of the level of a central interval: beyond them hardly any draw lies inside or outside."""


def probability_of(value: Level) -> float:
    """Return a level as a probability: a number below 1 is a probability, one above 1 or with a `%` is a percentage.

    Raises `InvalidValueError` otherwise. 1 is ambiguous (one percent or certainty) and refused.
    """
    return _check_range(value, LEAST, MOST)


def interval_of(value: Level) -> float:
    """Return the level of a central interval, parsed in the same way and between 1% and 99.9999%."""
    return _check_range(value, LEAST_INTERVAL, MOST_INTERVAL)


def _check_range(value: Level, least: float, most: float) -> float:
    number, is_percent = _parse(value)
    share = number / 100 if is_percent or number > 1 else number
    if not is_percent and number == 1:
        raise InvalidValueError(f"{value!r} can be read as 1% or as certainty: write 1% or 0.01")
    if not 0 < share < 1:
        raise InvalidValueError(
            f"{value!r} is no level: it must lie between 0 and 100 percent, both excluded (0.9, 90% and 90 are the same)"
        )
    if not least <= share <= most:
        raise InvalidValueError(f"{value!r} is no level: it must lie between {100 * least:.9g} and {100 * most:.9g} percent")
    return share


def probabilities(levels: Iterable[Level]) -> list[float]:
    """Return levels as probabilities, in ascending order without duplicates."""
    return sorted({probability_of(level) for level in levels})


def _parse(value: Level) -> tuple[float, bool]:
    """Return the number of a level as written (nan if there is none), and whether a `%` follows it."""
    text = "" if isinstance(value, bool) else str(value).strip()  # numpy's float32 prints as 0.9 and is not 0.9
    try:
        return float(text.removesuffix("%")), text.endswith("%")
    except ValueError:
        return math.nan, False


def in_percent(value: Level) -> float:
    """Return a level in percent, without floating-point residue: 95.0."""
    return round(100 * probability_of(value), 10)
