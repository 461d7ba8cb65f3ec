"""A comparison of scenarios that serve says what a million tokens cost in each."""

import numpy as np
import pytest
from command_line import run_llmcost
from documented import undocumented

import llmcost
from simulator.analysis.compare import compare
from simulator.analysis.latency import LEAST_MET, NOT_MODELLED, ServedLatency, latency_condition, missed_targets
from simulator.analysis.own_chips import condition_of
from simulator.core.formatting import format_percent
from simulator.engine.options import RunOptions
from simulator.engine.simulate import simulate
from simulator.figures import build_table, draw, finding_of
from simulator.figures.data import FigureRequest
from simulator.report.content import Bullets, TableBlock
from simulator.scenario import open_scenario
from simulator.scenario.assemble.serving_notes import NO_STAFF

DRAWS = 1000
COSTS = ("mean_token_cost", "input_token_cost", "output_token_cost")


def test_costs_of_tokens_are_those_of_the_runs():
    scenarios = [open_scenario("serve/llama-3.3-70b").with_(sets=sets).scenario for sets in ((), ("serving=priced",))]
    comparison = compare(scenarios, RunOptions(DRAWS), names=["Own", "API"])
    for scenario, total in zip(scenarios, comparison.scenarios, strict=True):
        draws = simulate(scenario, DRAWS, keep=COSTS).retained_draws
        assert [each.name for each in total.token_costs] == list(COSTS)
        for each in total.token_costs:
            assert each.median == pytest.approx(np.median(draws[each.name]))
            assert each.unit == "USD/token"


def test_table_has_the_cost_of_a_million_tokens():
    arguments = ["compare", "Own=serve/llama-3.3-70b", "API=serve/llama-3.3-70b:serving=priced", "--draws", "1000"]
    output = run_llmcost(*arguments).stdout
    assert "Cost of tokens in USD/Mtoken" in output
    assert "mean token cost: Own" in output


def test_scenarios_without_fleet_have_none():
    comparison = compare([open_scenario("gpt-4").scenario, open_scenario("gpt-3").scenario], RunOptions(DRAWS))
    assert comparison.scenarios[0].token_costs == ()
    assert "token_costs" not in comparison.to_dict()["scenarios"][0]


def test_a_list_price_in_place_of_an_own_fleet_is_one_step():
    """Another supply of chips, which the list price does not need, is none."""
    scenarios = [
        open_scenario("serve/llama-3.3-70b").with_(sets=sets).scenario for sets in (["basis=owned"], ["serving=priced"])
    ]
    for first, second in (scenarios, reversed(scenarios)):
        (row,) = compare([first, second], RunOptions(DRAWS)).differences
        (step,) = row.steps
        assert step.name == "request_cost"
        assert step.change == pytest.approx(row.mean)


@pytest.mark.parametrize(
    ("sets", "payment"),
    [
        ((), "for all hours of its chips in service, used or not."),
        (("scaling=hourly",), "for the hours of the instances that it runs, used or not."),
        (("commitment=one-year",), "for its whole term."),
    ],
)
def test_a_rented_fleet_pays_for_idle_hours_as_well(sets, payment):
    fleet = open_scenario("serve/llama-3.3-70b")
    scenarios = [fleet.with_(sets=each).scenario for each in (["basis=owned"], sets)]
    (own,) = compare(scenarios, RunOptions(100), names=["Own", "Rent"]).own_chips
    assert f"{own.others[0].label} pays {payment}" in condition_of(own, "USD")


# --- targets of latency ---------------------------------------------------------------------------------------------------

FLEET = "serve/llama-3.3-70b"
LARGE, FAST = "instance_chips=8", "time_per_output_token_target=30 ms/token"
PRICED, NO_TARGETS = "serving=priced", ("time_per_output_token_target=no-target", "time_to_first_token_target=no-target")


def variants(**sets):
    """Return scenarios of the fleet with changes, and their names."""
    return [open_scenario(FLEET).with_(sets=each).scenario for each in sets.values()], list(sets)


def test_a_cheapest_fleet_that_misses_its_targets_is_so_on_a_condition():
    scenarios, names = variants(Small=[FAST], Large=[FAST, LARGE], API=[PRICED])
    comparison = compare(scenarios, RunOptions(DRAWS), names=names, own_names=names)
    small, large, priced = (each.latency_met for each in comparison.scenarios)
    for scenario, met in zip(scenarios[:2], (small, large), strict=True):
        draws = simulate(scenario, DRAWS, keep=["latency_met"]).retained_draws["latency_met"]
        assert met == pytest.approx(draws.mean())
    assert small < LEAST_MET < large
    assert priced is None
    missed = comparison.missed_targets
    assert (missed.name, missed.met, [each.met for each in missed.others]) == ("Small", small, [large, None])
    text = latency_condition(missed)
    assert text.startswith(f"Not like for like: Small meets its latency targets in {format_percent(small)} of the outcomes")
    assert f"(Large in {format_percent(large)})" in text
    (note,) = (note for note in comparison.notes if note.code == NOT_MODELLED)
    assert note.text.startswith("API: bought from a provider, whose latency is not modelled; only Small and Large can miss")
    assert undocumented(comparison) == set()


@pytest.mark.parametrize(
    ("shares", "medians", "start"),
    [
        ((0.73, None), (1, 2), None),
        ((0.73, 0.82), (1, 2), None),
        ((0.73, 0.84), (1, 2), "Not like for like"),
        ((0.73, 0.84), (2, 1), None),  # the cheapest is the faster one
        ((0.32, 0.32), (1, 2), "Not at its targets"),
        ((0.32, None), (1, 2), "Not like for like"),
        ((None, 0.1), (1, 2), None),
    ],
)
def test_the_condition_is_on_the_cheapest_alone(shares, medians, start):
    served = [ServedLatency(name=name, label=name, met=met) for name, met in zip("AB", shares, strict=True)]
    missed = missed_targets(served, medians)
    assert (missed is None) == (start is None)
    assert missed is None or latency_condition(missed).startswith(f"{start}: A meets")


def test_a_fleet_without_targets_and_a_scenario_without_a_fleet_have_no_share():
    scenarios, names = variants(Free=NO_TARGETS, API=[PRICED])
    comparison = compare(scenarios, RunOptions(100), names=names)
    assert [each.latency_met for each in comparison.scenarios] == [None, None]
    assert not any(note.code == NOT_MODELLED for note in comparison.notes)


def test_the_page_has_the_share_and_a_headline_with_it():
    small, large = f"Small={FLEET}:{FAST}", f"Large={FLEET}:{FAST}:{LARGE}"
    page = run_llmcost("compare", small, large, "--draws", "1000").stdout
    headline, table = page.split("\n\n")[:2]
    assert "Small is cheaper in" in headline
    assert ", but meets its latency targets in 3" in " ".join(headline.split())
    assert "Not like for like: Small meets its latency targets in" in headline
    assert "latency met" in table
    page = run_llmcost("compare", f"Free={FLEET}:{':'.join(NO_TARGETS)}", f"API={FLEET}:{PRICED}", "--draws", "500").stdout
    assert "latency met" not in page


@pytest.mark.parametrize("kind", ["overlay", "cdf", "intervals", "difference"])
def test_a_figure_names_no_fleet_as_cheapest_that_misses_its_targets(kind):
    scenarios, names = variants(Small=[FAST], Large=[FAST, LARGE])
    table = build_table(kind, FigureRequest(scenarios, names=names, draws=500))
    title = finding_of(kind, table)
    assert "costs least" not in title
    assert "; Small meets its latency targets in 3" in title
    texts = " ".join(" ".join(text.get_text().split()) for text in draw(kind, table).texts)
    assert "Not like for like: Small meets its latency targets in" in texts
    assert undocumented(table) == set()


# --- the people who run a fleet -------------------------------------------------------------------------------------------


def staff_notes(*sets, **options):
    """Return the notes on people who are not counted."""
    notes = open_scenario(FLEET).with_(sets=sets, **options).scenario.notes
    return [note.text for note in notes if note.code == NO_STAFF]


def test_people_who_run_a_fleet_are_noted_until_they_are_in_the_total(tmp_path):
    (text,) = staff_notes()
    assert text.startswith("the people who run the fleet are not in the total: `lines: [inherited, staff_cost]` adds them")
    (text,) = staff_notes("basis=owned")
    assert "run the fleet, beyond the operation of its hardware, are not" in text
    assert not staff_notes(PRICED)
    path = tmp_path / "fleet.yaml"
    path.write_text(
        f"title: Fleet\nextends: {FLEET}\nlines: [inherited, staff_cost]\nduration: 1 year\nstaff:\n"
        "  operations: {posts: 3, salary: 200000 USD/person/year, on_cost: 1.25, equity: 0 USD/person/year}\n"
    )
    staffed = open_scenario(str(path)).scenario
    assert not [note for note in staffed.notes if note.code == NO_STAFF]
    assert simulate(staffed, 500).accumulators["staff_cost"] == pytest.approx(3 * 200_000 * 1.25, rel=1e-3)
    scenarios, names = variants(Rent=[], API=[PRICED])
    comparison = compare(scenarios, RunOptions(100), names=names, own_names=names)
    assert [note.text for note in comparison.notes if note.code == NO_STAFF] == [f"Rent: {staff_notes()[0]}"]


# --- the report -----------------------------------------------------------------------------------------------------------


def test_the_report_has_what_the_terminal_shows_of_a_service(tmp_path):
    sources, folder = [f"{FLEET}:{FAST}", f"{FLEET}:{FAST}:{LARGE}"], tmp_path / "report"
    report = llmcost.report(*sources, names=["Small", "Large"], folder=folder, format="markdown", draws=500)
    tables = {table.name: table for table in report.blocks(TableBlock)}
    (row, _) = tables["totals"].rows
    assert row.cells[-1].text == format_percent(report.summary["comparison"]["scenarios"][0]["latency_met"])
    costs = [(row.cells[0].text, row.cells[1].text) for row in tables["token-costs"].rows]
    assert costs[:2] == [("mean token cost", "Small"), ("mean token cost", "Large")]
    assert "Not like for like: Small meets its latency targets in 3" in report.answer
    (decision,) = (text for block in report.blocks(Bullets) for text in block.items if text.startswith("Small or Large"))
    assert "these figures do not decide, because Small, which is cheaper, meets its latency targets in 3" in decision
    (page,) = folder.glob("*.md")
    text = page.read_text(encoding="utf-8")
    assert "Cost of tokens in USD/Mtoken" in text
    assert "latency met" in text
