"""Formatting of numbers and names for people.

An uncertain number has three significant digits, a known one all digits of its specification. Names of quantities become
words, the same in every table, figure and sentence. Intervals are worded as by Epoch AI.
"""

import math
import re
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Protocol

from simulator.core.levels import Level, in_percent
from simulator.core.money import BASE, currency_of, in_currency, is_amount
from simulator.core.units import DISPLAY_UNITS

RESIDUE = 1e-9
"""Relative size below which a difference of amounts is a floating-point rounding error."""
_ROUNDING = 1e-12
"""Size of a figure over those beside it below which it is an error of their rounding: 16 digits, less some for sums of them."""
_MAX_DIGITS = 14
"""Maximum digits of a number as written by a person: more come from an endless fraction, or from converting a unit."""
_NO_SPREAD = 1e-6
"""Standard deviation over the median below which it is a rounding error of its sum of squares."""
_LARGEST_COUNT = 1e8
"""Computed whole numbers below this have all their digits."""
_COMPUTED_DIGITS = 6
"""Digits of a known number that is computed, or is an endless fraction."""

_SCALES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))
_SCIENTIFIC = 1e16


# --- uncertain numbers ----------------------------------------------------------------------------------------------------


def format_significant(value: float, count: int = 3) -> str:
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


def format_compact(value: float, count: int = 3) -> str:
    """Round with a letter for the scale: 126M, 1.20B, 950; beyond that 2.10e25."""
    rounded = abs(float(f"{value:.{count - 1}e}"))
    for scale, letter in _SCALES:
        if scale <= rounded < _SCIENTIFIC:
            return format_significant(value / scale, count) + letter
    return format_significant(value, count)


def _scientific(text: str) -> str:
    """Drop the plus sign and the leading zero of an exponent: 2.1e25 for 2.1e+25."""
    mantissa, _, power = text.lower().partition("e")
    return f"{mantissa}e{int(power)}"


NONE = "n/a"
"""Placeholder of a value that is not reported; a note gives the reason."""


CURRENCY_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}
"""Signs of currencies that have one of their own; others have their code before the number."""


def format_money(value: float | None, currency: str = "") -> str:
    """Format an amount: `$126M`, `-$4.20M`, `CHF 950`; without its currency where a heading has it."""
    return NONE if value is None else add_currency(format_compact(value), currency)


def format_signed_money(value: float | None, currency: str = "") -> str:
    """Format a change of an amount with its sign: `+$4.20M`, `-$950`, `$0`."""
    return f"{'+' if value and value > 0 else ''}{format_money(value, currency)}"


def format_exact_money(value: float, currency: str) -> str:
    """Format a known amount with all its digits: `$12.5M`."""
    return add_currency(format_exact(value), currency)


def add_currency(number: str, currency: str) -> str:
    """Write the currency of an amount before its number and after its sign: `$126M`, `-$950`, `CHF 4.20M`."""
    if not currency or number == NONE:
        return number
    sign = number[:1] if number[:1] in ("+", "-") else ""
    return f"{sign}{CURRENCY_SIGNS.get(currency) or currency + ' '}{number[len(sign) :]}"


def format_percent(share: float | None, count: int = 2) -> str:
    """Format a share: `28%`, `0.63%`."""
    if share is None:
        return NONE
    if 0.99 < share < 1:  # never rounded up to 100%
        return f"{math.floor(1000 * share) / 10:.1f}%"
    if abs(share) < RESIDUE:
        return "0%"
    return f"{format_significant(100 * share, count)}%" if abs(share) < 0.0995 else f"{100 * share:,.0f}%"


def share_of_draws(share: float) -> str:
    """Format a share of the draws in a sentence: `92% of the draws`."""
    return f"{format_percent(share)} {OF_DRAWS}"


def share_of_outcomes(share: float, draws: int | None, outcomes: str = "the outcomes") -> str:
    """Format a share of the outcomes in a sentence: `92% of the outcomes`, but `all 20,000 outcomes`, which is no certainty."""
    if not draws or RESIDUE < share < 1 - RESIDUE:
        return f"{format_percent(share)} of {outcomes}"
    noun = outcomes.removeprefix("the ")
    return f"all {draws:,} {noun}" if share > 0.5 else f"none of the {draws:,} {noun}"


def format_value(value: float) -> str:
    """Format a value of any unit, with a letter for the scale from a million on."""
    return format_compact(value) if abs(value) >= 1e6 else format_significant(value)


def format_quantity(value: float, unit: str) -> str:
    """Format a value with its display unit, or an amount with its currency."""
    if is_amount(unit):
        return format_money(value, unit)
    word, scale = display_unit(unit)
    return f"{format_value(value * scale)} {word}".rstrip()


def display_unit(unit: str) -> tuple[str, float]:
    """Return the name of the display unit of a canonical unit, and the factor that converts to it."""
    currency = currency_of(unit)
    if currency in ("", BASE):
        return DISPLAY_UNITS.get(unit, (unit, 1.0))
    word, scale = display_unit(in_currency(unit, BASE))
    return in_currency(word, currency), scale


# --- known numbers --------------------------------------------------------------------------------------------------------


def is_known(low: float, high: float) -> bool:
    """Whether the bounds of an interval are equal up to floating-point rounding."""
    return math.isclose(low, high, rel_tol=RESIDUE)


def is_constant(values: "MedianAndBounds") -> bool:
    """Whether a quantity is known: equal bounds, and no draws beyond them with other values, as far as its figures say."""
    if not is_known(values.low, values.high):
        return False
    spread = getattr(values, "sd", 0.0)
    return spread is not None and spread <= _NO_SPREAD * abs(values.median)


def format_exact(value: float, max_digits: int = _MAX_DIGITS) -> str:
    """Format a known number with all its digits: 4,096, 15.6T, 0.0806, 2.1e25; above `max_digits` digits it has six."""
    if value == 0 or not math.isfinite(value):
        return format_significant(value)
    number, decimals = Decimal(f"{value:.15g}"), 3
    if len(number.normalize().as_tuple().digits) > max_digits:
        number, decimals = Decimal(f"{value:.{_COMPUTED_DIGITS}g}"), _COMPUTED_DIGITS - 1  # as an integer, it would look exact
    number = number.normalize()
    if not 1e-4 <= abs(number) < _SCIENTIFIC:
        return _scientific(f"{number:.{len(number.as_tuple().digits) - 1}e}")
    for power, letter in ((12, "T"), (9, "B"), (6, "M")):
        mantissa = number.scaleb(-power).normalize()
        if abs(mantissa) >= 1 and -int(mantissa.as_tuple().exponent) <= decimals:
            return f"{mantissa:,f}{letter}"
    return f"{number:,f}"


def format_plain(value: float) -> str:
    """Format a number with all its digits, as in a scenario file: 1.4e13, 33800, 0.075."""
    text = f"{value:g}" if float(f"{value:g}") == value else f"{value:.{_MAX_DIGITS + 1}g}"
    return _scientific(text) if "e" in text else text


def format_computed(value: float) -> str:
    """Format a known number that is computed from others: a count of at most eight digits, or six digits."""
    if abs(value) < _LARGEST_COUNT and math.isclose(value, round(value), rel_tol=_ROUNDING):
        return format_exact(float(round(value)))
    return format_exact(value, _COMPUTED_DIGITS)


def format_exact_quantity(value: float, unit: str) -> str:
    """Format a known value with all its digits and its display unit, or an amount with its currency."""
    if is_amount(unit):
        return format_exact_money(value, unit)
    word, scale = display_unit(unit)
    return f"{format_exact(value * scale)} {word}".rstrip()


class IntervalBounds(Protocol):
    """Bounds of an interval."""

    @property
    def low(self) -> float: ...

    @property
    def high(self) -> float: ...


class MedianAndBounds(IntervalBounds, Protocol):
    """A median and the bounds of an interval."""

    @property
    def median(self) -> float: ...


def format_median_and_interval(
    values: MedianAndBounds, unit: str, *, is_given: bool = False, currency: str = ""
) -> tuple[str, str]:
    """Format a median and its interval in the display unit; a known value has its digits, and `known` in place of an interval.

    `is_given` distinguishes a value from the scenario from a computed one. Amounts have the `currency` before the number. A
    quantity that is 1 or 0 (`is_indicator`) has its share of the draws, as its quantiles say nothing more.
    """
    if getattr(values, "is_indicator", False) and (share := getattr(values, "mean", None)) is not None:
        return format_percent(share), OF_DRAWS
    currency = currency if is_amount(unit) else ""
    median = without_residue(values.median, values.low, values.high) * display_unit(unit)[1]
    if is_known(values.low, values.high):
        text = add_currency((format_exact if is_given else format_computed)(median), currency)
        return text, KNOWN if is_constant(values) else f"{text} to {text}"
    return _format_uncertain(median, unit, currency), format_interval(values.low, values.high, unit, currency)


OF_DRAWS = "of the draws"
"""What is shown in place of the interval of a quantity that is 1 or 0 in each draw, beside its share."""
KNOWN = "known"
"""What is shown in place of an interval whose bounds are equal."""


def format_interval(low: float, high: float, unit: str, currency: str = "") -> str:
    """Format an interval in the display unit, or one of amounts in a currency."""
    if is_known(low, high):
        return KNOWN
    scale = display_unit(unit)[1]
    low, high = without_residue(low, high), without_residue(high, low)
    return f"{_format_uncertain(low * scale, unit, currency)} to {_format_uncertain(high * scale, unit, currency)}"


def without_residue(value: float, *others: float) -> float:
    """Return a figure, or 0 where it is a rounding error beside others of the same kind, such as the bounds beside a median."""
    return 0.0 if abs(value) < _ROUNDING * max(map(abs, others)) else value


def _format_uncertain(value: float, unit: str, currency: str = "") -> str:
    """Format a value that is in its display unit already."""
    return format_money(value, currency) if is_amount(unit) else format_value(value)


# --- names ----------------------------------------------------------------------------------------------------------------

_PHRASES = {
    "served_tokens": "written tokens",
    "fte": "full-time equivalents",
    "mfu": "utilisation (MFU)",
    "hfu": "hardware utilisation (HFU)",
    "pue": "site overhead (PUE)",
    "tdp": "chip power (TDP)",
    "serving_token_residual": "unexplained token time",
    "serving_first_residual": "unexplained prompt time",
    "serving_wait_residual": "unexplained wait time",
    "serving_decode_backend": "decode software effect",
    "serving_prompt_backend": "prompt software effect",
    "variate": "whether it happens",
    "occurs": "happens",
    "rollback_variate": "whether a part is trained again",
    "rise_variate": "whether the price jumps up",
    "fall_variate": "whether the price jumps down",
    "rolls_back": "a part is trained again",
    "has_risen": "the price jumps up",
    "has_fallen": "the price jumps down",
}
_NEGATED = {"happens": "does not happen", "is trained": "is not trained", "jumps": "does not jump"}
_CAPITALS = {
    word.lower(): word
    for word in ("FLOP", "MFU", "PUE", "BF16", "FP8", "H20", "H100", "H800", "P5", "P95", "Germany", "USD", "US", "EU", "AI")
}
_GROUP_WORDS = ("posts", "people", "fte")
"""Settings of an item that are no quantities by themselves."""
_SEPARATOR = re.compile(r"\.(?=[a-z])")


def to_words(name: str) -> str:
    """Return the name of a quantity, lever or shock in words: `chip price`, `team: full-time equivalents`."""
    quantity, _, change = name.partition(" before ")
    text = ": ".join(_part_to_words(part) for part in _SEPARATOR.split(quantity))
    return f"{text} before {_part_to_words(change)}" if change else text


_IDENTIFIER = re.compile(r"`[^`]*`|[A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*)*")
_FOLDER = re.compile(r"(?<![\w.:/])/(?:[^\s/:()]+/)+(?=[^\s/:()]+\.\w)")


def plain_text(text: str, names: Collection[str]) -> str:
    """Return a note for people: quantities in words, except in code, and files without their folders.

    `names` are the quantities; a name of one plain word stays as it is.
    """

    def in_words(found: re.Match[str]) -> str:
        name = found[0]
        is_identifier = "_" in name or "." in name
        return to_words(name) if is_identifier and (name in names or name.rpartition(".")[2] in _GROUP_WORDS) else name

    return _IDENTIFIER.sub(in_words, _FOLDER.sub("", text))


def event_clause(name: str, *, occurs: bool = True) -> str:
    """Return an event as a condition: `late start happens`, `late start does not happen`."""
    words = to_words(name)
    if not occurs:
        for predicate, negated in _NEGATED.items():
            words = words.replace(predicate, negated)
    return words.replace(": whether it", "").replace("whether ", "").replace(": ", " ")


def _part_to_words(part: str) -> str:
    return _PHRASES.get(part) or " ".join(_CAPITALS.get(word, word) for word in re.split(r"[_\-/]", part))


def format_condition(quantity: str, amount: float, unit: str, *, above: bool) -> str:
    """Format a condition on a quantity: `total cost is above $200M`."""
    return f"{to_words(quantity)} is {'above' if above else 'below'} {format_exact_quantity(amount, unit)}"


def interval_name(interval: Level) -> str:
    """Return the name of an interval: `95% CI`."""
    return f"{in_percent(interval):.10g}% CI"


def join_words(items: Iterable[str]) -> str:
    """Join texts for prose: `a, b and c`."""
    *first, last = items
    return f"{', '.join(first)} and {last}" if first else last


def shorten(text: str, length: int) -> str:
    """Return a text up to its last clause that ends within `length` characters; the whole text if none does."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    ends = [
        found.start() for found in re.finditer(r"(?<=[^\d\s])(?:\. |; |: |, | \()|(?<=\d)(?:\. |; |: | \()", line[: length + 2])
    ]
    return line[: ends[-1]] if ends else line


def one_line(text: str, length: int = 40) -> str:
    """Return a text in one line of at most `length` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 3]}..."
