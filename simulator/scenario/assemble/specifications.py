"""Specifications of quantities by chips and files, layer by layer, before distributions are built."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from simulator.core.errors import Place
from simulator.core.suggestions import Remedies, Remedy, find_similar, rename_remedies
from simulator.core.units import Unit
from simulator.engine.graph import Graph
from simulator.engine.scenario import TOTAL
from simulator.model.lines import BUILD, BUILD_MEANING
from simulator.scenario import chips, library
from simulator.scenario.assemble import hardware_prices, rents, utilisation
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.following import drop_contradicted_notes, follow
from simulator.scenario.assemble.serving import follow_fleet, replace_facts, serving_facts
from simulator.scenario.assemble.specification import OF_CHIP, Specification
from simulator.scenario.entries import LIBRARY, sources_of
from simulator.scenario.layers import EXTENDED, Layer
from simulator.scenario.rents import channel_of, default_discounts, rent_entries
from simulator.scenario.schema import SYNONYMS, Settings
from simulator.scenario.validated_rows import chip_entries, chip_row

_OF_STAFF = frozenset({"team", "teams", "people", "persons", "headcount", "employees", "engineers", "researchers"})
"""Keys by which users mean roles of the staff."""
MOST_CHIPS = 4
"""Maximum number of chips that a message suggests."""


@dataclass(frozen=True, slots=True)
class Specifications:
    """Specifications by quantity, and the names with an invalid specification, which do not count as missing."""

    by_name: Mapping[str, Specification]
    invalid_keys: frozenset[str]


def merge_specifications(context: Context, graph: Graph) -> Specifications:
    """Merge the facts of chips and the entries of files; later layers take precedence."""
    by_name: dict[str, Specification] = {}
    invalid_keys = set(context.invalid_keys)
    channel = channel_of(context.last("chip"), context.last("channel"))
    facts = _read_chips(context, channel)
    invalid_keys |= chips.FACTS_OF_CHIP if facts is None else set()
    for layer in context.layers:
        for name in layer.settings.without:
            is_left_out = name in context.of_other_chips or context.is_of_items(layer, name)
            if by_name.pop(name, None) is None and not is_left_out:
                message = f"{name} is not given by {EXTENDED}"
                context.issues.add(layer.node.at(("without",)), "without", message)
        of_layer = _read_layer(context, layer, graph.units)
        rents.file_by_term(context, by_name, of_layer)
        rents.drop_replaced(by_name, of_layer)
        utilisation.file_by_goodput(context, by_name, of_layer)
        hardware_prices.file_by_contents(context, by_name, of_layer)
        hardware_prices.check_facility(context, by_name, of_layer)
        follow(context, layer, by_name, of_layer, graph.units)
        replace_facts(context, layer, by_name)
        by_name |= of_layer
        if layer.identity == library.LIBRARY_LABEL:  # what files say of the chip replaces what the library says of it
            by_name |= facts or {}
            by_name |= serving_facts(context)
    follow_fleet(context, by_name)
    drop_contradicted_notes(context, by_name)
    hardware_prices.check_power_in_lease(context, by_name)
    for name, entry in default_discounts(channel).items():
        place = Place(library.LIBRARY_LABEL)
        by_name.setdefault(name, Specification(entry, LIBRARY, place, False, f"channel {channel}"))
    return Specifications(by_name, frozenset(invalid_keys))


def _read_chips(context: Context, channel: str) -> dict[str, Specification] | None:
    """Return the specifications of the chip in force; report chips that the library does not have, and return None for one."""
    facts: dict[str, Specification] | None = {}
    for layer in context.layers:
        if layer.settings.chip is not None:
            facts = _read_chip(context, layer.settings.chip, channel, layer)
    return facts


def _read_chip(context: Context, name: str, channel: str, layer: Layer) -> dict[str, Specification] | None:
    """Return the specifications of a chip, with its rents in a channel, or None if there is no such chip."""
    place = layer.node.at(("chip",))
    row = chip_row(name)
    if row is None:
        fallback = "; `llmcost list chips` or `list_chips()` shows them"
        context.issues.add(place, "chip", f"no chip {name!r}", partial(_similar_chips, name), fallback, max_names=MOST_CHIPS)
        return None
    sources = sources_of(row.sources)
    facts = dict(chip_entries(name)) | rent_entries(name, channel)
    origin = f"{OF_CHIP}{name}"
    return {key: Specification(entry, LIBRARY, place, False, origin, sources) for key, entry in facts.items()}


def _read_layer(context: Context, layer: Layer, units: Mapping[str, Unit]) -> dict[str, Specification]:
    """Return the specifications of one file; report keys that are not quantities."""
    specifications: dict[str, Specification] = {}
    for key, entry in layer.entries.items():
        place = layer.node.key_places[key]
        if key == TOTAL:
            context.issues.add(place, key, "is the sum of `lines`; give the quantities that add up to it")
        elif key == BUILD:
            context.issues.add(place, key, f"is {BUILD_MEANING}; give those lines, or name it among `outcomes` to see it")
        elif key in units:
            specifications[key] = Specification(entry, layer.reader, place, layer.own, str(place))
        else:
            context.issues.add(place, key, *_unknown_key(key, units))
    unknown = layer.invalid_keys - units.keys() - Settings.model_fields.keys()
    for key in unknown:
        issues, place = context.issues.issues, layer.node.key_places[key]
        issues[:] = [each for each in issues if not (each.key.startswith(f"{key}.") and each.place.file == place.file)]
        context.issues.add(place, key, *_unknown_key(key, units))
    return specifications


def _unknown_key(key: str, units: Iterable[str]) -> tuple[str, Remedies, str]:
    """Return the message for a key that is neither a setting nor a quantity, with similar names as remedies."""
    fallback = "; `llmcost list quantities` or `list_quantities()` shows them"
    if key in _OF_STAFF:
        fallback = "; the people of a team are under `staff`, as in `staff: {team: {people: 9}}`"
        return "there is no such quantity or setting", partial(rename_remedies, key, ["staff"]), fallback
    return "there is no such quantity or setting", partial(_similar_keys, key, units), fallback


def _similar_keys(key: str, units: Iterable[str]) -> list[Remedy]:
    candidates = [*units, *Settings.model_fields, *SYNONYMS]
    return rename_remedies(key, dict.fromkeys(SYNONYMS.get(match, match) for match in find_similar(key.lower(), candidates)))


def _similar_chips(name: str) -> list[Remedy]:
    return rename_remedies(name, chips.suggest_chips(name))
