"""Roles of the staff: the mean of a team's people, and what roles share."""

import math

import pytest
from scenario_texts import steps, value_of

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
