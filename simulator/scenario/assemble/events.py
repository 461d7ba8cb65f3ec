"""The risks of the register: their quantities, from the library where the scenario names one, and their texts."""

from collections.abc import Iterable, Mapping
from functools import partial

from simulator.core.suggestions import similar_name_remedies
from simulator.engine.scenario import Event
from simulator.scenario import library
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.settings import SettingSelection
from simulator.scenario.entries import library_risk
from simulator.scenario.layers import Layer
from simulator.scenario.schema import Entry, RiskRow

KIND = "risks"
"""Folder of the library, and key of a scenario."""


def risk_entries(context: Context, item: str) -> dict[str, tuple[Entry, Layer]] | None:
    """Return the entries of a risk by quantity, with the layer of each; None where the library lacks the risk it names.

    Later layers take precedence. A layer that names a risk of the library replaces what the layers below say of it.
    """
    entries: dict[str, tuple[Entry, Layer]] = {}
    for layer in context.layers_of(KIND, item):
        row = (layer.settings.risks or {})[item]
        if row.from_ is not None:
            origin = library_risk(row.from_)
            if origin is None:
                _report_unknown(context, layer, item, row.from_)
                return None
            entries = {key: (entry, layer) for key, entry in origin.quantities.items()}
        entries |= {key: (entry, layer) for key, entry in row.quantities.items()}
    return entries


def _report_unknown(context: Context, layer: Layer, item: str, name: str) -> None:
    names = library.names(KIND)
    message = f"the library has no risk {name!r}; there are {library.join_names(names, KIND)}"
    place = layer.node.at((KIND, item))
    context.issues.add(place, f"{KIND}.{item}", message, partial(similar_name_remedies, name, names))


def events_of(context: Context, selection: SettingSelection, names: Iterable[str]) -> tuple[Event, ...]:
    """Return the risks whose cost is among the quantities of a run, with their texts."""
    computed = set(names)
    return tuple(_event(context, item) for item in selection.groups[KIND] if f"{item}.occurs" in computed)


def _event(context: Context, item: str) -> Event:
    texts: dict[str, str] = {"about": "", "mitigation": ""}
    for layer in context.layers_of(KIND, item):
        row = (layer.settings.risks or {})[item]
        origin = None if row.from_ is None else library_risk(row.from_)
        for part in (origin, row):
            texts |= {} if part is None else _texts_of(part)
    return Event(item, **texts)


def _texts_of(row: RiskRow) -> Mapping[str, str]:
    return {key: text for key, text in (("about", row.about), ("mitigation", row.mitigation)) if text}
