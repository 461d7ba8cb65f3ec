"""A fleet from a scenario: its cost by hand, list prices by hand, published figures beside the intervals, and refusals."""

import csv

import numpy as np
import pytest

from simulator.analysis.cashflow import simulate_cash_flow
from simulator.analysis.rent_or_buy import bases_of, rent_or_buy
from simulator.core.errors import InvalidInputError
from simulator.engine.blocks import BlockSimulator
from simulator.engine.graph import evaluate
from simulator.engine.options import RunOptions
from simulator.engine.simulate import simulate
from simulator.model.serving import operator
from simulator.scenario import library, open_scenario
from simulator.scenario.list_prices import list_prices, peak_hours, price_in_force

DRAWS = 2000
HOURS = 8766.0
FLEET_LEAD = ["token_demand=2e9 token/day", "time_per_output_token_target=50 ms/token"]
PRESETS = ["serve/llama-3.3-70b", "serve/deepseek-v3", "serve/gpt-oss-120b"]
CHIPS = ["nvidia-h100-sxm", "nvidia-h200-sxm", "nvidia-b200-sxm", "nvidia-gb200"]


def draws(reference, sets=(), *, names=(), basis=None):
    outcomes = [f"outcomes=[{', '.join(names)}]"] if names else []
    scenario = open_scenario(reference).with_(sets=[*sets, *outcomes], basis=basis).scenario
    return simulate(scenario, DRAWS, keep=dict.fromkeys((*scenario.lines, *names))).retained_draws


def test_cost_of_a_fleet_by_hand():
    names = ("requests", "serving_speed", "output_tokens", "prompt_tokens", "replica_chips", "mean_replicas",
             "peak_demand_ratio", "peak_load_share", "serving_chip_price", "on_demand_price", "mean_token_cost")  # fmt: skip
    d = draws("serve/llama-3.3-70b", FLEET_LEAD, names=names)
    requests = 2e9 / 24 / (d["prompt_tokens"] + d["output_tokens"])
    np.testing.assert_allclose(d["requests"], requests, rtol=1e-12)
    capacity = d["serving_speed"] * 2 / d["output_tokens"]
    replicas = np.ceil(requests * d["peak_demand_ratio"] / (d["peak_load_share"] * capacity))
    np.testing.assert_allclose(d["mean_replicas"], replicas, rtol=1e-12)
    cost = replicas * 2 * HOURS * d["on_demand_price"]
    np.testing.assert_allclose(d["serving_cost"], cost, rtol=1e-9)
    np.testing.assert_allclose(d["mean_token_cost"], cost / (2e9 * 365.25), rtol=1e-9)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("chip", CHIPS)
def test_presets_serve_on_every_chip(preset, chip):
    d = draws(preset, [f"chip={chip}"], names=("mean_token_cost", "serving_users", "users_that_fit", "weight_memory_share"))
    assert (d["weight_memory_share"] <= 0.7).all()
    assert (d["serving_users"] <= np.maximum(d["users_that_fit"], 1) * (1 + 1e-12)).all()
    assert 0.02e-6 < np.median(d["mean_token_cost"]) < 20e-6


def test_a_contract_pays_for_the_whole_fleet_and_its_overflow_is_nothing():
    d = draws("serve/llama-3.3-70b", [*FLEET_LEAD, "commitment=one-year"], names=("serving_chips", "one_year_price"))
    np.testing.assert_allclose(d["serving_cost"], d["serving_chips"] * HOURS * d["one_year_price"], rtol=1e-9)


def test_an_hourly_fleet_costs_no_more_than_a_fixed_one_and_regions_more():
    fixed, hourly, regions = (
        draws("serve/llama-3.3-70b", [*FLEET_LEAD, each], names=("mean_replicas", "serving_utilisation"))
        for each in ("scaling=fixed", "scaling=hourly", "regions=3")
    )
    assert (hourly["mean_replicas"] <= fixed["mean_replicas"] * (1 + 1e-12)).all()
    assert np.median(hourly["serving_utilisation"]) > 1.2 * np.median(fixed["serving_utilisation"])
    assert (regions["mean_replicas"] >= fixed["mean_replicas"]).all()


def test_instances_kept_ready_cost_where_demand_is_small():
    few = ["token_demand=1e6 token/day", "minimum_replicas=2", "regions=2"]
    d = draws("serve/llama-3.3-70b", few, names=("mean_replicas", "keep_warm_share", "keep_warm_cost"))
    np.testing.assert_allclose(d["mean_replicas"], 4)
    np.testing.assert_allclose(d["keep_warm_share"], 0.5)  # one of two in each region
    np.testing.assert_allclose(d["keep_warm_cost"], d["serving_cost"] / 2)


@pytest.mark.parametrize("basis", ["rented", "owned"])
def test_energy_is_that_of_the_chip_hours_of_the_cost(basis):
    names = ("energy", "served_energy", "serving_chip_hours", "serving_average_power", "pue", "chip_hours", "average_power")
    d = draws("serve/llama-3.3-70b", FLEET_LEAD, names=names, basis=basis)
    np.testing.assert_allclose(d["served_energy"], d["serving_chip_hours"] * d["serving_average_power"] * d["pue"], rtol=1e-9)
    np.testing.assert_allclose(d["energy"], d["served_energy"], rtol=1e-9)


def test_own_cost_by_token_is_that_of_the_request():
    names = ("request_cost", "prompt_tokens", "output_tokens", "input_token_cost", "cached_token_cost", "output_token_cost")
    d = draws("serve/llama-3.3-70b", ["cached_share=0.4"], names=names)
    parts = (
        0.6 * d["prompt_tokens"] * d["input_token_cost"]
        + 0.4 * d["prompt_tokens"] * d["cached_token_cost"]
        + d["output_tokens"] * d["output_token_cost"]
    )
    np.testing.assert_allclose(parts, d["request_cost"], rtol=1e-9)
    assert (d["cached_token_cost"] < d["input_token_cost"]).all()


def test_task_with_cached_input_by_hand():
    """712,000 tokens of prompts, 96 % cached and 3 % written, 5,200 tokens of answers, at 2, 0.10, 2.50 and 10 USD."""
    sets = [
        "api_model=claude-sonnet-5-5", "prompt_tokens=712e3 token", "answer_tokens=5200 token", "cached_share=0.96",
        "cache_write_share=0.75",
    ]  # fmt: skip
    d = draws("serve/api", sets, names=("request_cost",))
    expected = 0.01 * 0.712 * 2 + 0.96 * 0.712 * 0.10 + 0.03 * 0.712 * 2.50 + 0.0052 * 10
    np.testing.assert_allclose(d["request_cost"], expected, rtol=1e-9)
    assert expected == pytest.approx(0.188, abs=5e-4)


def test_long_prompts_batches_and_dearer_hours_by_hand():
    sets = ["api_model=gpt-5.5", "prompt_tokens=300e3 token", "answer_tokens=1000 token", "batch_share=1"]
    long = draws("serve/api", sets, names=("request_cost",))["request_cost"]
    np.testing.assert_allclose(long, (0.3 * 5 * 2 + 0.001 * 30) * 0.5, rtol=1e-9)
    sets = ["api_model=deepseek-v4-pro", "prompt_tokens=1000 token", "answer_tokens=1000 token"]
    dear = draws("serve/api", sets, names=("request_cost",))["request_cost"]
    np.testing.assert_allclose(dear, (0.66 + 1.98) / 1000 * (1 + 7 / 24 * 5 / 7), rtol=1e-9)


def test_lists_are_in_force_by_date():
    assert price_in_force("gpt-5.6-sol").prices["output_price"] == 20
    assert price_in_force("gpt-5.6-sol from base").prices["output_price"] == 30
    assert price_in_force("gemini-4-argon").prices["output_price"] == 10  # doubles in December
    assert price_in_force("gemini-4-argon from 2026-12-01").prices["output_price"] == 20
    assert len(list_prices()) == 55
    assert peak_hours(price_in_force("gpt-5")) is None


@pytest.mark.parametrize(
    ("sets", "words"),
    [
        (["api_model=gpt-6-soll"], "did you mean 'gpt-6-sol'"),
        (["served_model=llama-3.3-70"], "did you mean 'llama-3.3-70b'"),
        (["api_model=gpt-5 from 2030-01-01"], "it has base"),
    ],
)
def test_names_that_there_are_not_are_refused(sets, words):
    with pytest.raises(InvalidInputError, match=words):
        open_scenario("serve/api").with_(sets=sets).scenario  # noqa: B018


def test_an_instance_without_room_for_a_user_is_refused():
    with pytest.raises(InvalidInputError, match=r"no room for users beside weights of 671 GB.*an instance of 16 chips"):
        open_scenario("serve/deepseek-v3").with_(sets=["instance_chips=2 chip"]).scenario  # noqa: B018


def test_bill_of_a_published_fleet_is_inside_the_interval_from_its_tokens():
    """DeepSeek, 2025-02-27: 608e9 tokens of prompts and 168e9 of answers on H800 at 2 USD an hour cost 87,072 USD a day."""
    sets = [
        "placement=disaggregated", "chip=nvidia-h800-sxm", "on_demand_price=2 USD/chip/hour", "token_demand=776e9 token/day",
        "prompt_tokens=4383 token", "answer_tokens=1211 token", "cached_share=0.563",
        "time_per_output_token_target=47.6 ms/token", "time_to_first_token_target=no-target",
        "peak_demand_ratio=flat", "peak_load_share=1", "instance_chips=144 chip",
    ]  # fmt: skip
    bill = draws("serve/deepseek-v3", sets, names=("request_cost", "energy_per_request"))["serving_cost"] / 365.25
    low, high = np.quantile(bill, (0.025, 0.975))
    assert low < 87_072 < high
    assert high / low < 12


@pytest.mark.parametrize(("preset", "host_input", "host_output"), [
    ("serve/llama-3.3-70b", 0.59, 0.79), ("serve/deepseek-v3", 1.90, 2.75), ("serve/gpt-oss-120b", 0.15, 0.60),
])  # fmt: skip
def test_median_host_price_is_inside_the_interval_of_a_provider(preset, host_input, host_output):
    """Of a chat of 1,000 and 300 tokens; a host's price of the request lies between what a provider would ask."""
    sets = ["serving=provided", "prompt_tokens=1000 token", "answer_tokens=300 token"]
    low, high = np.quantile(draws(preset, sets, names=("request_cost",))["request_cost"], (0.025, 0.975))
    host = (1000 * host_input + 300 * host_output) / 1e6
    assert low < host < high


def test_whole_life_serves_the_model_that_is_trained(tmp_path):
    names = ("serving_speed", "life_energy", "energy", "served_energy")
    found = []
    for size in ("8e9", "70e9"):
        path = tmp_path / f"{size}.yaml"
        path.write_text(f"extends: [large, startup, whole-life]\ntotal_parameters: {size} parameter\n", encoding="utf-8")
        found.append(draws(str(path), names=names))
    small, large = found
    assert 4 < np.median(small["serving_speed"] / large["serving_speed"]) < 20
    np.testing.assert_allclose(large["life_energy"], large["energy"] + large["served_energy"], rtol=1e-12)


@pytest.mark.parametrize("preset", PRESETS)
def test_published_energy_of_a_median_prompt_is_inside_the_interval_of_a_chat(preset):
    """Gemini Apps, median prompt of text, with idle machines and cooling: 0.24 Wh (arXiv:2508.15734)."""
    low, high = np.quantile(draws(preset, names=("energy_per_request",))["energy_per_request"], (0.025, 0.975))
    assert low < 0.24e-3 < high


def test_public_bill_from_its_token_counts():
    """claude-fable-5, 2026-07: 1,900 tokens of input, 4.8 M read from the cache, 533,800 written for an hour, 16,300 of output.

    Its `/usage` says 16.36 USD (github.com/langfuse/claude-observability-plugin, issue 34). A token that is written for an hour
    costs twice the input. By hand: 0.0019 x 10 + 4.8 x 1 + 0.5338 x 20 + 0.0163 x 50 = 16.31.
    """
    read, written, other = 4.8e6, 533_800, 1_900
    prompt = read + written + other
    sets = [
        "api_model=claude-fable-5", f"prompt_tokens={prompt} token", "answer_tokens=16300 token",
        f"cached_share={read / prompt!r}", f"cache_write_share={written / (written + other)!r}",
        "cache_write_price=20 USD/Mtoken",
    ]  # fmt: skip
    cost = draws("serve/api", sets, names=("request_cost",))["request_cost"]
    np.testing.assert_allclose(cost, 0.0019 * 10 + 4.8 * 1 + 0.5338 * 20 + 0.0163 * 50, rtol=1e-9)
    assert cost[0] == pytest.approx(16.36, rel=0.02)


def test_price_of_words_is_that_of_their_requests():
    d = draws("serve/llama-3.3-70b", names=("word_cost", "request_cost", "answer_tokens", "tokens_per_word"))
    words = d["answer_tokens"] / d["tokens_per_word"]
    np.testing.assert_allclose(d["word_cost"] * words, d["request_cost"], rtol=1e-12)
    assert np.quantile(1000 * d["word_cost"], 0.975) < 0.10  # below a rule of thumb of 0.10 to 5 USD for 1,000 words


def test_accepted_latency_is_that_of_measured_set_ups():
    """Of each set-up with four loads or more: time between tokens where its cost times its time is least, over the first."""
    loads = {}
    with (library.folder() / "evidence" / "serving-points.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            if row["mode"] == "agg":
                key = tuple(row[name] for name in ("sweep", "chips", "tensor_parallel", "precision_weights", "date"))
                loads.setdefault(key, []).append((float(row["concurrency"]), float(row["tpot_ms"])))
    ratios = []
    for points in map(sorted, loads.values()):
        users, times = np.array(points).T
        if len(points) >= 4 and users[0] <= 4:
            ratios.append(times[np.argmin(times**2 / users)] / times[0])
    assert len(ratios) == 211
    np.testing.assert_allclose(np.quantile(ratios, (0.05, 0.5, 0.95)), (1.33, 2.05, 3.27), atol=0.006)


def test_service_of_the_largest_tier_costs_no_more_than_three_years_of_the_largest_known_bill(tmp_path):
    """OpenAI's inference at one cloud is said to have cost 8.7 billion USD in three quarters of 2025, for all of its models."""
    path = tmp_path / "life.yaml"
    path.write_text("extends: [cutting-edge, whole-life]\n", encoding="utf-8")
    d = draws(str(path), names=("served_requests", "service_life"))
    low, high = np.quantile(d["serving_cost"], (0.025, 0.975))
    assert low < 2e9 < high < 3 * 8.7e9 / 0.75  # 2 billion in 2024, for all of its models (Epoch AI)
    assert (d["served_requests"] <= 3e10 / 24 * d["service_life"] * (1 + 1e-9)).all()  # 5 prompts a day of everyone online


def test_a_fleet_that_is_bought_is_paid_for_at_delivery():
    scenario = open_scenario("serve/llama-3.3-70b").with_(basis="purchased").scenario
    names = ("chip_purchase", "server_purchase", "network_purchase")
    paid = simulate_cash_flow(scenario, RunOptions(DRAWS)).by_line["serving_cost"]
    hardware = simulate(scenario, DRAWS, keep=names).retained_draws
    bought = sum(hardware[name] for name in names)
    total = draws("serve/llama-3.3-70b", basis="purchased")["serving_cost"]
    np.testing.assert_allclose(paid.sum(axis=1), total, rtol=1e-9)
    assert (paid[:, 0] >= bought * (1 - 1e-12)).all()  # deposits fall before the start, in the first month
    assert (paid[:, 1] < 0.05 * bought).all()


def test_chips_of_a_fleet_are_rented_or_bought():
    answer = rent_or_buy(bases_of(open_scenario("serve/llama-3.3-70b")), RunOptions(DRAWS), horizon=3 * HOURS)
    d = draws("serve/llama-3.3-70b", names=("mean_replicas", "replica_chips", "on_demand_price"))
    rented = d["mean_replicas"] * d["replica_chips"] * 3 * HOURS * d["on_demand_price"]
    assert answer.rented.median == pytest.approx(np.median(rented), rel=1e-9)
    assert answer.owned.median < answer.rented.median
    assert 1.0 < answer.break_even_price.median < answer.rental_price.median


# --- one solution for all quantities of a block ---------------------------------------------------------------------------

SOLVED = ("serving_users", "time_to_first_token", "time_per_output_token", "serving_speed", "output_share", "latency_met")


def formulas_with_medians(reference):
    """Return the formulas of the operator's choice, and their arguments at the medians as arrays of three draws."""
    scenario = open_scenario(reference).with_(sets=[f"outcomes=[{', '.join(SOLVED)}]"]).scenario
    values = {name: np.full(3, each.distribution.middle) for name, each in scenario.inputs.items()}
    evaluate(scenario.plan, values)
    return {step.name: step for step in scenario.plan.steps if step.name in SOLVED}, values


def test_quantities_of_several_fleets_in_turn_are_those_of_each_alone():
    fleets = [formulas_with_medians(preset) for preset in PRESETS[:2]]
    slower = {name: value * 0.5 if name == "serving_memory_bandwidth" else value for name, value in fleets[0][1].items()}
    cases = [*fleets, (fleets[0][0], slower)]
    alone = []
    for formulas, values in cases:  # copies of the arguments are other objects, so nothing is taken from before
        alone.append({name: each.function(*[values[need].copy() for need in each.needs]) for name, each in formulas.items()})
    for name in SOLVED:
        for (formulas, values), expected in zip(cases, alone, strict=True):
            found = formulas[name].function(*[values[need] for need in formulas[name].needs])
            np.testing.assert_array_equal(found, expected[name])
    assert alone[0]["time_per_output_token"][0] != alone[2]["time_per_output_token"][0]


def test_a_block_is_searched_and_solved_once(monkeypatch):
    calls = []
    for name in ("aggregated_users", "aggregated_choice"):
        function = getattr(operator, name)
        monkeypatch.setattr(operator, name, lambda *arguments, f=function, n=name: (calls.append(n), f(*arguments))[1])
    scenario = open_scenario(PRESETS[0]).with_(sets=[f"outcomes=[{', '.join(SOLVED)}]"]).scenario
    calls.clear()
    BlockSimulator(scenario, DRAWS, 0, "random", (), None, ()).simulate_block(0)
    assert calls.count("aggregated_users") == 1
    assert calls.count("aggregated_choice") == 2  # of one user, for the targets, and of all
