"""Cloud credits: who pays in cash is another question than what it costs, so the total stays as it is."""

import numpy as np

from simulator.units import Fraction, SignedUsd, Usd


def cloud_bill(rental_cost: Usd) -> Usd:
    """Bill against which credits can be set: the rent."""
    return rental_cost


def credits_used(credit_grant: Usd, credit_share: Fraction, cloud_bill: Usd) -> Usd:
    """Credits that are spent: a share of the bill, up to the grant."""
    return np.minimum(credit_grant, credit_share * cloud_bill)


def cash_cost(total_cost: SignedUsd, credits_used: Usd) -> SignedUsd:
    """What is left to pay in money."""
    return total_cost - credits_used
