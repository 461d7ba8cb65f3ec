"""The Kolmogorov-Smirnov distance: closed form, scipy, and the significance level."""

import math

import numpy as np
import pytest
import scipy.stats

from simulator.analysis.stress.kolmogorov_smirnov import critical_distance, ks_distance

DRAWS = 50_000


def test_distance_is_in_closed_form_where_one_input_decides():
    """Given x > its quantile p, the cumulative shares differ most at p itself, by p; and given x below, by 1 - p."""
    x = np.random.default_rng(1).normal(size=DRAWS)
    for p in (0.3, 0.9):
        threshold = np.quantile(x, p)
        assert ks_distance(x, x > threshold) == (pytest.approx(p, abs=1e-3), 1)
        assert ks_distance(x, x <= threshold) == (pytest.approx(1 - p, abs=1e-3), -1)


def test_distance_is_scipys_distance_between_the_samples():
    rng = np.random.default_rng(2)
    x = rng.integers(0, 6, 4000).astype(float)  # many equal values
    mask = rng.random(4000) < 0.1 + 0.1 * x
    assert ks_distance(x, mask)[0] == pytest.approx(scipy.stats.ks_2samp(x[mask], x).statistic, abs=1e-12)


def test_unrelated_inputs_exceed_the_critical_distance_once_in_a_thousand():
    rng = np.random.default_rng(3)
    mask = rng.random(4000) < 0.2
    exceeded = sum(ks_distance(rng.random(4000), mask)[0] > critical_distance(mask) for _ in range(3000))
    assert exceeded < 3000 * 0.001 + 5 * math.sqrt(3000 * 0.001)
