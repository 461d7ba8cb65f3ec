"""How numbers and names are said to people.

An uncertain number has three digits, a known one those that it was given with; names of quantities are words, the same in every
table, figure and sentence; intervals are framed as Epoch AI does.
"""

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from simulator.core.levels import Level, in_percent
from simulator.core.units import SHOWN_AS

RESIDUE = 1e-9
"""Share of the amounts that a difference is computed from, below which it is the rounding of floating point."""
_GIVEN = 14
"""Digits that somebody writes down at most: more are an endless fraction, or the rounding of a unit."""
_COMPUTED = 6
"""Digits of a known number that is computed, or is an endless fraction."""

_SCALES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))
_SCIENTIFIC = 1e16


# --- uncertain numbers ----------------------------------------------------------------------------------------------------


def digits(value: float, count: int = 3) -> str:
    """Round to significant digits, with thousands separated: 0.0123, 1.20, 45.6, 1,230, 1.23e15."""
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return "-"
    rounded = float(f"{value:.{count - 1}e}")
    if abs(rounded) >= 1e12 or abs(rounded) < 1e-4:
        return _scientific(f"{value:.{count - 1}e}")
    places = max(0, count - 1 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:,.{places}f}"


def short(value: float, count: int = 3) -> str:
    """Round with a letter for the scale: 126M, 1.20B, 950; beyond the letters 2.10e25."""
    rounded = abs(float(f"{value:.{count - 1}e}"))
    for scale, letter in _SCALES:
        if scale <= rounded < _SCIENTIFIC:
            return digits(value / scale, count) + letter
    return digits(value, count)


def _scientific(text: str) -> str:
    """An exponent without its sign and its leading zero: 2.1e25 for 2.1e+25."""
    mantissa, _, power = text.lower().partition("e")
    return f"{mantissa}e{int(power)}"


NONE = "n/a"
"""What stands in the place of a figure that is not reported; a note says why."""


def money(value: float | None) -> str:
    """Say an amount: `126M`, `4.20M`, `950`."""
    return NONE if value is None else short(value)


def signed(value: float | None) -> str:
    """Say a change of an amount with its sign: `+4.20M`, `-950`, `0`."""
    return money(value) if not value else ("+" if value > 0 else "-") + money(abs(value))


def percent(share: float | None, count: int = 2) -> str:
    """Say a share: `28%`, `0.63%`."""
    if share is None:
        return NONE
    if 0.99 < share < 1:  # never a certainty that is none
        return f"{math.floor(1000 * share) / 10:.1f}%"
    if abs(share) < RESIDUE:
        return "0%"
    return f"{digits(100 * share, count)}%" if abs(share) < 0.0995 else f"{100 * share:.0f}%"


def scaled(value: float) -> str:
    """Say a value of no matter which unit: a letter for the scale from a million on."""
    return short(value) if abs(value) >= 1e6 else digits(value)


def shown(value: float, unit: str) -> str:
    """Say a value with the unit that a person reads."""
    word, scale = shown_unit(unit)
    return f"{scaled(value * scale)} {word}".rstrip()


def shown_unit(unit: str) -> tuple[str, float]:
    """Return the word of the unit that a person reads, and what one canonical unit is in it."""
    return SHOWN_AS.get(unit, (unit, 1.0))


# --- known numbers --------------------------------------------------------------------------------------------------------


def is_known(low: float, high: float) -> bool:
    """Whether the ends of an interval are one number, but for the rounding of floating point."""
    return math.isclose(low, high, rel_tol=RESIDUE)


def exact(value: float, most: int = _GIVEN) -> str:
    """Say a known number with all its digits: 4,096, 15.6T, 0.0806, 2.1e25; with more than `most` it is rounded to six."""
    if value == 0 or not math.isfinite(value):
        return digits(value)
    number = Decimal(f"{value:.15g}")
    if len(number.normalize().as_tuple().digits) > most:
        number = Decimal(f"{value:.{_COMPUTED}g}")
    number = number.normalize()
    if not 1e-4 <= abs(number) < _SCIENTIFIC:
        return _scientific(f"{number:.{len(number.as_tuple().digits) - 1}e}")
    for power, letter in ((12, "T"), (9, "B"), (6, "M")):
        mantissa = number.scaleb(-power).normalize()
        if abs(mantissa) >= 1 and -int(mantissa.as_tuple().exponent) <= 3:
            return f"{mantissa:,f}{letter}"
    return f"{number:,f}"


def written(value: float) -> str:
    """Write a number with all its digits as a file would have it: 1.4e13, 33800, 0.075."""
    text = f"{value:g}" if float(f"{value:g}") == value else f"{value:.{_GIVEN + 1}g}"
    return _scientific(text) if "e" in text else text


def computed(value: float) -> str:
    """Say a known number that is computed from others: with all its digits up to six."""
    return exact(value, _COMPUTED)


def known(value: float, unit: str) -> str:
    """Say a known value as it was given, with the unit that a person reads."""
    word, scale = shown_unit(unit)
    return f"{exact(value * scale)} {word}".rstrip()


def middle_and_range(figures: Mapping[str, Any], unit: str, *, given: bool = False) -> tuple[str, str]:
    """Say a median and its interval in the unit that a person reads; a known value has its digits, and `known` for a range.

    `given` tells a value that somebody has written down from one that is computed.
    """
    scale = shown_unit(unit)[1]
    low, middle, high = (figures[key] * scale for key in ("low", "median", "high"))
    if is_known(low, high):
        return (exact if given else computed)(middle), "known"
    say = money if unit == "USD" else scaled
    return say(middle), f"{say(low)} to {say(high)}"


# --- names ----------------------------------------------------------------------------------------------------------------

_SPOKEN = {
    "fte": "full-time equivalents",
    "mfu": "utilisation (MFU)",
    "hfu": "hardware utilisation (HFU)",
    "pue": "site overhead (PUE)",
    "tdp": "chip power (TDP)",
    "luck": "whether it happens",
    "rollback_luck": "whether a part is trained again",
    "rise_luck": "whether the price jumps up",
    "fall_luck": "whether the price jumps down",
}
_CAPITALS = {word.lower(): word for word in ("FLOP", "MFU", "PUE", "BF16", "FP8", "H20", "H100", "H800", "P5", "P95")}
_MEMBER = re.compile(r"\.(?=[a-z])")


def words(name: str) -> str:
    """Say the name of a quantity, lever or shock as words: `chip price`, `team: full-time equivalents`."""
    quantity, _, change = name.partition(" before ")
    said = ": ".join(_part(part) for part in _MEMBER.split(quantity))
    return f"{said} before {_part(change)}" if change else said


def _part(part: str) -> str:
    return _SPOKEN.get(part) or " ".join(_CAPITALS.get(word, word) for word in re.split(r"[_\-/]", part))


def condition(quantity: str, amount: float, unit: str, *, above: bool) -> str:
    """Say a condition on a quantity: `total cost is above 200M USD`."""
    return f"{words(quantity)} is {'above' if above else 'below'} {known(amount, unit)}"


def interval_name(interval: Level) -> str:
    """Name an interval: `95% CI`."""
    return f"{in_percent(interval):.10g}% CI"
