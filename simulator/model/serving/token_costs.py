"""Cost by the token, the word and the task, and the volume from which own chips cost less than a list price.

The cost of a request on own chips is divided among its tokens by their chip time, so that idle hours are charged to all alike.
"""

import numpy as np

from simulator.core.units import (
    ChipHours,
    Chips,
    Count,
    Fraction,
    Ratio,
    RequestsPerHour,
    Tokens,
    TokensPerHour,
    TokensPerWord,
    Usd,
    UsdPerChipHour,
    UsdPerToken,
    UsdPerWord,
)


def supplied_chip_price(supply_cost: Usd, chip_hours: ChipHours, deflator: Ratio) -> UsdPerChipHour:
    """Price of a chip-hour of the fleet: all that its supply costs, by rent, contract or ownership, over its chip-hours."""
    return supply_cost / (chip_hours * deflator)


def hosted_input_cost(hosted_request_cost: Usd, uncached_input_share: Fraction, uncached_tokens: Tokens) -> UsdPerToken:
    """Cost of a token of a prompt that is computed, on chips."""
    return hosted_request_cost * uncached_input_share / uncached_tokens


def hosted_cached_cost(
    hosted_request_cost: Usd, cached_input_share: Fraction, prompt_tokens: Tokens, cached_share: Fraction
) -> UsdPerToken:
    """Cost of a token of a prompt that is loaded from the cache, on chips; nothing where no token is."""
    cached = prompt_tokens * np.where(cached_share > 0, cached_share, 1)
    return hosted_request_cost * cached_input_share / cached


def hosted_output_cost(hosted_request_cost: Usd, output_share: Fraction, output_tokens: Tokens) -> UsdPerToken:
    """Cost of a token of the answer, on chips."""
    return hosted_request_cost * output_share / output_tokens


def provided_input_cost(hosted_input_cost: UsdPerToken, provider_margin: Ratio) -> UsdPerToken:
    """Cost of a token of input that is computed, from a provider."""
    return hosted_input_cost * provider_margin


def provided_cached_cost(hosted_cached_cost: UsdPerToken, provider_margin: Ratio) -> UsdPerToken:
    """Cost of a token of input from the cache of a provider."""
    return hosted_cached_cost * provider_margin


def provided_output_cost(hosted_output_cost: UsdPerToken, provider_margin: Ratio) -> UsdPerToken:
    """Cost of a token of the answer, from a provider."""
    return hosted_output_cost * provider_margin


def reasoning_token_cost(output_token_cost: UsdPerToken) -> UsdPerToken:
    """Cost of a hidden token of reasoning: that of any token that is written."""
    return output_token_cost


def mean_token_cost(request_cost: Usd, prompt_tokens: Tokens, output_tokens: Tokens) -> UsdPerToken:
    """Cost of a token, of prompts and answers alike."""
    return request_cost / (prompt_tokens + output_tokens)


def word_cost(request_cost: Usd, answer_tokens: Tokens, tokens_per_word: TokensPerWord) -> UsdPerWord:
    """Cost of a word of the answer that is read, with the prompt and the reasoning behind it."""
    return request_cost * tokens_per_word / answer_tokens


def task_cost(request_cost: Usd, requests_per_task: Count) -> Usd:
    """Cost of a task of several requests, such as the turns of an agent."""
    return request_cost * requests_per_task


def idle_serving_cost(serving_cost: Usd, idle_hours_share: Fraction) -> Usd:
    """Part of the cost of serving that pays for hours that no request uses, those of instances kept ready included."""
    return serving_cost * idle_hours_share


def keep_warm_cost(serving_cost: Usd, keep_warm_share: Fraction) -> Usd:
    """Part of the cost of serving that pays for instances kept ready beyond what the demand needs."""
    return serving_cost * keep_warm_share


def break_even_utilisation(hosted_request_cost: Usd, serving_utilisation: Fraction, priced_request_cost: Usd) -> Ratio:
    """Use of the fleet at which its cost equals the list price of the same requests; above 1, own chips never cost less."""
    return hosted_request_cost * serving_utilisation / priced_request_cost


def break_even_requests(
    least_replicas: Count, replica_chips: Chips, serving_chip_price: UsdPerChipHour, priced_request_cost: Usd
) -> RequestsPerHour:
    """Requests from which the smallest fleet costs no more than the list price.

    It must be able to answer them: where `break_even_utilisation` is above what the fleet reaches, no volume pays.
    """
    return least_replicas * replica_chips * serving_chip_price / priced_request_cost


def break_even_tokens(break_even_requests: RequestsPerHour, prompt_tokens: Tokens, output_tokens: Tokens) -> TokensPerHour:
    """Tokens of the requests from which the smallest fleet costs no more than the list price: of prompts and answers."""
    return break_even_requests * (prompt_tokens + output_tokens)
