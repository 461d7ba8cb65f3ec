"""The files in `priors/`: rows by quantity and name, chips, scenarios, levers and shocks."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from simulator.core.errors import InvalidInputError, Issue
from simulator.core.suggestions import InvalidValueError, similar
from simulator.scenario.text import Node, parse, read_text

SHOWN = "<llmcost>/priors"
"""How a file of the library is named in messages: like no file of a user's."""


@cache
def folder() -> Path:
    """Return the folder of the library: beside the package in a checkout, inside it once installed."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "priors"
    return installed if installed.is_dir() else package.parent / "priors"


@cache
def _text(name: str) -> str:
    return read_text(folder() / name, f"{SHOWN}/{name}")


@cache
def _file(name: str) -> Node:
    return parse(_text(name), f"{SHOWN}/{name}")


class Row(NamedTuple):
    """A prior of the library: the quantity, its name there, and the entry."""

    quantity: str
    name: str
    node: Node


@cache
def rows() -> dict[str, dict[str, Row]]:
    """Return the rows of every quantity, by name."""
    quantities = dict.fromkeys(quantity for name in _row_files() for quantity, _ in _mapping(_file(name)))
    return {quantity: rows_of(quantity) for quantity in quantities}


@cache
def rows_of(quantity: str) -> dict[str, Row]:
    """Return the rows of a quantity, by name. Files in which no line begins with it are not parsed, which takes longest."""
    line = re.compile(rf"^{re.escape(quantity)}:", re.MULTILINE)
    found = [_file(name).child(quantity) for name in _row_files() if line.search(_text(name))]
    return {name: Row(quantity, name, node) for named in found for name, node in _mapping(named)}


@cache
def _row_files() -> list[str]:
    return sorted(path.name for path in folder().glob("*.yaml") if path.name not in ("chips.yaml", "plausible.yaml"))


def row(quantity: str, name: str) -> Row:
    """Return a row; raise ValueError with the nearest name where there is none."""
    # `role.salary` is found under `salary`, and a relative error under its own heading.
    named = rows_of(quantity.rpartition(".")[2])
    if name not in named:
        known = f"there are {listed(named)}" if named else "the library has none for this quantity"
        raise InvalidValueError(f"the library has no row {name!r} for {quantity}; {known}", *similar(name, named))
    return named[name]


def listed(names: Iterable[str], most: int = 8) -> str:
    """Return names with commas, the first of them where they are many."""
    names = list(names)
    rest = f" and {len(names) - most} more (`llmcost list`)" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


@cache
def chips() -> dict[str, Node]:
    """Return the chips by name."""
    return dict(_mapping(_file("chips.yaml")))


def generation(chip: str) -> str:
    """Return the generation of a chip, such as hopper; `new` for a chip that the library does not know."""
    node = chips().get(chip)
    return "new" if node is None else node.child("generation").text or "new"


def plausible() -> list[tuple[str, Node]]:
    """Return what is believed of quantities, by name."""
    return list(_mapping(_file("plausible.yaml")))


def names(kind: str) -> list[str]:
    """Return the names of the files on a kind (scenarios, levers, shocks), such as `epoch/gpt-4`."""
    return list(_names(kind))


@cache
def _names(kind: str) -> tuple[str, ...]:
    top = folder() / kind
    return tuple(sorted(path.relative_to(top).with_suffix("").as_posix() for path in top.rglob("*.yaml")))


def shelved(kind: str, name: str) -> Node | None:
    """Return the file of a name on a kind, or None."""
    return _file(f"{kind}/{name}.yaml") if name in names(kind) else None


def _mapping(node: Node) -> Iterator[tuple[str, Node]]:
    if node.keys is None:
        raise InvalidInputError([Issue(node.place, "", "must be a mapping of names")])
    yield from node.keys.items()
