"""What a scenario gives the model of serving: facts of the model and of the chip in service, efficiencies and conventions."""

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import fields
from functools import cache

from simulator import model
from simulator.core.errors import Place
from simulator.core.results import Note
from simulator.core.suggestions import InvalidValueError
from simulator.engine.graph import Formula
from simulator.model.serving.quantities import InstanceQuantity, quantities_of
from simulator.model.serving.settings import Conventions, Efficiency, ServedModel, ServingChips
from simulator.scenario import library
from simulator.scenario.approximate_formulas import approximation_formulas
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.specification import OF_CHIP, Specification
from simulator.scenario.entries import LIBRARY, Reader, describe
from simulator.scenario.layers import Layer
from simulator.scenario.list_prices import LATEST, TITLE, peak_hours, price_in_force
from simulator.scenario.models import architecture, find_model
from simulator.scenario.origins import origin_of
from simulator.scenario.schema import Entry
from simulator.scenario.served_models import served_model
from simulator.scenario.serving_chips import FP4_BITS, FP8_BITS, peak_flop, serving_chip
from simulator.scenario.serving_posterior import conventions
from simulator.scenario.validated_rows import named_entry

POSTERIOR = "posterior/serving"
SECONDS_PER_HOUR = 3600.0
WEIGHT_BYTES = "served_weight_bytes"
OF_MODEL = "model "
"""Beginning of the origin of a fact of a model in service."""
OF_API = "api "
"""Beginning of the origin of a list price."""
SERVED_SIZES = ("served_total_parameters", "served_active_parameters")
"""Parameters of a model in service by which it is approximated."""
_SIZES = {"total_parameters", "active_parameters", *SERVED_SIZES}
"""Quantities one of which a scenario with a model of its own states."""
_POWER = {"serving_tdp": "tdp", "serving_server_power_factor": "server_power_factor"}
"""Quantities of the fleet that are facts of its chip under other names."""


def fleet_formulas(context: Context, choices: Mapping[str, str]) -> tuple[Formula, ...]:
    """Return the formulas of the fleet; without a model of the library, those of the model trained are approximated."""
    approximations = () if served_model_of(context) else approximation_formulas(model.base_graph().units)
    energy = (model.interface_energy_formula(),) if _is_of_unknown_model(context, choices) else ()
    return (*approximations, *model.fleet_formulas(choices), *energy)


def _is_of_unknown_model(context: Context, choices: Mapping[str, str]) -> bool:
    """Whether requests go to an interface by list price, and the scenario says nothing of the model behind it."""
    if choices.get("serving") != "priced" or context.last("served_model"):
        return False
    return not any(_SIZES & layer.entries.keys() for layer in context.layers)


def served_model_of(context: Context) -> str | None:
    """Return the model of the library that is in service; None where a model is approximated by its parameters.

    That is so without `served_model`, and where its name is not in the library and its parameters are given beside it.
    """
    name: str | None = context.last("served_model")
    layer = context.layer_of("served_model")
    if name is None or layer is None or find_model(name):
        return name
    above = context.layers[context.layers.index(layer) :]
    keys = {key for each in above for key in each.entries}
    return None if keys.issuperset(SERVED_SIZES) else name


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
        if served_model_of(context) is None:
            for name in [name for name, each in by_name.items() if each.origin.startswith(OF_MODEL)]:
                del by_name[name]
                by_name |= _default(context, name)
        by_name |= _without_chosen_precision(context, layer, by_name, _model_facts(context, layer))
    if layer.settings.api_model:
        for name in [name for name, each in by_name.items() if each.origin.startswith(OF_API)]:
            del by_name[name]  # such as the tier for long prompts of a list that is not in force
            by_name |= _default(context, name)
        by_name |= _list_prices(context, layer)


def _without_chosen_precision(
    context: Context, layer: Layer, by_name: Mapping[str, Specification], facts: Mapping[str, Specification]
) -> dict[str, Specification]:
    """Return the facts of a model, without the precision of its weights where a lower layer chooses one."""
    chosen = by_name.get(WEIGHT_BYTES)
    lowest = context.layers[0].node.key_places.get(WEIGHT_BYTES)
    if chosen is None or chosen.place == lowest or chosen.origin.startswith(OF_MODEL) or WEIGHT_BYTES not in facts:
        return dict(facts)
    if WEIGHT_BYTES not in layer.entries:
        published = float(str(facts[WEIGHT_BYTES].entry.value).partition(" ")[0])
        text = (
            f"{layer.settings.served_model} is served with {WEIGHT_BYTES} {describe(chosen.entry)}, as chosen in "
            f"{origin_of(chosen.origin).text}; it is published at {published:.3g} byte/parameter"
        )
        context.issues.notes_of_quantities.append(Note("precision-kept", WEIGHT_BYTES, text))
    return {name: each for name, each in facts.items() if name != WEIGHT_BYTES}


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
    name = layer.settings.served_model or ""
    try:
        return _facts_of_model(name)
    except InvalidValueError as error:
        if served_model_of(context) is None and context.last("served_model") == name:
            return {}  # approximated by the parameters that are given
        sizes, remedies = " and ".join(SERVED_SIZES), error.remedies
        message = f"{error.message}; a model of another name is approximated by {sizes}: give both"
        context.issues.add(layer.node.at(("served_model",)), "served_model", message, lambda: remedies)
        return {}


@cache
def _facts_of_model(name: str) -> Mapping[str, Specification]:
    """Return the facts of a model of the library; raise `InvalidValueError` if there is none of this name."""
    each = architecture(name)
    served, names = served_model(each), quantities_of(ServedModel)
    return {
        names[field.name].name: _number(names[field.name], getattr(served, field.name), each.name, f"{OF_MODEL}{each.name}")
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
