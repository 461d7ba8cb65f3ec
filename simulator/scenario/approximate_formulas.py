"""Formulas of a scenario for the architecture of a model without a row: the regressions of `approximation.py`, by draw."""

from collections.abc import Callable, Mapping

import numpy as np

from simulator.core.units import Unit, Value
from simulator.engine.graph import Formula
from simulator.scenario.approximation import coefficients, median_of_kind

TOTAL, ACTIVE = "served_total_parameters", "served_active_parameters"
ERRORS = {
    "layers": "served_layers_error",
    "kv_bytes_per_token": "served_kv_error",
    "attention_flop_prefill": "served_attention_error",
    "experts": "served_experts_error",
}
"""Factors of the errors of the approximation, by its quantity; each is a prior with a median of 1."""
BYTES_PER_VALUE, KEYS_AND_VALUES = 2.0, 2.0


def approximation_formulas(units: Mapping[str, Unit]) -> tuple[Formula, ...]:
    """Return the formulas of what serving needs of a model, from its parameters alone."""
    rows: tuple[tuple[str, str, tuple[str, ...], Callable[..., Value]], ...] = (
        ("served_layers", "Layers", (ERRORS["layers"],), _regressed("layers")),
        ("served_hidden_size", "Size of the vector of a token", (), _regressed("hidden_size")),
        ("served_kv_bytes", "Keys and values of a token, at 16 bits", (ERRORS["kv_bytes_per_token"],),
         _regressed("kv_bytes_per_token")),
        ("served_kv_heads", "Heads of keys and values", ("served_kv_bytes", "served_layers"), _kv_heads),
        ("served_attention_flop_prefill", "Work of attention for a pair of tokens", (ERRORS["attention_flop_prefill"],),
         _regressed("attention_flop_prefill")),
        ("served_attention_flop_decode", "Work of attention for a pair of tokens while writing",
         ("served_attention_flop_prefill",), lambda total, active, attention: attention + 0 * total),
        ("served_attention_window", "Tokens that sparse attention reads: all", (), lambda total, active: 0 * total),
        ("served_experts", "Experts of a layer; none of a dense model", (ERRORS["experts"],), _experts),
        ("served_expert_parameters", "Parameters of all experts; none of a dense model", (), _expert_parameters),
        ("served_active_experts", "Experts that a token passes", ("served_experts", "served_expert_parameters"),
         _active_experts),
    )  # fmt: skip
    return tuple(_formula(name, about, needs, function, units) for name, about, needs, function in rows)


def _formula(
    name: str, about: str, needs: tuple[str, ...], function: Callable[..., Value], units: Mapping[str, Unit]
) -> Formula:
    def compute(*values: Value) -> Value:
        result = np.asarray(function(*values), dtype=np.float64)
        return result if result.ndim else float(result)

    compute.__doc__ = f"{about}, approximated from the parameters by regression over open models."
    compute.__name__ = name
    return Formula(name, compute, (TOTAL, ACTIVE, *needs), units[name])


def is_mixture(total: Value, active: Value) -> Value:
    """Whether a model is a mixture of experts, by its parameters."""
    return np.asarray(active < total)


def _regressed(quantity: str) -> Callable[..., Value]:
    def value(total: Value, active: Value, error: Value = 1.0) -> Value:
        dense, mixture = (_exponential(coefficients(kind, quantity), total, active) for kind in ("dense", "mixture"))
        return np.where(is_mixture(total, active), mixture, dense) * error

    return value


def _exponential(betas: tuple[float, ...], total: Value, active: Value) -> Value:
    logarithm = betas[0] + betas[1] * np.log(total)
    return np.exp(logarithm + betas[2] * np.log(active)) if len(betas) > 2 else np.exp(logarithm)


def _kv_heads(total: Value, active: Value, kv_bytes: Value, layers: Value) -> Value:
    head_dim = np.where(is_mixture(total, active), median_of_kind("mixture", "head_dim"), median_of_kind("dense", "head_dim"))
    return np.maximum(kv_bytes / (BYTES_PER_VALUE * KEYS_AND_VALUES * layers * head_dim), 1)


def _experts(total: Value, active: Value, error: Value) -> Value:
    found = _exponential(coefficients("mixture", "experts"), total, active) * error
    return np.where(is_mixture(total, active), np.maximum(found, 1), 0)


def _passed(total: Value, active: Value) -> Value:
    """Return the parameters of experts that a token passes."""
    return active / (1 + _exponential(coefficients("mixture", "other_ratio"), total, active))


def _expert_parameters(total: Value, active: Value) -> Value:
    return np.where(is_mixture(total, active), total - (active - _passed(total, active)), 0)


def _active_experts(total: Value, active: Value, experts: Value, expert_parameters: Value) -> Value:
    whole = np.where(is_mixture(total, active), expert_parameters, 1)
    return np.where(is_mixture(total, active), experts * _passed(total, active) / whole, 0)
