"""Student t, the distribution of every prediction of the exact path, and samples, the predictions of a simulated scenario."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Student:
    """A Student t with its centre and scale; predictions are of the logarithm of a quantity."""

    centre: float
    scale: float
    degrees: float

    def quantile(self, p: float) -> float:
        """Return a quantile."""
        from scipy.special import stdtrit

        return self.centre + self.scale * float(stdtrit(self.degrees, p))

    def cdf(self, x: float) -> float:
        """Return the probability of no more than a value."""
        from scipy.special import stdtr

        return float(stdtr(self.degrees, (x - self.centre) / self.scale))

    def log_density(self, x: float) -> float:
        """Return the logarithm of the density."""
        nu, z = self.degrees, (x - self.centre) / self.scale
        return _log_unit_density(z, nu) - math.log(self.scale)

    def crps(self, x: float) -> float:
        """Return the continuous ranked probability score (Jordan, Krueger and Lerch 2019, appendix A)."""
        from scipy.special import betaln, stdtr

        nu, z = self.degrees, (x - self.centre) / self.scale
        density = math.exp(_log_unit_density(z, nu))
        whole = 2 * math.sqrt(nu) / (nu - 1) * math.exp(betaln(0.5, nu - 0.5) - 2 * betaln(0.5, nu / 2))
        return self.scale * (z * (2 * float(stdtr(nu, z)) - 1) + 2 * density * (nu + z * z) / (nu - 1) - whole)


def _log_unit_density(z: float, nu: float) -> float:
    from scipy.special import betaln

    return float(-betaln(nu / 2, 0.5)) - 0.5 * math.log(nu) - (nu + 1) / 2 * math.log1p(z * z / nu)


@dataclass(frozen=True)
class Sample:
    """The distribution of simulated logarithms of a quantity."""

    values: NDArray[np.float64]

    @cached_property
    def ordered(self) -> NDArray[np.float64]:
        """The values in ascending order."""
        return np.sort(self.values)

    def quantile(self, p: float) -> float:
        """Return a quantile."""
        return float(np.quantile(self.ordered, p))

    def cdf(self, x: float) -> float:
        """Return the share of values up to x."""
        return float(np.searchsorted(self.ordered, x, side="right")) / len(self.ordered)

    def crps(self, x: float) -> float:
        """Return the continuous ranked probability score (Jordan, Krueger and Lerch 2019, equation 3)."""
        n = len(self.ordered)
        ranks = 2 * np.arange(1, n + 1) - n - 1
        return float(np.abs(self.ordered - x).mean() - (ranks * self.ordered).sum() / n**2)
