"""Targets of latency that a fleet misses: the share of the draws, and the service that is priced there, by hand."""

import numpy as np
import pytest

from simulator.analysis.compare import compare
from simulator.core.formatting import format_median_and_interval
from simulator.engine.options import RunOptions
from simulator.engine.simulate import simulate
from simulator.io.latency_notes import latency_notes, missed_share
from simulator.io.run_summary import summarize_run
from simulator.scenario import open_scenario
from simulator.scenario.inspection import ValidScenario

DRAWS = 2000
FLEET = "serve/llama-3.3-70b"
FAST, NONE = "time_per_output_token_target=20 ms/token", "time_per_output_token_target=no-target"
ANY = "time_to_first_token_target=no-target"


def scenario(*sets):
    return open_scenario(FLEET).with_(sets=sets).scenario


def texts(notes):
    return [note.text for note in notes if note.code == "latency-missed"]


def test_missed_targets_are_noted_with_their_share_and_the_time_that_is_priced():
    names = ("time_per_output_token", "time_to_first_token", "latency_met", "latency_excess")
    result = simulate(scenario(FAST), DRAWS, keep=names)
    d = result.retained_draws
    missed = d["latency_met"] == 0
    assert missed.mean() == pytest.approx(missed_share(result)) == pytest.approx(0.92, abs=0.02)
    assert (d["latency_excess"][missed] > 1).all()
    np.testing.assert_array_equal(d["latency_excess"][~missed], 1)
    over = np.maximum(d["time_per_output_token"] * 3.6e6 / 20, d["time_to_first_token"] * 3600 / 2)
    assert (over <= d["latency_excess"] * (1 + 1e-9)).all()
    (text,) = texts(latency_notes(result))
    factor = np.median(d["latency_excess"][missed])
    assert f"missed in {100 * missed.mean():.0f}% of the draws" in text
    assert f"{factor:.2f} times the target in the median" in text
    assert "more chips per instance (`instance_chips`, 2 here)" in text
    assert "`latency_slack: strict`" in text
    summary = summarize_run(result)
    assert text in [note.text for note in summary.notes]
    assert text in summary.warnings


def test_a_fleet_without_targets_has_no_note_and_few_missed_draws_are_no_warning():
    assert not latency_notes(simulate(scenario(NONE, ANY), DRAWS))
    summary = summarize_run(simulate(scenario(), DRAWS))
    assert len(texts(summary.notes)) == 1
    assert not summary.warnings


def test_more_chips_and_strictness_miss_fewer_targets():
    missed = [
        missed_share(simulate(scenario(FAST, *sets), DRAWS))
        for sets in ((), ("instance_chips=8 chip",), ("latency_slack=strict",))
    ]
    assert missed[1] < 0.6 * missed[0]
    assert missed[2] < 0.5 * missed[0]
    (text,) = texts(latency_notes(simulate(scenario(FAST, "latency_slack=strict"), DRAWS)))
    assert "strict" not in text


def test_targets_of_outcomes_alone_have_no_note():
    assert not latency_notes(simulate(scenario(FAST, "serving=priced"), DRAWS))


def test_a_fleet_without_the_outcome_has_the_note():
    assert texts(latency_notes(simulate(scenario(FAST, "outcomes=[served_requests]"), DRAWS)))


def test_comparisons_and_checks_have_the_note():
    pair = compare([scenario(FAST), scenario(NONE, ANY)], RunOptions(DRAWS), names=["Fast", "Slow"], own_names=["Fast", "Slow"])
    (text,) = texts(pair.notes)
    assert text.startswith("Fast: the latency targets are missed in 9")
    (text,) = texts(ValidScenario.of(FLEET, scenario(FAST)).notes)
    assert "missed with every prior at its median" in text
    assert not texts(ValidScenario.of(FLEET, scenario(NONE, ANY)).notes)


def test_an_indicator_has_its_share_of_the_draws():
    result = simulate(scenario(), DRAWS, keep=("latency_met",))
    met = summarize_run(result).quantities["latency_met"]
    share = result.retained_draws["latency_met"].mean()
    assert met.is_indicator
    assert met.mean == pytest.approx(share)
    assert format_median_and_interval(met, met.unit) == (f"{100 * share:.0f}%", "of the draws")
    assert not summarize_run(result).quantities["serving_utilisation"].is_indicator
