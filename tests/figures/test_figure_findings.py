"""A title states a finding that is true of the draws, computed here apart from the figure."""

from dataclasses import replace

import numpy as np
import pytest
from figure_cases import HEADER, sensitivity_of, swing, table_of

from simulator.analysis.sensitivity import IntervalEstimate
from simulator.core.formatting import format_money, format_percent
from simulator.engine.simulate import simulate
from simulator.figures import KINDS, build_table, draw, finding_of
from simulator.figures.data import FigureRequest
from simulator.figures.kinds.rent_or_buy import ContractCost, CostBand, HorizonCost, RentOrBuyFigure
from simulator.scenario import TOTAL, read

OF_SEVERAL = ("overlay", "cdf", "intervals", "difference")


@pytest.fixture(scope="module")
def draws(folder):
    """Draws of the plan: chips of 1000 USD and energy of 200 USD at the median, with a budget of 2,000 USD."""
    scenario = read(str(folder / "plan.yaml"))
    result = simulate(scenario, 1000, keep=[TOTAL, "chip_cost", "energy_cost"])
    return result.retained_draws


def finding(folder, kind, name="plan"):
    return finding_of(kind, table_of(folder, name, kind))


def test_title_is_the_finding(folder):
    for kind in ("histogram", "breakdown", "joint", "levers"):
        table = table_of(folder, "plan", kind)
        assert " ".join(draw(kind, table).texts[0].get_text().split()) == finding_of(kind, table)


def test_no_finding_ends_with_a_full_stop_or_has_an_internal_name(folder):
    for kind, about in KINDS.items():
        if about.max_scenarios and kind not in ("backtest", "rent-or-buy", "risks", "epoch-components"):
            text = finding(folder, kind)
            assert text[0] == text[0].upper() or kind in OF_SEVERAL  # which begin with the name of a scenario
            assert not text.endswith(".")
            assert "_" not in text, kind


def test_total(folder, draws):
    total = draws[TOTAL]
    low, middle, p80, high = (f"${format_money(np.quantile(total, p))}" for p in (0.025, 0.5, 0.8, 0.975))
    assert finding(folder, "histogram") == f"Half of the simulated outcomes cost more than {middle}; 95% cost {low} to {high}"
    within = format_percent(np.mean(total <= 2000))
    assert finding(folder, "s-curve") == f"{within} of the outcomes stay within the budget of $2,000; 80% within {p80}"
    assert finding(folder, "histogram", "known") == "The total is known: $1.80K"


def test_lines(folder, draws):
    total, chips = draws[TOTAL], draws["chip_cost"]
    share = format_percent(np.mean(chips / total))
    largest = f"the largest line is chip cost, ${format_money(np.median(chips))} at the median"
    assert finding(folder, "breakdown") == f"Compute is {share} of the cost; {largest}"
    # 1200 of 1800 is not 70%, so both are named
    assert finding(folder, "breakdown", "known").startswith("Compute and energy and site are 100% of the cost")


def test_contingency_and_bridge(folder, draws):
    contingency = f"${format_money(np.quantile(draws[TOTAL], 0.8) - 1200)}"  # the point estimate is 1000 + 200
    assert finding(folder, "contingency").startswith(f"The P80 needs {contingency} beyond the point estimate, of which $")
    assert finding(folder, "contingency").endswith("for chip cost")
    assert finding(folder, "bridge").startswith(
        f"The P80 is {contingency} above the point estimate, mostly through chip cost (+$"
    )


def test_payments(folder):
    # 2 x 300 of energy in months 1 and 2, 4 x 300 of chips in months 3 to 6
    text = finding(folder, "cashflow", "known")
    most, half = text.split("; ")[:2]
    assert most == "No month takes more than $300"
    assert half.startswith("half of the median total of $1.80K is paid by the end of month 3")
    most = format_money(table_of(folder, "plan", "cashflow").largest_month_p80)
    assert finding(folder, "cashflow").startswith(f"With a probability of 80% no month takes more than ${most}; half")
    assert finding(folder, "burn-up", "known").startswith("$190 is spent; the forecast is $")


def test_joint(folder):
    table = table_of(folder, "plan", "joint")
    both = np.mean(
        (np.array(table.points.cost) <= 2000) & (np.array(table.points.months) <= table.date_target.months)
    )  # fmt: skip
    assert finding_of("joint", table).startswith(f"{format_percent(both)} of the outcomes meet both targets: $2,000 and ")


def test_drivers(folder):
    rows = [swing(90, 110), swing(150, 50, "wide_one")]
    assert finding_of("tornado", sensitivity_of(*rows)) == "The cost depends most on wide one: $50.0 to $150"
    shares = [replace(swing(1, 2, name), share_of_variance=IntervalEstimate(value, 0.01))
              for name, value in (("a", 0.2), ("b_c", 0.7), ("d", 0.001))]  # fmt: skip
    assert finding_of("variance", sensitivity_of(*shares)) == "B c explains 70% of the uncertainty; next is a 20%"
    noise = replace(swing(1, 2), share_of_variance=IntervalEstimate(0.001, 0.01))
    assert finding_of("variance", sensitivity_of(noise)) == "No input has a share of the variance above the Monte Carlo error"
    # The total is chips + energy at medians: P5 and P95 of chips are 1000 exp(-+0.822)
    low, high = (format_money(200 + 1000 * np.exp(side * 1.644854 * 0.5)) for side in (-1, 1))
    assert finding(folder, "spider") == f"Chip cost alone moves the cost from ${low} to ${high}"
    assert finding(folder, "correlation").startswith("The total rises most consistently with chip cost (rank correlation +")


def test_risks(folder):
    register = table_of(folder, "risks", "risks")
    text = finding_of("risks", register)
    assert text.startswith(f"A risk occurs in {format_percent(register.any_risk.value)} of the outcomes; the register ")
    assert 0.2 < register.any_risk.value < 0.28  # 1 - 0.8 x 0.95 = 0.24


def test_scenarios(folder):
    # The other scenario has chips of exactly 500 USD, the first of 1000 USD at the median.
    for kind, level in (("overlay", 0.5), ("intervals", 0.5)):
        text = finding(folder, kind)
        names = [row.name for row in table_of(folder, "plan", kind).scenarios]
        assert " costs least, $" in text
        assert "at the median; " in text
        assert len(names) == 2, level
    table = table_of(folder, "plan", "difference")
    (row,) = table.differences
    cheaper = format_percent(max(0.0, 1 - row.first_cheaper.value - row.equal))
    assert row.median == pytest.approx(-500, abs=30)
    assert " costs less than " in finding_of("difference", table)
    assert f"in {cheaper} of the outcomes, ${format_money(-row.median)} at the median" in finding_of("difference", table)
    cdf = table_of(folder, "plan", "cdf")
    best = max(cdf.scenarios, key=lambda row: row.within)
    assert finding_of("cdf", cdf).startswith(
        f"{best.name} stays within the budget of $2,000 in {format_percent(best.within)} of the outcomes, "
    )


def rent_or_buy(rented, owned, commitment="on-demand", contracts=()):
    horizons = tuple(HorizonCost(months, CostBand(cost, cost, cost), cost) for months, cost in owned.items())
    rent = CostBand(rented, rented, rented)
    return RentOrBuyFigure(
        header=HEADER, rented=rent, rent_commitment=commitment, use=0.85, horizons=horizons, contracts=contracts
    )


@pytest.mark.parametrize(
    ("rented", "expected"),
    [
        (2.5, "At the median owning costs less than renting on demand from 15 months on at 85% use"),  # half-way from 3 to 2
        (9.0, "At the median owning costs less than renting on demand from 1.0 months on at 85% use"),
        (1.0, "At the median renting on demand costs less than owning for any time up to 20 months at 85% use"),
    ],
)
def test_rent_or_buy(rented, expected):
    assert finding_of("rent-or-buy", rent_or_buy(rented, {1: 8.0, 10: 3.0, 20: 2.0})) == expected


def test_rent_or_buy_names_a_contract_that_costs_less_than_owning_in_most_draws():
    def contract(commitment, cost, cheaper):
        return ContractCost(commitment, False, CostBand(cost, cost, cost), cheaper)

    contracts = (contract("three-year", 1.5, 0.84), contract("one-year", 2.2, 0.3))
    text = finding_of("rent-or-buy", rent_or_buy(2.5, {1: 8.0, 10: 3.0, 20: 2.0}, "spot", contracts))
    start = "At the median owning costs less than renting on spot capacity from 15 months on at 85% use"
    assert text == f"{start}; a three-year contract costs less in 84% of the draws"
    assert finding_of("rent-or-buy", rent_or_buy(2.5, {1: 8.0, 10: 3.0, 20: 2.0}, "spot", contracts[1:])) == start


def test_evidence(folder):
    trend = build_table("trend", FigureRequest())
    assert finding_of("trend", trend) == f"The amortised cost of frontier models grows {trend.growth.value:.1f} times a year"
    table = build_table("backtest", FigureRequest(reference=str(folder / "backtest.json")))
    assert finding_of("backtest", table) == "The 95% intervals contain 100% of 6 published figures"  # 4 of 4 and 2 of 2
    posterior = build_table("posterior", FigureRequest(subject="power"))
    first = posterior.effects[0]
    assert first.shrinks == max(each.shrinks for each in posterior.effects)
    assert f"remove {round(100 * first.shrinks)}% of the uncertainty about " in finding_of("posterior", posterior)


def test_amounts_in_another_currency_have_its_name(folder):
    table = table_of(folder, "plan", "histogram")
    text = finding_of("histogram", replace(table, header=replace(table.header, money="2026 EUR")))
    assert "$" not in text
    assert "€" in text
    text = finding_of("histogram", replace(table, header=replace(table.header, money="2026 CHF")))
    assert "CHF 1." in text
