"""One factor integrated out: the same distribution, with less random draws in it."""

import numpy as np
import pytest
from scipy import integrate, stats

from simulator.distributions import LogNormal, Normal
from simulator.engine.conditional import IntegratedTotal, fit_line
from simulator.engine.simulate import simulate
from simulator.engine.summaries import summarize
from simulator.io.run_summary import summarize_run
from simulator.scenario import read


def scenario(tmp_path, text=""):
    path = tmp_path / "two.yaml"
    path.write_text(
        "title: Two lognormals\nlines: [rental_cost, carbon_cost]\ncommitment: on-demand\nbasis: rented\n"
        "chip_hours: 1e6 chip*hour\ndeflator: 1\n"
        "rental_price: 1 to 4\nemissions: 1000 tCO2e\ncarbon_price: 500 to 2000\n" + text
    )
    return read(str(path))


@pytest.mark.parametrize("distribution", [LogNormal(2.0, 0.5), LogNormal(3.0, 0.4, low=1.0), Normal(2.0, 0.3)], ids=str)
def test_one_line_is_the_distribution_itself(distribution):
    # With a = 10 and b = 3 in all draws the total is 10 + 3 x, whose distribution is known.
    total = IntegratedTotal(distribution, np.full(64, 10.0), np.full(64, 3.0))
    for p in (0.001, 0.025, 0.5, 0.95, 0.999):
        assert total.quantile(p) == pytest.approx(10 + 3 * distribution.quantile(p), rel=1e-9)
        assert total.cdf(10 + 3 * distribution.quantile(p)) == pytest.approx(p, rel=1e-6)
    mean, sd = distribution.moments()
    assert total.mean == pytest.approx(10 + 3 * mean, rel=1e-6)
    assert total.sd == pytest.approx(3 * sd, rel=1e-5)
    assert total.mean_error == pytest.approx(0, abs=1e-9)
    tail, _ = integrate.quad(lambda p: distribution.quantile(p), 0.95, 1 - 1e-9, limit=400)
    assert total.mean_above(0.95) == pytest.approx(10 + 3 * tail / 0.05, rel=1e-4)


def test_distribution_is_that_of_the_draws(tmp_path):
    parsed = scenario(tmp_path)
    plain = simulate(parsed, 2_000_000).accumulators["total_cost"]
    smooth = simulate(parsed, 200_000, integrate="rental_price").accumulators["total_cost"]
    for p in (0.025, 0.5, 0.95, 0.975):
        error = np.hypot(plain.quantile_errors(np.array([p]))[0], smooth.quantile_errors(np.array([p]))[0])
        assert abs(plain.quantile(p) - smooth.quantile(p)) < 5 * error
    assert abs(plain.mean - smooth.mean) < 5 * np.hypot(plain.mean_error, smooth.mean_error)
    assert smooth.sd == pytest.approx(plain.sd, rel=0.02)
    assert smooth.mean_above(0.95) == pytest.approx(plain.mean_above(0.95), rel=0.01)


def test_known_answer_of_a_sum_of_two_lognormals(tmp_path):
    # P(X + Y <= q) by quadrature over Y, to twelve digits.
    x, y = (stats.lognorm(np.log(4) / 3.919927969080108, scale=2e6), stats.lognorm(np.log(4) / 3.919927969080108, scale=1e6))
    total = simulate(scenario(tmp_path), 1 << 15, method="sobol", integrate="auto").accumulators["total_cost"]
    for p in (0.05, 0.5, 0.95):
        q = total.quantile(p)
        exact, _ = integrate.quad(lambda v, q=q: x.cdf(q - v) * y.pdf(v), 0, q, limit=400, epsabs=1e-11)
        assert exact == pytest.approx(p, abs=2e-5)


def test_sobol_with_a_factor_integrated_out_needs_a_fraction_of_the_draws(tmp_path):
    parsed = scenario(tmp_path)
    truth = simulate(parsed, 1 << 17, method="sobol", integrate="auto").accumulators["total_cost"].quantile(0.95)

    def rms(**how):
        quantiles = [simulate(parsed, seed=seed, **how).accumulators["total_cost"].quantile(0.95) for seed in range(30)]
        return np.sqrt(np.mean((np.array(quantiles) / truth - 1) ** 2))

    assert rms(draws=4096, method="sobol", integrate="auto") < rms(draws=20 * 4096) / 1.5


def test_stated_error_of_replicates_is_the_dispersion_of_repeated_runs(tmp_path):
    parsed = scenario(tmp_path)
    for how in ({"method": "sobol"}, {"method": "lhs"}, {"method": "sobol", "integrate": "auto"}):
        runs = [simulate(parsed, 2048, seed=seed, **how).accumulators["total_cost"] for seed in range(200)]
        for p in (0.5, 0.95):
            dispersion = np.std([accumulator.quantile(p) for accumulator in runs], ddof=1)
            specification = np.sqrt(np.mean([accumulator.quantile_errors(np.array([p]))[0] ** 2 for accumulator in runs]))
            assert 0.75 < specification / dispersion < 1.6, (how, p)
        means = np.std([accumulator.mean for accumulator in runs], ddof=1)
        assert 0.7 < np.sqrt(np.mean([accumulator.mean_error**2 for accumulator in runs])) / means < 1.4, how


def test_exact_quantiles_are_those_of_numpy_on_the_same_draws(tmp_path):
    parsed = scenario(tmp_path)
    result = simulate(parsed, 200_000, exact=True, keep=["total_cost", "rental_cost"], threads=2)
    p = np.array([0.025, 0.05, 0.1, 0.2, 0.5, 0.7, 0.8, 0.9, 0.95, 0.975])
    for name, values in result.retained_draws.items():
        assert np.array_equal(result.accumulators[name].quantiles(p), np.quantile(values, p))
    quick = simulate(parsed, 200_000).accumulators["total_cost"].quantiles(p)
    ranks = np.searchsorted(np.sort(result.retained_draws["total_cost"]), quick) / 200_000
    assert np.abs(ranks - p).max() < 5e-5


def test_exact_ends_are_those_of_the_interval_asked_for(tmp_path):
    result = simulate(scenario(tmp_path), 100_000, exact=True, interval=0.99, keep=["total_cost"])
    figures = summarize(result.accumulators["total_cost"], 0.99)
    assert [figures.low, figures.high] == np.quantile(result.retained_draws["total_cost"], [0.005, 0.995]).tolist()


@pytest.mark.parametrize(
    ("name", "words"), [("chip_hours", "cannot be integrated out"), ("nosuch", "cannot be integrated out")]
)
def test_what_cannot_be_integrated_out_is_refused(tmp_path, name, words):
    with pytest.raises(ValueError, match=words):
        simulate(scenario(tmp_path), 1000, integrate=name)


def test_a_factor_that_bends_the_total_is_refused():
    with pytest.raises(ValueError, match="does not rise"):
        simulate(read("gpt-4"), 1000, integrate="hardware_age")
    with pytest.raises(ValueError, match="straight line"):
        fit_line(np.array([1.0]), np.array([4.0]), np.array([9.0]), (1.0, 2.0), np.array([3.0]))


def test_a_correlated_input_is_not_integrated_out(tmp_path):
    parsed = scenario(tmp_path, "dependence: [{between: [rental_price, carbon_price], rank: 0.5}]\n")
    with pytest.raises(ValueError, match="uncorrelated"):
        simulate(parsed, 1000, integrate="rental_price")


def test_headline_and_json_know_the_integrated_total(tmp_path):
    result = simulate(scenario(tmp_path, "budget: 5e6 USD\n"), 4096, method="sobol", integrate="auto")
    summary = summarize_run(result)
    assert summary.total.low < summary.total.high
    assert summary.budget.probability_within == pytest.approx(result.accumulators["total_cost"].cdf(5e6))
    assert any("integrated out" in note.text for note in summary.notes)
