"""Deals for data, each a lump sum for access: licences by platform, archives, books by the title.

A price per token is meaningful for books only, so a deal is a number of items at a price each.
"""

from simulator.core.units import Count, Ratio, Usd


def cost(count: Count, price: Usd, deflator: Ratio) -> Usd:
    """Cost of deals, titles or years of one kind, each at its price for the whole term."""
    return count * price * deflator
