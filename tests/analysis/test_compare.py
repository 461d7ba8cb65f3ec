"""Comparisons with common random numbers: pairing, probabilities, and steps that add up to the difference."""

import json
import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from click.testing import CliRunner
from documented import undocumented
from monte_carlo import near
from plans import HEAD, ONE, SIGMA

import llmcost
from simulator.analysis.compare import compare, saved_total
from simulator.analysis.explanation import NO_PART, PART, Step, grouped_steps
from simulator.analysis.own_chips import condition_of
from simulator.cli.commands.compare import command
from simulator.core.formatting import format_percent
from simulator.engine.options import RunOptions
from simulator.engine.simulate import simulate
from simulator.io.save import save
from simulator.scenario import open_scenario, read

N = NormalDist()


CHANGES = ["electricity_price=us-2025", "pue=meta-2024", "network_factor=1.1 to 1.4", "chips=24000", "deflator=1.05",
           "team_correlation=0.6", "hardware_age=500 day", "team.on_cost=1.3"]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_pairing_removes_at_least_nine_tenths_of_the_variance(change):
    # Against independent random draws, and not only against the sum of the two variances.
    a, b = read("gpt-4"), read("gpt-4", sets=[change])
    one, same, other = (
        simulate(s, 50_000, seed, keep=["total_cost"]).retained_draws["total_cost"] for s, seed in ((a, 3), (b, 3), (b, 4))
    )
    pair, alone = np.var(same - one), np.var(other - one)
    assert pair <= alone / 10
    (difference,) = compare([a, b], RunOptions(50_000, 3)).differences
    assert difference.variance_ratio == pytest.approx(pair / (np.var(one) + np.var(same)))


def test_difference_of_scenarios_with_one_factor_between_them_is_that_factor(read_plan):
    a = read_plan(
        HEAD + "lines: [chip_cost, energy_cost]\n" + "chip_cost: {lognormal: {median: 1000, sigma: 0.5}}\nenergy_cost: 100\n"
    )
    b = read_plan(
        HEAD + "lines: [chip_cost, energy_cost]\n" + "chip_cost: {lognormal: {median: 1100, sigma: 0.5}}\nenergy_cost: 100\n",
        "other",
    )
    (difference,) = compare([a, b]).differences
    mean = 100 * math.exp(SIGMA**2 / 2)
    assert near((difference.mean, difference.mcse.mean), mean)
    assert difference.first_cheaper == (1.0, 0.0)
    (row,) = difference.steps
    assert row.name == "chip_cost"
    assert row.change == pytest.approx(difference.mean)
    assert row.alone == pytest.approx(difference.mean)


def test_probability_of_being_cheaper_is_that_of_two_lognormals(read_plan):
    a = read_plan(HEAD + "lines: [chip_cost]\nchip_cost: {lognormal: {median: 1000, sigma: 0.3}}\n")
    b = read_plan(HEAD + "lines: [energy_cost]\nenergy_cost: {lognormal: {median: 1100, sigma: 0.4}}\n", "other")
    (difference,) = compare([a, b]).differences
    assert near(difference.first_cheaper, N.cdf(math.log(1.1) / 0.5))
    assert [(row.name, row.before, row.after) for row in difference.steps] == [
        ("chip_cost", "a line", "no line"),
        ("energy_cost", "no line", "a line"),
    ]


def test_steps_are_taken_one_after_the_other(read_plan):
    text = HEAD + "lines: [rental_cost]\ndeflator: 1\nprice_factor: 1\n"
    a = read_plan(text + "billed_chip_hours: 100 chip*hour\nrental_price: 2\n")
    b = read_plan(text + "billed_chip_hours: 200 chip*hour\nrental_price: 3\n", "other")
    (difference,) = compare([a, b], RunOptions(100)).differences
    rows = {row.name: (row.change, row.alone) for row in difference.steps}
    assert rows == {"billed_chip_hours": (200, 200), "rental_price": (200, 100)}
    assert difference.mean == 400


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"reference": "gpt-4"}, {"reference": "gemini-ultra"}),
        ({"reference": "gpt-4"}, {"reference": "gpt-4", "sets": ["basis=rented", "chips=10000"]}),
        ({"reference": "small-medium"}, {"reference": "small-medium", "sets": ["basis=rented", "commitment=spot"]}),
        ({"reference": "gpt-4", "shocks": ["electricity-high"]}, {"reference": "gpt-4"}),
        (
            {"reference": "llama-3.1-405b"},
            {"reference": "llama-3.1-405b", "sets": ["training_flop=4e25"], "shocks": ["goodput-half"]},
        ),
    ],
)
def test_steps_and_lines_add_up_to_the_mean_difference(first, second):
    a, b = read(**first), read(**second)
    (difference,) = compare([a, b], RunOptions(5000)).differences
    assert math.fsum(row.change for row in difference.steps) == pytest.approx(difference.mean, rel=1e-9, abs=1e-6)
    assert difference.steps


def test_other_money_and_runs_under_way_are_refused(read_plan):
    a, b = read_plan(ONE), read_plan(ONE.replace("2026", "2024"), "other")
    with pytest.raises(ValueError, match="2026 USD and other in 2024 USD"):
        compare([a, b], RunOptions(100))
    under_way = read_plan(ONE + "progress: {share_done: 0.3, spent: 300 USD}\n", "now")
    with pytest.raises(ValueError, match="under way"):
        compare([a, under_way], RunOptions(100))


@pytest.mark.parametrize("value", ["NaN", "Infinity", '"much"', "null"])
def test_saved_figures_that_are_no_numbers_are_refused(read_plan, tmp_path, value):
    save(simulate(read_plan(ONE), 1000), tmp_path / "old.json")
    data = json.loads((tmp_path / "old.json").read_text())
    data["quantities"]["total_cost"]["median"] = json.loads(value)
    with pytest.raises(ValueError, match=r"no result|not finite"):
        saved_total("old", data)


def test_saved_run_without_a_mean_is_reported_without_one(read_plan, tmp_path):
    heavy = read_plan(HEAD + "lines: [chip_cost]\nchip_cost: {lognormal: {median: 1000, sigma: 5}}\n")
    run = saved_run(heavy, tmp_path)
    comparison = compare([heavy], RunOptions(2000), saved=[run])
    (data,) = comparison.to_dict()["saved"]
    assert data["mean"] is data["sd"] is data["mcse"]["mean"] is None
    assert data["median"] == run.median == comparison.scenarios[0].median
    assert ("saved[old.json].mean", None) in comparison.table()[1]


# --- several scenarios, saved runs, and plain data --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def comparison():
    owned, rented = read("gpt-4"), read("gpt-4", basis="rented")
    return compare([owned, rented], RunOptions(2000), names=["owned", "rented"])


def saved_run(scenario, tmp_path, draws=2000):
    save(simulate(scenario, draws), tmp_path / "old.json")
    return saved_total("old.json", json.loads((tmp_path / "old.json").read_text()))


def test_plain_data_has_documented_fields_only(comparison):
    assert undocumented(comparison) == set()
    data = comparison.to_dict()
    assert list(data) == [
        "schema", "money", "draws", "seed", "interval", "version", "scenarios", "differences", "saved", "own_chips",
        "notes",
    ]  # fmt: skip
    (difference,) = data["differences"]
    assert (difference["of"], difference["from"]) == ("rented", "owned")
    assert list(data["scenarios"][0])[:3] == ["name", "title", "scope"]
    assert difference["first_cheaper"] == {"value": 1.0, "error": 0.0}
    assert {step["to"] for step in difference["steps"]} == {"a line", "no line"}
    assert json.loads(comparison.to_json()) == data


def test_a_row_of_the_table_is_a_figure(comparison):
    frame = comparison.to_dataframe()
    figures = dict(zip(frame["figure"], frame["value"], strict=True))
    assert figures["scenarios[owned].median"] == comparison.scenarios[0].median
    assert figures["differences[rented].steps[rental_cost].change"] == comparison.differences[0].steps[-1].change
    assert len(comparison.to_csv().splitlines()) == len(frame) + 1


def test_a_saved_run_is_reported_beside_the_others(read_plan, tmp_path):
    scenario = read_plan(ONE)
    saved = saved_run(scenario, tmp_path)
    both = compare([scenario], RunOptions(2000), saved=[saved])
    assert both.differences == ()
    assert both.saved == (replace(saved, label="plan (old.json)"),)
    assert saved.median == pytest.approx(both.scenarios[0].median, rel=1e-3)
    assert [note.code for note in both.notes] == ["not-paired"]
    assert undocumented(both) == set()
    alone = compare([], saved=[saved, saved])
    assert alone.header.money == "2026 USD"
    with pytest.raises(ValueError, match=r"old.json: its interval is 95.0, that of the others 90.0"):
        compare([scenario], RunOptions(2000, interval=0.9), saved=[saved])
    with pytest.raises(ValueError, match="its money is 2026 USD, that of the others 2024 USD"):
        compare([read_plan(ONE.replace("2026", "2024"), "other")], RunOptions(2000), saved=[saved])


def test_one_scenario_is_no_comparison(read_plan):
    with pytest.raises(ValueError, match="at least two"):
        compare([read_plan(ONE)], RunOptions(100))


def test_scopes_that_differ_are_noted():
    scenarios = [read("large"), read("large", sets=["lines=[chip_cost]"])]
    (note,) = (note for note in compare(scenarios, RunOptions(200)).notes if note.code == "scopes-differ")
    assert note.text.startswith("the scenarios differ in scope (large (1): ")


@pytest.mark.parametrize(
    ("first", "second", "after"),
    [
        ("small-medium:basis=owned", "small-medium:basis=rented", "h100-2026, with other correlations"),
        ("gpt-4", "gpt-4:basis=rented", ""),
    ],
)
def test_a_step_says_what_differs(first, second, after):
    steps = llmcost.compare(first, second, draws=2000).differences[0].steps
    assert steps
    assert all(step.before != step.after for step in steps)
    assert [step.after for step in steps if step.name == "processing_price"] == ([after] if after else [])


def test_names_of_the_user_label_scenarios_and_others_have_their_titles():
    owned, rented = read("gpt-4"), read("gpt-4", basis="rented")
    comparison = compare([owned, rented], RunOptions(100), names=["gpt-4", "Rent"], own_names={"Rent"})
    assert [(run.name, run.label) for run in comparison.scenarios] == [("gpt-4", "GPT-4"), ("Rent", "Rent")]


def test_lines_that_only_one_has_are_noted_but_those_of_the_basis():
    owned, other = read("gpt-4"), read("gpt-4", basis="rented", sets=["lines=[compute]"])
    notes = [note.text for note in compare([owned, other], RunOptions(100), names=["A", "B"], own_names={"A", "B"}).notes]
    assert "A has lines that B has not: staff cost" in notes


def test_choices_and_inputs_that_differ_are_listed_with_or_without_an_effect(read_plan):
    text = HEAD + "lines: [rental_cost]\ndeflator: 1\nprice_factor: 1\nrental_price: 2 USD/chip/hour\n"
    a = read_plan(text + "billed_chip_hours: 100 chip*hour\n")
    b = read_plan(text + "billed_chip_hours: 200 chip*hour\n", "other")
    (row,) = compare([a, b], RunOptions(100)).differences
    assert [(each.name, each.before, each.after) for each in row.inputs] == [
        ("billed_chip_hours", "100 chip-hours", "200 chip-hours")
    ]
    (row,) = compare([read("gpt-4"), read("gpt-4", basis="rented")], RunOptions(100)).differences
    before_after = {each.name: (each.before, each.after) for each in row.inputs}
    assert before_after["basis"] == ("owned", "rented")
    assert before_after["electricity_price"][1] == "none"


def test_times_are_compared_draw_by_draw(read_plan):
    """Half of the chips take twice the time, in each draw, whatever the random draws."""
    text = HEAD.replace("[]", "[wall_clock]") + "lines: [chip_cost]\nchip_cost: 5 USD\n"
    text += "final_run_chip_hours: 1e3 to 4e3 chip*hour\nchips: "
    a, b = (read_plan(f"{text}{chips}\n", f"of-{chips}") for chips in (20, 10))
    comparison = compare([a, b], RunOptions(500))
    first, second = ({each.name: each for each in run.times}["wall_clock"] for run in comparison.scenarios)
    assert second.median == pytest.approx(2 * first.median, rel=1e-6)
    (row,) = (each for each in comparison.differences[0].times if each.name == "wall_clock")
    assert row.median == pytest.approx(first.median, rel=1e-6)
    assert row.first_earlier == (1.0, 0.0)


def test_a_release_has_dates_where_there_is_a_start(write_plan):
    """Three months are 3/12 of 8766 hours, 91.3125 days after the first of January."""
    text = HEAD + "start: 2027-01\nlines: [chip_cost]\nchip_cost: 1000 USD\nschedule: {data: {duration: 3 month}}\n"
    scenario = read(write_plan(text))
    run = compare([scenario, scenario], RunOptions(100)).scenarios[0]
    (release,) = (each for each in run.times if each.name == "release")
    assert release.quantity == "release"
    assert (release.dates.start, release.dates.median) == ("2027-01-01", "2027-04-02")


def _step(name, change, before="posterior/serving", after="posterior/serving, with another distribution"):
    return Step(name=name, before=before, after=after, change=change, mcse=1.0, alone=2 * change, alone_mcse=1.0)


def test_steps_that_read_alike_are_one_row_with_their_sum():
    steps = [
        _step("pue", 5.0),
        _step("chip_hours", 7.0, "512 chip", "1,024 chip"),
        _step("mfu", -900.0),
        _step("goodput", 20.0),
        _step("energy_cost", 3.0, NO_PART, PART),
        _step("storage_cost", 4.0, NO_PART, PART),
    ]
    rows = grouped_steps(steps)
    assert [row.label for row in rows] == ["utilisation (MFU) and 2 more", "chip hours", "energy cost", "storage cost"]
    assert [row.change for row in rows] == [-875.0, 7.0, 3.0, 4.0]
    assert [row.alone for row in rows] == [None, 14.0, 6.0, 8.0]
    assert sum(row.change for row in rows) == sum(step.change for step in steps)


def test_the_headline_of_several_scenarios_names_the_cheapest_and_how_often_it_is(write_plan):
    path = write_plan(HEAD + "lines: [chip_cost]\nchip_cost: {lognormal: {median: 1000, sigma: 0.5}}\n")
    names = [f"A={path}", f"B={path}:chip_cost=1000", f"C={path}:chip_cost=700"]
    page = CliRunner().invoke(command, [*names, "--draws", "4000"]).output
    comparison = llmcost.compare(path, f"{path}:chip_cost=1000", f"{path}:chip_cost=700", names=["A", "B", "C"], draws=4000)
    shares = [each.cheapest.value for each in comparison.scenarios]
    below = N.cdf(math.log(0.7) / 0.5)  # how often A costs less than 700
    assert shares == pytest.approx([below, 0, 1 - below], abs=0.03)
    assert page.startswith(f"C costs least, $700 (median), and is the cheapest in {format_percent(shares[2])} of simulated")


def test_a_comparison_of_a_part_of_the_chips_says_so_below_its_headline():
    sets = ("commitment=one-year", "reservation=dedicated")
    rented, owned = (open_scenario("large").with_(basis=basis) for basis in ("rented", "owned"))
    sources = [rented.with_(sets=sets), owned, owned.with_(basis="purchased")]
    comparison = llmcost.compare(*sources[:2], names=["Rent", "Own"], draws=1000)
    (own,) = comparison.own_chips
    (other,) = own.others
    assert (own.name, other.name, other.pays_for, own.cheapest_other) == ("Own", "Rent", "term", "Rent")
    bought = llmcost.compare(sources[0], sources[2], names=["Rent", "Buy"], draws=1000)
    assert bought.own_chips == ()  # both pay for all of what they have
    assert own.purchased == bought.scenarios[1].median
    assert own.other_cheaper.value == bought.differences[0].first_cheaper.value
    assert llmcost.compare(owned, owned.with_(sets=["fleet_use=50%"]), draws=1000).own_chips == ()
    text = condition_of(own, "USD")
    assert text.startswith("Not like for like: Own pays for ")
    assert " Rent pays for its whole term. With `basis: purchased` (all of the chips) Own costs $" in text
    shared = llmcost.compare(rented, owned, names=["Rent", "Own"], draws=1000).own_chips[0]
    assert condition_of(shared, "USD").startswith("On one condition: Own pays for ")
    all_three = llmcost.compare(*sources, names=["Rent", "Own", "Buy"], draws=1000).own_chips[0]
    assert (all_three.purchased, all_three.acquisition) == (None, own.acquisition)  # the comparison has that scenario
    page = CliRunner().invoke(command, ["Own=large:basis=owned", "Rent=large:basis=rented", "--draws", "500"]).output
    assert "On one condition: Own pays for" in page.split("\n\n")[0]


def test_a_choice_without_the_adoption_of_its_lever_is_noted_with_what_that_takes():
    # Half a person-month at 120,000 a year, and no delay.
    plan = {
        "extends": "small-medium",
        "staff": {"team": {"people": 4, "fte": 1, "salary": "120000 USD/person/year", "on_cost": 1, "equity": 0}},
        "adoption": {"fp8-training": {"effort": "0.5 person*month", "delay": "0 month"}},
        "precision": "bf16",
    }
    first = llmcost.open_scenario(plan)
    fp8, lever = first.with_(sets={"precision": "fp8"}), first.with_(levers=["fp8-training"])

    def texts(*sources):
        return [note.text for note in llmcost.compare(*sources, draws=500).notes if note.code == "adoption-not-included"]

    (text,) = texts(first, fp8)
    assert "precision = fp8 is without the adoption of fp8-training, which takes $5.00K (median)" in text
    assert "`:lever=fp8-training` after the first scenario" in text
    assert texts(first, lever) == texts(fp8, first) == []
    (text,) = texts(first.scenario, fp8.scenario)  # which cannot be varied
    assert "which takes work and time" in text
