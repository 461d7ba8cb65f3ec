"""Energy of requests to an interface: by hand from its tokens, and near the published energy of a median prompt."""

import numpy as np
import pytest

from simulator.engine.simulate import simulate
from simulator.scenario import open_scenario

DRAWS = 4000
TASK = ["prompt_tokens=712e3 token", "answer_tokens=5200 token", "cached_share=0.96"]


def energy(sets, reference="serve/api"):
    scenario = open_scenario(reference).with_(sets=[*sets, "outcomes=[energy_per_request]"]).scenario
    return simulate(scenario, DRAWS, keep=("energy_per_request",)).retained_draws["energy_per_request"]


def test_energy_of_a_task_by_hand():
    """5,200 + 0.2 x 712,000 x (0.04 + 0.96 x 0.05) = 17,731.2 tokens at 0.6 kWh by million: 10.64 Wh."""
    known = ["written_token_energy=0.6 kWh/Mtoken", "prompt_energy_ratio=0.2", "cached_energy_ratio=0.05"]
    np.testing.assert_allclose(energy([*TASK, *known]), 17_731.2 * 0.6e-6, rtol=1e-12)


def test_a_task_takes_the_same_energy_in_one_request_and_in_many():
    one = energy(TASK)
    many = energy([f"prompt_tokens={712e3 / 30!r} token", f"answer_tokens={5200 / 30!r} token", "cached_share=0.96"])
    np.testing.assert_allclose(30 * many, one, rtol=1e-9)
    assert 5e-3 < np.median(one) < 30e-3


@pytest.mark.parametrize("reference", ["serve/api", "api-user"])
def test_published_energy_of_a_median_prompt_is_inside_the_interval(reference):
    """Gemini Apps: 0.24 Wh (arXiv:2508.15734)."""
    low, high = np.quantile(energy([], reference), (0.025, 0.975))
    assert low < 0.24e-3 < high


def test_reasoning_and_long_prompts_take_more_energy():
    chat = ["answer_tokens=300 token", "prompt_tokens=1000 token"]
    base = energy(chat)
    assert (energy([*chat, "reasoning_ratio=4"]) > base).all()
    assert (energy([chat[0], "prompt_tokens=100e3 token"]) > base).all()


def test_a_model_that_is_known_takes_the_energy_of_its_fleet():
    fleet = "serve/llama-3.3-70b"
    np.testing.assert_allclose(energy(["serving=priced"], fleet), energy([], fleet), rtol=1e-12)


def test_a_stated_energy_replaces_that_of_the_tokens():
    assert np.median(energy(["energy_per_request=chat-2025"])) == pytest.approx(0.3e-3, rel=0.05)
