"""Levers, shocks and error factors: each wraps one quantity, all downstream follows, and other luck stays as it was."""

import numpy as np
import pytest

from simulator.adjust import Act, Adjustment, adjusted, change_unit
from simulator.distributions import Constant, LogNormal
from simulator.graph import Formula, Graph, evaluate, plan
from simulator.inputs import Input, Source
from simulator.scenario import TOTAL, Rejected, read
from simulator.simulate import simulate
from simulator.units import Unit

USD, RATIO = Unit("USD"), Unit("1")
SMALL = """
lines: [energy_cost]
energy: 1000 to 2000
electricity_price: 0.05 to 0.10
deflator: 1
"""
RANGE = "{lognormal: {p5: 0.8, p95: 1.5}}"


def adjusting(*acts):
    """The small scenario with adjustments `a`, `b` and so on, each of one act: (quantity, way, value)."""
    rows = "".join(
        f"  {chr(97 + i)}: {{about: x, acts: [{{on: {on}, {how}: {to}}}]}}\n" for i, (on, how, to) in enumerate(acts)
    )
    return SMALL + ("adjustments:\n" + rows if acts else "")


@pytest.fixture
def draws(tmp_path):
    """All draws of a scenario by name."""

    def drawn(text, **options):
        path = tmp_path / "scenario.yaml"
        path.write_text(text)
        scenario = read(str(path), **options)
        return simulate(scenario, 2000, seed=3, keep=scenario.plan.names).kept

    return drawn


WAYS = {"multiply": np.multiply, "add": np.add, "replace": lambda before, change: change}


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("on", ["energy", "electricity_price", "deflator", "energy_cost"])
def test_quantity_becomes_what_the_adjustment_says_and_the_rest_follows(on, how, draws):
    base, made = draws(adjusting()), draws(adjusting((on, how, RANGE)))
    change, before = made[f"adjustment/a.{on}"], made[f"{on} before adjustment/a"]
    assert len(np.unique(change)) > 1000
    np.testing.assert_array_equal(before, base[on])  # the same luck as without the adjustment
    np.testing.assert_allclose(made[on], WAYS[how](before, change), rtol=1e-14)
    np.testing.assert_allclose(made[TOTAL], made["energy_cost"], rtol=1e-14)
    if on != "energy_cost":
        np.testing.assert_allclose(
            made["energy_cost"], made["energy"] * made["electricity_price"] * made["deflator"], rtol=1e-14
        )


def test_luck_of_all_else_is_unchanged(draws):
    base, made = draws(adjusting()), draws(adjusting(("energy", "multiply", RANGE)))
    np.testing.assert_array_equal(made["electricity_price"], base["electricity_price"])
    np.testing.assert_allclose(made[TOTAL] / base[TOTAL], made["adjustment/a.energy"], rtol=1e-14)


@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        ([("energy", "multiply", "2"), ("energy", "add", "500")], lambda x: 2 * x + 500),
        ([("energy", "add", "500"), ("energy", "multiply", "2")], lambda x: 2 * (x + 500)),
        ([("energy", "replace", "700"), ("energy", "multiply", "2")], lambda x: 1400 + 0 * x),
        ([("energy", "multiply", "2"), ("energy", "replace", "700")], lambda x: 700 + 0 * x),
        ([("energy", "multiply", "2"), ("energy", "multiply", "3"), ("energy", "add", "-1")], lambda x: 6 * x - 1),
    ],
)
def test_adjustments_of_one_quantity_stack_in_their_order(acts, expected, draws):
    np.testing.assert_allclose(draws(adjusting(*acts))["energy"], expected(draws(adjusting())["energy"]), rtol=1e-14)


def test_adjustments_of_several_quantities_work_together(draws):
    made = draws(adjusting(("energy", "multiply", "2"), ("electricity_price", "multiply", "3")))
    np.testing.assert_allclose(made[TOTAL], 6 * draws(adjusting())[TOTAL], rtol=1e-14)


def test_two_adjustments_have_luck_of_their_own(draws):
    made = draws(adjusting(("energy", "multiply", RANGE), ("energy", "multiply", RANGE)))
    first, second = made["adjustment/a.energy"], made["adjustment/b.energy"]
    assert abs(np.corrcoef(first, second)[0, 1]) < 5 / np.sqrt(len(first))


def test_adjustment_of_a_known_number_keeps_it_known(draws):
    assert set(draws(adjusting(("deflator", "multiply", "1.5")))["deflator"]) == {1.5}


def test_dependence_holds_for_what_was_there_before(draws):
    tied = "dependence: [{between: [energy, electricity_price], rank: 0.8}]\n"
    base = draws(adjusting() + tied)
    made = draws(adjusting(("energy", "multiply", "2")) + tied)
    np.testing.assert_array_equal(made["energy before adjustment/a"], base["energy"])
    assert np.corrcoef(np.log(made["energy"]), np.log(made["electricity_price"]))[0, 1] > 0.7


def test_unit_of_the_change():
    hours = Unit("hour")
    assert change_unit("multiply", hours) == Unit("1")
    assert change_unit("replace", hours) == hours
    assert change_unit("add", hours) == Unit("hour", low=-np.inf)


def test_change_is_stated_in_a_unit(draws):
    base, made = draws(adjusting()), draws(adjusting(("energy", "add", "0.5 MWh")))
    np.testing.assert_allclose(made["energy"], base["energy"] + 500, rtol=1e-14)
    made = draws(adjusting(("electricity_price", "replace", "100 USD/MWh")))
    assert set(made["electricity_price"]) == {0.1}


def test_lever_and_shock_of_the_library_act_on_the_same_luck(draws):
    run = "extends: llama-3.1-405b\nbasis: rented\nlines: [compute, energy_cost]\n"
    base = draws(run)
    made = draws(run, levers=["fp8-training"], shocks=["electricity-high"])
    saved = made["lever/fp8-training.useful_chip_hours"]
    assert ((saved > 0) & (saved <= 1)).all()
    np.testing.assert_allclose(made["rental_cost"], base["rental_cost"] * saved, rtol=1e-12)
    np.testing.assert_allclose(made["energy_cost"], base["energy_cost"] * saved * 1.7, rtol=1e-12)
    np.testing.assert_array_equal(made["mfu"], base["mfu"])


@pytest.mark.parametrize(
    ("acts", "said"),
    [
        ([("energi", "multiply", "2")], "there is no quantity 'energi'; did you mean 'energy'?"),
        ([("emissions", "multiply", "2")], "acts on emissions, which takes no part here"),
        ([("energy", "add", "5 hour")], "hour cannot become kWh"),
        ([("energy", "multiply", "2 kWh")], "kWh cannot become a plain number"),
        ([("energy", "replace", "-5")], "lies outside what is possible here"),
    ],
)
def test_adjustment_that_cannot_act_is_refused(acts, said, draws):
    with pytest.raises(Rejected) as error:
        draws(adjusting(*acts))
    assert said in str(error.value)


def test_one_quantity_twice_in_one_adjustment_is_refused(draws):
    text = SMALL + "adjustments: {a: {about: x, acts: [{on: energy, multiply: 2}, {on: energy, add: 3}]}}\n"
    with pytest.raises(Rejected, match="adjustment a acts on energy twice"):
        draws(text)


# --- without files ----------------------------------------------------------------------------------------------------------


def given(name, value, unit=USD):
    return Input(name, Constant(value) if isinstance(value, float) else value, unit, stream=name)


GRAPH = Graph(
    {"cost": Formula("cost", lambda x: 10 * x, ("x",), USD), "bill": Formula("bill", lambda cost: cost + 1, ("cost",), USD)},
    dict.fromkeys(("x", "cost", "bill"), USD),
)
INPUTS = {"x": given("x", 2.0)}


def lever(name, on, how, value):
    return Adjustment(name, "lever", (Act(on, how, given(on, value, RATIO)),), sources=(Source("Report"),))


def bill(*levers):
    graph, inputs = adjusted(GRAPH, INPUTS, levers)
    made = plan(graph, inputs, ["bill"])
    values = {name: inputs[name].law.value for name in made.inputs}
    evaluate(made, values)
    return values["bill"]


def test_bill_after_levers():
    assert bill() == 21
    assert bill(lever("half", "x", "multiply", 0.5)) == 11
    assert bill(lever("half", "cost", "multiply", 0.5)) == 11
    assert bill(lever("half", "bill", "multiply", 0.5)) == 10.5
    assert bill(lever("more", "cost", "add", 5.0), lever("half", "cost", "multiply", 0.5)) == 13.5
    assert bill(lever("fixed", "cost", "replace", 7.0)) == 8


def test_graph_and_inputs_given_are_left_as_they_were():
    adjusted(GRAPH, INPUTS, [lever("half", "x", "multiply", 0.5), lever("more", "cost", "add", 5.0)])
    assert set(INPUTS) == {"x"}
    assert set(GRAPH.formulas) == {"cost", "bill"}
    assert set(GRAPH.units) == {"x", "cost", "bill"}


def test_stream_of_what_is_adjusted_stays_and_the_change_has_its_own():
    _, inputs = adjusted(GRAPH, {"x": given("x", LogNormal(2.0, 0.1))}, [lever("half", "x", "multiply", LogNormal(0.5, 0.1))])
    streams = {name: made.stream for name, made in inputs.items()}
    assert streams == {"x before lever/half": "x", "lever/half.x": "lever/half.x"}


def test_unknown_quantity_and_a_name_twice_are_refused():
    with pytest.raises(ValueError, match=r"lever half: no quantity 'bil'; did you mean 'bill'?"):
        bill(lever("half", "bil", "multiply", 0.5))
    with pytest.raises(ValueError, match="lever half acts on x twice"):
        bill(lever("half", "x", "multiply", 0.5), lever("half", "x", "multiply", 0.5))
