"""Cash flow of a rented, an owned and a mixed scenario with known amounts, month by month, against a table worked by hand.

All invoices are paid after one month of 730.5 hours, so that each row of a table is that of the month before. Expected rows say
how each amount comes about.
"""

import numpy as np
import pytest

import llmcost
from simulator.analysis.cashflow import cash_flow, simulate_cash_flow
from simulator.analysis.statistics import simulate_draws
from simulator.engine.options import RunOptions

FEW = RunOptions(100)
AFTER_A_MONTH = "payments: {arrears: {lag: 1 month}, commitment: {lag: 1 month}}\n"

# 10,000 chip-hours at 2 USD: 2,000 of them in four months of experiments, 8,000 in a month of the final run. Two people at
# 12,000 USD a year with equity of 6,000. Serving costs 1,800 in 18 months. A cloud grants 1,500, for half of each bill.
RENTED = """prices: 2026 USD
basis: rented
commitment: on-demand
lines: [rental_cost, staff_cost, serving_cost, licence_cost]
outcomes: [cash_cost, credits_used]
final_run_chip_hours: 8000 chip*hour
experiments_factor: 1.25
post_training_share: 0
chips: 12 chip
on_demand_price: 2 USD/chip/hour
price_factor: 1
credit_grant: 1500 USD
credit_share: 0.5
staff: {team: {people: 1 person, fte: 2, salary: 12000 USD/person/year, on_cost: 1, equity: 6000 USD/person/year}}
location_factor: 1
ramp: 1
deals: {archive: {count: 1, price: 900 USD}}
serving_cost: 1800 USD
deflator: 1
schedule:
  data: {duration: 1 month}
  experiments: {duration: 4 month, lines: [rental_cost]}
  final_run: {duration: 1 month, lines: [rental_cost]}
  serving: {duration: 18 month}
"""

# 10 chips that cost 20,000 USD each and last four years: 200,000 / 48 in a month of use. Two months of use at 300 USD of power.
OWNED = """prices: 2026 USD
basis: owned
depreciation: straight-line
lines: [chip_cost, energy_cost]
outcomes: [cash_cost]
final_run_chip_hours: 14610 chip*hour
experiments_factor: 1
post_training_share: 0
chips: 10 chip
chip_price: 20000 USD/chip
server_factor: 1
network_factor: 1
useful_life: 4 year
energy_cost: 600 USD
deflator: 1
schedule:
  data: {duration: 7 month}
  final_run: {duration: 2 month, lines: [chip_cost, energy_cost]}
"""
BOUGHT = "resale_decline: 0 1/year\nselling_share: 0.8\n"

# A contract of a year for 4 of 10 chips at 1 USD, and 2 USD on demand for the others, in one month of 7,305 chip-hours.
MIXED = """prices: 2026 USD
basis: rented
commitment: one-year
reservation: dedicated
lines: [rental_cost, idle_cost]
outcomes: [cash_cost]
final_run_chip_hours: 7305 chip*hour
experiments_factor: 1
post_training_share: 0
chips: 10 chip
reserved_chips: 4 chip
one_year_term: 1 year
on_demand_price: 2 USD/chip/hour
one_year_discount: 0.5
price_factor: 1
deflator: 1
schedule:
  data: {duration: 1 month}
  final_run: {duration: 1 month, lines: [compute]}
"""


def months(read_plan, text, **options):
    """Return the amounts of the first draw by line, checked to be the same in all draws and to add up."""
    flow = simulate_cash_flow(read_plan(text), FEW, **options)
    values = flow.result.retained_draws
    whole = values["cash_cost" if options.get("view") != "accrual" else "total_cost"]
    np.testing.assert_allclose(flow.total.sum(axis=1), whole, rtol=1e-12)
    return {line: amounts[0] for line, amounts in flow.by_line.items()}, flow


def is_table(found, expected):
    assert set(found) == set(expected)
    for line, row in expected.items():
        np.testing.assert_allclose(found[line], np.pad(np.asarray(row, float), (0, len(found[line]) - len(row))), atol=1e-6)


def test_rented_costs_accrue(read_plan):
    found, flow = months(read_plan, RENTED, view="accrual")
    is_table(found, {
        "rental_cost": [0, *[2000 * 2 / 4] * 4, 8000 * 2],  # by the hours, not by the length, of the phases
        "staff_cost": [2 * 18_000 / 12] * 6,
        "licence_cost": [900],  # in the data phase
        "serving_cost": [0] * 6 + [1800 / 18] * 18,  # after the release
    })  # fmt: skip
    assert flow.months == 24


def test_rented_costs_are_paid(read_plan):
    found, flow = months(read_plan, RENTED + AFTER_A_MONTH)
    is_table(found, {
        "rental_cost": [0, 0, *[1000] * 4, 16_000],
        "staff_cost": [2 * 12_000 / 12] * 6,  # without equity, in the month
        "licence_cost": [900],
        "serving_cost": [0] * 7 + [100] * 18,
        "credits_used": [0, 0, -500, -500, -500],  # half of each bill until 1,500 are spent
    })  # fmt: skip
    assert flow.months == 25
    assert flow.total[0].sum() == pytest.approx(20_000 + 12_000 + 900 + 1800 - 1500)


def test_a_fleet_that_is_there_costs_depreciation_and_pays_for_its_power(read_plan):
    accrued, _ = months(read_plan, OWNED, view="accrual")
    is_table(accrued, {"chip_cost": [0] * 7 + [200_000 / 48] * 2, "energy_cost": [0] * 7 + [300] * 2})
    paid, _ = months(read_plan, OWNED + AFTER_A_MONTH)
    is_table(paid, {"energy_cost": [0] * 8 + [300] * 2})


def test_a_fleet_that_is_bought_is_paid_at_order_and_delivery_and_sold_at_the_end(read_plan):
    terms = "payments: {arrears: {lag: 1 month}, hardware: purchase}\n"
    paid, flow = months(read_plan, OWNED + BOUGHT + terms)
    is_table(paid, {
        "energy_cost": [0] * 8 + [300] * 2,
        # delivered after seven months, ordered six months before
        "fleet_purchase": [0, 60_000, 0, 0, 0, 0, 0, 140_000],
        "fleet_proceeds": [0] * 55 + [-40_000],  # a fifth, 48 months later
    })  # fmt: skip
    assert flow.result.retained_draws["cash_cost"][0] == pytest.approx(600 + 160_000)
    result = cash_flow(read_plan(OWNED + BOUGHT + terms), FEW)
    assert result.peak_funding.median == pytest.approx(200_600)
    assert result.total.median == pytest.approx(160_600)
    assert result.reconciliation == pytest.approx({
        "total_cost": 200_000 / 24 + 600, "noncash_cost": -200_000 / 24, "fleet_purchase": 200_000, "fleet_proceeds": -40_000,
        "cash_cost": 160_600,
    })  # fmt: skip
    accrued, _ = months(read_plan, OWNED + BOUGHT + terms, view="accrual")
    is_table(accrued, {"chip_cost": [0] * 7 + [200_000 / 48] * 2, "energy_cost": [0] * 7 + [300] * 2})


def test_a_contract_is_paid_over_its_term_and_the_rest_when_it_is_used(read_plan):
    used, beyond, term = 0.4 * 7305, 0.6 * 7305, 4 * 8766
    accrued, _ = months(read_plan, MIXED, view="accrual")
    is_table(accrued, {
        "rental_cost": [0, used / 12 + beyond * 2, *[used / 12] * 11],
        "idle_cost": [0, *[(term - used) / 12] * 12],
    })  # fmt: skip
    paid, _ = months(read_plan, MIXED + AFTER_A_MONTH)
    is_table(paid, {line: [0, *row[:13]] for line, row in accrued.items()})
    assert sum(row.sum() for row in paid.values()) == pytest.approx(term + beyond * 2)


def test_the_cluster_of_a_purchase_is_paid_and_accrues_with_its_use(read_plan):
    text = OWNED.replace("basis: owned\ndepreciation: straight-line\n", "basis: purchased\n").replace(
        "useful_life: 4 year\n", ""
    )
    text = text.replace("[chip_cost, energy_cost]", "[chip_purchase, energy_cost]")
    text = text.replace("experiments_factor: 1\npost_training_share: 0\n", "").replace(
        "final_run_chip_hours: 14610 chip*hour\n", ""
    )
    accrued, _ = months(read_plan, text, view="accrual")
    is_table(accrued, {"chip_purchase": [0] * 7 + [100_000] * 2, "energy_cost": [0] * 7 + [300] * 2})
    paid, _ = months(read_plan, text + AFTER_A_MONTH)
    is_table(paid, {"chip_purchase": [0, 60_000, 0, 0, 0, 0, 0, 140_000], "energy_cost": [0] * 8 + [300] * 2})


HARDWARE_OF_A_FLEET = ("chip_cost", "server_cost", "network_cost", "capital_cost", "resale_credit")


def test_a_fleet_that_is_there_serves_without_payments_for_its_hardware():
    names = ("noncash_cost", "supply_cost", *HARDWARE_OF_A_FLEET)
    scenario = llmcost.open_scenario("serve/llama-3.3-70b", sets={"outcomes": ["inherited", *names]}, basis="owned").scenario
    draws = simulate_draws(scenario, FEW, ["serving_cost", *names]).retained_draws
    hardware = sum(draws[name] for name in HARDWARE_OF_A_FLEET)
    np.testing.assert_allclose(draws["noncash_cost"], draws["serving_cost"] * hardware / draws["supply_cost"], rtol=1e-12)
    flow = cash_flow(scenario, FEW)
    assert flow.lines[0].total.median == pytest.approx(np.median(draws["serving_cost"] - draws["noncash_cost"]))
    assert flow.reconciliation["noncash_cost"] == pytest.approx(-float(draws["noncash_cost"].mean()), rel=1e-9)


@pytest.mark.parametrize("change", [{"basis": "rented"}, {"basis": "owned", "sets": ["serving=priced"]}])
def test_serving_that_needs_no_hardware_of_its_own_is_paid_whole(change):
    scenario = llmcost.open_scenario("serve/llama-3.3-70b").with_(**change).scenario
    assert "noncash_cost" not in cash_flow(scenario, FEW).reconciliation


@pytest.mark.parametrize(
    ("phases", "is_noted"),
    [("data: {duration: 2 month}, experiments: {duration: 1 month}", True), ("experiments: {duration: 1 month}", False)],
)
def test_a_contract_that_begins_after_the_start_is_noted(read_plan, phases, is_noted):
    schedule = f"schedule: {{{phases}, final_run: {{duration: 1 month}}}}\n"
    text = MIXED.partition("schedule:")[0]
    notes = {note.code: note.text for note in cash_flow(read_plan(text + schedule), FEW).notes}
    assert ("contract-begins-later" in notes) == is_noted
    if is_noted:
        assert "2.0 months after the start at the median" in notes["contract-begins-later"]
