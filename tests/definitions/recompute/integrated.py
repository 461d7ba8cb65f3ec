"""The distribution of a total with a lognormal factor integrated out: a + b x, with a and b from the draws of all others."""

import math

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from simulator.engine.graph import evaluate
from simulator.scenario import TOTAL

REPLICATES = 8


def _total_at(draws, factor, value):
    """The total of each draw where the factor has one value."""
    inputs = {name: draws.values[name] for name in draws.scenario.inputs}
    values = {**inputs, factor: np.float64(value)}
    evaluate(draws.scenario.plan, values)
    return values[TOTAL]


class IntegratedTotal:
    def __init__(self, draws, factor, a=None, b=None):
        distribution = draws.scenario.inputs[factor].distribution
        self.median, self.sigma = distribution.median, distribution.sigma
        if a is None:
            at_zero, at_one = (_total_at(draws, factor, value) for value in (self.median, 2 * self.median))
            b = (at_one - at_zero) / self.median
            a = at_zero - b * self.median
        self.a, self.b = a, b
        self.parts = [
            IntegratedTotal(draws, factor, a[number::REPLICATES], b[number::REPLICATES])
            for number in (range(REPLICATES) if len(a) == len(draws.total) else ())
        ]

    @property
    def expected_factor(self):
        return self.median * math.exp(self.sigma**2 / 2)

    @property
    def mean(self):
        return np.mean(self.a + self.b * self.expected_factor)

    @property
    def sd(self):
        variance = self.expected_factor**2 * math.expm1(self.sigma**2)
        return math.sqrt(np.var(self.a + self.b * self.expected_factor) + np.mean(self.b**2) * variance)

    @property
    def mean_error(self):
        return self._error(lambda part: part.mean)

    def _z(self, value):
        return np.log(np.maximum((value - self.a) / self.b, 1e-300) / self.median) / self.sigma

    def cdf(self, value):
        return np.mean(norm.cdf(self._z(value)))

    def density(self, value):
        above = value > self.a
        return np.mean(np.where(above, norm.pdf(self._z(value)) / (self.sigma * np.where(above, value - self.a, 1)), 0))

    def quantile(self, p):
        high = np.max(self.a + self.b * self.median * math.exp(6 * self.sigma))
        return brentq(lambda value: self.cdf(value) - p, np.min(self.a), high, xtol=1e-9 * self.mean, rtol=1e-13)

    def _error(self, statistic):
        return np.std([statistic(part) for part in self.parts], ddof=1) / math.sqrt(REPLICATES)

    def cdf_error(self, value):
        return self._error(lambda part: part.cdf(value))

    def quantile_error(self, p):
        value = self.quantile(p)
        return self.cdf_error(value) / self.density(value)

    def mean_above(self, p):
        """Mean of a + b x where it is above its quantile: a partial expectation of the lognormal factor."""
        z = self._z(self.quantile(p))
        beyond = self.a * norm.sf(z) + self.b * self.expected_factor * norm.sf(z - self.sigma)
        return np.mean(beyond) / (1 - p)
