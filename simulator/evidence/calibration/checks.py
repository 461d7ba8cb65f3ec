"""Checks of a fit by leave-one-out predictions, and comparison with simpler variants of the model."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simulator.core.results import hidden
from simulator.evidence.calibration.design import ModelSettings, Observation, fit_model, leave_one_out, read_settings
from simulator.evidence.calibration.student import Student
from simulator.evidence.diagnostics import BadFitError

_COMPONENTS = {
    "utilisation": ("mixture", "speed", "generation/", "family/"),
    "power": ("small", "generation/"),
    "discrepancy": (),
    "rental": ("speed", "walk/", "chip/"),
}
"""Components without which each model is fitted for comparison."""
_NEGLIGIBLE_SCALE = 1e-6
"""Prior scale of an effect that is left out."""
_MIN_P_VALUE = 1e-4
"""Smallest p-value of the uniformity of PITs for which a fit is accepted."""


@dataclass(frozen=True, slots=True)
class FurthestCase:
    """The observation with the most extreme prediction.

    Attributes
    ----------
    case : str
    pit : float
        Predicted probability of a value up to the observed one.

    """

    case: str
    pit: float


@dataclass(frozen=True, slots=True)
class Checks:
    """Checks of a fit by leave-one-out predictions: each observation predicted from all others.

    Attributes
    ----------
    inside_prior_95 : float
        Share of the observations inside the 95 % interval of the prior predictive distribution.
    coverage_95_leave_one_out : float
        Share of the observations inside the 95 % interval of their leave-one-out prediction.
    pit_uniform_p : float
        p-value of the Kolmogorov-Smirnov test for uniform PITs.
    elpd_loo, elpd_loo_se : float
        Sum of the leave-one-out log predictive densities, and its standard error.
    furthest : FurthestCase
    observation_count : int
        Not in plain data.

    """

    inside_prior_95: float
    coverage_95_leave_one_out: float
    pit_uniform_p: float
    elpd_loo: float
    elpd_loo_se: float
    furthest: FurthestCase
    observation_count: int = hidden()


@dataclass(frozen=True, slots=True)
class Variant:
    """A model without one of its parts.

    Attributes
    ----------
    variant : str
    elpd : float
        Sum of the leave-one-out log predictive densities; larger is better.
    log_evidence : float
        Log marginal likelihood of the observations; larger is better.
    inside95 : float
        Share of the observations inside the 95 % interval of their leave-one-out prediction.

    """

    variant: str
    elpd: float
    log_evidence: float
    inside95: float


def check(settings: ModelSettings, observations: Sequence[Observation]) -> Checks:
    """Compare each case with its prediction from all others."""
    prior_model = fit_model(settings, ())
    predictions = [Student(*distribution) for distribution in leave_one_out(settings, observations)]
    prior_pits = [Student(*prior_model.predictive(each.terms, each.kind)).cdf(each.value) for each in observations]
    pits = [distribution.cdf(each.value) for distribution, each in zip(predictions, observations, strict=True)]
    densities = [distribution.log_density(each.value) for distribution, each in zip(predictions, observations, strict=True)]
    extreme = int(np.argmax(np.abs(np.array(pits) - 0.5)))
    elpd_error = float(np.std(densities, ddof=1)) * math.sqrt(len(densities)) if len(densities) > 1 else math.nan
    return Checks(
        inside_prior_95=_coverage(prior_pits),
        coverage_95_leave_one_out=_coverage(pits),
        pit_uniform_p=_uniformity_p_value(pits),
        elpd_loo=float(np.sum(densities)),
        elpd_loo_se=elpd_error,
        furthest=FurthestCase(observations[extreme].case, pits[extreme]),
        observation_count=len(pits),
    )


def _coverage(pits: list[float]) -> float:
    """Return the share of PITs inside the central 95 % interval."""
    return float(np.mean(np.abs(np.array(pits) - 0.5) <= 0.475))


def _uniformity_p_value(pits: list[float]) -> float:
    """Return the Kolmogorov-Smirnov p-value for uniform PITs, with Stephens' (1970) correction for small samples."""
    from scipy.special import kolmogorov

    n, steps = len(pits), np.arange(len(pits) + 1) / len(pits)
    distance = max(np.max(steps[1:] - np.sort(pits)), np.max(np.sort(pits) - steps[:-1]))
    return float(kolmogorov(distance * (math.sqrt(n) + 0.12 + 0.11 / math.sqrt(n))))


def require_good(model: str, checks: Checks) -> None:
    """Raise `BadFitError` if the leave-one-out predictions of a fit are not calibrated."""
    if checks.pit_uniform_p < _MIN_P_VALUE:
        raise BadFitError(
            f"{model}: the evidence does not look like the model: p-value of its leave-one-out predictions "
            f"{checks.pit_uniform_p:.1g} (most extreme: {checks.furthest.case})"
        )


def variants(model: str, observations: Sequence[Observation]) -> list[Variant]:
    """Compare the model with versions without one component, by leave-one-out predictions and by marginal likelihood."""
    full_settings = read_settings(model)
    rows = [_variant("whole", full_settings, observations)]
    for component in _COMPONENTS[model]:
        scales = {**full_settings.scales, component: _NEGLIGIBLE_SCALE}
        means = {**full_settings.means, component: 0.0} if component in full_settings.means else full_settings.means
        reduced = replace(full_settings, scales=scales, means=means)
        rows.append(_variant(f"without {component.rstrip('/')}", reduced, observations))
    return rows


def _variant(name: str, settings: ModelSettings, observations: Sequence[Observation]) -> Variant:
    checks = check(settings, observations)
    log_evidence = fit_model(settings, observations).posterior.log_evidence
    return Variant(name, checks.elpd_loo, log_evidence, checks.coverage_95_leave_one_out)
