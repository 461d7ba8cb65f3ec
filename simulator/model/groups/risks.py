"""Register of risks: each happens or not, draw by draw, and costs what it costs where it happens."""

import numpy as np

from simulator.core.units import Fraction, Hours, Ratio, Usd, UsdPerHour


def occurs(luck: Fraction, probability: Fraction) -> Fraction:
    """1 where the risk happens and 0 where it does not; `random draws` is uniform between 0 and 1, with a stream for each
    risk.
    """
    return np.where(luck < probability, 1, 0 * luck)  # a zero in its unit, so that the unit stays


def cost(
    occurs: Fraction,
    impact: Usd,
    run_share: Ratio,
    final_run_cost: Usd,
    delay: Hours,
    staff_burn: UsdPerHour,
    deflator: Ratio,
) -> Usd:
    """Cost of a risk: a sum of money, a share of the final run done again, and the staff paid while all wait.

    The costs of the run and of the staff are deflated already.
    """
    return occurs * (impact * deflator + run_share * final_run_cost + delay * staff_burn)
