"""The operator's choice: the largest load that meets targets of latency.

Time between tokens and time to first token rise with the users of an instance, so the largest load is found by a fixed number
of steps of bisection (`core.bisection`), elementwise over draws. Where even one user misses a target, no load meets it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simulator.core.bisection import largest
from simulator.core.units import Value
from simulator.model.serving import chip_seconds, queueing
from simulator.model.serving.instance import Instance
from simulator.model.serving.placement import ServedLoad, served_load


@dataclass(frozen=True)
class OperatorChoice:
    """The largest load, and what it costs.

    Attributes
    ----------
    load : ServedLoad
        At the users chosen.
    is_met : array of bool
        Whether both targets are met; where not, the load is that of one user.
    input_chip_seconds, output_chip_seconds : ChipSecondsPerToken
        Chip time of a token of a prompt that is computed, and of one that is written.
    prompt_share : Fraction
        Share of chips that read prompts, where they have chips of their own.

    """

    load: ServedLoad
    is_met: NDArray[np.bool_]
    input_chip_seconds: Value
    output_chip_seconds: Value
    prompt_share: Value


def choose_aggregated(instance: Instance, first_token_target: Value, token_target: Value) -> OperatorChoice:
    """Return the largest load of one instance that reads prompts between its decode steps."""
    users = aggregated_users(instance, first_token_target, token_target)
    return aggregated_choice(instance, users, first_token_target, token_target)


def aggregated_users(instance: Instance, first_token_target: Value, token_target: Value) -> NDArray[np.float64]:
    """Return the most users of one instance that meet both targets, one at least."""
    meets = _aggregated_condition(instance, first_token_target, token_target)
    return largest_load(meets, instance.users_that_fit)[0]


def aggregated_choice(instance: Instance, users: Value, first_token_target: Value, token_target: Value) -> OperatorChoice:
    """Return the load of some users on one instance, and whether one user at a time meets both targets."""
    output = instance.requests.output_tokens
    load = served_load(*_aggregated_times(instance, users), users, users, output, instance.layout.chips + 0 * users)
    is_met = _aggregated_condition(instance, first_token_target, token_target)(np.ones_like(users))
    return _choice(load, is_met, instance, instance, users, np.zeros_like(users))


def _aggregated_times(instance: Instance, users: Value) -> tuple[Value, Value, Value]:
    """Return time of the prompt, wait before it, and time between tokens."""
    each, output, shared = instance.efficiency, instance.requests.output_tokens, instance.shared_prefill_seconds
    step = instance.time_per_token(users)
    factor = each.prompt_backend * each.first_residual
    per_token = each.token_residual * queueing.mixed_time_per_token(step, users, shared, output, each.mixing)
    read = factor * (each.answer_overhead + instance.lone_prefill_seconds + step)
    return read, factor * each.wait_residual * queueing.burst_wait(users, shared, each.burst), per_token


def _aggregated_condition(
    instance: Instance, first_token_target: Value, token_target: Value
) -> Callable[[Value], NDArray[np.bool_]]:
    def meets(users: Value) -> NDArray[np.bool_]:
        read, waited, per_token = _aggregated_times(instance, users)
        return np.asarray((read + waited <= first_token_target) & (per_token <= token_target))

    return meets


def choose_disaggregated(
    prompts: Instance, answers: Instance, first_token_target: Value, token_target: Value
) -> OperatorChoice:
    """Return the largest load of pools of their own for prompts and answers, sized so that both are at their limit.

    Prompts arrive at random; the load of their pool is the largest whose wait leaves the time to first token within its target.
    """
    users = disaggregated_users(answers, token_target)
    return disaggregated_choice(prompts, answers, users, first_token_target, token_target)


def disaggregated_users(answers: Instance, token_target: Value) -> NDArray[np.float64]:
    """Return the most users of one instance that writes answers at the target, one at least."""
    return largest_load(_answers_condition(answers, token_target), answers.users_that_fit)[0]


def _answers_condition(answers: Instance, token_target: Value) -> Callable[[Value], NDArray[np.bool_]]:
    return lambda users: np.asarray(answers.efficiency.token_residual * answers.time_per_token(users) <= token_target)


def disaggregated_choice(
    prompts: Instance, answers: Instance, users: Value, first_token_target: Value, token_target: Value
) -> OperatorChoice:
    """Return the load of some users on each instance that writes answers, with a pool for prompts that keeps up."""
    each, output = answers.efficiency, answers.requests.output_tokens
    shared = prompts.shared_prefill_seconds
    is_met = _answers_condition(answers, token_target)(np.ones_like(users))
    per_token = each.token_residual * answers.time_per_token(users)
    fixed = each.answer_overhead + prompts.lone_prefill_seconds
    factor = each.prompt_backend * each.first_residual
    variability = each.wait_residual * each.queue_variability
    patience = np.maximum(first_token_target / factor - fixed, 0) / (variability * shared)
    utilisation = patience / (1 + patience)
    can_wait = utilisation > 0
    waited = factor * queueing.queue_wait(utilisation, shared, variability)
    rate = users / (per_token * output)
    busy_chips = prompts.layout.chips * rate * each.token_residual * shared
    prompt_chips = busy_chips / np.where(can_wait, utilisation, 1)
    chips = answers.layout.chips + prompt_chips
    load = served_load(factor * fixed, waited, per_token, users, users, output, chips)
    load = replace(load, tokens_per_second=rate * output)
    return _choice(load, is_met & can_wait, prompts, answers, users, prompt_chips / chips)


def largest_load(meets: Callable[[Value], NDArray[np.bool_]], most: Value) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the largest number of users up to `most` that meets the targets, one at least, and whether one does."""
    high = np.asarray(most + 0.0)
    low = np.ones_like(high)
    return np.where(meets(high), high, largest(meets, low, high)), meets(low)


def _choice(
    load: ServedLoad, is_met: NDArray[np.bool_], prompts: Instance, answers: Instance, users: Value, prompt_share: Value
) -> OperatorChoice:
    residual = answers.efficiency.token_residual
    tokens = prompts.uncached_tokens
    return OperatorChoice(
        load,
        is_met,
        chip_seconds.input_chip_seconds(prompts.layout.chips, prompts.shared_prefill_seconds, tokens, residual),
        chip_seconds.output_chip_seconds(answers.layout.chips, answers.time_per_token(users), users, residual),
        prompt_share,
    )
