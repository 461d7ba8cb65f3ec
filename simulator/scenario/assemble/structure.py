"""The graph of formulas for the selection, and the lines that add up to the total."""

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Set
from dataclasses import dataclass
from functools import partial
from typing import Any, get_args

from simulator import model
from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.results import Note
from simulator.core.suggestions import similar_name_remedies
from simulator.engine.graph import Formula, Graph, build_formula, guard_formula
from simulator.engine.scenario import TOTAL
from simulator.model.lines import BUILD, BUILD_MEANING, Stage
from simulator.scenario.assemble.cash import cash_formulas, without_what_is_missing
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.hardware_prices import note_missing_costs
from simulator.scenario.assemble.included_lines import without_included
from simulator.scenario.assemble.line_overlaps import report_repeated, without_overlaps
from simulator.scenario.assemble.payments import terms_of_lines
from simulator.scenario.assemble.settings import USD, SettingSelection
from simulator.scenario.assemble.specification import Specification
from simulator.scenario.formula_units import check_units
from simulator.scenario.schema import INHERITED

STAGES: tuple[str, ...] = get_args(Stage)
"""Names that stand for the lines of a stage among the `lines` of a scenario."""


@dataclass(frozen=True, slots=True)
class FormulaGraph:
    """The graph of the choices, groups and phases, without the sums of lines; and the formulas of the user in it."""

    graph: Graph
    user_formulas: tuple[Formula, ...]

    def following(self, names: Collection[str]) -> "FormulaGraph":
        """Return the same formulas with those of quantities that follow from those named; the user's stand above them."""
        formulas = (*model.following(names), *self.user_formulas)
        return FormulaGraph(self.graph.with_formulas(formulas), formulas)

    def with_fleet(self, formulas: Iterable[Formula]) -> "FormulaGraph":
        """Return the same formulas above those of the fleet."""
        every = (*formulas, *self.user_formulas)
        return FormulaGraph(self.graph.with_formulas(every), every)


@dataclass(frozen=True, slots=True)
class Structure:
    """The graph before adjustments, and the lines of the total."""

    graph: Graph
    lines: tuple[str, ...]


def build_formula_graph(context: Context, selection: SettingSelection) -> FormulaGraph:
    """Return the graph of the formulas, which tells the quantities that there are and their units."""
    graph = model.graph(selection.choices, selection.groups, selection.timeline)
    units = dict(graph.units)
    try:
        user_formulas = tuple(build_formula(guard_formula(_require_no_total(function)), units) for function in context.formulas)
    except ValueError as error:
        raise InvalidInputError([Issue(Place("--formulas"), "", str(error))]) from None
    for function, formula in zip(context.formulas, user_formulas, strict=True):
        if (finding := check_units(function, formula, units)) is None:
            continue
        if finding.is_error:
            raise InvalidInputError([Issue(Place("--formulas"), "", finding.message)])
        context.issues.notes.append(Note("formula-units", formula.name, finding.message))
    replaced = [formula.name for formula in user_formulas if formula.name in graph.formulas]
    if replaced:
        names = ", ".join(replaced)
        context.issues.notes.append(Note("formulas-replaced", names, f"your formulas replace the model's: {names}"))
    return FormulaGraph(graph.with_formulas(user_formulas, units), user_formulas)


def rebind(selection: SettingSelection, formulas: FormulaGraph) -> FormulaGraph:
    """Return the same formulas bound by another selection of the choices."""
    graph = model.graph(selection.choices, selection.groups, selection.timeline)
    return FormulaGraph(graph.with_formulas(formulas.user_formulas, formulas.graph.units), formulas.user_formulas)


def build_structure(
    context: Context,
    selection: SettingSelection,
    graph: Graph,
    specifications: Mapping[str, Specification],
    inputs: Set[str],
) -> Structure:
    """Return graph and lines; `inputs` are the quantities that have values, on which the lines of a stage depend."""
    lines, compute = (
        _lines(context, selection.choices, graph, inputs),
        compute_lines(context, selection.choices, graph, inputs),
    )
    note_missing_costs(context, selection.choices.get("basis"), lines)
    with_sums = graph.with_formulas(_sums(context, compute, lines))
    lines = without_included(context, with_sums, specifications, inputs, lines)
    with_sums = graph.with_formulas(_sums(context, compute, lines))
    counted_once = without_overlaps(context, selection.choices.get("basis"), with_sums, lines, specifications)
    if counted_once != lines:
        lines = counted_once
        with_sums = graph.with_formulas(_sums(context, compute, lines))
    return Structure(_with_cash(context, selection.choices, with_sums, inputs, lines), lines)


def graph_with(
    context: Context,
    selection: SettingSelection,
    user_formulas: Iterable[Formula],
    choices: Mapping[str, str],
    inputs: Set[str],
) -> Graph:
    """Return the graph under other choices, without checks."""
    graph = model.graph(choices, selection.groups, selection.timeline).with_formulas(user_formulas)
    lines = expand(context, context.line_names, choices, graph, inputs)
    with_sums = graph.with_formulas(_sums(context, compute_lines(context, choices, graph, inputs), lines))
    return _with_cash(context, choices, with_sums, inputs, lines)


def _with_cash(context: Context, choices: Mapping[str, str], graph: Graph, inputs: Set[str], lines: tuple[str, ...]) -> Graph:
    """Return a graph with sums of lines, with the formulas of what is paid of them."""
    serves_itself = choices.get("chip_hours_from") == "serving" and choices.get("serving") == "hosted"
    sums = ("compute_cost", "fixed_cost", *(["supply_cost"] if serves_itself else []))
    parts = {name: graph.formulas[name].needs for name in sums if name in graph.formulas}
    names = {*lines, *(line for each in parts.values() for line in each)}
    terms = terms_of_lines(context, choices, names)
    with_cash = graph.with_formulas(cash_formulas(lines, parts, terms, context.known_lines))
    return without_what_is_missing(with_cash, lambda graph, name: is_computable(graph, inputs, name))


def expand(
    context: Context, lines: Iterable[str], choices: Mapping[str, str], graph: Graph, inputs: Set[str]
) -> tuple[str, ...]:
    """Return the lines with `compute` replaced by the lines of the basis, and the name of a stage by its other lines.

    Of a stage, the lines are included all of whose quantities have values.
    """
    compute = compute_lines(context, choices, graph, inputs)
    named = expand_compute(lines, compute)
    if not any(line in STAGES for line in named):
        return named
    with_sums = graph.with_formulas(_sums(context, compute, tuple(line for line in named if line not in STAGES)))
    computable = Computable(with_sums, inputs)

    def lines_of(stage: str) -> tuple[str, ...]:
        return tuple(
            name
            for name, line in context.known_lines.items()
            if line.stage == stage and not (line.by_name_only or line.basis) and name not in named and computable.has(name)
        )

    return tuple(part for line in named for part in (lines_of(line) if line in STAGES else (line,)))


def compute_lines(context: Context, choices: Mapping[str, str], graph: Graph, inputs: Set[str]) -> tuple[str, ...]:
    """Return the lines that `compute` stands for: those of the choices, and of the optional ones those with values."""
    basis, names = choices.get("basis"), context.compute_lines(choices)
    with_rate = graph.with_formulas([model.capital_rate(has_cost_of_capital=model.COST_OF_CAPITAL in inputs)])
    computable = Computable(with_rate, inputs)
    lines = tuple(
        name
        for name in names
        if name != model.IDLE and (basis not in context.known_lines[name].optional or computable.has(name))
    )
    if model.IDLE not in names:
        return lines
    with_fixed = with_rate.with_formulas(
        [Formula(name, model.add_up, parts, USD) for name, parts in _fixed(context, lines).items() if parts]
    )
    is_optional = basis in model.LINES[model.IDLE].optional
    return lines if is_optional and not is_computable(with_fixed, inputs, model.IDLE) else (*lines, model.IDLE)


def _fixed(context: Context, compute: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the lines that idle hours of owned chips cost too, by the name of their sum."""
    return {"fixed_cost": tuple(line for line in compute if context.known_lines[line].is_fixed)}


def expand_compute(lines: Iterable[str], compute: Iterable[str]) -> tuple[str, ...]:
    """Return the lines with `compute` replaced by what it stands for."""
    compute = tuple(compute)
    return tuple(part for line in lines for part in (compute if line == "compute" else (line,)))


def is_computable(graph: Graph, inputs: Container[str], name: str) -> bool:
    """Whether all quantities that a quantity needs have values, and no formulas among them form a cycle."""
    return Computable(graph, inputs).has(name)


class Computable:
    """The quantities of a graph that can be computed from inputs; what was found of one is kept for the next.

    A plan is not built, because this is asked some thousand times for the messages and the levers of one scenario.
    """

    def __init__(self, graph: Graph, inputs: Container[str]) -> None:
        self._formulas, self._inputs = graph.formulas, inputs
        self._found: dict[str, bool] = {}

    def has(self, name: str) -> bool:
        """Whether all quantities that a quantity needs have values, and no formulas among them form a cycle."""
        found, formulas, inputs = self._found, self._formulas, self._inputs
        # An explicit stack, so that a long chain of formulas does not exceed Python's recursion limit.
        stack = [(name, iter((name,)))]
        while stack:
            user, needs = stack[-1]
            for need in needs:
                if need in inputs:
                    continue
                if need in found:
                    if found[need]:
                        continue
                elif need in formulas:
                    found[need] = False  # until its formulas are known not to form a cycle
                    stack.append((need, iter(formulas[need].needs)))
                    break
                # What is missing, or needs itself, leaves all that need it unknown.
                found.update({each: False for each, _ in stack})
                return False
            else:
                stack.pop()
                if stack:
                    found[user] = True
        return True


def _sums(context: Context, compute: tuple[str, ...], lines: tuple[str, ...]) -> list[Formula]:
    """Return the formulas of the total, and of the sums that other lines depend on; `compute_cost` is without idle capacity."""
    known = context.known_lines
    build = tuple(line for line in lines if line not in known or known[line].stage != "service")
    parts = {
        TOTAL: lines,
        BUILD: build,
        "compute_cost": tuple(line for line in compute if line != model.IDLE),
        "supply_cost": compute,
        **_fixed(context, compute),
    }
    sums = [Formula(name, model.add_up, names, USD) for name, names in parts.items() if names or name == TOTAL]
    if not has_staff(context):
        sums.append(model.NO_STAFF_BURN)  # without staff, a delay costs no staff
    if not any("credit_term" in layer.entries for layer in context.layers):
        sums.append(model.NO_EXPIRY)  # without a term, credits cover the whole bill
    sums.append(model.capital_rate(has_cost_of_capital=_states(context, model.COST_OF_CAPITAL)))
    return sums


def _states(context: Context, name: str) -> bool:
    """Whether the layers give a quantity, and none above removes it."""
    for layer in reversed(context.layers):
        if name in layer.entries:
            return True
        if name in layer.settings.without:
            return False
    return False


def has_staff(context: Context) -> bool:
    """Whether the scenario has roles, or a cost of staff of its own."""
    return bool(context.items("staff")) or any("staff_cost" in layer.entries for layer in context.layers)


def _lines(context: Context, choices: Mapping[str, str], graph: Graph, inputs: Set[str]) -> tuple[str, ...]:
    names, place, issues = context.line_names, context.place("lines"), context.issues
    if not names:
        if "lines" not in context.invalid_keys and not context.last("lines"):
            example = "name the quantities that add up to the total, such as [compute, staff_cost]"
            issues.add(place, "lines", f"is missing: {example}")
        return ()
    lines: list[str] = []
    if "compute" in names and "basis" not in choices:
        issues.add(place, "basis", f"is missing; choose among {', '.join(model.CHOICES['basis'])}")
    for line in expand(context, names, choices, graph, inputs):
        lines += _line(context, line, place, graph)
    repeated = {line: lines.count(line) for line in lines if lines.count(line) > 1}
    report_repeated(context, repeated)
    return tuple(dict.fromkeys(lines))


def _line(context: Context, line: str, place: Place, graph: Graph) -> tuple[str, ...]:
    """Return a line as a tuple of one, or an empty tuple if it is not valid."""
    groups = {group.line: setting for setting, group in model.GROUPS.items()}
    add = partial(context.issues.add, place, "lines")
    if line == TOTAL:
        add(f"{TOTAL} is the sum of the lines; name what adds up to it")
    elif line == BUILD:
        add(f"{BUILD} is {BUILD_MEANING}, and no line itself; name it among `outcomes` to see it")
    elif line in groups and line not in graph.formulas and not any(line in layer.entries for layer in context.layers):
        add(f"there is no {line!r} here; a scenario with `{groups[line]}` has it")
    elif line not in graph.units:
        add(
            f"there is no quantity {line!r}",
            partial(similar_name_remedies, line, ["compute", INHERITED, *STAGES, *groups, *graph.units]),
        )
    elif graph.units[line].text != "USD":
        add(f"{line} is in {graph.units[line].text}, but lines are in USD")
    else:
        return (line,)
    return ()


def _require_no_total(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a formula of the user; raise ValueError if it is named for the total, which is the sum of the lines."""
    if function.__name__ == TOTAL:
        raise ValueError(
            f"formula {TOTAL}: the total is the sum of the lines; give the formula another name, and list it in `lines`"
        )
    return function
