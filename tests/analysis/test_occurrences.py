"""Events in analyses of inputs: they are shown in place of the number that decides whether they occur."""

import numpy as np
import pytest
from plans import HEAD

from simulator.analysis.budget import plan_budget
from simulator.analysis.occurrences import decides_event, event_quantities, inputs_and_events
from simulator.analysis.sensitivity import rank_drivers
from simulator.analysis.sensitivity.spider import spider_lines
from simulator.analysis.statistics import simulate_draws
from simulator.analysis.stress import EarlierDraws, reverse, vary_one_at_a_time
from simulator.engine.options import RunOptions
from simulator.scenario import TOTAL

PLAN = (
    HEAD
    + "lines: [chip_cost, risk_cost]\nchip_cost: {lognormal: {median: 1000, sigma: 0.1}}\ndeflator: 1\nduration: 1 hour\n"
    + "final_run_cost: 0\nstaff_burn: 0\nfinal_run_chip_hours: 1 chip*hour\n"
    + "risks: {fire: {probability: 0.2, impact: 5000 USD, run_share: 0, delay: 0}}\n"
)
"""Above 3,000 USD are the outcomes with a fire, a fifth of all."""


def test_reverse_stress_shows_the_event_and_its_probability(read_plan):
    result = reverse(read_plan(PLAN), RunOptions(10_000), condition="total_cost > 3000").reverse
    row = result.inputs[0]
    assert (row.name, row.is_event, row.selected.median, row.higher) == ("fire.occurs", True, 1.0, True)
    assert row.all_draws.median == pytest.approx(0.2, abs=0.02)
    assert result.sentence.startswith("in 100% of the outcomes in which total cost is above $3,000, fire happens (true of 20")
    assert not any(decides_event(each.name) for each in result.inputs)


def test_draws_of_a_run_give_the_event_from_what_decides_it(read_plan):
    scenario = read_plan(PLAN)
    draws = simulate_draws(scenario, RunOptions(5000), [TOTAL, "chip_cost", "fire.variate", "fire.occurs"]).retained_draws
    without = {name: values for name, values in draws.items() if name != "fire.occurs"}
    computed = inputs_and_events(scenario, without, ["chip_cost", "fire.variate"])
    assert list(computed) == ["chip_cost", "fire.occurs"]
    assert np.array_equal(computed["fire.occurs"], draws["fire.occurs"])
    assert event_quantities(scenario, ["fire.variate"]) == {"fire.variate": "fire.occurs"}
    test = reverse(scenario, condition="total_cost > 3000", earlier=EarlierDraws(without))
    assert test.reverse.inputs[0].name == "fire.occurs"


def test_overruns_name_the_event(read_plan):
    shift = plan_budget(read_plan(PLAN + "budget: 3000 USD\n"), RunOptions(5000)).overrun.inputs[0]
    assert (shift.name, shift.is_event, shift.median_then) == ("fire.occurs", True, 1.0)
    assert shift.median == pytest.approx(0.2, abs=0.03)


def test_nobody_sets_or_researches_the_number_that_decides_an_event(read_plan):
    scenario = read_plan(PLAN)
    study = rank_drivers(scenario, RunOptions(4096))
    assert study.drivers[0].name == "fire.variate"  # it explains most of the variance
    assert [driver.name for driver, _ in study.swings] == ["chip_cost"]
    assert "fire.variate" not in study.research_next.inputs
    assert "no-swing-of-events" in {note.code for note in study.notes}
    assert [line.name for line in spider_lines(scenario)] == ["chip_cost"]
    assert [prior.name for prior in vary_one_at_a_time(scenario, RunOptions(1000)).sweep.priors] == ["chip_cost"]
