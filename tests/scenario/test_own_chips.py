"""Own chips: what a scenario pays for of their useful life, and terms of rent that have no effect on them."""

import pytest

from simulator.core.formatting import format_percent
from simulator.core.units import HOURS_PER_YEAR as YEAR
from simulator.scenario import open_scenario
from simulator.scenario.own_chips import charges_own_chips, paid_life_of

FLEET = """
extends: serve/llama-3.3-70b
basis: owned
useful_life: 4 year
service_life: 1 year
depreciation: straight-line
"""
TRAINING = """
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
fleet_use: 0.8
lines: [compute]
"""


def notes_of(scenario, code):
    return [note for note in scenario.notes if note.code == code]


def test_share_of_the_life_counts_idle_hours_that_are_charged(read_scenario):
    life = paid_life_of(read_scenario(TRAINING))
    assert life.chips == 1000
    assert life.share == pytest.approx(1e6 / 0.8 / (1000 * 5 * YEAR))
    without_idle = read_scenario(TRAINING.replace("fleet_use: 0.8", "without: [fleet_use]"))
    assert paid_life_of(without_idle).share == pytest.approx(1e6 / (1000 * 5 * YEAR))


@pytest.mark.parametrize(
    ("sets", "is_charged"), [([], True), (["serving=priced"], False), (["basis=rented"], False), (["basis=purchased"], False)]
)
def test_chips_are_charged_where_the_total_depends_on_them_and_not_by_the_basis_alone(read_scenario, sets, is_charged):
    assert charges_own_chips(read_scenario(FLEET, sets=sets)) is is_charged


def test_a_fleet_says_for_how_much_of_their_life_its_chips_are_charged(read_scenario):
    scenario = read_scenario(FLEET, sets=["cluster_price=40000", "deflator=1", "replica_chips=2", "peak_replicas=5"])
    (note,) = notes_of(scenario, "assumed-life")
    assert note.subject == "useful_life"
    # 10 chips, of which the fleet holds all of them for one year of four; fewer where it holds fewer on average
    share = paid_life_of(scenario).share
    assert share <= 0.25
    assert f"the 365 days of the service, which is {format_percent(share)} of their useful life" in note.text
    assert note.text.endswith("`basis: purchased` charges the whole purchase")  # proposed because it was tried


@pytest.mark.parametrize("change", ["basis=purchased", "basis=rented", "service_life=4 year", "serving=priced"])
def test_the_note_on_a_fleet_ends_where_it_pays_for_all_or_owns_nothing(read_scenario, change):
    assert not notes_of(read_scenario(FLEET, sets=[change]), "assumed-life")


def test_terms_of_rent_of_a_file_have_no_effect_on_own_chips_and_a_note_says_so(write_plan):
    path = write_plan(TRAINING + "commitment: one-year\nreservation: dedicated\n")
    opened = open_scenario(path)
    (note,) = notes_of(opened.scenario, "no-rent")
    assert "`commitment: one-year`" in note.text
    assert "`reservation: dedicated`" in note.text
    assert note.text.endswith("have no effect, as terms of rent: the chips are owned")
    (purchased,) = notes_of(opened.with_(basis="purchased").scenario, "no-rent")
    assert purchased.text.endswith("the chips are purchased")


def test_terms_of_rent_of_a_preset_and_of_rented_chips_are_not_pointed_out(read_scenario):
    assert not notes_of(read_scenario(TRAINING), "no-rent")  # training-run is on demand
    assert not notes_of(read_scenario(FLEET, sets=["basis=rented", "commitment=on-demand"]), "no-rent")
    assert not notes_of(read_scenario(TRAINING + "commitment: on-demand\nreservation: dedicated\n"), "no-rent")  # no contract
