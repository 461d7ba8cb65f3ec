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
    waiting_share : Fraction
        Share of the time to first token that is spent behind other requests, or for memory.
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
    waiting_share: Value
    users: Value
    request_seconds: Value
    tokens_per_second: Value
    chips: Value

    @property
    def tokens_per_chip_second(self) -> Value:
        """Output tokens by second and chip."""
        return self.tokens_per_second / self.chips


def served_load(
    read: Value, waited: Value, time_per_token: Value, users: Value, concurrency: Value, output_tokens: Value, chips: Value
) -> ServedLoad:
    """Return a load from the two parts of the time to first token, the time between tokens, and the users at a time."""
    first = read + waited
    seconds = queueing.request_seconds(first, time_per_token, output_tokens)
    rate = queueing.completed_requests(concurrency, seconds)
    return ServedLoad(first, time_per_token, waited / first, users, seconds, rate * output_tokens, chips)


def aggregated(instance: Instance, concurrency: Value) -> ServedLoad:
    """Return the load of users at a time on one instance that reads prompts between its decode steps."""
    each, output = instance.efficiency, instance.requests.output_tokens
    fit = instance.users_that_fit
    users = np.minimum(concurrency, fit)
    shared, step = instance.shared_prefill_seconds, instance.time_per_token(users)
    per_token = each.token_residual * queueing.mixed_time_per_token(step, users, shared, output, each.mixing)
    factor = each.prompt_backend * each.first_residual
    read = factor * (each.answer_overhead + instance.lone_prefill_seconds + step)
    waited = factor * each.wait_residual * queueing.burst_wait(users, shared, each.burst)
    request = read + waited + per_token * output
    waited = waited + each.wait_residual * queueing.memory_wait(concurrency, fit, request)
    return served_load(read, waited, per_token, users, concurrency, output, instance.layout.chips + 0 * read)


def disaggregated(
    prompts: Instance, prompt_instances: Value, answers: Instance, answer_instances: Value, concurrency: Value
) -> ServedLoad:
    """Return the load of users at a time on a pool that reads prompts and one that writes answers."""
    each, output = prompts.efficiency, answers.requests.output_tokens
    shared = prompts.shared_prefill_seconds / prompt_instances
    factor = each.prompt_backend * each.first_residual
    read = factor * (each.answer_overhead + prompts.lone_prefill_seconds)
    burst = queueing.burst_wait(concurrency, shared, each.burst)
    fit = answers.users_that_fit * answer_instances

    def state(load: Value) -> tuple[Value, Value, Value]:
        """Return wait before the prompt, users in decode and time between tokens at a load of the prompt pool."""
        waited = factor * each.wait_residual * (burst + queueing.queue_wait(load, shared, each.queue_variability))
        users = np.minimum(np.maximum(concurrency - (read + waited) * load / shared, 0), fit)
        return waited, users, each.token_residual * answers.time_per_token(users / answer_instances)

    def has_room(load: Value) -> NDArray[np.bool_]:
        """Whether the users of this load are fewer than there are."""
        waited, _, per_token = state(load)
        return np.asarray(load / shared * queueing.request_seconds(read + waited, per_token, output) < concurrency)

    zero = np.asarray(0 * (shared + concurrency + fit))
    load = largest(has_room, zero, zero + 1)
    waited, users, per_token = state(load)
    waited = waited + each.wait_residual * queueing.memory_wait(concurrency, fit, per_token * output)
    chips = prompts.layout.chips * prompt_instances + answers.layout.chips * answer_instances
    return served_load(read, waited, per_token, users / answer_instances, concurrency, output, chips + 0 * waited)
