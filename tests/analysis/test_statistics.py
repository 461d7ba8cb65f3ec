"""Statistics of draws: their errors, and what a summary holds."""

import math

import numpy as np
import pytest
from documented import undocumented

from simulator.analysis.overruns import tail_risk
from simulator.analysis.statistics import probability, quantile, summary_statistics
from simulator.core.results import to_plain


def test_errors_are_the_standard_deviation_of_repeated_runs():
    quantiles, tails, shares = [], [], []
    for seed in range(200):
        x = np.exp(np.random.default_rng(seed).standard_normal(4000))
        quantiles.append(quantile(x, 0.8))
        tails.append(tail_risk(x, 0.9)[1])
        shares.append(probability(x < 0.7))
    for several in (quantiles, tails, shares):
        values, errors = np.array(several).T
        assert errors.mean() == pytest.approx(values.std(ddof=1), rel=0.2)


def test_a_summary_is_that_of_its_draws(rng):
    values = np.exp(0.5 * rng.standard_normal(100_000))
    summary = summary_statistics(values, "90%")
    assert undocumented(summary) == set()
    assert [summary.low, summary.median, summary.high] == pytest.approx(np.quantile(values, [0.05, 0.5, 0.95]).tolist())
    assert summary.mean == pytest.approx(values.mean())
    assert summary.mcse.mean == pytest.approx(summary.sd / math.sqrt(len(values)))
    assert summary.p80 == summary.quantiles["80"] == pytest.approx(np.quantile(values, 0.8))
    assert set(to_plain(summary)) == {"mean", "sd", "median", "low", "high", "quantiles", "mcse"}
