"""Shocks by hand, paired draw by draw."""

import math

import pytest
from plans import CONSTANT, ONE

from simulator.analysis.stress import apply_shocks
from simulator.analysis.stress.shocks import ShockChange
from simulator.core.errors import InvalidInputError, UnsupportedError
from simulator.engine.options import RunOptions
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
    assert case.change == ShockChange(mean=1000, mcse=0, median=1000, value=1000, share=pytest.approx(2 / 3), moves=True)


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
    with pytest.raises(InvalidInputError, match="changes price_factor, which is not used here"):
        shocks_of("gpt-4", ["price-cut-2025"], draws=100)
    with pytest.raises(InvalidInputError, match="no shock 'price-cut-2052'; did you mean"):
        shocks_of("gpt-4", ["price-cut-2052"], draws=100)


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
