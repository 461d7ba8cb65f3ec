"""The exact path: a normal linear model with effects of groups, whose posterior has a closed form.

y = X beta + e, with beta ~ N(prior mean, sigma^2 diag(spread^2)), e ~ N(0, sigma^2 diag(noise^2)) and sigma^2 ~ scaled inverse
chi-square(degrees, scale^2). All spreads are multiples of sigma, so the posterior is normal given sigma and Student t without
it (Gelman et al. 2013, Bayesian Data Analysis, 14.8). Effects of groups (chips, operators, families of models) are columns of X
with their spread: hierarchical, and exact because the ratios of spreads are given and not learned.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Prior:
    """What is taken before the evidence: mean and spread (in multiples of sigma) of each coefficient, and sigma itself."""

    mean: Array
    spread: Array
    degrees: float
    scale: float
    """Prior guess of sigma, worth `degrees` observations."""


@dataclass(frozen=True)
class Posterior:
    """The posterior of coefficients (given sigma) and of sigma."""

    mean: Array
    covariance: Array
    """Of the coefficients, in multiples of sigma^2."""
    degrees: float
    scale: float
    log_evidence: float
    """Logarithm of the density of what was observed, before it was: for comparing variants."""

    def predictive(self, x: Array, noise: float) -> tuple[float, float, float]:
        """Return centre, scale and degrees of freedom of the Student t of one new observation with these covariates."""
        spread = math.sqrt(float(x @ self.covariance @ x) + noise**2)
        return float(x @ self.mean), self.scale * spread, self.degrees

    def draws(self, scores: Array, sigma: Array) -> Array:
        """Return coefficients by normal scores (draws x coefficients), each at its sigma."""
        return self.mean + sigma[:, None] * (scores @ np.linalg.cholesky(self.covariance).T)

    def sigma(self, probabilities: Array) -> Array:
        """Return sigma at probabilities: the root of a scaled inverse chi-square."""
        from scipy.special import chdtri

        return self.scale * np.sqrt(self.degrees / chdtri(self.degrees, probabilities))


def fit(x: Array, y: Array, noise: Array, prior: Prior) -> Posterior:
    """Return the posterior; `noise` is the spread of each observation in multiples of sigma."""
    x, y, n = x / noise[:, None], (y - x @ prior.mean) / noise, len(y)
    precision = x.T @ x + np.diag(prior.spread**-2.0)
    covariance = np.linalg.inv(precision)
    covariance = (covariance + covariance.T) / 2
    moved = covariance @ (x.T @ y)
    degrees = prior.degrees + n
    squares = prior.degrees * prior.scale**2 + float(y @ y) - float(moved @ precision @ moved)
    log_determinant = float(np.linalg.slogdet(precision)[1] + 2 * np.log(prior.spread).sum() + 2 * np.log(noise).sum())
    log_evidence = (
        math.lgamma(degrees / 2) - math.lgamma(prior.degrees / 2)
        + prior.degrees / 2 * math.log(prior.degrees * prior.scale**2) - degrees / 2 * math.log(squares)
        - n / 2 * math.log(math.pi) - log_determinant / 2
    )  # fmt: skip
    return Posterior(prior.mean + moved, covariance, degrees, math.sqrt(squares / degrees), log_evidence)
