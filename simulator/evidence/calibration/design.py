"""Design matrices of the exact path, from observations and the terms on which they depend."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from simulator.evidence.calibration.linear import Array, NormalPosterior, NormalPrior, fit
from simulator.scenario import library
from simulator.scenario.text import parse, read_text


@dataclass(frozen=True, slots=True)
class Observation:
    """One observed value on the scale of the model, with the terms whose effects sum to it: `generation/hopper`: 1."""

    case: str
    family: str
    date: float
    kind: str
    """Type of the observation, such as hours or mfu, which determines its noise."""
    value: float
    terms: Mapping[str, float]


@dataclass(frozen=True)
class ModelSettings:
    """Prior settings of a model: `priors/evidence/models.yaml`."""

    about: str
    sigma_guess: float
    sigma_degrees: float
    means: Mapping[str, float]
    scales: Mapping[str, float]
    noise: Mapping[str, float]

    def prior_mean(self, term: str) -> float:
        """Return the prior mean of an effect."""
        return self.means.get(term, 0.0)

    def prior_scale(self, term: str) -> float:
        """Return the prior scale of an effect, in multiples of sigma: its own, or that of its group."""
        group = term.partition("/")[0] + "/"
        return self.scales[term] if term in self.scales else self.scales[group]


@cache
def read_settings(name: str) -> ModelSettings:
    """Return the prior settings of a model."""
    file = "evidence/models.yaml"
    plain: dict[str, Any] = parse(read_text(library.folder() / file, file), file).child(name).plain()

    def numbers(key: str) -> dict[str, float]:
        return {term: float(value) for term, value in plain.get(key, {}).items()}

    sigma = numbers("sigma")
    return ModelSettings(
        plain["about"], sigma["initial"], sigma["observations"], numbers("mean"), numbers("scale"), numbers("noise")
    )


@dataclass(frozen=True)
class FittedModel:
    """A model fitted to its evidence: the effects by name and their joint posterior."""

    settings: ModelSettings
    terms: tuple[str, ...]
    posterior: NormalPosterior
    observation_count: int
    index: Mapping[str, int] = field(repr=False)

    def predictive(self, terms: Mapping[str, float], kind: str) -> tuple[float, float, float]:
        """Return centre, scale and degrees of freedom of the Student t of a new observation.

        An effect without observations (a new family) has its prior distribution.
        """
        x = np.zeros(len(self.terms))
        centre, variance = 0.0, self.settings.noise[kind] ** 2
        for term, value in terms.items():
            if term in self.index:
                x[self.index[term]] = value
            else:
                centre += value * self.settings.prior_mean(term)
                variance += (value * self.settings.prior_scale(term)) ** 2
        estimate, scale, degrees = self.posterior.predictive(x, math.sqrt(variance))
        return centre + estimate, scale, degrees

    def interval(self, term: str, level: float) -> tuple[float, float, float]:
        """Return lower bound, median and upper bound of the central interval of an effect."""
        from scipy.special import stdtrit

        index = self.index[term]
        half_width = self.posterior.scale * math.sqrt(self.posterior.covariance[index, index])
        half_width *= float(stdtrit(self.posterior.degrees, (1 + level) / 2))
        median = float(self.posterior.mean[index])
        return median - half_width, median, median + half_width


def fit_model(settings: ModelSettings, observations: Sequence[Observation]) -> FittedModel:
    """Fit a model to the observations; without any, the result is the prior."""
    terms = tuple(dict.fromkeys([*settings.means, *(term for each in observations for term in each.terms)]))
    index = {term: place for place, term in enumerate(terms)}
    prior = NormalPrior(
        np.array([settings.prior_mean(term) for term in terms]),
        np.array([settings.prior_scale(term) for term in terms]),
        settings.sigma_degrees,
        settings.sigma_guess,
    )
    posterior = fit(_matrix(observations, index), *_values(settings, observations), prior)
    return FittedModel(settings, terms, posterior, len(observations), index)


def leave_one_out(
    settings: ModelSettings, observations: Sequence[Observation], by: str = "case"
) -> list[tuple[float, float, float]]:
    """Return for each observation the Student t (centre, scale, degrees) from all those of other cases (or families).

    All follow from one inverse Q of the covariance of the observations: without the block B the prediction of y_B is
    y_B - Q_BB^-1 (Q y)_B with covariance Q_BB^-1, and y' Q y falls by (Q y)_B' Q_BB^-1 (Q y)_B (Rasmussen and Williams 2006,
    5.4.2).
    """
    terms = tuple(dict.fromkeys(term for each in observations for term in each.terms))
    x = _matrix(observations, {term: place for place, term in enumerate(terms)})
    values, noise = _values(settings, observations)
    y = values - x @ np.array([settings.prior_mean(term) for term in terms])
    scales = np.array([settings.prior_scale(term) for term in terms])
    inverse = np.linalg.inv((x * scales**2) @ x.T + np.diag(noise**2))
    weighted = inverse @ y
    squares = settings.sigma_degrees * settings.sigma_guess**2 + float(y @ weighted)
    blocks: dict[str, list[int]] = {}
    for row, each in enumerate(observations):
        blocks.setdefault(getattr(each, by), []).append(row)
    predictions: list[tuple[float, float, float]] = [(0.0, 0.0, 0.0)] * len(observations)
    for rows in blocks.values():
        covariance = np.linalg.inv(inverse[np.ix_(rows, rows)])
        errors = covariance @ weighted[rows]
        degrees = settings.sigma_degrees + len(observations) - len(rows)
        scale = math.sqrt((squares - float(weighted[rows] @ errors)) / degrees)
        for place, row in enumerate(rows):
            predictions[row] = float(values[row] - errors[place]), scale * math.sqrt(covariance[place, place]), degrees
    return predictions


def _matrix(observations: Sequence[Observation], index: Mapping[str, int]) -> Array:
    x = np.zeros((len(observations), len(index)))
    for row, each in enumerate(observations):
        for term, value in each.terms.items():
            x[row, index[term]] = value
    return x


def _values(settings: ModelSettings, observations: Iterable[Observation]) -> tuple[Array, Array]:
    pairs = [(each.value, settings.noise[each.kind]) for each in observations]
    return np.array([value for value, _ in pairs], dtype=float), np.array([noise for _, noise in pairs], dtype=float)
