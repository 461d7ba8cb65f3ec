"""Allocation of an amount to the lines of a total: conditional means, which add up to the cent."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simulator.analysis.statistics import Array, Estimate, quantile
from simulator.core.levels import Level, in_percent, probability_of

_NEAR = 0.025  # share of draws on either side of a level from which the lines' means are estimated
_MIN_NEAR = 250


@dataclass(frozen=True, slots=True)
class LineAllocation:
    """What is allocated to a line, in USD.

    Attributes
    ----------
    name : str
        The line.
    amount : float
        Its mean in draws whose total is at the level, rounded to the cent.
    mcse : float
        Monte Carlo standard error of `amount`.
    point : float
        Its share of the point estimate.
    contingency : float
        Amount less point.

    """

    name: str
    amount: float
    mcse: float
    point: float
    contingency: float


@dataclass(frozen=True, slots=True)
class LevelAllocation:
    """Allocation of the amount at a confidence level.

    Attributes
    ----------
    level : float
        Percent.
    lines : tuple of LineAllocation
        Their amounts add up to the amount at the level, and their points to the point estimate.

    """

    level: float
    lines: tuple[LineAllocation, ...]


def allocate(
    lines: Mapping[str, Array], total: Array, level: Level, medians: Mapping[str, float], point: float
) -> LevelAllocation:
    """Allocate the amount at a level and its contingency to the lines; both columns add up to the cent.

    The contingency of a line is its share of the amount less its share of the point estimate, which is the line with every
    prior at its median. A point estimate that the user supplies is split in that proportion.
    """
    level = probability_of(level)
    estimates = conditional_means(lines, total, level)
    amounts = round_to_cents([estimate.value for estimate in estimates.values()], float(np.quantile(total, level)))
    at_point = math.fsum(medians[name] for name in lines)
    scale = point / at_point if at_point else 0.0
    points = round_to_cents([scale * medians[name] if at_point else point / len(lines) for name in lines], point)
    return LevelAllocation(
        level=in_percent(level),
        lines=tuple(
            LineAllocation(
                name=name,
                amount=amount / 100,
                mcse=estimates[name].error,
                point=own / 100,
                contingency=(amount - own) / 100,
            )
            for name, amount, own in zip(lines, amounts, points, strict=True)
        ),
    )


def conditional_means(lines: Mapping[str, Array], total: Array, level: Level) -> dict[str, Estimate]:
    """Return the mean of each line conditional on the total being at its quantile `level`.

    This is Euler's allocation (Tasche 1999): it adds up to the quantile, and each line is allocated its contribution there.
    Each line is regressed on the total over the draws around the level (2.5 % on either side, fewer near 0 and 1). The fits are
    linear in the line, so they add up to the fit of the total, which is the amount itself. For normal lines it is exact.

    The error of a mean has two parts: that of the fit at the amount, and that of the amount times the slope of the fit.
    """
    level = probability_of(level)
    count = len(total)
    amount, amount_error = quantile(total, level)
    half_width = min(_NEAR, level, 1 - level) * count
    near_count = min(count, max(2 * _MIN_NEAR, int(2 * half_width)))
    first = int(np.clip(round(level * count - near_count / 2), 0, count - near_count))
    near = np.argpartition(total, sorted({first, first + near_count - 1}))[first : first + near_count]
    x = total[near] - amount
    centred = x - x.mean()
    weights = np.full(near_count, 1 / near_count)
    sum_of_squares = float(np.sum(centred**2))
    if sum_of_squares > 0:
        weights -= x.mean() * centred / sum_of_squares
    estimates = {}
    for name, values in lines.items():
        y = values[near]
        slope = float(np.sum(centred * y)) / sum_of_squares if sum_of_squares > 0 else 0.0
        residuals = y - y.mean() - slope * centred
        fit_error = math.sqrt(float(np.sum((weights * residuals) ** 2)))
        estimates[name] = Estimate(float(np.sum(weights * y)), math.hypot(fit_error, slope * amount_error))
    return estimates


def round_to_cents(amounts: Sequence[float], total: float) -> list[int]:
    """Round amounts to whole cents that add up to those of the total; the largest remainders are rounded up."""
    exact = [100 * amount for amount in amounts]
    cents = [math.floor(amount) for amount in exact]
    missing = round(100 * total) - sum(cents)
    each, remainder = divmod(missing, len(cents)) if cents else (0, 0)
    order = sorted(range(len(cents)), key=lambda position: cents[position] - exact[position])
    for rank, position in enumerate(order):
        cents[position] += each + (rank < remainder)
    return cents
