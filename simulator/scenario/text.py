"""YAML as nodes with their positions. Every scalar stays text, so that no type is guessed.

The events of the libyaml parser (PyYAML) are 20 times faster than a pure Python parser, and deep nesting cannot exhaust the
stack. Aliases, tags, multiple documents and duplicate keys are refused, as are files beyond the limits below.
"""

import codecs
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from simulator.core.errors import InvalidInputError, Issue, Place

MAX_BYTES = 2_000_000
MAX_DEPTH = 20
MAX_SCALARS = 80_000
"""Maximum number of keys and values in a file, so that it is read or refused within a few seconds."""

# Control characters could control the terminal of the reader, and bidirectional formatting characters can disguise text.
INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class FiniteNumbers(tuple[float, ...]):
    """Numbers that are known to be finite and need no parsing."""

    __slots__ = ()


@dataclass(slots=True)
class Node:
    """A scalar (`text`), a list (`items`) or a mapping (`keys`, with the places of its keys), and its place.

    An array from Python has `numbers`, which are finite.
    """

    place: Place
    text: str | None = None
    items: "list[Node] | None" = None
    keys: "dict[str, Node] | None" = None
    key_places: dict[str, Place] = field(default_factory=dict)
    numbers: "FiniteNumbers | None" = None

    def plain(self) -> Any:
        """Return the node as text, lists and dicts."""
        if self.numbers is not None:
            return self.numbers
        if self.keys is not None:
            return {key: node.plain() for key, node in self.keys.items()}
        return self.text if self.items is None else [node.plain() for node in self.items]

    def put(self, key: str, node: "Node", place: Place | None = None) -> None:
        """Set a key of a mapping."""
        assert self.keys is not None
        self.keys[key] = node
        self.key_places[key] = place or node.place

    def child(self, *path: str) -> "Node":
        """Return the node at a path of keys, which must exist."""
        node = self
        for key in path:
            assert node.keys is not None
            node = node.keys[key]
        return node

    def at(self, path: "tuple[str | int, ...]") -> Place:
        """Return the place of a path, or of the longest part of it that exists."""
        node, place = self, self.place
        for step in path:
            if node.keys is not None and step in node.keys:
                place, node = node.key_places[str(step)], node.keys[str(step)]
            elif node.items is not None and isinstance(step, int) and step < len(node.items):
                node = node.items[step]
                place = node.place
        return place


def read_text(path: Path, label: str) -> str:
    """Return the text of a file; refuse it if it is not a regular file, too large, or not UTF-8."""
    try:
        if not path.is_file():
            raise InvalidInputError([Issue(Place(label), "", "is not a file" if path.exists() else "there is no such file")])
        if path.stat().st_size > MAX_BYTES:
            raise InvalidInputError([Issue(Place(label), "", f"is larger than {MAX_BYTES:,} bytes, the limit for such a file")])
        return decode(path.read_bytes(), label)
    except OSError as error:
        raise InvalidInputError([Issue(Place(label), "", f"cannot be read: {error.strerror}")]) from None


def decode(data: bytes, label: str) -> str:
    """Return UTF-8 bytes as text, without a byte order mark; refuse too many bytes and other encodings."""
    if len(data) > MAX_BYTES:
        raise InvalidInputError([Issue(Place(label), "", f"is larger than {MAX_BYTES:,} bytes, the limit for such a file")])
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data[:4]:
        raise InvalidInputError([Issue(Place(label), "", "is not UTF-8 text but UTF-16, UTF-32 or binary; save it as UTF-8")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = Place(label, data.count(b"\n", 0, error.start) + 1, error.start - data.rfind(b"\n", 0, error.start))
        raise InvalidInputError([Issue(place, "", f"is not UTF-8 text (byte {error.start}); save it as UTF-8")]) from None


def parse(text: str, file: str) -> Node:
    """Parse YAML text into nodes; raise `InvalidInputError` with line and column."""
    loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    builder = _NodeBuilder(file)
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.handle(event)
    except yaml.YAMLError as error:
        raise InvalidInputError([*builder.issues, _syntax_issue(error, text, file)]) from None
    if builder.issues:
        raise InvalidInputError(builder.issues)
    return builder.top or Node(Place(file), keys={})


class _NodeBuilder:
    """Builds the nodes of one document from the events of a YAML parser.

    What makes the rest of a file unreadable is raised at once; other issues are collected.
    """

    def __init__(self, file: str) -> None:
        self.top: Node | None = None
        self.issues: list[Issue] = []
        self._file = file
        self._open_nodes: list[tuple[Node, list[Node]]] = []  # a container, and for a mapping the key without a value yet
        self._documents = self._scalars = 0

    def handle(self, event: Any) -> None:
        """Take the next event."""
        place = Place(self._file, event.start_mark.line + 1, event.start_mark.column + 1)
        self._refuse_unsupported(event, place)
        if isinstance(event, yaml.ScalarEvent):
            self._count_scalar(place)
            self._report_invisible(event.value, place)
            self._add(Node(place, text=event.value))
        elif isinstance(event, yaml.SequenceStartEvent):
            self._open(Node(place, items=[]))
        elif isinstance(event, yaml.MappingStartEvent):
            self._open(Node(place, keys={}))
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            self._add(self._open_nodes.pop()[0])

    def _refuse_unsupported(self, event: Any, place: Place) -> None:
        """Refuse a second document, aliases and tags."""
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise InvalidInputError([Issue(place, "", "contains a second document; keep one per file")])
        elif isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise InvalidInputError([Issue(place, "", "anchors and aliases (& and *) are not supported; write values out")])
        elif getattr(event, "tag", None) is not None:
            raise InvalidInputError([Issue(place, "", f"tags such as {event.tag} are not supported; remove it")])

    def _count_scalar(self, place: Place) -> None:
        self._scalars += 1
        if self._scalars > MAX_SCALARS:
            message = f"contains more than {MAX_SCALARS:,} keys and values, the limit for such a file"
            raise InvalidInputError([Issue(place, "", message)])

    def _report_invisible(self, text: str, place: Place) -> None:
        if invisible := INVISIBLE.search(text):
            key = self._open_nodes[-1][1][0].text if self._open_nodes and self._open_nodes[-1][1] else ""
            message = f"contains an invisible character (U+{ord(invisible[0]):04X}); remove it"
            self.issues.append(Issue(place, key or "", message))

    def _open(self, node: Node) -> None:
        """Begin a list or a mapping."""
        if len(self._open_nodes) >= MAX_DEPTH:
            raise InvalidInputError([Issue(node.place, "", _TOO_DEEP)])
        self._open_nodes.append((node, []))

    def _add(self, node: Node) -> None:
        """Add a complete node to the container that is open: an item, a key, or the value of the key before."""
        if not self._open_nodes:
            self.top = node
            return
        parent, pending_key = self._open_nodes[-1]
        if parent.items is not None:
            parent.items.append(node)
        elif pending_key:
            self._put(parent, pending_key.pop(), node)
        else:
            pending_key.append(node)

    def _put(self, parent: Node, key: Node, value: Node) -> None:
        if key.text is None:
            self.issues.append(Issue(key.place, "", "a key must be text"))
        elif key.text in parent.key_places:
            first_line = parent.key_places[key.text].line
            self.issues.append(Issue(key.place, key.text, f"is given twice (first in line {first_line}); remove one"))
        else:
            parent.put(key.text, value, key.place)


_TOO_DEEP = f"is nested more than {MAX_DEPTH} levels deep"


def _syntax_issue(error: yaml.YAMLError, text: str, file: str) -> Issue:
    """Return the issue with text that is no YAML."""
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be read"
    if reason == "exceeded maximum nesting depth":  # libyaml 0.2.6 looks ahead to its own limit of 1,000
        return Issue(Place(file, mark.line + 1, mark.column + 1) if mark else Place(file), "", _TOO_DEEP)
    if mark is None:
        return Issue(Place(file), "", f"is not valid YAML: {reason}")
    lines = text.splitlines()
    if mark.line < len(lines) and re.match(r"\s*\t", lines[mark.line]):
        reason = "a line cannot begin with a tab; use spaces"
    return Issue(Place(file, mark.line + 1, mark.column + 1), "", f"is not valid YAML: {reason}")
