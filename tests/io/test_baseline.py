"""Changes since an earlier run, and baselines that are refused."""

import json
import math

import pytest

from simulator.engine.simulate import simulate
from simulator.io.baseline import compare_with_baseline
from simulator.io.to_json import as_json, json_text
from simulator.scenario import TOTAL, read


def test_changes_against_an_earlier_run(result, scenario_text, tmp_path):
    path = tmp_path / "ours.yaml"
    path.write_text(scenario_text.replace("0.9 to 0.95", "0.8 to 0.85"))
    old, new = as_json(result), as_json(simulate(read(str(path)), 6000, seed=4))
    changes = compare_with_baseline(json.loads(json_text(old)), new)
    assert changes["inputs_changed"] == ["goodput"]
    assert changes["run_differs_in"] == ["draws"]
    assert set(changes["quantities"]) == {TOTAL, *result.scenario.lines}
    for name, figures in changes["quantities"].items():
        for key, value in (("median", "median"), ("low", "low"), ("high", "high")):
            was, now = old["quantities"][name][value], new["quantities"][name][value]
            assert figures[key] == {"old": was, "new": now, "change": now - was}
        assert figures["p80"]["old"] == old["quantities"][name]["quantiles"]["80"]
    assert changes["quantities"]["chip_cost"]["median"]["change"] > 0
    errors = (each["quantities"][TOTAL]["mcse"]["median"] for each in (old, new))
    assert changes["median_change_mcse"] == pytest.approx(math.hypot(*errors))


def test_no_changes_against_itself(result):
    data = as_json(result)
    changes = compare_with_baseline(data, data)
    assert changes["inputs_changed"] == changes["run_differs_in"] == []
    assert all(figure["change"] == 0 for figures in changes["quantities"].values() for figure in figures.values())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda old: [],
        lambda old: None,
        lambda old: "total_cost",
        lambda old: {},
        lambda old: old | {"schema": 1},
        lambda old: {key: value for key, value in old.items() if key != "money"},
        lambda old: old | {"quantities": {}},
        lambda old: old | {"quantities": None},
        lambda old: old | {"quantities": [TOTAL]},
        lambda old: old | {"quantities": "total_cost"},
        lambda old: old | {"quantities": old["quantities"] | {TOTAL: 5}},
        lambda old: old | {"quantities": old["quantities"] | {TOTAL: {"median": "a"}}},
        lambda old: old | {"quantities": old["quantities"] | {TOTAL: old["quantities"][TOTAL] | {"low": "1"}}},
        lambda old: old | {"quantities": old["quantities"] | {TOTAL: old["quantities"][TOTAL] | {"low": math.nan}}},
        lambda old: old | {"quantities": old["quantities"] | {"mfu": 5}},
    ],
)
def test_baseline_that_cannot_be_read_is_refused(spoil, result):
    data = as_json(result)
    with pytest.raises(ValueError, match="is no result of `llmcost run --format json` that this version can read"):
        compare_with_baseline(spoil(data), data)


def test_baseline_in_other_money_is_refused(result):
    data = as_json(result)
    with pytest.raises(ValueError, match="is in 1999 USD, and this run in 2024 USD; they cannot be compared"):
        compare_with_baseline(data | {"money": "1999 USD"}, data)
