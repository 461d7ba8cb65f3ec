"""Levers that are choices: each puts the settings that it selects on top of the layers, before anything is selected.

So a lever and the setting that it stands for are one decision: `--lever spot-instances` and `--set commitment=spot` agree
draw by draw. The lever adds the cost and the delay of its adoption, and is refused where it is in force or cannot act. Lines
and outcomes that a lever needs are added too, whether it selects settings or has effects alone.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from pydantic import ValidationError

from simulator.core.errors import Place
from simulator.core.results import Note
from simulator.core.suggestions import Remedy
from simulator.model.rental import WITH_IDLE_HOURS
from simulator.scenario import library
from simulator.scenario.assemble.adoption import LINE, adopted_levers, is_in_baseline
from simulator.scenario.assemble.conditions import Facts, Quantities, first_unmet
from simulator.scenario.assemble.context import Context
from simulator.scenario.layers import Layer, overlay, validate
from simulator.scenario.rents import channel_of
from simulator.scenario.schema import INHERITED, AdjustmentRow, Entry, SettingChange, Settings
from simulator.scenario.text import Node
from simulator.scenario.validated_rows import adjustment_row

CONTRACT_NOTE = "contract-dropped"
"""Code of the note on a lever that drops or shrinks a contract."""
_OF_CONTRACT = frozenset({"basis", "channel", "chip", "commitment"})
"""Settings that a contract fixes."""
_SHADOWS = dict.fromkeys(("channel", "commitment"), ("rental_price",)) | {
    "precision": ("chip_hours", "final_run_chip_hours", "computed_chip_hours", "useful_chip_hours")
}
"""Quantities that, if they are given, take the place of what a setting selects."""


class _Lever(NamedTuple):
    name: str
    row: AdjustmentRow
    node: Node
    place: Place
    """Where the scenario names the lever."""

    @property
    def title(self) -> str:
        return f"lever {self.name}"


def apply_lever_choices(context: Context, read: Callable[[Context], Quantities | None]) -> Context:
    """Return the context with a layer on top for each lever that selects choices or adds lines; report levers that cannot.

    `read` reads the quantities of the scenario without these levers, for their conditions.
    """
    facts = Facts(context, lambda: read(context))
    selected_by: dict[str, _Lever] = {}
    layers: list[Layer] = []
    for lever in _levers(context):
        if is_in_baseline(context, lever.name, lever.row):
            continue
        others = [selected_by[key] for key in lever.row.choice if key in selected_by]
        if any(set(lever.row.group) & set(other.row.group) for other in others):
            continue  # reported with all levers that save the same cost
        reason = _refusal(facts, lever, selected_by) if lever.row.choice else None
        if reason is not None:
            context.issues.add(lever.place, lever.title, reason[0], partial(tuple, reason[1]))
            continue
        selected_by |= dict.fromkeys(lever.row.choice, lever)
        _note_contract(context, lever)
        values = {
            key: _value_node(context, lever, key, change)
            for key, change in lever.row.choice.items()
            if not (_is_default(change) and _has_value(context, key))
        }
        values |= {key: _additions(lever, key, names) for key, names in _added(context, lever.row).items()}
        if values:
            layers.append(Layer(overlay(values, {}), own=False))
    if adopted_levers(context) and LINE not in context.line_names:
        line = Node(context.place("levers"), items=[Node(context.place("levers"), text=name) for name in (INHERITED, LINE)])
        layers.append(Layer(overlay({"lines": line}, {}), own=False))
    validate(layers)
    for layer in layers:
        context.issues.issues += layer.issues
    return replace(context, layers=(*context.layers, *layers)) if layers else context


def _levers(context: Context) -> Iterator[_Lever]:
    """Yield the levers that change settings or lines; what is wrong with other names is reported later."""
    names: set[str] = set()
    for name, layer, number in context.listed("levers"):
        node = library.find_file("levers", name)
        if node is None or name in names:
            continue
        names.add(name)
        try:
            row = adjustment_row("levers", name)
        except ValidationError:
            continue
        assert row is not None
        if row.choice or row.lines or row.outcomes:
            yield _Lever(name, row, node, layer.node.at(("levers", number)))


def _note_contract(context: Context, lever: _Lever) -> None:
    """Note that a lever drops or shrinks a contract, which may be signed."""
    term = context.last("commitment")
    if context.last("basis") != "rented" or term not in WITH_IDLE_HOURS:
        return
    chips = lever.row.choice.get("chips")
    is_smaller = isinstance(chips, SettingChange) and chips.times is not None and chips.times < 1
    if is_smaller or not _OF_CONTRACT.isdisjoint(lever.row.choice):
        change = "shrinks" if is_smaller else "drops"
        text = (
            f"lever {lever.name} {change} the contract of the scenario (`commitment: {term}`): if it is signed, what it still "
            "owes or costs to leave is not in the total"
        )
        context.issues.notes.append(Note(CONTRACT_NOTE, "commitment", text))


def _added(context: Context, row: AdjustmentRow) -> Mapping[str, list[str]]:
    """Return the lines and the outcomes that a lever adds to those of the scenario."""
    present = {"lines": context.line_names, "outcomes": tuple(item.name for item in context.listed("outcomes"))}
    wanted = {"lines": row.lines, "outcomes": row.outcomes}
    found = {key: [name for name in wanted[key] if name not in present[key]] for key in wanted}
    return {key: names for key, names in found.items() if names}


def _additions(lever: _Lever, key: str, names: list[str]) -> Node:
    place = lever.node.place
    return Node(place, items=[Node(place, text=name) for name in (INHERITED, *names)])


_Refusal = tuple[str, list[Remedy]]


def _refusal(facts: Facts, lever: _Lever, selected_by: Mapping[str, _Lever]) -> _Refusal | None:
    """Return the reason why a lever cannot select its choices, with remedies; None if it can."""
    context = facts.context
    for key in lever.row.choice:
        if key in selected_by:
            return f"selects `{key}`, as lever {selected_by[key].name} does; choose one of them", []
    force = [_in_force(context, key, change) for key, change in lever.row.choice.items() if not _is_default(change)]
    if force and force[0]:
        return f"is in force already: this scenario has {' and '.join(filter(None, force))}", []
    reason = first_unmet(lever.row.when, facts)
    if reason:
        return reason, []
    for key, change in lever.row.choice.items():
        reason = _cannot_change(context, key, change)
        if reason:
            return reason, []
        shadows = _shadows(context, key)
        if shadows:
            message = f"selects `{key}: {_option(context, key, change)}`, but {shadows[0]} is given in its place"
            return message, _remedies(context, shadows[0])
    return None


def _is_default(change: SettingChange | Entry) -> bool:
    """Whether a change applies only where the scenario gives no value."""
    return isinstance(change, SettingChange) and change.default is not None


def current_setting(context: Context, key: str) -> str | None:
    """Return a setting as it acts: rented chips have a channel even where none is set."""
    value = context.last(key)
    if key == "channel" and context.last("basis") == "rented":
        value = channel_of(context.last("chip"), value)
    return None if value is None else str(value)


def _has_value(context: Context, quantity: str) -> bool:
    """Whether a file or an option gives a quantity; the library's default rows do not count."""
    has_value = False
    for layer in context.layers:
        if layer.identity == library.LIBRARY_LABEL:
            continue
        has_value = quantity in layer.entries or (has_value and quantity not in layer.settings.without)
    return has_value


def _in_force(context: Context, key: str, change: SettingChange | Entry) -> str:
    """Describe the part of a scenario that makes a change needless; an empty text if there is none."""
    if isinstance(change, SettingChange):
        return ""
    if key in Settings.model_fields:
        return f"`{key}: {current_setting(context, key)}`" if current_setting(context, key) == _text(change) else ""
    return f"{key}" if _has_value(context, key) else ""


def _cannot_change(context: Context, key: str, change: SettingChange | Entry) -> str:
    """Return why there is nothing that a change can start from, or an empty text."""
    if not isinstance(change, SettingChange):
        return ""
    if change.default is not None:
        return ""
    if change.times is not None:
        return "" if _last_entry(context, key) else f"changes {key}, which is not given here"
    current = current_setting(context, key)
    if current in change.next:
        return ""
    known = f"has none after {current!r}" if current else f"needs `{key}`, which is not set"
    return f"selects the next {key} of the library, which {known}"


def _shadows(context: Context, key: str) -> tuple[str, ...]:
    """Return the quantities that are given in place of what a setting selects."""
    return tuple(name for name in _SHADOWS.get(key, ()) if _has_value(context, name) and not _has_term(context, name))


def _has_term(context: Context, quantity: str) -> bool:
    """Whether a rent is stated with the commitment that it is of, so that it is no rent of another."""
    entry = next((layer.entries[quantity] for layer in reversed(context.layers) if quantity in layer.entries), None)
    return entry is not None and bool(entry.term)


def _remedies(context: Context, name: str) -> list[Remedy]:
    """Return the changes that let a quantity be computed: `without` for that of a base, removal for one of the file itself."""
    remedies = [Remedy(f" (`without: [{name}]` computes it)", settings=(("without", name),))]
    place = next((layer.node.at((name,)) for layer in reversed(context.layers) if name in layer.entries), None)
    if place is not None:
        remedies.append(Remedy(f" (remove it in line {place.line} to compute it)", remove=place))
    return remedies


def _option(context: Context, key: str, change: SettingChange | Entry) -> str:
    if isinstance(change, SettingChange):
        return change.next.get(current_setting(context, key) or "", "")
    return _text(change)


def _text(entry: Entry) -> str:
    """Return the text of an entry of one word or number, as settings have."""
    return entry.from_ or entry.value or ""


def _value_node(context: Context, lever: _Lever, key: str, change: SettingChange | Entry) -> Node:
    """Return the node of a setting or quantity that a lever selects."""
    node = lever.node.child("choice", key)
    if not isinstance(change, SettingChange):
        return node
    if change.default is not None:
        return node.child("default")
    if change.times is None:
        return Node(node.place, text=change.next[current_setting(context, key) or ""])
    before = _last_entry(context, key)
    assert before is not None
    factor = Node(node.place, text=f"{change.times:g}")
    keys = {"value": before} if before.keys is None else dict(before.keys)
    if before.keys is None and before.text is not None and Entry.model_validate(before.text).from_ is not None:
        keys = {"from": before}
    return Node(node.place, keys=keys | {"times": factor}, key_places=dict.fromkeys((*keys, "times"), node.place))


def _last_entry(context: Context, quantity: str) -> Node | None:
    """Return the node of a quantity in the last layer that gives it."""
    for layer in reversed(context.layers):
        if quantity in layer.entries:
            return layer.node.child(quantity)
        if quantity in layer.settings.without:
            return None
    return None
