"""Work of people, or of a model in their place, by the item: labels, comparisons, written answers."""

from simulator.core.units import AtLeastOne, Count, Ratio, Usd


def cost(items: Count, price: Usd, rework: AtLeastOne, deflator: Ratio) -> Usd:
    """Cost of the items that a plan names, and of what has to be done again or is added beyond the plan."""
    return items * price * rework * deflator
