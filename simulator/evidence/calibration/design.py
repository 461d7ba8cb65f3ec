"""From observations that name what they depend on to the matrices of the exact path."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from simulator.evidence.calibration.linear import Array, Posterior, Prior, fit
from simulator.scenario import library
from simulator.scenario.text import parse, read_text


@dataclass(frozen=True, slots=True)
class Observation:
    """One observed value on the scale of the model, with the terms whose effects add up to it: `generation/hopper`: 1."""

    case: str
    family: str
    date: float
    kind: str
    """What was observed, such as hours or mfu: which noise it has."""
    value: float
    terms: Mapping[str, float]


@dataclass(frozen=True)
class Settings:
    """What a model takes before the evidence: `priors/evidence/models.yaml`."""

    about: str
    guess: float
    worth: float
    mean: Mapping[str, float]
    spread: Mapping[str, float]
    noise: Mapping[str, float]

    def expected(self, term: str) -> float:
        """Return the prior mean of an effect."""
        return self.mean.get(term, 0.0)

    def spread_of(self, term: str) -> float:
        """Return the prior spread of an effect, in multiples of sigma: its own, or that of its group."""
        group = term.partition("/")[0] + "/"
        return self.spread[term] if term in self.spread else self.spread[group]


@cache
def settings(name: str) -> Settings:
    """Return what a model takes before the evidence."""
    file = "evidence/models.yaml"
    plain: dict[str, Any] = parse(read_text(library.folder() / file, file), file).child(name).plain()

    def numbers(key: str) -> dict[str, float]:
        return {term: float(value) for term, value in plain.get(key, {}).items()}

    sigma = numbers("sigma")
    return Settings(plain["about"], sigma["guess"], sigma["worth"], numbers("mean"), numbers("spread"), numbers("noise"))


@dataclass(frozen=True)
class Fitted:
    """A model that has seen its evidence: the effects by name and their joint posterior."""

    settings: Settings
    terms: tuple[str, ...]
    posterior: Posterior
    seen: int
    index: Mapping[str, int] = field(repr=False)

    def predictive(self, terms: Mapping[str, float], kind: str) -> tuple[float, float, float]:
        """Return centre, scale and degrees of freedom of the Student t of a new observation.

        An effect that no observation had (a new operator) is still as its prior has it.
        """
        x = np.zeros(len(self.terms))
        centre, variance = 0.0, self.settings.noise[kind] ** 2
        for term, value in terms.items():
            if term in self.index:
                x[self.index[term]] = value
            else:
                centre += value * self.settings.expected(term)
                variance += (value * self.settings.spread_of(term)) ** 2
        known, scale, degrees = self.posterior.predictive(x, math.sqrt(variance))
        return centre + known, scale, degrees

    def interval(self, term: str, level: float) -> tuple[float, float, float]:
        """Return the central interval of an effect and its median between the ends."""
        from scipy.special import stdtrit

        place = self.index[term]
        reach = self.posterior.scale * math.sqrt(self.posterior.covariance[place, place])
        reach *= float(stdtrit(self.posterior.degrees, (1 + level) / 2))
        middle = float(self.posterior.mean[place])
        return middle - reach, middle, middle + reach


def fitted(given: Settings, observations: Sequence[Observation]) -> Fitted:
    """Return the model after the observations, none of which it needs: without any it is the prior."""
    terms = tuple(dict.fromkeys([*given.mean, *(term for each in observations for term in each.terms)]))
    index = {term: place for place, term in enumerate(terms)}
    prior = Prior(
        np.array([given.expected(term) for term in terms]),
        np.array([given.spread_of(term) for term in terms]),
        given.worth,
        given.guess,
    )
    posterior = fit(_matrix(observations, index), *_values(given, observations), prior)
    return Fitted(given, terms, posterior, len(observations), index)


def left_out(given: Settings, observations: Sequence[Observation], by: str = "case") -> list[tuple[float, float, float]]:
    """Return for each observation the Student t (centre, scale, degrees) from all those of other cases (or families).

    All of them from one inverse Q of the covariance of what is observed: without the block B the prediction of y_B is
    y_B - Q_BB^-1 (Q y)_B with covariance Q_BB^-1, and y' Q y falls by (Q y)_B' Q_BB^-1 (Q y)_B (Rasmussen and Williams 2006,
    5.4.2).
    """
    terms = tuple(dict.fromkeys(term for each in observations for term in each.terms))
    x = _matrix(observations, {term: place for place, term in enumerate(terms)})
    values, noise = _values(given, observations)
    y = values - x @ np.array([given.expected(term) for term in terms])
    spread = np.array([given.spread_of(term) for term in terms])
    inverse = np.linalg.inv((x * spread**2) @ x.T + np.diag(noise**2))
    moved = inverse @ y
    squares = given.worth * given.guess**2 + float(y @ moved)
    blocks: dict[str, list[int]] = {}
    for row, each in enumerate(observations):
        blocks.setdefault(getattr(each, by), []).append(row)
    found: list[tuple[float, float, float]] = [(0.0, 0.0, 0.0)] * len(observations)
    for rows in blocks.values():
        covariance = np.linalg.inv(inverse[np.ix_(rows, rows)])
        misses = covariance @ moved[rows]
        degrees = given.worth + len(observations) - len(rows)
        scale = math.sqrt((squares - float(moved[rows] @ misses)) / degrees)
        for place, row in enumerate(rows):
            found[row] = float(values[row] - misses[place]), scale * math.sqrt(covariance[place, place]), degrees
    return found


def _matrix(observations: Sequence[Observation], index: Mapping[str, int]) -> Array:
    x = np.zeros((len(observations), len(index)))
    for row, each in enumerate(observations):
        for term, value in each.terms.items():
            x[row, index[term]] = value
    return x


def _values(given: Settings, observations: Iterable[Observation]) -> tuple[Array, Array]:
    pairs = [(each.value, given.noise[each.kind]) for each in observations]
    return np.array([value for value, _ in pairs], dtype=float), np.array([noise for _, noise in pairs], dtype=float)
