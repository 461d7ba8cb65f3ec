"""Own hardware: the purchase cost of the cluster, and its depreciation during a run.

A price is that of a chip alone, of one chip with its share of the server, or of one chip with its share of the cluster: server,
network and storage. Each follows from the one before it by a factor, unless it is stated; below the stated price, a factor only
splits it into lines (Cottier et al. 2024, arXiv:2405.21015, appendices A.3 and A.4).
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


def cluster_price(server_price: UsdPerChip, network_factor: AtLeastOne) -> UsdPerChip:
    """Price of one chip with its share of the server, of the network between the servers, and of storage."""
    return server_price * network_factor


def cluster_value(cluster_price: UsdPerChip, price_decline: PerHour, hardware_age: SignedHours) -> UsdPerChip:
    """Price of the same performance at the start of the run, after the improvement of price-performance since the purchase."""
    return cluster_price * np.exp(-price_decline * hardware_age)


def price_decline_charge(cluster_value: UsdPerChip, price_decline: PerHour) -> UsdPerChipHour:
    """Value lost in an hour of use by the published rule: linear at the rate of the first moment (arXiv:2405.21015, 2.1)."""
    return cluster_value * price_decline


def straight_line_charge(cluster_price: UsdPerChip, useful_life: Hours) -> UsdPerChipHour:
    """Value lost in an hour by straight-line depreciation over the useful life."""
    return cluster_price / useful_life


@line("run", basis=["owned"], is_fixed=True, paid="accrual-only")
def chip_cost(
    cluster_charge: UsdPerChipHour,
    chip_hours: ChipHours,
    server_factor: AtLeastOne,
    network_factor: AtLeastOne,
    deflator: Ratio,
) -> Usd:
    """Amortised cost of the chips themselves."""
    return cluster_charge * chip_hours / (server_factor * network_factor) * deflator


@line("run", basis=["owned"], is_fixed=True, paid="accrual-only")
def server_cost(
    cluster_charge: UsdPerChipHour,
    chip_hours: ChipHours,
    server_factor: AtLeastOne,
    network_factor: AtLeastOne,
    deflator: Ratio,
) -> Usd:
    """Amortised cost of the servers around the chips."""
    return cluster_charge * chip_hours * (1 - 1 / server_factor) / network_factor * deflator


@line("run", basis=["owned"], is_fixed=True, paid="accrual-only")
def network_cost(cluster_charge: UsdPerChipHour, chip_hours: ChipHours, network_factor: AtLeastOne, deflator: Ratio) -> Usd:
    """Amortised cost of the network between the servers, and of storage."""
    return cluster_charge * chip_hours * (1 - 1 / network_factor) * deflator


def hardware_cost(chip_cost: Usd, server_cost: Usd, network_cost: Usd) -> Usd:
    """Amortised cost of chips, servers and network together, as one line instead of three."""
    return chip_cost + server_cost + network_cost


@line("run", basis=["purchased"], paid="purchase")
def chip_purchase(
    cluster_price: UsdPerChip, chips: Chips, server_factor: AtLeastOne, network_factor: AtLeastOne, deflator: Ratio
) -> Usd:
    """Purchase of the chips of the cluster, however much of them the run uses."""
    return cluster_price * chips / (server_factor * network_factor) * deflator


@line("run", basis=["purchased"], paid="purchase")
def server_purchase(
    cluster_price: UsdPerChip, chips: Chips, server_factor: AtLeastOne, network_factor: AtLeastOne, deflator: Ratio
) -> Usd:
    """Purchase of the servers around the chips."""
    return cluster_price * chips * (1 - 1 / server_factor) / network_factor * deflator


@line("run", basis=["purchased"], paid="purchase")
def network_purchase(cluster_price: UsdPerChip, chips: Chips, network_factor: AtLeastOne, deflator: Ratio) -> Usd:
    """Purchase of the network between the servers, and of storage."""
    return cluster_price * chips * (1 - 1 / network_factor) * deflator


def acquisition_cost(chip_purchase: Usd, server_purchase: Usd, network_purchase: Usd) -> Usd:
    """Up-front cost of the cluster (arXiv:2405.21015, 3.3)."""
    return chip_purchase + server_purchase + network_purchase
