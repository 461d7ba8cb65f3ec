"""Comparisons with common random numbers: pairing, probabilities, and steps that add up to the difference."""

import json
import math
from statistics import NormalDist

import numpy as np
import pytest
from monte_carlo import near
from plans import HEAD, ONE, SIGMA

import simulator
from simulator.analysis.compare import compare, saved_statistics

N = NormalDist()


CHANGES = ["electricity_price=us-2025", "pue=meta-2024", "network_factor=1.1 to 1.4", "chips=24000", "deflator=1.05",
           "team_correlation=0.6", "hardware_age=500 day", "team.on_cost=1.3"]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_pairing_removes_at_least_nine_tenths_of_the_variance(change):
    # Against independent random draws, and not only against the sum of the two variances.
    a, b = simulator.read("gpt-4"), simulator.read("gpt-4", sets=[change])
    one, same, other = (
        simulator.run(s, 50_000, seed, keep=["total_cost"]).retained_draws["total_cost"] for s, seed in ((a, 3), (b, 3), (b, 4))
    )
    pair, alone = np.var(same - one), np.var(other - one)
    assert pair <= alone / 10
    (difference,) = compare([a, b], 50_000, 3)["differences"]
    assert difference["variance_ratio"] == pytest.approx(pair / (np.var(one) + np.var(same)))


def test_difference_of_scenarios_with_one_factor_between_them_is_that_factor(read_plan):
    a = read_plan(
        HEAD + "lines: [chip_cost, energy_cost]\n" + "chip_cost: {lognormal: {median: 1000, sigma: 0.5}}\nenergy_cost: 100\n"
    )
    b = read_plan(
        HEAD + "lines: [chip_cost, energy_cost]\n" + "chip_cost: {lognormal: {median: 1100, sigma: 0.5}}\nenergy_cost: 100\n",
        "other",
    )
    (difference,) = compare([a, b])["differences"]
    mean = 100 * math.exp(SIGMA**2 / 2)
    assert near((difference["mean"], difference["mcse"]["mean"]), mean)
    assert difference["first_cheaper"] == {"value": 1.0, "error": 0.0}
    (row,) = difference["explained"]
    assert row["name"] == "chip_cost"
    assert row["change"] == pytest.approx(difference["mean"])
    assert row["alone"] == pytest.approx(difference["mean"])


def test_probability_of_being_cheaper_is_that_of_two_lognormals(read_plan):
    a = read_plan(HEAD + "lines: [chip_cost]\nchip_cost: {lognormal: {median: 1000, sigma: 0.3}}\n")
    b = read_plan(HEAD + "lines: [energy_cost]\nenergy_cost: {lognormal: {median: 1100, sigma: 0.4}}\n", "other")
    (difference,) = compare([a, b])["differences"]
    assert near(tuple(difference["first_cheaper"].values()), N.cdf(math.log(1.1) / 0.5))
    assert [(row["name"], row["from"], row["to"]) for row in difference["explained"]] == [
        ("chip_cost", "a line", "no line"),
        ("energy_cost", "no line", "a line"),
    ]


def test_steps_are_taken_one_after_the_other(read_plan):
    text = HEAD + "lines: [rental_cost]\ndeflator: 1\nprice_factor: 1\n"
    a = read_plan(text + "billed_chip_hours: 100\nrental_price: 2\n")
    b = read_plan(text + "billed_chip_hours: 200\nrental_price: 3\n", "other")
    (difference,) = compare([a, b], 100)["differences"]
    rows = {row["name"]: (row["change"], row["alone"]) for row in difference["explained"]}
    assert rows == {"billed_chip_hours": (200, 200), "rental_price": (200, 100)}
    assert difference["mean"] == 400


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"reference": "gpt-4"}, {"reference": "gemini-ultra"}),
        ({"reference": "gpt-4"}, {"reference": "gpt-4", "sets": ["basis=rented", "chips=10000"]}),
        ({"reference": "small-medium"}, {"reference": "small-medium", "sets": ["basis=rented", "commitment=spot"]}),
        ({"reference": "gpt-4", "shocks": ["electricity-high"]}, {"reference": "gpt-4"}),
        (
            {"reference": "llama-3.1-405b"},
            {"reference": "llama-3.1-405b", "sets": ["training_flop=4e25"], "shocks": ["goodput-half"]},
        ),
    ],
)
def test_steps_and_lines_add_up_to_the_mean_difference(first, second):
    a, b = simulator.read(**first), simulator.read(**second)
    (difference,) = compare([a, b], 5000)["differences"]
    assert math.fsum(row["change"] for row in difference["explained"]) == pytest.approx(difference["mean"], rel=1e-9, abs=1e-6)
    assert difference["explained"]


def test_other_money_and_runs_under_way_are_refused(read_plan):
    a, b = read_plan(ONE), read_plan(ONE.replace("2026", "2024"), "other")
    with pytest.raises(ValueError, match="2026 USD and other in 2024 USD"):
        compare([a, b], 100)
    under_way = read_plan(ONE + "progress: {share_done: 0.3, spent: 300 USD}\n", "now")
    with pytest.raises(ValueError, match="under way"):
        compare([a, under_way], 100)


@pytest.mark.parametrize("value", ["NaN", "Infinity", '"much"', "null"])
def test_saved_figures_that_are_no_numbers_are_refused(read_plan, tmp_path, value):
    simulator.save(simulator.run(read_plan(ONE), 1000), tmp_path / "old.json")
    data = json.loads((tmp_path / "old.json").read_text())
    data["quantities"]["total_cost"]["median"] = json.loads(value)
    with pytest.raises(ValueError, match=r"no result|not finite"):
        saved_statistics("old", data)
