"""The note on the share of use that a preset assumes of own chips."""

import pytest

from simulator.analysis.compare import compare
from simulator.engine.options import RunOptions

OWN = """
extends: owner-costs
chip: nvidia-h100-sxm
chips: 1000
chip_hours: 1e6 chip*hour
chip_price: 25000 USD/chip
server_factor: 1.2
network_factor: 1.2
useful_life: 5 year
pue: 1.3
power_share: 0.7
server_power_factor: 1.8
electricity_price: 0.09 USD/kWh
lines: [compute]
"""


def notes_of(scenario):
    return [note for note in scenario.notes if note.code == "assumed-use"]


def test_a_share_of_use_of_a_preset_is_named_with_its_origin_and_remedies(read_scenario):
    (note,) = notes_of(read_scenario(OWN))
    assert note.subject == "fleet_use"
    assert "85% of their hours (fleet_use: laboratory-2025, preset owner-costs)" in note.text
    # 1e6 / 0.85 of 1000 chips * 5 years * 8766 hours; 1 / 0.85 - 1 idle hours beside each
    assert "0.18 idle ones for each, 2.7% of the useful life of 1,000 chips at the medians" in note.text
    assert note.text.endswith("(`basis: purchased`)")  # proposed because it was tried


@pytest.mark.parametrize("change", [["fleet_use=60%"], ["basis=purchased"]])
def test_what_the_note_proposes_ends_it(read_scenario, change):
    assert not notes_of(read_scenario(OWN, sets=change))


def test_a_remedy_says_what_else_it_needs(read_scenario):
    (note,) = notes_of(read_scenario(OWN.replace("lines: [compute]", "lines: [idle_cost]")))
    assert "`basis: purchased`), which would need idle_chip_hours, rental_price too" in note.text


def test_a_comparison_names_the_scenario_of_the_note(read_plan):
    own = read_plan(OWN, "own")
    half = read_plan(OWN + "fleet_use: 50%\n", "half")
    comparison = compare([own, half], RunOptions(200))
    (note,) = [note for note in comparison.notes if note.code == "assumed-use"]
    assert note.text.startswith(f"{comparison.scenarios[0].label}: own chips are assumed")
