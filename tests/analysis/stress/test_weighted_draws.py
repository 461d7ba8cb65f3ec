"""Statistics of weighted draws."""

import math

import numpy as np
import pytest

from simulator import distributions as distributions
from simulator.analysis.stress.reweighting import importance_weights
from simulator.analysis.stress.weighted_draws import weighted_quantiles, weighted_statistics


def test_errors_of_weighted_statistics_are_the_standard_deviation_of_repeated_runs():
    rng = np.random.default_rng(12)
    results, errors = [], []
    for _ in range(200):
        x = rng.normal(size=4000)
        weighted = importance_weights({"x": x}, {"x": (distributions.Normal(0, 1), distributions.Normal(0.7, 0.9))})
        statistics = weighted_statistics(x, weighted.weights)
        results.append([getattr(statistics, key) for key in ("mean", "median", "low", "high")])
        errors.append([getattr(statistics.mcse, key) for key in ("mean", "median", "low", "high")])
    ratio = np.mean(errors, axis=0) / np.std(results, axis=0, ddof=1)
    assert (ratio > 0.75).all()
    assert (ratio < 1.3).all()


def test_equal_weights_change_nothing():
    x = np.random.default_rng(13).normal(size=5001)
    results = weighted_statistics(x, np.full(5001, 3.0))
    assert results.mean == pytest.approx(x.mean())
    assert results.sd == pytest.approx(x.std())
    np.testing.assert_allclose(weighted_quantiles(x, np.ones(5001), [0.1, 0.5]), np.quantile(x, [0.1, 0.5]), atol=2e-3)
    assert results.mcse.mean == pytest.approx(x.std() / math.sqrt(5001))
