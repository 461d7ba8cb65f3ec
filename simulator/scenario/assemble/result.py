"""The scenario as the engine, and whoever prints it, needs it."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from simulator import model
from simulator.core.suggestions import similar
from simulator.engine.scenario import SPENT, Scenario
from simulator.scenario.assemble.calculation import Calculation
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.correlations import Ranks
from simulator.scenario.assemble.medians import evaluated
from simulator.scenario.assemble.needs import Needs
from simulator.scenario.assemble.settings import Selection
from simulator.scenario.assemble.structure import expanded
from simulator.scenario.entries import sources_of
from simulator.scenario.scope import scope_of


@dataclass(frozen=True, slots=True)
class Findings:
    """What the checks of a calculation find, where they refuse nothing."""

    unused: tuple[str, ...]
    """Quantities of options that take no part, where that is allowed."""
    ranks: Ranks
    warnings: tuple[str, ...]
    phases: dict[str, tuple[str, ...]]
    """The lines of each phase."""


def lines_of_phases(context: Context, selection: Selection, calculation: Calculation) -> dict[str, tuple[str, ...]]:
    """Return the lines that each phase names, `compute` as those of the basis; report what is no line."""
    return {name: _lines(context, selection, calculation, phase.lines) for name, phase in selection.phases.items()}


def _lines(context: Context, selection: Selection, calculation: Calculation, names: tuple[str, ...]) -> tuple[str, ...]:
    lines = expanded(names, selection.choices)
    for name in lines:
        if name not in calculation.lines:
            remedies = partial(similar, name, calculation.lines)
            context.issues.add(context.place("schedule"), "schedule", f"{name!r} is no line here", remedies)
    return lines


def scenario_from(
    context: Context,
    selection: Selection,
    needs: Needs,
    calculation: Calculation,
    findings: Findings,
) -> Scenario:
    """Return the scenario of all that the stages found."""
    reference, chip = context.reference, context.last("chip")
    name = Path(reference).stem if reference.endswith((".yaml", ".yml")) else reference
    return Scenario(
        name=name,
        title=context.last("title") or name,
        scope=_scope(calculation),
        about=context.last("about"),
        money=context.last("money") or "USD",
        choices=dict(selection.choices) | ({"chip": chip} if chip else {}),
        lines=calculation.lines,
        outcomes=needs.outcomes,
        inputs={name: calculation.inputs[name] for name in calculation.plan.inputs},
        graph=calculation.graph,
        plan=calculation.plan,
        ranks=findings.ranks,
        adjustments=calculation.adjustments,
        budget=selection.budget,
        point=selection.point,
        known=context.last("known"),
        assumed=context.last("assumed"),
        sources=sources_of(context.last("sources")),
        notes=tuple(context.issues.notes),
        warnings=findings.warnings,
        phases=findings.phases,
        progress=selection.progress,
        unused=findings.unused,
        skipped=dict(needs.skipped),
        sobol_order=model.sobol_names(),
    )


def _scope(calculation: Calculation) -> str:
    """Return what the total covers, by what takes part in it."""
    values, behind = evaluated(calculation.plan, calculation.medians), calculation.behind_total

    def counts(factor: str, neutral: float) -> bool:
        is_uncertain = factor in calculation.inputs and not calculation.inputs[factor].distribution.is_constant
        return factor in behind and bool(is_uncertain or values[factor] != neutral)

    experiments = counts("experiments_factor", 1) or any(each.experiments for each in calculation.adjustments)
    return scope_of(
        (line for line in calculation.lines if line != SPENT),
        experiments=experiments or (False if "experiments_factor" in behind else None),
        post_training=counts("post_training_share", 0),
    )
