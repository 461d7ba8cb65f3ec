"""Memory of an instance: its weights, the keys and values of its users, and how many users fit."""

import numpy as np

from simulator.core.units import (
    Bytes,
    BytesPerChip,
    BytesPerParameter,
    BytesPerToken,
    Chips,
    Count,
    Fraction,
    Parameters,
    Tokens,
)


def held_weight_bytes(
    total_parameters: Parameters, expert_parameters: Parameters, weight_bytes: BytesPerParameter, data_parallel: Count
) -> Bytes:
    """Weights of an instance: each data-parallel rank of the attention has a copy of all but the routed experts."""
    return weight_bytes * (data_parallel * (total_parameters - expert_parameters) + expert_parameters)


def kv_copies(tensor_parallel: Count, kv_heads: Count) -> Count:
    """Copies of keys and values that a tensor-parallel group holds and reads: a head is not divided between chips."""
    return np.maximum(1, tensor_parallel / kv_heads)


def held_tokens(input_tokens: Tokens, output_tokens: Tokens, held_output_share: Fraction) -> Tokens:
    """Tokens that a user holds on average, with room for those not yet written."""
    return input_tokens + held_output_share * output_tokens


def users_that_fit(
    memory: BytesPerChip,
    memory_share: Fraction,
    reserved_memory: BytesPerChip,
    chips: Chips,
    held_weight_bytes: Bytes,
    kv_bytes: BytesPerToken,
    kv_copies: Count,
    held_tokens: Tokens,
) -> Count:
    """Users whose keys and values fit beside the weights; at least one, whose waiting is not modelled."""
    free = (memory * memory_share - reserved_memory) * chips - held_weight_bytes
    return np.maximum(free / (kv_bytes * kv_copies * held_tokens), 1)
