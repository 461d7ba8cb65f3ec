"""What drives the spread: every measure against its closed form, with errors that hold, and the same in every format."""

import csv
import io
import json
import math
from statistics import NormalDist

import numpy as np
import pytest
from click.testing import CliRunner

import simulator
from simulator.analysis.sensitivity import (
    Bins,
    as_csv,
    as_json,
    drivers,
    drivers_of_saved,
    evpi,
    evppi,
    first_order,
    knowing,
    perfect,
    rank_correlation_of,
    research_next,
    sobol,
    sobol_indices,
    sobol_of,
    study,
    tail_share,
    tornado,
)
from simulator.cli.commands.sensitivity import command
from simulator.distributions import probability
from simulator.io.netcdf import open_tree
from simulator.io.save import save
from simulator.io.to_json import json_text
from simulator.scenario import TOTAL

NORMAL = NormalDist()
PHI, DENSITY = NORMAL.cdf, NORMAL.pdf
Z80, Z95, Z975 = (NORMAL.inv_cdf(p) for p in (0.8, 0.95, 0.975))
DRAWS = 65_536


def draws_of(columns, seed=0, draws=DRAWS):
    return np.random.default_rng(seed).standard_normal((columns, draws))


def near(estimate, known, *, bias=0.002, errors=4.0):
    assert abs(estimate.value - known) < errors * estimate.error + bias, (estimate, known)


# --- sums of normals: shares, tail and value of knowing have plain closed forms -------------------------------------------

SDS = (3.0, 2.0, 1.0, 0.0)
WHOLE = math.sqrt(sum(sd**2 for sd in SDS))


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
    known = knowing(z[which], total)
    # A normal with less spread: quantiles shrink towards the mean, and all that is proportional to the spread shrinks alike.
    near(known.contingency, shrink)
    near(known.interval, shrink)
    near(known.loss, shrink)
    near(known.fall, Z80 * WHOLE * shrink, bias=0.01)
    near(known.worth, WHOLE * DENSITY(Z80) / 0.2 * shrink, bias=0.01)


def test_perfect_information_is_the_upper_bound():
    z = draws_of(3)
    total = 50 + np.array(SDS[:3]) @ z
    everything = perfect(total)
    near(everything.fall, Z80 * WHOLE)
    near(everything.worth, WHOLE * DENSITY(Z80) / 0.2)
    itself = knowing(total, total)
    near(itself.loss, 1, bias=0.01)
    near(itself.contingency, 1, bias=0.01)
    near(itself.interval, 1, bias=0.01)
    assert all(knowing(x, total).worth.value < everything.worth.value for x in z)


@pytest.mark.parametrize(("level", "interval"), [(0.5, 0.5), (0.9, 0.9), (0.3, 0.95)])
def test_other_levels_and_intervals(level, interval):
    z = draws_of(2)
    total = 100 + 4 * z[0] + 3 * z[1]
    known = knowing(z[0], total, level, interval)
    at = NORMAL.inv_cdf(level)
    near(known.fall, at * (5 - 3), bias=0.01)
    near(known.interval, 0.4)
    near(known.worth, DENSITY(at) / (1 - level) * (5 - 3), bias=0.01)


# --- products of lognormals: what money looks like ------------------------------------------------------------------------

SIGMAS = np.array([0.5, 0.35, 0.2])
SIGMA = math.sqrt(float((SIGMAS**2).sum()))


def excess(sigma, level=0.8):
    """Mean above the quantile of a lognormal of median one, over its mean."""
    return math.exp(sigma**2 / 2) * (PHI(sigma - NORMAL.inv_cdf(level)) / (1 - level) - 1)


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
    known = knowing(x, total)

    def quantile_when_known(z_of_p):
        return math.exp(one / 2 + z_of_p * math.sqrt(rest))

    now = math.exp(Z80 * SIGMA)
    near(known.fall, now - quantile_when_known(Z80), bias=0.004)
    near(known.contingency, (now - quantile_when_known(Z80)) / (now - mean), bias=0.008)
    width = math.exp(Z975 * SIGMA) - math.exp(-Z975 * SIGMA)
    near(known.interval, 1 - (quantile_when_known(Z975) - quantile_when_known(-Z975)) / width, bias=0.006)
    near(known.worth, excess(SIGMA) - math.exp(one / 2) * excess(math.sqrt(rest)), bias=0.004)
    near(perfect(total).worth, excess(SIGMA))


def test_sobol_of_a_product_of_lognormals():
    names = [f"x{n}" for n in range(3)]
    found = sobol(lambda z: np.exp(sum(s * z[n] for s, n in zip(SIGMAS, names, strict=True))), {n: (n,) for n in names})
    for name, one in zip(names, SIGMAS**2, strict=True):
        near(found[name].first, math.expm1(one) / math.expm1(SIGMA**2))
        near(found[name].total, 1 - math.expm1(SIGMA**2 - one) / math.expm1(SIGMA**2))


# --- dependent inputs -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tie", [-0.8, -0.3, 0.5, 0.9])
def test_shares_of_correlated_normals(tie):
    first, other = draws_of(2, seed=2)
    second = tie * first + math.sqrt(1 - tie**2) * other
    total = 2 * first + second
    variance = 4 + 1 + 4 * tie
    for x, covariance in ((first, 2 + tie), (second, 1 + 2 * tie)):
        share = covariance**2 / variance
        near(first_order(x, total), share)
        near(knowing(x, total).loss, 1 - math.sqrt(1 - share))


def test_an_input_that_is_only_tied_to_what_matters_tells_of_it():
    first, other = draws_of(2, seed=3)
    bystander = 0.6 * first + 0.8 * other
    near(first_order(bystander, first + 10), 0.36)
    near(tail_share(bystander, first + 10), 0.36)


# --- Ishigami -------------------------------------------------------------------------------------------------------------

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
        return ishigami(*(np.pi * (2 * probability(z[n]) - 1) for n in ("1", "2", "3")))

    found = sobol(function, {n: (n,) for n in ("1", "2", "3")}, points=65_536)
    x = np.random.default_rng(4).uniform(-np.pi, np.pi, (3, DRAWS))
    for n in (1, 2, 3):
        near(found[str(n)].first, FIRST[n], bias=0.001)
        near(found[str(n)].total, ALL[n], bias=0.001)
        assert found[str(n)].total.error < 0.01
        near(first_order(x[n - 1], ishigami(*x)), FIRST[n])


def test_the_same_points_give_what_scipy_gives():
    from scipy.stats import sobol_indices as oracle

    rng = np.random.default_rng(5)
    size = 4096
    a, b = rng.uniform(-np.pi, np.pi, (2, 3, size))
    mixed = {str(n): ishigami(*np.where(np.arange(3)[:, None] == n, b, a)) for n in range(3)}
    ours = sobol_indices(ishigami(*a), ishigami(*b), mixed)
    given = {"f_A": ishigami(*a)[None], "f_B": ishigami(*b)[None], "f_AB": np.stack(list(mixed.values()))[:, None]}
    theirs = oracle(func=given, n=size)
    np.testing.assert_allclose([pair.first.value for pair in ours.values()], theirs.first_order.ravel(), rtol=1e-10)
    np.testing.assert_allclose([pair.total.value for pair in ours.values()], theirs.total_order.ravel(), rtol=1e-10)


def test_sobol_agrees_with_scipy_on_its_own_points():
    from scipy.stats import norm
    from scipy.stats import sobol_indices as oracle

    def model(x):
        return np.exp(0.4 * x[0]) * (2 + x[1]) + x[2]

    theirs = oracle(func=model, n=32_768, dists=[norm(), norm(), norm()], rng=np.random.default_rng(6))
    ours = sobol(lambda z: model([z["a"], z["b"], z["c"]]), {n: (n,) for n in "abc"})
    for n, pair in enumerate(ours.values()):
        near(pair.first, theirs.first_order[n], bias=0.005)
        near(pair.total, theirs.total_order[n], bias=0.005)


def test_a_factor_of_several_streams_is_one():
    found = sobol(lambda z: z["a"] + 2 * z["b"] + 2 * z["c"], {"a": ("a",), "both": ("b", "c")})
    near(found["a"].first, 1 / 9)
    near(found["both"].total, 8 / 9)


# --- errors hold ----------------------------------------------------------------------------------------------------------


def test_errors_are_the_spread_of_repeated_runs():
    def once(seed):
        z = draws_of(3, seed, 4000)
        total = np.exp(0.4 * z[0] + 0.3 * z[1]) + 0.2 * z[1]
        known = knowing(z[0], total)
        nothing = knowing(z[2], total)
        return [
            rank_correlation_of(z[0], total), first_order(z[0], total), first_order(z[2], total), tail_share(z[0], total),
            tail_share(z[2], total), known.contingency, known.fall, known.interval, known.loss, known.worth,
            nothing.loss, nothing.interval, nothing.fall, perfect(total).fall, perfect(total).worth,
        ]  # fmt: skip

    runs = np.array([[(e.value, e.error) for e in once(seed)] for seed in range(200)])
    spread, said = runs[:, :, 0].std(axis=0, ddof=1), runs[:, :, 1].mean(axis=0)
    # The spread of 200 runs is known to 5 %. Where an input does nothing, errors of its quantiles are on the safe side.
    assert (said > 0.8 * spread).all()
    assert (said < 1.25 * spread)[:11].all()
    assert (said < 1.6 * spread).all()


def test_what_does_nothing_shows_as_nothing_in_the_mean():
    runs = []
    for seed in range(200):
        z = draws_of(2, 1000 + seed, 4000)
        total = np.exp(0.7 * z[0])
        known = knowing(z[1], total)
        figures = (first_order(z[1], total), tail_share(z[1], total), known.fall, known.loss, known.worth)
        runs.append([figure.value for figure in figures])
    values = np.array(runs)
    error = values.std(axis=0, ddof=1) / math.sqrt(len(runs))
    scale = np.array([1, 1, math.exp(0.7 * Z80), 1, excess(0.7)])
    assert (np.abs(values.mean(axis=0)) < 4 * error + 0.0005 * scale).all()


def test_errors_of_sobol_indices_are_the_spread_of_repeated_runs():
    def function(z):
        return np.exp(0.5 * z["a"]) * (3 + z["b"])

    runs = np.array([
        [(e.value, e.error) for pair in sobol(function, {"a": ("a",), "b": ("b",)}, 2048, seed).values() for e in pair]
        for seed in range(100)
    ])  # fmt: skip
    spread, said = runs[:, :, 0].std(axis=0, ddof=1), np.sqrt(np.mean(runs[:, :, 1] ** 2, axis=0))
    np.testing.assert_allclose(said, spread, rtol=0.35)


# --- decisions between actions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mean", [-2.0, -0.5, 0.0, 1.0])
def test_a_decision_between_two_actions(mean):
    """Go on or stop: worth nothing or a normal net benefit; the unit normal loss of Raiffa and Schlaifer 1961."""
    z = draws_of(3, seed=7)
    benefit = mean + 1.5 * z[0] + 0.8 * z[1]
    payoffs = np.stack([np.zeros(DRAWS), benefit], axis=1)

    def worth(sd):
        return sd * DENSITY(mean / sd) + mean * PHI(mean / sd) - max(0.0, mean)

    near(evppi(z[0], payoffs), worth(1.5), bias=0.004)
    near(evppi(z[1], payoffs), worth(0.8), bias=0.004)
    near(evppi(z[2], payoffs), 0, bias=0.004)
    near(evpi(payoffs), worth(math.hypot(1.5, 0.8)), bias=0.001)


def test_knowing_a_coin_before_a_bet():
    coin = np.random.default_rng(8).integers(0, 2, DRAWS).astype(float)
    payoffs = np.stack([np.full(DRAWS, 1.0), np.where(coin == 1, 6.0, -6.0)], axis=1)
    near(evppi(coin, payoffs), 0.5 * 6 + 0.5 * 1 - 1)  # heads: take the bet; tails: keep the one


# --- whatever the inputs look like ----------------------------------------------------------------------------------------


def test_an_input_of_few_values():
    rng = np.random.default_rng(9)
    happens = (rng.random(DRAWS) < 0.05).astype(float)
    total = 30 + 10 * happens + rng.standard_normal(DRAWS)
    share = 100 * 0.05 * 0.95 / (100 * 0.05 * 0.95 + 1)
    near(first_order(happens, total), share)
    near(knowing(happens, total).worth, perfect(total).worth.value - DENSITY(Z80) / 0.2, bias=0.01)


def test_a_constant_tells_nothing():
    (total,) = draws_of(1)
    constant = np.full(DRAWS, 3.0)
    assert first_order(constant, total).value == pytest.approx(0, abs=1e-9)
    assert rank_correlation_of(constant, total).value == 0
    assert knowing(constant, total).fall.value == pytest.approx(0, abs=1e-3)


def test_measures_do_not_depend_on_the_scale_of_an_input_and_follow_the_money():
    z = draws_of(2, seed=10, draws=20_000)
    total = np.exp(z[0]) + z[1]
    here, there = study({"x": z[0]}, total)["x"], study({"x": -7 + 3 * np.exp(z[0])}, 1e6 * total)["x"]
    for a, b in ((here.rank, there.rank), (here.first, there.first), (here.tail, there.tail)):
        assert a == pytest.approx(b, rel=1e-6)
    assert here.knowing.loss == pytest.approx(there.knowing.loss, rel=1e-6)
    assert 1e6 * here.knowing.worth.value == pytest.approx(there.knowing.worth.value, rel=1e-6)


def test_bins_hold_equal_values_together_and_every_draw_once():
    x = np.repeat([1.0, 2.0, 3.0, 4.0], [7000, 10, 2000, 990])
    bins = Bins(x)
    assert bins.sizes.sum() == 10_000
    assert all(len(set(bins.code[x == value])) == 1 for value in (1.0, 2.0, 3.0, 4.0))


@pytest.mark.parametrize(
    ("inputs", "total", "said"),
    [
        ({"x": np.arange(10.0)}, np.arange(10.0), "10 draws are too few"),
        ({"x": np.arange(2000.0)}, np.full(2000, 5.0), "the same in every draw"),
    ],
)
def test_draws_that_tell_nothing_are_refused(inputs, total, said):
    with pytest.raises(ValueError, match=said):
        study(inputs, total)


def test_an_interval_beyond_the_draws_is_refused():
    x = draws_of(1, draws=2000)[0]
    with pytest.raises(ValueError, match="tell too little of so wide an interval"):
        knowing(x, x, interval=0.999)


# --- scenarios ------------------------------------------------------------------------------------------------------------

SUM = """lines: [chip_cost, energy_cost, staff_cost]
outcomes: []
money: 2026 USD
chip_cost: {normal: {mean: 100, sd: 12}, sources: [{title: A}]}
energy_cost: {normal: {mean: 60, sd: 9}, sure: D, about: An assumption}
staff_cost: 500
"""
TIED = SUM + "dependence: [{between: [chip_cost, energy_cost], rank: 0.6}]\n"
Z90 = NORMAL.inv_cdf(0.9)


@pytest.fixture
def made(tmp_path):
    """Read a scenario from text."""

    def read(text):
        (tmp_path / "plan.yaml").write_text(text)
        return simulator.read(str(tmp_path / "plan.yaml"))

    return read


def test_a_tornado_of_a_sum(made):
    swings = tornado(made(SUM), 20_000)
    assert list(swings) == ["chip_cost", "energy_cost"]
    for name, mean, sd, other in (("chip_cost", 100, 12, 60), ("energy_cost", 60, 9, 100)):
        swing = swings[name]
        assert swing.input == pytest.approx((mean - Z90 * sd, mean + Z90 * sd), rel=1e-6)
        assert swing.at_medians == pytest.approx((mean - Z90 * sd + other + 500, mean + Z90 * sd + other + 500), rel=1e-6)
        # Under one luck the difference of the two sides is the input's own, and nothing else.
        assert swing.mean[1] - swing.mean[0] == pytest.approx(2 * Z90 * sd, rel=1e-6)
        assert swing.median[1] - swing.median[0] == pytest.approx(2 * Z90 * sd, rel=1e-6)
        assert swing.mean.error < 1e-6
        assert swing.conditional is None  # nothing is correlated with it


def test_with_others_free_a_skewed_whole_lies_above_the_whole_of_medians():
    swing = tornado(simulator.read("gpt-4"), 20_000)["run_duration"]
    for side in (0, 1):
        assert swing.mean[side] > swing.median[side] > swing.at_medians[side]


def test_what_is_tied_to_an_input_moves_with_it(made):
    scenario = made(TIED)
    swing = tornado(scenario, 100_000)["chip_cost"]
    tie = 2 * math.sin(math.pi * 0.6 / 6)
    along = 12 + tie * 9
    # Known to be there it tells of the other too; set there it does not.
    assert swing.conditional.width == pytest.approx(2 * Z90 * along, rel=0.01)
    assert swing.mean.width == pytest.approx(2 * Z90 * 12, rel=1e-6)
    assert swing.width == swing.median.width == pytest.approx(2 * Z90 * 12, rel=1e-6)
    assert swing.at_medians[1] - swing.at_medians[0] == pytest.approx(2 * Z90 * 12, rel=1e-6)
    found = drivers(scenario, 65_536)
    variance = 144 + 81 + 2 * tie * 12 * 9
    by_name = {driver.name: driver for driver in found.drivers}
    near(by_name["chip_cost"].first, along**2 / variance)
    near(by_name["energy_cost"].first, (9 + tie * 12) ** 2 / variance)
    # Sobol's indices need independence, so the two have them only together.
    assert by_name["chip_cost"].sobol is None
    assert list(found.groups) == ["chip_cost + energy_cost"]
    near(found.groups["chip_cost + energy_cost"].total, 1)
    assert "for independent inputs" in found.notes[0]


CORRELATED = """
extends: training-run
chip: nvidia-h100-sxm
basis: rented
chip_hours_from: cluster
rental_price: 2 to 3
chips: {lognormal: {p10: 600, p90: 3500}}
run_duration: 20 to 90 day
total_parameters: 70e9
training_tokens: 2e12
dependence: [{between: [chips, run_duration], rank: -0.7}, {between: [rental_price, run_duration], rank: 0.3}]
"""


@pytest.mark.parametrize("name", ["chips", "run_duration", "rental_price"])
def test_a_swing_is_between_the_totals_of_two_runs_with_the_input_set(name, made, tmp_path):
    scenario = made(CORRELATED)
    swing = tornado(scenario, 20_000, seed=3)[name]
    ends = [scenario.inputs[name].law.quantile(p) for p in (0.1, 0.9)]
    assert swing.input == pytest.approx(ends, rel=1e-12)
    runs = [
        simulator.run(
            simulator.read(str(tmp_path / "plan.yaml"), sets=[f"{name}={end:.17g}"]), 20_000, seed=3, keep=(TOTAL,)
        ).kept[TOTAL]
        for end in ends
    ]
    # The same draws, so the same figures but for the last digits.
    assert swing.median[:2] == pytest.approx([np.median(run) for run in runs], rel=1e-12)
    assert swing.mean[:2] == pytest.approx([run.mean() for run in runs], rel=1e-12)


def test_a_conditional_swing_is_that_of_draws_near_the_quantile(made):
    scenario = made(CORRELATED)
    swing = tornado(scenario, 65_536)["run_duration"]
    drawn = simulator.run(scenario, 400_000, seed=8, keep=(TOTAL, "run_duration")).kept
    for value, median in zip(swing.input, swing.conditional[:2], strict=True):
        near_it = np.abs(drawn["run_duration"] / value - 1) < 0.01
        total = drawn[TOTAL][near_it]
        assert median == pytest.approx(np.median(total), abs=5 * 1.2533 * total.std() / math.sqrt(near_it.sum()))
    assert swing.conditional.width < 0 < swing.width  # longer runs have fewer chips here


def test_a_swing_of_a_column_of_joint_draws_leaves_the_others(tmp_path):
    (tmp_path / "s.yaml").write_text(
        "extends: training-run\nchip: nvidia-h100-sxm\nbasis: rented\nrental_price: 2\nchips: 512\ntotal_parameters: 70e9\n"
        "training_tokens: 2e12\nmfu: posterior/utilisation\ngoodput: posterior/utilisation\n"
    )
    swing = tornado(simulator.read(str(tmp_path / "s.yaml")), 20_000)["mfu"]
    sets = [f"mfu={swing.input[0]:.17g}"]
    run = simulator.run(simulator.read(str(tmp_path / "s.yaml"), sets=sets), 20_000, keep=(TOTAL,)).kept[TOTAL]
    assert swing.median.low == pytest.approx(np.median(run), rel=1e-12)
    assert swing.conditional is None


def test_an_input_beside_a_tied_pair_keeps_its_indices(made):
    text = TIED.replace("staff_cost: 500", "staff_cost: {normal: {mean: 500, sd: 20}}")
    found = sobol_of(made(text))
    tie = 2 * math.sin(math.pi * 0.6 / 6)
    variance = 144 + 81 + 2 * tie * 12 * 9
    assert set(found) == {"staff_cost", "chip_cost + energy_cost"}
    near(found["staff_cost"].first, 400 / (400 + variance))
    near(found["chip_cost + energy_cost"].first, variance / (400 + variance))


def test_a_built_in_scenario_agrees_with_itself():
    found = drivers(simulator.read("gpt-4"), 65_536)
    assert [driver.name for driver in found.drivers[:3]] == ["run_duration", "chip_price", "experiments_factor"]
    names = [driver.name for driver in found.drivers]
    assert "grid_intensity" not in names  # it leads to emissions and not to the total
    assert "chip_hours" not in names
    for driver in found.drivers:
        gap = math.hypot(driver.first.error, driver.sobol.first.error)
        assert abs(driver.first.value - driver.sobol.first.value) < 4.5 * gap + 0.003
        assert driver.sobol.total.value > driver.sobol.first.value - 4 * driver.sobol.first.error
        assert driver.knowing.worth.value < found.perfect.worth.value
        assert np.sign(driver.swing.width) == np.sign(driver.rank.value) or abs(driver.rank.value) < 0.02
    run = simulator.run(simulator.read("gpt-4"), 65_536)
    assert found.quantile == pytest.approx(run.tallies[TOTAL].quantile(0.8), rel=1e-3)
    near(found.perfect.worth, run.tallies[TOTAL].mean_above(0.8) - run.tallies[TOTAL].mean, bias=1e5)
    assert "Research next: run duration;" in research_next(found)


def test_a_run_under_way_has_what_its_draws_tell(made):
    found = drivers(made(SUM + "progress: {share_done: 0.5, spent: 320 USD, tolerance: 0.1}\n"), 20_000)
    assert found.drivers[0].first is not None
    assert found.drivers[0].swing is None
    assert found.drivers[0].sobol is None
    assert "under way" in found.notes[0]


def test_a_scenario_without_priors_is_refused(made):
    with pytest.raises(ValueError, match="known number"):
        drivers(made("lines: [staff_cost]\noutcomes: []\nstaff_cost: 500\n"))


def test_a_saved_run_tells_the_same(tmp_path, made):
    scenario = made(TIED)
    result = simulator.run(scenario, 20_000, seed=3, keep=scenario.plan.names)
    save(result, tmp_path / "run.nc")
    saved = drivers_of_saved(open_tree(tmp_path / "run.nc"))
    fresh = drivers(scenario, 20_000, seed=3, measures=("draws",))
    assert [d.name for d in saved.drivers] == [d.name for d in fresh.drivers]
    for a, b in zip(saved.drivers, fresh.drivers, strict=True):
        assert (a.rank, a.first, a.tail, a.knowing, a.unit, a.grade) == (b.rank, b.first, b.tail, b.knowing, b.unit, b.grade)
    assert saved.perfect == fresh.perfect


def test_the_same_run_gives_the_same_bytes(made):
    scenario = made(TIED)
    first, second = (json_text(as_json(drivers(scenario, 5000, seed=9))) for _ in range(2))
    assert first == second


# --- the command ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def call(tmp_path, made):
    """Run the command on a scenario from text."""

    def run(text, *options):
        made(text)
        return CliRunner().invoke(command, [str(tmp_path / "plan.yaml"), "--draws", "5000", *options])

    return run


def test_json_csv_and_table_tell_the_same(call, made):
    said = json.loads(call(SUM, "--format", "json").output)
    rows = list(csv.DictReader(io.StringIO(call(SUM, "--format", "csv").output)))
    assert [row["name"] for row in rows] == [row["name"] for row in said["drivers"]] == ["chip_cost", "energy_cost"]
    for row, driver in zip(rows, said["drivers"], strict=True):
        assert float(row["share_of_variance_value"]) == driver["share_of_variance"]["value"]
        assert float(row["if_known_worth_mcse"]) == driver["if_known"]["worth"]["mcse"]
        assert float(row["swing_median_p90"]) == driver["swing"]["median"]["p90"]
        assert float(row["sobol_total_low"]) == driver["sobol"]["total"]["low"]
    found = drivers(made(SUM), 5000)
    assert said.pop("warnings") == []
    assert said == json.loads(json_text(as_json(found)))
    assert as_csv(found).replace("\r\n", "\n") == call(SUM, "--format", "csv").output.replace("\r\n", "\n")
    table = call(SUM).output
    assert table.startswith("Research next: chip cost; to know it would lower the P80 by ")
    shown = next(line.split() for line in table.splitlines() if line.strip().startswith("chip cost"))
    assert shown[5:7] == [f"{found.drivers[0].first.value:.0%}", f"{found.drivers[0].sobol.total.value:.0%}"]


@pytest.mark.parametrize(
    ("method", "shown", "absent"),
    [
        ("draws", ["of P95", "worth"], ["swing", "with others"]),
        ("swing", ["others at medians", "mean, it set"], ["worth", "Research next"]),
        ("sobol", ["first", "total"], ["worth", "swing"]),
    ],
)
def test_a_method_shows_its_own_columns(call, method, shown, absent):
    done = call(SUM, "--method", method)
    assert done.exit_code == 0
    assert all(word in done.output for word in shown)
    assert not any(word in done.output for word in absent)
    parts = json.loads(call(SUM, "--method", method, "--format", "json").output)["drivers"][0]
    assert {key for key in ("if_known", "swing", "sobol") if parts[key] is not None} == {
        {"draws": "if_known"}.get(method, method)
    }


def test_top_leaves_the_rest_to_a_note(call):
    output = call(SUM, "--top", "1").output
    assert "energy cost" not in output.split("Research next")[1].split("\n", 1)[1]
    assert "1 inputs more" in output


def test_what_idle_money_costs_scales_the_worth(call):
    worth = [
        json.loads(call(SUM, "--format", "json", "--idle-cost", cost).output)["drivers"][0]["if_known"]["worth"]["value"]
        for cost in ("5%", "20%")
    ]
    assert worth[1] == pytest.approx(4 * worth[0])


def test_an_assumption_is_called_one(call):
    text = SUM.replace("sd: 9", "sd: 15")
    assert "Research next: energy cost, an assumption today;" in call(text).output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--interval", "99.99"), "tell too little of so wide an interval"),
        (("--draws", "10"), "must be a whole number from 1,000"),
        (("--method", "magic"), "magic"),
        (("-o", "x.pdf"), "no format '.pdf'"),
    ],
)
def test_options_that_do_not_fit_are_refused(call, options, said):
    done = call(SUM, *options)
    assert done.exit_code == 2
    assert said in done.output


def test_a_saved_run_is_asked_as_it_is(tmp_path, made):
    scenario = made(SUM)
    save(simulator.run(scenario, 2000, keep=scenario.plan.names), tmp_path / "run.nc")
    path, run = str(tmp_path / "run.nc"), CliRunner()
    assert "of a saved run" in run.invoke(command, [path]).output
    assert run.invoke(command, [path, "-o", str(tmp_path / "out.csv")]).output == ""
    assert (tmp_path / "out.csv").read_text().startswith("name,unit,")
    for options in (["--seed", "4"], ["--set", "chip_cost=5"], ["--method", "sobol"]):
        done = run.invoke(command, [path, *options])
        assert (done.exit_code, "saved run" in done.output) == (2, True)
    gone = run.invoke(command, [str(tmp_path / "gone.nc")])
    assert (gone.exit_code, "is no netCDF file" in gone.output) == (2, True)
