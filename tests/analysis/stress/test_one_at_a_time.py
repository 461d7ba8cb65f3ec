"""One prior held, the others free: closed forms."""

import math

import pytest
from monte_carlo import near
from plans import ONE, TWO

from simulator.analysis.stress import UnsupportedError, sweep

DRAWS = 50_000
TIED = TWO + "dependence: [{between: [chip_cost, energy_cost], rank: 0.8}]\n"


def test_a_sweep_holds_one_prior_and_leaves_the_others_free(read_plan):
    found = sweep(read_plan(TWO), DRAWS)
    chip, energy = found["priors"]
    assert (chip["name"], energy["name"]) == ("chip_cost", "energy_cost")  # the wider one first
    for row, median, sigma, other, other_sigma in ((chip, 1000, 0.5, 400, 0.3), (energy, 400, 0.3, 1000, 0.5)):
        for point, z in zip(row["points"], (-1.6448536, 1.6448536), strict=True):
            held = median * math.exp(z * sigma)
            assert point["value"] == pytest.approx(held, rel=1e-6)
            assert near((point["median"], point["mcse"]["median"]), held + other)
            high = held + other * math.exp(1.959964 * other_sigma)
            assert near((point["high"], point["mcse"]["high"]), high)
            change = held - median * math.exp(sigma**2 / 2)
            assert near((point["change"]["mean"], point["change"]["mcse"]), change)


def test_a_sweep_says_what_is_tied(read_plan):
    assert all(row["correlated"] for row in sweep(read_plan(TIED), 1000)["priors"])
    assert not any(row["correlated"] for row in sweep(read_plan(TWO), 1000)["priors"])


def test_a_run_under_way_has_no_pairs(read_plan):
    with pytest.raises(UnsupportedError, match="under way"):
        sweep(read_plan(ONE + "progress: {share_done: 0.5, spent: 500 USD}\n"), 1000)
