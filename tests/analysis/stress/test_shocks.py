"""Shocks by hand, paired draw by draw."""

import math

import pytest
from plans import KNOWN, ONE

from simulator.analysis.stress import UnsupportedError, stress
from simulator.core.errors import InvalidInputError
from simulator.scenario import library

UNDER_WAY = ONE + "progress: {share_done: 0.5, spent: 500 USD}\n"
RENTED = {"basis": "rented", "sets": ["lines=[rental_cost]"]}


def test_a_shock_on_known_numbers_is_worked_by_hand(write_plan):
    found = stress(write_plan(KNOWN), ["staff-pay-3-times"], draws=100, budget="2000")
    (world,) = found["cases"]
    assert found["base"]["median"] == 1500
    assert found["base"]["within_budget"] == {"value": 1.0, "error": 0.0}
    assert world["median"] == world["quantiles"]["80"] == 2500
    assert world["within_budget"]["value"] == 0
    assert world["change"] == {
        "mean": 1000, "median": 1000, "value": 1000, "mcse": 0, "share": pytest.approx(2 / 3), "moves": True,
    }  # fmt: skip


def test_changes_are_paired_draw_by_draw(write_plan):
    """A cut of 44 % changes a total that is all rent by 44 %, whatever the random draws; unpaired it would be off by its
    error.
    """
    found = stress("llama-3.1-405b", ["price-cut-2025"], **RENTED, draws=2000)
    assert found["cases"][0]["change"]["share"] == pytest.approx(-0.44, rel=1e-12)
    assert found["cases"][0]["change"]["mcse"] < 0.5 * math.hypot(found["base"]["mcse"]["mean"], 0)


def test_shocks_are_told_alone_and_together_and_together_multiply():
    found = stress("llama-3.1-405b", ["price-cut-2025", "capacity-block-rise-2026"], **RENTED, draws=2000)
    names = [world["name"] for world in found["cases"]]
    assert names == ["price-cut-2025", "capacity-block-rise-2026", "price-cut-2025+capacity-block-rise-2026"]
    both = found["cases"][2]
    assert both["change"]["share"] == pytest.approx(0.56 * 1.15 - 1, rel=1e-12)
    assert both["alone_added_up"] == pytest.approx((-0.44 + 0.15) * found["base"]["mean"], rel=1e-9)


def test_a_combination_brings_its_members_and_is_told_once():
    pair = ("price-cut-2025", "capacity-block-rise-2026")
    alone = stress("llama-3.1-405b", (), [pair], **RENTED, draws=500)
    named = stress("llama-3.1-405b", pair, [pair[::-1]], **RENTED, draws=500)
    assert [len(world["shocks"]) for world in alone["cases"]] == [1, 1, 2]
    assert [len(world["shocks"]) for world in named["cases"]] == [1, 1, 2]


def test_without_names_every_shock_is_tried_and_the_others_say_why_not():
    found = stress("gpt-4", draws=1000)
    moved = [world["change"]["mean"] for world in found["cases"]]
    assert moved == sorted(moved, reverse=True)
    names = {world["name"] for world in found["cases"]} | {row["name"] for row in found["refused"]}
    assert names == set(library.names("shocks"))
    reasons = {row["name"]: row["reason"] for row in found["refused"]}
    assert "basis: rented" in reasons["price-cut-2025"]


def test_a_named_shock_that_acts_on_nothing_is_refused():
    with pytest.raises(InvalidInputError, match="acts on rental_price, which takes no part here"):
        stress("gpt-4", ["price-cut-2025"], draws=100)
    with pytest.raises(InvalidInputError, match="no shock 'price-cut-2052'; did you mean"):
        stress("gpt-4", ["price-cut-2052"], draws=100)


def test_a_shock_of_the_scenario_itself_is_not_let_happen_twice(write_plan):
    text = KNOWN + "shocks: [staff-pay-3-times]\n"
    with pytest.raises(UnsupportedError, match="part of the scenario already"):
        stress(write_plan(text), ["staff-pay-3-times"], draws=100)
    refused = {row["name"]: row["reason"] for row in stress(write_plan(text), draws=100)["refused"]}
    assert "already" in refused["staff-pay-3-times"]


@pytest.mark.parametrize("together", [("staff-pay-3-times",), ("staff-pay-3-times", "staff-pay-3-times")])
def test_a_combination_needs_two_different_shocks(write_plan, together):
    with pytest.raises(UnsupportedError, match="two shocks or more, each once"):
        stress(write_plan(KNOWN), (), [together], draws=100)


def test_a_run_under_way_has_no_pairs(write_plan):
    with pytest.raises(UnsupportedError, match="under way"):
        stress(write_plan(UNDER_WAY), draws=1000)
