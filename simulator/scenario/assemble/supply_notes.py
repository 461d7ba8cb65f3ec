"""Notes on capacity that is paid for and not used, on terms of rent without effect, and on what is paid for of own chips."""

from simulator.core.errors import Issue
from simulator.core.formatting import format_percent, format_quantity, format_significant
from simulator.core.results import Note
from simulator.core.suggestions import Remedy
from simulator.model import OF_BASIS
from simulator.model.rental import WITH_RESERVATION
from simulator.scenario import library
from simulator.scenario.assemble.calculation import Calculation
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.following import place_text
from simulator.scenario.assemble.inputs import Inputs
from simulator.scenario.assemble.medians import evaluate_plan
from simulator.scenario.assemble.settings import SettingSelection
from simulator.scenario.own_chips import CHARGES, USE, paid_life, values_at_medians
from simulator.scenario.remedies import NoteWithRemedies

SUPPLY_NOTES = ("shared-reservation", "idle-capacity", "assumed-use", "assumed-life", "no-rent")
"""Codes of the notes of this module."""
LARGE_IDLE_SHARE = 0.5
"""Share of the chip-hours billed above which idle capacity is pointed out."""


def note_supply(context: Context, selection: SettingSelection, inputs: Inputs, calculation: Calculation) -> None:
    """Add notes: terms of rent without effect, what is paid for of own chips, that a reservation is shared or stands idle."""
    choices, notes = selection.choices, context.issues.notes
    _note_terms_of_rent(context, choices.get("basis", "rented"))
    if choices.get("basis") == "owned":
        _note_assumed_use(context, inputs, calculation)
        if choices.get("chip_hours_from") == "serving":
            _note_assumed_life(context, inputs, calculation)
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
    life = paid_life(calculation.graph, calculation.inputs, calculation.total_dependencies)
    return (
        "" if life is None else f", {format_percent(life.share)} of the useful life of {life.chips:,.0f} chips at the medians"
    )


def _note_assumed_life(context: Context, inputs: Inputs, calculation: Calculation) -> None:
    """Note that an own fleet is charged for the time of its service only.

    The number of its chips varies, so the amount of a purchase is that of the draws, as in a comparison.
    """
    life = paid_life(calculation.graph, calculation.inputs, calculation.total_dependencies)
    service = values_at_medians(calculation.graph, calculation.inputs, ["service_life"])
    if life is None or life.is_all or service is None or calculation.total_dependencies.isdisjoint(CHARGES):
        return
    statement = (
        f"own chips are charged for the {format_quantity(float(service['service_life']), 'hour')} of the service, which is "
        f"{format_percent(life.share)} of their useful life with every prior at its median; other work pays for the rest of "
        "the purchase"
    )
    remedies = [Remedy("; `basis: purchased` charges the whole purchase", settings=(("basis", "purchased"),))]
    issue = Issue(context.place("basis"), "useful_life is paid for in part", statement, lambda: remedies)
    context.issues.notes_with_remedies.append(NoteWithRemedies("assumed-life", "useful_life", issue))


def _note_terms_of_rent(context: Context, basis: str) -> None:
    """Note terms of rent that the user states, and that have no effect because the chips are not rented."""
    terms = []
    if context.last("commitment") in (None, "on-demand"):
        return  # no contract
    for key, bases in OF_BASIS.items():
        layer = context.layer_of(key)
        if basis not in bases and layer is not None and not layer.node.place.file.startswith(library.LIBRARY_LABEL):
            place = context.place(key)
            terms.append(f"`{key}: {context.last(key)}` ({'--set' if place.file.startswith('--set') else place_text(place)})")
    if terms:
        what = "have no effect, as terms of rent" if len(terms) > 1 else "has no effect, as a term of rent"
        context.issues.notes.append(Note("no-rent", "commitment", f"{' and '.join(terms)} {what}: the chips are {basis}"))
