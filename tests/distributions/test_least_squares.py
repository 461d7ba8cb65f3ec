"""Fits of families without a closed form: how many steps they take, and what happens where no distribution fits."""

import pytest
from scipy.stats import gamma

from simulator.distributions import least_squares
from simulator.distributions.fitting import build_distribution


@pytest.fixture
def steps(monkeypatch):
    """The number of distributions that were tried."""
    tried = []
    build = least_squares._Problem.build

    def counted(self, unknowns):
        tried.append(1)
        return build(self, unknowns)

    least_squares._solve.cache_clear()
    monkeypatch.setattr(least_squares._Problem, "build", counted)
    return tried


def test_quantiles_over_ten_orders_of_magnitude_are_fitted_in_few_steps(steps):
    fitted = build_distribution("gamma", {"p5": 0.5, "p97.5": 2.51e9})
    assert len(steps) < 200  # it took 2,400, a third of them with an error of the lowest quantile that was not seen
    assert gamma.ppf([0.05, 0.975], fitted.shape, scale=fitted.scale) == pytest.approx([0.5, 2.51e9], rel=1e-6)


@pytest.mark.parametrize(
    ("family", "parameters"),
    [
        ("gamma", {"p5": 1e-9, "p95": 3e19}),
        ("gamma", {"p1": 1e-300, "p99": 1e300}),
        ("beta", {"p5": 1e-9, "p95": 0.3}),
        ("pert", {"p1": 1.0, "p50": 1e3, "p95": 1e9}),
    ],
)
def test_quantiles_that_no_distribution_has_are_refused_in_few_steps_and_once(steps, family, parameters):
    with pytest.raises(ValueError, match=rf"no (distribution of this family|{family}) passes through"):
        build_distribution(family, parameters)
    assert len(steps) < 500
    before = len(steps)
    with pytest.raises(ValueError, match="passes through"):
        build_distribution(family, parameters)
    assert len(steps) == before
