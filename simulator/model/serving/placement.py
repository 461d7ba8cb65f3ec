"""Load on instances: prompts and answers on the same chips (aggregated), or on chips of their own (disaggregated).

The state of disaggregated pools has no closed form. It is found by a fixed number of steps of bisection on the load of the
prompt pool (`core.bisection`), elementwise over draws; each step uses the plain formulas only.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.core.bisection import largest
from simulator.core.units import Value
from simulator.model.serving import queueing
from simulator.model.serving.instance import Instance


@dataclass(frozen=True)
class ServedLoad:
    """What a load comes to.

    Attributes
    ----------
    time_to_first_token, time_per_token : Seconds
        Means over requests.
    users : Count
        Users in decode at a time on one instance.
    request_seconds : Seconds
    tokens_per_second : TokensPerSecond
        Output tokens of all instances.
    chips : Chips
        Chips of all instances.

    """

    time_to_first_token: Value
    time_per_token: Value
    users: Value
    request_seconds: Value
    tokens_per_second: Value
    chips: Value

    @property
    def tokens_per_chip_second(self) -> Value:
        """Output tokens by second and chip."""
        return self.tokens_per_second / self.chips


def served_load(
    time_to_first_token: Value, time_per_token: Value, users: Value, concurrency: Value, output_tokens: Value, chips: Value
) -> ServedLoad:
    """Return a load from its two times and the users at a time."""
    seconds = queueing.request_seconds(time_to_first_token, time_per_token, output_tokens)
    rate = queueing.completed_requests(concurrency, seconds)
    return ServedLoad(time_to_first_token, time_per_token, users, seconds, rate * output_tokens, chips)


def aggregated(instance: Instance, concurrency: Value) -> ServedLoad:
    """Return the load of users at a time on one instance that reads prompts between its decode steps."""
    each, output = instance.efficiency, instance.requests.output_tokens
    fit = instance.users_that_fit
    users = np.minimum(concurrency, fit)
    shared, step = instance.shared_prefill_seconds, instance.time_per_token(users)
    per_token = each.token_residual * queueing.mixed_time_per_token(step, users, shared, output, each.mixing)
    waited = queueing.burst_wait(users, shared, each.burst)
    factor = each.prompt_backend * each.first_residual
    first = factor * (each.answer_overhead + instance.lone_prefill_seconds + step + waited)
    first = first + queueing.memory_wait(concurrency, fit, first + per_token * output)
    return served_load(first, per_token, users, concurrency, output, instance.layout.chips + 0 * first)


def disaggregated(
    prompts: Instance, prompt_instances: Value, answers: Instance, answer_instances: Value, concurrency: Value
) -> ServedLoad:
    """Return the load of users at a time on a pool that reads prompts and one that writes answers."""
    each, output = prompts.efficiency, answers.requests.output_tokens
    shared = prompts.shared_prefill_seconds / prompt_instances
    fixed = each.answer_overhead + prompts.lone_prefill_seconds + queueing.burst_wait(concurrency, shared, each.burst)
    fit = answers.users_that_fit * answer_instances

    def state(load: Value) -> tuple[Value, Value, Value]:
        """Return time to first token, users in decode and time between tokens at a load of the prompt pool."""
        wait = queueing.queue_wait(load, shared, each.queue_variability)
        first = each.prompt_backend * each.first_residual * (fixed + wait)
        users = np.minimum(np.maximum(concurrency - first * load / shared, 0), fit)
        return first, users, each.token_residual * answers.time_per_token(users / answer_instances)

    def has_room(load: Value) -> NDArray[np.bool_]:
        """Whether the users of this load are fewer than there are."""
        first, _, per_token = state(load)
        return np.asarray(load / shared * queueing.request_seconds(first, per_token, output) < concurrency)

    zero = np.asarray(0 * (shared + concurrency + fit))
    load = largest(has_room, zero, zero + 1)
    first, users, per_token = state(load)
    first = first + queueing.memory_wait(concurrency, fit, per_token * output)
    chips = prompts.layout.chips * prompt_instances + answers.layout.chips * answer_instances
    return served_load(first, per_token, users / answer_instances, concurrency, output, chips + 0 * first)
