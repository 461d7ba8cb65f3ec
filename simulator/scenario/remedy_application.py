"""Application of a remedy to the layers of a scenario: copies, in which a key, a value or a setting differs."""

from collections.abc import Callable, Iterator

from simulator.core.errors import Place
from simulator.core.suggestions import Remedy
from simulator.scenario.layers import Layer, validate
from simulator.scenario.text import Node
from simulator.scenario.values import is_word

_Step = str | int


def apply(layers: list[Layer], place: Place, remedy: Remedy) -> list[Layer] | None:
    """Return the layers with a remedy applied, or None if it is not applicable."""
    number, path = next(((n, path) for n, layer in enumerate(layers) if (path := _path(layer.node, place))), (-1, ()))
    if remedy.settings:
        return _apply_settings(layers, number if number >= 0 and layers[number].own else -1, place, remedy)
    if remedy.remove is not None:
        number, path = next(((n, path) for n, each in enumerate(layers) if (path := _path(each.node, remedy.remove))), (-1, ()))
    if not path:
        return None
    top = _edit_node(layers[number].node, path, remedy)
    return None if top is None else _replace_layer(layers, number, top)


def or_remove_duplicate(layers: list[Layer], place: Place, remedy: Remedy) -> Remedy:
    """Return a remedy; if it renames a key to one that exists already, return the removal of the key instead."""
    for layer in layers:
        *parents, last_step = _path(layer.node, place) or (0,)
        parent = layer.node
        for step in parents:
            parent = (parent.keys or {})[step] if isinstance(step, str) else (parent.items or [])[step]
        duplicate = parent.key_places.get(remedy.name)
        if (
            isinstance(last_step, str)
            and duplicate is not None
            and remedy.edit is not None
            and remedy.edit(last_step) == remedy.name != last_step
        ):
            line = f" in line {duplicate.line}" if duplicate.line and not duplicate.file.startswith("--") else ""
            return Remedy(f"{remedy.text} It is given too{line}, so remove this one", remove=place)
    return remedy


def _path(node: Node, place: Place) -> tuple[_Step, ...]:
    """Return the path to the key or item at a place, the deepest of several; empty if there is none."""
    for step, child, at in _children(node):
        deeper = _path(child, place)
        if deeper or place in (at, child.place):
            return step, *deeper
    return ()


def _children(node: Node) -> Iterator[tuple[_Step, Node, Place]]:
    for key, child in (node.keys or {}).items():
        yield key, child, node.key_places[key]
    for number, child in enumerate(node.items or []):
        yield number, child, child.place


def size(node: Node) -> int:
    """Return the number of keys and values of a node."""
    return 1 + sum(size(child) for _, child, _ in _children(node))


def _edit_node(node: Node, path: tuple[_Step, ...], remedy: Remedy) -> Node | None:
    """Return a copy of a node with a remedy applied at a path."""
    step, *rest_of_path = path
    copy = Node(node.place, items=[] if node.items is not None else None, keys={} if node.keys is not None else None)
    for key, child, place in _children(node):
        if key != step:
            _put(copy, key, child, place)
        elif rest_of_path:
            edited_child = _edit_node(child, tuple(rest_of_path), remedy)
            if edited_child is None:
                return None
            _put(copy, key, edited_child, place)
        elif remedy.add:
            if child.keys is None and (child.text is None or "chip" not in remedy.add):
                return None
            mapping = Node(child.place, keys=dict(child.keys or {}), key_places=dict(child.key_places))
            if child.text is not None:
                mapping.put("from" if is_word(child.text) else "value", child, place)
            for name, value in remedy.add.items():
                mapping.put(name, _node(value, place), place)
            _put(copy, key, mapping, place)
        elif remedy.edit is not None:
            new_key = remedy.edit(key) if isinstance(key, str) else key
            if new_key != key and new_key in (node.keys or {}):
                return None
            _put(copy, new_key, _rewrite(child, remedy.edit), place)
    return copy


def _put(node: Node, step: _Step, child: Node, place: Place) -> None:
    if isinstance(step, str):
        node.put(step, child, place)
    elif node.items is not None:
        node.items.append(child)


def _rewrite(node: Node, edit: Callable[[str], str]) -> Node:
    copy = Node(node.place, items=[] if node.items is not None else None, keys={} if node.keys is not None else None)
    copy.text, copy.numbers = None if node.text is None else edit(node.text), node.numbers
    for step, child, place in _children(node):
        _put(copy, edit(step) if isinstance(step, str) else step, _rewrite(child, edit), place)
    return copy


def _node(value: object, place: Place) -> Node:
    if isinstance(value, dict):
        node = Node(place, keys={})
        for key, part in value.items():
            node.put(key, _node(part, place))
        return node
    return Node(place, text=str(value))


def _apply_settings(layers: list[Layer], number: int, place: Place, remedy: Remedy) -> list[Layer]:
    """Return the layers with settings changed where a user would write them: in the file, or with the other options."""
    if number < 0:
        option = place.file.startswith("--")
        number = max(n for n, layer in enumerate(layers) if option or layer.node.place.file != "--set")
        if option and layers[number].node.place.file != "--set":
            layers = [*layers, Layer(Node(Place("--set"), keys={}), own=True)]
            number += 1
    node = layers[number].node
    top = Node(node.place, keys=dict(node.keys or {}), key_places=dict(node.key_places))
    for key, text in remedy.settings:
        value = Node(node.place, text=text)
        if key == "without":  # a list, which may exist already
            current = top.keys.get(key) if top.keys else None
            value = Node(node.place, items=[*((current and current.items) or []), value])
        top.put(key, value)
    return _replace_layer(layers, number, top)


def _replace_layer(layers: list[Layer], number: int, top: Node) -> list[Layer]:
    old_layer = layers[number]
    new_layer = Layer(top, old_layer.own, old_layer.identity, old_layer.home, ranges=old_layer.ranges)
    validate([new_layer])
    return [*layers[:number], new_layer, *layers[number + 1 :]]
