"""What a scenario replaces of the scenarios that it extends, what follows from it, and the notes that say so."""

import json

import pytest
from click.testing import CliRunner
from scenario_texts import refusal_of, write_files

from simulator.analysis.compare import compare
from simulator.cli.commands import check
from simulator.engine.options import RunOptions
from simulator.engine.simulate import simulate
from simulator.io.run_summary import summarize_run
from simulator.scenario import TOTAL, read
from simulator.scenario.assemble.medians import evaluate_plan, medians
from simulator.scenario.inspection import inspect_scenarios
from simulator.scenario.overrides import open_scenario

LARGE = "extends: [large, startup]\n"
RESEARCH = """
duration: 6 month
staff:
  {inherited}
  research: {{people: 12, fte: 0.8, salary: 200000 USD/person/year, on_cost: 1.2, equity: 0 USD/person/year}}
"""
PERSON = "salary: 100000 USD/person/year, on_cost: 1, equity: 0 USD/person/year"
RUN = """
extends: training-run
chip: nvidia-h100-sxm
basis: rented
lines: [compute]
total_parameters: 70e9
training_tokens: 15e12
mfu: 0.4
rental_price: 2 USD/chip/hour
"""


def at_medians(scenario):
    return evaluate_plan(scenario.plan, medians(scenario.plan, scenario.inputs))


def notes_of(scenario, code):
    return [note.text for note in scenario.notes if note.code == code]


# --- groups -----------------------------------------------------------------------------------------------------------------


def test_a_role_of_its_own_replaces_those_of_the_preset(read_scenario):
    scenario = read_scenario(LARGE + RESEARCH.format(inherited=""))
    assert scenario.graph.formulas["staff_cost"].needs[0] == "research.cost"
    assert not [name for name in scenario.plan.names if name.startswith("team.")]
    # 12 people at 0.8 for half a year at 240,000 USD
    assert at_medians(scenario)["research.cost"] == pytest.approx(1_152_000)
    (note,) = [text for text in notes_of(scenario, "replaced") if text.startswith("staff:")]
    assert (
        note == "staff: research replaces team of the scenario that this one extends; `inherited: all` in `staff` would keep it"
    )


def test_inherited_adds_and_names_what_is_kept(read_scenario):
    both = read_scenario(LARGE + RESEARCH.format(inherited="inherited: all"))
    assert {"team.cost", "research.cost"} <= set(both.plan.names)
    assert notes_of(both, "replaced") == []
    kept = read_scenario(LARGE + "risks: {inherited: [late_start], flood: {probability: 1%, impact: 1e6 USD}}\n")
    assert [event.name for event in kept.events] == ["late_start", "flood"]
    none = read_scenario(LARGE + "risks: {inherited: late_start}\n")
    assert [event.name for event in none.events] == ["late_start"]


def test_naming_an_item_changes_it_and_keeps_the_others_as_an_option_does(read_scenario):
    by_file = read_scenario(LARGE + "risks: {rollback: {probability: 5%}}\n")
    by_option = read_scenario(LARGE, sets=["rollback.probability=5%"])
    assert by_file.fingerprint == by_option.fingerprint
    assert [event.name for event in by_file.events] == ["rollback", "late_start", "failed_run"]
    assert notes_of(by_file, "replaced") == []


@pytest.mark.parametrize("empty", ["[]", "{}"])
def test_an_empty_group_clears_that_of_the_preset_and_its_line(empty, read_scenario):
    scenario = read_scenario(LARGE + f"risks: {empty}\n")
    assert scenario.events == ()
    assert "risk_cost" not in scenario.lines
    assert notes_of(scenario, "replaced") == [
        "risks: rollback, late_start, failed_run of the scenario that this one extends are left out"
    ]
    assert "there is no 'risk_cost' here" in refusal_of(read_scenario, LARGE + f"risks: {empty}\nlines: [compute, risk_cost]\n")


def test_without_leaves_out_one_item_or_one_of_its_quantities(read_scenario):
    scenario = read_scenario(LARGE + "without: [late_start]\n")
    assert [event.name for event in scenario.events] == ["rollback", "failed_run"]
    scenario = read_scenario(LARGE + "without: [team.posts]\nstaff: {team: {people: 3}}\n")
    assert at_medians(scenario)["team.posts"] == 3
    assert "team.nothing is not given" in refusal_of(read_scenario, LARGE + "without: [team.nothing]\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("risks: {inherited: [late_starts]}\n", "the scenario that this one extends has no 'late_starts' to keep"),
        ("risks: {inherited: {late_start: 1}}\n", "`inherited` must be `all`, or the names of the items to keep"),
    ],
)
def test_what_cannot_be_inherited_is_refused(text, message, read_scenario):
    assert message in refusal_of(read_scenario, LARGE + text)


def test_there_must_be_something_to_inherit(read_scenario):
    text = "extends: training-run\nstaff: {inherited: all, lead: {people: 1, fte: 1}}\n"
    assert "there is nothing to inherit" in refusal_of(read_scenario, text)


def test_an_option_does_not_define_an_item(read_scenario):
    message = refusal_of(read_scenario, LARGE + RESEARCH.format(inherited=""), sets=["team.fte=0.5"])
    assert "there is no 'team' in `staff` here, which has research" in message


def test_a_replaced_item_is_defined_anew_by_a_layer_above(tmp_path):
    write_files(
        tmp_path,
        middle=LARGE + RESEARCH.format(inherited=""),
        top="extends: middle.yaml\nstaff: {team: {people: 2, fte: 1, " + PERSON + "}}\n",
    )
    # Two people for half a year at 100,000 USD; nothing of the preset's team is left, and research is replaced.
    scenario = read(str(tmp_path / "top.yaml"))
    assert at_medians(scenario)["team.cost"] == pytest.approx(100_000)
    assert "research.cost" not in scenario.plan.names


# --- people, share of a post, posts -----------------------------------------------------------------------------------------


def test_people_replace_the_posts_of_the_preset(read_scenario):
    scenario = read_scenario(LARGE + "staff: {team: {people: 12}}\n")
    assert at_medians(scenario)["team.posts"] == 12
    assert notes_of(scenario, "replaced") == [
        "team: people in place of posts (team-large) of the scenario that this one extends"
    ]
    half = read_scenario(LARGE + "staff: {team: {people: 12, fte: 0.5}}\n")
    assert at_medians(half)["team.posts"] == 6


def test_posts_replace_the_people_of_a_scenario():
    scenario = read("gpt-4", sets=["team.posts=50 person"])
    assert at_medians(scenario)["team.posts"] == 50
    assert "team.people" not in scenario.inputs
    assert [text.split(" (")[0] for text in notes_of(scenario, "replaced")] == ["team: posts in place of people"]


def test_people_and_posts_in_one_layer_contradict_each_other(read_scenario):
    message = refusal_of(read_scenario, LARGE + "staff: {team: {people: 12, posts: 10 person}}\n")
    assert "team.posts is given and shadows it" in message


def test_a_share_of_a_post_above_one_and_a_half_is_implausible_and_above_two_impossible(read_scenario):
    scenario = read_scenario(LARGE + "staff: {team: {people: 1, fte: 1.8}}\n")
    assert any("team.fte" in warning and "full posts of a whole role are `posts`" in warning for warning in scenario.warnings)
    message = refusal_of(read_scenario, LARGE + "staff: {team: {people: 1, fte: 35}}\n")
    assert "team.fte: '35' is above what is possible, 2" in message


# --- lists ------------------------------------------------------------------------------------------------------------------


def test_lists_of_shocks_replace_add_and_clear(tmp_path):
    write_files(
        tmp_path,
        base="extends: gpt-4\nshocks: [chip-price-double]\n",
        other="extends: base.yaml\nshocks: [electricity-high]\n",
        more="extends: base.yaml\nshocks: [inherited, electricity-high]\n",
        none="extends: base.yaml\nshocks: []\n",
    )

    def shocks(name, **options):
        return [each.name for each in read(str(tmp_path / f"{name}.yaml"), **options).adjustments]

    assert shocks("base") == ["chip-price-double"]
    assert shocks("other") == ["electricity-high"]
    assert shocks("more") == ["chip-price-double", "electricity-high"]
    assert shocks("none") == []
    assert shocks("base", shocks=["electricity-high"]) == ["chip-price-double", "electricity-high"]
    assert shocks("base", sets=["shocks=[]"]) == []
    assert shocks("base", sets=["shocks=[]"], shocks=["electricity-high"]) == ["electricity-high"]
    assert notes_of(read(str(tmp_path / "none.yaml")), "replaced") == [
        "shocks: chip-price-double of the scenario that this one extends is left out"
    ]


def test_outcomes_may_be_added_to(read_scenario):
    scenario = read_scenario(RUN + "chips: 4096\noutcomes: [inherited, tokens_per_parameter]\n")
    assert "energy" in scenario.outcomes
    assert scenario.outcomes[-1] == "tokens_per_parameter"


PAIR = "{between: [experiments_factor, pue], rank: 0.5}"


def test_correlations_replace_add_and_clear(read_scenario):
    owned = "extends: [large, tech-company]\n"
    preset = read_scenario(owned).ranks
    assert len(preset) >= 3
    assert read_scenario(owned + "dependence: []\n").ranks == {}
    assert read_scenario(owned + f"dependence: [{PAIR}]\n").ranks == {("experiments_factor", "pue"): 0.5}
    assert read_scenario(owned + f"dependence: [inherited, {PAIR}]\n").ranks == {**preset, ("experiments_factor", "pue"): 0.5}
    note = next(text for text in notes_of(read_scenario(owned + "dependence: []\n"), "replaced"))
    assert all(" and ".join(pair) in note for pair in preset)


def test_correlations_from_python_are_added(read_scenario):
    opened = open_scenario("large").with_(correlations={("experiments_factor", "pue"): 0.5})
    assert opened.scenario.ranks[("experiments_factor", "pue")] == 0.5
    assert len(opened.scenario.ranks) == len(read("large").ranks) + 1


def test_a_correlation_that_a_known_number_ends_is_noted(read_scenario):
    mfu = "mfu: 0.3 to 0.4\n"
    scenario = read_scenario(LARGE + mfu + "chips: 1024\n")
    notes = notes_of(scenario, "not-correlated")
    assert any(text.startswith("chips and mfu; chips and goodput are not correlated here: chips is a known") for text in notes)
    uncertain = read_scenario(LARGE + mfu + "chips: 1000 to 2000\n")
    assert any(text.endswith("goodput is computed here") for text in notes_of(uncertain, "not-correlated"))
    assert ("chips", "mfu") in uncertain.ranks
    assert ("chips", "goodput") not in uncertain.ranks


def test_a_correlation_with_what_takes_no_part_needs_no_note(read_scenario):
    assert notes_of(read_scenario(LARGE), "not-correlated") == []


# --- what follows -----------------------------------------------------------------------------------------------------------


def test_the_dataset_follows_the_tokens_of_the_run(read_scenario):
    scenario = read_scenario(LARGE + "training_tokens: 15e12\nepochs: 2\n")
    values = at_medians(scenario)
    assert values["dataset_tokens"] == pytest.approx(7.5e12)
    assert values["raw_tokens"] == pytest.approx(7.5e12 / values["surviving_share"])
    assert any(text.startswith("dataset_tokens follows training_tokens, in place of lognormal p5 1e12")
               for text in notes_of(scenario, "follows"))  # fmt: skip
    # A dataset that is given too is another fact, and stays.
    both = read_scenario(LARGE + "training_tokens: 15e12\ndataset_tokens: 3e12\n")
    assert at_medians(both)["dataset_tokens"] == 3e12
    (note,) = [text for text in notes_of(both, "follows") if "tokens" in text]
    assert note.startswith("epochs follow: training_tokens (15.0T) over dataset_tokens (3.00T) are 5.00")


def test_no_note_says_that_what_a_layer_above_gives_follows(read_scenario):
    """In whichever layers both are given: the note of a layer below would contradict the values."""
    run = LARGE + "training_tokens: 3e12\n"
    for sets in (["dataset_tokens=2e12", "training_tokens=3e12"], ["training_tokens=3e12", "dataset_tokens=2e12"]):
        for text in (LARGE, run):
            scenario = read_scenario(text, sets=sets)
            values, notes = at_medians(scenario), notes_of(scenario, "follows")
            assert (values["training_tokens"], values["dataset_tokens"]) == (3e12, 2e12)
            assert [note for note in notes if "follows" in note and "tokens" in note] == []
            assert any("are 1.50, whatever the scenario that this one extends has as `epochs`" in note for note in notes)
    goodput = notes_of(read_scenario(LARGE + "chips: 20000\n", sets=["goodput=0.8"]), "follows")
    assert [note for note in goodput if note.startswith("goodput follows")] == []


def test_epochs_of_a_file_below_are_named(tmp_path):
    write_files(
        tmp_path,
        base=LARGE + "dataset_tokens: 2e12\nepochs: 3\n",
        top="extends: base.yaml\ntraining_tokens: 3e12\ndataset_tokens: 2e12\n",
    )
    notes = notes_of(read(str(tmp_path / "top.yaml")), "follows")
    assert any("are 1.50, in place of epochs 3 (" in note for note in notes)


def test_the_tokens_of_the_run_follow_the_dataset(tmp_path):
    write_files(tmp_path, base=LARGE + "training_tokens: 15e12\n", top="extends: base.yaml\ndataset_tokens: 2e12\nepochs: 3\n")
    assert at_medians(read(str(tmp_path / "top.yaml")))["training_tokens"] == pytest.approx(6e12)


def test_goodput_follows_the_chips(read_scenario):
    known = "lost_time: 0.5 hour\nchip_time_between_interruptions: 2000 chip*day\n"
    values = at_medians(read_scenario("extends: [large, startup]\nchips: 20000\n" + known))
    # That of the posterior at the 1,448 chips of the tier, and 18,552 chips more at half an hour in 48,000 chip-hours
    lost = 1 / values["reference_goodput"] - 1 + (20_000 - round((512 * 4096) ** 0.5)) * 0.5 / 48_000
    assert values["goodput"] == pytest.approx(1 / (1 + lost), rel=1e-4)


@pytest.mark.parametrize("text", [RUN, LARGE, "extends: llama-3.1-405b\n"])
def test_twice_the_chips_cost_more_where_the_goodput_is_not_stated(text, read_scenario):
    totals = [
        simulate(read_scenario(text, sets=[f"chips={chips}"]), 2000, keep=[TOTAL]).retained_draws[TOTAL]
        for chips in (8192, 16384)
    ]
    assert (totals[1] > totals[0]).mean() > 0.99


def test_a_stated_goodput_stays_and_a_note_says_that_it_does_not_follow(read_scenario):
    text = RUN + "goodput: 0.9\nchips: 8192\n"
    one, other = read_scenario(text), read_scenario(text, sets=["chips=16384"])
    assert at_medians(one)[TOTAL] == at_medians(other)[TOTAL]
    assert notes_of(one, "does-not-follow") == []
    (note,) = notes_of(other, "does-not-follow")
    assert note.startswith("goodput is given as 0.9 (")
    assert note.endswith("so it does not follow chips; `without: [goodput]` computes it")
    computed = read_scenario(text.replace("goodput: 0.9\n", "without: [goodput]\n"))
    values = at_medians(computed)
    assert values["goodput"] == pytest.approx((1 - values["checkpoint_share"]) / (1 + values["lost_share"]))


def test_the_goodput_of_a_layer_above_takes_the_place_of_one_that_follows(tmp_path):
    write_files(tmp_path, base=LARGE + "chips: 4000\n", top="extends: base.yaml\ngoodput: 0.8\n")
    scenario = read(str(tmp_path / "top.yaml"))
    assert at_medians(scenario)["goodput"] == 0.8
    assert "reference_goodput" not in scenario.inputs


MIXTURE = "total_parameters: 671e9\nactive_parameters: 37e9\nchips: 2048\n"


def test_a_mixture_of_experts_has_the_utilisation_of_mixtures(read_scenario):
    llama = "extends: llama-3.1-405b\n"
    scenario = read_scenario(llama + MIXTURE)
    assert scenario.inputs["mfu"].specification == "moe-hopper"
    assert scenario.inputs["mfu"].distribution.quantile(0.5) == pytest.approx(0.27)
    assert any(text.startswith("mfu follows the model, which is a mixture") for text in notes_of(scenario, "follows"))
    named = read_scenario(LARGE + MIXTURE + "mfu: all-runs\n")
    assert named.inputs["mfu"].specification == "all-runs"
    assert "mfu: moe-hopper is for mixtures on these chips" in notes_of(named, "architecture")[0]
    other_chip = read_scenario(llama + MIXTURE + "chip: nvidia-a100-sxm4-80gb\n")
    assert other_chip.inputs["mfu"].specification == "dense-h100"
    assert notes_of(other_chip, "architecture")
    assert read_scenario(llama).inputs["mfu"].specification == "dense-h100"


# --- years ------------------------------------------------------------------------------------------------------------------


def test_a_year_outside_the_evidence_is_a_warning():
    rent = ["basis=rented", "on_demand_price=posterior/rental-large"]
    warnings = read("large", sets=["year=2039", *rent]).warnings
    assert any("2039 lies outside the evidence of posterior/rental-large, which is from 2017 to" in each for each in warnings)
    assert not any("year" in each for each in read("large", sets=["year=2026", *rent]).warnings)


def test_a_year_on_which_nothing_depends_is_noted():
    assert notes_of(read("deepseek-v3", sets=["year=2026"]), "year-without-effect")


# --- where values are from --------------------------------------------------------------------------------------------------


@pytest.fixture
def checked(write_plan):
    from simulator.scenario.overrides import Overrides

    path = write_plan(LARGE + RESEARCH.format(inherited="") + "chips: 1024\n")
    inspection = inspect_scenarios([path], Overrides(sets=("pue=1.2",), basis="rented"))
    assert inspection.issues == ()
    return path, inspection


def test_check_lists_every_quantity_in_force_with_value_unit_and_origin(checked):
    path, inspection = checked
    (valid,) = inspection.scenarios
    by_name = {each.name: each for each in valid.quantities}
    scenario = read(path, sets=["pue=1.2"], basis="rented")
    assert set(by_name) == set(scenario.plan.names)
    assert set(valid.lines) <= by_name.keys()
    assert all(each.origin and each.unit for each in valid.quantities)
    kinds = {name: by_name[name].origin_kind for name in ("chips", "mfu", "peak_flop_bf16", "deflator", "ramp", TOTAL)}
    assert kinds == {
        "chips": "file", "mfu": "posterior", "peak_flop_bf16": "chip", "deflator": "preset", "ramp": "default",
        TOTAL: "formula",
    }  # fmt: skip
    assert by_name["mfu"].origin == "posterior/utilisation, preset training-run"
    assert by_name["chips"].origin.endswith("plan.yaml:7")
    assert by_name["research.people"].value == 12
    assert by_name["research.cost"].value == pytest.approx(1_152_000)
    assert by_name["research.cost"].origin.split(", ") == ["research.effort", "research.pay", "deflator"]
    settings = {each.name: each for each in valid.settings}
    assert (settings["basis"].origin_kind, settings["chip"].origin) == ("option", "preset large")
    assert any(note.text.startswith("staff: research replaces team") for note in valid.replaced)


def test_check_names_posteriors_and_lines_that_are_replaced(write_plan):
    text = RUN.replace("mfu: 0.4\n", "chips: 64\n").replace("[compute]", "[rental_cost]")
    (valid,) = inspect_scenarios([write_plan(text)]).scenarios
    by_name = {each.name: each for each in valid.quantities}
    assert by_name["mfu"].origin_kind == "posterior"
    assert by_name["mfu"].origin == "posterior/utilisation, preset training-run"
    assert any("lines: rental_cost in place of compute" in note.text for note in valid.replaced)


def test_check_is_readable_at_80_columns(write_plan, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    path = write_plan(LARGE + RESEARCH.format(inherited="") + "chips: 1024\n")
    answer = CliRunner().invoke(check.command, [path, "--set", "mfu=0.35 to 0.45"])
    assert answer.exit_code == 0
    tables = [line for line in answer.output.splitlines() if not line.startswith(("-", "plan"))]
    assert max(map(len, tables)) <= 80
    assert "--set" in answer.output
    data = json.loads(CliRunner().invoke(check.command, [path, "--format", "json"]).output)["scenarios"][0]
    assert {"name", "role", "value", "unit", "specification", "origin_kind", "origin"} == data["quantities"][0].keys()


def test_every_output_says_what_options_set():
    scenario = read("gpt-4", sets=["mfu=0.3 to 0.4", "team.fte=0.5"], allow_unused=True)
    (note,) = notes_of(scenario, "set-by-option")
    assert note == "set on top of the files (--set): mfu = 0.3 to 0.4, team.fte = 0.5"
    summary = summarize_run(simulate(scenario, 1000))
    assert summary.quantities["team.fte"].origin.startswith("--set team.fte")
    assert note in [each.text for each in summary.notes]
    assert notes_of(read("gpt-4"), "set-by-option") == []


def test_a_comparison_says_why_a_change_has_no_effect(read_scenario):
    stated = RUN + "goodput: 0.9\nchips: 8192\n"
    pair = [read_scenario(stated), read_scenario(stated, sets=["chips=16384", "rental_price=2"])]
    notes = compare(pair, RunOptions(200), names=["now", "more: chips=16384"]).notes
    (note,) = (note for note in notes if note.code == "does-not-follow")
    assert "more: chips=16384" in note.text
    assert "goodput is given as 0.9" in note.text
    assert any(note.code == "set-by-option" for note in notes)  # the price, which the name does not say
    labelled = compare(pair, RunOptions(200), names=["now", "chips=16384, rental_price=2"]).notes
    assert not any(note.code == "set-by-option" for note in labelled)


# --- files ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sets",
    [
        {
            "staff": {
                "research": {"posts": "3 person", "salary": "1e5 USD/person/year", "on_cost": 1, "equity": "0 USD/person/year"}
            }
        },
        {"risks": {"inherited": "all", "flood": {"probability": "1%", "impact": "1e6 USD"}}},
        {"risks": {"inherited": ["late_start"]}},
        {"risks": []},
        {"rollback.probability": "5%"},
        {"dependence": []},
        {"dependence": ["inherited", {"between": ["experiments_factor", "pue"], "rank": 0.5}]},
        {"shocks": ["inherited", "staff-pay-3-times"]},
    ],
)
def test_what_is_set_on_top_is_written_as_the_same_scenario(sets, write_plan, tmp_path):
    path = write_plan("extends: [large, tech-company]\nrisks: {inherited: all, strike: {probability: 2%, impact: 1e6 USD}}\n")
    opened = open_scenario(path).with_(sets=sets)
    opened.save(tmp_path / "saved.yaml")
    assert read(str(tmp_path / "saved.yaml")).fingerprint == opened.scenario.fingerprint
