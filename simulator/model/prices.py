"""What a price may be by the time it is paid: it wanders about a trend, comes back to it, and jumps now and then.

Rents of one chip fell by half and rose by half again within a year (2025-26), so neither a falling line nor a fixed price
will do.
"""

import numpy as np

from simulator.core.units import Fraction, Hours, PerHour, Ratio, SignedPerHour, SignedRatio


def has_risen(rise_luck: Fraction, rise_rate: PerHour, lead_time: Hours) -> Fraction:
    """1 where the price jumps up before it is paid, once at most; `rise_luck` is uniform between 0 and 1."""
    return np.where(rise_luck < 1 - np.exp(-rise_rate * lead_time), 1, 0 * rise_luck)


def has_fallen(fall_luck: Fraction, fall_rate: PerHour, lead_time: Hours) -> Fraction:
    """1 where the price jumps down before it is paid, once at most; `fall_luck` is uniform between 0 and 1."""
    return np.where(fall_luck < 1 - np.exp(-fall_rate * lead_time), 1, 0 * fall_luck)


def price_factor(
    lead_time: Hours,
    price_drift: SignedPerHour,
    price_reversion: PerHour,
    price_spread: Ratio,
    price_z: SignedRatio,
    has_risen: Fraction,
    rise: Ratio,
    has_fallen: Fraction,
    fall: Ratio,
) -> Ratio:
    """The price at the time of payment over today's: drift, an Ornstein-Uhlenbeck walk of the logarithm, and jumps.

    `price_spread` is the standard deviation of the logarithm in the long run, `price_score` standard normal, `rise` and `fall`
    the sizes of the jumps in the logarithm.
    """
    forgotten = 1 - np.exp(-(price_reversion + price_reversion) * lead_time)
    wandered = price_spread * np.sqrt(forgotten) * price_z
    return np.exp(price_drift * lead_time + wandered + has_risen * rise - has_fallen * fall)


def release_price_level(escalation: SignedPerHour, release: Hours) -> Ratio:
    """Prices at the release over those of today, by the escalation of all prices alike."""
    return np.exp(escalation * release)
