"""Conditions on a quantity, such as `total_cost > 200e6`."""

import math
import re
from typing import NamedTuple

from simulator.analysis.statistics import Array, UnsupportedError
from simulator.analysis.stress.kept_draws import Mask
from simulator.core.suggestions import nearest
from simulator.core.units import Unit
from simulator.scenario import Scenario
from simulator.scenario.values import distribution_of


class Condition(NamedTuple):
    """What holds in some draws, such as `total_cost > 200e6`; the amount is in canonical units."""

    name: str
    above: bool
    amount: float
    text: str

    def holds(self, values: Array) -> Mask:
        """Return in which draws it holds."""
        return values > self.amount if self.above else values < self.amount


_CONDITION = re.compile(r"\s*(?P<name>[^<>=]+?)\s*(?P<sign>[<>])\s*(?P<amount>[^<>=]+?)\s*")


def condition(text: str, scenario: Scenario) -> Condition:
    """Read a condition on a quantity that takes part in a scenario: a name, `>` or `<`, an amount with its unit or without.

    Raises `UnsupportedError` with the next step.
    """
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise UnsupportedError(f"{text!r} is no condition; write one such as 'total_cost > 200e6' or 'wall_clock < 60 day'")
    name = found["name"]
    if name not in scenario.plan.names:
        hint = nearest(name, scenario.plan.names)
        if name in scenario.graph.units:
            hint = f"; name it among the `outcomes` of a file that extends {scenario.name}"
        raise UnsupportedError(f"{name!r} takes no part here{hint}")
    try:
        distribution = distribution_of(found["amount"], Unit(scenario.unit(name), low=-math.inf), 0.95)
    except ValueError as error:
        raise UnsupportedError(f"{text!r}: {error}") from None
    if not distribution.is_constant:
        raise UnsupportedError(f"{text!r}: the amount must be one number")
    return Condition(name, found["sign"] == ">", distribution.quantile(0.5), " ".join(text.split()))
