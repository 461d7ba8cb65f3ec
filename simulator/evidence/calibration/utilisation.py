"""MFU and goodput of runs, jointly: the MFU reported by developers, and the utilisation from parameters, tokens and hours.

ln mfu = level + mixture + speed + steps of the generation + family + run, and 6 N D / (hours x peak) = mfu x goodput, so hours
inform the product. A reported MFU is the first factor times a bias of its own: it is often that of the best stretch of a run.
Levers on either still have their effect.
"""

import math
from collections.abc import Sequence

from simulator.evidence.calibration.design import FittedModel, Observation, fit_model, read_settings
from simulator.evidence.published_runs import PublishedRun, hours_at_peak, peak
from simulator.scenario.library import generation
from simulator.scenario.posteriors import Covariates, utilisation_terms


def terms(run: PublishedRun) -> dict[str, float]:
    """Return the terms of the utilisation of a run."""
    speed = peak(run)
    covariates = Covariates(
        generation=generation(run.chip),
        is_mixture_of_experts=run.is_mixture_of_experts,
        peak=speed and speed / 3600,
    )
    return {**utilisation_terms(covariates), f"family/{run.family}": 1.0, f"run/{run.case}": 1.0}


def observations(runs: Sequence[PublishedRun]) -> list[Observation]:
    """Return the observed logarithms of MFU and of MFU times goodput; an impossible share of one or more is ignored."""
    result = []
    for run in runs:
        peak_hours = hours_at_peak(run)
        if run.tests_hours and peak_hours is not None and run.chip_hours and peak_hours < run.chip_hours:
            value, hours_terms = math.log(peak_hours / run.chip_hours), {**terms(run), "goodput": 1.0}
            result.append(Observation(run.case, run.family, run.date, "hours", value, hours_terms))
        if run.tests_mfu and run.mfu and run.chip:
            value, mfu_terms = math.log(run.mfu), {**terms(run), "reported": 1.0}
            result.append(Observation(run.case, run.family, run.date, "mfu", value, mfu_terms))
    return result


def fit(runs: Sequence[PublishedRun]) -> FittedModel:
    """Fit the model of utilisation and goodput to these runs."""
    return fit_model(read_settings("utilisation"), observations(runs))
