"""Overruns: tails and drivers against closed forms."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from monte_carlo import near

from simulator.analysis.overruns import overruns, rank_shifts, tail_risk, tail_statistics

N = NormalDist()
SIGMA = 0.5


@pytest.mark.parametrize("p", [0.5, 0.8, 0.95, 0.99])
def test_tail_of_a_lognormal_is_that_of_its_closed_form(rng, p):
    total = np.exp(SIGMA * rng.standard_normal(400_000))
    at, above = tail_risk(total, p)
    z = N.inv_cdf(p)
    assert near(at, math.exp(SIGMA * z))
    assert near(above, math.exp(SIGMA**2 / 2) * N.cdf(SIGMA - z) / (1 - p))


def test_a_heavy_tail_has_value_at_risk_only(rng):
    total = np.exp(rng.standard_normal(10_000))
    light, heavy = tail_statistics(total, "95%"), tail_statistics(total, heavy=True)
    assert (light.level, light.var) == (95, np.quantile(total, 0.95))
    assert light.cvar > light.var == heavy.var
    assert heavy.cvar is heavy.cvar_error is None


def test_drivers_of_an_overrun_are_ranked_by_the_shift_of_their_distribution(rng):
    x, y, idle = rng.standard_normal((3, 200_000))
    rows = rank_shifts({"idle": idle, "y": y, "x": x, "down": -x, "constant": np.ones(200_000)}, 3 * x + y > 0)
    assert {rows[0].name, rows[1].name} == {"x", "down"}
    assert [row.name for row in rows[2:]] == ["y", "idle"]
    # P(U < X | T > 0) for normals: an orthant probability.
    for row, rho in zip(rows, (None, None, 1 / math.sqrt(10), 0.0), strict=True):
        rho = {"x": 3, "down": -3}.get(row.name, 0) / math.sqrt(10) if rho is None else rho
        expected = 0.5 + math.asin(rho / math.sqrt(2)) / math.pi
        assert abs(row.mean_rank - expected) < 5 * row.mcse
    assert rank_shifts({"x": x}, np.zeros(200_000, dtype=bool)) == ()


def test_unrelated_discrete_inputs_have_mean_rank_one_half(rng):
    coin = rng.integers(0, 2, 100_000).astype(float)
    (row,) = rank_shifts({"coin": coin}, rng.random(100_000) < 0.3)
    assert row.mean_rank == pytest.approx(0.5, abs=5 * row.mcse)


def test_without_a_budget_an_overrun_is_above_the_p80(rng):
    x = rng.random(1000)
    above = overruns(x, None, {"x": x})
    assert (above.of, above.above, above.draws) == ("P80", np.quantile(x, 0.8), 200)
    assert above.inputs[0].median_then > above.inputs[0].median
    assert overruns(x, 2.0, {"x": x}).inputs == ()
