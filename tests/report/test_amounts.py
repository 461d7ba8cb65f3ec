"""The sentence of a report on what its amounts leave out."""

import pytest

from simulator.report.sections.amounts import describe_amounts
from simulator.scenario import open_scenario

BEFORE = "before taxes and the cost of capital"
WITH = "before taxes, with the cost of capital"


def scenario_of(preset, **settings):
    return open_scenario(preset).with_(sets=settings).scenario


@pytest.mark.parametrize(
    ("preset", "settings", "text"),
    [
        ("gpt-4", {}, BEFORE),
        ("cutting-edge", {"basis": "rented"}, BEFORE),
        ("cutting-edge", {"basis": "owned", "cost_of_capital": "8%"}, WITH),
        ("cutting-edge", {"basis": "owned", "cost_of_capital": "0%"}, BEFORE),
        ("serve/llama-3.3-70b", {"basis": "owned", "cost_of_capital": "8%"}, WITH),  # inside the cost of serving
        ("serve/llama-3.3-70b", {}, BEFORE),
    ],
)
def test_the_cost_of_capital_is_left_out_where_the_total_does_not_depend_on_it(preset, settings, text):
    assert describe_amounts({"a": scenario_of(preset, **settings)}, "2026 USD") == f"Amounts are in 2026 USD, {text}."


def test_the_site_can_have_it_alone(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text("extends: [cutting-edge, tech-company]\n")
    owned = open_scenario(str(path)).scenario
    bought = open_scenario(str(path)).with_(sets={"basis": "purchased"}).scenario
    assert describe_amounts({"a": owned}, "USD") == f"Amounts are in USD, {WITH}."
    assert describe_amounts({"a": bought}, "USD") == (
        "Amounts are in USD, before taxes, with the cost of capital of the site and without that of the chips."
    )
    dutiable = open_scenario(str(path)).with_(sets={"import_duty_rate": "10%"}).scenario
    assert "before taxes other than import duty, with the cost of capital" in describe_amounts({"a": dutiable}, "USD")


def test_scenarios_that_differ_are_named():
    rented, owned = (
        scenario_of("gpt-4", basis="rented"),
        scenario_of("gpt-4", cost_of_capital="8%"),
    )
    text = describe_amounts({"Rent": rented, "Own": owned, "More rent": rented}, "2023 USD")
    assert text == f"Amounts are in 2023 USD. Rent and More rent: {BEFORE}. Own: {WITH}."
