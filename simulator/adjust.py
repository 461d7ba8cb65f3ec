"""Adjustments on the graph: what one chooses in order to save (lever), what happens (shock), a source's error factor.

An adjustment wraps the node of its name, be that a formula or a given quantity: the node keeps its value under another name,
and the name itself becomes that value multiplied by, added to or replaced by the adjustment's own draw. So it acts on a
real quantity, never on the total, and everything downstream follows.
"""

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from simulator.graph import Formula, Graph, nearest
from simulator.inputs import Input, Source
from simulator.units import Unit, Value


def _replaced(before: Value, after: Value) -> Value:
    """The adjustment's value in place of the quantity's own."""
    return after + 0 * before


HOW: dict[str, Callable[[Any, Any], Any]] = {"multiply": operator.mul, "add": operator.add, "replace": _replaced}


@dataclass(frozen=True, slots=True)
class Act:
    """One change of one quantity."""

    on: str
    how: str
    change: Input


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A lever, shock or error factor: a name, its shelf, and what it changes."""

    name: str
    shelf: str
    acts: tuple[Act, ...]
    about: str = ""
    sources: tuple[Source, ...] = ()
    sure: str = ""


def adjusted(graph: Graph, inputs: Mapping[str, Input], adjustments: Iterable[Adjustment]) -> tuple[Graph, dict[str, Input]]:
    """Return the graph and the inputs with the adjustments in place, in their order; ValueError for an unknown quantity."""
    inputs = dict(inputs)
    for adjustment in adjustments:
        for act in adjustment.acts:
            change = f"{adjustment.shelf}/{adjustment.name}.{act.on}"
            if change in inputs:
                raise ValueError(f"{adjustment.shelf} {adjustment.name} acts on {act.on} twice")
            before = f"{act.on} before {adjustment.shelf}/{adjustment.name}"
            unit = graph.units.get(act.on)
            if unit is None:
                raise ValueError(f"{adjustment.shelf} {adjustment.name}: no quantity {act.on!r}{nearest(act.on, graph.units)}")
            own = graph.formulas.get(act.on)
            nodes = [Formula(act.on, HOW[act.how], (before, change), unit)]
            if act.on in inputs:
                inputs[before] = replace(inputs.pop(act.on), name=before)
            elif own is not None:
                nodes.append(replace(own, name=before))
            inputs[change] = replace(act.change, name=change, stream=change)
            graph = graph.with_formulas(nodes, {before: unit, change: act.change.unit})
    return graph, inputs


def change_unit(how: str, on: Unit) -> Unit:
    """Return the unit in which an adjustment of a quantity is stated: a plain number to multiply by, its own otherwise."""
    return Unit("1") if how == "multiply" else replace(on, low=float("-inf"), high=float("inf")) if how == "add" else on
