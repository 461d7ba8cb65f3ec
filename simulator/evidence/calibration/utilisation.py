"""MFU and goodput of runs, jointly: what a developer reports while running, and what parameters, tokens and hours imply.

ln mfu = level + mixture + size + generation + years + operator + family + run, and 6 N D / (hours x peak) = mfu x goodput, so a
run whose hours are known tells of the product and one that reports its MFU of the first factor. Levers on either still act.
"""

import math
from collections.abc import Sequence

from simulator.evidence.calibration.design import Fitted, Observation, fitted, settings
from simulator.evidence.tables import PublishedRun, hours_at_peak
from simulator.scenario.library import generation
from simulator.scenario.posteriors import Covariates, utilisation_terms


def terms(run: PublishedRun) -> dict[str, float]:
    """Return what the utilisation of a run depends on."""
    given = Covariates(
        generation=generation(run.chip), mixture=run.is_mixture, active_parameters=run.active_parameters, year=run.date
    )
    named = {f"operator/{run.org}": 1.0, f"family/{run.family}": 1.0, f"run/{run.case}": 1.0}
    return {**utilisation_terms(given, run.date), **named}


def observations(runs: Sequence[PublishedRun]) -> list[Observation]:
    """Return what runs say of MFU, and of MFU times goodput; a share of one or more cannot be, and says nothing."""
    found = []
    for run in runs:
        least = hours_at_peak(run)
        if run.tests_hours and least is not None and run.chip_hours and least < run.chip_hours:
            shared = {**terms(run), "goodput": 1.0}
            found.append(Observation(run.case, run.family, run.date, "hours", math.log(least / run.chip_hours), shared))
        if run.tests_mfu and run.mfu and run.chip:
            found.append(Observation(run.case, run.family, run.date, "mfu", math.log(run.mfu), terms(run)))
    return found


def fit(runs: Sequence[PublishedRun]) -> Fitted:
    """Return the model of utilisation and goodput after these runs."""
    return fitted(settings("utilisation"), observations(runs))
