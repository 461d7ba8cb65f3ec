"""The library, which is the files in `priors/`: rows by quantity and name, chips, scenarios, levers and shocks."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.suggestions import InvalidValueError, Remedy, similar_name_remedies, swap
from simulator.scenario.text import Node, parse, read_text

LIBRARY_LABEL = "<llmcost>/priors"
"""Folder of the library in messages, distinct from any user's file."""


@cache
def folder() -> Path:
    """Return the folder of the library: beside the package in a checkout, inside it once installed."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "priors"
    return installed if installed.is_dir() else package.parent / "priors"


@cache
def _text(name: str) -> str:
    return read_text(folder() / name, f"{LIBRARY_LABEL}/{name}")


@cache
def _file(name: str) -> Node:
    return parse(_text(name), f"{LIBRARY_LABEL}/{name}")


class LibraryRow(NamedTuple):
    """A prior of the library: the quantity, the name of the row, and the entry."""

    quantity: str
    name: str
    node: Node


@cache
def rows() -> dict[str, dict[str, LibraryRow]]:
    """Return the rows of every quantity, by name."""
    quantities = dict.fromkeys(quantity for name in _row_files() for quantity, _ in _mapping(_file(name)))
    return {quantity: rows_of(quantity) for quantity in quantities}


@cache
def rows_of(quantity: str) -> dict[str, LibraryRow]:
    """Return the rows of a quantity, by name. Files without a line that begins with it are not parsed, to save time."""
    line = re.compile(rf"^{re.escape(quantity)}:", re.MULTILINE)
    nodes = [_file(name).child(quantity) for name in _row_files() if line.search(_text(name))]
    return {name: LibraryRow(quantity, name, node) for mapping in nodes for name, node in _mapping(mapping)}


DEFAULT = "default"
"""Name of the row of a quantity that applies where no file of a scenario gives the quantity."""


@cache
def defaults() -> Node:
    """Return the default row of each quantity that has one, as the lowest layer of every scenario."""
    layer = Node(Place(LIBRARY_LABEL), keys={})
    block = re.compile(rf"^(\w+):\n(?:(?: .*|#.*)?\n)*?  {DEFAULT}:", re.MULTILINE)
    for quantity in (quantity for name in _row_files() for quantity in block.findall(_text(name))):
        layer.put(quantity, rows_of(quantity)[DEFAULT].node)
    return layer


_OTHER_FILES = (
    "chips.yaml", "exchange_rates.yaml", "instances.yaml", "models.yaml", "payments.yaml", "plausible.yaml", "price_index.yaml",
    "quantities.yaml", "serving_chips.yaml",
)  # fmt: skip
"""Files that hold no rows of quantities."""


@cache
def _row_files() -> list[str]:
    return sorted(path.name for path in folder().glob("*.yaml") if path.name not in _OTHER_FILES)


_NUMBER_WORDS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip


def row(quantity: str, name: str) -> LibraryRow:
    """Return a row; raise ValueError with the most similar names if there is none."""
    # The rows of `role.salary` are under `salary`, and those of a relative error under its own heading.
    candidates = rows_of(quantity.rpartition(".")[2])
    if name not in candidates:
        if name.casefold() in _NUMBER_WORDS:
            digits = str(_NUMBER_WORDS.index(name.casefold()))
            remedy = Remedy(f", as in {digits}", edit=swap(name, digits))
            raise InvalidValueError(f"{name!r} is not a number; write numbers in digits", remedy)
        available = f"there are {join_names(candidates, 'priors')}" if candidates else "the library has none for this quantity"
        raise InvalidValueError(
            f"the library has no row {name!r} for {quantity}; {available}", *similar_name_remedies(name, candidates)
        )
    return candidates[name]


def join_names(names: Iterable[str], kind: str, most: int = 8) -> str:
    """Return names separated by commas, at most `most` of them, and what lists the others of their kind."""
    names = list(names)
    suffix = f" and {len(names) - most} more (`llmcost list {kind}` or `list_{kind}()`)" if len(names) > most else ""
    return ", ".join(names[:most]) + suffix


@cache
def chips() -> dict[str, Node]:
    """Return the chips by name."""
    return dict(_mapping(_file("chips.yaml")))


def instances() -> list[tuple[str, Node]]:
    """Return what the library knows of the instances of each cloud, by its name."""
    return list(_mapping(_file("instances.yaml")))


@cache
def serving_chips() -> dict[str, Node]:
    """Return what serving needs of chips, by the name of the chip."""
    return dict(_mapping(_file("serving_chips.yaml")))


@cache
def language_models() -> dict[str, Node]:
    """Return the architectures of open models by name."""
    return dict(_mapping(_file("models.yaml")))


def generation(chip: str) -> str:
    """Return the generation of a chip, such as hopper; `new` for a chip that is not in the library."""
    node = chips().get(chip)
    return "new" if node is None else node.child("generation").text or "new"


@cache
def payments() -> dict[str, Node]:
    """Return the terms of payment by name."""
    return dict(_mapping(_file("payments.yaml")))


def plausible_ranges() -> list[tuple[str, Node]]:
    """Return the plausible range of each quantity that has one, by name."""
    return list(_mapping(_file("plausible.yaml")))


def quantity_definitions() -> Node:
    """Return what each quantity is, by name."""
    return _file("quantities.yaml")


def price_index() -> Node:
    """Return the price index."""
    return _file("price_index.yaml")


def exchange_rates() -> dict[str, str]:
    """Return the plausible range of the rate of each currency that has one: units of it for one USD, as `low to high`."""
    return {code: node.text or "" for code, node in _mapping(_file("exchange_rates.yaml").child("ranges"))}


def names(kind: str) -> list[str]:
    """Return the names of the files of a kind (scenarios, levers, shocks), such as `epoch/gpt-4`."""
    return list(_names(kind))


@cache
def _names(kind: str) -> tuple[str, ...]:
    top = folder() / kind
    return tuple(sorted(path.relative_to(top).with_suffix("").as_posix() for path in top.rglob("*.yaml")))


def find_file(kind: str, name: str) -> Node | None:
    """Return the node of a file by kind and name, or None."""
    return _file(f"{kind}/{name}.yaml") if name in names(kind) else None


def _mapping(node: Node) -> Iterator[tuple[str, Node]]:
    if node.keys is None:
        raise InvalidInputError([Issue(node.place, "", "must be a mapping of names")])
    yield from node.keys.items()
