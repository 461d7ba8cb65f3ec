"""Formulas become a graph, the graph and what is given become a plan, the plan turns values into values.

A formula is a plain function named for its quantity; its parameter names are what it needs. A quantity that is given shadows
the formula of its name, and what only that formula needed is never asked for. Missing, double and circular names are errors
here, before any draw.
"""

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from itertools import repeat
from types import ModuleType
from typing import Any, get_type_hints

import numpy as np

from simulator.core.units import Unit, Value, unit_of


@dataclass(frozen=True, slots=True)
class Formula:
    """A node of the graph: the quantity's name, how it is computed, and the names that go in, in the function's order."""

    name: str
    function: Callable[..., Any]
    needs: tuple[str, ...]
    unit: Unit

    @property
    def about(self) -> str:
        """The meaning, from the function's docstring."""
        return " ".join((inspect.getdoc(self.function) or "").split())


@dataclass(frozen=True, slots=True)
class Graph:
    """Formulas by name, and the unit of every name that they give or need."""

    formulas: Mapping[str, Formula]
    units: Mapping[str, Unit]

    def with_formulas(self, formulas: Iterable[Formula], units: Mapping[str, Unit] | None = None) -> "Graph":
        """Return a graph with more formulas; a name that has one already is replaced."""
        more = {formula.name: formula for formula in formulas}
        return Graph(
            {**self.formulas, **more},
            {**self.units, **(units or {}), **{name: formula.unit for name, formula in more.items()}},
        )

    def users(self, name: str) -> list[str]:
        """Return the formulas that need a name."""
        return [formula.name for formula in self.formulas.values() if name in formula.needs]


def graph_of(modules: Iterable[ModuleType]) -> Graph:
    """Collect the public functions of modules as formulas; raise ValueError where two have one name or units disagree."""
    formulas: dict[str, Formula] = {}
    units: dict[str, Unit] = {}
    for module in modules:
        for name, function in vars(module).items():
            if name.startswith("_") or not inspect.isfunction(function) or function.__module__ != module.__name__:
                continue
            if name in formulas:
                raise ValueError(f"{name} has two formulas, in {formulas[name].function.__module__} and {module.__name__}")
            formulas[name] = formula_of(function, units)
    return Graph(formulas, units)


def formula_of(function: Callable[..., Any], units: dict[str, Unit]) -> Formula:
    """Make a formula of a function, and add the units of its name and parameters to `units`."""
    name = function.__name__
    try:
        hints = get_type_hints(function, include_extras=True)
    except (NameError, TypeError) as error:
        raise ValueError(f"formula {name}: its annotations cannot be read: {error}") from None
    needs = tuple(inspect.signature(function).parameters)
    for quantity, hint in ((name, hints.get("return")), *((need, hints.get(need)) for need in needs)):
        unit = unit_of(hint)
        if unit is None:
            raise ValueError(f"formula {name}: {quantity} carries no unit; annotate it, as in `-> Usd`")
        if units.setdefault(quantity, unit) != unit:
            raise ValueError(f"formula {name}: {quantity} is in {unit.text} here and in {units[quantity].text} elsewhere")
    return Formula(name, function, needs, units[name])


def guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a user's function such that whatever goes wrong in it is a ValueError which names it.

    It cannot write to what it is given, which other formulas read too; what it returns is taken as float64.
    """
    name = function.__name__
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise ValueError(f"formula {name} must return numbers; it is asynchronous or a generator")

    @wraps(function)
    def call(*given: Value) -> Value:
        try:
            made = function(*map(_read_only, given))
            shape, numbers = np.broadcast_shapes(*map(np.shape, given)), np.asarray(made)
        except (Exception, SystemExit) as error:
            raise ValueError(f"formula {name} fails: {type(error).__name__}: {error}") from None
        if numbers.dtype.kind not in "fiub" or numbers.shape not in ((), shape) or np.ma.is_masked(made):
            raise ValueError(f"formula {name} must return numbers, one for each draw")
        return np.ascontiguousarray(numbers, dtype=np.float64) if numbers.ndim else float(numbers)

    return call


def _read_only(value: Value) -> Value:
    if isinstance(value, np.ndarray):
        value = value.view()
        value.flags.writeable = False
    return value


@dataclass(frozen=True, slots=True)
class Plan:
    """What to compute, in order, for some targets; and the given names that take part."""

    steps: tuple[Formula, ...]
    inputs: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Every quantity that takes part, inputs first."""
        return self.inputs + tuple(step.name for step in self.steps)


class Missing(ValueError):
    """Quantities that are needed, not given, and have no formula; `by` says for each which formulas need it."""

    def __init__(self, by: dict[str, set[str]]) -> None:
        self.by = by
        wanted = ", ".join(f"{name} (for {', '.join(sorted(users))})" for name, users in sorted(by.items()))
        super().__init__(f"not given, and no formula gives it: {wanted}")


def plan(graph: Graph, given: Iterable[str], targets: Iterable[str]) -> Plan:
    """Order the formulas that lead from what is given to the targets; raise `Missing`, or ValueError for a cycle."""
    given = set(given)
    steps: dict[str, Formula] = {}
    inputs: dict[str, None] = {}
    missing: dict[str, set[str]] = {}
    for target in targets:
        # A stack of our own, so that a long chain of formulas does not meet Python's limit.
        path: dict[str, None] = {}
        stack: list[tuple[str, str, bool]] = [(target, "the result", False)]
        while stack:
            name, user, done = stack.pop()
            if done:
                path.pop(name)
                steps[name] = graph.formulas[name]
            elif name in given:
                inputs[name] = None
            elif name in path:
                circle = [*list(path)[list(path).index(name) :], name]
                raise ValueError("formulas go in a circle: " + " needs ".join(circle))
            elif name in steps:
                continue
            elif name in graph.formulas:
                path[name] = None
                stack.append((name, user, True))
                stack += [(need, name, False) for need in reversed(graph.formulas[name].needs)]
            else:
                missing.setdefault(name, set()).add(user)
    if missing:
        raise Missing(missing)
    return Plan(tuple(steps.values()), tuple(inputs))


def evaluate(plan: Plan, values: dict[str, Value], spent: Sequence[tuple[str, ...]] = ()) -> None:
    """Compute the steps of a plan into `values`, which holds its inputs; take out after each step what is then `spent`."""
    for step, gone in zip(plan.steps, spent or repeat(()), strict=False):
        values[step.name] = step.function(*[values[need] for need in step.needs])
        for name in gone:
            del values[name]


def spent(plan: Plan, wanted: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """Return for each step the quantities that neither a later step needs nor anybody wants."""
    last = {need: number for number, step in enumerate(plan.steps) for need in step.needs}
    return tuple(
        tuple(need for need in dict.fromkeys(step.needs) if last[need] == number and need not in wanted)
        for number, step in enumerate(plan.steps)
    )
