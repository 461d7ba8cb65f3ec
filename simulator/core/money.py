"""Money: a currency at the price level of a year or month, such as `December 2023 USD`, and currencies in the text of units.

The engine computes in one currency. Its canonical units call it USD; those of a result name the currency of the result.
"""

import re
from dataclasses import dataclass
from functools import cache

BASE = "USD"
"""The currency of the library, and the name of the currency in canonical units."""

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
_LABEL = re.compile(r"(?:(?P<period>(?:(?P<month>[A-Z][a-z]+) )?(?:19|20)\d\d)(?: |$))?(?P<currency>[A-Z]{3})?")
_PERIOD = re.compile(r"(?:(?P<month>[A-Z][a-z]+) )?(?P<year>(?:19|20)\d\d)")
_CODE = re.compile(r"(?<![A-Za-z0-9_])(?!OOM|GPU|TPU|FTE)[A-Z]{3}(?![A-Za-z0-9_])")
_WORD = re.compile(r"([*/]?)\s*([A-Za-z0-9_]+)")


@dataclass(frozen=True, slots=True)
class Money:
    """A currency at the price level of a period: a year, a month such as `December 2023`, or none."""

    currency: str
    period: str = ""

    def __str__(self) -> str:
        return f"{self.period} {self.currency}".strip()


def parse_money(label: str) -> Money:
    """Return the money of a label such as `2026 EUR`; raise ValueError for a month that is none."""
    match = _LABEL.fullmatch(label.strip())
    if match is None or match["currency"] is None:
        raise ValueError(f"{label!r} is no money; write a currency with the year or month of its prices, as in 2026 EUR")
    if match["period"]:
        check_period(match["period"])
    return Money(match["currency"], match["period"] or "")


def check_period(period: str) -> None:
    """Raise ValueError for text that is neither a year nor a month with its year."""
    match = _PERIOD.fullmatch(period)
    if match is None or match["month"] not in (None, *MONTHS):
        raise ValueError(f"{period!r} is no period; write a year, or a month in full with its year, as in December 2023")


def year_of(period: str) -> str:
    """Return the year of a period."""
    return period[-4:]


@cache
def currency_of(unit: str) -> str:
    """Return the currency in a unit or in the label of a money, or an empty text."""
    match = _CODE.search(unit)
    return match[0] if match else ""


def label_currency(label: str | None) -> str:
    """Return the currency of the money of a result; `USD` for amounts without one."""
    return currency_of(label or "") or BASE


@cache
def in_currency(unit: str, currency: str) -> str:
    """Return a unit with its currency replaced by another one."""
    return _CODE.sub(currency, unit)


def refuse_other_currency(text: str, unit: str) -> None:
    """Raise ValueError for an amount in another currency where amounts are in the money of the outputs, and no rate applies."""
    currency, here = currency_of(text), currency_of(unit) or BASE
    if currency and currency != here == BASE:
        raise ValueError(
            f"{text!r} is in {currency}, but amounts are in {here} here; convert it, or state the money of the outputs: "
            f"--money {currency} --rate {currency}=..."
        )


@cache
def is_amount(unit: str) -> bool:
    """Whether a unit is a currency alone."""
    return unit != "" and currency_of(unit) == unit


@cache
def money_power(unit: str) -> int:
    """Return the power of the currency in a unit: 1 for USD/chip, -1 for chip/USD, 0 for chip."""
    return sum(-1 if sign == "/" else 1 for sign, word in _WORD.findall(unit) if currency_of(word) == word)


DIGITS = 15
"""Significant digits of a converted number, so that an amount that is converted and back is the same number."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """A conversion from the money in which amounts are stated to another one: units of it for one of the former."""

    source: str
    target: str
    factor: float
    rate: float = 1.0
    """Units of the currency for one USD, which the factor contains."""
    about: str = ""
    """Both money, the factor, price levels and rate, for the reader."""

    @property
    def currency(self) -> str:
        """The currency of the money to which is converted."""
        return label_currency(self.target)

    @property
    def inverse(self) -> "Conversion":
        """The conversion back."""
        return Conversion(self.target, self.source, 1 / self.factor, 1 / self.rate)

    def amount(self, value: float) -> float:
        """Return an amount in the other money."""
        return float(f"{value * self.factor:.{DIGITS}g}")
