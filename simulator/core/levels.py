"""One way of writing a level of confidence, for the library and the command line: 0.9, "90%" and 90 are the same."""

import math
from collections.abc import Iterable

Level = float | str
"""A probability strictly between 0 and 1, or the same in percent; `probability_of` reads it."""

LEAST, MOST = 1e-9, 1 - 1e-9
"""How near to 0 or 1 a level may come: nearer, its name would be that of 0 or 100 percent."""
LEAST_INTERVAL, MOST_INTERVAL = 0.01, 0.999999
"""Which central intervals are told: beyond, hardly a draw lies inside or outside of one."""


def probability_of(value: Level) -> float:
    """Return a level as a probability: a number below 1 is one, a number above 1 or with a `%` is in percent.

    Raises ValueError for everything else. 1 is refused, because it could be one percent or certainty.
    """
    return _within(value, LEAST, MOST)


def interval_of(value: Level) -> float:
    """Return the level of a central interval, which is read in the same way and lies between 1% and 99.9999%."""
    return _within(value, LEAST_INTERVAL, MOST_INTERVAL)


def _within(value: Level, least: float, most: float) -> float:
    number, is_percent = _number(value)
    share = number / 100 if is_percent or number > 1 else number
    if not is_percent and number == 1:
        raise ValueError(f"{value!r} can be read as 1% or as certainty: write 1% or 0.01")
    if not 0 < share < 1:
        raise ValueError(
            f"{value!r} is no level: it must lie between 0 and 100 percent, both left out (0.9, 90% and 90 are the same)"
        )
    if not least <= share <= most:
        raise ValueError(f"{value!r} is no level: it must lie between {100 * least:.9g} and {100 * most:.9g} percent")
    return share


def probabilities(levels: Iterable[Level]) -> list[float]:
    """Return levels as probabilities, in ascending order and each once."""
    return sorted({probability_of(level) for level in levels})


def _number(value: Level) -> tuple[float, bool]:
    """The number of a level as written, and whether a `%` follows it; nan where there is no number."""
    text = "" if isinstance(value, bool) else str(value).strip()  # numpy's float32 prints as 0.9 and is not 0.9
    try:
        return float(text.removesuffix("%")), text.endswith("%")
    except ValueError:
        return math.nan, False


def in_percent(value: Level) -> float:
    """Return a level in percent, free of the rounding of the product: 95.0."""
    return round(100 * probability_of(value), 10)
