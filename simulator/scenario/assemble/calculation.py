"""Graph, inputs and plan with every adjustment in place."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from simulator import model
from simulator.core.errors import InvalidInputError, Issue
from simulator.core.units import Unit
from simulator.distributions import Constant
from simulator.engine.adjustments import Adjustment, Effect, adjusted
from simulator.engine.graph import Formula, Graph, Plan, plan
from simulator.engine.inputs import Input
from simulator.engine.scenario import SPENT, TOTAL, Progress
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.inputs import Inputs
from simulator.scenario.assemble.medians import medians
from simulator.scenario.assemble.needs import Needs
from simulator.scenario.assemble.settings import USD
from simulator.scenario.assemble.structure import Structure


@dataclass(frozen=True)
class Calculation:
    """Lines, adjustments, and the graph, inputs and plan that they lead to; `plain` is the graph before adjustments."""

    lines: tuple[str, ...]
    adjustments: tuple[Adjustment, ...]
    plain: Graph
    graph: Graph
    inputs: Mapping[str, Input]
    plan: Plan

    @cached_property
    def behind_total(self) -> frozenset[str]:
        """The total, and all that it is computed from."""
        found = {TOTAL}
        for step in reversed(self.plan.steps):
            if step.name in found:
                found.update(step.needs)
        return frozenset(found)

    @cached_property
    def medians(self) -> dict[str, Any]:
        """The inputs of the plan at their medians."""
        return medians(self.plan, self.inputs)


def calculate(
    context: Context,
    structure: Structure,
    needs: Needs,
    inputs: Inputs,
    adjustments: tuple[Adjustment, ...],
    progress: Progress | None,
) -> Calculation:
    """Put adjustments and progress in place, and plan what is needed."""
    lines, graph, by_name = structure.lines, structure.graph, dict(inputs.by_name)
    if progress is not None:
        adjustments = (*adjustments, _remaining(lines, progress))
        lines = (*lines, SPENT)
        graph = graph.with_formulas([Formula(TOTAL, model.add_up, lines, USD)], {SPENT: USD})
        by_name[SPENT] = Input(SPENT, Constant(progress.spent), USD, about="What the run has cost so far", stream=SPENT)
    try:
        graph, by_name = adjusted(graph, by_name, adjustments)
    except ValueError as error:
        raise InvalidInputError([Issue(context.place("adjustments"), "", str(error))]) from None
    return Calculation(lines, adjustments, structure.graph, graph, by_name, plan(graph, by_name, needs.targets))


def _remaining(lines: tuple[str, ...], progress: Progress) -> Adjustment:
    """Leave of each line what is still to come."""
    left = Input("left", Constant(1 - progress.share_done), Unit("1"), stream="left")
    effects = tuple(Effect(line, "multiply", left) for line in lines)
    return Adjustment("to-come", "progress", effects, f"{progress.share_done:.0%} done; the lines are what is still to come")
