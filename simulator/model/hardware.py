"""Own hardware: the purchase cost of the cluster, and its depreciation during a run.

The price of one chip's share of its server is split into the chip and the rest of the server by `server_factor`; the cluster
network comes on top by `network_factor` (Cottier et al. 2024, arXiv:2405.21015, appendices A.3 and A.4).
"""

import numpy as np

from simulator.core.units import (
    AtLeastOne,
    ChipHours,
    Chips,
    Hours,
    PerHour,
    Ratio,
    SignedHours,
    Usd,
    UsdPerChip,
    UsdPerChipHour,
)
from simulator.model.lines import line


def server_price(chip_price: UsdPerChip, server_factor: AtLeastOne) -> UsdPerChip:
    """Price of one chip with its share of the server."""
    return chip_price * server_factor


def server_value(server_price: UsdPerChip, price_decline: PerHour, hardware_age: SignedHours) -> UsdPerChip:
    """Price of the same performance at the start of the run, after the improvement of price-performance since the purchase."""
    return server_price * np.exp(-price_decline * hardware_age)


def price_decline_charge(server_value: UsdPerChip, price_decline: PerHour) -> UsdPerChipHour:
    """Value lost in an hour of use by the published rule: linear at the rate of the first moment (arXiv:2405.21015, 2.1)."""
    return server_value * price_decline


def straight_line_charge(server_price: UsdPerChip, useful_life: Hours) -> UsdPerChipHour:
    """Value lost in an hour by straight-line depreciation over the useful life."""
    return server_price / useful_life


@line("run", basis=["owned"])
def chip_cost(server_charge: UsdPerChipHour, chip_hours: ChipHours, server_factor: AtLeastOne, deflator: Ratio) -> Usd:
    """Amortised cost of the chips themselves."""
    return server_charge * chip_hours / server_factor * deflator


@line("run", basis=["owned"])
def server_cost(server_charge: UsdPerChipHour, chip_hours: ChipHours, server_factor: AtLeastOne, deflator: Ratio) -> Usd:
    """Amortised cost of the servers around the chips."""
    return server_charge * chip_hours * (1 - 1 / server_factor) * deflator


@line("run", basis=["owned"])
def network_cost(server_charge: UsdPerChipHour, chip_hours: ChipHours, network_factor: AtLeastOne, deflator: Ratio) -> Usd:
    """Amortised cost of the network between the servers."""
    return server_charge * chip_hours * (network_factor - 1) * deflator


def hardware_cost(server_charge: UsdPerChipHour, chip_hours: ChipHours, network_factor: AtLeastOne, deflator: Ratio) -> Usd:
    """Amortised cost of chips, servers and network together, as one line instead of three."""
    return server_charge * chip_hours * network_factor * deflator


@line("run", basis=["purchased"])
def chip_purchase(server_price: UsdPerChip, chips: Chips, server_factor: AtLeastOne, deflator: Ratio) -> Usd:
    """Purchase of the chips of the cluster, however much of them the run uses."""
    return server_price * chips / server_factor * deflator


@line("run", basis=["purchased"])
def server_purchase(server_price: UsdPerChip, chips: Chips, server_factor: AtLeastOne, deflator: Ratio) -> Usd:
    """Purchase of the servers around the chips."""
    return server_price * chips * (1 - 1 / server_factor) * deflator


@line("run", basis=["purchased"])
def network_purchase(server_price: UsdPerChip, chips: Chips, network_factor: AtLeastOne, deflator: Ratio) -> Usd:
    """Purchase of the network between the servers."""
    return server_price * chips * (network_factor - 1) * deflator


def acquisition_cost(chip_purchase: Usd, server_purchase: Usd, network_purchase: Usd) -> Usd:
    """Up-front cost of the cluster (arXiv:2405.21015, 3.3)."""
    return chip_purchase + server_purchase + network_purchase
