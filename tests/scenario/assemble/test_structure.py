"""The graph and the lines that choices lead to."""

import random

import pytest
from scenario_texts import RUN, refusal_of, steps, value_of

from simulator.engine.graph import Formula, Graph, build_plan
from simulator.model import CHOICES, COMPUTE_LINES
from simulator.scenario import TOTAL
from simulator.scenario.assemble.settings import USD
from simulator.scenario.assemble.structure import Computable, is_computable


@pytest.mark.parametrize("basis", CHOICES["basis"])
def test_basis_decides_what_compute_is(basis, read_scenario):
    scenario = read_scenario(RUN + "lines: [compute]\n", basis=basis)
    assert scenario.lines == COMPUTE_LINES[basis]
    assert steps(scenario)[TOTAL] == COMPUTE_LINES[basis]
    assert ("electricity_price" in scenario.inputs) == (basis in ("owned", "purchased"))
    assert all(scenario.role(line) == "line" for line in scenario.lines)


@pytest.mark.parametrize(
    ("choice", "option", "base"),
    [
        (choice, option, base)
        for choice, base in (
            ("depreciation", "basis: owned\n"),
            ("commitment", "basis: rented\nblock_discount: 0.2\n"),
            ("precision", "basis: owned\n"),
            ("chip_hours_from", "basis: owned\nrun_duration: 50 day\nis_booked: 0.5\n"),
        )
        for option in CHOICES[choice]
        if option != "serving"  # the chip-hours of a fleet, not of a run
    ],
)
def test_choice_binds_what_its_option_names(choice, option, base, read_scenario):
    scenario = read_scenario(RUN + base + f"{choice}: {option}\n")
    needs = steps(scenario)
    bound = {general: specific for general, specific in CHOICES[choice][option].items() if general in needs}
    assert bound or choice == "reservation"
    assert all(needs[general] == (specific,) for general, specific in bound.items())
    assert scenario.choices[choice] == option


def test_chip_hours_of_a_fleet_are_those_in_service(read_scenario):
    scenario = read_scenario("extends: serve/llama-3.3-70b\nchip_hours_from: serving\n")
    needs = steps(scenario)
    bound = {general: specific for general, specific in CHOICES["chip_hours_from"]["serving"].items() if general in needs}
    assert bound["chip_hours"] == "serving_chip_hours"
    assert all(needs[general] == (specific,) for general, specific in bound.items())


def test_choice_made_again_is_the_last_one(read_scenario):
    assert steps(read_scenario(RUN + "basis: rented\ncommitment: spot\n"))["rental_price"] == ("spot_price",)
    assert steps(read_scenario(RUN + "basis: rented\ncommitment: spot\n", sets=["commitment=one-year"]))["rental_price"] == (
        "one_year_price",
    )


def test_given_quantity_shadows_the_choice(read_scenario):
    scenario = read_scenario(RUN + "basis: rented\nrental_price: 2\n")
    assert "on_demand_price" not in scenario.inputs
    assert value_of(scenario, "rental_price") == 2


@pytest.mark.parametrize("choice", CHOICES)
def test_unknown_option_is_refused_naming_the_options(choice, read_scenario):
    message = refusal_of(read_scenario, RUN + f"{choice}: other\n")
    assert f"{choice}: 'other' is not one of" in message
    assert all(option in message for option in CHOICES[choice])


@pytest.mark.parametrize("key", ["total_cost: 5e6", "adjustments: {x: {about: a, effects: [{on: total_cost, multiply: 2}]}}"])
def test_total_is_always_the_sum_of_its_lines(key, read_scenario):
    assert TOTAL in refusal_of(read_scenario, RUN + key + "\n")


def test_what_can_be_computed_is_what_can_be_planned():
    """Of random graphs with missing quantities and cycles, whatever was asked for before."""
    rng = random.Random(1)
    found = set()
    for _ in range(200):
        names = [f"q{number}" for number in range(12)]
        formulas = {name: Formula(name, max, tuple(rng.sample(names, rng.randint(0, 2))), USD) for name in names[:9]}
        graph, inputs = Graph(formulas, dict.fromkeys(names, USD)), {names[9], names[10]}
        computable = Computable(graph, inputs)
        for name in rng.sample(names, len(names)):
            try:
                build_plan(graph, inputs, [name])
                is_planned = True
            except ValueError:
                is_planned = False
            assert computable.has(name) == is_computable(graph, inputs, name) == is_planned
            found.add(is_planned)
    assert found == {True, False}
