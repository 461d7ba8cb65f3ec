"""Densities of distributions against scipy."""

import numpy as np
import pytest
import scipy.stats

from simulator import distributions as distributions
from simulator.analysis.stress.densities import log_density
from simulator.core.errors import UnsupportedError

S = scipy.stats


@pytest.mark.parametrize(
    ("distribution", "known"),
    [
        (distributions.Normal(3, 2), S.norm(3, 2)),
        (distributions.LogNormal(10, 0.7), S.lognorm(0.7, scale=10)),
        (distributions.LogNormal(1.2, 0.4, low=1.0), S.lognorm(0.4, loc=1, scale=0.2)),
        (distributions.Uniform(2, 5), S.uniform(2, 3)),
        (distributions.LogUniform(2, 50), S.loguniform(2, 50)),
        (distributions.Triangular(1, 2, 5), S.triang(0.25, 1, 4)),
        (distributions.Beta(2, 5), S.beta(2, 5)),
        (distributions.Pert(0, 1, 4), S.beta(2, 4, scale=4)),
        (distributions.Gamma(3, 2), S.gamma(3, scale=2)),
        (distributions.StudentT(4, 1, 2), S.t(4, 1, 2)),
        (distributions.Truncated(distributions.Normal(0, 1), -0.5, 2), S.truncnorm(-0.5, 2)),
        (distributions.Scaled(distributions.LogNormal(2, 0.5), 3), S.lognorm(0.5, scale=6)),
    ],
)
def test_densities_are_those_of_scipy(distribution, known):
    x = known.ppf(np.linspace(0.001, 0.999, 400))
    x = x[np.abs(x - 2) > 0.01] if isinstance(distribution, distributions.Triangular) else x  # its table is rounded at the kink
    np.testing.assert_allclose(log_density(distribution, x), known.logpdf(x), atol=2e-3)


def test_the_density_of_a_mixture_is_the_sum_of_its_parts():
    distribution = distributions.Mixture((distributions.Normal(0, 1), distributions.Normal(3, 0.5)), (0.3, 0.7))
    x = np.linspace(-2, 5, 50)
    known = 0.3 * S.norm.pdf(x) + 0.7 * S.norm.pdf(x, 3, 0.5)
    np.testing.assert_allclose(np.exp(log_density(distribution, x)), known, rtol=1e-4)


@pytest.mark.parametrize(
    "distribution",
    [
        distributions.Constant(1),
        distributions.Empirical((1.0, 2.0)),
        distributions.Mixture((distributions.Constant(0), distributions.Normal(5, 1)), (0.2, 0.8)),
    ],
)
def test_what_stands_on_single_values_has_no_density(distribution):
    with pytest.raises(UnsupportedError, match="has weight on single values"):
        log_density(distribution, np.ones(3))
