"""Levers, shocks and error factors: each wraps one quantity, all downstream follows, and other random draws stays as it was."""

import itertools
import math
from statistics import NormalDist

import numpy as np
import pytest

from simulator.core.units import Unit
from simulator.distributions import Constant, LogNormal
from simulator.engine.adjustments import Adjustment, Effect, apply_adjustments, change_unit, combine_factors
from simulator.engine.graph import Formula, Graph, build_plan, evaluate
from simulator.engine.inputs import Input, Source
from simulator.engine.simulate import simulate
from simulator.scenario import TOTAL, InvalidInputError, read

USD, RATIO = Unit("USD"), Unit("1")
SMALL = """
lines: [energy_cost]
energy: 1000 to 2000 kWh
electricity_price: 0.05 to 0.10 USD/kWh
deflator: 1
"""
RANGE = "{lognormal: {p5: 0.8, p95: 1.5}}"


def adjusting(*effects):
    """The small scenario with adjustments `a`, `b` and so on, each of one act: (quantity, way, value)."""
    rows = "".join(
        f"  {chr(97 + i)}: {{about: x, effects: [{{on: {on}, {how}: {to}}}]}}\n" for i, (on, how, to) in enumerate(effects)
    )
    return SMALL + ("adjustments:\n" + rows if effects else "")


@pytest.fixture
def draws(tmp_path):
    """All draws of a scenario by name."""

    def simulate_draws(text, **options):
        path = tmp_path / "scenario.yaml"
        path.write_text(text)
        scenario = read(str(path), **options)
        return simulate(scenario, 2000, seed=3, keep=scenario.plan.names).retained_draws

    return simulate_draws


WAYS = {
    "multiply": np.multiply,
    "add": np.add,
    "replace": lambda before, change: change,
    "scale_from_one": lambda before, change: 1 + change * (before - 1),
    "at_most": np.minimum,
}


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("on", ["energy", "electricity_price", "deflator", "energy_cost"])
def test_quantity_becomes_what_the_adjustment_says_and_the_rest_follows(on, how, draws):
    unit = {"energy": "kWh", "electricity_price": "USD/kWh"}.get(on, "") if how in ("add", "replace", "at_most") else ""
    size = RANGE.replace("}}", f"}}, unit: {unit}}}") if unit else RANGE
    base, adjusted = draws(adjusting()), draws(adjusting((on, how, size)))
    change, before = adjusted[f"adjustment/a.{on}"], adjusted[f"{on} before adjustment/a"]
    assert len(np.unique(change)) > 1000
    np.testing.assert_array_equal(before, base[on])  # the same random numbers as without the adjustment
    np.testing.assert_allclose(adjusted[on], WAYS[how](before, change), rtol=1e-14)
    np.testing.assert_allclose(adjusted[TOTAL], adjusted["energy_cost"], rtol=1e-14)
    if on != "energy_cost":
        np.testing.assert_allclose(
            adjusted["energy_cost"], adjusted["energy"] * adjusted["electricity_price"] * adjusted["deflator"], rtol=1e-14
        )


def test_draws_of_all_else_is_unchanged(draws):
    base, adjusted = draws(adjusting()), draws(adjusting(("energy", "multiply", RANGE)))
    np.testing.assert_array_equal(adjusted["electricity_price"], base["electricity_price"])
    np.testing.assert_allclose(adjusted[TOTAL] / base[TOTAL], adjusted["adjustment/a.energy"], rtol=1e-14)


@pytest.mark.parametrize(
    ("effects", "expected"),
    [
        ([("energy", "multiply", "2"), ("energy", "add", "500 kWh")], lambda x: 2 * x + 500),
        ([("energy", "add", "500 kWh"), ("energy", "multiply", "2")], lambda x: 2 * (x + 500)),
        ([("energy", "replace", "700 kWh"), ("energy", "multiply", "2")], lambda x: 1400 + 0 * x),
        ([("energy", "multiply", "2"), ("energy", "replace", "700 kWh")], lambda x: 700 + 0 * x),
        ([("energy", "multiply", "2"), ("energy", "multiply", "3"), ("energy", "add", "-1 kWh")], lambda x: 6 * x - 1),
    ],
)
def test_adjustments_of_one_quantity_stack_in_their_order(effects, expected, draws):
    np.testing.assert_allclose(draws(adjusting(*effects))["energy"], expected(draws(adjusting())["energy"]), rtol=1e-14)


def test_adjustments_of_several_quantities_work_together(draws):
    adjusted = draws(adjusting(("energy", "multiply", "2"), ("electricity_price", "multiply", "3")))
    np.testing.assert_allclose(adjusted[TOTAL], 6 * draws(adjusting())[TOTAL], rtol=1e-14)


def test_two_adjustments_have_draws_of_their_own(draws):
    adjusted = draws(adjusting(("energy", "multiply", RANGE), ("energy", "multiply", RANGE)))
    first, second = adjusted["adjustment/a.energy"], adjusted["adjustment/b.energy"]
    assert abs(np.corrcoef(first, second)[0, 1]) < 5 / np.sqrt(len(first))


def test_adjustment_of_a_known_number_keeps_it_known(draws):
    assert set(draws(adjusting(("deflator", "multiply", "1.5")))["deflator"]) == {1.5}


def test_dependence_holds_for_what_was_there_before(draws):
    correlated = "dependence: [{between: [energy, electricity_price], rank: 0.8}]\n"
    base = draws(adjusting() + correlated)
    adjusted = draws(adjusting(("energy", "multiply", "2")) + correlated)
    np.testing.assert_array_equal(adjusted["energy before adjustment/a"], base["energy"])
    assert np.corrcoef(np.log(adjusted["energy"]), np.log(adjusted["electricity_price"]))[0, 1] > 0.7


def test_unit_of_the_change():
    hours = Unit("hour")
    assert change_unit("multiply", hours) == Unit("1")
    assert change_unit("replace", hours) == hours
    assert change_unit("add", hours) == Unit("hour", low=-np.inf)


def test_change_is_stated_in_a_unit(draws):
    base, adjusted = draws(adjusting()), draws(adjusting(("energy", "add", "0.5 MWh")))
    np.testing.assert_allclose(adjusted["energy"], base["energy"] + 500, rtol=1e-14)
    adjusted = draws(adjusting(("electricity_price", "replace", "100 USD/MWh")))
    assert set(adjusted["electricity_price"]) == {0.1}


def test_lever_and_shock_of_the_library_change_on_the_same_draws(draws):
    run = "extends: llama-3.1-405b\nactivation_memory: 20 GB/chip\noutcomes: [smallest_cluster]\n"
    base = draws(run)
    adjusted = draws(run, levers=["gradient-checkpointing"], shocks=["electricity-high"])
    factor = adjusted["lever/gradient-checkpointing.useful_chip_hours"]
    assert (factor > 1).all()
    np.testing.assert_allclose(adjusted["chip_cost"], base["chip_cost"] * factor, rtol=1e-12)
    np.testing.assert_allclose(adjusted["energy_cost"], base["energy_cost"] * factor * 1.7, rtol=1e-12)
    np.testing.assert_array_equal(adjusted["mfu"], base["mfu"])


@pytest.mark.parametrize(
    ("effects", "expected"),
    [
        ([("energi", "multiply", "2")], "there is no quantity 'energi'; did you mean 'energy'?"),
        ([("emissions", "multiply", "2")], "changes emissions, which is not used here"),
        ([("energy", "add", "5 hour")], "hour cannot be converted to kWh"),
        ([("energy", "multiply", "2 kWh")], "kWh cannot be converted to a plain number"),
        ([("energy", "replace", "-5 kWh")], "lies outside what is possible here"),
    ],
)
def test_adjustment_that_cannot_change_is_refused(effects, expected, draws):
    with pytest.raises(InvalidInputError) as error:
        draws(adjusting(*effects))
    assert expected in str(error.value)


def test_one_quantity_twice_in_one_adjustment_is_refused(draws):
    text = SMALL + "adjustments: {a: {about: x, effects: [{on: energy, multiply: 2}, {on: energy, add: 3 kWh}]}}\n"
    with pytest.raises(InvalidInputError, match="adjustment a changes energy twice"):
        draws(text)


# --- without files ----------------------------------------------------------------------------------------------------------


def build_input(name, value, unit=USD):
    return Input(name, Constant(value) if isinstance(value, float) else value, unit, stream=name)


GRAPH = Graph(
    {"cost": Formula("cost", lambda x: 10 * x, ("x",), USD), "bill": Formula("bill", lambda cost: cost + 1, ("cost",), USD)},
    dict.fromkeys(("x", "cost", "bill"), USD),
)
INPUTS = {"x": build_input("x", 2.0)}


def lever(name, on, how, value):
    return Adjustment(name, "lever", (Effect(on, how, build_input(on, value, RATIO)),), sources=(Source("Report"),))


def bill(*levers):
    graph, inputs = apply_adjustments(GRAPH, INPUTS, levers)
    plan = build_plan(graph, inputs, ["bill"])
    values = {name: inputs[name].distribution.value for name in plan.inputs}
    evaluate(plan, values)
    return values["bill"]


def test_bill_after_levers():
    assert bill() == 21
    assert bill(lever("half", "x", "multiply", 0.5)) == 11
    assert bill(lever("half", "cost", "multiply", 0.5)) == 11
    assert bill(lever("half", "bill", "multiply", 0.5)) == 10.5
    assert bill(lever("more", "cost", "add", 5.0), lever("half", "cost", "multiply", 0.5)) == 13.5
    assert bill(lever("fixed", "cost", "replace", 7.0)) == 8


def test_graph_and_inputs_given_are_left_as_they_were():
    apply_adjustments(GRAPH, INPUTS, [lever("half", "x", "multiply", 0.5), lever("more", "cost", "add", 5.0)])
    assert set(INPUTS) == {"x"}
    assert set(GRAPH.formulas) == {"cost", "bill"}
    assert set(GRAPH.units) == {"x", "cost", "bill"}


def test_stream_of_what_is_adjusted_stays_and_the_change_has_its_own():
    _, inputs = apply_adjustments(
        GRAPH, {"x": build_input("x", LogNormal(2.0, 0.1))}, [lever("half", "x", "multiply", LogNormal(0.5, 0.1))]
    )
    streams = {name: each.stream for name, each in inputs.items()}
    assert streams == {"x before lever/half": "x", "lever/half.x": "lever/half.x"}


# --- levers that share a quantity -------------------------------------------------------------------------------------------


def test_levers_on_one_quantity_diminish_by_hand():
    # 0.5 counts in full, 0.8 by 0.7 of its logarithm, 0.9 by half: 10 x 2 x 0.5 x 0.8^0.7 x 0.9^0.5 + 1
    levers = [lever("a", "cost", "multiply", 0.9), lever("b", "cost", "multiply", 0.5), lever("c", "cost", "multiply", 0.8)]
    expected = 20 * math.exp(math.log(0.5) + 0.7 * math.log(0.8) + 0.5 * math.log(0.9)) + 1
    assert expected == pytest.approx(20 * 0.5 * 0.855389 * 0.948683 + 1, rel=1e-5)
    for order in itertools.permutations(levers):
        assert bill(*order) == pytest.approx(expected, rel=1e-14)


def test_sixth_lever_weighs_as_the_fifth():
    expected = 0.5 ** (1 + 0.7 + 0.5 + 0.35 + 0.25 + 0.25)
    assert combine_factors(*[0.5] * 6) == pytest.approx(expected, rel=1e-14)
    assert bill(*[lever(name, "cost", "multiply", 0.5) for name in "abcdef"]) == pytest.approx(20 * expected + 1, rel=1e-14)


def test_levers_on_different_quantities_multiply():
    assert bill(lever("a", "x", "multiply", 0.5), lever("b", "cost", "multiply", 0.8)) == pytest.approx(20 * 0.4 + 1)


def test_what_raises_a_quantity_is_no_discount_on_what_lowers_it():
    levers = [lever("a", "cost", "multiply", 0.5), lever("b", "cost", "multiply", 1.5), lever("c", "cost", "multiply", 1.2)]
    assert bill(*levers) == pytest.approx(20 * 0.5 * 1.5 * 1.2**0.7 + 1, rel=1e-14)


def test_shocks_and_factors_do_not_diminish():
    several = [Adjustment(name, "shock", (Effect("cost", "multiply", build_input("cost", 2.0, RATIO)),)) for name in "ab"]
    assert bill(*several) == 81


def test_levers_on_what_lies_above_one_diminish_too():
    levers = [lever("a", "x", "scale_from_one", 0.5), lever("b", "x", "scale_from_one", 0.8)]  # x is 2
    assert bill(*levers) == pytest.approx(10 * (1 + 0.5 * 0.8**0.7) + 1, rel=1e-14)


def test_common_effect_is_one_node():
    graph, inputs = apply_adjustments(GRAPH, INPUTS, [lever("a", "cost", "multiply", 0.5), lever("b", "cost", "multiply", 0.8)])
    assert [name for name in graph.formulas if "before" in name] == ["cost before lever/a, lever/b"]
    assert build_plan(graph, inputs, ["bill"]).inputs == ("x", "lever/a.cost", "lever/b.cost")


# --- a lever that may do nothing --------------------------------------------------------------------------------------------


def bill_at(effects, probability, z):
    """The bill at a normal variate of the lever's random draws."""
    effects = tuple(Effect(on, how, build_input(on, value, USD if how == "at_most" else RATIO)) for on, how, value in effects)
    graph, inputs = apply_adjustments(GRAPH, INPUTS, [Adjustment("a", "lever", effects, probability_of_none=probability)])
    steps = build_plan(graph, inputs, ["bill"])
    values = {name: inputs[name].distribution.at(np.array([z])) * np.ones(1) for name in steps.inputs}
    evaluate(steps, values)
    return values["bill"][0]


@pytest.mark.parametrize(
    ("effects", "works"),
    [
        ([("x", "multiply", 0.5)], 11),
        ([("x", "scale_from_one", 0.5)], 16),
        ([("cost", "add", -5.0)], 16),
        ([("cost", "replace", 3.0)], 4),
        ([("cost", "at_most", 7.0)], 8),
        ([("x", "multiply", 0.5), ("cost", "add", -5.0)], 6),
    ],
)
def test_all_effects_are_neutral_below_the_probability_of_none(effects, works):
    edge = NormalDist().inv_cdf(0.3)
    assert bill_at(effects, 0.3, edge - 1e-3) == pytest.approx(21, rel=1e-14)
    assert bill_at(effects, 0.3, edge + 1e-3) == pytest.approx(works, rel=1e-14)


def test_a_lever_draws_once_whether_it_works():
    adjustment = Adjustment(
        "a",
        "lever",
        (Effect("x", "multiply", build_input("x", 0.5, RATIO)), Effect("cost", "multiply", build_input("cost", 0.5, RATIO))),
        probability_of_none=0.3,
    )
    _, inputs = apply_adjustments(GRAPH, INPUTS, [adjustment])
    assert sorted(inputs) == ["lever/a.cost", "lever/a.probability_of_none", "lever/a.variate", "lever/a.x", "x before lever/a"]
    assert inputs["lever/a.variate"].stream == "lever/a.variate"
    assert inputs["lever/a.variate"].role == "prior"
    assert not inputs["lever/a.variate"].is_assumption


# --- in validation ------------------------------------------------------------------------------------------------------------

RUN = "extends: llama-3.1-405b\n"


def test_a_point_of_its_own_prior_stands_in_its_place(draws):
    base = draws(SMALL + "adjustments: {a: {about: x, effects: [{on: energy, at: 5%}]}}\n")
    z = NormalDist().inv_cdf(0.95) / NormalDist().inv_cdf(0.975)  # 1000 to 2000 hold the central 95 %
    np.testing.assert_allclose(base["energy"], math.sqrt(1000 * 2000) * (1000 / 2000) ** (z / 2), rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        (RUN, {"levers": ["fp8-training", "fp8-training"]}, "fp8-training is named twice, but applies once"),
        (RUN + "levers: [fp8-training]\n", {"levers": ["fp8-training"]}, "fp8-training is named twice"),
        (RUN, {"levers": ["spot-instances"]}, "lever spot-instances: needs `basis: rented`, but this has `basis: owned`"),
        (
            RUN + "basis: rented\ncommitment: spot\n",
            {"levers": ["spot-instances"]},
            "in force already: this scenario has `commitment: spot`",
        ),
        (RUN + "basis: rented\n", {"levers": ["spend-limits"]}, "there is none; add --budget AMOUNT"),
        (RUN + "without: [training_tokens]\ntraining_flop: 1e25\n", {"levers": ["curriculum-learning"]},
         "changes training_tokens, which is not used here: training_flop is given and shadows it"),
        (RUN + "effective_utilisation: 0.3\n", {"shocks": ["mfu-at-p5"]},
         "changes mfu, which is not used here: effective_utilisation is given and shadows it"),
        (SMALL + "adjustments: {a: {about: x, effects: [{on: energy_cost, at: 5%}]}}\n", {}, "so it has no prior"),
        (SMALL + "adjustments: {a: {about: x, effects: [{on: energy, at: 1.5}]}}\n", {}, "less than 1"),
        (SMALL + "adjustments: {a: {about: x, probability_of_none: 1, effects: [{on: energy, add: 1 kWh}]}}\n", {},
         "less than 1"),
        (SMALL + "adjustments: {a: {about: x, when: {basis: rented}, effects: [{on: energy, add: 1 kWh}]}}\n", {},
         "needs `basis: rented`, but it is not set"),
        (RUN + "baseline: old\n", {}, "baseline: 'old' is neither `modern`, `bare` nor a lever"),
    ],
)  # fmt: skip
def test_lever_that_does_not_fit_is_refused_with_a_clear_line(text, options, expected, tmp_path):
    path = tmp_path / "scenario.yaml"
    path.write_text(text)
    with pytest.raises(InvalidInputError) as error:
        read(str(path), **options)
    assert expected in str(error.value)


def notes(tmp_path, text, **options):
    path = tmp_path / "scenario.yaml"
    path.write_text(text)
    return "\n".join(map(str, read(str(path), **options).notes))


def test_side_effect_that_nothing_uses_is_left_out_with_a_note(tmp_path):
    text = notes(tmp_path, RUN, levers=["hybrid-modular"])
    assert "lever hybrid-modular: its effect on staff_cost is skipped: no line or outcome of this scenario uses it" in text


def test_lever_that_reaches_no_line_says_so(tmp_path):
    assert "renewable-energy: its main effects change outcomes here, but no line" in notes(
        tmp_path, RUN, levers=["renewable-energy"]
    )
    text = "\n".join(map(str, read("gpt-4", levers=["new-optimisers"]).notes))
    assert "change outcomes here, but no line; it would with `chip_hours_from: flop`" in text


def test_stack_that_nobody_has_documented_is_pointed_out(tmp_path):
    # Medians: 0.35 / 0.6 of a mixture, 0.74 of FP8 and 0.92 of a curriculum leave 40 %; a pre-trained model a thousandth.
    levers = ["mixture-of-experts", "fp8-training", "curriculum-learning"]
    assert "no documented stack" not in notes(tmp_path, RUN, levers=levers)
    available = "available: base-model\n"
    assert "levers leave 0.1% of the chip-hours" in notes(tmp_path, RUN + available, levers=["pretrained-model"])


def test_two_levers_of_the_library_share_a_quantity(draws):
    names = ["quality-filtering", "early-stopping"]  # 0.4 and 0.95 on training_tokens
    adjusted = draws(RUN + "baseline: bare\nexperiments_factor: 2\n", levers=names)
    large, small = (adjusted[f"lever/{name}.training_tokens or none"] for name in names)
    np.testing.assert_allclose(adjusted["training_tokens"], 15.6e12 * large * small**0.7, rtol=1e-12)


def test_unknown_quantity_and_a_name_twice_are_refused():
    with pytest.raises(ValueError, match=r"lever half: no quantity 'bil'; did you mean 'bill'?"):
        bill(lever("half", "bil", "multiply", 0.5))
    with pytest.raises(ValueError, match="lever half changes x twice"):
        bill(lever("half", "x", "multiply", 0.5), lever("half", "x", "multiply", 0.5))
