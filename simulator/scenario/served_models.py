"""Language models of the library as the model of serving takes them, and which measured points are of the same architecture."""

from dataclasses import replace
from functools import cache

from simulator.model.serving.architecture import Architecture
from simulator.model.serving.settings import ServedModel
from simulator.scenario.models import architecture, find_model
from simulator.scenario.serving_posterior import NEW

FULL_BYTES = 2.0
"""Bytes of a value of keys and values at 16 bits."""
BITS_PER_BYTE = 8.0


def served_model(each: Architecture) -> ServedModel:
    """Return a model at the precision of its published weights; those of a mixture are at the mean of its weights."""
    expert, other = each.expert_parameters * each.weight_bits, each.other_parameters * each.dense_weight_bits
    return ServedModel(
        total_parameters=each.total_parameters,
        active_parameters=each.active_parameters,
        expert_parameters=each.expert_parameters,
        layers=each.layers,
        hidden_size=each.hidden_size,
        kv_bytes=each.kv_bytes_per_token(FULL_BYTES),
        kv_heads=each.kv_heads,
        attention_flop_prefill=each.attention_flop_prefill,
        attention_flop_decode=each.attention_flop_decode,
        attention_window=each.selected_tokens,
        experts=each.experts,
        active_experts=each.active_experts,
        weight_bytes=(expert + other) / each.total_parameters / BITS_PER_BYTE,
    )


@cache
def measured_as(name: str, measured: frozenset[str]) -> str:
    """Return the model among those with measured points whose architecture is that of a model, or `new`.

    A model that was trained further, or anew at the same sizes, serves at the same speed.
    """
    if not find_model(name):
        return NEW
    served = _shape(name)
    return next((each for each in sorted(measured) if find_model(each) and _shape(each) == served), NEW)


def _shape(name: str) -> ServedModel:
    """Return what serving sees of a model, at any precision."""
    return replace(served_model(architecture(name)), weight_bytes=1.0)
