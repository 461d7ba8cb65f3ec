"""Frozen distributions of what is not known; each maps standard normal scores z to values, and that is its only way to values.

One path from z to value serves random draws, Sobol points, Latin hypercubes, copulas, truncation and quantiles alike:
`quantile(p)` is `at` of the standard normal quantile of p. Most distributions are closed forms of z. The rest are cubic tables
on an even grid of z,
because an inverse incomplete beta costs 450-2,000 ns a draw and its table 8 ns at an error near 1e-9.
"""

from simulator.distributions.base import Z_LIMIT, Distribution, probability, score, scores
from simulator.distributions.composite import Choice, Empirical, Mixture, Posterior, Scaled, Truncated
from simulator.distributions.families import (
    Beta,
    Constant,
    Gamma,
    Johnson,
    LogitNormal,
    LogNormal,
    LogUniform,
    Normal,
    Pert,
    Quantiles,
    StudentT,
    Triangular,
    Uniform,
)
from simulator.distributions.fitting import FAMILIES, family, fitted, is_quantile, quantile_of, team_mean, through, within

__all__ = [
    "FAMILIES",
    "Z_LIMIT",
    "Beta",
    "Choice",
    "Constant",
    "Distribution",
    "Empirical",
    "Gamma",
    "Johnson",
    "LogNormal",
    "LogUniform",
    "LogitNormal",
    "Mixture",
    "Normal",
    "Pert",
    "Posterior",
    "Quantiles",
    "Scaled",
    "StudentT",
    "Triangular",
    "Truncated",
    "Uniform",
    "family",
    "fitted",
    "is_quantile",
    "probability",
    "quantile_of",
    "score",
    "scores",
    "team_mean",
    "through",
    "within",
]
