"""Shapley effects against closed forms of linear models with normal inputs, and on scenarios."""

import itertools
import math

import numpy as np
import pytest

from simulator.analysis.sensitivity import rank_drivers
from simulator.analysis.sensitivity.evaluator import Evaluator
from simulator.analysis.sensitivity.shapley import NormalGroup, shapley_effects, shapley_of_evaluator
from simulator.core.errors import UnsupportedError
from simulator.engine.options import RunOptions
from simulator.scenario import open_scenario, read

NAMES = ("a", "b", "c", "d")
WEIGHTS = np.array([1.0, 2.0, -0.5, 1.5])


def linear(z):
    return sum(weight * z[name] for weight, name in zip(WEIGHTS, NAMES, strict=True))


def closed_form(weights, covariance):
    """Shapley effects of a linear model of normal inputs, from the definition: all subsets of the other inputs."""
    count = len(weights)

    def explained(known):
        known = list(known)
        if not known:
            return 0.0
        part = covariance[np.ix_(known, known)]
        slope = np.linalg.lstsq(part, covariance[known] @ weights, rcond=None)[0]
        return float(slope @ part @ slope)

    effects = []
    for number in range(count):
        others = [other for other in range(count) if other != number]
        effects.append(
            sum(
                math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
                * (explained((*known, number)) - explained(known))
                for size in range(count)
                for known in itertools.combinations(others, size)
            )
        )  # fmt: skip
    return np.array(effects) / float(weights @ covariance @ weights)


def test_closed_form_of_two_inputs_is_that_computed_by_hand():
    """Iooss and Prieur 2019, 3.1: b1^2 (1 - r^2 / 2) + b1 b2 r + b2^2 r^2 / 2, over the variance; r = 0.6, b = 1, 2."""
    matrix = np.array([[1, 0.6], [0.6, 1]])
    # (0.82 + 1.2 + 0.72) / (1 + 4 + 2.4) = 2.74 / 7.4
    np.testing.assert_allclose(closed_form(np.array([1.0, 2.0]), matrix), [2.74 / 7.4, 4.66 / 7.4])


@pytest.mark.parametrize("correlation", [0.0, 0.6, -0.8, 1.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_effects_are_those_of_the_closed_form(correlation, seed):
    matrix = np.eye(4)
    matrix[0, 1] = matrix[1, 0] = correlation
    groups = [NormalGroup(("a", "b"), matrix[:2, :2])] if correlation else []
    effects = shapley_effects(linear, {name: (name,) for name in NAMES}, groups, 40_000, seed)
    for name, expected in zip(NAMES, closed_form(WEIGHTS, matrix), strict=True):
        assert effects[name].mcse < 0.01
        assert abs(effects[name].value - expected) < 4 * effects[name].mcse, name
    assert sum(effect.value for effect in effects.values()) == pytest.approx(1)


def test_three_correlated_inputs():
    matrix = np.eye(4)
    for (i, j), value in {(0, 1): 0.7, (0, 2): -0.4, (1, 2): 0.1}.items():
        matrix[i, j] = matrix[j, i] = value
    effects = shapley_effects(linear, {name: (name,) for name in NAMES}, [NormalGroup(("a", "b", "c"), matrix[:3, :3])], 60_000)
    for name, expected in zip(NAMES, closed_form(WEIGHTS, matrix), strict=True):
        assert abs(effects[name].value - expected) < 4 * effects[name].mcse, name


def test_error_is_that_of_repetition():
    matrix = np.array([[1, 0.6], [0.6, 1]])
    repeated = [
        shapley_effects(
            lambda z: z["a"] * z["b"] + z["b"], {"a": ("a",), "b": ("b",)}, [NormalGroup(("a", "b"), matrix)], 2000, k
        )
        for k in range(60)
    ]
    spread = np.std([each["a"].value for each in repeated], ddof=1)
    assert np.mean([each["a"].mcse for each in repeated]) == pytest.approx(spread, rel=0.35)


def test_interaction_is_shared_equally():
    effects = shapley_effects(lambda z: z["a"] * z["b"], {"a": ("a",), "b": ("b",)}, points=40_000)
    assert abs(effects["a"].value - 0.5) < 4 * effects["a"].mcse


def test_two_variates_of_one_factor_count_together():
    effects = shapley_effects(linear, {"ab": ("a", "b"), "c": ("c",), "d": ("d",)}, points=40_000)
    assert abs(effects["ab"].value - 5 / 7.5) < 4 * effects["ab"].mcse


def test_total_that_does_not_vary_is_refused():
    with pytest.raises(UnsupportedError, match="the same in every draw"):
        shapley_effects(lambda z: 0 * z["a"] + 5, {"a": ("a",)}, points=500)


def test_independent_inputs_lie_between_their_sobol_indices():
    study = rank_drivers(read("gpt-4"), RunOptions(draws=32_768), measures=("sobol", "shapley"))
    indices = {driver.name: driver.sobol for driver in study.drivers}
    assert len(study.shapley) == len(indices)
    for effect in study.shapley:
        first, total = indices[effect.inputs]
        margin = 4 * (effect.share.mcse + first.mcse + total.mcse)
        assert first.value - margin < effect.share.value < total.value + margin, effect.inputs
    assert [effect.share.value for effect in study.shapley] == sorted((e.share.value for e in study.shapley), reverse=True)


def test_correlated_priors_have_effects_of_their_own(tmp_path):
    path = tmp_path / "correlated.yaml"
    path.write_text("extends: gpt-4\ndependence: [{between: [chip_price, run_duration], rank: 0.8}]\n", encoding="utf-8")
    scenario = open_scenario(str(path)).scenario
    effects = shapley_of_evaluator(Evaluator(scenario), 4096, 0)
    assert {"chip_price", "run_duration"} <= set(effects)
    assert sum(effect.value for effect in effects.values()) == pytest.approx(1)


def test_other_measures_have_no_effects_and_no_key():
    study = rank_drivers(read("gpt-4"), RunOptions(draws=2000), measures=("draws",))
    assert study.shapley == ()
    assert "shapley" not in study.to_dict()
