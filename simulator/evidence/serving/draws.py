"""Joint draws of the fitted model: efficiencies, factors of backends, and residuals of models, chips and set-ups."""

import numpy as np

from simulator.distributions import normal_quantiles
from simulator.evidence.calibration.linear import Array
from simulator.evidence.serving.model import ServingModel
from simulator.evidence.serving.residuals import GROUPS
from simulator.evidence.serving.settings import TIMES
from simulator.scenario.serving_posterior import BACKEND_PARAMETERS, NEW, OWN, WAIT

DRAWS = 1000
KEPT_GROUPS = ("model", "chip")
"""Groups that the next set-up may share; the next sweep and set-up have effects of their own, which are in `own`."""


def build_columns(model: ServingModel, draws: int = DRAWS, seed: int = 0) -> dict[str, Array]:
    """Return joint draws by effect, on the logarithmic scale.

    Columns are the efficiencies, `decode_backend/vllm` and so on, `time_per_token/model/...`, `time_per_token/chip/...` and
    `time_per_token/own/aggregated`: what a new set-up and measurement differ by, by mode; likewise of `time_to_first_token`,
    and what the time that requests wait differs by (`time_to_first_token/wait`). A model, chip or backend `new` is one
    without points; `time_per_token/later` is the effect of a date after all points.
    """
    rng = np.random.default_rng(seed)
    fitted = model.efficiencies
    table = dict(zip(fitted.names, _normal(rng, draws, fitted.mode, fitted.covariance).T, strict=True))
    for name in BACKEND_PARAMETERS:
        table[f"{name}/{NEW}"] = model.settings.backend_spread[name] * _standard(rng, draws)
    for target in TIMES:
        table |= _residual_columns(model, target, rng, draws)
    return {name: table[name] for name in sorted(table)}


def _residual_columns(model: ServingModel, target: str, rng: np.random.Generator, draws: int) -> dict[str, Array]:
    """Return the effects of one target: with the heavy tails of its predictions, by a common factor of all its effects."""
    residuals, scales = model.residuals[target], model.settings.residuals[target]
    degrees = residuals.degrees
    sigma = residuals.posterior.scale * np.sqrt(degrees / rng.chisquare(degrees, draws))
    places = {key: place for key, place in residuals.effects.items() if key[0] in KEPT_GROUPS}
    index = list(places.values())
    covariance = residuals.posterior.covariance[np.ix_(index, index)]
    deviations = _normal(rng, draws, np.zeros(len(index)), covariance) * sigma[:, None]
    means = residuals.posterior.mean[index]
    table = {f"{target}/{group}/{name}": means[column] + deviations[:, column] for column, (group, name) in enumerate(places)}
    for group in KEPT_GROUPS:
        table[f"{target}/{group}/{NEW}"] = sigma * scales.effects[group] * _standard(rng, draws)
    common = sum(scales.effects[group] ** 2 for group in GROUPS if group not in KEPT_GROUPS)
    own = _standard(rng, draws)
    for mode, noise in scales.noise.items():
        table[f"{target}/{OWN}/{mode}"] = sigma * np.sqrt(common + noise**2) * own
    if scales.wait:
        table[f"{target}/{WAIT}"] = sigma * scales.wait * _standard(rng, draws)
    table[f"{target}/later"] = sigma * scales.effects["later"] * _standard(rng, draws)
    return table


def _normal(rng: np.random.Generator, draws: int, mean: Array, covariance: Array) -> Array:
    z = np.stack([_standard(rng, draws) for _ in mean], axis=1)
    return np.asarray(mean + z @ np.linalg.cholesky(covariance).T)


def _standard(rng: np.random.Generator, draws: int) -> Array:
    """Return standard normal variates, one in each of `draws` equal shares."""
    return np.asarray(normal_quantiles((rng.permutation(draws) + rng.random(draws)) / draws))
