"""Densities of distributions against scipy."""

import numpy as np
import pytest
import scipy.stats

from simulator import distributions as laws
from simulator.analysis.stress import Unable
from simulator.analysis.stress.densities import log_density

S = scipy.stats


@pytest.mark.parametrize(
    ("law", "known"),
    [
        (laws.Normal(3, 2), S.norm(3, 2)),
        (laws.LogNormal(10, 0.7), S.lognorm(0.7, scale=10)),
        (laws.LogNormal(1.2, 0.4, low=1.0), S.lognorm(0.4, loc=1, scale=0.2)),
        (laws.Uniform(2, 5), S.uniform(2, 3)),
        (laws.LogUniform(2, 50), S.loguniform(2, 50)),
        (laws.Triangular(1, 2, 5), S.triang(0.25, 1, 4)),
        (laws.Beta(2, 5), S.beta(2, 5)),
        (laws.Pert(0, 1, 4), S.beta(2, 4, scale=4)),
        (laws.Gamma(3, 2), S.gamma(3, scale=2)),
        (laws.StudentT(4, 1, 2), S.t(4, 1, 2)),
        (laws.Truncated(laws.Normal(0, 1), -0.5, 2), S.truncnorm(-0.5, 2)),
        (laws.Scaled(laws.LogNormal(2, 0.5), 3), S.lognorm(0.5, scale=6)),
    ],
)
def test_densities_are_those_of_scipy(law, known):
    x = known.ppf(np.linspace(0.001, 0.999, 400))
    x = x[np.abs(x - 2) > 0.01] if isinstance(law, laws.Triangular) else x  # its table is rounded at the kink
    np.testing.assert_allclose(log_density(law, x), known.logpdf(x), atol=2e-3)


def test_the_density_of_a_mixture_is_the_sum_of_its_parts():
    law = laws.Mixture((laws.Normal(0, 1), laws.Normal(3, 0.5)), (0.3, 0.7))
    x = np.linspace(-2, 5, 50)
    known = 0.3 * S.norm.pdf(x) + 0.7 * S.norm.pdf(x, 3, 0.5)
    np.testing.assert_allclose(np.exp(log_density(law, x)), known, rtol=1e-4)


@pytest.mark.parametrize(
    "law", [laws.Constant(1), laws.Empirical((1.0, 2.0)), laws.Mixture((laws.Constant(0), laws.Normal(5, 1)), (0.2, 0.8))]
)
def test_what_stands_on_single_values_has_no_density(law):
    with pytest.raises(Unable, match="has weight on single values"):
        log_density(law, np.ones(3))
