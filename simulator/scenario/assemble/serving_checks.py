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

FIT, CHIPS = "users_that_fit", "instance_chips"


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
