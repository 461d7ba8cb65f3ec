"""Rent or buy: break-even prices and times by hand."""

import json
import math
from statistics import NormalDist

import pytest
from monte_carlo import near
from plans import CLUSTER

from simulator.analysis.rent_or_buy import rent_or_buy

N = NormalDist()


def break_even(read_plan, text, draws=100):
    rented, owned, purchased = (read_plan(text, sets=[f"basis={basis}"]) for basis in ("rented", "owned", "purchased"))
    return rent_or_buy(rented, owned, purchased, owned, draws)


def test_break_even_of_known_numbers_is_that_by_hand(read_plan):
    result = break_even(read_plan, CLUSTER)
    # Owned: 500 chip-hours at 1000 / 1000 USD, and 100 for power. Rented: 500 at 2.
    assert (result["owned"]["mean"], result["rented"]["mean"], result["purchased"]["mean"]) == (600, 1000, 10_100)
    assert result["break_even_price"]["median"] == pytest.approx(600 / 500)
    # A chip of 1000 USD saves 2 - 100 / 500 an hour.
    assert result["break_even_months"]["median"] == pytest.approx(1000 / 1.8 / (8766 / 12))
    assert result["break_even_utilisation"]["median"] == pytest.approx(1 / 1.8)
    assert result["rented_less_owned"]["first_cheaper"]["value"] == 1


def test_where_power_costs_more_than_rent_buying_never_pays(read_plan):
    result = break_even(read_plan, CLUSTER.replace("electricity_price: 0.2", "electricity_price: 4"))
    assert result["break_even_months"]["never"]["value"] == 1
    assert result["break_even_months"]["median"] is None
    assert result["break_even_utilisation"]["possible"]["value"] == 0
    json.dumps(result, allow_nan=False)


def test_at_the_break_even_price_rent_costs_what_owning_costs(read_plan):
    # Of two lognormal prices the break-even rent is a multiple of the chip's price: (1000-USD chip: 1 + 100/500).
    text = CLUSTER.replace("chip_price: 1000", "chip_price: {lognormal: {median: 1000, sigma: 0.4}}")
    result = break_even(read_plan, text, 100_000)
    for p, key in ((0.025, "low"), (0.5, "median"), (0.975, "high")):
        expected = math.exp(0.4 * N.inv_cdf(p)) + 0.2
        assert near((result["break_even_price"][key], result["break_even_price"]["mcse"][key]), expected)
    # Renting at 2 is cheaper where a chip costs more than 1800.
    cheaper = result["rented_less_owned"]["first_cheaper"]
    assert near(tuple(cheaper.values()), N.cdf(math.log(1.8) / 0.4))
