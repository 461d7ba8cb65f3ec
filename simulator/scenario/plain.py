"""Scenarios and values from Python: mappings, lists, numbers, arrays and priors become the nodes that a file becomes.

A number is written out as text, so that it is validated like one in a file; an array is kept as numbers, because writing and
parsing 100,000 of them would take longer than the simulation. The place of a node is its path of keys.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable

import numpy as np
from pydantic import ValidationError

from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.formatting import one_line
from simulator.scenario.schema import Entry
from simulator.scenario.schema_issues import issues_of
from simulator.scenario.text import INVISIBLE, MAX_DEPTH, FiniteNumbers, Node

MAPPING_LABEL = "<dict>"
"""Name of a scenario from a mapping, in messages and as its name."""

_MOST_NAME = 80
"""Maximum length of a title as a name, in characters."""

EMPIRICAL = "empirical"
"""The key of an entry under which observed values are."""
_BOOLEAN_KEYS = frozenset({"side", "baseline"})
"""Keys of a file whose value is true or false; anywhere else a boolean is a mistake."""


@runtime_checkable
class EntryLike(Protocol):
    """A value that describes itself as an entry of a scenario file, such as a prior of the public API."""

    def to_entry(self) -> Mapping[str, object]:
        """Return the entry as a mapping with the keys of a scenario file."""


def mapping_name(source: Mapping[str, object], label: str = MAPPING_LABEL) -> str:
    """Return the name of a scenario from a mapping: its title in one short line, or a label if it has none."""
    title = source.get("title")
    return one_line(title, _MOST_NAME) if isinstance(title, str) and title.strip() and not INVISIBLE.search(title) else label


def node_of_mapping(source: Mapping[str, object], label: str = MAPPING_LABEL) -> Node:
    """Return the node of a scenario, or of another mapping; raise `InvalidInputError` with all values that are none."""
    return _node(source, label, ())


def entry_of_mapping(entry: Mapping[str, object], label: str) -> Entry:
    """Return a validated entry, such as a prior; raise `InvalidInputError` if a file could not have it."""
    node = node_of_mapping(entry, label)
    try:
        return Entry.model_validate(node.plain())
    except ValidationError as error:
        raise InvalidInputError(issues_of(error, node)) from None


def node_of_value(name: str, value: object, label: str) -> Node:
    """Return the node of the value of one name; raise `InvalidInputError` for a value that is none."""
    return _node(value, label, (name,))


def _node(value: object, label: str, path: tuple[str, ...]) -> Node:
    builder = _Builder(label)
    node = builder.node(value, path)
    if builder.issues:
        raise InvalidInputError(builder.issues)
    return node


@dataclass
class _Builder:
    """Builds nodes, and collects the issues of values that a file could not hold."""

    label: str
    issues: list[Issue] = field(default_factory=list)
    count: int = 0

    def node(self, value: object, path: tuple[str, ...]) -> Node:
        """Return the node of a value at a path of keys."""
        self.count += 1  # nodes have different places, as they have in a file
        place = Place(self.label, 0, self.count, path=".".join(path))
        if len(path) > MAX_DEPTH:
            self._report(place, f"is nested more than {MAX_DEPTH} levels deep")
        elif isinstance(value, EntryLike) and path[1:] and path[-1] == "value" and not isinstance(value, type):
            self._report(
                place, f"{one_line(repr(value))} is a prior, not a number: write it in place of the mapping with `value`"
            )
        elif isinstance(value, EntryLike) and not isinstance(value, type):
            return self._mapping(value.to_entry(), place, path)
        elif isinstance(value, Mapping):
            return self._mapping(value, place, path)
        elif isinstance(value, str | os.PathLike):
            return self._text(os.fsdecode(value), place)
        elif isinstance(value, list | tuple) and not _is_observations(value, path):
            return Node(place, items=[self.node(item, (*path, str(number))) for number, item in enumerate(value)])
        elif isinstance(value, list | tuple) or hasattr(value, "__array__"):
            return self._array(np.asarray(value), place, path)
        else:
            return self._scalar(value, place, path)
        return Node(place, text="")

    def _report(self, place: Place, message: str) -> None:
        self.issues.append(Issue(place, place.path, message))

    def _mapping(self, value: Mapping[Any, object], place: Place, path: tuple[str, ...]) -> Node:
        node = Node(place, keys={})
        for key, item in value.items():
            if path[-1:] == ("price_index",) and isinstance(key, int) and not isinstance(key, bool):
                key = str(key)  # a year
            if isinstance(key, str):
                node.put(key, self.node(item, (*path, key)))
            else:
                self._report(place, f"a key must be text, not {one_line(repr(key))}")
        return node

    def _text(self, value: str, place: Place) -> Node:
        if invisible := INVISIBLE.search(value):
            self._report(place, f"contains an invisible character (U+{ord(invisible[0]):04X}); remove it")
        return Node(place, text=value)

    def _scalar(self, value: object, place: Place, path: tuple[str, ...]) -> Node:
        text = number_text(value)
        if isinstance(value, bool | np.bool_) and path[-1:] and path[-1] in _BOOLEAN_KEYS:
            text = str(value).lower()
        elif isinstance(value, date):
            text = value.isoformat()
        if not text:
            reason = "write a number, text, a prior, an array, or a mapping of keys"
            if value is None or isinstance(value, type):
                reason = "leave the key out" if value is None else "it is a class: call it with the parameters of a prior"
            self._report(place, f"{one_line(repr(value))} is no value; {reason}")
        return Node(place, text=text)

    def _array(self, array: "np.ndarray[tuple[int, ...], np.dtype[np.generic]]", place: Place, path: tuple[str, ...]) -> Node:
        """Return an array as the observed values of an entry, an array of one number as that number."""
        if array.dtype.kind == "U" and array.ndim == 1:
            return self.node(array.tolist(), path)
        if array.dtype.kind not in "iuf":
            self._report(place, f"is an array of {array.dtype}; a prior needs an array of numbers")
        elif array.ndim == 0:
            return self._scalar(array.item(), place, path)
        elif array.ndim != 1:
            self._report(place, f"is an array of shape {array.shape}; a prior needs one dimension, one value per observation")
        elif not array.size:
            self._report(place, "is an empty array; a prior needs one value or more")
        elif wrong := int(np.count_nonzero(~np.isfinite(array))):
            self._report(place, f"has {wrong:,} of {array.size:,} values that are not finite numbers; remove them")
        values = Node(place, numbers=FiniteNumbers(array.astype(np.float64).tolist()) if not self.issues else None)
        if path[-1:] == (EMPIRICAL,):
            return values
        node = Node(place, keys={})
        node.put(EMPIRICAL, values)
        return node


def _is_observations(value: list[object] | tuple[object, ...], path: tuple[str, ...]) -> bool:
    """Whether a list is one of observed numbers, which are not written out one by one."""
    return path[-1:] == (EMPIRICAL,) and all(number_text(each) for each in value)


def number_text(value: object) -> str:
    """Return a number as text that gives the same number when it is parsed, or an empty text if it is none."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.integer | np.floating | Decimal):
        return ""
    if isinstance(value, int | np.integer):
        return str(int(value))
    return repr(float(value))
