"""All measures of a scenario, of arrays of draws, and of a saved run."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from closed_forms import draws_of, near
from plans import CORRELATED_SUM, SUM

import simulator
from simulator.analysis.sensitivity import rank_drivers, rank_saved_drivers, research_next
from simulator.analysis.sensitivity.study import study_inputs
from simulator.analysis.sensitivity.tornado import tornado
from simulator.io.netcdf import open_tree
from simulator.io.save import save
from simulator.scenario import TOTAL

Z90 = NormalDist().inv_cdf(0.9)


def test_measures_do_not_depend_on_the_scale_of_an_input_and_follow_the_money():
    z = draws_of(2, seed=10, draws=20_000)
    total = np.exp(z[0]) + z[1]
    here, there = study_inputs({"x": z[0]}, total)["x"], study_inputs({"x": -7 + 3 * np.exp(z[0])}, 1e6 * total)["x"]
    for a, b in ((here.rank, there.rank), (here.first, there.first), (here.tail, there.tail)):
        assert a == pytest.approx(b, rel=1e-6)
    assert here.value_of_information.loss == pytest.approx(there.value_of_information.loss, rel=1e-6)
    assert 1e6 * here.value_of_information.expected_gain.value == pytest.approx(
        there.value_of_information.expected_gain.value, rel=1e-6
    )


@pytest.mark.parametrize(
    ("inputs", "total", "message"),
    [
        ({"x": np.arange(10.0)}, np.arange(10.0), "10 draws are too few"),
        ({"x": np.arange(2000.0)}, np.full(2000, 5.0), "the same in every draw"),
    ],
)
def test_uninformative_draws_are_refused(inputs, total, message):
    with pytest.raises(ValueError, match=message):
        study_inputs(inputs, total)


def test_correlated_inputs_shift_in_conditional_swings_only(read_plan):
    scenario = read_plan(CORRELATED_SUM)
    swing = tornado(scenario, 100_000)["chip_cost"]
    correlation = 2 * math.sin(math.pi * 0.6 / 6)
    along = 12 + correlation * 9
    # Conditioning on the input shifts the other too; setting it does not.
    assert swing.conditional.width == pytest.approx(2 * Z90 * along, rel=0.01)
    assert swing.mean.width == pytest.approx(2 * Z90 * 12, rel=1e-6)
    assert swing.width == swing.median.width == pytest.approx(2 * Z90 * 12, rel=1e-6)
    assert swing.at_medians[1] - swing.at_medians[0] == pytest.approx(2 * Z90 * 12, rel=1e-6)
    study = rank_drivers(scenario, 65_536)
    variance = 144 + 81 + 2 * correlation * 12 * 9
    by_name = {driver.name: driver for driver in study.drivers}
    near(by_name["chip_cost"].first, along**2 / variance)
    near(by_name["energy_cost"].first, (9 + correlation * 12) ** 2 / variance)
    # Sobol's indices need independence, so the two have them only together.
    assert by_name["chip_cost"].sobol is None
    assert list(study.groups) == ["chip_cost + energy_cost"]
    near(study.groups["chip_cost + energy_cost"].total, 1)
    assert "for independent inputs" in study.notes[0]


def test_a_built_in_scenario_agrees_with_itself():
    study = rank_drivers(simulator.read("gpt-4"), 65_536)
    assert [driver.name for driver in study.drivers[:3]] == ["run_duration", "chip_price", "experiments_factor"]
    names = [driver.name for driver in study.drivers]
    assert "grid_intensity" not in names  # it leads to emissions and not to the total
    assert "chip_hours" not in names
    for driver in study.drivers:
        gap = math.hypot(driver.first.error, driver.sobol.first.error)
        assert abs(driver.first.value - driver.sobol.first.value) < 4.5 * gap + 0.003
        assert driver.sobol.total.value > driver.sobol.first.value - 4 * driver.sobol.first.error
        assert driver.value_of_information.expected_gain.value < study.perfect_information.expected_gain.value
        assert np.sign(driver.swing.width) == np.sign(driver.rank.value) or abs(driver.rank.value) < 0.02
    run = simulator.run(simulator.read("gpt-4"), 65_536)
    assert study.quantile == pytest.approx(run.accumulators[TOTAL].quantile(0.8), rel=1e-3)
    near(
        study.perfect_information.expected_gain,
        run.accumulators[TOTAL].mean_above(0.8) - run.accumulators[TOTAL].mean,
        bias=1e5,
    )
    assert "Research next: run duration;" in research_next(study)


def test_a_run_under_way_has_the_measures_of_its_draws(read_plan):
    study = rank_drivers(read_plan(SUM + "progress: {share_done: 0.5, spent: 320 USD, tolerance: 0.1}\n"), 20_000)
    assert study.drivers[0].first is not None
    assert study.drivers[0].swing is None
    assert study.drivers[0].sobol is None
    assert "under way" in study.notes[0]


def test_a_scenario_without_priors_is_refused(read_plan):
    with pytest.raises(ValueError, match="known number"):
        rank_drivers(read_plan("lines: [staff_cost]\noutcomes: []\nstaff_cost: 500\n"))


def test_a_saved_run_has_the_same_measures(tmp_path, read_plan):
    scenario = read_plan(CORRELATED_SUM)
    result = simulator.run(scenario, 20_000, seed=3, keep=scenario.plan.names)
    save(result, tmp_path / "run.nc")
    saved = rank_saved_drivers(open_tree(tmp_path / "run.nc"))
    fresh = rank_drivers(scenario, 20_000, seed=3, measures=("draws",))
    assert [d.name for d in saved.drivers] == [d.name for d in fresh.drivers]
    for a, b in zip(saved.drivers, fresh.drivers, strict=True):
        assert (a.rank, a.first, a.tail, a.value_of_information, a.unit, a.grade) == (
            b.rank,
            b.first,
            b.tail,
            b.value_of_information,
            b.unit,
            b.grade,
        )
    assert saved.perfect_information == fresh.perfect_information
