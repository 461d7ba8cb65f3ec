"""Statistics of weighted draws as the registry defines them, in plain numpy."""

import math

import numpy as np
from definitions.figures import Near
from definitions.recompute.statistics import bounds

from simulator.distributions import LogNormal, Normal, Scaled

_TOLERANCE = 1e-4


def density(distribution, x):
    """Return the density of a normal or lognormal distribution, from its formula."""
    if isinstance(distribution, Scaled):
        return density(distribution.distribution, x / distribution.factor) / distribution.factor
    if isinstance(distribution, Normal):
        return np.exp(-(((x - distribution.mean) / distribution.sd) ** 2) / 2) / distribution.sd / math.sqrt(2 * math.pi)
    assert isinstance(distribution, LogNormal)
    above, median = x - distribution.low, distribution.median - distribution.low
    z = np.log(above / median) / distribution.sigma
    return np.exp(-(z**2) / 2) / above / distribution.sigma / math.sqrt(2 * math.pi)


def expected_size(pairs, count):
    """Return the number of draws over the mean square of the ratio of densities under the old distributions."""
    z = np.linspace(-8, 8, 100_001)
    mean_square = 1.0
    for old, new in pairs:
        x = old.at(z)
        ratio = density(new, x) / density(old, x)
        mean_square *= np.sum(ratio**2 * np.exp(-(z**2) / 2)) * (z[1] - z[0]) / math.sqrt(2 * math.pi)
    return count / mean_square


def quantile(values, weights, p):
    """Return a weighted quantile: draws are at the weights below them and half their own."""
    order = np.argsort(values)
    values, weights = values[order], weights[order]
    return np.interp(p, (np.cumsum(weights) - weights / 2) / np.sum(weights), values)


def _quantile_error(values, weights, p):
    place = quantile(values, weights, p)
    step = math.sqrt(np.sum((weights * ((values <= place) - p)) ** 2))
    return (quantile(values, weights, min(1, p + step)) - quantile(values, weights, max(0, p - step))) / 2


def _mean(values, weights):
    return np.sum(weights * values)


def weighted_summary(path, weighted, has_mean):
    """Return the functions of weighted statistics by path; `weighted` returns draws and their weights, which add up to one."""

    def of(function, tolerance=_TOLERANCE, *, is_mean=False):
        def recompute(draws, figure):
            if is_mean and not has_mean(draws, figure):
                return None
            value = function(*weighted(draws, figure), draws, figure)
            return Near(value, tolerance * abs(value))

        return recompute

    def at(place):
        return lambda x, w, draws, _: quantile(x, w, bounds(draws.case.interval)[place])

    def error_at(place):
        return lambda x, w, draws, _: _quantile_error(x, w, bounds(draws.case.interval)[place])

    return {
        f"{path}.mean": of(lambda x, w, *_: _mean(x, w), is_mean=True),
        f"{path}.sd": of(lambda x, w, *_: math.sqrt(np.sum(w * (x - _mean(x, w)) ** 2)), is_mean=True),
        f"{path}.median": of(lambda x, w, *_: quantile(x, w, 0.5)),
        f"{path}.low": of(at(0)),
        f"{path}.high": of(at(1)),
        f"{path}.quantiles{{}}": of(lambda x, w, _, figure: quantile(x, w, float(figure.keys[-1]) / 100)),
        f"{path}.mcse.mean": of(lambda x, w, *_: math.sqrt(np.sum((w * (x - _mean(x, w))) ** 2)), is_mean=True),
        # Half the distance of two neighbouring draws depends more on the weights than the draws themselves.
        f"{path}.mcse.median": of(lambda x, w, *_: _quantile_error(x, w, 0.5), 100 * _TOLERANCE),
        f"{path}.mcse.low": of(error_at(0), 100 * _TOLERANCE),
        f"{path}.mcse.high": of(error_at(1), 100 * _TOLERANCE),
    }
