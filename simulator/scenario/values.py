"""The grammar of a value: `70e9`, `0.34 to 0.46`, `40%`, `2.5 USD/chip/hour`, `14e12 to 16e12 token`."""

import math
import re
from typing import NamedTuple

from simulator.core import units
from simulator.core.suggestions import InvalidValueError, Remedy, percentages, swap
from simulator.core.units import Unit
from simulator.distributions import Constant, Distribution, through

_DIGITS = r"[0-9]+(?:_[0-9]+)*"
_NUMBER = rf"[+-]?(?:{_DIGITS}(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?:\s?%)?"
# The 1 of `1/hour` stands apart from the number, or 0.0011/hour would be read as 0.001 of 1/hour.
_UNIT = r"(?:[A-Za-z]|(?<![0-9._])1)[A-Za-z0-9_]*(?:\s*[/*]\s*[A-Za-z1][A-Za-z0-9_]*)*"
_VALUE = re.compile(rf"(?P<low>{_NUMBER})(?:\s+to\s+(?P<high>{_NUMBER}))?(?:\s*(?P<unit>{_UNIT}))?")
_PLAIN = re.compile(_NUMBER)
_SCALES = {"k": "e3", "thousand": "e3", "mn": "e6", "mio": "e6", "million": "e6", "b": "e9", "bn": "e9", "billion": "e9",
           "t": "e12", "trillion": "e12"}  # fmt: skip
# Bounded, because a search in text of 200,000 digits would begin anew at each of them.
_SCALED = re.compile(
    rf"(?<![0-9.])([0-9.]{{1,30}})\s{{0,3}}(M|{'|'.join(_SCALES)}|(?i:million|billion|trillion)|K|B|T)\b(?!\s*/)"
)
_BASED = re.compile(r"[+-]?(?:0[xXoObB][0-9a-fA-F_]+|[0-9.]{1,30}[dD][+-]?[0-9]+)")


class Specification(NamedTuple):
    """A value as written: one number, or two with `to` between, and a unit where one is given."""

    low: float
    high: float | None
    unit: str


def number(text: object) -> float:
    """Read a finite number or a percentage; raise ValueError with what is allowed."""
    word = str(text).strip()
    if not _PLAIN.fullmatch(word):
        raise _refusal(word)
    value = float(word.rstrip("% ").replace("_", "")) / (100 if word.endswith("%") else 1)
    if not math.isfinite(value):
        raise ValueError(f"{word[:60]!r} is beyond what a number can hold")
    return value


def specification(text: str) -> Specification:
    """Read a value; raise ValueError with what is allowed."""
    found = _VALUE.fullmatch(text.strip())
    if not found or _SCALED.search(text) or _BASED.match(text.strip()):
        raise _refusal(text.strip())
    high = found["high"]
    if high is not None and found["low"].endswith("%") != high.endswith("%"):
        raise ValueError(f"{text!r} has the % at one end alone; write it at both, as in 35% to 45%, or at none")
    return Specification(number(found["low"]), None if high is None else number(high), re.sub(r"\s", "", found["unit"] or ""))


def _refusal(word: str) -> InvalidValueError:
    if scaled := _SCALED.search(word):
        meant = f"{scaled[1]}{_SCALES.get(scaled[2].lower(), 'e6')}"
        if not re.search(r"[$€£¥]|[0-9],[0-9]", word):
            remedy = Remedy(f"; write {meant} for {scaled[0]}", edit=swap(scaled[0], meant))
            return InvalidValueError(f"{word[:60]!r} is no number", remedy)
    return InvalidValueError(_what_is_no_number(word))


def _what_is_no_number(word: str) -> str:
    hint = "write a number such as 70e9, 0.4, 40%, a range such as `0.34 to 0.46`, with a unit behind it if you like"
    if not word or word.lower() in ("null", "~", "none"):
        return "has no value; " + hint
    if re.fullmatch(r"[+-]?\.?(inf|nan|infinity)", word.lower()):
        return f"{word!r} is no finite number"
    if re.search(r"[$€£¥]", word):
        return f"{word!r}: write the currency behind the number, as in `2.5 USD/chip/hour`"
    if re.search(r"[0-9],[0-9]", word):
        return f"{word!r}: write numbers without commas"
    if _BASED.match(word):
        return f"{word[:60]!r} is no number; write it in decimal digits, with e for a power of ten"
    if re.fullmatch(r"[0-9]+(:[0-9]+)+", word):
        return f"{word[:60]!r} is no number; write a time with its unit, as in `12.5 hour`"
    return f"{word[:60]!r} is no number; {hint}"


def is_word(text: str) -> bool:
    """Whether a scalar is a name (of a row in the library) and not a value."""
    return re.fullmatch(r"(posterior/)?[A-Za-z][\w.-]*", text.strip()) is not None and text.strip().lower() not in (
        "null", "none", "nan", "inf", "infinity",
    )  # fmt: skip


def distribution_of(text: str, unit: Unit, mass: float, given_unit: str = "") -> Distribution:
    """Turn a value into a distribution in the canonical unit: a constant, or a range that holds the central `mass`.

    A range is lognormal for a positive quantity (above its lower bound), logit-normal for a fraction, normal otherwise.
    """
    value = specification(text)
    if value.unit and given_unit and value.unit != given_unit:
        raise ValueError(f"is in {value.unit} here and in {given_unit} under `unit`; give one of them")
    if "%" in text and unit.text != "1":
        raise ValueError(f"{text!r} is a percentage, and this quantity is in {unit.text}")
    scale = units.factor(value.unit or given_unit or unit.text, unit.text)
    low = value.low * scale
    if value.high is None:
        check_bounds(low, low, unit, text)
        return Constant(low)
    high = value.high * scale
    if not low < high:
        raise ValueError(f"{text!r} must go from low to high")
    check_bounds(low, high, unit, text)
    return range_distribution(low, high, unit, mass)


def range_distribution(low: float, high: float, unit: Unit, mass: float) -> Distribution:
    """Return the distribution of a range that holds the central `mass`, by the kind of quantity."""
    ends = ((1 - mass) / 2, low), ((1 + mass) / 2, high)
    if unit.is_fraction:
        return through("logitnormal", *ends)
    return through("normal", *ends) if unit.low == -math.inf else through("lognormal", *ends, low=unit.low)


def check_bounds(low: float, high: float, unit: Unit, text: str) -> None:
    """Refuse values that make no sense for the quantity; a number may stand on a bound, a range may not."""
    open_low = low != high
    if open_low and low == unit.low:
        raise ValueError(
            f"{text!r}: a range here begins above {unit.low:g}; for a probability of {unit.low:g} itself use a mixture"
        )
    if low < unit.low or high > unit.high or (open_low and high == unit.high and unit.is_fraction):
        allowed = f"{unit.low:g} to {unit.high:g}" if unit.high < math.inf else f"{unit.low:g} or more"
        bound = (
            f"above {unit.high:g}" if high > unit.high else f"below {unit.low:g}" if low < unit.low else f"{unit.high:g} itself"
        )
        why = f"{text!r} lies outside what is possible here ({allowed})"
        raise InvalidValueError(f"{why}: it cannot be {bound}", *(percentages(low, high) if unit.is_fraction else ()))
