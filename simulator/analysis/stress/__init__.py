"""Stress tests: shocks, one-at-a-time sweeps, reverse stress tests, and reweighting to alternative priors.

Shocks and sweeps use common random numbers with the scenario, so a change is a difference draw by draw. Reverse stress compares
existing draws in which a condition holds with all draws. Reweighting needs no new draws.
"""

from simulator.analysis.statistics import UnsupportedError
from simulator.analysis.stress.one_at_a_time import vary_one_at_a_time
from simulator.analysis.stress.retained_draws import saved_draws
from simulator.analysis.stress.reverse_stress import reverse
from simulator.analysis.stress.reweighting import reweight_priors
from simulator.analysis.stress.shocks import apply_shocks

__all__ = ["UnsupportedError", "apply_shocks", "reverse", "reweight_priors", "saved_draws", "vary_one_at_a_time"]
