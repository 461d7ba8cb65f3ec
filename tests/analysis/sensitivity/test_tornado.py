"""Swings between two quantiles of an input: by hand, and against runs with the input set."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from plans import SUM

from simulator.analysis.sensitivity.tornado import tornado
from simulator.engine.options import RunOptions
from simulator.engine.simulate import simulate
from simulator.scenario import TOTAL, read

DRAWS = RunOptions(20_000)
Z90 = NormalDist().inv_cdf(0.9)


def test_a_tornado_of_a_sum(read_plan):
    swings = tornado(read_plan(SUM), DRAWS)
    assert list(swings) == ["chip_cost", "energy_cost"]
    for name, mean, sd, other in (("chip_cost", 100, 12, 60), ("energy_cost", 60, 9, 100)):
        swing = swings[name]
        assert swing.input.pair == pytest.approx((mean - Z90 * sd, mean + Z90 * sd), rel=1e-6)
        assert swing.at_medians.pair == pytest.approx((mean - Z90 * sd + other + 500, mean + Z90 * sd + other + 500), rel=1e-6)
        # With common random numbers the difference of the two sides is due to the input alone.
        assert swing.mean.p90 - swing.mean.p10 == pytest.approx(2 * Z90 * sd, rel=1e-6)
        assert swing.median.p90 - swing.median.p10 == pytest.approx(2 * Z90 * sd, rel=1e-6)
        assert swing.mean.mcse_of_difference < 1e-6
        assert swing.conditional is None  # nothing is correlated with it


def test_with_other_inputs_random_a_skewed_total_exceeds_that_of_medians():
    swing = tornado(read("gpt-4"), DRAWS)["run_duration"]
    assert swing.mean.p10 > swing.median.p10 > swing.at_medians.p10
    assert swing.mean.p90 > swing.median.p90 > swing.at_medians.p90


CORRELATED = """
extends: training-run
chip: nvidia-h100-sxm
basis: rented
chip_hours_from: cluster
rental_price: 2 to 3
chips: {lognormal: {p10: 600, p90: 3500}}
run_duration: 20 to 90 day
total_parameters: 70e9
training_tokens: 2e12
dependence: [{between: [chips, run_duration], rank: -0.7}, {between: [rental_price, run_duration], rank: 0.3}]
"""


@pytest.mark.parametrize("name", ["chips", "run_duration", "rental_price"])
def test_a_swing_is_between_the_totals_of_two_runs_with_the_input_set(name, read_plan, tmp_path):
    scenario = read_plan(CORRELATED)
    swing = tornado(scenario, RunOptions(20_000, seed=3))[name]
    bounds = [scenario.inputs[name].distribution.quantile(p) for p in (0.1, 0.9)]
    assert swing.input.pair == pytest.approx(bounds, rel=1e-12)
    unit = {"run_duration": " hour"}.get(name, "")
    runs = [
        simulate(
            read(str(tmp_path / "plan.yaml"), sets=[f"{name}={bound:.17g}{unit}"]), 20_000, seed=3, keep=(TOTAL,)
        ).retained_draws[TOTAL]
        for bound in bounds
    ]
    # The same draws, so the same figures but for the last digits.
    assert swing.median.pair == pytest.approx([np.median(run) for run in runs], rel=1e-12)
    assert swing.mean.pair == pytest.approx([run.mean() for run in runs], rel=1e-12)


def test_a_conditional_swing_is_that_of_draws_near_the_quantile(read_plan):
    scenario = read_plan(CORRELATED)
    swing = tornado(scenario)["run_duration"]
    samples = simulate(scenario, 400_000, seed=8, keep=(TOTAL, "run_duration")).retained_draws
    for value, median in zip(swing.input.pair, swing.conditional.pair, strict=True):
        near_it = np.abs(samples["run_duration"] / value - 1) < 0.01
        total = samples[TOTAL][near_it]
        assert median == pytest.approx(np.median(total), abs=5 * 1.2533 * total.std() / math.sqrt(near_it.sum()))
    assert swing.conditional.width < 0 < swing.width  # longer runs have fewer chips here


def test_a_swing_of_a_column_of_joint_draws_leaves_the_others(tmp_path):
    (tmp_path / "s.yaml").write_text(
        "extends: training-run\nchip: nvidia-h100-sxm\nbasis: rented\nrental_price: 2\nchips: 512\ntotal_parameters: 70e9\n"
        "training_tokens: 2e12\nmfu: posterior/utilisation\ngoodput: posterior/utilisation\n"
    )
    swing = tornado(read(str(tmp_path / "s.yaml")), DRAWS)["mfu"]
    sets = [f"mfu={swing.input.p10:.17g}"]
    run = simulate(read(str(tmp_path / "s.yaml"), sets=sets), 20_000, keep=(TOTAL,)).retained_draws[TOTAL]
    assert swing.median.p10 == pytest.approx(np.median(run), rel=1e-12)
    assert swing.conditional is None
