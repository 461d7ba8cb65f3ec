"""Levels are parsed in one way everywhere: 0.9, "90%" and 90 are the same, and anything else is refused."""

import importlib
import inspect
import pkgutil

import numpy as np
import pytest
from click.testing import CliRunner

import simulator
from simulator.analysis import budget, compare, joint, levers, portfolio, sensitivity, stress, sweep
from simulator.analysis.cashflow import cash_flow_of_draws, simulate_cash_flow
from simulator.cli.commands.budget import command as budget_command
from simulator.cli.commands.run import command as run_command
from simulator.core.formatting import interval_name
from simulator.core.levels import Level, in_percent, interval_of, probabilities, probability_of
from simulator.engine import summaries
from simulator.engine.options import RunOptions
from simulator.engine.simulate import simulate
from simulator.figures.kinds.prior import prior_of
from simulator.io import run_summary, summary
from simulator.report.study import build_study
from simulator.scenario import open_scenario, read
from simulator.scenario.grid import read_grid

DRAWS = 2000
SAME = (0.9, 90, 90.0, "0.9", "90", "90%", " 90 % ", np.float64(0.9), np.float32(0.9), np.int64(90))
WRONG = (9000, -5, 0, 100, 100.0, "0", "100%", "110", float("nan"), float("inf"), "many", "", True, None, [0.9], "0.9 to 0.95")


@pytest.mark.parametrize("value", SAME, ids=repr)
def test_one_level_in_every_way_of_writing(value):
    assert probability_of(value) == 0.9
    assert in_percent(value) == 90
    assert interval_name(value) == "90% CI"


@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_what_is_no_level_is_refused_in_one_line(value):
    with pytest.raises(ValueError, match="is no level") as error:
        probability_of(value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("value", [1, 1.0, "1", np.int64(1)], ids=repr)
def test_one_is_refused_because_it_has_two_meanings(value):
    with pytest.raises(ValueError, match=r"write 1% or 0\.01"):
        probability_of(value)


def test_an_interval_is_not_so_wide_that_no_draw_tells_its_ends():
    assert interval_of("1%") == 0.01
    assert interval_of(99.9999) == 0.999999
    for value in ("0.5%", 0.001, 99.99995):
        with pytest.raises(ValueError, match=r"between 1 and 99\.9999 percent"):
            interval_of(value)


def test_a_level_that_was_read_is_read_again_as_itself():
    for value in (0.5, 1.5, "0.95%", 99.9999, 2, "1%"):
        assert probability_of(probability_of(value)) == probability_of(value)
    assert probability_of("1%") == 0.01
    assert probability_of(1.5) == 0.015
    assert probabilities([90, "80%", 0.9]) == [0.8, 0.9]


def test_the_name_of_a_level_never_says_zero_or_everything():
    assert interval_name(99.99999) == "99.99999% CI"
    assert interval_name(1 - 1e-9) == "99.9999999% CI"


# --- every analysis ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def gpt():
    return read("gpt-4")


@pytest.fixture(scope="module")
def result(gpt):
    return simulate(gpt, DRAWS)


PLAN = """
title: Plan
prices: 2026 USD
lines: [staff_cost]
ramp: 1
deflator: 1
staff:
  team: {people: 3, fte: 1, salary: 100000 USD/person/year, on_cost: 1.2, equity: 0}
schedule:
  work: {duration: 6 to 12 month}
grid: {location_factor: [1, 1.2]}
"""

ANALYSES = {
    "headline": lambda case, level: summary.headline(case.result, level),
    "run summary": lambda case, level: run_summary.summarize_run(case.result, level).total.low,
    "run summary as CSV": lambda case, level: run_summary.summarize_run(case.result, level).to_csv(),
    "summary": lambda case, level: summaries.summarize(case.result.accumulators["total_cost"], level),
    "run": lambda case, level: simulate(case.gpt, DRAWS, interval=level, exact=True).accumulators["total_cost"].exact,
    "budget interval": lambda case, level: budget.plan_budget(case.gpt, RunOptions(DRAWS, interval=level)).total,
    "budget confidence": lambda case, level: budget.plan_budget(case.gpt, RunOptions(DRAWS), levels=[level]).contingency,
    "compare": lambda case, level: compare.compare([case.gpt, case.gpt], RunOptions(DRAWS, interval=level)).differences,
    "joint": lambda case, level: joint.joint_confidence(case.gpt, RunOptions(DRAWS, interval=level)).cost,
    "portfolio interval": lambda case, level: (
        portfolio.portfolio([case.gpt, case.gpt], RunOptions(DRAWS, interval=level)).total
    ),
    "portfolio confidence": lambda case, level: (
        portfolio.portfolio([case.gpt, case.gpt], RunOptions(DRAWS), levels=[level]).levels
    ),
    "levers": lambda case, level: [
        lever.saving
        for lever in levers.rank_levers(open_scenario("gpt-4"), RunOptions(DRAWS, interval=level), names=["newer-chips"]).levers
    ],
    "stress": lambda case, level: (
        stress.apply_shocks(open_scenario("gpt-4"), RunOptions(DRAWS, interval=level), shocks=["electricity-high"]).shocks.cases
    ),
    "stress sweep": lambda case, level: stress.vary_one_at_a_time(case.gpt, RunOptions(DRAWS, interval=level)).sweep.base,
    "reverse": lambda case, level: (
        stress.reverse(case.gpt, RunOptions(DRAWS, interval=level), condition="total_cost > 150e6").reverse.inputs
    ),
    "drivers interval": lambda case, level: (
        sensitivity.rank_drivers(case.gpt, RunOptions(4096, interval=level), measures=("draws",)).total.low
    ),
    "drivers level": lambda case, level: (
        sensitivity.rank_drivers(case.gpt, RunOptions(4096), level=level, measures=("draws",)).total.quantile
    ),
    "sweep": lambda case, level: sweep.sweep(case.grid, RunOptions(DRAWS, interval=level)).cells,
    "cash flow": lambda case, level: cash_flow_of_draws(case.flow, level).total,
    "report": lambda case, level: (
        build_study(open_scenario("gpt-4"), RunOptions(DRAWS, interval=level), full=False).run.headline
    ),
    "figure": lambda case, level: prior_of(case.gpt.inputs["chips"], case.gpt, level).low,
}


@pytest.fixture(scope="module")
def case(gpt, result, tmp_path_factory):
    class Case:
        pass

    case = Case()
    case.gpt, case.result = gpt, result
    path = tmp_path_factory.mktemp("plan") / "plan.yaml"
    path.write_text(PLAN)
    case.grid = read_grid(str(path))
    case.flow = simulate_cash_flow(case.grid.scenarios[0], RunOptions(500))
    return case


@pytest.mark.parametrize("name", ANALYSES)
def test_every_analysis_takes_a_level_in_every_way_of_writing(case, name):
    one, two, three = (ANALYSES[name](case, level) for level in (0.9, 90, "90%"))
    assert one == two == three


@pytest.mark.parametrize("name", ANALYSES)
@pytest.mark.parametrize("level", [9000, 1, "none"])
def test_no_analysis_takes_what_is_no_level(case, name, level):
    with pytest.raises(ValueError, match=r"is no level|write 1%"):
        ANALYSES[name](case, level)


def test_every_public_function_with_an_interval_takes_a_level():
    count = 0
    for module in pkgutil.walk_packages(simulator.__path__, "simulator."):
        if ".cli" in module.name or module.name.endswith("__main__"):
            continue
        loaded = importlib.import_module(module.name)
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            own = function.__module__ == module.name and not name.startswith("_")
            parameter = inspect.signature(function).parameters.get("interval")
            if own and parameter is not None:
                count += 1
                assert parameter.annotation == Level, (module.name, name)
    assert count > 25


def test_what_is_no_level_of_confidence_needs_its_sign():
    def run(value):
        return CliRunner().invoke(run_command, ["gpt-4", "--draws", "1000", "-q", "--budget", "1e9", "--fail-above", value])

    assert run("5%").exit_code == 0
    assert "'5' needs its sign: write 5%" in run("5").output
    assert "'0.5' needs its sign: write 0.5% or 50%" in run("0.5").output


@pytest.mark.parametrize(
    ("command", "option"), [(run_command, "--interval"), (budget_command, "--interval"), (budget_command, "--confidence")]
)
def test_the_command_line_reads_a_level_as_the_library_does(command, option):
    def invoke(value):
        return CliRunner().invoke(command, ["gpt-4", "--draws", "1000", "-q", option, value])

    assert invoke("0.9").output == invoke("90").output == invoke("90%").output
    for value in ("9000", "0", "1", "100", "many"):
        outcome = invoke(value)
        assert outcome.exit_code == 2
        with pytest.raises(ValueError, match=r".") as error:
            (interval_of if option == "--interval" else probability_of)(value)
        assert str(error.value) in outcome.output
