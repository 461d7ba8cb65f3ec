"""The trend: the published growth from the published rows, intervals that cover, forecasts that tell line from model."""

import csv
import json
import math

import numpy as np
import pytest
from click.testing import CliRunner
from scipy import stats

from simulator import trend
from simulator.cli.trend import command
from simulator.evidence import COSTS, FrontierModel, decimal_year, frontier_models, table
from simulator.faults import Rejected

# Growth a year and its 90 % interval by least squares on the rows that are public (Cottier et al. 2024, data repository).
KNOWN = {"amortised": (31, 2.411, 1.87, 3.10), "cloud": (26, 2.578, 1.99, 3.34), "acquisition": (24, 2.494, 1.99, 3.13)}


def drawn(seed, n=25, slope=0.4, spread=0.5):
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(2016, 2024, n))
    return x, 5 + slope * (x - 2020) + rng.normal(0, spread, n)


@pytest.mark.parametrize("cost", KNOWN)
def test_the_rows_of_the_study_give_its_growth_to_three_digits(cost):
    n, growth, low, high = KNOWN[cost]
    x, y, _ = trend.points(frontier_models(), cost)
    fit = trend.least_squares(cost, x, y)
    assert fit.n == n
    assert fit.growth == pytest.approx(growth, abs=5e-4)
    assert fit.intervals[0.90] == (pytest.approx(low, abs=5e-3), pytest.approx(high, abs=5e-3))
    assert fit.intervals[0.95][0] < fit.intervals[0.90][0] < fit.intervals[0.90][1] < fit.intervals[0.95][1]


def test_least_squares_is_that_of_scipy():
    x, y = drawn(1)
    known, fit = stats.linregress(x, y), trend.line(x, y)
    assert fit.slope == pytest.approx(known.slope, rel=1e-12)
    assert fit.slope_error == pytest.approx(known.stderr, rel=1e-12)
    assert fit.at(2030.0) == pytest.approx(known.intercept + known.slope * 2030, rel=1e-10)


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
        x, y = drawn(seed, slope=slope)
        low, high = trend.least_squares("cloud", x, y).intervals[level]
        (row,) = trend.forecast("cloud", "top 10", x, y, np.array([date]), 1e9)
        truth = 10 ** (5 + slope * (date - 2020))
        one = truth * 10 ** rng.normal(0, 0.5)
        inside += [low < 10**slope < high, row.mean[level][0] < truth < row.mean[level][1],
                   row.prediction[level][0] < one < row.prediction[level][1]]  # fmt: skip
    error = math.sqrt(level * (1 - level) / trials)
    assert np.abs(inside / trials - level).max() < 4.5 * error


def test_the_chance_above_an_amount_agrees_with_the_prediction_band():
    x, y = drawn(3)
    (row,) = trend.forecast("cloud", "top 10", x, y, np.array([2027.0]), 1e9)
    for level in trend.LEVELS:
        (at_low,) = trend.forecast("cloud", "top 10", x, y, np.array([2027.0]), row.prediction[level][0])
        (at_high,) = trend.forecast("cloud", "top 10", x, y, np.array([2027.0]), row.prediction[level][1])
        assert at_low.chance_above == pytest.approx((1 + level) / 2)
        assert at_high.chance_above == pytest.approx((1 - level) / 2)
    assert row.prediction[0.95][0] < row.mean[0.95][0] < row.typical < row.mean[0.95][1] < row.prediction[0.95][1]


def test_the_bootstrap_agrees_with_the_t_interval_where_that_is_right():
    x, y = drawn(8, n=400)
    exact, again = trend.least_squares("cloud", x, y), trend.bootstrap("cloud", x, y, seed=2)
    for level in trend.LEVELS:
        assert np.log(again.intervals[level]) == pytest.approx(np.log(exact.intervals[level]), rel=0.03)
    assert trend.bootstrap("cloud", x, y, seed=2) == again
    assert trend.bootstrap("cloud", x, y, seed=3).intervals != again.intervals


def test_the_median_of_slopes_is_not_moved_by_one_model_far_off():
    x, y = drawn(4, n=40, spread=0.1)
    far = y.copy()
    far[-1] += 5
    moved = abs(math.log10(trend.theil_sen("cloud", x, far).growth / trend.theil_sen("cloud", x, y).growth))
    assert moved < 0.2 * abs(trend.line(x, far).slope - trend.line(x, y).slope)
    names = [str(number) for number in range(40)]
    assert trend.influence(x, far, names)[0][0] == "39"


def test_too_few_models_are_refused():
    with pytest.raises(trend.TooFew, match="there are 3"):
        trend.line(np.array([1.0, 2, 3]), np.array([1.0, 2, 3]))
    with pytest.raises(trend.TooFew):
        trend.line(np.full(9, 2020.0), np.arange(9.0))


def test_record_runs_are_those_that_were_the_largest():
    models = [FrontierModel(str(rank), 2020.0 + rank, rank, {"cloud": 10.0**rank}) for rank in (1, 2, 1, 3)]
    assert trend.points(models, "cloud", records=True)[2] == ["1", "1"]


# --- the verb ---------------------------------------------------------------------------------------------------------------


def test_json_has_fits_forecasts_and_influence():
    said = json.loads(CliRunner().invoke(command, ["--format", "json", "--until", "2027"]).output)
    fit = next(fit for fit in said["fits"] if fit["cost"] == "amortised" and fit["method"] == "least-squares")
    assert (fit["n"], round(fit["growth"], 3), round(fit["low90"], 2), round(fit["high90"], 2)) == (31, 2.411, 1.87, 3.10)
    assert {row["runs"] for row in said["forecast"]} == {"top 10", "record"}
    assert max(row["date"] for row in said["forecast"]) == 2027
    assert said["influence"]["amortised"][0]["without"] == "DeepSpeech2 (English)"
    assert any("2.4 (95% CI: 2.0 to 3.1)" in note for note in said["notes"])


def test_a_table_of_ones_own_is_fitted(tmp_path):
    rows = "".join(f"m{year},{year}-01-01,{1e6 * 3 ** (year - 2018)}\n" for year in range(2018, 2026))
    (tmp_path / "mine.csv").write_text("model,date,cloud_cost (USD)\n" + rows)
    said = json.loads(CliRunner().invoke(command, ["--evidence", str(tmp_path / "mine.csv"), "--format", "json"]).output)
    assert said["fits"][0]["growth"] == pytest.approx(3)
    assert {fit["cost"] for fit in said["fits"]} == {"cloud"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("model,date\nx,2020-01-01\n", "has none of the columns amortised_cost"),
        ("model,date,cloud_cost\nx,2020,5\n", "is no date"),
        ("model,date,cloud_cost\nx,2020-01-01,-5\n", "must be above zero"),
        ("model,cloud_cost\nx,5\n", "date: there is no such column"),
        ("", "is empty"),
    ],
)
def test_a_bad_table_is_refused(tmp_path, text, said):
    (tmp_path / "bad.csv").write_text(text)
    with pytest.raises(Rejected) as caught:
        frontier_models(tmp_path / "bad.csv")
    assert said in str(caught.value)


def test_every_row_of_the_table_is_read_and_has_a_source():
    models = frontier_models()
    with table("frontier-costs", None).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 54
    assert all("arXiv:2405.21015" in row["source"] for row in rows)
    assert len(models) == sum(row["in_fit"] == "yes" for row in rows)
    assert {cost for model in models for cost in model.costs} == set(COSTS)
    assert all(2015 < model.date < 2024 for model in models)
