"""Saved runs are read as typed data: the same figures, also without a mean, and other files are refused."""

import json
import math
from dataclasses import fields

import pytest
from plans import HEAD

from simulator.core.errors import LlmcostError
from simulator.engine.simulate import simulate
from simulator.engine.summaries import SummaryStatistics
from simulator.io.baseline import compare_with_baseline
from simulator.io.run_summary import summarize_run
from simulator.io.saved_run import read_saved_run
from simulator.scenario import TOTAL

HEAVY = HEAD + "lines: [chip_cost]\nchip_cost: {lognormal: {median: 1000, sigma: 5}}\n"


def saved(summary):
    return json.loads(summary.to_json())


def test_every_figure_of_a_run_is_read_back(result):
    summary = summarize_run(result)
    run = read_saved_run(saved(summary))
    assert (run.title, run.money, run.method, run.version) == ("=1+1", "2024 USD", "random", summary.header.version)
    assert (run.draws, run.seed, run.interval, run.scope) == (5000, 4, 95, summary.header.scope)
    assert set(run.quantities) == set(summary.quantities)
    for name, quantity in summary.quantities.items():
        for each in (*fields(SummaryStatistics), None):
            key = "specification" if each is None else each.name
            assert getattr(run.quantities[name], key) == getattr(quantity, key)
    assert run.total is run.quantities[TOTAL]


def test_run_without_a_mean_is_read_and_compared(read_plan):
    summary = summarize_run(simulate(read_plan(HEAVY), 2000))
    total = read_saved_run(saved(summary)).total
    assert total.mean is total.sd is total.mcse.mean is None
    assert total.median == summary.total.median
    assert compare_with_baseline(saved(summary), summary).quantities[TOTAL].median.change == 0


@pytest.mark.parametrize("key", ["title", "scope", "money", "draws", "seed", "interval", "method", "quantities"])
@pytest.mark.parametrize("value", [None, [], True, {}, math.inf])
def test_header_with_values_of_other_types_is_refused(key, value, result):
    with pytest.raises(LlmcostError, match="is no result of `llmcost run"):
        read_saved_run(summarize_run(result).to_dict() | {key: value})


@pytest.mark.parametrize("key", ["mean", "sd", "median", "low", "high", "quantiles", "mcse", "specification"])
@pytest.mark.parametrize("value", [math.nan, True, [], 10**400])
def test_quantity_with_figures_that_are_no_finite_numbers_is_refused(key, value, result):
    data = summarize_run(result).to_dict()
    data["quantities"] = data["quantities"] | {TOTAL: data["quantities"][TOTAL] | {key: value}}
    with pytest.raises(ValueError, match="is no result of `llmcost run"):
        read_saved_run(data)


@pytest.mark.parametrize("key", ["median", "low", "high"])
def test_only_mean_and_deviation_may_be_missing(key, result):
    data = summarize_run(result).to_dict()
    data["quantities"] = data["quantities"] | {TOTAL: data["quantities"][TOTAL] | {key: None}}
    with pytest.raises(ValueError, match="is no result of `llmcost run"):
        read_saved_run(data)
