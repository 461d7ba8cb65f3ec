"""A program: the plan of a scenario as an ordered list of expression trees over its inputs."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from simulator.core.units import Value
from simulator.engine.compile.expressions import (
    Expression,
    Operation,
    Quantity,
    UncompilableFormulaError,
    evaluate,
    quantities_of,
    trace,
    walk,
)
from simulator.engine.graph import Formula, Plan

MAX_DEPTH = 24
"""Operations that one expression nests at most, so that every target accepts it; deeper ones become parts of their own."""
MAX_OPERATIONS = 100
"""Operations from which an expression becomes a part of its own: a cell of a spreadsheet holds 8,192 characters."""


@dataclass(frozen=True, slots=True)
class Step:
    """A quantity and the expression tree that computes it.

    Attributes
    ----------
    name : str
        The quantity, or the name of a part of one, such as `duration part 1`.
    expression : Expression
        Tree over inputs and earlier steps.
    unit, about : str
        Canonical unit and description of the quantity; both are empty for a part.
    is_part : bool
        Whether the step is an intermediate of the next quantity, which several of its operations use.

    """

    name: str
    expression: Expression
    unit: str = ""
    about: str = ""
    is_part: bool = False

    @property
    def needs(self) -> tuple[str, ...]:
        """The quantities that the expression reads, in the order of their use."""
        return quantities_of(self.expression)


@dataclass(frozen=True, slots=True)
class Program:
    """Inputs, and the steps that compute quantities from them in order.

    Attributes
    ----------
    inputs : tuple of str
        Inputs of the plan that a step or a target reads, in the order of the plan, and quantities of `uncompiled`.
    steps : tuple of Step
    uncompiled : dict of str to str
        Quantities whose formula does not compile, each with the reason. They are inputs here: their values are computed in
        Python, and do not follow a change of what they need.
    searched : set of str
        Those of `uncompiled` whose values are searched for.
    behind : set of str
        All quantities on which one of `uncompiled` depends, directly or not.

    """

    inputs: tuple[str, ...]
    steps: tuple[Step, ...]
    uncompiled: Mapping[str, str]
    searched: frozenset[str] = frozenset()
    behind: frozenset[str] = frozenset()

    def evaluate(self, values: Mapping[str, Value], held: Mapping[str, Value] = MappingProxyType({})) -> dict[str, Value]:
        """Return the values of all inputs and steps, computed with numpy from the values of the inputs.

        `held` has the values of steps that are not computed.
        """
        results = {name: values[name] for name in self.inputs}
        for step in self.steps:
            results[step.name] = held[step.name] if step.name in held else evaluate(step.expression, results)
        return results


def compile_plan(plan: Plan, targets: Collection[str] | None = None) -> Program:
    """Return the program of a plan: all of it, or only what some targets need."""
    steps: list[Step] = []
    uncompiled: dict[str, str] = {}
    needed = set(plan.names if targets is None else targets)
    for formula in reversed(plan.steps):
        if formula.name not in needed:
            continue
        try:
            steps += reversed(compile_formula(formula))
        except UncompilableFormulaError as error:
            uncompiled[formula.name] = str(error)
        else:
            needed.update(formula.needs)
    steps.reverse()
    read = needed if targets is None else {need for step in steps for need in step.needs} | set(targets)
    inputs = [name for name in plan.inputs if name in read]
    return Program(
        inputs=(*inputs, *reversed(uncompiled)),
        steps=tuple(steps),
        uncompiled=dict(reversed(uncompiled.items())),
        searched=frozenset(formula.name for formula in plan.steps if formula.is_search and formula.name in uncompiled),
        behind=_needs_of(plan, uncompiled),
    )


def _needs_of(plan: Plan, names: Collection[str]) -> frozenset[str]:
    """Return all quantities on which some depend, directly or not."""
    found: set[str] = set()
    for formula in reversed(plan.steps):
        if formula.name in names or formula.name in found:
            found.update(formula.needs)
    return frozenset(found)


def compile_formula(formula: Formula) -> list[Step]:
    """Return the step of a formula, after those of its parts."""
    if formula.is_search:
        raise UncompilableFormulaError(f"formula {formula.name} does not compile: its value is searched for")
    tree = trace(formula.function, formula.needs)
    parts, tree = _split(formula.name, tree)
    return [*parts, Step(formula.name, tree, formula.unit.text, formula.about)]


def _split(name: str, tree: Expression) -> tuple[list[Step], Expression]:
    """Return the parts of a tree, and the tree in terms of them.

    Operations with several users are parts, so that no target computes them twice, and so are those that nest too deeply or
    have too many operations.
    """
    nodes = list(walk(tree))
    users = _count_users(nodes)
    parts: list[Step] = []
    replaced: dict[int, Expression] = {}
    sizes: dict[int, int] = {}
    for node in nodes:
        if not isinstance(node, Operation):
            replaced[id(node)] = node
            continue
        arguments = tuple(replaced[id(each)] for each in node.arguments)
        depth = 1 + max(each.depth if isinstance(each, Operation) else 0 for each in arguments)
        own: Expression = Operation(node.operator, arguments, depth)
        sizes[id(node)] = 1 + sum(sizes.get(id(each), 0) for each in node.arguments)
        is_shared = users.get(id(node), 0) > 1 and depth > 1
        if node is not tree and (is_shared or depth >= MAX_DEPTH or sizes[id(node)] >= MAX_OPERATIONS):
            parts.append(Step(f"{name} part {len(parts) + 1}", own, is_part=True))
            own, sizes[id(node)] = Quantity(parts[-1].name), 0
        replaced[id(node)] = own
    return parts, replaced[id(tree)]


def _count_users(nodes: Iterable[Expression]) -> dict[int, int]:
    users: dict[int, int] = {}
    for node in nodes:
        for each in node.arguments if isinstance(node, Operation) else ():
            users[id(each)] = users.get(id(each), 0) + 1
    return users
