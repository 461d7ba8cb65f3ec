"""Every measure that is read from draws against its closed form, with errors that hold."""

import math

import numpy as np
import pytest
from closed_forms import DENSITY, DRAWS, SDS, SIGMA, SIGMAS, WHOLE, Z80, Z95, Z975, draws_of, excess, near

from simulator.analysis.sensitivity.value_of_information import perfect, value_of_information
from simulator.analysis.sensitivity.variance_shares import first_order, rank_correlation_of, tail_share


@pytest.mark.parametrize("which", range(len(SDS)))
def test_sum_of_normals(which):
    z = draws_of(len(SDS))
    total = 50 + np.array(SDS) @ z
    share = SDS[which] ** 2 / WHOLE**2
    shrink = 1 - math.sqrt(1 - share)
    assert first_order(z[which], total).error < 0.005
    near(first_order(z[which], total), share)
    near(tail_share(z[which], total), share)
    near(rank_correlation_of(z[which], total), 6 / math.pi * math.asin(math.sqrt(share) / 2))
    known = value_of_information(z[which], total)
    # A normal with less spread: quantiles shrink towards the mean, and all that is proportional to the spread shrinks alike.
    near(known.contingency, shrink)
    near(known.interval, shrink)
    near(known.loss, shrink)
    near(known.fall, Z80 * WHOLE * shrink, bias=0.01)
    near(known.expected_gain, WHOLE * DENSITY(Z80) / 0.2 * shrink, bias=0.01)


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
    known = value_of_information(x, total)

    def quantile_when_known(z_of_p):
        return math.exp(one / 2 + z_of_p * math.sqrt(rest))

    now = math.exp(Z80 * SIGMA)
    near(known.fall, now - quantile_when_known(Z80), bias=0.004)
    near(known.contingency, (now - quantile_when_known(Z80)) / (now - mean), bias=0.008)
    width = math.exp(Z975 * SIGMA) - math.exp(-Z975 * SIGMA)
    near(known.interval, 1 - (quantile_when_known(Z975) - quantile_when_known(-Z975)) / width, bias=0.006)
    near(known.expected_gain, excess(SIGMA) - math.exp(one / 2) * excess(math.sqrt(rest)), bias=0.004)
    near(perfect(total).expected_gain, excess(SIGMA))


@pytest.mark.parametrize("correlation", [-0.8, -0.3, 0.5, 0.9])
def test_shares_of_correlated_normals(correlation):
    first, other = draws_of(2, seed=2)
    second = correlation * first + math.sqrt(1 - correlation**2) * other
    total = 2 * first + second
    variance = 4 + 1 + 4 * correlation
    for x, covariance in ((first, 2 + correlation), (second, 1 + 2 * correlation)):
        share = covariance**2 / variance
        near(first_order(x, total), share)
        near(value_of_information(x, total).loss, 1 - math.sqrt(1 - share))


def test_an_input_that_is_only_tied_to_what_matters_tells_of_it():
    first, other = draws_of(2, seed=3)
    bystander = 0.6 * first + 0.8 * other
    near(first_order(bystander, first + 10), 0.36)
    near(tail_share(bystander, first + 10), 0.36)


def test_errors_are_the_spread_of_repeated_runs():
    def once(seed):
        z = draws_of(3, seed, 4000)
        total = np.exp(0.4 * z[0] + 0.3 * z[1]) + 0.2 * z[1]
        known = value_of_information(z[0], total)
        nothing = value_of_information(z[2], total)
        return [
            rank_correlation_of(z[0], total), first_order(z[0], total), first_order(z[2], total), tail_share(z[0], total),
            tail_share(z[2], total), known.contingency, known.fall, known.interval, known.loss, known.expected_gain,
            nothing.loss, nothing.interval, nothing.fall, perfect(total).fall, perfect(total).expected_gain,
        ]  # fmt: skip

    runs = np.array([[(e.value, e.error) for e in once(seed)] for seed in range(200)])
    spread, errors = runs[:, :, 0].std(axis=0, ddof=1), runs[:, :, 1].mean(axis=0)
    # The spread of 200 runs is known to 5 %. Where an input does nothing, errors of its quantiles are on the safe side.
    assert (errors > 0.8 * spread).all()
    assert (errors < 1.25 * spread)[:11].all()
    assert (errors < 1.6 * spread).all()


def test_what_does_nothing_shows_as_nothing_in_the_mean():
    runs = []
    for seed in range(200):
        z = draws_of(2, 1000 + seed, 4000)
        total = np.exp(0.7 * z[0])
        known = value_of_information(z[1], total)
        figures = (first_order(z[1], total), tail_share(z[1], total), known.fall, known.loss, known.expected_gain)
        runs.append([figure.value for figure in figures])
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
    near(value_of_information(happens, total).expected_gain, perfect(total).expected_gain.value - DENSITY(Z80) / 0.2, bias=0.01)


def test_a_constant_tells_nothing():
    (total,) = draws_of(1)
    constant = np.full(DRAWS, 3.0)
    assert first_order(constant, total).value == pytest.approx(0, abs=1e-9)
    assert rank_correlation_of(constant, total).value == 0
    assert value_of_information(constant, total).fall.value == pytest.approx(0, abs=1e-3)
