"""Notes on targets of latency that a fleet misses, where its cost is that of a slower service."""

import numpy as np

from simulator.core.formatting import format_significant
from simulator.core.results import Note
from simulator.engine.scenario import Scenario
from simulator.model.serving.solution import EXCESS, MET
from simulator.scenario.assemble.medians import evaluate_plan, medians

MISSED = "latency-missed"
"""Code of the notes."""
CHIPS = "instance_chips"
_STRICT = "latency_slack: strict"


def latency_notes_at_medians(scenario: Scenario) -> list[Note]:
    """Return a note where the targets of latency are missed with every prior at its median."""
    if EXCESS not in scenario.plan.names:
        return []
    values = evaluate_plan(scenario.plan, medians(scenario.plan, scenario.inputs))
    factor, chips = (float(np.ravel(values.get(name, 0.0))[0]) for name in (EXCESS, CHIPS))
    if factor <= 1:
        return []
    text = (
        "the latency targets are missed with every prior at its median; there the cost is that of a slower service, "
        f"{format_significant(factor)} times the target; {possibilities(scenario, chips)}"
    )
    return [Note(MISSED, MET, text)]


def possibilities(scenario: Scenario, chips: float) -> str:
    """Return what may help."""
    more = f"more chips per instance (`{CHIPS}`, {chips:.0f} here), other chips or lower precision may help"
    slack = scenario.inputs.get("latency_slack")
    is_strict = slack is None or (slack.distribution.is_constant and slack.distribution.middle <= 1)
    return more if is_strict else f"{more}; `{_STRICT}` prices the targets where one user at a time can meet them"
