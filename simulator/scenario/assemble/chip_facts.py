"""Facts of a chip, such as its price, rent, power and peak: each belongs to one chip, and acts on no other.

A fact belongs to the chip that its entry names under `chip`, or else to the chip in force where it is given. Where a scenario
has another chip, the fact is left out with a note; where a file of the user gives a fact without a chip, and another layer
chooses one, nobody can know whose fact it is, and it is refused.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from simulator.core.results import Note
from simulator.core.suggestions import Remedy, rename_remedies
from simulator.scenario import library
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.following import place_text
from simulator.scenario.chips import ANY_CHIP, FACTS_OF_CHIP, chips_of_row, suggest_chips
from simulator.scenario.entries import describe
from simulator.scenario.layers import Layer
from simulator.scenario.posteriors import is_posterior
from simulator.scenario.schema import Entry

NOTE = "of-another-chip"
"""Code of the note on facts of another chip."""


def check_named_chips(context: Context) -> None:
    """Refuse an entry that names a chip which the library does not have, or whose quantity is no fact of a chip."""
    for layer in context.layers:
        for name, entry in layer.entries.items():
            place = layer.node.key_places[name]
            if not entry.chip:
                continue
            if name not in FACTS_OF_CHIP:
                context.issues.add(place, name, "is the same for every chip, so it has no `chip`")
            elif entry.chip != ANY_CHIP and entry.chip not in library.chips():
                remedies = partial(_similar_chips, entry.chip)
                fallback = f"; name a chip of the library (`llmcost list chips`), or `{ANY_CHIP}`"
                context.issues.add(place, name, f"no chip {entry.chip!r}", remedies, fallback)


def _similar_chips(name: str) -> list[Remedy]:
    return rename_remedies(name, suggest_chips(name))


def keep_facts_of_chip(context: Context) -> Context:
    """Return a context whose layers give facts of the chip in force alone; note or refuse those of other chips."""
    chip = context.last("chip")
    if chip is None:
        return context
    layers: list[Layer] = []
    others: set[str] = set()
    in_force: str | None = None
    for layer in context.layers:
        in_force = layer.settings.chip or in_force
        foreign = set(_foreign(context, layer, in_force, chip)) if layer.identity != library.LIBRARY_LABEL else set()
        if foreign:
            entries = {name: entry for name, entry in layer.entries.items() if name not in foreign}
            layer = replace(layer, entries=entries)
            others |= foreign
        layers.append(layer)
    if not others:
        return context
    return replace(context, layers=tuple(layers), of_other_chips=context.of_other_chips | others)


def _foreign(context: Context, layer: Layer, in_force: str | None, chip: str) -> Iterator[str]:
    """Yield the facts of a layer that are not of the chip, after noting or refusing them; `in_force` is the layer's chip."""
    left_out: dict[str, list[str]] = {}
    for name, entry in layer.entries.items():
        owner = entry.chip or in_force or ""
        if name not in FACTS_OF_CHIP or _follows_chip(entry) or owner == ANY_CHIP:
            continue
        if owner == chip:
            if not (layer.is_preset or entry.chip):
                _check_row(context, layer, name, entry, chip)
            continue
        yield name
        if entry.chip and in_force and entry.chip != in_force:
            message = f"is that of {entry.chip}, but the chip here is {in_force}"
            context.issues.add(layer.node.key_places[name], name, message, partial(_choose_chip, entry.chip), _fallback(chip))
        elif owner:
            left_out.setdefault(owner, []).append(name)
        elif not layer.is_preset:
            message = f"does not say of which chip it is, and {chip} is chosen elsewhere"
            context.issues.add(layer.node.key_places[name], name, message, _remedies(chip), _fallback(chip))
    for owner, names in left_out.items():
        _note(context, layer, owner, names, chip)


def _note(context: Context, layer: Layer, owner: str, names: list[str], chip: str) -> None:
    """Note the facts of another chip; those of a scenario of the library only where they would take part."""
    for name in names:
        place = layer.node.key_places[name]
        of_file = place_text(place) if layer.is_preset or not place.file.startswith("--") else place.file
        text = f"{name} ({of_file}) is that of {owner}, so it does not apply to {chip}"
        notes = context.issues.notes_of_quantities if layer.is_preset else context.issues.notes
        notes.append(Note(NOTE, name, text))


def _follows_chip(entry: Entry) -> bool:
    """Whether an entry is a posterior, whose draws depend on the chip of the scenario."""
    return is_posterior(entry.from_)


def _check_row(context: Context, layer: Layer, name: str, entry: Entry, chip: str) -> None:
    """Refuse a row of the library that is that of a chip of another generation."""
    of_chips = chips_of_row(name, entry.from_) if entry.from_ in library.rows_of(name) else ()
    if not of_chips or library.generation(chip) in {library.generation(each) for each in of_chips}:
        return
    message = f"{describe(entry)} is a row of {' and '.join(of_chips[:2])}, not of {chip}"
    context.issues.add(layer.node.key_places[name], name, message, _remedies(chip), _fallback(chip))


def _remedies(chip: str) -> Callable[[], list[Remedy]]:
    text = f"; if it is that of {chip}, say so in the entry, as in {{value: ..., chip: {chip}}}"
    return lambda: [Remedy(text, add={"chip": chip})]


def _choose_chip(owner: str) -> list[Remedy]:
    return [Remedy(f"; `chip: {owner}` is the chip that it is for", settings=(("chip", owner),))]


def _fallback(chip: str) -> str:
    return f"; say in the entry of which chip it is, as in {{value: ..., chip: {chip}}}, or {ANY_CHIP} if all have it"
