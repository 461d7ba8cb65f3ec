"""Sentences on what is known and assumed: which are left out, and which a run prints."""

import pytest

from simulator.engine.simulate import simulate
from simulator.io.run_summary import summarize_run
from simulator.model import every_graph
from simulator.scenario import library, open_scenario, read
from simulator.scenario.schema import Settings, split

PLAN = """
extends: {base}
{changes}
"""


@pytest.fixture
def read_plan(tmp_path):
    def read_text(base, changes="", **more):
        path = tmp_path / "plan.yaml"
        path.write_text(PLAN.format(base=base, changes=changes))
        return open_scenario(str(path)).with_(**more).scenario

    return read_text


def presets():
    for name in library.names("scenarios"):
        settings = Settings.model_validate(split(library.find_file("scenarios", name).plain())[0])
        if any(each.of for each in (*settings.known, *settings.assumed)):
            yield name, settings


@pytest.mark.parametrize(("name", "settings"), [*presets()], ids=lambda each: each if isinstance(each, str) else "")
def test_sentences_of_presets_are_about_settings_and_quantities_that_exist(name, settings):
    names = {each for statement in (*settings.known, *settings.assumed) for each in statement.of}
    assert names <= {*Settings.model_fields, *every_graph().units, "team.posts"}


@pytest.mark.parametrize("option", ["token_demand=1e8 token/day", "requests=1000 request/day"])
@pytest.mark.parametrize("preset", ["serve/llama-3.3-70b", "serve/api", "serve/gpt-oss-120b", "serve/deepseek-v3"])
def test_a_demand_that_is_replaced_is_no_assumption_any_more(preset, option, read_plan):
    sentence = "A billion tokens a day all year."
    assert sentence in read_plan(preset).assumptions
    by_option = read_plan(preset, sets=[option])
    by_file = read_plan(preset, option.replace("=", ": "))
    for scenario in (by_option, by_file):
        assert set(read_plan(preset).assumptions) - set(scenario.assumptions) == {sentence}


def test_a_workload_replaces_what_the_preset_says_of_prompts(read_plan):
    texts = read_plan("[serve/llama-3.3-70b, workloads/rag]").assumptions
    assert texts == ("A billion tokens a day all year.", "Weights at 8 bits, where the publication has 16.")


def test_what_a_file_says_itself_stays_unless_an_option_replaces_it(read_plan):
    own = "total_parameters: 7e9\nassumed: [{text: Seven billion., of: total_parameters}, Ours.]"
    assert read_plan("small-medium", own).assumptions == ("Seven billion.", "Ours.")
    assert read_plan("small-medium", own, sets=["total_parameters=8e9"]).assumptions == ("Ours.",)


DEALS = "Two licence-years of a platform"


@pytest.mark.parametrize(
    ("deals", "stays"),
    [
        ("", True),
        ("deals: {inherited: all, more: {count: 1, price: 1e6 USD}}", True),
        ("deals: {more: {count: 1, price: 1e6 USD}}", False),
        ("deals: {platform: {count: 1}}", False),
        ("deals: {inherited: all, platform: {count: 1}}", False),
    ],
)
def test_a_sentence_on_a_group_stays_where_a_layer_only_adds_items(deals, stays, read_plan):
    assert any(text.startswith(DEALS) for text in read_plan("[cutting-edge, tech-company]", deals).assumptions) is stays


def test_a_sentence_on_an_item_goes_with_it(read_plan):
    team = "staff: {us: {people: 3, fte: 1, salary: 100e3 USD/person/year, on_cost: 1.2, equity: 0 USD/person/year}}"
    sentence = "A team that follows a published recipe."
    assert sentence in read_plan("[small-medium, startup]").assumptions  # which changes the pay, and not the team
    assert sentence not in read_plan("[small-medium, startup]", team).assumptions
    assert sentence not in read_plan("[small-medium, startup]", sets=["team.posts=3"]).assumptions


# --- run --------------------------------------------------------------------------------------------------------------------


def notes_of_run(scenario):
    return [note.text for note in summarize_run(simulate(scenario, 2000, 0), 0.95).notes if note.code == "assumption-of-line"]


def test_a_run_says_what_is_assumed_of_a_large_line():
    (note,) = notes_of_run(read("cutting-edge"))
    assert note.startswith("assumed for licence cost (2")
    assert f" of the total): {DEALS}" in note
    (note,) = notes_of_run(read("serve/api"))
    assert note.startswith("assumed for serving cost (100% of the total): A billion tokens a day all year. Prompts")


def test_a_run_does_not_print_what_is_assumed_of_small_lines():
    texts = read("small-medium").assumptions
    assert "Filtered open datasets." in texts  # of licences, which are nothing
    assert [note.partition("): ")[2] for note in notes_of_run(read("small-medium"))] == [
        "A team that follows a published recipe."
    ]


# --- texts on a contract ------------------------------------------------------------------------------------------------------


def test_the_text_of_an_organisation_is_left_out_under_another_contract(read_plan):
    startup = "Organisation: a startup that rents from a specialised cloud by the year"
    assert read_plan("[small-medium, startup]").about.startswith(startup)
    assert read_plan("[small-medium, startup]", "commitment: on-demand").about.startswith("Tier")


@pytest.mark.parametrize("reservation", ["shared", "dedicated"])
def test_only_a_shared_reservation_has_other_work(reservation, read_plan):
    scenario = read_plan("[small-medium, startup]", f"reservation: {reservation}")
    texts = " ".join([scenario.about, *scenario.assumptions, *(note.text for note in scenario.notes)])
    assert ("other work" in texts.lower()) is (reservation == "shared")
