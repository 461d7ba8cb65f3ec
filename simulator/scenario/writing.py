"""A scenario that was opened and changed in Python, as the text of a scenario file.

The settings on top are merged into the keys of the scenario itself; a built-in scenario is extended. What is written is read
again before it is returned, so that a file which would be another scenario is refused and never written.
"""

from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

import yaml

from simulator.core.errors import InvalidInputError, UnsupportedError
from simulator.engine.scenario import Scenario
from simulator.model import GROUPS
from simulator.scenario import library
from simulator.scenario.assemble.inheritance import ALL
from simulator.scenario.assemble.pipeline import Base
from simulator.scenario.chips import FACTS_OF_CHIP
from simulator.scenario.layers import Layer, layers_of
from simulator.scenario.schema import INHERITED, Settings
from simulator.scenario.text import MAX_BYTES, MAX_SCALARS, Node, parse
from simulator.scenario.values import parse_value

_WIDTH = 120
_RANGES = 95.0
"""The central interval of `a to b` in a file that does not state another, percent."""
_MAPPINGS = frozenset({"rates"})
"""Settings whose items are merged by name."""
_LISTS = frozenset({"lines", "outcomes", "levers", "shocks", "dependence"})
"""Settings in which `inherited` stands for the items of the layers below."""
_ADJUSTMENTS = frozenset({"levers", "shocks"})
_TEXTS = frozenset({*Settings.model_fields} - {*GROUPS, "adjustments", "schedule"}) | {"unit", "date", "grade", "note", "url"}
"""Keys below which `a to b` is no range."""


def scenario_text(base: Base, top: Layer | None, scenario: Scenario, label: str, home: Path | None) -> str:
    """Return the text of a file that is read as a scenario: that of a base with a layer on top.

    `label` and `home` are name and folder of the file. Raises `UnsupportedError` for what a file cannot hold.
    """
    _refuse_formulas(base.formulas, scenario)
    own = base.layers[-1]
    node, ranges = own.node, own.interval
    below = base.layers[:-1]
    if own.home is None and base.reference in library.names("scenarios"):
        below, node, ranges = base.layers, Node(own.node.place, keys={}), _RANGES
        node.put("extends", Node(own.node.place, text=base.reference))
    if top is not None:
        node = _merge(node, ranges, top, base.group_items, chip_of(base.layers))
    node = _without_inherited(node, below)
    text = _yaml(node)
    if len(text.encode()) > MAX_BYTES:
        raise UnsupportedError(f"{base.reference} is larger than {MAX_BYTES:,} bytes, the limit of a scenario file")
    _check(text, scenario, label, home)
    return text


def _refuse_formulas(formulas: Iterable[Callable[..., Any]], scenario: Scenario) -> None:
    """Refuse a scenario that uses formulas of the user."""
    used = {step.name for step in scenario.plan.steps}
    names = sorted({formula.__name__ for formula in formulas} & used)
    if names:
        message = f"uses your own formula{'s' if names[1:] else ''} {', '.join(names)}, which a scenario file cannot hold"
        remedy = "save it without them, and pass `formulas` where you open it, or `--formulas` on the command line"
        raise UnsupportedError(f"{scenario.name} {message}; {remedy}")


def _check(text: str, scenario: Scenario, label: str, home: Path | None) -> None:
    """Read a text, and refuse it if it is another scenario."""
    try:
        found = Base(label, layers_of(label, (parse(text, label), home or Path.cwd()))).scenario([])
    except InvalidInputError as error:
        remedy = "; save it beside what it extends" if error.issues[0].message.endswith("there is no such file") else ""
        raise UnsupportedError(f"{scenario.name} cannot be written as {label}: {error.issues[0]}{remedy}") from None
    if _identity(found) != _identity(scenario):
        message = f"{scenario.name} cannot be written as one file, because its settings depend on their order"
        raise UnsupportedError(f"{message}; put them in one mapping, and open that")


def _identity(scenario: Scenario) -> tuple[object, ...]:
    adjustments = [each.full_name for each in scenario.adjustments]
    return scenario.fingerprint, scenario.budget, scenario.point, scenario.money, adjustments


# --- merging of two layers ------------------------------------------------------------------------------------------------


def chip_of(layers: Iterable[Layer]) -> str | None:
    """Return the chip of the last layer that has one."""
    return next((layer.settings.chip for layer in reversed(tuple(layers)) if layer.settings.chip), None)


def _merge(node: Node, ranges: float, top: Layer, items_in_force: Collection[str], chip: str | None) -> Node:
    """Return the keys of a layer with those of the layer on top, as one.

    `items_in_force` are those of groups below the top, and `chip` is the one below it.
    """
    upper = top.node
    if ranges != top.interval:
        node, upper = _with_intervals(node, ranges), _with_intervals(upper, top.interval)
    merged = Node(node.place, keys=dict(node.keys or {}))
    if top.settings.chip not in (None, chip):  # facts of the chip below do not apply to that of the top
        for key in FACTS_OF_CHIP & (merged.keys or {}).keys():
            _remove(merged, key)
    for each in _items(upper, "without"):
        _remove(merged, each.text or "")
    for key, value in (upper.keys or {}).items():
        below = (merged.keys or {}).get(key)
        if key in (*GROUPS, "adjustments") and below is not None and value.keys is not None:
            merged.put(key, _merged_items(key, below, value, items_in_force))
        else:
            merged.put(key, _merged_value(key, below, value))
    return merged


def _without_inherited(node: Node, below: Iterable[Layer]) -> Node:
    """Return the keys without `inherited` in a list of adjustments of which nothing below has any."""
    keys = dict(node.keys or {})
    for key in _ADJUSTMENTS & keys.keys():
        items = keys[key].items
        if items is not None and not any(each.has(key) for each in below):
            keys[key] = Node(keys[key].place, items=[item for item in items if item.text != INHERITED])
    return Node(node.place, keys=keys)


def _remove(node: Node, key: str) -> None:
    assert node.keys is not None
    node.keys.pop(key, None)


def _merged_value(key: str, below: Node | None, value: Node) -> Node:
    """Return the value of a key in two layers."""
    if below is None:
        return value
    if key in _MAPPINGS and below.keys is not None and value.keys is not None:
        return Node(value.place, keys={**below.keys, **value.keys})
    if key == "without":
        return Node(value.place, items=[*_list(below), *_list(value)])
    if key in _LISTS:
        pairs = [_pair(each) for each in _list(value)]
        kept = [each for each in _list(below) if key != "dependence" or _pair(each) not in pairs or each.text == INHERITED]
        parts = [kept if each.text == INHERITED else [each] for each in _list(value)]
        return Node(value.place, items=[each for part in parts for each in part])
    return value


def _merged_items(key: str, below: Node, value: Node, items_in_force: Collection[str]) -> Node:
    """Return the items of a group in two layers: those below are kept as `assemble.inheritance` keeps them."""
    kept = [each.text or "" for each in _items(value, INHERITED)]
    own = {name: item for name, item in (value.keys or {}).items() if name != INHERITED}
    lower = below.keys or {}
    if kept == [ALL] or (not kept and own and all(name in items_in_force for name in own)):
        merged = Node(value.place, keys=dict(lower))
    else:
        merged = Node(value.place, keys={name: lower[name] for name in kept if name in lower})
        others = [Node(value.place, text=name) for name in kept if name not in lower]
        if others:
            merged.put(INHERITED, Node(value.place, items=others))
    for name, item in own.items():
        other = lower.get(name)
        both = key in GROUPS and other is not None and other.keys is not None and item.keys is not None
        merged.put(name, Node(item.place, keys={**(other.keys or {}), **(item.keys or {})}) if both and other else item)
    return merged


def _list(node: Node) -> list[Node]:
    return [node] if node.items is None else node.items


def _items(node: Node, key: str) -> list[Node]:
    value = (node.keys or {}).get(key)
    return [] if value is None else _list(value)


def _pair(row: Node) -> list[str]:
    """Return the names that a row of `dependence` correlates."""
    return sorted(each.text or "" for each in _items(row, "between"))


def _with_intervals(node: Node, ranges: float) -> Node:
    """Return a layer without `ranges`, in which each range states its interval."""
    copy = Node(node.place, keys={})
    for key, value in (node.keys or {}).items():
        if key != "ranges":
            copy.put(key, value if key in _TEXTS else _with_interval(value, ranges))
    return copy


def _with_interval(node: Node, ranges: float) -> Node:
    if node.text is not None:
        return _range(node, node, ranges) if _is_range(node.text) else node
    if node.items is not None:
        return Node(node.place, items=[_with_interval(item, ranges) for item in node.items])
    if node.keys is None:
        return node
    value = node.keys.get("value")
    copy = Node(node.place, keys={})
    for key, item in node.keys.items():
        copy.put(key, item if key in _TEXTS or item is value else _with_interval(item, ranges))
    has_range = value is not None and value.text is not None and _is_range(value.text) and "ranges" not in node.keys
    return _range(copy, value, ranges) if has_range and value is not None else copy


def _range(node: Node, value: Node, ranges: float) -> Node:
    """Return an entry with a range that states its interval."""
    entry = Node(node.place, keys=dict(node.keys or {}))
    entry.put("value", value)
    entry.put("ranges", Node(node.place, text=f"{ranges:.10g}"))
    return entry


def _is_range(text: str) -> bool:
    try:
        return parse_value(text).high is not None
    except ValueError:
        return False


# --- text -----------------------------------------------------------------------------------------------------------------


def _yaml(node: Node) -> str:
    """Return a node as YAML, in which all scalars are text, as they are read."""
    counts = _scalars(node)
    if counts > MAX_SCALARS:
        message = f"has {counts:,} keys and values, and a scenario file holds {MAX_SCALARS:,}"
        raise UnsupportedError(f"the scenario {message}; summarise observed values, for example by `llmcost.Quantiles`")
    text: str = yaml.serialize(_yaml_node(node), Dumper=yaml.BaseDumper, allow_unicode=True, width=_WIDTH)
    return text


def _scalars(node: Node) -> int:
    """Return the number of keys and values of a node."""
    if node.numbers is not None:
        return len(node.numbers)
    children = [*(node.keys or {}).values(), *(node.items or [])]
    return len(node.keys or ()) + (node.text is not None) + sum(map(_scalars, children))


def _yaml_node(node: Node) -> yaml.Node:
    if node.numbers is not None:
        return yaml.SequenceNode(_SEQUENCE, [_scalar(repr(value)) for value in node.numbers], flow_style=True)
    if node.keys is not None:
        pairs = [(_scalar(key), _yaml_node(value)) for key, value in node.keys.items()]
        return yaml.MappingNode(_MAPPING, pairs, flow_style=not pairs)
    if node.items is not None:
        is_short = all(item.text is not None for item in node.items)
        return yaml.SequenceNode(_SEQUENCE, [_yaml_node(item) for item in node.items], flow_style=is_short)
    return _scalar(node.text or "")


def _scalar(text: str) -> yaml.Node:
    return yaml.ScalarNode(_SCALAR, text)


_SCALAR, _SEQUENCE, _MAPPING = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))
