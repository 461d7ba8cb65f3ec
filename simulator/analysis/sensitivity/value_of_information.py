"""What it is worth to know an input before a budget is set, or before one of several actions is chosen."""

from typing import NamedTuple

import numpy as np

from simulator.analysis.sensitivity.binning import BinQuantiles, Bins, as_bins
from simulator.analysis.sensitivity.estimates import Estimate, mean_estimate
from simulator.analysis.statistics import Array
from simulator.core.levels import Level, interval_of, probability_of
from simulator.engine.summaries import ends

LEVEL = 0.8

_HALVES = (slice(0, None, 2), slice(1, None, 2))
_LEAST_BEYOND = 2  # draws of a bin beyond a quantile


class ValueOfInformation(NamedTuple):
    """What would change, in expectation, if an input were known before the budget is set at a level.

    `contingency` is the share by which the level's distance to the mean shrinks, `fall` the same in the unit of the total,
    `interval` the share by which the central interval shrinks. `loss` is the share of the budget decision's expected loss that
    goes, `worth` the same in the unit of the total, for each unit that a unit of idle budget costs. All but `interval` are None
    where the tail of the total is too heavy for a variance; `interval` is then that of the logarithm of the total.
    """

    interval: Estimate
    contingency: Estimate | None = None
    fall: Estimate | None = None
    loss: Estimate | None = None
    expected_gain: Estimate | None = None


def value_of_information(
    x: "Array | Bins", total: Array, level: Level = LEVEL, interval: Level = 0.95, *, has_mean: bool = True
) -> ValueOfInformation:
    """Return what it would change to know an input before the budget is set (expected value of partial perfect information).

    The decision: a budget b is set now, or after the input is known. A unit of it that stays unspent costs k, a unit that the
    total runs over costs k level / (1 - level), so that the total's quantile `level` is the best budget (Arrow, Harris and
    Marschak, Optimal inventory policy, Econometrica 19, 1951) and the expected loss is k (mean above it - mean). `worth` is by
    how much that loss falls, for k = 1. What is known together with the input, because it is correlated with it, counts.

    The quantiles of the total where the input is known are those about the lines of the bins. The budgets are set by each half
    of the draws and tried on both: on its own half a budget looks as much too good as it looks too bad on the other, so the
    mean is free of that.
    """
    interval = interval_of(interval)
    level = probability_of(level)
    bins = as_bins(x)
    low, high = ends(interval)
    few = len(total) / len(bins.sizes)
    if few * min(low, level, 1 - level) < _LEAST_BEYOND:
        raise ValueError(
            f"{len(total):,} draws tell too little of so wide an interval, or of so high a level; draw more, or ask less"
        )
    fitted, _ = bins.means(total)
    known = BinQuantiles(bins.code, len(bins.sizes), total - fitted)
    marginal = BinQuantiles.unbinned(total)

    def quantile(p: float) -> tuple[Array, Array]:
        """The quantile now and its mean when the input is known, and what each draw adds to them."""
        now, then = marginal.at(p), fitted + known.at(p)[bins.code]
        influences = marginal.steepness(p) * (p - (total <= now)), known.steepness(p)[bins.code] * (p - (total <= then))
        return np.array([now[0], then.mean()]), np.stack([influences[0], then - then.mean() + influences[1]])

    def shrink(widths: Array, influences: Array) -> Estimate:
        now, then = widths.tolist()
        if not now > 0:
            return Estimate(0.0, 0.0)
        return mean_estimate((influences[0] * then / now - influences[1]) / now, 1 - then / now)

    at_low, at_high = quantile(low), quantile(high)
    width = shrink(at_high[0] - at_low[0], at_high[1] - at_low[1])
    if not has_mean:
        return ValueOfInformation(width)
    at_level = quantile(level)
    now, then = at_level[0].tolist()
    fall = mean_estimate(at_level[1][0] - at_level[1][1], now - then)
    mean = float(total.mean())
    contingency = shrink(at_level[0] - mean, at_level[1] - (total - mean))

    before = _loss(total - now, level)
    after = np.zeros_like(total)
    for half in _HALVES:
        line, _ = bins.means(total, half)
        budget = line + BinQuantiles(bins.code[half], len(bins.sizes), (total - line)[half]).at(level)[bins.code]
        after += _loss(total - budget, level) / len(_HALVES)
    gain = before - after
    share = float(gain.mean() / before.mean()) if before.mean() > 0 else 0.0
    loss = mean_estimate((gain - share * before) / max(float(before.mean()), 1e-300), share)
    expected_gain = mean_estimate(gain / (1 - level), float(gain.mean()) / (1 - level))
    return ValueOfInformation(width, contingency, fall, loss, expected_gain)


def _loss(over: Array, level: float) -> Array:
    """What a budget loses: `1 - level` for a unit left over, `level` for a unit that it is short of."""
    return np.maximum(level * over, (level - 1) * over)


class Perfect(NamedTuple):
    """The upper bound: all inputs known. The contingency over the mean and the interval go, and with them the whole loss."""

    fall: Estimate
    expected_gain: Estimate


def perfect(total: Array, level: Level = LEVEL) -> Perfect:
    """Return what it would change to know everything before the budget is set (expected value of perfect information)."""
    level = probability_of(level)
    marginal = BinQuantiles.unbinned(total)
    now = float(marginal.at(level)[0])
    loss = _loss(total - now, level) / (1 - level)
    influences = marginal.steepness(level) * (level - (total <= now)) - (total - total.mean())
    return Perfect(mean_estimate(influences, now - float(total.mean())), mean_estimate(loss, float(loss.mean())))


def evppi(x: "Array | Bins", payoffs: Array) -> Estimate:
    """Return the expected value of knowing an input before one of several actions is chosen.

    `payoffs` has a row a draw and a column an action. It is E[max over actions of E[payoff | x]] less the best mean payoff, by
    regression on draws that are already there (Strong, Oakley and Brennan, Estimating multiparameter partial expected value of
    perfect information from a probabilistic sensitivity analysis sample, Medical Decision Making 34, 2014). Actions are chosen
    by one half of the draws and tried on the other, so noise makes no worth where there is none: the figure is in the mean a
    little too low, never too high.
    """
    bins = as_bins(x)
    gain = np.zeros(len(payoffs))
    for half, other in (_HALVES, _HALVES[::-1]):
        known = np.stack([bins.means(column, half)[0][other] for column in payoffs.T], axis=1)
        now = int(payoffs[half].mean(axis=0).argmax())
        tried = payoffs[other]
        gain[other] = tried[np.arange(len(tried)), known.argmax(axis=1)] - tried[:, now]
    return mean_estimate(gain, float(gain.mean()))


def evpi(payoffs: Array) -> Estimate:
    """Return the expected value of knowing everything before one of several actions is chosen."""
    gain = payoffs.max(axis=1) - payoffs[:, int(payoffs.mean(axis=0).argmax())]
    return mean_estimate(gain, float(gain.mean()))
