"""Values of a plan with its inputs at their medians."""

from collections.abc import Mapping

import numpy as np

from simulator.core.units import Value
from simulator.engine.graph import Plan, evaluate
from simulator.engine.inputs import Input


def medians(steps: Plan, inputs: Mapping[str, Input]) -> dict[str, Value]:
    """Return the inputs of a plan at their medians, as NumPy scalars, so that division by zero is infinite and not an error."""
    return {name: np.float64(inputs[name].distribution.middle) for name in steps.inputs}


def evaluate_plan(steps: Plan, values: Mapping[str, Value]) -> dict[str, Value]:
    """Return the values of the inputs and of all steps of the plan."""
    all_values: dict[str, Value] = dict(values)
    with np.errstate(all="ignore"):
        evaluate(steps, all_values)
    return all_values
