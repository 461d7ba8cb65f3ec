"""Shocks by hand, paired draw by draw."""

import math
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from plans import CONSTANT, HEAD, ONE
from scipy.stats import beta

from simulator.analysis.stress import apply_shocks
from simulator.analysis.stress.changes import explain_ranking, paired_change
from simulator.analysis.stress.shocks import ShockChange, with_evidence
from simulator.cli.commands.stress import command
from simulator.core.errors import InvalidInputError, UnsupportedError
from simulator.engine.options import RunOptions
from simulator.engine.simulate import simulate
from simulator.scenario import Overrides, library, open_scenario
from simulator.scenario.overrides import NO_OVERRIDES

UNDER_WAY = ONE + "progress: {share_done: 0.5, spent: 500 USD}\n"
RENTED = Overrides(basis="rented", sets=("lines=[rental_cost]",))


def shocks_of(reference, shocks=(), combinations=(), *, draws, overrides=NO_OVERRIDES):
    """The effects of shocks on a scenario."""
    opened = open_scenario(reference, overrides)
    return apply_shocks(opened, RunOptions(draws), shocks=shocks, combinations=combinations).shocks


def test_a_shock_on_known_numbers_is_worked_by_hand(write_plan):
    result = shocks_of(write_plan(CONSTANT), ["staff-pay-3-times"], draws=100, overrides=Overrides(budget="2000"))
    (case,) = result.cases
    assert result.base.median == 1500
    assert result.base.within_budget == (1.0, 0.0)
    assert case.median == case.p80 == 2500
    assert case.within_budget.value == 0
    assert case.change == ShockChange(
        mean=1000, mcse=0, median=1000, median_mcse=0, value=1000, share=pytest.approx(2 / 3), moves=True
    )


def test_cases_with_evidence_are_those_of_another_grade_than_d_or_all_where_there_are_none(write_plan):
    (case,) = shocks_of(write_plan(CONSTANT), ["staff-pay-3-times"], draws=100).cases
    graded = [replace(case, grade=grade) for grade in ("D", "C", "")]
    assert [each.is_assumption for each in graded] == [True, False, False]
    assert with_evidence(graded) == graded[1:]
    assert with_evidence(graded[:1]) == graded[:1]


def test_changes_are_paired_draw_by_draw(write_plan):
    """A cut of 44 % changes a total that is all rent by 44 %, whatever the random draws; unpaired it would have its
    error.
    """
    result = shocks_of("llama-3.1-405b", ["price-cut-2025"], draws=2000, overrides=RENTED)
    assert result.cases[0].change.share == pytest.approx(-0.44, rel=1e-12)
    assert result.cases[0].change.mcse < 0.5 * math.hypot(result.base.mcse.mean, 0)


def test_shocks_are_reported_alone_and_together_and_multiply():
    result = shocks_of("llama-3.1-405b", ["price-cut-2025", "tokens-doubled"], draws=2000, overrides=RENTED)
    names = [case.name for case in result.cases]
    assert sorted(names) == ["price-cut-2025", "price-cut-2025+tokens-doubled", "tokens-doubled"]
    both = next(case for case in result.cases if len(case.shocks) == 2)
    assert both.change.share == pytest.approx(0.56 * 2 - 1, rel=1e-12)
    assert both.alone_added_up == pytest.approx((-0.44 + 1) * result.base.mean, rel=1e-9)


def test_a_combination_includes_its_items_and_is_reported_once():
    pair = ("price-cut-2025", "tokens-doubled")
    alone = shocks_of("llama-3.1-405b", (), [pair], draws=500, overrides=RENTED)
    named = shocks_of("llama-3.1-405b", pair, [pair[::-1]], draws=500, overrides=RENTED)
    assert [len(case.shocks) for case in alone.cases] == [1, 1, 2]
    assert [len(case.shocks) for case in named.cases] == [1, 1, 2]


def test_without_names_every_shock_is_applied_or_has_a_reason():
    result = shocks_of("gpt-4", draws=1000)
    changes = [case.change.mean for case in result.cases]
    assert changes == sorted(changes, reverse=True)
    names = {case.name for case in result.cases} | {row.name for row in result.inapplicable}
    assert names == set(library.names("shocks"))
    reasons = {row.name: row.reason for row in result.inapplicable}
    assert "basis: rented" in reasons["price-cut-2025"]


def test_a_named_shock_without_effect_is_refused():
    with pytest.raises(InvalidInputError, match="needs `basis: rented`, but this has `basis: owned`"):
        shocks_of("gpt-4", ["price-cut-2025"], draws=100)
    with pytest.raises(InvalidInputError, match="no shock 'price-cut-2052'; did you mean"):
        shocks_of("llama-3.1-405b", ["price-cut-2052"], draws=100, overrides=RENTED)


def test_a_shock_of_the_scenario_itself_is_not_applied_twice(write_plan):
    text = CONSTANT + "shocks: [staff-pay-3-times]\n"
    with pytest.raises(UnsupportedError, match="part of the scenario already"):
        shocks_of(write_plan(text), ["staff-pay-3-times"], draws=100)
    inapplicable = {row.name: row.reason for row in shocks_of(write_plan(text), draws=100).inapplicable}
    assert "already" in inapplicable["staff-pay-3-times"]


@pytest.mark.parametrize("together", [("staff-pay-3-times",), ("staff-pay-3-times", "staff-pay-3-times")])
def test_a_combination_needs_two_different_shocks(write_plan, together):
    with pytest.raises(UnsupportedError, match="at least two shocks, each once"):
        shocks_of(write_plan(CONSTANT), (), [together], draws=100)


def test_a_run_under_way_is_refused(write_plan):
    with pytest.raises(UnsupportedError, match="under way"):
        shocks_of(write_plan(UNDER_WAY), draws=1000)


def test_the_median_change_is_that_of_the_differences_draw_by_draw(write_plan):
    """Rent that varies much more than the change: the difference of the medians has the sampling error of the total."""
    text = HEAD + "lines: [chip_cost, energy_cost]\nchip_cost: {lognormal: {median: 1e6, sigma: 1}}\n"
    opened = write_plan(text + "energy_cost: {uniform: {min: 100, max: 300}}\n")
    base, more = (open_scenario(opened, Overrides(sets=sets)).scenario for sets in ((), ("energy_cost=1e3",)))
    before, after = (simulate(each, 4000, keep=["total_cost"]).retained_draws["total_cost"] for each in (base, more))
    change = paired_change(after - before, before, heavy=False)
    assert change.median.value == pytest.approx(800, abs=3 * change.median.error)  # 1000 less the median of 100 to 300
    assert change.median.error < 3
    assert abs(float(np.median(after) - np.median(before)) - 800) > 3 * change.median.error


def test_a_shock_has_the_probability_and_mitigation_of_the_library():
    (case,) = shocks_of("llama-3.1-405b", ["mfu-at-p5"], draws=100).cases
    assert (case.probability.median, case.probability.low, case.probability.high) == (0.05, 0.05, 0.05)
    assert case.probability.grade == "A"
    assert case.mitigation.startswith("Measure the utilisation")


def test_of_a_yearly_change_of_price_the_probability_is_that_of_one_in_four_years():
    """Jeffreys' posterior of a proportion with one event in four is Beta(1.5, 3.5), whose mean is 0.3."""
    (case,) = shocks_of("llama-3.1-405b", ["price-cut-2025"], draws=100, overrides=RENTED).cases
    assert case.probability.median == pytest.approx(beta(1.5, 3.5).ppf(0.5), rel=1e-6)
    assert case.probability.high == pytest.approx(beta(1.5, 3.5).ppf(0.975), rel=1e-6)


# --- a price that is signed ---------------------------------------------------------------------------------------------

CONTRACT = """
extends: training-run
lines: [rental_cost]
outcomes: [chip_hours]
basis: rented
commitment: one-year
reservation: shared
chip: nvidia-h100-sxm
chips: 64
chip_hours: 1e5 chip*hour
idle_factor: 1.2
"""
RISE = "contract-rise-2026"


@pytest.mark.parametrize("price", [
    "one_year_price: 2 USD/chip/hour\n",
    "rental_price: 2 USD/chip/hour\n",
    "commitment: three-year\nthree_year_price: 2 USD/chip/hour\n",
])  # fmt: skip
def test_a_rise_of_contracts_that_are_not_signed_leaves_a_stated_price_alone(write_plan, price):
    text = CONTRACT.replace("commitment: one-year\n", "") if "commitment" in price else CONTRACT
    path = write_plan(text + price)
    reasons = {row.name: row.reason for row in shocks_of(path, draws=200).inapplicable}
    assert reasons[RISE] == "needs rental_price that is uncertain, but it is known: 2 USD/chip/hour"
    with pytest.raises(InvalidInputError, match="needs rental_price that is uncertain"):
        shocks_of(path, [RISE], draws=200)


@pytest.mark.parametrize("price", [
    "",  # that of the library
    "one_year_price: 2 to 3 USD/chip/hour\n",  # a range is no signed price
    "rental_price: 2 to 3 USD/chip/hour\n",
    "three_year_price: 1.5 USD/chip/hour\n",  # of another commitment
    "on_demand_price: {value: 3 USD/chip/hour, channel: neocloud}\n",  # less a discount of the library
])  # fmt: skip
def test_prices_that_are_not_agreed_rise(write_plan, price):
    (case,) = shocks_of(write_plan(CONTRACT + price), [RISE], draws=200).cases
    assert case.change.share == pytest.approx(0.559, rel=1e-9)


# --- changes without a mean ---------------------------------------------------------------------------------------------

HEAVY = CONSTANT.partition("lines:")[0] + (
    "lines: [chip_cost, staff_cost]\nchip_cost: {lognormal: {median: 30000, sigma: 3}}\nstaff_cost: 1000 USD\n"
)


def test_changes_without_a_mean_have_the_reason(write_plan):
    result = shocks_of(write_plan(HEAVY), ["staff-pay-3-times"], draws=4000)
    assert result.cases[0].change.mean is None
    assert result.ranked_by == "median"
    assert result.why_no_mean.startswith("total cost: its tail is too heavy for a mean (tail index ")
    page = CliRunner().invoke(command, [write_plan(HEAVY), "--shock", "staff-pay-3-times", "--draws", "4000"]).output
    assert "no change has a mean (n/a), and all are ranked by the median change: total cost: its tail is too heavy" in page
    assert shocks_of(write_plan(CONSTANT), ["staff-pay-3-times"], draws=100).why_no_mean == ""


def test_a_shock_whose_change_alone_has_no_mean_is_named():
    before = np.ones(5000)
    heavy = np.random.default_rng(3).pareto(0.7, 5000)
    changes = {"calm": paired_change(before, before, heavy=False), "wild": paired_change(heavy, before, heavy=False)}
    assert explain_ranking("", changes).startswith("wild: its tail is too heavy for a mean")
    assert "calm" not in explain_ranking("", changes)
