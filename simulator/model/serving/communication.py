"""Time that chips of one instance spend on exchange: sums within a tensor-parallel group, and tokens sent to their experts."""

import numpy as np

from simulator.core.units import Bytes, Count, Ratio
from simulator.model.serving.units import BytesPerSecond, Seconds


def reduce_latency(
    layers: Count, sums_per_layer: Count, tensor_parallel: Count, first_latency: Seconds, growth: Ratio
) -> Seconds:
    """Latency of the sums of a step, which grows with the logarithm of the group; none for a single chip."""
    sums = layers * sums_per_layer * first_latency * (1 + growth * np.log(np.maximum(tensor_parallel, 1)))
    return np.where(tensor_parallel > 1, sums, 0)


def reduce_seconds(
    layers: Count,
    transfers_per_layer: Count,
    tokens: Count,
    hidden_size: Count,
    value_bytes: Bytes,
    tensor_parallel: Count,
    bandwidth: BytesPerSecond,
) -> Seconds:
    """Time to send the values of the sums of one pass over some tokens."""
    sent = layers * transfers_per_layer * tokens * hidden_size * value_bytes * (1 - 1 / tensor_parallel)
    return sent / bandwidth


def exchange_latency(layers: Count, exchanges_per_layer: Count, expert_parallel: Count, unit_latency: Seconds) -> Seconds:
    """Latency of sending tokens to their experts and back, in proportion to the logarithm of the chips."""
    return layers * exchanges_per_layer * unit_latency * np.log(np.maximum(expert_parallel, 1))


def exchange_seconds(
    layers: Count,
    tokens: Count,
    copies: Count,
    expert_parallel: Count,
    hidden_size: Count,
    value_bytes: Bytes,
    bandwidth: BytesPerSecond,
) -> Seconds:
    """Time to send the tokens of a chip to their experts on other chips, and back."""
    sent = np.minimum(copies, expert_parallel) * (1 - 1 / np.maximum(expert_parallel, 1))
    return layers * tokens * sent * hidden_size * value_bytes / bandwidth
