"""What would break it: shocks, sweeps, draws that breach a limit, and priors that somebody doubts.

Shocks and sweeps use the random numbers of the scenario itself, so a change is a difference draw by draw. Reverse stress looks
at draws that are already there and says how those differ in which a condition holds. Reweighting draws nothing.
"""

from simulator.analysis.statistics import UnsupportedError
from simulator.analysis.stress.kept_draws import kept_of
from simulator.analysis.stress.one_at_a_time import sweep
from simulator.analysis.stress.reverse_stress import reverse
from simulator.analysis.stress.reweighting import reweighting
from simulator.analysis.stress.shocks import stress

__all__ = ["UnsupportedError", "kept_of", "reverse", "reweighting", "stress", "sweep"]
