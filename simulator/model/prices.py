"""Prices at the time of payment: a mean-reverting random walk about a trend, with occasional jumps.

Rents of one chip fell by half and rose by half again within a year (2025-26), so neither a falling trend nor a fixed price
is adequate.
"""

import numpy as np

from simulator.core.units import Fraction, Hours, PerHour, Ratio, SignedPerHour, SignedRatio


def has_risen(rise_variate: Fraction, rise_rate: PerHour, lead_time: Hours) -> Fraction:
    """1 if the price jumps up before payment, at most once; `rise_variate` is uniform between 0 and 1."""
    return np.where(rise_variate < 1 - np.exp(-rise_rate * lead_time), 1, 0 * rise_variate)


def has_fallen(fall_variate: Fraction, fall_rate: PerHour, lead_time: Hours) -> Fraction:
    """1 if the price jumps down before payment, at most once; `fall_variate` is uniform between 0 and 1."""
    return np.where(fall_variate < 1 - np.exp(-fall_rate * lead_time), 1, 0 * fall_variate)


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
    """Price at the time of payment over that of today: drift, an Ornstein-Uhlenbeck process of the logarithm, and jumps.

    `price_spread` is the standard deviation of the logarithm in the long run, `price_z` is standard normal, and `rise`
    and `fall` are the sizes of the jumps in the logarithm.
    """
    reverted_share = 1 - np.exp(-(price_reversion + price_reversion) * lead_time)
    diffusion = price_spread * np.sqrt(reverted_share) * price_z
    return np.exp(price_drift * lead_time + diffusion + has_risen * rise - has_fallen * fall)


def release_price_level(escalation: SignedPerHour, release: Hours) -> Ratio:
    """Prices at the release over those of today, by a common escalation."""
    return np.exp(escalation * release)
