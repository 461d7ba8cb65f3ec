"""Sobol's indices against closed forms and scipy."""

import math

import numpy as np
from closed_forms import DRAWS, SIGMA, SIGMAS, near
from plans import CORRELATED_SUM

from simulator.analysis.sensitivity.sobol import sobol, sobol_indices, sobol_of_scenario
from simulator.analysis.sensitivity.variance_shares import first_order
from simulator.distributions import normal_cdf


def test_sobol_of_a_product_of_lognormals():
    names = [f"x{n}" for n in range(3)]
    indices = sobol(lambda z: np.exp(sum(s * z[n] for s, n in zip(SIGMAS, names, strict=True))), {n: (n,) for n in names})
    for name, one in zip(names, SIGMAS**2, strict=True):
        near(indices[name].first, math.expm1(one) / math.expm1(SIGMA**2))
        near(indices[name].total, 1 - math.expm1(SIGMA**2 - one) / math.expm1(SIGMA**2))


A, B = 7.0, 0.1
PARTS = {(1,): (1 + B * math.pi**4 / 5) ** 2 / 2, (2,): A**2 / 8, (1, 3): B**2 * math.pi**8 * (1 / 18 - 1 / 50)}
"""Parts of the variance: Ishigami and Homma, An importance quantification technique in uncertainty analysis, 1990."""
ISHIGAMI = sum(PARTS.values())
FIRST = {n: PARTS.get((n,), 0) / ISHIGAMI for n in (1, 2, 3)}
ALL = {n: sum(part for who, part in PARTS.items() if n in who) / ISHIGAMI for n in (1, 2, 3)}


def ishigami(x1, x2, x3):
    return np.sin(x1) + A * np.sin(x2) ** 2 + B * x3**4 * np.sin(x1)


def test_ishigami_by_sobol_points_and_from_draws():
    def function(z):
        return ishigami(*(np.pi * (2 * normal_cdf(z[n]) - 1) for n in ("1", "2", "3")))

    indices = sobol(function, {n: (n,) for n in ("1", "2", "3")}, points=65_536)
    x = np.random.default_rng(4).uniform(-np.pi, np.pi, (3, DRAWS))
    for n in (1, 2, 3):
        near(indices[str(n)].first, FIRST[n], bias=0.001)
        near(indices[str(n)].total, ALL[n], bias=0.001)
        assert indices[str(n)].total.mcse < 0.01
        near(first_order(x[n - 1], ishigami(*x)), FIRST[n])


def test_the_same_points_give_what_scipy_gives():
    from scipy.stats import sobol_indices as oracle

    rng = np.random.default_rng(5)
    size = 4096
    a, b = rng.uniform(-np.pi, np.pi, (2, 3, size))
    mixed = {str(n): ishigami(*np.where(np.arange(3)[:, None] == n, b, a)) for n in range(3)}
    indices = sobol_indices(ishigami(*a), ishigami(*b), mixed)
    values = {"f_A": ishigami(*a)[None], "f_B": ishigami(*b)[None], "f_AB": np.stack(list(mixed.values()))[:, None]}
    reference = oracle(func=values, n=size)
    np.testing.assert_allclose([pair.first.value for pair in indices.values()], reference.first_order.ravel(), rtol=1e-10)
    np.testing.assert_allclose([pair.total.value for pair in indices.values()], reference.total_order.ravel(), rtol=1e-10)


def test_sobol_agrees_with_scipy_on_its_own_points():
    from scipy.stats import norm
    from scipy.stats import sobol_indices as oracle

    def model(x):
        return np.exp(0.4 * x[0]) * (2 + x[1]) + x[2]

    reference = oracle(func=model, n=32_768, dists=[norm(), norm(), norm()], rng=np.random.default_rng(6))
    indices = sobol(lambda z: model([z["a"], z["b"], z["c"]]), {n: (n,) for n in "abc"})
    for n, pair in enumerate(indices.values()):
        near(pair.first, reference.first_order[n], bias=0.005)
        near(pair.total, reference.total_order[n], bias=0.005)


def test_a_factor_of_several_streams_is_one():
    indices = sobol(lambda z: z["a"] + 2 * z["b"] + 2 * z["c"], {"a": ("a",), "both": ("b", "c")})
    near(indices["a"].first, 1 / 9)
    near(indices["both"].total, 8 / 9)


def test_errors_of_sobol_indices_are_the_standard_deviation_of_repeated_runs():
    def function(z):
        return np.exp(0.5 * z["a"]) * (3 + z["b"])

    runs = np.array([
        [(e.value, e.mcse) for pair in sobol(function, {"a": ("a",), "b": ("b",)}, 2048, seed).values() for e in pair]
        for seed in range(100)
    ])  # fmt: skip
    deviations, errors = runs[:, :, 0].std(axis=0, ddof=1), np.sqrt(np.mean(runs[:, :, 1] ** 2, axis=0))
    np.testing.assert_allclose(errors, deviations, rtol=0.35)


def test_an_input_independent_of_a_correlated_pair_has_its_own_indices(read_plan):
    text = CORRELATED_SUM.replace("staff_cost: 500", "staff_cost: {normal: {mean: 500, sd: 20}}")
    indices = sobol_of_scenario(read_plan(text))
    correlation = 2 * math.sin(math.pi * 0.6 / 6)
    variance = 144 + 81 + 2 * correlation * 12 * 9
    assert set(indices) == {"staff_cost", "chip_cost + energy_cost"}
    near(indices["staff_cost"].first, 400 / (400 + variance))
    near(indices["chip_cost + energy_cost"].first, variance / (400 + variance))
