"""Capacity: the cost of a site with its equipment, and the capacity that an amount of money buys. Sites outlive many runs."""

import numpy as np

from simulator.core.units import Hours, Kw, Ratio, SharePerHour, Usd, UsdPerKw, UsdPerKwHour


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


def building_recovery(capital_rate: Ratio, building_life: Hours, compounding_period: Hours) -> SharePerHour:
    """Share of the price of a building that each hour of its life repays with interest; without interest, one over the life."""
    rate = np.where(capital_rate > 0, capital_rate, 1)
    periods = building_life / compounding_period
    annuity = rate / (1 - np.exp(-np.log(1 + rate) * periods))
    return np.where(capital_rate > 0, annuity, 1 / periods) / compounding_period


def facility_price(building_price: UsdPerKw, building_recovery: SharePerHour) -> UsdPerKwHour:
    """Price of a kilowatt of rated power for an hour in a building of one's own; where it is leased, the lease states it."""
    return building_price * building_recovery
