"""Scenarios made in Python, written as scenario files that are read as the same scenario."""

from pathlib import Path

import numpy as np
import pytest

import llmcost
from llmcost.units import Fraction, Usd

BASE = "extends: gpt-4\nranges: 80\nchip_price: 1e4 to 2e4\ndependence: [{between: [chip_price, run_duration], rank: 0.3}]\n"
PRIORS = {
    "extends": "gpt-4",
    "title": "Yes: 'no' # neither",
    "about": "Two\nlines",
    "chip_price": llmcost.between(1e4, 2e4, source="A: b", date="2026-03", grade="B"),
    "electricity_price": llmcost.Empirical(np.random.default_rng(0).lognormal(-2.5, 0.2, 5000), unit="USD/kWh"),
    "staff": {"team": {"salary": llmcost.Fixed(250e3, unit="USD/person/year")}},
}
CHOICE = llmcost.Choice({"a": (0.4, 2e4), "b": (0.6, llmcost.between(1e4, 2e4))})
PAIR = ("chip_price", "run_duration")


def open_(source, **changes):
    return lambda: llmcost.open_scenario(source, **changes)


CASES = {
    "a built-in scenario": open_("gpt-3"),
    "a name with changes": open_("gpt-4:basis=rented"),
    "a mapping with priors and an array": open_(PRIORS),
    "settings": open_("gpt-4", sets={"chips": CHOICE, "team.people": 120}, budget=1e8, basis="owned"),
    "settings as text": open_("gpt-4", sets=["chips=2e4", "run_duration=80 to 110 day"]),
    "an array on top": open_("gpt-4", sets={"chip_price": np.array([9e3, 11e3, 12e3])}),
    "levers and shocks": open_("gpt-4", levers="newer-chips", shocks=["chip-price-double"]),
    "correlations": open_("gpt-4", correlations={PAIR: 0.4}),
    "a mapping and settings": open_(PRIORS, sets={"chip_price": 1e4, "team.salary": "34 USD/person/hour", "team.people": 90}),
    "a mapping and a shock": open_(PRIORS, shocks="chip-price-double", budget=1e8),
    "another chip": open_({"extends": "llama-3.1-405b", "tdp": "700 W/chip"}, sets={"chip": "nvidia-h200-sxm"}),
    "a file": open_("base.yaml"),
    "a file and settings": open_("base.yaml", sets={"electricity_price": "0.05 to 0.09 USD/kWh"}, correlations={PAIR: -0.4}),
    "a mapping that extends a file": open_({"extends": "base.yaml", "chips": 2e4}, sets={"chips": 3e4}),
    "another interval": open_(
        {"extends": "gpt-4", "ranges": 50, "chips": "1e4 to 2e4"}, sets={"chip_price": {"value": "1e4 to 2e4", "ranges": 80}}
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Work in a folder with a file to extend."""
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_text(BASE, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("case", CASES)
def test_a_file_is_read_as_the_same_scenario(case):
    opened = CASES[case]()
    opened.save("out.yaml")
    assert Path("out.yaml").read_text(encoding="utf-8") == opened.to_yaml()
    read, scenario = llmcost.read("out.yaml"), opened.scenario
    assert read.fingerprint == scenario.fingerprint
    assert (read.budget, read.ranks) == (scenario.budget, scenario.ranks)
    # A scenario of the library says in its own words which costs of an owner it leaves out; a file of a user is noted.
    # What options set is in the file now; the owner's costs are noted for a scenario of the user's own only.
    # The file leaves out what belongs to another chip.
    merged = [note for note in scenario.notes if note.code == "of-another-chip" and note not in read.notes]
    assert not merged or case == "another chip"
    expected = [note for note in scenario.notes if note.code != "set-by-option" and note not in merged]
    assert [note for note in read.notes if note.code != "owner-costs-left-out" or note in scenario.notes] == expected
    assert [each.full_name for each in read.adjustments] == [each.full_name for each in scenario.adjustments]
    assert {name: each.sources for name, each in read.inputs.items()} == {
        name: each.sources for name, each in scenario.inputs.items()
    }
    assert read.title == scenario.title


def test_the_text_is_what_a_person_would_write():
    opened = llmcost.open_scenario("gpt-4", sets={"pue": llmcost.between(1.1, 1.3)}, levers="newer-chips", budget="80e6")
    lines = ["extends: gpt-4", "pue:", "  value: 1.1 to 1.3", "budget: 80e6", "levers: [newer-chips]"]
    assert opened.to_yaml().splitlines() == lines


def test_inherited_stands_for_levers_of_a_base_only():
    with_lever = llmcost.open_scenario({"extends": "gpt-4", "levers": ["newer-chips"]})
    with_lever.save("one.yaml")
    assert "levers: [newer-chips]" in Path("one.yaml").read_text(encoding="utf-8")
    two = llmcost.open_scenario({"extends": "one.yaml"}, levers="new-optimisers")
    assert "levers: [inherited, new-optimisers]" in two.to_yaml()
    two.save("two.yaml")
    assert [each.name for each in llmcost.read("two.yaml").adjustments] == ["newer-chips", "new-optimisers"]


def support_cost(chip_cost: Usd, support_share: Fraction) -> Usd:
    """Support contract."""
    return chip_cost * support_share


def test_formulas_are_refused_where_they_are_used():
    used = {"lines": ["chip_cost", "support_cost"], "support_share": 0.1}
    with pytest.raises(
        llmcost.UnsupportedError, match="uses your own formula support_cost, which a scenario file cannot hold; save"
    ):
        llmcost.open_scenario("gpt-4", formulas=support_cost, sets=used).to_yaml()
    assert llmcost.open_scenario("gpt-4", formulas=support_cost).to_yaml() == "extends: gpt-4\n"


@pytest.mark.parametrize(
    ("save", "error", "text"),
    [
        (lambda: CASES["a mapping that extends a file"]().save("sub/x.yaml"), llmcost.UnsupportedError, "save it beside"),
        (lambda: CASES["a mapping that extends a file"]().save("base.yaml"), llmcost.UnsupportedError, "is circular"),
        (lambda: CASES["a file"]().save("x.txt"), llmcost.InvalidValueError, "no format '.txt'; there are .yaml, .yml"),
        (lambda: CASES["a file"]().save("nowhere/x.yaml"), llmcost.InvalidValueError, "there is no folder nowhere"),
        (lambda: CASES["a file"]().save(3), llmcost.InvalidValueError, "a file is named by a path, not 3"),
        (lambda: llmcost.open_scenario("gpt-4", sets={"chipz": 3}).save("x.yaml"), llmcost.InvalidInputError, "sets: chipz"),
        (
            lambda: llmcost.open_scenario("gpt-4", sets={"chip_price": np.full(90_000, 1e4)}).save("x.yaml"),
            llmcost.UnsupportedError,
            "90,004 keys and values, and a scenario file holds 80,000; summarise",
        ),
    ],
)
def test_what_cannot_be_written_is_refused_and_leaves_files_as_they_were(save, error, text):
    Path("sub").mkdir()
    with pytest.raises(error) as caught:
        save()
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)
    assert sorted(each.name for each in Path().rglob("*")) == ["base.yaml", "sub"]
    assert Path("base.yaml").read_text(encoding="utf-8") == BASE


def test_a_scenario_whose_settings_depend_on_their_order_is_refused(monkeypatch):
    opened = llmcost.open_scenario({"extends": "gpt-4", "chips": 2e4}, sets={"chips": 3e4})
    monkeypatch.setattr("simulator.scenario.writing._merge", lambda node, ranges, top, items_in_force, chip: node)
    with pytest.raises(llmcost.UnsupportedError, match="put them in one mapping, and open that"):
        opened.to_yaml()
