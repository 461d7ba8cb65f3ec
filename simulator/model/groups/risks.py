"""Register of risks: each occurs or not, draw by draw, and has a cost and a delay if it occurs."""

import numpy as np

from simulator.core.units import (
    ChipHours,
    Fraction,
    Hours,
    Indicator,
    Ratio,
    SignedRatio,
    SignedUsd,
    Usd,
    UsdPerChipHour,
    UsdPerHour,
)


def occurs(variate: Fraction, probability: Fraction) -> Indicator:
    """1 if the risk occurs and 0 otherwise; `variate` is uniform between 0 and 1, with a stream for each risk."""
    return np.where(variate < probability, 1, 0 * variate)  # a zero with the unit of the input


def delay_time(occurs: Indicator, delay: Hours) -> Hours:
    """Time by which the risk lengthens the project."""
    return occurs * delay


def rework_chip_hours(occurs: Indicator, run_share: Ratio, final_run_chip_hours: ChipHours) -> ChipHours:
    """Chip-hours of the part of the final run that is trained again."""
    return occurs * run_share * final_run_chip_hours


def cost(
    occurs: Indicator,
    impact: Usd,
    delay_time: Hours,
    staff_burn: UsdPerHour,
    rework_chip_hours: ChipHours,
    rework_price: UsdPerChipHour,
    deflator: Ratio,
) -> Usd:
    """Cost of a risk: a sum of money, a part of the final run done again, and the staff paid during the delay.

    The costs of the run and of the staff are deflated already.
    """
    return occurs * impact * deflator + rework_chip_hours * rework_price + delay_time * staff_burn


def noncash_part(
    rework_chip_hours: ChipHours,
    rework_price: UsdPerChipHour,
    compute_noncash_share: SignedRatio,
    delay_time: Hours,
    staff_burn: UsdPerHour,
    staff_noncash_share: Ratio,
) -> SignedUsd:
    """Part of the cost of a risk that is no payment: depreciation in the rework, and equity of the staff during the delay."""
    return rework_chip_hours * rework_price * compute_noncash_share + delay_time * staff_burn * staff_noncash_share
