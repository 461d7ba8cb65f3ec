"""Closed forms of sums of normals and of products of lognormals."""

import math
from statistics import NormalDist

import numpy as np

NORMAL = NormalDist()
PHI, DENSITY = NORMAL.cdf, NORMAL.pdf
Z80, Z95, Z975 = (NORMAL.inv_cdf(p) for p in (0.8, 0.95, 0.975))
DRAWS = 65_536


def draws_of(columns, seed=0, draws=DRAWS):
    return np.random.default_rng(seed).standard_normal((columns, draws))


def near(estimate, expected, *, bias=0.002, errors=4.0):
    assert abs(estimate.value - expected) < errors * estimate.mcse + bias, (estimate, expected)


SDS = (3.0, 2.0, 1.0, 0.0)
WHOLE = math.sqrt(sum(sd**2 for sd in SDS))
SIGMAS = np.array([0.5, 0.35, 0.2])
SIGMA = math.sqrt(float((SIGMAS**2).sum()))


def excess(sigma, level=0.8):
    """Mean above the quantile of a lognormal of median one, over its mean."""
    return math.exp(sigma**2 / 2) * (PHI(sigma - NORMAL.inv_cdf(level)) / (1 - level) - 1)
