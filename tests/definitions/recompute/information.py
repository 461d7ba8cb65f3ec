"""Shares of an input and the value of information about it, as the registry defines them, in plain numpy and bin by bin."""

import math
from functools import cached_property
from statistics import NormalDist

import numpy as np


def quantile(values, p):
    """Return the median-unbiased sample quantile."""
    ordered = np.sort(values)
    rank = min(max(p * (len(ordered) + 1 / 3) + 1 / 3, 1), len(ordered))
    return np.interp(rank, np.arange(1, len(ordered) + 1), ordered)


def derivative(values, p):
    """Return the derivative of a quantile in its probability, over one standard error to either side."""
    step = math.sqrt(p * (1 - p) / len(values))
    low, high = max(p - step, 0), min(p + step, 1)
    return (quantile(values, high) - quantile(values, low)) / (high - low)


def mean_error(influences):
    """Return the standard error of the mean of influences."""
    return np.std(influences) / math.sqrt(len(influences))


def loss(total, budget, p):
    """Return the loss of a budget in each draw."""
    return np.where(total <= budget, (1 - p) * (budget - total), p * (total - budget))


def ranks(values):
    """Return the ranks from 1 on; equal values have their mean rank."""
    ordered = np.sort(values)
    return (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right") + 1) / 2


def rank_correlation(a, b):
    """Return Spearman's rank correlation."""
    return np.corrcoef(ranks(a), ranks(b))[0, 1]


class Bins:
    """The bins of an input, and a total."""

    def __init__(self, x, total):
        count = len(x)
        r = (ranks(x) - 0.5) / count
        bins = min(64, max(8, count // 1000))
        normal = NormalDist()
        values, place = np.unique(r, return_inverse=True)
        self.z = np.array([normal.inv_cdf(value) for value in values])[place]
        code = np.floor(r * bins)
        self.rows = [np.flatnonzero(code == each) for each in np.unique(code)]
        self.total = total

    def fit(self, y, part=None):
        """Return the fit of every draw by lines through the draws in `part`, and n and k of its bin."""
        selected = np.full(len(y), True) if part is None else part
        fitted, size, terms = np.empty(len(y)), np.empty(len(y)), np.empty(len(y))
        for rows in self.rows:
            used = rows[selected[rows]]
            z, values = self.z[used], y[used]
            varies = len(used) >= 8 and np.sum((z - z.mean()) ** 2) > 1e-9 * len(used)
            slope = np.sum((z - z.mean()) * values) / np.sum((z - z.mean()) ** 2) if varies else 0.0
            fitted[rows] = values.mean() + slope * (self.z[rows] - z.mean())
            size[rows], terms[rows] = len(used), 2 if varies else 1
        return fitted, size, terms

    def conditional(self, function, y, fitted, part=None):
        """Return a statistic of the residuals in the bin of each draw, from the draws in `part`."""
        selected = np.full(len(y), True) if part is None else part
        values = np.empty(len(y))
        for rows in self.rows:
            values[rows] = function((y - fitted)[rows[selected[rows]]])
        return values

    # --- shares -----------------------------------------------------------------------------------------------------------

    @cached_property
    def share_of_variance(self):
        """The share of the variance, and its error."""
        y, count = self.total - self.total.mean(), len(self.total)
        fitted, size, terms = self.fit(y)
        variance = np.var(y, ddof=1)
        residuals = (y - fitted) ** 2
        value = 1 - np.sum(residuals * size / (size - terms)) / count / variance
        m = 2 * sum(terms[rows[0]] for rows in self.rows) * ((1 - value) / count) ** 2
        v = np.var(((1 - value) * y**2 - residuals) / variance)
        return value, math.sqrt(max(m, v / count - m))

    @cached_property
    def share_of_p95(self):
        """The share of the distance from the mean to the P95, and its error."""
        u = self.total - self.total.mean()
        fitted, size, terms = self.fit(u)
        low, high = np.quantile(self.total, [0.93, 0.97])
        near = (low <= self.total) & (self.total <= high)
        h = terms / size
        without = ((fitted - h * u) / np.maximum(1 - h, 0.5))[near]
        distance = u[near].mean()
        value = without.mean() / distance
        return value, np.std(without - value * u[near]) / distance / math.sqrt(np.sum(near))

    # --- value of information ---------------------------------------------------------------------------------------------

    @cached_property
    def _fitted(self):
        return self.fit(self.total)[0]

    def _given(self, p):
        """Return the quantile given the input in each draw, and the influences on the quantile and on its mean."""
        total, now = self.total, quantile(self.total, p)
        then = self._fitted + self.conditional(lambda rest: quantile(rest, p), total, self._fitted)
        slopes = self.conditional(lambda rest: derivative(rest, p), total, self._fitted)
        return now, then, derivative(total, p) * (p - (total <= now)), slopes * (p - (total <= then))

    def _shrinks(self, width, then, influence, influence_then):
        value = 1 - then / width
        return value, mean_error((influence * then / width - influence_then) / width)

    def contingency_shrinks(self, p):
        now, then, influence, slope = self._given(p)
        rest = self.total - self.total.mean()
        mean = self.total.mean()
        return self._shrinks(now - mean, then.mean() - mean, influence - rest, then - then.mean() + slope - rest)

    def quantile_falls(self, p):
        now, then, influence, slope = self._given(p)
        return now - then.mean(), mean_error(influence - then - slope)

    def interval_shrinks(self, low, high):
        (a, then_a, influence_a, slope_a), (b, then_b, influence_b, slope_b) = self._given(low), self._given(high)
        then = then_b - then_a
        return self._shrinks(b - a, then.mean(), influence_b - influence_a, then - then.mean() + slope_b - slope_a)

    def _losses(self, p):
        """Return the loss of the budget now and with the input known, in each draw."""
        before, after = loss(self.total, quantile(self.total, p), p), np.zeros(len(self.total))
        for first in (0, 1):
            part = np.arange(len(self.total)) % 2 == first
            fitted, *_ = self.fit(self.total, part)
            budget = fitted + self.conditional(lambda rest: quantile(rest, p), self.total, fitted, part)
            after += loss(self.total, budget, p) / 2
        return before, after

    def loss_shrinks(self, p):
        before, after = self._losses(p)
        value = 1 - after.mean() / before.mean()
        return value, mean_error((before * (1 - value) - after) / before.mean())

    def expected_gain(self, p, idle_cost):
        before, after = self._losses(p)
        gain = idle_cost * (before - after) / (1 - p)
        return gain.mean(), mean_error(gain)
