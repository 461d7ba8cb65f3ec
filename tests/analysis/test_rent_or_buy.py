"""Rent or buy: the same work over one horizon, against calculations by hand."""

import json
import math
import re
from statistics import NormalDist

import numpy as np
import pytest
from click.testing import CliRunner
from documented import undocumented
from monte_carlo import near
from plans import CLUSTER

from simulator.analysis.rent_or_buy import MONTH, bases_of, parse_horizon, rent_or_buy, unused_in_all
from simulator.analysis.rent_or_buy import simulate_horizons as simulate
from simulator.cli.commands.compare import command
from simulator.core.errors import UnsupportedError
from simulator.core.units import HOURS_PER_YEAR as YEAR
from simulator.engine.options import RunOptions
from simulator.scenario import InvalidInputError, Overrides, open_scenario, read

N = NormalDist()
NO_OWNER_COSTS = (
    "cost_of_capital=0", "resale_share=0", "facility_price=0", "hardware_maintenance_rate=0", "insurance_rate=0",
    "operations_pay=0", "fleet_use=0.5",
)  # fmt: skip
HOUR_H100 = """
extends: training-run
chip: nvidia-h100-sxm
basis: rented
commitment: on-demand
chips: 512
total_parameters: 8e9
training_tokens: 2e12
lines: [compute]
outcomes: [acquisition_cost, wall_clock]
prices: 2026 USD
cluster_price: 36000
useful_life: 5 year
cost_of_capital: 10%
resale_decline: 27.5 percent/year
selling_share: 10%
facility_price: 150 USD/kW/month
hardware_maintenance_rate: 4 percent/year
insurance_rate: 0.5 percent/year
operators_per_power: 1 person/MW
engineers_per_chip: 0.001
operations_pay: 150000 USD/person/year
fleet_use: 0.8
tdp: 700 W/chip
server_power_factor: 1.8
power_share: 0.8
pue: 1.2
electricity_price: 0.09 USD/kWh
on_demand_price: 2.7
"""


def owned_hour(years, *, use=0.8, capital=0.10, resale=True):
    """The cost of an hour used of the H100 above, by hand."""
    recovery = capital / (1 - (1 + capital) ** -years) if capital else 1 / years
    sold = 0.9 * math.exp(-0.275 * years) if resale else 0
    hardware = 36_000 * (recovery - sold * recovery * (1 + capital) ** -years) / YEAR
    power = 0.7 * 1.8  # kW
    site = 150 * 12 / YEAR * power
    staff = (power / 1000 + 0.001) * 150_000 / YEAR
    held = hardware + site + 36_000 * (0.04 + 0.005) / YEAR + staff
    return held / use + power * 0.8 * 1.2 * 0.09


def compare(write_plan, text, *sets, draws=10, horizon=None):
    return rent_or_buy(bases_of(open_scenario(write_plan(text), Overrides(sets=sets))), RunOptions(draws), horizon=horizon)


@pytest.mark.parametrize("years", [7 / 365.25, 1 / 12, 1, 3])
def test_512_chips_cost_what_they_do_by_hand(write_plan, years):
    result = compare(write_plan, HOUR_H100, horizon=years * YEAR)
    hours = 512 * years * YEAR * 0.8
    bare = result.without_capital_and_resale
    assert result.library_costs == ()
    assert result.acquisition.median == pytest.approx(512 * 36_000)
    assert result.rented.median == pytest.approx(2.7 * hours)
    assert result.break_even_price.median == pytest.approx(owned_hour(years))
    assert result.owned.median == pytest.approx(owned_hour(years) * hours)
    assert bare.break_even_price.median == pytest.approx(owned_hour(years, capital=0, resale=False))
    assert result.rented_less_owned.median == pytest.approx((2.7 - owned_hour(years)) * hours)
    # The figures that a reader sees: a week, a month, a year and three years of use.
    by_horizon = {7 / 365.25: 30.63, 1 / 12: 8.975, 1: 2.849, 3: 2.164}
    assert result.break_even_price.median == pytest.approx(by_horizon[years], rel=0.001)


def test_break_evens_solve_the_equation(write_plan):
    result = compare(write_plan, HOUR_H100, horizon=3 * YEAR)
    for figures, options in ((result, {}), (result.without_capital_and_resale, {"capital": 0, "resale": False})):
        assert owned_hour(3, use=figures.break_even_utilisation.median, **options) == pytest.approx(2.7, rel=1e-6)
        assert owned_hour(figures.break_even_months.median / 12, **options) == pytest.approx(2.7, rel=1e-6)
    # Without capital and resale, the price is worked off by the rent that is saved: about two years and a half.
    assert result.without_capital_and_resale.break_even_months.median == pytest.approx(30.98, abs=0.01)


@pytest.mark.parametrize("change", ["training_tokens=20e12", "training_tokens=1e11", "chips=8192"])
def test_break_evens_do_not_depend_on_the_size_of_the_run(write_plan, change):
    before, after = compare(write_plan, HOUR_H100), compare(write_plan, HOUR_H100, change)
    for figure in ("break_even_price", "break_even_utilisation", "break_even_months"):
        assert getattr(after, figure).median == pytest.approx(getattr(before, figure).median, rel=1e-9)


def test_commitment_of_the_scenario_does_not_change_the_break_even(write_plan):
    before, after = compare(write_plan, HOUR_H100), compare(write_plan, HOUR_H100, "commitment=one-year", "one_year_price=2")
    assert after.break_even_price.median == pytest.approx(before.break_even_price.median)
    assert after.rental_price.median == 2.7


def test_at_its_own_break_even_price_rent_costs_what_owning_costs(write_plan):
    uncertain = HOUR_H100.replace("cluster_price: 36000", "cluster_price: {lognormal: {median: 36000, sigma: 0.3}}")
    price = compare(write_plan, uncertain, draws=1000).break_even_price.median
    result = compare(write_plan, uncertain, f"on_demand_price={price!r}", draws=1000)
    assert result.rented_less_owned.first_cheaper.value == pytest.approx(0.5, abs=0.002)
    known = compare(write_plan, HOUR_H100).break_even_price.median
    assert compare(write_plan, HOUR_H100, f"on_demand_price={known!r}").rented_less_owned.median == pytest.approx(0, abs=1e-3)


def test_distribution_of_the_break_even_price_is_that_of_the_chip(write_plan):
    # Without owner costs an hour used of half the hours costs twice the price over the life, and 0.2 for power.
    text = CLUSTER.replace("chip_price: 1000", "chip_price: {lognormal: {median: 1000, sigma: 0.4}}")
    result = compare(write_plan, text, *NO_OWNER_COSTS, draws=100_000)
    for p, key in ((0.025, "low"), (0.5, "median"), (0.975, "high")):
        expected = 2 * math.exp(0.4 * N.inv_cdf(p)) + 0.2
        assert near((getattr(result.break_even_price, key), getattr(result.break_even_price.mcse, key)), expected)
    # Renting at 2 is cheaper where a chip costs more than 900.
    assert near(result.rented_less_owned.first_cheaper, N.cdf(math.log(0.9) / 0.4))
    assert near(result.break_even_utilisation.never, 1 - N.cdf(math.log(1.8) / 0.4))


def test_where_power_costs_more_than_rent_buying_never_pays(write_plan):
    text = CLUSTER.replace("electricity_price: 0.2 USD/kWh", "electricity_price: 4 USD/kWh")
    result = compare(write_plan, text, *NO_OWNER_COSTS)
    assert result.break_even_months.never.value == 1
    assert result.break_even_months.median is None
    assert result.break_even_utilisation.never.value == 1
    assert json.loads(result.to_json())["break_even_months"]["median"] is None


def test_reservation_is_billed_for_the_whole_horizon(write_plan):
    text = HOUR_H100 + "one_year_price: 2.2\nthree_year_price: 1.5\n"
    for years, commitment, price in ((1, "one-year", 2.2), (2, "one-year", 2.2), (3, "three-year", 1.5)):
        reserved = compare(write_plan, text, horizon=years * YEAR).reserved
        assert (reserved.commitment, reserved.price.median) == (commitment, price)
        assert reserved.cost.median == pytest.approx(price * 512 * years * YEAR)
    result = compare(write_plan, text, horizon=3 * YEAR)
    assert result.reserved.less_owned.median == pytest.approx(result.reserved.cost.median - result.owned.median)
    assert compare(write_plan, text, horizon=MONTH).reserved is None


def test_a_contract_whose_price_the_scenario_states_is_compared_beside_the_longest(write_plan):
    own = HOUR_H100.replace("commitment: on-demand", "commitment: one-year") + "one_year_price: 2.2 USD/chip/hour\n"
    result = compare(write_plan, own, horizon=5 * YEAR)
    assert (result.reserved.commitment, result.reserved.is_own) == ("three-year", False)  # a discount of the library
    contract = result.own_contract
    assert (contract.commitment, contract.is_own, contract.has_own_price) == ("one-year", True, True)
    assert result.own_contract.price.median == 2.2
    assert result.own_contract.cost.median == pytest.approx(2.2 * 512 * 5 * YEAR)  # renewed five times
    difference = result.own_contract.cost.median - result.owned.median
    assert result.own_contract.less_owned.median == pytest.approx(difference)
    both = compare(write_plan, own + "three_year_price: 1.5 USD/chip/hour\n", horizon=5 * YEAR)
    assert both.reserved.is_own
    assert both.own_contract.price.median == 2.2
    one_year = compare(write_plan, own, horizon=2 * YEAR)
    assert one_year.reserved.is_own
    assert one_year.own_contract is None
    assert compare(write_plan, HOUR_H100, horizon=5 * YEAR).own_contract is None
    short = compare(write_plan, own, horizon=MONTH)
    assert (short.reserved, short.own_contract, short.too_long) == (None, None, ("one-year",))


def test_the_contract_of_the_scenario_is_compared_with_a_price_of_the_library_too(write_plan):
    result = compare(write_plan, HOUR_H100, "commitment=one-year", horizon=5 * YEAR)
    own = result.own_contract
    assert (own.commitment, own.is_own, own.has_own_price) == ("one-year", True, False)
    assert own.cost.median == pytest.approx(own.price.median * 512 * 5 * YEAR)
    assert compare(write_plan, HOUR_H100, horizon=5 * YEAR).own_contract is None  # on demand
    short = compare(write_plan, HOUR_H100, "commitment=one-year", horizon=YEAR / 2)
    assert (short.own_contract, short.too_long, short.not_compared) == (None, ("one-year",), None)
    mixed = compare(write_plan, HOUR_H100, "commitment=mixed", horizon=5 * YEAR)
    assert (mixed.own_contract, mixed.too_long, mixed.not_compared) == (None, (), "mixed")


def test_the_headline_names_the_cheapest_of_all_with_use_and_time(write_plan):
    path = write_plan(HOUR_H100)

    def headline(*sets):
        options = [part for each in sets for part in ("--set", each)]
        page = CliRunner().invoke(command, [path, "--rent-or-buy", "--draws", "100", "--horizon", "5 year", *options]).output
        return " ".join(page.split("\n\n")[0].split())

    dear = headline("three_year_price=9", "on_demand_price=9")
    assert ": owned costs least, $" in dear
    assert "and less than rented on demand in all 100 simulated outcomes" in dear
    assert "with the chips kept for 60.0 months and in use 80% of the time" in dear
    cheap = headline("three_year_price=0.5")
    assert ": reserved (three-year, own contract) costs least, $11.2M" in cheap  # 0.5 * 512 * 5 * 8766
    assert "and less than owned in all 100 simulated outcomes" in cheap
    low = headline("on_demand_price=0.1", "three_year_price=1")
    assert ": rented on demand costs least, $1.80M" in low  # 0.1 * 512 * 5 * 8766 * 0.8
    assert "and less than owned in all 100 simulated outcomes" in low


def test_page_has_the_own_contract_and_whose_prices_these_are(write_plan):
    own = HOUR_H100.replace("commitment: on-demand", "commitment: one-year") + "one_year_price: 2.2 USD/chip/hour\n"
    options = ["--rent-or-buy", "--draws", "200"]
    page = CliRunner().invoke(command, [write_plan(own), *options]).output
    assert re.search(r"own contract \(one-year\), renewed, all hours +\$49\.4M", page)  # 2.2 * 512 * 5 * 8766
    assert re.search(r"reserved \(three-year\), terms of the library", page)
    assert re.search(r"reserved \(one-year\), own price +2\.20 ", page)
    assert "against the own contract (one-year), renewed at its price, owned is cheaper in" in " ".join(page.split())
    short = CliRunner().invoke(command, [write_plan(own), *options, "--horizon", "2 month"]).output
    assert "the own contract (one-year) is longer than the horizon, so it is not compared" in " ".join(short.split())


def test_costs_that_a_scenario_lacks_are_those_of_the_library_and_are_named(write_plan):
    lacking = "\n".join(line for line in HOUR_H100.splitlines() if not line.startswith(("insurance_rate", "fleet_use")))
    result = compare(write_plan, lacking)
    assert result.library_costs == ("insurance_rate", "fleet_use")
    assert 0.7 < result.use.median < 0.95
    building = compare(write_plan, HOUR_H100.replace("facility_price: 150 USD/kW/month", "building_price: 12000 USD/kW"))
    assert building.library_costs == ()
    sold = compare(write_plan, HOUR_H100, "resale_share=20%", "without=[resale_decline, selling_share]")
    assert sold.library_costs == ()


def test_costs_by_horizon_are_those_of_each_horizon(write_plan):
    draws = simulate(bases_of(open_scenario(write_plan(HOUR_H100), Overrides(allow_unused=True))), RunOptions(10), points=3)
    np.testing.assert_allclose(draws.horizons, [MONTH, math.sqrt(5 / 12) * YEAR, 5 * YEAR])
    expected = [owned_hour(horizon / YEAR) for horizon in draws.horizons]
    np.testing.assert_allclose(draws.owned, np.transpose([expected] * 10))
    bare = [owned_hour(horizon / YEAR, capital=0, resale=False) for horizon in draws.horizons]
    np.testing.assert_allclose(draws.bare, np.transpose([bare] * 10))
    np.testing.assert_allclose(draws.rented, 2.7)


def test_scenario_without_compute_is_refused(write_plan):
    with pytest.raises(UnsupportedError, match="name `compute` among its lines"):
        compare(write_plan, HOUR_H100.replace("[compute]", "[energy_cost]"))


def test_plain_data_has_documented_fields_only(write_plan):
    result = compare(write_plan, HOUR_H100 + "three_year_price: 1.5\n", draws=100)
    assert undocumented(result) == set()
    data = result.to_dict()
    assert "fingerprint" not in data  # that of one of the scenarios would not be that of all
    assert list(data["break_even_utilisation"]) == ["median", "low", "high", "median_error", "never"]
    assert data["without_capital_and_resale"]["break_even_months"]["never"] == {"value": 0.0, "error": 0.0}
    frame = result.to_dataframe()
    figures = dict(zip(frame["figure"], frame["value"], strict=True))
    assert figures["rented_less_owned.first_cheaper.value"] == 1
    assert len(result.to_csv().splitlines()) == len(frame) + 1


def test_the_bases_of_a_scenario_are_read_in_one_call(write_plan):
    bases = bases_of(open_scenario(write_plan(CLUSTER), Overrides(sets=("on_demand_price=3", "chip_price=500"))))
    assert [scenario.choices["basis"] for scenario in bases.scenarios] == ["rented", "owned"]
    result = rent_or_buy(bases, RunOptions(100))
    assert (result.rental_price.median, result.acquisition.median) == (3, 5000)


def test_a_setting_must_apply_to_one_of_the_bases(write_plan):
    path = write_plan(CLUSTER)
    with pytest.raises(InvalidInputError, match="has no effect"):
        bases_of(open_scenario(path, Overrides(sets=("spot_discount=40%",))))
    scenarios = [read(path, sets=["chip_price=500"], basis=basis, allow_unused=True) for basis in ("owned", "rented")]
    assert unused_in_all(scenarios[1:]) == {"chip_price"}
    assert unused_in_all(scenarios) == set()


@pytest.mark.parametrize("text", ["1 to 3 year", "-1 year", "0 year", "3 kWh", "soon"])
def test_horizon_is_a_single_time_above_zero(text):
    assert parse_horizon("18 month") == pytest.approx(1.5 * YEAR)
    with pytest.raises(ValueError, match=r"."):
        parse_horizon(text)
