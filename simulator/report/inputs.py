"""What a report says of an input: what the quantity is, and then what its value describes."""

from simulator.engine.graph import Graph
from simulator.engine.inputs import Input
from simulator.report.content import to_sentence
from simulator.scenario.quantity_definitions import definition_of

_ASSUMPTION = "Assumption: "


def describe_input(name: str, item: Input | None, graph: Graph) -> str:
    """Return what a quantity is and what its value describes; the latter alone where it begins with the former."""
    definition = definition_of(name, graph)
    about = to_sentence(item.about) if item is not None and item.about else ""
    begins_with_it = about.removeprefix(_ASSUMPTION).lower().startswith(definition.removesuffix(".").lower())
    return about if begins_with_it else f"{definition} {about}".strip()
