"""The backtest: scores by hand, predictions that do not see what they predict, and the coverage that is claimed."""

import json
import math
from dataclasses import replace
from functools import cache

import numpy as np
import paths
import pytest
from click.testing import CliRunner
from scipy import integrate, stats

from simulator.cli import main
from simulator.cli.commands.backtest import command
from simulator.evidence import predictions as evidence
from simulator.evidence.backtest import TARGETS, backtest
from simulator.evidence.calibration import utilisation
from simulator.evidence.calibration.student import Sample, Student
from simulator.evidence.families import assign_families, is_rounded, is_same_family, is_same_run
from simulator.evidence.predictions import Case
from simulator.evidence.published_runs import hours_at_peak, published_runs
from simulator.evidence.scores import coverage_band, score_bounds, score_cases

SHARED_TABLE = paths.SHARED / "published-runs.csv"
FOLDS = tuple(evidence.FOLDS)


@cache
def library_evidence():
    return evidence.library_evidence()


def predict_hours(fold, runs=None, model=evidence.fit_calibrated):
    """Predicted chip-hours by case, from these runs (the library's own)."""
    runs = library_evidence().runs if runs is None else runs
    cases = evidence.predict_chip_hours(runs, utilisation.observations(runs), evidence.observation_filter(fold), model)
    return {case.case: case for case in cases}


# --- scores -----------------------------------------------------------------------------------------------------------------

DISTRIBUTIONS = [Student(0.0, 1.0, 4.0), Student(3.0, 0.2, 58.0), Student(-1.0, 2.5, 1.7), Student(10.0, 0.4, 5000.0)]


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
@pytest.mark.parametrize("z", [-6.0, -0.4, 0.0, 2.3])
def test_a_student_is_that_of_scipy_and_its_score_the_integral(distribution, z):
    x, reference = (
        distribution.centre + z * distribution.scale,
        stats.t(distribution.degrees, distribution.centre, distribution.scale),
    )
    assert distribution.cdf(x) == pytest.approx(reference.cdf(x), rel=1e-9)
    assert distribution.log_density(x) == pytest.approx(reference.logpdf(x), rel=1e-9)
    assert distribution.quantile(0.975) == pytest.approx(reference.ppf(0.975), rel=1e-9)
    below, _ = integrate.quad(lambda y: reference.cdf(y) ** 2, -np.inf, x, epsabs=1e-10)
    above, _ = integrate.quad(lambda y: reference.sf(y) ** 2, x, np.inf, epsabs=1e-10)
    assert distribution.crps(x) == pytest.approx(below + above, rel=1e-5)


def test_scores_of_three_cases_by_hand():
    """Almost normal, spread 1 about 0, and values at 0 (PIT 0.5), 1.5 (0.933: inside 90 %, outside 80 %), 3 (outside 95 %)."""
    distribution = Student(0.0, 1.0, 1e9)
    cases = [Case(str(x), 2024.0, {}, distribution, math.exp(x)) for x in (0.0, 1.5, 3.0)]
    scores = score_cases(cases)
    assert scores.coverage == {"50": 1 / 3, "80": 1 / 3, "90": 2 / 3, "95": 2 / 3}
    assert [case.pit for case in cases] == pytest.approx([0.5, 0.9331928, 0.9986501], abs=1e-6)
    assert scores.pit_histogram == (0, 0, 0, 0, 0, 1, 0, 0, 0, 2)
    assert scores.one_sided == {"50": 1 / 3, "80": 1 / 3, "90": 1 / 3}
    assert scores.sharpness == pytest.approx(math.exp(2 * 1.959964), rel=1e-5)
    assert scores.interval_score == pytest.approx(2 * 1.959964 + 40 * (3 - 1.959964) / 3, rel=1e-5)
    # The score of a normal, z (2 P(z) - 1) + 2 p(z) - 1/sqrt(pi), with P and p from tables.
    assert scores.crps == pytest.approx((0.233695 + 0.994424 + 2.436575) / 3, abs=2e-6)


@pytest.mark.parametrize(("n", "level"), [(54, 0.95), (54, 0.5), (3, 0.8), (1, 0.95)])
def test_binomial_bands_are_those_of_scipy(n, level):
    assert coverage_band(n, level) == pytest.approx([stats.binom.ppf(p, n, level) / n for p in (0.025, 0.975)])


BASELINE = ("generation/hopper", "generation/blackwell", "mixture")


def test_a_sample_is_scored_by_the_definition_of_its_score():
    """E|X - x| - E|X - X'| / 2 over all pairs, of which 50,000 draws of a t come to the score of the t."""
    x = 0.7
    values = np.array([0.0, 1.0, 3.0, 0.5])
    by_hand = np.abs(values - x).mean() - np.abs(values[:, None] - values[None, :]).mean() / 2
    sample = Sample(values)
    assert sample.crps(x) == pytest.approx(by_hand, rel=1e-12)
    assert (sample.cdf(0.5), sample.cdf(0.4), sample.quantile(0.5)) == (0.5, 0.25, 0.75)
    draws = np.random.default_rng(1).standard_t(6, 50_000) * 0.4 + 0.1
    assert Sample(draws).crps(x) == pytest.approx(Student(0.1, 0.4, 6.0).crps(x), abs=0.004)


PATHS = {"training-run", "small-medium", "large", "cutting-edge", "template"}


def test_the_public_path_is_scored_in_every_fold_beside_baselines_for_its_runs():
    paths = backtest_json()["public_path"]
    assert {fold: set(by_path) for fold, by_path in paths.items()} == dict.fromkeys(FOLDS, PATHS)
    for fold, by_path in paths.items():
        for scores in by_path.values():
            assert scores["coverage"]["95"] >= 0.88
            assert scores["crps"] <= 0.22
            if fold == "forward":
                assert scores["crps"] < max(each["crps"] for each in scores["baselines"].values())
            assert {each["n"] for each in scores["baselines"].values()} == {scores["n"]}


@pytest.mark.parametrize("path", sorted(PATHS))
@pytest.mark.parametrize("fold", FOLDS)
def test_budgets_of_what_users_start_from_hold_as_often_as_they_say(fold, path):
    scores = backtest_json()["public_path"][fold][path]
    for level, (low, high) in scores["one_sided_band"].items():
        most = 1.0 if fold == "forward" else high  # runs of 2023 were faster than all before them: 80% budgets held in 92%
        assert low <= scores["one_sided"][level] <= most, level


def test_upper_limits_of_a_group_are_those_of_its_runs():
    hours = backtest_json()["targets"]["chip_hours"]
    cases = [case for case in hours["cases"] if case["date"] // 1 == 2024]
    (group,) = [group for group in hours["groups"] if group["group"] == "2024"]
    assert group["one_sided"]["80"] == sum(case["pit"] <= 0.8 for case in cases) / len(cases)


def test_a_bound_is_contradicted_where_the_prediction_is_above_it():
    cases = [Case(str(x), 2024.0, {}, Student(0.0, 1.0, 1e9), math.exp(x), is_bound=True) for x in (-2.5, 0.0, 2.0)]
    scores = score_bounds(cases)
    assert (scores.n, scores.contradicted) == (3, 1)
    assert [each.probability for each in scores.cases] == pytest.approx([stats.norm.cdf(x) for x in (-2.5, 0.0, 2.0)], abs=1e-6)


def test_upper_bounds_and_benchmarks_are_scored_as_bounds_alone():
    bounds = backtest_json()["bounds"]
    assert {case["case"] for case in bounds["chip_hours"]["cases"]} == {"glm-130b", "intellect-1-10b"}
    scored = {case["case"] for case in backtest_json()["targets"]["chip_hours"]["cases"]}
    assert not scored & {"glm-130b", "intellect-1-10b"}
    assert bounds["benchmarks"]["n"] == 14
    assert not {each.case for each in utilisation.observations(library_evidence().runs)} & {
        case["case"] for case in bounds["benchmarks"]["cases"]
    }


def test_hours_with_other_work_inside_are_scored_apart():
    targets = backtest_json()["targets"]
    assert {case["case"] for case in targets["other_classes"]["cases"]} >= {"llama-3.2-1b", "minerva-540b"}
    assert "llama-3.2-1b" not in {each.case for each in utilisation.observations(library_evidence().runs)}


# --- baselines --------------------------------------------------------------------------------------------------------------


def test_the_plain_baseline_is_the_predictive_of_a_normal_sample():
    observations = utilisation.observations(library_evidence().runs)
    values = np.array([each.value for each in observations if each.kind == "hours"])
    n = len(values)
    centre, scale, degrees = evidence.fit_plain_lognormal(observations).predictive({"level": 1.0, "mixture": 1.0}, "hours")
    assert (centre, degrees) == (pytest.approx(values.mean(), rel=1e-12), n - 1)
    assert scale == pytest.approx(values.std(ddof=1) * math.sqrt(1 + 1 / n), rel=1e-12)


def test_the_regression_is_that_of_textbooks():
    observations = utilisation.observations(library_evidence().runs)
    rows = [each for each in observations if each.kind == "hours"]
    x = np.array([[1.0, *(term in each.terms for term in BASELINE)] for each in rows], float)
    y = np.array([each.value for each in rows])
    b, (squares,), _, _ = np.linalg.lstsq(x, y, rcond=None)
    new = np.array([1.0, 1.0, 0.0, 0.0])
    s = math.sqrt(squares / (len(y) - 4))
    expected = new @ b, s * math.sqrt(1 + new @ np.linalg.solve(x.T @ x, new)), len(y) - 4
    terms = {"level": 1.0, "generation/hopper": 1.0, "family/any": 1.0}
    assert evidence.fit_chips_and_architecture(observations).predictive(terms, "hours") == pytest.approx(expected, rel=1e-9)


def test_a_regression_before_its_chips_exist_takes_their_effect_as_none():
    observations = [each for each in utilisation.observations(library_evidence().runs) if "generation/hopper" not in each.terms]
    model = evidence.fit_chips_and_architecture(observations)
    plain, new = ({"level": 1.0, **more} for more in ({}, {"generation/hopper": 1.0}))
    assert model.predictive(new, "hours") == pytest.approx(model.predictive(plain, "hours"))


# --- what a prediction may know ---------------------------------------------------------------------------------------------


def with_hours(case, factor):
    """The evidence with the hours, the days and the reported MFU of one run as other than they were."""
    return tuple(
        replace(run, chip_hours=run.chip_hours * factor, mfu=run.mfu and run.mfu * 0.7) if run.case == case else run
        for run in library_evidence().runs
    )


def predictions(fold, runs=None):
    return {name: (case.prediction.centre, case.prediction.scale) for name, case in predict_hours(fold, runs).items()}


@pytest.mark.parametrize("fold", FOLDS)
def test_a_prediction_does_not_see_its_own_run(fold):
    before = predictions(fold)
    for case in ("llama-3.1-8b", "bloom-176b"):
        if case in before:
            after = predictions(fold, with_hours(case, 2.0))
            assert after[case] == pytest.approx(before[case], rel=1e-12)
            assert after != before  # others do see it


def test_whole_families_are_left_out_together():
    family = {run.case for run in library_evidence().runs if run.family == "llama-1" and run.tests_hours}
    assert len(family) >= 2
    one = sorted(family)[0]
    changed = with_hours(one, 3.0)
    for fold, alone in (("family", True), ("run", False)):
        before, after = predictions(fold), predictions(fold, changed)
        siblings = family - {one}
        assert all((after[name] == pytest.approx(before[name], rel=1e-12)) is alone for name in siblings)


def test_forward_in_time_nothing_later_is_seen():
    late = sorted((run for run in library_evidence().runs if run.tests_hours), key=lambda run: run.date)[-5]
    before, after = predictions("forward"), predictions("forward", with_hours(late.case, 3.0))
    dates = {run.case: run.date for run in library_evidence().runs}
    assert any(after[name] != before[name] for name in before)
    for name in before:
        if dates[name] <= late.date:
            assert after[name] == pytest.approx(before[name], rel=1e-12)


def test_forward_in_time_there_are_enough_runs_before():
    first_date = min(case.date for case in predict_hours("forward").values())
    observations = [
        each for each in utilisation.observations(library_evidence().runs) if each.date < first_date and each.kind == "hours"
    ]
    assert len(observations) >= evidence.MIN_EARLIER_RUNS


# --- what is claimed --------------------------------------------------------------------------------------------------------


def assert_acceptable(scores):
    assert 0.90 <= scores["coverage"]["95"] <= 0.99
    assert 0.72 <= scores["coverage"]["80"] <= 0.90
    assert 0.40 <= scores["coverage"]["50"] <= 0.62
    assert scores["crps"] <= 0.21
    assert scores["sharpness"] <= 5
    for baseline in scores["baselines"].values():
        assert scores["crps"] < baseline["crps"]
        assert scores["sharpness"] < baseline["sharpness"]


@cache
def backtest_json(*options):
    """What the command says as JSON."""
    result = CliRunner().invoke(command, [*options, "--format", "json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_intervals_of_the_main_set_cover_as_they_say():
    scores = backtest_json()["targets"]["chip_hours"]
    assert scores["n"] == 60
    assert_acceptable(scores)


@pytest.mark.skipif(not SHARED_TABLE.exists(), reason="the shared table of runs is not here")
def test_intervals_cover_on_the_table_that_others_keep():
    scores = backtest_json("--evidence", str(SHARED_TABLE), "--fold", "run")["targets"]["chip_hours"]
    assert scores["n"] == 54
    assert_acceptable(scores)


def test_json_has_the_keys_that_scripts_rely_on():
    output = backtest_json()
    assert set(output) == {"schema", "version", "targets", "families", "forward", "public_path", "bounds", "notes", "warnings"}
    assert set(output["targets"]) == {"chip_hours", "other_classes", "energy", "wall_clock", "dollars"}
    for scores in output["targets"].values():
        assert {"n", "coverage", "crps", "sharpness", "cases", "pit_histogram", "interval_score", "band"} <= set(scores)
        assert set(scores["coverage"]) == {"50", "80", "90", "95"}
        assert set(scores["one_sided"]) == set(scores["one_sided_band"]) == {"50", "80", "90"}
        within = [case["pit"] <= 0.8 for case in scores["cases"]]
        assert scores["one_sided"]["80"] == pytest.approx(sum(within) / len(within))
        assert len(scores["cases"]) == scores["n"] == sum(scores["pit_histogram"])
        for case in scores["cases"]:
            assert {"case", "predicted", "published", "pit"} <= set(case)
            low, median, high = (case["predicted"][end] for end in ("low", "median", "high"))
            assert 0 < low < median < high
            assert (low < case["published"] < high) == (0.025 < case["pit"] < 0.975)
    assert set(output["targets"]["chip_hours"]["baselines"]) == {"plain lognormal", "chip generation and mixture"}
    groups = output["targets"]["chip_hours"]["groups"]
    for kind in ("scale", "year", "chips", "architecture", "siblings"):
        assert sum(row["n"] for row in groups if row["by"] == kind) == 60


def test_two_lines_of_python_give_what_the_command_writes():
    result = backtest(folds=["run"])
    plain = result.to_dict()
    assert plain["targets"] == backtest_json()["targets"]
    assert set(plain) == {"schema", "version", "targets", "public_path", "bounds", "notes"}  # nothing of other folds
    assert list(result.by_fold) == ["run"]
    assert set(result.targets) <= set(TARGETS)
    frame = result.to_dataframe().set_index("figure")["value"]
    assert frame["targets.chip_hours.coverage.95"] == result.targets["chip_hours"].coverage["95"]
    assert len(result.to_csv().splitlines()) == len(frame) + 1


def test_the_fold_asked_for_is_the_target():
    output = backtest_json("--fold", "forward")
    assert output["targets"] == output["forward"] == backtest_json()["forward"]
    assert "families" not in output


def test_days_are_hours_over_chips():
    targets = backtest_json()["targets"]
    chips = {run.case: run.chips for run in library_evidence().runs}
    by_hours = {case["case"]: case["predicted"]["median"] for case in targets["chip_hours"]["cases"]}
    for case in targets["wall_clock"]["cases"]:
        assert case["predicted"]["median"] == pytest.approx(by_hours[case["case"]] / 24 / chips[case["case"]], rel=1e-9)


def test_energy_is_scored_where_power_was_metered_alone():
    metered = {
        run.case for run in library_evidence().runs if run.energy_basis.startswith(("measured_power", "measured_system"))
    }
    cases = {case["case"] for case in backtest_json()["targets"]["energy"]["cases"]}
    assert cases
    assert cases <= metered


# --- runs of one's own ------------------------------------------------------------------------------------------------------

HEAD = "case,date,org,chip,params_active,tokens,gpu_hours,mfu_reported\n"
ROW = "mine,2026-05,Acme,H100,8e9,15e12,1.4e6,0.4\n"


def run_backtest(tmp_path, monkeypatch, capsys, text):
    (tmp_path / "mine.csv").write_text(text)
    monkeypatch.setattr("sys.argv", ["llmcost", "backtest", "--evidence", str(tmp_path / "mine.csv"), "--format", "json"])
    with pytest.raises(SystemExit) as exit_info:
        main()
    return exit_info.value.code, capsys.readouterr()


def test_runs_of_ones_own_are_predicted_from_the_librarys(tmp_path, monkeypatch, capsys):
    code, out = run_backtest(tmp_path, monkeypatch, capsys, HEAD + ROW)
    assert code == 0
    (case,) = json.loads(out.out)["targets"]["chip_hours"]["cases"]
    (run,) = published_runs(tmp_path / "mine.csv").runs
    distribution = Student(*evidence.fit_calibrated(utilisation.observations(library_evidence().runs)).predictive(
        {**utilisation.terms(run), "goodput": 1.0}, "hours"))  # fmt: skip
    assert case["predicted"]["median"] == pytest.approx(hours_at_peak(run) / math.exp(distribution.centre), rel=1e-9)
    assert case["published"] == 1.4e6


def test_a_run_that_the_library_has_is_still_not_seen(tmp_path, monkeypatch, capsys):
    row = next(run for run in library_evidence().runs if run.case == "bloom-176b")
    text = f"bloom-176b,2022-07,Other,A100,{row.active_parameters:g},{row.tokens:g},5e6,\n"
    code, out = run_backtest(tmp_path, monkeypatch, capsys, HEAD + text)
    assert code == 0
    (case,) = json.loads(out.out)["targets"]["chip_hours"]["cases"]
    without = [each for each in utilisation.observations(library_evidence().runs) if each.case != "bloom-176b"]
    (run,) = assign_families(published_runs(tmp_path / "mine.csv").runs, library_evidence().runs)
    distribution = evidence.fit_calibrated(without).predictive({**utilisation.terms(run), "goodput": 1.0}, "hours")
    assert case["predicted"]["median"] == pytest.approx(hours_at_peak(run) / math.exp(distribution[0]), rel=1e-9)


def test_a_renamed_run_of_the_library_is_known_and_not_seen(tmp_path, monkeypatch, capsys):
    """Another name, an alias of the organisation, another month, rounded figures: the prediction is that without the run."""
    row = next(run for run in library_evidence().runs if run.case == "bloom-176b")
    text = f"our-biggest,2022-09,BigScience workshop,A100-80,1.76e11,{row.tokens:g},1.083e6,\n"
    code, out = run_backtest(tmp_path, monkeypatch, capsys, HEAD + text)
    assert code == 0
    (case,) = json.loads(out.out)["targets"]["chip_hours"]["cases"]
    assert case["case"] == "bloom-176b"
    without = [each for each in utilisation.observations(library_evidence().runs) if each.family != row.family]
    (run,) = published_runs(tmp_path / "mine.csv").runs
    distribution = evidence.fit_calibrated(without).predictive({**utilisation.terms(run), "goodput": 1.0}, "hours")
    assert case["predicted"]["median"] == pytest.approx(hours_at_peak(run) / math.exp(distribution[0]), rel=1e-9)


@pytest.mark.parametrize(
    ("second", "is_copy"),
    [
        ("other,2026-04,Acme Labs,H100,8e9,15e12,1.4e6,0.4", True),
        ("other,2026-04,Zenith,H800,8.03e9,15e12,1403000,", True),  # rounded in the first row, of another variant of the chip
        ("other,2026-05,Acme,H100,8e9,15e12,1.46e6,", False),
        ("other,2026-05,Acme,A100,8e9,15e12,2.9e6,", False),
    ],
)
def test_a_planted_duplicate_under_another_name_is_refused(tmp_path, monkeypatch, capsys, second, is_copy):
    code, out = run_backtest(tmp_path, monkeypatch, capsys, HEAD + ROW + second + "\n")
    assert ("one run under two names" in out.err) is is_copy
    assert (code, out.out == "") == ((2, True) if is_copy else (0, False))


@pytest.mark.parametrize(("a", "b", "same"), [(1.4e6, 1403000.0, True), (10112.0, 10098.0, False), (8e9, 8.03e9, True),
                                              (8e9, 8.4e9, False), (1.083e6, 1082990.0, True)])  # fmt: skip
def test_figures_are_the_same_up_to_the_digits_that_both_have(a, b, same):
    assert is_rounded(a, b) is is_rounded(b, a) is same


def test_names_and_figures_of_one_run_are_known_across_tables():
    run = next(run for run in library_evidence().runs if run.case == "llama-3.1-405b")
    assert is_same_run(run, replace(run, case="Llama 3.1 405B", chip_hours=None, org="X"))
    unpublished = replace(run, case="big", chip_hours=None, chip="nvidia-h800-sxm")
    assert is_same_run(run, unpublished)
    assert not is_same_run(run, replace(unpublished, org="Zenith"))
    assert not is_same_run(run, replace(unpublished, chip="nvidia-a100-sxm4-80gb"))


def test_no_run_of_the_library_stands_in_it_twice_and_siblings_share_a_family():
    runs = library_evidence().runs
    pairs = [(first, second) for place, first in enumerate(runs) for second in runs[place + 1 :]]
    assert not [(first.case, second.case) for first, second in pairs if is_same_run(first, second)]
    tested = [pair for pair in pairs if all(run.tests_hours for run in pair)]
    assert not [(a.case, b.case) for a, b in tested if is_same_family(a, b) and a.family != b.family]
    assert sum(is_same_family(*pair) for pair in tested) > 10


HOSTILE = [
    ("nothing at all", "", "is empty"),
    ("head alone", HEAD, "no rows"),
    ("no case", "date,chip\n2024,H100\n", "case: there is no such column"),
    ("no chip", "case,date\na,2024\n", "chip: there is no such column"),
    ("text for hours", HEAD + "a,2024,X,H100,8e9,1e12,many,\n", "many"),
    ("hours below zero", HEAD + "a,2024,X,H100,8e9,1e12,-5,\n", "must be above zero"),
    ("no hours", HEAD + "a,2024,X,H100,8e9,1e12,0,\n", "must be above zero"),
    ("not finite", HEAD + "a,2024,X,H100,8e9,1e12,inf,\n", "inf"),
    ("not a number", HEAD + "a,2024,X,H100,8e9,1e12,nan,\n", "nan"),
    ("mfu in percent", HEAD + "a,2024,X,H100,8e9,1e12,5e4,40\n", "must lie between 0 and 1"),
    ("no date", HEAD + "a,soon,X,H100,8e9,1e12,5e4,\n", "is no date"),
    ("no month", HEAD + "a,2024-13,X,H100,8e9,1e12,5e4,\n", "is no date"),
    ("a date to come", HEAD + "a,2040-01,X,H100,8e9,1e12,5e4,\n", "lies in the future"),
    ("given twice", HEAD + ROW + ROW.replace("1.4e6", "1.5e6"), "more than once"),
    ("more active than all", "case,date,chip,params_active,params_total\na,2024,H100,9e9,8e9\n", "more than all parameters"),
    ("nothing to score", HEAD + "a,2024,X,H100,8e9,,,\n", "no run that can be scored"),
    ("unknown chip alone", HEAD + "a,2024,X,abacus,8e9,1e12,5e4,\n", "no run that can be scored"),
    ("a longer row", HEAD + ROW.rstrip() + ",1,2\n", "mine.csv"),
]


@pytest.mark.parametrize(("text", "message"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_a_table_that_cannot_be_right_is_refused_in_one_line(tmp_path, monkeypatch, capsys, text, message):
    code, out = run_backtest(tmp_path, monkeypatch, capsys, text)
    assert (code, out.out) == (2, "")
    assert message in out.err
    *usage, line = out.err.strip().splitlines()
    assert line.startswith(("llmcost: ", "Error: "))
    assert len(usage) == 0 or line.startswith("Error: ")


def test_an_issue_has_its_line_and_column(tmp_path, monkeypatch, capsys):
    _, out = run_backtest(tmp_path, monkeypatch, capsys, HEAD + ROW + "a,2024,X,H100,8e9,1e12,-5,\n")
    assert "mine.csv:3" in out.err
    assert "gpu_hours" in out.err
