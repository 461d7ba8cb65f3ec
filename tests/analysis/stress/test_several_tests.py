"""Several stress tests in one result."""

import pytest
from documented import undocumented
from plans import TWO

from simulator.analysis.stress import apply_shocks, reverse, reweight_priors, stress_test, vary_one_at_a_time
from simulator.engine.options import RunOptions
from simulator.scenario import Overrides, open_scenario

OPTIONS = RunOptions(5000)
REQUEST = {"sweep": True, "condition": "total_cost > 1800", "changes": ["energy_cost=300 to 500", "chip_cost=400 to 2400"]}


@pytest.fixture
def opened(write_plan):
    return open_scenario(write_plan(TWO), Overrides(budget="2000"))


def test_each_part_is_the_result_of_its_own_function(opened):
    result = stress_test(opened, OPTIONS, **REQUEST)
    assert result.sweep == vary_one_at_a_time(opened.scenario, OPTIONS).sweep
    assert result.reverse == reverse(opened.scenario, OPTIONS, condition=REQUEST["condition"]).reverse
    assert result.reweightings == reweight_priors(opened, OPTIONS, changes=REQUEST["changes"]).reweightings
    assert result.shocks is None
    assert result.budget == 2000


def test_shocks_are_applied_where_nothing_else_is_requested():
    opened = open_scenario("gpt-4")
    result = stress_test(opened, RunOptions(500))
    assert result.shocks == apply_shocks(opened, RunOptions(500)).shocks
    assert result.shocks.inapplicable
    assert stress_test(opened, RunOptions(500), shocks=["electricity-high"]).shocks.inapplicable == ()
    assert undocumented(result) == set()


def test_plain_data_has_documented_fields_only(opened):
    result = stress_test(opened, OPTIONS, **REQUEST)
    assert undocumented(result) == set()
    data = result.to_dict()
    assert "shocks" not in data  # not requested
    assert data["reweightings"][0]["priors"][0].keys() == {"name", "from", "to"}
    frame = result.to_dataframe()
    figures = dict(zip(frame["figure"], frame["value"], strict=True))
    assert figures["reverse.selected_draws"] == result.reverse.selected_draws
    assert figures["sweep.priors[chip_cost].points[0].change.value"] == result.sweep.priors[0].points[0].change.value
    assert len(result.to_csv().splitlines()) == len(frame) + 1


def test_the_sum_of_changes_is_reported_for_several_shocks_only():
    opened = open_scenario("gpt-4")
    pair = ("electricity-high", "chip-price-double")
    cases = stress_test(opened, RunOptions(500), combinations=[pair]).to_dict()["shocks"]["cases"]
    assert [case["name"] for case in cases] == [*pair, "+".join(pair)]
    assert ["alone_added_up" in case for case in cases] == [False, False, True]
