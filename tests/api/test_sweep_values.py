"""Values that a sweep takes from Python, and sweeps of a scenario that was opened."""

import numpy as np
import pandas as pd
import pytest

import llmcost

VALUES = {
    "a list": [4096, 8192],
    "a tuple": (4096, 8192),
    "an array": np.array([4096, 8192]),
    "an array of floats": np.array([4096.0, 8192.0]),
    "a range": range(4096, 8193, 4096),
    "a series": pd.Series([4096, 8192], index=["b", "a"]),
    "labels": {"4096": 4096, "8192": 8192},
}
OPENED = llmcost.open_scenario("gpt-4", sets={"run_duration": "80 to 110 day"})


def totals(result):
    return result.statistic("total_cost", "median")


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_values_may_be_given_in_every_form(values):
    gpt4 = llmcost.open_scenario("gpt-4")
    expected = [llmcost.run(gpt4.with_(sets={"chips": chips}), draws=500).summary().total.median for chips in (4096, 8192)]
    in_a_mapping = llmcost.sweep({"extends": "gpt-4", "grid": {"chips": values}}, draws=500)
    beside_it = llmcost.sweep("gpt-4", grid={"chips": values}, draws=500)
    assert [float(value) for value in in_a_mapping.variables[0].values] == [4096, 8192]
    assert list(totals(in_a_mapping)) == list(totals(beside_it)) == pytest.approx(expected)


def test_names_are_swept_as_arrays_of_text():
    result = llmcost.sweep("gpt-4", grid={"basis": np.array(["owned", "rented"])}, draws=200)
    assert result.variables[0].values == ("owned", "rented")


def test_an_opened_scenario_is_swept_with_its_settings():
    result = llmcost.sweep(OPENED, grid={"chips": [16_000, 32_000]}, draws=500)
    expected = [
        llmcost.run(OPENED.with_(sets={"chips": chips}), draws=500).summary().total.median for chips in (16_000, 32_000)
    ]
    assert list(totals(result)) == pytest.approx(expected)
    swept = llmcost.sweep(OPENED.with_(sets={"team.people": 100}), grid={"team.people": [10, 500]}, draws=500)
    assert totals(swept)[0] < totals(swept)[1]
    assert OPENED.scenario.inputs["run_duration"].specification == "80 to 110 day"


@pytest.mark.parametrize(
    ("sweep", "text"),
    [
        (lambda: llmcost.sweep(OPENED), "name what to sweep, as in sweep(scenario, grid={"),
        (lambda: llmcost.sweep(OPENED.scenario), "name what to sweep"),
        (lambda: llmcost.sweep(OPENED.scenario, grid={"chips": [1]}), "cannot be varied"),
        (lambda: llmcost.sweep(OPENED, grid=[1]), "grid must be a mapping of names to values"),
        (
            lambda: llmcost.sweep(OPENED, grid={"chipz": [1]}),
            "grid: chipz: there is no such quantity or setting; did you mean 'chips'?",
        ),
        (lambda: llmcost.sweep(OPENED, grid={"chips": 3}), "must be a list of values"),
        (lambda: llmcost.sweep(OPENED, grid={"chips": np.ones((2, 2))}), "is an array of shape (2, 2)"),
        (lambda: llmcost.sweep(OPENED.with_(sets={"chipz": 3}), grid={"chips": [1]}), "sets: chipz: there is no such quantity"),
        (lambda: llmcost.sweep(3), "a grid is a path or a mapping with the keys of a grid file, not 3"),
    ],
)
def test_what_cannot_be_swept_is_refused(sweep, text):
    with pytest.raises(llmcost.LlmcostError) as error:
        sweep()
    assert text in str(error.value)
    assert "\n" not in str(error.value)
