"""Reweighted draws against new runs."""

import math

import numpy as np
import pytest
from monte_carlo import near
from plans import CONSTANT, TWO

from simulator import distributions as distributions
from simulator.analysis.stress import reweight_priors
from simulator.analysis.stress.reweighting import importance_weights
from simulator.analysis.stress.weighted_draws import weighted_statistics
from simulator.core.errors import UnsupportedError
from simulator.engine.options import RunOptions
from simulator.engine.simulate import simulate
from simulator.scenario import TOTAL, open_scenario, read

CORRELATED = TWO + "dependence: [{between: [chip_cost, energy_cost], rank: 0.8}]\n"


@pytest.mark.parametrize("shift", [0.3, -0.8, 1.2])
def test_a_shifted_normal_is_the_analytic_tilt(shift):
    """N(m, 1) over N(0, 1) is exp(m x - m^2 / 2), and of n draws n exp(-m^2) count (Kong 1992)."""
    x = np.random.default_rng(11).normal(size=200_000)
    result = importance_weights({"x": x}, {"x": (distributions.Normal(0, 1), distributions.Normal(shift, 1))})
    exact = np.exp(shift * x - shift**2 / 2)
    np.testing.assert_allclose(result.weights, exact / exact.mean(), rtol=1e-4)
    assert result.effective_size == pytest.approx(200_000 * math.exp(-(shift**2)), rel=0.05)
    weighted = weighted_statistics(x, result.weights, 0.9)
    for key, known in (("mean", shift), ("median", shift), ("low", shift - 1.644854), ("high", shift + 1.644854)):
        assert near((getattr(weighted, key), getattr(weighted.mcse, key)), known)
    assert weighted.sd == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (distributions.Normal(0, 1), distributions.Normal(5, 1), "the effective sample size is only"),
        (
            distributions.LogNormal(1, 0.3),
            distributions.LogNormal(1, 0.9),
            "effective sample size|almost no probability",
        ),  # weights of infinite variance
        (
            distributions.Uniform(0, 1),
            distributions.Uniform(0.2, 1.1),
            r"ranges from 0.200 to 1.10, but the old one only from 0 to 1.00",
        ),
        (
            distributions.LogNormal(1, 0.3),
            distributions.Normal(1, 0.3),
            "ranges without bounds, but the old one only from 0 up",
        ),
        (distributions.Uniform(0.3, 0.5), distributions.LogitNormal(0.4, 0.2), "ranges from 0 to 1.00"),
        (distributions.Normal(0, 1), distributions.Constant(0.0), "has weight on single values"),
        (distributions.Empirical((0.0, 1.0)), distributions.Uniform(0.2, 0.8), "has weight on single values"),
    ],
)
def test_unreliable_weights_are_refused(old, new, message):
    values = np.asarray(old.at(np.random.default_rng(14).normal(size=20_000)))
    with pytest.raises(UnsupportedError, match=message):
        importance_weights({"x": values}, {"x": (old, new)})


def test_few_draws_are_refused_even_with_a_high_effective_share():
    x = np.random.default_rng(15).normal(size=520)
    with pytest.raises(UnsupportedError, match="but 500 are needed"):
        importance_weights({"x": x}, {"x": (distributions.Normal(0, 1), distributions.Normal(0.4, 1))})


@pytest.mark.parametrize("text", ["experiments_factor=2 to 4", "pue=1.1 to 1.3", "chip_price=9000 to 20000 USD/chip"])
def test_a_reweighted_prior_agrees_with_a_run_of_the_new_one(text):
    other = read("gpt-4", sets=[text])
    (row,) = reweight_priors(open_scenario("gpt-4"), RunOptions(100_000), changes=[text]).reweightings
    new_run = simulate(other, 100_000, seed=1).accumulators
    for name in (TOTAL, "chip_cost", "energy_cost"):
        weighted = row.quantities[name].after
        p = {"median": 0.5, "low": 0.025, "high": 0.975}
        for key, at in p.items():
            error = math.hypot(getattr(weighted.mcse, key), new_run[name].quantile_errors(np.array([at]))[0])
            assert near((getattr(weighted, key), error), new_run[name].quantile(at), 4.5)
        assert near((weighted.mean, math.hypot(weighted.mcse.mean, new_run[name].mean_error)), new_run[name].mean, 4.5)


def test_several_reweightings_are_reported_alone_and_together():
    texts = ["experiments_factor=2 to 4", "pue=1.1 to 1.3"]
    rows = reweight_priors(open_scenario("gpt-4"), RunOptions(100_000), changes=texts).reweightings
    assert [row.name for row in rows] == [*texts, "together"]
    assert rows[2].effective < min(rows[0].effective, rows[1].effective)
    weighted = rows[2].quantities[TOTAL].after
    new_run = simulate(read("gpt-4", sets=texts), 100_000, seed=1).accumulators[TOTAL]
    assert near((weighted.mean, math.hypot(weighted.mcse.mean, new_run.mean_error)), new_run.mean, 4.5)


@pytest.mark.parametrize(
    ("text", "change", "message"),
    [
        (CORRELATED, "chip_cost={lognormal: {median: 1100, sigma: 0.4}}", "is correlated with other priors"),
        (TWO, "chip_cost=1000", "has weight on single values"),
        (TWO, "chip_cost={lognormal: {median: 1000, sigma: 0.5}}", "it already has that distribution"),
        (TWO, "lines=[chip_cost]", "changes how the total is computed"),
        (CONSTANT, "chip_cost=900 to 1100", "is a known number here"),
    ],
)
def test_unsupported_changes_are_refused(write_plan, text, change, message):
    opened = open_scenario(write_plan(text))
    with pytest.raises(UnsupportedError, match=message):
        reweight_priors(opened, RunOptions(2000), changes=[change])
