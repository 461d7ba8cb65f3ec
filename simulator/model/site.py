"""Capacity: the cost of a site with its equipment, and the capacity that an amount of money buys. Sites outlive many runs."""

from simulator.core.units import Kw, Ratio, Usd, UsdPerKw


def building_cost(capacity: Kw, building_price: UsdPerKw, deflator: Ratio) -> Usd:
    """Cost of building and power supply, by the power that the equipment may draw."""
    return capacity * building_price * deflator


def equipment_cost(capacity: Kw, equipment_price: UsdPerKw, deflator: Ratio) -> Usd:
    """Cost of servers and network that fill the site."""
    return capacity * equipment_price * deflator


def investment_cost(building_cost: Usd, equipment_cost: Usd) -> Usd:
    """Capital for the whole site."""
    return building_cost + equipment_cost


def affordable_capacity(budgeted_investment: Usd, building_price: UsdPerKw, equipment_price: UsdPerKw, deflator: Ratio) -> Kw:
    """Power of the site that an amount of capital buys."""
    return budgeted_investment / ((building_price + equipment_price) * deflator)
