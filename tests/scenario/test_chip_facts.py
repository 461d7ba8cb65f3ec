"""Facts of chips: which quantities they are, and to which chip each belongs."""

import pytest
from scenario_texts import RUN, refusal_of, write_files

from simulator import model
from simulator.scenario import library, read
from simulator.scenario.chips import FACTS_OF_CHIP, chips_of_row
from simulator.scenario.rents import PRICES
from simulator.scenario.schema import ChipRow

RENTED = RUN + "basis: rented\nrental_price: 2.5 USD/chip/hour\n"
OF_THE_WORK = {
    "activation_memory", "engineers_per_chip", "processing_price", "chip_licence_price", "serving_speed", "serving_chip_price",
    "price_decline_charge", "straight_line_charge", "annuity_capital_charge", "value_capital_charge", "sinking_fund_credit",
    "owned_idle_price", "block_idle_price", "granted_price", "rework_price", "supplied_chip_price",
}  # fmt: skip
"""Quantities per chip that depend on the model, the staff, other chips or the formulas, and are no facts of the chip."""


def test_every_key_of_a_chip_and_every_rent_is_a_fact_of_a_chip():
    keys = {key for node in library.chips().values() for key in node.keys} - ChipRow.model_fields.keys()
    assert keys | set(PRICES.values()) <= FACTS_OF_CHIP
    per_chip = {name for name, unit in model.every_graph().units.items() if "/chip" in unit.text}
    of_fleet = {name for name in per_chip if name.startswith("serving_")} - {"serving_speed", "serving_chip_price"}
    assert per_chip - FACTS_OF_CHIP - of_fleet == OF_THE_WORK  # facts of the chip in service have names of their own


def rents(scenario):
    return {
        name: source.specification for name, source in scenario.inputs.items() if name in ("rental_price", "on_demand_price")
    }


def notes(scenario):
    return [note.text for note in scenario.notes if note.code == "of-another-chip"]


def test_the_chip_repeated_changes_nothing(read_scenario):
    base = read_scenario(RENTED)
    again = read_scenario(RENTED, sets=["chip=nvidia-h100-sxm"])
    assert again.fingerprint == base.fingerprint
    assert not notes(again)


def test_a_rent_of_one_chip_is_none_of_another(read_scenario):
    scenario = read_scenario(RENTED, sets=["chip=nvidia-gb200"])
    assert rents(scenario) == {"on_demand_price": "gb200-neocloud-2026"}
    (note,) = notes(scenario)
    assert note.endswith("is that of nvidia-h100-sxm, so it does not apply to nvidia-gb200")


def test_a_rent_set_with_the_chip_is_that_of_the_chip(read_scenario):
    scenario = read_scenario(RENTED, sets=["chip=nvidia-gb200", "rental_price=9 USD/chip/hour"])
    assert rents(scenario) == {"rental_price": "9 USD/chip/hour"}


def test_a_rent_for_every_chip_stays(read_scenario):
    text = RENTED.replace("2.5 USD/chip/hour", "{value: 2.5 USD/chip/hour, chip: any}")
    scenario = read_scenario(text, sets=["chip=nvidia-gb200"])
    assert rents(scenario) == {"rental_price": "2.5 USD/chip/hour"}
    assert not notes(scenario)


def test_a_posterior_follows_the_chip(read_scenario):
    text = RUN + "basis: owned\npower_share: posterior/power\n"
    assert not notes(read_scenario(text, sets=["chip=nvidia-a100-sxm4-80gb"]))


def test_the_first_chip_again_has_its_facts(tmp_path):
    write_files(tmp_path, a=RENTED, b="extends: a.yaml\nchip: nvidia-gb200\n", c="extends: b.yaml\nchip: nvidia-h100-sxm\n")
    assert rents(read(str(tmp_path / "c.yaml"))) == {"rental_price": "2.5 USD/chip/hour"}


@pytest.mark.parametrize("named", ["", "chip: nvidia-h100-sxm"])
def test_a_file_of_prices(named, tmp_path):
    price = "{value: 2.5 USD/chip/hour, " + named + "}" if named else "2.5 USD/chip/hour"
    write_files(tmp_path, prices=f"rental_price: {price}\n", s=RUN.replace("training-run", "[training-run, prices.yaml]"))
    path = str(tmp_path / "s.yaml")
    if named:
        assert rents(read(path, basis="rented")) == {"rental_price": "2.5 USD/chip/hour"}
        assert rents(read(path, basis="rented", sets=["chip=nvidia-gb200"])) == {"on_demand_price": "gb200-neocloud-2026"}
    else:
        message = refusal_of(read, path, basis="rented")
        assert "does not say of which chip it is" in message
        assert "{value: ..., chip: nvidia-h100-sxm}" in message


def test_rows_are_those_of_their_chips():
    assert "nvidia-h100-sxm" in chips_of_row("rental_price", "h100-neocloud-2026-08")
    assert chips_of_row("chip_price", "h100-2023") == ("nvidia-h100-sxm",)
    assert chips_of_row("power_share", "no-such-row") == ()
