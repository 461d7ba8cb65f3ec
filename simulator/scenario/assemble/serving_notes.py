"""Notes on a fleet: which model it serves at which precision on which chips, and what a precision does not do there."""

from simulator.core.results import Note
from simulator.engine.graph import build_plan
from simulator.model.serving.solution import USERS
from simulator.scenario import library
from simulator.scenario.assemble.calculation import Calculation
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.inputs import Inputs
from simulator.scenario.assemble.medians import evaluate_plan, medians
from simulator.scenario.assemble.serving import WEIGHT_BYTES, served_model_of, serving_chip_of
from simulator.scenario.served_models import BITS_PER_BYTE

IN_SERVICE, MEMORY_ONLY, ASSUMED_DEMAND = "in-service", "saves-memory-only", "assumed-demand"
NO_STAFF = "staff-not-counted"
"""Codes of the notes of this module."""
DEMAND, STAFF = "token_demand", "staff_cost"
_FOUR_BITS, _PEAK_4, _PEAK_8 = "serving_four_bit_bytes", "serving_peak_flop_4bit", "serving_peak_flop_8bit"


def note_fleet(context: Context, inputs: Inputs, calculation: Calculation) -> None:
    """Note the model, the precision of its weights and the chips of a fleet that the total depends on."""
    _note_demand(context, inputs, calculation)
    _note_staff(context, calculation)
    _note_outcomes_only(context, inputs, calculation)
    if USERS not in calculation.total_dependencies or USERS in calculation.inputs:
        return
    names = (WEIGHT_BYTES, _FOUR_BITS, _PEAK_4, _PEAK_8)
    steps = build_plan(calculation.graph, calculation.inputs, names)
    size, four_bits, peak_4, peak_8 = (float(evaluate_plan(steps, medians(steps, calculation.inputs))[name]) for name in names)
    chip = serving_chip_of(context) or "chips without a name"
    served = served_model_of(context) or f"{context.last('served_model') or 'the model that is trained'}, by an approximation"
    bits = f"{size * BITS_PER_BYTE:.3g} bits"
    context.issues.notes.append(Note(IN_SERVICE, "serving", f"in service: {served}, weights of {bits}, on {chip}"))
    precision = context.layer_of("precision")
    if context.last("chip_hours_from") == "serving" and precision is not None and not precision.is_preset:
        text = f"precision has no effect here, as it is that of training; that of a model in service is `{WEIGHT_BYTES}`"
        context.issues.notes.append(Note("precision-of-training", "precision", text))
    if size <= four_bits and peak_4 <= peak_8:
        text = f"{chip} has no units for 4 bits: weights of {bits} save memory there, and compute as those of 8 bits do"
        context.issues.notes.append(Note(MEMORY_ONLY, WEIGHT_BYTES, text))


def _note_demand(context: Context, inputs: Inputs, calculation: Calculation) -> None:
    """Note a demand that the library assumes: the total is that of all requests, and no cost of one of them."""
    if DEMAND not in calculation.total_dependencies or not {DEMAND} <= calculation.inputs.keys() & inputs.locations.keys():
        return
    if inputs.locations[DEMAND].place.file.startswith(library.LIBRARY_LABEL):
        amount = calculation.inputs[DEMAND].specification
        text = f"the demand is an assumption of the library, {amount}; state your own as `{DEMAND}` or `requests`"
        context.issues.notes.append(Note(ASSUMED_DEMAND, DEMAND, text))


def _note_staff(context: Context, calculation: Calculation) -> None:
    """Note that the people who run an own fleet are no part of the total, and the keys that add them."""
    needs = calculation.total_dependencies
    if "serving_cost" not in calculation.lines or context.last("serving") != "hosted" or STAFF in needs:
        return
    beyond = ", beyond the operation of its hardware," if "operations_cost" in needs else ""
    text = (
        f"the people who run the fleet{beyond} are not in the total: `lines: [inherited, {STAFF}]` adds them, with `duration` "
        "and `staff` (posts, salary, on_cost and equity of a role)"
    )
    context.issues.notes.append(Note(NO_STAFF, STAFF, text))


def _note_outcomes_only(context: Context, inputs: Inputs, calculation: Calculation) -> None:
    """Note what a user gives of a fleet that changes outcomes and not the total, such as a rent beside a list price."""
    if context.last("serving") is None or "serving_cost" not in calculation.lines:
        return
    names = sorted(
        name
        for name, location in inputs.locations.items()
        if location.own
        and not location.place.file.startswith(library.LIBRARY_LABEL)
        and name in calculation.plan.inputs
        and name not in calculation.total_dependencies
    )
    if names:
        text = f"no effect on the total, but on outcomes alone (`serving: {context.last('serving')}`): {', '.join(names)}"
        context.issues.notes.append(Note("outcomes-only", ", ".join(names), text))
