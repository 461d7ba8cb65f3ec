"""Cloud credits. They reduce the cash cost, not the economic cost, so the total does not change.

Credits apply to `cloud_bill`, which is the rent if the basis is rented and undefined otherwise.
"""

import numpy as np

from simulator.core.units import Fraction, SignedUsd, Usd


def credits_used(credit_grant: Usd, credit_share: Fraction, cloud_bill: Usd) -> Usd:
    """Credits that are spent: a share of the bill, up to the grant."""
    return np.minimum(credit_grant, credit_share * cloud_bill)


def cash_cost(total_cost: SignedUsd, credits_used: Usd) -> SignedUsd:
    """Cost after credits, paid in cash."""
    return total_cost - credits_used
