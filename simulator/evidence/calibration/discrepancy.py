"""Disclosed hours over those computed from the MFU reported by the same developer.

The ratio covers restarts, warm-up, evaluation, repeated training, and the basis on which the reported MFU was measured. In a
scenario with a reported MFU it takes the place of goodput.
"""

import math

from simulator.evidence.calibration.design import FittedModel, Observation, fit_model, read_settings
from simulator.evidence.published_runs import PublishedRun, hours_at_peak


def observations(runs: tuple[PublishedRun, ...]) -> list[Observation]:
    """Return the logarithm of disclosed over computed hours of each run with both."""
    result = []
    for run in runs:
        peak_hours = hours_at_peak(run)
        if run.tests_hours and run.tests_mfu and peak_hours and run.mfu and run.chip_hours:
            value = math.log(run.chip_hours * run.mfu / peak_hours)
            result.append(Observation(run.case, run.family, run.date, "hours", value, {"level": 1.0}))
    return result


def fit(runs: tuple[PublishedRun, ...]) -> FittedModel:
    """Fit the model of the discrepancy to these runs."""
    return fit_model(read_settings("discrepancy"), observations(runs))
