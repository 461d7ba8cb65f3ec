"""Roles of the staff: the mean of a team's people, and what roles share."""

import math

import pytest
from scenario_texts import refusal_of, steps, value_of

from simulator.core.units import HOURS_PER_YEAR

TEAM = """
lines: [staff_cost]
duration: 1 year
deflator: 1
staff:
  team: {people: 20, fte: 0.5, salary: 100000 to 300000 USD/person/year, on_cost: 1.3, equity: 0}
"""


def ratio_of(scenario, name="team.salary"):
    distribution = scenario.inputs[name].distribution
    return distribution.quantile(0.95) / distribution.quantile(0.05)


def test_dispersion_of_a_team_lies_between_one_person_and_independent_people(read_scenario):
    one = ratio_of(read_scenario(TEAM.replace("people: 20", "people: 1")))
    alone, half, same = (ratio_of(read_scenario(TEAM + f"team_correlation: {rho}\n")) for rho in (0, 0.5, 1))
    assert 1 < alone < half < same
    assert same == pytest.approx(one, rel=1e-3)
    # the mean of 20: sd over its root, so the log of the ratio is about 4.47 times smaller
    assert math.log(alone) == pytest.approx(math.log(one) / math.sqrt(20), rel=0.1)


def test_roles_share_what_is_not_of_a_person(read_scenario):
    text = TEAM + "  lead: {people: 1, fte: 1, salary: 400000 USD/person/year, on_cost: 1.3, equity: 0, duration: 2 year}\n"
    scenario = read_scenario(text)
    assert scenario.graph.formulas["staff_cost"].needs == ("team.cost", "lead.cost")
    assert value_of(scenario, "lead.duration") == 2 * HOURS_PER_YEAR
    assert steps(scenario)["team.duration"] == ("duration",)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("on_cost: 1.3", "on_cost: 0.3", "staff.team.on_cost: '0.3' lies outside what is possible here"),
        ("people: 20", "people: 2 to 4", "staff.team.people: must be one number"),
        ("people: 20", "people: many", "staff.team.people: the library has no row 'many'"),
    ],
)
def test_an_invalid_value_of_an_item_is_not_also_missing(old, new, message, read_scenario):
    lines = refusal_of(read_scenario, TEAM.replace(old, new)).splitlines()
    assert len(lines) == 1
    assert message in lines[0]


def test_an_invalid_duration_of_a_phase_is_not_also_missing(read_scenario):
    text = TEAM + "schedule: {data: {duration: soon}, final_run: {duration: 1 month}}\n"
    assert [line for line in refusal_of(read_scenario, text).splitlines() if "data.duration" not in line] == []
    assert "is needed" not in refusal_of(read_scenario, text)


@pytest.mark.parametrize(
    ("given", "suggested"), [("100000 to 300000 USD/year", "USD/person/year"), ("30 USD/person", ""), ("30 USD/chip/hour", "")]
)
def test_a_unit_without_its_item_is_suggested_with_it(given, suggested, read_scenario):
    message = refusal_of(read_scenario, TEAM.replace("100000 to 300000 USD/person/year", given))
    assert "cannot be converted to USD/person/hour" in message
    assert message.endswith(f"did you mean '{suggested}'?" if suggested else "USD/person/hour")
