"""Joint confidence of cost and date."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from documented import undocumented
from monte_carlo import near
from plans import ONE, SCHEDULE

from simulator.analysis.joint import (
    FRONTIER_QUANTILE,
    MIN_DRAWS_BEYOND,
    NoDateError,
    date_quantity,
    frontier,
    joint_confidence,
    quadrants,
)
from simulator.engine.options import RunOptions
from simulator.scenario import read

N = NormalDist()


def test_joint_confidence_of_independent_cost_and_date_is_a_product(read_plan):
    result = joint_confidence(read_plan(SCHEDULE), cost=1500, date=6 * 730.5)
    assert result.time == "release"
    within, early = N.cdf(math.log(1.5) / 0.5), N.cdf(math.log(4 / 3) / 0.4)
    assert near(result.quadrants.within_both, within * early)
    assert near(result.date_target.probability, early)
    assert abs(result.rank_correlation) < 0.02


def test_the_date_is_the_release_or_what_else_there_is(read_plan):
    assert date_quantity(read("gpt-4")) == "duration"
    assert date_quantity(read("llama-3.1-405b")) == "wall_clock"
    assert date_quantity(read_plan(SCHEDULE), "data.end") == "data.end"
    with pytest.raises(NoDateError, match="has no quantity for the date"):
        date_quantity(read_plan(ONE))
    with pytest.raises(NoDateError, match="is not a time"):
        date_quantity(read_plan(ONE), "chip_cost")
    with pytest.raises(NoDateError, match="its times are"):
        date_quantity(read_plan(SCHEDULE), "relaese")


def test_targets_not_named_are_the_budget_and_the_p70(read_plan):
    result = joint_confidence(read_plan(SCHEDULE + "budget: 1500 USD\n"), RunOptions(20_000))
    assert result.cost_target.amount == 1500
    assert result.date_target.probability.value == pytest.approx(0.7, abs=1e-3)
    assert not result.date_target.is_given


def test_plain_data_has_documented_fields_only(read_plan):
    scenario = read_plan(SCHEDULE)
    result = joint_confidence(scenario, RunOptions(1000))
    assert undocumented(result) == set()
    data = result.to_dict()
    assert data["fingerprint"] == scenario.fingerprint  # that of the scenario, to which the date is added
    assert data["quadrants"]["late"] == {"value": result.quadrants.late.value, "error": result.quadrants.late.error}
    frame = result.to_dataframe()
    figures = dict(zip(frame["figure"], frame["value"], strict=True))
    assert figures["frontier.70.least_cost"] == result.frontier["70"].least_cost
    assert len(result.to_csv().splitlines()) == len(frame) + 1


def test_quadrants_of_independent_cost_and_time_are_products(rng):
    cost, time = rng.random((2, 400_000))
    shares = quadrants(cost, time, 0.7, 0.6)
    for name, expected in (("within_both", 0.42), ("over_cost", 0.18), ("late", 0.28), ("over_both", 0.12)):
        assert near(getattr(shares, name), expected)
    every = (shares.within_both, shares.over_cost, shares.late, shares.over_both)
    assert sum(share.value for share in every) == pytest.approx(1)


def test_frontier_of_independent_uniforms_is_a_hyperbola(rng):
    cost, time = rng.random((2, 400_000))
    times, costs, earliest, cheapest = frontier(cost, time, 0.7)
    assert (earliest, cheapest) == pytest.approx((0.7, 0.7), abs=0.005)
    # From P99 of the cost to P99 of the date: 0.7 / 0.99 either way.
    assert (times[0], costs[0]) == pytest.approx((0.7 / 0.99, 0.99), abs=0.005)
    assert (times[-1], costs[-1]) == pytest.approx((0.99, 0.7 / 0.99), abs=0.005)
    np.testing.assert_allclose(times * costs, 0.7, atol=0.005)


@pytest.mark.parametrize("level", [0.5, 0.7])
@pytest.mark.parametrize("step", [0, 0.5])
def test_every_pair_on_the_frontier_has_its_probability_and_no_cheaper_one_has(rng, level, step):
    z = rng.standard_normal((2, 20_000))
    cost, time = np.exp(z[0]), 12 + 2 * z[0] + z[1]
    if step:  # times in whole steps, so that many are equal
        time = np.round(time / step) * step
    times, costs, earliest, cheapest = frontier(cost, time, level)
    assert (np.diff(costs) <= 0).all()
    assert (np.diff(times) > 0).all()
    for t, c in zip(times, costs, strict=True):
        assert np.mean((cost <= c) & (time <= t)) >= level
        assert np.mean((cost < c) & (time <= t)) < level
    assert cheapest == np.quantile(cost, level, method="inverted_cdf")
    assert earliest == np.quantile(time, level, method="inverted_cdf")
    assert costs[-1] >= cheapest
    assert times[0] >= earliest


def test_a_frontier_does_not_depend_on_extreme_draws():
    rng = np.random.default_rng(3)
    cost, time = np.exp(2 * rng.standard_normal(5000)), rng.gamma(2, size=5000)
    times, costs, _, _ = frontier(cost, time, 0.7)
    assert costs[0] <= np.quantile(cost, FRONTIER_QUANTILE) < cost.max() / 5
    assert times[-1] <= np.quantile(time, FRONTIER_QUANTILE)
    for t, c in zip(times, costs, strict=True):
        assert np.count_nonzero((time <= t) & (cost >= c)) >= MIN_DRAWS_BEYOND
        assert np.count_nonzero(time >= t) >= MIN_DRAWS_BEYOND
    assert not len(frontier(cost[:60], time[:60], 0.7).times)  # too few draws


def test_a_frontier_of_one_date_is_the_quantile_of_the_cost():
    cost = np.arange(1.0, 1001)
    times, costs, earliest, cheapest = frontier(cost, np.full(1000, 5.0), 0.7)
    assert times.tolist() == [5.0]
    assert costs.tolist() == [700.0]
    assert earliest == 5.0
    assert cheapest == 700.0
