"""The model of serving against measured points: bars of the scores, models strictly left out, fleets, and the posterior."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

import llmcost
from simulator.cli import group
from simulator.evidence.serving.backtest import Fold, backtest_serving, predict_fold, remove_repeated, split_points
from simulator.evidence.serving.calibration import calibrate_serving
from simulator.evidence.serving.efficiencies import fit_efficiencies, predict
from simulator.evidence.serving.points import serving_points
from simulator.evidence.serving.settings import serving_settings
from simulator.scenario import library
from simulator.scenario.serving_posterior import PARAMETERS, efficiency_draws, serving_columns

TABLE = library.folder() / "evidence" / "serving-points.csv"


@pytest.fixture(scope="module")
def result():
    return backtest_serving()


@pytest.mark.parametrize(
    ("key", "crps", "ratio"),
    [("tokens_per_second_per_chip", 0.167, 3.3), ("tpot", 0.166, 3.5), ("ttft", 0.444, 16.0)],
)
def test_models_left_out_are_predicted(result, key, crps, ratio):
    scores = result.targets[key]
    assert (scores.n, scores.sweeps) == (1950, 146)
    assert scores.crps <= crps
    assert scores.sharpness <= ratio
    assert 0.92 <= scores.coverage["95"] <= 0.98
    assert all(scores.crps < each.crps for each in scores.baselines.values())


def test_later_points_and_chips_left_out_are_predicted_better_than_by_simpler_models(result):
    for key, scores in result.later.items():
        assert scores.coverage["95"] >= 0.93, key
        assert all(scores.crps < each.crps for each in scores.baselines.values()), key
    for key, scores in result.chips.items():
        assert scores.coverage["95"] >= 0.85, key
        assert all(scores.crps < each.crps for each in scores.baselines.values()), key


def test_published_fleets_are_inside_and_within_twice(result):
    cases = {(case.fleet, case.figure): case for case in result.fleets}
    assert len(cases) == 5
    for case in cases.values():
        assert case.is_inside, case
        assert 0.5 < case.ratio < 2, case
    assert cases["deepseek-2025-02", "nodes"].published == 226.75


def test_a_model_left_out_is_not_seen():
    points = serving_points()
    fold = next(each for each in split_points(points, None, "model") if "gpt-oss-120b" in each.predicted.labels["model"])
    assert "gpt-oss-120b" not in fold.fitted.labels["model"]
    assert not set(fold.fitted.labels["sweep"]) & set(fold.predicted.labels["sweep"])
    changed = replace(fold.predicted, numbers={**fold.predicted.numbers, "tpot": 9 * fold.predicted["tpot"]})
    before, after = (
        predict_fold(Fold(fold.fitted, each), with_baselines=False)[""]["time_per_token"] for each in (fold.predicted, changed)
    )
    np.testing.assert_array_equal(before.parts[0][1].centre, after.parts[0][1].centre)


def test_own_points_are_removed_from_the_library_first(tmp_path):
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    own = tmp_path / "own.csv"
    own.write_text("\n".join([lines[0], *(f"x{line[1:]}" for line in lines[1:40])]) + "\n", encoding="utf-8")
    points = serving_points(own)
    assert len(remove_repeated(serving_points(), points)) == 1950 - 39
    scores = llmcost.backtest_serving(own, folds="points")
    assert scores.targets["ttft"].n == 39
    answer = CliRunner().invoke(
        group, ["backtest", "--target", "serving", "--evidence", str(own), "--fold", "points", "--format", "json"]
    )
    assert answer.exit_code == 0, answer.output
    data = json.loads(answer.output)
    assert list(data["targets"]) == ["tokens_per_second_per_chip", "tpot", "ttft"]
    assert data["targets"]["tpot"]["crps"] == scores.targets["tpot"].crps
    assert {"n", "coverage", "crps", "sharpness", "baselines", "cases"} <= data["targets"]["tpot"].keys()


def test_a_table_without_its_columns_is_refused(tmp_path):
    own = tmp_path / "own.csv"
    own.write_text("case,model\na,b\n", encoding="utf-8")
    with pytest.raises(llmcost.InvalidInputError, match="params_total"):
        llmcost.backtest_serving(own)


def test_the_posterior_of_the_library_is_that_of_its_points():
    calibration = calibrate_serving()
    text = (library.folder() / "posteriors" / "serving.csv").read_text(encoding="utf-8")
    assert calibration.posterior_table() == text
    assert calibration.sweeps == 146


def test_what_has_no_points_is_wider():
    columns = serving_columns()
    known = efficiency_draws(columns, backend="vllm", model="DeepSeek-R1", chip="nvidia-h200-sxm")
    new, later = efficiency_draws(columns), efficiency_draws(columns, is_later=True)
    for residual in ("token_residual", "first_residual"):
        spreads = [np.std(np.log(getattr(each, residual))) for each in (known, new, later)]
        assert spreads[0] < spreads[1] < spreads[2]
    assert np.std(np.log(known.decode_backend)) < np.std(np.log(new.decode_backend))


def test_efficiencies_are_recovered_from_points_simulated_with_them():
    """Draw efficiencies from the prior, simulate the times of the library's set-ups, and fit: 95 % intervals cover 95 %."""
    settings, points, rng = serving_settings(), serving_points().subset(np.arange(1950) % 6 == 0), np.random.default_rng(0)
    backends = tuple(np.unique(points.labels["backend"]))
    noise = np.sqrt(1 / (points.model_weight * len(np.unique(points.labels["model"])) * settings.observations_per_model))
    places = []
    for _ in range(12):
        truth = np.concatenate([settings.median + settings.spread * rng.standard_normal(len(PARAMETERS)), np.zeros(6)])
        exact = predict(truth, backends, points)
        times = {
            name: np.exp(exact[target] + settings.unit_spread[target] * noise * rng.standard_normal(len(points)))
            for name, target in (("tpot", "time_per_token"), ("ttft", "time_to_first_token"))
        }
        speed = np.exp(exact["throughput"])
        fitted = fit_efficiencies(replace(points, numbers={**points.numbers, **times, "throughput": speed}), settings)
        count = len(PARAMETERS)
        places.append((truth[:count] - fitted.mode[:count]) / np.sqrt(np.diag(fitted.covariance)[:count]))
    coverage = np.mean(np.abs(places) < 1.96)
    assert 0.88 <= coverage <= 0.995
