"""The exact path: a normal linear model with group effects, whose posterior has a closed form.

y = X beta + e, with beta ~ N(prior mean, sigma^2 diag(scale^2)), e ~ N(0, sigma^2 diag(noise^2)) and sigma^2 ~ scaled inverse
chi-square(degrees, scale^2). All scales are multiples of sigma, so the posterior is normal given sigma and Student t
marginally (Gelman et al. 2013, Bayesian Data Analysis, 14.8). Effects of groups (chips, operators, families of models) are
columns of X with their own scale: a hierarchical model, exact because the ratios of scales are fixed and not estimated.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class NormalPrior:
    """Prior mean and scale (in multiples of sigma) of each coefficient, and the prior of sigma."""

    mean: Array
    coefficient_scale: Array
    degrees: float
    scale: float
    """Prior guess of sigma, with the weight of `degrees` observations."""


@dataclass(frozen=True)
class NormalPosterior:
    """The posterior of coefficients (given sigma) and of sigma."""

    mean: Array
    covariance: Array
    """Of the coefficients, in multiples of sigma^2."""
    degrees: float
    scale: float
    log_evidence: float
    """Log marginal likelihood of the observations, for comparing variants."""

    def predictive(self, x: Array, noise: float) -> tuple[float, float, float]:
        """Return centre, scale and degrees of freedom of the Student t of one new observation with these covariates."""
        relative_scale = math.sqrt(float(x @ self.covariance @ x) + noise**2)
        return float(x @ self.mean), self.scale * relative_scale, self.degrees

    def draws(self, z: Array, sigma: Array) -> Array:
        """Return coefficients from standard normal variates `z` (draws x coefficients), each with its sigma."""
        return self.mean + sigma[:, None] * (z @ np.linalg.cholesky(self.covariance).T)

    def sigma(self, probabilities: Array) -> Array:
        """Return quantiles of sigma, the root of a scaled inverse chi-square."""
        from scipy.special import chdtri

        return self.scale * np.sqrt(self.degrees / chdtri(self.degrees, probabilities))


def fit(x: Array, y: Array, noise: Array, prior: NormalPrior) -> NormalPosterior:
    """Return the posterior; `noise` is the standard deviation of each observation in multiples of sigma."""
    x, y, n = x / noise[:, None], (y - x @ prior.mean) / noise, len(y)
    precision = x.T @ x + np.diag(prior.coefficient_scale**-2.0)
    covariance = np.linalg.inv(precision)
    covariance = (covariance + covariance.T) / 2
    shift = covariance @ (x.T @ y)
    degrees = prior.degrees + n
    squares = prior.degrees * prior.scale**2 + float(y @ y) - float(shift @ precision @ shift)
    log_scales = 2 * np.log(prior.coefficient_scale).sum()
    log_determinant = float(np.linalg.slogdet(precision)[1] + log_scales + 2 * np.log(noise).sum())
    log_evidence = (
        math.lgamma(degrees / 2) - math.lgamma(prior.degrees / 2)
        + prior.degrees / 2 * math.log(prior.degrees * prior.scale**2) - degrees / 2 * math.log(squares)
        - n / 2 * math.log(math.pi) - log_determinant / 2
    )  # fmt: skip
    return NormalPosterior(prior.mean + shift, covariance, degrees, math.sqrt(squares / degrees), log_evidence)
