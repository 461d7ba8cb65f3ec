"""Power, energy, water and carbon."""

from simulator.core.units import (
    AtLeastOne,
    ChipHours,
    Chips,
    Fraction,
    Kw,
    Kwh,
    KwPerChip,
    Litres,
    LitresPerKwh,
    Ratio,
    Tonnes,
    TonnesPerKwh,
    Usd,
    UsdPerKwh,
    UsdPerTonne,
)
from simulator.model.lines import line


def rated_power(tdp: KwPerChip, server_power_factor: AtLeastOne) -> KwPerChip:
    """Power that a chip may draw with its share of the server, without cooling: what a site reserves for it."""
    return tdp * server_power_factor


def average_power(tdp: KwPerChip, server_power_factor: AtLeastOne, power_share: Ratio) -> KwPerChip:
    """Mean power of a chip with its share of the server: rated power times mean over peak (arXiv:2405.21015, A.4)."""
    return tdp * server_power_factor * power_share


def energy(chip_hours: ChipHours, average_power: KwPerChip, pue: AtLeastOne) -> Kwh:
    """Energy drawn by the site for the run and its experiments."""
    return chip_hours * average_power * pue


@line("run", basis=["owned", "purchased"])
def energy_cost(energy: Kwh, electricity_price: UsdPerKwh, lease_includes_power: Fraction, deflator: Ratio) -> Usd:
    """Electricity bill: nothing where the lease of the site includes the power (`lease_includes_power` is 1)."""
    return energy * electricity_price * (1 - lease_includes_power) * deflator


def peak_power(chips: Chips, tdp: KwPerChip, server_power_factor: AtLeastOne, pue: AtLeastOne) -> Kw:
    """Power that the site must be able to deliver to the cluster."""
    return chips * tdp * server_power_factor * pue


def emissions(energy: Kwh, grid_intensity: TonnesPerKwh) -> Tonnes:
    """Operational emissions, at the mean intensity of the local grid; the manufacture of the hardware is not included."""
    return energy * grid_intensity


@line("run")
def carbon_cost(emissions: Tonnes, carbon_price: UsdPerTonne, deflator: Ratio) -> Usd:
    """Price of the emissions, if one is charged externally or internally."""
    return emissions * carbon_price * deflator


def embodied_emissions(emissions: Tonnes, embodied_share: Ratio) -> Tonnes:
    """Emissions of the manufacture of the hardware, by their ratio to the operational emissions (arXiv:2211.02001, 4.1)."""
    return emissions * embodied_share


def total_emissions(emissions: Tonnes, embodied_emissions: Tonnes) -> Tonnes:
    """Operational and embodied emissions."""
    return emissions + embodied_emissions


def cooling_water(energy: Kwh, pue: AtLeastOne, water_per_kwh: LitresPerKwh) -> Litres:
    """Water that the site evaporates, by the energy of its IT load alone, as operators report it."""
    return energy / pue * water_per_kwh


def power_water(energy: Kwh, electricity_water: LitresPerKwh) -> Litres:
    """Water that power stations use for the site's electricity."""
    return energy * electricity_water


def water_use(cooling_water: Litres, power_water: Litres) -> Litres:
    """Water on the site and behind its electricity."""
    return cooling_water + power_water
