"""Fit of the efficiencies to measured points: the mode of their posterior, and a normal approximation around it.

Models weigh alike, for the next model is what is predicted; so do the sweeps of one model. All points of a model together count
as a few measurements, because they share the errors of the formulas. The logarithms of the efficiencies have normal priors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from simulator.evidence.calibration.linear import Array
from simulator.evidence.serving.points import Labels, Points
from simulator.evidence.serving.settings import TARGETS, ServingSettings, serving_settings
from simulator.model.serving.instance import Instance
from simulator.model.serving.placement import ServedLoad, aggregated, disaggregated
from simulator.model.serving.settings import PARAMETERS, Efficiency, Layout, Requests, ServedModel, ServingChips
from simulator.scenario.serving_posterior import BACKEND_PARAMETERS

MOST_EVALUATIONS = 200
TOLERANCE = 1e-8
STEP = 1e-4
"""Of the differences. The state of disaggregated pools is found to 1e-12, so that its last bits, in which processors differ,
move the mode by 1e-6 of its standard deviation; with the default of SciPy, 1e-8, by 3e-3."""


@dataclass(frozen=True)
class FittedEfficiencies:
    """Logarithms of the efficiencies, and of the factors of each backend: mode and covariance."""

    backends: tuple[str, ...]
    mode: Array
    covariance: Array

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the entries of the mode."""
        return (*PARAMETERS, *(f"{name}/{backend}" for name in BACKEND_PARAMETERS for backend in self.backends))


def fit_efficiencies(points: Points, settings: ServingSettings | None = None) -> FittedEfficiencies:
    """Return the efficiencies fitted to these points."""
    from scipy.optimize import least_squares

    settings = settings or serving_settings()
    backends = tuple(str(name) for name in np.unique(points.labels["backend"]))
    median, spread = _prior(settings, len(backends))
    models = len(np.unique(points.labels["model"]))
    roots = np.sqrt(points.model_weight * models * settings.observations_per_model)
    measured = points.measured

    def residuals(theta: Array) -> Array:
        predicted = predict(theta, backends, points).logarithms
        parts = [roots * (measured[name] - predicted[name]) / settings.unit_spread[name] for name in TARGETS]
        return np.concatenate([*parts, (theta - median) / spread], axis=-1)

    def jacobian(theta: Array) -> Array:
        steps = STEP * np.eye(len(theta))
        return np.asarray((residuals(theta + steps) - residuals(theta - steps)).T / (2 * STEP))

    found = least_squares(
        residuals, median, jacobian, loss="soft_l1", max_nfev=MOST_EVALUATIONS, ftol=TOLERANCE, xtol=TOLERANCE, gtol=TOLERANCE
    )
    covariance = np.linalg.inv(found.jac.T @ found.jac)
    return FittedEfficiencies(backends, found.x, (covariance + covariance.T) / 2)


def _prior(settings: ServingSettings, backends: int) -> tuple[Array, Array]:
    spreads = [settings.backend_spread[name] for name in BACKEND_PARAMETERS for _ in range(backends)]
    return np.concatenate([settings.median, np.zeros(len(spreads))]), np.concatenate([settings.spread, spreads])


@dataclass(frozen=True)
class FormulaValues:
    """What the formulas give for each point: logarithms by target, and the share of waiting in the time to first token."""

    logarithms: Mapping[str, Array]
    waiting_share: Array


def predict(theta: Array, backends: Sequence[str], points: Points) -> FormulaValues:
    """Return what the formulas give for each point; of several vectors of logarithms, one in each row, rows alike."""
    first, each, speed, share = (np.empty((*theta.shape[:-1], len(points))) for _ in range(4))
    for is_disaggregated in (False, True):
        keep = points.is_disaggregated == is_disaggregated
        if keep.any():
            load = served(theta, backends, points.subset(keep), is_disaggregated=is_disaggregated)
            first[..., keep], each[..., keep] = load.time_to_first_token, load.time_per_token
            speed[..., keep], share[..., keep] = load.tokens_per_chip_second, load.waiting_share
    logarithms = {"time_per_token": np.log(each), "time_to_first_token": np.log(first), "throughput": np.log(speed)}
    return FormulaValues(logarithms, share)


def served(theta: Array, backends: Sequence[str], points: Points, *, is_disaggregated: bool) -> ServedLoad:
    """Return the load of points of one placement."""
    efficiency = efficiency_of(theta, backends, points.labels["backend"])
    answers = instance(points, efficiency)
    if not is_disaggregated:
        return aggregated(answers, points["concurrency"])
    prompts = instance(points, efficiency, prefix="prefill_")
    return disaggregated(prompts, points["prefill_workers"], answers, points["decode_workers"], points["concurrency"])


def efficiency_of(theta: Array, backends: Sequence[str], labels: Labels) -> Efficiency:
    """Return efficiencies with the factors of the backend of each point; a backend without points has none."""
    factors = np.exp(theta)
    values = {name: factors[..., [place]] for place, name in enumerate(PARAMETERS)}
    of_backends = factors[..., len(PARAMETERS) :].reshape(*theta.shape[:-1], len(BACKEND_PARAMETERS), len(backends))
    is_of = labels == np.array(backends)[:, None]
    for place, name in enumerate(BACKEND_PARAMETERS):
        values[name] = of_backends[..., place, :] @ is_of + ~is_of.any(axis=0)
    return Efficiency(**values)


def instance(points: Points, efficiency: Efficiency, prefix: str = "") -> Instance:
    """Return one instance of each point: that which writes, or with a prefix that which reads prompts."""
    model = ServedModel(
        points["params_total"], points["params_active"], points["params_experts"], points["layers"], points["hidden"],
        points["kv_bytes_per_token"], points["kv_heads"], points["attention_flop_prefill"], points["attention_flop_decode"],
        points["attention_window"], points["experts"], points["experts_per_token"], points["weight_bytes"],
    )  # fmt: skip
    chips = ServingChips(**{field.name: points[field.name] for field in fields(ServingChips)})
    layout = Layout(*(points[f"{prefix}{name}_parallel"] for name in ("tensor", "data", "expert")))
    requests = Requests(points["input_tokens"], points["output_tokens"])
    return Instance(model, chips, layout, requests, efficiency, serving_settings().conventions)
