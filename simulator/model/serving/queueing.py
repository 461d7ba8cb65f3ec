"""Waiting: prompts that are read between steps, prompts that wait for another, and users that wait for memory."""

import numpy as np

from simulator.core.units import Count, Fraction, Ratio
from simulator.model.serving.units import RequestsPerSecond, Seconds


def mixed_time_per_token(
    time_per_token: Seconds, users: Count, shared_prefill: Seconds, output_tokens: Count, mixing: Ratio
) -> Seconds:
    """Time between tokens where prompts are read in between: in the time of one answer, each other user begins another."""
    return time_per_token + mixing * np.maximum(users - 1, 0) * shared_prefill / output_tokens


def burst_wait(users: Count, shared_prefill: Seconds, burst: Ratio) -> Seconds:
    """Wait behind prompts that arrived at the same time: users that begin together wait for half of them."""
    return burst * np.maximum(users - 1, 0) * shared_prefill


def queue_wait(load: Fraction, shared_prefill: Seconds, variability: Ratio) -> Seconds:
    """Mean wait in a queue with one server; the variability is 1/2 for service times that are all alike."""
    return variability * load / (1 - load) * shared_prefill


def memory_wait(concurrency: Count, users_that_fit: Count, request_seconds: Seconds) -> Seconds:
    """Wait of users for whom there is no memory until another has ended."""
    return np.maximum(concurrency / users_that_fit - 1, 0) * request_seconds


def request_seconds(time_to_first_token: Seconds, time_per_token: Seconds, output_tokens: Count) -> Seconds:
    """Time of a whole request: until its first token, and the time of each token after it."""
    return time_to_first_token + time_per_token * np.maximum(output_tokens - 1, 0)


def completed_requests(concurrency: Count, request_seconds: Seconds) -> RequestsPerSecond:
    """Requests that end in a second, while as many begin as end (Little 1961)."""
    return concurrency / request_seconds
