"""The inputs of groups (roles, deals, labels, tools, risks) and of the phases of the schedule."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from simulator import model
from simulator.core.results import Note
from simulator.core.suggestions import similar_name_remedies
from simulator.core.units import Unit
from simulator.distributions import Uniform, team_mean
from simulator.engine.graph import Graph
from simulator.engine.inputs import Input, Source
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.events import KIND, risk_entries
from simulator.scenario.assemble.inputs import Inputs, Location
from simulator.scenario.assemble.settings import SettingSelection
from simulator.scenario.entries import describe
from simulator.scenario.layers import EXTENDED, Layer
from simulator.scenario.schema import Entry


def read_groups(context: Context, selection: SettingSelection, graph: Graph) -> Inputs:
    """Return the inputs of all items of groups and of all phases."""
    inputs = Inputs()
    for setting, items in selection.groups.items():
        for item in items:
            inputs |= _item(context, graph, setting, item)
    return inputs | _phases(context)


def _item(context: Context, graph: Graph, setting: str, item: str) -> Inputs:
    """Return the inputs of one item; later layers take precedence."""
    units = model.group_item_quantities(setting)
    entries = risk_entries(context, item) if setting == KIND else _entries(context, setting, item)
    if entries is None:  # which is reported
        return Inputs(invalid=frozenset(f"{item}.{key}" for key in units))
    by_key: dict[str, Input] = {}
    locations: dict[str, Location] = {}
    invalid: set[str] = set()
    for key, (entry, layer) in entries.items():
        name, place = f"{item}.{key}", layer.node.at((setting, item, key))
        if key not in units:
            context.issues.add(place, f"{setting}.{item}", f"there is no {key!r}", partial(similar_name_remedies, key, units))
            continue
        try:
            by_key[key] = layer.reader.input(name, entry, graph.units[name], str(place))
            locations[name] = Location(place, layer.own)
        except ValueError as error:
            context.issues.add_error(place, f"{setting}.{item}.{key}", error)
            invalid.add(name)
    if setting == "staff":
        of_people = by_key
        by_key = _team(context, item, of_people, locations)
        invalid |= {f"{item}.{key}" for key in of_people.keys() - by_key.keys()}
    if model.EVENT_DRAW in units and model.EVENT_DRAW not in by_key:
        by_key[model.EVENT_DRAW] = _uniform(f"{item}.{model.EVENT_DRAW}", units[model.EVENT_DRAW])
    return Inputs({value.name: value for value in by_key.values()}, locations, frozenset(invalid))


def _entries(context: Context, setting: str, item: str) -> dict[str, tuple[Entry, Layer]]:
    """Return the entries of an item by quantity, each with its layer."""
    entries: dict[str, tuple[Entry, Layer]] = {}
    naming = context.layers_of(setting, item)
    for layer in context.layers:
        for key in [key for key in entries if f"{item}.{key}" in layer.settings.without]:
            del entries[key]
        if layer in naming:
            of_item = getattr(layer.settings, setting)[item]
            for total, parts in model.GROUPS[setting].totals.items():
                _drop_replaced(context, layer, (item, total, parts), entries, of_item)
            entries |= {key: (entry, layer) for key, entry in of_item.items()}
    return entries


def _drop_replaced(
    context: Context,
    layer: Layer,
    names: tuple[str, str, tuple[str, ...]],
    below: dict[str, tuple[Entry, Layer]],
    of_layer: Mapping[str, Entry],
) -> None:
    """Drop a total of the layers below that a layer replaces by its parts, or the parts that it replaces by their total."""
    item, total, parts = names
    parts_of_layer = [part for part in parts if part in of_layer]
    if total in of_layer and not parts_of_layer:
        # What a preset says of one person stays, for a layer above that gives people again.
        replaced = [part for part in parts if part in below and (part == parts[0] or not below[part][1].is_preset)]
        by = total
    elif parts_of_layer and total not in of_layer and total in below:
        replaced, by = [total], " and ".join(parts_of_layer)
    else:
        return
    if replaced and not layer.is_preset:
        what = " and ".join(f"{key} ({describe(below[key][0])})" for key in replaced)
        text = f"{item}: {by} in place of {what} of {EXTENDED}"
        context.issues.notes.append(Note("replaced", f"{item}.{replaced[0]}", text))
    for key in replaced:
        del below[key]


def _uniform(name: str, unit: Unit) -> Input:
    """Return the uniform draw that decides whether an event occurs."""
    sources = (Source("uniform by construction"),)
    return Input(name, Uniform(0.0, 1.0), unit, "0 to 1, uniform", "Whether it occurs", sources, stream=name)


def _team(context: Context, role: str, by_key: dict[str, Input], locations: dict[str, Location]) -> dict[str, Input]:
    """Return the inputs of a role, with the distribution of the mean over its people for quantities per person."""
    people = by_key.get("people")
    if people is None:
        return by_key
    issues = context.issues
    if not people.distribution.is_constant:
        place = locations[f"{role}.people"].place
        issues.add(place, f"staff.{role}.people", "must be one number; put the uncertainty into fte")
        return {}
    count, rho = people.distribution.middle, context.last("team_correlation")
    if count <= 1:
        return by_key
    text = f"the people of a team are assumed to be correlated in what is uncertain: correlation {rho:g} (assumption)"
    note = Note("team-correlation", "team_correlation", text)
    if 0 < rho < 1 and note not in issues.notes:
        issues.notes.append(note)
    means = dict(by_key)
    for key in (key for key in model.PER_PERSON if key in by_key):
        try:
            means[key] = replace(by_key[key], distribution=team_mean(by_key[key].distribution, count, rho))
        except ValueError as error:
            message = f"has no distribution of the mean of {count:g} people: {error}"
            issues.add(locations[f"{role}.{key}"].place, f"staff.{role}.{key}", message)
    return means


def _phases(context: Context) -> Inputs:
    """Return durations and lags of the phases."""
    by_name: dict[str, Input] = {}
    locations: dict[str, Location] = {}
    invalid: set[str] = set()
    for layer in context.layers:
        for phase, row in (layer.settings.schedule or {}).items():
            for key in ("duration", "lag"):
                entry, name, place = getattr(row, key), f"{phase}.{key}", layer.node.at(("schedule", phase, key))
                if entry is None:
                    continue
                try:
                    by_name[name] = layer.reader.input(name, entry, model.HOUR, str(place))
                    locations[name] = Location(place, layer.own)
                except ValueError as error:
                    context.issues.add_error(place, f"schedule.{name}", error)
                    invalid.add(name)
    return Inputs(by_name, locations, frozenset(invalid))
