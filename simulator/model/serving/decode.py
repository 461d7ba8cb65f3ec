"""The decode step: the time in which every user of an instance is written one token."""

import numpy as np

from simulator.core.units import (
    AtLeastOne,
    Bytes,
    BytesPerParameter,
    BytesPerToken,
    Chips,
    Count,
    FlopPerParameterToken,
    Fraction,
    Parameters,
    Ratio,
    Tokens,
)
from simulator.model.serving.units import BytesPerChipSecond, FlopPerChipSecond, FlopPerTokenPair, Seconds


def touched_share(expert_share: Fraction, users: Count, routing_evenness: Ratio) -> Fraction:
    """Share of the routed experts that a step reads. Below an evenness of one, tokens choose alike."""
    choices = 1 + np.maximum(users - 1, 0) * routing_evenness
    return 1 - (1 - expert_share) ** choices


def step_weight_bytes(
    total_parameters: Parameters,
    expert_parameters: Parameters,
    weight_bytes: BytesPerParameter,
    data_parallel: Count,
    touched_share: Fraction,
) -> Bytes:
    """Weights that a step reads: each data-parallel rank all but the experts, and the experts that are touched once."""
    return weight_bytes * (data_parallel * (total_parameters - expert_parameters) + expert_parameters * touched_share)


def read_seconds(step_weight_bytes: Bytes, memory_bandwidth: BytesPerChipSecond, chips: Chips, bandwidth_use: Ratio) -> Seconds:
    """Time to read the weights."""
    return step_weight_bytes / (memory_bandwidth * chips * bandwidth_use)


def read_context(context: Tokens, attention_window: Tokens, index_share: Fraction) -> Tokens:
    """Tokens that attention reads for one that is written: all, or those that sparse attention selects by an index of all."""
    selected = np.minimum(context, attention_window) + index_share * context
    return np.where(attention_window > 0, np.minimum(selected, context), context)


def cache_read_seconds(
    users: Count,
    kv_bytes: BytesPerToken,
    kv_copies: Count,
    context: Tokens,
    memory_bandwidth: BytesPerChipSecond,
    chips: Chips,
    cache_bandwidth_use: Ratio,
) -> Seconds:
    """Time to read the keys and values of all users."""
    return users * kv_bytes * kv_copies * context / (memory_bandwidth * chips * cache_bandwidth_use)


def weight_flop_seconds(
    tokens: Tokens,
    active_parameters: Parameters,
    flop_per_parameter: FlopPerParameterToken,
    peak_flop: FlopPerChipSecond,
    chips: Chips,
    decode_flop_use: Ratio,
) -> Seconds:
    """Time of the products of all tokens of the step with the weights."""
    return tokens * active_parameters * flop_per_parameter / (peak_flop * chips * decode_flop_use)


def attention_flop_seconds(
    tokens: Tokens,
    attention_flop: FlopPerTokenPair,
    context: Tokens,
    peak_flop_bf16: FlopPerChipSecond,
    chips: Chips,
    attention_flop_use: Ratio,
) -> Seconds:
    """Time of the products of all tokens of the step with keys and values, at 16 bits."""
    return tokens * attention_flop * context / (peak_flop_bf16 * chips * attention_flop_use)


def overlapped_seconds(one: Seconds, other: Seconds) -> Seconds:
    """Time of two kinds of work that overlap in part: the root of the sum of squares."""
    return np.sqrt(one * one + other * other)


def launch_seconds(
    layers: Count, layer_overhead: Seconds, batch_overhead: Seconds, users: Count, batch_scale: Count
) -> Seconds:
    """Time to start the kernels of a step, and to schedule and sample for its users."""
    return layers * layer_overhead + batch_overhead * np.log(1 + users / batch_scale)


def time_per_token(step_seconds: Seconds, accepted_tokens: AtLeastOne) -> Seconds:
    """Time between tokens of a user, with more than one token for each step where drafts are accepted."""
    return step_seconds / accepted_tokens
