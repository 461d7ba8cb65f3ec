"""Simpler models of measured points: a lognormal, a regression on eight logarithms, a roofline of four numbers."""

from collections.abc import Callable, Mapping

import numpy as np

from simulator.evidence.calibration.linear import Array
from simulator.evidence.serving.model import StudentPrediction
from simulator.evidence.serving.points import Points
from simulator.evidence.serving.settings import TARGETS, serving_settings

Baseline = Callable[[Points, Points], dict[str, StudentPrediction]]
"""From the points that are fitted to, and those that are predicted, to distributions by target."""
_START = np.log([0.7, 0.4, 5e-5, 0.5])
"""Of the roofline: share of bandwidth, share of the peak, seconds of a layer, share of prefill in the time between tokens."""


def plain_lognormal(points: Points, others: Points) -> dict[str, StudentPrediction]:
    """Predict the same distribution for all points."""
    return _regression(points, others, lambda each: np.ones((len(each), 1)))


def eight_logarithms(points: Points, others: Points) -> dict[str, StudentPrediction]:
    """Predict by least squares on the logarithms of sizes, speeds and load."""
    return _regression(points, others, _logarithms)


def four_numbers(points: Points, others: Points) -> dict[str, StudentPrediction]:
    """Predict by a roofline of bandwidth, peak, a constant and prefill, fitted to both times."""
    from scipy.optimize import least_squares

    roots = np.sqrt(points.sweep_weight)
    measured, spreads = points.measured, serving_settings().unit_spread

    def residuals(theta: Array) -> Array:
        predicted = _roofline(theta, points)
        return np.concatenate([roots * (measured[name] - predicted[name]) / spreads[name] for name in TARGETS])

    theta = least_squares(residuals, _START, loss="soft_l1").x
    fitted, predicted = _roofline(theta, points), _roofline(theta, others)
    return {name: _around(predicted[name], measured[name] - fitted[name], points, len(theta)) for name in TARGETS}


BASELINES: Mapping[str, Baseline] = {
    "plain lognormal": plain_lognormal,
    "regression on eight logarithms": eight_logarithms,
    "roofline of four numbers": four_numbers,
}


def _logarithms(points: Points) -> Array:
    names = ("params_active", "params_total", "memory_bandwidth", "chips", "input_tokens", "output_tokens", "concurrency")
    columns = [np.ones(len(points)), *(np.log(points[name]) for name in names), np.log(points["weight_bytes"])]
    return np.stack(columns, axis=1)


def _regression(points: Points, others: Points, design: Callable[[Points], Array]) -> dict[str, StudentPrediction]:
    roots, x = np.sqrt(points.sweep_weight), design(points)
    inverse = np.linalg.pinv(x * roots[:, None])
    predictions = {}
    for name, y in points.measured.items():
        coefficients = inverse @ (roots * y)
        predictions[name] = _around(design(others) @ coefficients, y - x @ coefficients, points, x.shape[1])
    return predictions


def _around(centre: Array, residuals: Array, points: Points, coefficients: int) -> StudentPrediction:
    """Return distributions as wide as the residuals; sweeps are the unit, so that they count for the degrees of freedom."""
    sweeps = len(np.unique(points.labels["sweep"]))
    degrees = max(sweeps - coefficients, 2)
    scale = np.sqrt(np.sum(points.sweep_weight * residuals**2) * sweeps / degrees)
    return StudentPrediction(centre, np.full(len(centre), scale), float(degrees))


def _roofline(theta: Array, points: Points) -> dict[str, Array]:
    bandwidth_use, flop_use, overhead, mixing = np.exp(theta)
    context = points["input_tokens"] + points["output_tokens"] / 2
    instances = np.where(points.is_disaggregated, points["decode_workers"], 1)
    users, chips = points["concurrency"] / instances, points["tensor_parallel"] * points["data_parallel"]
    copies = np.maximum(points["tensor_parallel"] / points["kv_heads"], 1)
    share = points["experts_per_token"] / np.maximum(points["experts"], 1)
    experts = points["params_experts"] * (1 - (1 - share) ** users)
    weights = points["weight_bytes"] * (points["params_total"] - points["params_experts"] + experts)
    bandwidth, peak = points["memory_bandwidth"] * chips * bandwidth_use, points["peak_flop"] * chips * flop_use
    step = overhead * points["layers"] + (weights + users * points["kv_bytes_per_token"] * copies * context) / bandwidth
    step = step + 2 * points["params_active"] * users / peak
    prompt = 2 * points["params_active"] * points["input_tokens"] / peak
    each = step + np.where(points.is_disaggregated, 0, mixing * users * prompt / points["output_tokens"])
    first = prompt + step
    seconds = first + each * (points["output_tokens"] - 1)
    speed = points["concurrency"] * points["output_tokens"] / seconds / points["chips"]
    return {"time_per_token": np.log(each), "time_to_first_token": np.log(first), "throughput": np.log(speed)}
