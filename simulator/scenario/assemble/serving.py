"""What a scenario gives the model of serving: facts of the model and of the chip in service, efficiencies and conventions."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import partial

from simulator import model
from simulator.core.errors import Place
from simulator.core.suggestions import InvalidValueError
from simulator.engine.graph import Formula
from simulator.model.serving.quantities import InstanceQuantity, quantities_of
from simulator.model.serving.settings import Conventions, Efficiency, ServedModel, ServingChips
from simulator.scenario import library
from simulator.scenario.approximate_formulas import approximation_formulas
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.specification import OF_CHIP, Specification
from simulator.scenario.models import architecture
from simulator.scenario.schema import Entry
from simulator.scenario.serving_chips import FP4_BITS, FP8_BITS, peak_flop, serving_chip
from simulator.scenario.serving_posterior import conventions
from simulator.scenario.served_models import served_model

POSTERIOR = "posterior/serving"
SECONDS_PER_HOUR = 3600.0
_POWER = {"serving_tdp": "tdp", "serving_server_power_factor": "server_power_factor"}
"""Quantities of the fleet that are facts of its chip under other names."""


def fleet_formulas(context: Context, choices: Mapping[str, str]) -> tuple[Formula, ...]:
    """Return the formulas of the fleet; without a model of the library, those of the model trained are approximated."""
    approximations = () if context.last("served_model") else approximation_formulas(model.base_graph().units)
    return (*approximations, *model.fleet_formulas(choices))


def serving_chip_of(context: Context) -> str | None:
    """Return the chip of the fleet."""
    return context.last("serving_chip") or context.last("chip")


def serving_facts(context: Context) -> dict[str, Specification]:
    """Return the specifications that the library gives of the model, the chip and the software in service."""
    facts = dict(_efficiencies(context)) | dict(_conventions(context))
    return facts | _chip_facts(context) | _model_facts(context)


def _specification(context: Context, entry: Entry, origin: str, row_of: str = "") -> Specification:
    return Specification(entry, context.reader, Place(library.LIBRARY_LABEL), False, origin, (), row_of)


def _number(context: Context, name: InstanceQuantity, value: float, about: str, origin: str) -> Specification:
    """Return a number as a specification in the canonical unit of its quantity; a value by the second is converted."""
    if name.is_time:
        value = value / SECONDS_PER_HOUR if name.unit.text == "hour" else value * SECONDS_PER_HOUR
    return _canonical(context, value, name.unit.text, about, origin)


def _canonical(context: Context, value: float, unit: str, about: str, origin: str) -> Specification:
    text = repr(float(value)) if unit == "1" else f"{float(value)!r} {unit}"
    return _specification(context, Entry(value=text, about=about), origin)


def _efficiencies(context: Context) -> Iterator[tuple[str, Specification]]:
    for each in quantities_of(Efficiency).values():
        yield each.name, _specification(context, Entry.model_validate(POSTERIOR), POSTERIOR)


def _conventions(context: Context) -> Iterator[tuple[str, Specification]]:
    values = conventions()
    for field, each in quantities_of(Conventions).items():
        about = "A convention of the formulas of serving"
        yield each.name, _number(context, each, getattr(values, field), about, "conventions of serving")


def _chip_facts(context: Context) -> dict[str, Specification]:
    """Return the facts of the chip in service; none for a chip that the library does not have, which is reported elsewhere."""
    name = serving_chip_of(context)
    try:
        chip = serving_chip(name or "")
    except InvalidValueError as error:
        if context.last("serving_chip"):
            context.issues.add_error(context.place("serving_chip"), "serving_chip", error)
        return {}
    origin, about = f"{OF_CHIP}{name}", f"{chip.name}"
    names = quantities_of(ServingChips)
    facts = {
        names[field.name].name: _number(context, names[field.name], getattr(chip, field.name), about, origin)
        for field in fields(ServingChips)
        if field.name != "peak_flop" and getattr(chip, field.name) is not None
    }
    unit = model.base_graph().units["serving_peak_flop_8bit"].text
    for quantity, bits in (("serving_peak_flop_8bit", FP8_BITS), ("serving_peak_flop_4bit", FP4_BITS)):
        facts[quantity] = _canonical(context, peak_flop(chip, bits) * SECONDS_PER_HOUR, unit, about, origin)
    row = library.chips()[chip.name].plain()
    for quantity, key in _POWER.items():
        if key in row:
            facts[quantity] = _specification(context, Entry.model_validate(row[key]), origin, key)
    return facts


def _model_facts(context: Context) -> dict[str, Specification]:
    """Return the facts of the model in service, if it is one of the library."""
    name = context.last("served_model")
    if not name:
        return {}
    try:
        each = architecture(name)
    except InvalidValueError as error:
        context.issues.add(
            context.place("served_model"), "served_model", error.message, lambda: error.remedies,
        )
        return {}
    served, names = served_model(each), quantities_of(ServedModel)
    make = partial(_number, context)
    return {
        names[field.name].name: make(names[field.name], getattr(served, field.name), each.name, f"model {each.name}")
        for field in fields(ServedModel)
    }
