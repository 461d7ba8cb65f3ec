"""Stress: shocks by hand, sweeps and densities in closed form, a planted box that is found, draws weighed as if drawn anew."""

import csv
import io
import json
import math
from statistics import NormalDist

import numpy as np
import pytest
import scipy.stats
from click.testing import CliRunner

import simulator
from simulator import distributions as laws
from simulator.analysis import stress
from simulator.analysis.stress import Unable
from simulator.cli.commands.stress import command
from simulator.core.errors import Rejected
from simulator.scenario import TOTAL

N = NormalDist()
DRAWS = 50_000
HEAD = "outcomes: []\nmoney: 2026 USD\n"
KNOWN = HEAD + "lines: [chip_cost, staff_cost]\nchip_cost: 1000\nstaff_cost: 500\n"
ONE = HEAD + "lines: [chip_cost]\nchip_cost: {lognormal: {median: 1000, sigma: 0.5}}\n"
TWO = (
    HEAD
    + "lines: [chip_cost, energy_cost]\n"
    + "chip_cost: {lognormal: {median: 1000, sigma: 0.5}}\nenergy_cost: {lognormal: {median: 400, sigma: 0.3}}\n"
)
TIED = TWO + "dependence: [{between: [chip_cost, energy_cost], rank: 0.8}]\n"
UNDER_WAY = ONE + "progress: {share_done: 0.5, spent: 500 USD}\n"
RENTED = {"basis": "rented", "sets": ["lines=[rental_cost]"]}


@pytest.fixture
def path(tmp_path):
    """Write a scenario, and return where it is."""

    def write(text, name="plan"):
        (tmp_path / f"{name}.yaml").write_text(text)
        return str(tmp_path / f"{name}.yaml")

    return write


def near(found, known, error, times=5.0):
    """Whether a figure lies within some Monte Carlo errors of what is known."""
    return abs(found - known) < times * error + 1e-9 * abs(known)


# --- shocks -----------------------------------------------------------------------------------------------------------------


def test_a_shock_on_known_numbers_is_worked_by_hand(path):
    found = stress.stress(path(KNOWN), ["staff-pay-3-times"], draws=100, budget="2000")
    (world,) = found["worlds"]
    assert found["base"]["median"] == 1500
    assert found["base"]["within_budget"] == {"value": 1.0, "error": 0.0}
    assert world["median"] == world["quantiles"]["80"] == 2500
    assert world["within_budget"]["value"] == 0
    assert world["change"] == {
        "mean": 1000, "median": 1000, "value": 1000, "mcse": 0, "share": pytest.approx(2 / 3), "moves": True,
    }  # fmt: skip


def test_changes_are_paired_draw_by_draw(path):
    """A cut of 44 % changes a total that is all rent by 44 %, whatever the luck; unpaired it would be off by its error."""
    found = stress.stress("llama-3.1-405b", ["price-cut-2025"], **RENTED, draws=2000)
    assert found["worlds"][0]["change"]["share"] == pytest.approx(-0.44, rel=1e-12)
    assert found["worlds"][0]["change"]["mcse"] < 0.5 * math.hypot(found["base"]["mcse"]["mean"], 0)


def test_shocks_are_told_alone_and_together_and_together_multiply():
    found = stress.stress("llama-3.1-405b", ["price-cut-2025", "capacity-block-rise-2026"], **RENTED, draws=2000)
    names = [world["name"] for world in found["worlds"]]
    assert names == ["price-cut-2025", "capacity-block-rise-2026", "price-cut-2025+capacity-block-rise-2026"]
    both = found["worlds"][2]
    assert both["change"]["share"] == pytest.approx(0.56 * 1.15 - 1, rel=1e-12)
    assert both["alone_added_up"] == pytest.approx((-0.44 + 0.15) * found["base"]["mean"], rel=1e-9)


def test_a_combination_brings_its_members_and_is_told_once():
    pair = ("price-cut-2025", "capacity-block-rise-2026")
    alone = stress.stress("llama-3.1-405b", (), [pair], **RENTED, draws=500)
    named = stress.stress("llama-3.1-405b", pair, [pair[::-1]], **RENTED, draws=500)
    assert [len(world["shocks"]) for world in alone["worlds"]] == [1, 1, 2]
    assert [len(world["shocks"]) for world in named["worlds"]] == [1, 1, 2]


def test_without_names_every_shock_is_tried_and_the_others_say_why_not():
    found = stress.stress("gpt-4", draws=1000)
    moved = [world["change"]["mean"] for world in found["worlds"]]
    assert moved == sorted(moved, reverse=True)
    from simulator.scenario import library

    told = {world["name"] for world in found["worlds"]} | {row["name"] for row in found["refused"]}
    assert told == set(library.names("shocks"))
    reasons = {row["name"]: row["reason"] for row in found["refused"]}
    assert "basis: rented" in reasons["price-cut-2025"]


def test_a_named_shock_that_acts_on_nothing_is_refused():
    with pytest.raises(Rejected, match="acts on rental_price, which takes no part here"):
        stress.stress("gpt-4", ["price-cut-2025"], draws=100)
    with pytest.raises(Rejected, match="no shock 'price-cut-2052'; did you mean"):
        stress.stress("gpt-4", ["price-cut-2052"], draws=100)


def test_a_shock_of_the_scenario_itself_is_not_let_happen_twice(path):
    text = KNOWN + "shocks: [staff-pay-3-times]\n"
    with pytest.raises(Unable, match="part of the scenario already"):
        stress.stress(path(text), ["staff-pay-3-times"], draws=100)
    refused = {row["name"]: row["reason"] for row in stress.stress(path(text), draws=100)["refused"]}
    assert "already" in refused["staff-pay-3-times"]


@pytest.mark.parametrize("together", [("staff-pay-3-times",), ("staff-pay-3-times", "staff-pay-3-times")])
def test_a_combination_needs_two_different_shocks(path, together):
    with pytest.raises(Unable, match="two shocks or more, each once"):
        stress.stress(path(KNOWN), (), [together], draws=100)


def test_a_run_under_way_has_no_pairs(path):
    with pytest.raises(Unable, match="under way"):
        stress.stress(path(UNDER_WAY), draws=1000)
    with pytest.raises(Unable, match="under way"):
        stress.sweep(simulator.read(path(UNDER_WAY)), 1000)


# --- sweep ------------------------------------------------------------------------------------------------------------------


def test_a_sweep_holds_one_prior_and_leaves_the_others_free(path):
    found = stress.sweep(simulator.read(path(TWO)), DRAWS)
    chip, energy = found["priors"]
    assert (chip["name"], energy["name"]) == ("chip_cost", "energy_cost")  # the wider one first
    for row, median, sigma, other, other_sigma in ((chip, 1000, 0.5, 400, 0.3), (energy, 400, 0.3, 1000, 0.5)):
        for point, z in zip(row["points"], (-1.6448536, 1.6448536), strict=True):
            held = median * math.exp(z * sigma)
            assert point["value"] == pytest.approx(held, rel=1e-6)
            assert near(point["median"], held + other, point["mcse"]["median"])
            high = held + other * math.exp(1.959964 * other_sigma)
            assert near(point["high"], high, point["mcse"]["high"])
            change = held - median * math.exp(sigma**2 / 2)
            assert near(point["change"]["mean"], change, point["change"]["mcse"])


def test_a_sweep_says_what_is_tied(path):
    assert all(row["tied"] for row in stress.sweep(simulator.read(path(TIED)), 1000)["priors"])
    assert not any(row["tied"] for row in stress.sweep(simulator.read(path(TWO)), 1000)["priors"])


# --- reverse ----------------------------------------------------------------------------------------------------------------


def test_surprise_is_in_closed_form_where_one_input_decides():
    """Given x > its quantile p, the cumulative shares differ most at p itself, by p; and given x below, by 1 - p."""
    x = np.random.default_rng(1).normal(size=DRAWS)
    for p in (0.3, 0.9):
        cut = np.quantile(x, p)
        assert stress.surprise(x, x > cut) == (pytest.approx(p, abs=1e-3), 1)
        assert stress.surprise(x, x <= cut) == (pytest.approx(1 - p, abs=1e-3), -1)


def test_surprise_is_scipys_distance_between_the_samples():
    rng = np.random.default_rng(2)
    x = rng.integers(0, 6, 4000).astype(float)  # many equal values
    such = rng.random(4000) < 0.1 + 0.1 * x
    assert stress.surprise(x, such)[0] == pytest.approx(scipy.stats.ks_2samp(x[such], x).statistic, abs=1e-12)


def test_luck_passes_for_surprise_once_in_a_thousand_inputs():
    rng = np.random.default_rng(3)
    such = rng.random(4000) < 0.2
    passed = sum(stress.surprise(rng.random(4000), such)[0] > stress.luck(such) for _ in range(3000))
    assert passed < 3000 * 0.001 + 5 * math.sqrt(3000 * 0.001)


def planted(rng, sides, density=0.9, outside=0.05, count=40_000, inputs=8):
    """Independent inputs, and draws that are chosen more often in a box of their ranks; return what PRIM should find."""
    u = {f"x{number}": rng.random(count) for number in range(inputs)}
    inside = np.logical_and.reduce([(u[name] > low) & (u[name] < high) for name, (low, high) in sides.items()])
    such = rng.random(count) < np.where(inside, density, outside)
    mass = math.prod(high - low for low, high in sides.values())
    return u, such, mass * density / (mass * density + (1 - mass) * outside)


@pytest.mark.parametrize(
    "sides",
    [
        {"x3": (0.8, 1)},
        {"x1": (0, 0.3)},
        {"x0": (0.7, 1), "x5": (0, 0.4)},
        {"x2": (0.3, 0.7), "x4": (0.5, 1)},
        {"x0": (0.5, 1), "x3": (0.5, 1), "x6": (0, 0.5)},
    ],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_planted_box_is_found(sides, seed):
    inputs, such, coverage = planted(np.random.default_rng(seed), sides)
    box = stress.box_of(inputs, such)
    found = {(bound["name"], bound["above"]): bound["value"] for bound in box["bounds"]}
    wanted = {(name, True): low for name, (low, _) in sides.items() if low > 0}
    wanted |= {(name, False): high for name, (_, high) in sides.items() if high < 1}
    assert found.keys() == wanted.keys()
    for key, value in wanted.items():
        assert found[key] == pytest.approx(value, abs=0.03)  # a peel is 5 % of what is left
    assert box["density"]["value"] == pytest.approx(0.9, abs=0.05)
    assert box["coverage"]["value"] == pytest.approx(coverage, abs=0.06)
    for bound in box["bounds"]:
        share = 1 - bound["value"] if bound["above"] else bound["value"]
        assert bound["share"] == pytest.approx(share, abs=0.01)


def test_the_box_is_counted_on_draws_that_had_no_part_in_finding_it():
    """With few draws a box fits the luck of its own half; the other half must tell the truth in the mean."""
    excess, told, errors = [], [], []
    for seed in range(60):
        inputs, such, _ = planted(np.random.default_rng(100 + seed), {"x0": (0.7, 1)}, 0.5, 0.1, count=1500, inputs=15)
        box = stress.box_of(inputs, such)
        if box is None:
            continue
        u = inputs
        inside = np.logical_and.reduce(
            [u[b["name"]] >= b["value"] if b["above"] else u[b["name"]] <= b["value"] for b in box["bounds"]]
        )
        truth = np.where(u["x0"] > 0.7, 0.5, 0.1)[inside].mean()
        told.append(box["density"]["value"] - truth)
        excess.append(box["found_on"]["density"]["value"] - truth)
        errors.append(box["density"]["error"])
    standard = np.sqrt(np.mean(np.square(errors)) / len(told))
    assert abs(np.mean(told)) < 4 * standard
    assert np.mean(excess) > np.mean(told)


def test_only_the_order_of_values_matters_to_a_box():
    inputs, such, _ = planted(np.random.default_rng(5), {"x0": (0.7, 1), "x5": (0, 0.4)})
    box = stress.box_of(inputs, such)
    other = stress.box_of({name: np.exp(5 * x) for name, x in inputs.items()}, such)
    assert other["density"] == box["density"]
    assert other["coverage"] == box["coverage"]
    for one, two in zip(box["bounds"], other["bounds"], strict=True):
        assert two["value"] == pytest.approx(math.exp(5 * one["value"]))


def test_a_box_takes_equal_values_together():
    rng = np.random.default_rng(6)
    chip = rng.choice([1.0, 2.0, 3.0], 20_000, p=[0.5, 0.3, 0.2])
    such = rng.random(20_000) < np.where(chip == 3, 0.8, 0.05)
    box = stress.box_of({"chip": chip, "other": rng.random(20_000)}, such)
    assert [(b["name"], b["above"], b["value"]) for b in box["bounds"]] == [("chip", True, 3.0)]
    assert box["density"]["value"] == pytest.approx(0.8, abs=0.04)


def test_there_is_no_box_where_nothing_has_to_do_with_it():
    rng = np.random.default_rng(7)
    inputs = {f"x{number}": rng.random(20_000) for number in range(5)}
    assert stress.box_of(inputs, rng.random(20_000) < 0.1) is None


def test_a_box_names_three_inputs_at_most():
    rng = np.random.default_rng(8)
    inputs = {f"x{number}": rng.normal(size=40_000) for number in range(6)}
    box = stress.box_of(inputs, sum(inputs.values()) > 3)
    assert len({bound["name"] for bound in box["bounds"]}) <= 3
    assert all(bound["above"] for bound in box["bounds"])


def test_reverse_finds_the_one_input_behind_a_total(path):
    limit = 1000 * math.exp(0.5 * N.inv_cdf(0.9))
    found = stress.reverse(simulator.read(path(ONE)), f"total_cost > {limit}", DRAWS)
    assert near(found["chance"]["value"], 0.1, found["chance"]["error"])
    (row,) = found["inputs"]
    assert row["surprise"] == pytest.approx(0.9, abs=0.005)
    assert row["higher"]
    # Of a normal above its quantile 0.9 the median is its quantile 0.95.
    assert row["then"]["median"] == pytest.approx(1000 * math.exp(0.5 * N.inv_cdf(0.95)), rel=0.01)
    assert row["then"]["low"] >= limit
    assert found["box"]["bounds"][0]["value"] == pytest.approx(limit, rel=0.05)
    assert found["sentence"].startswith("chip cost above 1,")


def test_the_sentence_is_the_box_in_words():
    box = {
        "bounds": [
            {"name": "experiments_factor", "above": True, "value": 3.1, "share": 0.2},
            {"name": "mfu", "above": False, "value": 0.31, "share": 0.35},
        ],
        "coverage": {"value": 0.71, "error": 0.01},
        "density": {"value": 0.64, "error": 0.01},
        "usual": 0.14,
    }
    assert stress.sentence(box, {"experiments_factor": "1", "mfu": "1"}) == (
        "experiments factor above 3.10 (top 20%) and utilisation (MFU) below 0.310 (lowest 35%): 71% of such worlds lie here, "
        "where 64% of worlds are such (14% of all worlds are)"
    )
    box["bounds"] = [
        {"name": "mfu", "above": True, "value": 0.2, "share": 0.9},
        {"name": "mfu", "above": False, "value": 0.31, "share": 0.35},
    ]
    assert stress.sentence(box, {"mfu": "1"}).startswith("utilisation (MFU) between 0.200 and 0.310 (25% of worlds): ")


def test_rare_worlds_are_drawn_until_there_are_enough(path):
    limit = 1000 * math.exp(0.5 * N.inv_cdf(0.995))
    found = stress.reverse(simulator.read(path(ONE)), f"total_cost > {limit}", 20_000)
    assert found["such"] >= stress.ENOUGH_SUCH
    assert found["draws"] > 20_000
    assert near(found["chance"]["value"], 0.005, found["chance"]["error"])


def test_worlds_that_are_too_rare_are_refused_with_their_chance(path):
    scenario = simulator.read(path(ONE))
    limit = 1000 * math.exp(0.5 * N.inv_cdf(1 - 5e-5))
    with pytest.raises(Unable, match=r"in \d\d of 1,000,000 draws \(a chance of 0\.00\d+% \+-0\.000"):
        stress.reverse(scenario, f"total_cost > {limit}", 10_000)
    with pytest.raises(Unable, match=r"holds in 0 of 1,000,000 draws \(a chance below 0\.00030%\)"):
        stress.reverse(scenario, "total_cost > 1e9", 10_000)
    with pytest.raises(Unable, match="turn the condition round"):
        stress.reverse(scenario, "total_cost > 1", 10_000)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("total_cost", "is no condition; write one such as"),
        ("1 < total_cost < 2", "is no condition"),
        ("total_cots > 5", "did you mean 'total_cost'"),
        ("total_cost > 5 hour", "hour cannot become USD"),
        ("total_cost > 5 to 6", "must be one number"),
        ("total_cost > much", "is no number"),
        ("emissions > 5", "name it among the `outcomes`"),
    ],
)
def test_a_bad_condition_says_what_is_wrong(path, text, said):
    with pytest.raises(Unable, match=said):
        stress.reverse(simulator.read(path(ONE)), text, 1000)


def test_a_condition_reads_units_and_both_sides():
    scenario = simulator.read("gpt-4")
    assert stress.condition("wall_clock<60 day", scenario)[:3] == ("wall_clock", False, 1440.0)
    assert stress.condition(" pue > 1.2 ", scenario)[:3] == ("pue", True, 1.2)


def test_gpt_4_over_200_million_is_named_by_its_large_inputs():
    found = stress.reverse(simulator.read("gpt-4"), "total_cost > 200e6", 50_000)
    assert {row["name"] for row in found["inputs"][:3]} == {"run_duration", "chip_price", "experiments_factor"}
    assert 2 <= len({bound["name"] for bound in found["box"]["bounds"]}) <= 3
    assert found["box"]["density"]["value"] > 2.5 * found["box"]["usual"]


# --- doubt ------------------------------------------------------------------------------------------------------------------

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
    np.testing.assert_allclose(stress.log_density(law, x), known.logpdf(x), atol=2e-3)


def test_the_density_of_a_mixture_is_the_sum_of_its_parts():
    law = laws.Mixture((laws.Normal(0, 1), laws.Normal(3, 0.5)), (0.3, 0.7))
    x = np.linspace(-2, 5, 50)
    known = 0.3 * S.norm.pdf(x) + 0.7 * S.norm.pdf(x, 3, 0.5)
    np.testing.assert_allclose(np.exp(stress.log_density(law, x)), known, rtol=1e-4)


@pytest.mark.parametrize(
    "law", [laws.Constant(1), laws.Empirical((1.0, 2.0)), laws.Mixture((laws.Constant(0), laws.Normal(5, 1)), (0.2, 0.8))]
)
def test_what_stands_on_single_values_has_no_density(law):
    with pytest.raises(Unable, match="has weight on single values"):
        stress.log_density(law, np.ones(3))


@pytest.mark.parametrize("shift", [0.3, -0.8, 1.2])
def test_a_shifted_normal_is_the_analytic_tilt(shift):
    """N(m, 1) over N(0, 1) is exp(m x - m^2 / 2), and of n draws n exp(-m^2) count (Kong 1992)."""
    x = np.random.default_rng(11).normal(size=200_000)
    made = stress.reweight({"x": x}, {"x": (laws.Normal(0, 1), laws.Normal(shift, 1))})
    exact = np.exp(shift * x - shift**2 / 2)
    np.testing.assert_allclose(made.weights, exact / exact.mean(), rtol=1e-4)
    assert made.effective == pytest.approx(200_000 * math.exp(-(shift**2)), rel=0.05)
    told = stress.weighted_figures(x, made.weights, 0.9)
    for key, known in (("mean", shift), ("median", shift), ("low", shift - 1.644854), ("high", shift + 1.644854)):
        assert near(told[key], known, told["mcse"][key])
    assert told["sd"] == pytest.approx(1, abs=0.03)


def test_errors_of_weighted_figures_are_the_spread_of_repeated_runs():
    rng = np.random.default_rng(12)
    told, errors = [], []
    for _ in range(200):
        x = rng.normal(size=4000)
        made = stress.reweight({"x": x}, {"x": (laws.Normal(0, 1), laws.Normal(0.7, 0.9))})
        found = stress.weighted_figures(x, made.weights)
        told.append([found[key] for key in ("mean", "median", "low", "high")])
        errors.append([found["mcse"][key] for key in ("mean", "median", "low", "high")])
    ratio = np.mean(errors, axis=0) / np.std(told, axis=0, ddof=1)
    assert (ratio > 0.75).all()
    assert (ratio < 1.3).all()


def test_equal_weights_change_nothing():
    x = np.random.default_rng(13).normal(size=5001)
    told = stress.weighted_figures(x, np.full(5001, 3.0))
    assert told["mean"] == pytest.approx(x.mean())
    assert told["sd"] == pytest.approx(x.std())
    np.testing.assert_allclose(stress.weighted_quantiles(x, np.ones(5001), [0.1, 0.5]), np.quantile(x, [0.1, 0.5]), atol=2e-3)
    assert told["mcse"]["mean"] == pytest.approx(x.std() / math.sqrt(5001))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (laws.Normal(0, 1), laws.Normal(5, 1), "draws would count in effect"),
        (laws.LogNormal(1, 0.3), laws.LogNormal(1, 0.9), "in effect|hardly ever"),  # weights of infinite variance
        (laws.Uniform(0, 1), laws.Uniform(0.2, 1.1), r"goes from 0.200 to 1.10, and the old one only from 0 to 1.00"),
        (laws.LogNormal(1, 0.3), laws.Normal(1, 0.3), "goes without end, and the old one only from 0 up"),
        (laws.Uniform(0.3, 0.5), laws.LogitNormal(0.4, 0.2), "goes from 0 to 1.00"),
        (laws.Normal(0, 1), laws.Constant(0.0), "has weight on single values"),
        (laws.Empirical((0.0, 1.0)), laws.Uniform(0.2, 0.8), "has weight on single values"),
    ],
)
def test_what_the_draws_cannot_tell_is_refused(old, new, said):
    values = np.asarray(old.at(np.random.default_rng(14).normal(size=20_000)))
    with pytest.raises(Unable, match=said):
        stress.reweight({"x": values}, {"x": (old, new)})


def test_few_draws_are_refused_even_where_most_of_them_count():
    x = np.random.default_rng(15).normal(size=520)
    with pytest.raises(Unable, match="and 500 are needed"):
        stress.reweight({"x": x}, {"x": (laws.Normal(0, 1), laws.Normal(0.4, 1))})


@pytest.mark.parametrize("text", ["experiments_factor=2 to 4", "pue=1.1 to 1.3", "chip_price=9000 to 20000 USD/chip"])
def test_a_doubted_prior_gives_what_a_run_with_the_new_one_gives(text):
    base, other = simulator.read("gpt-4"), simulator.read("gpt-4", sets=[text])
    (row,) = stress.doubt(base, {text: other}, 100_000)
    anew = simulator.run(other, 100_000, seed=1).tallies
    for name in (TOTAL, "chip_cost", "energy_cost"):
        told = row["quantities"][name]["then"]
        p = {"median": 0.5, "low": 0.025, "high": 0.975}
        for key, at in p.items():
            error = math.hypot(told["mcse"][key], anew[name].quantile_errors(np.array([at]))[0])
            assert near(told[key], anew[name].quantile(at), error, 4.5)
        assert near(told["mean"], anew[name].mean, math.hypot(told["mcse"]["mean"], anew[name].mean_error), 4.5)


def test_several_doubts_are_told_alone_and_together():
    texts = ["experiments_factor=2 to 4", "pue=1.1 to 1.3"]
    base, others = simulator.read("gpt-4"), {text: simulator.read("gpt-4", sets=[text]) for text in texts}
    rows = stress.doubt(base, others, 100_000)
    assert [row["name"] for row in rows] == [*texts, "together"]
    assert rows[2]["effective"] < min(rows[0]["effective"], rows[1]["effective"])
    told = rows[2]["quantities"][TOTAL]["then"]
    anew = simulator.run(simulator.read("gpt-4", sets=texts), 100_000, seed=1).tallies[TOTAL]
    assert near(told["mean"], anew.mean, math.hypot(told["mcse"]["mean"], anew.mean_error), 4.5)


@pytest.mark.parametrize(
    ("text", "doubt", "said"),
    [
        (TIED, "chip_cost={lognormal: {median: 1100, sigma: 0.4}}", "is tied to other priors"),
        (TWO, "chip_cost=1000", "has weight on single values"),
        (TWO, "chip_cost={lognormal: {median: 1000, sigma: 0.5}}", "the law which it has already"),
        (TWO, "lines=[chip_cost]", "changes how the total is computed"),
        (KNOWN, "chip_cost=900 to 1100", "is a known number here"),
    ],
)
def test_a_doubt_that_weights_cannot_answer_is_refused(path, text, doubt, said):
    where = path(text)
    with pytest.raises(Unable, match=said):
        stress.doubt(simulator.read(where), {doubt: simulator.read(where, sets=[doubt])}, 2000)


# --- the verb ---------------------------------------------------------------------------------------------------------------


def said(*words, code=0):
    """Call the verb, and return what it prints."""
    found = CliRunner().invoke(command, list(words), standalone_mode=code == 2)
    assert found.exit_code == code, found.output
    return found.output if code else found.stdout


def test_json_csv_and_table_tell_the_same(path, tmp_path):
    words = [path(KNOWN), "--shock", "staff-pay-3-times", "--draws", "100", "--budget", "2000"]
    told = json.loads(said(*words, "--format", "json"))
    assert told["shocks"]["worlds"][0]["median"] == 2500
    rows = dict(list(csv.reader(io.StringIO(said(*words, "--format", "csv"))))[1:])
    assert float(rows["shocks.worlds[staff-pay-3-times].median"]) == 2500
    table = said(*words)
    assert "staff-pay-3-times" in table
    assert "+1.00K" in table
    assert said(*words, "--format", "markdown").startswith("**plan: total cost in 2026 USD, with each shock**")
    said(*words, "-o", str(tmp_path / "out.json"))
    assert json.loads((tmp_path / "out.json").read_text()) == told


def test_sweep_reverse_and_doubt_leave_shocks_out_unless_they_are_named(path):
    where = path(TWO)
    told = json.loads(
        said(where, "--sweep", "--reverse", "total_cost > 2000", "--doubt", "energy_cost=300 to 500", "--format", "json")
    )
    assert {"sweep", "reverse", "doubts"} <= told.keys()
    assert "shocks" not in told
    table = said(where, "--sweep", "--reverse", "total_cost > 2000", "--doubt", "energy_cost=300 to 500")
    assert "of such worlds lie here" in table
    assert "draws count in effect" in table


def test_saved_draws_answer_without_a_second_run(path, tmp_path):
    where = path(TWO)
    scenario = simulator.read(where)
    result = simulator.run(scenario, 20_000, seed=5, keep=scenario.plan.names)
    simulator.save(result, tmp_path / "draws.nc")
    words = [where, "--reverse", "total_cost > 2000", "--format", "json"]
    kept = json.loads(said(*words, "--saved", str(tmp_path / "draws.nc")))
    drawn = json.loads(said(*words, "--draws", "20000", "--seed", "5"))
    assert kept["reverse"] == drawn["reverse"]
    assert kept["seed"] == 5
    other = said(path(ONE, "other"), *words[1:], "--saved", str(tmp_path / "draws.nc"), code=2)
    assert "the saved draws are not of" in other


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--reverse", "total_cost > 1e9"], "are needed to say what such worlds look like"),
        (["--doubt", "chip_cost={lognormal: {median: 9000, sigma: 0.1}}"], "draw it anew with --set"),
        (["--combine", "staff-pay-3-times"], "two shocks or more"),
        (["--saved", "draws.nc"], "--saved goes with"),
    ],
)
def test_what_is_refused_ends_with_code_2(path, words, message):
    assert message in " ".join(said(path(TWO), "--draws", "5000", *words, code=2).split())


def test_standard_input_is_not_read_twice():
    found = CliRunner().invoke(command, ["-"], input=ONE)
    assert found.exit_code == 2
    assert "save it in a file" in found.output
