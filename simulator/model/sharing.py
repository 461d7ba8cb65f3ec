"""Sharing: what each partner pays of a model that several organisations pay for together."""

from simulator.core.units import AtLeastOne, Ratio, SignedUsd


def partner_share(partners: AtLeastOne, sharing_overhead: Ratio) -> Ratio:
    """Share of the total that each partner pays: one of as many parts as there are partners, and the overhead of sharing."""
    return (1 + sharing_overhead) / partners


def partner_cost(total_cost: SignedUsd, partner_share: Ratio) -> SignedUsd:
    """What each partner pays."""
    return total_cost * partner_share
