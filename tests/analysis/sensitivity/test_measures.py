"""Every measure that is estimated from draws against its closed form, with calibrated errors."""

import math

import numpy as np
import pytest
from closed_forms import DENSITY, DRAWS, SDS, SIGMA, SIGMAS, WHOLE, Z80, Z95, Z975, draws_of, excess, near

from simulator.analysis.sensitivity.value_of_information import perfect_information, value_of_information
from simulator.analysis.sensitivity.variance_shares import first_order, rank_correlation_estimate, tail_share


@pytest.mark.parametrize("which", range(len(SDS)))
def test_sum_of_normals(which):
    z = draws_of(len(SDS))
    total = 50 + np.array(SDS) @ z
    share = SDS[which] ** 2 / WHOLE**2
    shrink = 1 - math.sqrt(1 - share)
    assert first_order(z[which], total).mcse < 0.005
    near(first_order(z[which], total), share)
    near(tail_share(z[which], total), share)
    near(rank_correlation_estimate(z[which], total), 6 / math.pi * math.asin(math.sqrt(share) / 2))
    value = value_of_information(z[which], total)
    # A normal with a smaller standard deviation: everything proportional to it is reduced by the same share.
    near(value.contingency_shrinks, shrink)
    near(value.interval_shrinks, shrink)
    near(value.loss_shrinks, shrink)
    near(value.quantile_falls, Z80 * WHOLE * shrink, bias=0.01)
    near(value.expected_gain, WHOLE * DENSITY(Z80) / 0.2 * shrink, bias=0.01)


@pytest.mark.parametrize("which", range(len(SIGMAS)))
def test_product_of_lognormals(which):
    z = draws_of(len(SIGMAS), seed=1)
    x, total = np.exp(SIGMAS[which] * z[which]), np.exp(SIGMAS @ z)
    one, rest = SIGMAS[which] ** 2, SIGMA**2 - SIGMAS[which] ** 2
    mean = math.exp(SIGMA**2 / 2)
    near(first_order(x, total), math.expm1(one) / math.expm1(SIGMA**2))
    # Given the sum s of the logarithms, the one's score is normal about its share of s, with what is left of its variance.
    s = SIGMA * Z95
    there = math.exp(rest / 2 + one * s / SIGMA**2 + one * (1 - one / SIGMA**2) / 2)
    near(tail_share(x, total), (there - mean) / (math.exp(s) - mean), bias=0.006)
    value = value_of_information(x, total)

    def conditional_quantile(z_of_p):
        return math.exp(one / 2 + z_of_p * math.sqrt(rest))

    now = math.exp(Z80 * SIGMA)
    near(value.quantile_falls, now - conditional_quantile(Z80), bias=0.004)
    near(value.contingency_shrinks, (now - conditional_quantile(Z80)) / (now - mean), bias=0.008)
    width = math.exp(Z975 * SIGMA) - math.exp(-Z975 * SIGMA)
    near(value.interval_shrinks, 1 - (conditional_quantile(Z975) - conditional_quantile(-Z975)) / width, bias=0.006)
    near(value.expected_gain, excess(SIGMA) - math.exp(one / 2) * excess(math.sqrt(rest)), bias=0.004)
    near(perfect_information(total).expected_gain, excess(SIGMA))


@pytest.mark.parametrize("correlation", [-0.8, -0.3, 0.5, 0.9])
def test_shares_of_correlated_normals(correlation):
    first, other = draws_of(2, seed=2)
    second = correlation * first + math.sqrt(1 - correlation**2) * other
    total = 2 * first + second
    variance = 4 + 1 + 4 * correlation
    for x, covariance in ((first, 2 + correlation), (second, 1 + 2 * correlation)):
        share = covariance**2 / variance
        near(first_order(x, total), share)
        near(value_of_information(x, total).loss_shrinks, 1 - math.sqrt(1 - share))


def test_an_input_correlated_with_a_driver_has_a_share():
    first, other = draws_of(2, seed=3)
    bystander = 0.6 * first + 0.8 * other
    near(first_order(bystander, first + 10), 0.36)
    near(tail_share(bystander, first + 10), 0.36)


def test_errors_are_the_standard_deviation_of_repeated_runs():
    def estimate_all(seed):
        z = draws_of(3, seed, 4000)
        total = np.exp(0.4 * z[0] + 0.3 * z[1]) + 0.2 * z[1]
        value, none, upper_bound = (
            value_of_information(z[0], total),
            value_of_information(z[2], total),
            perfect_information(total),
        )
        return [
            rank_correlation_estimate(z[0], total), first_order(z[0], total), first_order(z[2], total), tail_share(z[0], total),
            tail_share(z[2], total), value.contingency_shrinks, value.quantile_falls, value.interval_shrinks,
            value.loss_shrinks, value.expected_gain, none.loss_shrinks, none.interval_shrinks, none.quantile_falls,
            upper_bound.fall, upper_bound.expected_gain,
        ]  # fmt: skip

    runs = np.array([[(e.value, e.mcse) for e in estimate_all(seed)] for seed in range(200)])
    deviations, errors = runs[:, :, 0].std(axis=0, ddof=1), runs[:, :, 1].mean(axis=0)
    # The standard deviation over 200 runs has an error of 5 %. For unrelated inputs, the errors of quantiles are conservative.
    assert (errors > 0.8 * deviations).all()
    assert (errors < 1.25 * deviations)[:11].all()
    assert (errors < 1.6 * deviations).all()


def test_an_unrelated_input_has_zero_measures_in_the_mean():
    runs = []
    for seed in range(200):
        z = draws_of(2, 1000 + seed, 4000)
        total = np.exp(0.7 * z[0])
        value = value_of_information(z[1], total)
        shares = (first_order(z[1], total), tail_share(z[1], total))
        estimates = (*shares, value.quantile_falls, value.loss_shrinks, value.expected_gain)
        runs.append([estimate.value for estimate in estimates])
    values = np.array(runs)
    error = values.std(axis=0, ddof=1) / math.sqrt(len(runs))
    scale = np.array([1, 1, math.exp(0.7 * Z80), 1, excess(0.7)])
    assert (np.abs(values.mean(axis=0)) < 4 * error + 0.0005 * scale).all()


def test_an_input_of_few_values():
    rng = np.random.default_rng(9)
    happens = (rng.random(DRAWS) < 0.05).astype(float)
    total = 30 + 10 * happens + rng.standard_normal(DRAWS)
    share = 100 * 0.05 * 0.95 / (100 * 0.05 * 0.95 + 1)
    near(first_order(happens, total), share)
    near(
        value_of_information(happens, total).expected_gain,
        perfect_information(total).expected_gain.value - DENSITY(Z80) / 0.2,
        bias=0.01,
    )


def test_a_constant_input_has_zero_measures():
    (total,) = draws_of(1)
    constant = np.full(DRAWS, 3.0)
    assert first_order(constant, total).value == pytest.approx(0, abs=1e-9)
    assert rank_correlation_estimate(constant, total).value == 0
    assert value_of_information(constant, total).quantile_falls.value == pytest.approx(0, abs=1e-3)
