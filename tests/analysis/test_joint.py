"""Joint confidence of cost and date."""

import math
from statistics import NormalDist

import pytest
from monte_carlo import near
from plans import ONE, SCHEDULE

import simulator
from simulator.analysis.joint import NoDateError, date_quantity, joint_confidence

N = NormalDist()


def test_joint_confidence_of_independent_cost_and_date_is_a_product(read_plan):
    result = joint_confidence(read_plan(SCHEDULE), 1500, 6 * 730.5)
    assert result["time"] == "release"
    within, early = N.cdf(math.log(1.5) / 0.5), N.cdf(math.log(4 / 3) / 0.4)
    assert near(tuple(result["quadrants"]["within_both"].values()), within * early)
    assert near(tuple(result["date_target"]["probability"].values()), early)
    assert abs(result["rank_correlation"]) < 0.02


def test_the_date_is_the_release_or_what_else_there_is(read_plan):
    assert date_quantity(simulator.read("gpt-4")) == "duration"
    assert date_quantity(simulator.read("llama-3.1-405b")) == "wall_clock"
    assert date_quantity(read_plan(SCHEDULE), "data.end") == "data.end"
    with pytest.raises(NoDateError, match="has no quantity for the date"):
        date_quantity(read_plan(ONE))
    with pytest.raises(NoDateError, match="is not a time"):
        date_quantity(read_plan(ONE), "chip_cost")
    with pytest.raises(NoDateError, match="its times are"):
        date_quantity(read_plan(SCHEDULE), "relaese")


def test_targets_not_named_are_the_budget_and_the_p70(read_plan):
    result = joint_confidence(read_plan(SCHEDULE + "budget: 1500 USD\n"), draws=20_000)
    assert result["cost_target"]["amount"] == 1500
    assert result["date_target"]["probability"]["value"] == pytest.approx(0.7, abs=1e-3)
    assert not result["date_target"]["given"]
