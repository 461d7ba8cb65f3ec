"""Conditions on a quantity, such as `total_cost > 200e6` or `total_cost > 2*budget`."""

import re
from typing import NamedTuple

from simulator.analysis.statistics import Array
from simulator.analysis.stress.amounts import parse_amount
from simulator.analysis.stress.retained_draws import Mask
from simulator.core.errors import UnsupportedError
from simulator.core.suggestions import suggest_nearest
from simulator.scenario import Scenario


class ConditionError(UnsupportedError):
    """A condition that cannot be parsed, or that holds in too few or too many draws.

    Examples
    --------
    >>> import llmcost
    >>> llmcost.reverse_stress("gpt-4", "total_cost is high")
    Traceback (most recent call last):
        ...
    llmcost.ConditionError: 'total_cost is high' is not a condition; write one such as ...

    """

    __module__ = "llmcost"  # where users import it from, which tracebacks show


class Condition(NamedTuple):
    """A condition that holds in some draws, such as `total_cost > 200e6`; the amount is in canonical units."""

    name: str
    above: bool
    amount: float
    text: str

    def holds(self, values: Array) -> Mask:
        """Return the mask of draws in which it holds."""
        return values > self.amount if self.above else values < self.amount


_CONDITION = re.compile(r"\s*(?P<left>[^<>=]+?)\s*(?P<sign>[<>])\s*(?P<right>[^<>=]+?)\s*")
EXAMPLE = "write one such as 'total_cost > 200e6', 'total_cost > 2*budget' or 'wall_clock < 60 day'"


def parse_condition(text: str, scenario: Scenario) -> Condition:
    """Parse a condition on a quantity of a scenario: a name, `>` or `<`, and an amount; or an amount first and then the name.

    An amount is a number with or without a unit, the `budget`, or arithmetic with them, such as `2*budget`. Raises
    `ConditionError` with the next step.
    """
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise ConditionError(f"{text!r} is not a condition; {EXAMPLE}")
    name, amount, above = match["left"], match["right"], match["sign"] == ">"
    if name not in scenario.plan.names and amount in scenario.plan.names:
        name, amount, above = amount, name, not above
    if name not in scenario.plan.names:
        hint = suggest_nearest(name, scenario.plan.names)
        if name in scenario.graph.units:
            hint = f"; add it to the `outcomes` of a file that extends {scenario.name}"
        raise ConditionError(f"{name!r} is not used in this scenario{hint}")
    try:
        value = parse_amount(amount, name, scenario)
    except ValueError as error:
        raise ConditionError(f"{text!r}: {error}") from None
    return Condition(name, above, value, " ".join(text.split()))
