"""Trials of remedies: each is applied to the scenario, which is assembled again, before a message proposes it.

A remedy works if its issue is resolved and no new issue appears. If none works alone, each is combined with a remedy for the
remaining issue. The number of trials is bounded, and there are none for a valid scenario without notes.
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
"""Maximum number of assemblies for the messages of one scenario; each takes some milliseconds."""
MOST_WORK = 30_000
"""Maximum number of keys and values that all these assemblies may read in total."""
MOST_REMEDIES = 6
MOST_SECOND_REMEDIES = 2
"""Maximum number of remedies tried for one issue, and for the issue that remains after one of them."""


class AssemblyReport(NamedTuple):
    """The result of an assembly: issues, notes, warnings, and whether it reached a plan."""

    issues: tuple[Issue, ...]
    notes: tuple[Issue, ...] = ()
    warnings: tuple[str, ...] = ()
    is_planned: bool = True


Assemble = Callable[[list[Layer]], AssemblyReport]


@dataclass
class Trials:
    """Tries remedies by assembling the scenario again; `remaining` is the number of trials left."""

    assemble: Assemble
    remaining: int = MOST_TRIALS

    @classmethod
    def of(cls, assemble: Assemble, layers: list[Layer]) -> "Trials":
        """Return trials for a scenario, fewer of them for long files, to limit the time."""
        size = sum(_size(layer.node) for layer in layers if not layer.node.place.file.startswith(library.LIBRARY_LABEL))
        return cls(assemble, min(MOST_TRIALS, MOST_WORK // max(1, size)))

    def complete(self, issues: Sequence[Issue], layers: list[Layer], before: AssemblyReport) -> list[Issue]:
        """Return the issues, their messages completed with a remedy that works, or else with their alternative text."""
        return [self._complete_issue(issue, layers, before) for issue in issues]

    def _complete_issue(self, issue: Issue, layers: list[Layer], before: AssemblyReport) -> Issue:
        names: list[str] = []
        failed: list[tuple[Remedy, list[Layer], AssemblyReport, Issue]] = []
        missing_text = ""
        for remedy in islice(issue.remedies(), MOST_REMEDIES) if self.remaining > 0 else ():
            remedy = _or_remove_duplicate(layers, issue.place, remedy)
            changed_layers = _apply(layers, issue.place, remedy)
            if changed_layers is None or (names and not remedy.name) or not self._take_trial():
                continue
            after = self.assemble(changed_layers)
            unresolved = _remaining_issues(issue, remedy, before, after)
            if not unresolved and not remedy.name:
                return _with_text(issue, remedy.text)
            if not unresolved:
                names.append(remedy.name)
                if len(names) == issue.max_names:
                    break
            elif len(unresolved) == 1:
                failed.append((remedy, changed_layers, after, unresolved[0]))
            if (
                unresolved
                and remedy.settings
                and not missing_text
                and all(each.missing not in ("", issue.missing) for each in unresolved)
            ):
                missing = ", ".join(dict.fromkeys(each.missing for each in unresolved))
                missing_text = f"{remedy.text}, which would need {missing} too"
        if names:
            return _with_text(issue, did_you_mean(names))
        for remedy, changed_layers, after, second_issue in failed:
            for second_remedy in islice(second_issue.remedies(), MOST_SECOND_REMEDIES) if self.remaining > 0 else ():
                combined = _apply(changed_layers, second_issue.place, second_remedy)
                if combined is None or not self._take_trial():
                    continue
                if not _remaining_issues(
                    second_issue, second_remedy, after, final := self.assemble(combined)
                ) and not _remaining_issues(issue, remedy, before, final):
                    return _with_text(issue, _join_proposals(remedy.text, second_remedy.text))
        return _with_text(issue, missing_text or issue.fallback)

    def _take_trial(self) -> bool:
        self.remaining -= 1
        return self.remaining >= 0


def _join_proposals(first: str, second: str) -> str:
    """Join two proposals; after a question, the second is a sentence of its own."""
    return f"{first} And {second.lstrip(':;, ')}" if first.endswith("?") else first + second


def _with_text(issue: Issue, text: str) -> Issue:
    return replace(issue, message=issue.message + text, remedies=tuple, fallback="")


def _remaining_issues(issue: Issue, remedy: Remedy, before: AssemblyReport, after: AssemblyReport) -> list[Issue]:
    """Return the issues after a remedy: the original issue if it is unresolved, and new ones.

    An assembly that gets further than the one before may report issues that existed already; these count only if they concern
    what the remedy changed.
    """
    earlier = {_identity(each) for each in (*before.issues, *before.notes)}
    current = (*after.issues, *after.notes) if issue.unused else after.issues
    unresolved = [each for each in current if _identity(each) == _identity(issue)]
    new_issues = [each for each in after.issues if _identity(each) not in earlier]
    if after.is_planned and not before.is_planned:
        changed_keys = {remedy.name, *(key for key, _ in remedy.settings)}
        new_issues = [each for each in new_issues if each.place == issue.place or each.key in changed_keys]
    if remedy.edit is not None and not remedy.name and not unresolved and not new_issues:
        # Another reading of a number is not a remedy if the number is then implausible.
        new_issues = [
            Issue(issue.place, issue.key, warning) for warning in after.warnings if warning.startswith(f"{issue.place}: ")
        ]
    return unresolved + new_issues


def _identity(issue: Issue) -> tuple[Place, str, str]:
    """Return what identifies an issue; its message may change with a remedy at another place."""
    return issue.place, issue.key, issue.missing


# --- application of a remedy ------------------------------------------------------------------------------------------------

_Step = str | int


def _apply(layers: list[Layer], place: Place, remedy: Remedy) -> list[Layer] | None:
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


def _or_remove_duplicate(layers: list[Layer], place: Place, remedy: Remedy) -> Remedy:
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


def _size(node: Node) -> int:
    return 1 + sum(_size(child) for _, child, _ in _children(node))


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
            if child.keys is None:
                return None
            mapping = Node(child.place, keys=dict(child.keys), key_places=dict(child.key_places))
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
    copy.text = None if node.text is None else edit(node.text)
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
    new_layer = Layer(top, old_layer.own, old_layer.identity, old_layer.home)
    validate([new_layer])
    return [*layers[:number], new_layer, *layers[number + 1 :]]
