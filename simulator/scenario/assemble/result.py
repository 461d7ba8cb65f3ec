"""The scenario in the form that the engine and the output need."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from simulator import model
from simulator.core.suggestions import similar_name_remedies
from simulator.engine.actuals import Actuals
from simulator.engine.scenario import SPEND_TO_DATE, Scenario
from simulator.scenario.assemble.adoption import LINE as ADOPTION_LINE
from simulator.scenario.assemble.calculation import Calculation
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.correlations import Ranks
from simulator.scenario.assemble.events import events_of
from simulator.scenario.assemble.medians import evaluate_plan
from simulator.scenario.assemble.money import assumed_prices
from simulator.scenario.assemble.needs import Needs
from simulator.scenario.assemble.payments import terms_of_lines
from simulator.scenario.assemble.rents import with_channel
from simulator.scenario.assemble.settings import SettingSelection
from simulator.scenario.assemble.statements import lines_of_statements, statements_in_force
from simulator.scenario.assemble.structure import expand_compute
from simulator.scenario.entries import sources_of
from simulator.scenario.scope import scope_of

FLEET, SUPPLY = "serving_cost", "supply_cost"
"""The line of serving, and the cost of its supply: chips, energy and others."""


@dataclass(frozen=True, slots=True)
class CheckResults:
    """Results of the checks of a valid calculation."""

    unused: tuple[str, ...]
    """Quantities set by options that have no effect, where that is allowed."""
    ranks: Ranks
    warnings: tuple[str, ...]
    phases: dict[str, tuple[str, ...]]
    """The lines of each phase."""
    actuals: Actuals | None = None


def lines_of_phases(context: Context, selection: SettingSelection, calculation: Calculation) -> dict[str, tuple[str, ...]]:
    """Return the lines of each phase, with `compute` replaced by those of the basis; report names that are not lines."""
    return {name: _lines(context, selection, calculation, phase.lines) for name, phase in selection.phases.items()}


def _lines(context: Context, selection: SettingSelection, calculation: Calculation, names: tuple[str, ...]) -> tuple[str, ...]:
    compute = (line for line in context.compute_lines(selection.choices) if line in calculation.lines)
    lines = expand_compute(names, compute)
    for name in lines:
        if name not in calculation.lines:
            remedies = partial(similar_name_remedies, name, calculation.lines)
            context.issues.add(context.place("schedule"), "schedule", f"{name!r} is not a line here", remedies)
    return lines


def paid_lines(choices: Mapping[str, str], calculation: Calculation) -> tuple[str, ...]:
    """Return the lines, and the parts of the supply of a fleet that is bought to serve, each of which has terms of its own."""
    is_bought = choices.get("basis") == "purchased" and FLEET in calculation.lines
    if not is_bought or SUPPLY not in calculation.total_dependencies:
        return calculation.lines
    parts = calculation.graph.formulas[SUPPLY].needs
    return (*calculation.lines, *(part for part in parts if part not in calculation.lines))


def scenario_from(
    context: Context,
    selection: SettingSelection,
    needs: Needs,
    calculation: Calculation,
    checks: CheckResults,
) -> Scenario:
    """Return the scenario from the results of all stages."""
    reference, chip = context.reference, context.last("chip")
    name = Path(reference).stem if reference.endswith((".yaml", ".yml")) else reference
    assumed = statements_in_force(context, "assumed")
    return Scenario(
        name=name,
        title=context.last("title") or name,
        scope=_scope(context, calculation),
        about=_about(context),
        money=context.last("prices") or assumed_prices(context) or "USD",
        choices=with_channel(selection.choices, context) | ({"chip": chip} if chip else {}),
        lines=calculation.lines,
        outcomes=needs.outcomes,
        inputs={name: calculation.inputs[name] for name in calculation.plan.inputs},
        graph=calculation.graph,
        plan=calculation.plan,
        ranks=checks.ranks,
        adjustments=calculation.adjustments,
        budget=selection.budget,
        budget_plan=selection.budget_plan,
        payments=terms_of_lines(context, selection.choices, paid_lines(selection.choices, calculation)),
        point=selection.point,
        known_facts=tuple(each.text for each in statements_in_force(context, "known")),
        assumptions=tuple(each.text for each in assumed),
        assumption_lines=lines_of_statements(assumed, calculation.lines, calculation.plan),
        sources=sources_of(context.last("sources")),
        notes=tuple(context.issues.notes),
        warnings=checks.warnings,
        phases=checks.phases,
        has_derived_schedule=selection.timeline is None,
        start_date=_start_date(context),
        events=events_of(context, selection, calculation.plan.names),
        paused_run=selection.progress,
        actuals=checks.actuals,
        unused_options=checks.unused,
        uncomputable_outcomes=dict(needs.skipped),
        sobol_order=model.sobol_names(),
        setting_origins={
            key: str(layer.node.at((key,)))
            for key in (*model.CHOICES, "chip", "channel", "year")
            if (layer := context.layer_of(key)) is not None
        },
        reference=reference if context.is_found_by_reference else "",
        replaced=context.replaced_lists,
    )


def _start_date(context: Context) -> datetime.date | None:
    """Return the first day of the schedule, or None if no date is given; a month begins on its first day."""
    text = context.last("start")
    return None if text is None else datetime.date.fromisoformat(text if text.count("-") == 2 else f"{text}-01")


def _about(context: Context) -> str:
    """Return the text of the last layer that has one, unless it is of a basis or contract that another layer has replaced."""
    in_force = {key: context.last(key) for key in ("basis", "commitment", "depreciation")}
    texts = [
        each.about
        for layer in context.layers
        if (each := layer.settings) and all(getattr(each, key) in (None, value) for key, value in in_force.items())
    ]
    return next((text for text in reversed(texts) if text), "")


def _scope(context: Context, calculation: Calculation) -> str:
    """Return the scope of the total, from the quantities it depends on; the adoption of a lever does not change it."""
    values, dependencies = evaluate_plan(calculation.plan, calculation.medians), calculation.total_dependencies

    def counts(factor: str, neutral: float) -> bool:
        is_uncertain = factor in calculation.inputs and not calculation.inputs[factor].distribution.is_constant
        return factor in dependencies and bool(is_uncertain or values[factor] != neutral)

    experiments = counts("experiments_factor", 1) or any(adjustment.experiments for adjustment in calculation.adjustments)
    return scope_of(
        (line for line in calculation.lines if line not in (SPEND_TO_DATE, ADOPTION_LINE)),
        experiments=experiments or (False if "experiments_factor" in dependencies else None),
        post_training=counts("post_training_share", 0),
        known=context.known_lines,
    )
