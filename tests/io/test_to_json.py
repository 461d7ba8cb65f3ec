"""JSON of a result: keys that others rely on, figures, sources, the same byte for byte."""

import json
import math

import numpy as np
import pytest

from simulator.engine.simulate import simulate
from simulator.io.summary import budget_of
from simulator.io.to_json import as_json, json_text
from simulator.scenario import TOTAL


def test_json_has_the_keys_that_others_rely_on(result):
    said = as_json(result)
    assert {
        "schema", "scenario", "draws", "seed", "method", "interval", "money", "version", "quantities", "budget",
    } <= said.keys()  # fmt: skip
    assert (said["schema"], said["scenario"], said["draws"], said["seed"]) == (1, "ours", 5000, 4)
    assert (said["method"], said["interval"], said["money"]) == ("random", 95, "2024 USD")
    for name, figures in said["quantities"].items():
        assert {"unit", "role", "mean", "sd", "median", "low", "high", "quantiles", "mcse"} <= figures.keys()
        assert set(figures["quantiles"]) == {"2.5", "5", "10", "20", "50", "70", "80", "90", "95", "97.5"}
        assert set(figures["mcse"]) == {"mean", "median", "low", "high"}
        assert ("share" in figures) == (name in result.scenario.lines)
        if "share" in figures:
            assert {"mean", "low", "high"} <= figures["share"].keys()
    assert {
        "amount", "probability_within", "p50", "p80", "contingency_to_p80", "expected_overrun", "cvar_95",
    } <= said["budget"].keys()  # fmt: skip


def test_json_gives_each_quantity_its_role(result):
    roles = {name: figures["role"] for name, figures in as_json(result)["quantities"].items()}
    assert roles.keys() == set(result.scenario.plan.names)
    assert roles[TOTAL] == "total"
    assert roles["staff_cost"] == roles["chip_cost"] == "line"
    assert roles["wall_clock"] == roles["emissions"] == "outcome"
    assert roles["mfu"] == roles["team.salary"] == roles["lever/hyperparameter-transfer.experiments_factor"] == "prior"
    assert roles["chips"] == roles["hardware_age"] == "choice"
    assert roles["chip_hours"] == roles["team.cost"] == "intermediate"
    assert next(iter(roles)) == TOTAL


def test_json_gives_units_and_figures_in_them(result):
    said = as_json(result)["quantities"]
    assert (said[TOTAL]["unit"], said["wall_clock"]["unit"], said["mfu"]["unit"]) == ("USD", "hour", "1")
    assert said["hardware_age"]["mean"] == -720
    assert said["chips"] | {"mean": 16384.0, "sd": 0.0, "low": 16384.0, "high": 16384.0} == said["chips"]
    for name in (TOTAL, "mfu", "wall_clock"):
        kept, figures = result.kept[name], said[name]
        assert figures["mean"] == pytest.approx(kept.mean(), rel=1e-10)
        for percent, value in figures["quantiles"].items():
            assert value == pytest.approx(np.quantile(kept, float(percent) / 100), rel=5e-3)
        for figure, percent in (("low", "2.5"), ("median", "50"), ("high", "97.5")):
            assert figures[figure] == pytest.approx(figures["quantiles"][percent], rel=5e-3)


def test_json_reads_back_as_it_was_written(result):
    text = json_text(as_json(result))
    assert text.endswith("}\n")
    assert json.loads(text) == as_json(result)


def test_json_text_refuses_what_is_no_number():
    for value in (math.nan, math.inf):
        with pytest.raises(ValueError, match="not JSON compliant"):
            json_text({"a": value})


def test_json_of_another_interval(result):
    ninety, ninety_five = as_json(result, 0.90), as_json(result)
    assert ninety["interval"] == 90
    assert ninety["quantities"][TOTAL]["low"] == pytest.approx(ninety_five["quantities"][TOTAL]["quantiles"]["5"], rel=5e-3)
    assert "90% CI" in ninety["headline"]


def test_json_has_no_budget_where_there_is_none(no_budget):
    assert as_json(no_budget)["budget"] is None
    assert budget_of(no_budget) is None


def test_same_input_gives_the_same_bytes_of_json(result, scenario):
    again = simulate(scenario, 5000, seed=4, threads=3)
    assert json_text(as_json(again)) == json_text(as_json(result))
    other = simulate(scenario, 5000, seed=5)
    assert json_text(as_json(other)) != json_text(as_json(result))


def test_json_names_what_decided_the_numbers(result):
    said = as_json(result)
    assert said["fingerprint"] == result.scenario.fingerprint
    assert said["choices"] == result.scenario.choices
    assert said["adjustments"] == ["lever/hyperparameter-transfer"]
    assert (said["known"], said["assumed"]) == (["Something"], ["Something else"])
    assert said["sources"] == [{"title": "A report", "date": "2026-01"}]
    (correlate,) = said["dependence"]
    assert (correlate["between"], correlate["rank"]) == (["goodput", "mfu"], 0.4)
    assert correlate["achieved"] == pytest.approx(0.4, abs=0.06)
    assert said["point_estimate"] == result.point


def test_sources_of_every_prior_reach_the_json(result, priors):
    said = as_json(result)["quantities"]
    assert len(priors) > 15
    for name, given in priors.items():
        assert said[name]["sources"] == [
            {key: text for key, text in vars_of(source).items() if text} for source in given.sources
        ]
        assert (said[name]["specification"], said[name]["date"], said[name]["grade"]) == (
            given.specification,
            given.date,
            given.grade,
        )
        assert said[name]["assumption"] == given.is_assumption
    assert said["goodput"]["assumption"] is True
    assert said["mfu"]["assumption"] is False
    assert said["lever/hyperparameter-transfer.experiments_factor"]["sources"]
    assert said["team.salary"]["sources"]


def vars_of(source):
    return {"title": source.title, "place": source.place, "url": source.url, "date": source.date}
