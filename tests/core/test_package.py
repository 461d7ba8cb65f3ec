"""The names of the package, and how its objects are shown in one line."""

import pytest
from plans import CONSTANT, ONE

import simulator
from simulator.analysis.budget import plan_budget
from simulator.analysis.compare import compare
from simulator.core.formatting import one_line
from simulator.core.results import AnalysisResult
from simulator.engine.options import RunOptions


def test_every_name_of_the_package_is_found_and_listed():
    assert set(simulator.__all__) == set(simulator._LOCATIONS)
    assert {"open_scenario", "Overrides", "RunOptions", "read", "run", "save"} <= set(simulator.__all__)
    for name in simulator.__all__:
        assert getattr(simulator, name).__name__ in (name, "simulate")
    with pytest.raises(AttributeError, match="'nosuch'"):
        _ = simulator.nosuch


def test_names_of_the_package_open_and_change_a_scenario(write_plan):
    scenario = simulator.open_scenario(write_plan(CONSTANT), simulator.Overrides(sets=("chip_cost=2000",))).scenario
    assert simulator.run(scenario, simulator.RunOptions(100).draws).accumulators["total_cost"] == 2500


def test_objects_are_shown_in_one_short_line(read_plan):
    scenario = read_plan(ONE)
    run = simulator.run(scenario, 2000)
    plan, comparison = plan_budget(scenario, RunOptions(2000)), compare([scenario, scenario], RunOptions(2000))
    assert repr(scenario) == "<Scenario plan: 1 inputs, 1 lines, 2026 USD>"
    assert repr(run) == "<SimulationResult of plan, 2,000 draws, seed 0, random>"
    assert repr(plan) == "<BudgetPlan of plan, 2,000 draws>"
    assert repr(simulator.summarize_run(run)) == "<RunSummary of plan, 2,000 draws>"
    assert repr(comparison) == "<Comparison, 2,000 draws>"
    assert "BudgetPlan of plan" in repr([plan])
    long = read_plan(ONE, "long" * 40)
    for each in (long, simulator.run(long, 2000), plan_budget(long, RunOptions(2000))):
        assert len(repr(each)) < 120
        assert "\n" not in repr(each)


def test_equality_does_not_depend_on_the_representation(read_plan):
    one, other = read_plan(CONSTANT), read_plan(CONSTANT.replace("1000", "1001"))
    assert repr(one) == repr(other)
    assert one.fingerprint != other.fingerprint
    assert compare([one, one], RunOptions(100)) == compare([one, one], RunOptions(100))


def test_result_may_have_a_representation_of_its_own():
    class Own(AnalysisResult):
        def __repr__(self):
            return "own"

    assert repr(Own(header=None)) == "own"


def test_long_text_is_shortened_to_one_line():
    assert one_line("a\nb  c") == "a b c"
    assert one_line("x" * 50, 10) == "xxxxxxx..."
