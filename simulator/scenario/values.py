"""The grammar of a value: `70e9`, `0.34 to 0.46`, `40%`, `2.5 USD/chip/hour`, `14e12 to 16e12 token`."""

import math
import re
from typing import NamedTuple

from simulator.core import units
from simulator.core.suggestions import InvalidValueError, Remedy, percentage_remedies, swap
from simulator.core.units import Unit
from simulator.distributions import Constant, Distribution, fit_through

_DIGITS = r"[0-9]+(?:_[0-9]+)*"
_NUMBER = rf"[+-]?(?:{_DIGITS}(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?:\s?%)?"
# The 1 of `1/hour` must be separate from the number; otherwise 0.0011/hour would be read as 0.001 of 1/hour.
_UNIT = r"(?:[A-Za-z]|(?<![0-9._])1)[A-Za-z0-9_]*(?:\s*[/*]\s*[A-Za-z1][A-Za-z0-9_]*)*"
_VALUE = re.compile(rf"(?P<low>{_NUMBER})(?:\s+to\s+(?P<high>{_NUMBER}))?(?:\s*(?P<unit>{_UNIT}))?")
_NUMBER_ONLY = re.compile(_NUMBER)
_SCALES = {"k": "e3", "thousand": "e3", "mn": "e6", "mio": "e6", "million": "e6", "b": "e9", "bn": "e9", "billion": "e9",
           "t": "e12", "trillion": "e12"}  # fmt: skip
# Bounded, because a search in a text of 200,000 digits would restart at each of them.
_SCALED = re.compile(
    rf"(?<![0-9.])([0-9.]{{1,30}})\s{{0,3}}(M|{'|'.join(_SCALES)}|(?i:million|billion|trillion)|K|B|T)\b(?!\s*/)"
)
_BASED = re.compile(r"[+-]?(?:0[xXoObB][0-9a-fA-F_]+|[0-9.]{1,30}[dD][+-]?[0-9]+)")


class ParsedValue(NamedTuple):
    """A value as written: one number, or two with `to` between them, and an optional unit."""

    low: float
    high: float | None
    unit: str


def number(text: object) -> float:
    """Parse a finite number or a percentage; raise ValueError if it is neither."""
    word = str(text).strip()
    if not _NUMBER_ONLY.fullmatch(word):
        raise _invalid_number(word)
    value = float(word.rstrip("% ").replace("_", "")) / (100 if word.endswith("%") else 1)
    if not math.isfinite(value):
        raise ValueError(f"{word[:60]!r} is too large for a number")
    return value


def parse_value(text: str) -> ParsedValue:
    """Parse a value; raise ValueError if it is invalid."""
    match = _VALUE.fullmatch(text.strip())
    if not match or _SCALED.search(text) or _BASED.match(text.strip()):
        raise _invalid_number(text.strip())
    high = match["high"]
    if high is not None and match["low"].endswith("%") != high.endswith("%"):
        raise ValueError(f"{text!r} has % after one number only; write it after both, as in 35% to 45%, or after neither")
    return ParsedValue(number(match["low"]), None if high is None else number(high), re.sub(r"\s", "", match["unit"] or ""))


def _invalid_number(word: str) -> InvalidValueError:
    if scaled := _SCALED.search(word):
        suggestion = f"{scaled[1]}{_SCALES.get(scaled[2].lower(), 'e6')}"
        if not re.search(r"[$€£¥]|[0-9],[0-9]", word):
            remedy = Remedy(f"; write {suggestion} for {scaled[0]}", edit=swap(scaled[0], suggestion))
            return InvalidValueError(f"{word[:60]!r} is not a number", remedy)
    return InvalidValueError(_explain_invalid_number(word))


def _explain_invalid_number(word: str) -> str:
    hint = "write a number such as 70e9, 0.4, 40%, a range such as `0.34 to 0.46`, optionally with a unit after it"
    if not word or word.lower() in ("null", "~", "none"):
        return "has no value; " + hint
    if re.fullmatch(r"[+-]?\.?(inf|nan|infinity)", word.lower()):
        return f"{word!r} is not a finite number"
    if re.search(r"[$€£¥]", word):
        return f"{word!r}: write the currency after the number, as in `2.5 USD/chip/hour`"
    if re.search(r"[0-9],[0-9]", word):
        return f"{word!r}: write numbers without commas"
    if _BASED.match(word):
        return f"{word[:60]!r} is not a number; write it in decimal digits, with e for a power of ten"
    if re.fullmatch(r"[0-9]+(:[0-9]+)+", word):
        return f"{word[:60]!r} is not a number; write a time with its unit, as in `12.5 hour`"
    return f"{word[:60]!r} is not a number; {hint}"


def is_word(text: str) -> bool:
    """Whether a scalar is the name of a row of the library, not a value."""
    return re.fullmatch(r"(posterior/)?[A-Za-z][\w.-]*", text.strip()) is not None and text.strip().lower() not in (
        "null", "none", "nan", "inf", "infinity",
    )  # fmt: skip


def distribution_of(text: str, unit: Unit, mass: float, entry_unit: str = "") -> Distribution:
    """Convert a value to a distribution in the canonical unit: a constant, or a range that contains the central `mass`.

    A range is lognormal for a positive quantity (above its lower bound), logit-normal for a fraction, normal otherwise.
    """
    value = parse_value(text)
    if value.unit and entry_unit and value.unit != entry_unit:
        raise ValueError(f"is in {value.unit} here and in {entry_unit} under `unit`; keep one of them")
    if "%" in text and unit.text != "1":
        raise ValueError(f"{text!r} is a percentage, but this quantity is in {unit.text}")
    scale = units.conversion_factor(value.unit or entry_unit or unit.text, unit.text)
    low = value.low * scale
    if value.high is None:
        check_bounds(low, low, unit, text)
        return Constant(low)
    high = value.high * scale
    if not low < high:
        raise ValueError(f"{text!r} must go from low to high")
    check_bounds(low, high, unit, text)
    return range_distribution(low, high, unit, mass)


def amount_of(text: str, unit: str) -> float:
    """Parse a single amount above zero, such as `150e6` or `18 month`, and return it in the canonical unit `unit`."""
    distribution = distribution_of(text, Unit(unit), 0.95)
    value = float(distribution.quantile(0.5))
    if not distribution.is_constant or value <= 0:
        raise InvalidValueError(f"{text!r} must be a single amount above zero")
    return value


def range_distribution(low: float, high: float, unit: Unit, mass: float) -> Distribution:
    """Return the distribution of a range that contains the central `mass`, by the kind of quantity."""
    points = ((1 - mass) / 2, low), ((1 + mass) / 2, high)
    if unit.is_fraction:
        return fit_through("logitnormal", *points)
    return fit_through("normal", *points) if unit.low == -math.inf else fit_through("lognormal", *points, low=unit.low)


def check_bounds(low: float, high: float, unit: Unit, text: str) -> None:
    """Refuse values outside the possible ones of the quantity; a number may equal a bound, a range may not."""
    open_low = low != high
    if open_low and low == unit.low:
        raise ValueError(
            f"{text!r}: a range must begin above {unit.low:g} here; for a probability of exactly {unit.low:g}, use a mixture"
        )
    if low < unit.low or high > unit.high or (open_low and high == unit.high and unit.is_fraction):
        allowed = f"{unit.low:g} to {unit.high:g}" if unit.high < math.inf else f"{unit.low:g} or more"
        excess = (
            f"above {unit.high:g}" if high > unit.high else f"below {unit.low:g}" if low < unit.low else f"{unit.high:g} itself"
        )
        message = f"{text!r} lies outside what is possible here ({allowed})"
        raise InvalidValueError(
            f"{message}: it cannot be {excess}", *(percentage_remedies(low, high) if unit.is_fraction else ())
        )
