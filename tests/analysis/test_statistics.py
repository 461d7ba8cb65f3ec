"""Statistics of draws: tails, allocation, drivers of an overrun, cost and date, against closed forms."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monte_carlo import near

from simulator.analysis import statistics

N = NormalDist()
SIGMA = 0.5


@pytest.mark.parametrize("p", [0.5, 0.8, 0.95, 0.99])
def test_tail_of_a_lognormal_is_that_of_its_closed_form(rng, p):
    total = np.exp(SIGMA * rng.standard_normal(400_000))
    at, above = statistics.tail_risk(total, p)
    z = N.inv_cdf(p)
    assert near(at, math.exp(SIGMA * z))
    assert near(above, math.exp(SIGMA**2 / 2) * N.cdf(SIGMA - z) / (1 - p))


def test_errors_are_the_standard_deviation_of_repeated_runs():
    quantiles, tails, shares = [], [], []
    for seed in range(200):
        x = np.exp(np.random.default_rng(seed).standard_normal(4000))
        quantiles.append(statistics.quantile(x, 0.8))
        tails.append(statistics.tail_risk(x, 0.9)[1])
        shares.append(statistics.probability(x < 0.7))
    for several in (quantiles, tails, shares):
        values, errors = np.array(several).T
        assert errors.mean() == pytest.approx(values.std(ddof=1), rel=0.2)


COVARIANCE = np.array([[9.0, 2.0, 0.0], [2.0, 4.0, -1.0], [0.0, -1.0, 1.0]])
MEANS = np.array([100.0, 50.0, 20.0])


@pytest.mark.parametrize("level", [0.5, 0.7, 0.9, 0.975, 0.05])
def test_allocation_of_normal_lines_is_eulers(rng, level):
    lines = dict(zip("abc", rng.multivariate_normal(MEANS, COVARIANCE, 200_000).T, strict=True))
    total = sum(lines.values())
    estimates = statistics.conditional_means(lines, total, level)
    beta = COVARIANCE.sum(axis=1) / COVARIANCE.sum()
    at = float(np.quantile(total, level))
    for place, name in enumerate("abc"):
        assert near(estimates[name], MEANS[place] + beta[place] * (at - MEANS.sum()))
    assert sum(each.value for each in estimates.values()) == pytest.approx(at, rel=1e-12)


def test_allocation_of_skewed_lines_is_the_mean_of_lines_in_draws_at_the_level():
    def lines(seed, count):
        rng = np.random.default_rng(seed)
        return {
            "a": np.exp(rng.standard_normal(count)),
            "b": 3 * np.exp(0.3 * rng.standard_normal(count)),
            "c": rng.random(count),
        }

    some, many = lines(1, 100_000), lines(2, 4_000_000)
    for level in (0.5, 0.8, 0.9):
        estimates = statistics.conditional_means(some, sum(some.values()), level)
        total = sum(many.values())
        at = np.quantile(sum(some.values()), level)
        close = np.abs(total / at - 1) < 0.002
        for name, values in many.items():
            here = values[close]
            error = math.hypot(estimates[name].error, here.std() / math.sqrt(len(here)))
            assert abs(estimates[name].value - here.mean()) < 5 * error


def test_allocation_errors_are_the_standard_deviation_of_repeated_runs():
    estimates = []
    for seed in range(200):
        a, b = np.exp(np.random.default_rng(seed).standard_normal((2, 5000)))
        # The share of one line in the amount of its own run.
        at = statistics.conditional_means({"a": a, "b": b}, a + b, 0.8)
        estimates.append((at["a"].value - (at["a"].value + at["b"].value) / 2, at["a"].error))
    values, errors = np.array(estimates).T
    assert errors.mean() == pytest.approx(values.std(ddof=1), rel=0.25)


@given(st.lists(st.floats(-1e9, 1e12), min_size=1, max_size=12))
def test_cents_add_up(amounts):
    total = math.fsum(amounts)
    cents = statistics.round_to_cents(amounts, total)
    assert sum(cents) == round(100 * total)
    assert all(abs(cent - 100 * amount) <= 1.5 for cent, amount in zip(cents, amounts, strict=True))


def test_drivers_of_an_overrun_are_ranked_by_the_shift_of_their_distribution(rng):
    x, y, idle = rng.standard_normal((3, 200_000))
    rows = statistics.rank_shifts({"idle": idle, "y": y, "x": x, "down": -x, "constant": np.ones(200_000)}, 3 * x + y > 0)
    assert {rows[0]["name"], rows[1]["name"]} == {"x", "down"}
    assert [row["name"] for row in rows[2:]] == ["y", "idle"]
    # P(U < X | T > 0) for normals: an orthant probability.
    for row, rho in zip(rows, (None, None, 1 / math.sqrt(10), 0.0), strict=True):
        rho = {"x": 3, "down": -3}.get(row["name"], 0) / math.sqrt(10) if rho is None else rho
        expected = 0.5 + math.asin(rho / math.sqrt(2)) / math.pi
        assert abs(row["mean_rank"] - expected) < 5 * row["mcse"]
    assert statistics.rank_shifts({"x": x}, np.zeros(200_000, dtype=bool)) == []


def test_unrelated_discrete_inputs_have_mean_rank_one_half(rng):
    coin = rng.integers(0, 2, 100_000).astype(float)
    (row,) = statistics.rank_shifts({"coin": coin}, rng.random(100_000) < 0.3)
    assert row["mean_rank"] == pytest.approx(0.5, abs=5 * row["mcse"])


def test_quadrants_of_independent_cost_and_time_are_products(rng):
    cost, time = rng.random((2, 400_000))
    shares = statistics.quadrants(cost, time, 0.7, 0.6)
    for name, expected in (("within_both", 0.42), ("over_cost", 0.18), ("late", 0.28), ("over_both", 0.12)):
        assert near(shares[name], expected)
    assert sum(share.value for share in shares.values()) == pytest.approx(1)


def test_frontier_of_independent_uniforms_is_a_hyperbola(rng):
    cost, time = rng.random((2, 400_000))
    times, costs, earliest, cheapest = statistics.frontier(cost, time, 0.7)
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
    times, costs, earliest, cheapest = statistics.frontier(cost, time, level)
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
    times, costs, _, _ = statistics.frontier(cost, time, 0.7)
    assert costs[0] <= np.quantile(cost, statistics.FRONTIER_QUANTILE) < cost.max() / 5
    assert times[-1] <= np.quantile(time, statistics.FRONTIER_QUANTILE)
    for t, c in zip(times, costs, strict=True):
        assert np.count_nonzero((time <= t) & (cost >= c)) >= statistics.MIN_DRAWS_BEYOND
        assert np.count_nonzero(time >= t) >= statistics.MIN_DRAWS_BEYOND
    assert not len(statistics.frontier(cost[:60], time[:60], 0.7).times)  # too few draws


def test_a_frontier_of_one_date_is_the_quantile_of_the_cost():
    cost = np.arange(1.0, 1001)
    times, costs, earliest, cheapest = statistics.frontier(cost, np.full(1000, 5.0), 0.7)
    assert times.tolist() == [5.0]
    assert costs.tolist() == [700.0]
    assert earliest == 5.0
    assert cheapest == 700.0
