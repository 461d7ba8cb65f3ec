"""Cash: what is paid in money over the whole project, and the costs among the lines that are no payment.

Depreciation, the return on capital, and equity are costs and no cash. A line that is computed from other costs, such as the
upkeep of a model, has the part of them that is no cash. Hardware that is bought for a model is paid when it is delivered, while
its cost is that of the hours used; `payments: {hardware: purchase}` states such a purchase.
"""

import numpy as np

from simulator.core.units import Fraction, Ratio, SignedRatio, SignedUsd, Usd


def cash_cost(total_cost: SignedUsd, noncash_cost: SignedUsd, credits_used: Usd, fleet_payments: SignedUsd) -> SignedUsd:
    """Payments over the whole project: the costs that are paid, less credits, and the purchase of hardware less its resale."""
    return total_cost - noncash_cost - credits_used + fleet_payments


def cash_without_credits(total_cost: SignedUsd, noncash_cost: SignedUsd, fleet_payments: SignedUsd) -> SignedUsd:
    """Payments over the whole project where no credits are spent."""
    return total_cost - noncash_cost + fleet_payments


def fleet_purchase(acquisition_cost: Usd, fleet_surcharge: Ratio) -> Usd:
    """Price of hardware that is bought for the model, with the spares and duties that the scenario has."""
    return acquisition_cost * (1 + fleet_surcharge)


def fleet_proceeds(acquisition_cost: Usd, resale_share: Fraction) -> Usd:
    """Proceeds of the sale of hardware that is bought for the model, at the end of its useful life."""
    return acquisition_cost * resale_share


def fleet_payments(fleet_purchase: Usd, fleet_proceeds: Usd) -> SignedUsd:
    """Payments for hardware that is bought for the model, less the proceeds of its sale."""
    return fleet_purchase - fleet_proceeds


def staff_noncash_share(staff_equity: Usd, role_cost: Usd) -> Ratio:
    """Share of equity in the cost of all roles."""
    return _share(staff_equity, role_cost)


def staff_noncash_cost(staff_cost: Usd, staff_noncash_share: Ratio) -> Usd:
    """Part of the cost of the staff that is equity."""
    return staff_cost * staff_noncash_share


def idle_noncash_cost(idle_cost: Usd, fixed_noncash_share: SignedRatio) -> SignedUsd:
    """Part of the cost of idle hours that is no cash: that of the hours' fixed cost."""
    return idle_cost * fixed_noncash_share


def refresh_noncash_cost(refresh_cost: Usd, compute_noncash_share: SignedRatio) -> SignedUsd:
    """Part of the cost of refreshes that is no cash: that of the compute."""
    return refresh_cost * compute_noncash_share


def retrain_noncash_cost(retrain_cost: Usd, compute_noncash_share: SignedRatio) -> SignedUsd:
    """Part of the cost of retraining that is no cash: that of the compute."""
    return retrain_cost * compute_noncash_share


def serving_noncash_cost(serving_cost: Usd, supply_noncash_share: SignedRatio) -> SignedUsd:
    """Part of the cost of requests that is no cash: that of the chips of a fleet of one's own."""
    return serving_cost * supply_noncash_share


def maintenance_noncash_cost(maintenance_cost: Usd, staff_noncash_share: Ratio) -> Usd:
    """Part of the cost of upkeep that is equity: that of the staff that built the model."""
    return maintenance_cost * staff_noncash_share


def risk_noncash_cost(risk_cost: Usd, event_noncash_cost: SignedUsd, event_cost: Usd) -> SignedUsd:
    """Part of the cost of risks that is no cash, as in the sum of the events."""
    return risk_cost * _share(event_noncash_cost, event_cost)


def _share(part: SignedUsd, whole: SignedUsd) -> SignedRatio:
    """Part over whole, and nothing of nothing."""
    return np.where(whole == 0, 0, np.divide(part, whole))
