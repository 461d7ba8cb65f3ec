"""Stress tests: shocks, one-at-a-time sweeps, reverse stress tests, and reweighting to alternative priors.

Shocks and sweeps use common random numbers with the scenario, so a change is a difference draw by draw. Reverse stress compares
existing draws in which a condition holds with all draws. Reweighting needs no new draws.
"""

from simulator.analysis.stress.conditions import ConditionError
from simulator.analysis.stress.one_at_a_time import SweepTest, vary_one_at_a_time
from simulator.analysis.stress.retained_draws import EarlierDraws, read_saved_draws
from simulator.analysis.stress.reverse_stress import ReverseTest, reverse
from simulator.analysis.stress.reweighting import ReweightingTest, reweight_priors
from simulator.analysis.stress.several_tests import StressTest, stress_test
from simulator.analysis.stress.shocks import ShockTest, apply_shocks
from simulator.core.errors import UnsupportedError

__all__ = [
    "ConditionError",
    "EarlierDraws",
    "ReverseTest",
    "ReweightingTest",
    "ShockTest",
    "StressTest",
    "SweepTest",
    "UnsupportedError",
    "apply_shocks",
    "read_saved_draws",
    "reverse",
    "reweight_priors",
    "stress_test",
    "vary_one_at_a_time",
]
