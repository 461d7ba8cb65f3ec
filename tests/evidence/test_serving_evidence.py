"""The model of serving against measured points: bars of the scores, models strictly left out, fleets, and the posterior."""

import csv
import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from scipy import stats

import llmcost
from simulator.cli import group
from simulator.evidence.serving.backtest import Fold, backtest_serving, predict_fold, remove_repeated, split_points
from simulator.evidence.serving.calibration import calibrate_serving
from simulator.evidence.serving.efficiencies import fit_efficiencies, instance, predict
from simulator.evidence.serving.model import fit_model
from simulator.evidence.serving.points import serving_points
from simulator.evidence.serving.settings import serving_settings
from simulator.model.serving.placement import aggregated
from simulator.scenario import library
from simulator.scenario.serving_posterior import PARAMETERS, SHARES, efficiency_draws, serving_columns

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
        assert scores.coverage["95"] >= 0.92, key
        assert all(scores.crps < each.crps for each in scores.baselines.values()), key


def test_published_fleets_are_inside_and_within_twice(result):
    cases = {(case.fleet, case.figure): case for case in result.fleets}
    assert len(cases) == 5
    for case in cases.values():
        assert case.is_inside, case
        assert 0.5 < case.ratio < 2, case
    assert cases["deepseek-2025-02", "nodes"].published == 226.75


def test_scores_follow_from_the_cases(result):
    """Coverage, PIT histogram, ends apart and counts from the cases alone, each sweep with the same weight."""
    for scores in (*result.targets.values(), *result.later.values(), *result.chips.values()):
        sweeps = [case.sweep for case in scores.cases]
        counts = Counter(sweeps)
        weight = np.array([1 / counts[sweep] for sweep in sweeps]) / len(counts)
        pit = np.array([case.pit for case in scores.cases])
        ratio = np.array([case.predicted.high / case.predicted.low for case in scores.cases])
        assert (scores.n, scores.sweeps) == (len(sweeps), len(set(sweeps)))
        for level, share in scores.coverage.items():
            assert share == pytest.approx(weight[np.abs(pit - 0.5) <= int(level) / 200].sum(), abs=1e-9)
        tenths = np.minimum(np.digitize(pit, np.linspace(0, 1, 11)) - 1, 9)
        assert scores.pit_histogram == pytest.approx([weight[tenths == each].sum() for each in range(10)], abs=1e-9)
        assert weight[ratio < scores.sharpness * (1 - 1e-9)].sum() <= 0.5
        assert weight[ratio > scores.sharpness * (1 + 1e-9)].sum() <= 0.5


@pytest.mark.parametrize("target", ["time_per_token", "throughput"])
def test_crps_is_the_integral_of_its_definition(target):
    """The integral of (F(x) - 1(x >= measured))^2 over x, the natural logarithm."""
    fold = split_points(serving_points(), None, "later")[0]
    ((_, prediction, measured),) = predict_fold(fold, with_baselines=False)[""][target].parts
    crps, step = prediction.crps(measured), 5e-4
    for row in (0, 300, 600):
        x = measured[row] + np.arange(-12, 12, step)
        if target == "throughput":
            cdf = np.searchsorted(prediction.sorted_draws[:, row], x, side="right") / len(prediction.sorted_draws)
        else:
            cdf = stats.t(prediction.degrees, prediction.centre[row], prediction.scale[row]).cdf(x)
        assert crps[row] == pytest.approx(np.sum((cdf - (x >= measured[row])) ** 2) * step, rel=5e-3)


def test_where_requests_wait_the_time_to_first_token_is_wider():
    points = serving_points()
    residuals = fit_model(points.subset(np.arange(1950) % 6 == 0)).residuals
    few = points.subset(points.labels["case"] == "s0000")
    for target, is_wider in (("time_to_first_token", True), ("time_per_token", False)):
        waiting, not_waiting = (residuals[target].predictive(few, np.array([share]))[1][0] for share in (0.9, 0.0))
        assert (waiting > 1.5 * not_waiting) == is_wider


def test_draws_for_scenarios_are_as_wide_as_what_was_tested():
    """Of a new model: not narrower than the predictive distribution, and on the logarithm at most half as wide again."""
    points, columns = serving_points(), serving_columns()
    model = fit_model(points)
    place = int(np.flatnonzero((points.labels["chip"] == "nvidia-h100-sxm") & (points.labels["mode"] == "aggregated"))[0])
    one = points.subset(np.arange(1950) == place)
    one.labels["model"][:], one.labels["sweep"][:] = "other", "other"
    tested = model.predict(one)
    efficiency = efficiency_draws(columns, backend=str(one.labels["backend"][0]), chip="nvidia-h100-sxm")
    load = aggregated(instance(one, efficiency), one["concurrency"])
    for target, draws in (("time_per_token", load.time_per_token), ("time_to_first_token", load.time_to_first_token)):
        width = np.ptp(np.quantile(np.log(draws), (0.025, 0.975)))
        expected = tested[target].quantile(0.975)[0] - tested[target].quantile(0.025)[0]
        assert 0.95 * expected < width < 1.5 * expected, target


def test_shares_of_a_draw_are_at_most_one():
    draws = efficiency_draws(serving_columns())
    assert np.exp(serving_columns()["bandwidth_use"]).max() > 1
    for name in SHARES:
        assert getattr(draws, name).max() <= 1, name


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
    """Three decimals are written; the last bits of a processor move the third of a few draws by one unit."""
    calibration = calibrate_serving()
    text = (library.folder() / "posteriors" / "serving.csv").read_text(encoding="utf-8")
    ours, theirs = (_table(each) for each in (calibration.posterior_table(), text))
    assert list(ours) == list(theirs)
    for name, expected in theirs.items():
        assert abs(ours[name] - expected).max() <= 0.001 + 1e-9, name
    assert calibration.sweeps == 146


def test_the_fit_does_not_depend_on_last_bits():
    """Processors differ in the last bits of exponentials and sums; here speeds of chips differ in them."""
    points, rng = serving_points().subset(np.arange(1950) % 3 == 0), np.random.default_rng(0)
    others = {
        name: points[name] * (1 + 2.0**-52 * rng.integers(-1, 2, len(points))) for name in ("memory_bandwidth", "peak_flop")
    }
    fitted, other = (fit_efficiencies(each) for each in (points, replace(points, numbers={**points.numbers, **others})))
    spread = np.sqrt(np.diag(fitted.covariance))
    assert (abs(fitted.mode - other.mode) / spread).max() < 1e-4
    assert np.sqrt(np.diag(other.covariance)) == pytest.approx(spread, rel=1e-4)


def _table(text):
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    columns = [{name: float(value) for name, value in row.items()} for row in rows]
    return {name: np.array([row[name] for row in columns]) for name in columns[0]}


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
        exact = predict(truth, backends, points).logarithms
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
