"""List prices of an interface: input, cached input, writes to the cache and output, with factors on the whole request."""

import numpy as np

from simulator.core.units import Fraction, Ratio, Tokens, Usd, UsdPerToken


def cached_input_price(input_price: UsdPerToken, cached_price_ratio: Ratio) -> UsdPerToken:
    """Price of input that is read from the prompt cache, where the list has none: a share of the price of input."""
    return input_price * cached_price_ratio


def cache_write_price(input_price: UsdPerToken, write_price_ratio: Ratio) -> UsdPerToken:
    """Price of input that is written to the prompt cache, where the list has none: a multiple of the price of input."""
    return input_price * write_price_ratio


def uncached_tokens(prompt_tokens: Tokens, cached_share: Fraction) -> Tokens:
    """Tokens of a prompt that are not in the prompt cache."""
    return prompt_tokens * (1 - cached_share)


def mean_input_price(cache_write_share: Fraction, input_price: UsdPerToken, cache_write_price: UsdPerToken) -> UsdPerToken:
    """Mean price of a token that is not in the cache: some of them are written to it."""
    return input_price + cache_write_share * (cache_write_price - input_price)


def listed_input_cost(
    prompt_tokens: Tokens, cached_share: Fraction, mean_input_price: UsdPerToken, cached_input_price: UsdPerToken
) -> Usd:
    """Cost of the prompt of a request by the list, before factors."""
    return prompt_tokens * ((1 - cached_share) * mean_input_price + cached_share * cached_input_price)


def listed_output_cost(output_tokens: Tokens, output_price: UsdPerToken) -> Usd:
    """Cost of the answer of a request by the list, hidden reasoning included, before factors."""
    return output_tokens * output_price


def long_context_input_factor(prompt_tokens: Tokens, long_context_from: Tokens, long_input_factor: Ratio) -> Ratio:
    """Factor on the price of input of a request whose prompt is longer than the list allows at its base price."""
    return np.where(prompt_tokens > long_context_from, long_input_factor, 1)


def long_context_output_factor(prompt_tokens: Tokens, long_context_from: Tokens, long_output_factor: Ratio) -> Ratio:
    """Factor on the price of output of such a request."""
    return np.where(prompt_tokens > long_context_from, long_output_factor, 1)


def list_price_factor(
    service_tier_factor: Ratio,
    batch_share: Fraction,
    batch_price_factor: Ratio,
    peak_hours_share: Fraction,
    peak_hours_factor: Ratio,
) -> Ratio:
    """Factor on the list price of all requests: the service tier, what goes in batches, and what falls into dearer hours."""
    batch = 1 + batch_share * (batch_price_factor - 1)
    hours = 1 + peak_hours_share * (peak_hours_factor - 1)
    return service_tier_factor * batch * hours


def priced_request_cost(
    listed_input_cost: Usd,
    listed_output_cost: Usd,
    long_context_input_factor: Ratio,
    long_context_output_factor: Ratio,
    list_price_factor: Ratio,
) -> Usd:
    """Cost of a request by list prices."""
    tokens = listed_input_cost * long_context_input_factor + listed_output_cost * long_context_output_factor
    return tokens * list_price_factor


def priced_input_cost(mean_input_price: UsdPerToken, long_context_input_factor: Ratio, list_price_factor: Ratio) -> UsdPerToken:
    """Cost of a token of input that is not in the cache, by list prices."""
    return mean_input_price * long_context_input_factor * list_price_factor


def priced_cached_cost(
    cached_input_price: UsdPerToken, long_context_input_factor: Ratio, list_price_factor: Ratio
) -> UsdPerToken:
    """Cost of a token of input from the cache, by list prices."""
    return cached_input_price * long_context_input_factor * list_price_factor


def priced_output_cost(output_price: UsdPerToken, long_context_output_factor: Ratio, list_price_factor: Ratio) -> UsdPerToken:
    """Cost of a token of the answer, by list prices."""
    return output_price * long_context_output_factor * list_price_factor
