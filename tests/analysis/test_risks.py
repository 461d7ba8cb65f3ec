"""The risk register by hand: risks with known costs, reserved hours that rework uses, and errors of contributions."""

import csv
import io
import json
import re

import numpy as np
import pytest
from click.testing import CliRunner
from documented import undocumented
from monte_carlo import near
from plans import HEAD

import llmcost
from simulator.analysis.risks import quantile_change, risk_register
from simulator.cli.commands import run
from simulator.cli.commands.risks import command
from simulator.core.errors import UnsupportedError
from simulator.engine.options import RunOptions
from simulator.engine.simulate import simulate
from simulator.scenario import library, read

RUN = (
    HEAD
    + """lines: [compute, risk_cost]
basis: rented
final_run_chip_hours: 1000 chip*hour
chip_hours: 1000 chip*hour
chips: 10
deflator: 1
price_factor: 1
on_demand_price: 4 USD/chip/hour
"""
)
ON_DEMAND = RUN + "commitment: on-demand\n"
RESERVED = RUN + "commitment: one-year\none_year_discount: 0.5\nreservation: dedicated\none_year_term: 130 hour\n"
"""A contract for 1,300 chip-hours at 2 USD, of which the work uses 1,000, so that 300 are idle."""


def with_risks(text, **risks):
    rows = "".join(f"  {name}: {{{row}}}\n" for name, row in risks.items())
    return text + "risks:\n" + rows


def register_of(read_plan, text, draws=4000):
    return risk_register(read_plan(text), RunOptions(draws))


def test_a_certain_risk_on_known_numbers_is_worked_by_hand(read_plan):
    """A quarter of 1,000 hours at 4 USD is done again, and 500 USD are paid."""
    register = register_of(read_plan, with_risks(ON_DEMAND, redo="probability: 1, run_share: 0.25, impact: 500 USD"), 100)
    (risk,) = register.risks
    assert risk.probability == (1.0, 0.0)
    assert risk.impact.median == risk.expected_loss.value == 1500
    assert risk.contribution == (1500, 0)
    assert (register.p80.value, register.p80_without.value) == (5500, 4000)
    assert register.contribution == (1500, 0)


def test_expected_loss_is_probability_times_impact(read_plan):
    text = with_risks(ON_DEMAND, claim="probability: 0.3, impact: {lognormal: {median: 1000, sigma: 0.5}, unit: USD}")
    register = register_of(read_plan, text, 20_000)
    (risk,) = register.risks
    assert risk.expected_loss.value == pytest.approx(risk.probability.value * risk.impact.mean, rel=1e-9)
    assert near(risk.probability, 0.3)
    assert near(risk.expected_loss, 0.3 * 1000 * np.exp(0.125))


def test_rework_uses_reserved_hours_that_would_be_idle_and_then_rents_on_demand(read_plan):
    """200 of 300 idle hours cost nothing; of 400 hours, 100 are rented at 4 USD. Each hour on demand costs 4 USD."""
    for share, reserved, on_demand in ((0.2, 0, 800), (0.3, 0, 1200), (0.4, 400, 1600)):
        risks = {"redo": f"probability: 1, run_share: {share}"}
        for text, cost in ((RESERVED, reserved), (ON_DEMAND, on_demand)):
            (risk,) = register_of(read_plan, with_risks(text, **risks), 10).risks
            assert risk.impact.median == pytest.approx(cost, abs=1e-9), (share, text)


STAFF = (
    RUN.replace("[compute, risk_cost]", "[compute, staff_cost, risk_cost]")
    + "commitment: on-demand\nstaff: {team: {people: 10, fte: 1, salary: 120e3 USD/person/year, on_cost: 1, "
    "equity: 0 USD/person/year}}\n"
)
DELAY = {"late": "probability: 1, delay: 2 month", "redo": "probability: 1, run_share: 0.25"}


def test_a_delay_costs_in_the_lines_that_last_longer_under_a_schedule(read_plan):
    """Ten people at 10,000 USD a month for two months: 200,000 USD, in risk cost or in the staff."""
    derived = with_risks(STAFF + "duration: 6 month\n", **DELAY)
    schedule = "schedule: {work: {duration: 6 month, lines: [compute]}}\n"
    scheduled = with_risks(STAFF + schedule, **DELAY)
    for text, line, of_line in ((derived, "risk_cost", 201_000), (scheduled, "staff_cost", 800_000)):
        by_name = {risk.name: risk for risk in register_of(read_plan, text, 100).risks}
        assert by_name["late"].expected_loss.value == pytest.approx(200_000)
        assert by_name["late"].lines == (line,)
        assert by_name["redo"].lines == ("risk_cost",)
        assert by_name["redo"].expected_loss.value == pytest.approx(1000)
        result = simulate(read_plan(text), 100)
        assert result.accumulators[line].mean == pytest.approx(of_line)


def test_a_risk_that_costs_nothing_names_no_line(read_plan):
    (risk,) = register_of(read_plan, with_risks(RESERVED, redo="probability: 1, run_share: 0.2"), 10).risks
    assert (risk.lines, risk.impact.median) == ((), 0)


def test_tables_say_where_a_risk_costs(write_plan):
    schedule = "schedule: {work: {duration: 6 month, lines: [compute]}}\n"
    page = CliRunner().invoke(command, [write_plan(with_risks(STAFF + schedule, **DELAY)), "--draws", "1000"]).output
    assert re.search(r"^late .* staff cost ", page, re.M)
    assert "late: lengthens the schedule, so its cost is in the lines that last longer (costs in)" in " ".join(page.split())


def test_a_line_that_costs_something_in_few_draws_is_not_known(write_plan):
    path = write_plan(with_risks(ON_DEMAND, claim="probability: 0.01, impact: 5000 USD"))
    page = CliRunner().invoke(run.command, [path, "--draws", "20000"]).output
    row = next(line for line in page.splitlines() if line.startswith("risk cost"))
    assert row.split()[2:6] == ["$0", "$0", "to", "$0"]
    assert 40 < float(row.split()[6].removeprefix("$")) < 60  # a mean of 0.01 * 5,000
    assert re.search(r"^rental cost +\$4,000 +known +\$4,000", page, re.M)


def test_two_risks_share_the_idle_hours(read_plan):
    """Each repeats 200 hours and 300 are idle: together they rent 100 hours, which neither would rent without the other."""
    risks = dict.fromkeys(("one", "two"), "probability: 1, run_share: 0.2")
    register = register_of(read_plan, with_risks(RESERVED, **risks), 10)
    assert register.contribution.value == pytest.approx(400)
    assert [risk.contribution.value for risk in register.risks] == pytest.approx([400, 400])


def test_on_capacity_that_is_shared_rework_has_the_price_of_the_contract(read_plan):
    text = RESERVED.replace("dedicated", "shared") + "idle_factor: 1.1\n"
    (risk,) = register_of(read_plan, with_risks(text, redo="probability: 1, run_share: 0.2"), 10).risks
    assert risk.impact.median == pytest.approx(200 * 2)


def test_rework_on_a_purchased_cluster_costs_its_running_costs_only():
    bought = llmcost.risks("large:basis=purchased", draws=2000)
    owned = llmcost.risks("large:basis=owned", draws=2000)
    rollback = [next(risk for risk in register.risks if risk.name == "rollback") for register in (bought, owned)]
    assert rollback[0].impact.median < 0.2 * rollback[1].impact.median


def test_a_risk_of_probability_or_share_zero_contributes_nothing(read_plan):
    risks = {"never": "probability: 0, impact: 1e6 USD", "nothing": "probability: 1"}
    register = register_of(read_plan, with_risks(ON_DEMAND, **risks), 100)
    by_name = {risk.name: risk for risk in register.risks}
    assert by_name["never"].impact is None
    assert by_name["never"].expected_loss == by_name["never"].contribution == (0, 0)
    assert by_name["nothing"].impact.median == 0
    assert [note.text for note in register.notes] == ["never occurs in none of 100 draws"]


def test_the_error_of_a_contribution_is_that_of_repeated_runs():
    """Of 400 registers with other seeds, the standard deviation of the contribution is the reported error."""
    changes, errors = [], []
    for seed in range(400):
        generator = np.random.default_rng(seed)
        before = generator.lognormal(0, 1, 2000)
        after = before + (generator.random(2000) < 0.3) * generator.lognormal(0, 0.5, 2000)
        change = quantile_change(before, after)
        changes.append(change.value)
        errors.append(change.error)
    assert np.mean(errors) == pytest.approx(np.std(changes), rel=0.15)
    unpaired = [quantile_change(np.random.default_rng(seed).lognormal(0, 1, 2000), np.ones(2000)).error for seed in range(3)]
    assert np.mean(errors) < 1.5 * np.mean(unpaired)


def test_expected_losses_and_the_line_of_the_run_agree():
    register = llmcost.risks("large", draws=3000)
    line = llmcost.run("large", draws=3000).samples("risk_cost").mean()
    assert register.expected_loss.value == pytest.approx(line, rel=1e-9)


def test_a_heavy_tail_has_no_expected_loss(read_plan):
    text = with_risks(ON_DEMAND, claim="probability: 0.5, impact: {lognormal: {median: 1000, sigma: 5}, unit: USD}")
    register = register_of(read_plan, text)
    assert register.risks[0].expected_loss is register.expected_loss is register.risks[0].impact.mean is None
    assert [note.code for note in register.notes] == ["no-mean"]


def test_without_risks_and_under_way_it_is_refused(read_plan):
    with pytest.raises(UnsupportedError, match="has no risk register: add `risks:`"):
        llmcost.risks("gpt-4", draws=100)
    with pytest.raises(UnsupportedError, match="risks that no line counts: add risk_cost to its lines"):
        risk_register(read("large", sets=["lines=[compute]"]), RunOptions(100))
    text = with_risks(ON_DEMAND, claim="probability: 0.5, impact: 5 USD") + "progress: {share_done: 0.5, spent: 500 USD}\n"
    with pytest.raises(UnsupportedError, match="under way"):
        register_of(read_plan, text)


def test_json_and_csv_have_the_figures():
    register = llmcost.risks("large", draws=1000)
    assert undocumented(register) == set()
    data = json.loads(register.to_json())
    rows = {row["risk"]: row for row in csv.DictReader(io.StringIO(register.to_csv()))}
    for risk in data["risks"]:
        assert float(rows[risk["name"]]["contribution_p80"]) == risk["contribution"]["value"]
        assert rows[risk["name"]]["mitigation"] == risk["mitigation"]


def test_a_run_has_the_register_of_its_first_draws():
    summary = llmcost.run("large", draws=2000).summary()
    register = llmcost.risks("large", draws=2000)
    assert summary.risks.risks == register.risks
    assert "risks" not in llmcost.run("gpt-4", draws=100).summary().to_dict()


def test_a_run_with_a_quasi_random_method_has_random_draws_for_its_register():
    summary = llmcost.run("large", draws=2048, method="sobol").summary()
    assert summary.risks.risks == llmcost.risks("large", draws=2048).risks


# --- the library ----------------------------------------------------------------------------------------------------------


def test_a_scenario_takes_a_risk_of_the_library_and_changes_a_part_of_it(read_plan):
    text = with_risks(ON_DEMAND, fail="from: failed-run, probability: 0.5", other="from: settlement, mitigation: insure")
    scenario = read_plan(text)
    assert scenario.inputs["fail.probability"].specification == "0.5"
    assert scenario.inputs["fail.run_share"].specification == "failed-run"
    events = {event.name: event for event in scenario.events}
    assert events["fail"].mitigation.startswith("Train a model of a tenth of the size")
    assert events["other"].mitigation == "insure"


def test_an_unknown_risk_is_refused_with_the_nearest_name(read_plan):
    with pytest.raises(llmcost.InvalidInputError, match=r"no risk 'failed-ruun'.*did you mean 'failed-run'") as raised:
        read_plan(with_risks(ON_DEMAND, fail="from: failed-ruun"))
    assert len(raised.value.issues) == 1


@pytest.mark.parametrize("name", library.names("risks"))
def test_every_risk_of_the_library_is_shown_with_probability_and_mitigation(name):
    (entry,) = llmcost.show(name).entries
    assert entry.kind == "risk"
    assert "probability" in entry.facts
    assert "" not in (entry.mitigation, entry.about)
    assert entry.sources
    assert name in [risk.name for risk in llmcost.list_risks()]


def test_draws_of_all_others_stay_when_a_risk_is_added(read_plan):
    one = with_risks(ON_DEMAND, a="probability: 0.5, impact: 1 to 2 USD")
    two = with_risks(ON_DEMAND, a="probability: 0.5, impact: 1 to 2 USD", b="probability: 0.1, impact: 1 to 9 USD")
    draws = [simulate(read_plan(text, name), 100, keep=["a.cost"]) for text, name in ((one, "one"), (two, "two"))]
    assert np.array_equal(*(each.retained_draws["a.cost"] for each in draws))
