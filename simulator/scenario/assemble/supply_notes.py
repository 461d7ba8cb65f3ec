"""Notes on capacity that is paid for and not used, and on the use that is assumed of own chips."""

from simulator.core.errors import Issue
from simulator.core.formatting import format_percent, format_significant
from simulator.core.results import Note
from simulator.core.suggestions import Remedy
from simulator.model.rental import WITH_RESERVATION
from simulator.scenario import library
from simulator.scenario.assemble.calculation import Calculation
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.following import place_text
from simulator.scenario.assemble.inputs import Inputs
from simulator.scenario.assemble.medians import evaluate_plan
from simulator.scenario.assemble.settings import SettingSelection
from simulator.scenario.remedies import NoteWithRemedies

USE = "fleet_use"
SUPPLY_NOTES = ("shared-reservation", "idle-capacity", "assumed-use")
"""Codes of the notes of this module."""
LARGE_IDLE_SHARE = 0.5
"""Share of the chip-hours billed above which idle capacity is pointed out."""


def note_supply(context: Context, selection: SettingSelection, inputs: Inputs, calculation: Calculation) -> None:
    """Add notes: which use of own chips is assumed, that a shared reservation leaves idle hours to others, or stands idle."""
    choices, notes = selection.choices, context.issues.notes
    if choices.get("basis") == "owned":
        _note_assumed_use(context, inputs, calculation)
    if choices.get("basis") != "rented" or "idle_cost" not in calculation.lines:
        return
    if choices.get("reservation") == "shared" and choices.get("commitment") in WITH_RESERVATION:
        text = (
            "the reservation is shared: other work is assumed to use its other hours, so of the idle ones this model pays "
            "for those of idle_factor alone; `reservation: dedicated` bills the whole term"
        )
        notes.append(Note("shared-reservation", "reservation", text))
        return
    if not {"idle_chip_hours", "chip_hours"} <= set(calculation.plan.names):
        return
    values = evaluate_plan(calculation.plan, calculation.medians)
    idle, used = values["idle_chip_hours"], values["chip_hours"]
    if idle > LARGE_IDLE_SHARE * (idle + used):
        text = (
            f"{idle / (idle + used):.0%} of the chip-hours that are paid for stand idle at the medians (idle cost): the "
            "capacity is reserved for its whole term, whatever the work needs"
        )
        notes.append(Note("idle-capacity", "idle_chip_hours", text))


def _note_assumed_use(context: Context, inputs: Inputs, calculation: Calculation) -> None:
    """Note a share of use of own chips that a preset states, by which other work pays for the hours that are left."""
    location = inputs.locations.get(USE)
    if USE not in calculation.plan.inputs or location is None or not location.place.file.startswith(library.LIBRARY_LABEL):
        return
    use = float(calculation.medians[USE])
    row = inputs.by_name[USE].specification
    idle = format_significant(1 / use - 1, 2)
    statement = (
        f"own chips are assumed to work {format_percent(use)} of their hours (fleet_use: {row}, {place_text(location.place)}): "
        f"this model pays for its hours and {idle} idle ones for each{_share_of_life(calculation)}, and other work pays for "
        "the rest; state `fleet_use` for your chips"
    )
    remedies = [
        Remedy(", or charge their whole purchase to this model (`basis: purchased`)", settings=(("basis", "purchased"),))
    ]
    issue = Issue(location.place, "fleet_use is assumed", statement, lambda: remedies)
    context.issues.notes_with_remedies.append(NoteWithRemedies("assumed-use", USE, issue))


def _share_of_life(calculation: Calculation) -> str:
    """Return which share of the hours of the chips in their useful life a model pays for, at the medians, where it is known."""
    values = evaluate_plan(calculation.plan, calculation.medians)
    if not {"chip_hours", "chips", "useful_life", USE} <= values.keys():
        return ""
    share = float(values["chip_hours"] / values[USE] / (values["chips"] * values["useful_life"]))
    return f", {format_percent(share)} of the useful life of {float(values['chips']):,.0f} chips at the medians"
