"""Events that occur or not: the inputs that decide it, which mean nothing to a reader, and what they decide, draw by draw.

Whether an event occurs is decided by a number between 0 and 1 and a probability, as in `fire.occurs` by `fire.variate` and
`fire.probability`. Analyses of inputs show the event in place of the number.
"""

from collections.abc import Iterable, Mapping

import numpy as np

from simulator.analysis.statistics import Array
from simulator.engine.graph import Formula
from simulator.model import EVENT_DRAW
from simulator.scenario import Scenario


def decides_event(name: str) -> bool:
    """Whether an input is a number between 0 and 1 that decides whether an event occurs."""
    return name.rpartition(".")[2].rpartition("_")[2] == EVENT_DRAW


def event_quantities(scenario: Scenario, names: Iterable[str]) -> dict[str, str]:
    """Return the quantity that is 1 where the event occurs and 0 otherwise, by the input that decides it."""
    return {name: steps[0].name for name in names if decides_event(name) and len(steps := _steps(scenario, name)) == 1}


def _steps(scenario: Scenario, name: str) -> list[Formula]:
    return [step for step in scenario.plan.steps if name in step.needs]


def inputs_and_events(scenario: Scenario, draws: Mapping[str, Array], names: Iterable[str]) -> dict[str, Array]:
    """Return the draws of inputs, with an event in place of the number that decides it.

    An event of which there are no draws is computed where its needs are drawn or known, and omitted otherwise.
    """
    names = list(names)
    events = event_quantities(scenario, names)
    shown = {}
    for name in names:
        if not decides_event(name):
            shown[name] = draws[name]
        elif name in events:
            values = draws.get(events[name])
            values = _computed(scenario, draws, name) if values is None else values
            if values is not None:
                shown[events[name]] = values
    return shown


def _computed(scenario: Scenario, draws: Mapping[str, Array], name: str) -> Array | None:
    (step,) = _steps(scenario, name)
    known = {
        need: np.float64(scenario.inputs[need].distribution.quantile(0.5))
        for need in step.needs
        if need in scenario.inputs and scenario.inputs[need].distribution.is_constant
    }
    if any(need not in draws and need not in known for need in step.needs):
        return None
    values = [draws[need] if need in draws else known[need] for need in step.needs]
    return np.asarray(step.function(*values), dtype=np.float64)
