"""Every quantity that a scenario can give says what it is, in one sentence for the reader."""

import re

import pytest
from pydantic import ValidationError
from test_vocabulary import RETIRED, retired_prose

import llmcost
from simulator import model
from simulator.scenario import library, read
from simulator.scenario.catalogue import list_library
from simulator.scenario.lookup import describe_input, describe_name
from simulator.scenario.quantity_definitions import definition_of, definitions, described_graph
from simulator.scenario.schema import QuantityDefinitions

GRAPH = described_graph()
INPUTS = [name for name in GRAPH.units if name not in GRAPH.formulas]
OF_PHASES = {"phase.start", "phase.duration", "phase.end"}
OF_ITEMS = {f"{group.example}.{name}" for group in model.GROUPS.values() for name in group.shared}
"""Quantities that an item has from the scenario unless it has its own."""


@pytest.fixture(scope="module")
def scenarios():
    """The scenarios of the library that are complete."""
    return {name: read(name) for name in ("gpt-4", "large", "cutting-edge", "serve/llama-3.3-70b", "serve/api", "bloom-176b")}


@pytest.fixture(scope="module")
def given_by_library():
    """Names of the quantities that rows of the library give, or its scenarios; some follow from a model that they name."""
    names = {model.lookup_name(name) for name in library.rows()}
    complete = (entry.name for entry in list_library("scenarios").scenarios if entry.title)
    return names.union(*(read(name).inputs for name in complete))


def test_every_input_has_a_definition():
    assert [name for name in INPUTS if name not in definitions() and name.rpartition(".")[2] not in definitions()] == []


def test_no_definition_is_left_over(given_by_library):
    """Of the computed quantities, those have a row that the library gives too."""
    known = {*INPUTS, *OF_PHASES, *OF_ITEMS, *given_by_library}
    assert [name for name in definitions() if name not in known] == []


@pytest.mark.parametrize("name", definitions())
def test_a_definition_is_one_sentence_for_the_reader(name):
    text = definitions()[name]
    assert len(text) <= 110
    assert text.endswith(".")
    assert not re.search(r"[.!?;]\s|_|`", text)
    assert retired_prose(text) == []
    assert not set(re.findall(r"[a-z]+", text.lower())) & RETIRED.keys()


@pytest.mark.parametrize("text", ["Share of the work", "share of the work.", "Share of chip_hours.", f"Share{' of it' * 30}."])
def test_another_text_is_refused(text):
    with pytest.raises(ValidationError):
        QuantityDefinitions.model_validate({"share": text})


def test_two_quantities_have_no_definition_in_common():
    texts = list(definitions().values())
    assert len(texts) == len(set(texts))


def test_an_item_of_a_group_has_the_definition_of_its_group(scenarios):
    graph = scenarios["large"].graph
    for name, example in (
        ("team.salary", "role.salary"), ("platform.price", "deal.price"), ("preferences.price", "label.price"),
        ("platform.count", "deal.count"), ("labelling_platform.count", "tool.count"),
        ("labelling_platform.duration", "tool.duration"), ("rollback.probability", "risk.probability"),
        ("rollback.delay", "delay"), ("preferences.rework", "rework"), ("final_run.duration", "phase.duration"),
    ):  # fmt: skip
        assert definition_of(name, graph) == definitions()[example], name


def test_a_quantity_of_a_formula_without_a_row_takes_the_first_sentence_of_its_description():
    assert definition_of("peak_replicas") == "Instances of the fleet at its largest."
    assert definition_of("break_even_utilisation") == GRAPH.formulas["break_even_utilisation"].about
    cost = "Compute cost of the final run under a contract: its hours at the price of the contract."
    assert definition_of("contracted_run_cost") == cost != GRAPH.formulas["contracted_run_cost"].about
    assert definition_of("training_flop") == definitions()["training_flop"] != GRAPH.formulas["training_flop"].about
    assert definition_of("training_tokens") == "Tokens processed in the final run, repeats counted."


def test_what_is_no_quantity_has_no_definition():
    assert definition_of("nosuch") == definition_of("fp8-training/nosuch") == ""


def test_every_input_of_a_scenario_has_a_definition(scenarios):
    for name, scenario in scenarios.items():
        assert [each for each in scenario.inputs if not definition_of(each, scenario.graph)] == [], name


def test_descriptions_hold_the_definition(scenarios):
    text = definitions()["experiments_factor"]
    (quantity,) = llmcost.show("experiments_factor").entries
    assert (quantity.definition, quantity.about) == (text, "")
    (prior,) = describe_name("experiments_factor/cottier-2024").entries
    assert prior.definition == text
    assert prior.about.startswith("All compute of the development")
    (item,) = describe_input("team.salary", scenarios["large"], "large").entries
    assert item.definition == definitions()["role.salary"]
    (computed,) = describe_input("chip_hours", scenarios["large"], "large").entries
    assert computed.definition.startswith("Chip-hours that are paid for")


def test_what_a_choice_selects_is_described_as_what_it_is():
    rented = llmcost.open_scenario("large", sets=["basis=rented"]).scenario
    (quantity,) = describe_input("rental_price", rented, "large").entries
    assert (quantity.definition, quantity.about) == (definitions()["rental_price"], "")


def test_the_list_of_quantities_has_all_of_them_and_marks_inputs(scenarios):
    items = {item.name: item for item in list_library("quantities").quantities}
    assert items.keys() == GRAPH.units.keys()
    assert items["experiments_factor"].is_input
    assert not items["chip_hours"].is_input
    assert not items["rental_price"].is_input  # a choice selects it
    assert all(item.about for item in items.values())
    computed = {step.name for scenario in scenarios.values() for step in scenario.plan.steps}
    assert [name for name in computed if name in items and items[name].is_input] == []
