"""Quantities that follow what a layer gives: the dataset from the tokens of the run, the goodput from the cluster.

What the layers below say of them would belong to another run, so it gives way, and a note says so.
"""

from collections.abc import Mapping, MutableMapping
from dataclasses import replace

from simulator.core.errors import Place
from simulator.core.results import Note
from simulator.core.units import Unit
from simulator.scenario import library
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.specification import Specification
from simulator.scenario.entries import describe
from simulator.scenario.layers import Layer
from simulator.scenario.schema import Entry

GOODPUT, CHIPS = "goodput", "chips"
REFERENCE = {GOODPUT: "reference_goodput", CHIPS: "reference_chips"}
"""The names under which a goodput, and the chips that it is for, are kept where the chips of the scenario are others."""
_TOKENS = {"training_tokens": "dataset_tokens", "dataset_tokens": "training_tokens"}
"""Quantities each of which gives the other, with the epochs."""


def follow(
    context: Context,
    layer: Layer,
    by_name: MutableMapping[str, Specification],
    of_layer: Mapping[str, Specification],
    units: Mapping[str, Unit],
) -> None:
    """Drop or rename what the layers below give for quantities that follow from what a layer gives."""
    for cause, other in _TOKENS.items():
        if cause in of_layer and other not in of_layer and other in by_name:
            below = by_name.pop(other)
            text = f"{other} follows {cause}, in place of {_described(below)}"
            context.issues.notes_of_quantities.append(Note("follows", other, text))
    if GOODPUT in of_layer:
        by_name.pop(REFERENCE[GOODPUT], None)
    elif CHIPS in of_layer and GOODPUT in by_name and by_name[GOODPUT].is_of_library and not layer.is_preset:
        _follow_chips(context, by_name, units)


def drop_contradicted_notes(context: Context, by_name: Mapping[str, Specification]) -> None:
    """Drop notes that a quantity follows another, where a layer above gives it after all."""
    notes = context.issues.notes_of_quantities
    notes[:] = [note for note in notes if not (note.code == "follows" and note.subject in by_name)]


def _follow_chips(context: Context, by_name: MutableMapping[str, Specification], units: Mapping[str, Unit]) -> None:
    """Keep the goodput of the layers below as that of their cluster, so that the goodput follows the chips."""
    below = by_name.pop(GOODPUT)
    by_name[REFERENCE[GOODPUT]] = replace(below, row_of=GOODPUT)
    cluster = by_name.get(CHIPS)
    reference = by_name.get(REFERENCE[CHIPS])
    chips: float | None = None
    if cluster is not None:
        try:
            chips = float(cluster.reader.distribution(CHIPS, cluster.entry, units[CHIPS]).middle)
        except ValueError:  # reported when it is read
            return
        entry = Entry(value=f"{chips:.0f} chip", about="The middle of the chips that the goodput was given with")
        by_name[REFERENCE[CHIPS]] = replace(cluster, entry=entry, own=False)
    elif reference is not None:
        chips = float(reference.reader.distribution(REFERENCE[CHIPS], reference.entry, units[CHIPS]).middle)
    of_cluster = "" if chips is None else f" for {chips:,.0f} chips"
    text = (
        f"goodput follows chips: {describe(below.entry)} is{of_cluster}, and interruptions cost in proportion to the chips; "
        "a goodput of your own stays as it is"
    )
    context.issues.notes_of_quantities.append(Note("follows", GOODPUT, text))


def _described(specification: Specification) -> str:
    """Return a specification and where it is from, for a note."""
    return f"{describe(specification.entry)} ({place_text(specification.place)})"


def place_text(place: Place) -> str:
    """Return where something is given, for a reader: the name of a preset, or file and line."""
    start = f"{library.LIBRARY_LABEL}/scenarios/"
    if place.file.startswith(start):
        return f"preset {place.file.removeprefix(start).removesuffix('.yaml')}"
    return str(place)
