"""The layers of a scenario: the files that it extends, the file itself, and the options of the command line on top."""

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from pydantic import ValidationError

from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.suggestions import suggest_nearest
from simulator.core.units import Rates
from simulator.model import GROUPS
from simulator.scenario import library
from simulator.scenario.entries import Reader
from simulator.scenario.schema import INHERITED, Entry, Settings, split
from simulator.scenario.schema_issues import issues_of
from simulator.scenario.text import MAX_BYTES, Node, decode, parse, read_text

_OTHER_SUFFIXES = (".json", ".toml", ".csv", ".tsv", ".xls", ".xlsx", ".ods", ".ini", ".py", ".nc", ".md", ".html", ".pdf")

MOST_LAYERS = 100
"""Maximum number of files that one scenario may extend, directly or indirectly."""
EXTENDED = "the scenario that this one extends"
"""What notes and messages call the layers below a file."""


@dataclass
class Layer:
    """One file of a scenario, or the options of the command line.

    `own` is true for the scenario itself and the command line. `invalid_keys` are the keys that do not match the schema.
    """

    node: Node
    own: bool
    identity: str = ""
    home: Path | None = None
    """The folder of a user's file."""
    settings: Settings = field(default_factory=Settings)
    invalid_keys: set[str] = field(default_factory=set)
    issues: list[Issue] = field(default_factory=list)
    """Deviations from the schema."""
    entries: dict[str, Entry] = field(default_factory=dict)
    rates: Rates = ()
    """Other currencies, each with what one of it in this file is in the money of the prices."""
    ranges: float | None = None
    """The interval of `a to b` in options, percent: that of the scenario file which they change."""
    distributions: dict[Any, Any] = field(default_factory=dict, repr=False)
    """Distributions that were built from the entries, which copies of the layer share."""

    def has(self, key: str) -> bool:
        """Whether this layer gives a setting."""
        return key in self.settings.model_fields_set

    @property
    def is_preset(self) -> bool:
        """Whether it is a scenario of the library, or the library's default rows."""
        return self.home is None and self.identity != ""

    def kept_items(self, setting: str) -> tuple[str, ...] | None:
        """Return the names under `inherited` in a group, such as `all`; None if this layer does not say what it keeps."""
        group = (self.node.keys or {}).get(setting)
        kept = None if group is None else (group.keys or {}).get(INHERITED)
        if kept is None:
            return None
        return tuple(item.text or "" for item in ([kept] if kept.items is None else kept.items))

    @property
    def interval(self) -> float:
        """The central interval that `a to b` denotes in this file, or in the options on top of a file, percent."""
        return self.settings.ranges or self.ranges or 95.0

    @cached_property
    def reader(self) -> Reader:
        """The reader for the values of this file, with the interval that its `ranges` give to `a to b`."""
        return Reader(self.interval / 100, self.home, rates=self.rates, _cache=self.distributions)


@lru_cache(maxsize=1)
def _read_standard_input(stream: TextIO) -> bytes:
    """Return the content of standard input, cached because a command may read a scenario twice."""
    return stream.buffer.read(MAX_BYTES + 1)


def find_scenario(reference: str) -> tuple[Node, Path | None]:
    """Return the node of a scenario, and its folder if it is a user's file; raise `InvalidInputError` if there is none."""
    if reference == "-":
        if sys.stdin is None:
            raise InvalidInputError([Issue(Place("<stdin>"), "", "there is no standard input to read")])
        return parse(decode(_read_standard_input(sys.stdin), "<stdin>"), "<stdin>"), Path.cwd()
    path = Path(reference)
    # os.path.exists returns False for a name that is too long; Path.exists raises.
    exists = bool(reference) and os.path.exists(path)  # noqa: PTH110
    looks_like_path = path.suffix in (".yaml", ".yml") or reference.startswith((".", "/")) or exists
    built_in = library.find_file("scenarios", reference)
    if built_in is not None and not path.is_file():
        return built_in, None
    if looks_like_path:
        if path.suffix.lower() in _OTHER_SUFFIXES:
            raise InvalidInputError(
                [Issue(Place(reference), "", "scenarios are YAML files; `llmcost new` or `new(path)` writes one to start from")]
            )
        return parse(read_text(path, reference), reference), path.parent
    names = library.names("scenarios")
    with_suffix = [reference + suffix for suffix in (".yaml", ".yml") if os.path.exists(reference + suffix)]  # noqa: PTH110
    suggestion = f"; did you mean {with_suffix[0]!r}?" if with_suffix else ""
    hint = suggestion or suggest_nearest(reference, names) or "; `llmcost list scenarios` or `list_scenarios()` shows them"
    raise InvalidInputError([Issue(Place(reference), "", f"no such scenario{hint}")])


def layers_of(reference: str, source: tuple[Node, Path | None] | None = None) -> list[Layer]:
    """Return the layers of a scenario, bases first; raise `InvalidInputError` for a base that is missing or circular.

    `source` is the result of `find_scenario` for the reference, if it is available already.
    """
    layers = [Layer(library.defaults(), own=False, identity=library.LIBRARY_LABEL)]
    _add(reference, source or find_scenario(reference), (), layers, own=True)
    return layers


def _add(reference: str, source: tuple[Node, Path | None], path: tuple[str, ...], layers: list[Layer], *, own: bool) -> None:
    node, home = source
    identity = str((home / Path(reference).name).resolve()) if home is not None and reference != "-" else reference
    if identity in path:
        circle = " extends ".join(Path(name).name for name in (*path[path.index(identity) :], identity))
        raise InvalidInputError([Issue(node.at(("extends",)), "extends", f"is circular: {circle}")])
    if any(layer.identity == identity for layer in layers):
        return  # a base of two bases is added once, below both, so that it does not override the first of them
    if node.keys is None:
        raise InvalidInputError(
            [Issue(node.place, "", "must be a mapping of keys; `llmcost new` or `new(path)` writes one to start from")]
        )
    if not node.keys:
        raise InvalidInputError(
            [Issue(node.place, "", "is empty; `llmcost new` or `new(path)` writes a scenario to start from")]
        )
    if len(path) + len(layers) >= MOST_LAYERS:
        raise InvalidInputError([Issue(node.place, "extends", f"extends more than {MOST_LAYERS} files")])
    extends = node.keys.get("extends")
    parts = [] if extends is None else [extends] if extends.items is None else extends.items
    for part in parts:
        if part.text is None:
            raise InvalidInputError([Issue(node.at(("extends",)), "extends", "must be a name or a list of names")])
        _add(part.text, _find_base(part, part.text, home), (*path, identity), layers, own=False)
    layers.append(Layer(node, own, identity, home))


def _find_base(part: Node, name: str, home: Path | None) -> tuple[Node, Path | None]:
    """Return the node and folder of a base: a built-in name, or a file in the folder of the file that names it or below."""
    if home is not None and name not in library.names("scenarios"):
        if "://" in name or name.startswith("~") or not (home / name).resolve().is_relative_to(home.resolve()):
            raise InvalidInputError([Issue(part.place, "extends", f"{name!r} is outside this folder; copy the file into it")])
        if Path(name).suffix in (".yaml", ".yml"):
            if not (home / name).resolve().is_relative_to(home.resolve()):
                raise InvalidInputError(
                    [Issue(part.place, "extends", f"{name!r} is a link to a file outside this folder; copy the file")]
                )
            if not (home / name).is_file():
                raise InvalidInputError([Issue(part.place, "extends", f"{str(home / name)!r}: there is no such file")])
            return parse(read_text(home / name, str(home / name)), str(home / name)), (home / name).parent
    built_in = library.find_file("scenarios", name)
    if built_in is None:
        names = library.names("scenarios")
        raise InvalidInputError([Issue(part.place, "extends", f"no such scenario as {name!r}{suggest_nearest(name, names)}")])
    return built_in, None


NOT_SET: Mapping[str, str] = {
    "extends": "name that scenario, or write a file that extends it",
    "ranges": "it says what `a to b` means in a file, and options on top of the file mean the same; "
    "another interval is part of a value, as in 'mfu={value: 0.3 to 0.4, ranges: 80}'",
}
"""Keys of a file that are no settings of an option, and what to do instead."""


MERGED = frozenset({"lines", "rates"})
"""Settings to which a second option adds, where others would replace what the first one sets."""


class Assignment(NamedTuple):
    """A name and the node of its value, from Python; on the command line it is `NAME=VALUE`."""

    name: str
    value: Node


def command_line_layer(
    sets: Iterable[str | Assignment],
    basis: str | None,
    budget: str | None,
    levers: Iterable[str],
    shocks: Iterable[str],
    group_items: Mapping[str, str],
    correlations: Mapping[tuple[str, str], float] | None = None,
) -> Layer | None:
    """Return the options of a command as a layer on top; `group_items` maps each group item of the scenario to its group."""
    values: dict[str, Node] = {}
    issues = []
    for each in sets:
        name, value, statement = _split_assignment(each) if isinstance(each, str) else (*each, each.name)
        if not (name and value):
            issues.append(Issue(Place("--set"), statement, "write NAME=VALUE, as in mfu=0.4 or 'mfu=0.34 to 0.46'"))
            continue
        if name in NOT_SET:
            issues.append(Issue(Place("--set"), statement, f"cannot be set; {NOT_SET[name]}"))
            continue
        node = parse(value, f"--set {name}") if isinstance(value, str) else value
        values[name] = _with_earlier(name, node, values.get(name))
    top = overlay(values, group_items)
    if correlations:
        rows = _dependence(correlations)
        assert rows.items is not None
        top.put("dependence", Node(rows.place, items=[*_items_below(values.get("dependence"), rows.place), *rows.items]))
    for key, single in (("basis", basis), ("budget", budget)):
        if single is not None:
            top.put(key, Node(Place(f"--{key}"), text=single))
    for key, names in (("levers", levers), ("shocks", shocks)):
        items = [Node(Place(f"--{key[:-1]} {name}"), text=name) for name in names]
        if items:
            top.put(key, Node(items[0].place, items=[*_items_below(values.get(key), Place(f"--{key[:-1]}")), *items]))
    if issues:
        raise InvalidInputError(issues)
    return Layer(top, own=True, home=Path.cwd()) if top.keys else None


def _items_below(earlier: Node | None, place: Place) -> list[Node]:
    """Return the items to which an option adds one: those of `--set`, or else those of the layers below."""
    if earlier is None:
        return [Node(place, text=INHERITED)]
    return [earlier] if earlier.items is None else earlier.items


def _with_earlier(name: str, node: Node, earlier: Node | None) -> Node:
    """Return a setting with what an earlier option has of it: lines under `inherited`, and other exchange rates."""
    if name == "lines":
        return _with_earlier_lines(node, earlier)
    if name == "rates" and node.keys is not None and earlier is not None and earlier.keys is not None:
        merged = replace(earlier, keys=dict(earlier.keys), key_places=dict(earlier.key_places))
        for code, rate in node.keys.items():
            if code in earlier.keys and earlier.keys[code].plain() != rate.plain():
                raise InvalidInputError([Issue(node.key_places[code], code, "has two rates; keep one")])
            merged.put(code, rate, node.key_places[code])
        return merged
    return node


def _with_earlier_lines(lines: Node, earlier: Node | None) -> Node:
    """Return the lines with `inherited` replaced by those of an earlier option, if there is one."""
    if earlier is None or not lines.items or not earlier.items:
        return lines
    items = [part for each in lines.items for part in (earlier.items if each.text == INHERITED else [each])]
    return replace(lines, items=items)


def _split_assignment(text: str) -> tuple[str, str, str]:
    """Return name, value and the whole of `NAME=VALUE`."""
    name, _, value = text.partition("=")
    return name.strip(), value.strip(), text


def _dependence(correlations: Mapping[tuple[str, str], float]) -> Node:
    """Return the node of rank correlations from Python."""
    place = Place("--correlation")
    rows = Node(place, items=[])
    for names, rank in correlations.items():
        row = Node(place, keys={})
        row.put("between", Node(place, items=[Node(place, text=name) for name in names]))
        row.put("rank", Node(place, text=repr(rank)))
        assert rows.items is not None
        rows.items.append(row)
    return rows


def overlay(values: Mapping[str, Node], group_items: Mapping[str, str]) -> Node:
    """Return values by name as the top layer of a scenario; `role.salary` is placed in the group of the role."""
    top = Node(Place("--set"), keys={})
    for name, value in values.items():
        group_item, dot, quantity = name.partition(".")
        if not dot:
            top.put(name, value)
            continue
        parent = top
        group = group_items.get(group_item, "staff")
        if group in values:
            raise InvalidInputError([Issue(value.place, name, f"is set here, and `{group}` as a whole too; keep one")])
        for key in (group, group_item):
            if key not in (parent.keys or {}) or parent.child(key).keys is None:
                parent.put(key, Node(value.place, keys={}))
            parent = parent.child(key)
        parent.put(quantity, value)
    return top


def group_items_of(layers: Iterable[Layer]) -> dict[str, str]:
    """Return the group items and phases of the layers, each with its group or `schedule`; also those that a layer replaces."""
    group_nodes = [(setting, (layer.node.keys or {}).get(setting)) for layer in layers for setting in (*GROUPS, "schedule")]
    names = {name: setting for setting, node in group_nodes if node is not None for name in node.keys or ()}
    return {name: setting for name, setting in names.items() if name != INHERITED}


def validate(layers: Iterable[Layer]) -> None:
    """Validate every layer against the schema and record its issues; invalid keys are left out, to check the rest too."""
    for layer in layers:
        settings, quantities = split(layer.node.plain())
        try:
            layer.settings = Settings.model_validate(settings)
        except ValidationError as error:
            layer.issues += issues_of(error, layer.node, model=Settings)
            layer.invalid_keys |= {str(item["loc"][0]) for item in error.errors()}
            layer.settings = Settings.model_validate({k: v for k, v in settings.items() if k not in layer.invalid_keys})
        for key, value in quantities.items():
            try:
                layer.entries[key] = Entry.model_validate(value)
            except ValidationError as error:
                node = replace(layer.node.child(key), place=layer.node.key_places[key])
                layer.issues += issues_of(error, node, key)
                layer.invalid_keys.add(key)
