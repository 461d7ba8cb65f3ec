"""What drives the cost beside the run: data, software, upkeep, serving, sites, credits, deals, labels, tools and risks."""

import math

import numpy as np
import pytest
from formula_inputs import sample_inputs

from simulator import model
from simulator.core.units import DISPLAY_UNITS, FACTORS, Unit, registry
from simulator.distributions import is_quantile, parse_quantile
from simulator.engine.graph import build_graph, build_plan, evaluate
from simulator.model import adoption, assurance, cash, credits, data, energy, rework, serving, sharing, site, software, upkeep
from simulator.model.groups import deals, labels, risks, staff, tools
from simulator.model.serving import fleet, footprint, list_prices, token_costs
from simulator.scenario import library
from simulator.scenario.entries import Reader, library_entry

MODULES = (data, software, assurance, upkeep, serving, site, credits, cash, list_prices, token_costs, fleet, footprint)
GRAPH = build_graph(dict.fromkeys((*model.MODULES, *MODULES)))
GROUPS = {module.__name__.rpartition(".")[2]: build_graph([module]) for module in (deals, labels, tools, risks)}
FILES = ("data", "software", "assurance", "upkeep", "serving", "site", "risks")
YEAR, MONTH, DAY = 8766.0, 730.5, 24.0

HOMES = {module.__name__ for module in (*MODULES, energy)}
FORMULAS = [
    *(formula for formula in GRAPH.formulas.values() if formula.function.__module__ in HOMES),
    *(formula for graph in GROUPS.values() for formula in graph.formulas.values()),
]
IDS = [f"{formula.function.__module__.rpartition('.')[2]}.{formula.name}" for formula in FORMULAS]
for_each_formula = pytest.mark.parametrize("formula", FORMULAS, ids=IDS)


def unit_of(quantity):
    known = [graph.units[quantity] for graph in (GRAPH, *GROUPS.values(), build_graph([staff])) if quantity in graph.units]
    return known[0] if known else Unit("1")  # a relative error


def compute(inputs, target, graph=GRAPH):
    steps = build_plan(graph, inputs, [target])
    values = {name: inputs[name] for name in steps.inputs}
    evaluate(steps, values)
    return values[target]


# --- units ------------------------------------------------------------------------------------------------------------------


def test_new_formulas_are_here():
    names = {formula.name for formula in FORMULAS}
    assert {"data_processing_cost", "platform_cost", "retrain_cost", "serving_cost", "cash_cost", "water_use"} <= names
    assert len(FORMULAS) > 45


@for_each_formula
def test_formula_keeps_the_unit_it_promises(formula):
    def text(unit):
        return "dimensionless" if unit.text == "1" else unit.text

    values = sample_inputs(formula, unit_of)
    bare = formula.function(*values)
    pairs = zip(values, formula.needs, strict=True)
    with_units = formula.function(*(registry().Quantity(value, text(unit_of(need))) for value, need in pairs))
    np.testing.assert_allclose(with_units.to(text(formula.unit)).magnitude, bare, rtol=1e-13)
    np.testing.assert_allclose(with_units.magnitude, bare, rtol=1e-13)  # no factor hides in a unit such as kWh/W


@for_each_formula
def test_formula_is_elementwise(formula):
    values = sample_inputs(formula, unit_of)
    one_by_one = [formula.function(*(float(value[i]) for value in values)) for i in range(len(values[0]))]
    np.testing.assert_allclose(formula.function(*values), one_by_one, rtol=1e-14)


def test_one_name_has_one_unit_in_the_model_and_in_all_groups():
    """A row of the library is found by the last part of a member's name, so a name may not mean two things."""
    units = {}
    for graph in (GRAPH, *GROUPS.values(), build_graph([staff])):
        for name, unit in graph.units.items():
            assert units.setdefault(name, unit) == unit, name


def test_rates_of_shares_and_requests_are_not_shown_as_growth():
    for name, shown in (("maintenance_rate", "percent/year"), ("requests", "request/day"), ("demand_growth", "OOM/year")):
        assert DISPLAY_UNITS[GRAPH.units[name].text][0] == shown


# --- worked by hand ---------------------------------------------------------------------------------------------------------

CORPUS = {
    "dataset_tokens": 15e12, "surviving_share": 0.06, "deduplication_effort": 8e-12, "labelled_share": 0.096,
    "quality_effort": 3750e-12, "filtering_effort": 320e-12, "processing_price": 2.0, "core_price": 0.05, "deflator": 1.1,
    "total_parameters": 70e9, "bytes_per_token": 4.0, "checkpoints_kept": 5.0, "checkpoint_bytes": 14.0,
    "storage_price": 0.023 / (1e9 * MONTH), "storage_time": YEAR, "training_tokens": 1.4e12,
}  # fmt: skip
CLOUD = {"cloud_bill": 2e6, "platform_surcharge": 0.2, "support_share": 0.05, "other_cloud_share": 0.25}
SIZES = {"small_cluster": 64.0, "large_cluster": 1024.0, "small_cluster_share": 0.35, "large_cluster_share": 0.03}
ASSURANCE = {
    "evaluation_passes": 10.0, "evaluation_price": 4400.0, "red_team_effort": 500.0, "red_team_pay": 70.0,
    "safety_assessments": 2.0, "assessment_price": 30_000.0, "systemic_risk_flop": 1e25, "training_flop": 9.9e24,
    "base_compliance_rate": 60_000 / YEAR, "systemic_risk_rate": 1e6 / YEAR, "duration": YEAR / 2, "service_life": 2 * YEAR,
    "deflator": 1.1,
}  # fmt: skip
RELEASE_DATE = {
    "compute_cost": 22e6, "final_run_chip_hours": 5e6, "chip_hours": 11e6, "service_life": 2 * YEAR,
    "refresh_interval": 4 * MONTH, "refresh_share": 0.05, "retrain_interval": YEAR, "generation_ratio": 2.4,
    "maintenance_rate": 0.2 / YEAR, "staff_cost": 6e6, "duration": 12 * MONTH,
}  # fmt: skip
GPT4 = {
    "output_words": 100.0, "tokens_per_word": 4 / 3, "reasoning_ratio": 0.0, "prompt_tokens": 0.0, "input_price": 30e-6,
    "output_price": 60e-6, "cached_share": 0.0, "cache_write_share": 0.0, "cached_price_ratio": 0.1, "write_price_ratio": 1.25,
    "long_context_from": 1e9, "long_input_factor": 2.0, "long_output_factor": 1.0, "service_tier_factor": 1.0,
    "batch_share": 0.0, "batch_price_factor": 0.5, "peak_hours_share": 0.0, "peak_hours_factor": 2.0,
}  # fmt: skip
DEEPSEEK = {  # a day: 226.75 nodes of 8 H800 in the mean, 168e9 tokens written
    "output_tokens": 168e9, "serving_speed": 168e9 / (226.75 * 8 * 24), "serving_utilisation": 1.0, "serving_chip_price": 2.0,
    "provider_margin": 1 + 5.45,
}  # fmt: skip
SERVED = {
    "requests": 1e6 / DAY, "demand_growth": 0.0, "growing_share": 1.0, "serving_price_decline": 0.0, "service_life": 1000 * DAY,
    "request_cost": 0.008, "deflator": 1.1, "output_tokens": 400.0, "energy_per_request": 0.24e-3,
}  # fmt: skip
STATE = {"total_parameters": 70e9, "state_bytes": 16.0, "memory": 80e9, "activation_memory": 0.0}
ADOPTION = {
    "adoption_effort": 2 * MONTH, "adoption_salary": 200_000 / YEAR, "adoption_on_cost": 1.25, "adoption_equity": 50_000 / YEAR,
    "adoption_delay": MONTH / 2, "adoption_burn": 100.0, "deflator": 1.1,
}  # fmt: skip
SITE = {
    "capacity": 1e6, "building_price": 12_000.0, "equipment_price": 38_000.0, "deflator": 1.0, "budgeted_investment": 7e12,
    "building_life": 2 * YEAR, "compounding_period": YEAR,
}  # fmt: skip
FLEET = {  # 72,000 requests an hour for 100 hours, on 5 instances of 2 chips with 1,200 output tokens a second each
    "prompt_tokens": 1000.0, "output_tokens": 300.0, "answer_tokens": 300.0, "tokens_per_word": 1.5, "cached_share": 0.5,
    "serving_speed": 1200 * 3600.0, "replica_chips": 2.0, "mean_replicas": 5.0, "peak_replicas": 6.0, "service_life": 100.0,
    "requests": 72_000.0, "demand_growth": 0.0, "growing_share": 1.0, "minimum_replicas": 2.0, "regions": 3.0,
    "chips_per_server": 8.0, "deflator": 1.0, "serving_price_decline": 0.0, "equivalent_requests": 7.2e6,
    "serving_chip_price": 2.5, "uncached_input_share": 0.4,
    "cached_input_share": 0.1, "output_share": 0.5, "provider_margin": 3.0, "requests_per_task": 30.0, "keep_warm_share": 0.25,
    "serving_busy_power_share": 0.8, "serving_idle_power_share": 0.2, "serving_tdp": 0.7, "serving_server_power_factor": 1.5,
    "pue": 1.2, "grid_intensity": 4e-4, "embodied_share": 0.1, "water_per_kwh": 0.6, "electricity_water": 1.5,
    "energy": 1000.0, "total_emissions": 2.0, "water_use": 500.0, "carbon_price": 100.0, "priced_request_cost": 1e-3,
    "total_parameters": 100e9, "active_parameters": 25e9, "served_size_share": 0.7, "served_weight_bytes": 1.0,
    "instance_chips": 2.0, "serving_memory": 80e9, "one_byte": 1.0625, "serving_four_bit_bytes": 0.6,
    "serving_peak_flop_bf16": 1e15, "serving_peak_flop_8bit": 2e15, "serving_peak_flop_4bit": 4e15,
    "spot_interruption_rate": 0.01, "chips_per_node": 8.0, "scaling_lag": 0.5, "supply_cost": 5000.0, "chip_hours": 1000.0,
}  # fmt: skip
COST = 2.5 * 300 / (1200 * 3600 * 0.5)
"""Of a request on that fleet, half of which is in use."""
GRANTED = {
    "credit_grant": 100_000.0, "credit_share": 0.3, "cloud_bill": 200_000.0, "total_cost": 1.2e6, "covered_share": 1.0,
}  # fmt: skip
REWORK = {
    "risk_rework": 300.0, "idle_chip_hours": 200.0, "reserved_remainder": 200.0, "rental_price": 2.0, "on_demand_price": 4.0,
    "price_factor": 1.1, "deflator": 1.0,
}  # fmt: skip
"""100 hours beyond what is reserved, at 4 or 2 USD and a price factor of 1.1; reserved ones at 2 USD where they are shared."""
CLUSTER = {"reference_goodput": 0.8, "reference_chips": 1000, "lost_time": 0.5, "chip_time_between_interruptions": 2500}
CASES = [
    # 1,200 tokens a second on each of 2 chips, 300 a request: 28,800 an hour; 5 instances answer half of what they could
    (FLEET, "replica_capacity", 28_800.0),
    (FLEET, "serving_utilisation", 0.5),
    (FLEET, "idle_hours_share", 0.5),
    (FLEET, "busy_chip_hours", 7.2e6 * 300 / (1200 * 3600)),
    # 5 replicas of 2 chips for 100 hours
    (FLEET, "serving_chip_hours", 1000.0),
    (FLEET, "serving_chips", 12.0),
    (FLEET, "serving_nodes", 2.0),
    (FLEET, "least_replicas", 6.0),
    (FLEET | {"serving_utilisation": 0.5}, "serving_power_share", 0.5),
    (FLEET | {"serving_utilisation": 0.5}, "serving_average_power", 0.525),
    # 1,300 tokens a request at 93.6 M tokens an hour
    ({"token_demand": 93.6e6, "prompt_tokens": 1000.0, "output_tokens": 300.0}, "requests", 72_000.0),
    (FLEET, "stored_weights", 70e9),
    (FLEET, "weight_memory_share", 70 / 160),
    (FLEET, "served_active_parameters", 17.5e9),
    (FLEET, "serving_peak_flop", 2e15),
    (FLEET | {"served_weight_bytes": 0.5625}, "serving_peak_flop", 4e15),
    (FLEET | {"served_weight_bytes": 2.0}, "serving_peak_flop", 1e15),
    (
        {
            "output_tokens": 5200.0,
            "prompt_tokens": 712e3,
            "cached_share": 0.96,
            "written_token_energy": 0.6e-6,
            "prompt_energy_ratio": 0.2,
            "cached_energy_ratio": 0.05,
        },
        "interface_energy",
        0.01063872,  # (5200 + 0.2 x 712,000 x (0.04 + 0.96 x 0.05)) x 0.6e-6
    ),
    ({"break_even_requests": 1000.0, "prompt_tokens": 1000.0, "output_tokens": 300.0}, "break_even_tokens", 1.3e6),
    # a quarter of a node is withdrawn once in 400 hours, and half an hour is lost each time
    (FLEET, "replica_lost_share", 0.00125),
    (FLEET, "supplied_chip_price", 5.0),
    (FLEET, "hosted_input_cost", COST * 0.4 / 500),
    (FLEET, "hosted_cached_cost", COST * 0.1 / 500),
    (FLEET | {"cached_share": 0.0, "cached_input_share": 0.0}, "hosted_cached_cost", 0.0),
    (FLEET, "hosted_output_cost", COST * 0.5 / 300),
    (FLEET, "provided_input_cost", 3 * COST * 0.4 / 500),
    (FLEET, "provided_cached_cost", 3 * COST * 0.1 / 500),
    (FLEET, "provided_output_cost", 3 * COST * 0.5 / 300),
    (FLEET | {"output_token_cost": 2e-6}, "reasoning_token_cost", 2e-6),
    (FLEET | {"request_cost": 0.0026}, "mean_token_cost", 2e-6),
    # 300 tokens are 200 words
    (FLEET | {"request_cost": 0.002}, "word_cost", 1e-5),
    (FLEET | {"request_cost": 0.002}, "task_cost", 0.06),
    (FLEET | {"serving_cost": 2000.0}, "idle_serving_cost", 1000.0),
    (FLEET | {"serving_cost": 2000.0}, "keep_warm_cost", 500.0),
    # at full use a request costs COST / 2
    (FLEET, "break_even_utilisation", COST / 2 / 1e-3),
    # 6 replicas of 2 chips at 2.50 USD are 30 USD an hour
    (FLEET, "break_even_requests", 30_000.0),
    # 1,000 chip-hours at 525 W with a PUE of 1.2, over 7.2 M requests
    (FLEET, "energy_per_request", 630 / 7.2e6),
    (FLEET, "served_energy", 630.0),
    (FLEET, "served_emissions", 630 * 4e-4 * 1.1),
    (FLEET, "served_water", 630 * (0.5 + 1.5)),
    (FLEET, "energy_per_token", 630 / 7.2e6 / 1300),
    (FLEET, "emissions_per_token", 630 / 7.2e6 / 1300 * 4e-4 * 1.1),
    (FLEET, "water_per_token", 630 / 7.2e6 / 1300 * 2),
    (FLEET, "life_energy", 1630.0),
    (FLEET, "life_emissions", 2 + 630 * 4e-4 * 1.1),
    (FLEET, "life_water", 500 + 1260.0),
    (FLEET, "serving_carbon_cost", 630 * 4e-4 * 100),
    # 96 % of 712,000 tokens cached at 0.10, three quarters of the others written at 2.50
    (
        GPT4
        | {
            "prompt_tokens": 712e3,
            "cached_share": 0.96,
            "cache_write_share": 0.75,
            "input_price": 2e-6,
            "cached_input_price": 0.1e-6,
            "output_tokens": 5200.0,
            "output_price": 10e-6,
        },
        "priced_request_cost",
        0.01 * 0.712 * 2 + 0.96 * 0.712 * 0.1 + 0.03 * 0.712 * 2.5 + 0.052,
    ),
    (GPT4 | {"service_tier_factor": 2.0, "batch_share": 0.5}, "list_price_factor", 1.5),
    (GPT4 | {"peak_hours_share": 0.25}, "list_price_factor", 1.25),
    (GPT4 | {"prompt_tokens": 2e9}, "priced_input_cost", 60e-6),
    (GPT4, "priced_cached_cost", 3e-6),
    (GPT4, "priced_output_cost", 60e-6),
    (GPT4 | {"prompt_tokens": 1000.0, "cached_share": 0.3}, "uncached_tokens", 700.0),
    # FineWeb: 15 T tokens are 6 % of what was read
    (CORPUS, "raw_tokens", 250e12),
    # GPT-3: 300 B tokens for 175 B parameters
    (CORPUS | {"training_tokens": 300e9, "total_parameters": 175e9}, "tokens_per_parameter", 12 / 7),
    # Chinchilla: 1.4 T for 70 B
    (CORPUS, "tokens_per_parameter", 20.0),
    # A run of 6 T tokens that reads its dataset three times
    (CORPUS | {"training_tokens": 6e12, "epochs": 3}, "distinct_tokens", 2e12),
    # A goodput of 0.8 on 1,000 chips is 0.25 of lost time; 1,000 chips more lose half an hour every 2,500 chip-hours: 0.2 more
    (CLUSTER | {"chips": 2000}, "cluster_goodput", 1 / 1.45),
    # On a quarter of the chips, interruptions would cost 0.15 less; no cluster loses less than nothing
    (CLUSTER | {"chips": 250}, "cluster_goodput", 1 / 1.1),
    (CLUSTER | {"chips": 250, "reference_goodput": 0.9}, "cluster_goodput", 1.0),
    # NeMo Curator: 1.96 T tokens in half an hour of 32 H100
    (CORPUS | {"raw_tokens": 1.96e12, "deduplication_effort": 16 / 1.96e12}, "deduplication_chip_hours", 16.0),
    # Essential-Web: 24 T tokens in 90,000 MI300X-hours
    (CORPUS, "labelled_tokens", 24e12),
    (CORPUS, "quality_chip_hours", 90_000.0),
    # Ultra-FineWeb: 80 processors for 1,000 hours
    (CORPUS, "filtering_core_hours", 80_000.0),
    # ((250 x 8 + 90,000) x 2 + 80,000 x 0.05) x 1.1
    (CORPUS, "data_processing_cost", 206_800.0),
    # 250e12 x 4 + 5 x 70e9 x 14
    (CORPUS, "stored_bytes", 1.0049e15),
    # 1,004,900 GB x 0.023 x 12 months x 1.1
    (CORPUS, "storage_cost", 305_087.64),
    # kept through a development of 12 months and a service of two years
    (RELEASE_DATE, "storage_time", 3 * YEAR),
    # 5 M chip-hours on 1,000 chips are 5,000 hours: experiments of 1.2 and a post-training of 0.1 times as much
    ({"final_run_chip_hours": 5e6, "chips": 1000.0, "experiments_factor": 2.2}, "experiments_time", 6000.0),
    ({"final_run_chip_hours": 5e6, "chips": 1000.0, "post_training_share": 0.1}, "post_training_time", 500.0),
    # 100 TB at 0.05 a GB
    ({"egress_bytes": 100e12, "egress_price": 0.05e-9, "deflator": 1.0}, "egress_cost", 5000.0),
    # 10 B tokens at GPT-4o mini's 0.60 a million
    ({"synthetic_tokens": 10e9, "synthetic_price": 0.60e-6, "deflator": 1.0}, "synthetic_data_cost", 6000.0),
    # 1,000 chips for a year at 4,500
    ({"chip_hours": 1000 * YEAR, "chip_licence_price": 4500 / YEAR, "deflator": 1.0}, "chip_licence_cost", 4.5e6),
    (CLOUD, "platform_cost", 400_000.0),
    (CLOUD, "support_cost", 100_000.0),
    (CLOUD, "other_cloud_cost", 500_000.0),
    # up to 64 chips, from 1,024, and halfway between them in orders of magnitude
    (SIZES | {"chips": 8.0}, "other_cloud_share", 0.35),
    (SIZES | {"chips": 4096.0}, "other_cloud_share", 0.03),
    (SIZES | {"chips": 256.0}, "other_cloud_share", 0.19),
    # 4 % of 50 M of hardware
    ({"basis_hardware_cost": 50e6, "cpu_node_share": 0.04}, "cpu_node_cost", 2e6),
    # 10 people for a year at 50 and 60 USD a month
    (
        {"staff_effort": 10 * YEAR, "tracking_price": 50 / MONTH, "developer_software_price": 60 / MONTH, "deflator": 1.0},
        "software_cost",
        13_200.0,
    ),
    # 10 x 4,400 x 1.1
    (ASSURANCE, "evaluation_cost", 48_400.0),
    # (500 x 70 + 2 x 30,000) x 1.1
    (ASSURANCE, "safety_testing_cost", 104_500.0),
    # half a year of 60,000 x 1.1, and of 1,060,000 from 1e25 FLOP
    (ASSURANCE, "compliance_cost", 33_000.0),
    (ASSURANCE | {"training_flop": 1e25}, "compliance_cost", 583_000.0),
    # two years of 60,000 x 1.1
    (ASSURANCE, "service_compliance_cost", 132_000.0),
    # 22 M x 5 / 11
    (RELEASE_DATE, "final_run_cost", 10e6),
    # 24 months / 4
    (RELEASE_DATE, "refreshes", 6.0),
    # 6 x 5 % x 10 M
    (RELEASE_DATE, "refresh_cost", 3e6),
    (RELEASE_DATE, "retrains", 2.0),
    # 2 x 2.4 x 10 M
    (RELEASE_DATE, "retrain_cost", 48e6),
    # 2 years x 20 % of the staff's 6 M
    (RELEASE_DATE, "maintenance_cost", 2.4e6),
    # 6 M over 12 months of 730.5 hours
    (RELEASE_DATE, "staff_burn", 684.4626967830253),
    # 100 words are 133 tokens, at 60 USD a million 0.8 cents
    (GPT4, "priced_request_cost", 0.008),
    # 8,000 tokens of prompt at 30 USD a million: 0.24 more
    (GPT4 | {"prompt_tokens": 8000.0}, "priced_request_cost", 0.248),
    # the large model: 32,000 x 60 + 133 x 120, in millionths
    (GPT4 | {"prompt_tokens": 32_000.0, "input_price": 60e-6, "output_price": 120e-6}, "priced_request_cost", 1.936),
    (GPT4 | {"output_words": 1000.0}, "priced_request_cost", 0.08),
    # five hidden tokens for each that is read
    (GPT4 | {"reasoning_ratio": 5.0}, "output_tokens", 800.0),
    # DeepSeek, 2025-03-01: 87,072 USD a day at 2 USD an hour
    (DEEPSEEK, "hosted_request_cost", 87_072.0),
    # a quarter of full load costs four times as much
    (DEEPSEEK | {"serving_utilisation": 0.25}, "hosted_request_cost", 348_288.0),
    # a margin of 545 % on it: the 562,027 USD of theory
    (DEEPSEEK, "provided_request_cost", pytest.approx(562_027, rel=1e-3)),
    # InferenceX: 2,000 tokens a second on an MI325X of 1.30 USD an hour, 0.18 USD a million
    (
        {"output_tokens": 1e6, "serving_speed": 7.2e6, "serving_utilisation": 1.0, "serving_chip_price": 1.30},
        "hosted_request_cost",
        pytest.approx(0.18, rel=5e-3),
    ),
    # a million a day for 1,000 days
    (SERVED, "served_requests", 1e9),
    # tenfold in the life, of which half is growth to 10 ** 0.5 times the first day
    (
        {"requests": 1.0, "demand_growth": math.log(10) / YEAR, "demand_limit": 10**0.5, "service_life": YEAR},
        "growing_share",
        pytest.approx(0.5, rel=1e-12),
    ),
    (SERVED, "equivalent_requests", 1e9),
    (SERVED, "served_tokens", 400e9),
    # 1e9 x 0.24 Wh
    (SERVED, "served_energy", 240_000.0),
    # 1e9 x 0.008 x 1.1
    (SERVED, "serving_cost", 8.8e6),
    # 12 and 38 B for a GW, 50 together
    (SITE, "building_cost", 12e9),
    (SITE, "equipment_cost", 38e9),
    (SITE, "investment_cost", 50e9),
    # 7 T buys 140 GW
    (SITE, "affordable_capacity", 140e6),
    # in dollars that are worth a tenth less
    (SITE | {"deflator": 1.25}, "investment_cost", 62.5e9),
    (SITE | {"deflator": 1.25}, "affordable_capacity", 112e6),
    # 12,000 over two years without interest
    (SITE | {"capital_rate": 0.0}, "facility_price", 6_000.0 / YEAR),
    # two payments at 10 %: 12,000 x 1.1^2 / 2.1
    (SITE | {"capital_rate": 0.1}, "facility_price", 12_000 * 1.21 / 2.1 / YEAR),
    # 30 % of 200,000
    (GRANTED, "credits_used", 60_000.0),
    # 100 chips are billed for 10,000 hours, and the credits expire after half of them
    ({"billed_chip_hours": 1e6, "reserved_chips": 100.0, "credit_term": 5000.0}, "covered_share", 0.5),
    # 30 % of 1 M is more than was granted
    (GRANTED | {"cloud_bill": 1e6}, "credits_used", 100_000.0),
    # 1.2 M less 0.3 M that is no payment and credits of 0.1 M, and a cluster of 5 M that is sold for 1 M
    (GRANTED | {"cloud_bill": 1e6, "noncash_cost": 3e5, "fleet_purchase": 5e6, "fleet_proceeds": 1e6}, "cash_cost", 4.8e6),
    ({"total_cost": 2e6, "noncash_cost": 3e5, "fleet_payments": 0.0}, "cash_without_credits", 1.7e6),
    # 10 M with spares of 3 % and a duty of 10 %, a fifth of it back
    ({"acquisition_cost": 10e6, "fleet_surcharge": 0.13}, "fleet_purchase", 11.3e6),
    ({"acquisition_cost": 10e6, "resale_share": 0.2}, "fleet_proceeds", 2e6),
    # equity of 0.25 M in roles of 1 M, of a line that a lever lowers to 0.8 M
    ({"staff_cost": 8e5, "role_cost": 1e6, "staff_equity": 2.5e5}, "staff_noncash_cost", 2e5),
    ({"idle_cost": 1e6, "fixed_noncash_share": 0.6}, "idle_noncash_cost", 6e5),
    ({"refresh_cost": 1e6, "compute_noncash_share": 0.7}, "refresh_noncash_cost", 7e5),
    ({"retrain_cost": 2e6, "compute_noncash_share": 0.7}, "retrain_noncash_cost", 1.4e6),
    ({"maintenance_cost": 1e6, "role_cost": 1e6, "staff_equity": 2.5e5}, "maintenance_noncash_cost", 2.5e5),
    ({"serving_cost": 5e5, "supply_noncash_share": 0.6}, "serving_noncash_cost", 3e5),
    # rework of 300 hours: of a run of 1,000 hours for 5,000; with 200 idle reserved hours, and with 200 of other work
    ({"risk_rework": 300.0, "final_run_cost": 5000.0, "final_run_chip_hours": 1000.0}, "rework_cost", 1500.0),
    (REWORK, "reserved_rework_cost", 440.0),
    (REWORK, "block_rework_cost", 220.0),
    (REWORK, "shared_rework_cost", 840.0),
    (REWORK | {"risk_rework": 200.0}, "reserved_rework_cost", 0.0),
    # running costs of 1,000 beside the purchase, over 3,000 hours held
    (
        {"risk_rework": 300.0, "compute_cost": 6000.0, "acquisition_cost": 5000.0, "held_chip_hours": 3000.0},
        "purchased_rework_cost",
        100.0,
    ),
    ({"rework_cost": 440.0, "risk_rework": 220.0, "final_run_chip_hours": 1000.0}, "rework_price", 2.0),
    ({"rework_cost": 0.0, "risk_rework": 0.0, "final_run_chip_hours": 1000.0}, "rework_price", 0.0),
    ({"risk_cost": 1e6, "event_cost": 2e6, "event_noncash_cost": 5e5}, "risk_noncash_cost", 2.5e5),
    # Luccioni et al. 2022, BLOOM: 24.69 t from its computing, 11.2 t to build what it ran on
    ({"emissions": 24.69, "embodied_share": 11.2 / 24.69}, "embodied_emissions", 11.2),
    ({"emissions": 24.69, "embodied_share": 11.2 / 24.69}, "total_emissions", 35.89),
    # 1.25 GWh with a PUE of 1.25 are 1 GWh of IT, at 0.27 litres a kWh
    ({"energy": 1.25e6, "pue": 1.25, "water_per_kwh": 0.27}, "cooling_water", 270_000.0),
    # arXiv:2605.01158: 12.3 GWh and 15,887 kL
    ({"energy": 12.3e6, "electricity_water": 1.29}, "power_water", pytest.approx(15_887e3, rel=2e-3)),
    ({"cooling_water": 270_000.0, "power_water": 1.6e6}, "water_use", 1.87e6),
    # 30 % of 15e12 tokens, at 0.40 USD a million
    ({"training_tokens": 15e12, "synthetic_share": 0.3}, "synthetic_tokens", 4.5e12),
    (
        {"training_tokens": 15e12, "synthetic_share": 0.3, "synthetic_price": 0.4e-6, "deflator": 1.0},
        "synthetic_data_cost",
        1.8e6,
    ),
    # just below the threshold of the AI Act, and at it
    (ASSURANCE, "compliance_rate", 60_000 / YEAR),
    (ASSURANCE | {"training_flop": 1e25}, "compliance_rate", 1.06e6 / YEAR),
    # 70e9 parameters of 16 bytes in chips of 80 GB, of which activations take none, 10 GB or all
    (STATE, "smallest_cluster", 14.0),
    (STATE | {"activation_memory": 10e9}, "smallest_cluster", 16.0),
    (STATE | {"activation_memory": 80e9}, "smallest_cluster", math.inf),
    (STATE | {"activation_memory": 90e9}, "smallest_cluster", math.inf),
    # two person-months at (200,000 x 1.25 + 50,000) a year, and half a month of staff at 100 USD an hour
    (ADOPTION, "adoption_pay", 300_000 / YEAR),
    (ADOPTION, "adoption_cost", 50_000 * 1.1 + 36_525.0),
    (ADOPTION, "adoption_noncash_share", 1 / 6),
    (ADOPTION | {"adoption_cost": 90_000.0}, "adoption_noncash_cost", 15_000.0),
    # four partners, and 10 % more for working together: each pays 27.5 %
    ({"partners": 4.0, "sharing_overhead": 0.1}, "partner_share", 0.275),
    ({"partners": 4.0, "sharing_overhead": 0.1, "total_cost": 8e6}, "partner_cost", 2.2e6),
    # a jump of which there are ln 2 a year comes within a year with a probability of a half
    ({"rise_variate": 0.49, "rise_rate": math.log(2) / YEAR, "lead_time": YEAR}, "has_risen", 1.0),
    ({"rise_variate": 0.51, "rise_rate": math.log(2) / YEAR, "lead_time": YEAR}, "has_risen", 0.0),
    ({"fall_variate": 0.49, "fall_rate": math.log(2) / YEAR, "lead_time": YEAR}, "has_fallen", 1.0),
    ({"fall_variate": 0.51, "fall_rate": math.log(2) / YEAR, "lead_time": YEAR}, "has_fallen", 0.0),
    ({"escalation": math.log(1.03) / YEAR, "release": 2 * YEAR}, "release_price_level", 1.0609),
    ({"rollback_variate": 0.09, "rollback_probability": 0.1}, "rolls_back", 1.0),
    ({"rollback_variate": 0.1, "rollback_probability": 0.1}, "rolls_back", 0.0),
]
MEMBERS = [
    # Reddit to Google, 60 M for each of three years
    ("deals", {"count": 3.0, "price": 60e6, "deflator": 1.0}, 180e6),
    # 10,000 titles at HarperCollins' 5,000
    ("deals", {"count": 10_000.0, "price": 5000.0, "deflator": 1.1}, 55e6),
    # Bartz v. Anthropic: about 500,000 works, 1.5 B
    ("deals", {"count": 500_000.0, "price": 3000.0, "deflator": 1.0}, 1.5e9),
    # 600 answers of experts for 60,000, and twice the plan
    ("labels", {"items": 600.0, "price": 100.0, "rework": 1.0, "deflator": 1.0}, 60_000.0),
    ("labels", {"items": 600.0, "price": 100.0, "rework": 2.0, "deflator": 1.1}, 132_000.0),
    # 50 seats at 50 USD a month for a year
    ("tools", {"count": 50.0, "fee": 50 / MONTH, "duration": 12 * MONTH, "deflator": 1.0}, 30_000.0),
]


@pytest.mark.parametrize(("inputs", "target", "expected"), CASES, ids=[target for _, target, _ in CASES])
def test_quantity_worked_by_hand(inputs, target, expected):
    close = expected if not isinstance(expected, float) else pytest.approx(expected, rel=1e-12)
    with np.errstate(divide="ignore"):  # as in a run
        assert compute({name: np.float64(value) for name, value in inputs.items()}, target) == close


def test_nothing_has_no_part_that_is_no_payment():
    with np.errstate(all="ignore"):  # as in a run
        assert compute({"staff_cost": 0.0, "role_cost": 0.0, "staff_equity": 0.0}, "staff_noncash_cost") == 0


def test_every_formula_is_worked_by_hand():
    reached = {step.name for given, target, _ in CASES for step in build_plan(GRAPH, given, [target]).steps}
    water_and_carbon = {"embodied_emissions", "total_emissions", "cooling_water", "power_water", "water_use"}
    modules = (*MODULES, adoption, sharing, rework)
    others = water_and_carbon | {"smallest_cluster", "has_risen", "has_fallen", "release_price_level", "rolls_back"}
    assert {name for module in modules for name in build_graph([module]).formulas} | others <= reached


@pytest.mark.parametrize(("group", "inputs", "expected"), MEMBERS, ids=[group for group, _, _ in MEMBERS])
def test_cost_of_a_item_worked_by_hand(group, inputs, expected):
    assert compute(inputs, "cost", GROUPS[group]) == pytest.approx(expected, rel=1e-12)


# --- risks ------------------------------------------------------------------------------------------------------------------

RISK = {
    "variate": 0.1, "probability": 0.2, "impact": 2e6, "run_share": 0.1, "final_run_chip_hours": 1e6, "rework_price": 10.0,
    "delay": MONTH, "staff_burn": 1000.0, "deflator": 1.1,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # 2 M x 1.1 + 10 % of 1 M hours at 10 + 730.5 hours at 1,000; run and staff are in the money of the total already
        ({}, 3_930_500.0),
        ({"variate": 0.3}, 0.0),
        ({"delay": 0.0, "impact": 0.0}, 1e6),
        ({"run_share": 0.0, "impact": 0.0}, 730_500.0),
        ({"run_share": 0.0, "delay": 0.0}, 2.2e6),
    ],
)
def test_cost_of_a_risk_worked_by_hand(changes, expected):
    assert compute(RISK | changes, "cost", GROUPS["risks"]) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("probability", [0.0, 1e-3, 0.2, 0.999, 1.0])
def test_risk_happens_as_often_as_it_is_probable(probability):
    variate = (np.arange(100_000) + 0.5) / 100_000
    happened = risks.occurs(variate, probability)
    assert set(np.unique(happened)) <= {0.0, 1.0}
    assert happened.mean() == pytest.approx(probability, abs=1e-5)


def test_risk_of_uncertain_probability_happens_as_often_as_its_mean():
    rng = np.random.default_rng(5)
    probability = rng.beta(2, 8, 400_000)
    happened = risks.occurs(rng.random(400_000), probability)
    assert happened.mean() == pytest.approx(0.2, abs=5 * math.sqrt(0.2 * 0.8 / 400_000))
    assert np.corrcoef(happened, probability)[0, 1] > 0.2


@pytest.mark.parametrize("variate", [1e-300, 0.5, 1.0])
def test_risk_at_its_limits(variate):
    assert risks.occurs(variate, 0.0) == 0
    assert risks.occurs(min(variate, 1 - 1e-16), 1.0) == 1


# --- growth -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("growth", [-3.0, -0.5, -1e-9, 1e-9, math.log(2), 3.0])
def test_requests_are_the_integral_of_their_rate(growth):
    hours = np.linspace(0, 2 * YEAR, 200_001)
    rate = 40.0 * np.exp(growth / YEAR * hours)
    integral = np.sum((rate[1:] + rate[:-1]) / 2) * (hours[1] - hours[0])
    assert serving.served_requests(40.0, growth / YEAR, 1.0, 2 * YEAR) == pytest.approx(integral, rel=1e-9)


def test_demand_that_doubles_each_year():
    # (4 - 1) / (2 ln 2) = 2.16404 times two years at the first rate
    assert serving.served_requests(1.0, math.log(2) / YEAR, 1.0, 2 * YEAR) / (2 * YEAR) == pytest.approx(2.164042561, rel=1e-9)


def test_demand_that_grows_tenfold_a_year_stops_at_its_limit():
    # from 1 to 100 in two of four years, then two years at 100
    growing = serving.growing_share(1.0, math.log(10) / YEAR, 100.0, 4 * YEAR)
    assert growing == pytest.approx(0.5, rel=1e-12)
    served = serving.served_requests(1.0, math.log(10) / YEAR, growing, 4 * YEAR)
    assert served == pytest.approx(YEAR * (99 / math.log(10) + 2 * 100), rel=1e-12)
    hours = (np.arange(400_000) + 0.5) / 400_000 * 4 * YEAR
    rate = np.minimum(10 ** (hours / YEAR), 100) * np.exp(-0.3 * hours / YEAR)
    equivalent = serving.equivalent_requests(1.0, math.log(10) / YEAR, growing, 0.3 / YEAR, 4 * YEAR)
    assert equivalent == pytest.approx(rate.mean() * 4 * YEAR, rel=1e-9)


@pytest.mark.parametrize(
    ("requests", "growth", "share"),
    [(50.0, 0.0, 1), (50.0, -1.0, 1), (200.0, -1.0, 1), (200.0, 0.0, 1), (200.0, 1.0, 0), (50.0, 0.1, 1), (0.0, 1.0, 0)],
)
def test_demand_grows_to_the_end_unless_it_meets_its_limit(requests, growth, share):
    assert serving.growing_share(requests, growth / YEAR, 100.0, YEAR) == share


def test_still_demand_is_rate_times_life_and_growth_goes_there_smoothly():
    near = np.array([-1e-30, -1e-18, 0.0, 5e-324, 1e-18, 1e-30])
    np.testing.assert_array_equal(serving.served_requests(40.0, near, 1.0, 100.0), 4000.0)
    assert serving.served_requests(40.0, 0.0, 1.0, 100.0) == 4000.0


def test_falling_price_offsets_growing_demand():
    assert serving.equivalent_requests(40.0, 2e-4, 1.0, 2e-4, 5000.0) == pytest.approx(200_000.0, rel=1e-12)
    # without growth, prices that fall 50 times a year: (1 - 1 / 50) / ln 50 = 0.25051 of a year at the first price
    assert serving.equivalent_requests(1.0, 0.0, 1.0, math.log(50) / YEAR, YEAR) / YEAR == pytest.approx(0.250511, rel=1e-5)
    same = serving.equivalent_requests(40.0, 2e-4, 1.0, 0.0, 5000.0)
    assert same == pytest.approx(serving.served_requests(40.0, 2e-4, 1.0, 5000.0), rel=1e-15)


def test_site_of_a_sum_costs_that_sum():
    rng = np.random.default_rng(3)
    money, building, equipment, deflator = rng.uniform([1e9, 9e3, 3e4, 0.8], [1e13, 15e3, 5e4, 1.3], (50, 4)).T
    capacity = site.affordable_capacity(money, building, equipment, deflator)
    cost = site.investment_cost(
        site.building_cost(capacity, building, deflator), site.equipment_cost(capacity, equipment, deflator)
    )
    np.testing.assert_allclose(cost, money, rtol=1e-14)


def test_credits_never_pass_the_grant_or_the_bill():
    rng = np.random.default_rng(4)
    grant, share, covered, bill = rng.uniform(0, [[1e5], [1], [1], [1e6]], (4, 1000))
    credits_used = credits.credits_used(grant, share, covered, bill)
    assert (credits_used <= grant).all()
    assert (credits_used <= bill).all()
    assert ((credits_used == grant) | (credits_used == share * covered * bill)).all()


# --- the library's rows -----------------------------------------------------------------------------------------------------

OURS = [f"{library.LIBRARY_LABEL}/{name}.yaml" for name in FILES]
ROWS = [
    (row.quantity, row.name)
    for named in library.rows().values()
    for row in named.values()
    if row.node.place.file in OURS and row.name != library.DEFAULT
]


def distribution_of(quantity, name):
    return Reader().distribution(quantity, library_entry(quantity, name), unit_of(quantity))


# As published: p5, p50, p95 in the unit of the source, and what that is in ours, by hand.
PER_T, PER_M = 1e-12, 1e-6
GB_MONTH = 1 / (1e9 * MONTH)
SECOND = 1 / 3600
PUBLISHED = [
    ("dataset_tokens", "frontier-open-2026", 1e12, 14, 22, 40),
    ("dataset_tokens", "small-models-2026", 1e12, 1, 5, 15),
    ("dataset_tokens", "gpt-3-generation-2022", 1e12, 0.2, 0.3, 0.8),
    ("tokens_per_parameter", "open-models-2026", 1, 20, 250, 10_000),
    ("surviving_share", "web-crawl-2024", 0.01, 3, 6, 15),
    ("deduplication_effort", "gpu-2025", PER_T, 5, 8, 100),
    ("quality_effort", "classifier-2025", PER_T, 300, 3750, 20_000),
    ("filtering_effort", "rules-2025", PER_T, 1000, 5300, 100_000),
    ("processing_price", "h100-2026", 1, 1.99, 2.95, 6.88),
    ("processing_price", "mi300x-2026", 1, 1.49, 2.2, 2.94),
    ("core_price", "cloud-2025", 1, 0.015, 0.045, 0.10),
    ("bytes_per_token", "raw-to-clean", 1, 2, 4, 40),
    ("storage_price", "object-2026", GB_MONTH, 0.015, 0.023, 0.026),
    ("storage_price", "neocloud-2026", GB_MONTH, 0.015, 0.03, 0.06),
    ("storage_price", "parallel-2026", GB_MONTH, 0.10, 0.14, 0.60),
    ("egress_price", "clouds-2025", 1e-9, 0, 0.05, 0.12),
    ("price", "web-platform-year-2024", 1e6, 5, 40, 100),
    ("price", "archive-2024", 1e6, 10, 30, 50),
    ("price", "publisher-2024", 1e6, 5, 15, 44),
    ("price", "book-2024", 1, 2500, 5000, 5000),
    ("price", "book-million-tokens-2024", 1e3, 20, 40, 60),
    ("price", "human-data-year-2026", 1e6, 100, 500, 1500),
    ("price", "comparison-crowd-2025", 1, 0.5, 2, 5),
    ("price", "comparison-skilled-2025", 1, 15, 30, 50),
    ("price", "comparison-expert-2025", 1, 60, 100, 200),
    ("price", "comparison-ai-2025", 2, 1 / 26, 1 / 15, 1 / 5),
    ("price", "synthetic-pair-2025", 1, 0.005, 0.05, 0.5),
    ("items", "comparisons-2023", 1e3, 33, 200, 1400),
    ("rework", "vendor-guide-2025", 1, 1, 2, 5),
    ("relative_error", "ai-feedback-2025", 1, 1 / 26, 1 / 15, 1 / 5),
    ("effort", "data-team", MONTH, 2, 12, 60),
    ("chip_licence_price", "nvidia-ai-enterprise-any-buyer-2026", 1 / YEAR, 1125, 4500, 4500),
    ("fee", "labelling-platform-2026", 1 / MONTH, 500, 2000, 5000),
    ("tracking_price", "seat-2026", 1 / MONTH, 0, 50, 200),
    ("developer_software_price", "seat-2026", 1 / MONTH, 23, 60, 250),
    ("platform_surcharge", "managed-2026", 0.01, 0, 10, 40),
    ("support_share", "clouds-2026", 0.01, 0, 5, 10),
    ("other_cloud_share", "cloud-2026", 0.01, 5, 20, 50),
    ("small_cluster_share", "clouds-2026", 0.01, 15, 35, 55),
    ("large_cluster_share", "neocloud", 0.01, 0.3, 2.5, 7.5),
    ("large_cluster_share", "hyperscaler", 0.01, 3, 7, 22),
    ("cpu_node_share", "gb200-2025", 0.01, 2, 4.3, 7),
    ("evaluation_price", "agent-suite-2026", 1, 2800, 4400, 9500),
    ("evaluation_price", "static-suite-2022", 1, 85, None, 10_926),
    ("red_team_pay", "contractors-2026", 1, 25, 70, 250),
    ("assessment_price", "security-firms-2026", 1e3, 10, 30, 60),
    ("base_compliance_rate", "eu-2026", 1e3 / YEAR, 30, 60, 300),
    ("compliance_rate", "deployer-2026", 1e3 / YEAR, 5, 20, 60),
    ("maintenance_rate", "guides-2026", 0.01 / YEAR, 10, 20, 35),
    ("refresh_interval", "folklore-2026", MONTH, 1, 4, 12),
    ("refresh_share", "continued-pretraining-2024", 0.01, 0.5, 5, 30),
    ("retrain_interval", "llama-2025", MONTH, 6, 12, 24),
    ("generation_ratio", "frontier-2024", 1, 1, 2.4, 4),
    ("input_price", "flagship-2026", PER_M, 1.25, 5, 30),
    ("output_price", "flagship-2026", PER_M, 10, 25, 180),
    ("input_price", "llama-3.3-70b-hosts-2026", PER_M, 0.14, 0.59, 1.04),
    ("output_price", "llama-3.3-70b-hosts-2026", PER_M, 0.40, 0.79, 2.25),
    ("input_price", "deepseek-r1-hosts-2026", PER_M, 0.50, 1.90, 5.00),
    ("output_price", "deepseek-r1-hosts-2026", PER_M, 2.15, 2.75, 8.00),
    ("input_price", "gpt-oss-120b-hosts-2026", PER_M, 0.03, 0.15, 0.35),
    ("output_price", "gpt-oss-120b-hosts-2026", PER_M, 0.15, 0.60, 0.75),
    ("output_price", "mid-2026", PER_M, 1, 4, 15),
    ("output_price", "small-2026", PER_M, 0.15, 0.4, 1.2),
    ("synthetic_price", "small-model-2026", PER_M, 0.15, 0.4, 1.2),
    ("synthetic_share", "mixture-2025", 1, 0.1, 0.3, 0.5),
    ("serving_price_decline", "fixed-ability-2025", 1 / YEAR, math.log(9), math.log(50), math.log(900)),
    ("tokens_per_word", "english", 1, 1.2, 1.33, 1.6),
    ("tokens_per_word", "other-languages", 1, 1.4, 2.0, 4.0),
    ("reasoning_ratio", "any-model-2026", 1, 0, 5, 60),
    ("prompt_tokens", "service-mean-2025", 1, 1000, None, 10_000),
    ("latency_slack", "default", 1, 1.33, 2.05, 3.27),
    ("reasoning_ratio", "service-mean-2025", 1, 0, 3.1, 10),
    ("demand_limit", "default", 1 / 24, 6e9 * 2.5e9 / 5e8, 3e10, 3e10),
    ("prompt_tokens", "chat-2026", 1, 50, 1000, 30_000),
    ("request_cost", "rule-of-thumb-1000-words", 1, 0.10, 0.7, 5.00),
    ("serving_speed", "moe-120b-2026", 1 / SECOND, 2000, None, 25_000),
    ("serving_speed", "dense-7b-h100-2026", 1 / SECOND, 5000, 12_000, 30_000),
    ("serving_speed", "dense-70b-h100-2026", 1 / SECOND, 300, 800, 2500),
    ("serving_chip_price", "h100-owner-cash-2025", 1, 0.30, 0.35, 0.40),
    ("serving_chip_price", "h100-owner-full-2026", 1, 1.10, 1.40, 1.80),
    ("serving_chip_price", "gb300-owner-full-2026", 1, 2.3, 2.69, 3.2),
    ("serving_chip_price", "vr200-owner-full-2026", 1, 3.5, 4.18, 5.0),
    ("provider_margin", "list-over-chips-2025", 1, 1.2, 3, 6.5),
    ("energy_per_request", "chat-2025", 1e-3, 0.1, 0.3, 3),
    ("building_price", "ai-site-2026", 1e3, 9, 12, 15),
    ("building_price", "turner-townsend-2026", 1e3, 10, 12.5, 16),
    ("probability", "rollback", 1, 0.05, 0.2, 0.5),
    ("probability", "price-change-a-year", 1, 0.0460, 0.2718, 0.6507),  # Beta(1.5, 3.5), one in four with a half added
    ("run_share", "rollback", 0.01, 3, 10, 30),
]
SINGLE = [
    ("tokens_per_parameter", "gpt-3-2020", 1.7),
    ("tokens_per_parameter", "chinchilla-2022", 20.0),
    ("checkpoint_bytes", "weights", 2.0),
    ("checkpoint_bytes", "weights-and-optimiser", 14.0),
    ("checkpoint_bytes", "with-gradients", 16.0),
    ("price", "reddit-google-year-2024", 60e6),
    ("price", "news-corp-openai-2024", 250e6),
    ("price", "settlement-work-2025", 3000.0),
    ("impact", "settlement-bartz-2025", 1.5e9),
    ("chip_licence_price", "open-source", 0.0),
    ("chip_licence_price", "nvidia-ai-enterprise-2026", 0.5133470226),  # 4,500 / 8,766
    ("chip_licence_price", "nvidia-ai-enterprise-five-years-2026", 0.4106776181),  # 18,000 / 5 / 8,766
    ("chip_licence_price", "nvidia-ai-enterprise-cloud-2026", 1.0),
    ("input_price", "gpt-4-8k-2023", 30e-6),
    ("output_price", "gpt-4-8k-2023", 60e-6),
    ("output_price", "gpt-4-32k-2023", 120e-6),
    ("output_price", "o1-pro-2025", 600e-6),
    ("input_price", "gemini-1.5-flash-8b-2024", 0.0375e-6),
    ("output_price", "deepseek-v3-2025", 1.10e-6),
    ("serving_speed", "moe-120b-mi325x-2026", 7.2e6),
    ("serving_speed", "moe-120b-b200-2026", 90e6),
    ("provider_margin", "deepseek-2025", 562_027 / 87_072),
    ("energy_per_request", "gemini-2025", 0.24e-3),
]


EXACT = 1e-9
ROUNDED = {
    ("price", "comparison-ai-2025"): 2e-6,  # 1/26 and 1/15 in six digits
    ("relative_error", "ai-feedback-2025"): 2e-6,
    ("serving_price_decline", "fixed-ability-2025"): 1e-4,  # logarithms in four digits
    ("provider_margin", "deepseek-2025"): 1e-5,  # a ratio in five digits
    ("probability", "price-change-a-year"): 2e-4,  # quantiles of a beta distribution, here in four digits
    # mixtures, with the levels of their parts in six digits
    ("rework", "vendor-guide-2025"): 5e-6,
    ("reasoning_ratio", "any-model-2026"): 5e-6,
    ("reasoning_ratio", "service-mean-2025"): 5e-6,
}
"""How far rows are from what was published, relative, where one of them is rounded."""


@pytest.mark.parametrize(("quantity", "name", "unit", "p5", "p50", "p95"), PUBLISHED)
def test_row_has_the_quantiles_that_were_published(quantity, name, unit, p5, p50, p95):
    distribution = distribution_of(quantity, name)
    close = ROUNDED.get((quantity, name), EXACT)
    assert distribution.quantile(0.05) / unit == pytest.approx(p5, rel=close, abs=EXACT)
    assert distribution.quantile(0.95) / unit == pytest.approx(p95, rel=close)
    if p50 is not None:
        assert distribution.quantile(0.5) / unit == pytest.approx(p50, rel=close)


@pytest.mark.parametrize(("quantity", "name", "value"), SINGLE)
def test_row_has_the_value_that_was_published(quantity, name, value):
    distribution = distribution_of(quantity, name)
    assert distribution.is_constant
    assert distribution.quantile(0.5) == pytest.approx(value, rel=ROUNDED.get((quantity, name), EXACT))


def test_rows_exist_and_each_distribution_is_compared_with_its_source():
    assert len(ROWS) > 120
    spread = {row for row in ROWS if not distribution_of(*row).is_constant and library_entry(*row).grade != "D"}
    own_reading = {
        ("input_price", "mid-2026"), ("input_price", "small-2026"), ("equipment_price", "ai-site-2026"),
        ("budgeted_investment", "chip-industry-press-2024"), ("credit_grant", "startup-programmes-2026"),
        ("credit_share", "startup-2026"), ("credit_share", "academic-2026"), ("serving_price_decline", "same-model-2026"),
    }  # fmt: skip
    assert spread <= {(quantity, name) for quantity, name, *_ in PUBLISHED} | own_reading


@pytest.mark.parametrize(("quantity", "name"), ROWS)
def test_row_is_a_distribution_of_possible_values_with_its_quantiles(quantity, name):
    unit, entry = unit_of(quantity), library_entry(quantity, name)
    distribution = Reader().distribution(quantity, entry, unit)
    assert all(unit.low <= distribution.quantile(p) <= unit.high for p in (0, 1e-9, 0.001, 0.5, 0.999, 1 - 1e-9, 1))
    scale = FACTORS.get((entry.unit, unit.text), 1.0)
    for kind, tolerance in (("quantiles", 1e-6), ("lognormal", 5e-2), ("logitnormal", 1e-6)):
        for key, value in (getattr(entry, kind) or {}).items():
            if is_quantile(key):
                assert distribution.quantile(parse_quantile(key)) == pytest.approx(value * scale, rel=tolerance), key


@pytest.mark.parametrize(("quantity", "name"), ROWS)
def test_row_has_a_description_a_grade_and_sources(quantity, name):
    entry = library_entry(quantity, name)
    assert entry.about
    assert entry.date
    assert entry.grade in ("A", "B", "C", "D")
    assert entry.about.startswith("Assumption:") == (entry.grade == "D")
    assert entry.sources
    assert all(source.title and (source.date or source.url) for source in entry.sources)


def test_units_of_the_rows_need_no_pint():
    """A run reads the library, and pint takes 0.3 s to wake."""
    for quantity, name in ROWS:
        given = library_entry(quantity, name).unit
        assert not given or given == unit_of(quantity).text or (given, unit_of(quantity).text) in FACTORS, (quantity, given)


@pytest.mark.parametrize(
    ("row", "words", "factor"),
    [
        # 0.10 and 0.50 USD for 100 words, 5 for 1,000, over GPT-4's answer at launch
        ("rule-of-thumb-100-words", 100, 12.5),
        ("rule-of-thumb-gpt-4-100-words", 100, 62.5),
        ("rule-of-thumb-1000-words", 1000, 62.5),
    ],
)
def test_rule_of_thumb_is_far_above_the_list_price_of_its_time(row, words, factor):
    listed = compute(GPT4 | {"output_words": float(words)}, "priced_request_cost")
    distribution = distribution_of("request_cost", row)
    top = 5.0 if words == 1000 else distribution.quantile(1)
    assert top / listed == pytest.approx(factor, rel=1e-3)
    assert distribution.quantile(0.05) > listed


@pytest.mark.parametrize(("name", "mean"), [("startup-2026", 0.3), ("academic-2026", 0.7)])
def test_share_that_credits_pay_has_its_mean(name, mean):
    assert distribution_of("credit_share", name).moments()[0] == pytest.approx(mean, abs=1e-3)


@pytest.mark.parametrize(
    ("quantity", "name", "probability", "at"),
    [
        ("rework", "vendor-guide-2025", 0.10, 1),
        ("tracking_price", "seat-2026", 0.20, 0),
        ("platform_surcharge", "managed-2026", 0.20, 0),
        ("support_share", "clouds-2026", 0.20, 0),
        ("egress_price", "clouds-2025", 0.25, 0),
        ("reasoning_ratio", "any-model-2026", 0.25, 0),
        ("reasoning_ratio", "service-mean-2025", 0.25, 0),
    ],
)
def test_probability_of_nothing_is_that_of_the_row(quantity, name, probability, at):
    distribution = distribution_of(quantity, name)
    assert distribution.quantile(probability - 1e-6) == at
    assert distribution.quantile(probability + 1e-3) > at
    assert f"{100 * probability:.0f} %" in library_entry(quantity, name).about or quantity == "egress_price"
