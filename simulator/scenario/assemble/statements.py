"""The sentences of a scenario on what is known and assumed, without those about what a later layer replaces."""

from collections.abc import Iterable, Mapping

from simulator.engine.graph import Plan
from simulator.model import GROUPS
from simulator.scenario.assemble.context import Context
from simulator.scenario.layers import Layer
from simulator.scenario.schema import Statement


def statements_in_force(context: Context, setting: str) -> tuple[Statement, ...]:
    """Return the sentences of the last layer that has a setting, `known` or `assumed`.

    A sentence that names what it is about is left out where a layer above gives one of these settings and quantities.
    """
    owner = context.layer_of(setting)
    if owner is None:
        return ()
    number = next(number for number, layer in enumerate(context.layers) if layer is owner)
    below, above = context.layers[: number + 1], context.layers[number + 1 :]
    replaced = {name for layer in above for name in _names_of(layer)}
    replaced -= {group for group in GROUPS if not any(_changes_items(layer, group, below) for layer in above)}
    statements: tuple[Statement, ...] = getattr(owner.settings, setting)
    return tuple(
        each for each in statements if replaced.isdisjoint(each.of) and not any(context.is_left_out(name) for name in each.of)
    )


def _names_of(layer: Layer) -> Iterable[str]:
    """Yield the settings and quantities that a layer gives, and those that it removes."""
    yield from layer.settings.model_fields_set
    yield from layer.entries
    yield from layer.settings.without
    for group in GROUPS:
        for item, quantities in layer.settings.quantities_of_items(group).items():
            yield from (f"{item}.{key}" for key in quantities)


def _changes_items(layer: Layer, group: str, below: Iterable[Layer]) -> bool:
    """Whether a layer replaces items of a group of the layers below, or their quantities, and does not just add others."""
    if not layer.has(group):
        return False
    items = {item for each in below for item in getattr(each.settings, group) or {}}
    return layer.kept_items(group) != ("all",) or not items.isdisjoint(getattr(layer.settings, group) or {})


def lines_of_statements(statements: Iterable[Statement], lines: Iterable[str], plan: Plan) -> Mapping[str, tuple[str, ...]]:
    """Return the lines that each sentence is about: those of the groups that it names, and those that need its quantities."""
    lines_of: dict[str, tuple[str, ...]] = {}
    dependencies = {line: {line, *plan.dependencies(line)} for line in lines}
    for each in statements:
        names = {GROUPS[name].line if name in GROUPS else name for name in each.of}
        lines_of[each.text] = tuple(line for line, needed in dependencies.items() if not names.isdisjoint(needed))
    return lines_of
