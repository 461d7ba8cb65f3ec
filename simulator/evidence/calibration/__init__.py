"""Posterior priors from evidence: exact normal models (`linear`, `design`), one module per quantity, and their draws.

`utilisation` is MFU and goodput jointly, `power` the share of the rated power, `discrepancy` disclosed over computed hours,
`rental` the level of prices. As a check, `mcmc` fits the first one by sampling, with heavy tails and estimated scales.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from simulator.evidence import tables as evidence
from simulator.evidence.bayes import BadFit
from simulator.evidence.calibration import discrepancy, power, rental, utilisation
from simulator.evidence.calibration.design import (
    FittedModel,
    ModelSettings,
    Observation,
    fit_model,
    leave_one_out,
    read_settings,
)
from simulator.evidence.calibration.student import Student
from simulator.records.table import format_count

MODELS = {
    "utilisation": "MFU and goodput of training runs, jointly",
    "power": "mean power of a chip and its share of the server over their rated power",
    "discrepancy": "disclosed chip-hours over those that follow from the reported MFU",
    "rental": "price of a chip-hour by chip, channel, seller and date",
}
_OPTIONAL = {
    "utilisation": ("mixture", "size", "generation/", "walk/", "operator/", "family/"),
    "power": ("small", "generation/"),
    "discrepancy": (),
    "rental": ("speed", "walk/", "chip/"),
}
"""Components without which each model is fitted for comparison."""
_NEGLIGIBLE_SCALE = 1e-6
"""Prior scale of an effect that is left out."""
_MIN_P_VALUE = 1e-4
"""Smallest p-value of the uniformity of PITs for which a fit is accepted."""


@dataclass(frozen=True)
class ModelObservations:
    """Observations for a model, with their origin and notes for the reader."""

    observations: tuple[Observation, ...]
    own_observations: tuple[Observation, ...]
    """Those from the user's table."""
    operator: str
    """The operator of the user's table if there is only one, else an empty string."""
    date: str
    notes: tuple[str, ...]


def collect_observations(model: str, table: Path | None = None) -> ModelObservations:
    """Return the library's observations and those of a user's table of the same columns; raise `InvalidInputError`."""
    from simulator.core.errors import InvalidInputError, Issue, Place

    notes: list[str] = []
    if model in ("utilisation", "discrepancy"):
        observe = utilisation.observations if model == "utilisation" else discrepancy.observations
        library, own = evidence.published_runs(), evidence.published_runs(table) if table else None
        operators = {run.org for run in own.runs} if own else set()
        cases = {evidence.normalise_name(run.case) for run in own.runs} if own else set()
        runs = tuple(run for run in library.runs if evidence.normalise_name(run.case) not in cases)
        library_observations, own_observations = observe(runs), observe(own.runs) if own else []
        if own:
            notes += [*own.notes, *_unused_notes(model, own.runs, own_observations)]
    elif model == "power":
        library_observations, own_observations = power.observations(evidence.measured_powers()), []
        operators = set()
        own_observations = power.observations(evidence.measured_powers(table, notes)) if table else []
    else:
        library_observations = rental.observations(evidence.rental_prices())
        operators = set()
        own_observations = rental.observations(evidence.rental_prices(table, notes)) if table else []
    if table and not own_observations:
        message = f"has no row with the columns for {model}: {REQUIRED_COLUMNS[model]}"
        raise InvalidInputError([Issue(Place(str(table)), "", message)])
    date = max(each.date for each in (*library_observations, *own_observations))
    operator = operators.pop() if len(operators) == 1 else ""
    day = f"{int(date)}-{min(int((date % 1) * 12) + 1, 12):02d}"
    return ModelObservations((*library_observations, *own_observations), tuple(own_observations), operator, day, tuple(notes))


def _unused_notes(model: str, runs: Sequence[evidence.PublishedRun], observations: Sequence[Observation]) -> list[str]:
    """Return a note that names the user's runs without data for the model, and the required columns."""
    used_cases = {each.case for each in observations}
    cases = [run.case for run in runs if run.case not in used_cases]
    case_list = ", ".join(cases[:10]) + (", ..." if len(cases) > 10 else "")
    return [f"{format_count(len(cases), 'own run')} not used: {case_list}; {REQUIRED_COLUMNS[model]}"] if cases else []


REQUIRED_COLUMNS = {
    "utilisation": "required are a chip of the library, params_active, tokens and gpu_hours, or chip and mfu_reported",
    "discrepancy": "required are a chip of the library, params_active, tokens, gpu_hours and mfu_reported",
    "power": "required are case, date, chip and system_watts_per_chip",
    "rental": "required are date, chip, channel, seller and price_usd",
}


def fit(model: str, observations: Sequence[Observation]) -> FittedModel:
    """Fit a model to these observations."""
    return fit_model(read_settings(model), observations)


@dataclass(frozen=True)
class Checks:
    """Checks of a fit by leave-one-out predictions: each observation predicted from all others."""

    observation_count: int
    prior_coverage: float
    """Share of the observations inside the 95 % interval of the prior predictive distribution."""
    coverage: float
    """Share of the observations inside the 95 % interval of their leave-one-out prediction."""
    uniformity_p_value: float
    """p-value of the Kolmogorov-Smirnov test for uniform PITs."""
    elpd: float
    """Sum of the leave-one-out log predictive densities, and its standard error."""
    elpd_error: float
    most_extreme: tuple[str, float]
    """The observation with the most extreme PIT, and that PIT."""


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
        len(pits), _coverage(prior_pits), _coverage(pits), _uniformity_p_value(pits),
        float(np.sum(densities)), elpd_error, (observations[extreme].case, pits[extreme]),
    )  # fmt: skip


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
    """Raise `BadFit` if the leave-one-out predictions of a fit are not calibrated."""
    if checks.uniformity_p_value < _MIN_P_VALUE:
        raise BadFit(
            f"{model}: the evidence does not look like the model: p-value of its leave-one-out predictions "
            f"{checks.uniformity_p_value:.1g} (most extreme: {checks.most_extreme[0]})"
        )


def variants(model: str, observations: Sequence[Observation]) -> list[dict[str, Any]]:
    """Compare the model with versions without one component, by leave-one-out predictions and by marginal likelihood."""
    full_settings = read_settings(model)
    rows = []
    for component in ("", *_OPTIONAL[model]):
        settings = (
            replace(full_settings, scales={**full_settings.scales, component: _NEGLIGIBLE_SCALE})
            if component
            else full_settings
        )
        checks = check(settings, observations)
        rows.append({
            "variant": f"without {component.rstrip('/')}" if component else "whole",
            "elpd": checks.elpd,
            "log_evidence": fit_model(settings, observations).posterior.log_evidence,
            "inside95": checks.coverage,
        })  # fmt: skip
    return rows
