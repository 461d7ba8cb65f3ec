"""Draws of a plan conditional on what has been spent on each line.

What a user reports differs from what a draw spends by a normal error of the logarithm, line by line: `TOLERANCE`, and
`MISALLOCATION` of what was spent in all over what was spent on the line, added as independent errors are. The conditional
distribution is approximated in two parts. Importance weights take a part of the likelihood, as if the errors were wider, by the
smallest factor that leaves enough effective draws. A Kalman update of the logarithms with perturbed observations, from the
covariances of the weighted draws, takes the other part: it shifts what remains of each line of a draw. Where the weights alone
leave enough effective draws, the result is exact. The division of the likelihood between a particle filter and an ensemble
Kalman filter is that of Frei and Künsch (2013), Biometrika 100(4), 781-800.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simulator.analysis.statistics import Array
from simulator.engine.sampling.streams import random_normals

TOLERANCE = 0.05
"""Standard deviation of the logarithm of reported over planned spending in the same draw. Assumption, grade D: invoices are
late or rounded, and months are not equal, by some percent of what has been spent."""
MISALLOCATION = 0.01
"""Standard deviation of the amounts that are booked on another line, as a share of what has been spent in all. Assumption,
grade D. Lines with less than that say nothing about what remains of others."""
MIN_EFFECTIVE, MIN_EFFECTIVE_SHARE = 500, 0.05
"""Effective draws that the weights leave: this number, or this share of all draws where that is more."""
_MOST_REDUCTION = 4  # weights leave a quarter of the draws at least, where few agree on which lines have begun
MIN_AGREEING = 200
"""Draws that must agree on which lines have begun, for a line to be used."""
EDGE = 0.001
"""A reported amount beyond this quantile of the draws, at either end, lies outside them."""
_MIN_FITTED = 50  # draws from which the covariances of a line are estimated

Rule = Literal["agreement", "above", "below", "late", "early", "small", "rare", "estimate"]
"""How a line is conditioned.

`agreement`: the reported amount lies within the draws. `above`: beyond their upper edge; what remains is scaled by the reported
amount over the edge. `below`: beneath their lower edge; the difference is spent late and not saved. `late`: nothing is spent,
where all draws spend; what they spend is still to come. `early`: spent where no draw spends yet; it is subtracted from what
remains. `small`: less than may be booked on another line, so that only this is known. `rare`: too few draws have begun, or not
begun, the same lines. `estimate`: no amount is reported.
"""


@dataclass(frozen=True, slots=True)
class ConditionalDraws:
    """Weighted draws.

    Attributes
    ----------
    places : array of int
        The draws that agree with the report on which lines have begun.
    weights : array
        Their weights, with sum 1.
    factors : dict of str to array
        For each line, the factor on what remains of it in each of those draws.
    late : dict of str to array
        For some lines, what each of those draws has spent by now, and is still to be spent.
    rules : dict of str to Rule
    effective : float
        Effective number of draws (Kish): 1 / sum of squared weights.
    widening : float
        Factor by which the weights widen the errors of what was spent; infinite where they do not depend on it.
    tail_probability : float
        Share of the draws that are at least as far from the centre of the draws as the reported amounts.

    """

    places: NDArray[np.intp]
    weights: Array
    factors: Mapping[str, Array]
    late: Mapping[str, Array]
    rules: Mapping[str, Rule]
    effective: float
    widening: float
    tail_probability: float


def condition_draws(
    planned: Mapping[str, Array],
    reported: Mapping[str, float],
    remaining: Mapping[str, Array],
    *,
    seed: int = 0,
    tolerance: float = TOLERANCE,
) -> ConditionalDraws:
    """Return draws conditional on the amounts that are reported for some lines.

    `planned` is what each draw spends on those lines where they are reported, and `remaining` the sum of the absolute amounts
    of each line in all other months.
    """
    from scipy.special import log_ndtr

    signs = {line: -1.0 if planned[line].sum() < 0 else 1.0 for line in reported}  # credits and proceeds are negative
    planned = {line: signs[line] * planned[line] for line in reported}
    reported = {line: signs[line] * amount for line, amount in reported.items()}
    small = MISALLOCATION * _spent_in_all(planned, reported)
    places, rules = _agreeing_draws(planned, reported, remaining, tolerance, small)
    coarse = np.zeros(len(places))  # logarithm of the probability that so little is reported
    late: dict[str, Array] = {}
    factors = {line: np.ones(len(places)) for line in remaining}
    logs, observed, errors = [], [], []
    for line, amount in reported.items():
        if rules[line] == "late":
            late[line] = signs[line] * (planned[line][places] - amount)
        elif rules[line] == "early":
            left = remaining[line][places]
            factors[line] *= np.clip(1 - amount / np.where(left > 0, left, np.inf), 0, None)
        elif rules[line] == "small" and small > 0:
            coarse += log_ndtr(1 - planned[line][places] / small)
        elif rules[line] == "agreement" and amount > 0:
            values = np.log(planned[line][places])
            error = math.hypot(tolerance, small / amount)
            low, high = np.quantile(values, [EDGE, 1 - EDGE]) + np.array([-error, error])
            value = math.log(amount)
            if value > high:
                rules[line] = "above"
                factors[line] *= math.exp(value - high)
            elif value < low:
                rules[line] = "below"
                late[line] = np.full(len(places), signs[line] * (math.exp(low) - amount))
            logs.append(values)
            observed.append(min(max(value, low), high))
            errors.append(error)
    size = len(places)
    spending, target, scale = np.reshape(logs, (len(logs), size)).T, np.array(observed), np.array(errors)
    weights, share = _importance_weights(spending, target, scale, coarse, len(next(iter(remaining.values()))))
    if share < 1 and len(target):
        left_by_line = {line: each[places] for line, each in remaining.items()}
        shifts = _kalman_shifts(spending, target, left_by_line, weights, scale / math.sqrt(1 - share), seed)
        factors = {line: factor * shifts[line] for line, factor in factors.items()}
    return ConditionalDraws(
        places=places,
        weights=weights,
        factors=factors,
        late=late,
        rules={line: rules.get(line, "estimate") for line in remaining},
        effective=1 / float(np.sum(weights**2)),
        widening=1 / math.sqrt(share) if share > 0 else math.inf,
        tail_probability=_tail_probability(spending, target, scale),
    )


def _spent_in_all(planned: Mapping[str, Array], reported: Mapping[str, float]) -> float:
    """Return what is spent on all lines: as reported, or in the middle of the draws where that is more."""
    if not planned:
        return 0.0
    return max(sum(map(abs, reported.values())), float(np.median(np.sum(list(planned.values()), axis=0))))


def _agreeing_draws(
    planned: Mapping[str, Array],
    reported: Mapping[str, float],
    remaining: Mapping[str, Array],
    tolerance: float,
    small: float,
) -> tuple[NDArray[np.intp], dict[str, Rule]]:
    """Return the draws that have begun the lines on which amounts are reported and no others, and the rule of each line."""
    count = len(next(iter(remaining.values())))
    rules: dict[str, Rule] = {}
    agreeing: dict[str, NDArray[np.bool_]] = {}
    least = max(10.0, EDGE * count)
    for line, amount in reported.items():
        has_begun = planned[line] > 0
        # A few percent of a line may be spent before its first invoice: that is not a line that has begun.
        is_nothing = np.abs(planned[line]) <= tolerance * (np.abs(planned[line]) + remaining[line])
        if amount > 0:
            is_small = amount < small and (planned[line] < small).sum() >= least
            rules[line] = "early" if has_begun.sum() < least else "small" if is_small else "agreement"
            agreeing[line] = has_begun
        else:
            is_small = not has_begun.any() or float(np.median(planned[line][has_begun])) < small
            rules[line] = "late" if is_nothing.sum() < least else "small" if is_small else "agreement"
            agreeing[line] = is_nothing
    all_agree = np.ones(count, dtype=bool)
    used = [line for line, rule in rules.items() if rule == "agreement"]
    for line in sorted(used, key=lambda each: -float(agreeing[each].mean())):  # the rarest last, so that it is left out first
        if (all_agree & agreeing[line]).sum() >= min(MIN_AGREEING, count / _MOST_REDUCTION):
            all_agree &= agreeing[line]
        else:
            rules[line] = "rare"
    return np.flatnonzero(all_agree), rules


def _importance_weights(spending: Array, observed: Array, errors: Array, coarse: Array, count: int) -> tuple[Array, float]:
    """Return weights with sum 1, and the share of the log-likelihood of the observed amounts that they take.

    `coarse` is a log-likelihood that they take as a whole, and `count` the number of all draws.
    """
    likelihood = -0.5 * np.sum(((observed - spending) / errors) ** 2, axis=1)

    def weights_at(share: float) -> Array:
        logarithms = coarse + share * likelihood
        weights = np.exp(logarithms - logarithms.max())
        return np.asarray(weights / weights.sum())

    def effective(share: float) -> float:
        return 1 / float(np.sum(weights_at(share) ** 2))

    least = min(max(MIN_EFFECTIVE, MIN_EFFECTIVE_SHARE * count), effective(0.0) / _MOST_REDUCTION)
    share = 1.0
    if effective(1.0) < least:
        low, high = -60.0, 0.0  # exponents of two
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (middle, high) if effective(2.0**middle) >= least else (low, middle)
        share = 2.0**low
    return weights_at(share), share


def _kalman_shifts(
    spending: Array, observed: Array, remaining: Mapping[str, Array], weights: Array, errors: Array, seed: int
) -> dict[str, Array]:
    """Return for each line the factor on what remains in each draw; `errors` are those of the observations."""
    noise = [random_normals(seed, f"actuals/{place}", 0, len(spending)) for place in range(len(observed))]
    innovations = observed + errors * np.array(noise).T - spending
    shifts = {}
    for line, amounts in remaining.items():
        is_left = amounts > 0
        shifts[line] = np.ones(len(amounts))
        if is_left.sum() < _MIN_FITTED:
            continue
        share = weights[is_left] / weights[is_left].sum()
        known, log_left = spending[is_left], np.log(amounts[is_left])
        known, log_left = known - share @ known, log_left - share @ log_left
        weighted = known * share[:, None]
        gain = np.linalg.solve(weighted.T @ known + np.diag(errors**2), weighted.T @ log_left)
        shifts[line] = np.exp(innovations @ gain)
    return shifts


def _tail_probability(spending: Array, observed: Array, errors: Array) -> float:
    """Return the share of the draws that are as far from their centre as the observation, by the Mahalanobis distance."""
    if not len(observed) or len(spending) < 2:
        return 1.0
    deviations = spending - spending.mean(axis=0)
    covariance = deviations.T @ deviations / len(spending) + np.diag(errors**2)
    distances = np.sum(deviations * np.linalg.solve(covariance, deviations.T).T, axis=1)
    deviation = observed - spending.mean(axis=0)
    return float(np.mean(distances >= deviation @ np.linalg.solve(covariance, deviation) - 1e-12))
