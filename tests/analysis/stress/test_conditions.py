"""Conditions on a quantity, read from text."""

import re

import pytest
from plans import ONE

from simulator.analysis.stress import reverse
from simulator.analysis.stress.conditions import parse_condition
from simulator.core.errors import UnsupportedError
from simulator.engine.options import RunOptions
from simulator.scenario import Overrides, open_scenario, read


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("total_cost", "is not a condition; write one such as"),
        ("1 < total_cost < 2", "is not a condition"),
        ("total_cots > 5", "did you mean 'total_cost'"),
        ("total_cost > 5 hour", "hour cannot be converted to USD"),
        ("total_cost > 5 to 6", "must be one number"),
        ("total_cost > much", "is not a number"),
        ("emissions > 5", "add it to the `outcomes`"),
        ("total_cost > 2*budget", "there is no budget; add --budget AMOUNT"),
    ],
)
def test_a_bad_condition_says_what_is_wrong(read_plan, text, message):
    with pytest.raises(UnsupportedError, match=message):
        reverse(read_plan(ONE), RunOptions(1000), condition=text)


def test_a_condition_reads_units_and_both_sides():
    scenario = read("gpt-4")
    assert parse_condition("wall_clock<60 day", scenario)[:3] == ("wall_clock", False, 1440.0)
    assert parse_condition(" pue > 1.2 ", scenario)[:3] == ("pue", True, 1.2)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("total_cost > 2*budget", 200e6),
        ("total_cost > budget*2", 200e6),
        ("2*budget < total_cost", 200e6),
        ("total_cost > 1.5*(budget + 10e6)", 165e6),
        ("total_cost > 1.5*(budget + 10e6 USD)", 165e6),
        ("total_cost > budget - 3*10e6", 70e6),
        ("total_cost > 10e6 + budget/4*3", 85e6),
        ("total_cost > 120%*budget", 120e6),
        ("total_cost > -(-budget)", 100e6),
        ("total_cost > budget/(50e6 USD)*3e6", 6e6),
        ("wall_clock > 2*30 day + 12 hour", 1452),
        ("wall_clock > 90 day/2", 1080),
        ("chip_price > 2e4 USD/chip/2", 1e4),
    ],
)
def test_amounts_are_worked_out_by_hand(text, amount):
    scenario = open_scenario("gpt-4", Overrides(budget="100e6")).scenario
    assert parse_condition(text, scenario)[1:3] == (True, pytest.approx(amount, rel=1e-12))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("total_cost > budget*budget", "cannot be multiplied"),
        ("total_cost > 1/budget", "cannot be divided by an amount"),
        ("total_cost > budget/0", "divided by zero"),
        ("total_cost > (2*budget", "lacks a closing bracket"),
        ("total_cost > 2 budget", "'2 budget' is not a number"),
        ("total_cost > 2*", "is not a number"),
        ("total_cost > 2**3", "is not a number"),
        ("total_cost > __import__('os')", "is not a number"),
        ("total_cost > budget.real", "is not a number"),
        ("total_cost > " + "(" * 50 + "1", "is not a number"),
        ("total_cost > " + "+".join(["1"] * 200), "is not a number"),
        ("total_cost > 1e400", "not a finite"),
        ("wall_clock > budget", "USD cannot be converted to hour"),
        ("total_cost >= 2*budget", "is not a condition"),
    ],
)
def test_what_is_no_amount_is_refused(text, message):
    with pytest.raises(UnsupportedError, match=re.escape(message)):
        parse_condition(text, open_scenario("gpt-4", Overrides(budget="100e6")).scenario)
