"""Chip time by token: what each kind of token costs, and the nodes that a day's tokens need."""

from simulator.core.units import Chips, ChipsPerNode, Count, Ratio, Tokens
from simulator.model.serving.units import ChipSeconds, ChipSecondsPerToken, Nodes, Seconds


def input_chip_seconds(chips: Chips, shared_prefill: Seconds, uncached_tokens: Tokens, residual: Ratio) -> ChipSecondsPerToken:
    """Chip time of a token of a prompt that is computed."""
    return residual * chips * shared_prefill / uncached_tokens


def output_chip_seconds(
    chips: Chips, time_per_token: Seconds, tokens_at_a_time: Tokens, residual: Ratio
) -> ChipSecondsPerToken:
    """Chip time of a token that is written: in the time between tokens, each user of the instance is written one."""
    return residual * chips * time_per_token / tokens_at_a_time


def answering_seconds(
    time_per_token: Seconds, output_tokens: Count, users: Count, shared_prefill: Seconds, residual: Ratio
) -> Seconds:
    """Time in which each user of an instance is answered once: the steps of an answer, and the prompts of all."""
    return residual * (output_tokens * time_per_token + users * shared_prefill)


def request_chip_seconds(
    input_chip_seconds: ChipSecondsPerToken,
    uncached_tokens: Tokens,
    output_chip_seconds: ChipSecondsPerToken,
    output_tokens: Tokens,
) -> ChipSeconds:
    """Chip time of a request."""
    return input_chip_seconds * uncached_tokens + output_chip_seconds * output_tokens


def busy_nodes(chip_seconds: ChipSeconds, period: Seconds, chips_per_node: ChipsPerNode) -> Nodes:
    """Nodes that so much chip time keeps busy over a period."""
    return chip_seconds / period / chips_per_node
