"""Targets of latency in a comparison: how often scenarios meet them, and whether the cheapest serves as well as the others.

Where a fleet misses its targets, its cost is that of a slower service, which may be the reason that it is the cheapest. The
rule: the scenario with the lowest median is the cheapest on a condition only where it meets its targets in less than half of
the draws, or in fewer than another scenario by ten percentage points or more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.core.formatting import format_percent, join_words
from simulator.core.results import Note
from simulator.engine.result import SimulationResult
from simulator.engine.scenario import Scenario
from simulator.io.latency_notes import missed_share
from simulator.model.serving.solution import EXCESS, FIRST_TARGET, TOKEN_TARGET
from simulator.scenario import TOTAL

LEAST_MET = 0.5
"""Share of the draws in which the cheapest scenario meets its targets below which it is so on a condition."""
CLEARLY_LESS = 0.1
"""Difference of two such shares from which the scenarios do not serve alike."""
NO_TARGET_HOURS = 1.0
"""Time from which a target is none, as in the rows `no-target`."""
NOT_MODELLED = "latency-not-modelled"


@dataclass(frozen=True, kw_only=True)
class ServedLatency:
    """How often a scenario of a comparison meets its targets of latency.

    Attributes
    ----------
    name, label : str
        Its name in the comparison, and what tables call it.
    met : float or None
        Share of the draws in which it meets them; None where it has no fleet, or no targets.

    """

    name: str
    label: str
    met: float | None


@dataclass(frozen=True, kw_only=True)
class MissedTargets(ServedLatency):
    """The cheapest scenario of a comparison, where it misses its targets of latency too often to be so without a condition.

    Attributes
    ----------
    name, label, met
        As in `ServedLatency`; it meets its targets in less than half of the draws, or clearly less often than another.
    others : tuple of ServedLatency
        The other scenarios.

    """

    met: float
    others: tuple[ServedLatency, ...]


def met_share(result: SimulationResult) -> float | None:
    """Return the share of the draws in which a scenario meets its targets of latency; None where its total has no targets."""
    return 1 - missed_share(result) if has_targets(result.scenario) else None


def has_targets(scenario: Scenario) -> bool:
    """Whether the total depends on a fleet that has a target of latency."""
    targets = (scenario.inputs.get(name) for name in (FIRST_TARGET, TOKEN_TARGET))
    is_target = any(each is not None and each.distribution.middle < NO_TARGET_HOURS for each in targets)
    return is_target and EXCESS in scenario.plan.names and "serving_speed" in scenario.plan.dependencies(TOTAL)


def missed_targets(served: Sequence[ServedLatency], medians: Sequence[float]) -> MissedTargets | None:
    """Return the scenario with the lowest median where it is the cheapest on a condition only, with the others."""
    cheapest = min(range(len(served)), key=medians.__getitem__)
    own, others = served[cheapest], tuple(each for place, each in enumerate(served) if place != cheapest)
    if own.met is None or not (own.met < LEAST_MET or any(_is_clearly_less(own, other) for other in others)):
        return None
    return MissedTargets(name=own.name, label=own.label, met=own.met, others=others)


def serves_worse(own: ServedLatency, other: ServedLatency) -> bool:
    """Whether a scenario meets its targets clearly less often than another, or mostly misses them where the other has none."""
    if own.met is None:
        return False
    return own.met < LEAST_MET if other.met is None else _is_clearly_less(own, other)


def _is_clearly_less(own: ServedLatency, other: ServedLatency) -> bool:
    return own.met is not None and other.met is not None and other.met - own.met >= CLEARLY_LESS


def latency_condition(missed: MissedTargets) -> str:
    """State how often the cheapest scenario and the others meet their targets, as a sentence."""
    is_unlike = any(serves_worse(missed, other) for other in missed.others)
    shares = [f"{each.label} in {format_percent(each.met)}" for each in missed.others if each.met is not None]
    others = f" ({join_words(shares)})" if shares else ""
    start = "Not like for like" if is_unlike else "Not at its targets"
    return f"{start}: {met_text(missed)}{others}; where they are missed, the cost is that of a slower service."


def met_text(missed: MissedTargets) -> str:
    """State how often the cheapest scenario meets its targets, as in `C2 meets its latency targets in 32% of the outcomes`."""
    return f"{missed.label} meets its latency targets in {format_percent(missed.met)} of the outcomes"


def not_modelled_notes(served: Sequence[ServedLatency], scenarios: Sequence[Scenario]) -> list[Note]:
    """Return a note on the scenarios whose latency is not modelled, where others have targets."""
    if all(each.met is None for each in served):
        return []
    without = [
        each.label
        for each, scenario in zip(served, scenarios, strict=True)
        if each.met is None and scenario.choices.get("serving") not in (None, "hosted")
    ]
    if not without:
        return []
    targets = join_words(each.label for each in served if each.met is not None)
    text = f"{join_words(without)}: bought from a provider, whose latency is not modelled; only {targets} can miss its targets"
    return [Note(NOT_MODELLED, "", text)]
