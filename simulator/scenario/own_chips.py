"""Own chips that are charged by the hour: how much of their useful life a scenario pays for."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from simulator.core.units import Value
from simulator.engine.graph import Graph, MissingQuantityError, build_plan, evaluate
from simulator.engine.inputs import Input
from simulator.engine.scenario import TOTAL, Scenario

ALL = 0.95
"""Share of the useful life from which a scenario counts as paying for all of it."""
USE, IDLE = "fleet_use", "idle_cost"
CHARGES = ("chip_cost", "server_cost", "network_cost")
"""Charges for an hour of owned hardware."""


class PaidLife(NamedTuple):
    """What a scenario pays for of the useful life of its own chips, with all inputs at their medians.

    Attributes
    ----------
    chips : float
    share : float
        Hours that are charged, idle ones included, over the hours of the useful life of all chips.

    """

    chips: float
    share: float

    @property
    def is_all(self) -> bool:
        """Whether that is the whole life, or nearly."""
        return self.share >= ALL


def charges_own_chips(scenario: Scenario) -> bool:
    """Whether the total holds a charge for the hours of owned chips."""
    return scenario.choices.get("basis") == "owned" and not scenario.plan.dependencies(TOTAL).isdisjoint(CHARGES)


def paid_life_of(scenario: Scenario) -> PaidLife | None:
    """Return what a scenario pays for of the useful life of its own chips; None where chips or life are not known."""
    return paid_life(scenario.graph, scenario.inputs, scenario.plan.dependencies(TOTAL))


def paid_life(graph: Graph, inputs: Mapping[str, Input], total_dependencies: Iterable[str]) -> PaidLife | None:
    """Return what is paid for of the useful life of own chips, from formulas and inputs, and what the total depends on."""
    has_idle_hours = IDLE in set(total_dependencies)
    names = ["chip_hours", "chips", "useful_life", *([USE] if has_idle_hours else [])]
    values = values_at_medians(graph, inputs, names)
    if values is None:
        return None
    charged = values["chip_hours"] / (values[USE] if has_idle_hours else 1)
    return PaidLife(float(values["chips"]), float(charged / (values["chips"] * values["useful_life"])))


def values_at_medians(graph: Graph, inputs: Mapping[str, Input], names: Iterable[str]) -> dict[str, Value] | None:
    """Return quantities with all inputs at their medians; None where one of them cannot be computed."""
    try:
        plan = build_plan(graph, inputs, names)
    except MissingQuantityError:
        return None
    values: dict[str, Value] = {name: np.float64(inputs[name].distribution.middle) for name in plan.inputs}
    with np.errstate(all="ignore"):
        evaluate(plan, values)
    return values
