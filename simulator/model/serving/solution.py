"""The operator's choice as formulas of a scenario: users of an instance, times, speed, and where the chip time goes.

The users are found by bisection (`operator.py`) and are one quantity, so that a run searches once; all others follow from them.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from simulator.core.units import (
    Chips,
    Fraction,
    HoursPerRequest,
    HoursPerToken,
    Ratio,
    TokensPerChipHour,
    Unit,
    Value,
    unit_of,
)
from simulator.engine.graph import Formula
from simulator.model.serving import operator, prefix_cache
from simulator.model.serving.operator import OperatorChoice
from simulator.model.serving.quantities import build_instance, instance_quantities

AGGREGATED, DISAGGREGATED = "aggregated", "disaggregated"
PLACEMENTS = (AGGREGATED, DISAGGREGATED)
USERS = "serving_users"
FIRST_TARGET, TOKEN_TARGET = "time_to_first_token_target", "time_per_output_token_target"

Values = Mapping[str, Value]


class _Solved(NamedTuple):
    """A quantity that follows from the operator's choice."""

    name: str
    about: str
    unit: Any
    value: Callable[[OperatorChoice, Values], Value]


def _shares(choice: OperatorChoice, values: Values) -> tuple[Value, Value]:
    """Return the shares of a request's chip time that its uncached and its cached prompt tokens take."""
    instance = build_instance(values)
    prompt = choice.input_chip_seconds * instance.uncached_tokens
    written = choice.output_chip_seconds * instance.requests.output_tokens
    load = prefix_cache.cache_load_seconds(
        instance.requests.input_tokens, instance.requests.cached_share, instance.kv_bytes, instance.conventions.load_bandwidth
    )
    loaded = np.minimum(instance.efficiency.token_residual * load, prompt)
    return (prompt - loaded) / (prompt + written), loaded / (prompt + written)


SOLVED = (
    _Solved("latency_met", "1 where the targets of both latencies can be met, 0 where even one user misses one.", Fraction,
            lambda choice, values: np.where(choice.is_met, 1.0, 0.0)),
    _Solved("time_to_first_token", "Mean time from a request to the first token of its answer, at the operator's load.",
            HoursPerRequest, lambda choice, values: choice.load.time_to_first_token),
    _Solved("time_per_output_token", "Mean time between the tokens of an answer, at the operator's load.", HoursPerToken,
            lambda choice, values: choice.load.time_per_token),
    _Solved("serving_speed", "Output tokens by chip and time at the operator's load, the time of prompts included.",
            TokensPerChipHour, lambda choice, values: choice.load.tokens_per_second / choice.load.chips),
    _Solved("replica_chips", "Chips of one instance, with those that read its prompts where they are other chips.", Chips,
            lambda choice, values: choice.load.chips),
    _Solved("uncached_input_share", "Share of the chip time of a request that its prompt takes, cached tokens left out.",
            Fraction, lambda choice, values: _shares(choice, values)[0]),
    _Solved("cached_input_share", "Share of the chip time of a request that the loading of its cached tokens takes.", Fraction,
            lambda choice, values: _shares(choice, values)[1]),
)  # fmt: skip


def _unit(annotation: Any) -> Unit:
    unit = unit_of(annotation)
    assert unit is not None
    return unit


@cache
def solution_units() -> Mapping[str, Unit]:
    """Return the units of all quantities of an instance and of the operator's choice."""
    units = {each.name: each.unit for each in instance_quantities()}
    units |= {FIRST_TARGET: _unit(HoursPerRequest), TOKEN_TARGET: _unit(HoursPerToken), USERS: _unit(Ratio)}
    units |= {each.name: _unit(each.unit) for each in SOLVED} | {"users_that_fit": _unit(Ratio)}
    return units | {"instance_chips": _unit(Chips), "weight_fill_share": Unit("1", high=1.0)}


def solution_formulas(placement: str) -> tuple[Formula, ...]:
    """Return the formulas of the operator's choice, for prompts and answers on the same chips or on chips of their own."""
    needs = tuple(each.name for each in instance_quantities())
    with_targets = (*needs, FIRST_TARGET, TOKEN_TARGET)
    formulas = [
        _formula(USERS, "Users at a time of one instance: the most that meet the targets of both latencies, one at least.",
                 with_targets, lambda values: _users(placement, values)),
        _formula("users_that_fit", "Users at a time whose keys and values fit into the memory of one instance.", needs,
                 lambda values: np.maximum(build_instance(values).users_that_fit, 0)),
    ]  # fmt: skip
    formulas += _layout_formulas()
    for each in SOLVED:
        formulas.append(_formula(each.name, each.about, (*with_targets, USERS), _solve(placement, each)))
    return tuple(formulas)


def _layout_formulas() -> list[Formula]:
    """Return the formulas of the chips of an instance and of its layout, where a scenario gives none.

    Latent attention keeps one vector for all heads, which each chip of a tensor-parallel group would hold again: a mixture with
    it has a rank of the attention on every chip, and its experts divided over all.
    """
    sized, latent = ("stored_weights", "serving_memory", "weight_fill_share"), ("served_kv_heads", "served_experts")
    return [
        _formula("instance_chips", "Chips of an instance: the smallest power of two that leaves room beside the weights.", sized,
                 lambda values: np.exp2(np.ceil(np.log2(np.maximum(_filled_chips(values), 1))))),
        _formula("data_parallel", "Ranks of the attention of an instance: every chip for latent attention in a mixture, else one.",
                 ("instance_chips", *latent), lambda values: np.where(_is_wide(values), values["instance_chips"], 1)),
        _formula("tensor_parallel", "Chips of an instance that divide each layer.", ("instance_chips", "data_parallel"),
                 lambda values: values["instance_chips"] / values["data_parallel"]),
        _formula("expert_parallel", "Chips over which experts are divided; one where each layer is divided already.",
                 ("data_parallel",), lambda values: values["data_parallel"]),
    ]  # fmt: skip


def _filled_chips(values: Values) -> Value:
    return values["stored_weights"] / (values["serving_memory"] * values["weight_fill_share"])


def _is_wide(values: Values) -> Value:
    return np.asarray((values["served_kv_heads"] <= 1) & (values["served_experts"] > 1))


def _solve(placement: str, solved: _Solved) -> Callable[[Values], Value]:
    return lambda values: solved.value(_choice(placement, values), values)


def _users(placement: str, values: Values) -> Value:
    instance = build_instance(values)
    if placement == DISAGGREGATED:
        return operator.disaggregated_users(instance, values[TOKEN_TARGET])
    return operator.aggregated_users(instance, values[FIRST_TARGET], values[TOKEN_TARGET])


def _choice(placement: str, values: Values) -> OperatorChoice:
    instance, users = build_instance(values), np.asarray(values[USERS])
    targets = values[FIRST_TARGET], values[TOKEN_TARGET]
    if placement == DISAGGREGATED:
        return operator.disaggregated_choice(instance, instance, users, *targets)
    return operator.aggregated_choice(instance, users, *targets)


def _formula(name: str, about: str, needs: tuple[str, ...], function: Callable[[Values], Value]) -> Formula:
    def compute(*values: Value) -> Value:
        result = np.asarray(function(dict(zip(needs, values, strict=True))), dtype=np.float64)
        return result if result.ndim else float(result)

    compute.__doc__ = about
    compute.__name__ = name
    return Formula(name, compute, needs, solution_units()[name])
