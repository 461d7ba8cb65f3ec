"""A comparison of scenarios that serve says what a million tokens cost in each."""

import numpy as np
import pytest
from command_line import run_llmcost

from simulator.analysis.compare import compare
from simulator.analysis.own_chips import condition_of
from simulator.engine.options import RunOptions
from simulator.engine.simulate import simulate
from simulator.scenario import open_scenario

DRAWS = 1000
COSTS = ("mean_token_cost", "input_token_cost", "output_token_cost")


def test_costs_of_tokens_are_those_of_the_runs():
    scenarios = [open_scenario("serve/llama-3.3-70b").with_(sets=sets).scenario for sets in ((), ("serving=priced",))]
    comparison = compare(scenarios, RunOptions(DRAWS), names=["Own", "API"])
    for scenario, total in zip(scenarios, comparison.scenarios, strict=True):
        draws = simulate(scenario, DRAWS, keep=COSTS).retained_draws
        assert [each.name for each in total.token_costs] == list(COSTS)
        for each in total.token_costs:
            assert each.median == pytest.approx(np.median(draws[each.name]))
            assert each.unit == "USD/token"


def test_table_has_the_cost_of_a_million_tokens():
    arguments = ["compare", "Own=serve/llama-3.3-70b", "API=serve/llama-3.3-70b:serving=priced", "--draws", "1000"]
    output = run_llmcost(*arguments).stdout
    assert "Cost of tokens in USD/Mtoken" in output
    assert "mean token cost: Own" in output


def test_scenarios_without_fleet_have_none():
    comparison = compare([open_scenario("gpt-4").scenario, open_scenario("gpt-3").scenario], RunOptions(DRAWS))
    assert comparison.scenarios[0].token_costs == ()
    assert "token_costs" not in comparison.to_dict()["scenarios"][0]


def test_a_list_price_in_place_of_an_own_fleet_is_one_step():
    """Another supply of chips, which the list price does not need, is none."""
    scenarios = [
        open_scenario("serve/llama-3.3-70b").with_(sets=sets).scenario for sets in (["basis=owned"], ["serving=priced"])
    ]
    for first, second in (scenarios, reversed(scenarios)):
        (row,) = compare([first, second], RunOptions(DRAWS)).differences
        (step,) = row.steps
        assert step.name == "request_cost"
        assert step.change == pytest.approx(row.mean)


@pytest.mark.parametrize(
    ("sets", "payment"),
    [
        ((), "for all hours of its chips in service, used or not."),
        (("scaling=hourly",), "for the hours of the instances that it runs, used or not."),
        (("commitment=one-year",), "for its whole term."),
    ],
)
def test_a_rented_fleet_pays_for_idle_hours_as_well(sets, payment):
    fleet = open_scenario("serve/llama-3.3-70b")
    scenarios = [fleet.with_(sets=each).scenario for each in (["basis=owned"], sets)]
    (own,) = compare(scenarios, RunOptions(100), names=["Own", "Rent"]).own_chips
    assert f"{own.others[0].label} pays {payment}" in condition_of(own, "USD")
