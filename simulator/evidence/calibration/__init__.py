"""Posterior priors from evidence: exact normal models (`linear`, `design`), one module per quantity, and their draws.

`utilisation` is MFU and goodput jointly, `power` the share of the rated power, `discrepancy` disclosed over computed hours,
`rental` the level of prices. As a check, `mcmc` fits the first one by sampling, with heavy tails and estimated scales.
"""

from collections.abc import Sequence

from simulator.evidence.calibration.checks import check, require_good, variants
from simulator.evidence.calibration.dataset import MODELS, collect_observations
from simulator.evidence.calibration.design import FittedModel, Observation, fit_model, read_settings

__all__ = ["MODELS", "check", "collect_observations", "fit", "require_good", "variants"]


def fit(model: str, observations: Sequence[Observation]) -> FittedModel:
    """Fit a model to these observations."""
    return fit_model(read_settings(model), observations)
