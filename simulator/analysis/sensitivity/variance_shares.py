"""Shares of an input in the total's variance and tail, its rank correlation, and the scale on which a variance is stable."""

import math

import numpy as np

from simulator.analysis.sensitivity.binning import Bins, as_bins
from simulator.analysis.sensitivity.estimates import Estimate
from simulator.analysis.statistics import Array
from simulator.core.levels import Level, probability_of
from simulator.engine.summaries import rank_correlation

COST, LOG_COST, RANK_OF_COST = "cost", "log cost", "rank of cost"

_NEAR = 0.02  # draws whose rank is this near to a level stand for it


def scale_of(total: Array, *, has_variance: bool) -> str:
    """Return on which scale of the total shares of variance are stable."""
    if has_variance:
        return COST
    return LOG_COST if total.min() > 0 else RANK_OF_COST


def scaled(total: Array, variance_of: str) -> Array:
    """Return the total on a scale on which it has a variance."""
    if variance_of == COST:
        return total
    return np.log(total) if variance_of == LOG_COST else np.argsort(np.argsort(total)).astype(np.float64)


def no_variance_note(why: str, variance_of: str) -> str:
    """Return the note on a total without a stable variance."""
    return f"total cost: {why}; shares are of the variance of {variance_of}, and what rests on the mean cost is left out"


def variance_of_centred(centred: Array) -> float:
    """Return the variance of draws with mean 0; ValueError where they never change."""
    variance = float(np.sum(centred**2)) / max(1, len(centred) - 1)
    if not variance > 0:
        raise ValueError("the total is the same in every draw, so nothing drives it")
    return variance


def rank_correlation_of(x: Array, total: Array) -> Estimate:
    """Return Spearman's rank correlation of an input and the total; error after Fieller, Hartley and Pearson 1957."""
    rank = rank_correlation(x, total)
    return Estimate(rank, (1 - rank**2) * math.sqrt(1.06 / max(1, len(total) - 3)))


def first_order(x: "Array | Bins", total: Array) -> Estimate:
    """Return the share of the total's variance that an input carries by itself: Var E[total | x] / Var total.

    For independent inputs it is Sobol's first-order index. For dependent ones it stays what it says, the share that would go in
    the mean if the input were known, with all that is correlated with it; the shares then need not add up to one. It was chosen
    before Borgonovo's delta, which also bears dependence, because it is on the scale of the other shares, has closed forms to
    test against and no bias upwards where there is nothing to find. The mean of the squared distance to the bins' lines, over
    its degrees of freedom, is what is left of the variance; the error is that of the efficient estimator.

    Sources: Plischke, An effective algorithm for computing global sensitivity indices (EASI), Reliability Engineering and
    System Safety 95, 2010; Da Veiga and Gamboa, Efficient estimation of sensitivity indices, Journal of Nonparametric
    Statistics 25, 2013.
    """
    bins = as_bins(x)
    size, y = len(total), total - total.mean()
    variance = variance_of_centred(y)
    fitted, terms = bins.means(y)
    rest = (y - fitted) ** 2
    left = np.bincount(bins.code, rest) * bins.sizes / np.maximum(bins.sizes - terms, 1)
    share = 1 - float(left.sum()) / size / variance
    influence = ((1 - share) * y**2 - rest) / variance
    noise = 2 * float(terms.sum()) * ((1 - share) / size) ** 2
    # The lines follow the noise of the draws, which moves the influences twice as far (in squares) as it moves the share.
    return Estimate(share, math.sqrt(max(noise, float(influence.var()) / size - noise)))


def tail_share(x: "Array | Bins", total: Array, level: Level = 0.95) -> Estimate:
    """Return how much of the way from the total's mean to its quantile `level` an input accounts for by itself.

    It is the mean of E[total | x] - E[total] over the draws near that quantile, over the mean of total - E[total] there. Where
    the total is a sum of functions of its inputs the shares add up to one (Euler's allocation: Tasche, Risk contributions and
    performance measurement, 1999); where inputs multiply each other, what is left is what they do together.
    """
    level = probability_of(level)
    bins = as_bins(x)
    y = total - total.mean()
    half = min(_NEAR, (1 - level) / 2, level / 2)
    low, high = np.quantile(total, [level - half, level + half])
    near = np.flatnonzero((low <= total) & (total <= high))
    distance = float(y[near].mean())
    if not distance > 0:
        return Estimate(0.0, 0.0)
    fitted, terms = bins.means(y)
    own = (terms / bins.sizes)[bins.code]  # a draw near the quantile has drawn its own line up: leave it out
    fitted = ((fitted - own * y) / np.maximum(1 - own, 0.5))[near]
    share = float(fitted.mean()) / distance
    return Estimate(share, float(np.std(fitted - share * y[near])) / distance / math.sqrt(len(near)))
