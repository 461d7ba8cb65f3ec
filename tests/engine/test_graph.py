"""The graph and the plan: inputs shadow formulas, missing quantities are named, cycles and duplicate names are errors."""

import re
from types import ModuleType

import numpy as np
import pytest

from simulator.core.suggestions import suggest_nearest
from simulator.core.units import ChipHours, Hours, Unit, Usd, UsdPerChipHour
from simulator.engine.graph import (
    Formula,
    Graph,
    MissingQuantityError,
    build_formula,
    build_graph,
    build_plan,
    evaluate,
    find_disposable,
    guard_formula,
)

USD = Unit("USD")


def rent(chip_hours: ChipHours, rental_price: UsdPerChipHour) -> Usd:
    """Rent."""
    return chip_hours * rental_price


def rental_price(list_price: UsdPerChipHour, discount: UsdPerChipHour) -> UsdPerChipHour:
    """Price after a discount."""
    return list_price - discount


def total(rent: Usd, salaries: Usd) -> Usd:
    """Rent and people."""
    return rent + salaries


def module(name, *functions):
    """A module that holds functions as its own."""
    module_ = ModuleType(name)
    for function in functions:
        own = type(function)(function.__code__, function.__globals__, function.__name__)
        own.__annotations__, own.__doc__, own.__module__ = function.__annotations__, function.__doc__, name
        setattr(module_, function.__name__, own)
    return module_


GRAPH = build_graph([module("costs", rent, rental_price, total)])
GIVEN = {"chip_hours": 100.0, "list_price": 3.0, "discount": 1.0, "salaries": 50.0}


def chain(length):
    """A graph in which each quantity is one more than the one before it."""
    formulas = [Formula(f"q{i}", lambda x: x + 1, (f"q{i - 1}",), USD) for i in range(1, length + 1)]
    return Graph({formula.name: formula for formula in formulas}, {f"q{i}": USD for i in range(length + 1)})


def test_values_follow_from_what_is_given():
    values = dict(GIVEN)
    evaluate(build_plan(GRAPH, GIVEN, ["total"]), values)
    # 100 x (3 - 1) + 50
    assert values["total"] == 250.0


def test_values_follow_draw_by_draw():
    values = GIVEN | {"list_price": np.array([3.0, 4.0])}
    evaluate(build_plan(GRAPH, GIVEN, ["total"]), values)
    np.testing.assert_array_equal(values["total"], [250.0, 350.0])


def test_given_quantity_means_what_only_its_formula_needed_is_not_asked():
    values = {"chip_hours": 100.0, "rental_price": 2.5, "salaries": 50.0}
    plan = build_plan(GRAPH, values, ["total"])
    assert set(plan.inputs) == set(values)
    assert [step.name for step in plan.steps] == ["rent", "total"]
    evaluate(plan, values)
    assert values["total"] == 300.0


def test_given_quantity_that_nothing_needs_takes_no_part():
    plan = build_plan(GRAPH, {**GIVEN, "rental_price": 2.5}, ["rent"])
    assert set(plan.inputs) == {"chip_hours", "rental_price"}


def test_target_that_is_given_needs_nothing():
    assert build_plan(GRAPH, ["total"], ["total"]).steps == ()


def test_missing_quantities_are_named_with_their_users():
    with pytest.raises(MissingQuantityError) as error:
        build_plan(GRAPH, ["chip_hours"], ["total", "rent"])
    assert error.value.users == {"list_price": {"rental_price"}, "discount": {"rental_price"}, "salaries": {"total"}}
    assert str(error.value) == (
        "not given, and no formula computes it: "
        "discount (for rental_price), list_price (for rental_price), salaries (for total)"
    )


def test_missing_quantity_names_all_who_need_it():
    graph = GRAPH.with_formulas([Formula("bonus", abs, ("salaries",), USD)], {"bonus": USD})
    with pytest.raises(MissingQuantityError, match=re.escape("salaries (for bonus, total)")):
        build_plan(graph, ["rent"], ["total", "bonus"])


def test_unknown_target_is_missing():
    with pytest.raises(MissingQuantityError, match="no_such_cost"):
        build_plan(GRAPH, GIVEN, ["no_such_cost"])


def test_name_in_two_modules_is_refused_naming_both():
    with pytest.raises(ValueError, match="rent has two formulas, in costs and more_costs"):
        build_graph([module("costs", rent), module("more_costs", rent)])


def test_name_in_two_units_is_refused_naming_both():
    def other(chip_hours: Hours) -> Usd:
        """Something in other hours."""

    with pytest.raises(ValueError, match=re.escape("chip_hours is in hour here and in chip*hour elsewhere")):
        build_graph([module("costs", rent), module("more", other)])


def test_formula_without_units_is_refused_naming_what_lacks_one():
    def bare(chip_hours, rental_price: UsdPerChipHour) -> Usd:
        """Rent."""

    def unsaid(chip_hours: ChipHours):
        """Rent."""

    def unknown(chip_hours: "NoSuchUnit") -> Usd:  # noqa: F821
        """Rent."""

    with pytest.raises(ValueError, match="formula bare: chip_hours has no unit"):
        build_formula(bare, {})
    with pytest.raises(ValueError, match="formula unsaid: unsaid has no unit"):
        build_formula(unsaid, {})
    with pytest.raises(ValueError, match="formula unknown: its annotations cannot be read"):
        build_formula(unknown, {})


def test_names_of_a_module_that_are_not_its_formulas_are_left_out():
    module_ = module("costs", rent)
    module_._helper = module_.rent
    module_.imported = rental_price
    module_.number = 3
    assert set(build_graph([module_]).formulas) == {"rent"}


@pytest.mark.parametrize("length", [1, 2, 5])
def test_formulas_in_a_circle_are_refused_naming_the_circle(length):
    names = [f"q{i}" for i in range(length)]
    formulas = {name: Formula(name, abs, (names[i - 1],), USD) for i, name in enumerate(names)}
    graph = Graph({**formulas, "start": Formula("start", abs, ("q0",), USD)}, {})
    with pytest.raises(ValueError, match="formulas form a cycle") as error:
        build_plan(graph, [], ["start"])
    cycle = str(error.value).partition(": ")[2].split(" needs ")
    assert cycle[0] == cycle[-1] == "q0"
    assert set(cycle) == set(names)


def test_circle_is_no_circle_where_a_given_quantity_breaks_it():
    formulas = {name: Formula(name, lambda x: x + 1, (need,), USD) for name, need in (("a", "b"), ("b", "a"))}
    plan = build_plan(Graph(formulas, {}), ["b"], ["a"])
    values = {"b": 1.0}
    evaluate(plan, values)
    assert values["a"] == 2.0


def test_long_chain_of_formulas():
    graph = chain(5000)
    values = {"q0": 0.0}
    plan = build_plan(graph, values, ["q5000"])
    evaluate(plan, values)
    assert values["q5000"] == 5000.0
    assert plan.names == ("q0", *(f"q{i}" for i in range(1, 5001)))


def test_long_circle_of_formulas_is_found():
    graph = chain(5000)
    closed = graph.with_formulas([Formula("q0", abs, ("q5000",), USD)])
    with pytest.raises(ValueError, match="formulas form a cycle"):
        build_plan(closed, [], ["q5000"])


def test_quantity_that_two_formulas_need_is_computed_once():
    calls = []

    def count_calls(x):
        calls.append(x)
        return x

    formulas = {
        "shared": Formula("shared", count_calls, ("x",), USD),
        "a": Formula("a", lambda x: x, ("shared",), USD),
        "b": Formula("b", lambda x, y: x + y, ("shared", "a"), USD),
        "c": Formula("c", lambda x, y, z: x + y + z, ("b", "a", "shared"), USD),
    }
    values = {"x": 1.0}
    evaluate(build_plan(Graph(formulas, {}), values, ["c", "b"]), values)
    assert values["c"] == 4.0
    assert calls == [1.0]


@pytest.mark.parametrize("targets", [["total"], ["rental_price", "total"], ["total", "rental_price"]])
def test_step_comes_after_all_that_it_needs(targets):
    plan = build_plan(GRAPH, GIVEN, targets)
    ready = set(plan.inputs)
    for step in plan.steps:
        assert set(step.needs) <= ready
        ready.add(step.name)
    assert set(targets) <= ready
    assert len(plan.names) == len(set(plan.names))


def test_order_does_not_depend_on_the_order_of_what_is_given():
    forward, backward = build_plan(GRAPH, GIVEN, ["total"]), build_plan(GRAPH, reversed(GIVEN), ["total"])
    assert forward == backward


def test_a_formula_has_the_name_the_needs_and_the_unit_of_its_function():
    units = {}
    formula = build_formula(rent, units)
    assert (formula.name, formula.function, formula.needs, formula.unit) == ("rent", rent, ("chip_hours", "rental_price"), USD)
    assert units == {"rent": USD, "chip_hours": Unit("chip*hour"), "rental_price": Unit("USD/chip/hour")}


def test_a_graph_with_more_formulas_knows_all_units():
    graph = build_graph([module("prices", rental_price)])
    more = graph.with_formulas([build_formula(rent, {})], {"chip_hours": Unit("chip*hour")})
    assert more.units == {**graph.units, "chip_hours": Unit("chip*hour"), "rent": USD}
    assert set(more.formulas) == {"rent", "rental_price"}


def test_a_missing_target_is_missed_by_the_result():
    with pytest.raises(MissingQuantityError, match=r"nothing \(for the result\)"):
        build_plan(GRAPH, {}, ["nothing"])


def test_a_near_word_is_offered_and_none_that_is_far():
    assert suggest_nearest("abcdefghij", ["abcde"]) == "; did you mean 'abcde'?"  # 0.67 alike
    assert suggest_nearest("abcdefghij", ["abcdxxxxxx"]) == ""  # 0.4


# --- what is no longer needed -------------------------------------------------------------------------------------------------


def branching():
    """b = a + 1, c = a * b, d = c * c + b."""
    formulas = [
        Formula("b", lambda a: a + 1, ("a",), USD),
        Formula("c", lambda a, b: a * b, ("a", "b"), USD),
        Formula("d", lambda c, again, b: c * again + b, ("c", "c", "b"), USD),
    ]
    return build_plan(Graph({formula.name: formula for formula in formulas}, dict.fromkeys("abcd", USD)), ["a"], ["d"])


def test_a_quantity_is_spent_after_its_last_use():
    assert find_disposable(branching(), ["d"]) == ((), ("a",), ("c", "b"))


def test_what_is_wanted_is_never_spent():
    assert find_disposable(branching(), ["a", "c", "d"]) == ((), (), ("b",))


@pytest.mark.parametrize("required", [["d"], ["a", "d"], ["b", "c", "d"], ["a", "b", "c", "d"]])
def test_disposable_quantities_are_removed_and_changes_no_value(required):
    every, lean = {"a": 3.0}, {"a": 3.0}
    evaluate(branching(), every)
    evaluate(branching(), lean, find_disposable(branching(), required))
    assert every == {"a": 3, "b": 4, "c": 12, "d": 148}
    assert lean == {name: every[name] for name in required}


def test_later_formula_replaces_the_one_of_its_name():
    graph = GRAPH.with_formulas([Formula("rent", lambda hours: 7 * hours, ("chip_hours",), USD)])
    values = dict(GIVEN)
    evaluate(build_plan(graph, values, ["rent"]), values)
    assert values["rent"] == 700.0
    assert GRAPH.formulas["rent"].needs == ("chip_hours", "rental_price")


def test_users_of_a_quantity():
    assert GRAPH.users("rent") == ["total"]
    assert GRAPH.users("chip_hours") == ["rent"]
    assert GRAPH.users("total") == []


def test_near_word_is_offered():
    assert suggest_nearest("utilsation", ["utilisation", "energy"]) == "; did you mean 'utilisation'?"
    assert suggest_nearest("zzz", ["utilisation", "energy"]) == ""


# --- formulas of the user's own -------------------------------------------------------------------------------------------


def fee(rent: Usd) -> Usd:
    """A fee."""
    return rent


def guarded_by(function):
    """Guard a function under the name of a formula."""
    function.__name__ = "fee"
    return guard_formula(function)


@pytest.mark.parametrize(
    "function",
    [
        lambda rent: np.where(rent > 2, 3, 1),
        lambda rent: np.where(rent > 2, 3.0, 1.0).astype(np.float32),
        lambda rent: np.where(rent > 2, 3, 1).astype(">i2"),
        lambda rent: np.stack([np.where(rent > 2, 3.0, 1.0), rent], axis=1)[:, 0],
    ],
)
def test_what_a_formula_returns_is_taken_as_plain_floats(function):
    result = guarded_by(function)(np.array([1.0, 4.0]))
    assert result.tolist() == [1.0, 3.0]
    assert (result.dtype, result.flags.c_contiguous) == (np.float64, True)


def test_one_number_from_a_formula_is_one_float():
    assert type(guarded_by(lambda rent: np.int64(3))(np.ones(2))) is float
    assert type(guarded_by(lambda rent: True)(2.0)) is float


def ends(rent):
    raise SystemExit(0)


def writes(rent):
    rent *= 2
    return rent


async def waits(rent):
    return rent


def yields(rent):
    yield rent


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (ends, "fee fails: SystemExit: 0"),
        (writes, "fee fails: ValueError: output array is read-only"),
        (lambda rent: 1 / 0, "fee fails: ZeroDivisionError: division by zero"),
        (lambda rent: (rent, 3), "fee fails: ValueError"),
        (lambda rent: "much", "fee must return numbers, one for each draw"),
        (lambda rent: rent[:1], "fee must return numbers, one for each draw"),
        (lambda rent: 1j * rent, "fee must return numbers, one for each draw"),
        (lambda rent: np.ma.masked_greater(rent, 1), "fee must return numbers, one for each draw"),
    ],
)
def test_what_goes_wrong_in_a_formula_names_it(function, expected):
    values = np.array([1.0, 4.0])
    with pytest.raises(ValueError, match=expected):
        guarded_by(function)(values)
    assert values.tolist() == [1.0, 4.0]


@pytest.mark.parametrize("function", [waits, yields])
def test_a_formula_that_gives_its_numbers_later_is_none(function):
    with pytest.raises(ValueError, match="fee must return numbers; it is asynchronous or a generator"):
        guarded_by(function)


def test_a_guarded_formula_is_the_formula_that_it_was():
    assert build_formula(guard_formula(fee), {}).needs == ("rent",)
    values = np.array([1.0, 4.0])
    assert guard_formula(fee)(values).tolist() == [1.0, 4.0]
    assert values.flags.writeable
