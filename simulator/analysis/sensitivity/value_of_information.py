"""Value of information about an input for setting a budget, or for choosing one of several actions."""

from dataclasses import dataclass, replace

import numpy as np

from simulator.analysis.sensitivity.binning import BinQuantiles, Bins, as_bins
from simulator.analysis.sensitivity.interval_estimates import IntervalEstimate, mean_estimate
from simulator.analysis.statistics import Array
from simulator.core.errors import UnsupportedError
from simulator.core.levels import Level, interval_of, probability_of
from simulator.engine.summaries import interval_bounds

LEVEL = 0.8

_HALVES = (slice(0, None, 2), slice(1, None, 2))
_MIN_DRAWS_BEYOND = 2  # minimum number of draws of a bin beyond a quantile


@dataclass(frozen=True, slots=True)
class ValueOfInformation:
    """Expected changes if an input were known before the budget is set at a level.

    Only the change of the interval is available where the tail of the total is too heavy for a variance; it is then that of
    the logarithm of the total.

    Attributes
    ----------
    contingency_shrinks : IntervalEstimate or None
        Relative reduction of the distance between the level's quantile and the mean.
    quantile_falls : IntervalEstimate or None
        The same in the unit of the total.
    interval_shrinks : IntervalEstimate
        Relative reduction of the width of the central interval.
    loss_shrinks : IntervalEstimate or None
        Relative reduction of the expected loss of the budget decision.
    expected_gain : IntervalEstimate or None
        The same in the unit of the total.

    """

    contingency_shrinks: IntervalEstimate | None
    quantile_falls: IntervalEstimate | None
    interval_shrinks: IntervalEstimate
    loss_shrinks: IntervalEstimate | None
    expected_gain: IntervalEstimate | None

    def at_idle_cost(self, idle_cost: float) -> "ValueOfInformation":
        """Return the value for another cost of a unit of idle budget than one."""
        return self if self.expected_gain is None else replace(self, expected_gain=self.expected_gain * idle_cost)


def value_of_information(
    x: "Array | Bins", total: Array, level: Level = LEVEL, interval: Level = 0.95, *, has_mean: bool = True
) -> ValueOfInformation:
    """Return the value of knowing an input before the budget is set (expected value of partial perfect information).

    The decision: a budget b is set now, or after the input is known. An unspent unit costs k, a unit of overrun costs
    k level / (1 - level), so the optimal budget is the total's quantile `level` (Arrow, Harris and Marschak, Optimal inventory
    policy, Econometrica 19, 1951) and the expected loss is k (mean above it - mean). `expected_gain` is the reduction of that
    loss, for k = 1. It includes information about inputs that are correlated with this one.

    Conditional quantiles of the total are those of the residuals about the fits of the bins. Budgets are set on each half of
    the draws and evaluated on both: the optimistic bias on the same half and the pessimistic bias on the other half cancel.
    """
    interval = interval_of(interval)
    level = probability_of(level)
    bins = as_bins(x)
    low, high = interval_bounds(interval)
    bin_size = len(total) / len(bins.sizes)
    if bin_size * min(low, level, 1 - level) < _MIN_DRAWS_BEYOND:
        raise UnsupportedError(
            f"{len(total):,} draws are too few for so wide an interval, or so extreme a level; increase the draws, "
            "or lower the interval or the level"
        )
    fitted, _ = bins.means(total)
    conditional = BinQuantiles(bins.code, len(bins.sizes), total - fitted)
    marginal = BinQuantiles.unbinned(total)

    def quantile(p: float) -> tuple[Array, Array]:
        """Return the quantile, its mean given the input, and the influences of each draw on both."""
        now, then = marginal.at(p), fitted + conditional.at(p)[bins.code]
        influences = marginal.derivative(p) * (p - (total <= now)), conditional.derivative(p)[bins.code] * (p - (total <= then))
        return np.array([now[0], then.mean()]), np.stack([influences[0], then - then.mean() + influences[1]])

    def shrink(widths: Array, influences: Array) -> IntervalEstimate:
        now, then = widths.tolist()
        if not now > 0:
            return IntervalEstimate(0.0, 0.0)
        return mean_estimate((influences[0] * then / now - influences[1]) / now, 1 - then / now)

    at_low, at_high = quantile(low), quantile(high)
    width = shrink(at_high[0] - at_low[0], at_high[1] - at_low[1])
    if not has_mean:
        return ValueOfInformation(None, None, width, None, None)
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
    return ValueOfInformation(contingency, fall, width, loss, expected_gain)


def _loss(over: Array, level: float) -> Array:
    """Return the loss of a budget: `1 - level` per unspent unit, `level` per unit of overrun."""
    return np.maximum(level * over, (level - 1) * over)


@dataclass(frozen=True, slots=True)
class PerfectInformation:
    """The upper bound: with all inputs known, the contingency over the mean, the interval and the loss vanish.

    Attributes
    ----------
    fall : IntervalEstimate
        Expected fall of the level's quantile, in the unit of the total.
    expected_gain : IntervalEstimate
        Reduction of the expected loss of the budget decision, in the unit of the total.

    """

    fall: IntervalEstimate
    expected_gain: IntervalEstimate

    def at_idle_cost(self, idle_cost: float) -> "PerfectInformation":
        """Return the value for another cost of a unit of idle budget than one."""
        return replace(self, expected_gain=self.expected_gain * idle_cost)


def perfect_information(total: Array, level: Level = LEVEL) -> PerfectInformation:
    """Return the value of knowing all inputs before the budget is set (expected value of perfect information)."""
    level = probability_of(level)
    marginal = BinQuantiles.unbinned(total)
    now = float(marginal.at(level)[0])
    loss = _loss(total - now, level) / (1 - level)
    influences = marginal.derivative(level) * (level - (total <= now)) - (total - total.mean())
    return PerfectInformation(mean_estimate(influences, now - float(total.mean())), mean_estimate(loss, float(loss.mean())))


def evppi(x: "Array | Bins", payoffs: Array) -> IntervalEstimate:
    """Return the expected value of knowing an input before choosing one of several actions.

    `payoffs` has one row per draw and one column per action. The value is E[max over actions of E[payoff | x]] less the best
    mean payoff, by regression on existing draws (Strong, Oakley and Brennan, Estimating multiparameter partial expected value
    of perfect information from a probabilistic sensitivity analysis sample, Medical Decision Making 34, 2014). Actions are
    chosen on one half of the draws and evaluated on the other, so the estimate is slightly low in the mean and never biased
    upwards.
    """
    bins = as_bins(x)
    gain = np.zeros(len(payoffs))
    for half, other in (_HALVES, _HALVES[::-1]):
        conditional = np.stack([bins.means(column, half)[0][other] for column in payoffs.T], axis=1)
        now = int(payoffs[half].mean(axis=0).argmax())
        test_payoffs = payoffs[other]
        gain[other] = test_payoffs[np.arange(len(test_payoffs)), conditional.argmax(axis=1)] - test_payoffs[:, now]
    return mean_estimate(gain, float(gain.mean()))


def evpi(payoffs: Array) -> IntervalEstimate:
    """Return the expected value of knowing all inputs before choosing one of several actions."""
    gain = payoffs.max(axis=1) - payoffs[:, int(payoffs.mean(axis=0).argmax())]
    return mean_estimate(gain, float(gain.mean()))
