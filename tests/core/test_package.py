"""How objects are shown in one line."""

from plans import CONSTANT, ONE

from simulator.analysis.budget import plan_budget
from simulator.analysis.compare import compare
from simulator.core.formatting import one_line
from simulator.core.results import AnalysisResult
from simulator.engine.options import RunOptions
from simulator.engine.simulate import simulate
from simulator.io.run_summary import summarize_run


def test_objects_are_shown_in_one_short_line(read_plan):
    scenario = read_plan(ONE)
    run = simulate(scenario, 2000)
    plan, comparison = plan_budget(scenario, RunOptions(2000)), compare([scenario, scenario], RunOptions(2000))
    assert repr(scenario) == "<Scenario plan: 1 inputs, 1 lines, 2026 USD>"
    assert repr(run) == "<SimulationResult of plan, 2,000 draws, seed 0, random>"
    assert repr(plan) == "<BudgetPlan of plan, 2,000 draws>"
    assert repr(summarize_run(run)) == "<RunSummary of plan, 2,000 draws>"
    assert repr(comparison) == "<Comparison, 2,000 draws>"
    assert "BudgetPlan of plan" in repr([plan])
    long = read_plan(ONE, "long" * 40)
    for each in (long, simulate(long, 2000), plan_budget(long, RunOptions(2000))):
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
