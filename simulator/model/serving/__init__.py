"""Serving: the cost of a request by list price, on own chips or from a provider, and of all requests of the service life."""

import numpy as np

from simulator.core.quadrature import mean_of_growth
from simulator.core.units import (
    Count,
    Fraction,
    Hours,
    Ratio,
    RequestsPerHour,
    SignedPerHour,
    Tokens,
    TokensPerChipHour,
    TokensPerWord,
    Usd,
    UsdPerChipHour,
    Words,
)
from simulator.model.lines import line


def answer_tokens(output_words: Words, tokens_per_word: TokensPerWord) -> Tokens:
    """Tokens of the answer that is read."""
    return output_words * tokens_per_word


def output_tokens(answer_tokens: Tokens, reasoning_ratio: Ratio) -> Tokens:
    """Output tokens of a request: those of the answer that is read, and hidden reasoning tokens for each of them."""
    return answer_tokens * (1 + reasoning_ratio)


def hosted_request_cost(
    output_tokens: Tokens, serving_speed: TokensPerChipHour, serving_utilisation: Fraction, serving_chip_price: UsdPerChipHour
) -> Usd:
    """Cost of a request on own chips, which are paid for when idle too. The speed includes the processing of prompts.

    `serving_speed` is that of output tokens at full load, and `serving_utilisation` the use of the chips that are paid for.
    """
    return output_tokens / (serving_speed * serving_utilisation) * serving_chip_price


def provided_request_cost(hosted_request_cost: Usd, provider_margin: Ratio) -> Usd:
    """Cost of a request from a provider: a multiple of the cost of its chips."""
    return hosted_request_cost * provider_margin


def growing_share(
    requests: RequestsPerHour, demand_growth: SignedPerHour, demand_limit: RequestsPerHour, service_life: Hours
) -> Fraction:
    """Share of the service life over which demand grows: until it reaches its limit, or all of the life.

    A demand that is at the limit or above it on the first day stays, and one that falls falls for all of the life.
    """
    growth = demand_growth * service_life
    headroom = np.log(np.maximum(demand_limit, requests) / np.where(requests > 0, requests, demand_limit))
    is_limited = growth > headroom
    return np.where(is_limited, headroom / np.where(is_limited, growth, 1), 1)


def served_requests(
    requests: RequestsPerHour, demand_growth: SignedPerHour, growing_share: Fraction, service_life: Hours
) -> Count:
    """Requests of the whole service life, from the first day's rate and its growth."""
    growth = demand_growth * service_life * growing_share
    return requests * service_life * (growing_share * mean_of_growth(growth) + (1 - growing_share) * np.exp(growth))


def equivalent_requests(
    requests: RequestsPerHour,
    demand_growth: SignedPerHour,
    growing_share: Fraction,
    serving_price_decline: SignedPerHour,
    service_life: Hours,
) -> Count:
    """Requests of the service life, each weighted by its cost relative to that of the first day."""
    growth = (demand_growth - serving_price_decline) * service_life * growing_share
    decline = serving_price_decline * service_life * (1 - growing_share)
    later = (1 - growing_share) * np.exp(growth) * mean_of_growth(-decline)
    return requests * service_life * (growing_share * mean_of_growth(growth) + later)


@line("service", noncash="serving_noncash_cost")
def serving_cost(equivalent_requests: Count, request_cost: Usd, deflator: Ratio) -> Usd:
    """Cost of all requests; `request_cost` is that of the first day."""
    return equivalent_requests * request_cost * deflator


def served_tokens(served_requests: Count, output_tokens: Tokens) -> Tokens:
    """Tokens that the model writes in its service life, hidden reasoning included; those of prompts are not in it."""
    return served_requests * output_tokens
