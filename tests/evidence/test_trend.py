"""The trend: the published growth from the published rows, intervals that cover, forecasts that tell line from model."""

import csv
import json
import math
import sys
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from scipy import stats

from simulator.cli import main
from simulator.cli.commands.trend import command
from simulator.core.errors import InvalidInputError
from simulator.core.results import json_text, to_plain
from simulator.evidence import bayes, robust, trend
from simulator.evidence.diagnostics import BadFitError
from simulator.evidence.table_rows import decimal_year, table_path
from simulator.evidence.tables import COSTS, FrontierModel, cost_errors, frontier_models
from simulator.evidence.trend_summary import NoTrendError, fit_trends

# Growth a year and its 90 % interval by least squares on the rows that are public (Cottier et al. 2024, data repository).
EXPECTED = {"amortised": (31, 2.411, 1.87, 3.10), "cloud": (26, 2.578, 1.99, 3.34), "acquisition": (24, 2.494, 1.99, 3.13)}


def simulate_costs(seed, n=25, slope=0.4, scatter=0.5):
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(2016, 2024, n))
    return x, 5 + slope * (x - 2020) + rng.normal(0, scatter, n)


@pytest.mark.parametrize("cost", EXPECTED)
def test_the_rows_of_the_study_give_its_growth_to_three_digits(cost):
    n, growth, low, high = EXPECTED[cost]
    x, y, _ = trend.points(frontier_models(), cost)
    fit = trend.least_squares(cost, x, y)
    assert fit.n == n
    assert fit.growth == pytest.approx(growth, abs=5e-4)
    assert fit.intervals[0.90] == (pytest.approx(low, abs=5e-3), pytest.approx(high, abs=5e-3))
    assert fit.intervals[0.95][0] < fit.intervals[0.90][0] < fit.intervals[0.90][1] < fit.intervals[0.95][1]


def test_least_squares_is_that_of_scipy():
    x, y = simulate_costs(1)
    expected, fit = stats.linregress(x, y), trend.fit_line(x, y)
    assert fit.slope == pytest.approx(expected.slope, rel=1e-12)
    assert fit.slope_error == pytest.approx(expected.stderr, rel=1e-12)
    assert fit.at(2030.0) == pytest.approx(expected.intercept + expected.slope * 2030, rel=1e-10)


def test_a_decimal_year_counts_the_days_of_its_own_year():
    from datetime import datetime

    assert decimal_year(datetime(2024, 1, 1)) == 2024
    assert decimal_year(datetime(2024, 7, 1)) == 2024 + 182 / 366
    assert decimal_year(datetime(2023, 12, 31)) == 2023 + 364 / 365


@pytest.mark.parametrize("level", trend.LEVELS)
def test_intervals_of_slope_line_and_model_cover_as_they_say(level):
    slope, date, trials = 0.4, 2028.0, 600
    rng = np.random.default_rng(5)
    inside = np.zeros(3)
    for seed in range(trials):
        x, y = simulate_costs(seed, slope=slope)
        low, high = trend.least_squares("cloud", x, y).intervals[level]
        (row,) = trend.forecast("cloud", "top 10", x, y, np.array([date]), 1e9)
        truth = 10 ** (5 + slope * (date - 2020))
        one = truth * 10 ** rng.normal(0, 0.5)
        inside += [low < 10**slope < high, row.mean[level][0] < truth < row.mean[level][1],
                   row.prediction[level][0] < one < row.prediction[level][1]]  # fmt: skip
    error = math.sqrt(level * (1 - level) / trials)
    assert np.abs(inside / trials - level).max() < 4.5 * error


def test_the_probability_above_an_amount_agrees_with_the_prediction_band():
    x, y = simulate_costs(3)
    (row,) = trend.forecast("cloud", "top 10", x, y, np.array([2027.0]), 1e9)
    for level in trend.LEVELS:
        (at_low,) = trend.forecast("cloud", "top 10", x, y, np.array([2027.0]), row.prediction[level][0])
        (at_high,) = trend.forecast("cloud", "top 10", x, y, np.array([2027.0]), row.prediction[level][1])
        assert at_low.probability_above == pytest.approx((1 + level) / 2)
        assert at_high.probability_above == pytest.approx((1 - level) / 2)
    assert row.prediction[0.95][0] < row.mean[0.95][0] < row.typical < row.mean[0.95][1] < row.prediction[0.95][1]


def test_the_bootstrap_agrees_with_the_t_interval_where_that_is_right():
    x, y = simulate_costs(8, n=400)
    exact, again = trend.least_squares("cloud", x, y), trend.bootstrap("cloud", x, y, seed=2)
    for level in trend.LEVELS:
        assert np.log(again.intervals[level]) == pytest.approx(np.log(exact.intervals[level]), rel=0.03)
    assert trend.bootstrap("cloud", x, y, seed=2) == again
    assert trend.bootstrap("cloud", x, y, seed=3).intervals != again.intervals


def test_the_median_of_slopes_is_not_moved_by_one_model_far_off():
    x, y = simulate_costs(4, n=40, scatter=0.1)
    y_outlier = y.copy()
    y_outlier[-1] += 5
    change = abs(math.log10(trend.theil_sen("cloud", x, y_outlier).growth / trend.theil_sen("cloud", x, y).growth))
    assert change < 0.2 * abs(trend.fit_line(x, y_outlier).slope - trend.fit_line(x, y).slope)
    names = [str(number) for number in range(40)]
    assert trend.influence(x, y_outlier, names)[0][0] == "39"


def test_too_few_models_are_refused():
    with pytest.raises(trend.TooFewModelsError, match="there are 3"):
        trend.fit_line(np.array([1.0, 2, 3]), np.array([1.0, 2, 3]))
    with pytest.raises(trend.TooFewModelsError):
        trend.fit_line(np.full(9, 2020.0), np.arange(9.0))


def test_record_runs_are_those_that_were_the_largest():
    models = [FrontierModel(str(rank), 2020.0 + rank, rank, {"cloud": 10.0**rank}) for rank in (1, 2, 1, 3)]
    assert trend.points(models, "cloud", records=True)[2] == ["1", "1"]


# --- the command
# ---------------------------------------------------------------------------------------------------------------


def test_json_has_fits_forecasts_and_influence():
    output = json.loads(CliRunner().invoke(command, ["--format", "json", "--until", "2027"]).output)
    fit = next(fit for fit in output["fits"] if fit["cost"] == "amortised" and fit["method"] == "least-squares")
    assert (fit["n"], round(fit["growth"], 3), round(fit["low90"], 2), round(fit["high90"], 2)) == (31, 2.411, 1.87, 3.10)
    assert {row["runs"] for row in output["forecast"]} == {"top 10", "record"}
    assert max(row["date"] for row in output["forecast"]) == 2027
    assert output["influence"]["amortised"][0]["without"] == "DeepSpeech2 (English)"
    assert any("2.4 (95% CI: 2.0 to 3.1)" in note for note in output["notes"])


def test_two_lines_of_python_give_what_the_command_writes():
    trends = fit_trends(until=2027)
    plain = trends.to_dict()
    output = json.loads(CliRunner().invoke(command, ["--format", "json", "--until", "2027"]).output)
    assert plain == {key: value for key, value in output.items() if key != "warnings"}
    assert set(plain) == {"schema", "seed", "version", "threshold", "fits", "influence", "forecast", "notes"}
    frame = trends.to_dataframe().set_index("figure")["value"]
    assert frame["fits[0].growth"] == trends.fits[0].growth
    csv_output = CliRunner().invoke(command, ["--format", "csv", "--until", "2027"]).output
    assert csv_output.splitlines() == trends.to_csv().splitlines()


def test_without_models_there_is_no_trend():
    with pytest.raises(NoTrendError, match="a trend needs 4 or more models"):
        fit_trends(since=2099)


def test_an_output_is_not_written_over_its_evidence(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("model,date,cloud_cost\nx,2020-01-01,5\n")
    result = CliRunner().invoke(command, ["--evidence", str(path), "-o", str(path)])
    assert result.exit_code == 2
    assert "is read by this command" in result.output


def test_a_table_of_ones_own_is_fitted(tmp_path):
    rows = "".join(f"m{year},{year}-01-01,{1e6 * 3 ** (year - 2018)}\n" for year in range(2018, 2026))
    (tmp_path / "mine.csv").write_text("model,date,cloud_cost (USD)\n" + rows)
    output = json.loads(CliRunner().invoke(command, ["--evidence", str(tmp_path / "mine.csv"), "--format", "json"]).output)
    assert output["fits"][0]["growth"] == pytest.approx(3)
    assert {fit["cost"] for fit in output["fits"]} == {"cloud"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model,date\nx,2020-01-01\n", "has none of the columns amortised_cost"),
        ("model,date,cloud_cost\nx,2020,5\n", "is no date"),
        ("model,date,cloud_cost\nx,2020-01-01,-5\n", "must be above zero"),
        ("model,cloud_cost\nx,5\n", "date: there is no such column"),
        ("model,date,cloud_cost,chip_hours\nx,2020-01-01,5,guessed\n", "'guessed' is neither reported nor imputed"),
        ("", "is empty"),
    ],
)
def test_a_bad_table_is_refused(tmp_path, text, message):
    (tmp_path / "bad.csv").write_text(text)
    with pytest.raises(InvalidInputError) as error:
        frontier_models(tmp_path / "bad.csv")
    assert message in str(error.value)


def test_every_row_of_the_table_is_read_and_has_a_source():
    models = frontier_models()
    with table_path("frontier-costs", None).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 54
    assert all("arXiv:2405.21015" in row["source"] for row in rows)
    assert len(models) == sum(row["in_fit"] == "yes" for row in rows)
    assert {cost for model in models for cost in model.costs} == set(COSTS)
    assert all(2015 < model.date < 2024 for model in models)


# --- the robust fit ---------------------------------------------------------------------------------------------------------


def simulate_data(seed, n=25, own=0.0, shared=None):
    x, y = simulate_costs(seed, n)
    kinds = list(shared or {})
    return robust.CostData(x, y, np.full(n, own), [kinds[i % len(kinds)] for i in range(n)] if kinds else [], shared or {})


def test_without_heavy_tails_and_errors_the_sampler_agrees_with_the_closed_form():
    """The closed form has flat priors, so its exact draws are weighed by the priors of the sampled model.

    Both have Monte Carlo error; four standard errors of the sampler's mean are allowed.
    """
    data = simulate_data(3)
    tree, diagnostics = bayes.fit(robust.build_model(data, heavy_tails=False), 5)
    exact = trend.fit_line(data.dates, data.heights)
    rng = np.random.default_rng(1)
    spread = exact.scatter * np.sqrt((exact.n - 2) / rng.chisquare(exact.n - 2, 400_000))
    height = exact.height + spread / math.sqrt(exact.n) * rng.normal(size=400_000)
    slope = exact.slope + spread / math.sqrt(exact.squares) * rng.normal(size=400_000)
    # Flat in log spread there, half-normal in spread here: a factor of spread.
    weights = stats.norm.pdf(height, 6, 3) * stats.norm.pdf(slope) * stats.norm.pdf(spread) * spread
    for name, values in (("height", height), ("slope", slope), ("spread", spread)):
        sampled = tree["posterior"][name].values
        mean = np.average(values, weights=weights)
        sd = math.sqrt(np.average((values - mean) ** 2, weights=weights))
        assert sampled.mean() == pytest.approx(mean, abs=4 * sd / math.sqrt(diagnostics.ess_bulk.of[name]))
        assert sampled.std() == pytest.approx(sd, rel=0.08)


def test_the_interval_of_least_squares_is_the_exact_bayesian_one():
    """Simulation-based calibration of the exact path: where the truth lies in its posterior is uniform, in 200 replicates.

    The posterior of slope, of the line's height at a date, and of the next model is Student's t; that of the spread comes from
    a chi-square. A flat prior cannot be drawn from, but these distributions hold for any truth, so each replicate has one of
    its own.
    """
    places = []
    rng = np.random.default_rng(11)
    for seed in range(200):
        slope, spread = rng.normal(0.4, 0.3), math.exp(rng.normal(-0.7, 0.5))
        x, y = simulate_costs(seed, slope=slope, scatter=spread)
        fit = trend.fit_line(x, y)
        truth = 5 + slope * (2028 - 2020)
        places.append([
            stats.t.cdf((slope - fit.slope) / fit.slope_error, fit.n - 2),
            stats.t.cdf((truth - fit.at(2028)) / fit.mean_error(2028), fit.n - 2),
            stats.t.cdf((truth + rng.normal(0, spread) - fit.at(2028)) / fit.model_error(2028), fit.n - 2),
            stats.chi2.sf((fit.n - 2) * (fit.scatter / spread) ** 2, fit.n - 2),
        ])  # fmt: skip
    assert min(stats.kstest(place, "uniform").pvalue for place in np.array(places).T) > 0.001


# Errors of amortised and energy cost that the study's own inputs give, drawn together, as spreads in orders of magnitude.
COMBINED_ERRORS = {("GPU", "reported"): 0.27, ("GPU", "imputed"): 0.49, ("TPU", "reported"): 0.39, ("TPU", "imputed"): 0.57}


@pytest.mark.parametrize(("kind", "chip_hours"), COMBINED_ERRORS)
def test_errors_of_a_cost_are_what_the_inputs_of_the_study_give_together(kind, chip_hours):
    shared, own = cost_errors("amortised")
    assert math.hypot(shared[kind], own[chip_hours]) == pytest.approx(COMBINED_ERRORS[kind, chip_hours], abs=0.035)


def test_every_cost_has_errors_with_a_source_and_the_judged_ones_say_so():
    with table_path("cost-errors", None).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(row["source"] and (row["grade"] == "D") == row["source"].startswith("judgement") for row in rows)
    for cost in COSTS:
        assert all(0 < error < 0.6 for errors in cost_errors(cost) for error in errors.values())


def test_models_bring_their_kind_of_chip_and_how_their_hours_are_known():
    data = robust.build_data(frontier_models(), "amortised")
    shared, own = cost_errors("amortised")
    assert data.shared_errors == shared
    assert (data.kinds.count("TPU"), data.own_errors.tolist().count(own["imputed"])) == (15, 10)
    with pytest.raises(trend.TooFewModelsError):
        robust.build_data(frontier_models()[:3], "amortised")


@pytest.fixture(scope="module")
def with_an_outlier():
    """One model far off the line, errors of 0.2 each, and a price that half of the models share."""
    data = simulate_data(4, own=0.2, shared={"GPU": 0.2, "TPU": 0.4})
    heights = data.heights.copy()
    heights[-1] += 4
    return robust.fit(replace(data, heights=heights), 6)


def test_heavy_tails_hold_a_line_that_one_model_far_off_would_turn(with_an_outlier):
    data = with_an_outlier.data
    plain = trend.fit_line(data.dates, data.heights).slope
    without = trend.fit_line(data.dates[:-1], data.heights[:-1]).slope
    robust_slope = math.log10(robust.growth("cloud", with_an_outlier).growth)
    assert abs(robust_slope - without) < 0.5 * abs(plain - without)


def test_a_shared_error_cannot_be_averaged_away(with_an_outlier):
    """With 25 models the line is known to about 0.1; the price of their chips is not, so the typical cost is not either."""
    own = np.array(list(with_an_outlier.data.shared_errors.values()))
    assert with_an_outlier.draws("height").std() > math.sqrt(1 / np.sum(1 / own**2)) * 0.9


def test_robust_forecasts_separate_line_from_model_and_agree_with_their_probability(with_an_outlier):
    dates = np.array([2027.0])
    (row,) = robust.forecast("cloud", "top 10", with_an_outlier, dates, 1e9, 0)
    for level in trend.LEVELS:
        low, high = row.prediction[level]
        assert low < row.mean[level][0] < row.typical < row.mean[level][1] < high
        (again,) = robust.forecast("cloud", "top 10", with_an_outlier, dates, high, 0)
        assert again.probability_above == pytest.approx((1 - level) / 2, abs=0.012)  # 4,000 draws: four standard errors
    assert row.method == "student-t"


def test_checks_say_how_prior_and_posterior_predict(with_an_outlier):
    prior, posterior = robust.prior_predictive(with_an_outlier), robust.posterior_predictive(with_an_outlier)
    diagnostics = with_an_outlier.diagnostics
    json_text(to_plain([prior, posterior, diagnostics]))
    assert prior.inside95 == 1
    assert prior.growth95 == (pytest.approx(10**-1.96, rel=0.25), pytest.approx(10**1.96, rel=0.25))
    assert 0.8 <= posterior.inside90 <= 1
    assert diagnostics.rhat.worst <= 1.01
    assert diagnostics.divergences == 0


def test_the_command_adds_the_robust_fit_with_forecast_and_checks(with_an_outlier, tmp_path, monkeypatch):
    rows = "".join(f"m{year},{year}-01-01,{1e6 * 3 ** (year - 2016)},TPU v{year % 2}\n" for year in range(2016, 2026))
    (tmp_path / "mine.csv").write_text("model,date,cloud_cost (USD),chip\n" + rows)
    calls = []
    monkeypatch.setattr(robust, "fit", lambda data, seed, progress: calls.append((data, seed)) or with_an_outlier)
    options = ["--evidence", str(tmp_path / "mine.csv"), "--robust", "--until", "2027", "--seed", "3"]
    output = json.loads(CliRunner().invoke(command, [*options, "--format", "json"]).output)
    assert [(data.kinds, seed) for data, seed in calls] == [(["TPU"] * 10, 3)]  # no records: nobody says which they were
    assert [fit["method"] for fit in output["fits"]] == ["least-squares", "bootstrap", "theil-sen", "student-t"]
    assert [row["method"] for row in output["forecast"]] == ["least-squares"] * 2 + ["student-t"] * 2
    assert set(output["fits"][0]) == set(output["fits"][-1])
    assert output["fits"][-1]["growth"] == robust.growth("cloud", with_an_outlier).growth
    assert [(each["cost"], each["runs"]) for each in output["checks"]] == [("cloud", "top 10")]
    table = CliRunner().invoke(command, options).output
    assert "student-t" in table
    assert "Checks of the robust fits" in table


@pytest.mark.parametrize(
    ("issue", "code", "message"),
    [
        (
            BadFitError("the fit is not good enough to be used: 7 of 4,000 draws diverged"),
            1,
            "7 of 4,000 draws diverged; nothing was written",
        ),
        (KeyboardInterrupt(), 130, "interrupted; no incomplete file was left"),
    ],
)
def test_a_bad_or_interrupted_fit_writes_nothing_and_says_so(tmp_path, monkeypatch, capsys, issue, code, message):
    monkeypatch.setattr(bayes, "fit", lambda *_, **__: (_ for _ in ()).throw(issue))
    monkeypatch.setattr(sys, "argv", ["llmcost", "trend", "--robust", "-o", str(tmp_path / "trend.json")])
    with pytest.raises(SystemExit) as exit_info:
        main()
    streams = capsys.readouterr()
    assert (exit_info.value.code, streams.out, list(tmp_path.iterdir())) == (code, "", [])
    assert streams.err.strip().endswith(message)
    assert "\n" not in streams.err.strip()
