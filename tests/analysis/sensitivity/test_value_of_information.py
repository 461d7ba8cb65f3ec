"""Value of information: perfect information, other levels, and decisions between actions, against closed forms."""

import math

import numpy as np
import pytest
from closed_forms import DENSITY, DRAWS, NORMAL, PHI, SDS, WHOLE, Z80, draws_of, near

from simulator.analysis.sensitivity.value_of_information import evpi, evppi, perfect_information, value_of_information


def test_perfect_information_is_the_upper_bound():
    z = draws_of(3)
    total = 50 + np.array(SDS[:3]) @ z
    everything = perfect_information(total)
    near(everything.fall, Z80 * WHOLE)
    near(everything.expected_gain, WHOLE * DENSITY(Z80) / 0.2)
    itself = value_of_information(total, total)
    near(itself.loss_shrinks, 1, bias=0.01)
    near(itself.contingency_shrinks, 1, bias=0.01)
    near(itself.interval_shrinks, 1, bias=0.01)
    assert all(value_of_information(x, total).expected_gain.value < everything.expected_gain.value for x in z)


@pytest.mark.parametrize(("level", "interval"), [(0.5, 0.5), (0.9, 0.9), (0.3, 0.95)])
def test_other_levels_and_intervals(level, interval):
    z = draws_of(2)
    total = 100 + 4 * z[0] + 3 * z[1]
    value = value_of_information(z[0], total, level, interval)
    at = NORMAL.inv_cdf(level)
    near(value.quantile_falls, at * (5 - 3), bias=0.01)
    near(value.interval_shrinks, 0.4)
    near(value.expected_gain, DENSITY(at) / (1 - level) * (5 - 3), bias=0.01)


@pytest.mark.parametrize("mean", [-2.0, -0.5, 0.0, 1.0])
def test_a_decision_between_two_actions(mean):
    """Go on or stop: worth nothing or a normal net benefit; the unit normal loss of Raiffa and Schlaifer 1961."""
    z = draws_of(3, seed=7)
    benefit = mean + 1.5 * z[0] + 0.8 * z[1]
    payoffs = np.stack([np.zeros(DRAWS), benefit], axis=1)

    def expected_gain(sd):
        return sd * DENSITY(mean / sd) + mean * PHI(mean / sd) - max(0.0, mean)

    near(evppi(z[0], payoffs), expected_gain(1.5), bias=0.004)
    near(evppi(z[1], payoffs), expected_gain(0.8), bias=0.004)
    near(evppi(z[2], payoffs), 0, bias=0.004)
    near(evpi(payoffs), expected_gain(math.hypot(1.5, 0.8)), bias=0.001)


def test_knowing_a_coin_before_a_bet():
    coin = np.random.default_rng(8).integers(0, 2, DRAWS).astype(float)
    payoffs = np.stack([np.full(DRAWS, 1.0), np.where(coin == 1, 6.0, -6.0)], axis=1)
    near(evppi(coin, payoffs), 0.5 * 6 + 0.5 * 1 - 1)  # heads: take the bet; tails: keep the one


def test_an_interval_beyond_the_draws_is_refused():
    x = draws_of(1, draws=2000)[0]
    with pytest.raises(ValueError, match="too few for so wide an interval"):
        value_of_information(x, x, interval=0.999)
