"""Check of a fleet: whether the model in service leaves room for users in the memory of an instance."""

from functools import partial

import numpy as np

from simulator.core.suggestions import Remedy
from simulator.engine.graph import build_plan
from simulator.model.serving.solution import USERS
from simulator.scenario.assemble.calculation import Calculation
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.inputs import Inputs
from simulator.scenario.assemble.medians import evaluate_plan, medians
from simulator.scenario.assemble.serving import served_model_of

FIT, CHIPS = "users_that_fit", "instance_chips"
SHARES, HEADS = "tensor_parallel", "served_kv_heads"


def check_served_memory(context: Context, inputs: Inputs, calculation: Calculation) -> None:
    """Refuse an instance without room for one user, with every prior at its median."""
    if USERS not in calculation.plan.names or USERS in calculation.inputs:
        return
    steps = build_plan(calculation.graph, calculation.inputs, [FIT, CHIPS, "stored_weights", "serving_memory"])
    values = evaluate_plan(steps, medians(steps, calculation.inputs))
    if values[FIT] > 1:  # at least one is counted, whether it fits or not
        return
    place = inputs.locations[CHIPS].place if CHIPS in inputs.locations else context.file
    weights, memory = values["stored_weights"] / 1e9, values["serving_memory"] / 1e9
    message = (
        f"an instance of {values[CHIPS]:,.0f} chips with {memory:,.0f} GB each has no room for users beside weights of "
        f"{weights:,.0f} GB and the tokens of a request"
    )
    needed = float(np.exp2(np.ceil(np.log2(max(2 * weights / memory, 2 * float(values[CHIPS]))))))
    context.issues.add(place, CHIPS, message, partial(_more_chips, needed))


def _more_chips(chips: float) -> list[Remedy]:
    return [Remedy(f"; an instance of {chips:.0f} chips may have", settings=((CHIPS, f"{chips:.0f} chip"),))]


def check_demand(context: Context, inputs: Inputs, calculation: Calculation) -> None:
    """Refuse a fleet without demand, whose cost by token could not be given."""
    for name in ("token_demand", "requests"):
        each = calculation.inputs.get(name)
        if each is None or name not in calculation.total_dependencies or "serving_chip_hours" not in calculation.plan.names:
            continue
        if each.distribution.middle <= 0 and name in inputs.locations:
            message = f"{each.specification!r}: a fleet needs some demand, as its cost by token is over that of its requests"
            context.issues.add(inputs.locations[name].place, name, message)
            context.issues.raise_if_any()


def check_layout(context: Context, inputs: Inputs, calculation: Calculation) -> None:
    """Refuse chips of an instance over which the heads of keys and values of a model of the library cannot be divided."""
    if USERS not in calculation.plan.names or CHIPS not in inputs.locations or served_model_of(context) is None:
        return
    steps = build_plan(calculation.graph, calculation.inputs, [SHARES, HEADS])
    values = evaluate_plan(steps, medians(steps, calculation.inputs))
    shares, heads = float(values[SHARES]), float(values[HEADS])
    if heads <= 1 or shares % heads == 0 or heads % shares == 0:
        return
    message = f"the {heads:.0f} heads of keys and values cannot be divided over {shares:g} chips; take a divisor or a multiple"
    chips = float(np.exp2(np.round(np.log2(shares))))
    context.issues.add(inputs.locations[CHIPS].place, CHIPS, message, partial(_other_chips, chips))


def _other_chips(chips: float) -> list[Remedy]:
    return [Remedy(f", such as {chips:.0f} chips", settings=((CHIPS, f"{chips:.0f} chip"),))]
