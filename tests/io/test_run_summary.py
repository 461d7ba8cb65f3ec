"""The summary of a run and its JSON: keys that others rely on, figures, sources, the same byte for byte."""

import json
import math

import numpy as np
import pytest
from documented import undocumented

from simulator.core.results import json_text
from simulator.engine.simulate import simulate
from simulator.io.run_summary import summarize_run
from simulator.io.summary import budget_of
from simulator.scenario import TOTAL


def test_json_has_the_keys_that_others_rely_on(result):
    data = summarize_run(result).to_dict()
    assert {
        "schema", "scenario", "draws", "seed", "method", "interval", "money", "version", "quantities", "budget",
    } <= data.keys()  # fmt: skip
    assert (data["schema"], data["scenario"], data["draws"], data["seed"]) == (2, "ours", 5000, 4)
    assert (data["method"], data["interval"], data["money"]) == ("random", 95, "2024 USD")
    for name, figures in data["quantities"].items():
        assert {"unit", "role", "mean", "sd", "median", "low", "high", "quantiles", "mcse"} <= figures.keys()
        assert set(figures["quantiles"]) == {"2.5", "5", "10", "20", "50", "70", "80", "90", "95", "97.5"}
        assert set(figures["mcse"]) == {"mean", "median", "low", "high"}
        assert ("share" in figures) == (name in result.scenario.lines)
        if "share" in figures:
            assert {"mean", "low", "high"} <= figures["share"].keys()
    assert {
        "amount", "probability_within", "p50", "p80", "contingency_to_p80", "expected_overrun", "cvar_95",
    } <= data["budget"].keys()  # fmt: skip


def test_json_gives_each_quantity_its_role(result):
    roles = {name: figures.role for name, figures in summarize_run(result).quantities.items()}
    assert roles.keys() == set(result.scenario.plan.names)
    assert roles[TOTAL] == "total"
    assert roles["staff_cost"] == roles["chip_cost"] == "line"
    assert roles["wall_clock"] == roles["emissions"] == "outcome"
    assert roles["mfu"] == roles["team.salary"] == roles["lever/hyperparameter-transfer.experiments_factor"] == "prior"
    assert roles["chips"] == roles["hardware_age"] == "choice"
    assert roles["chip_hours"] == roles["team.cost"] == "intermediate"
    assert next(iter(roles)) == TOTAL


def test_json_gives_units_and_figures_in_them(result):
    quantities = summarize_run(result).quantities
    assert (quantities[TOTAL].unit, quantities["wall_clock"].unit, quantities["mfu"].unit) == ("USD", "hour", "1")
    assert quantities["hardware_age"].mean == -720
    chips = quantities["chips"]
    assert (chips.mean, chips.sd, chips.low, chips.high) == (16384.0, 0.0, 16384.0, 16384.0)
    for name in (TOTAL, "mfu", "wall_clock"):
        draws, figures = result.retained_draws[name], quantities[name]
        assert figures.mean == pytest.approx(draws.mean(), rel=1e-10)
        for percent, value in figures.quantiles.items():
            assert value == pytest.approx(np.quantile(draws, float(percent) / 100), rel=5e-3)
        for figure, percent in ((figures.low, "2.5"), (figures.median, "50"), (figures.high, "97.5")):
            assert figure == pytest.approx(figures.quantiles[percent], rel=5e-3)
        assert figures.p80 == figures.quantiles["80"]


def test_json_reads_back_as_it_was_written(result):
    text = summarize_run(result).to_json()
    assert text.endswith("}\n")
    assert json.loads(text) == summarize_run(result).to_dict()


def test_plain_data_has_documented_fields_only(result, no_budget):
    for each in (summarize_run(result), summarize_run(no_budget)):
        assert undocumented(each) == set()
    assert "baseline" not in summarize_run(result).to_dict()  # no baseline was given


def test_json_text_refuses_what_is_no_number():
    for value in (math.nan, math.inf):
        with pytest.raises(ValueError, match="not JSON compliant"):
            json_text({"a": value})


def test_json_of_another_interval(result):
    ninety, ninety_five = summarize_run(result, 0.90), summarize_run(result)
    assert ninety.header.interval == 90
    assert ninety.total.low == pytest.approx(ninety_five.total.quantiles["5"], rel=5e-3)
    assert "90% CI" in ninety.headline


def test_json_has_no_budget_where_there_is_none(no_budget):
    assert summarize_run(no_budget).budget is None
    assert summarize_run(no_budget).to_dict()["budget"] is None
    assert budget_of(no_budget) is None


def test_same_input_gives_the_same_bytes_of_json(result, scenario):
    again = simulate(scenario, 5000, seed=4, threads=3)
    assert summarize_run(again).to_json() == summarize_run(result).to_json()
    other = simulate(scenario, 5000, seed=5)
    assert summarize_run(other).to_json() != summarize_run(result).to_json()


def test_json_names_what_decided_the_numbers(result):
    data = summarize_run(result).to_dict()
    assert data["fingerprint"] == result.scenario.fingerprint
    assert data["choices"] == result.scenario.choices
    assert data["adjustments"] == ["lever/hyperparameter-transfer"]
    assert (data["known"], data["assumed"]) == (["Something"], ["Something else"])
    assert data["sources"] == [{"title": "A report", "date": "2026-01"}]
    (correlate,) = data["dependence"]
    assert (correlate["between"], correlate["rank"]) == (["goodput", "mfu"], 0.4)
    assert correlate["achieved"] == pytest.approx(0.4, abs=0.06)
    assert data["point_estimate"] == result.point


def test_sources_of_every_prior_reach_the_json(result, priors):
    data = summarize_run(result).to_dict()["quantities"]
    assert len(priors) > 15
    for name, prior in priors.items():
        assert data[name]["sources"] == [
            {key: text for key, text in vars_of(source).items() if text} for source in prior.sources
        ]
        assert (data[name]["specification"], data[name]["date"], data[name]["grade"]) == (
            prior.specification,
            prior.date,
            prior.grade,
        )
        assert data[name]["assumption"] == prior.is_assumption
    assert data["goodput"]["assumption"] is True
    assert data["mfu"]["assumption"] is False
    assert data["lever/hyperparameter-transfer.experiments_factor"]["sources"]
    assert data["team.salary"]["sources"]


def vars_of(source):
    return {"title": source.title, "place": source.place, "url": source.url, "date": source.date}


def test_the_fingerprint_depends_on_the_progress_of_a_run(read_plan):
    plan = "lines: [chip_cost]\noutcomes: []\nprices: 2026 USD\nchip_cost: {lognormal: {median: 1000, sigma: 0.5}}\n"

    def fingerprint(tolerance):
        return read_plan(f"{plan}progress: {{share_done: 0.3, spent: 300 USD, tolerance: {tolerance}}}\n").fingerprint

    assert fingerprint(0.1) == fingerprint(0.1) != fingerprint(0.2)
