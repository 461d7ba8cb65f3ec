"""Prefill: the time to read a prompt, alone and as one of many."""

import numpy as np

from simulator.core.units import Chips, Count, FlopPerParameterToken, Fraction, Parameters, Ratio, Tokens
from simulator.model.serving.units import ChipSeconds, FlopPerChipSecond, FlopPerTokenPair, Seconds


def mean_context(input_tokens: Tokens, uncached_tokens: Tokens, causal_share: Fraction) -> Tokens:
    """Tokens before a token of the prompt that is computed, on average: those cached, and half of those computed."""
    return input_tokens - uncached_tokens + causal_share * uncached_tokens


def prefill_chip_seconds(
    uncached_tokens: Tokens,
    mean_context: Tokens,
    active_parameters: Parameters,
    flop_per_parameter: FlopPerParameterToken,
    attention_flop: FlopPerTokenPair,
    peak_flop: FlopPerChipSecond,
    prefill_flop_use: Ratio,
    peak_flop_bf16: FlopPerChipSecond,
    attention_flop_use: Ratio,
) -> ChipSeconds:
    """Chip time of the products of a prompt: with the weights, and with keys and values at 16 bits."""
    weights = uncached_tokens * active_parameters * flop_per_parameter / (peak_flop * prefill_flop_use)
    return weights + attention_flop * uncached_tokens * mean_context / (peak_flop_bf16 * attention_flop_use)


def shared_prefill_seconds(
    chip_seconds: ChipSeconds,
    chips: Chips,
    exchange: Seconds,
    weight_pass: Seconds,
    uncached_tokens: Tokens,
    chunk_tokens: Tokens,
) -> Seconds:
    """Time of an instance for a prompt among many: their chunks share the passes over the weights."""
    return chip_seconds / chips + exchange + weight_pass * uncached_tokens / chunk_tokens


def lone_prefill_seconds(
    chip_seconds: ChipSeconds,
    tensor_parallel: Chips,
    exchange: Seconds,
    weight_pass: Seconds,
    uncached_tokens: Tokens,
    chunk_tokens: Tokens,
    layers: Count,
    prefill_layer_overhead: Seconds,
) -> Seconds:
    """Time from the start of a prompt to its end: one tensor-parallel group reads it, with one pass for each chunk at least."""
    passes = np.maximum(1, uncached_tokens / chunk_tokens)
    return chip_seconds / tensor_parallel + exchange + weight_pass * passes + layers * prefill_layer_overhead
