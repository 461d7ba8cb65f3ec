"""Work by people, or by a model in their place, per item: labels, comparisons, written answers."""

from simulator.core.units import AtLeastOne, Count, Ratio, Usd


def cost(items: Count, price: Usd, rework: AtLeastOne, deflator: Ratio) -> Usd:
    """Cost of the planned items, and of rework and additions beyond the plan."""
    return items * price * rework * deflator
