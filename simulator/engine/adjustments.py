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
class Effect:
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
    """A lever, shock or error factor: a name, its kind, and what it changes.

    In a share `chance_of_none` of the draws it changes nothing at all. `effort` (person-hours) and `delay` (hours) are what it
    takes to adopt a lever. `in_baseline` is a lever that every modern run contains, so that it has no effects here. With
    `experiments` its factor counts the experiments before the final run.
    """

    name: str
    kind: str
    effects: tuple[Effect, ...]
    about: str = ""
    sources: tuple[Source, ...] = ()
    grade: str = ""
    probability_of_none: float = 0.0
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
        return f"{self.kind}/{self.name}"

    def name_of(self, effect: Effect) -> str:
        """Return the name under which the draw of an effect goes, as in `lever/spot-instances.rental_price`."""
        return f"{self.full_name}.{effect.label or effect.on}"


def adjusted(graph: Graph, inputs: Mapping[str, Input], adjustments: Iterable[Adjustment]) -> tuple[Graph, dict[str, Input]]:
    """Return the graph and the inputs with the adjustments in place, in their order; ValueError for an unknown quantity.

    Levers that multiply one quantity the same way become one node, where the first of them stands.
    """
    inputs, adjustments = dict(inputs), tuple(adjustments)
    for adjustment in adjustments:
        graph = _with_effects(graph, inputs, adjustment)
    shared = _shared(adjustments)
    for adjustment in adjustments:
        for effect in adjustment.effects:
            several = shared.get(adjustment.name_of(effect), [(adjustment, effect)])
            if several[0] == (adjustment, effect):
                graph = _wrapped(graph, inputs, several)
    return graph, inputs


def _with_effects(graph: Graph, inputs: dict[str, Input], adjustment: Adjustment) -> Graph:
    """Add the draws of an adjustment, and whether it has an effect where it may have none."""
    name = adjustment.full_name
    works = f"{name}.works"
    if adjustment.probability_of_none and adjustment.effects:
        luck, probability = f"{name}.luck", f"{name}.probability_of_none"
        about = f"Probability that {adjustment.name} does nothing"
        inputs[luck] = Input(luck, Uniform(0.0, 1.0), _LIVE, "0 to 1, all alike", about, _BY_CONSTRUCTION, stream=luck)
        inputs[probability] = Input(
            probability,
            Constant(adjustment.probability_of_none),
            _LIVE,
            f"{adjustment.probability_of_none:g}",
            about,
            stream=probability,
        )
        graph = graph.with_formulas([Formula(works, _works, (luck, probability), _LIVE)], {luck: _LIVE, probability: _LIVE})
    for effect in adjustment.effects:
        change = adjustment.name_of(effect)
        if change in inputs:
            raise ValueError(f"{adjustment.kind} {adjustment.name} acts on {effect.on} twice")
        if effect.on not in graph.units:
            hint = nearest(effect.on, graph.units)
            raise ValueError(f"{adjustment.kind} {adjustment.name}: no quantity {effect.on!r}{hint}")
        inputs[change] = replace(effect.change, name=change, stream=change)
        nodes = []
        if adjustment.probability_of_none and effect.how in _NEUTRAL:
            nodes.append(Formula(_node_of(adjustment, effect), _NEUTRAL[effect.how], (change, works), effect.change.unit))
        graph = graph.with_formulas(nodes, {change: effect.change.unit})
    return graph


def _works(luck: Value, probability_of_none: Value) -> Value:
    """1 where a lever has its effect and 0 where it has none."""
    return np.where(luck < probability_of_none, 0.0, 1.0)


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


def _node_of(adjustment: Adjustment, effect: Effect) -> str:
    """The name of what an effect does in a draw: its change, or that and whether there is one."""
    change = adjustment.name_of(effect)
    return f"{change} or none" if adjustment.probability_of_none and effect.how in _NEUTRAL else change


def _shared(adjustments: tuple[Adjustment, ...]) -> dict[str, list[tuple[Adjustment, Effect]]]:
    """Return for the effects of levers that share a quantity all those that move it the same way."""
    stacks: dict[tuple[str, str, bool], list[tuple[Adjustment, Effect]]] = {}
    for adjustment in adjustments:
        for effect in adjustment.effects:
            if adjustment.kind == "lever" and effect.how in _FACTORS and not effect.label:
                stacks.setdefault((effect.on, effect.how, effect.change.distribution.quantile(0.5) > 1), []).append(
                    (adjustment, effect)
                )
    return {adjustment.name_of(effect): stack for stack in stacks.values() for adjustment, effect in stack}


def _size(pair: tuple[Adjustment, Effect]) -> tuple[float, str]:
    """The order of levers on one quantity: by the size of their median effect, the largest first."""
    middle = pair[1].change.distribution.quantile(0.5)
    return (-abs(math.log(middle)) if middle > 0 else -math.inf), pair[0].name


def stacked(*nodes: Value) -> Value:
    """The common effect of levers on one quantity, the largest first: logarithms added up with falling weights."""
    together = nodes[0]
    for place, factor in enumerate(nodes[1:], start=1):
        together = together * factor ** WEIGHTS[min(place, len(WEIGHTS) - 1)]
    return together


def _wrapped(graph: Graph, inputs: dict[str, Input], several: list[tuple[Adjustment, Effect]]) -> Graph:
    """Put one act, or the acts of several levers that share a quantity, around the node of its name."""
    ordered = sorted(several, key=_size) if len(several) > 1 else several
    adjustment, effect = ordered[0]
    by = ", ".join(each.full_name for each, _ in ordered) + (f" {effect.label}" if effect.label else "")
    before, unit = f"{effect.on} before {by}", graph.units[effect.on]
    factor, nodes = _node_of(adjustment, effect), []
    if len(ordered) > 1:
        factor = f"{effect.on} by {by}"
        nodes.append(Formula(factor, stacked, tuple(_node_of(*each) for each in ordered), Unit("1")))
    if adjustment.probability_of_none and effect.how in _OR_NOT:
        nodes.append(Formula(effect.on, _OR_NOT[effect.how], (before, factor, f"{adjustment.full_name}.works"), unit))
    else:
        nodes.append(Formula(effect.on, HOW[effect.how], (before, factor), unit))
    own = graph.formulas.get(effect.on)
    if effect.on in inputs:
        inputs[before] = replace(inputs.pop(effect.on), name=before)
    elif own is not None:
        nodes.append(replace(own, name=before))
    return graph.with_formulas(nodes, {before: unit})


def change_unit(how: str, on: Unit) -> Unit:
    """Return the unit in which an adjustment of a quantity is stated: a plain number for a factor, its own otherwise."""
    return Unit("1") if how in _FACTORS else replace(on, low=float("-inf"), high=float("inf")) if how == "add" else on
