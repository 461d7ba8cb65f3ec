"""The run: bit-equal whatever the threads, a prefix whatever the draws, right where the answer is known, never silent."""

import dataclasses
import math
import tracemalloc
from statistics import NormalDist

import numpy as np
import pytest

from simulator.core.errors import NonFiniteResultError
from simulator.core.units import Kwh, Ratio, Usd, UsdPerKwh
from simulator.engine import blocks
from simulator.engine import simulate as module
from simulator.engine.accumulators import Accumulator, Share
from simulator.engine.blocks import BlockSimulator
from simulator.engine.histogram import Histogram
from simulator.engine.sampling.streams import BLOCK
from simulator.engine.simulate import point_estimate, simulate
from simulator.engine.summaries import summarize, summarize_share
from simulator.io.summary import budget_of
from simulator.scenario import TOTAL, InvalidInputError, read

PRODUCT = """
lines: [energy_cost]
energy: {lognormal: {median: 1000, sigma: 0.3}, unit: kWh}
electricity_price: {lognormal: {median: 0.08, sigma: 0.4}, unit: USD/kWh}
deflator: 1
"""
SUM = """
lines: [chip_cost, server_cost, network_cost]
chip_cost: {normal: {mean: 1000, sd: 90}}
server_cost: {normal: {mean: 700, sd: 40}}
network_cost: 300
"""
MIXED = """
extends: llama-3.1-405b
lines: [compute, staff_cost]
duration: 8 to 14 month
staff:
  team: {people: 30, fte: 0.5 to 0.9, salary: sf-ml-2024, on_cost: us-2024, equity: sf-ml-2024}
budget: 70e6
dependence: [{between: [mfu, chip_price], rank: 0.4}]
experiments_factor: 1.4 to 1.6
levers: [hyperparameter-transfer]
"""


def same(a, b):
    """Whether two accumulators (or numbers) are equal to the last bit."""
    if isinstance(a, Accumulator | Histogram | Share):
        return all(same(getattr(a, field.name), getattr(b, field.name)) for field in dataclasses.fields(a) if field.compare)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return np.array_equal(a, b)


def assert_same(a, b):
    assert a.draws == b.draws
    assert a.within_budget == b.within_budget
    assert a.achieved_ranks == b.achieved_ranks
    assert a.accumulators.keys() == b.accumulators.keys()
    for name in a.accumulators:
        assert same(a.accumulators[name], b.accumulators[name]), name
    for line in a.shares:
        assert same(a.shares[line], b.shares[line]), line
    assert same(a.overrun, b.overrun)
    for name in a.retained_draws:
        np.testing.assert_array_equal(a.retained_draws[name], b.retained_draws[name])


# --- random draws has an address
# ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["random", "sobol", "lhs"])
def test_result_does_not_depend_on_threads(method, read_scenario):
    scenario = read_scenario(MIXED)
    one, two, seven = (
        simulate(scenario, 5 * BLOCK + 1001, seed=5, method=method, threads=threads, keep=[TOTAL]) for threads in (1, 2, 7)
    )
    assert isinstance(one.accumulators[TOTAL], Accumulator)
    assert_same(one, two)
    assert_same(one, seven)


@pytest.mark.parametrize("method", ["random", "sobol"])
@pytest.mark.parametrize("fewer", [1, 1000, BLOCK, BLOCK + 7])
def test_fewer_draws_are_the_first_of_more(method, fewer, read_scenario):
    scenario = read_scenario(MIXED)
    keep = scenario.plan.names
    short, long = (
        simulate(scenario, draws, seed=5, method=method, keep=keep).retained_draws for draws in (fewer, 2 * BLOCK + 10)
    )
    for name in keep:
        count = len(short[name])
        assert count == fewer or (method == "sobol" and fewer < count)  # Sobol points are balanced in powers of two
        np.testing.assert_array_equal(short[name], long[name][:count])


@pytest.mark.parametrize("method", ["random", "sobol", "lhs"])
@pytest.mark.parametrize("keep", [(), ("mfu",), (TOTAL, "energy_cost")])
def test_a_lean_block_has_the_values_of_a_full_one(method, keep, read_scenario):
    run = BlockSimulator(read_scenario(MIXED), 2 * BLOCK, 5, method, keep, None, ())
    full, lean = run.simulate_block(1), run.simulate_block(1, lean=True)
    assert {TOTAL, *keep} <= lean.keys() < full.keys()
    for name, values in lean.items():
        assert np.array_equal(values, full[name]), name


def test_same_run_twice_is_the_same_to_the_last_bit(read_scenario):
    first, second = (simulate(read_scenario(MIXED), 10_000, seed=5, keep=[TOTAL]) for _ in range(2))
    assert_same(first, second)


def test_other_seed_gives_other_draws(read_scenario):
    first, second = (simulate(read_scenario(MIXED), 1000, seed=seed, keep=[TOTAL, "mfu"]).retained_draws for seed in (5, 6))
    for name in first:
        assert not np.intersect1d(first[name], second[name]).size


MORE = {
    "a prior more": "carbon_price: 20 to 80 USD/tCO2e\nlines: [compute, staff_cost, carbon_cost]\n",
    "a line less": "lines: [compute]\nstaff: {}\n",
    "a role more": "staff:\n  lead: {people: 2, fte: 0.5 to 1, salary: sf-ml-leads-2024, on_cost: us-2024, equity: 0}\n",
    "a number in place of a prior": "pue: 1.1\n",
    "another distribution of one prior": "pue: 1.05 to 1.3\n",
    "a lever more": "shocks: [electricity-high]\n",
    "an adjustment more": "adjustments: {x: {about: a, effects: [{on: pue, multiply: 1 to 1.2}]}}\n",
    "more outcomes": "outcomes: [interruptions, peak_power]\nchip_time_between_interruptions: h100-2025\n",
    "rented in place of owned": "basis: rented\n",
    "another pair correlated": "dependence: [inherited, {between: [goodput, electricity_price], rank: 0.5}]\n",
}


@pytest.mark.parametrize("method", ["random", "sobol", "lhs"])
@pytest.mark.parametrize("change", MORE)
def test_change_elsewhere_changes_no_draw_of_the_others(change, method, tmp_path):
    (tmp_path / "base.yaml").write_text(MIXED)
    (tmp_path / "mine.yaml").write_text("extends: base.yaml\n" + MORE[change])
    base, mine = read(str(tmp_path / "base.yaml")), read(str(tmp_path / "mine.yaml"))
    draws = [simulate(each, 3000, seed=5, method=method, keep=each.plan.inputs).retained_draws for each in (base, mine)]
    # A rank correlation comes after the random draws: what is correlated otherwise takes other values, and so does what is
    # changed itself.
    touched = {"pue", "mfu"} if "rented" in change else {"pue"}
    touched |= {"goodput", "electricity_price"} if "correlated" in change else set()
    common = [name for name in base.plan.inputs if name in draws[1] and name not in touched]
    assert len([name for name in common if not base.inputs[name].distribution.is_constant]) >= 5
    for name in common:
        np.testing.assert_array_equal(draws[0][name], draws[1][name], err_msg=name)


def test_two_scenarios_under_one_seed_share_the_draws_of_common_priors(read_scenario):
    names = ("gpt-3", "gpt-4")
    keep = ["experiments_factor", "server_factor", "pue"]
    first, second = (simulate(read(name), 2000, seed=5, keep=keep).retained_draws for name in names)
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])


def test_comparison_is_paired(read_scenario):
    # The difference of two scenarios that share their random numbers is known far better than either.
    first, second = (
        simulate(read_scenario(PRODUCT, sets=[f"deflator={d}"]), 5000, keep=[TOTAL]).retained_draws[TOTAL] for d in (1, 1.1)
    )
    assert np.std(second - first) < 0.11 * np.std(first)


# --- known answers ----------------------------------------------------------------------------------------------------------


def product_quantile(p, sigma=0.5):  # 0.3 and 0.4 at a right angle
    return 80 * math.exp(sigma * NormalDist().inv_cdf(p))


def sum_quantile(p):
    return NormalDist(2000, math.hypot(90, 40)).inv_cdf(p)


@pytest.mark.parametrize("method", ["random", "sobol", "lhs"])
@pytest.mark.parametrize(
    ("text", "quantile", "mean", "sd"),
    [
        (PRODUCT, product_quantile, 80 * math.exp(0.125), 80 * math.exp(0.125) * math.sqrt(math.exp(0.25) - 1)),
        (SUM, sum_quantile, 2000.0, math.hypot(90, 40)),
    ],
    ids=["product of lognormals", "sum of normals"],
)
def test_total_has_the_known_distribution(text, quantile, mean, sd, method, read_scenario):
    draws = 200_000
    figures = summarize(simulate(read_scenario(text), draws, seed=11, method=method).accumulators[TOTAL])
    assert abs(figures.mean - mean) < 5 * sd / math.sqrt(draws)
    assert figures.sd == pytest.approx(sd, rel=0.02)
    if method == "random":
        assert figures.mean_error == pytest.approx(sd / math.sqrt(draws), rel=0.02)
    for percent, value in figures.quantiles.items():
        assert abs(value - quantile(percent / 100)) < 5 * random_error(quantile, percent / 100, draws), percent
    for value, error, p in (
        (figures.median, figures.median_error, 0.5),
        (figures.low, figures.low_error, 0.025),
        (figures.high, figures.high_error, 0.975),
    ):
        assert abs(value - quantile(p)) < 5 * random_error(quantile, p, draws)
        if method == "random":
            assert error == pytest.approx(random_error(quantile, p, draws), rel=0.35)


def random_error(quantile, p, draws):
    """The standard error of a quantile of independent draws: that of its rank, over the density."""
    return (quantile(p + 0.005) - quantile(p - 0.005)) / 0.01 * math.sqrt(p * (1 - p) / draws)


@pytest.mark.parametrize(("rank", "sigma"), [(0.6, None), (-0.6, None), (1, 0.7), (-1, 0.1)])
def test_dependence_widens_and_narrows_the_product_as_known(rank, sigma, read_scenario):
    correlate = f"dependence: [{{between: [energy, electricity_price], rank: {rank}}}]\n"
    result = simulate(read_scenario(PRODUCT + correlate), 200_000, seed=11)
    rho = 2 * math.sin(math.pi * rank / 6)
    expected_sigma = sigma or math.sqrt(0.09 + 0.16 + 2 * rho * 0.12)
    figures = summarize(result.accumulators[TOTAL])
    assert abs(figures.high - product_quantile(0.975, expected_sigma)) < 5 * figures.high_error
    assert abs(figures.low - product_quantile(0.025, expected_sigma)) < 5 * figures.low_error
    (achieved,) = result.achieved_ranks.values()
    assert abs(achieved - rank) < 5 / math.sqrt(BLOCK)
    assert abs(achieved) <= 1


@pytest.mark.parametrize("method", ["sobol", "lhs"])
def test_even_points_find_the_mean_sooner_than_random_ones(method, read_scenario):
    scenario, mean = read_scenario(PRODUCT), 80 * math.exp(0.125)

    def error(how):
        means = [simulate(scenario, 4096, seed, how).accumulators[TOTAL].mean for seed in range(40)]
        return math.sqrt(np.mean(np.square(np.array(means) - mean)))

    assert error(method) < error("random") / 3


def test_shares_add_up_to_one(read_scenario):
    result = simulate(read_scenario(MIXED), 50_000, seed=5, keep=[TOTAL, *read_scenario(MIXED).lines])
    assert sum(summarize_share(share).mean for share in result.shares.values()) == pytest.approx(1, rel=1e-12)
    for line, share in result.shares.items():
        assert share.mean == pytest.approx(np.mean(result.retained_draws[line] / result.retained_draws[TOTAL]), rel=1e-12)
        assert 0 < summarize_share(share).low <= summarize_share(share).high < 1


def test_total_is_the_sum_of_its_lines_draw_by_draw(read_scenario):
    result = simulate(read_scenario(MIXED), 1000, keep=[TOTAL, *read_scenario(MIXED).lines])
    np.testing.assert_allclose(
        result.retained_draws[TOTAL], sum(result.retained_draws[line] for line in result.scenario.lines), rtol=1e-12
    )


def test_accumulators_agree_with_the_draws_kept(read_scenario):
    scenario = read_scenario(MIXED)
    result = simulate(scenario, BLOCK + 500, keep=scenario.plan.names)
    for name, accumulator in result.accumulators.items():
        if isinstance(accumulator, float):
            assert set(result.retained_draws[name]) == {accumulator}
            continue
        assert len(result.retained_draws[name]) == BLOCK + 500
        # Inputs and intermediates are watched in the first blocks alone, what the headline rests on in all.
        assert (
            accumulator.count == BLOCK + 500
            if scenario.role(name) in ("total", "line", "outcome")
            else accumulator.count >= BLOCK
        )
        draws = result.retained_draws[name][: accumulator.count]
        assert accumulator.mean == pytest.approx(draws.mean(), rel=1e-10)
        assert accumulator.sd == pytest.approx(draws.std(ddof=1), rel=1e-8)
        assert (accumulator.low, accumulator.high) == (draws.min(), draws.max())
        np.testing.assert_allclose(
            accumulator.quantiles(np.array([0.05, 0.5, 0.95])), np.quantile(draws, [0.05, 0.5, 0.95]), rtol=4e-3
        )


def test_budget_agrees_with_the_draws_kept(read_scenario):
    scenario = read_scenario(MIXED)
    result = simulate(scenario, BLOCK + 500, keep=[TOTAL])
    assessment, total = budget_of(result), result.retained_draws[TOTAL]
    assert assessment.amount == scenario.budget == 70e6
    assert 0.05 < assessment.probability_within < 0.95
    assert assessment.probability_within == np.mean(total <= scenario.budget)
    assert assessment.expected_overrun == pytest.approx(np.mean(np.maximum(total - scenario.budget, 0)), rel=1e-10)
    assert assessment.p80 == pytest.approx(np.quantile(total, 0.8), rel=4e-3)
    assert assessment.contingency_to_p80 == pytest.approx(assessment.p80 - result.point, rel=1e-12)
    assert assessment.cvar_95 == pytest.approx(np.mean(np.sort(total)[-round(0.05 * len(total)) :]), rel=1e-3)


@pytest.mark.parametrize(("budget", "within", "overrun"), [("2001", 1.0, 0.0), ("1999", 0.0, 1.0), ("2000", 1.0, 0.0)])
def test_budget_of_a_known_total(budget, within, overrun, read_scenario):
    text = "lines: [chip_cost, server_cost]\nchip_cost: 1200\nserver_cost: 800\n"
    result = simulate(read_scenario(text, budget=budget), 1000)
    assert result.accumulators[TOTAL] == 2000.0
    assessment = budget_of(result)
    assert (assessment.probability_within, assessment.expected_overrun) == (within, overrun)
    assert {line: share.mean for line, share in result.shares.items()} == {"chip_cost": 0.6, "server_cost": 0.4}


# --- point estimate, precision, memory --------------------------------------------------------------------------------------


def test_point_estimate_is_the_total_with_every_prior_at_its_median(read_scenario):
    assert point_estimate(read_scenario(PRODUCT)) == pytest.approx(80, rel=1e-12)
    assert point_estimate(read_scenario(SUM)) == pytest.approx(2000, rel=1e-9)
    assert simulate(read_scenario(PRODUCT), 100).point == pytest.approx(80, rel=1e-12)


def test_point_estimate_given_by_the_scenario_wins(read_scenario):
    assert simulate(read_scenario(PRODUCT + "point: 95 USD\n"), 100).point == 95


@pytest.mark.parametrize("method", ["random", "sobol"])
def test_precision_goes_on_until_it_is_reached_and_says_so(method, read_scenario):
    scenario = read_scenario(PRODUCT)
    result = simulate(scenario, 1000, method=method, precision=0.004)
    figures = summarize(result.accumulators[TOTAL])
    for value, error in ((figures.median, figures.median_error), (figures.low, figures.low_error)):
        assert error / value <= 0.004
    assert figures.high_error / figures.high <= 0.004
    assert result.draws % BLOCK == 0
    assert result.draws > BLOCK or method == "sobol"
    assert result.notes[-1].text == f"precision 0.40% reached, with {result.draws:,} draws"
    assert_same(result, simulate(scenario, result.draws, method=method))


def test_precision_that_the_limit_stops_says_so(read_scenario, monkeypatch):
    monkeypatch.setattr(module, "_PRECISION_LIMIT", 2 * BLOCK)
    result = simulate(read_scenario(PRODUCT), 1000, precision=1e-6)
    assert result.draws == 2 * BLOCK
    assert "precision 0.00% not reached" in result.notes[0].text
    assert "at the maximum number of draws" in result.notes[0].text


def test_memory_does_not_grow_with_the_draws(read_scenario):
    def peak(blocks):
        tracemalloc.start()
        simulate(scenario, blocks * BLOCK, threads=2)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    scenario = read_scenario(MIXED)
    peak(1)
    few, many = peak(6), peak(20)
    assert many < 1.3 * few
    assert many < 300e6


def test_progress_is_told_block_by_block(read_scenario):
    calls = []
    simulate(read_scenario(PRODUCT), 3 * BLOCK + 5, threads=2, progress=lambda done, of: calls.append((done, of)))
    assert calls == [(min(i * BLOCK, 3 * BLOCK + 5), 3 * BLOCK + 5) for i in range(1, 5)]


def test_interrupt_ends_the_run_with_what_is_count_and_says_so(read_scenario):
    def interrupt(done, of):
        if done >= 2 * BLOCK:
            raise KeyboardInterrupt

    result = simulate(read_scenario(PRODUCT), 50 * BLOCK, threads=2, keep=[TOTAL], progress=interrupt)
    assert result.partial
    assert [note.text for note in result.notes] == [f"partial: interrupted after {2 * BLOCK:,} of {50 * BLOCK:,} draws"]
    assert_same(result, simulate(read_scenario(PRODUCT), 2 * BLOCK, keep=[TOTAL]))


def test_interrupt_before_anything_is_count_is_an_interrupt(read_scenario, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(blocks, "evaluate", interrupt)
    with pytest.raises(KeyboardInterrupt):
        simulate(read_scenario(PRODUCT + "point: 5\n"), 50 * BLOCK, threads=2)


# --- never silent -----------------------------------------------------------------------------------------------------------


def spoiled(value):
    """An energy cost that is not a finite number where energy is somewhat above its median: validation evaluates
    only bounds and medians.
    """

    def energy_cost(energy: Kwh, electricity_price: UsdPerKwh, deflator: Ratio) -> Usd:
        """Bill."""
        return np.where((energy > 1000.001) & (energy < 1100), value, energy * electricity_price)

    return energy_cost


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_number_that_is_not_finite_is_named(value, threads, read_scenario):
    scenario = read_scenario(PRODUCT, formulas=[spoiled(value)])
    with pytest.raises(
        NonFiniteResultError, match=rf"^energy_cost: \d+ of {BLOCK} draws are not finite numbers; look at the priors"
    ):
        simulate(scenario, 3 * BLOCK, threads=threads)


def test_division_by_nothing_is_named(read_scenario):
    run = "extends: training-run\nchip: nvidia-h100-sxm\ntotal_parameters: 70e9\ntraining_tokens: 1e12\nchips: 1000\nmfu: 0\n"
    with pytest.raises(InvalidInputError, match="mfu: is zero at its median, so that useful_chip_hours is not a finite number"):
        read_scenario(run)


def test_number_too_large_is_named(read_scenario):
    with pytest.raises(
        InvalidInputError, match=r"electricity_price: is 1e\+300 at its median, so that energy_cost is not a finite number"
    ):
        read_scenario(PRODUCT, sets=["energy=1e300 kWh", "electricity_price=1e300 USD/kWh"])


@pytest.mark.parametrize("median", ["1e308", "1e200"])
@pytest.mark.parametrize("threads", [1, 2])
def test_number_that_cannot_be_summed_is_named(median, threads, read_scenario):
    wide = f"energy={{lognormal: {{median: {median}, sigma: 0.1}}, unit: kWh}}"
    with pytest.raises(
        (NonFiniteResultError, InvalidInputError),
        match=r"^energy: |^energy_cost: |^total_cost: | energy_cost is not a finite number",
    ):
        simulate(read_scenario(PRODUCT, sets=[wide, "electricity_price=1 USD/kWh"]), 2 * BLOCK, threads=threads)


def test_negative_cost_is_noted(read_scenario):
    result = simulate(
        read_scenario(PRODUCT + "adjustments: {credit: {about: a, effects: [{on: energy_cost, add: -80}]}}\n"), 1000
    )
    assert "negative in some draws: energy_cost, total_cost" in [note.text for note in result.notes]
    assert simulate(read_scenario(PRODUCT), 1000).notes == []


def test_share_in_a_total_of_nothing_is_nothing(read_scenario):
    result = simulate(read_scenario("lines: [chip_cost, server_cost]\nchip_cost: 0\nserver_cost: 0\n"), 100)
    assert {line: share.mean for line, share in result.shares.items()} == {"chip_cost": 0.0, "server_cost": 0.0}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"draws": 0}, "draws must be 1 to 10,000,000,000, not 0"),
        ({"draws": -5}, "draws must be 1"),
        ({"draws": 10**11}, "draws must be 1"),
        ({"method": "halton"}, "no method 'halton'; there are random, sobol, lhs"),
        ({"method": "lhs", "precision": 0.01}, "a Latin hypercube depends on its number of draws"),
    ],
)
def test_run_that_cannot_be_is_refused(options, expected, read_scenario):
    with pytest.raises(ValueError, match=expected):
        simulate(read_scenario(PRODUCT), **options)


def test_one_draw_is_a_run(read_scenario):
    result = simulate(read_scenario(PRODUCT), 1, keep=[TOTAL])
    assert result.accumulators[TOTAL].mean == result.retained_draws[TOTAL][0]
    assert summarize(result.accumulators[TOTAL]).sd == 0


def test_only_what_was_asked_for_is_kept(read_scenario):
    assert simulate(read_scenario(PRODUCT), 100).retained_draws == {}
    assert set(simulate(read_scenario(PRODUCT), 100, keep=["energy", "deflator"]).retained_draws) == {"energy", "deflator"}


def test_precision_can_be_asked_of_other_quantities(read_scenario):
    scenario = read_scenario(PRODUCT)
    name = next(name for name, each in scenario.inputs.items() if not each.distribution.is_constant)
    result = simulate(scenario, 1000, precision=0.005, precision_of=[name])
    figures = summarize(result.accumulators[name])
    assert (
        max(figures.median_error / figures.median, figures.low_error / figures.low, figures.high_error / figures.high) <= 0.005
    )
    assert result.accumulators[name].count == result.draws
    assert f"of {name} reached" in " ".join(map(str, result.notes))
    with pytest.raises(ValueError, match="is not part of this scenario"):
        simulate(scenario, 1000, precision=0.01, precision_of=["tdp"])
