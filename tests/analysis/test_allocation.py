"""Allocation of an amount to lines against closed forms; what adds up adds up to the cent."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monte_carlo import near

from simulator.analysis.allocation import allocate, conditional_means, round_to_cents

COVARIANCE = np.array([[9.0, 2.0, 0.0], [2.0, 4.0, -1.0], [0.0, -1.0, 1.0]])
MEANS = np.array([100.0, 50.0, 20.0])


@pytest.mark.parametrize("level", [0.5, 0.7, 0.9, 0.975, 0.05])
def test_allocation_of_normal_lines_is_eulers(rng, level):
    lines = dict(zip("abc", rng.multivariate_normal(MEANS, COVARIANCE, 200_000).T, strict=True))
    total = sum(lines.values())
    estimates = conditional_means(lines, total, level)
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
        estimates = conditional_means(some, sum(some.values()), level)
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
        a, b = np.exp(np.random.default_rng(seed).standard_normal((2, 5000)) * [[1.0], [0.3]])
        at = conditional_means({"a": a, "b": b}, a + b, 0.9)
        estimates.append([at["a"], at["b"]])
    values, errors = np.moveaxis(np.array(estimates), 2, 0)
    assert errors.mean(axis=0) == pytest.approx(values.std(axis=0, ddof=1), rel=0.2)


@given(st.lists(st.floats(-1e9, 1e12), min_size=1, max_size=12))
def test_cents_add_up(amounts):
    total = math.fsum(amounts)
    cents = round_to_cents(amounts, total)
    assert sum(cents) == round(100 * total)
    assert all(abs(cent - 100 * amount) <= 1.5 for cent, amount in zip(cents, amounts, strict=True))


def test_a_point_estimate_is_split_in_proportion_to_the_lines(rng):
    lines = {"a": rng.random(10_000), "b": 3 + rng.random(10_000)}
    allocation = allocate(lines, lines["a"] + lines["b"], "80%", {"a": 0.5, "b": 3.5}, 8.0)
    assert allocation.level == 80
    assert [line.name for line in allocation.lines] == ["a", "b"]
    assert [line.point for line in allocation.lines] == [1.0, 7.0]
    for line in allocation.lines:
        assert line.contingency == pytest.approx(line.amount - line.point)
