"""Lines that another quantity of the scenario includes already: they are left out with a note, so that nothing counts twice.

A line declares the quantities that include it by their definition. A row may state what it `excludes`, as a price of a network
without storage does. What the user states is kept, with a note that both are counted.
"""

from collections.abc import Iterable, Mapping, Set

from simulator.core.formatting import to_words
from simulator.core.results import Note
from simulator.engine.graph import Graph, build_plan
from simulator.scenario import library
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.specification import Specification
from simulator.scenario.entries import library_entry
from simulator.scenario.posteriors import is_posterior
from simulator.scenario.schema import Entry


def without_included(
    context: Context, graph: Graph, specifications: Mapping[str, Specification], inputs: Set[str], lines: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the lines but those that a quantity of another line includes, and note them."""
    candidates = [name for name in lines if name in context.known_lines and context.known_lines[name].included_in]
    if not candidates:
        return lines
    used = inputs_of(graph, inputs, (name for name in lines if name not in candidates))
    left_out = set()
    for line in candidates:
        container = _container(context, specifications, used, line)
        if container is None:
            continue
        if _is_of_user(context, graph, specifications, used, line):
            text = f"{to_words(line)} is counted in addition to {container}, which includes it by its definition"
            context.issues.notes.append(Note("line-counted-beside", line, text))
        else:
            text = f"{to_words(line)} is no line of its own, as {container} includes it"
            context.issues.notes.append(Note("line-included", line, text))
            left_out.add(line)
    return tuple(name for name in lines if name not in left_out)


def inputs_of(graph: Graph, inputs: Set[str], lines: Iterable[str]) -> Set[str]:
    """Return the inputs that lines depend on; a line that lacks a value has none."""
    names: set[str] = set()
    for line in lines:
        try:
            names.update(build_plan(graph, inputs, [line]).inputs)
        except ValueError:  # the quantity that is missing is reported with the others
            continue
    return names


def _container(context: Context, specifications: Mapping[str, Specification], used: Set[str], line: str) -> str | None:
    """Return the quantity of another line that includes a line, or None."""
    names = (name for name in context.known_lines[line].included_in if name in used and name in specifications)
    return next((name for name in names if line not in _excluded(name, specifications[name].entry)), None)


def _excluded(quantity: str, entry: Entry) -> tuple[str, ...]:
    """Return the lines that a quantity leaves out although its definition includes them, by its own statement or its row."""
    if entry.excludes or entry.from_ is None or is_posterior(entry.from_):
        return entry.excludes
    return library_entry(quantity, entry.from_).excludes


def _is_of_user(context: Context, graph: Graph, specifications: Mapping[str, Specification], used: Set[str], line: str) -> bool:
    """Whether the user states a line: by its name among the lines, or by a quantity that only it needs."""
    is_named = any(
        line in (layer.settings.lines or ()) and not layer.node.place.file.startswith(library.LIBRARY_LABEL)
        for layer in context.layers
    )
    formula = graph.formulas.get(line)
    own_needs = [name for name in (formula.needs if formula else ()) if name in specifications and name not in used]
    return is_named or formula is None or any(not specifications[name].is_of_library for name in own_needs)
