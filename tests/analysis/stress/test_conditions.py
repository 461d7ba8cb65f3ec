"""Conditions on a quantity, read from text."""

import pytest
from plans import ONE

from simulator.analysis.stress import reverse
from simulator.analysis.stress.conditions import parse_condition
from simulator.core.errors import UnsupportedError
from simulator.engine.options import RunOptions
from simulator.scenario import read


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
    ],
)
def test_a_bad_condition_says_what_is_wrong(read_plan, text, message):
    with pytest.raises(UnsupportedError, match=message):
        reverse(read_plan(ONE), RunOptions(1000), condition=text)


def test_a_condition_reads_units_and_both_sides():
    scenario = read("gpt-4")
    assert parse_condition("wall_clock<60 day", scenario)[:3] == ("wall_clock", False, 1440.0)
    assert parse_condition(" pue > 1.2 ", scenario)[:3] == ("pue", True, 1.2)
