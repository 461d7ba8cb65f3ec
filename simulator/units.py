"""Units of the quantities: what a formula promises, and how a value from a file is brought into that unit.

Inside the core there are no unit objects, only numbers in canonical units that fit together (USD, hour, chip, kWh, FLOP):
a product of canonical values is canonical again, so a formula holds no 3600 and no 1000.
pint is met here alone, and its registry is made on first use, because it costs more start-up than the first result.
"""

import math
import re
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

Value = float | NDArray[np.float64]
"""A number, or one number a draw."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A canonical unit and the bounds of the values that make sense in it (open at the lower end)."""

    text: str
    low: float = 0.0
    high: float = math.inf

    @property
    def is_fraction(self) -> bool:
        """Whether values lie between 0 and 1."""
        return (self.low, self.high) == (0.0, 1.0)


Usd = Annotated[Value, Unit("USD")]
UsdPerChip = Annotated[Value, Unit("USD/chip")]
UsdPerChipHour = Annotated[Value, Unit("USD/chip/hour")]
UsdPerKwh = Annotated[Value, Unit("USD/kWh")]
UsdPerPersonHour = Annotated[Value, Unit("USD/person/hour")]
UsdPerTonne = Annotated[Value, Unit("USD/tCO2e")]
Hours = Annotated[Value, Unit("hour")]
SignedHours = Annotated[Value, Unit("hour", low=-math.inf)]
PerHour = Annotated[Value, Unit("1/hour")]
Chips = Annotated[Value, Unit("chip")]
ChipHours = Annotated[Value, Unit("chip*hour")]
People = Annotated[Value, Unit("person")]
PersonHours = Annotated[Value, Unit("person*hour")]
Flop = Annotated[Value, Unit("FLOP")]
FlopPerChipHour = Annotated[Value, Unit("FLOP/chip/hour")]
FlopPerParameterToken = Annotated[Value, Unit("FLOP/parameter/token")]
Parameters = Annotated[Value, Unit("parameter")]
Tokens = Annotated[Value, Unit("token")]
Kw = Annotated[Value, Unit("kW")]
KwPerChip = Annotated[Value, Unit("kW/chip")]
Kwh = Annotated[Value, Unit("kWh")]
Tonnes = Annotated[Value, Unit("tCO2e")]
TonnesPerKwh = Annotated[Value, Unit("tCO2e/kWh")]
BytesPerChip = Annotated[Value, Unit("byte/chip")]
BytesPerParameter = Annotated[Value, Unit("byte/parameter")]
Bytes = Annotated[Value, Unit("byte")]
Count = Annotated[Value, Unit("1")]
Fraction = Annotated[Value, Unit("1", high=1.0)]
Ratio = Annotated[Value, Unit("1")]
AtLeastOne = Annotated[Value, Unit("1", low=1.0)]

HOURS_PER_YEAR = 8766.0  # Julian year of 365.25 days, as pint's and as in Cottier et al. 2024

# What the library's files use, so that an ordinary run does not wait for pint; a test compares each row with pint.
FACTORS = {
    ("FLOP/second/chip", "FLOP/chip/hour"): 3600.0,
    ("W/chip", "kW/chip"): 1e-3,
    ("GB/chip", "byte/chip"): 1e9,
    ("USD/person/year", "USD/person/hour"): 1 / HOURS_PER_YEAR,
    ("OOM/year", "1/hour"): math.log(10) / HOURS_PER_YEAR,
    ("year", "hour"): HOURS_PER_YEAR,
    ("month", "hour"): HOURS_PER_YEAR / 12,
    ("day", "hour"): 24.0,
    ("minute", "hour"): 1 / 60,
    ("chip*day", "chip*hour"): 24.0,
    ("gCO2e/kWh", "tCO2e/kWh"): 1e-6,
}

# How a person reads a canonical unit: the word to print and what one canonical unit is in it.
SHOWN_AS = {
    "hour": ("days", 1 / 24),
    "kWh": ("MWh", 1e-3),
    "kW": ("MW", 1e-3),
    "kW/chip": ("W/chip", 1e3),
    "chip*hour": ("chip-hours", 1.0),
    "FLOP/chip/hour": ("TFLOP/s/chip", 1 / 3.6e15),
    "USD/person/hour": ("USD/person/year", HOURS_PER_YEAR),
    "1/hour": ("OOM/year", HOURS_PER_YEAR / math.log(10)),
    "tCO2e/kWh": ("gCO2e/kWh", 1e6),
    "byte/chip": ("GB/chip", 1e-9),
    "1": ("", 1.0),
}


# Words with * and / between them. pint would work out a power of a power, and that can take for ever.
_TEXT = re.compile(r"[A-Za-z0-9_]+(?: *[/*] *[A-Za-z0-9_]+)*")
_LONGEST = 80


@cache
def registry() -> Any:
    """Return the pint registry with the units of this field (chip, token, FLOP, USD, tCO2e)."""
    import pint

    units: Any = pint.UnitRegistry(cache_folder=None)
    for name in ("USD", "chip", "person", "FLOP", "token", "parameter", "tCO2e"):
        units.define(f"{name} = [{name}]")
    units.define("kgCO2e = 1e-3 tCO2e")
    units.define("gCO2e = 1e-6 tCO2e")
    units.define(f"OOM = {math.log(10)!r}")  # an order of magnitude, as a natural logarithm
    return units


def factor(given: str, wanted: str) -> float:
    """Return what one `given` is in `wanted`; raise ValueError where one cannot become the other."""
    if given == wanted:
        return 1.0
    if (given, wanted) in FACTORS:
        return FACTORS[given, wanted]
    if len(given) > _LONGEST or not _TEXT.fullmatch(given):
        shown = given if len(given) <= _LONGEST else given[:_LONGEST] + "..."
        raise ValueError(f"{shown!r} is no unit: write words with * and / between them; this quantity is in {wanted}")
    import pint

    units = registry()
    try:
        target = "dimensionless" if wanted == "1" else wanted
        one, two = (float(units.Quantity(number, given).to(target).magnitude) for number in (1.0, 2.0))
        if not 0 < one < math.inf or not math.isclose(two, 2 * one):
            raise ValueError("degrees, decibels and the like are no multiples of anything")
        return one
    except pint.UndefinedUnitError as error:
        names: Any = error.unit_names
        named = names if isinstance(names, str) else ", ".join(names)
        raise ValueError(f"unknown unit {named} in {given!r}; this quantity is in {wanted}") from None
    except pint.DimensionalityError:
        raise ValueError(f"{given} cannot become {'a plain number' if wanted == '1' else wanted}") from None
    except Exception:  # pint's parser raises many kinds for text that is no unit at all
        raise ValueError(f"{given!r} is no unit; this quantity is in {wanted}") from None


def unit_of(annotation: Any) -> Unit | None:
    """Return the unit that an annotation such as `Usd` carries, or None."""
    found = [part for part in getattr(annotation, "__metadata__", ()) if isinstance(part, Unit)]
    return found[0] if found else None
