"""All measures of a scenario, of arrays of draws, and of a saved run."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from closed_forms import draws_of, near
from plans import CORRELATED_SUM, SUM

from simulator.analysis.sensitivity import IDLE_COST, rank_drivers, rank_saved_drivers
from simulator.analysis.sensitivity.study import study_inputs
from simulator.analysis.sensitivity.tornado import tornado
from simulator.engine.options import RunOptions
from simulator.engine.simulate import simulate
from simulator.io.netcdf import open_tree
from simulator.io.save import save
from simulator.scenario import TOTAL, read

Z90 = NormalDist().inv_cdf(0.9)


def test_measures_do_not_depend_on_the_scale_of_an_input_and_follow_the_money():
    z = draws_of(2, seed=10, draws=20_000)
    total = np.exp(z[0]) + z[1]
    here, there = study_inputs({"x": z[0]}, total)["x"], study_inputs({"x": -7 + 3 * np.exp(z[0])}, 1e6 * total)["x"]
    for a, b in (
        (here.rank_correlation, there.rank_correlation),
        (here.share_of_variance, there.share_of_variance),
        (here.share_of_p95, there.share_of_p95),
        (here.if_known.loss_shrinks, there.if_known.loss_shrinks),
    ):
        assert (a.value, a.mcse) == pytest.approx((b.value, b.mcse), rel=1e-6)
    assert 1e6 * here.if_known.expected_gain.value == pytest.approx(there.if_known.expected_gain.value, rel=1e-6)


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
    swing = tornado(scenario, RunOptions(100_000))["chip_cost"]
    correlation = 2 * math.sin(math.pi * 0.6 / 6)
    along = 12 + correlation * 9
    # Conditioning on the input shifts the other too; setting it does not.
    assert swing.conditional.width == pytest.approx(2 * Z90 * along, rel=0.01)
    assert swing.mean.width == pytest.approx(2 * Z90 * 12, rel=1e-6)
    assert swing.width == swing.median.width == pytest.approx(2 * Z90 * 12, rel=1e-6)
    assert swing.at_medians.width == pytest.approx(2 * Z90 * 12, rel=1e-6)
    study = rank_drivers(scenario)
    variance = 144 + 81 + 2 * correlation * 12 * 9
    by_name = {driver.name: driver for driver in study.drivers}
    near(by_name["chip_cost"].share_of_variance, along**2 / variance)
    near(by_name["energy_cost"].share_of_variance, (9 + correlation * 12) ** 2 / variance)
    # Sobol's indices need independence, so the two have them only together.
    assert by_name["chip_cost"].sobol is None
    (group,) = study.correlated
    assert group.inputs == "chip_cost + energy_cost"
    near(group.total, 1)
    note = study.notes[0]
    assert (note.code, note.subject) == ("correlated-inputs", group.inputs)
    assert "for independent inputs" in note.text


def test_a_built_in_scenario_agrees_with_itself():
    study = rank_drivers(read("gpt-4"))
    assert [driver.name for driver in study.drivers[:3]] == ["run_duration", "chip_price", "experiments_factor"]
    names = [driver.name for driver in study.drivers]
    assert "grid_intensity" not in names  # it leads to emissions and not to the total
    assert "chip_hours" not in names
    for driver in study.drivers:
        gap = math.hypot(driver.share_of_variance.mcse, driver.sobol.first.mcse)
        assert abs(driver.share_of_variance.value - driver.sobol.first.value) < 4.5 * gap + 0.003
        assert driver.sobol.total.value > driver.sobol.first.value - 4 * driver.sobol.first.mcse
        assert driver.if_known.expected_gain.value < study.perfect_information.expected_gain.value
        rank = driver.rank_correlation.value
        assert np.sign(driver.swing.width) == np.sign(rank) or abs(rank) < 0.02
    run = simulate(read("gpt-4"), 65_536)
    assert study.total.quantile == pytest.approx(run.accumulators[TOTAL].quantile(0.8), rel=1e-3)
    near(
        study.perfect_information.expected_gain,
        IDLE_COST * (run.accumulators[TOTAL].mean_above(0.8) - run.accumulators[TOTAL].mean),
        bias=1e5 * IDLE_COST,
    )
    assert "Research next: run duration;" in study.research_next.text
    assert study.research_next.inputs[0] == "run_duration"


def test_a_run_under_way_has_the_measures_of_its_draws(read_plan):
    study = rank_drivers(read_plan(SUM + "progress: {share_done: 0.5, spent: 320 USD, tolerance: 0.1}\n"), RunOptions(20_000))
    assert study.drivers[0].share_of_variance is not None
    assert study.drivers[0].swing is None
    assert study.drivers[0].sobol is None
    assert study.notes[0].code == "run-under-way"
    assert "under way" in study.notes[0].text


def test_a_scenario_without_priors_is_refused(read_plan):
    with pytest.raises(ValueError, match="known number"):
        rank_drivers(read_plan("lines: [staff_cost]\noutcomes: []\nstaff_cost: 500\n"))


def test_a_saved_run_has_the_same_measures(tmp_path, read_plan):
    scenario = read_plan(CORRELATED_SUM)
    result = simulate(scenario, 20_000, seed=3, keep=scenario.plan.names)
    save(result, tmp_path / "run.nc")
    saved = rank_saved_drivers(open_tree(tmp_path / "run.nc"))
    fresh = rank_drivers(scenario, RunOptions(20_000, seed=3), measures=("draws",))
    assert [d.name for d in saved.drivers] == [d.name for d in fresh.drivers]
    for a, b in zip(saved.drivers, fresh.drivers, strict=True):
        assert a == b
    assert saved.perfect_information == fresh.perfect_information
    assert (saved.header.draws, saved.header.seed) == (20_000, 3)
    assert saved.header.fingerprint == fresh.header.fingerprint
