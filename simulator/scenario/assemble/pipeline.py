"""The stages in their order, and the scenario that can be assembled again with other layers on top."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from simulator.core.errors import InvalidInputError
from simulator.engine.adjustments import Adjustment
from simulator.engine.scenario import Scenario
from simulator.scenario.assemble.adjustments import read_adjustments
from simulator.scenario.assemble.alternatives import Alternatives
from simulator.scenario.assemble.calculation import calculate
from simulator.scenario.assemble.checks import check_meaning
from simulator.scenario.assemble.context import Context, Issues
from simulator.scenario.assemble.correlations import read_correlations
from simulator.scenario.assemble.groups import read_groups
from simulator.scenario.assemble.inputs import Inputs, read_inputs
from simulator.scenario.assemble.needs import Needs, determine_needs
from simulator.scenario.assemble.result import Findings, lines_of_phases, scenario_from
from simulator.scenario.assemble.settings import Selection, select
from simulator.scenario.assemble.specifications import merge_specifications
from simulator.scenario.assemble.structure import Structure, build_structure
from simulator.scenario.assemble.use import check_use
from simulator.scenario.layers import Layer, command_line, group_items_of, layers_of, validate
from simulator.scenario.remedies import Outcome, Trials


def read(
    reference: str,
    *,
    sets: Iterable[str] = (),
    levers: Iterable[str] = (),
    shocks: Iterable[str] = (),
    basis: str | None = None,
    budget: str | None = None,
    formulas: Iterable[Callable[..., Any]] = (),
    allow_unused: bool = False,
) -> Scenario:
    """Read a scenario by built-in name, path, or `-` for standard input; raise `InvalidInputError` with every issue found.

    `sets` are `NAME=VALUE` in the grammar of the file and win over it, as do the other options. `formulas` are functions that
    take part like the model's own and win over them. With `allow_unused`, what is set and takes no part is no mistake: it is
    meant for another reading of the same scenario.
    """
    base = Base(reference, layers_of(reference), formulas, allow_unused=allow_unused)
    overrides = command_line(sets, basis, budget, levers, shocks, base.group_items)
    return base.scenario([overrides] if overrides is not None else [])


@dataclass(frozen=True, slots=True)
class Parts:
    """All that is read of a scenario, ready to be planned."""

    selection: Selection
    structure: Structure
    alternatives: Alternatives
    needs: Needs
    inputs: Inputs
    adjustments: tuple[Adjustment, ...]


def read_parts(context: Context) -> Parts:
    """Read the parts of a scenario; raise `InvalidInputError` with every issue found so far."""
    selection = select(context)
    structure = build_structure(context, selection)
    specifications = merge_specifications(context, structure.graph)
    group_inputs = read_groups(context, selection, structure.graph)
    alternatives = Alternatives(context, selection, structure.own, specifications, group_inputs)
    needs = determine_needs(context, structure.graph, alternatives)
    inputs = read_inputs(context, structure.graph, specifications, group_inputs, needs.inputs)
    adjustments = read_adjustments(context, structure.graph, inputs, specifications, selection.budget)
    context.issues.raise_if_any()
    return Parts(selection, structure, alternatives, needs, inputs, adjustments)


def assemble(context: Context, parts: Parts) -> Scenario:
    """Plan a scenario, check it as a whole and return it; raise `InvalidInputError` with every issue found."""
    selection, inputs = parts.selection, parts.inputs
    calculation = calculate(context, parts.structure, parts.needs, inputs, parts.adjustments, selection.progress)
    findings = Findings(
        unused=check_use(context, inputs, parts.alternatives, calculation),
        ranks=read_correlations(context, inputs, calculation),
        warnings=check_meaning(context, inputs, calculation),
        phases=lines_of_phases(context, selection, calculation),
    )
    context.issues.raise_if_any()
    return scenario_from(context, selection, parts.needs, calculation, findings)


class Base:
    """The layers of a scenario, read and checked once; with others on top they become a scenario, as often as one likes."""

    def __init__(
        self, reference: str, layers: list[Layer], formulas: Iterable[Callable[..., Any]] = (), *, allow_unused: bool = False
    ) -> None:
        self.reference, self.layers, self.formulas, self.allow_unused = reference, layers, tuple(formulas), allow_unused
        self.group_items = group_items_of(layers)
        validate(layers)

    def scenario(self, more: list[Layer]) -> Scenario:
        """Return the scenario with more layers on top; raise `InvalidInputError` with every issue found, and remedies that
        work.
        """
        layers = self.with_layers(more)
        scenario, outcome = self.assembled(layers)
        trials = self.trials()
        if scenario is None:
            raise InvalidInputError(trials.completed(outcome.issues, layers, outcome))
        if outcome.notes:
            notes = trials.completed(outcome.notes, layers, outcome)
            scenario = replace(scenario, notes=(*scenario.notes, *(note.message for note in notes)))
        return scenario

    def trials(self) -> Trials:
        """Return what tries remedies on this scenario."""
        return Trials.of(lambda layers: self.assembled(layers)[1], self.layers)

    def with_layers(self, more: list[Layer]) -> list[Layer]:
        """Return all layers, those on top checked too."""
        validate(more)
        return [*self.layers, *more]

    def assembled(self, layers: list[Layer]) -> tuple[Scenario | None, Outcome]:
        """Return the scenario of layers, or None, and what is wrong with it; no remedy is tried yet."""
        issues = Issues([issue for layer in layers for issue in layer.issues])
        context = Context(self.reference, tuple(layers), self.formulas, self.allow_unused, issues)
        is_planned = False
        try:
            parts = read_parts(context)
            is_planned = True
            scenario = assemble(context, parts)
        except InvalidInputError as error:
            return None, Outcome(tuple(error.issues), is_planned=is_planned)
        return scenario, Outcome((), tuple(issues.with_remedies), scenario.warnings)
