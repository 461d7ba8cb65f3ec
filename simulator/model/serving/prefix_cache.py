"""Prefix cache: tokens whose keys and values are kept need no prefill, but memory, and time to load them."""

from simulator.core.units import BytesPerToken, Fraction, Tokens
from simulator.model.serving.units import BytesPerChipSecond, ChipSeconds


def uncached_tokens(input_tokens: Tokens, cached_share: Fraction) -> Tokens:
    """Tokens of a prompt that must be computed."""
    return input_tokens * (1 - cached_share)


def cache_load_seconds(
    input_tokens: Tokens, cached_share: Fraction, kv_bytes: BytesPerToken, load_bandwidth: BytesPerChipSecond
) -> ChipSeconds:
    """Chip time to load the keys and values of the cached tokens from the memory of the host."""
    return input_tokens * cached_share * kv_bytes / load_bandwidth
