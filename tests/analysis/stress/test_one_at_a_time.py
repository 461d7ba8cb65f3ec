"""One prior fixed, the others random: closed forms."""

import math

import pytest
from monte_carlo import near
from plans import ONE, TWO

from simulator.analysis.stress import vary_one_at_a_time
from simulator.core.errors import UnsupportedError
from simulator.engine.options import RunOptions

DRAWS = 50_000
CORRELATED = TWO + "dependence: [{between: [chip_cost, energy_cost], rank: 0.8}]\n"


def test_a_sweep_fixes_one_prior_and_simulates_the_others(read_plan):
    result = vary_one_at_a_time(read_plan(TWO), RunOptions(DRAWS)).sweep
    chip, energy = result.priors
    assert (chip.name, energy.name) == ("chip_cost", "energy_cost")  # the wider one first
    for row, median, sigma, other, other_sigma in ((chip, 1000, 0.5, 400, 0.3), (energy, 400, 0.3, 1000, 0.5)):
        for point, z in zip(row.points, (-1.6448536, 1.6448536), strict=True):
            fixed_value = median * math.exp(z * sigma)
            assert point.value == pytest.approx(fixed_value, rel=1e-6)
            assert near((point.median, point.mcse.median), fixed_value + other)
            high = fixed_value + other * math.exp(1.959964 * other_sigma)
            assert near((point.high, point.mcse.high), high)
            change = fixed_value - median * math.exp(sigma**2 / 2)
            assert near((point.change.mean, point.change.mcse), change)


def test_a_sweep_marks_correlated_priors(read_plan):
    assert all(row.correlated for row in vary_one_at_a_time(read_plan(CORRELATED), RunOptions(1000)).sweep.priors)
    assert not any(row.correlated for row in vary_one_at_a_time(read_plan(TWO), RunOptions(1000)).sweep.priors)


def test_a_run_under_way_is_refused(read_plan):
    with pytest.raises(UnsupportedError, match="under way"):
        vary_one_at_a_time(read_plan(ONE + "progress: {share_done: 0.5, spent: 500 USD}\n"), RunOptions(1000))
