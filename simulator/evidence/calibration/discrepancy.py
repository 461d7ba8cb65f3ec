"""Hours that were disclosed over those computed from the MFU that the same developer reports: what the arithmetic leaves out.

Restarts, warm-up, evaluation, parts trained again, and what the reported figure was measured on. Where a scenario takes a
reported MFU, this stands for its goodput.
"""

import math

from simulator.evidence.calibration.design import Fitted, Observation, fitted, settings
from simulator.evidence.tables import PublishedRun, hours_at_peak


def observations(runs: tuple[PublishedRun, ...]) -> list[Observation]:
    """Return the logarithm of disclosed over computed hours of each run that has both."""
    found = []
    for run in runs:
        least = hours_at_peak(run)
        if run.tests_hours and run.tests_mfu and least and run.mfu and run.chip_hours:
            value = math.log(run.chip_hours * run.mfu / least)
            found.append(Observation(run.case, run.family, run.date, "hours", value, {"level": 1.0}))
    return found


def fit(runs: tuple[PublishedRun, ...]) -> Fitted:
    """Return the model of the discrepancy after these runs."""
    return fitted(settings("discrepancy"), observations(runs))
