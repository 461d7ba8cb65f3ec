"""The graph of formulas, and the plan that computes targets from inputs.

A formula is a plain function named after its quantity; its parameter names are the quantities it needs. An input shadows the
formula of the same name, and quantities needed only by that formula are then not required. Missing, duplicate and circular
names are errors here, before any draw.
"""

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from itertools import repeat
from types import ModuleType
from typing import Any, get_type_hints

import numpy as np

from simulator.core.errors import LlmcostError
from simulator.core.units import Unit, Value, unit_of


@dataclass(frozen=True, slots=True)
class Formula:
    """A node of the graph: the quantity's name, the function that computes it, and its parameter names in order.

    `is_search` marks a quantity that is found by trying values, such as the largest load that meets a target.
    """

    name: str
    function: Callable[..., Any]
    needs: tuple[str, ...]
    unit: Unit
    is_search: bool = False

    @property
    def about(self) -> str:
        """Description, from the function's docstring."""
        return " ".join((inspect.getdoc(self.function) or "").split())


@dataclass(frozen=True, slots=True)
class Graph:
    """Formulas by name, and the unit of every quantity that they compute or need."""

    formulas: Mapping[str, Formula]
    units: Mapping[str, Unit]

    def with_formulas(self, formulas: Iterable[Formula], units: Mapping[str, Unit] | None = None) -> "Graph":
        """Return a graph with additional formulas, which replace those of the same name."""
        added = {formula.name: formula for formula in formulas}
        return Graph(
            {**self.formulas, **added},
            {**self.units, **(units or {}), **{name: formula.unit for name, formula in added.items()}},
        )

    def users(self, name: str) -> list[str]:
        """Return the formulas that need a quantity."""
        return [formula.name for formula in self.formulas.values() if name in formula.needs]


def build_graph(modules: Iterable[ModuleType]) -> Graph:
    """Collect the public functions of modules as formulas; raise ValueError for duplicate names or conflicting units."""
    formulas: dict[str, Formula] = {}
    units: dict[str, Unit] = {}
    for module in modules:
        for name, function in vars(module).items():
            if name.startswith("_") or not inspect.isfunction(function) or function.__module__ != module.__name__:
                continue
            if name in formulas:
                raise ValueError(f"{name} has two formulas, in {formulas[name].function.__module__} and {module.__name__}")
            formulas[name] = build_formula(function, units)
    return Graph(formulas, units)


def build_formula(function: Callable[..., Any], units: dict[str, Unit]) -> Formula:
    """Build a formula from a function, and add the units of its name and parameters to `units`."""
    name = function.__name__
    try:
        hints = get_type_hints(function, include_extras=True)
    except (NameError, TypeError) as error:
        raise ValueError(f"formula {name}: its annotations cannot be read: {error}") from None
    needs = tuple(inspect.signature(function).parameters)
    for quantity, hint in ((name, hints.get("return")), *((need, hints.get(need)) for need in needs)):
        unit = unit_of(hint)
        if unit is None:
            raise ValueError(f"formula {name}: {quantity} has no unit; annotate it, as in `-> Usd`")
        if units.setdefault(quantity, unit) != unit:
            raise ValueError(f"formula {name}: {quantity} is in {unit.text} here and in {units[quantity].text} elsewhere")
    return Formula(name, function, needs, units[name])


def guard_formula(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a user's function so that any failure in it is a ValueError that names it.

    Its arguments are read-only, because other formulas read them too; its result is converted to float64.
    """
    name = function.__name__
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise ValueError(f"formula {name} must return numbers; it is asynchronous or a generator")

    @wraps(function)
    def call(*arguments: Value) -> Value:
        try:
            value = function(*map(_make_read_only, arguments))
            shape, numbers = np.broadcast_shapes(*map(np.shape, arguments)), np.asarray(value)
        except (Exception, SystemExit) as error:
            raise ValueError(f"formula {name} fails: {type(error).__name__}: {error}") from None
        if numbers.dtype.kind not in "fiub" or numbers.shape not in ((), shape) or np.ma.is_masked(value):
            raise ValueError(f"formula {name} must return numbers, one for each draw")
        return np.ascontiguousarray(numbers, dtype=np.float64) if numbers.ndim else float(numbers)

    return call


def _make_read_only(value: Value) -> Value:
    if isinstance(value, np.ndarray):
        value = value.view()
        value.flags.writeable = False
    return value


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps that compute some targets, in order, and the inputs they use."""

    steps: tuple[Formula, ...]
    inputs: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Every quantity of the plan, inputs first."""
        return self.inputs + tuple(step.name for step in self.steps)

    def dependencies(self, name: str) -> frozenset[str]:
        """Return a quantity of the plan and all quantities that it depends on."""
        names = {name}
        for step in reversed(self.steps):
            if step.name in names:
                names.update(step.needs)
        return frozenset(names)


class MissingQuantityError(LlmcostError, ValueError):
    """Required quantities that are not given and have no formula; `users` maps each to the formulas that need it."""

    def __init__(self, users: dict[str, set[str]]) -> None:
        self.users = users
        names = ", ".join(f"{name} (for {', '.join(sorted(formulas))})" for name, formulas in sorted(users.items()))
        super().__init__(f"not given, and no formula computes it: {names}")


def build_plan(graph: Graph, input_names: Iterable[str], targets: Iterable[str]) -> Plan:
    """Order the formulas that lead from the inputs to the targets; raise `MissingQuantityError`, or ValueError for a cycle."""
    input_names = set(input_names)
    steps: dict[str, Formula] = {}
    inputs: dict[str, None] = {}
    missing: dict[str, set[str]] = {}
    for target in targets:
        # An explicit stack, so that a long chain of formulas does not exceed Python's recursion limit.
        path: dict[str, None] = {}
        stack: list[tuple[str, str, bool]] = [(target, "the result", False)]
        while stack:
            name, user, done = stack.pop()
            if done:
                path.pop(name)
                steps[name] = graph.formulas[name]
            elif name in input_names:
                inputs[name] = None
            elif name in path:
                cycle = [*list(path)[list(path).index(name) :], name]
                raise ValueError("formulas form a cycle: " + " needs ".join(cycle))
            elif name in steps:
                continue
            elif name in graph.formulas:
                path[name] = None
                stack.append((name, user, True))
                stack += [(need, name, False) for need in reversed(graph.formulas[name].needs)]
            else:
                missing.setdefault(name, set()).add(user)
    if missing:
        raise MissingQuantityError(missing)
    return Plan(tuple(steps.values()), tuple(inputs))


def evaluate(plan: Plan, values: dict[str, Value], disposable: Sequence[tuple[str, ...]] = ()) -> None:
    """Compute the steps of a plan into `values`, which holds its inputs; remove after each step its `disposable` quantities."""
    for step, names in zip(plan.steps, disposable or repeat(()), strict=False):
        values[step.name] = step.function(*[values[need] for need in step.needs])
        for name in names:
            del values[name]


def find_disposable(plan: Plan, required: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """Return for each step the quantities that no later step needs and that are not `required`."""
    last = {need: number for number, step in enumerate(plan.steps) for need in step.needs}
    return tuple(
        tuple(need for need in dict.fromkeys(step.needs) if last[need] == number and need not in required)
        for number, step in enumerate(plan.steps)
    )
