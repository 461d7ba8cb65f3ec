"""What chips and files specify of each quantity, layer by layer, before distributions are made of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from simulator.core.errors import Place
from simulator.core.suggestions import Remedies, Remedy, matches, renamed
from simulator.core.units import Unit
from simulator.engine.graph import Graph
from simulator.engine.inputs import Source
from simulator.engine.scenario import TOTAL
from simulator.scenario import chips, library
from simulator.scenario.assemble.context import Context
from simulator.scenario.entries import Reader, sources_of
from simulator.scenario.layers import Layer
from simulator.scenario.schema import SYNONYMS, ChipRow, Entry, Settings

MOST_CHIPS = 4
"""Builds of a chip that a message names."""


@dataclass(frozen=True, slots=True)
class Specification:
    """What a layer specifies of a quantity; `own` is true in the scenario itself and on the command line."""

    entry: Entry
    reader: Reader
    place: Place
    own: bool
    origin: str
    sources: tuple[Source, ...] = ()

    @property
    def is_of_library(self) -> bool:
        """Whether it stands in a file that comes with the package."""
        return self.place.file.startswith(library.SHOWN)


@dataclass(frozen=True, slots=True)
class Specifications:
    """Specifications by quantity, and names whose specification is refused: these are not missing too."""

    by_name: Mapping[str, Specification]
    not_finite: frozenset[str]


def merge_specifications(context: Context, graph: Graph) -> Specifications:
    """Merge the facts of chips and the entries of files; a later layer wins."""
    by_name: dict[str, Specification] = {}
    not_finite = set(context.not_finite)
    of_chips = {key for chip in library.chips().values() for key in chip.keys or ()} - ChipRow.model_fields.keys()
    for layer in context.layers:
        for name in layer.settings.without:
            if by_name.pop(name, None) is None:
                message = f"{name} is not given by what this extends"
                context.issues.add(layer.node.at(("without",)), "without", message)
        if layer.settings.chip is not None:
            for name in of_chips & by_name.keys():
                del by_name[name]
            facts = _of_chip(context, layer.settings.chip, layer)
            by_name |= facts or {}
            not_finite |= of_chips if facts is None else set()
        by_name |= _of_layer(context, layer, graph.units)
    return Specifications(by_name, frozenset(not_finite))


def _of_chip(context: Context, name: str, layer: Layer) -> dict[str, Specification] | None:
    """Return what a chip brings, or None where there is no such chip."""
    place = layer.node.at(("chip",))
    node = library.chips().get(name)
    if node is None:
        listed = "; `llmcost list chips` shows them"
        context.issues.add(place, "chip", f"no chip {name!r}", partial(_similar_chips, name), listed, listed=MOST_CHIPS)
        return None
    row = ChipRow.model_validate(node.plain())
    sources = sources_of(row.sources)
    facts = {key: Entry.model_validate(value) for key, value in (row.model_extra or {}).items()}
    return {key: Specification(entry, context.reader, place, False, f"chip {name}", sources) for key, entry in facts.items()}


def _of_layer(context: Context, layer: Layer, units: Mapping[str, Unit]) -> dict[str, Specification]:
    """Return what the entries of one file specify; report keys that are no quantity."""
    found: dict[str, Specification] = {}
    for key, entry in layer.entries.items():
        place = layer.node.key_places[key]
        if key == TOTAL:
            context.issues.add(place, key, "is the sum of `lines`; give the quantities that add up to it")
        elif key in units:
            found[key] = Specification(entry, layer.reader, place, layer.own, str(place))
        else:
            context.issues.add(place, key, *_no_such(key, units))
    for key in layer.not_finite - units.keys() - Settings.model_fields.keys():
        context.issues.add(layer.node.key_places[key], key, *_no_such(key, units))
    return found


def _no_such(key: str, units: Iterable[str]) -> tuple[str, Remedies, str]:
    """Return that a key is neither a setting nor a quantity, and what it may have been meant to be."""
    listed = "; `llmcost list quantities` shows them"
    return "there is no such quantity or setting", partial(_similar_keys, key, units), listed


def _similar_keys(key: str, units: Iterable[str]) -> list[Remedy]:
    known = [*units, *Settings.model_fields, *SYNONYMS]
    return renamed(key, dict.fromkeys(SYNONYMS.get(match, match) for match in matches(key.lower(), known)))


def _similar_chips(name: str) -> list[Remedy]:
    return renamed(name, chips.meant(name))
