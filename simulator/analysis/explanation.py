"""Why two scenarios differ: the quantities whose source differs, and what each changes, one after the other."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simulator.analysis.input_differences import described, joint_label, value_text
from simulator.analysis.statistics import Array, Estimate, difference, evaluate_from, mean
from simulator.core.formatting import to_words
from simulator.core.results import renamed
from simulator.core.units import Value
from simulator.engine.graph import Plan
from simulator.engine.result import SimulationResult
from simulator.scenario import TOTAL, Scenario

PART, NO_PART = "a line", "no line"
"""What a step has in place of sources for a line that only one scenario has."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """The change of the mean total where one quantity takes its source in the second scenario.

    Attributes
    ----------
    name : str
        The quantity, or a line that only one scenario has.
    before, after : str
        Its source in the first and in the second scenario: a distribution, or the inputs of a formula. Where both are described
        alike, `after` says what differs, such as `other correlations`.
    change, mcse : float
        Change of the mean total at this step, after all steps before it, and its Monte Carlo standard error, USD.
    alone, alone_mcse : float
        Change where this quantity alone changes in the first scenario, and its error, USD.

    """

    name: str
    before: str = renamed("from")
    after: str = renamed("to")
    change: float
    mcse: float
    alone: float
    alone_mcse: float


class StepGroup(NamedTuple):
    """Steps whose sources read alike in both scenarios: one row for people to read."""

    items: tuple[Step, ...]

    @property
    def label(self) -> str:
        """Their names in words, the largest change first."""
        return joint_label([to_words(each.name) for each in sorted(self.items, key=lambda step: -abs(step.change))])

    @property
    def change(self) -> float:
        """Sum of their changes of the mean total, USD."""
        return math.fsum(each.change for each in self.items)

    @property
    def alone(self) -> float | None:
        """Change of the only step alone; None for several, of which each was alone without the others."""
        return self.items[0].alone if len(self.items) == 1 else None


def grouped_steps(steps: Iterable[Step]) -> list[StepGroup]:
    """Return steps for people to read: those that read alike together, at the place of the first; lines stay by themselves."""
    groups: dict[tuple[str, ...], list[Step]] = {}
    for step in steps:
        is_line = NO_PART in (step.before, step.after)
        groups.setdefault((step.before, step.after, step.name if is_line else ""), []).append(step)
    return [StepGroup(tuple(items)) for items in groups.values()]


def differing_quantities(a: Scenario, b: Scenario) -> list[str]:
    """Return the quantities whose source differs, in the order of a's plan: distribution, formula, or input against formula.

    Inputs come first, so that the change attributed to a formula is due to the formula alone. A quantity that the total of b
    does not depend on is none of them: another supply of chips has no effect on a total by list price.
    """
    needs_b = b.plan.dependencies(TOTAL)
    steps_a, steps_b = ({step.name: step for step in scenario.plan.steps} for scenario in (a, b))
    common = [name for name in a.plan.names if name in needs_b and name != TOTAL]
    changed = []
    for name in common:
        if name in a.inputs and name in b.inputs:
            same = a.inputs[name].distribution == b.inputs[name].distribution and a.inputs[name].stream == b.inputs[name].stream
            same = same and a.ranks == b.ranks  # correlations change the draws of an unchanged distribution
        elif name in steps_a and name in steps_b:
            same = steps_a[name].function is steps_b[name].function and steps_a[name].needs == steps_b[name].needs
        else:
            same = False
        if not same:
            changed.append(name)
    return changed


def explain_difference(a: SimulationResult, b: SimulationResult) -> tuple[Step, ...]:
    """Explain the mean difference of two results of one seed by replacing a's quantities with b's, one after the other.

    Each step has the change of the mean total there, and the change from replacing that quantity alone in a. The last steps are
    lines that only one of the two has. The steps add up to the mean difference; each depends on those before it. The result `a`
    must retain its total and priors, `b` its lines and `differing_quantities`.
    """
    plan = a.scenario.plan
    inputs = input_draws(a.scenario, a.retained_draws)
    start = values = _evaluate(plan, inputs, {})
    overrides: dict[str, Value] = {}
    steps = []
    for name in differing_quantities(a.scenario, b.scenario):
        if np.array_equal(np.broadcast_to(np.asarray(values[name]), b.retained_draws[name].shape), b.retained_draws[name]):
            continue
        before = values
        overrides[name] = b.retained_draws[name]
        values = _evaluate(plan, inputs, overrides)
        values_alone = _evaluate(plan, inputs, {name: b.retained_draws[name]})
        change, alone = _change(before, values, a), _change(start, values_alone, a)
        if any((*change, *alone)):
            steps.append(_step(name, *_specifications(a.scenario, b.scenario, name), change, alone))
    for line in (line for line in a.scenario.lines if line not in b.scenario.lines):
        shape = a.retained_draws[TOTAL].shape
        change, alone = (mean(-np.broadcast_to(np.asarray(state[line]), shape)) for state in (values, start))
        steps.append(_step(line, PART, NO_PART, change, alone))
    for line in (line for line in b.scenario.lines if line not in a.scenario.lines):
        change = mean(b.retained_draws[line])
        steps.append(_step(line, NO_PART, PART, change, change))
    return tuple(steps)


def prior_names(scenario: Scenario) -> list[str]:
    """Return the inputs that are not constants."""
    return [name for name, source in scenario.inputs.items() if not source.distribution.is_constant]


def input_draws(scenario: Scenario, retained_draws: Mapping[str, Array]) -> dict[str, Value]:
    """Return all inputs of a scenario: the draws of its priors, and its constants as numbers."""
    return {
        name: np.float64(source.distribution.quantile(0.5)) if source.distribution.is_constant else retained_draws[name]
        for name, source in scenario.inputs.items()
    }


def _evaluate(plan: Plan, inputs: Mapping[str, Value], overrides: Mapping[str, Value]) -> dict[str, Value]:
    values = dict(inputs)
    evaluate_from(plan, values, overrides)
    return values


def _change(before: Mapping[str, Value], after: Mapping[str, Value], like: SimulationResult) -> Estimate:
    return mean(np.broadcast_to(difference(after[TOTAL], before[TOTAL]), like.retained_draws[TOTAL].shape))


def _step(name: str, before: str, after: str, change: Estimate, alone: Estimate) -> Step:
    return Step(
        name=name, before=before, after=after, change=change.value, mcse=change.error, alone=alone.value, alone_mcse=alone.error
    )


def _specifications(a: Scenario, b: Scenario, name: str) -> tuple[str, str]:
    """Describe the source of a quantity in two scenarios; where the descriptions are the same, the second says what differs."""
    before, after = _specification(a, name), _specification(b, name)
    if before != after:
        return before, after
    if name in a.inputs and name in b.inputs:
        return described(a.inputs[name], b.inputs[name])
    return before, f"{after}, by another formula"


def _specification(scenario: Scenario, name: str) -> str:
    """Describe the source of a quantity: the specification of its distribution, or the inputs of its formula."""
    source = scenario.inputs.get(name)
    if source is not None:
        return value_text(source)
    step = next(step for step in scenario.plan.steps if step.name == name)
    changes = [need for need in step.needs if need.startswith(("lever/", "shock/", "adjustment/"))]
    if changes:
        return f"with {', '.join(to_words(change.removesuffix(f'.{name}')) for change in changes)}"
    return f"from {', '.join(map(to_words, step.needs))}"
