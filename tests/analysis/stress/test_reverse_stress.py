"""The draws in which a condition holds, and the inputs that distinguish them."""

import math
from statistics import NormalDist

import pytest
from monte_carlo import near
from plans import ONE

from simulator.analysis.stress import reverse
from simulator.analysis.stress.reverse_stress import TARGET_MATCHES
from simulator.core.errors import UnsupportedError
from simulator.engine.options import RunOptions
from simulator.scenario import read

N = NormalDist()
DRAWS = 50_000


def test_reverse_finds_the_one_input_behind_a_total(read_plan):
    limit = 1000 * math.exp(0.5 * N.inv_cdf(0.9))
    result = reverse(read_plan(ONE), RunOptions(DRAWS), condition=f"total_cost > {limit}").reverse
    assert near(result.probability, 0.1)
    (row,) = result.inputs
    assert row.ks_distance == pytest.approx(0.9, abs=0.005)
    assert row.higher
    # Of a normal above its quantile 0.9 the median is its quantile 0.95.
    assert row.selected.median == pytest.approx(1000 * math.exp(0.5 * N.inv_cdf(0.95)), rel=0.01)
    assert row.selected.low >= limit
    assert result.box.bounds[0].value == pytest.approx(limit, rel=0.05)
    assert "chip cost is above $1.8" in result.sentence


def test_runs_are_extended_until_rare_matches_suffice(read_plan):
    limit = 1000 * math.exp(0.5 * N.inv_cdf(0.995))
    result = reverse(read_plan(ONE), RunOptions(20_000), condition=f"total_cost > {limit}").reverse
    assert result.selected_draws >= TARGET_MATCHES
    assert result.draws > 20_000
    assert near(result.probability, 0.005)


def test_conditions_that_are_too_rare_are_refused_with_their_probability(read_plan):
    scenario = read_plan(ONE)
    limit = 1000 * math.exp(0.5 * N.inv_cdf(1 - 5e-5))
    with pytest.raises(UnsupportedError, match=r"in \d\d of 1,000,000 draws \(a probability of 0\.00\d+% \+-0\.000"):
        reverse(scenario, RunOptions(10_000), condition=f"total_cost > {limit}")
    with pytest.raises(UnsupportedError, match=r"holds in 0 of 1,000,000 draws \(a probability below 0\.00030%\)"):
        reverse(scenario, RunOptions(10_000), condition="total_cost > 1e9")
    with pytest.raises(UnsupportedError, match="reverse the condition"):
        reverse(scenario, RunOptions(10_000), condition="total_cost > 1")


def test_gpt_4_over_200_million_is_explained_by_its_large_inputs():
    result = reverse(read("gpt-4"), RunOptions(50_000), condition="total_cost > 200e6").reverse
    assert {row.name for row in result.inputs[:3]} == {"run_duration", "chip_price", "experiments_factor"}
    assert 2 <= len({bound.name for bound in result.box.bounds}) <= 3
    assert result.box.density.value > 2.5 * result.box.all_draws
