"""Published fleets: speeds of decode and prefill, and nodes from a day's tokens, predicted by a model not fitted to them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import numpy as np

from simulator.core.units import Value
from simulator.evidence.calibration.linear import Array
from simulator.evidence.scores import PredictedValue
from simulator.evidence.serving.draws import build_columns
from simulator.evidence.serving.model import ServingModel
from simulator.evidence.serving.points import BITS
from simulator.model.serving import chip_seconds
from simulator.model.serving.instance import Instance
from simulator.model.serving.operator import largest_load
from simulator.model.serving.settings import Efficiency, Layout, Requests, ServedModel, ServingChips
from simulator.scenario import library
from simulator.scenario.models import architecture
from simulator.scenario.serving_chips import peak_flop, serving_chip
from simulator.scenario.serving_posterior import conventions, efficiency_draws
from simulator.scenario.text import parse, read_text

CHIPS_PER_NODE = 8
SECONDS_PER_DAY = 86400.0
FULL_BYTES = 2.0
"""Bytes of a value of keys and values at 16 bits."""
MODEL, PRECISION = "DeepSeek-R1", "fp8"


@dataclass(frozen=True, slots=True)
class FleetCase:
    """A published figure of a fleet, with its prediction.

    Attributes
    ----------
    fleet : str
    figure : str
        `answer_speed` or `prompt_speed` (tokens by second and node), or `nodes`.
    published : float
    predicted : PredictedValue
        Quantiles of 2.5, 50 and 97.5 %.
    ratio : float
        Median over published.
    is_inside : bool
        Whether the published figure is inside the 95 % interval.

    """

    fleet: str
    figure: str
    published: float
    predicted: PredictedValue
    ratio: float
    is_inside: bool


@cache
def fleets() -> Mapping[str, Mapping[str, Any]]:
    """Return the published fleets by name."""
    file = "evidence/serving-fleets.yaml"
    plain: dict[str, Any] = parse(read_text(library.folder() / file, file), file).plain()
    return plain


def fleet_cases(model: ServingModel, seed: int = 0) -> tuple[FleetCase, ...]:
    """Return every figure of the published fleets with its prediction."""
    columns = build_columns(model, seed=seed)
    cases: list[FleetCase] = []
    for name, fleet in fleets().items():
        numbers = {key: float(value) for key, value in fleet.items() if _is_number(value)}
        efficiency = efficiency_draws(columns, model=MODEL, chip=str(fleet["chip"]), is_disaggregated=True)
        predicted = fleet_draws(str(fleet["chip"]), numbers, efficiency)
        cases += [_case(name, figure, numbers[figure], draws) for figure, draws in predicted.items() if figure in numbers]
    return tuple(cases)


def _is_number(value: object) -> bool:
    try:
        return math.isfinite(float(str(value)))
    except ValueError:
        return False


def fleet_draws(chip: str, fleet: Mapping[str, float], efficiency: Efficiency) -> dict[str, Array]:
    """Return draws of the speeds by node, and of the nodes that a day's tokens keep busy."""
    prompts = _instance(chip, fleet, efficiency, fleet["prompt_chips"])
    answers = _instance(chip, fleet, efficiency, fleet["answer_chips"])
    residual = efficiency.token_residual
    users = _users(answers, fleet, residual)
    by_answer = chip_seconds.output_chip_seconds(answers.layout.chips, answers.time_per_token(users), users, residual)
    by_prompt = chip_seconds.input_chip_seconds(
        prompts.layout.chips, prompts.shared_prefill_seconds, prompts.uncached_tokens, residual
    )
    draws = {"answer_speed": CHIPS_PER_NODE / by_answer, "prompt_speed": CHIPS_PER_NODE / by_prompt}
    if "nodes" in fleet:
        computed = fleet["input_tokens_per_day"] * (1 - fleet["cached_share"])
        seconds = chip_seconds.request_chip_seconds(by_prompt, computed, by_answer, fleet["output_tokens_per_day"])
        draws["nodes"] = chip_seconds.busy_nodes(seconds, SECONDS_PER_DAY, CHIPS_PER_NODE)
    return {name: np.asarray(values) for name, values in draws.items()}


def _users(answers: Instance, fleet: Mapping[str, float], residual: Value) -> Value:
    """Return the users of an instance: as published by chip, or the most that leave each user the published speed."""
    most = answers.users_that_fit
    if "users_per_chip" in fleet:
        return np.minimum(fleet["users_per_chip"] * fleet["answer_chips"], most)
    target = 1 / fleet["tokens_per_second_per_user"]
    users, _ = largest_load(lambda users: np.asarray(residual * answers.time_per_token(users) <= target), most)
    return users


def _instance(chip_name: str, fleet: Mapping[str, float], efficiency: Efficiency, chips: float) -> Instance:
    requests = Requests(fleet["input_tokens"], fleet["output_tokens"], fleet.get("cached_share", 0.0))
    layout = Layout(1.0, chips, chips)
    return Instance(
        served_model(MODEL, PRECISION), serving_chips(chip_name, PRECISION), layout, requests, efficiency,
        conventions(),
    )  # fmt: skip


def served_model(name: str, precision: str) -> ServedModel:
    """Return a model of the library at a precision."""
    each = architecture(name)
    return ServedModel(
        total_parameters=each.total_parameters, active_parameters=each.active_parameters,
        expert_parameters=each.expert_parameters, layers=each.layers, hidden_size=each.hidden_size,
        kv_bytes=each.kv_bytes_per_token(FULL_BYTES), kv_heads=each.kv_heads,
        attention_flop_prefill=each.attention_flop_prefill, attention_flop_decode=each.attention_flop_decode,
        attention_window=each.selected_tokens, experts=each.experts, active_experts=each.active_experts,
        weight_bytes=BITS[precision] / 8,
    )  # fmt: skip


def serving_chips(name: str, precision: str) -> ServingChips:
    """Return chips of the library that compute with weights of a precision."""
    chip = serving_chip(name)
    values = {field.name: getattr(chip, field.name) for field in fields(ServingChips) if field.name != "peak_flop"}
    return ServingChips(peak_flop=peak_flop(chip, BITS[precision]), **values)


def _case(fleet: str, figure: str, published: float, draws: Array) -> FleetCase:
    low, median, high = (float(x) for x in np.quantile(draws, (0.025, 0.5, 0.975)))
    return FleetCase(fleet, figure, published, PredictedValue(low, median, high), median / published, low <= published <= high)
