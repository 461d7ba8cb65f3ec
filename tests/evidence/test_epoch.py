"""Worked cases from Cottier et al. 2024 and the published totals that the `epoch/` scenarios repeat."""

import csv
import datetime
import json
import sys
from functools import cache

import numpy as np
import paths
import pytest

from simulator.core.units import HOURS_PER_YEAR
from simulator.engine.simulate import simulate
from simulator.engine.summaries import summarize
from simulator.scenario import read

HERE = paths.TESTS
sys.path.insert(0, str(HERE.parent / "reports"))
from epoch import recompute  # noqa: E402, the report on the study and its tests compute it once

SHARED = paths.SHARED / "epoch-2024-models.csv"
CASES = json.loads((HERE / "cases" / "epoch-2024.json").read_text())
HYPERSCALERS = ("Google", "DeepMind", "Microsoft", "Amazon", "Meta", "Facebook")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["model"])
def test_formulas_reproduce_the_study_from_its_fixed_inputs(case):
    ours = recompute(case)
    assert ours
    for cost, value in ours.items():
        assert value == pytest.approx(case[cost], rel=1e-6), cost


def shared_cases():
    if not SHARED.exists():
        return []
    with SHARED.open(newline="", encoding="utf-8") as file:
        return [case_of(row) for row in csv.DictReader(file)]


def case_of(row):
    """A row of the study's table as a case; empty cells are None."""

    def number(key):
        return float(row[key]) if row[key] else None

    days = None
    if row["hardware_available_date"] and row["training_start_date_assumed"]:
        start, available = (
            datetime.date.fromisoformat(row[key]) for key in ("training_start_date_assumed", "hardware_available_date")
        )
        days = max(0, (start - available).days)  # the study depreciates nothing before a chip can be had
    chip, other = number("amortized_chip_cost_nominal_usd"), number("amortized_server_other_cost_nominal_usd")
    energy = number("energy_kwh")
    return {
        "model": row["model"],
        "chip_hours": number("chip_hours_used"),
        "chips": number("chip_quantity"),
        "server_price": number("server_price_per_chip_usd"),
        "server_factor": 1 + other / chip if chip else 1.64,
        "hardware_age_days": days,
        "energy_kwh": energy,
        "electricity_price": number("energy_cost_nominal_usd") / energy if energy else None,
        "rental_price": number("cloud_price_per_chip_hour_usd"),
        "deflator": number("inflation_factor_to_2023_12"),
        "amortised": number("amortized_hw_energy_cost_2023usd"),
        "acquisition": number("hardware_acquisition_cost_2023usd"),
        "cloud": number("cloud_cost_2023usd"),
    }


@pytest.mark.skipif(not SHARED.exists(), reason="the study's whole table is not here; the worked cases stand for it")
def test_every_row_of_the_study_is_reproduced():
    counts = dict.fromkeys(("amortised", "acquisition", "cloud"), 0)
    for case in shared_cases():
        if case["amortised"] is None and case["cloud"] is None and case["acquisition"] is None:
            continue
        for cost, value in recompute(case).items():
            if case[cost] is None:
                continue
            assert value == pytest.approx(case[cost], rel=1e-6), (case["model"], cost)
            counts[cost] += 1
    assert counts == {"amortised": 31, "acquisition": 24, "cloud": 26}


# The published 5 %, 50 %, 95 % points of the total and medians of the components, in million USD of December 2023: re-run of
# the study's development notebook (version 2). Shares are printed to 0.1 %, so components carry half a digit of that too.
PUBLISHED = {
    "epoch/gpt-3": {
        "total": (5.36, 7.45, 10.24), "sum": 7.15, "shares": (31.0, 21.2, 12.3, 2.8, 32.8), "staff": (1.07, 2.34, 4.14),
    },
    "epoch/gpt-4": {
        "total": (100.8, 129.4, 170.0), "sum": 125.1, "shares": (31.7, 21.1, 12.3, 6.3, 28.6), "staff": (27.8, 35.8, 44.5),
    },
    "epoch/gemini-ultra": {
        "total": (95.2, 132.5, 182.3), "sum": 125.8, "shares": (23.1, 14.7, 8.9, 4.6, 48.8), "staff": (35.5, 61.4, 104.5),
    },
}  # fmt: skip
LINES = ("chip_cost", "server_cost", "network_cost", "energy_cost", "staff_cost")


@cache
def run(name):
    return simulate(read(name), draws=400_000)


@pytest.mark.parametrize("name", PUBLISHED)
def test_joint_interval_of_the_published_treatment(name):
    figures = summarize(run(name).accumulators["total_cost"], 0.90)
    low, middle, high = PUBLISHED[name]["total"]
    assert figures.low / 1e6 == pytest.approx(low, rel=0.05)
    assert figures.median / 1e6 == pytest.approx(middle, rel=0.03)
    assert figures.high / 1e6 == pytest.approx(high, rel=0.05)


@pytest.mark.parametrize("name", PUBLISHED)
def test_component_medians_of_the_published_treatment(name):
    published = PUBLISHED[name]
    for line, share in zip(LINES, published["shares"], strict=True):
        median = run(name).accumulators[line].quantile(0.5) / 1e6
        if (name, line) == ("epoch/gpt-3", "staff_cost"):
            # The published 2.34 rests on one draw of equity for each of 25 people, used in all draws; without that random draws
            # the same inputs give about 2.2.
            assert median == pytest.approx(2.2, rel=0.03)
            continue
        rounding = 0.05 / share
        assert median == pytest.approx(share / 100 * published["sum"], rel=0.03 + rounding), line


@pytest.mark.parametrize("name", ["epoch/gpt-4", "epoch/gemini-ultra"])
def test_staff_interval_of_the_published_treatment(name):
    figures = summarize(run(name).accumulators["staff_cost"], 0.90)
    for ours, theirs in zip((figures.low, figures.median, figures.high), PUBLISHED[name]["staff"], strict=True):
        assert ours / 1e6 == pytest.approx(theirs, rel=0.05)


@pytest.mark.parametrize(
    ("name", "quantity", "low", "high"),
    [
        ("epoch/gpu-run", "acquisition_cost", 0.46, 2.2),
        ("epoch/gpu-run", "total_cost", 0.29, 3.9),
        ("epoch/gpu-run-own-energy", "total_cost", 0.34, 3.7),
    ],
)
def test_relative_interval_of_a_gpu_run(name, quantity, low, high):
    figures = summarize(run(name).accumulators[quantity], 0.90)
    assert figures.low / figures.median == pytest.approx(low, rel=0.05)
    assert figures.high / figures.median == pytest.approx(high, rel=0.05)


def test_own_hours_of_energy_have_the_distribution_of_the_shared_ones():
    # The quantiles in the scenario with energy by itself stand for the mixture that the other one draws from its inputs.
    shared = run("epoch/gpu-run").accumulators["chip_hours"]
    own = read("epoch/gpu-run-own-energy").inputs["adjustment/own-hours.energy_cost"].distribution
    for p in (0.02, 0.05, 0.25, 0.5, 0.75, 0.95, 0.98):
        assert own.quantile(p) == pytest.approx(shared.quantile(p) / HOURS_PER_YEAR, rel=0.06)


@pytest.mark.parametrize(("name", "hours"), [("llama-3.1-405b", 30.84e6), ("deepseek-v3", 2.788e6)])
def test_published_hours_lie_within_what_parameters_tokens_and_chip_give(name, hours):
    scenario = read(name)
    assert "final_run_chip_hours" not in scenario.inputs
    assert "chip_hours" not in scenario.inputs
    figures = summarize(run(name).accumulators["chip_hours"], 0.95)
    assert figures.low < hours < figures.high
    assert figures.high / figures.low < 5  # an interval that wide says something


@pytest.mark.parametrize("name", ["gpt-3", "gpt-4", "gemini-ultra"])
def test_sharing_what_is_shared_widens_the_published_interval(name):
    ours, published = (summarize(run(n).accumulators["total_cost"], 0.90) for n in (name, f"epoch/{name}"))
    assert ours.high / ours.low > 2 * published.high / published.low


@pytest.mark.parametrize("name", ["gpt-3", "gpt-4"])
def test_staff_lies_between_everyone_alone_and_all_the_same(name):
    def ratio(rho):
        figures = summarize(simulate(read(name, sets=[f"team_correlation={rho}"])).accumulators["staff_cost"], 0.90)
        return figures.high / figures.low

    alone, default, same = ratio(0), ratio(0.5), ratio(1)
    assert 1.2 * alone < default < same / 1.2


# Shares of the total cost in percent: hardware, staff, energy; as the study publishes them for its own treatment.
SHARES = {"epoch/gpt-4": (65.1, 28.6, 6.3), "epoch/gemini-ultra": (46.7, 48.8, 4.6)}
HARDWARE = ("chip_cost", "server_cost", "network_cost")


def share_medians(name):
    """Median shares of hardware, staff and energy in the total, in percent."""
    scenario = read(name)
    draws = simulate(scenario, 100_000, seed=1, keep=[*scenario.lines, "total_cost"]).retained_draws
    parts = (sum(draws[line] for line in HARDWARE), draws["staff_cost"], draws["energy_cost"])
    return [100 * float(np.median(part / draws["total_cost"])) for part in parts]


@pytest.mark.parametrize("name", SHARES)
def test_median_shares_lie_within_three_points_of_the_published(name):
    for ours, published in zip(share_medians(name), SHARES[name], strict=True):
        assert abs(ours - published) < 3


def test_the_page_on_epoch_has_the_shares_of_both_treatments():
    text = (HERE.parent / "docs/explanation/epoch.md").read_text(encoding="utf-8")
    for name in ("epoch/gpt-3", "gpt-3", "epoch/gpt-4", "gpt-4", "epoch/gemini-ultra", "gemini-ultra"):
        hardware, staff, energy = (f"{share:.0f}" for share in share_medians(name))
        assert f"| `{name}` | {hardware} | {staff} | {energy} |" in text
