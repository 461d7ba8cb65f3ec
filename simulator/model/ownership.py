"""Costs of owning hardware beside its amortisation and its power: capital, resale, facility, operation, and idle hours.

Each line is a part of `compute` only where its quantities have values. Owned hardware is charged for the hours used; what its
idle hours cost is a line of its own. Purchased hardware is charged for the time for which the model holds the cluster.
Interest is compounded once in each `compounding_period`, as finance states rates.
"""

import numpy as np

from simulator.core.units import (
    ChipHours,
    Chips,
    Fraction,
    Hours,
    KwPerChip,
    PersonsPerChip,
    PersonsPerKw,
    Ratio,
    SharePerHour,
    SignedUsd,
    Usd,
    UsdPerChip,
    UsdPerChipHour,
    UsdPerKwHour,
    UsdPerPersonHour,
)
from simulator.model.lines import Basis, line

OWNERS: tuple[Basis, ...] = ("owned", "purchased")
WITH_HARDWARE = {"owned": "accrual-only", "": "purchase"}
"""Terms of payment of what is bought with the hardware: a part of the charge for the hours used, or of the purchase."""

COSTS_OF_OWNERS = ("capital_cost", "facility_cost", "hardware_maintenance_cost", "operations_cost", "idle_cost")
"""Lines without which own hardware seems cheaper than it is."""


def held_time(chip_hours: ChipHours, chips: Chips) -> Hours:
    """Time for which the model holds the cluster: that of all its work, unless a schedule says more."""
    return chip_hours / chips


def held_chip_hours(chips: Chips, held_time: Hours) -> ChipHours:
    """Chip-hours for which the model holds the cluster, whether it uses them or not."""
    return chips * held_time


# --- capital and resale ---------------------------------------------------------------------------------------------------


def capital_recovery(capital_rate: Ratio, useful_life: Hours, compounding_period: Hours) -> SharePerHour:
    """Share of a price that each hour of the useful life repays with interest: the annuity of a loan.

    Without interest it is one over the life.
    """
    rate = np.where(capital_rate > 0, capital_rate, 1)
    periods = useful_life / compounding_period
    annuity = rate / (1 - np.exp(-np.log(1 + rate) * periods))
    return np.where(capital_rate > 0, annuity, 1 / periods) / compounding_period


def sinking_fund(
    capital_recovery: SharePerHour, capital_rate: Ratio, useful_life: Hours, compounding_period: Hours
) -> SharePerHour:
    """Share of an amount at the end of the useful life that is set aside in each hour, so that it grows to the amount."""
    return capital_recovery * np.exp(-np.log(1 + capital_rate) * (useful_life / compounding_period))


def interest_share(cost_of_capital: Ratio, capital_recovery: SharePerHour, useful_life: Hours) -> SharePerHour:
    """Share of a price that is paid as interest in an hour: what an annuity repays beyond the straight-line share."""
    interest = np.where(cost_of_capital > 0, capital_recovery * useful_life - 1, 0) / useful_life
    return np.maximum(interest, 0 * interest)


def annuity_capital_charge(cluster_price: UsdPerChip, interest_share: SharePerHour) -> UsdPerChipHour:
    """Interest in an hour under straight-line depreciation."""
    return cluster_price * interest_share


def value_capital_charge(cluster_value: UsdPerChip, cost_of_capital: Ratio, compounding_period: Hours) -> UsdPerChipHour:
    """Interest in an hour on the value of the hardware at the start of the run."""
    return cluster_value * cost_of_capital / compounding_period


@line("run", basis=["owned"], optional=["owned"], is_fixed=True, paid="accrual-only")
def capital_cost(capital_charge: UsdPerChipHour, chip_hours: ChipHours, deflator: Ratio) -> Usd:
    """Return on the capital that the hardware ties up."""
    return capital_charge * chip_hours * deflator


def resale_share(resale_decline: SharePerHour, useful_life: Hours, selling_share: Fraction) -> Fraction:
    """Proceeds of a sale at the end of the useful life over the price when new: a constant rate of decline, less selling."""
    return np.exp(-resale_decline * useful_life) * (1 - selling_share)


def sinking_fund_credit(cluster_price: UsdPerChip, resale_share: Fraction, sinking_fund: SharePerHour) -> UsdPerChipHour:
    """Resale value at the end of the useful life, spread over its hours with interest."""
    return cluster_price * resale_share * sinking_fund


@line("run", basis=["owned"], optional=["owned"], is_fixed=True, paid="accrual-only")
def resale_credit(resale_charge: UsdPerChipHour, chip_hours: ChipHours, deflator: Ratio) -> SignedUsd:
    """Resale value of the hardware, as a reduction; under the decline of prices the amortisation holds it already."""
    return -resale_charge * chip_hours * deflator


# --- facility and operation -----------------------------------------------------------------------------------------------


@line("run", basis=OWNERS, optional=OWNERS, is_fixed=True, paid="monthly")
def facility_cost(facility_price: UsdPerKwHour, rated_power: KwPerChip, operated_chip_hours: ChipHours, deflator: Ratio) -> Usd:
    """Space, power supply and cooling by the rated power of the equipment: a lease, or a building over its life."""
    return facility_price * rated_power * operated_chip_hours * deflator


@line("run", basis=OWNERS, optional=OWNERS, is_fixed=True)
def hardware_maintenance_cost(
    cluster_price: UsdPerChip, hardware_maintenance_rate: SharePerHour, operated_chip_hours: ChipHours, deflator: Ratio
) -> Usd:
    """Service contracts, replaced parts and technicians of an own cluster."""
    return cluster_price * hardware_maintenance_rate * operated_chip_hours * deflator


@line("run", basis=OWNERS, optional=OWNERS, is_fixed=True, paid="monthly")
def insurance_cost(
    cluster_price: UsdPerChip, insurance_rate: SharePerHour, operated_chip_hours: ChipHours, deflator: Ratio
) -> Usd:
    """Insurance of the hardware."""
    return cluster_price * insurance_rate * operated_chip_hours * deflator


@line("run", basis=OWNERS, optional=OWNERS, is_fixed=True, paid="monthly")
def operations_cost(
    operators_per_power: PersonsPerKw,
    rated_power: KwPerChip,
    engineers_per_chip: PersonsPerChip,
    operations_pay: UsdPerPersonHour,
    operated_chip_hours: ChipHours,
    deflator: Ratio,
) -> Usd:
    """Staff that keeps site and cluster running: operators by the power of the site, engineers by the chips."""
    staffing = operators_per_power * rated_power + engineers_per_chip
    return staffing * operations_pay * operated_chip_hours * deflator


@line("run", basis=OWNERS, optional=OWNERS, is_fixed=True, paid=WITH_HARDWARE)
def spares_cost(basis_hardware_cost: Usd, spares_share: Fraction) -> Usd:
    """Hardware held to replace failed parts, as a share of what the hardware costs on the basis."""
    return basis_hardware_cost * spares_share


@line("run", basis=OWNERS, optional=OWNERS, is_fixed=True, paid=WITH_HARDWARE)
def import_duty_cost(basis_hardware_cost: Usd, import_duty_rate: Ratio) -> Usd:
    """Duty on imported hardware, as a share of what the hardware costs on the basis."""
    return basis_hardware_cost * import_duty_rate


# --- idle hours -----------------------------------------------------------------------------------------------------------


def owned_idle_chip_hours(chip_hours: ChipHours, fleet_use: Fraction) -> ChipHours:
    """Hours in which owned chips stand idle for each hour used, over the hours used by the model."""
    return chip_hours * (1 / fleet_use - 1)


def owned_idle_price(fixed_cost: Usd, chip_hours: ChipHours, deflator: Ratio) -> UsdPerChipHour:
    """Cost of an idle hour of an owned chip: all lines of an hour but power and what is bought with it."""
    return fixed_cost / (chip_hours * deflator)
