"""Units as people write them, and what a number without a unit means.

A number without a unit is read only where a quantity has one customary unit. Elsewhere it would be a guess: a duration of 12
may be hours or months.
"""

import re
from collections.abc import Iterable

from simulator.core.money import BASE, in_currency

BARE_UNITS = frozenset({
    "1", "USD", "chip", "person", "token", "parameter", "word", "FLOP", "chip/node", "person/chip", "token/parameter",
    "token/word", "FLOP/parameter/token", "byte/token", "litre/kWh", "USD/chip", "USD/chip/hour",
    "USD/core/hour", "USD/tCO2e",
})  # fmt: skip
"""Canonical units that are the one customary unit of their quantities, in which a number without a unit is read."""

UNITS_IN_USE = {
    "hour": ("hour", "day", "month", "year"),
    "1/hour": ("OOM/year", "1/year", "percent/year"),
    "share/hour": ("percent/year", "percent/month"),
    "1/node/hour": ("1/node/day", "1/node/year"),
    "request/hour": ("request/day", "request/second"),
    "FLOP/chip/hour": ("TFLOP/second/chip", "FLOP/second/chip"),
    "token/chip/hour": ("token/chip/second", "token/chip/hour"),
    "token/hour": ("token/day", "token/second"),
    "hour/token": ("ms/token", "second/token"),
    "hour/request": ("second", "ms"),
    "byte/chip/hour": ("GB/second/chip", "byte/second/chip"),
    "USD/word": ("USD/word", "USD/kword"),
    "FLOP/token/token": ("FLOP/token/token",),
    "kWh/token": ("kWh/Mtoken", "kWh/token"),
    "tCO2e/token": ("gCO2e/Mtoken", "gCO2e/token"),
    "litre/token": ("litre/Mtoken", "litre/token"),
    "USD/hour": ("USD/month", "USD/year"),
    "USD/person/hour": ("USD/person/year", "USD/person/month", "USD/person/hour"),
    "USD/token": ("USD/Mtoken", "USD/token"),
    "USD/byte": ("USD/GB", "USD/TB"),
    "USD/byte/hour": ("USD/GB/month", "USD/TB/month"),
    "USD/kW": ("USD/kW", "USD/MW"),
    "USD/kW/hour": ("USD/kW/month", "USD/MW/year"),
    "USD/kWh": ("USD/kWh", "USD/MWh"),
    "byte": ("GB", "TB"),
    "byte/parameter": ("byte/parameter", "bit/parameter"),
    "byte/chip": ("GB/chip", "byte/chip"),
    "chip*hour": ("chip*hour", "chip*day"),
    "core*hour": ("core*hour", "core*day"),
    "person*hour": ("person*month", "person*hour"),
    "chip*hour/token": ("chip*hour/Ttoken", "chip*hour/token"),
    "core*hour/token": ("core*hour/Ttoken", "core*hour/token"),
    "kW": ("kW", "MW"),
    "kW/chip": ("W/chip", "kW/chip"),
    "kWh": ("kWh", "MWh"),
    "kWh/request": ("Wh/request", "kWh/request"),
    "litre": ("litre", "kilolitre"),
    "person/kW": ("person/MW", "person/kW"),
    "tCO2e": ("tCO2e", "kgCO2e"),
    "tCO2e/kWh": ("gCO2e/kWh", "kgCO2e/kWh"),
}
"""Units that people use for the quantities in each other canonical unit, the most usual first; a test converts each by pint."""

_WORDS = {
    "gpu": "chip", "gpus": "chip", "accelerator": "chip", "accelerators": "chip", "tpu": "chip", "tpus": "chip",
    "fte": "person", "employee": "person", "employees": "person", "people": "person", "persons": "person",
}  # fmt: skip
"""Other words for units, in any case of letters."""


def bare_unit(target: str) -> str:
    """Return the unit in which a number without a unit is read, where a quantity is in `target`; empty where there is none."""
    return target if in_currency(target, BASE) in BARE_UNITS else ""


def units_in_use(target: str) -> tuple[str, ...]:
    """Return units that people use for a quantity in a canonical unit."""
    return UNITS_IN_USE.get(in_currency(target, BASE), (target,))


def missing_unit(number: str, target: str) -> str:
    """Say that a number needs a unit, with the units that people use."""
    return f"{number} needs a unit: {_alternatives(f'{number} {unit}' for unit in units_in_use(target))}"


def spelled_out(unit: str) -> str:
    """Return a unit with the words of this tool: `USD/GPU-hour` is USD/chip/hour, `GPU-hours` are chip*hours."""
    numerator, slash, denominator = unit.partition("/")
    text = numerator.replace("-", "*") + slash + denominator.replace("-", "/")
    return re.sub(r"[A-Za-z]+", lambda word: _WORDS.get(word[0].lower(), word[0]), text)


def in_words(target: str) -> str:
    """Return the units that people use for a quantity, as words: `hour, day, month or year`."""
    return _alternatives(units_in_use(target))


def _alternatives(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last
