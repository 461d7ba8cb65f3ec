"""A scenario that was opened and changed in Python, as the text of a scenario file.

The settings on top are merged into the keys of the scenario itself; a built-in scenario is extended. What is written is read
again before it is returned, so that a file which would be another scenario is refused and never written.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import yaml

from simulator.core.errors import InvalidInputError, UnsupportedError
from simulator.engine.scenario import Scenario
from simulator.model import GROUPS
from simulator.scenario import library
from simulator.scenario.assemble.pipeline import Base
from simulator.scenario.layers import INHERITED, Layer, layers_of
from simulator.scenario.schema import ChipRow, Settings
from simulator.scenario.text import MAX_BYTES, MAX_SCALARS, Node, parse
from simulator.scenario.values import parse_value

_WIDTH = 120
_RANGES = 95.0
"""The central interval of `a to b` in a file that does not state another, percent."""
_MAPPINGS = frozenset({*GROUPS, "adjustments"})
"""Settings whose items are merged by name."""
_TEXTS = frozenset({*Settings.model_fields} - {*GROUPS, "adjustments", "schedule"}) | {"unit", "date", "grade", "note", "url"}
"""Keys below which `a to b` is no range."""


def scenario_text(base: Base, top: Layer | None, scenario: Scenario, label: str, home: Path | None) -> str:
    """Return the text of a file that is read as a scenario: that of a base with a layer on top.

    `label` and `home` are name and folder of the file. Raises `UnsupportedError` for what a file cannot hold.
    """
    _refuse_formulas(base.formulas, scenario)
    own = base.layers[-1]
    node, ranges = own.node, own.settings.ranges or _RANGES
    if own.home is None and base.reference in library.names("scenarios"):
        node, ranges = Node(own.node.place, keys={}), _RANGES
        node.put("extends", Node(own.node.place, text=base.reference))
    if top is not None:
        node = _merge(node, ranges, top)
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


def _merge(node: Node, ranges: float, top: Layer) -> Node:
    """Return the keys of a layer with those of the layer on top, as one."""
    upper = top.node
    upper_ranges = top.settings.ranges or _RANGES
    if ranges != upper_ranges:
        node, upper = _with_intervals(node, ranges), _with_intervals(upper, upper_ranges)
    merged = Node(node.place, keys=dict(node.keys or {}))
    if "chip" in (upper.keys or {}):  # the facts of a chip replace what is given below it
        for key in {key for chip in library.chips().values() for key in chip.keys or ()} - ChipRow.model_fields.keys():
            _remove(merged, key)
    for each in _items(upper, "without"):
        _remove(merged, each.text or "")
    for key, value in (upper.keys or {}).items():
        merged.put(key, _merged_value(key, (merged.keys or {}).get(key), value))
    return merged


def _remove(node: Node, key: str) -> None:
    assert node.keys is not None
    node.keys.pop(key, None)


def _merged_value(key: str, below: Node | None, value: Node) -> Node:
    """Return the value of a key in two layers."""
    if below is None:
        return value
    if key in _MAPPINGS and below.keys is not None and value.keys is not None:
        merged = Node(value.place, keys=dict(below.keys))
        for name, item in value.keys.items():
            other = below.keys.get(name)
            both = key in GROUPS and other is not None and other.keys is not None and item.keys is not None
            if both and other is not None:
                merged.put(name, Node(item.place, keys={**(other.keys or {}), **(item.keys or {})}))
            else:
                merged.put(name, item)
        return merged
    if key in ("levers", "shocks", "without"):
        return Node(value.place, items=[*_list(below), *_list(value)])
    if key == "lines":
        parts = [_list(below) if each.text == INHERITED else [each] for each in _list(value)]
        return Node(value.place, items=[each for part in parts for each in part])
    if key == "dependence":
        pairs = [_pair(each) for each in _list(value)]
        return Node(value.place, items=[*(each for each in _list(below) if _pair(each) not in pairs), *_list(value)])
    return value


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
