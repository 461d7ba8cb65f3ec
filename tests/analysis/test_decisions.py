"""Decisions: closed forms of tails, contingency, allocation and joint confidence; pairing; what adds up adds up."""

import csv
import io
import json
import math
import re
from statistics import NormalDist

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import simulator
from simulator.analysis import statistics as decide
from simulator.analysis.budget import plan_budget
from simulator.analysis.compare import compare, rent_or_buy, saved_figures
from simulator.analysis.joint import NoDate, joint, time_of
from simulator.analysis.portfolio import portfolio, sum_of
from simulator.cli.commands import budget as budget_verb
from simulator.cli.commands import compare as compare_verb
from simulator.cli.commands import joint as joint_verb
from simulator.cli.commands import portfolio as portfolio_verb
from simulator.cli.options import read_scenario

N = NormalDist()
DRAWS = 100_000
RNG = np.random.default_rng(20261121)
SIGMA = 0.5
HEAD = "outcomes: []\nmoney: 2026 USD\n"
ONE = HEAD + f"lines: [chip_cost]\nchip_cost: {{lognormal: {{median: 1000, sigma: {SIGMA}}}}}\n"
TWO = HEAD + "lines: [chip_cost, energy_cost]\n"
TIED = (
    TWO
    + "chip_cost: {lognormal: {median: 1000, sigma: 0.5}}\nenergy_cost: {lognormal: {median: 1000, sigma: 0.5}}\n"
    + "dependence: [{between: [chip_cost, energy_cost], rank: 0.9}]\n"
)


@pytest.fixture
def made(tmp_path):
    """Read a scenario from text."""

    def read(text, name="plan", **options):
        path = tmp_path / f"{name}.yaml"
        path.write_text(text)
        return simulator.read(str(path), **options)

    return read


def near(found, known, times=5.0):
    """Whether an estimate with its error lies within some errors of what is known."""
    value, error = found
    return abs(value - known) < times * error + 1e-9 * abs(known)


# --- figures of a budget ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [0.5, 0.8, 0.95, 0.99])
def test_tail_of_a_lognormal_is_that_of_its_closed_form(p):
    total = np.exp(SIGMA * RNG.standard_normal(400_000))
    at, above = decide.tail(total, p)
    z = N.inv_cdf(p)
    assert near(at, math.exp(SIGMA * z))
    assert near(above, math.exp(SIGMA**2 / 2) * N.cdf(SIGMA - z) / (1 - p))


def test_budget_of_a_lognormal_is_that_of_its_closed_form(made):
    said = plan_budget(made(ONE + "budget: 1500 USD\n"), levels=[0.85])
    assert said["point_estimate"]["amount"] == pytest.approx(1000)
    assert near((said["point_estimate"]["percentile"], said["point_estimate"]["mcse"]), 50)
    assert [row["level"] for row in said["contingency"]] == [50, 70, 80, 85, 90]
    for row in said["contingency"]:
        known = 1000 * math.exp(SIGMA * N.inv_cdf(row["level"] / 100))
        assert near((row["amount"], row["mcse"]), known)
        assert row["contingency"] == pytest.approx(row["amount"] - 1000)
        assert row["share_of_point"] == pytest.approx(row["contingency"] / 1000)
    stands = said["budget"]
    d = math.log(1500 / 1000) / SIGMA
    assert near((stands["probability_within"], stands["probability_error"]), N.cdf(d))
    # The mean excess of a lognormal over a bar (Black and Scholes 1973 without interest).
    overrun = 1000 * math.exp(SIGMA**2 / 2) * N.cdf(SIGMA - d) - 1500 * N.cdf(-d)
    assert near((stands["expected_overrun"], stands["expected_overrun_error"]), overrun)
    beyond = 1 - stands["probability_within"]
    assert stands["expected_overrun_given_overrun"] * beyond == pytest.approx(stands["expected_overrun"])


def test_contingency_below_the_point_estimate_is_negative_and_says_so(made, tmp_path):
    said = plan_budget(made(ONE + "point: 1400 USD\n"), 10_000)
    assert [row["negative"] for row in said["contingency"]] == [row["amount"] < 1400 for row in said["contingency"]]
    assert said["contingency"][0]["negative"]
    table = CliRunner().invoke(budget_verb.command, [str(tmp_path / "plan.yaml"), "--draws", "10000"]).output
    assert "negative contingency at P50, P70" in table


def test_errors_are_the_spread_of_repeated_runs():
    quantiles, tails, shares = [], [], []
    for seed in range(200):
        x = np.exp(np.random.default_rng(seed).standard_normal(4000))
        quantiles.append(decide.quantile(x, 0.8))
        tails.append(decide.tail(x, 0.9)[1])
        shares.append(decide.chance(x < 0.7))
    for several in (quantiles, tails, shares):
        values, errors = np.array(several).T
        assert errors.mean() == pytest.approx(values.std(ddof=1), rel=0.2)


# --- allocation ---------------------------------------------------------------------------------------------------------------

COVARIANCE = np.array([[9.0, 2.0, 0.0], [2.0, 4.0, -1.0], [0.0, -1.0, 1.0]])
MEANS = np.array([100.0, 50.0, 20.0])


@pytest.mark.parametrize("level", [0.5, 0.7, 0.9, 0.975, 0.05])
def test_allocation_of_normal_lines_is_eulers(level):
    lines = dict(zip("abc", RNG.multivariate_normal(MEANS, COVARIANCE, 200_000).T, strict=True))
    total = sum(lines.values())
    found = decide.conditional_means(lines, total, level)
    beta = COVARIANCE.sum(axis=1) / COVARIANCE.sum()
    at = float(np.quantile(total, level))
    for place, name in enumerate("abc"):
        assert near(found[name], MEANS[place] + beta[place] * (at - MEANS.sum()))
    assert sum(each.value for each in found.values()) == pytest.approx(at, rel=1e-12)


def test_allocation_of_skewed_lines_is_the_mean_of_lines_in_worlds_at_the_level():
    def lines(seed, count):
        rng = np.random.default_rng(seed)
        return {
            "a": np.exp(rng.standard_normal(count)),
            "b": 3 * np.exp(0.3 * rng.standard_normal(count)),
            "c": rng.random(count),
        }

    some, many = lines(1, 100_000), lines(2, 4_000_000)
    for level in (0.5, 0.8, 0.9):
        found = decide.conditional_means(some, sum(some.values()), level)
        total = sum(many.values())
        at = np.quantile(sum(some.values()), level)
        close = np.abs(total / at - 1) < 0.002
        for name, values in many.items():
            here = values[close]
            error = math.hypot(found[name].error, here.std() / math.sqrt(len(here)))
            assert abs(found[name].value - here.mean()) < 5 * error


def test_allocation_errors_are_the_spread_of_repeated_runs():
    found = []
    for seed in range(200):
        a, b = np.exp(np.random.default_rng(seed).standard_normal((2, 5000)))
        # Within the amount that a run has by luck, who carries it: the share of one line.
        at = decide.conditional_means({"a": a, "b": b}, a + b, 0.8)
        found.append((at["a"].value - (at["a"].value + at["b"].value) / 2, at["a"].error))
    values, errors = np.array(found).T
    assert errors.mean() == pytest.approx(values.std(ddof=1), rel=0.25)


@given(st.lists(st.floats(-1e9, 1e12), min_size=1, max_size=12))
def test_cents_add_up(amounts):
    total = math.fsum(amounts)
    cents = decide.to_cents(amounts, total)
    assert sum(cents) == round(100 * total)
    assert all(abs(cent - 100 * amount) <= 1.5 for cent, amount in zip(cents, amounts, strict=True))


@pytest.mark.parametrize("reference", ["gpt-4", "cutting-edge"])
def test_contingency_and_amounts_of_lines_add_up_to_the_cent(reference):
    said = plan_budget(simulator.read(reference), 20_000, levels=[0.33])
    for level, row in zip(said["allocation"], said["contingency"], strict=True):
        assert level["level"] == row["level"]
        cents = {key: [round(100 * line[key]) for line in level["lines"]] for key in ("amount", "point", "contingency")}
        assert sum(cents["amount"]) == round(100 * row["amount"])
        assert sum(cents["point"]) == round(100 * said["point_estimate"]["amount"])
        assert sum(cents["contingency"]) == sum(cents["amount"]) - sum(cents["point"])


# --- what goes together, what happens, what causes it -------------------------------------------------------------------------


def test_ties_taken_away_leave_the_spread_of_independent_lines(made):
    rows = {row["name"]: row for row in plan_budget(made(TIED))["dependence"]}
    assert list(rows) == ["as the scenario says", "priors independent of each other", "lines independent of each other"]
    variance = 1000**2 * math.exp(SIGMA**2) * (math.exp(SIGMA**2) - 1)
    score = 2 * math.sin(math.pi * 0.9 / 6)
    covariance = 1000**2 * math.exp(SIGMA**2) * (math.exp(score * SIGMA**2) - 1)
    tied, free = math.sqrt(2 * variance + 2 * covariance), math.sqrt(2 * variance)
    for name, known in zip(rows, (tied, free, free), strict=True):
        assert rows[name]["sd"] == pytest.approx(known, rel=0.02)


def test_one_stream_for_two_priors_is_a_tie(made):
    from dataclasses import replace

    scenario = made(TIED.split("dependence")[0])
    assert decide.untied(scenario) is None
    shared = replace(scenario, inputs={name: replace(x, stream="luck") for name, x in scenario.inputs.items()})
    rows = {row["name"]: row["sd"] for row in plan_budget(shared, 20_000)["dependence"]}
    assert rows["as the scenario says"] == pytest.approx(math.sqrt(2) * rows["priors independent of each other"], rel=0.05)


def test_total_without_the_register_lacks_what_the_risks_cost(made):
    text = (
        HEAD
        + "lines: [chip_cost, risk_cost]\nchip_cost: 1000\ndeflator: 1\nduration: 1 hour\nfinal_run_cost: 0\nstaff_burn: 0\n"
    )
    text += "risks: {fire: {probability: 0.2, impact: 500 USD, run_share: 0, delay: 0}}\n"
    found = plan_budget(made(text), 50_000)["risks"]
    assert found["without"]["mean"] == found["without"]["high"] == 1000
    assert near((found["with"]["mean"], found["with"]["mcse"]["mean"]), 1100)
    assert near((found["chance_of_any"]["value"], found["chance_of_any"]["error"]), 0.2)
    assert plan_budget(made(ONE), 1000)["risks"] is None


def test_drivers_of_an_overrun_are_ranked_by_how_far_they_stand_from_their_usual_place():
    x, y, idle = RNG.standard_normal((3, 200_000))
    rows = decide.drivers({"idle": idle, "y": y, "x": x, "down": -x, "known": np.ones(200_000)}, 3 * x + y > 0)
    assert {rows[0]["name"], rows[1]["name"]} == {"x", "down"}
    assert [row["name"] for row in rows[2:]] == ["y", "idle"]
    # P(U < X | T > 0) for normals: an orthant probability.
    for row, rho in zip(rows, (None, None, 1 / math.sqrt(10), 0.0), strict=True):
        rho = {"x": 3, "down": -3}.get(row["name"], 0) / math.sqrt(10) if rho is None else rho
        known = 0.5 + math.asin(rho / math.sqrt(2)) / math.pi
        assert abs(row["mean_rank"] - known) < 5 * row["mcse"]
    assert decide.drivers({"x": x}, np.zeros(200_000, dtype=bool)) == []


def test_discrete_inputs_stand_in_the_middle_where_they_do_nothing():
    coin = RNG.integers(0, 2, 100_000).astype(float)
    (row,) = decide.drivers({"coin": coin}, RNG.random(100_000) < 0.3)
    assert row["mean_rank"] == pytest.approx(0.5, abs=5 * row["mcse"])


# --- the gate -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("gate", "code"), [("30%", 0), ("15%", 3)])
def test_gate_ends_with_its_code(made, tmp_path, gate, code):
    made(ONE)  # exceeded with chance 1 - Phi(ln 1.5 / 0.5) = 0.209
    options = ["--budget", "1500", "--fail-above", gate, "--format", "json", "--draws", "20000"]
    ended = CliRunner().invoke(budget_verb.command, [str(tmp_path / "plan.yaml"), *options], standalone_mode=False)
    assert ended.return_value == code


def test_gate_needs_a_budget(made, tmp_path):
    made(ONE)
    ended = CliRunner().invoke(budget_verb.command, [str(tmp_path / "plan.yaml"), "--fail-above", "5%"])
    assert ended.exit_code == 2
    assert "needs a budget" in ended.output


def test_an_interrupt_leaves_nothing(made):
    def stop(done, of):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plan_budget(made(ONE), progress=stop)


# --- pairs --------------------------------------------------------------------------------------------------------------------

CHANGES = ["electricity_price=us-2025", "pue=meta-2024", "network_factor=1.1 to 1.4", "chips=24000", "deflator=1.05",
           "team_correlation=0.6", "hardware_age=500 day", "team.on_cost=1.3"]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_pairing_takes_away_nine_tenths_of_the_variance_at_least(change):
    # Against really separate luck, and not only against the sum of the two variances.
    a, b = simulator.read("gpt-4"), simulator.read("gpt-4", sets=[change])
    one, same, other = (
        simulator.run(s, 50_000, seed, keep=["total_cost"]).kept["total_cost"] for s, seed in ((a, 3), (b, 3), (b, 4))
    )
    pair, alone = np.var(same - one), np.var(other - one)
    assert pair <= alone / 10
    (found,) = compare([a, b], 50_000, 3)["differences"]
    assert found["variance_ratio"] == pytest.approx(pair / (np.var(one) + np.var(same)))


def test_difference_of_scenarios_with_one_factor_between_them_is_that_factor(made):
    a = made(TWO + "chip_cost: {lognormal: {median: 1000, sigma: 0.5}}\nenergy_cost: 100\n")
    b = made(TWO + "chip_cost: {lognormal: {median: 1100, sigma: 0.5}}\nenergy_cost: 100\n", "other")
    (found,) = compare([a, b])["differences"]
    mean = 100 * math.exp(SIGMA**2 / 2)
    assert near((found["mean"], found["mcse"]["mean"]), mean)
    assert found["first_cheaper"] == {"value": 1.0, "error": 0.0}
    (row,) = found["explained"]
    assert row["name"] == "chip_cost"
    assert row["change"] == pytest.approx(found["mean"])
    assert row["alone"] == pytest.approx(found["mean"])


def test_chance_to_be_cheaper_is_that_of_two_lognormals(made):
    a = made(HEAD + "lines: [chip_cost]\nchip_cost: {lognormal: {median: 1000, sigma: 0.3}}\n")
    b = made(HEAD + "lines: [energy_cost]\nenergy_cost: {lognormal: {median: 1100, sigma: 0.4}}\n", "other")
    (found,) = compare([a, b])["differences"]
    assert near(tuple(found["first_cheaper"].values()), N.cdf(math.log(1.1) / 0.5))
    assert [(row["name"], row["from"], row["to"]) for row in found["explained"]] == [
        ("chip_cost", "a line", "no line"),
        ("energy_cost", "no line", "a line"),
    ]


def test_steps_are_taken_one_after_the_other(made):
    text = HEAD + "lines: [rental_cost]\ndeflator: 1\nprice_factor: 1\n"
    a = made(text + "billed_chip_hours: 100\nrental_price: 2\n")
    b = made(text + "billed_chip_hours: 200\nrental_price: 3\n", "other")
    (found,) = compare([a, b], 100)["differences"]
    rows = {row["name"]: (row["change"], row["alone"]) for row in found["explained"]}
    assert rows == {"billed_chip_hours": (200, 200), "rental_price": (200, 100)}
    assert found["mean"] == 400


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"reference": "gpt-4"}, {"reference": "gemini-ultra"}),
        ({"reference": "gpt-4"}, {"reference": "gpt-4", "sets": ["basis=rented", "chips=10000"]}),
        ({"reference": "cutting-edge"}, {"reference": "cutting-edge", "sets": ["basis=rented", "commitment=spot"]}),
        ({"reference": "gpt-4", "shocks": ["electricity-high"]}, {"reference": "gpt-4"}),
        (
            {"reference": "llama-3.1-405b"},
            {"reference": "llama-3.1-405b", "sets": ["training_flop=4e25"], "shocks": ["goodput-half"]},
        ),
    ],
)
def test_steps_and_lines_add_up_to_the_mean_difference(first, second):
    a, b = simulator.read(**first), simulator.read(**second)
    (found,) = compare([a, b], 5000)["differences"]
    assert math.fsum(row["change"] for row in found["explained"]) == pytest.approx(found["mean"], rel=1e-9, abs=1e-6)
    assert found["explained"]


def test_other_money_and_runs_under_way_are_refused(made):
    a, b = made(ONE), made(ONE.replace("2026", "2024"), "other")
    for study in (compare, portfolio):
        with pytest.raises(ValueError, match="2026 USD and other in 2024 USD"):
            study([a, b], 100)
    under_way = made(ONE + "progress: {share_done: 0.3, spent: 300 USD}\n", "now")
    with pytest.raises(ValueError, match="under way"):
        compare([a, under_way], 100)
    with pytest.raises(ValueError, match="correlation none"):
        portfolio([a, under_way], 100)
    assert portfolio([a, under_way], 5000, correlation="none")["draws"] < 5000


def test_changes_behind_a_name_are_read_as_options(tmp_path):
    given = {"sets": ("pue=1.2",), "levers": (), "shocks": (), "basis": None, "budget": None, "formulas": ()}
    read = compare_verb.read_variant(
        "gpt-4:basis=rented:chips=8000:shock=electricity-high", given, lambda name, own: (name, own)
    )
    assert read[0] == "gpt-4"
    assert read[1]["basis"] == "rented"
    assert read[1]["sets"] == ["pue=1.2", "chips=8000"]
    assert read[1]["shocks"] == ["electricity-high"]
    assert given["sets"] == ("pue=1.2",)
    law = "gpt-4:chip_price={lognormal: {p5: 8e3, p95: 2e4}, unit: USD/chip}:pue=1.3"
    scenario = compare_verb.read_variant(law, {**given, "sets": ()}, read_scenario)
    assert scenario.inputs["chip_price"].law.quantile(0.95) == pytest.approx(2e4)
    assert scenario.inputs["pue"].law.quantile(0.5) == 1.3


def test_a_saved_run_stands_beside_and_is_not_paired(made, tmp_path):
    result = simulator.run(made(ONE), 5000)
    simulator.save(result, tmp_path / "old.json")
    run = CliRunner()
    args = [str(tmp_path / "plan.yaml"), str(tmp_path / "old.json"), "--draws", "5000"]
    said = json.loads(run.invoke(compare_verb.command, [*args, "--format", "json"]).output)
    assert said["differences"] == []
    assert said["saved"][0]["median"] == pytest.approx(said["scenarios"][0]["median"], rel=1e-3)
    assert "not paired" in run.invoke(compare_verb.command, args).output
    (tmp_path / "old.json").write_text('{"schema": 1, "money": "2026 USD"}')
    ended = run.invoke(compare_verb.command, args)
    assert ended.exit_code == 2
    assert "no result of" in ended.output


@pytest.mark.parametrize("value", ["NaN", "Infinity", '"much"', "null"])
def test_saved_figures_that_are_no_numbers_are_refused(made, tmp_path, value):
    simulator.save(simulator.run(made(ONE), 1000), tmp_path / "old.json")
    data = json.loads((tmp_path / "old.json").read_text())
    data["quantities"]["total_cost"]["median"] = json.loads(value)
    with pytest.raises(ValueError, match=r"no result|not finite"):
        saved_figures("old", data)


# --- rent or buy --------------------------------------------------------------------------------------------------------------

CLUSTER = """lines: [compute]
outcomes: []
money: 2026 USD
depreciation: straight-line
commitment: on-demand
useful_life: 1000 hour
chip_price: 1000
server_factor: 1
network_factor: 1
deflator: 1
chips: 10
chip_hours: 500
idle_factor: 1
price_factor: 1
on_demand_price: 2
tdp: 1000 W/chip
server_power_factor: 1
power_share: 1
pue: 1
electricity_price: 0.2
"""


def break_even(made, text, draws=100):
    rented, owned, purchased = (made(text, sets=[f"basis={basis}"]) for basis in ("rented", "owned", "purchased"))
    return rent_or_buy(rented, owned, purchased, owned, draws)


def test_break_even_of_known_numbers_is_that_by_hand(made):
    said = break_even(made, CLUSTER)
    # Owned: 500 chip-hours at 1000 / 1000 USD, and 100 for power. Rented: 500 at 2.
    assert (said["owned"]["mean"], said["rented"]["mean"], said["purchased"]["mean"]) == (600, 1000, 10_100)
    assert said["break_even_price"]["median"] == pytest.approx(600 / 500)
    # A chip of 1000 USD saves 2 - 100 / 500 an hour.
    assert said["break_even_months"]["median"] == pytest.approx(1000 / 1.8 / (8766 / 12))
    assert said["break_even_utilisation"]["median"] == pytest.approx(1 / 1.8)
    assert said["rented_less_owned"]["first_cheaper"]["value"] == 1


def test_where_power_costs_more_than_rent_buying_never_pays(made):
    said = break_even(made, CLUSTER.replace("electricity_price: 0.2", "electricity_price: 4"))
    assert said["break_even_months"]["never"]["value"] == 1
    assert said["break_even_months"]["median"] is None
    assert said["break_even_utilisation"]["possible"]["value"] == 0
    json.dumps(said, allow_nan=False)


def test_at_the_break_even_price_rent_costs_what_owning_costs(made):
    # Of two lognormal prices the break-even rent is a multiple of the chip's price: (1000-USD chip: 1 + 100/500).
    text = CLUSTER.replace("chip_price: 1000", "chip_price: {lognormal: {median: 1000, sigma: 0.4}}")
    said = break_even(made, text, DRAWS)
    for p, key in ((0.025, "low"), (0.5, "median"), (0.975, "high")):
        known = math.exp(0.4 * N.inv_cdf(p)) + 0.2
        assert near((said["break_even_price"][key], said["break_even_price"]["mcse"][key]), known)
    # Renting at 2 is cheaper where a chip costs more than 1800.
    cheaper = said["rented_less_owned"]["first_cheaper"]
    assert near(tuple(cheaper.values()), N.cdf(math.log(1.8) / 0.4))


def test_rent_or_buy_takes_one_scenario():
    for args in (["gpt-4", "gemini-ultra"], ["gpt-4:basis=rented"]):
        ended = CliRunner().invoke(compare_verb.command, [*args, "--rent-or-buy"])
        assert ended.exit_code == 2
        assert "takes one scenario" in ended.output


# --- portfolio ----------------------------------------------------------------------------------------------------------------


def test_quantile_of_a_sum_of_independent_normals_is_below_the_sum_of_quantiles():
    totals = {name: 100 + 10 * RNG.standard_normal(200_000) for name in "abcd"}
    for row in sum_of(totals)["levels"]:
        z = N.inv_cdf(row["level"] / 100)
        assert near((row["amount"], row["mcse"]), 400 + 20 * z)
        assert row["sum_of_own"] == pytest.approx(400 + 40 * z, abs=1)
        assert row["difference"] == pytest.approx(row["amount"] - row["sum_of_own"])
        assert near((row["stands_at"], row["stands_at_error"]), N.cdf(2 * z), 6)


def test_two_runs_with_one_luck_are_one_run_twice(made):
    scenario = made(ONE)
    shared = portfolio([scenario, scenario], 20_000)
    assert [run["name"] for run in shared["runs"]] == ["plan (1)", "plan (2)"]
    assert all(row["difference"] == pytest.approx(0, abs=1e-6) for row in shared["levels"])
    alone = portfolio([scenario, scenario], DRAWS, correlation="none")
    assert alone["total"]["sd"] == pytest.approx(shared["total"]["sd"] / math.sqrt(2), rel=0.03)
    assert alone["levels"][2]["difference"] < 0  # P80


# --- cost and date ------------------------------------------------------------------------------------------------------------


def test_quadrants_of_independent_cost_and_time_are_products():
    cost, time = RNG.random((2, 400_000))
    shares = decide.quadrants(cost, time, 0.7, 0.6)
    for name, known in (("within_both", 0.42), ("over_cost", 0.18), ("late", 0.28), ("over_both", 0.12)):
        assert near(shares[name], known)
    assert sum(share.value for share in shares.values()) == pytest.approx(1)


def test_frontier_of_independent_uniforms_is_a_hyperbola():
    cost, time = RNG.random((2, 400_000))
    times, costs, earliest, cheapest = decide.frontier(cost, time, 0.7)
    assert (earliest, cheapest) == pytest.approx((0.7, 0.7), abs=0.005)
    # From P99 of the cost to P99 of the date: 0.7 / 0.99 either way.
    assert (times[0], costs[0]) == pytest.approx((0.7 / 0.99, 0.99), abs=0.005)
    assert (times[-1], costs[-1]) == pytest.approx((0.99, 0.7 / 0.99), abs=0.005)
    np.testing.assert_allclose(times * costs, 0.7, atol=0.005)


@pytest.mark.parametrize("level", [0.5, 0.7])
@pytest.mark.parametrize("step", [0, 0.5])
def test_every_pair_on_the_frontier_has_its_chance_and_no_cheaper_one_has(level, step):
    z = RNG.standard_normal((2, 20_000))
    cost, time = np.exp(z[0]), 12 + 2 * z[0] + z[1]
    if step:  # times in whole steps, so that many are equal
        time = np.round(time / step) * step
    times, costs, earliest, cheapest = decide.frontier(cost, time, level)
    assert (np.diff(costs) <= 0).all()
    assert (np.diff(times) > 0).all()
    for t, c in zip(times, costs, strict=True):
        assert np.mean((cost <= c) & (time <= t)) >= level
        assert np.mean((cost < c) & (time <= t)) < level
    assert cheapest == np.quantile(cost, level, method="inverted_cdf")
    assert earliest == np.quantile(time, level, method="inverted_cdf")
    assert costs[-1] >= cheapest
    assert times[0] >= earliest


def test_a_frontier_rests_on_no_extreme_draw():
    rng = np.random.default_rng(3)
    cost, time = np.exp(2 * rng.standard_normal(5000)), rng.gamma(2, size=5000)
    times, costs, _, _ = decide.frontier(cost, time, 0.7)
    assert costs[0] <= np.quantile(cost, decide.SHOWN_UP_TO) < cost.max() / 5
    assert times[-1] <= np.quantile(time, decide.SHOWN_UP_TO)
    for t, c in zip(times, costs, strict=True):
        assert np.count_nonzero((time <= t) & (cost >= c)) >= decide.LEAST_BEYOND
        assert np.count_nonzero(time >= t) >= decide.LEAST_BEYOND
    assert not len(decide.frontier(cost[:60], time[:60], 0.7).times)  # of so few draws nothing can be told


def test_a_frontier_of_one_date_is_the_quantile_of_the_cost():
    cost = np.arange(1.0, 1001)
    times, costs, earliest, cheapest = decide.frontier(cost, np.full(1000, 5.0), 0.7)
    assert times.tolist() == [5.0]
    assert costs.tolist() == [700.0]
    assert earliest == 5.0
    assert cheapest == 700.0


SCHEDULE = """lines: [chip_cost]
outcomes: []
money: 2026 USD
chip_cost: {lognormal: {median: 1000, sigma: 0.5}}
schedule: {data: {duration: {lognormal: {median: 3, sigma: 0.4}, unit: month}}, final_run: {duration: 2 month}}
"""


def test_joint_confidence_of_independent_cost_and_date_is_a_product(made):
    said = joint(made(SCHEDULE), 1500, 6 * 730.5)
    assert said["time"] == "release"
    within, early = N.cdf(math.log(1.5) / 0.5), N.cdf(math.log(4 / 3) / 0.4)
    assert near(tuple(said["quadrants"]["within_both"].values()), within * early)
    assert near(tuple(said["date_target"]["chance"].values()), early)
    assert abs(said["rank_correlation"]) < 0.02


def test_the_date_is_the_release_or_what_else_there_is(made):
    assert time_of(simulator.read("gpt-4")) == "duration"
    assert time_of(simulator.read("llama-3.1-405b")) == "wall_clock"
    assert time_of(made(SCHEDULE), "data.end") == "data.end"
    with pytest.raises(NoDate, match="says nothing of time"):
        time_of(made(ONE))
    with pytest.raises(NoDate, match="no time"):
        time_of(made(ONE), "chip_cost")
    with pytest.raises(NoDate, match="its times are"):
        time_of(made(SCHEDULE), "relaese")


def test_targets_not_named_are_the_budget_and_the_p70(made):
    said = joint(made(SCHEDULE + "budget: 1500 USD\n"), draws=20_000)
    assert said["cost_target"]["amount"] == 1500
    assert said["date_target"]["chance"]["value"] == pytest.approx(0.7, abs=1e-3)
    assert not said["date_target"]["given"]


# --- the command line ---------------------------------------------------------------------------------------------------------

VERBS = [
    (budget_verb, ["plan"], "Who carries the contingency"),
    (compare_verb, ["plan", "plan:chip_cost=900"], "plan: chip_cost=900 less"),
    (compare_verb, ["cluster", "--rent-or-buy"], "break-even utilisation"),
    (portfolio_verb, ["plan", "plan", "--correlation", "none", "--confidence", "85"], "P85"),
    (joint_verb, ["plan", "--cost", "1500 USD", "--date", "6month"], "Pairs with one chance to meet both"),
]


@pytest.mark.parametrize(("verb", "args", "said"), VERBS)
def test_json_csv_table_and_files_tell_the_same(made, tmp_path, verb, args, said):
    made(SCHEDULE)
    made(CLUSTER + "basis: owned\n", "cluster")
    args = [re.sub("^(plan|cluster)", rf"{tmp_path}/\1.yaml", arg) for arg in args]
    args += ["--draws", "2000"]
    run = CliRunner()

    def output(*more):
        ended = run.invoke(verb.command, [*args, *more], catch_exceptions=False, env={"COLUMNS": "200"})
        assert ended.exit_code == 0, ended.output
        return ended.stdout

    data = output("--format", "json")
    numbers = sorted(_numbers(json.loads(data)))
    rows = list(csv.DictReader(io.StringIO(output("--format", "csv"))))
    laws = (".from", ".to")  # as stated, which may be a number too
    told = [row["value"] for row in rows if not row["figure"].endswith(laws)]
    assert sorted(float(value) for value in told if _is_number(value)) == numbers
    assert len({row["figure"] for row in rows}) == len(rows)
    assert said in " ".join(output().split())
    assert "| --- |" in output("--format", "markdown") or "| ---: |" in output("--format", "markdown")
    output("-o", str(tmp_path / "out.json"))
    assert (tmp_path / "out.json").read_text() == data
    assert output("--format", "json", "--threads", "1") == data


def _numbers(value):
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _numbers(inner)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value)


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("verb", "args", "said"),
    [
        (compare_verb, ["gpt-4"], "needs two scenarios"),
        (compare_verb, ["gpt-4", "llama-3.1-405b"], "--set 'money=December 2023 USD'"),
        (joint_verb, ["gpt-4", "--date", "18 USD"], "--date"),
        (joint_verb, ["gpt-4", "--cost", "1 to 2"], "one amount"),
        (joint_verb, ["gpt-4", "--of", "chips"], "which is no time"),
        (budget_verb, ["gpt-4", "--confidence", "120%"], "between 0 and 100"),
        (budget_verb, ["gpt-4", "-o", "x.nc"], "no format"),
    ],
)
def test_bad_usage_is_one_line(verb, args, said):
    ended = CliRunner().invoke(verb.command, [*args, "--draws", "1000"])
    assert ended.exit_code == 2
    assert said in ended.output
