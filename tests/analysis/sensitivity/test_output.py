"""A study as data."""

from documented import undocumented
from plans import CORRELATED_SUM

from simulator.analysis.sensitivity import rank_drivers
from simulator.engine.options import RunOptions


def test_the_same_run_gives_the_same_bytes(read_plan):
    scenario = read_plan(CORRELATED_SUM)
    first, second = (rank_drivers(scenario, RunOptions(5000, seed=9)).to_json() for _ in range(2))
    assert first == second


def test_plain_data_has_documented_fields_only(read_plan):
    study = rank_drivers(read_plan(CORRELATED_SUM), RunOptions(5000))
    assert undocumented(study) == set()
    estimate = study.to_dict()["drivers"][0]["share_of_variance"]
    assert set(estimate) == {"value", "low", "high", "mcse"}
    assert estimate["low"] < estimate["value"] < estimate["high"]


def test_the_table_has_one_row_per_input(read_plan):
    study = rank_drivers(read_plan(CORRELATED_SUM), RunOptions(5000))
    frame = study.to_dataframe()
    assert frame["name"].tolist() == [driver.name for driver in study.drivers]
    assert frame["share_of_variance_value"].tolist() == [driver.share_of_variance.value for driver in study.drivers]
    assert "sobol_total_value" not in frame.columns  # the two are correlated, so neither has indices of its own
    assert study.to_csv().startswith("name,unit,")
