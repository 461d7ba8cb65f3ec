"""Diagnostics of the chains of a sampled fit, and their thresholds."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from simulator.core.errors import LlmcostError

# Thresholds of Vehtari et al. 2021 (Bayesian Analysis 16, 667) for convergence and precision.
MAX_RHAT = 1.01
MIN_ESS = 400


class BadFitError(LlmcostError):
    """Raised for a fit that must not be used, with the reasons in the message.

    Examples
    --------
    >>> import llmcost
    >>> issubclass(llmcost.BadFitError, llmcost.LlmcostError)
    True

    """

    __module__ = "llmcost"  # where users import it from, which tracebacks show


@dataclass(frozen=True, slots=True)
class Convergence:
    """Rank-normalised split R-hat of the chains.

    Attributes
    ----------
    worst : float
        The largest of any variable.
    most : float
        The largest with which a fit is accepted.
    of : mapping of str to float
        By variable, of its worst element.

    """

    worst: float
    most: float
    of: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class EffectiveSize:
    """Effective number of independent draws.

    Attributes
    ----------
    worst : float
        The smallest of any variable.
    least : float
        The smallest with which a fit is accepted.
    of : mapping of str to float
        By variable, of its worst element.

    """

    worst: float
    least: float
    of: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """Diagnostics of the chains.

    Attributes
    ----------
    draws : int
        Number of retained draws of all chains.
    divergences : int
        Number of draws in which the sampler diverged.
    rhat : Convergence
    ess_bulk, ess_tail : EffectiveSize
        For the centre of the distributions, and for their 5 % and 95 % quantiles.

    """

    draws: int
    divergences: int
    rhat: Convergence
    ess_bulk: EffectiveSize
    ess_tail: EffectiveSize

    def issues(self) -> list[str]:
        """Return a message for each failed diagnostic; none for a good fit. NaN is a failure."""
        messages = []
        for name, size in (("bulk ESS", self.ess_bulk), ("tail ESS", self.ess_tail)):
            variable = min(size.of, key=lambda each: _worst_if_nan(size.of[each], -math.inf))
            if not size.of[variable] >= size.least:
                messages.append(f"{name} of {variable} is {size.of[variable]:.0f} (at least {size.least})")
        rhat = self.rhat.of
        variable = max(rhat, key=lambda each: _worst_if_nan(rhat[each], math.inf))
        if not rhat[variable] <= self.rhat.most:
            messages.insert(0, f"R-hat of {variable} is {rhat[variable]:.3f} (at most {self.rhat.most})")
        if self.divergences:
            messages.append(f"{self.divergences:,} of {self.draws:,} draws diverged")
        return messages


def make_diagnostics(
    rhat: Mapping[str, float], ess_bulk: Mapping[str, float], ess_tail: Mapping[str, float], divergences: int, draws: int
) -> Diagnostics:
    """Return diagnostics from those of each variable."""
    return Diagnostics(
        draws,
        divergences,
        Convergence(max(rhat.values()), MAX_RHAT, rhat),
        EffectiveSize(min(ess_bulk.values()), MIN_ESS, ess_bulk),
        EffectiveSize(min(ess_tail.values()), MIN_ESS, ess_tail),
    )


def _worst_if_nan(value: float, worst: float) -> float:
    return worst if math.isnan(value) else value


def require_good(diagnostics: Diagnostics) -> None:
    """Raise `BadFitError` with a message of one line if a diagnostic fails."""
    issues = diagnostics.issues()
    if issues:
        raise BadFitError(f"the fit is not good enough to be used: {'; '.join(issues)}")
