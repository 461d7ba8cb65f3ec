"""Instances of clouds in the library: the chip and the number of chips that the name of an instance stands for."""

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache, lru_cache
from typing import NamedTuple

from simulator.scenario import library
from simulator.scenario.chips import find_chip
from simulator.scenario.text import Node

_LONGEST = 500
"""Characters of a text that are searched."""


class Instance(NamedTuple):
    """A rented machine: its name as a bill has it, its chip, and the number of its chips.

    The chip is one of the library, or the name of one that the library does not know. The number is 0 for what is billed apart
    from the chips, such as the memory of an instance.
    """

    name: str
    chip: str
    chips: float
    is_meter: bool = False


def normalize(text: str) -> str:
    """Return a text in the form in which names of instances are compared: in lower case, with `_` for blanks."""
    return re.sub(r"\s+", "_", text.strip()).casefold()


@cache
def instances() -> dict[str, Instance]:
    """Return the instances of the library by their names as they are compared."""
    found = {}
    for _, cloud in library.instances():
        for name, node in (_part(cloud, "instances").keys or {}).items():
            count, _, chip = (node.text or "").partition(" ")
            found[normalize(name)] = Instance(name, chip.strip(), float(Fraction(count)))
    return found


@cache
def _names() -> re.Pattern[str]:
    longest_first = sorted(instances(), key=len, reverse=True)
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(map(re.escape, longest_first))})(?![a-z0-9])")


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    texts = [item.text or "" for _, cloud in library.instances() for item in _part(cloud, "patterns").items or ()]
    return tuple(re.compile(rf"(?<![a-z0-9])(?:{text})(?![a-z0-9])") for text in texts)


@cache
def _meters() -> tuple[tuple[re.Pattern[str], float], ...]:
    return tuple(
        (re.compile(node.child("pattern").text or ""), float(node.child("chips").text or 0)) for node in _meter_nodes()
    )


def _meter_nodes() -> Iterator[Node]:
    for _, cloud in library.instances():
        yield from _part(cloud, "meters").items or ()


def _part(cloud: Node, key: str) -> Node:
    """Return a part of what the library knows of a cloud; an empty one where it has none."""
    return (cloud.keys or {}).get(key) or Node(cloud.place)


@lru_cache(maxsize=10_000)
def find_instance(text: str) -> Instance | None:
    """Return the instance that a text names: by its name, or by the form of names that clouds share; None if it names none.

    Examples
    --------
    >>> find_instance("USE1-BoxUsage:p5.48xlarge")
    Instance(name='p5.48xlarge', chip='nvidia-h100-sxm', chips=8.0, is_meter=False)

    """
    plain = normalize(text[:_LONGEST])
    match = _names().search(plain)
    if match:
        return instances()[match[0]]
    for pattern in _patterns():
        match = pattern.search(plain)
        chip = find_chip(match["chip"].replace("_", " ")) if match else ""
        if match and chip and int(match["n"]) > 0:
            return Instance(match[0], chip, float(match["n"]))
    return None


@lru_cache(maxsize=10_000)
def find_meter(text: str) -> Instance | None:
    """Return the chips that a description of usage stands for, where a cloud bills them by the chip; None if it is no such."""
    plain = " ".join(text[:_LONGEST].casefold().split())
    for pattern, chips in _meters():
        match = pattern.search(plain)
        if match:
            return Instance(match[0], find_chip(text) if chips else "", chips, is_meter=True)
    return None
