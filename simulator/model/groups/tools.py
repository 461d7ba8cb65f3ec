"""Tools that are paid for by the month: licences by seat or chip, tracking, support at a fixed fee."""

from simulator.core.units import Count, Hours, Ratio, Usd, UsdPerHour


def cost(count: Count, fee: UsdPerHour, duration: Hours, deflator: Ratio) -> Usd:
    """Cost of seats or licences of one kind, for as long as they are used."""
    return count * fee * duration * deflator
