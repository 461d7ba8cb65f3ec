"""Graph, inputs and plan with all adjustments applied."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from simulator import model
from simulator.core.errors import InvalidInputError, Issue
from simulator.core.units import Unit, Value
from simulator.distributions import Constant
from simulator.engine.adjustments import Adjustment, Effect, apply_adjustments
from simulator.engine.graph import Formula, Graph, Plan, build_plan
from simulator.engine.inputs import Input
from simulator.engine.scenario import SPEND_TO_DATE, TOTAL, PausedRun
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.inputs import Inputs
from simulator.scenario.assemble.medians import medians
from simulator.scenario.assemble.needs import Needs
from simulator.scenario.assemble.settings import USD
from simulator.scenario.assemble.structure import Structure


@dataclass(frozen=True)
class Calculation:
    """Lines and adjustments, and the resulting graph, inputs and plan; `unadjusted_graph` is the graph before adjustments."""

    lines: tuple[str, ...]
    adjustments: tuple[Adjustment, ...]
    unadjusted_graph: Graph
    graph: Graph
    inputs: Mapping[str, Input]
    plan: Plan

    @cached_property
    def total_dependencies(self) -> frozenset[str]:
        """The total and all quantities that it depends on."""
        return self.plan.dependencies(TOTAL)

    @cached_property
    def medians(self) -> dict[str, Value]:
        """The inputs of the plan at their medians."""
        return medians(self.plan, self.inputs)


def calculate(
    context: Context,
    structure: Structure,
    needs: Needs,
    inputs: Inputs,
    adjustments: tuple[Adjustment, ...],
    progress: PausedRun | None,
) -> Calculation:
    """Apply adjustments and progress, and plan what is needed."""
    lines, graph, by_name = structure.lines, structure.graph, dict(inputs.by_name)
    if progress is not None:
        adjustments = (*adjustments, _remaining(lines, progress))
        lines = (*lines, SPEND_TO_DATE)
        graph = graph.with_formulas([Formula(TOTAL, model.add_up, lines, USD)], {SPEND_TO_DATE: USD})
        by_name[SPEND_TO_DATE] = Input(
            SPEND_TO_DATE, Constant(progress.spend_to_date), USD, about="Cost of the run to date", stream=SPEND_TO_DATE
        )
    try:
        graph, by_name = apply_adjustments(graph, by_name, adjustments)
    except ValueError as error:
        raise InvalidInputError([Issue(context.place("adjustments"), "", str(error))]) from None
    return Calculation(lines, adjustments, structure.graph, graph, by_name, build_plan(graph, by_name, needs.targets))


def _remaining(lines: tuple[str, ...], progress: PausedRun) -> Adjustment:
    """Return the adjustment that reduces each line to its remaining cost."""
    remaining_share = Input("left", Constant(1 - progress.share_done), Unit("1"), stream="left")
    effects = tuple(Effect(line, "multiply", remaining_share) for line in lines)
    return Adjustment("to-come", "progress", effects, f"{progress.share_done:.0%} done; the lines are the remaining cost")
