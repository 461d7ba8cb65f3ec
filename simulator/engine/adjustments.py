"""Adjustments on the graph: what one chooses in order to save (lever), what happens (shock), a source's error factor.

An adjustment wraps the node of its name, be that a formula or a given quantity: the node keeps its value under another name,
and the name itself becomes that value changed by the adjustment's own draw. So it acts on a real quantity, never on the total,
and everything downstream follows.

Levers that multiply one quantity the same way share its room, so their effects diminish. Two that save half each do not leave
a quarter: in logarithms the larger counts in full, the next by 0.7 of itself, and so on (`WEIGHTS`).
"""

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from simulator.core.suggestions import nearest
from simulator.core.units import Unit, Value
from simulator.distributions import Constant, Uniform
from simulator.engine.graph import Formula, Graph
from simulator.engine.inputs import Input, Source


def _replaced(before: Value, after: Value) -> Value:
    """The adjustment's value in place of the quantity's own."""
    return after + 0 * before


def _scaled_from_one(before: Value, factor: Value) -> Value:
    """What lies between the quantity and one becomes so many times as much: time lost, overhead, experiments, waste."""
    return 1 + (before - 1) * factor


def _at_most(before: Value, limit: Value) -> Value:
    """The quantity, or the limit where that is less."""
    return np.minimum(before, limit)


HOW: dict[str, Callable[[Any, Any], Any]] = {
    "multiply": operator.mul,
    "scale_from_one": _scaled_from_one,
    "add": operator.add,
    "replace": _replaced,
    "at_most": _at_most,
}

WEIGHTS = (1.0, 0.7, 0.5, 0.35, 0.25)
"""How much of their effect, in logarithms, levers on one quantity keep, the largest first; the fifth's holds for all after it.
A judgement: controlled tests of training methods find that gains shrink when they are combined and when models grow."""

_FACTORS = ("multiply", "scale_from_one")
_LIVE = Unit("1", high=1.0)
_BY_CONSTRUCTION = (Source("uniform by construction"),)


@dataclass(frozen=True, slots=True)
class Act:
    """One change of one quantity; a `side` effect may be left out where nothing uses the quantity.

    `label` stands for the quantity in the name of the change, where one lever changes it for two reasons.
    """

    on: str
    how: str
    change: Input
    side: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A lever, shock or error factor: a name, its shelf, and what it changes.

    In a share `chance_of_none` of the draws it changes nothing at all. `effort` (person-hours) and `delay` (hours) are what it
    takes to adopt a lever. `in_baseline` is a lever that every modern run contains, so that it has no acts here. With
    `experiments` its factor counts the experiments before the final run.
    """

    name: str
    shelf: str
    acts: tuple[Act, ...]
    about: str = ""
    sources: tuple[Source, ...] = ()
    sure: str = ""
    chance_of_none: float = 0.0
    conditions: str = ""
    side_effects: str = ""
    named_in: str = ""
    groups: tuple[str, ...] = ()
    effort: Input | None = None
    delay: Input | None = None
    in_baseline: bool = False
    experiments: bool = False

    @property
    def full_name(self) -> str:
        """Shelf and name, as in `lever/spot-instances`."""
        return f"{self.shelf}/{self.name}"

    def name_of(self, act: Act) -> str:
        """Return the name under which the draw of an act goes, as in `lever/spot-instances.rental_price`."""
        return f"{self.full_name}.{act.label or act.on}"


def adjusted(graph: Graph, inputs: Mapping[str, Input], adjustments: Iterable[Adjustment]) -> tuple[Graph, dict[str, Input]]:
    """Return the graph and the inputs with the adjustments in place, in their order; ValueError for an unknown quantity.

    Levers that multiply one quantity the same way become one node, where the first of them stands.
    """
    inputs, adjustments = dict(inputs), tuple(adjustments)
    for adjustment in adjustments:
        graph = _with_effects(graph, inputs, adjustment)
    shared = _shared(adjustments)
    for adjustment in adjustments:
        for act in adjustment.acts:
            several = shared.get(adjustment.name_of(act), [(adjustment, act)])
            if several[0] == (adjustment, act):
                graph = _wrapped(graph, inputs, several)
    return graph, inputs


def _with_effects(graph: Graph, inputs: dict[str, Input], adjustment: Adjustment) -> Graph:
    """Add the draws of an adjustment, and its luck where it may do nothing."""
    name = adjustment.full_name
    works = f"{name}.works"
    if adjustment.chance_of_none and adjustment.acts:
        luck, chance = f"{name}.luck", f"{name}.chance_of_none"
        about = f"Chance that {adjustment.name} does nothing"
        inputs[luck] = Input(luck, Uniform(0.0, 1.0), _LIVE, "0 to 1, all alike", about, _BY_CONSTRUCTION, stream=luck)
        inputs[chance] = Input(
            chance, Constant(adjustment.chance_of_none), _LIVE, f"{adjustment.chance_of_none:g}", about, stream=chance
        )
        graph = graph.with_formulas([Formula(works, _works, (luck, chance), _LIVE)], {luck: _LIVE, chance: _LIVE})
    for act in adjustment.acts:
        change = adjustment.name_of(act)
        if change in inputs:
            raise ValueError(f"{adjustment.shelf} {adjustment.name} acts on {act.on} twice")
        if act.on not in graph.units:
            hint = nearest(act.on, graph.units)
            raise ValueError(f"{adjustment.shelf} {adjustment.name}: no quantity {act.on!r}{hint}")
        inputs[change] = replace(act.change, name=change, stream=change)
        effects = []
        if adjustment.chance_of_none and act.how in _NEUTRAL:
            effects.append(Formula(_effect(adjustment, act), _NEUTRAL[act.how], (change, works), act.change.unit))
        graph = graph.with_formulas(effects, {change: act.change.unit})
    return graph


def _works(luck: Value, chance_of_none: Value) -> Value:
    """1 where a lever has its effect and 0 where it has none."""
    return np.where(luck < chance_of_none, 0.0, 1.0)


def _or_one(change: Value, works: Value) -> Value:
    """The factor where the lever works, and 1 elsewhere."""
    return np.where(works, change, 1.0)


def _or_nothing(change: Value, works: Value) -> Value:
    """The amount where the lever works, and 0 elsewhere."""
    return change * works


_NEUTRAL: dict[str, Callable[[Any, Any], Any]] = {"multiply": _or_one, "scale_from_one": _or_one, "add": _or_nothing}


def _replaced_or_not(before: Value, after: Value, works: Value) -> Value:
    """The adjustment's value where it works, the quantity's own elsewhere."""
    return np.where(works, after, before)


def _at_most_or_not(before: Value, limit: Value, works: Value) -> Value:
    """The limit where it works and is less, the quantity elsewhere."""
    return np.where(works, np.minimum(before, limit), before)


_OR_NOT: dict[str, Callable[[Any, Any, Any], Any]] = {"replace": _replaced_or_not, "at_most": _at_most_or_not}


def _effect(adjustment: Adjustment, act: Act) -> str:
    """The name of what an act does in a draw: its change, or that and the luck of having one."""
    change = adjustment.name_of(act)
    return f"{change} or none" if adjustment.chance_of_none and act.how in _NEUTRAL else change


def _shared(adjustments: tuple[Adjustment, ...]) -> dict[str, list[tuple[Adjustment, Act]]]:
    """Return for the acts of levers that share a quantity all those that move it the same way."""
    stacks: dict[tuple[str, str, bool], list[tuple[Adjustment, Act]]] = {}
    for adjustment in adjustments:
        for act in adjustment.acts:
            if adjustment.shelf == "lever" and act.how in _FACTORS and not act.label:
                stacks.setdefault((act.on, act.how, act.change.law.quantile(0.5) > 1), []).append((adjustment, act))
    return {adjustment.name_of(act): stack for stack in stacks.values() for adjustment, act in stack}


def _size(pair: tuple[Adjustment, Act]) -> tuple[float, str]:
    """The order of levers on one quantity: by the size of their median effect, the largest first."""
    middle = pair[1].change.law.quantile(0.5)
    return (-abs(math.log(middle)) if middle > 0 else -math.inf), pair[0].name


def stacked(*effects: Value) -> Value:
    """The common effect of levers on one quantity, the largest first: logarithms added up with falling weights."""
    together = effects[0]
    for place, effect in enumerate(effects[1:], start=1):
        together = together * effect ** WEIGHTS[min(place, len(WEIGHTS) - 1)]
    return together


def _wrapped(graph: Graph, inputs: dict[str, Input], several: list[tuple[Adjustment, Act]]) -> Graph:
    """Put one act, or the acts of several levers that share a quantity, around the node of its name."""
    ordered = sorted(several, key=_size) if len(several) > 1 else several
    adjustment, act = ordered[0]
    by = ", ".join(each.full_name for each, _ in ordered) + (f" {act.label}" if act.label else "")
    before, unit = f"{act.on} before {by}", graph.units[act.on]
    effect, nodes = _effect(adjustment, act), []
    if len(ordered) > 1:
        effect = f"{act.on} by {by}"
        nodes.append(Formula(effect, stacked, tuple(_effect(*each) for each in ordered), Unit("1")))
    if adjustment.chance_of_none and act.how in _OR_NOT:
        nodes.append(Formula(act.on, _OR_NOT[act.how], (before, effect, f"{adjustment.full_name}.works"), unit))
    else:
        nodes.append(Formula(act.on, HOW[act.how], (before, effect), unit))
    own = graph.formulas.get(act.on)
    if act.on in inputs:
        inputs[before] = replace(inputs.pop(act.on), name=before)
    elif own is not None:
        nodes.append(replace(own, name=before))
    return graph.with_formulas(nodes, {before: unit})


def change_unit(how: str, on: Unit) -> Unit:
    """Return the unit in which an adjustment of a quantity is stated: a plain number for a factor, its own otherwise."""
    return Unit("1") if how in _FACTORS else replace(on, low=float("-inf"), high=float("inf")) if how == "add" else on
