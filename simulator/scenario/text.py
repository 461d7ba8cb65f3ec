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


@dataclass(slots=True)
class Node:
    """A scalar (`text`), a list (`items`) or a mapping (`keys`, with the places of its keys), and its place."""

    place: Place
    text: str | None = None
    items: "list[Node] | None" = None
    keys: "dict[str, Node] | None" = None
    key_places: dict[str, Place] = field(default_factory=dict)

    def plain(self) -> Any:
        """Return the node as text, lists and dicts."""
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
    top: list[Node] = []
    open_nodes: list[tuple[Node, list[Any]]] = []  # a container, and for a mapping the key without a value yet
    issues: list[Issue] = []

    def add(node: Node) -> None:
        if not open_nodes:
            top.append(node)
            return
        parent, pending_key = open_nodes[-1]
        if parent.items is not None:
            parent.items.append(node)
        elif parent.keys is not None:
            if not pending_key:
                pending_key.append(node)
                return
            key = pending_key.pop()
            if key.text is None:
                issues.append(Issue(key.place, "", "a key must be text"))
            elif key.text in parent.keys:
                first_line = parent.key_places[key.text].line
                issues.append(Issue(key.place, key.text, f"is given twice (first in line {first_line}); remove one"))
            else:
                parent.put(key.text, node, key.place)

    try:
        documents = scalars = 0
        event: Any
        for event in yaml.parse(text, Loader=loader):
            mark = event.start_mark
            place = Place(file, mark.line + 1, mark.column + 1)
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise InvalidInputError([Issue(place, "", "contains a second document; keep one per file")])
            elif isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise InvalidInputError([Issue(place, "", "anchors and aliases (& and *) are not supported; write values out")])
            elif getattr(event, "tag", None) is not None:
                raise InvalidInputError([Issue(place, "", f"tags such as {event.tag} are not supported; remove it")])
            elif isinstance(event, yaml.ScalarEvent):
                invisible = INVISIBLE.search(event.value)
                scalars += 1
                if scalars > MAX_SCALARS:
                    raise InvalidInputError(
                        [Issue(place, "", f"contains more than {MAX_SCALARS:,} keys and values, the limit for such a file")]
                    )
                if invisible:
                    key = open_nodes[-1][1][0].text if open_nodes and open_nodes[-1][1] else ""
                    issues.append(
                        Issue(place, key or "", f"contains an invisible character (U+{ord(invisible[0]):04X}); remove it")
                    )
                add(Node(place, text=event.value))
            elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
                if len(open_nodes) >= MAX_DEPTH:
                    raise InvalidInputError([Issue(place, "", f"is nested more than {MAX_DEPTH} levels deep")])
                is_list = isinstance(event, yaml.SequenceStartEvent)
                node = Node(place, items=[]) if is_list else Node(place, keys={})
                open_nodes.append((node, []))
            elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
                node, _ = open_nodes.pop()
                add(node)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be read"
        if mark and mark.line < len(lines := text.splitlines()) and "\t" in re.match(r"\s*", lines[mark.line])[0]:  # type: ignore[index]
            reason = "a line cannot begin with a tab; use spaces"
        message = f"is not valid YAML: {reason}"
        if reason == "exceeded maximum nesting depth":  # libyaml 0.2.6 looks ahead to its own limit of 1,000
            message = f"is nested more than {MAX_DEPTH} levels deep"
        raise InvalidInputError([*issues, Issue(place, "", message)]) from None
    if issues:
        raise InvalidInputError(issues)
    return top[0] if top else Node(Place(file), keys={})
