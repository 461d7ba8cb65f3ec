"""Lines that a scenario inherits and adds to, and formulas of the user that are lines or are left out."""

import pytest
from scenario_texts import SMALL, refusal_of

import llmcost
from llmcost.units import Chips, Usd
from simulator import model
from simulator.analysis.cashflow import simulate_cash_flow
from simulator.core.suggestions import InvalidValueError
from simulator.engine.options import RunOptions
from simulator.model.lines import Basis, declared_lines

GPT4 = llmcost.read("gpt-4").lines


def monitoring_cost(chip_cost: Usd) -> Usd:
    """Monitoring of the cluster."""
    return chip_cost * 0.01


def audit_cost(staff_cost: Usd) -> Usd:
    """Audits."""
    return staff_cost * 0.1


def monitor_count(chips: Chips) -> Chips:
    """Monitors, which no line uses."""
    return chips / 8


def unused(scenario):
    return {note.subject: note.text for note in scenario.notes if note.code == "formulas-unused"}


def test_a_formula_that_no_line_uses_is_noted():
    scenario = llmcost.read("gpt-4", formulas=[monitoring_cost, monitor_count])
    assert unused(scenario) == {
        "monitoring_cost": "monitoring_cost is a formula of yours that no line or outcome uses; add it to `lines`",
        "monitor_count": "monitor_count is a formula of yours that no line or outcome uses; add it to `outcomes`",
    }
    sets = {"lines": ["inherited", "monitoring_cost"], "outcomes": ["monitor_count"]}
    assert unused(llmcost.read("gpt-4", sets=sets, formulas=[monitoring_cost, monitor_count])) == {}


def test_inherited_stands_for_the_lines_of_what_a_scenario_extends(read_scenario):
    formulas = [monitoring_cost, audit_cost]
    expected = (*GPT4, "monitoring_cost")
    assert read_scenario("extends: gpt-4\nlines: [inherited, monitoring_cost]\n", formulas=formulas).lines == expected
    option = ["lines=[inherited, monitoring_cost]"]
    assert read_scenario("extends: gpt-4\n", sets=option, formulas=formulas).lines == expected
    text = "extends: gpt-4\nlines: [audit_cost, inherited]\n"
    assert read_scenario(text, sets=option, formulas=formulas).lines == ("audit_cost", *expected)
    with pytest.raises(llmcost.InvalidInputError, match="monitoring_cost is counted 2 times"):
        read_scenario("extends: gpt-4\nlines: [inherited, monitoring_cost]\n", sets=option, formulas=formulas)


def test_inherited_lines_of_earlier_changes_in_python_remain():
    opened = llmcost.open_scenario("gpt-4", sets={"lines": ["inherited", "monitoring_cost"]}, formulas=monitoring_cost)
    more = opened.with_(sets={"lines": ["inherited", "audit_cost"]}, formulas=audit_cost)
    assert more.scenario.lines == (*GPT4, "monitoring_cost", "audit_cost")


def test_nothing_to_inherit_is_refused(read_scenario):
    own = SMALL.replace("[energy_cost]", "[inherited]")
    message = refusal_of(read_scenario, own)
    assert "lines: there is nothing to inherit: the scenario that this one extends has no `lines`; name the lines" in message
    assert "is missing" not in message


@pytest.mark.parametrize(
    ("stage", "scope"),
    [("run", "development cost"), ("development", "development cost"), ("service", "cost of the whole life")],
)
def test_the_stage_of_an_own_line_decides_the_scope(stage, scope):
    sets = {"lines": ["inherited", "contract_cost"]}

    def contract_cost(chip_cost: Usd) -> Usd:
        """Support."""
        return chip_cost * 0.1

    assert llmcost.read("gpt-4", sets=sets, formulas=contract_cost).scope == "total cost"
    declared = llmcost.line(stage)(contract_cost)
    assert declared is contract_cost
    assert llmcost.read("gpt-4", sets=sets, formulas=declared).scope == scope


def test_a_declared_line_follows_from_its_stage_and_basis():
    @llmcost.line("development")
    def contract_cost(chip_cost: Usd) -> Usd:
        """Support."""
        return chip_cost * 0.1

    @llmcost.line("run", basis="owned")
    def rack_cost(chip_cost: Usd) -> Usd:
        """Racks."""
        return chip_cost * 0.2

    lines = llmcost.read("gpt-4", sets={"lines": ["compute", "development"]}, formulas=[contract_cost, rack_cost]).lines
    assert lines == (*model.COMPUTE_LINES["owned"], "rack_cost", "contract_cost")


def test_an_own_line_after_the_release_is_spent_in_the_phase_of_serving():
    @llmcost.line("service")
    def contract_cost(chip_cost: Usd) -> Usd:
        """Support."""
        return chip_cost * 0.1

    schedule = {"build": {"duration": "2 month"}, "serving": {"duration": "9 month"}}
    source = {"extends": "gpt-4", "schedule": schedule, "lines": ["inherited", "contract_cost"]}
    scenario = llmcost.open_scenario(source, formulas=contract_cost).scenario
    flow = simulate_cash_flow(scenario, RunOptions(100), view="accrual")
    release = flow.phase_ends["build"].max()
    before = slice(0, int(release))
    assert not flow.by_line["contract_cost"][:, before].any()
    assert flow.by_line["staff_cost"][:, before].all()


def test_a_stage_or_basis_that_does_not_exist_is_refused():
    with pytest.raises(InvalidValueError, match="stage must be one of run, development, service, not 'later'"):
        llmcost.line("later")
    with pytest.raises(InvalidValueError, match="basis must be one of owned, purchased, rented, granted, not 'leased'"):
        llmcost.line("run", basis="leased")
    assert set(Basis.__args__) == set(model.CHOICES["basis"])
    assert declared_lines([monitoring_cost]) == {}
