"""Rework: what it costs to train a part of the final run again, by how the chips are paid for.

`risk_rework` are the chip-hours that the risks of the register add in a draw, all together: reserved hours that nobody uses are
used by the first of them only once. The time for which a contract runs on during a delay is not deducted from them.
"""

import numpy as np

from simulator.core.units import ChipHours, Ratio, Usd, UsdPerChipHour


def rework_cost(risk_rework: ChipHours, final_run_cost: Usd, final_run_chip_hours: ChipHours) -> Usd:
    """Cost of rework where each hour is paid for as it is used: that of as many hours of the final run."""
    return final_run_cost * (risk_rework / final_run_chip_hours)


def reserved_rework_cost(
    risk_rework: ChipHours,
    idle_chip_hours: ChipHours,
    on_demand_price: UsdPerChipHour,
    price_factor: Ratio,
    deflator: Ratio,
) -> Usd:
    """Cost of rework under a contract: none in the reserved hours that would be idle, and that of a rent on demand beyond."""
    overflow = np.maximum(risk_rework - idle_chip_hours, 0 * risk_rework)
    return overflow * on_demand_price * price_factor * deflator


def block_rework_cost(
    risk_rework: ChipHours, idle_chip_hours: ChipHours, rental_price: UsdPerChipHour, price_factor: Ratio, deflator: Ratio
) -> Usd:
    """Cost of rework in a block: none in the hours that the work leaves, and the price of a block for those beyond them."""
    overflow = np.maximum(risk_rework - idle_chip_hours, 0 * risk_rework)
    return overflow * rental_price * price_factor * deflator


def shared_rework_cost(
    risk_rework: ChipHours,
    reserved_remainder: ChipHours,
    rental_price: UsdPerChipHour,
    on_demand_price: UsdPerChipHour,
    price_factor: Ratio,
    deflator: Ratio,
) -> Usd:
    """Cost of rework on reserved capacity that other work uses too: its price, as far as it goes, and on demand beyond it."""
    within = np.minimum(risk_rework, reserved_remainder)
    return (within * rental_price + (risk_rework - within) * on_demand_price * price_factor) * deflator


def purchased_rework_cost(risk_rework: ChipHours, compute_cost: Usd, acquisition_cost: Usd, held_chip_hours: ChipHours) -> Usd:
    """Cost of rework on a purchased cluster: its costs beyond the purchase, for the hours of the rework."""
    running_cost = np.maximum(compute_cost - acquisition_cost, 0 * acquisition_cost)
    return running_cost * (risk_rework / held_chip_hours)


def rework_price(rework_cost: Usd, risk_rework: ChipHours, final_run_chip_hours: ChipHours) -> UsdPerChipHour:
    """Mean price of an hour of rework in a draw; 0 where there is none."""
    return rework_cost / np.where(risk_rework > 0, risk_rework, final_run_chip_hours)
