"""YAML to plain nodes that know where they stand. Every scalar stays text: no guess of a type is made that we did not write.

The parser is libyaml's (PyYAML), read as events: 20 times faster than a pure Python one, and deep nesting cannot exhaust the
stack. Aliases, tags, several documents and a key given twice are refused, as are files beyond the limits below.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

MAX_BYTES = 2_000_000
MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file; lines and columns count from one."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an input: where, what, and the next step."""

    place: Place
    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.key}: {self.message}" if self.key else f"{self.place}: {self.message}"


class Rejected(Exception):
    """An input that is refused at the door, with all its faults."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(set(faults), key=lambda fault: (fault.place.file, fault.place.line, fault.place.column))
        super().__init__("\n".join(map(str, self.faults)))


@dataclass(slots=True)
class Node:
    """A scalar (text), a list or a mapping, with its place; a mapping's keys have their own places."""

    place: Place
    value: "str | list[Node] | dict[str, Node]"
    key_places: dict[str, Place] = field(default_factory=dict)

    def plain(self) -> Any:
        """Return the node as text, lists and dicts."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def at(self, path: "tuple[str | int, ...]") -> Place:
        """Return the place of what a path leads to, or of the last part of it that is there."""
        node, place = self, self.place
        for step in path:
            if isinstance(node.value, dict) and step in node.value:
                place, node = node.key_places[str(step)], node.value[str(step)]
            elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                place = node.place
        return place


def read_text(path: Path, shown: str) -> str:
    """Return a file's text; refuse what is no regular file, too large, or not UTF-8."""
    try:
        if not path.is_file():
            raise Rejected([Fault(Place(shown), "", "is no file" if path.exists() else "there is no such file")])
        if path.stat().st_size > MAX_BYTES:
            raise Rejected([Fault(Place(shown), "", f"is larger than {MAX_BYTES:,} bytes, the limit for such a file")])
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Rejected([Fault(Place(shown), "", f"is not UTF-8 text (byte {error.start})")]) from None
    except OSError as error:
        raise Rejected([Fault(Place(shown), "", f"cannot be read: {error.strerror}")]) from None


def parse(text: str, file: str) -> Node:
    """Parse YAML text into nodes; raise `Rejected` with line and column."""
    loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    top: list[Node] = []
    open_nodes: list[tuple[Node, list[Any]]] = []  # a container, and for a mapping the key that waits for its value
    faults: list[Fault] = []

    def add(node: Node) -> None:
        if not open_nodes:
            top.append(node)
            return
        parent, waiting = open_nodes[-1]
        if isinstance(parent.value, list):
            parent.value.append(node)
        elif isinstance(parent.value, dict):
            if not waiting:
                waiting.append(node)
                return
            key = waiting.pop()
            if not isinstance(key.value, str):
                faults.append(Fault(key.place, "", "a key must be a word"))
            elif key.value in parent.value:
                first = parent.key_places[key.value].line
                faults.append(Fault(key.place, key.value, f"is given twice (first in line {first}); keep one"))
            else:
                parent.value[key.value] = node
                parent.key_places[key.value] = key.place

    try:
        documents = 0
        for event in yaml.parse(text, Loader=loader):
            mark = event.start_mark
            place = Place(file, mark.line + 1, mark.column + 1)
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise Rejected([Fault(place, "", "holds a second document; keep one in a file")])
            elif isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise Rejected([Fault(place, "", "anchors and aliases (& and *) are not read; write the value out")])
            elif getattr(event, "tag", None) is not None:
                raise Rejected([Fault(place, "", f"tags such as {event.tag} are not read; leave it out")])
            elif isinstance(event, yaml.ScalarEvent):
                add(Node(place, event.value))
            elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
                if len(open_nodes) >= MAX_DEPTH:
                    raise Rejected([Fault(place, "", f"is nested more than {MAX_DEPTH} deep")])
                node = Node(place, [] if isinstance(event, yaml.SequenceStartEvent) else {})
                open_nodes.append((node, []))
            elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
                node, _ = open_nodes.pop()
                add(node)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be read"
        raise Rejected([*faults, Fault(place, "", f"is no YAML: {reason}")]) from None
    if faults:
        raise Rejected(faults)
    return top[0] if top else Node(Place(file), {})
