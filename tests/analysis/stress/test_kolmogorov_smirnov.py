"""The Kolmogorov-Smirnov distance: closed form, scipy, and what Monte Carlo error passes."""

import math

import numpy as np
import pytest
import scipy.stats

from simulator.analysis.stress.kolmogorov_smirnov import ks_distance, luck

DRAWS = 50_000


def test_surprise_is_in_closed_form_where_one_input_decides():
    """Given x > its quantile p, the cumulative shares differ most at p itself, by p; and given x below, by 1 - p."""
    x = np.random.default_rng(1).normal(size=DRAWS)
    for p in (0.3, 0.9):
        cut = np.quantile(x, p)
        assert ks_distance(x, x > cut) == (pytest.approx(p, abs=1e-3), 1)
        assert ks_distance(x, x <= cut) == (pytest.approx(1 - p, abs=1e-3), -1)


def test_surprise_is_scipys_distance_between_the_samples():
    rng = np.random.default_rng(2)
    x = rng.integers(0, 6, 4000).astype(float)  # many equal values
    such = rng.random(4000) < 0.1 + 0.1 * x
    assert ks_distance(x, such)[0] == pytest.approx(scipy.stats.ks_2samp(x[such], x).statistic, abs=1e-12)


def test_luck_passes_for_surprise_once_in_a_thousand_inputs():
    rng = np.random.default_rng(3)
    such = rng.random(4000) < 0.2
    passed = sum(ks_distance(rng.random(4000), such)[0] > luck(such) for _ in range(3000))
    assert passed < 3000 * 0.001 + 5 * math.sqrt(3000 * 0.001)
