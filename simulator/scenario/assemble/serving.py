"""What a scenario gives the model of serving: facts of the model and of the chip in service, efficiencies and conventions."""

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import fields
from functools import cache

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
from simulator.scenario.entries import LIBRARY, Reader
from simulator.scenario.layers import Layer
from simulator.scenario.list_prices import LATEST, TITLE, peak_hours, price_in_force
from simulator.scenario.models import architecture
from simulator.scenario.schema import Entry
from simulator.scenario.served_models import served_model
from simulator.scenario.serving_chips import FP4_BITS, FP8_BITS, peak_flop, serving_chip
from simulator.scenario.serving_posterior import conventions
from simulator.scenario.validated_rows import named_entry

POSTERIOR = "posterior/serving"
SECONDS_PER_HOUR = 3600.0
OF_API = "api "
"""Beginning of the origin of a list price."""
_POWER = {"serving_tdp": "tdp", "serving_server_power_factor": "server_power_factor"}
"""Quantities of the fleet that are facts of its chip under other names."""


def fleet_formulas(context: Context, choices: Mapping[str, str]) -> tuple[Formula, ...]:
    """Return the formulas of the fleet; without a model of the library, those of the model trained are approximated."""
    approximations = () if context.last("served_model") else approximation_formulas(model.base_graph().units)
    return (*approximations, *model.fleet_formulas(choices))


def serving_chip_of(context: Context) -> str | None:
    """Return the chip of the fleet."""
    name: str | None = context.last("serving_chip") or context.last("chip")
    return name


def serving_facts(context: Context) -> dict[str, Specification]:
    """Return what the library gives of the software and the chip in service, below all files."""
    return {**_of_software(), **_chip_facts(context)}


@cache
def _of_software() -> Mapping[str, Specification]:
    return dict(_efficiencies()) | dict(_conventions())


def replace_facts(context: Context, layer: Layer, by_name: dict[str, Specification]) -> None:
    """Replace the facts of the model in service and of the interface by those that a layer names, all of them."""
    if layer.settings.served_model:
        by_name |= _model_facts(context, layer)
    if layer.settings.api_model:
        for name in [name for name, each in by_name.items() if each.origin.startswith(OF_API)]:
            del by_name[name]  # such as the tier for long prompts of a list that is not in force
            by_name |= _default(context, name)
        by_name |= _list_prices(context, layer)


def _default(context: Context, name: str) -> dict[str, Specification]:
    """Return the default row of a quantity, if it has one."""
    lowest = context.layers[0]
    if name not in lowest.entries:
        return {}
    place = lowest.node.key_places[name]
    return {name: Specification(lowest.entries[name], lowest.reader, place, False, str(place))}


def _specification(entry: Entry, origin: str, row_of: str = "", reader: Reader = LIBRARY) -> Specification:
    return Specification(entry, reader, Place(library.LIBRARY_LABEL), False, origin, (), row_of)


def _number(name: InstanceQuantity, value: float, about: str, origin: str) -> Specification:
    """Return a number as a specification in the canonical unit of its quantity; a value by the second is converted."""
    if name.is_time:
        value = value / SECONDS_PER_HOUR if name.unit.text == "hour" else value * SECONDS_PER_HOUR
    return _canonical(value, name.unit.text, about, origin)


def _canonical(value: float, unit: str, about: str, origin: str) -> Specification:
    text = repr(float(value)) if unit == "1" else f"{float(value)!r} {unit}"
    return _specification(Entry(value=text, about=about), origin)


def _efficiencies() -> Iterator[tuple[str, Specification]]:
    for each in quantities_of(Efficiency).values():
        yield each.name, _specification(named_entry(POSTERIOR), POSTERIOR)


def _conventions() -> Iterator[tuple[str, Specification]]:
    values = conventions()
    for field, each in quantities_of(Conventions).items():
        about = "A convention of the formulas of serving"
        yield each.name, _number(each, getattr(values, field), about, "conventions of serving")


def _chip_facts(context: Context) -> Mapping[str, Specification]:
    """Return the facts of the chip in service; none for a chip that the library does not have, which is reported elsewhere."""
    name = serving_chip_of(context)
    try:
        return _facts_of_chip(name or "")
    except InvalidValueError as error:
        if context.last("serving_chip"):
            context.issues.add_error(context.place("serving_chip"), "serving_chip", error)
        return {}


@cache
def _facts_of_chip(name: str) -> Mapping[str, Specification]:
    chip = serving_chip(name)
    origin, about = f"{OF_CHIP}{name}", f"{chip.name}"
    names = quantities_of(ServingChips)
    facts = {
        names[field.name].name: _number(names[field.name], getattr(chip, field.name), about, origin)
        for field in fields(ServingChips)
        if field.name != "peak_flop" and getattr(chip, field.name) is not None
    }
    unit = model.base_graph().units["serving_peak_flop_8bit"].text
    for quantity, bits in (("serving_peak_flop_8bit", FP8_BITS), ("serving_peak_flop_4bit", FP4_BITS)):
        facts[quantity] = _canonical(peak_flop(chip, bits) * SECONDS_PER_HOUR, unit, about, origin)
    row = library.chips()[chip.name].plain()
    for quantity, key in _POWER.items():
        if key in row:
            facts[quantity] = _specification(Entry.model_validate(row[key]), origin, key)
    return facts


def _model_facts(context: Context, layer: Layer) -> Mapping[str, Specification]:
    """Return the facts of the model of the library that a layer puts in service."""
    try:
        return _facts_of_model(layer.settings.served_model or "")
    except InvalidValueError as error:
        _report(context, layer, "served_model", error)
        return {}


@cache
def _facts_of_model(name: str) -> Mapping[str, Specification]:
    each = architecture(name)
    served, names = served_model(each), quantities_of(ServedModel)
    return {
        names[field.name].name: _number(names[field.name], getattr(served, field.name), each.name, f"model {each.name}")
        for field in fields(ServedModel)
    }


def _list_prices(context: Context, layer: Layer) -> dict[str, Specification]:
    """Return the list prices of the interface that a layer names, with its tier for long prompts and its dearer hours."""
    try:
        each = price_in_force(layer.settings.api_model or "")
    except InvalidValueError as error:
        _report(context, layer, "api_model", error)
        return {}
    values = {name: f"{price!r} USD/Mtoken" for name, price in each.prices.items()}
    if each.long_context_from is not None:
        values |= {"long_context_from": f"{each.long_context_from!r} token", "long_input_factor": repr(each.long_input_factor)}
    if (hours := peak_hours(each)) is not None:
        values |= {"peak_hours_share": repr(hours.share), "peak_hours_factor": repr(hours.factor)}
    since = f" from {each.since}" if each.since else ""
    about = f"{each.provider}, list price of {each.model}{since}"
    source = {"title": TITLE, "place": each.model, "date": str(LATEST)}
    return {
        name: _specification(
            Entry.model_validate({"value": value, "about": about, "sources": source, "grade": "B"}),
            f"{OF_API}{each.model}",
            reader=context.reader,
        )
        for name, value in values.items()
    }


def _report(context: Context, layer: Layer, key: str, error: InvalidValueError) -> None:
    context.issues.add(layer.node.at((key,)), key, error.message, lambda: error.remedies)


def follow_fleet(context: Context, by_name: MutableMapping[str, Specification]) -> None:
    """Leave out what the library says of a chip that trains, where the chips of the scenario are those of a fleet."""
    if context.last("chip_hours_from") != "serving":
        return
    for name in model.CHOICES["chip_hours_from"]["serving"]:
        if name in by_name and by_name[name].is_of_chip:
            del by_name[name]
