"""Scenarios from Python: mappings, settings, correlations and formulas of the user."""

import datetime
from pathlib import Path
from typing import Annotated

import numpy as np
import pytest

import llmcost
from llmcost.units import Fraction, Unit, Usd, Value

FILE = """
title: Ours
extends: gpt-4
chips: 20000
electricity_price: 0.05 to 0.09 USD/kWh
staff: {team: {salary: 250000 USD/person/year}}
dependence: [{between: [electricity_price, chip_price], rank: 0.4}]
sources: [{title: "Plan", date: 2026-05-01}]
"""
MAPPING = {
    "title": "Ours",
    "extends": Path("gpt-4"),
    "chips": np.int64(20_000),
    "electricity_price": llmcost.between(0.05, 0.09, unit="USD/kWh"),
    "staff": {"team": {"salary": llmcost.Fixed(250e3, unit="USD/person/year")}},
    "dependence": [{"between": ["electricity_price", "chip_price"], "rank": 0.4}],
    "sources": [{"title": "Plan", "date": datetime.date(2026, 5, 1)}],
}


def support_cost(chip_cost: Usd, support_share: Fraction) -> Usd:
    """Support contract."""
    return chip_cost * support_share


def test_a_mapping_is_the_same_scenario_as_a_file(tmp_path):
    path = tmp_path / "ours.yaml"
    path.write_text(FILE, encoding="utf-8")
    file, mapping = llmcost.read(path), llmcost.read(MAPPING)
    assert mapping.fingerprint == file.fingerprint
    assert (mapping.title, mapping.sources, mapping.ranks) == (file.title, file.sources, file.ranks)
    assert mapping.name == "Ours"
    assert llmcost.run(MAPPING, draws=2000).quantile(0.5) == llmcost.run(str(path), draws=2000).quantile(0.5)


def test_a_scenario_may_be_given_in_every_form():
    opened = llmcost.open_scenario("gpt-4")
    sources = ("gpt-4", Path("gpt-4"), {"extends": "gpt-4"}, opened, opened.scenario)
    medians = {llmcost.run(source, draws=1000).quantile(0.5) for source in sources}
    assert len(medians) == 1
    assert llmcost.read("gpt-4:basis=rented").choices["basis"] == "rented"


def test_a_mapping_is_not_changed_and_can_be_changed_later():
    mapping = {"extends": "gpt-4", "chips": 20_000}
    opened = llmcost.open_scenario(mapping)
    mapping["chips"] = 30_000
    assert mapping == {"extends": "gpt-4", "chips": 30_000}
    assert opened.scenario.inputs["chips"].specification == "20000"


@pytest.mark.parametrize(
    "sets",
    [
        {"chips": 20_000}, {"chips": 2e4}, {"chips": np.float32(20_000)}, {"chips": "20000"}, {"chips": "20e3 chip"},
        "chips=20000", ["chips=20000"], {"chips": llmcost.Fixed(20_000)}, {"chips": {"value": 20_000}},
    ],
)  # fmt: skip
def test_a_setting_may_be_given_in_every_form(sets):
    plain = llmcost.read("gpt-4", sets=["chips=20000"]).fingerprint
    assert llmcost.read("gpt-4", sets=sets).fingerprint == plain
    assert llmcost.open_scenario("gpt-4").with_(sets=sets).scenario.fingerprint == plain


def test_later_settings_take_precedence():
    opened = llmcost.open_scenario(
        "gpt-4", sets={"chips": 1e4}, budget=1e6, basis="owned", correlations={("chips", "chip_price"): 0.1}
    )
    changed = opened.with_(sets="chips=2e4").with_(budget="2e6 USD", basis="rented")
    assert changed.scenario.inputs["chips"].specification == "2e4"
    assert (changed.scenario.budget, changed.scenario.choices["basis"]) == (2e6, "rented")
    assert changed.with_(sets={"chips": 3e4}).scenario.inputs["chips"].specification == "30000.0"
    assert (opened.scenario.budget, opened.scenario.inputs["chips"].specification) == (1e6, "10000.0")


def test_levers_and_shocks_may_be_one_or_several():
    one = llmcost.read("gpt-4", levers="newer-chips", shocks="chip-price-double")
    several = llmcost.read("gpt-4", levers=["newer-chips"], shocks=("chip-price-double",))
    assert [each.full_name for each in one.adjustments] == [each.full_name for each in several.adjustments]
    assert len(one.adjustments) == 2
    assert llmcost.open_scenario("gpt-4", shocks="chip-price-double").without_shocks().scenario.adjustments == ()


def test_correlations_hold_in_the_draws():
    pair = ("electricity_price", "chip_price")
    opened = llmcost.open_scenario("gpt-4", correlations={pair: 0.9})
    result = llmcost.run(opened, draws=20_000)
    x, y = (np.argsort(np.argsort(result.samples(name))) for name in pair)
    assert np.corrcoef(x, y)[0, 1] == pytest.approx(0.9, abs=0.02)
    assert opened.with_(correlations={pair[::-1]: -0.5}).scenario.ranks[tuple(sorted(pair))] == -0.5


def test_own_formulas_are_added():
    lines = [*llmcost.read("gpt-4").lines, "support_cost"]
    opened = llmcost.open_scenario("gpt-4", formulas=support_cost, sets={"lines": lines, "support_share": 0.1})
    result = llmcost.run(opened, draws=1000)
    assert result.samples("support_cost") == pytest.approx(0.1 * result.samples("chip_cost"))
    later = llmcost.open_scenario("gpt-4").with_(formulas=[support_cost], sets={"lines": lines, "support_share": 0.1})
    assert later.scenario.fingerprint == opened.scenario.fingerprint
    assert later.with_(sets={"support_share": 0.2}).scenario.lines == opened.scenario.lines


def test_own_units_are_understood():
    image = Annotated[Value, Unit("USD/token")]

    def image_cost(image_price: image, training_tokens: Annotated[Value, Unit("token")]) -> Usd:
        return image_price * training_tokens

    opened = llmcost.open_scenario(
        "llama-3.1-405b",
        formulas=image_cost,
        sets={"lines": ["image_cost"], "image_price": "2 USD/Mtoken", "training_tokens": 1e12},
    )
    assert llmcost.run(opened, draws=100).quantile(0.5) == pytest.approx(2e6)


def test_a_scenario_is_shown_in_one_short_line():
    opened = llmcost.open_scenario("gpt-4", sets={"chips": llmcost.between(1e4, 2e4)}, levers="newer-chips", budget=1e6)
    assert repr(opened) == "<OpenScenario gpt-4: chips, newer-chips, budget=1000000.0>"
    many = opened.with_(sets={f"chips{i}": 1 for i in range(100)})
    assert len(repr(many)) < 130
    assert repr(llmcost.open_scenario({"extends": "gpt-4"})) == "<OpenScenario <dict>>"
