"""Formulas of serving: units, values worked by hand, monotonic relations, the identity of chip time, the operator's choice."""

import ast
import inspect
import itertools
import textwrap
from dataclasses import replace
from typing import get_type_hints

import numpy as np
import pytest
from growth import growth

from simulator.core.units import Unit, registry
from simulator.model.serving import (
    chip_seconds,
    communication,
    decode,
    memory,
    prefill,
    prefix_cache,
    queueing,
    speculation,
)
from simulator.model.serving.instance import Instance
from simulator.model.serving.operator import choose_aggregated, choose_disaggregated
from simulator.model.serving.placement import aggregated, disaggregated
from simulator.model.serving.settings import Layout, Requests, ServedModel, ServingChips
from simulator.scenario.serving_posterior import conventions, efficiency_draws, serving_columns

MODULES = (chip_seconds, communication, decode, memory, prefill, prefix_cache, queueing, speculation)
FORMULAS = [
    function
    for module in MODULES
    for _, function in inspect.getmembers(module, inspect.isfunction)
    if function.__module__ == module.__name__
]
for_each_formula = pytest.mark.parametrize("formula", FORMULAS, ids=lambda each: each.__name__)
LATENT = ServedModel(671e9, 37e9, 654e9, 61.0, 7168.0, 70272.0, 1.0, 5e6, 1.7e7, 0.0, 256.0, 8.0, 1.0)
DENSE = ServedModel(70e9, 69e9, 0.0, 80.0, 8192.0, 327680.0, 8.0, 2.6e6, 2.6e6, 0.0, 0.0, 0.0, 1.0)
HOPPER = ServingChips(141e9, 4.8e12, 1.979e15, 0.989e15, 4.5e11, 8.0, 5e10)


def unit_of(hint):
    return next(each for each in hint.__metadata__ if isinstance(each, Unit))


def sample(formula, rng):
    hints = get_type_hints(formula, include_extras=True)
    return {
        name: rng.uniform(0.2, 0.8, 5) if unit_of(hints[name]).is_fraction else 1 + rng.uniform(1, 9, 5)
        for name in inspect.signature(formula).parameters
    }


@for_each_formula
def test_a_formula_keeps_the_unit_it_promises(formula):
    hints = get_type_hints(formula, include_extras=True)
    values = sample(formula, np.random.default_rng(0))

    def text(name):
        unit = unit_of(hints[name]).text
        return "dimensionless" if unit == "1" else unit

    def zero_is_of_any_unit(condition, one, other):
        whole = one if hasattr(one, "units") else other
        unit = getattr(whole, "units", "dimensionless")
        parts = [each.to(unit).magnitude if hasattr(each, "to") else each for each in (one, other)]
        return registry().Quantity(original(getattr(condition, "magnitude", condition), *parts), unit)

    plain, original = formula(**values), np.where
    quantities = {name: registry().Quantity(value, text(name)) for name, value in values.items()}
    np.where = zero_is_of_any_unit
    try:
        with_units = formula(**quantities)
    finally:
        np.where = original
    np.testing.assert_allclose(with_units.to(text("return")).magnitude, plain, rtol=1e-12)


@for_each_formula
def test_a_formula_of_serving_is_elementwise(formula):
    values = sample(formula, np.random.default_rng(1))
    one_by_one = [formula(**{name: float(value[place]) for name, value in values.items()}) for place in range(5)]
    np.testing.assert_allclose(formula(**values), one_by_one, rtol=1e-13)


@pytest.mark.parametrize(
    ("formula", "arguments", "expected"),
    [
        (memory.kv_copies, (8.0, 1.0), 8.0),
        (memory.kv_copies, (1.0, 8.0), 1.0),
        (memory.held_weight_bytes, (10.0, 8.0, 0.5, 4.0), 8.0),  # 0.5 x (4 x 2 + 8)
        (memory.users_that_fit, (100.0, 0.9, 10.0, 2.0, 60.0, 1.0, 2.0, 5.0), 10.0),  # (80 x 2 - 60) / 10
        (memory.users_that_fit, (100.0, 0.9, 10.0, 2.0, 600.0, 1.0, 2.0, 5.0), 1.0),
        (decode.touched_share, (0.5, 2.0, 1.0), 0.75),
        (decode.read_context, (1000.0, 0.0, 0.1), 1000.0),
        (decode.read_context, (1000.0, 200.0, 0.1), 300.0),
        (decode.overlapped_seconds, (3.0, 4.0), 5.0),
        (communication.reduce_latency, (10.0, 2.0, 1.0, 1.0, 0.5), 0.0),
        (communication.exchange_seconds, (10.0, 4.0, 8.0, 2.0, 5.0, 3.0, 100.0), 6.0),  # 10 x 4 x (2 x 1/2) x 5 x 3 / 100
        (prefill.mean_context, (1000.0, 400.0, 0.5), 800.0),
        (prefix_cache.uncached_tokens, (1000.0, 0.6), 400.0),
        (speculation.accepted_tokens, (0.5, 2.0), 1.75),
        (speculation.accepted_tokens, (1.0, 2.0), 3.0),
        (queueing.queue_wait, (0.5, 2.0, 0.5), 1.0),
        (queueing.memory_wait, (30.0, 20.0, 4.0), 2.0),
        (queueing.request_seconds, (1.0, 0.1, 11.0), 2.0),
        (chip_seconds.busy_nodes, (86400.0 * 16, 86400.0, 8.0), 2.0),
    ],
)
def test_values_worked_by_hand(formula, arguments, expected):
    assert formula(*arguments) == pytest.approx(expected, rel=1e-12)


def instance(model, layout, draws=500, **requests):
    columns = {name: column[:draws] for name, column in serving_columns().items()}
    load = Requests(**{"input_tokens": 1000.0, "output_tokens": 300.0, **requests})
    return Instance(model, HOPPER, layout, load, efficiency_draws(columns), conventions())


INSTANCES = {
    "latent, tensor": instance(LATENT, Layout(8.0, 1.0, 1.0)),
    "latent, wide": instance(LATENT, Layout(1.0, 32.0, 32.0)),
    "dense": instance(DENSE, Layout(4.0, 1.0, 1.0)),
}
for_each_instance = pytest.mark.parametrize("served", INSTANCES.values(), ids=INSTANCES)


@for_each_instance
def test_more_users_wait_longer_and_make_more_of_a_chip(served):
    loads = [aggregated(served, np.minimum(users, served.users_that_fit)) for users in (1.0, 8.0, 64.0)]
    for few, many in itertools.pairwise(loads):
        assert (many.time_per_token >= few.time_per_token).all()
        assert (many.time_to_first_token >= few.time_to_first_token).all()
        assert (many.tokens_per_chip_second >= few.tokens_per_chip_second * (1 - 1e-12)).all()
    assert (loads[-1].time_per_token > loads[0].time_per_token).any()


@for_each_instance
@pytest.mark.parametrize("fact", ["memory_bandwidth", "peak_flop", "peak_flop_bf16", "link_bandwidth", "memory"])
def test_a_better_chip_never_costs_more_chip_time(served, fact):
    better = replace(served, chips=replace(HOPPER, **{fact: 1.5 * getattr(HOPPER, fact)}))
    before, after = (choose_aggregated(each, 2.0, 0.05) for each in (served, better))
    assert (after.load.tokens_per_chip_second >= before.load.tokens_per_chip_second * (1 - 1e-6)).all()
    if fact == "memory_bandwidth":
        assert (after.load.tokens_per_chip_second > before.load.tokens_per_chip_second).mean() > 0.9


@for_each_instance
def test_chip_time_of_tokens_sums_to_that_of_requests(served):
    users, residual = 32.0, served.efficiency.token_residual
    step, shared, chips = served.time_per_token(users), served.shared_prefill_seconds, served.layout.chips
    tokens, output = served.uncached_tokens, served.requests.output_tokens
    by_input = chip_seconds.input_chip_seconds(chips, shared, tokens, residual)
    by_output = chip_seconds.output_chip_seconds(chips, step, users, residual)
    request = chip_seconds.request_chip_seconds(by_input, tokens, by_output, output)
    busy = chip_seconds.answering_seconds(step, output, users, shared, residual)
    np.testing.assert_allclose(request, chips * busy / users, rtol=1e-9)


@for_each_instance
def test_the_choice_is_the_largest_load_that_meets_both_targets(served):
    choice = choose_aggregated(served, 1.0, 0.04)
    met = choice.is_met
    assert met.mean() > 0.5
    assert (choice.load.time_per_token[met] <= 0.04 * (1 + 1e-9)).all()
    assert (choice.load.time_to_first_token[met] <= 1.0 + 1e-9).all()
    more = aggregated(served, choice.load.users * 1.001)
    is_full = choice.load.users >= served.users_that_fit * (1 - 1e-9)
    assert ((more.time_per_token > 0.04) | (more.time_to_first_token > 1.0) | is_full)[met].all()
    np.testing.assert_allclose(aggregated(served, choice.load.users).time_per_token, choice.load.time_per_token, rtol=1e-9)


def test_pools_of_their_own_are_sized_for_both_targets():
    prompts, answers = INSTANCES["latent, tensor"], INSTANCES["latent, wide"]
    choice = choose_disaggregated(prompts, answers, 2.0, 0.05)
    met = choice.is_met
    assert met.mean() > 0.5
    assert (choice.load.time_to_first_token[met] <= 2.0 + 1e-9).all()
    assert ((choice.prompt_share > 0) & (choice.prompt_share < 1)).all()
    impatient = choose_disaggregated(prompts, answers, 1e-6, 0.05)
    assert not impatient.is_met.any()
    assert np.isfinite(impatient.load.chips).all()


def test_users_of_pools_follow_from_the_rate():
    prompts, answers = INSTANCES["latent, tensor"], INSTANCES["latent, wide"]
    load = disaggregated(prompts, 4.0, answers, 2.0, 256.0)
    in_prefill = load.tokens_per_second / 300.0 * load.time_to_first_token
    held = in_prefill + load.users * 2.0
    np.testing.assert_allclose(held, 256.0, rtol=0.02)  # the first token of an answer is written in prefill


def test_cached_tokens_save_prefill_and_no_memory():
    plain, cached = (instance(DENSE, Layout(4.0, 1.0, 1.0), cached_share=share) for share in (0.0, 0.6))
    assert (cached.shared_prefill_seconds < 0.5 * plain.shared_prefill_seconds).all()
    np.testing.assert_array_equal(cached.users_that_fit, plain.users_that_fit)


def test_drafts_gain_at_few_users_and_less_at_many():
    plain, drafted = (instance(DENSE, Layout(4.0, 1.0, 1.0), acceptance=0.7, drafted_tokens=j) for j in (0.0, 3.0))
    gains = [plain.time_per_token(users) / drafted.time_per_token(users) for users in (1.0, 400.0)]
    assert (gains[0] > 1.5).all()
    assert (gains[1] < gains[0]).all()


def test_time_of_a_choice_grows_no_faster_than_the_draws():
    def choose(draws):
        columns = {name: np.resize(column, draws) for name, column in serving_columns().items()}
        choice = choose_aggregated(replace(INSTANCES["latent, tensor"], efficiency=efficiency_draws(columns)), 2.0, 0.05)
        assert choice.load.users.shape == (draws,)

    assert growth(choose, 10_000, 100_000) < 30


COMPILED_CALLS = {"exp", "log", "sqrt", "where", "minimum", "maximum", "ceil"}
COMPILED_NODES = (
    ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Assign, ast.Return, ast.Expr, ast.Name, ast.Load, ast.Store,
    ast.Constant, ast.BinOp, ast.operator, ast.UnaryOp, ast.unaryop, ast.Compare, ast.cmpop, ast.Call, ast.Attribute,
)  # fmt: skip


@for_each_formula
def test_a_formula_is_in_the_subset_that_compiles(formula):
    """Assignments of arithmetic, comparisons and a few functions of numpy; no branches, loops or other calls."""
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(formula)))):
        assert isinstance(node, COMPILED_NODES), ast.dump(node)
        if isinstance(node, ast.Call):
            assert isinstance(node.func, ast.Attribute), ast.dump(node)
            assert ast.unparse(node.func.value) == "np"
            assert node.func.attr in COMPILED_CALLS
