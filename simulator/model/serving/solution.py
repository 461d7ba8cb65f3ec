"""The operator's choice as formulas of a scenario: users of an instance, times, speed, and where the chip time goes.

The users are found by bisection (`operator.py`) and are one quantity, so that a run searches once; all others follow from them.
The formulas are functions of their arguments alone. As all of a block are asked with the same arrays, each thread keeps the
last solution, and a formula that finds its own arguments there takes it.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np

from simulator.core.last_value import LastValue
from simulator.core.units import (
    Chips,
    Fraction,
    HoursPerRequest,
    HoursPerToken,
    Indicator,
    Ratio,
    TokensPerChipHour,
    Unit,
    Value,
    unit_of,
)
from simulator.engine.graph import Formula
from simulator.model.serving import operator, prefix_cache
from simulator.model.serving.instance import Instance
from simulator.model.serving.operator import OperatorChoice
from simulator.model.serving.quantities import build_instance, instance_quantities

AGGREGATED, DISAGGREGATED = "aggregated", "disaggregated"
PLACEMENTS = (AGGREGATED, DISAGGREGATED)
USERS = "serving_users"
FIRST_TARGET, TOKEN_TARGET = "time_to_first_token_target", "time_per_output_token_target"
SLACK = "latency_slack"
MET, EXCESS = "latency_met", "latency_excess"

Values = Mapping[str, Value]


class _Solved(NamedTuple):
    """A quantity that follows from the operator's choice."""

    name: str
    about: str
    unit: Any
    value: "Callable[[_Solution], Value]"


class _Solution:
    """An instance at the operator's choice; what a quantity asks for is computed once.

    Parameters
    ----------
    placement : str
    values : dict of str to Value
        The quantities that describe the instance, its targets and the slack of them, and `serving_users`. Those that are not
        needed may be missing.

    """

    def __init__(self, placement: str, values: dict[str, Value]) -> None:
        self.placement, self.values = placement, values

    @cached_property
    def instance(self) -> Instance:
        """The instance."""
        return build_instance(self.values)

    @cached_property
    def targets(self) -> tuple[Value, Value]:
        """The targets, or a multiple of what one user gets where that is more: no fleet is run for one user at a time."""
        slack, first, token = (self.values[name] for name in (SLACK, FIRST_TARGET, TOKEN_TARGET))
        lone = self._at(np.ones(()), first, token).load
        first = np.maximum(first, slack * (lone.time_to_first_token * (1 - lone.waiting_share)))
        return first, np.maximum(token, slack * lone.time_per_token)

    @property
    def users(self) -> Value:
        """The users that the operator chooses."""
        first, token = self.targets
        if self.placement == DISAGGREGATED:
            return operator.disaggregated_users(self.instance, token)
        return operator.aggregated_users(self.instance, first, token)

    @property
    def excess(self) -> Value:
        """The latency that is accepted over its target."""
        first, token = self.targets
        return np.maximum(first / self.values[FIRST_TARGET], token / self.values[TOKEN_TARGET])

    @cached_property
    def choice(self) -> OperatorChoice:
        """The choice of the users in `values`."""
        first, token = self.targets
        choice = self._at(np.asarray(self.values[USERS]), first, token)
        are_met = np.asarray(first <= self.values[FIRST_TARGET]) & np.asarray(token <= self.values[TOKEN_TARGET])
        return replace(choice, is_met=choice.is_met & are_met)

    @cached_property
    def prompt_shares(self) -> tuple[Value, Value]:
        """The shares of a request's chip time that its uncached and its cached prompt tokens take."""
        instance, choice = self.instance, self.choice
        prompt = choice.input_chip_seconds * instance.uncached_tokens
        written = choice.output_chip_seconds * instance.requests.output_tokens
        load = prefix_cache.cache_load_seconds(
            instance.requests.input_tokens,
            instance.requests.cached_share,
            instance.kv_bytes,
            instance.conventions.load_bandwidth,
        )
        loaded = np.minimum(instance.efficiency.token_residual * load, prompt)
        return (prompt - loaded) / (prompt + written), loaded / (prompt + written)

    def _at(self, users: Value, first: Value, token: Value) -> OperatorChoice:
        if self.placement == DISAGGREGATED:
            return operator.disaggregated_choice(self.instance, self.instance, users, first, token)
        return operator.aggregated_choice(self.instance, users, first, token)


_LAST: LastValue[_Solution] = LastValue()


def _solution(placement: str, values: dict[str, Value]) -> _Solution:
    """Return the last solution if it has no other objects as values, else a new one."""
    last = _LAST.value
    if (
        last is None
        or last.placement != placement
        or any(last.values.get(name, each) is not each for name, each in values.items())
    ):
        last = _LAST.value = _Solution(placement, values)
    else:
        last.values |= values
    return last


SOLVED = (
    _Solved(MET, "1 where both latencies meet their targets, 0 where one cannot with its slack.", Indicator,
            lambda solution: np.where(solution.choice.is_met, 1.0, 0.0)),
    _Solved("time_to_first_token", "Mean time from a request to the first token of its answer, at the operator's load.",
            HoursPerRequest, lambda solution: solution.choice.load.time_to_first_token),
    _Solved("time_per_output_token", "Mean time between the tokens of an answer, at the operator's load.", HoursPerToken,
            lambda solution: solution.choice.load.time_per_token),
    _Solved("serving_speed", "Output tokens by chip and time at the operator's load, the time of prompts included.",
            TokensPerChipHour, lambda solution: solution.choice.load.tokens_per_second / solution.choice.load.chips),
    _Solved("replica_chips", "Chips of one instance, with those that read its prompts where they are other chips.", Chips,
            lambda solution: solution.choice.load.chips),
    _Solved("uncached_input_share", "Share of the chip time of a request that its prompt takes, cached tokens left out.",
            Fraction, lambda solution: solution.prompt_shares[0]),
    _Solved("output_share", "Share of the chip time of a request that its answer takes.", Fraction,
            lambda solution: 1 - sum(solution.prompt_shares)),
    _Solved("cached_input_share", "Share of the chip time of a request that the loading of its cached tokens takes.", Fraction,
            lambda solution: solution.prompt_shares[1]),
)  # fmt: skip

SEARCHED = frozenset({USERS, *(each.name for each in SOLVED)})
"""The users, which are searched for, and what is computed of an instance with them."""


def _unit(annotation: Any) -> Unit:
    unit = unit_of(annotation)
    assert unit is not None
    return unit


@cache
def solution_units() -> Mapping[str, Unit]:
    """Return the units of all quantities of an instance and of the operator's choice."""
    units = {each.name: each.unit for each in instance_quantities()}
    units |= {
        FIRST_TARGET: _unit(HoursPerRequest),
        TOKEN_TARGET: _unit(HoursPerToken),
        SLACK: Unit("1", low=1.0),
        USERS: _unit(Ratio),
    }
    units |= {each.name: _unit(each.unit) for each in SOLVED} | {"users_that_fit": _unit(Ratio), EXCESS: Unit("1", low=1.0)}
    return units | {"instance_chips": _unit(Chips), "weight_fill_share": Unit("1", high=1.0)}


def solution_formulas(placement: str) -> tuple[Formula, ...]:
    """Return the formulas of the operator's choice, for prompts and answers on the same chips or on chips of their own."""
    needs = tuple(each.name for each in instance_quantities())
    with_targets = (*needs, FIRST_TARGET, TOKEN_TARGET, SLACK)
    formulas = [
        _formula(USERS, "Users at a time of one instance: the most that meet the targets of both latencies, one at least.",
                 with_targets, lambda values: _solution(placement, values).users),
        _formula("users_that_fit", "Users at a time whose keys and values fit into the memory of one instance, one at least.",
                 needs, lambda values: _solution(placement, values).instance.users_that_fit),
        _formula(EXCESS, "Latency that is accepted over its target, the larger of both; 1 where both targets are met.",
                 with_targets, lambda values: _solution(placement, values).excess),
    ]  # fmt: skip
    formulas += _layout_formulas()
    for each in SOLVED:
        formulas.append(_formula(each.name, each.about, (*with_targets, USERS), _solve(placement, each)))
    return tuple(formulas)


def _layout_formulas() -> list[Formula]:
    """Return the formulas of the chips of an instance and of its layout, where a scenario gives none.

    Latent attention keeps one vector for all heads, which each chip of a tensor-parallel group would hold again: a mixture with
    it has a rank of the attention on every chip. Another mixture divides layers over the chips that fast links join, and has a
    rank of the attention for each such group. Experts are divided over all chips of ranks.
    """
    sized = ("stored_weights", "serving_memory", "weight_fill_share")
    shape = ("instance_chips", "served_kv_heads", "served_experts", "serving_link_chips")
    return [
        _formula("instance_chips", "Chips of an instance: the smallest power of two that leaves room beside the weights.",
                 sized, lambda values: np.exp2(np.ceil(np.log2(np.maximum(_filled_chips(values), 1))))),
        _formula("tensor_parallel", "Chips of an instance that divide each layer.", shape, _tensor_parallel),
        _formula("data_parallel", "Ranks of the attention of an instance.", ("instance_chips", "tensor_parallel"),
                 lambda values: values["instance_chips"] / values["tensor_parallel"]),
        _formula("expert_parallel", "Chips over which experts are divided; one where each layer is divided over all chips.",
                 ("instance_chips", "data_parallel"),
                 lambda values: np.where(np.asarray(values["data_parallel"]) > 1, values["instance_chips"], 1)),
    ]  # fmt: skip


def _filled_chips(values: Values) -> Value:
    return values["stored_weights"] / (values["serving_memory"] * values["weight_fill_share"])


def _tensor_parallel(values: Values) -> Value:
    chips, is_mixture = values["instance_chips"], np.asarray(values["served_experts"]) > 1
    of_group = np.where(np.asarray(values["served_kv_heads"]) <= 1, 1, np.minimum(chips, values["serving_link_chips"]))
    return np.where(is_mixture, of_group, chips)


def _solve(placement: str, solved: _Solved) -> Callable[[dict[str, Value]], Value]:
    return lambda values: solved.value(_solution(placement, values))


def _formula(name: str, about: str, needs: tuple[str, ...], function: Callable[[dict[str, Value]], Value]) -> Formula:
    def compute(*values: Value) -> Value:
        result = np.asarray(function(dict(zip(needs, values, strict=True))), dtype=np.float64)
        return result if result.ndim else float(result)

    compute.__doc__ = about
    compute.__name__ = name
    return Formula(name, compute, needs, solution_units()[name], is_search=name in SEARCHED)
