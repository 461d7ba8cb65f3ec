"""Densities of distributions, and the ratio of two of them at draws."""

import math

import numpy as np

from simulator.analysis.statistics import Array, UnsupportedError
from simulator.core.formatting import digits
from simulator.distributions import Choice, Constant, Distribution, Empirical, Mixture, Posterior, Scaled

_SCORES = np.linspace(-8.5, 8.5, 3401)  # one draw in 1e16 lies beyond
_STEP = 1e-3
_LOST = 0.02  # share of the new distribution that may lie where the old one never is


def log_density(distribution: Distribution, x: Array) -> Array:
    """Return the logarithm of a distribution's density: of the score's density over the slope of the value in the score.

    Mixtures and choices are the sum of their parts. Raises `UnsupportedError` where a weight stands on single values.
    """
    if isinstance(distribution, Constant | Empirical | Posterior):
        raise UnsupportedError("has weight on single values, so it has no density")
    if isinstance(distribution, Mixture | Choice):
        parts = [
            math.log(weight) + log_density(part, x)
            for part, weight in zip(distribution.parts, distribution.weights, strict=True)
        ]
        return np.asarray(np.logaddexp.reduce(parts))
    if isinstance(distribution, Scaled):
        return log_density(distribution.distribution, x / distribution.by) - math.log(distribution.by)
    at = np.asarray(distribution.at(_SCORES))
    if not (np.diff(at[np.abs(_SCORES) < 5]) > 0).all():
        raise UnsupportedError("has weight on single values, so it has no density")
    z = np.interp(x, at, _SCORES)
    slope = (np.asarray(distribution.at(z + _STEP)) - np.asarray(distribution.at(z - _STEP))) / (2 * _STEP)
    density = -z * z / 2 - math.log(2 * math.pi) / 2 - np.log(np.maximum(slope, 1e-300))
    return np.where((x < at[0]) | (x > at[-1]), -np.inf, density)


def density_ratio(old: Distribution, new: Distribution, values: Array) -> tuple[Array, float]:
    """Return the density of the new distribution over the old one's at values of the old, and the mean square of it under the
    old distribution.

    The mean square is worked out and not drawn, so that weights which no draw has met yet count too; where it is infinite it
    comes out large. Raises `UnsupportedError` where the new distribution reaches where the old one does not, or either has no
    density.
    """
    (low, high), (first, last) = old.support, new.support
    if first < low - 1e-9 * abs(low) or last > high + 1e-9 * abs(high):
        raise UnsupportedError(f"goes {_span(first, last)}, and the old one only {_span(low, high)}")
    at = np.asarray(old.at(_SCORES))
    weight = np.exp(-(_SCORES**2) / 2)
    weight /= weight.sum()

    def ratio(x: Array) -> Array:
        over, under = log_density(new, x), log_density(old, x)
        nowhere = np.isneginf(over) | np.isneginf(under)  # the old one too: its own outermost value may be off by a rounding
        return np.exp(np.minimum(np.where(nowhere, -np.inf, over - under), 300.0))

    with np.errstate(divide="ignore", invalid="ignore"):
        tried, drawn = ratio(at), ratio(values)
    kept, square = float(np.sum(weight * tried)), float(np.sum(weight * tried**2))
    if not abs(kept - 1) < _LOST:
        raise UnsupportedError("lies where the old one hardly ever is")
    return drawn, square


def _span(low: float, high: float) -> str:
    if -math.inf < low and high < math.inf:
        return f"from {digits(low)} to {digits(high)}"
    return f"from {digits(low)} up" if -math.inf < low else f"up to {digits(high)}" if high < math.inf else "without end"
