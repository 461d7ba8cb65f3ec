"""Power, energy and carbon."""

from simulator.units import (
    AtLeastOne,
    ChipHours,
    Chips,
    Kw,
    Kwh,
    KwPerChip,
    Ratio,
    Tonnes,
    TonnesPerKwh,
    Usd,
    UsdPerKwh,
    UsdPerTonne,
)


def average_power(tdp: KwPerChip, server_power_factor: AtLeastOne, power_share: Ratio) -> KwPerChip:
    """Mean power of a chip with its share of the server: rated power times mean over peak (arXiv:2405.21015, A.4)."""
    return tdp * server_power_factor * power_share


def energy(chip_hours: ChipHours, average_power: KwPerChip, pue: AtLeastOne) -> Kwh:
    """Energy drawn by the site for the run and its experiments."""
    return chip_hours * average_power * pue


def energy_cost(energy: Kwh, electricity_price: UsdPerKwh, deflator: Ratio) -> Usd:
    """Electricity bill."""
    return energy * electricity_price * deflator


def peak_power(chips: Chips, tdp: KwPerChip, server_power_factor: AtLeastOne, pue: AtLeastOne) -> Kw:
    """Power that the site must be able to deliver to the cluster."""
    return chips * tdp * server_power_factor * pue


def emissions(energy: Kwh, grid_intensity: TonnesPerKwh) -> Tonnes:
    """Operational emissions, by the location's mean grid; what it took to build the hardware is not in it."""
    return energy * grid_intensity


def carbon_cost(emissions: Tonnes, carbon_price: UsdPerTonne, deflator: Ratio) -> Usd:
    """Price of the emissions, where one is charged or charged internally."""
    return emissions * carbon_price * deflator
