"""Software, and what a cluster needs beside its chips: items of a cloud's bill, and processors beside own chips.

Shares of a cloud are of the bill that is paid, idle hours included. A bill is deflated already, so its shares are not deflated
again.
"""

import numpy as np

from simulator.core.units import ChipHours, Chips, Fraction, PersonHours, Ratio, Usd, UsdPerChipHour, UsdPerPersonHour
from simulator.model.lines import line
from simulator.model.ownership import WITH_HARDWARE

WHOLE_CLOUD = ("other_cloud_share", "large_cluster_share")
"""Quantities that include storage, transfer, processors, network and support of a cloud."""


@line("development", over="rent")
def chip_licence_cost(chip_hours: ChipHours, chip_licence_price: UsdPerChipHour, deflator: Ratio) -> Usd:
    """Cost of software that is licensed by the chip, for as long as the chips are used."""
    return chip_hours * chip_licence_price * deflator


@line("development", paid="monthly", over="duration")
def software_cost(
    staff_effort: PersonHours, tracking_price: UsdPerPersonHour, developer_software_price: UsdPerPersonHour, deflator: Ratio
) -> Usd:
    """Software by the seat, for as long as people work: experiment tracking, and code hosting with assistants."""
    return staff_effort * (tracking_price + developer_software_price) * deflator


@line("development", over="rent")
def platform_cost(cloud_bill: Usd, platform_surcharge: Ratio) -> Usd:
    """Surcharge of a managed training platform over the bare chips."""
    return cloud_bill * platform_surcharge


@line("development", over="rent", included_in=WHOLE_CLOUD)
def support_cost(cloud_bill: Usd, support_share: Fraction) -> Usd:
    """Support contract of a cloud, which is a share of its bill."""
    return cloud_bill * support_share


def other_cloud_share(
    chips: Chips, small_cluster: Chips, large_cluster: Chips, small_cluster_share: Ratio, large_cluster_share: Ratio
) -> Ratio:
    """Other items of a cloud's bill over its chips: the share of a small cluster, that of a large one, or one in between.

    Between the two sizes the share is linear in the logarithm of the number of chips.
    """
    position = np.log(chips / small_cluster) / np.log(large_cluster / small_cluster)
    weight = np.minimum(np.maximum(position, 0), 1)
    return small_cluster_share + (large_cluster_share - small_cluster_share) * weight


@line("development", over="rent")
def other_cloud_cost(cloud_bill: Usd, other_cloud_share: Ratio) -> Usd:
    """Storage, transfer, processors, network and support of a cloud beyond its chips, where they are not itemised."""
    return cloud_bill * other_cloud_share


@line("development", paid=WITH_HARDWARE, over="rent")
def cpu_node_cost(basis_hardware_cost: Usd, cpu_node_share: Ratio) -> Usd:
    """Processors beside own chips (login, scheduling, data), as a share of what the cluster costs on the basis."""
    return basis_hardware_cost * cpu_node_share
