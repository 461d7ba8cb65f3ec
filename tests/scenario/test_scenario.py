"""Reading of scenarios: library, grammar of values, layers, command-line options, schema."""

import io
import json
import math
import sys
from pathlib import Path

import pytest
from scenario_texts import RUN, SMALL, correlated, refusal_of, steps, value_of, write_files

from simulator import model
from simulator.core import units
from simulator.core.units import HOURS_PER_YEAR, Unit
from simulator.distributions import (
    FAMILIES,
    Constant,
    LogitNormal,
    LogNormal,
    Normal,
    is_quantile,
    parse_quantile,
)
from simulator.engine.inputs import GRADES
from simulator.engine.simulate import simulate
from simulator.io.run_summary import summarize_run
from simulator.scenario import TOTAL, library, read
from simulator.scenario.entries import Reader, library_entry
from simulator.scenario.json_schema import json_schema
from simulator.scenario.schema import ChipRow, Entry, Settings
from simulator.scenario.text import parse

SCHEMA = Path(library.folder()) / "schema.json"
QUANTITIES = model.every_graph().units
SCENARIOS = library.names("scenarios")
TITLED = [name for name in SCENARIOS if "title" in library.find_file("scenarios", name).keys]
ROWS = [(quantity, name) for quantity, named in library.rows().items() for name in named]


def unit_of(quantity):
    return QUANTITIES.get(model.lookup_name(quantity), Unit("1"))  # a relative error


# --- the library ------------------------------------------------------------------------------------------------------------


def test_library_is_here():
    assert len(TITLED) >= 10
    assert len(ROWS) >= 50
    assert library.names("levers")
    assert library.names("shocks")


@pytest.mark.parametrize("name", TITLED)
def test_scenario_of_the_library_runs(name):
    result = simulate(read(name), 200)
    output = json.loads(summarize_run(result).to_json())
    assert output["quantities"][TOTAL]["low"] > 0
    for line in result.scenario.lines:
        assert output["quantities"][line]["share"]["mean"] > 0


@pytest.mark.parametrize("name", TITLED)
def test_scenario_of_the_library_says_whose_it_is_and_where_it_is_from(name):
    scenario = read(name)
    assert scenario.title
    assert scenario.about
    assert scenario.scope
    assert scenario.money != "USD"
    assert scenario.sources
    if not name.startswith("epoch/"):  # those repeat a study's treatment, and the study is their source
        assert scenario.known_facts
        assert scenario.assumptions


@pytest.mark.parametrize("name", TITLED)
def test_prior_of_a_scenario_has_a_source_or_is_called_an_assumption(name):
    for value in read(name).inputs.values():
        if value.role == "prior":
            assert value.is_assumption == (not value.sources or value.grade == "D")
            assert all(source.title for source in value.sources)


@pytest.mark.parametrize("name", ["training-run"])
def test_preset_runs_once_it_is_told_what_to_train(name, read_scenario):
    simulate(read_scenario(RUN.replace("training-run", name)), 200)


@pytest.mark.parametrize("kind", ["levers", "shocks"])
def test_lever_and_shock_of_the_library_says_what_it_is_and_where_it_is_from(kind):
    for name in library.names(kind):
        node = library.find_file(kind, name)
        assert node.keys["about"].text
        assert node.keys["grade"].text in GRADES
        assert "sources" in node.keys or node.keys["grade"].text == "D"


@pytest.mark.parametrize(("quantity", "name"), ROWS)
def test_row_of_the_library_says_what_it_is_and_where_it_is_from(quantity, name):
    entry = library_entry(quantity, name)
    assert entry.about
    if name == library.DEFAULT and Reader().distribution(quantity, entry, unit_of(quantity)).quantile(0.5) in (0, 0.5, 1):
        return  # a neutral value or a uniform variate is no fact
    assert entry.date
    assert entry.grade in GRADES
    assert entry.sources or entry.grade == "D"
    assert all(source.title and (source.date or source.url) for source in entry.sources)
    assert quantity == "relative_error" or model.lookup_name(quantity) in QUANTITIES


def possible(distribution, unit):
    return all(unit.low <= distribution.quantile(p) <= unit.high for p in (0, 1e-9, 0.001, 0.5, 0.999, 1 - 1e-9, 1))


@pytest.mark.parametrize(("quantity", "name"), ROWS)
def test_row_of_the_library_is_a_distribution_of_possible_values_as_given(quantity, name):
    unit, entry = unit_of(quantity), library_entry(quantity, name)
    distribution = Reader().distribution(quantity, entry, unit)
    assert possible(distribution, unit)
    assert distribution.quantile(0.05) <= distribution.quantile(0.5) <= distribution.quantile(0.95)
    scale = units.conversion_factor(entry.unit or unit.text, unit.text)
    for parameters in (getattr(entry, kind) for kind in (*FAMILIES, "quantiles")):
        for key, value in (parameters or {}).items():
            if is_quantile(key):
                assert distribution.quantile(parse_quantile(key)) == pytest.approx(value * scale, rel=1e-6), key


@pytest.mark.parametrize("name", library.chips())
def test_chip_of_the_library_brings_possible_values_with_a_source(name):
    row = ChipRow.model_validate(library.chips()[name].plain())
    assert row.about
    assert row.released
    assert row.sources
    assert {"peak_flop_bf16", "memory", "tdp"} <= row.model_extra.keys()
    for quantity, value in row.model_extra.items():
        assert possible(
            Reader().distribution(quantity, Entry.model_validate(value), QUANTITIES[quantity]), QUANTITIES[quantity]
        )


def test_alternatives_without_a_unit_are_in_the_unit_of_the_whole():
    distribution = Reader().distribution(
        "useful_life", library_entry("useful_life", "hyperscaler-2025"), QUANTITIES["useful_life"]
    )
    assert distribution.quantile(0) == pytest.approx(5 * HOURS_PER_YEAR)
    assert distribution.quantile(1) == pytest.approx(6 * HOURS_PER_YEAR)


def test_part_of_a_mixture_may_have_a_unit_of_its_own():
    text = (
        "{unit: month, mixture: [{weight: 0.5, distribution: 6 to 8}, {weight: 0.5, distribution: {value: 1 to 2, "
        "unit: year}}]}"
    )
    entry = Entry.model_validate(parse(f"x: {text}", "test").keys["x"].plain())
    distribution, month = Reader().distribution("duration", entry, QUANTITIES["role.duration"]), HOURS_PER_YEAR / 12
    assert distribution.quantile(0.0125) == pytest.approx(6 * month, rel=1e-3)  # 2.5 % of the half below
    assert distribution.quantile(0.9875) == pytest.approx(24 * month, rel=1e-3)


# --- values -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "text", "value"),
    [
        ("training_tokens", "15e12", 15e12),
        ("training_tokens", "1.5E+13", 1.5e13),
        ("training_tokens", "1_000_000", 1e6),
        ("training_tokens", "15000000000000", 15e12),
        ("training_tokens", "15e12 token", 15e12),
        ("training_tokens", "15 Ttoken", 15e12),
        ("total_parameters", "70 Gparameter", 70e9),
        ("mfu", "0.4", 0.4),
        ("mfu", ".4", 0.4),
        ("mfu", "40%", 0.4),
        ("mfu", "40 percent", 0.4),
        ("mfu", "1", 1.0),
        ("mfu", '"0.4"', 0.4),
        ("repeated_share", "0", 0.0),
        ("hardware_age", "-30 day", -720.0),
        ("hardware_age", "1 year", HOURS_PER_YEAR),
        ("tdp", "0.7 kW/chip", 0.7),
        ("tdp", "700 W/chip", 0.7),
        ("tdp", "{value: 700, unit: W/chip}", 0.7),
        ("tdp", "{constant: {value: 700}, unit: W/chip}", 0.7),
        ("memory", "80 GB/chip", 80e9),
        ("peak_flop", "989e12 FLOP/second/chip", 989e12 * 3600),
        ("peak_flop", "3.6e18 FLOP / chip / hour", 3.6e18),
        ("price_decline", "0.14 OOM/year", 0.14 * math.log(10) / HOURS_PER_YEAR),
        ("price_decline", "4e-5 1/hour", 4e-5),
        ("electricity_price", "80 USD/MWh", 0.08),
        ("rental_price", "2.5 USD/chip/hour", 2.5),
        ("grid_intensity", "385 gCO2e/kWh", 385e-6),
    ],
)
def test_number_is_read_in_the_canonical_unit(quantity, text, value):
    entry = Entry.model_validate(parse(f"x: {text}", "test").keys["x"].plain())
    distribution = Reader().distribution(quantity, entry, QUANTITIES[quantity])
    assert isinstance(distribution, Constant)
    assert distribution.value == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize("mass", [0.95, 0.90, 0.50])
@pytest.mark.parametrize(
    ("quantity", "text", "low", "high", "kind"),
    [
        ("training_tokens", "14e12 to 16e12", 14e12, 16e12, LogNormal),
        ("rental_price", "1.7 to 3.2 USD/chip/hour", 1.7, 3.2, LogNormal),
        ("duration", "5 to 9 month", 5 * HOURS_PER_YEAR / 12, 9 * HOURS_PER_YEAR / 12, LogNormal),
        ("mfu", "0.34 to 0.46", 0.34, 0.46, LogitNormal),
        ("mfu", "34% to 46%", 0.34, 0.46, LogitNormal),
        ("pue", "1.1 to 1.4", 1.1, 1.4, LogNormal),
        ("hardware_age", "-100 to 300 day", -2400, 7200, Normal),
    ],
)
def test_range_is_a_distribution_of_the_kind_of_quantity_exactly_through_its_interval(quantity, text, low, high, kind, mass):
    distribution = Reader(mass).distribution(quantity, Entry.model_validate(text), QUANTITIES[quantity])
    assert type(distribution) is kind
    assert distribution.quantile((1 - mass) / 2) == pytest.approx(low, rel=1e-12)
    assert distribution.quantile((1 + mass) / 2) == pytest.approx(high, rel=1e-12)
    assert possible(distribution, QUANTITIES[quantity])


@pytest.mark.parametrize(("ranges", "p"), [("", 0.025), ("ranges: 95", 0.025), ("ranges: 90", 0.05), ("ranges: 50", 0.25)])
def test_ranges_says_which_interval_a_range_is(ranges, p, read_scenario):
    distribution = read_scenario(SMALL + ranges).inputs["energy"].distribution
    assert distribution.quantile(p) == pytest.approx(1000, rel=1e-12)
    assert distribution.quantile(1 - p) == pytest.approx(2000, rel=1e-12)


def test_ranges_holds_for_its_own_file_alone(tmp_path):
    (tmp_path / "base.yaml").write_text(SMALL + "ranges: 50\n")
    (tmp_path / "mine.yaml").write_text("extends: base.yaml\nelectricity_price: 0.05 to 0.10 USD/kWh\nranges: 90\n")
    inputs = read(str(tmp_path / "mine.yaml")).inputs
    assert inputs["energy"].distribution.quantile(0.25) == pytest.approx(1000)
    assert inputs["electricity_price"].distribution.quantile(0.05) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("truncate", "text"),
    [
        ("{low: 6}", "{value: 5 to 9 month, truncate: {low: 6}}"),
        ("{low: 6}", "{value: 5 to 9, unit: month, truncate: {low: 6}}"),
        ("{low: 6, high: 8}", "{lognormal: {median: 7, sigma: 0.2}, unit: month, truncate: {low: 6, high: 8}}"),
        ("{low: 6, high: 8}", "{lognormal: {p5: 6.2, p95: 7.7}, unit: month, truncate: {low: 6, high: 8}}"),
    ],
)
def test_bounds_are_in_the_unit_of_the_value_that_they_hold(truncate, text):
    entry = Entry.model_validate(parse(f"x: {text}", "test").keys["x"].plain())
    distribution = Reader().distribution("duration", entry, QUANTITIES["role.duration"])
    month = HOURS_PER_YEAR / 12
    assert distribution.quantile(0) == pytest.approx(6 * month, rel=1e-6)
    assert (
        distribution.quantile(1) == pytest.approx(8 * month, rel=1e-6)
        if "high" in truncate
        else distribution.quantile(1) > 8 * month
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{lognormal: {p5: 5, p95: 9}, unit: month, truncate: {low: 6}}",
         "gives p5 as 5, but `truncate` leaves nothing below 6"),
        ("{quantiles: {p5: 5, p50: 6, p95: 9}, unit: month, truncate: {high: 8}}",
         "gives p95 as 9, but `truncate` leaves nothing above 8"),
    ],
)  # fmt: skip
def test_quantiles_that_are_cut_off_are_refused(text, message):
    entry = Entry.model_validate(parse(f"x: {text}", "test").keys["x"].plain())
    with pytest.raises(ValueError, match=message):
        Reader().distribution("duration", entry, QUANTITIES["role.duration"])


def test_bounds_on_a_row_are_in_the_unit_of_the_row():
    entry = Entry.model_validate({"from": "frontier-2024", "truncate": {"low": "10", "high": "60"}})  # minutes
    distribution = Reader().distribution("lost_time", entry, QUANTITIES["lost_time"])
    assert distribution.quantile(0) == pytest.approx(1 / 6, rel=1e-6)
    assert distribution.quantile(1) == pytest.approx(1, rel=1e-6)


def test_value_times_its_relative_error(read_scenario):
    distribution = (
        read_scenario(SMALL + "budget: 5\n", sets=["energy={value: 1500 kWh, times: chip-count}"]).inputs["energy"].distribution
    )
    assert distribution.quantile(0.05) == pytest.approx(1200)
    assert distribution.quantile(0.95) == pytest.approx(1875)


# --- layers -----------------------------------------------------------------------------------------------------------------


def test_later_layer_wins(tmp_path):
    write_files(
        tmp_path,
        a=SMALL.replace("deflator: 1", "deflator: 2") + "prices: 2001 USD\ntitle: A\n",
        b="deflator: 3\nprices: 2002 USD\nlines: [carbon_cost]\n",
        one="extends: a.yaml\n",
        ab="extends: [a.yaml, b.yaml]\nlines: [energy_cost]\n",
        ba="extends: [b.yaml, a.yaml]\n",
        own="extends: [a.yaml, b.yaml]\nlines: [energy_cost]\ndeflator: 4\nprices: 2003 USD\n",
    )
    scenarios = {name: read(str(tmp_path / f"{name}.yaml")) for name in ("one", "ab", "ba", "own")}
    assert {name: value_of(scenario, "deflator") for name, scenario in scenarios.items()} == {
        "one": 2,
        "ab": 3,
        "ba": 2,
        "own": 4,
    }
    assert {name: scenario.money for name, scenario in scenarios.items()} == {
        "one": "2001 USD", "ab": "2002 USD", "ba": "2001 USD", "own": "2003 USD",
    }  # fmt: skip
    assert all(scenario.title == "A" for scenario in scenarios.values())
    assert all(scenario.lines == ("energy_cost",) for scenario in scenarios.values())


def test_base_may_lie_in_a_folder_below(tmp_path):
    (tmp_path / "below").mkdir()
    write_files(tmp_path / "below", base="extends: deeper.yaml\n", deeper=SMALL)
    write_files(tmp_path, mine="extends: below/base.yaml\n")
    assert read(str(tmp_path / "mine.yaml")).lines == ("energy_cost",)


def test_file_of_a_built_in_name_does_not_stand_for_it(tmp_path, monkeypatch):
    write_files(tmp_path, **{"gpt-4": "extends: gpt-4\ntitle: Ours\n"})
    monkeypatch.chdir(tmp_path)
    assert read("gpt-4").title == "GPT-4"
    assert read("gpt-4.yaml").title == "Ours"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("/etc/passwd", "is outside this folder"),
        ("/etc/hosts.yaml", "is outside this folder"),
        ("../base.yaml", "is outside this folder"),
        ("below/../../base.yaml", "is outside this folder"),
        ("https://example.org/base.yaml", "is outside this folder"),
        ("file:///etc/base.yaml", "is outside this folder"),
        ("~/base.yaml", "is outside this folder"),
        ("~root/base.yaml", "is outside this folder"),
        ("nowhere.yaml", "there is no such file"),
        ("trainingrun", "did you mean 'training-run'?"),
        ('""', "no such scenario"),
        ("{a: b}", "must be a name or a list of names"),
        ("[[a]]", "must be a name or a list of names"),
    ],
)
def test_base_outside_the_folder_or_unknown_is_refused(name, message, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    write_files(tmp_path, base=SMALL)
    (folder / "mine.yaml").write_text(f"title: x\nextends: {name}\n")
    assert message in refusal_of(read, str(folder / "mine.yaml"))


@pytest.mark.parametrize("length", [1, 2, 3])
def test_files_that_extend_in_a_circle_are_refused_naming_it(length, tmp_path):
    write_files(tmp_path, **{f"s{i}": f"extends: s{(i + 1) % length}.yaml\n" for i in range(length)})
    message = refusal_of(read, str(tmp_path / "s0.yaml"))
    circle = " extends ".join([*(f"s{i}.yaml" for i in range(length)), "s0.yaml"])
    assert f"extends: is circular: {circle}" in message


def test_one_base_may_be_reached_twice(tmp_path):
    write_files(tmp_path, base=SMALL, a="extends: base.yaml\n", b="extends: base.yaml\n", mine="extends: [a.yaml, b.yaml]\n")
    assert read(str(tmp_path / "mine.yaml")).lines == ("energy_cost",)


def test_bases_without_end_are_refused(tmp_path):
    write_files(tmp_path, s0=SMALL, **{f"s{i}": f"extends: [s{i - 1}.yaml, s{i - 1}.yaml]\n" for i in range(1, 120)})
    assert "extends more than 100 files" in refusal_of(read, str(tmp_path / "s119.yaml"))
    assert read(str(tmp_path / "s29.yaml")).lines  # a base named twice is read once


def test_without_takes_a_quantity_back_to_its_formula(read_scenario):
    run = read_scenario(RUN + "final_run_chip_hours: 5e6 chip*hour\n")
    assert "mfu" not in run.inputs
    again = read_scenario("extends: llama-3.1-405b\nwithout: mfu\nhfu: 0.5\n")
    assert "mfu" not in again.inputs
    assert value_of(again, "hfu") == 0.5
    assert "mfu" in again.plan.names


def test_without_something_not_given_is_refused(read_scenario):
    assert "without: energy is not given by the scenario that this one extends" in refusal_of(
        read_scenario, RUN + "without: [energy]\n"
    )


def test_other_chip_replaces_the_facts_of_the_first(tmp_path):
    write_files(tmp_path, base=RUN + "chip_price: 20000\n", mine="extends: base.yaml\nchip: google-tpu-v4\n")
    before, after = read(str(tmp_path / "base.yaml")), read(str(tmp_path / "mine.yaml"))
    assert value_of(before, "tdp") == pytest.approx(0.7)
    assert value_of(after, "tdp") == pytest.approx(0.373)
    assert value_of(after, "memory") == 32e9
    assert value_of(before, "chip_price") == 20_000
    assert not after.inputs["chip_price"].distribution.is_constant
    assert after.choices["chip"] == "google-tpu-v4"
    assert value_of(after, "chips") == 4096


def test_other_chip_does_not_inherit_what_it_lacks(tmp_path):
    write_files(tmp_path, base=RUN + "precision: fp8\n", mine="extends: base.yaml\nchip: google-tpu-v4\n")
    assert "peak_flop_fp8" in read(str(tmp_path / "base.yaml")).inputs
    assert "the library has no peak_flop_fp8 of google-tpu-v4" in refusal_of(read, str(tmp_path / "mine.yaml"))


def test_key_of_the_file_wins_over_its_chip(read_scenario):
    assert value_of(read_scenario(RUN + "tdp: 500 W/chip\n"), "tdp") == 0.5
    assert value_of(read_scenario("tdp: 500 W/chip\n" + RUN), "tdp") == 0.5


# --- the command line's values ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("mfu", "0.4"),
        ("mfu", "40%"),
        ("mfu", "0.34 to 0.46"),
        ("mfu", "moe-hopper"),
        ("mfu", "{beta: {mean: 0.4, sd: 0.05}, about: ours, grade: C}"),
        ("mfu", "{quantiles: {p5: 0.2, p50: 0.4, p95: 0.5}}"),
        ("training_tokens", "14e12 to 16e12 token"),
        ("tdp", "700 W/chip"),
        ("tdp", "{value: 700, unit: W/chip}"),
        ("electricity_price", "us-2024"),
        ("repeated_share", "{mixture: [{weight: 0.5, distribution: 0}, {weight: 0.5, distribution: 0.1 to 0.2}]}"),
    ],
)
def test_value_set_is_read_as_in_the_file(key, text, read_scenario):
    rest = "".join(line for line in RUN.splitlines(keepends=True) if not line.startswith(key))
    by_file, by_set = read_scenario(rest + f"{key}: {text}\n"), read_scenario(RUN, sets=[f"{key}={text}"])
    assert by_set.inputs[key].distribution == by_file.inputs[key].distribution
    assert by_set.inputs[key].specification == by_file.inputs[key].specification
    assert by_set.fingerprint == by_file.fingerprint


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("basis", "rented"),
        ("lines", "[hardware_cost, energy_cost]"),
        ("budget", "5e6 USD"),
        ("chip", "google-tpu-v4"),
        ("team_correlation", "0.2"),
        ("levers", "[new-optimisers]"),
        ("dependence", "[{between: [pue, electricity_price], rank: 0.5}]"),
    ],
)
def test_setting_set_is_read_as_in_the_file(key, text, read_scenario):
    text_of_file = RUN.replace("nvidia-h100-sxm", text) if key == "chip" else RUN + f"{key}: {text}\n"
    by_file, by_set = read_scenario(text_of_file), read_scenario(RUN, sets=[f"{key}={text}"])
    assert by_set.fingerprint == by_file.fingerprint
    assert (by_set.choices, by_set.budget, by_set.ranks) == (by_file.choices, by_file.budget, by_file.ranks)
    assert by_set.fingerprint != read_scenario(RUN).fingerprint or key in ("budget", "team_correlation")


def test_value_set_wins_and_the_last_of_two_wins(read_scenario):
    assert value_of(read_scenario(RUN + "mfu: 0.3\n", sets=["mfu=0.4"]), "mfu") == 0.4
    assert value_of(read_scenario(RUN, sets=["mfu=0.4", "mfu = 0.5"]), "mfu") == 0.5


def test_input_of_a_role_is_set_by_its_name():
    before, after = read("gpt-3"), read("gpt-3", sets=["team.fte=0.5", "team.people=30"])
    assert value_of(after, "team.fte") == 0.5
    assert value_of(after, "team.people") == 30
    assert not before.inputs["team.fte"].distribution.is_constant
    assert (
        after.inputs["team.salary"].distribution != before.inputs["team.salary"].distribution
    )  # the mean of 30 people is narrower
    assert after.inputs["team.salary"].distribution.quantile(0.95) < before.inputs["team.salary"].distribution.quantile(0.95)


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("mfu", "write NAME=VALUE"),
        ("=0.4", "write NAME=VALUE"),
        ("mfu=", "write NAME=VALUE"),
        ("mfuu=0.4", "did you mean 'mfu'?"),
        ("mfu=forty", "the library has no row 'forty' for mfu"),
        ("mfu=40", "looks like a percentage: write 40% or 0.4"),
        ("mfu=[0.3", "is not valid YAML"),
        ("team.fet=0.5", "there is no 'fet'; did you mean 'fte'?"),
        ("Team.fte=0.5", "staff"),
        ("useful_life=3 year", "has no effect here: it would with `depreciation: straight-line`"),
    ],
)
def test_value_set_wrongly_is_refused(assignment, message):
    assert message in refusal_of(read, "gpt-3", sets=[assignment])


def test_options_stand_above_the_file(read_scenario):
    scenario = read_scenario(RUN, basis="rented", budget="3e6", levers=["new-optimisers"], shocks=["goodput-half"])
    assert scenario.choices["basis"] == "rented"
    assert scenario.lines == ("rental_cost", "adoption_cost")  # a lever brings the cost of its adoption
    assert scenario.budget == 3e6
    assert [(read_scenario.kind, read_scenario.name) for read_scenario in scenario.adjustments] == [
        ("lever", "new-optimisers"),
        ("shock", "goodput-half"),
    ]


def test_standard_input_is_a_file(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf" + SMALL.encode())))
    assert read("-").lines == ("energy_cost",)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"title: \xff\n")))
    assert "<stdin>:1:8: is not UTF-8 text (byte 7)" in refusal_of(read, "-")
    monkeypatch.setattr(sys, "stdin", None)
    assert "no standard input" in refusal_of(read, "-")


# --- fingerprint and schema -------------------------------------------------------------------------------------------------


def test_fingerprint_changes_with_all_that_decides_the_numbers(read_scenario):
    effect = "adjustments: {x: {about: a, effects: [{on: mfu, %s: 0.9}]}}\n"
    texts = [
        RUN,
        RUN + "mfu: 0.4\n",
        RUN + "mfu: 0.3 to 0.4\n",
        RUN + "mfu: 0.3 to 0.4\nranges: 90\n",
        RUN + "basis: rented\n",
        RUN + "depreciation: straight-line\n",
        RUN + "lines: [energy_cost]\n",
        correlated(("mfu", "goodput", 0.3)),
        correlated(("mfu", "goodput", 0.4)),
        RUN + effect % "multiply",
        RUN + effect % "add",
        RUN + effect % "replace",
        RUN.replace("4096", "4097"),
    ]
    assert len({read_scenario(text).fingerprint for text in texts}) == len(texts)


def test_fingerprint_does_not_change_with_words_or_order(read_scenario):
    lines = RUN.strip().splitlines()
    assert read_scenario("\n".join(reversed(lines))).fingerprint == read_scenario(RUN).fingerprint
    assert read_scenario(RUN + "title: Another\nknown: [nothing]\n# a comment\n").fingerprint == read_scenario(RUN).fingerprint


def test_own_formula_takes_part_and_replaces(read_scenario):
    def training_flop(total_parameters: units.Parameters, training_tokens: units.Tokens) -> units.Flop:
        """Twelve FLOP a parameter and token."""
        return 12 * total_parameters * training_tokens

    scenario = read_scenario(RUN, formulas=[training_flop])
    assert steps(scenario)["training_flop"] == ("total_parameters", "training_tokens")
    assert any("training_flop" in note.text for note in scenario.notes)
    assert scenario.fingerprint != read_scenario(RUN).fingerprint


def test_own_formula_in_another_unit_is_refused(read_scenario):
    def training_flop(total_parameters: units.Tokens) -> units.Flop:
        """Parameters in tokens."""
        return total_parameters

    assert "total_parameters is in token here and in parameter elsewhere" in refusal_of(
        read_scenario, RUN, formulas=[training_flop]
    )


def test_schema_in_the_library_is_the_one_of_the_code():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert schema == json.loads(json.dumps(json_schema())), "write it again: llmcost schema -o priors/schema.json"


def test_schema_has_every_setting_and_every_quantity():
    properties = json_schema()["properties"].keys()
    assert set(Settings.model_fields) <= properties
    assert set(model.graph({}).units) <= properties
    assert json_schema()["additionalProperties"] is False


def convert_numbers(plain):
    """What an editor makes of a file: numbers are numbers."""
    if isinstance(plain, dict):
        return {key: convert_numbers(item) for key, item in plain.items()}
    if isinstance(plain, list):
        return [convert_numbers(item) for item in plain]
    try:
        return float(plain)
    except ValueError:
        return plain


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario_of_the_library_fits_the_schema(name):
    jsonschema = pytest.importorskip("jsonschema")
    text = (library.folder() / "scenarios" / f"{name}.yaml").read_text(encoding="utf-8")
    check = jsonschema.Draft202012Validator(json_schema())
    check.check_schema(json_schema())
    assert not list(map(str, check.iter_errors(parse(text, name).plain())))
    assert not list(map(str, check.iter_errors(convert_numbers(parse(text, name).plain()))))


@pytest.mark.parametrize("key", ["mfuu: 0.4", "mfu: [1, 2]", "basis: leased", "mfu: {beta: {a: 1}, betta: 2}", "lines: 3"])
def test_schema_refuses_what_the_reader_refuses(key, read_scenario):
    jsonschema = pytest.importorskip("jsonschema")
    assert refusal_of(read_scenario, RUN + key + "\n")
    check = jsonschema.Draft202012Validator(json_schema())
    assert not list(check.iter_errors(convert_numbers(parse(RUN, "run").plain())))
    assert list(check.iter_errors(convert_numbers(parse(RUN + key, "run").plain())))


def test_a_base_of_two_bases_does_not_undo_the_first(tmp_path):
    (tmp_path / "a.yaml").write_text("extends: training-run\nmfu: 0.5\n")
    (tmp_path / "b.yaml").write_text("extends: training-run\npue: 1.5\n")
    (tmp_path / "c.yaml").write_text(
        "extends: [a.yaml, b.yaml]\nchip: nvidia-h100-sxm\ntotal_parameters: 7e9\ntraining_tokens: 1e12\n"
    )
    scenario = read(str(tmp_path / "c.yaml"))
    assert (scenario.inputs["mfu"].distribution.quantile(0.5), scenario.inputs["pue"].distribution.quantile(0.5)) == (0.5, 1.5)
