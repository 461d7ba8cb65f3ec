"""Rented hardware: prices by commitment, and the hours that are billed."""

import numpy as np

from simulator.core.units import AtLeastOne, ChipHours, Chips, Fraction, Hours, Ratio, Usd, UsdPerChipHour
from simulator.model.lines import line


def one_year_price(on_demand_price: UsdPerChipHour, one_year_discount: Fraction) -> UsdPerChipHour:
    """Price for a commitment of one year."""
    return on_demand_price * (1 - one_year_discount)


def three_year_price(on_demand_price: UsdPerChipHour, three_year_discount: Fraction) -> UsdPerChipHour:
    """Price for a commitment of three years."""
    return on_demand_price * (1 - three_year_discount)


def spot_price(on_demand_price: UsdPerChipHour, spot_discount: Fraction) -> UsdPerChipHour:
    """Price of capacity that can be withdrawn; the resulting loss belongs to goodput."""
    return on_demand_price * (1 - spot_discount)


def committed_chip_hours(chips: Chips, commitment_term: Hours) -> ChipHours:
    """Chip-hours that a commitment bills, used or not."""
    return chips * commitment_term


def held_chip_hours(chip_hours: ChipHours, idle_factor: AtLeastOne) -> ChipHours:
    """Chip-hours that are paid for, including idle ones."""
    return chip_hours * idle_factor


def take_or_pay_chip_hours(held_chip_hours: ChipHours, committed_chip_hours: ChipHours) -> ChipHours:
    """Chip-hours billed under a commitment: its whole term, and the work beyond it at the same price."""
    return np.maximum(held_chip_hours, committed_chip_hours)


@line("run", basis=["rented"])
def rental_cost(billed_chip_hours: ChipHours, rental_price: UsdPerChipHour, price_factor: Ratio, deflator: Ratio) -> Usd:
    """Rent of the chips with their servers, network, power and building."""
    return billed_chip_hours * rental_price * price_factor * deflator
