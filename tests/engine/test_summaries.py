"""Figures read off accumulators, against numpy and scipy on all draws."""

import math

import numpy as np
import pytest
from scipy import stats

from simulator.engine import summaries
from simulator.engine.accumulators import Accumulator, Mean
from simulator.engine.summaries import PERCENTS, assess_budget, rank_correlation, summarize

N = 1_000_000


def _draws():
    rng = np.random.default_rng(17)
    with_zeros = rng.lognormal(3.0, 1.0, N)
    with_zeros[rng.random(N) < 0.3] = 0.0
    across = rng.standard_normal(N)
    across[rng.random(N) < 0.3] = -0.0
    return {
        "lognormal": rng.lognormal(17.0, 1.0, N),
        "normal": rng.normal(0.3, 1.0, N),
        "negative": -rng.lognormal(2.0, 1.0, N),
        "heavy-tail": rng.standard_t(1.5, N),
        "constant": np.full(N, 7.3),
        "all-zero": np.zeros(N),
        "with-zeros": with_zeros,
        "zeros-inside": across,
    }


DRAWS = _draws()

P = np.array(PERCENTS) / 100


@pytest.mark.parametrize("interval", [0.5, 0.9, 0.95])
def test_a_summary_shows_the_figures_of_the_accumulator(interval):
    x, accumulator = DRAWS["lognormal"], Accumulator.of(DRAWS["lognormal"])
    summary = summarize(accumulator, interval)
    expected = np.quantile(x, [0.5, (1 - interval) / 2, (1 + interval) / 2])
    assert (summary.median, summary.low, summary.high) == pytest.approx(tuple(expected), rel=1e-3)
    assert list(summary.quantiles) == list(PERCENTS)
    assert list(summary.quantiles.values()) == pytest.approx(np.quantile(x, P).tolist(), rel=1e-3)
    assert (summary.mean, summary.sd, summary.mean_error) == (accumulator.mean, accumulator.sd, accumulator.mean_error)
    assert [summary.median_error, summary.low_error, summary.high_error] == pytest.approx(
        accumulator.quantile_errors(np.array([0.5, (1 - interval) / 2, (1 + interval) / 2])).tolist()
    )


def test_a_plain_number_has_no_summary():
    summary = summarize(3.5)
    assert {summary.mean, summary.median, summary.low, summary.high, *summary.quantiles.values()} == {3.5}
    assert {summary.sd, *summary[6:]} == {0.0}


@pytest.mark.parametrize("share", [0.01, 0.5, 0.8, 0.97])
def test_a_budget_stands_as_the_draws_say(share):
    x = DRAWS["lognormal"]
    amount = float(np.quantile(x, share))
    over = np.maximum(x - amount, 0.0)
    assessment = assess_budget(amount, int((x <= amount).sum()), Accumulator.of(over), Accumulator.of(x, sums=True), point=1e7)
    p50, p80, p95 = np.quantile(x, [0.5, 0.8, 0.95])
    assert assessment.amount == amount
    assert assessment.probability_within == np.mean(x <= amount)
    assert assessment.probability_error == pytest.approx(math.sqrt(share * (1 - share) / N), rel=1e-3)
    assert (assessment.p50, assessment.p80) == pytest.approx((p50, p80), rel=1e-3)
    assert assessment.contingency_to_p80 == pytest.approx(assessment.p80 - 1e7)
    assert assessment.expected_overrun == pytest.approx(over.mean(), rel=1e-12)
    assert assessment.cvar_95 == pytest.approx(x[x > p95].mean(), rel=1e-5)


@pytest.mark.parametrize(("amount", "within", "overrun"), [(10.0, 1.0, 0.0), (8.0, 1.0, 0.0), (7.0, 0.0, 1.0)])
def test_a_budget_for_a_known_cost_is_kept_or_not(amount, within, overrun):
    assessment = assess_budget(amount, 0, Accumulator.of(np.zeros(3)), 8.0, point=7.5)
    assert (assessment.probability_within, assessment.probability_error, assessment.expected_overrun) == (within, 0.0, overrun)
    assert (assessment.p50, assessment.p80, assessment.cvar_95, assessment.contingency_to_p80) == (8.0, 8.0, 8.0, 0.5)


@pytest.mark.parametrize("correlate", [-1.0, -0.4, 0.0, 0.7, 1.0])
@pytest.mark.parametrize("steps", [None, 20, 2])
def test_rank_correlation_equals_scipy(correlate, steps):
    a, noise = np.random.default_rng(31).standard_normal((2, 10_000))
    b = correlate * a + math.sqrt(1 - correlate**2) * noise
    if steps:  # values that come many times
        a, b = (np.floor(stats.norm.cdf(x) * steps) for x in (a, b))
    assert rank_correlation(a, b) == pytest.approx(stats.spearmanr(a, b)[0], abs=1e-12)
    assert rank_correlation(np.exp(a), b) == pytest.approx(rank_correlation(a, b), abs=1e-12)


def test_a_constant_is_correlated_with_nothing():
    assert rank_correlation(np.ones(100), np.arange(100.0)) == 0
    assert rank_correlation(np.ones(100), np.ones(100)) == 0
    assert rank_correlation(np.arange(100.0), np.ones(100)) == 0


def test_ranks_of_equal_values_are_their_mean():
    a = np.array([3.0, 1.0, 1.0, 2.0, 5.0, 5.0, 5.0])
    b = np.array([1.0, 2.0, 2.0, 7.0, 1.0, 0.0, 4.0])
    assert summaries._ranks(a).tolist() == [4, 1.5, 1.5, 3, 6, 6, 6]
    assert rank_correlation(a, b) == pytest.approx(stats.spearmanr(a, b).statistic)


def test_a_budget_of_a_total_with_a_factor_integrated_out_takes_its_own_probability():
    class Smooth:
        def cdf(self, value):
            return value / 100

        def cdf_error(self, value):
            return 0.01

        def quantiles(self, p):
            return 100 * p

        def mean_above(self, p):
            return None

    stands = assess_budget(30.0, 999, Mean(1.0, 10), Smooth(), 45.0)
    assert (stands.amount, stands.probability_within, stands.probability_error) == (30.0, 0.3, 0.01)


def test_a_budget_of_a_known_total_names_its_amount():
    assert assess_budget(7.0, 0, Mean(0.0, 1), 8.0, 8.0)[0] == 7.0
