"""Rent by commitment: hours of work, idle and lost hours, what is billed, and credits, each worked by hand."""

import pytest

from simulator import model
from simulator.engine.graph import build_plan, evaluate
from simulator.model.schedule import Timeline

DAY, YEAR = 24.0, 8766.0
RENTED = {
    "chip_hours": 4e5, "final_run_chip_hours": 2e5, "chips": 100.0, "on_demand_price": 3.0, "one_year_discount": 0.4,
    "three_year_discount": 0.6, "spot_discount": 0.5, "block_discount": 0.2, "idle_factor": 1.25, "one_year_term": YEAR,
    "three_year_term": 3 * YEAR, "price_factor": 1.0, "deflator": 1.0, "spot_interruption_rate": 0.04 / DAY,
    "chips_per_node": 10.0, "restart_time": 1.0, "checkpoint_interval": 4.0, "repeated_interval": 0.5, "capacity_wait": 2.0,
    "spot_share": 0.25, "block_step": DAY, "minimum_term": DAY, "granted_charge": 0.5,
}  # fmt: skip
SHARED = {"reservation": "shared"}
CASES = [
    ("on-demand", {}, {}, {"rental_cost": 1.2e6, "billed_chip_hours": 4e5, "wall_clock": 2000}),
    # 100 chips for a year are 876,600 chip-hours at 3 x 0.6
    ("one-year", {}, {}, {"rental_cost": 720e3, "idle_cost": 857_880, "billed_chip_hours": 876_600, "cloud_bill": 1_577_880}),
    # 2,629,800 chip-hours at 3 x 0.4
    ("three-year", {}, {}, {"rental_cost": 480e3, "idle_cost": 2_675_760, "billed_chip_hours": 2_629_800}),
    # 123,400 chip-hours more than the year holds, at 3
    ("one-year", {"chip_hours": 1e6}, {}, {"rental_cost": 1_577_880 + 370_200, "idle_cost": 0, "billed_chip_hours": 1e6}),
    # 50 of 100 chips do half of the work at 1.8, the others at 3; of the 438,300 chip-hours reserved 238,300 are idle
    ("one-year", {"reserved_chips": 50.0}, {}, {"rental_cost": 960e3, "idle_chip_hours": 238_300, "idle_cost": 428_940}),
    # 876,600 chip-hours at 1.8 in all, of which a shared contract counts 500,000; 2,629,800 at 1.2; 400,800 at 2.4 in a block;
    # 262,980 at 1.8 for 30 chips
    ("one-year", {}, {}, {"contract_amount": 1_577_880, "counted_contract_amount": 1_577_880}),
    ("one-year", {}, SHARED, {"contract_amount": 1_577_880, "counted_contract_amount": 900e3}),
    ("one-year", {"deflator": 0.5}, SHARED, {"contract_amount": 788_940, "counted_contract_amount": 450e3}),
    ("three-year", {}, SHARED, {"contract_amount": 3_155_760, "counted_contract_amount": 600e3}),
    ("capacity-block", {}, {}, {"contract_amount": 961_920}),
    ("mixed", {"reserved_chips": 30.0}, {}, {"contract_amount": 473_364}),
    # a quarter more than the hours used
    ("one-year", {}, SHARED, {"rental_cost": 720e3, "idle_cost": 180e3, "billed_chip_hours": 5e5}),
    # never more than the year holds: 76,600 idle chip-hours, not 200,000
    ("one-year", {"chip_hours": 8e5}, SHARED, {"idle_chip_hours": 76_600, "billed_chip_hours": 876_600}),
    # 0.04 a day on 10 nodes, 3 hours each: 5 % of the time; 2 hours of waiting: 3.3 %
    ("spot", {}, {}, {"rental_cost": 4e5 * 1.05 * 1.5, "billed_chip_hours": 4.2e5, "lost_chip_hours": 2e4}),
    ("spot", {}, {}, {"wall_clock": 2000 * (1 + 0.05 + 1 / 30), "spot_interruptions": 200e3 / 10 * 0.04 / 24}),
    # 4,000 hours are 166.67 days, sold as 167: 400,800 chip-hours at 3 x 0.8
    ("capacity-block", {}, {}, {"rental_cost": 960e3, "idle_cost": 1920, "billed_chip_hours": 400_800}),
    ("capacity-block", {"block_step": 7 * DAY}, {}, {"billed_chip_hours": 403_200}),
    ("capacity-block", {"minimum_term": 182 * DAY}, {}, {"billed_chip_hours": 436_800}),
    # 30 of 100 chips do 120,000 chip-hours at 1.8, and 142,980 of theirs are idle; of the other 280,000 a quarter is on spot at
    # 1.5, with 5 % lost
    (
        "mixed",
        {"reserved_chips": 30.0},
        {},
        {
            "rental_cost": 120_000 * 1.8 + 70_000 * 1.05 * 1.5 + 210_000 * 3,
            "idle_cost": 142_980 * 1.8,
            "billed_chip_hours": 400_000 + 142_980 + 3500,
            "wall_clock": 2000 * (1 + (0.05 + 1 / 30) * 70_000 / 400_000),
        },
    ),
    ("mixed", {}, {}, {"rental_cost": 720e3, "idle_cost": 857_880, "wall_clock": 2000}),
]  # fmt: skip


def compute(targets, inputs, choices):
    graph = model.graph(choices)
    plan = build_plan(graph, inputs, list(targets))
    values = {name: inputs[name] for name in plan.inputs}
    evaluate(plan, values)
    return {name: values[name] for name in targets}


@pytest.mark.parametrize(("commitment", "changes", "choices", "expected"), CASES)
def test_commitment_worked_by_hand(commitment, changes, choices, expected):
    settings = {"basis": "rented", "commitment": commitment, "reservation": "dedicated"} | choices
    assert compute(expected, RENTED | changes, settings) == pytest.approx(expected, rel=1e-12, abs=1e-6)


def test_compute_in_kind_is_charged_what_the_recipient_pays_and_valued_on_demand():
    expected = {"granted_cost": 2e5, "granted_value": 1.2e6}
    assert compute(expected, RENTED, {"basis": "granted"}) == pytest.approx(expected)
    assert compute(["granted_value"], RENTED | {"granted_price": 0.0}, {"basis": "granted"}) == {"granted_value": 0}


@pytest.mark.parametrize("basis", ["owned", "purchased", "granted"])
@pytest.mark.parametrize("commitment", model.CHOICES["commitment"])
def test_commitment_binds_nothing_where_chips_are_not_rented(basis, commitment):
    bound = model.graph({"basis": basis, "commitment": commitment, "reservation": "shared"})
    assert {name: each.needs for name, each in bound.formulas.items()} == {
        name: each.needs for name, each in model.graph({"basis": basis}).formulas.items()
    }


@pytest.mark.parametrize(
    ("commitment", "has_idle_line"),
    [("on-demand", False), ("spot", False), *((each, True) for each in ("one-year", "three-year", "capacity-block", "mixed"))],
)
def test_idle_line_exists_where_hours_can_stand_idle(commitment, has_idle_line):
    assert ("idle_cost" in model.compute_lines({"basis": "rented", "commitment": commitment})) == has_idle_line


# --- credits ----------------------------------------------------------------------------------------------------------------

CREDITS = {
    "credit_grant": 1e6, "credit_share": 0.5, "cloud_bill": 1.2e6, "billed_chip_hours": 1e6, "reserved_chips": 100.0,
    "total_cost": 2e6, "noncash_cost": 0.0, "fleet_payments": 0.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "used"),
    [
        # bills for 10,000 hours, half of them before the credits expire
        ({"credit_term": 5000.0}, 3e5),
        ({"credit_term": 20_000.0}, 6e5),
        ({"credit_term": 5000.0, "bill_start": 5000.0}, 0),
        ({"credit_term": 5000.0, "bill_start": 2500.0}, 1.5e5),
        # never more than the grant
        ({"credit_term": 20_000.0, "credit_grant": 1e5}, 1e5),
    ],
)
def test_credits_pay_bills_until_they_expire(changes, used):
    assert compute(["credits_used", "cash_cost"], CREDITS | changes, {}) == pytest.approx(
        {"credits_used": used, "cash_cost": 2e6 - used}
    )


# --- schedule ---------------------------------------------------------------------------------------------------------------

PHASES = {"experiments": (), "final_run": ("experiments",)}


def test_schedule_holds_reserved_capacity_and_blocks_from_the_first_to_the_last_phase():
    inputs = RENTED | {"experiments.duration": YEAR, "lag": 0.0, "billed_chip_hours": 4e5}
    plan_choices = {"basis": "rented", "commitment": "one-year", "reservation": "dedicated"}
    graph = model.graph(plan_choices, timeline=Timeline(PHASES, frozenset({"experiments"}), cluster_phases=tuple(PHASES)))
    plan = build_plan(graph, inputs, ["reserved_chip_hours", "block_need", "bill_time", "bill_start"])
    values = {name: inputs[name] for name in plan.inputs}
    evaluate(plan, values)
    held = YEAR + 2000  # the experiments, and the final run of 2,000 hours
    assert values["reserved_chip_hours"] == 100 * held
    assert (values["block_need"], values["bill_time"], values["bill_start"]) == (held, held, 0)


def test_chips_of_a_mix_beyond_the_reserved_ones_lengthen_the_run_which_lengthens_the_reservation():
    """30 of 100 chips are reserved for all of the run, and a quarter of the 70 others are on spot capacity."""
    graph = model.graph(
        {"basis": "rented", "commitment": "mixed", "reservation": "dedicated"},
        timeline=Timeline({"final_run": ()}, cluster_phases=("final_run",), has_term=False),
    )
    inputs = RENTED | {"reserved_chips": 30.0, "lag": 0.0}
    names = ["wall_clock", "held_time", "reserved_chip_hours", "reserved_use", "spot_use", "idle_chip_hours"]
    plan = build_plan(graph, inputs, names)
    values = {name: inputs[name] for name in plan.inputs}
    evaluate(plan, values)
    time = 2000 * (1 + (0.05 + 1 / 30) * 0.175)  # of 4,000 hours of work of all chips, half are of the run
    assert values["wall_clock"] == pytest.approx(time)
    assert values["held_time"] == pytest.approx(time)
    assert values["reserved_chip_hours"] == pytest.approx(30 * time)
