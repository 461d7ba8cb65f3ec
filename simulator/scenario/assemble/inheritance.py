"""What a scenario keeps of the groups and lists of the scenarios that it extends: an override replaces, and a note says what.

A group or list that a layer defines replaces the one below it, in which `inherited` stands for what is kept. A layer that names
only items that there are already changes these items, and keeps the others.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from simulator.core.errors import Place
from simulator.core.results import Note
from simulator.core.suggestions import Remedies, similar_name_remedies
from simulator.model.schedule import PHASES
from simulator.scenario.layers import EXTENDED, Layer
from simulator.scenario.schema import INHERITED, Dependence
from simulator.scenario.text import Node

INHERITANCE_NOTES = (
    "set-by-option",
    "replaced",
    "follows",
    "does-not-follow",
    "not-correlated",
    "architecture",
    "of-another-chip",
)
"""Codes of notes on what a scenario sets, replaces, leaves out or determines of what it extends."""
ALL = "all"
"""Value of `inherited` in a group that keeps all items of the layers below."""


class Complaint(NamedTuple):
    """An invalid name in `inherited` of a group or list, as an issue of the scenario has it."""

    place: Place
    key: str
    message: str
    remedies: Remedies = tuple


@dataclass(frozen=True, slots=True)
class Inheritance:
    """Items in force of a group or list, each with the numbers of the layers that say something of it.

    Attributes
    ----------
    items : dict of str to tuple of int
        In the order in which they were first named.
    removed : set of (int, str)
        Names under `without` that are items, with the number of their layer.
    dropped : set of str
        Items of the layers below that a layer of the user replaces or leaves out.
    replaced : tuple of Note
        What layers replace or leave out, for the reader.
    complaints : tuple of Complaint

    """

    items: Mapping[str, tuple[int, ...]]
    removed: frozenset[tuple[int, str]] = frozenset()
    dropped: frozenset[str] = frozenset()
    replaced: tuple[Note, ...] = ()
    complaints: tuple[Complaint, ...] = ()


@dataclass(slots=True)
class _Reading:
    """The items in force up to a layer, and what was found on the way."""

    setting: str
    items: dict[str, list[int]] = field(default_factory=dict)
    removed: set[tuple[int, str]] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)
    replaced: list[Note] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)


def inherit_group(layers: Sequence[Layer], setting: str) -> Inheritance:
    """Return the items of a group, or of the adjustments, that are in force."""
    reading = _Reading(setting)
    for number, layer in enumerate(layers):
        for name in layer.settings.without:
            if name in reading.items:
                del reading.items[name]
                reading.removed.add((number, name))
                reading.dropped.add(name)
        if not layer.has(setting):
            continue
        group = _own_items(reading, layer, layers)
        if not group and getattr(layer.settings, setting):
            continue
        keeps = _kept(reading, layer, group)
        dropped = [name for name in reading.items if name not in keeps and name not in group]
        if dropped and not layer.is_preset:
            reading.dropped.update(dropped)
            reading.replaced.append(_group_note(setting, dropped, [name for name in group if name not in reading.items]))
        reading.items = {name: numbers for name, numbers in reading.items.items() if name not in dropped}
        for name in group:
            reading.items.setdefault(name, []).append(number)
    return Inheritance(
        {name: tuple(numbers) for name, numbers in reading.items.items()},
        frozenset(reading.removed),
        frozenset(reading.dropped - reading.items.keys()),
        tuple(reading.replaced),
        tuple(reading.complaints),
    )


def _own_items(reading: _Reading, layer: Layer, layers: Sequence[Layer]) -> Mapping[str, object]:
    """Return the items that a layer defines or changes; an option on a quantity of an item (`item.quantity`) changes only."""
    setting = reading.setting
    group: Mapping[str, object] = getattr(layer.settings, setting) or {}
    place = layer.node.at((setting,))
    if not place.file.startswith("--set ") or place.file == f"--set {setting}":
        return group
    for name in group:
        if name in PHASES and name not in reading.items:
            reading.complaints.append(Complaint(place, name, _missing_phase(layers, layer.node.child(setting, name), name)))
        elif name not in reading.items:
            remedies = partial(similar_name_remedies, name, tuple(reading.items))
            known = f"which has {', '.join(reading.items)}" if reading.items else "which has no items"
            message = f"there is no {name!r} in `{setting}` here, {known}; a file defines items, an option changes them"
            reading.complaints.append(Complaint(place, name, message, remedies))
    return {name: item for name, item in group.items() if name in reading.items}


def _missing_phase(layers: Sequence[Layer], node: Node, name: str) -> str:
    """Return why an option on a phase has no effect, and the schedule that would have it."""
    phases = dict.fromkeys(phase for layer in layers for phase in layer.settings.schedule or {})
    known = f"the `schedule` here has the phases {', '.join(phases)}" if phases else "there is no `schedule` here"
    values = ", ".join(f"{key}: {value.text}" for key, value in (node.keys or {}).items() if value.text)
    result = "adds it" if phases else "is one, from which all times follow"
    return f"is a phase, but {known}; `schedule={{{name}: {{{values}}}}}` {result}"


def _kept(reading: _Reading, layer: Layer, group: Mapping[str, object]) -> tuple[str, ...]:
    """Return the items below that a layer keeps."""
    setting, kept, below = reading.setting, layer.kept_items(reading.setting), tuple(reading.items)
    if kept is None:
        is_change = bool(group) and all(name in reading.items for name in group)
        return below if is_change else ()
    if kept == (ALL,):
        if not below and not layer.is_preset:
            message = f"there is nothing to inherit: {EXTENDED} has no `{setting}`"
            reading.complaints.append(Complaint(layer.node.at((setting, INHERITED)), setting, message))
        return below
    for name in kept:
        if name not in reading.items:
            message = f"{EXTENDED} has no {name!r} to keep; write the names of its items, or `{INHERITED}: {ALL}`"
            remedies = partial(similar_name_remedies, name, below)
            reading.complaints.append(Complaint(layer.node.at((setting, INHERITED)), setting, message, remedies))
    return kept


def _group_note(setting: str, dropped: Sequence[str], new: Sequence[str]) -> Note:
    names = ", ".join(dropped)
    if not new:
        return Note("replaced", setting, f"{setting}: {names} of {EXTENDED} {_is(dropped)} left out")
    text = f"{setting}: {', '.join(new)} {'replace' if new[1:] else 'replaces'} {names} of {EXTENDED}"
    return Note("replaced", setting, f"{text}; `{INHERITED}: {ALL}` in `{setting}` would keep {_them(dropped)}")


def _is(names: Sequence[str]) -> str:
    return "are" if names[1:] else "is"


def _them(names: Sequence[str]) -> str:
    return "them" if names[1:] else "it"


class ListedItem(NamedTuple):
    """An item of a list in force: its name, its layer, and its number in the list of that layer."""

    name: str
    layer: Layer
    number: int


@dataclass(frozen=True, slots=True)
class ListInForce:
    """The items of a list in force, what layers replaced, and names that there is nothing to inherit for."""

    items: tuple[ListedItem, ...]
    replaced: tuple[Note, ...]
    complaints: tuple[Complaint, ...] = ()


def inherit_list(layers: Sequence[Layer], setting: str) -> ListInForce:
    """Return the items of a list of names that are in force, such as the lines, levers or outcomes."""
    items: tuple[ListedItem, ...] = ()
    replaced: list[Note] = []
    complaints: list[Complaint] = []
    for layer in layers:
        if not layer.has(setting) or getattr(layer.settings, setting) is None:
            continue
        below, names = items, tuple(getattr(layer.settings, setting))
        if INHERITED in names and not below and setting == "lines":
            message = f"there is nothing to inherit: {EXTENDED} has no `lines`; name the lines"
            complaints.append(Complaint(layer.node.at((setting,)), setting, message))
        items = tuple(_expand(names, below, layer))
        dropped = list(dict.fromkeys(each.name for each in below if each.name not in {item.name for item in items}))
        if dropped and not layer.is_preset:
            replaced.append(_list_note(setting, dropped, items))
    return ListInForce(items, tuple(replaced), tuple(complaints))


def _expand(names: Sequence[str], below: tuple[ListedItem, ...], layer: Layer) -> Iterator[ListedItem]:
    for number, name in enumerate(names):
        if name == INHERITED:
            yield from below
        else:
            yield ListedItem(name, layer, number)


def _list_note(setting: str, dropped: Sequence[str], items: Sequence[ListedItem]) -> Note:
    names, here = ", ".join(dropped), ", ".join(dict.fromkeys(item.name for item in items))
    if not items:
        return Note("replaced", setting, f"{setting}: {names} of {EXTENDED} {_is(dropped)} left out")
    text = f"{setting}: {here} in place of {names} of {EXTENDED}"
    return Note("replaced", setting, f"{text}; `{INHERITED}` in the list would keep {_them(dropped)}")


class ReplacedPairs(NamedTuple):
    """Pairs of quantities whose rank correlation a layer replaces, and whether it states none of its own."""

    pairs: tuple[tuple[str, str], ...]
    is_empty: bool


@dataclass(frozen=True, slots=True)
class PairsInForce:
    """The layers whose rank correlations are in force, and what layers of the user replace."""

    layers: tuple[Layer, ...]
    replaced: tuple[ReplacedPairs, ...]


def inherit_pairs(layers: Sequence[Layer]) -> PairsInForce:
    """Return the layers whose rank correlations are in force."""
    kept: tuple[Layer, ...] = ()
    replaced: list[ReplacedPairs] = []
    for layer in layers:
        if not layer.has("dependence"):
            continue
        rows: tuple[object, ...] = layer.settings.dependence
        if INHERITED in rows:
            kept = (*kept, layer)
            continue
        own = {_sorted(row) for _, row in pairs_of(layer)}
        dropped = dict.fromkeys(_sorted(row) for each in kept for _, row in pairs_of(each))
        pairs = tuple(pair for pair in dropped if pair not in own)
        if pairs and not layer.is_preset:
            replaced.append(ReplacedPairs(pairs, is_empty=not own))
        kept = (layer,)
    return PairsInForce(kept, tuple(replaced))


def pairs_of(layer: Layer) -> list[tuple[int, Dependence]]:
    """Return the rank correlations that a layer states, each with its number in the list."""
    rows: tuple[object, ...] = layer.settings.dependence
    return [(number, row) for number, row in enumerate(rows) if isinstance(row, Dependence)]


def _sorted(row: Dependence) -> tuple[str, str]:
    first, second = sorted(row.between)
    return first, second


def pairs_note(replaced: ReplacedPairs, used: Sequence[tuple[str, str]]) -> Note:
    """Return the note on replaced pairs, which names those that a scenario would use."""
    here = f", here {'; '.join(' and '.join(pair) for pair in used)}" if used else ", none of which would act here"
    count = f"{len(replaced.pairs)} correlation{'s' if len(replaced.pairs) > 1 else ''}"
    if replaced.is_empty:
        return Note("replaced", "dependence", f"dependence: {count} of {EXTENDED} left out{here}")
    text = f"dependence: what is given replaces {count} of {EXTENDED}{here}"
    return Note("replaced", "dependence", f"{text}; `{INHERITED}` in the list would keep them")
