"""Shares of an input in the total's variance and tail, its rank correlation, and the scale on which the variance is stable."""

import math

import numpy as np

from simulator.analysis.sensitivity.binning import Bins, as_bins
from simulator.analysis.sensitivity.interval_estimates import IntervalEstimate
from simulator.analysis.statistics import Array
from simulator.core.errors import UnsupportedError
from simulator.core.levels import Level, probability_of
from simulator.core.results import Note
from simulator.engine.summaries import rank_correlation
from simulator.scenario import TOTAL

COST, LOG_COST, RANK_OF_COST = "cost", "log cost", "rank of cost"
NO_VARIANCE = "no-variance"
"""Code of the note on a total whose tail is too heavy for a variance."""

_NEAR = 0.02  # draws with ranks within this share of a level represent it


def variance_scale(total: Array, *, has_variance: bool) -> str:
    """Return the scale of the total on which shares of variance are stable."""
    if has_variance:
        return COST
    return LOG_COST if total.min() > 0 else RANK_OF_COST


def rescale(total: Array, variance_of: str) -> Array:
    """Transform the total to the scale of the variance."""
    if variance_of == COST:
        return total
    return np.log(total) if variance_of == LOG_COST else np.argsort(np.argsort(total)).astype(np.float64)


def no_variance_note(why: str, variance_of: str) -> Note:
    """Return the note on a total without a stable variance."""
    text = (
        f"total cost: {why}; shares are of the variance of {variance_of}, and the measures that need the variance of the cost "
        "are omitted"
    )
    return Note(NO_VARIANCE, TOTAL, text)


def variance_of_centred(centred: Array) -> float:
    """Return the variance of draws with mean 0; `UnsupportedError` where it is zero."""
    variance = float(np.sum(centred**2)) / max(1, len(centred) - 1)
    if not variance > 0:
        raise UnsupportedError("the total is the same in every draw, so nothing drives it")
    return variance


def rank_correlation_estimate(x: Array, total: Array) -> IntervalEstimate:
    """Return Spearman's rank correlation of an input and the total, with the error of Fieller, Hartley and Pearson 1957."""
    rank = rank_correlation(x, total)
    return IntervalEstimate(rank, (1 - rank**2) * math.sqrt(1.06 / max(1, len(total) - 3)))


def first_order(x: "Array | Bins", total: Array) -> IntervalEstimate:
    """Return the share of the total's variance due to an input by itself: Var E[total | x] / Var total.

    For independent inputs it is Sobol's first-order index. For dependent inputs it is the expected reduction of the variance if
    the input were known, including through inputs correlated with it; the shares then need not add up to one. It is preferred
    to Borgonovo's delta, which also allows for dependence, because it is on the scale of the other shares, has closed forms to
    test against and no upward bias for irrelevant inputs. The residual variance is the sum of squared distances to the fits of
    the bins over its degrees of freedom; the error is that of the efficient estimator.

    Sources: Plischke, An effective algorithm for computing global sensitivity indices (EASI), Reliability Engineering and
    System Safety 95, 2010; Da Veiga and Gamboa, Efficient estimation of sensitivity indices, Journal of Nonparametric
    Statistics 25, 2013.
    """
    bins = as_bins(x)
    size, y = len(total), total - total.mean()
    variance = variance_of_centred(y)
    fitted, terms = bins.means(y)
    squared_residuals = (y - fitted) ** 2
    residual_sums = np.bincount(bins.code, squared_residuals) * bins.sizes / np.maximum(bins.sizes - terms, 1)
    share = 1 - float(residual_sums.sum()) / size / variance
    influence = ((1 - share) * y**2 - squared_residuals) / variance
    noise = 2 * float(terms.sum()) * ((1 - share) / size) ** 2
    # The fits follow the noise of the draws, which adds twice as much variance to the influences as to the share.
    return IntervalEstimate(share, math.sqrt(max(noise, float(influence.var()) / size - noise)))


def tail_share(x: "Array | Bins", total: Array, level: Level = 0.95) -> IntervalEstimate:
    """Return the share of the distance from the total's mean to its quantile `level` due to an input by itself.

    It is the mean of E[total | x] - E[total] over the draws near that quantile, over the mean of total - E[total] there. Where
    the total is a sum of functions of its inputs the shares add up to one (Euler's allocation: Tasche, Risk contributions and
    performance measurement, 1999); where inputs multiply each other, the remainder is due to interactions.
    """
    level = probability_of(level)
    bins = as_bins(x)
    y = total - total.mean()
    half_width = min(_NEAR, (1 - level) / 2, level / 2)
    low, high = np.quantile(total, [level - half_width, level + half_width])
    near = np.flatnonzero((low <= total) & (total <= high))
    distance = float(y[near].mean())
    if not distance > 0:
        return IntervalEstimate(0.0, 0.0)
    fitted, terms = bins.means(y)
    leverage = (terms / bins.sizes)[bins.code]  # leave-one-out fits, because each draw near the quantile raised its own fit
    fitted = ((fitted - leverage * y) / np.maximum(1 - leverage, 0.5))[near]
    share = float(fitted.mean()) / distance
    return IntervalEstimate(share, float(np.std(fitted - share * y[near])) / distance / math.sqrt(len(near)))
