"""Priors as objects: their quantiles and draws, and that they are what a file with the same entry is."""

import cProfile

import numpy as np
import pytest
import yaml

import llmcost
from simulator.distributions import FAMILIES

EXAMPLES = {
    "Normal": (llmcost.Normal(3.0, 0.2), "{normal: {mean: 3, sd: 0.2}}"),
    "LogNormal": (llmcost.LogNormal(p5=2, p50=2.6, p95=4), "{lognormal: {p5: 2, p50: 2.6, p95: 4}}"),
    "LogNormal by moments": (llmcost.LogNormal(mean=3, sd=1), "{lognormal: {mean: 3, sd: 1}}"),
    "Uniform": (llmcost.Uniform(2, 4), "{uniform: {min: 2, max: 4}}"),
    "LogUniform": (llmcost.LogUniform(2, 4), "{loguniform: {min: 2, max: 4}}"),
    "Triangular": (llmcost.Triangular(2, 3, 4), "{triangular: {min: 2, mode: 3, max: 4}}"),
    "PERT": (llmcost.PERT(2, p50=3, max=5), "{pert: {min: 2, p50: 3, max: 5}}"),
    "Beta": (llmcost.Beta(2, 3, min=1, max=4), "{beta: {a: 2, b: 3, min: 1, max: 4}}"),
    "Gamma": (llmcost.Gamma(mean=3, sd=1), "{gamma: {mean: 3, sd: 1}}"),
    "StudentT": (
        llmcost.StudentT(5, 3, 0.1, truncate=(0, None)),
        "{student_t: {df: 5, location: 3, scale: 0.1}, truncate: {low: 0}}",
    ),
    "LogitNormal": (llmcost.LogitNormal(p2_5=0.2, p97_5=0.5), "{logitnormal: {p2.5: 0.2, p97.5: 0.5}}"),
    "Fixed": (llmcost.Fixed(np.float64(2.5)), "2.5"),
    "Fixed with an error": (
        llmcost.Fixed(2.5, times=llmcost.LogNormal(p5=0.9, p95=1.1)),
        "{value: 2.5, times: {lognormal: {p5: 0.9, p95: 1.1}}}",
    ),
    "between": (llmcost.between(2, 4), "2 to 4"),
    "between at 80%": (llmcost.between(2, 4, 80, "USD/chip/hour"), "{p10: 2, p90: 4}"),
    "Quantiles": (llmcost.Quantiles({5: 2, "50%": 2.6, 0.975: 4}), "{quantiles: {p5: 2, p50: 2.6, p97.5: 4}}"),
    "Mixture": (
        llmcost.Mixture([(0.5, 2), (0.5, llmcost.Uniform(3, 4))]),
        "{mixture: [{weight: 0.5, distribution: 2}, {weight: 0.5, distribution: {uniform: {min: 3, max: 4}}}]}",
    ),
    "Choice": (
        llmcost.Choice({"a": (0.4, 2), "b": (0.6, llmcost.between(3, 4))}),
        "{choice: {a: {weight: 0.4, distribution: 2}, b: {weight: 0.6, distribution: 3 to 4}}}",
    ),
    "Empirical": (llmcost.Empirical(np.array([2.0, 3.0, 2.5])), "{empirical: [2, 3, 2.5]}"),
    "LibraryRow": (llmcost.LibraryRow("us-2024"), "us-2024"),
}
UNIT = {"LogitNormal": "mfu", "LibraryRow": "electricity_price"}


def scenario(tmp_path, quantity, value):
    """Return a scenario by a file in which a quantity has a value as YAML."""
    path = tmp_path / "ours.yaml"
    path.write_text(f"extends: llama-3.1-405b\nbasis: rented\n{quantity}: {value}\n", encoding="utf-8")
    return llmcost.read(path)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_prior_is_what_a_file_with_its_entry_is(name, tmp_path):
    prior, text = EXAMPLES[name]
    quantity = UNIT.get(name, "rental_price")
    if name == "between at 80%":
        text = "{lognormal: {p10: 2, p90: 4}}"
    ours = llmcost.read({"extends": "llama-3.1-405b", "basis": "owned" if name == "LibraryRow" else "rented", quantity: prior})
    if name == "LibraryRow":
        assert ours.inputs[quantity].sources
        return
    file = scenario(tmp_path, quantity, text)
    one, other = ours.inputs[quantity].distribution, file.inputs[quantity].distribution
    probabilities = [0.001, 0.05, 0.5, 0.95, 0.999]
    assert [one.quantile(p) for p in probabilities] == pytest.approx([other.quantile(p) for p in probabilities], rel=1e-12)
    assert [prior.quantile(p, quantity=quantity) for p in probabilities] == [one.quantile(p) for p in probabilities]


def test_every_family_of_a_file_is_an_object():
    keys = {next(iter(prior.to_entry())) for prior, _ in EXAMPLES.values()}
    assert keys >= set(FAMILIES) - {"constant"} | {"value", "from", "quantiles", "mixture", "choice", "empirical"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_entry_can_be_written_to_a_file_and_read_again(name, tmp_path):
    prior, _ = EXAMPLES[name]
    quantity = UNIT.get(name, "rental_price")
    text = yaml.safe_dump(prior.to_entry(), default_flow_style=True, width=10_000).strip()
    value = scenario(tmp_path, quantity, text).inputs
    if quantity in value:
        assert value[quantity].distribution.quantile(0.7) == prior.quantile(0.7, quantity=quantity)


def test_provenance_survives():
    prior = llmcost.LogNormal(
        p5=2, p95=4, unit="USD/chip/hour", about="Quotes", grade="B", date="2026-05",
        source=["A quote", llmcost.Source("Another", place="line 3")],
    )  # fmt: skip
    item = llmcost.read("gpt-4", basis="rented", sets={"rental_price": prior}).inputs["rental_price"]
    assert (item.about, item.grade, item.date) == ("Quotes", "B", "2026-05")
    assert [source.title for source in item.sources] == ["A quote", "Another"]
    assert item.specification == "lognormal p5 2, p95 4 USD/chip/hour"


def test_units_are_converted():
    prior = llmcost.LogNormal(p5=0.1, p95=0.2, unit="USD/chip/minute")
    assert prior.quantile(0.95) == pytest.approx(0.2)
    assert prior.quantile(0.95, quantity="rental_price") == pytest.approx(12)


def test_the_kind_of_a_range_follows_the_quantity():
    share = llmcost.between(0.2, 0.9, 90)
    assert share.quantile(0.9999) > 1
    assert share.quantile(0.9999, quantity="mfu") < 1
    assert llmcost.between(-1, 1).quantile(0.5) == pytest.approx(0)
    assert llmcost.between(1, 4).quantile(0.5) == pytest.approx(2)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_sample_has_the_quantiles_of_its_prior(name):
    prior, _ = EXAMPLES[name]
    quantity = UNIT.get(name, "rental_price")
    draws = prior.sample(200_000, 3, quantity=quantity)
    assert draws.shape == (200_000,)
    assert np.array_equal(draws[:1000], prior.sample(1000, 3, quantity=quantity))
    assert not np.array_equal(draws[:1000], prior.sample(1000, 4, quantity=quantity)) or name == "Fixed"
    for p in (0.1, 0.6, 0.9):
        x = prior.quantile(p, quantity=quantity)
        at_most, below = np.mean(draws <= x * (1 + 1e-12)), np.mean(draws < x * (1 - 1e-12))
        assert below - 0.006 <= p <= at_most + 0.006


def test_a_sample_is_that_of_a_run():
    prior = llmcost.LogNormal(p5=2, p95=4)
    result = llmcost.run(llmcost.open_scenario("gpt-4", basis="rented", sets={"rental_price": prior}), draws=140_000, seed=7)
    assert np.array_equal(result.samples("rental_price"), prior.sample(140_000, 7, quantity="rental_price"))


def test_priors_are_values():
    one, other = llmcost.LogNormal(p5=2, p95=4.0), llmcost.LogNormal(p5=np.float64(2), p95=np.int64(4))
    assert one == other
    assert hash(one) == hash(other)
    assert one != llmcost.LogNormal(p5=2, p95=5)
    with pytest.raises(AttributeError):
        one.p5 = 3


@pytest.mark.parametrize(
    ("prior", "text"),
    [
        (llmcost.LogNormal(p5=2, p95=4, unit="USD/chip/hour", about="x" * 500), "LogNormal(p5=2, p95=4, unit='USD/chip/hour')"),
        (llmcost.between(0.3, 0.4), "between(low=0.3, high=0.4)"),
        (llmcost.Normal(1.4e13, 1e12, truncate=(0, None)), "Normal(mean=1.4e13, sd=1e12, truncate=(0, None))"),
        (llmcost.Quantiles({5: 1, 95: 2}), "Quantiles(quantiles={0.05: 1, 0.95: 2})"),
        (llmcost.Mixture([(0.5, 0), (0.5, llmcost.Fixed(1))]), "Mixture(parts=((0.5, 0), (0.5, Fixed(value=1))))"),
        (llmcost.Empirical(np.linspace(0, 1, 1000), unit="hour"), "Empirical(1,000 values from 0 to 1, unit='hour')"),
    ],
)
def test_a_prior_is_shown_in_one_short_line(prior, text):
    assert repr(prior) == text


def test_arrays_of_any_kind_are_priors():
    pandas = pytest.importorskip("pandas")
    values = np.linspace(0.3, 0.4, 50)
    arrays = [
        values,
        values.astype(np.float32),
        pandas.Series(values),
        llmcost.Empirical(values),
        llmcost.Empirical(list(values)),
    ]
    medians = [llmcost.read("llama-3.1-405b", sets={"mfu": each}).inputs["mfu"].distribution.quantile(0.5) for each in arrays]
    assert medians == pytest.approx([medians[0]] * len(arrays), rel=1e-6)
    assert llmcost.read("gpt-4", sets={"chips": np.array(20_000)}).inputs["chips"].distribution.is_constant


def test_a_large_array_costs_little():
    values = np.random.default_rng(1).lognormal(0, 0.1, 100_000)
    profile = cProfile.Profile()
    with profile:
        result = llmcost.run({"extends": "llama-3.1-405b", "basis": "rented", "rental_price": values}, draws=1000)
    calls = {entry.code.co_name: entry.callcount for entry in profile.getstats() if not isinstance(entry.code, str)}
    assert calls["node_of_mapping"] == 1
    assert max(calls.values()) < 50_000  # no number is parsed by itself
    assert result.quantile(0.5, "rental_price") == pytest.approx(np.median(values), rel=0.02)
    assert set(result.samples("rental_price")) <= set(values)


def test_quantiles_of_a_prior_may_be_several():
    prior = llmcost.LogNormal(p5=2, p95=8)
    assert prior.quantile([0.05, "50%", 95]).tolist() == [prior.quantile(p) for p in (0.05, 0.5, 0.95)]
    assert prior.quantile(np.array([0.5])).shape == (1,)
    assert isinstance(prior.quantile(np.array(0.5)), float)
    assert llmcost.Fixed(3).quantile((0.1, 0.9)).tolist() == [3, 3]


def test_the_expected_value_is_that_of_the_draws():
    for prior, mean in ((llmcost.LogNormal(mean=3, sd=1), 3), (llmcost.Uniform(2, 6), 4), (llmcost.Normal(p5=-1, p95=5), 2)):
        assert prior.expected_value() == pytest.approx(mean, rel=1e-5)
    data = llmcost.Empirical([1.0, 2.0, 6.0])
    assert data.expected_value() == pytest.approx(3, rel=1e-3)
    price = llmcost.between(2, 4, unit="USD/kWh")
    assert price.expected_value(quantity="electricity_price") == pytest.approx(price.sample(100_000).mean(), rel=1e-2)
    assert llmcost.Normal(p5=-1, p95=5).mean is None
    with pytest.raises(
        llmcost.UnsupportedError, match=r"fewer than 0.1% of the draws .* determine its mean; use quantile\(0.5\)"
    ):
        llmcost.LogNormal(median=1, sigma=8).expected_value()
    assert llmcost.LogNormal(median=1, sigma=4).expected_value() == pytest.approx(np.exp(8), rel=1e-4)


def test_a_prior_is_described_in_one_line():
    assert llmcost.between(2, 8, unit="USD/chip/hour").describe() == "4 (95% interval: 2 to 8) USD/chip/hour"
    assert llmcost.Fixed(25_000).describe() == "25000"
    assert llmcost.between(1e-7, 2e-7).describe() == "1.414e-7 (95% interval: 1e-7 to 2e-7)"
    assert llmcost.between(20, 40, unit="day").describe(quantity="run_duration").endswith("(95% interval: 480 to 960) hour")
