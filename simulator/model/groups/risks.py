"""Register of risks: each occurs or not, draw by draw, and has a cost if it occurs."""

import numpy as np

from simulator.core.units import Fraction, Hours, Ratio, Usd, UsdPerHour


def occurs(variate: Fraction, probability: Fraction) -> Fraction:
    """1 if the risk occurs and 0 otherwise; `variate` is uniform between 0 and 1, with a stream for each risk."""
    return np.where(variate < probability, 1, 0 * variate)  # a zero with the unit of the input


def cost(
    occurs: Fraction,
    impact: Usd,
    run_share: Ratio,
    final_run_cost: Usd,
    delay: Hours,
    staff_burn: UsdPerHour,
    deflator: Ratio,
) -> Usd:
    """Cost of a risk: a sum of money, a share of the final run done again, and the staff paid during the delay.

    The costs of the run and of the staff are deflated already.
    """
    return occurs * (impact * deflator + run_share * final_run_cost + delay * staff_burn)
