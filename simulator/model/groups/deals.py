"""Deals for data, each a lump sum for access: licences by platform, archives, books by the title.

A price per token has a meaning for books alone, so a deal is a number of things at a price each.
"""

from simulator.core.units import Count, Ratio, Usd


def cost(count: Count, price: Usd, deflator: Ratio) -> Usd:
    """Cost of deals, titles or years of one kind, each at a price for its whole term."""
    return count * price * deflator
