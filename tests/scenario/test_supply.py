"""Rented supply: relations between two readings of one scenario, each draw by draw under common random numbers."""

from itertools import pairwise

import numpy as np
import pytest
from scenario_texts import refusal_of

from simulator.analysis.statistics import simulate_draws
from simulator.core.errors import InvalidInputError
from simulator.engine.options import RunOptions
from simulator.engine.simulate import simulate
from simulator.scenario import read

OPTIONS = RunOptions(draws=500)
RENTED = """
extends: [training-run, price-path]
chip: nvidia-h100-sxm
basis: rented
chips: 1024
total_parameters: 30e9 to 120e9
training_tokens: 2e12
experiments_factor: 1.5
on_demand_price: {value: 2 to 3, channel: neocloud}
one_year_discount: 0.1
three_year_discount: 0.3
spot_discount: 0.4 to 0.6
block_discount: 0.2
mfu: {value: 0.35 to 0.45, peak: bf16}
goodput: 0.95
outcomes: [chip_hours, billed_chip_hours, idle_chip_hours, lost_chip_hours, wall_clock]
"""
HOURS = """
extends: training-run
chip: nvidia-h100-sxm
basis: rented
chips: 1000
on_demand_price: {value: 2 to 3, channel: neocloud}
one_year_discount: 0.1
three_year_discount: 0.3
spot_discount: 0.4 to 0.6
chip_hours: 1e6 chip*hour
outcomes: [chip_hours, billed_chip_hours, idle_chip_hours, peak_power]
"""
COMMITMENTS = ["on-demand", "one-year", "three-year", "spot", "capacity-block", "mixed"]


class Reading:
    """The quantities of a scenario in each draw, and its rent: hours of work and idle ones."""

    def __init__(self, scenario):
        self.scenario = scenario
        names = {*scenario.plan.names}
        self.draws = simulate_draws(scenario, OPTIONS, names).retained_draws

    def __getitem__(self, name):
        return self.draws[name]

    @property
    def rent(self):
        return self["rental_cost"] + self.draws.get("idle_cost", 0.0)


@pytest.fixture
def read_draws(read_scenario):
    def read_with(*sets, text=RENTED, **options):
        return Reading(read_scenario(text, sets=sets, **options))

    return read_with


def same(a, b):
    np.testing.assert_allclose(a, b, rtol=1e-12)


def never_falls(after, before):
    assert (after >= before * (1 - 1e-12)).all()


# R1
@pytest.mark.parametrize("commitment", ["on-demand"])
def test_twice_the_chips_on_demand_cost_the_same_in_half_the_time(commitment, read_draws):
    one, two = read_draws(f"commitment={commitment}"), read_draws(f"commitment={commitment}", "chips=2048")
    same(two.rent, one.rent)
    same(two["wall_clock"] * 2, one["wall_clock"])


# R2
@pytest.mark.parametrize("term", ["one", "three"])
def test_fully_used_term_without_discount_costs_what_on_demand_does(term, read_draws):
    sets = (f"commitment={term}-year", f"{term}_year_discount=0", f"{term}_year_term=1000 hour")
    reserved, on_demand = read_draws(*sets, text=HOURS), read_draws(text=HOURS)
    same(reserved.rent, on_demand.rent)
    assert not reserved["idle_cost"].any()


# R3
def test_reserved_lever_and_commitment_bill_the_same(read_draws):
    lever, choice = read_draws(levers=["reserved-instances"]), read_draws("commitment=one-year")
    np.testing.assert_array_equal(lever.rent, choice.rent)


# R4
@pytest.mark.parametrize("commitment", ["one-year", "three-year", "mixed"])
def test_half_the_work_within_the_term_costs_the_same(commitment, read_draws):
    whole = read_draws(f"commitment={commitment}")
    half = read_draws(f"commitment={commitment}", "training_tokens=1e12")
    assert (whole["chip_hours"] < whole["reserved_chip_hours"]).all()
    same(half.rent, whole.rent)
    assert (half["idle_cost"] > whole["idle_cost"]).all()


# R5
@pytest.mark.parametrize("reservation", ["dedicated", "shared"])
@pytest.mark.parametrize("commitment", ["one-year", "three-year", "mixed"])
def test_work_beyond_the_term_is_rented_in_addition(commitment, reservation, read_draws):
    sets = [f"commitment={commitment}", f"reservation={reservation}", "reserved_term=1000 hour"]
    sets += ["idle_factor=1.3"] if reservation == "shared" else []
    hours = [2e5, 9e5, 1e6, 1.1e6, 2e6]  # 1,000 chips for 1,000 hours are 1e6
    readings = [read_draws(*sets, text=HOURS.replace("1e6 chip", f"{each} chip")) for each in hours]
    for less, more in pairwise(readings):
        never_falls(more.rent, less.rent)
    _, within, kink, beyond, far = readings
    if reservation == "dedicated":
        same(within.rent, kink.rent)
    same(beyond.rent - kink.rent, 1e5 * beyond["on_demand_price"])
    same(far.rent - kink.rent, 1e6 * beyond["on_demand_price"])
    for each in readings:
        assert (each["idle_chip_hours"] >= 0).all()
        same(each["billed_chip_hours"], each["chip_hours"] + each["idle_chip_hours"])


# R7: the obligation grows with the term; that the price of an hour falls is a fact of the rows
def test_longer_term_bills_no_fewer_hours(read_draws):
    one, three = read_draws("commitment=one-year"), read_draws("commitment=three-year")
    never_falls(three["billed_chip_hours"], one["billed_chip_hours"])
    assert (three["rental_price"] <= one["rental_price"]).all()


# R8
def test_spot_without_interruptions_is_on_demand_less_the_discount(read_draws):
    on_demand = read_draws()
    for sets in (["spot_interruption_rate=0"], ["restart_time=0 hour", "checkpoint_interval=0 hour", "capacity_wait=0 hour"]):
        spot = read_draws("commitment=spot", *sets)
        same(spot.rent, on_demand.rent * (1 - spot["spot_discount"]))
        same(spot["wall_clock"], on_demand["wall_clock"])


# R9
@pytest.mark.parametrize(
    ("name", "low", "high", "is_billed"),
    [
        ("spot_interruption_rate", "0.001 1/node/day", "0.01 1/node/day", True),
        ("restart_time", "5 minute", "40 minute", True),
        ("checkpoint_interval", "0.5 hour", "3 hour", True),
        ("capacity_wait", "1 hour", "12 hour", False),
    ],
)
def test_interruptions_never_save_hours_days_or_money(name, low, high, is_billed, read_draws):
    few, many = (read_draws("commitment=spot", f"{name}={value}") for value in (low, high))
    assert (many["wall_clock"] > few["wall_clock"]).all()
    if is_billed:
        assert (many["billed_chip_hours"] > few["billed_chip_hours"]).all()
        assert (many.rent > few.rent).all()
    else:
        same(many["billed_chip_hours"], few["billed_chip_hours"])
        same(many.rent, few.rent)


# R10
def test_twice_the_nodes_are_interrupted_twice_as_often(read_draws):
    one, two = read_draws("commitment=spot"), read_draws("commitment=spot", "chips=2048")
    same(two["spot_lost_share"], 2 * one["spot_lost_share"])
    same(two["spot_wait_share"], 2 * one["spot_wait_share"])


# R11
@pytest.mark.parametrize("shock", ["rental-spike-2026", "price-cut-2025", "shortage-2023"])
def test_price_after_the_signature_moves_on_demand_rent_and_not_a_contract(shock, read_draws):
    calm, moved = read_draws("commitment=one-year"), read_draws("commitment=one-year", shocks=[shock])
    same(moved.rent, calm.rent)
    on_demand = read_draws(), read_draws(shocks=[shock])
    assert (on_demand[1].rent != on_demand[0].rent).all()
    same(read_draws("commitment=one-year", "lead_time=2 year").rent, calm.rent)  # prices move until they are paid


# R12
def test_idle_hours_are_billed_only_where_capacity_is_reserved(read_draws, read_scenario):
    message = refusal_of(read_scenario, RENTED, sets=["idle_factor=1.5"])
    assert "idle_factor: has no effect here" in message
    assert "`reservation: shared`" in message
    shared = [read_draws("commitment=one-year", "reservation=shared", f"idle_factor={factor}") for factor in ("1", "1.5")]
    same(shared[1].rent, shared[0].rent * 1.5)
    same(shared[1]["rental_cost"], shared[0]["rental_cost"])


# R13
def test_minimum_of_a_block_binds_only_where_the_work_needs_less(read_draws):
    by_minimum = [read_draws("commitment=capacity-block", f"minimum_term={days} day") for days in (1, 2, 30, 182, 364)]
    for shorter, longer in pairwise(by_minimum):
        never_falls(longer.rent, shorter.rent)
    same(by_minimum[1].rent, by_minimum[0].rent)
    assert (by_minimum[-1].rent > by_minimum[0].rent).any()
    needed = by_minimum[0]
    days = needed["billed_chip_hours"] / 1024 / 24
    np.testing.assert_allclose(days, np.round(days), atol=1e-9)
    assert (needed["idle_chip_hours"] < 1024 * 24).all()


# R14
def test_two_runs_of_half_the_tokens_cost_what_one_does_on_demand(read_draws):
    whole, half = read_draws(), read_draws("training_tokens=1e12")
    same(2 * half.rent, whole.rent)


# C7
@pytest.mark.parametrize("reservation", ["dedicated", "shared"])
@pytest.mark.parametrize("commitment", COMMITMENTS)
def test_more_experiments_never_cost_less(commitment, reservation, read_draws):
    lines = "[compute, refresh_cost, retrain_cost, maintenance_cost, risk_cost]"
    text = RENTED.replace("training-run,", "small-medium,").replace("outcomes:", f"lines: {lines}\noutcomes:")
    sets = (f"commitment={commitment}", f"reservation={reservation}", "reserved_term=2000 hour")
    sets = sets[: 3 if commitment in ("one-year", "three-year", "mixed") else 2]
    readings = [read_draws(*sets, f"experiments_factor={factor}", text=text) for factor in (1, 1.1, 1.5, 3, 8)]
    for fewer, more in pairwise(readings):
        never_falls(more["total_cost"], fewer["total_cost"])
        never_falls(more["maintenance_cost"], fewer["maintenance_cost"])
        # What the final run costs depends on its own hours, not on how much of the reservation stands idle.
        never_falls(more["refresh_cost"], fewer["refresh_cost"])
    np.testing.assert_allclose(
        readings[0]["chip_hours"], readings[0]["final_run_chip_hours"] * (1 + readings[0]["post_training_share"]), rtol=1e-12
    )


# Mixes
def test_mix_without_reserved_chips_is_on_demand_or_spot(read_draws):
    nothing = ("commitment=mixed", "reserved_term=0 hour")
    same(read_draws(*nothing).rent, read_draws().rent)
    spot = read_draws("commitment=spot")
    same(read_draws(*nothing, "spot_share=1").rent, spot.rent)
    same(read_draws(*nothing, "spot_share=1")["wall_clock"], spot["wall_clock"])


def test_mix_with_all_work_reserved_is_the_reservation(read_draws):
    same(read_draws("commitment=mixed", "spot_share=0.5").rent, read_draws("commitment=one-year").rent)


# Compute in kind
def test_compute_in_kind_costs_what_the_recipient_pays(read_draws):
    text = RENTED.replace("basis: rented", "basis: granted").replace(
        "extends: [training-run, price-path]", "extends: training-run"
    )
    for key in ("one_year", "three_year", "spot", "block"):
        text = "\n".join(line for line in text.splitlines() if not line.startswith(f"{key}_discount")) + "\n"
    text = text.replace("outcomes: [", "outcomes: [granted_value, ")
    granted = read_draws(text=text)
    assert not granted["total_cost"].any()
    same(granted["granted_value"], granted["chip_hours"] * granted["on_demand_price"])
    same(read_draws("granted_charge=0.5 USD/chip/hour", text=text)["total_cost"], granted["chip_hours"] * 0.5)


# Notes and outcomes
def test_note_says_what_a_shared_reservation_leaves_out(read_scenario):
    notes = {note.code: note.text for note in read_scenario(RENTED, sets=["commitment=one-year", "reservation=shared"]).notes}
    assert "`reservation: dedicated` bills the whole term" in notes["shared-reservation"]
    dedicated = {note.code: note.text for note in read_scenario(RENTED, sets=["commitment=one-year"]).notes}
    assert "shared-reservation" not in dedicated
    assert "stand idle" in dedicated["idle-capacity"]


OF_SUPPLY = {"billed_chip_hours", "idle_chip_hours", "lost_chip_hours"}


@pytest.mark.parametrize(
    ("preset", "outcomes"),
    [("startup", {"billed_chip_hours", "idle_chip_hours"}), ("academic", {"billed_chip_hours", "lost_chip_hours"})],
)
def test_presets_report_what_their_supply_bills(preset, outcomes, read_scenario):
    for scope in ("development", "whole-life"):
        scenario = read_scenario(f"extends: [{preset}, small-medium, {scope}]\n")
        assert set(scenario.outcomes) & OF_SUPPLY == outcomes
        assert not scenario.uncomputable_outcomes.keys() & OF_SUPPLY


def test_outcome_that_a_user_asks_for_and_that_the_supply_lacks_is_reported(read_scenario):
    scenario = read_scenario(RENTED, sets=["commitment=spot"])
    assert "idle_chip_hours" in scenario.uncomputable_outcomes


def test_a_rent_is_no_price_of_another_commitment(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text("extends: [small-medium, startup]\ntotal_parameters: 7e9\nrental_price: 2.6\n", encoding="utf-8")
    assert "rental_price" in read(str(path)).inputs
    with pytest.raises(InvalidInputError, match=r"stated with `commitment: one-year`.*give it as one_year_price"):
        read(str(path), sets=["commitment=spot"])
    assert (
        read(str(path), sets=["commitment=spot", "rental_price=1.5"]).inputs["rental_price"].distribution.quantile(0.5) == 1.5
    )


def test_prices_of_several_commitments_stand_in_one_file(tmp_path):
    path = tmp_path / "s.yaml"
    prices = "on_demand_price: 2.9\none_year_price: 2.6\nspot_price: 1.4\n"
    path.write_text("extends: [small-medium, startup]\ntotal_parameters: 7e9\n" + prices, encoding="utf-8")
    for commitment, price in (("on-demand", 2.9), ("one-year", 2.6), ("spot", 1.4)):
        scenario = read(str(path), sets=[f"commitment={commitment}"])
        assert point_of(scenario, "rental_price") == pytest.approx(price)


def point_of(scenario, name):
    return simulate(scenario, 2, keep=[name]).retained_draws[name][0]
