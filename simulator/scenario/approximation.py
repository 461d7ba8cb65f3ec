"""Architecture of a model without a row: regressions over the models of the library, with their errors on models left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.core.suggestions import InvalidValueError
from simulator.model.serving.architecture import Architecture
from simulator.scenario import models

Numbers = NDArray[np.float64]
NOTE = "approximated from its parameters by regression over open models; describe its architecture for a narrower interval"
BYTES_PER_VALUE = 2.0
"""Of keys and values, at 16 bits; the regressions are the same at any other precision."""
QUANTITIES = ("layers", "hidden_size", "kv_bytes_per_token", "attention_flop_prefill", "active_parameters")
OF_MIXTURES = ("layers", "hidden_size", "kv_bytes_per_token", "attention_flop_prefill", "other_ratio", "experts")
KINDS: Mapping[str, tuple[str, ...]] = {"dense": QUANTITIES, "mixture": OF_MIXTURES}
"""Quantities that are approximated, by kind of model."""
INTERVAL_95 = 1.96
"""Standard deviations around the mean of a normal distribution that hold 95% of it."""


@dataclass(frozen=True, slots=True)
class ApproximationError:
    """Error of the approximation of one quantity, each model left out in turn.

    Attributes
    ----------
    quantity : str
        The quantity.
    kind : str
        `dense` or `mixture`.
    models : int
        Models of the library of this kind.
    spread : float
        Root mean square of the error of the natural logarithm.
    inside : float
        Share of the models whose error is at most 1.96 times the spread: 0.95 for a normal distribution.

    """

    quantity: str
    kind: str
    models: int
    spread: float
    inside: float


class _Regression(NamedTuple):
    coefficients: Numbers
    errors: Numbers
    """Of the logarithm, each model left out in turn."""


def approximate_architecture(total_parameters: float, active_parameters: float | None = None) -> Architecture:
    """Return an architecture for a model of which the parameters alone are known.

    Layers, hidden size, memory for keys and values and the work of attention follow from regressions over the models of the
    library, dense ones and mixtures of experts apart. Its numbers need not be whole. `spread` has the standard deviation of the
    logarithm of each, from models left out; `note` says that the model was approximated.

    Parameters
    ----------
    total_parameters : float
        All parameters.
    active_parameters : float, optional
        Parameters that a token passes; none, or as many as all, for a dense model.

    Raises
    ------
    InvalidValueError
        If the parameters are not positive and finite, or more are active than there are.

    """
    active = total_parameters if active_parameters is None else active_parameters
    if not 0 < active <= total_parameters < np.inf:
        raise InvalidValueError(
            f"active parameters must be above 0 and at most the total, not {active:g} of {total_parameters:g}"
        )
    kind = "dense" if active == total_parameters else "mixture"
    at = _regressors(kind, np.array([total_parameters]), np.array([active]))[0]
    value = {name: float(np.exp(at @ fit.coefficients)) for name, fit in _regressions(kind).items()}
    head_dim, vocabulary, context = (_median(kind, name) for name in ("head_dim", "vocabulary", "max_context"))
    layer_values = value["layers"] * (head_dim + head_dim)
    experts, of_experts, share = 0.0, 0.0, 1.0
    if kind == "mixture":
        passed = active / (1 + value["other_ratio"])
        experts, of_experts = value["experts"], total_parameters - (active - passed)
        share = passed / of_experts
    return Architecture(
        name="",
        layers=value["layers"],
        hidden_size=value["hidden_size"],
        heads=value["attention_flop_prefill"] / (2 * layer_values),
        kv_heads=value["kv_bytes_per_token"] / (BYTES_PER_VALUE * layer_values),
        head_dim=head_dim,
        value_dim=head_dim,
        latent_rank=None,
        rope_dim=0.0,
        experts=experts,
        active_experts=share * experts,
        shared_experts=0.0,
        expert_layers=value["layers"] if experts else 0.0,
        total_parameters=total_parameters,
        active_parameters=min(active, value.get("active_parameters", active)),
        expert_parameters=of_experts,
        vocabulary=vocabulary,
        attention="gqa",
        window=0.0,
        full_attention_layers=value["layers"],
        selected_tokens=0.0,
        index_values=0.0,
        state_values=0.0,
        weight_bits=models.FULL_BITS,
        dense_weight_bits=models.FULL_BITS,
        max_context=context,
        grade="D",
        spread={error.quantity: error.spread for error in approximation_errors() if error.kind == kind},
        note=NOTE,
    )


@cache
def approximation_errors() -> tuple[ApproximationError, ...]:
    """Return the error of each quantity that is approximated, for dense models and for mixtures of experts."""
    return tuple(
        ApproximationError(
            quantity=name,
            kind=kind,
            models=len(fit.errors),
            spread=(spread := float(np.sqrt(np.mean(fit.errors**2)))),
            inside=float(np.mean(np.abs(fit.errors) <= INTERVAL_95 * spread)),
        )
        for kind in KINDS
        for name, fit in _regressions(kind).items()
    )


def coefficients(kind: str, quantity: str) -> tuple[float, ...]:
    """Return the regression of a quantity of `dense` models or of each `mixture`: a constant, and those of the parameters."""
    return tuple(float(each) for each in _regressions(kind)[quantity].coefficients)


@cache
def median_of_kind(kind: str, attribute: str) -> float:
    """Return the median of an attribute over the models of a kind."""
    return _median(kind, attribute)


def _of_kind(kind: str) -> list[Architecture]:
    every = [models.architecture(name) for name in models.rows()]
    return [each for each in every if (each.experts > 0) == (kind == "mixture")]


def _median(kind: str, attribute: str) -> float:
    return float(np.median([getattr(each, attribute) for each in _of_kind(kind)]))


def _regressors(kind: str, total: Numbers, active: Numbers) -> Numbers:
    """Return one row for each model: a constant and the logarithms of its parameters."""
    columns = [np.ones(len(total)), np.log(total)] + ([np.log(active)] if kind == "mixture" else [])
    return np.stack(columns, axis=1)


def _observed(quantity: str, model: Architecture) -> float:
    if quantity == "kv_bytes_per_token":
        return float(model.kv_bytes_per_token(BYTES_PER_VALUE))
    if quantity == "other_ratio":  # parameters outside the experts over those of the experts, of what a token passes
        return model.read_parameters / (model.active_parameters - model.read_parameters)
    return float(getattr(model, quantity))


@cache
def _regressions(kind: str) -> Mapping[str, _Regression]:
    """Return the regression of the logarithm of each quantity over the models of a kind."""
    of_kind = _of_kind(kind)
    total, active = (np.array([getattr(each, name) for each in of_kind]) for name in ("total_parameters", "active_parameters"))
    rows = _regressors(kind, total, active)
    inverse = np.linalg.pinv(rows)
    leverage = np.einsum("ij,ji->i", rows, inverse)
    fits = {}
    for quantity in KINDS[kind]:
        logarithms = np.log([_observed(quantity, each) for each in of_kind])
        coefficients: Numbers = np.asarray(inverse @ logarithms, dtype=np.float64)
        fits[quantity] = _Regression(coefficients, (logarithms - rows @ coefficients) / (1 - leverage))
    return fits
