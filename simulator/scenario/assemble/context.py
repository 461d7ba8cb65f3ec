"""The context of all stages: layers and options of one reading, and the collector of its issues and notes."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.formatting import one_line
from simulator.core.results import Note
from simulator.core.suggestions import InvalidValueError, Remedies
from simulator.model import GROUPS, LINES
from simulator.model.lines import Line, declared_lines
from simulator.scenario.assemble.inheritance import (
    Inheritance,
    ListedItem,
    ListInForce,
    PairsInForce,
    ReplacedPairs,
    inherit_group,
    inherit_list,
    inherit_pairs,
)
from simulator.scenario.entries import Reader
from simulator.scenario.layers import Layer
from simulator.scenario.money_terms import MoneyContext
from simulator.scenario.remedies import NoteWithRemedies
from simulator.scenario.schema import Settings
from simulator.scenario.text import Node

MOST_ISSUES = 1000


@dataclass
class Issues:
    """Collects issues, which are reported together, and notes for the reader."""

    issues: list[Issue] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    notes_with_remedies: list[NoteWithRemedies] = field(default_factory=list)
    """Notes whose remedies are not tried yet."""
    notes_of_quantities: list[Note] = field(default_factory=list)
    """Notes that are of interest if their quantity takes part in the calculation."""

    def add(self, place: Place, key: str, message: str, remedies: Remedies = tuple, fallback: str = "", **more: Any) -> None:
        """Add an issue; raise `InvalidInputError` if there are very many."""
        self.issues.append(Issue(place, key, message, remedies, fallback, **more))
        if len(self.issues) >= MOST_ISSUES:
            self.raise_if_any()

    def add_error(self, place: Place, key: str, error: ValueError) -> None:
        """Add the error of an invalid value as an issue, with its remedies."""
        if isinstance(error, InvalidValueError):
            self.add(place, key, error.message, lambda: error.remedies)
        else:
            self.add(place, key, str(error))

    def raise_if_any(self) -> None:
        """Raise `InvalidInputError` with the issues collected so far, if there are any."""
        if self.issues:
            raise InvalidInputError(self.issues)


@dataclass(frozen=True)
class Context:
    """One reading of a scenario: its reference, layers (bases first), options, and the collector of issues."""

    reference: str
    layers: tuple[Layer, ...]
    formulas: tuple[Callable[..., Any], ...]
    allow_unused: bool
    issues: Issues
    reader: Reader = field(default_factory=Reader)
    """Reads entries of the library: facts of a chip, levers, shocks."""
    active_names: dict[Hashable, frozenset[str]] = field(default_factory=dict, repr=False)
    """Names that are used under other choices, which variants of a scenario that differ in levers or shocks share."""
    of_other_chips: frozenset[str] = frozenset()
    """Facts that layers give of other chips than the one in force, which are left out."""
    money: MoneyContext | None = None
    """On which terms amounts are converted; None where all of them are in the money of the prices."""

    def last(self, key: str) -> Any:
        """Return a setting from the last layer that has it, or its default."""
        for layer in reversed(self.layers):
            if key in layer.settings.model_fields_set:
                return getattr(layer.settings, key)
        return Settings.model_fields[key].default

    @cached_property
    def line_names(self) -> tuple[str, ...]:
        """The names among `lines`, with `inherited` replaced by the lines of the layers below.

        The line of a group goes with its items, where a preset names the line and a layer leaves the items out.
        """
        emptied = {
            group.line
            for setting, group in GROUPS.items()
            if not self.items(setting) and any(layer.has(setting) for layer in self.layers)
        }
        emptied -= {line for line in emptied if any(line in layer.entries for layer in self.layers)}
        return tuple(item.name for item in self.listed("lines") if item.name not in emptied or not item.layer.is_preset)

    @cached_property
    def outcome_names(self) -> tuple[str, ...]:
        """The names among `outcomes`, with `inherited` replaced by those of the layers below."""
        return tuple(item.name for item in self.listed("outcomes"))

    def listed(self, setting: str) -> tuple[ListedItem, ...]:
        """Return the items of a list of names that are in force: `lines`, `outcomes`, `levers` or `shocks`."""
        return self._lists[setting].items

    def items(self, setting: str) -> tuple[str, ...]:
        """Return the items of a group that are in force, or of the adjustments."""
        return tuple(self._groups[setting].items)

    def layers_of(self, setting: str, item: str) -> tuple[Layer, ...]:
        """Return the layers that say something of an item in force, bases first."""
        return tuple(self.layers[number] for number in self._groups[setting].items.get(item, ()))

    def is_left_out(self, name: str) -> bool:
        """Whether a quantity is that of an item which a layer of the user leaves out or replaces."""
        item, dot, _ = name.partition(".")
        return bool(dot) and any(item in group.dropped for group in self._groups.values())

    def is_of_items(self, layer: Layer, name: str) -> bool:
        """Whether a name under `without` of a layer is an item of a group below, or a quantity that the layers give to one."""
        number = next(number for number, each in enumerate(self.layers) if each is layer)
        if any((number, name) in group.removed for group in self._groups.values()):
            return True
        item, dot, key = name.partition(".")
        return bool(dot) and any(
            key in (each.node.child(setting, item).keys or {})
            for setting in GROUPS
            for each in self.layers_of(setting, item)
            if each is not layer
        )

    @property
    def is_found_by_reference(self) -> bool:
        """Whether a command finds the scenario by its reference: a file or a name, not standard input or a mapping."""
        own = next(layer for layer in reversed(self.layers) if layer.identity)
        return own.is_preset or not own.node.place.file.startswith("<")

    @property
    def correlated(self) -> tuple[Layer, ...]:
        """The layers whose rank correlations are in force."""
        return self._correlated.layers

    @property
    def replaced_pairs(self) -> tuple[ReplacedPairs, ...]:
        """The pairs whose rank correlations layers replace or leave out."""
        return self._correlated.replaced

    def note_options(self) -> None:
        """Note what options set on top of the files, so that every output says so."""
        values = {
            name: value
            for layer in self.layers
            for key, node in (layer.node.keys or {}).items()
            if layer.own
            for name, value in _values_of_option(key, node, layer.node.key_places[key])
        }
        if values:
            text = ", ".join(f"{name} = {value}" for name, value in values.items())
            self.issues.notes.append(Note("set-by-option", ", ".join(values), f"set on top of the files (--set): {text}"))

    def report_inheritance(self) -> None:
        """Note what layers replace or leave out of the layers below, and report names that there is nothing to inherit for."""
        named = [self._lists[setting].replaced for setting in ("levers", "shocks")]
        for notes in (*(group.replaced for group in self._groups.values()), *named):
            self.issues.notes += notes
        complaints = [each for group in self._groups.values() for each in group.complaints]
        for complaint in (*complaints, *(each for found in self._lists.values() for each in found.complaints)):
            self.issues.add(*complaint)

    @property
    def replaced_lists(self) -> tuple[Note, ...]:
        """What layers replace in `lines` and `outcomes`, which every output shows anyway."""
        return tuple(note for setting in ("lines", "outcomes") for note in self._lists[setting].replaced)

    @cached_property
    def _groups(self) -> Mapping[str, Inheritance]:
        return {setting: inherit_group(self.layers, setting) for setting in (*GROUPS, "adjustments")}

    @cached_property
    def _lists(self) -> Mapping[str, ListInForce]:
        return {setting: inherit_list(self.layers, setting) for setting in ("lines", "outcomes", "levers", "shocks")}

    @cached_property
    def _correlated(self) -> PairsInForce:
        return inherit_pairs(self.layers)

    @cached_property
    def known_lines(self) -> dict[str, Line]:
        """The lines whose stage is known: those of the model, and those that formulas of the user declare."""
        return {**LINES, **declared_lines(self.formulas)}

    def compute_lines(self, choices: Mapping[str, str]) -> tuple[str, ...]:
        """Return the lines that `compute` stands for under some choices, also those that need quantities without values."""
        return tuple(name for name, each in self.known_lines.items() if each.is_part_of(choices))

    def layer_of(self, key: str) -> Layer | None:
        """Return the last layer that has a setting, or None."""
        return next((layer for layer in reversed(self.layers) if key in layer.settings.model_fields_set), None)

    def place(self, key: str) -> Place:
        """Return the place of a setting in the last layer that has it."""
        layer = self.layer_of(key)
        return self.file if layer is None else layer.node.at((key,))

    @cached_property
    def file(self) -> Place:
        """The file of the scenario itself, or the options of the command line that stand for it."""
        return Place(next(layer.node.place.file for layer in reversed(self.layers) if layer.node.place.file != "--set"))

    @cached_property
    def invalid_keys(self) -> frozenset[str]:
        """Keys that do not match the schema."""
        return frozenset().union(*(layer.invalid_keys for layer in self.layers))


def _values_of_option(key: str, node: Node, place: Place) -> Iterator[tuple[str, str]]:
    """Yield the names and values that one option `--set` gives; a quantity of an item has the name of the item in front."""
    if not place.file.startswith("--set"):
        return
    if key in GROUPS and node.keys:
        for item, quantities in node.keys.items():
            for name, value in (quantities.keys or {}).items():
                yield f"{item}.{name}", _text_of(value)
            if quantities.keys is None:
                yield f"{key}.{item}", _text_of(quantities)
        return
    yield key, _text_of(node)


def _text_of(node: Node) -> str:
    """Return the value of an option in one line."""
    if node.text is not None:
        return one_line(node.text, 60)
    if node.numbers is not None:
        return f"{len(node.numbers)} values"
    if node.items is not None:
        return one_line(f"[{', '.join(map(_text_of, node.items))}]", 60)
    return one_line(f"{{{', '.join(f'{key}: {_text_of(value)}' for key, value in (node.keys or {}).items())}}}", 60)
