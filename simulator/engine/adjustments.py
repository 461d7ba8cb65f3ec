"""Adjustments of the graph: savings measures (levers), adverse events (shocks), and the error factor of a source.

An adjustment wraps the node of a quantity, a formula or an input: the node keeps its value under another name, and the
quantity becomes that value changed by the adjustment's own draw. So an adjustment changes an actual quantity, never the total,
and everything downstream follows.

Effects of levers that multiply one quantity in the same direction diminish. Two that save half each do not leave a quarter: in
logarithms the larger counts in full, the next by 0.7, and so on (`WEIGHTS`).
"""

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from simulator.core.results import Note
from simulator.core.suggestions import suggest_nearest
from simulator.core.units import Unit, Value
from simulator.distributions import Constant, Uniform
from simulator.engine.graph import Formula, Graph
from simulator.engine.inputs import Input, Source


def _replace(before: Value, after: Value) -> Value:
    """Return the adjustment's value in place of the quantity's own."""
    return after + 0 * before


def _scale_from_one(before: Value, factor: Value) -> Value:
    """Scale the excess of a quantity over one: time lost, overhead, experiments, waste."""
    return 1 + (before - 1) * factor


def _limit(before: Value, limit: Value) -> Value:
    """Return the quantity, at most the limit."""
    return np.minimum(before, limit)


OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "multiply": operator.mul,
    "scale_from_one": _scale_from_one,
    "add": operator.add,
    "replace": _replace,
    "at_most": _limit,
}

WEIGHTS = (1.0, 0.7, 0.5, 0.35, 0.25)
"""Weights, in logarithms, of the effects of levers on one quantity, the largest first; the fifth applies to all further ones.
A judgement: controlled tests of training methods find that gains shrink when they are combined and when models grow."""

_FACTORS = ("multiply", "scale_from_one")
_FRACTION = Unit("1", high=1.0)
_SWITCH = Unit("1", low=-1.0, high=1.0)
_BY_CONSTRUCTION = (Source("uniform by construction"),)


@dataclass(frozen=True, slots=True)
class Effect:
    """A change of a quantity; a side effect is omitted if nothing uses the quantity.

    `label` replaces the quantity in the name of the change, if one lever changes it for two reasons. `level` is that of the
    quantile of the quantity's own prior, 0 to 1, if the change is one.
    """

    quantity: str
    operation: str
    change: Input
    is_side_effect: bool = False
    label: str = ""
    level: float | None = None


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A lever, shock or error factor: its name, kind and effects.

    With probability `probability_of_none` it has no effect. `effort` (person-hours) and `delay` (hours by which it lengthens
    the project) are the cost of adopting a lever; `wait` (hours) is the time until the project can begin. `in_baseline` marks
    a lever that is inside the figures of the scenario, so that it has no effects here. With `experiments` its factor accounts
    for the experiments before the final run. The settings that a lever `selects` are part of the scenario.
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
    recommended_in: str = ""
    groups: tuple[str, ...] = ()
    effort: Input | None = None
    delay: Input | None = None
    wait: Input | None = None
    in_baseline: bool = False
    experiments: bool = False
    selects: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """Kind and name, as in `lever/spot-instances`."""
        return f"{self.kind}/{self.name}"

    def name_of(self, effect: Effect) -> str:
        """Return the name of the input that an effect draws, as in `lever/spot-instances.rental_price`."""
        return f"{self.full_name}.{effect.label or effect.quantity}"


@dataclass(frozen=True, slots=True)
class AdjustmentNote(Note):
    """A note on a lever, shock or adjustment; its subject is the full name, as in `lever/spot-instances`.

    Attributes
    ----------
    statement : str
        The sentence without the name of the adjustment and without the remedy.
    remedy : str
        The end of the sentence that proposes a change of the scenario; empty where there is none.

    """

    statement: str
    remedy: str = ""


def adjustment_note(code: str, adjustment: Adjustment, statement: str, remedy: str = "") -> AdjustmentNote:
    """Return a note on an adjustment, whose text begins with its kind and name."""
    text = f"{adjustment.kind} {adjustment.name}: {statement}{remedy}"
    return AdjustmentNote(code, adjustment.full_name, text, statement, remedy)


def apply_adjustments(
    graph: Graph, inputs: Mapping[str, Input], adjustments: Iterable[Adjustment], *, with_switches: bool = False
) -> tuple[Graph, dict[str, Input]]:
    """Return the graph and the inputs with the adjustments applied in order; ValueError for an unknown quantity.

    Levers that multiply one quantity in the same direction become one node, at the position of the first. With switches, an
    adjustment has its effects where the input `switch_of` it is 1, and none where it is 0, as it is at first.
    """
    inputs, adjustments = dict(inputs), tuple(adjustments)
    for adjustment in adjustments:
        graph = _add_inputs(graph, inputs, adjustment)
        if with_switches:
            inputs[switch_of(adjustment)] = Input(switch_of(adjustment), Constant(0.0), _SWITCH, stream=switch_of(adjustment))
            graph = graph.with_formulas([], {switch_of(adjustment): _SWITCH})
    stacks = _stack_levers(adjustments)
    for adjustment in adjustments:
        for effect in adjustment.effects:
            stack = stacks.get(adjustment.name_of(effect), [(adjustment, effect)])
            if stack[0] == (adjustment, effect):
                graph = _wrap(graph, inputs, stack, with_switches=with_switches)
    return graph, inputs


def switch_of(adjustment: Adjustment) -> str:
    """Return the name of the input that switches an adjustment on."""
    return f"{adjustment.full_name}.on"


def unwrap(graph: Graph, inputs: Mapping[str, Input], adjustment: Adjustment) -> tuple[Graph, dict[str, Input]]:
    """Return a graph and inputs without the effects of the adjustment that was applied last and shares no node with others."""
    formulas, inputs = dict(graph.formulas), dict(inputs)
    for effect in reversed(adjustment.effects):
        by = adjustment.full_name + (f" {effect.label}" if effect.label else "")
        before = f"{effect.quantity} before {by}"
        formulas.pop(effect.quantity, None)
        inputs.pop(adjustment.name_of(effect), None)
        if before in inputs:
            inputs[effect.quantity] = replace(inputs.pop(before), name=effect.quantity)
        elif before in formulas:
            formulas[effect.quantity] = replace(formulas.pop(before), name=effect.quantity)
    return Graph(formulas, graph.units), inputs


def _add_inputs(graph: Graph, inputs: dict[str, Input], adjustment: Adjustment) -> Graph:
    """Add the inputs of an adjustment, and the node that decides whether it has an effect, if that is uncertain."""
    name = adjustment.full_name
    works = f"{name}.works"
    if adjustment.probability_of_none and adjustment.effects:
        uniform, probability = f"{name}.variate", f"{name}.probability_of_none"
        about = f"Probability that {adjustment.name} has no effect"
        inputs[uniform] = Input(
            uniform, Uniform(0.0, 1.0), _FRACTION, "0 to 1, uniform", about, _BY_CONSTRUCTION, stream=uniform
        )
        inputs[probability] = Input(
            probability,
            Constant(adjustment.probability_of_none),
            _FRACTION,
            f"{adjustment.probability_of_none:g}",
            about,
            stream=probability,
        )
        formula = Formula(works, _works, (uniform, probability), _FRACTION)
        graph = graph.with_formulas([formula], {uniform: _FRACTION, probability: _FRACTION})
    for effect in adjustment.effects:
        change = adjustment.name_of(effect)
        if change in inputs:
            raise ValueError(f"{adjustment.kind} {adjustment.name} changes {effect.quantity} twice")
        if effect.quantity not in graph.units:
            hint = suggest_nearest(effect.quantity, graph.units)
            raise ValueError(f"{adjustment.kind} {adjustment.name}: no quantity {effect.quantity!r}{hint}")
        inputs[change] = replace(effect.change, name=change, stream=change)
        nodes = []
        if adjustment.probability_of_none and effect.operation in _NEUTRAL:
            nodes.append(Formula(_node_of(adjustment, effect), _NEUTRAL[effect.operation], (change, works), effect.change.unit))
        graph = graph.with_formulas(nodes, {change: effect.change.unit})
    return graph


def _works(uniform: Value, probability_of_none: Value) -> Value:
    """Return 1 in draws in which an adjustment has its effect, and 0 otherwise."""
    return np.where(uniform < probability_of_none, 0.0, 1.0)


def _or_one(change: Value, works: Value) -> Value:
    """Return the factor in draws in which the adjustment works, and 1 otherwise."""
    return np.where(works, change, 1.0)


def _or_zero(change: Value, works: Value) -> Value:
    """Return the amount in draws in which the adjustment works, and 0 otherwise."""
    return change * works


_NEUTRAL: dict[str, Callable[[Any, Any], Any]] = {"multiply": _or_one, "scale_from_one": _or_one, "add": _or_zero}


def _replace_if(before: Value, after: Value, works: Value) -> Value:
    """Return the adjustment's value in draws in which it works, the quantity's own otherwise."""
    return np.where(works, after, before)


def _limit_if(before: Value, limit: Value, works: Value) -> Value:
    """Limit the quantity in draws in which the adjustment works."""
    return np.where(works, np.minimum(before, limit), before)


_CONDITIONAL_OPERATIONS: dict[str, Callable[[Any, Any, Any], Any]] = {"replace": _replace_if, "at_most": _limit_if}


def _node_of(adjustment: Adjustment, effect: Effect) -> str:
    """Return the name of the node of an effect: its change, or the change in draws in which it works."""
    change = adjustment.name_of(effect)
    return f"{change} or none" if adjustment.probability_of_none and effect.operation in _NEUTRAL else change


def _stack_levers(adjustments: tuple[Adjustment, ...]) -> dict[str, list[tuple[Adjustment, Effect]]]:
    """Return for each multiplicative effect of a lever all that change the same quantity in the same direction."""
    stacks: dict[tuple[str, str, bool], list[tuple[Adjustment, Effect]]] = {}
    for adjustment in adjustments:
        for effect in adjustment.effects:
            if adjustment.kind == "lever" and effect.operation in _FACTORS and not effect.label:
                stacks.setdefault((effect.quantity, effect.operation, effect.change.distribution.middle > 1), []).append(
                    (adjustment, effect)
                )
    return {adjustment.name_of(effect): stack for stack in stacks.values() for adjustment, effect in stack}


def _size(pair: tuple[Adjustment, Effect]) -> tuple[float, str]:
    """Return the sort key of levers on one quantity: by their median effect, the largest first."""
    median = pair[1].change.distribution.middle
    return (-abs(math.log(median)) if median > 0 else -math.inf), pair[0].name


def combine_factors(*factors: Value) -> Value:
    """Return the joint effect of levers on one quantity, the largest first: the sum of logarithms with falling weights."""
    product = factors[0]
    for place, factor in enumerate(factors[1:], start=1):
        product = product * factor ** WEIGHTS[min(place, len(WEIGHTS) - 1)]
    return product


def combine_active_factors(*factors_and_switches: Value) -> Value:
    """Return the joint effect of the levers that are switched on, as if the others were not there.

    The factors come first, the largest first, then their switches.
    """
    count = len(factors_and_switches) // 2
    product: Any = 1.0
    place: Any = 0
    for factor, is_on in zip(factors_and_switches[:count], factors_and_switches[count:], strict=True):
        weight: Any = WEIGHTS[-1]
        for number in range(len(WEIGHTS) - 2, -1, -1):
            weight = np.where(place == number, WEIGHTS[number], weight)
        product = product * np.where(is_on, factor**weight, 1.0)
        place = place + is_on
    combined: Value = product
    return combined


def _with_switch(operation: Callable[..., Any]) -> Callable[..., Any]:
    """Return an operation that leaves the quantity as it is where its last argument, a switch, is 0."""

    def switched(before: Value, *others: Value) -> Any:
        *changes, is_on = others
        return np.where(is_on, operation(before, *changes), before)

    switched.__doc__ = f"{(operation.__doc__ or 'Change of a quantity.').strip()} Nothing changes where it is switched off."
    return switched


def _wrap(
    graph: Graph, inputs: dict[str, Input], stack: list[tuple[Adjustment, Effect]], *, with_switches: bool = False
) -> Graph:
    """Wrap the node of a quantity in one effect, or in the joint effect of several levers."""
    ordered = sorted(stack, key=_size) if len(stack) > 1 else stack
    adjustment, effect = ordered[0]
    by = ", ".join(each.full_name for each, _ in ordered) + (f" {effect.label}" if effect.label else "")
    before, unit = f"{effect.quantity} before {by}", graph.units[effect.quantity]
    factor, nodes = _node_of(adjustment, effect), []
    if len(ordered) > 1:
        factor = f"{effect.quantity} by {by}"
        needs = tuple(_node_of(*each) for each in ordered)
        switches = tuple(switch_of(each) for each, _ in ordered) if with_switches else ()
        combine = combine_active_factors if with_switches else combine_factors
        nodes.append(Formula(factor, combine, (*needs, *switches), Unit("1")))
    if adjustment.probability_of_none and effect.operation in _CONDITIONAL_OPERATIONS:
        operation = _CONDITIONAL_OPERATIONS[effect.operation]
        formula = Formula(effect.quantity, operation, (before, factor, f"{adjustment.full_name}.works"), unit)
    else:
        formula = Formula(effect.quantity, OPERATIONS[effect.operation], (before, factor), unit)
    if with_switches and len(ordered) == 1:
        formula = replace(formula, function=_with_switch(formula.function), needs=(*formula.needs, switch_of(adjustment)))
    nodes.append(formula)
    own = graph.formulas.get(effect.quantity)
    if effect.quantity in inputs:
        inputs[before] = replace(inputs.pop(effect.quantity), name=before)
    elif own is not None:
        nodes.append(replace(own, name=before))
    return graph.with_formulas(nodes, {before: unit})


def change_unit(operation: str, unit: Unit) -> Unit:
    """Return the unit of an adjustment of a quantity: a plain number for a factor, the quantity's own unit otherwise."""
    if operation in _FACTORS:
        return Unit("1")
    return replace(unit, low=float("-inf"), high=float("inf")) if operation == "add" else unit
