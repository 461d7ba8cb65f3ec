"""Scores of predictions of measured points, by sweep: sweeps count alike, and so do the points of one sweep."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simulator.core.results import optional
from simulator.evidence.calibration.linear import Array
from simulator.evidence.scores import LEVELS, PIT_BINS, PredictedValue
from simulator.evidence.serving.model import Prediction
from simulator.evidence.serving.points import Points


@dataclass(frozen=True, slots=True)
class ServedCase:
    """A measured point with its prediction.

    Attributes
    ----------
    case, sweep : str
    predicted : PredictedValue
        In the unit of the target.
    published : float
        The measured value, in that unit.
    pit : float
        Predicted probability of a value up to the measured one.

    """

    case: str
    sweep: str
    predicted: PredictedValue
    published: float
    pit: float


@dataclass(frozen=True, kw_only=True)
class SweepScores:
    """Scores of the predictions of one model, by sweep.

    Attributes
    ----------
    n, sweeps : int
        Number of points, and of the sweeps to which they belong.
    coverage : mapping of str to float
        Share of the measured values inside the central interval, by its level in percent.
    crps : float
        Mean continuous ranked probability score, on the natural logarithm.
    sharpness : float
        Median ratio of the bounds of the 95 % interval.
    pit_histogram : tuple of float
        Share of predictions by PIT, in tenths.

    """

    n: int
    sweeps: int
    coverage: Mapping[str, float]
    crps: float
    sharpness: float
    pit_histogram: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class ServingScores(SweepScores):
    """Scores of the predictions of one quantity, with simpler models and every prediction.

    Attributes
    ----------
    baselines : mapping of str to SweepScores or None
    cases : tuple of ServedCase

    """

    cases: tuple[ServedCase, ...]
    baselines: Mapping[str, SweepScores] | None = optional()


@dataclass(frozen=True)
class PredictedPoints:
    """Predictions of one quantity, from one or several fits, each of its own points."""

    parts: tuple[tuple[Points, Prediction, Array], ...]
    """Points, their predictions, and measured logarithms."""

    def scores(self) -> SweepScores:
        """Return the scores over all parts."""
        weight = _weights([points for points, _, _ in self.parts])
        pits = np.concatenate([prediction.cdf(values) for _, prediction, values in self.parts])
        crps = np.concatenate([prediction.crps(values) for _, prediction, values in self.parts])
        widths = np.concatenate([prediction.quantile(0.975) - prediction.quantile(0.025) for _, prediction, _ in self.parts])
        inside = {str(level): float(np.sum(weight * (np.abs(pits - 0.5) <= level / 200))) for level in LEVELS}
        return SweepScores(
            n=len(weight),
            sweeps=len(np.unique(np.concatenate([points.labels["sweep"] for points, _, _ in self.parts]))),
            coverage=inside,
            crps=float(np.sum(weight * crps)),
            sharpness=float(np.exp(_median(widths, weight))),
            pit_histogram=tuple(np.histogram(pits, PIT_BINS, (0, 1), weights=weight)[0].tolist()),
        )

    def cases(self, factor: float) -> tuple[ServedCase, ...]:
        """Return every prediction, in a unit that is `factor` of that of the logarithm."""
        rows = []
        for points, prediction, values in self.parts:
            bounds = [factor * np.exp(prediction.quantile(p)) for p in (0.025, 0.5, 0.975)]
            pits, measured = prediction.cdf(values), factor * np.exp(values)
            for row in range(len(points)):
                low, median, high = (float(bound[row]) for bound in bounds)
                case, sweep = str(points.labels["case"][row]), str(points.labels["sweep"][row])
                predicted = PredictedValue(low, median, high)
                rows.append(ServedCase(case, sweep, predicted, float(measured[row]), float(pits[row])))
        return tuple(rows)


def _weights(parts: list[Points]) -> Array:
    """Return weights over the points of all parts that sum to one, alike for each sweep."""
    sweeps = np.concatenate([points.labels["sweep"] for points in parts])
    _, index, counts = np.unique(sweeps, return_inverse=True, return_counts=True)
    return np.asarray(1 / counts[index] / len(counts))


def _median(values: Array, weight: Array) -> float:
    """Return the weighted median."""
    order = np.argsort(values)
    return float(values[order][np.searchsorted(np.cumsum(weight[order]), 0.5)])
