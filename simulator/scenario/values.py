"""The grammar of a value: `70e9`, `70B`, `0.34 to 0.46`, `40%`, `2.5 USD/chip/hour`, `14T to 16T token`, `3%/year`."""

import math
import re
from typing import NamedTuple

from simulator.core import units
from simulator.core.customary import in_words, units_in_use
from simulator.core.money import refuse_other_currency
from simulator.core.suggestions import InvalidValueError, Remedy, percentage_remedies, swap
from simulator.core.units import Unit
from simulator.distributions import Constant, Distribution, fit_through

_DIGITS = r"[0-9]+(?:_[0-9]+)*"
_SCALES = {"k": 1e3, "K": 1e3, "thousand": 1e3, "M": 1e6, "mn": 1e6, "mio": 1e6, "million": 1e6, "B": 1e9, "bn": 1e9,
           "billion": 1e9, "T": 1e12, "trillion": 1e12}  # fmt: skip
"""Letters and words for thousands, millions and so on."""
_SCALE = rf"(?:{'|'.join(sorted(_SCALES, key=len, reverse=True))})(?![A-Za-z0-9_/*-])"
_NUMBER = rf"[+-]?(?:{_DIGITS}(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?:\s?%|\s?{_SCALE})?"
# The 1 of `1/hour` must be separate from the number; otherwise 0.0011/hour would be read as 0.001 of 1/hour.
_WORD = r"(?:[A-Za-z]|(?<![0-9._])1)[A-Za-z0-9_]*"
_NEXT = r"(?:(?:\s*[/*]\s*|-)[A-Za-z1][A-Za-z0-9_]*)*"
_UNIT = rf"(?:{_WORD}{_NEXT}|(?<=%)\s?/\s?[A-Za-z]+)"
_VALUE = re.compile(rf"(?P<low>{_NUMBER})(?:\s+to\s+(?P<high>{_NUMBER}))?(?:\s*(?P<unit>{_UNIT}))?")
_NUMBER_ONLY = re.compile(_NUMBER)
_SUFFIX = re.compile(rf"\s?({_SCALE}|%)$")
# Other spellings of a scale, which are refused with a remedy: `b` may be bits, `t` tonnes.
_OTHER_SCALES = {"b": "e9", "t": "e12"} | {name: f"e{round(math.log10(size))}" for name, size in _SCALES.items()}
# Bounded, because a search in a text of 200,000 digits would restart at each of them.
_SCALED = re.compile(
    rf"(?<![0-9.])([0-9.]{{1,30}})\s{{0,3}}({'|'.join(_OTHER_SCALES)}|(?i:million|billion|trillion))\b(?!\s*/)"
)
_BASED = re.compile(r"[+-]?(?:0[xXoObB][0-9a-fA-F_]+|[0-9.]{1,30}[dD][+-]?[0-9]+)")


class ParsedValue(NamedTuple):
    """A value as written: one number, or two with `to` between them, and an optional unit."""

    low: float
    high: float | None
    unit: str


def number(text: object) -> float:
    """Parse a finite number, a percentage, or a number such as 12M; raise ValueError if it is none."""
    word = str(text).strip()
    if not _NUMBER_ONLY.fullmatch(word):
        raise _invalid_number(word)
    suffix = suffix_of(word)
    value = float(word.removesuffix(suffix).replace("_", ""))
    value = value / 100 if suffix == "%" else value * _SCALES.get(suffix, 1.0)
    if not math.isfinite(value):
        raise ValueError(f"{word[:60]!r} is too large for a number")
    return value


def exchange_rate(text: object) -> float:
    """Parse an exchange rate: one number; raise ValueError if it is none."""
    word = str(text).strip()
    try:
        return number(text)
    except ValueError:
        bounds = [bound.strip() for bound in word.split(" to ")]
        if len(bounds) == 2 and all(map(_NUMBER_ONLY.fullmatch, bounds)):
            runs = f"run with {bounds[0]}, then with {bounds[1]}"
            raise ValueError(f"{word!r} is a range; a rate is one number and taken as known: {runs}") from None
        raise ValueError(f"{word[:60]!r} is not a rate; write one number, such as 0.86") from None


def suffix_of(word: str) -> str:
    """Return the percent sign or the scale after a number, such as `M`; empty if there is none."""
    match = _SUFFIX.search(word[-12:])
    return match[1] if match else ""


def parse_value(text: str) -> ParsedValue:
    """Parse a value; raise ValueError if it is invalid."""
    match = _VALUE.fullmatch(text.strip())
    if not match or _BASED.match(text.strip()):
        raise _invalid_number(text.strip())
    low, high, unit = match["low"], match["high"], re.sub(r"\s", "", match["unit"] or "")
    if unit == "m":
        raise ValueError(f"{text!r}: m may stand for minutes, months or millions; write minute, month or M")
    if unit in _OTHER_SCALES or re.match(r"[eE][0-9]+/", unit):  # of 1e6/day, e6/day is no unit
        raise _invalid_number(text.strip())
    suffix = suffix_of(low)
    if high is not None and suffix != (other := suffix_of(high)):
        example = f"35{suffix or other} to 45{suffix or other}"
        raise ValueError(f"{text!r} has {suffix or other} after one number only; write it after both, as in {example}")
    factor = 1.0
    if unit.startswith("/"):  # 3%/year
        unit, factor = f"percent{unit}", 100.0
    return ParsedValue(number(low) * factor, None if high is None else number(high) * factor, unit)


def _invalid_number(word: str) -> InvalidValueError:
    if scaled := _SCALED.search(word):
        suggestion = f"{scaled[1]}{_OTHER_SCALES.get(scaled[2], '') or _OTHER_SCALES[scaled[2].lower()]}"
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
    if amount := re.fullmatch(r"\$\s?([0-9][0-9.]*[KMBT]?)", word):
        price = "" if amount[1][-1].isalpha() else f" or `{amount[1]} USD/chip/hour`"
        return f"{word!r}: write the currency after the number, as in `{amount[1]} USD`{price}"
    if re.search(r"[$€£¥]", word):
        return f"{word!r}: write the currency after the number, as in `2.5 USD/chip/hour`"
    if re.search(r"[0-9],[0-9]", word):
        return f"{word!r}: write numbers without commas"
    if _BASED.match(word):
        return f"{word[:60]!r} is not a number; write it in decimal digits, with e for a power of ten"
    if re.fullmatch(r"[0-9.]{1,30}(?:[eE][0-9]{1,4})?/[A-Za-z]+", word):
        count, _, time = word.partition("/")
        return f"{word!r} is not a number; write what is counted before the slash, as in `{count} request/{time}`"
    if re.fullmatch(r"[0-9]+(:[0-9]+)+", word):
        return f"{word[:60]!r} is not a number; write a time with its unit, as in `12.5 hour`"
    return f"{word[:60]!r} is not a number; {hint}"


def is_word(text: str) -> bool:
    """Whether a scalar is the name of a row of the library, not a value."""
    return re.fullmatch(r"(posterior/)?[A-Za-z][\w.-]*", text.strip()) is not None and text.strip().lower() not in (
        "null", "none", "nan", "inf", "infinity",
    )  # fmt: skip


def distribution_of(text: str, unit: Unit, mass: float, entry_unit: str = "", rates: units.Rates = ()) -> Distribution:
    """Convert a value to a distribution in the canonical unit: a constant, or a range that contains the central `mass`.

    A range is lognormal for a positive quantity (above its lower bound), logit-normal for a fraction, normal otherwise.
    """
    value = parse_value(text)
    if value.unit and entry_unit and value.unit != entry_unit:
        raise ValueError(f"is in {value.unit} here and in {entry_unit} under `unit`; keep one of them")
    if "%" in text and unit.text != "1" and not value.unit.startswith("percent"):
        raise ValueError(_explain_percentage(text, unit))
    is_zero = value.low == 0 and value.high is None  # zero is the same in every unit
    own_unit = value.unit or entry_unit or (unit.text if is_zero else "")
    scale = units.factor_of(own_unit, unit.text, text, rates)
    low = value.low * scale
    if value.high is None:
        check_bounds(low, low, unit, text)
        return Constant(low)
    high = value.high * scale
    if not low < high:
        raise ValueError(f"{text!r} must go from low to high")
    check_bounds(low, high, unit, text)
    return range_distribution(low, high, unit, mass)


def _explain_percentage(text: str, unit: Unit) -> str:
    per_time = next((each for each in units_in_use(unit.text) if each.startswith("percent/")), "")
    if per_time:
        return f"{text!r} is a percentage, but this quantity is per time, as in {text}{per_time.removeprefix('percent')}"
    return f"{text!r} is a percentage, but this quantity is in {in_words(unit.text)}"


def amount_of(text: str, unit: str) -> float:
    """Parse a single amount above zero, such as `150e6` or `18 month`, and return it in the canonical unit `unit`."""
    refuse_other_currency(text, unit)
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
