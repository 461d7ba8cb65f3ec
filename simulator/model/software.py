"""Software, platforms and other items of a cloud bill. The rent is deflated already, so its shares are not deflated again."""

from simulator.core.units import ChipHours, Fraction, Ratio, Usd, UsdPerChipHour
from simulator.model.lines import line


@line("development")
def chip_licence_cost(chip_hours: ChipHours, chip_licence_price: UsdPerChipHour, deflator: Ratio) -> Usd:
    """Cost of software that is licensed by the chip, for as long as the chips are used."""
    return chip_hours * chip_licence_price * deflator


@line("development")
def platform_cost(rental_cost: Usd, platform_surcharge: Ratio) -> Usd:
    """Surcharge of a managed training platform over the bare chips."""
    return rental_cost * platform_surcharge


@line("development")
def support_cost(rental_cost: Usd, support_share: Fraction) -> Usd:
    """Support contract of a cloud, which is a share of its bill."""
    return rental_cost * support_share


@line("development")
def other_cloud_cost(rental_cost: Usd, other_cloud_share: Ratio) -> Usd:
    """Storage, transfer, processors and network of a training bill beyond its chips, if they are not itemised."""
    return rental_cost * other_cloud_share
