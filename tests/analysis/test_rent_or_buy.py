"""Rent or buy: break-even prices and times by hand."""

import json
import math
from statistics import NormalDist

import pytest
from documented import undocumented
from monte_carlo import near
from plans import CLUSTER

from simulator.analysis.rent_or_buy import Bases, bases_of, rent_or_buy, unused_in_all
from simulator.engine.options import RunOptions
from simulator.scenario import InvalidInputError, Overrides, open_scenario, read

N = NormalDist()


def break_even(read_plan, text, draws=100):
    rented, owned, purchased = (read_plan(text, sets=[f"basis={basis}"]) for basis in ("rented", "owned", "purchased"))
    return rent_or_buy(Bases(rented, owned, purchased, owned), RunOptions(draws))


def test_break_even_of_known_numbers_is_that_by_hand(read_plan):
    result = break_even(read_plan, CLUSTER)
    # Owned: 500 chip-hours at 1000 / 1000 USD, and 100 for power. Rented: 500 at 2.
    assert (result.owned.mean, result.rented.mean, result.purchased.mean) == (600, 1000, 10_100)
    assert result.break_even_price.median == pytest.approx(600 / 500)
    # A chip of 1000 USD saves 2 - 100 / 500 an hour.
    assert result.break_even_months.median == pytest.approx(1000 / 1.8 / (8766 / 12))
    assert result.break_even_utilisation.median == pytest.approx(1 / 1.8)
    assert result.rented_less_owned.first_cheaper.value == 1


def test_where_power_costs_more_than_rent_buying_never_pays(read_plan):
    result = break_even(read_plan, CLUSTER.replace("electricity_price: 0.2", "electricity_price: 4"))
    assert result.break_even_months.never.value == 1
    assert result.break_even_months.median is None
    assert result.break_even_utilisation.possible.value == 0
    assert json.loads(result.to_json())["break_even_months"]["median"] is None


def test_at_the_break_even_price_rent_costs_what_owning_costs(read_plan):
    # Of two lognormal prices the break-even rent is a multiple of the chip's price: (1000-USD chip: 1 + 100/500).
    text = CLUSTER.replace("chip_price: 1000", "chip_price: {lognormal: {median: 1000, sigma: 0.4}}")
    result = break_even(read_plan, text, 100_000)
    for p, key in ((0.025, "low"), (0.5, "median"), (0.975, "high")):
        expected = math.exp(0.4 * N.inv_cdf(p)) + 0.2
        assert near((getattr(result.break_even_price, key), getattr(result.break_even_price.mcse, key)), expected)
    # Renting at 2 is cheaper where a chip costs more than 1800.
    cheaper = result.rented_less_owned.first_cheaper
    assert near(cheaper, N.cdf(math.log(1.8) / 0.4))


def test_plain_data_has_documented_fields_only(read_plan):
    result = break_even(read_plan, CLUSTER)
    assert undocumented(result) == set()
    data = result.to_dict()
    assert "fingerprint" not in data  # that of one of the three scenarios would not be that of all
    assert data["break_even_months"]["never"] == {"value": 0.0, "error": 0.0}
    assert list(data["break_even_utilisation"]) == ["median", "low", "high", "median_error", "never", "possible"]
    frame = result.to_dataframe()
    figures = dict(zip(frame["figure"], frame["value"], strict=True))
    assert figures["rented_less_owned.first_cheaper.value"] == 1
    assert len(result.to_csv().splitlines()) == len(frame) + 1


def test_the_bases_of_a_scenario_are_read_in_one_call(write_plan):
    bases = bases_of(open_scenario(write_plan(CLUSTER), Overrides(sets=("on_demand_price=3", "chip_price=500"))))
    assert [scenario.choices["basis"] for scenario in bases.scenarios] == ["rented", "owned", "purchased", "owned"]
    result = rent_or_buy(bases, RunOptions(100))
    assert (result.rental_price.median, result.purchased.median) == (3, 5100)
    assert result.break_even_utilisation is not None


def test_a_setting_must_apply_to_one_of_the_bases(write_plan):
    path = write_plan(CLUSTER)
    with pytest.raises(InvalidInputError, match="has no effect"):
        bases_of(open_scenario(path, Overrides(sets=("spot_discount=40%",))))
    scenarios = [read(path, sets=["chip_price=500"], basis=basis, allow_unused=True) for basis in ("owned", "rented")]
    assert unused_in_all(scenarios[1:]) == {"chip_price"}
    assert unused_in_all(scenarios) == set()
