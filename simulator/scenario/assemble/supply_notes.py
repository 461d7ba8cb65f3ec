"""Notes on rented capacity that is paid for and not used."""

from simulator.core.results import Note
from simulator.model.rental import WITH_RESERVATION
from simulator.scenario.assemble.calculation import Calculation
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.medians import evaluate_plan
from simulator.scenario.assemble.settings import SettingSelection

LARGE_IDLE_SHARE = 0.5
"""Share of the chip-hours billed above which idle capacity is pointed out."""


def note_supply(context: Context, selection: SettingSelection, calculation: Calculation) -> None:
    """Add notes: that a shared reservation leaves idle hours to others, or that much of a dedicated one stands idle."""
    choices, notes = selection.choices, context.issues.notes
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
