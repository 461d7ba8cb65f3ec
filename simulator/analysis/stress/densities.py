"""Densities of distributions, and their ratios at draws."""

import math

import numpy as np

from simulator.analysis.statistics import Array
from simulator.core.errors import UnsupportedError
from simulator.core.formatting import format_significant
from simulator.distributions import Choice, Constant, Distribution, Empirical, Mixture, Posterior, Scaled

_Z = np.linspace(-8.5, 8.5, 3401)  # one draw in 1e16 lies beyond
_STEP = 1e-3
_MAX_OUTSIDE = 0.02  # maximum probability of the new distribution outside the range of the old one


def log_density(distribution: Distribution, x: Array) -> Array:
    """Return the log density of a distribution: the standard normal density of z over the derivative of the value in z.

    Mixtures and choices are the sum of their components. Raises `UnsupportedError` for distributions with point masses.
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
        return log_density(distribution.distribution, x / distribution.factor) - math.log(distribution.factor)
    nodes = np.asarray(distribution.at(_Z))
    if not (np.diff(nodes[np.abs(_Z) < 5]) > 0).all():
        raise UnsupportedError("has weight on single values, so it has no density")
    z = np.interp(x, nodes, _Z)
    slope = (np.asarray(distribution.at(z + _STEP)) - np.asarray(distribution.at(z - _STEP))) / (2 * _STEP)
    density = -z * z / 2 - math.log(2 * math.pi) / 2 - np.log(np.maximum(slope, 1e-300))
    return np.where((x < nodes[0]) | (x > nodes[-1]), -np.inf, density)


def density_ratio(old: Distribution, new: Distribution, values: Array) -> tuple[Array, float]:
    """Return the ratio of the new to the old density at values drawn from the old, and its mean square under the old.

    The mean square is integrated numerically and not estimated from the draws, so it includes large weights that no draw has
    reached; an infinite one comes out large. Raises `UnsupportedError` where the new distribution exceeds the range of the old
    one, or either has no density.
    """
    (low, high), (first, last) = old.support, new.support
    if first < low - 1e-9 * abs(low) or last > high + 1e-9 * abs(high):
        raise UnsupportedError(f"ranges {_format_range(first, last)}, but the old one only {_format_range(low, high)}")
    nodes = np.asarray(old.at(_Z))
    weight = np.exp(-(_Z**2) / 2)
    weight /= weight.sum()

    def ratio(x: Array) -> Array:
        new_density, old_density = log_density(new, x), log_density(old, x)
        is_zero = np.isneginf(new_density) | np.isneginf(old_density)  # rounding may put the outermost old value outside
        return np.exp(np.minimum(np.where(is_zero, -np.inf, new_density - old_density), 300.0))

    with np.errstate(divide="ignore", invalid="ignore"):
        at_nodes, at_values = ratio(nodes), ratio(values)
    integral, mean_square = float(np.sum(weight * at_nodes)), float(np.sum(weight * at_nodes**2))
    if not abs(integral - 1) < _MAX_OUTSIDE:
        raise UnsupportedError("lies mostly where the old one has almost no probability")
    return at_values, mean_square


def _format_range(low: float, high: float) -> str:
    if -math.inf < low and high < math.inf:
        return f"from {format_significant(low)} to {format_significant(high)}"
    if -math.inf < low:
        return f"from {format_significant(low)} up"
    return f"up to {format_significant(high)}" if high < math.inf else "without bounds"
