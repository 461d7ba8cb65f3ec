"""Options and questions that are refused raise own errors, which are still ValueErrors."""

import pickle
import traceback
from pathlib import Path

import numpy as np
import pytest
from plans import CONSTANT, ONE

import llmcost
from simulator.analysis.compare import compare
from simulator.analysis.portfolio import portfolio
from simulator.analysis.sensitivity.study import rank_drivers, study_inputs
from simulator.analysis.sensitivity.tornado import tornado
from simulator.analysis.sensitivity.value_of_information import value_of_information
from simulator.analysis.sensitivity.variance_shares import variance_of_centred
from simulator.analysis.sweep.files import save
from simulator.core.errors import LlmcostError, UnsupportedError
from simulator.core.suggestions import InvalidValueError
from simulator.engine.options import RunOptions
from simulator.engine.simulate import simulate

UNDER_WAY = ONE + "progress: {share_done: 0.3, spent: 300 USD}\n"
DRAWS = np.arange(1000.0)


@pytest.mark.parametrize(
    ("kind", "text", "options"),
    [
        (InvalidValueError, "draws must be 1 to", {"draws": 0}),
        (InvalidValueError, "is not part of this scenario", {"precision": 0.1, "precision_of": ["nosuch"]}),
        (UnsupportedError, "a Latin hypercube depends", {"precision": 0.1, "method": "lhs"}),
        (UnsupportedError, "excludes integrating a factor out", {"precision": 0.1, "integrate": "auto"}),
        (UnsupportedError, "there can be at most", {"draws": 1_000_000_000, "integrate": "auto"}),
        (UnsupportedError, "of memory", {"draws": 10_000_000_000, "keep": ["total_cost"] * 1000}),
    ],
)
def test_options_of_a_run(kind, text, options, read_plan):
    with pytest.raises(kind, match=text):
        simulate(read_plan(ONE), **options)


def test_options_of_a_run_under_way(read_plan):
    with pytest.raises(UnsupportedError, match="requires method random"):
        simulate(read_plan(UNDER_WAY), 1000, method="sobol")
    with pytest.raises(UnsupportedError, match="conditional on spend to date"):
        tornado(read_plan(UNDER_WAY))
    with pytest.raises(UnsupportedError, match="choose correlation none"):
        portfolio([read_plan(UNDER_WAY)] * 2, RunOptions(1000))


def test_questions_about_one_or_several_scenarios(read_plan):
    one, other = read_plan(ONE), read_plan(ONE.replace("2026", "2024"), "other")
    with pytest.raises(UnsupportedError, match="and other in 2024 USD"):
        compare([one, other], RunOptions(1000))
    with pytest.raises(InvalidValueError, match="draws must be 2 to"):
        compare([one, one], RunOptions(1))
    with pytest.raises(InvalidValueError, match="no correlation 'some'"):
        portfolio([one, one], correlation="some")
    with pytest.raises(InvalidValueError, match="draws must be 1,000 to"):
        rank_drivers(one, RunOptions(10))
    with pytest.raises(UnsupportedError, match="nothing drives the total"):
        rank_drivers(read_plan(CONSTANT), RunOptions(1000))


@pytest.mark.parametrize(
    "ask",
    [
        lambda: study_inputs({"x": DRAWS[:10]}, DRAWS[:10]),
        lambda: variance_of_centred(np.zeros(10)),
        lambda: value_of_information(DRAWS, DRAWS, level=0.9999),
        lambda: save(None, Path("cells.txt")),
    ],
)
def test_draws_and_files(ask):
    with pytest.raises(ValueError, match=r"too few|the same in every draw|no format") as caught:
        ask()
    assert isinstance(caught.value, LlmcostError)


def test_errors_show_where_users_import_them_from():
    errors = [getattr(llmcost, name) for name in llmcost.__all__ if name.endswith("Error")]
    assert len(errors) > 10
    for error in errors:
        assert error.__module__ == "llmcost"
        assert pickle.loads(pickle.dumps(error)) is error
    with pytest.raises(LlmcostError) as caught:
        llmcost.read("gpt4")
    assert traceback.format_exception_only(caught.value)[0].startswith("llmcost.InvalidInputError: gpt4: no such scenario")
