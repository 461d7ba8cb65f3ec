"""What measured points differ by from the formulas: effects of model, chip, sweep and set-up, with heavy tails.

Each measurement is a Student t around the sum of its effects, fitted by weights that fall with the distance (expectation and
maximisation); given the weights, the posterior of the effects is that of `calibration.linear`. A model, chip or sweep without
points has an effect of its own, which widens the prediction; so has a date after all points.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.evidence.calibration.linear import Array, NormalPosterior, NormalPrior, fit
from simulator.evidence.serving.points import Points
from simulator.evidence.serving.settings import ResidualSettings, ServingSettings

STEPS = 8
"""Steps of the fit: further ones move effects by less than a hundredth of the dispersion."""
GROUPS = ("model", "chip", "sweep", "setup")
NEW_GROUPS = (*GROUPS, "later")


@dataclass(frozen=True)
class FittedResiduals:
    """Effects on the logarithm of one quantity."""

    target: ResidualSettings
    degrees: float
    effects: Mapping[tuple[str, str], int]
    posterior: NormalPosterior
    newest: str

    def predictive(self, points: Points, waiting_share: Array) -> tuple[Array, Array]:
        """Return centre and scale of the residual of each point."""
        design = np.zeros((len(points), len(self.effects)))
        variance = noise_scale(points, waiting_share, self.target) ** 2
        for group in GROUPS:
            for row, label in enumerate(labels(points, group)):
                place = self.effects.get((group, str(label)))
                if place is None:
                    variance[row] += self.target.effects[group] ** 2
                else:
                    design[row, place] = 1.0
        variance += np.where(points.labels["date"] > self.newest, self.target.effects["later"] ** 2, 0)
        variance += np.sum((design @ self.posterior.covariance) * design, axis=1)
        return design @ self.posterior.mean, self.posterior.scale * np.sqrt(variance)


def labels(points: Points, group: str) -> NDArray[np.str_]:
    """Return what each point belongs to in a group: its model, its chip, and so on."""
    return points.setup if group == "setup" else points.labels[group]


def noise_scale(points: Points, waiting_share: Array, target: ResidualSettings) -> Array:
    """Return the noise of each point, in multiples of the dispersion: more where requests wait, for arrivals are not known."""
    noise = np.array([target.noise[mode] for mode in points.labels["mode"]])
    return np.hypot(noise, target.wait * waiting_share)


def fit_residuals(
    points: Points, residuals: Array, waiting_share: Array, target: ResidualSettings, settings: ServingSettings
) -> FittedResiduals:
    """Return the effects fitted to the residuals of points."""
    columns: list[Array] = []
    effects: dict[tuple[str, str], int] = {}
    for group in GROUPS:
        of_points = labels(points, group)
        for name in np.unique(of_points):
            effects[group, str(name)] = len(columns)
            columns.append((of_points == name).astype(float))
    design = np.stack(columns, axis=1)
    scales = np.array([target.effects[group] for group, _ in effects])
    prior = NormalPrior(np.zeros(len(scales)), scales, settings.observations, target.initial)
    noise = noise_scale(points, waiting_share, target)
    weight = np.ones(len(points))
    for _ in range(STEPS):
        posterior = fit(design, residuals, noise / np.sqrt(weight), prior)
        distance = (residuals - design @ posterior.mean) / (noise * posterior.scale)
        weight = (settings.degrees + 1) / (settings.degrees + distance**2)
    return FittedResiduals(target, settings.degrees, effects, posterior, str(max(points.labels["date"])))
