"""Notes on quantities that follow what is given, and on values of lower layers that do not follow it."""

from collections.abc import Set
from functools import partial

from simulator.core.errors import Issue, Place
from simulator.core.formatting import format_significant, format_value
from simulator.core.results import Note
from simulator.core.suggestions import Remedy
from simulator.engine.graph import Graph
from simulator.scenario import library
from simulator.scenario.assemble.calculation import Calculation
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.following import place_text
from simulator.scenario.assemble.inputs import Inputs
from simulator.scenario.assemble.structure import is_computable
from simulator.scenario.layers import EXTENDED
from simulator.scenario.remedies import NoteWithRemedies


def add_notes_of_quantities(context: Context, calculation: Calculation) -> None:
    """Add the notes on quantities that take part in the calculation."""
    names = {name.partition(" before ")[0] for name in calculation.plan.names}
    context.issues.notes += [note for note in context.issues.notes_of_quantities if note.subject in names]


def note_epochs(context: Context, inputs: Inputs, calculation: Calculation) -> None:
    """Note the epochs that follow where the tokens of the run and of the dataset are both given."""
    names = ("training_tokens", "dataset_tokens")
    if not all(name in calculation.plan.inputs and name in inputs.locations for name in names):
        return
    places = [inputs.locations[name].place for name in names]
    if all(place.file.startswith(library.LIBRARY_LABEL) for place in places):
        return
    training, dataset = (float(calculation.medians[name]) for name in names)
    below = inputs.by_name.get("epochs")
    replaced = f"whatever {EXTENDED} has as `epochs`"
    if below is not None:
        replaced = f"in place of epochs {below.specification} ({place_text(inputs.locations['epochs'].place)})"
    text = (
        f"epochs follow: training_tokens ({format_value(training)}) over dataset_tokens ({format_value(dataset)}) are "
        f"{format_significant(training / dataset)}, {replaced}"
    )
    context.issues.notes.append(Note("follows", "epochs", text))


def note_what_does_not_follow(context: Context, inputs: Inputs, with_values: Set[str], calculation: Calculation) -> None:
    """Note values of lower layers that a quantity given above them would otherwise determine: these do not follow it.

    `with_values` are all quantities that have values, also those that the calculation does not use.
    """
    used = {name.partition(" before ")[0] for name in calculation.plan.inputs}
    graph = calculation.unadjusted_graph
    rank = {name: _rank(location.place, own=location.own) for name, location in inputs.locations.items()}
    for name in sorted(used & rank.keys()):
        if rank[name] == _TOP or name not in graph.formulas:
            continue
        causes = [cause for cause in _causes(graph, name, with_values) if rank.get(cause, 0) > rank[name] and cause in used]
        if not causes or not is_computable(graph, with_values - {name}, name):
            continue
        place = inputs.locations[name].place
        statement = (
            f"{name} is given as {inputs.by_name[name].specification} ({place_text(place)}), so it does not follow "
            f"{' and '.join(causes)}"
        )
        remedies = partial(_without, name)
        issue = Issue(place, f"{name} does not follow", statement, remedies)
        context.issues.notes_with_remedies.append(NoteWithRemedies("does-not-follow", name, issue))


_TOP = 3


def _rank(place: Place, *, own: bool) -> int:
    """Return how near to the user something is given: 0 for the library, 3 for an option."""
    if place.file.startswith("--"):
        return _TOP
    return 0 if place.file.startswith(library.LIBRARY_LABEL) else 1 + own


def _causes(graph: Graph, name: str, with_values: Set[str]) -> list[str]:
    """Return the given quantities from which a quantity would be computed, if it were not given."""
    causes: dict[str, None] = {}
    pending, seen = list(graph.formulas[name].needs), {name}
    while pending:
        need = pending.pop()
        if need in seen:
            continue
        seen.add(need)
        if need in with_values:
            causes[need] = None
        elif need in graph.formulas:
            pending += graph.formulas[need].needs
    return sorted(causes)


def _without(name: str) -> list[Remedy]:
    return [Remedy(f"; `without: [{name}]` computes it", settings=(("without", name),))]
