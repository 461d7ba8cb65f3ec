"""Cloud credits: who pays in cash is another question than what it costs, so the total stays as it is.

`cloud_bill`, against which credits can be set, is the rent where the basis is rented, and nobody's otherwise.
"""

import numpy as np

from simulator.core.units import Fraction, SignedUsd, Usd


def credits_used(credit_grant: Usd, credit_share: Fraction, cloud_bill: Usd) -> Usd:
    """Credits that are spent: a share of the bill, up to the grant."""
    return np.minimum(credit_grant, credit_share * cloud_bill)


def cash_cost(total_cost: SignedUsd, credits_used: Usd) -> SignedUsd:
    """What is left to pay in money."""
    return total_cost - credits_used
