"""What each quantity is, in one sentence: the row of `priors/quantities.yaml`, or else how its formula is described."""

import re
from collections.abc import Mapping
from functools import cache

from simulator import model
from simulator.engine.graph import Graph
from simulator.scenario import library
from simulator.scenario.schema import QuantityDefinitions

_PHASE = "phase"
"""Prefix of the rows of quantities that every phase of a schedule has."""
_END_OF_SENTENCE = re.compile(r"(?<!et al)(?<=\.) (?=[A-Z`])")


@cache
def definitions() -> Mapping[str, str]:
    """Return the rows of the library, by quantity; those of groups are under the name of their example, as `role.salary`."""
    return QuantityDefinitions.model_validate(library.quantity_definitions().plain()).root


@cache
def described_graph() -> Graph:
    """Return the graph of all quantities, with the formulas of the fleet."""
    return model.every_graph().with_formulas(model.fleet_formulas({}))


def definition_of(name: str, graph: Graph | None = None) -> str:
    """Return what a quantity is, in one sentence; empty for a name that is none of the model.

    Parameters
    ----------
    name : str
        A quantity, also one of an item of a group, such as `research.salary`, or of a phase.
    graph : Graph, optional
        That of the scenario, which tells apart items of groups whose quantities have the same name.

    Examples
    --------
    >>> definition_of("experiments_factor")
    'Chip-hours of the experiments and the final run over those of the final run alone.'
    >>> definition_of("research.people") == definition_of("role.people")
    True

    """
    full_name = _name_of_row(name, graph)
    row = definitions().get(full_name) or definitions().get(full_name.rpartition(".")[2])
    formula = described_graph().formulas.get(full_name)
    return row or (_END_OF_SENTENCE.split(formula.about)[0] if formula else "")


def _name_of_row(name: str, graph: Graph | None) -> str:
    """Return the name under which a quantity has its row: that of an item of a group has the example of the group."""
    item, dot, quantity = name.rpartition(".")
    if not dot or name in described_graph().units:
        return model.lookup_name(name)
    formulas = graph.formulas if graph is not None else {}
    if f"{item}.start" in formulas:
        return f"{_PHASE}.{quantity}"
    cost = formulas.get(f"{item}.cost")
    for group in model.GROUPS.values():
        if cost is not None and cost.function.__module__ == group.module.__name__:
            return f"{group.example}.{quantity}"
    return model.lookup_name(quantity)
