"""Cost lines: declared beside their formula, included by the name of their stage, and described by the scope."""

import pytest

from simulator import model
from simulator.core.errors import InvalidInputError
from simulator.scenario import read
from simulator.scenario.scope import RUN_LINES

BASE = ["gpt-4", "small-medium", "llama-3.1-405b"]


def test_every_line_is_a_formula_in_dollars_or_the_sum_of_a_group():
    groups = {group.line for group in model.GROUPS.values()}
    for name in model.LINES.keys() - groups:
        assert model.base_graph().formulas[name].unit.text == "USD", name


@pytest.mark.parametrize("basis", ["owned", "purchased", "rented"])
def test_compute_stands_for_lines_of_the_run(basis):
    lines = model.COMPUTE_LINES[basis]
    assert lines
    assert RUN_LINES.issuperset(lines)


def test_line_of_a_stage_is_included_once_its_quantities_have_values():
    assert "egress_cost" not in read("small-medium").lines
    scenario = read("small-medium", sets=["egress_bytes=1e12 byte", "egress_price=0.05 USD/GB"])
    assert scenario.lines.count("egress_cost") == 1
    assert scenario.scope == "development cost"


def test_line_that_a_scenario_does_not_ask_for_is_not_included():
    with pytest.raises(InvalidInputError, match="no effect"):
        read("gpt-4", sets=["carbon_price=100 USD/tCO2e"])
    scenario = read("gpt-4", sets=["carbon_price=100 USD/tCO2e", "lines=[compute, staff_cost, run]"])
    assert scenario.lines == (*model.COMPUTE_LINES["owned"], "staff_cost", "carbon_cost")


def test_line_by_name_only_does_not_follow_from_its_stage():
    scenario = read("small-medium", sets=["lines=[compute, service, development]"], basis="owned")
    assert "refresh_cost" in scenario.lines
    assert "retrain_cost" not in scenario.lines
    assert "staff_cost" not in scenario.lines
