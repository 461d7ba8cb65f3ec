"""Prices of hardware by what they include: one cluster has one price however it is stated, and nothing is added twice."""

import numpy as np
import pytest

from simulator import model
from simulator.core.errors import InvalidInputError
from simulator.engine.simulate import simulate as draw
from simulator.scenario import library, read
from simulator.scenario.assemble.hardware_prices import PRICES
from simulator.scenario.entries import Reader, library_entry

BUY = """
extends: training-run
chip: nvidia-h100-sxm
basis: purchased
chips: 512
total_parameters: 8e9
training_tokens: 2e12
lines: [compute]
outcomes: [acquisition_cost]
prices: 2026 USD
"""
LINES = ("chip_purchase", "server_purchase", "network_purchase")


@pytest.fixture
def buy(tmp_path):
    def simulate(*sets, text="", draws=200):
        path = tmp_path / "buy.yaml"
        path.write_text(BUY + text, encoding="utf-8")
        scenario = read(str(path), sets=sets)
        prices = [name for name in (*PRICES.values(), "server_factor", "network_factor") if name in scenario.plan.names]
        return draw(scenario, draws, keep=["acquisition_cost", *LINES, *prices]).retained_draws

    return simulate


def per_chip(draws):
    return draws["acquisition_cost"] / 512


# --- one price, however it is stated ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", PRICES)
def test_factor_is_in_no_price_that_includes_its_part(buy, level):
    price = f"chip_price={{value: 30000, includes: {level}}}"
    for factor, adds in (("server_factor", level == "module"), ("network_factor", level != "cluster")):
        small, large = buy(price, f"{factor}=1.05"), buy(price, f"{factor}=1.3")
        ratio = 1.3 / 1.05 if adds else 1.0
        np.testing.assert_allclose(large["acquisition_cost"], ratio * small["acquisition_cost"], rtol=1e-12)
        split = [sum(draws[line] for line in LINES) for draws in (small, large)]
        np.testing.assert_allclose(split, [small["acquisition_cost"], large["acquisition_cost"]], rtol=1e-12)
        assert not np.allclose(small["chip_purchase"], large["chip_purchase"]) or adds


def test_one_cluster_stated_in_three_ways_has_one_price_and_one_split(buy):
    factors = ("server_factor=1.2", "network_factor=1.18")
    statements = ("chip_price=25000", "server_price=30000", "cluster_price=35400")
    draws = [buy(*factors, statement) for statement in statements]
    for name in ("acquisition_cost", *LINES):
        for other in draws[1:]:
            np.testing.assert_allclose(other[name], draws[0][name], rtol=1e-12)
    assert per_chip(draws[0]) == pytest.approx(35_400)


@pytest.mark.parametrize("name", PRICES.values())
@pytest.mark.parametrize("level", PRICES)
def test_any_name_of_the_price_takes_any_contents(buy, name, level):
    factors = ("server_factor=1.2", "network_factor=1.5")
    filed = buy(f"{name}={{value: 30000, includes: {level}}}", *factors)
    np.testing.assert_allclose(per_chip(filed), 30_000 * {"module": 1.8, "server": 1.5, "cluster": 1.0}[level], rtol=1e-12)


def test_row_is_filed_under_what_it_includes(buy):
    row = buy("chip_price={from: gb200-nvl72-2026, chip: any}")
    other = buy("server_price={from: gb200-nvl72-2026, chip: any}")
    np.testing.assert_array_equal(row["server_price"], other["server_price"])
    assert "chip_price" not in row


@pytest.mark.parametrize("statement", ["chip_price: 20000", "server_price: 20000", "cluster_price: 20000"])
def test_nearest_statement_replaces_the_prices_below_it(buy, statement):
    for nearer, expected in (("chip_price=10000", 18_000), ("server_price=10000", 15_000), ("cluster_price=10000", 10_000)):
        draws = buy(nearer, "server_factor=1.2", "network_factor=1.5", text=statement + "\n")
        np.testing.assert_allclose(per_chip(draws), expected, rtol=1e-12)


def test_another_chip_brings_its_own_price(buy):
    draws = buy("chip=nvidia-gb200", text="cluster_price: 1000\n")
    assert (per_chip(draws) > 30_000).all()


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        (["chip_price={value: 30000, includes: server}", "server_price=30000"], "is a price that includes the server"),
        (["chip_price={from: h100-2026, includes: server}"], "includes the module by its row"),
        (["chips={value: 512, includes: server}"], "is no price of hardware"),
        (["chip_price={value: 30000, includes: rack}"], "is not one of"),
        (["chip_price=30000", "server_price=30000"], "shadows it"),
    ],
)
def test_contradictions_are_refused(buy, sets, message):
    with pytest.raises(InvalidInputError, match=message):
        buy(*sets)


# --- the library ------------------------------------------------------------------------------------------------------------


def test_every_row_of_a_price_states_what_it_includes():
    for level, price in PRICES.items():
        rows = library.rows_of(price)
        assert rows
        assert {library_entry(price, name).includes for name in rows} == {level}


def test_every_chip_has_factors_and_at_most_one_price():
    for name, node in library.chips().items():
        assert {"server_factor", "network_factor"} <= node.keys.keys(), name
        assert len(node.keys.keys() & set(PRICES.values())) <= 1, name


# USD thousand a GPU, with its share of the cluster: p5 and p95 of what was seen or derived (priors/hardware.yaml).
CLUSTERS = {
    "nvidia-a100-sxm4-80gb": (17, 30), "nvidia-h100-sxm": (30, 50), "nvidia-h200-sxm": (38, 57), "nvidia-b200-sxm": (51, 78),
    "nvidia-b300-sxm": (55, 87), "nvidia-gb200": (50, 69), "nvidia-gb300": (59, 80), "amd-mi300x": (19, 32),
    "amd-mi325x": (20, 40), "amd-mi355x": (36, 55),
}  # fmt: skip


@pytest.mark.parametrize("chip", CLUSTERS)
def test_acquisition_of_a_chip_is_within_the_range_of_its_cluster(buy, chip):
    low, high = CLUSTERS[chip]
    assert low <= np.median(per_chip(buy(f"chip={chip}", draws=2000))) / 1e3 <= high


def test_newer_chips_do_not_cost_less(buy):
    order = ["nvidia-h100-sxm", "nvidia-h200-sxm", "nvidia-b200-sxm", "nvidia-gb300"]
    medians = [np.median(per_chip(buy(f"chip={chip}", draws=2000))) for chip in order]
    assert medians == sorted(medians)
    assert medians[0] < medians[1] < medians[2]


@pytest.mark.parametrize("chip", ["nvidia-h100-sxm", "nvidia-a100-sxm4-80gb", "amd-mi300a", "google-tpu-v5p"])
def test_server_costs_no_less_than_the_chip_and_the_cluster_no_less_than_the_server(buy, chip):
    draws = buy(f"chip={chip}")
    assert (draws["server_price"] >= draws["chip_price"]).all()
    assert (draws["cluster_price"] >= draws["server_price"]).all()


@pytest.mark.parametrize(
    ("quantity", "name", "p5", "p50", "p95"),
    [
        ("server_factor", "hopper-2026", 1.12, 1.20, 1.38),
        ("network_factor", "hopper-2026", 1.10, 1.18, 1.26),
        ("network_factor", "nvl72-2025", 1.10, 1.20, 1.40),
        ("chip_price", "h100-2026", 20e3, 25e3, 33e3),
        ("chip_price", "mi300x-2025", 10e3, 12.5e3, 15e3),
        ("server_price", "gb200-nvl72-2026", 43_056, 47_222, 54_167),
        ("server_price", "gh200-2024", 35_000, 43_400, 46_700),
        ("cluster_price", "h100-cluster-2024", 29e3, 40e3, 52e3),
    ],
)
def test_row_has_the_quantiles_that_were_published(quantity, name, p5, p50, p95):
    distribution = Reader().distribution(quantity, library_entry(quantity, name), model.base_graph().units[quantity])
    assert [distribution.quantile(p) for p in (0.05, 0.5, 0.95)] == pytest.approx([p5, p50, p95], rel=1e-6)


# --- costs of the owner that are left out ----------------------------------------------------------------------------------


def notes_of(path, text, **options):
    path.write_text(text, encoding="utf-8")
    return [note.text for note in read(str(path), **options).notes if note.code == "owner-costs-left-out"]


def test_owned_hardware_without_costs_of_the_owner_is_noted(tmp_path):
    path, owned = tmp_path / "owned.yaml", BUY.replace("basis: purchased", "basis: owned")
    (note,) = notes_of(path, owned)
    assert "without capital cost, facility cost, hardware maintenance cost, operations cost, idle cost" in note
    (note,) = notes_of(path, owned, sets=["fleet_use=80%", "facility_price=150 USD/kW/month"])
    assert "without capital cost, hardware maintenance cost, operations cost;" in note
    assert notes_of(path, owned.replace("training-run", "owner-costs")) == []
    assert notes_of(path, BUY) == []
    assert notes_of(path, owned, basis="rented") == []


def test_scenarios_of_the_library_say_themselves_what_they_leave_out():
    for name in ("gpt-3", "gpt-4", "gemini-ultra", "palm-540b", "bloom-176b", "llama-3.1-405b", "epoch/gpt-3", "epoch/gpu-run"):
        scenario = read(name)
        assert any("capital" in line and "idle hours" in line for line in scenario.assumptions), name
        assert not any(note.code == "owner-costs-left-out" for note in scenario.notes)
        assert "capital_cost" not in scenario.lines
