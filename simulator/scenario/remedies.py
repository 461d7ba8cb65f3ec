"""Remedies are tried before a message proposes them: applied to the scenario, which is assembled again.

A remedy works where its issue is then gone and no other has come in its place. Where none works alone, it is tried together
with a remedy of what is left. Trials are bounded, and happen only where something is refused or noted.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple

from simulator.core.errors import Issue, Place
from simulator.core.suggestions import Remedy, did_you_mean
from simulator.scenario import library
from simulator.scenario.layers import Layer, validate
from simulator.scenario.text import Node

MOST_TRIALS = 60
"""Assemblies for the messages of one scenario; each takes some milliseconds."""
MOST_WORK = 30_000
"""Keys and values that all these assemblies may read together."""
MOST_OF_ONE = 6
MOST_OF_THE_REST = 2
"""Remedies that are tried for one issue, and beside one of them for what is left."""


class Outcome(NamedTuple):
    """What an assembly came to: what is refused, what is noted, warnings, and whether it got as far as a plan."""

    issues: tuple[Issue, ...]
    notes: tuple[Issue, ...] = ()
    warnings: tuple[str, ...] = ()
    is_planned: bool = True


Assemble = Callable[[list[Layer]], Outcome]


@dataclass
class Trials:
    """Tries remedies by assembling again; `left` is how many trials there still may be."""

    assemble: Assemble
    left: int = MOST_TRIALS

    @classmethod
    def of(cls, assemble: Assemble, layers: list[Layer]) -> "Trials":
        """Return trials for a scenario: fewer where its files are long, so that a message does not take longer."""
        size = sum(_size(layer.node) for layer in layers if not layer.node.place.file.startswith(library.SHOWN))
        return cls(assemble, min(MOST_TRIALS, MOST_WORK // max(1, size)))

    def completed(self, issues: Sequence[Issue], layers: list[Layer], before: Outcome) -> list[Issue]:
        """Return issues with what works in their messages, and what else there is to say where nothing does."""
        return [self._completed(issue, layers, before) for issue in issues]

    def _completed(self, issue: Issue, layers: list[Layer], before: Outcome) -> Issue:
        names: list[str] = []
        failed: list[tuple[Remedy, list[Layer], Outcome, Issue]] = []
        lacking = ""
        for remedy in islice(issue.remedies(), MOST_OF_ONE) if self.left > 0 else ():
            remedy = _or_left_out(layers, issue.place, remedy)
            changed = _changed(layers, issue.place, remedy)
            if changed is None or (names and not remedy.name) or not self._may_go_on():
                continue
            after = self.assemble(changed)
            left = _left(issue, remedy, before, after)
            if not left and not remedy.name:
                return _with(issue, remedy.text)
            if not left:
                names.append(remedy.name)
                if len(names) == issue.listed:
                    break
            elif len(left) == 1:
                failed.append((remedy, changed, after, left[0]))
            if left and remedy.settings and not lacking and all(each.missing not in ("", issue.missing) for each in left):
                needed = ", ".join(dict.fromkeys(each.missing for each in left))
                lacking = f"{remedy.text}, which would need {needed} too"
        if names:
            return _with(issue, did_you_mean(names))
        for remedy, changed, after, rest in failed:
            for second in islice(rest.remedies(), MOST_OF_THE_REST) if self.left > 0 else ():
                both = _changed(changed, rest.place, second)
                if both is None or not self._may_go_on():
                    continue
                if not _left(rest, second, after, last := self.assemble(both)) and not _left(issue, remedy, before, last):
                    return _with(issue, _joined(remedy.text, second.text))
        return _with(issue, lacking or issue.otherwise)

    def _may_go_on(self) -> bool:
        self.left -= 1
        return self.left >= 0


def _joined(first: str, second: str) -> str:
    """Return two proposals as one: behind a question the second is a sentence of its own."""
    return f"{first} And {second.lstrip(':;, ')}" if first.endswith("?") else first + second


def _with(issue: Issue, text: str) -> Issue:
    return replace(issue, message=issue.message + text, remedies=tuple, otherwise="")


def _left(issue: Issue, remedy: Remedy, before: Outcome, after: Outcome) -> list[Issue]:
    """Return what is wrong with a remedy: the issue where it is still there, and issues that it brings.

    An assembly that got further than the one before may find what was there and was not looked for yet; such issues count only
    where they concern what the remedy changed.
    """
    known = {_of(each) for each in (*before.issues, *before.notes)}
    there = (*after.issues, *after.notes) if issue.unused else after.issues
    same = [each for each in there if _of(each) == _of(issue)]
    new = [each for each in after.issues if _of(each) not in known]
    if after.is_planned and not before.is_planned:
        changed = {remedy.name, *(key for key, _ in remedy.settings)}
        new = [each for each in new if each.place == issue.place or each.key in changed]
    if remedy.edit is not None and not remedy.name and not same and not new:
        # Another reading of a number is no remedy where the number is then hardly meant.
        new = [Issue(issue.place, issue.key, said) for said in after.warnings if said.startswith(f"{issue.place}: ")]
    return same + new


def _of(issue: Issue) -> tuple[Place, str, str]:
    """Return what an issue is of; what is said of it may change with a remedy elsewhere."""
    return issue.place, issue.key, issue.missing


# --- a remedy applied -----------------------------------------------------------------------------------------------------

_Step = str | int


def _changed(layers: list[Layer], place: Place, remedy: Remedy) -> list[Layer] | None:
    """Return the layers with a remedy applied, or None where it cannot be."""
    number, path = next(((n, path) for n, layer in enumerate(layers) if (path := _path(layer.node, place))), (-1, ()))
    if remedy.settings:
        return _with_settings(layers, number if number >= 0 and layers[number].own else -1, place, remedy)
    if remedy.remove is not None:
        number, path = next(((n, path) for n, each in enumerate(layers) if (path := _path(each.node, remedy.remove))), (-1, ()))
    if not path:
        return None
    top = _edited(layers[number].node, path, remedy)
    return None if top is None else _replaced(layers, number, top)


def _or_left_out(layers: list[Layer], place: Place, remedy: Remedy) -> Remedy:
    """Return a remedy, or where it renames a key to one that is there too, to leave the key out."""
    for layer in layers:
        *above, last = _path(layer.node, place) or (0,)
        parent = layer.node
        for step in above:
            parent = (parent.keys or {})[step] if isinstance(step, str) else (parent.items or [])[step]
        there = parent.key_places.get(remedy.name)
        if isinstance(last, str) and there is not None and remedy.edit is not None and remedy.edit(last) == remedy.name != last:
            line = f" in line {there.line}" if there.line and not there.file.startswith("--") else ""
            return Remedy(f"{remedy.text} It is given too{line}, so leave this out", remove=place)
    return remedy


def _path(node: Node, place: Place) -> tuple[_Step, ...]:
    """Return the path to the key or the item that stands at a place, the deepest where several share it; empty for none."""
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


def _size(node: Node) -> int:
    return 1 + sum(_size(child) for _, child, _ in _children(node))


def _edited(node: Node, path: tuple[_Step, ...], remedy: Remedy) -> Node | None:
    """Return a copy of a node in which a remedy is applied to what a path leads to."""
    step, *rest = path
    copy = Node(node.place, items=[] if node.items is not None else None, keys={} if node.keys is not None else None)
    for here, child, place in _children(node):
        if here != step:
            _put(copy, here, child, place)
        elif rest:
            inner = _edited(child, tuple(rest), remedy)
            if inner is None:
                return None
            _put(copy, here, inner, place)
        elif remedy.add:
            if child.keys is None:
                return None
            added = Node(child.place, keys=dict(child.keys), key_places=dict(child.key_places))
            for key, value in remedy.add.items():
                added.put(key, _node(value, place), place)
            _put(copy, here, added, place)
        elif remedy.edit is not None:
            there = remedy.edit(here) if isinstance(here, str) else here
            if there != here and there in (node.keys or {}):
                return None
            _put(copy, there, _rewritten(child, remedy.edit), place)
    return copy


def _put(node: Node, step: _Step, child: Node, place: Place) -> None:
    if isinstance(step, str):
        node.put(step, child, place)
    elif node.items is not None:
        node.items.append(child)


def _rewritten(node: Node, edit: Callable[[str], str]) -> Node:
    copy = Node(node.place, items=[] if node.items is not None else None, keys={} if node.keys is not None else None)
    copy.text = None if node.text is None else edit(node.text)
    for step, child, place in _children(node):
        _put(copy, edit(step) if isinstance(step, str) else step, _rewritten(child, edit), place)
    return copy


def _node(value: object, place: Place) -> Node:
    if isinstance(value, dict):
        node = Node(place, keys={})
        for key, part in value.items():
            node.put(key, _node(part, place))
        return node
    return Node(place, text=str(value))


def _with_settings(layers: list[Layer], number: int, place: Place, remedy: Remedy) -> list[Layer]:
    """Return layers with settings changed where a reader would write them: in the file at hand, or beside other options."""
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
        if key == "without":  # a list, which may be there already
            there = top.keys.get(key) if top.keys else None
            value = Node(node.place, items=[*((there and there.items) or []), value])
        top.put(key, value)
    return _replaced(layers, number, top)


def _replaced(layers: list[Layer], number: int, top: Node) -> list[Layer]:
    old = layers[number]
    new = Layer(top, old.own, old.identity, old.home)
    validate([new])
    return [*layers[:number], new, *layers[number + 1 :]]
