"""Rent: prices by commitment, the hours that each commitment bills, and the hours among them that nobody uses.

`chip_hours` are the hours of work. What is billed beyond them is either idle (reserved capacity that stands still) or lost
(restarts, and work that is repeated after spot capacity was withdrawn). A contract fixes its price when it is signed, so
`price_factor`, the price at the time of payment over that of today, acts only on hours without a contract.
"""

import numpy as np

from simulator.core.units import (
    AtLeastOne,
    ChipHours,
    Chips,
    ChipsPerNode,
    Count,
    Fraction,
    Hours,
    PerNodeHour,
    Ratio,
    Usd,
    UsdPerChipHour,
)
from simulator.model.lines import line

WITH_RESERVATION = ("one-year", "three-year", "mixed")
"""Commitments with a contract over a term, which a model has to itself or shares with other work."""
WITH_IDLE_HOURS = (*WITH_RESERVATION, "capacity-block")
"""Commitments under which capacity is billed whether it is used or not."""
CONTRACT, COUNTED_CONTRACT = "contract_amount", "counted_contract_amount"
"""Outcomes of scenarios with a contract: what it obliges to pay in all, and if it is shared, what the total counts of it."""
BY_COMMITMENT = {"capacity-block": "upfront", **dict.fromkeys(WITH_RESERVATION, "commitment"), "": "arrears"}
"""Terms of payment of rent."""


def one_year_price(on_demand_price: UsdPerChipHour, one_year_discount: Fraction) -> UsdPerChipHour:
    """Price for a commitment of one year."""
    return on_demand_price * (1 - one_year_discount)


def three_year_price(on_demand_price: UsdPerChipHour, three_year_discount: Fraction) -> UsdPerChipHour:
    """Price for a commitment of three years."""
    return on_demand_price * (1 - three_year_discount)


def spot_price(on_demand_price: UsdPerChipHour, spot_discount: Fraction) -> UsdPerChipHour:
    """Price of capacity that can be withdrawn at any time."""
    return on_demand_price * (1 - spot_discount)


def block_price(on_demand_price: UsdPerChipHour, block_discount: Fraction) -> UsdPerChipHour:
    """Price of a block of capacity for a fixed time, which is paid in advance."""
    return on_demand_price * (1 - block_discount)


def reserved_chips(chips: Chips) -> Chips:
    """Chips that a contract or a block holds: the cluster of the run, unless the scenario has more or fewer."""
    return chips


def reserved_chip_hours(reserved_chips: Chips, reserved_term: Hours) -> ChipHours:
    """Chip-hours that a contract pays for, used or not: its capacity for its term."""
    return reserved_chips * reserved_term


def reserved_use(chip_hours: ChipHours, reserved_chip_hours: ChipHours, reserved_chips: Chips, chips: Chips) -> ChipHours:
    """Chip-hours of work on reserved capacity: of a cluster of which a part is reserved, that part of the work."""
    return np.minimum(chip_hours * np.minimum(reserved_chips / chips, 1), reserved_chip_hours)


def overflow_chip_hours(chip_hours: ChipHours, reserved_use: ChipHours) -> ChipHours:
    """Chip-hours of work beyond what is reserved, in time or in chips, which are rented in addition."""
    return np.maximum(chip_hours - reserved_use, 0 * chip_hours)


def reserved_remainder(reserved_chip_hours: ChipHours, reserved_use: ChipHours) -> ChipHours:
    """Reserved chip-hours that this model does not use."""
    return np.maximum(reserved_chip_hours - reserved_use, 0 * reserved_chip_hours)


def reserved_idle_chip_hours(reserved_remainder: ChipHours) -> ChipHours:
    """Idle chip-hours of reserved capacity: all that this model does not use, where nobody else can use it."""
    return reserved_remainder


def shared_idle_chip_hours(reserved_remainder: ChipHours, reserved_use: ChipHours, idle_factor: AtLeastOne) -> ChipHours:
    """Idle chip-hours around the work of this model, where other work uses the rest of the reserved capacity."""
    return np.minimum((idle_factor - 1) * reserved_use, reserved_remainder)


def block_need(chip_hours: ChipHours, reserved_chips: Chips) -> Hours:
    """Time for which the work needs the capacity of a block."""
    return chip_hours / reserved_chips


def block_time(block_need: Hours, minimum_term: Hours, block_step: Hours) -> Hours:
    """Time that a block is sold for: whole steps, and never less than its minimum."""
    return np.ceil(np.maximum(block_need, minimum_term) / block_step) * block_step


def block_idle_chip_hours(reserved_chips: Chips, block_time: Hours, chip_hours: ChipHours) -> ChipHours:
    """Chip-hours of a block that the work leaves."""
    return np.maximum(reserved_chips * block_time - chip_hours, 0 * chip_hours)


def interruption_loss(restart_time: Hours, checkpoint_interval: Hours, repeated_interval: Fraction) -> Hours:
    """Time that an interruption costs once capacity is back: a restart, and the work since the last checkpoint."""
    return restart_time + repeated_interval * checkpoint_interval


def spot_lost_share(
    spot_interruption_rate: PerNodeHour, chips: Chips, chips_per_node: ChipsPerNode, interruption_loss: Hours
) -> Ratio:
    """Time that withdrawn capacity costs per time of work: any node of the cluster stops all of them."""
    return spot_interruption_rate * (chips / chips_per_node) * interruption_loss


def spot_wait_share(
    spot_interruption_rate: PerNodeHour, chips: Chips, chips_per_node: ChipsPerNode, capacity_wait: Hours
) -> Ratio:
    """Time without capacity per time of work, which is not billed."""
    return spot_interruption_rate * (chips / chips_per_node) * capacity_wait


def spot_interruptions(
    spot_interruption_rate: PerNodeHour, final_run_chip_hours: ChipHours, chips_per_node: ChipsPerNode
) -> Count:
    """Expected number of times that spot capacity is withdrawn during the final run."""
    return spot_interruption_rate * (final_run_chip_hours / chips_per_node)


def spot_lost_chip_hours(chip_hours: ChipHours, spot_lost_share: Ratio) -> ChipHours:
    """Chip-hours of restarts and repeated work, where all work runs on spot capacity."""
    return chip_hours * spot_lost_share


def spot_wall_clock(final_run_chip_hours: ChipHours, chips: Chips, spot_lost_share: Ratio, spot_wait_share: Ratio) -> Hours:
    """Duration of the final run on spot capacity, with lost work and the time without capacity."""
    return final_run_chip_hours / chips * (1 + spot_lost_share + spot_wait_share)


def spot_use(overflow_chip_hours: ChipHours, spot_share: Fraction) -> ChipHours:
    """Chip-hours of work on spot capacity in a mix: a share of those that are not reserved."""
    return overflow_chip_hours * spot_share


def mixed_on_demand_use(overflow_chip_hours: ChipHours, spot_share: Fraction) -> ChipHours:
    """Chip-hours of work on demand in a mix: those that are neither reserved nor on spot capacity."""
    return overflow_chip_hours * (1 - spot_share)


def mixed_lost_chip_hours(spot_use: ChipHours, spot_lost_share: Ratio) -> ChipHours:
    """Chip-hours of restarts and repeated work on the spot capacity of a mix."""
    return spot_use * spot_lost_share


def mixed_wall_clock(
    final_run_chip_hours: ChipHours,
    chips: Chips,
    spot_use: ChipHours,
    chip_hours: ChipHours,
    spot_lost_share: Ratio,
    spot_wait_share: Ratio,
) -> Hours:
    """Duration of the final run, with lost work and the time without capacity for the share of the work on spot capacity."""
    return final_run_chip_hours / chips * (1 + (spot_lost_share + spot_wait_share) * (spot_use / chip_hours))


def reserved_billed_chip_hours(chip_hours: ChipHours, idle_chip_hours: ChipHours) -> ChipHours:
    """Chip-hours that are paid for under a contract or in a block: those of the work, and idle ones."""
    return chip_hours + idle_chip_hours


def spot_billed_chip_hours(chip_hours: ChipHours, lost_chip_hours: ChipHours) -> ChipHours:
    """Chip-hours that are paid for on spot capacity: those of the work, and those of restarts and repeated work."""
    return chip_hours + lost_chip_hours


def mixed_billed_chip_hours(chip_hours: ChipHours, idle_chip_hours: ChipHours, lost_chip_hours: ChipHours) -> ChipHours:
    """Chip-hours that are paid for in a mix: those of the work, idle reserved ones, and those lost on spot capacity."""
    return chip_hours + idle_chip_hours + lost_chip_hours


def rent(billed_chip_hours: ChipHours, rental_price: UsdPerChipHour, price_factor: Ratio) -> Usd:
    """Rent without a contract: all hours that are billed, at the price of the time of payment."""
    return billed_chip_hours * rental_price * price_factor


def block_rent(chip_hours: ChipHours, rental_price: UsdPerChipHour, price_factor: Ratio) -> Usd:
    """Rent of the hours of work in a block, which is paid in advance at the price of that time."""
    return chip_hours * rental_price * price_factor


def reserved_rent(
    reserved_use: ChipHours,
    rental_price: UsdPerChipHour,
    overflow_chip_hours: ChipHours,
    on_demand_price: UsdPerChipHour,
    price_factor: Ratio,
) -> Usd:
    """Rent of the hours of work under a contract, and on demand beyond it."""
    return reserved_use * rental_price + overflow_chip_hours * on_demand_price * price_factor


def mixed_rent(
    reserved_use: ChipHours,
    rental_price: UsdPerChipHour,
    spot_use: ChipHours,
    lost_chip_hours: ChipHours,
    spot_price: UsdPerChipHour,
    mixed_on_demand_use: ChipHours,
    on_demand_price: UsdPerChipHour,
    price_factor: Ratio,
) -> Usd:
    """Rent of the hours of work under a contract, on spot capacity with what is lost there, and on demand for the rest."""
    spot = (spot_use + lost_chip_hours) * spot_price
    on_demand = mixed_on_demand_use * on_demand_price
    return reserved_use * rental_price + (spot + on_demand) * price_factor


@line("run", basis=["rented"], paid=BY_COMMITMENT)
def rental_cost(rent: Usd, deflator: Ratio) -> Usd:
    """Rent of the hours of work, with servers, network, power and building."""
    return rent * deflator


def idle_price(rental_price: UsdPerChipHour) -> UsdPerChipHour:
    """Price of an idle chip-hour: that of the contract."""
    return rental_price


def block_idle_price(rental_price: UsdPerChipHour, price_factor: Ratio) -> UsdPerChipHour:
    """Price of an idle chip-hour of a block: that of its other hours."""
    return rental_price * price_factor


@line(
    "run",
    basis=["owned", "rented"],
    when={"rented": {"commitment": WITH_IDLE_HOURS}},
    optional=["owned"],
    paid={"owned": "monthly", **BY_COMMITMENT},
    noncash="idle_noncash_cost",
    over="rent",
)
def idle_cost(idle_chip_hours: ChipHours, idle_price: UsdPerChipHour, deflator: Ratio) -> Usd:
    """Cost of capacity that is paid for and not used."""
    return idle_chip_hours * idle_price * deflator


def block_chip_hours(reserved_chips: Chips, block_time: Hours) -> ChipHours:
    """Chip-hours that a block is paid for, used or not."""
    return reserved_chips * block_time


def contract_amount(contracted_chip_hours: ChipHours, idle_price: UsdPerChipHour, deflator: Ratio) -> Usd:
    """What a contract obliges to pay in all: all of its chip-hours at its price, whoever uses them."""
    return contracted_chip_hours * idle_price * deflator


def counted_contract_amount(
    reserved_use: ChipHours, idle_chip_hours: ChipHours, idle_price: UsdPerChipHour, deflator: Ratio
) -> Usd:
    """Part of the amount of a shared contract that the total counts: the hours of work, and the idle ones around it."""
    return (reserved_use + idle_chip_hours) * idle_price * deflator


def contracted_run_cost(final_run_chip_hours: ChipHours, rental_price: UsdPerChipHour, deflator: Ratio) -> Usd:
    """Compute cost of the final run under a contract: its hours at the price of the contract.

    The hours beyond a contract have another price, so that a share of the whole rent would depend on all other work.
    """
    return final_run_chip_hours * rental_price * deflator


def rental_bill(rental_cost: Usd, idle_cost: Usd) -> Usd:
    """Bill of a contract: the hours of work and the idle ones."""
    return rental_cost + idle_cost


@line("run", basis=["granted"])
def granted_cost(chip_hours: ChipHours, granted_charge: UsdPerChipHour, deflator: Ratio) -> Usd:
    """Payment for compute that a partner or a grant supplies in kind."""
    return chip_hours * granted_charge * deflator


def granted_price(on_demand_price: UsdPerChipHour) -> UsdPerChipHour:
    """Value of an hour that is supplied in kind: what it would cost on demand, unless the scenario has a value."""
    return on_demand_price


def granted_value(chip_hours: ChipHours, granted_price: UsdPerChipHour, deflator: Ratio) -> Usd:
    """Value of compute that is supplied in kind, whoever pays for it."""
    return chip_hours * granted_price * deflator
