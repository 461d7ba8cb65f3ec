"""Cloud credits. They reduce the cash cost, not the economic cost, so the total does not change.

Credits apply to `cloud_bill`, which is the rent if the basis is rented and undefined otherwise. They expire: what is billed
after `credit_term` is paid in cash. Without a term, they cover the whole bill.
"""

import numpy as np

from simulator.core.units import ChipHours, Chips, Fraction, Hours, Usd


def bill_time(billed_chip_hours: ChipHours, reserved_chips: Chips) -> Hours:
    """Time over which a cloud sends its bills, evenly: that of the cluster at work or under contract."""
    return billed_chip_hours / reserved_chips


def bill_start(bill_time: Hours) -> Hours:
    """Time of the first bill: the start of the project, unless a schedule has another."""
    return 0 * bill_time


def covered_share(credit_term: Hours, bill_start: Hours, bill_time: Hours) -> Fraction:
    """Share of the bill that is due before the credits expire."""
    share = (credit_term - bill_start) / bill_time
    return np.minimum(np.maximum(share, 0 * share), 1)


def credits_used(credit_grant: Usd, credit_share: Fraction, covered_share: Fraction, cloud_bill: Usd) -> Usd:
    """Credits that are spent: a share of the bill until they expire, up to the grant."""
    return np.minimum(credit_grant, credit_share * covered_share * cloud_bill)
