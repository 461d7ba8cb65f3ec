"""Quantities of a scenario that describe an instance: the fields of its parts by name, with time in hours as in the model.

The formulas of an instance are coherent in any unit of time. Within `model/serving` they are annotated in seconds; a scenario
evaluates them in hours, the canonical unit of all other formulas.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, NamedTuple, get_type_hints

from simulator.core.units import Unit, Value, unit_of
from simulator.model.serving.instance import Instance
from simulator.model.serving.settings import Conventions, Efficiency, Layout, Requests, ServedModel, ServingChips

OF_MODEL, OF_SERVING = "served_", "serving_"
RENAMED = {"input_tokens": "prompt_tokens", "acceptance": "draft_acceptance"}
"""Fields whose quantity has another name in a scenario."""


class Part(NamedTuple):
    """A part of an instance: its class, and what stands before the names of its fields."""

    kind: type
    prefix: str


PARTS = (
    Part(ServedModel, OF_MODEL),
    Part(ServingChips, OF_SERVING),
    Part(Layout, ""),
    Part(Requests, ""),
    Part(Efficiency, OF_SERVING),
    Part(Conventions, OF_SERVING),
)


@dataclass(frozen=True, slots=True)
class InstanceQuantity:
    """A field of a part of an instance, as a quantity of a scenario."""

    name: str
    field: str
    kind: type
    unit: Unit
    is_time: bool
    """Whether its unit has the second, so that a value by the second is converted to hours."""


@cache
def instance_quantities() -> tuple[InstanceQuantity, ...]:
    """Return all quantities that describe an instance, in the order of the parts and their fields."""
    return tuple(each for part in PARTS for each in _of_part(part))


def _of_part(part: Part) -> Iterable[InstanceQuantity]:
    hints = get_type_hints(part.kind, include_extras=True)
    for field in fields(part.kind):
        unit = unit_of(hints[field.name])
        assert unit is not None
        in_hours = Unit(unit.text.replace("second", "hour"), unit.low, unit.high)
        name = f"{part.prefix}{RENAMED.get(field.name, field.name)}"
        yield InstanceQuantity(name, field.name, part.kind, in_hours, in_hours != unit)


def quantities_of(kind: type) -> Mapping[str, InstanceQuantity]:
    """Return the quantities of one part by the name of the field."""
    return {each.field: each for each in instance_quantities() if each.kind is kind}


def build_instance(values: Mapping[str, Value]) -> Instance:
    """Return the instance that quantities describe."""
    of_part: dict[type, dict[str, Any]] = {part.kind: {} for part in PARTS}
    for each in instance_quantities():
        of_part[each.kind][each.field] = values[each.name]
    return Instance(*(kind(**of_part[kind]) for kind in of_part))
