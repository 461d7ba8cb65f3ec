"""Changes since an earlier run, and baselines that are refused."""

import json
import math
from dataclasses import replace

import pytest
from documented import undocumented

from simulator.engine.simulate import simulate
from simulator.io.baseline import Change, compare_with_baseline
from simulator.io.run_summary import summarize_run
from simulator.scenario import TOTAL, read


def test_changes_against_an_earlier_run(result, scenario_text, tmp_path):
    path = tmp_path / "ours.yaml"
    path.write_text(scenario_text.replace("0.9 to 0.95", "0.8 to 0.85"))
    old, new = summarize_run(result), summarize_run(simulate(read(str(path)), 6000, seed=4))
    changes = compare_with_baseline(json.loads(old.to_json()), new)
    assert changes.inputs_changed == ("goodput",)
    assert changes.run_differs_in == ("draws",)
    assert set(changes.quantities) == {TOTAL, *result.scenario.lines}
    for name, figures in changes.quantities.items():
        for key in ("median", "low", "high", "p80"):
            was, now = getattr(old.quantities[name], key), getattr(new.quantities[name], key)
            assert getattr(figures, key) == Change(was, now, now - was)
    assert changes.quantities["chip_cost"].median.change > 0
    assert changes.median_change_mcse == pytest.approx(math.hypot(old.total.mcse.median, new.total.mcse.median))
    assert undocumented(changes) == set()
    data = replace(new, baseline=changes).to_dict()["baseline"]
    assert data["inputs_changed"] == ["goodput"]
    assert data["quantities"][TOTAL]["p80"]["old"] == old.total.p80


def test_no_changes_against_itself(result):
    summary = summarize_run(result)
    changes = compare_with_baseline(summary.to_dict(), summary)
    assert changes.inputs_changed == changes.run_differs_in == ()
    for each in changes.quantities.values():
        assert {each.median.change, each.low.change, each.high.change, each.p80.change} == {0}


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
    summary = summarize_run(result)
    with pytest.raises(ValueError, match="is no result of `llmcost run --format json` that this version can read"):
        compare_with_baseline(spoil(summary.to_dict()), summary)


def test_baseline_in_other_money_is_refused(result):
    summary = summarize_run(result)
    with pytest.raises(ValueError, match="is in 1999 USD, and this run in 2024 USD; they cannot be compared"):
        compare_with_baseline(summary.to_dict() | {"money": "1999 USD"}, summary)
