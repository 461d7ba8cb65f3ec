"""The fitted model of serving, and its predictions of measured points: both times with their residuals, and the throughput."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simulator.evidence.calibration.linear import Array
from simulator.evidence.serving.efficiencies import FittedEfficiencies, fit_efficiencies, predict
from simulator.evidence.serving.points import Points
from simulator.evidence.serving.residuals import FittedResiduals, fit_residuals
from simulator.evidence.serving.settings import TIMES, ServingSettings, serving_settings
from simulator.model.serving.queueing import completed_requests, request_seconds

DRAWS = 400
"""Draws of both times from which the distribution of the throughput is computed."""


@dataclass(frozen=True)
class ServingModel:
    """Efficiencies and residuals fitted to the same points."""

    efficiencies: FittedEfficiencies
    residuals: Mapping[str, FittedResiduals]
    settings: ServingSettings

    def predict(self, points: Points) -> "dict[str, Prediction]":
        """Return the predictive distributions of both times, of tokens by second and chip, by target."""
        formulas = predict(self.efficiencies.mode, self.efficiencies.backends, points)
        times: dict[str, StudentPrediction] = {}
        for name in TIMES:
            centre, scale = self.residuals[name].predictive(points, formulas.waiting_share)
            times[name] = StudentPrediction(formulas.logarithms[name] + centre, scale, self.settings.degrees)
        return {**times, "throughput": throughput(points, times)}


def fit_model(points: Points, settings: ServingSettings | None = None) -> ServingModel:
    """Return the model fitted to these points."""
    settings = settings or serving_settings()
    efficiencies = fit_efficiencies(points, settings)
    formulas, measured = predict(efficiencies.mode, efficiencies.backends, points), points.measured
    residuals = {
        name: fit_residuals(
            points, measured[name] - formulas.logarithms[name], formulas.waiting_share, settings.residuals[name], settings
        )
        for name in TIMES
    }
    return ServingModel(efficiencies, residuals, settings)


@dataclass(frozen=True)
class StudentPrediction:
    """Student t distributions of logarithms, one for each point."""

    centre: Array
    scale: Array
    degrees: float

    def quantile(self, p: float) -> Array:
        """Return a quantile of each."""
        from scipy.special import stdtrit

        return np.asarray(self.centre + self.scale * float(stdtrit(self.degrees, p)))

    def cdf(self, x: Array) -> Array:
        """Return the probability of no more than a value of each."""
        from scipy.special import stdtr

        return np.asarray(stdtr(self.degrees, (x - self.centre) / self.scale))

    def crps(self, x: Array) -> Array:
        """Return the continuous ranked probability scores (Jordan, Krueger and Lerch 2019, appendix A)."""
        from scipy.special import betaln, stdtr

        nu, z = self.degrees, (x - self.centre) / self.scale
        log_density = -betaln(nu / 2, 0.5) - 0.5 * np.log(nu) - (nu + 1) / 2 * np.log1p(z * z / nu)
        whole = 2 * np.sqrt(nu) / (nu - 1) * np.exp(betaln(0.5, nu - 0.5) - 2 * betaln(0.5, nu / 2))
        excess = z * (2 * stdtr(nu, z) - 1) + 2 * np.exp(log_density) * (nu + z * z) / (nu - 1) - whole
        return np.asarray(self.scale * excess)

    def draws(self, count: int, seed: int) -> Array:
        """Return draws by point: each has one in each of `count` equal shares of its distribution."""
        from scipy.special import stdtrit

        rng = np.random.default_rng(seed)
        shares = (np.arange(count) + 0.5) / count
        places = rng.permuted(np.tile(shares[:, None], (1, len(self.centre))), axis=0)
        return np.asarray(self.centre + self.scale * stdtrit(self.degrees, places))


@dataclass(frozen=True)
class DrawnPrediction:
    """Distributions of logarithms as sorted draws, by draw and point."""

    sorted_draws: Array

    def quantile(self, p: float) -> Array:
        """Return a quantile of each."""
        return np.asarray(np.quantile(self.sorted_draws, p, axis=0))

    def cdf(self, x: Array) -> Array:
        """Return the probability of no more than a value of each."""
        return np.asarray(np.mean(self.sorted_draws <= x, axis=0))

    def crps(self, x: Array) -> Array:
        """Return the continuous ranked probability scores of the draws."""
        count = len(self.sorted_draws)
        rank = 2 * np.arange(1, count + 1)[:, None] - count - 1
        spread = np.sum(rank * self.sorted_draws, axis=0) / count**2
        return np.asarray(np.mean(np.abs(self.sorted_draws - x), axis=0) - spread)


Prediction = StudentPrediction | DrawnPrediction


def throughput(points: Points, times: Mapping[str, StudentPrediction]) -> DrawnPrediction:
    """Return the distribution of output tokens by second and chip that follows from both times, taken as independent."""
    first, each = (np.exp(times[name].draws(DRAWS, seed)) for seed, name in enumerate(reversed(TIMES)))
    seconds = request_seconds(first, each, points["output_tokens"])
    speed = completed_requests(points["concurrency"], seconds) * points["output_tokens"] / points["chips"]
    return DrawnPrediction(np.sort(np.log(speed), axis=0))
