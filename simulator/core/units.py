"""Units of the quantities: annotations of the formulas, and conversion of values from files.

Formulas compute with plain numbers in coherent canonical units (USD, hour, chip, kWh, FLOP): a product of canonical values is
canonical again, so a formula needs no factor 3600 or 1000. USD stands for the currency of the scenario (`core/money.py`).
Only this module uses pint. Its registry is built on first use, because building it takes longer than the first result.
"""

import difflib
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from simulator.core.customary import bare_unit, missing_unit, spelled_out
from simulator.core.money import BASE, currency_of, in_currency, money_power
from simulator.core.suggestions import InvalidValueError, Remedy, did_you_mean, swap

Value = float | NDArray[np.float64]
"""A number, or one number per draw."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A canonical unit and the bounds of its valid values (the lower bound excluded).

    `is_indicator` marks a quantity that is 1 in some draws and 0 in the others: its mean is the share of the draws.
    """

    text: str
    low: float = 0.0
    high: float = math.inf
    is_indicator: bool = False

    @property
    def is_fraction(self) -> bool:
        """Whether values lie between 0 and 1."""
        return (self.low, self.high) == (0.0, 1.0)


Usd = Annotated[Value, Unit("USD")]
SignedUsd = Annotated[Value, Unit("USD", low=-math.inf)]
UsdPerHour = Annotated[Value, Unit("USD/hour")]
UsdPerByte = Annotated[Value, Unit("USD/byte")]
UsdPerByteHour = Annotated[Value, Unit("USD/byte/hour")]
UsdPerCoreHour = Annotated[Value, Unit("USD/core/hour")]
UsdPerToken = Annotated[Value, Unit("USD/token")]
UsdPerKw = Annotated[Value, Unit("USD/kW")]
UsdPerKwHour = Annotated[Value, Unit("USD/kW/hour")]
UsdPerChip = Annotated[Value, Unit("USD/chip")]
UsdPerChipHour = Annotated[Value, Unit("USD/chip/hour")]
UsdPerKwh = Annotated[Value, Unit("USD/kWh")]
UsdPerPersonHour = Annotated[Value, Unit("USD/person/hour")]
UsdPerTonne = Annotated[Value, Unit("USD/tCO2e")]
Hours = Annotated[Value, Unit("hour")]
SignedHours = Annotated[Value, Unit("hour", low=-math.inf)]
PerHour = Annotated[Value, Unit("1/hour")]
SignedPerHour = Annotated[Value, Unit("1/hour", low=-math.inf)]
SharePerHour = Annotated[Value, Unit("share/hour")]
RequestsPerHour = Annotated[Value, Unit("request/hour")]
Chips = Annotated[Value, Unit("chip")]
ChipsPerNode = Annotated[Value, Unit("chip/node")]
PerNodeHour = Annotated[Value, Unit("1/node/hour")]
ChipHours = Annotated[Value, Unit("chip*hour")]
ChipHoursPerToken = Annotated[Value, Unit("chip*hour/token")]
CoreHours = Annotated[Value, Unit("core*hour")]
CoreHoursPerToken = Annotated[Value, Unit("core*hour/token")]
People = Annotated[Value, Unit("person")]
PersonsPerKw = Annotated[Value, Unit("person/kW")]
PersonsPerChip = Annotated[Value, Unit("person/chip")]
PersonHours = Annotated[Value, Unit("person*hour")]
Flop = Annotated[Value, Unit("FLOP")]
FlopPerChipHour = Annotated[Value, Unit("FLOP/chip/hour")]
FlopPerParameterToken = Annotated[Value, Unit("FLOP/parameter/token")]
Parameters = Annotated[Value, Unit("parameter")]
Tokens = Annotated[Value, Unit("token")]
TokensPerParameter = Annotated[Value, Unit("token/parameter")]
TokensPerWord = Annotated[Value, Unit("token/word")]
TokensPerChipHour = Annotated[Value, Unit("token/chip/hour")]
TokensPerHour = Annotated[Value, Unit("token/hour")]
HoursPerToken = Annotated[Value, Unit("hour/token")]
HoursPerRequest = Annotated[Value, Unit("hour/request")]
UsdPerWord = Annotated[Value, Unit("USD/word")]
Words = Annotated[Value, Unit("word")]
Kw = Annotated[Value, Unit("kW")]
KwPerChip = Annotated[Value, Unit("kW/chip")]
Kwh = Annotated[Value, Unit("kWh")]
KwhPerRequest = Annotated[Value, Unit("kWh/request")]
KwhPerToken = Annotated[Value, Unit("kWh/token")]
TonnesPerToken = Annotated[Value, Unit("tCO2e/token")]
LitresPerToken = Annotated[Value, Unit("litre/token")]
Litres = Annotated[Value, Unit("litre")]
LitresPerKwh = Annotated[Value, Unit("litre/kWh")]
Tonnes = Annotated[Value, Unit("tCO2e")]
TonnesPerKwh = Annotated[Value, Unit("tCO2e/kWh")]
BytesPerChip = Annotated[Value, Unit("byte/chip")]
BytesPerParameter = Annotated[Value, Unit("byte/parameter")]
BytesPerToken = Annotated[Value, Unit("byte/token")]
Bytes = Annotated[Value, Unit("byte")]
Count = Annotated[Value, Unit("1")]
Fraction = Annotated[Value, Unit("1", high=1.0)]
Indicator = Annotated[Value, Unit("1", high=1.0, is_indicator=True)]
Ratio = Annotated[Value, Unit("1")]
SignedRatio = Annotated[Value, Unit("1", low=-math.inf)]
AtLeastOne = Annotated[Value, Unit("1", low=1.0)]

HOURS_PER_YEAR = 8766.0  # Julian year of 365.25 days, as pint's and as in Cottier et al. 2024

# Units used by the library's files, so that an ordinary run need not load pint; a test compares each row with pint.
FACTORS = {
    ("FLOP/second/chip", "FLOP/chip/hour"): 3600.0,
    ("TFLOP/second/chip", "FLOP/chip/hour"): 3600e12,
    ("W/chip", "kW/chip"): 1e-3,
    ("GB/chip", "byte/chip"): 1e9,
    ("USD/person/year", "USD/person/hour"): 1 / HOURS_PER_YEAR,
    ("USD/person/month", "USD/person/hour"): 12 / HOURS_PER_YEAR,
    ("OOM/year", "1/hour"): math.log(10) / HOURS_PER_YEAR,
    ("year", "hour"): HOURS_PER_YEAR,
    ("month", "hour"): HOURS_PER_YEAR / 12,
    ("day", "hour"): 24.0,
    ("1/node/day", "1/node/hour"): 1 / 24,
    ("minute", "hour"): 1 / 60,
    ("chip*day", "chip*hour"): 24.0,
    ("gCO2e/kWh", "tCO2e/kWh"): 1e-6,
    ("USD/chip/year", "USD/chip/hour"): 1 / HOURS_PER_YEAR,
    ("USD/month", "USD/hour"): 12 / HOURS_PER_YEAR,
    ("USD/kW/month", "USD/kW/hour"): 12 / HOURS_PER_YEAR,
    ("person/MW", "person/kW"): 1e-3,
    ("USD/year", "USD/hour"): 1 / HOURS_PER_YEAR,
    ("USD/Mtoken", "USD/token"): 1e-6,
    ("USD/GB", "USD/byte"): 1e-9,
    ("USD/GB/month", "USD/byte/hour"): 12e-9 / HOURS_PER_YEAR,
    ("chip*hour/Ttoken", "chip*hour/token"): 1e-12,
    ("core*hour/Ttoken", "core*hour/token"): 1e-12,
    ("token/chip/second", "token/chip/hour"): 3600.0,
    ("person*month", "person*hour"): HOURS_PER_YEAR / 12,
    ("percent/year", "share/hour"): 0.01 / HOURS_PER_YEAR,
    ("request/day", "request/hour"): 1 / 24,
    ("Wh/request", "kWh/request"): 1e-3,
    ("ms/token", "hour/token"): 1 / 3.6e6,
    ("second/request", "hour/request"): 1 / 3600,
    ("second", "hour/request"): 1 / 3600,
    ("token/day", "token/hour"): 1 / 24,
}

# Display unit of each canonical unit, and the factor that converts to it.
DISPLAY_UNITS = {
    "hour": ("days", 1 / 24),
    "kWh": ("MWh", 1e-3),
    "kW": ("MW", 1e-3),
    "kW/chip": ("W/chip", 1e3),
    "chip*hour": ("chip-hours", 1.0),
    "FLOP/chip/hour": ("TFLOP/s/chip", 1 / 3.6e15),
    "USD/person/hour": ("USD/person/year", HOURS_PER_YEAR),
    "1/node/hour": ("1/node/day", 24.0),
    "1/hour": ("OOM/year", HOURS_PER_YEAR / math.log(10)),
    "tCO2e/kWh": ("gCO2e/kWh", 1e6),
    "byte/chip": ("GB/chip", 1e-9),
    "byte/chip/hour": ("TB/s/chip", 1 / 3.6e15),
    "byte": ("GB", 1e-9),
    "USD/hour": ("USD/month", HOURS_PER_YEAR / 12),
    "USD/kW/hour": ("USD/kW/month", HOURS_PER_YEAR / 12),
    "person/kW": ("person/MW", 1e3),
    "USD/token": ("USD/Mtoken", 1e6),
    "USD/byte": ("USD/GB", 1e9),
    "USD/byte/hour": ("USD/GB/month", 1e9 * HOURS_PER_YEAR / 12),
    "chip*hour/token": ("chip*hour/Ttoken", 1e12),
    "core*hour/token": ("core*hour/Ttoken", 1e12),
    "token/chip/hour": ("token/chip/second", 1 / 3600),
    "share/hour": ("percent/year", 100 * HOURS_PER_YEAR),
    "request/hour": ("request/day", 24.0),
    "kWh/request": ("Wh/request", 1e3),
    "hour/token": ("ms/token", 3.6e6),
    "hour/request": ("second/request", 3600.0),
    "token/hour": ("token/day", 24.0),
    "USD/word": ("USD/kword", 1e3),
    "kWh/token": ("kWh/Mtoken", 1e6),
    "tCO2e/token": ("gCO2e/Mtoken", 1e12),
    "litre/token": ("litre/Mtoken", 1e6),
    "litre": ("kL", 1e-3),
    "1": ("", 1.0),
}


# Words with * and / between them. pint would evaluate a power of a power, which may not terminate.
_UNIT_PATTERN = re.compile(r"[A-Za-z0-9_]+(?: *[/*] *[A-Za-z0-9_]+)*")
_MAX_LENGTH = 80


@cache
def registry() -> Any:
    """Return the pint registry with the units of this field (chip, token, FLOP, USD, tCO2e)."""
    import pint

    units: Any = pint.UnitRegistry(cache_folder=None)
    for name in ("USD", "chip", "node", "core", "person", "FLOP", "token", "parameter", "tCO2e"):
        units.define(f"{name} = [{name}]")
    for name in ("request", "word", "share"):  # dimensionless counts, optional in a unit
        units.define(f"{name} = []")
    units.define("kgCO2e = 1e-3 tCO2e")
    units.define("gCO2e = 1e-6 tCO2e")
    units.define(f"OOM = {math.log(10)!r}")  # an order of magnitude, as a natural logarithm
    return units


_UNIT_NAMES = ("USD", "chip", "core", "person", "FLOP", "token", "parameter", "byte", "hour", "day", "week", "month", "year",
          "kWh", "watt", "litre", "request", "tCO2e", "gCO2e", "OOM")  # fmt: skip
_ITEMS = ("chip", "core", "person", "parameter", "token", "request")
_SYNONYMS = {"gpu": "chip", "accelerator": "chip", "tpu": "chip", "dollar": "USD", "employee": "person", "fte": "person"}


def _is_currency(word: str) -> bool:
    return re.fullmatch(r"[A-Z]{3}", word) is not None and word.casefold() not in _SYNONYMS


def _similar_unit(word: str) -> str:
    """Return the valid unit most similar to an unknown one, or an empty text."""
    names = {name.casefold(): name for name in _UNIT_NAMES} | _SYNONYMS
    match = difflib.get_close_matches(word.casefold().rstrip("s"), names, n=1, cutoff=0.6)
    return names[match[0]] if match else ""


def _swap_all(replacements: Mapping[str, str]) -> Callable[[str], str]:
    def edit(text: str) -> str:
        for word, name in replacements.items():
            text = swap(word, name)(text)
        return text

    return edit


def check_unit(unit: str) -> None:
    """Raise ValueError for text that is a unit of no quantity; an empty text is none and is allowed, as is any currency."""
    unit = in_currency(spelled_out(unit), BASE)
    if not unit or unit in DISPLAY_UNITS or any(unit in pair for pair in FACTORS):
        return
    if len(unit) > _MAX_LENGTH or not _UNIT_PATTERN.fullmatch(unit):
        excerpt = unit if len(unit) <= _MAX_LENGTH else unit[:_MAX_LENGTH] + "..."
        raise ValueError(f"{excerpt!r} is no unit: write words with * and / between them")
    import pint

    try:
        registry().Quantity(1.0, unit)
    except pint.UndefinedUnitError as error:
        names: Any = error.unit_names
        raise _unknown_unit_error([names] if isinstance(names, str) else [*names], unit) from None
    except Exception:  # pint's parser raises many types for text that is no unit
        raise ValueError(f"{unit!r} is no unit") from None


Rates = tuple[tuple[str, float], ...]
"""Currencies, each with what one of it is in the currency of canonical units."""


def conversion_factor(unit: str, target: str, rates: Rates = ()) -> float:
    """Return the factor that converts `unit` to `target`; raise ValueError if they are incompatible.

    Another currency is converted by its rate.
    """
    unit, target = spelled_out(unit), spelled_out(target)
    if unit == target:
        return 1.0
    own, currency = currency_of(unit), currency_of(target)
    if currency not in ("", BASE):
        if own not in ("", currency):
            raise ValueError(f"amounts are in {currency} here, so write {in_currency(unit, currency)} in place of {unit}")
        return conversion_factor(in_currency(unit, BASE), in_currency(target, BASE))
    for code, rate in rates:
        if code == own:
            try:
                return float(conversion_factor(in_currency(unit, BASE), target) * rate ** money_power(unit))
            except InvalidValueError:
                raise _mismatch(in_currency(unit, BASE), target, code) from None
    if (unit, target) in FACTORS:
        return FACTORS[unit, target]
    if len(unit) > _MAX_LENGTH or not _UNIT_PATTERN.fullmatch(unit):
        excerpt = unit if len(unit) <= _MAX_LENGTH else unit[:_MAX_LENGTH] + "..."
        raise ValueError(f"{excerpt!r} is no unit: write words with * and / between them; this quantity is in {target}")
    return _pint_factor(unit, target)


def factor_of(unit: str, target: str, number: str, rates: Rates = ()) -> float:
    """Return the factor that converts a number with a unit to `target`; raise ValueError where it has none and needs one."""
    unit = unit or bare_unit(target)
    if not unit:
        raise ValueError(missing_unit(number, target))
    return conversion_factor(unit, target, rates)


def _pint_factor(unit: str, target: str) -> float:
    """Return a conversion factor computed by pint."""
    import pint

    units = registry()
    try:
        pint_target = "dimensionless" if target == "1" else target
        one, two = (float(units.Quantity(number, unit).to(pint_target).magnitude) for number in (1.0, 2.0))
        if not 0 < one < math.inf or not math.isclose(two, 2 * one):
            raise ValueError("units with an offset or on a logarithmic scale cannot be converted by a factor")
        return one
    except pint.UndefinedUnitError as error:
        names: Any = error.unit_names
        raise _unknown_unit_error([names] if isinstance(names, str) else [*names], unit, target) from None
    except pint.DimensionalityError:
        raise _mismatch(unit, target) from None
    except Exception:  # pint's parser raises many types for text that is no unit
        raise ValueError(f"{unit!r} is no unit; this quantity is in {target}") from None


def _mismatch(unit: str, target: str, currency: str = BASE) -> InvalidValueError:
    """Return the error for a unit of another dimension, in the currency in which it was written."""
    similar = _per_item(unit, target)
    unit, wanted, similar = (in_currency(each, currency) for each in (unit, target, similar))
    message = f"{unit} cannot be converted to {'a plain number' if target == '1' else wanted}"
    return InvalidValueError(message, *([Remedy(did_you_mean([similar]), edit=_swap_unit(unit, similar))] if similar else []))


def _swap_unit(unit: str, other: str) -> Callable[[str], str]:
    """Return an edit that replaces a unit by another, also where it directly follows a number."""
    return lambda text: (
        other if text == unit else re.sub(rf"(?<![A-Za-z_/*.-]){re.escape(unit)}(?![\w/*.-])", f" {other}", text)
    )


def _per_item(unit: str, target: str) -> str:
    """Return a unit per chip, person or other item of the target, if only that is missing; otherwise an empty text."""
    units = registry()
    numerator, slash, rest = unit.partition("/")
    for item in (each for each in target.split("/")[1:] if each in _ITEMS):
        candidate = f"{numerator}/{item}{slash}{rest}"
        if units.Quantity(1, candidate).check(units.Quantity(1, target).dimensionality):
            return candidate
    return ""


def _unknown_unit_error(unknown: list[str], unit: str, target: str = "") -> ValueError:
    """Return the error for words that are no units, with similar units as remedies."""
    message = f"unknown unit {', '.join(unknown)} in {unit!r}{'; this quantity is in ' + target if target else ''}"
    if any(map(_is_currency, unknown)):
        code = next(filter(_is_currency, unknown))
        return ValueError(f"{message}; give the rate of {code} for one USD: `rates: {{{code}: ...}}`, or --rate {code}=...")
    similar = {word: name for word in unknown if (name := _similar_unit(word))}
    text = "".join(did_you_mean([name]) for name in similar.values())
    return InvalidValueError(message, *([Remedy(text, edit=_swap_all(similar))] if similar else []))


def unit_of(annotation: Any) -> Unit | None:
    """Return the unit of an annotation such as `Usd`, or None."""
    return next((part for part in getattr(annotation, "__metadata__", ()) if isinstance(part, Unit)), None)
