"""The graph of formulas that the selection asks for, and the lines that add up to the total."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from simulator import model
from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.suggestions import similar
from simulator.engine.graph import Formula, Graph, formula_of, guarded
from simulator.engine.scenario import TOTAL
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.settings import USD, Selection


@dataclass(frozen=True, slots=True)
class Structure:
    """The graph before any adjustment, the lines of the total, and the formulas that the user brings."""

    graph: Graph
    lines: tuple[str, ...]
    own: tuple[Formula, ...]


def build_structure(context: Context, selection: Selection) -> Structure:
    """Return graph and lines."""
    graph = model.graph(selection.choices, selection.groups, selection.phase_order)
    units = dict(graph.units)
    try:
        own = tuple(formula_of(guarded(function), units) for function in context.formulas)
    except ValueError as error:
        raise InvalidInputError([Issue(Place("--formulas"), "", str(error))]) from None
    replaced = [formula.name for formula in own if formula.name in graph.formulas]
    if replaced:
        context.issues.notes.append(f"your formulas replace the model's: {', '.join(replaced)}")
    graph = graph.with_formulas(own, units)
    lines = _lines(context, selection.choices, graph)
    return Structure(graph.with_formulas(_sums(context, selection.choices, lines)), lines, own)


def graph_with(context: Context, selection: Selection, own: Iterable[Formula], choices: Mapping[str, str]) -> Graph:
    """Return the graph that other choices would lead to, nothing checked."""
    graph = model.graph(choices, selection.groups, selection.phase_order)
    return graph.with_formulas([*own, *_sums(context, choices, expanded(context.last("lines") or (), choices))])


def expanded(lines: Iterable[str], choices: Mapping[str, str]) -> tuple[str, ...]:
    """Return lines with those of the basis in the place of `compute`."""
    compute = model.COMPUTE_LINES.get(choices.get("basis", ""), ())
    return tuple(part for line in lines for part in (compute if line == "compute" else (line,)))


def _sums(context: Context, choices: Mapping[str, str], lines: tuple[str, ...]) -> list[Formula]:
    """The total, and the sums that formulas of other lines rest on."""
    parts = {
        TOTAL: lines,
        "build_cost": tuple(line for line in lines if line not in model.AFTER_RELEASE),
        "compute_cost": model.COMPUTE_LINES.get(choices.get("basis", ""), ()),
    }
    sums = [Formula(name, model.add_up, names, USD) for name, names in parts.items() if names or name == TOTAL]
    if not any(layer.settings.staff or "staff_cost" in layer.entries for layer in context.layers):
        sums.append(model.NO_STAFF_BURN)  # nobody waits where nobody is paid
    return sums


def _lines(context: Context, choices: Mapping[str, str], graph: Graph) -> tuple[str, ...]:
    names, place, issues = context.last("lines"), context.place("lines"), context.issues
    if not names:
        if "lines" not in context.not_finite:
            example = "name the quantities that add up to the total, such as [compute, staff_cost]"
            issues.add(place, "lines", f"is missing: {example}")
        return ()
    lines: list[str] = []
    for line in names:
        if line != "compute":
            lines += _line(context, line, place, graph)
        elif "basis" in choices:
            lines += model.COMPUTE_LINES[choices["basis"]]
        else:
            issues.add(place, "basis", f"is missing; choose among {', '.join(model.CHOICES['basis'])}")
    for line in lines:
        if lines.count(line) > 1:
            issues.add(place, "lines", f"{line} is counted {lines.count(line)} times; keep one")
    return tuple(dict.fromkeys(lines))


def _line(context: Context, line: str, place: Place, graph: Graph) -> tuple[str, ...]:
    """Return a line by itself, or nothing where it cannot be one."""
    groups = {group.line: setting for setting, group in model.GROUPS.items()}
    add = partial(context.issues.add, place, "lines")
    if line == TOTAL:
        add(f"{TOTAL} is the sum of the lines; name what adds up to it")
    elif line in groups and line not in graph.formulas and not any(line in layer.entries for layer in context.layers):
        add(f"there is no {line!r} here; a scenario with `{groups[line]}` has it")
    elif line not in graph.units:
        add(f"there is no quantity {line!r}", partial(similar, line, ["compute", *groups, *graph.units]))
    elif graph.units[line].text != "USD":
        add(f"{line} is in {graph.units[line].text}, and lines are in USD")
    else:
        return (line,)
    return ()
