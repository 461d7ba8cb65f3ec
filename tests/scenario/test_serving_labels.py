"""Names, descriptions and notes of a fleet that a reader of a run depends on."""

import numpy as np
import pytest

from simulator.core.formatting import to_words
from simulator.engine.simulate import simulate
from simulator.io.run_summary import summarize_run
from simulator.scenario import open_scenario
from simulator.scenario.labels import outcome_label

DRAWS = 1000


def texts(scenario, code):
    return [note.text for note in scenario.notes if note.code == code]


def test_what_is_of_the_development_says_so_beside_the_whole_life(tmp_path):
    path = tmp_path / "life.yaml"
    path.write_text("extends: [large, startup, whole-life]\n", encoding="utf-8")
    life, development = open_scenario(str(path)).scenario, open_scenario("large").scenario
    assert outcome_label(life, "energy") == "energy (development)"
    assert outcome_label(life, "life_energy") == "life energy"
    assert outcome_label(development, "energy") == "energy"
    assert life.outcomes[:3] == ("life_energy", "life_emissions", "life_water")


def test_tokens_that_are_written_are_named_so():
    assert to_words("served_tokens") == "written tokens"


def test_break_even_tokens_are_those_of_the_requests():
    names = ("break_even_tokens", "break_even_requests", "prompt_tokens", "output_tokens")
    d = simulate(open_scenario("serve/llama-3.3-70b").scenario, DRAWS, keep=names).retained_draws
    np.testing.assert_allclose(
        d["break_even_tokens"], d["break_even_requests"] * (d["prompt_tokens"] + d["output_tokens"]), rtol=1e-12
    )


@pytest.mark.parametrize("reference", ["serve/api", "serve/llama-3.3-70b"])
def test_a_demand_that_nobody_gave_is_noted(reference):
    opened = open_scenario(reference)
    assert texts(opened.scenario, "assumed-demand") == [
        "the demand is an assumption of the library, 1e9 token/day; state your own as `token_demand` or `requests`"
    ]
    for setting in ("token_demand=2e9 token/day", "requests=1e6 request/day"):
        assert not texts(opened.with_(sets=[setting]).scenario, "assumed-demand")


def test_a_line_of_a_total_with_a_mean_has_a_mean(tmp_path):
    """No line is negative, so the mean of each is at most that of the total, and they add up to it."""
    path = tmp_path / "life.yaml"
    path.write_text("extends: [cutting-edge, whole-life]\n", encoding="utf-8")
    summary = summarize_run(simulate(open_scenario(str(path)).scenario, 20_000))
    assert summary.total.mean is not None
    means = [line.mean for line in summary.lines.values()]
    assert sum(means) == pytest.approx(summary.total.mean, rel=1e-9)
    assert not [note for note in summary.notes if note.code == "no-mean"]
