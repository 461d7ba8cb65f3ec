"""The note on a fleet whose targets of latency are missed in some draws, which are priced with a slower service."""

from simulator.core.formatting import format_significant, share_of_draws
from simulator.core.results import Note
from simulator.engine.result import SimulationResult
from simulator.model.serving.solution import EXCESS, MET
from simulator.scenario.latency import CHIPS, MISSED, possibilities

SMALLEST_SHARE = 0.01
"""Share of the draws in which the targets are missed below which there is no note."""
USUAL_SHARE = 0.5
"""Share of the draws from which it is a warning too."""


def missed_share(result: SimulationResult) -> float:
    """Return the share of the draws in which a target of latency is missed; 0 where the total depends on no fleet."""
    if EXCESS not in result.accumulators or MET not in result.accumulators:
        return 0.0
    met = result.accumulators[MET]
    return 1 - (met if isinstance(met, float) else met.mean)


def latency_notes(result: SimulationResult) -> list[Note]:
    """Return a note where the targets of latency are missed in some of the draws."""
    share = missed_share(result)
    if share < SMALLEST_SHARE:
        return []
    excess = result.accumulators[EXCESS]
    factor = excess if isinstance(excess, float) else excess.quantile(1 - share / 2)  # it is 1 where the targets are met
    chips = result.accumulators.get(CHIPS, 0.0)
    many = chips if isinstance(chips, float) else chips.quantile(0.5)
    text = (
        f"the latency targets are missed in {share_of_draws(share)}; there the cost is that of a slower service, "
        f"{format_significant(factor)} times the target in the median; {possibilities(result.scenario, many)}"
    )
    return [Note(MISSED, MET, text)]


def latency_warnings(result: SimulationResult) -> list[str]:
    """Return the note as a warning where the targets are missed in most of the draws."""
    return [note.text for note in latency_notes(result)] if missed_share(result) >= USUAL_SHARE else []
