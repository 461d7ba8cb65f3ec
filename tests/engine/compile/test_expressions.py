"""Formulas become expression trees: every formula of the library, and those of the user that are in the documented subset."""

import math

import numpy as np
import pytest

from simulator import model
from simulator.core.units import Unit
from simulator.engine import adjustments
from simulator.engine.compile.expressions import (
    Number,
    Operation,
    Quantity,
    UncompilableFormulaError,
    evaluate,
    operation,
    quantities_of,
    substitute,
    trace,
    walk,
)
from simulator.engine.compile.program import compile_formula, compile_plan
from simulator.engine.graph import Formula, Plan, guard_formula
from simulator.model import schedule
from simulator.model.serving.replicas import FIXED, HOURLY, replica_formulas

PLAIN = Unit("1")


def formulas():
    """Every formula of the model, of an item of each group, of adjustments and of the schedule."""
    yield from model.every_graph().formulas.values()
    yield from replica_formulas(FIXED)
    yield from replica_formulas(HOURLY)
    for setting in model.GROUPS:
        yield from model._template(setting).formulas.values()
    for function, count in (
        *((each, 2) for each in adjustments.OPERATIONS.values()),
        *((each, 3) for each in adjustments._CONDITIONAL_OPERATIONS.values()),
        (adjustments._works, 2), (adjustments._or_one, 2), (adjustments._or_zero, 2),
        (adjustments.combine_factors, 7), (adjustments.combine_active_factors, 14),
        (schedule.union, 8), (schedule.latest, 3), (schedule.earliest, 3), (schedule.end, 4), (schedule.start, 3),
        (schedule.end_of_work, 4), (schedule.capacity, 3), (schedule.rest, 3), (schedule.time_within, 4),
        (schedule.occupation, 3), (schedule.time_beside_reservation, 6), (schedule.planned_burn, 3), (schedule.difference, 2),
        (schedule.beginning, 0), (schedule.same, 1), (model.add_up, 9), (model.nothing, 0), (model.everything, 0),
    ):  # fmt: skip
        needs = tuple(f"a{number}" for number in range(count))
        yield Formula(getattr(function, "__name__", "operation"), function, needs, PLAIN)


FORMULAS = list(formulas())


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: f"{formula.name}-{len(formula.needs)}")
def test_every_formula_of_the_library_compiles_to_what_it_computes(formula):
    steps = compile_formula(formula)
    points = {name: np.exp(np.random.default_rng(number).uniform(-3, 3, 50)) for number, name in enumerate(formula.needs)}
    points = {name: np.where(np.arange(50) < 25, values, values / 30) for name, values in points.items()}
    with np.errstate(all="ignore"):
        expected = formula.function(*points.values())
    values = dict(points)
    for step in steps:
        values[step.name] = evaluate(step.expression, values)
    np.testing.assert_allclose(values[formula.name], expected, rtol=1e-14, equal_nan=True)
    assert steps[-1].name == formula.name
    assert all(step.is_part for step in steps[:-1])


def test_there_are_as_many_formulas_as_the_model_has():
    assert len(FORMULAS) > 250


def test_a_shared_part_is_computed_once():
    """The union of nine phases sorts them by their starts, in every draw: as a tree without parts it would have 10^9 nodes."""
    needs = tuple(f"edge{number}" for number in range(18))
    steps = compile_formula(Formula("covered", schedule.union, needs, PLAIN))
    assert sum(len(list(walk(step.expression))) for step in steps) < 2000
    edges = np.array([[3, 5], [0, 1], [4, 8], [0.5, 2], [9, 10], [9.5, 9.7], [20, 21], [20, 22], [8, 8]], dtype=float)
    values = dict(zip(needs, edges.ravel(), strict=True))
    for step in steps:
        values[step.name] = evaluate(step.expression, values)
    assert values["covered"] == pytest.approx(2 + 5 + 1 + 2)  # 0 to 2, 3 to 8, 9 to 10, 20 to 22


def test_a_tree_by_hand():
    tree = trace(lambda price, count: (price + 1) * count**2, ("price", "count"))
    assert isinstance(tree, Operation)
    assert tree.operator == "multiply"
    assert quantities_of(tree) == ("price", "count")
    assert evaluate(tree, {"price": 2.0, "count": 3.0}) == 27.0


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: x * 1 + 0, "x"),
        (lambda x: 0 * x + x / 1, "x"),
        (lambda x: x - 0 * x, "x"),
        (lambda x: x**1.0, "x"),
        (lambda x: 2 * 3 + 0 * x, 6.0),
        (lambda x: np.exp(0.0) + 0 * x, 1.0),
        (lambda x: np.zeros_like(x) + 4, 4.0),
    ],
)
def test_what_is_neutral_disappears(function, expected):
    tree = trace(function, ("x",))
    assert (tree.name if isinstance(tree, Quantity) else tree.value) == expected


def own(function):
    return guard_formula(function)


def with_if(x):
    return 1.0 if x > 2 else 0.0


def with_min(x):
    return min(x, 1.0)


def with_mean(x):
    return x - np.mean(x)


def with_method(x):
    return x - x.mean()


def with_float(x):
    return math.exp(x)


def with_sort(x):
    return np.sort(x)


def with_text(x):
    return x * "a"


def with_randomness(x):
    return x + np.random.default_rng().random()


def with_infinity(x):
    return x + math.inf


def with_options(x):
    return np.add(x, 1, where=np.array(True))


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (with_if, "`if`"), (with_min, "`min`"), (with_mean, "np.mean"), (with_method, "mean"), (with_float, "plain number"),
        (with_sort, "np.sort"), (with_text, "str"), (with_randomness, "depends on more than its arguments"),
        (with_infinity, "inf"), (with_options, "with options"),
    ],
)  # fmt: skip
def test_a_formula_outside_the_subset_is_refused_with_the_reason(function, reason):
    with pytest.raises(UncompilableFormulaError, match=f"formula {function.__name__} does not compile: .*{reason}"):
        trace(own(function), ("x",))


def with_loop(x, *others):
    for number, other in enumerate(others):
        x = x + other * number if number else x - other
    return np.clip(np.square(x), 0.5, 20) | (x > 3) if False else np.clip(np.square(x), 0.5, 20)


def with_logic(x, y):
    return np.where((x > 1) & ~(y >= 2) | (x == 0), abs(x - y), np.float64(2) ** -y) + np.log1p(x) * np.power(2, y)


@pytest.mark.parametrize(("function", "count"), [(with_loop, 4), (with_logic, 2)])
def test_a_formula_of_the_user_in_the_subset_compiles(function, count):
    needs = [f"x{number}" for number in range(count)]
    tree = trace(own(function), needs)
    points = {name: np.linspace(0.1, 4, 20) * (1 + number) for number, name in enumerate(needs)}
    np.testing.assert_allclose(evaluate(tree, points), function(*points.values()), rtol=1e-14)


def test_a_constant_stays_finite_where_a_formula_divides_by_it():
    tree = operation("divide", Number(1.0), Number(0.0))
    assert isinstance(tree, Operation)  # it is not folded into an infinity
    assert evaluate(tree, {}) == math.inf


def test_substitution_keeps_what_is_not_replaced():
    tree = trace(lambda x, y: np.exp(x) + y, ("x", "y"))
    other = substitute(tree, {"y": Number(0.0)})
    assert quantities_of(other) == ("x",)
    assert evaluate(other, {"x": 2.0}) == pytest.approx(math.exp(2))
    assert substitute(tree, {"z": Number(1.0)}) is tree


def test_a_formula_that_does_not_compile_becomes_an_input():
    steps = (
        Formula("a", lambda x: x + 1, ("x",), PLAIN),
        Formula("b", own(with_if), ("a",), PLAIN),
        Formula("c", lambda b, x: b * x, ("b", "x"), PLAIN),
    )
    program = compile_plan(Plan(steps, ("x",)), ["c"])
    assert program.inputs == ("x", "b")
    assert [step.name for step in program.steps] == ["c"]  # nothing else needs `a`
    assert "with_if does not compile" in program.uncompiled["b"]
    assert program.evaluate({"x": 3.0, "b": 5.0})["c"] == 15.0


def test_a_program_names_all_that_a_searched_quantity_depends_on():
    steps = (
        Formula("a", lambda x: x + 1, ("x",), PLAIN),
        Formula("b", lambda a, y: a * y, ("a", "y"), PLAIN, is_search=True),
        Formula("c", lambda b, z: b * z, ("b", "z"), PLAIN),
    )
    program = compile_plan(Plan(steps, ("x", "y", "z")), ["c"])
    assert (program.searched, program.behind) == ({"b"}, {"a", "x", "y"})
    assert program.uncompiled == {"b": "formula b does not compile: its value is searched for"}
    assert compile_plan(Plan(steps[:1], ("x",)), ["a"]).behind == frozenset()


def test_a_program_holds_only_what_its_targets_need():
    steps = (Formula("a", lambda x: 2 * x, ("x",), PLAIN), Formula("b", lambda y: y, ("y",), PLAIN))
    program = compile_plan(Plan(steps, ("x", "y")), ["a"])
    assert (program.inputs, [step.name for step in program.steps]) == (("x",), ["a"])
    assert compile_plan(Plan(steps, ("x", "y"))).inputs == ("x", "y")
