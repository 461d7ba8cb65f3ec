"""The stages of assembly in order, and the base scenario that can be assembled repeatedly with other layers on top."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

from simulator.core.errors import InvalidInputError, Issue
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
from simulator.scenario.assemble.lever_choices import apply_lever_choices
from simulator.scenario.assemble.needs import Needs, determine_needs
from simulator.scenario.assemble.precision import resolve_basis
from simulator.scenario.assemble.rents import check_commitment, check_discounts
from simulator.scenario.assemble.result import CheckResults, lines_of_phases, scenario_from
from simulator.scenario.assemble.settings import SettingSelection, select
from simulator.scenario.assemble.specifications import merge_specifications
from simulator.scenario.assemble.structure import Structure, build_formula_graph, build_structure, rebind
from simulator.scenario.assemble.supply_notes import note_supply
from simulator.scenario.assemble.use import check_use
from simulator.scenario.layers import Layer, group_items_of, validate
from simulator.scenario.remedies import AssemblyReport, NoteWithRemedies, Trials


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a scenario, ready to be planned."""

    selection: SettingSelection
    structure: Structure
    alternatives: Alternatives
    needs: Needs
    inputs: Inputs
    adjustments: tuple[Adjustment, ...]


def read_parts(context: Context) -> Parts:
    """Read the parts of a scenario; raise `InvalidInputError` with all issues so far."""
    selection = select(context)
    formulas = build_formula_graph(context, selection)
    specifications = merge_specifications(context, formulas.graph)
    chosen = selection.choices
    selection, specifications = resolve_basis(context, selection, specifications)
    if selection.choices != chosen:
        formulas = rebind(selection, formulas)
    group_inputs = read_groups(context, selection, formulas.graph)
    alternatives = Alternatives(context, selection, formulas.user_formulas, specifications, group_inputs)
    structure = build_structure(context, selection, formulas.graph, alternatives.input_names)
    needs = determine_needs(context, structure.graph, alternatives)
    check_discounts(context, specifications.by_name, needs.inputs)
    check_commitment(context, specifications.by_name)
    inputs = read_inputs(context, structure.graph, specifications, group_inputs, needs.inputs)
    adjustments = read_adjustments(context, structure.graph, inputs, specifications, selection.budget)
    context.issues.raise_if_any()
    return Parts(selection, structure, alternatives, needs, inputs, adjustments)


def assemble(context: Context, parts: Parts) -> Scenario:
    """Plan a scenario, check it and return it; raise `InvalidInputError` with all issues."""
    selection, inputs = parts.selection, parts.inputs
    calculation = calculate(context, parts.structure, parts.needs, inputs, parts.adjustments, selection.progress)
    checks = CheckResults(
        unused=check_use(context, inputs, parts.alternatives, calculation),
        ranks=read_correlations(context, inputs, calculation),
        warnings=check_meaning(context, selection.choices, inputs, calculation),
        phases=lines_of_phases(context, selection, calculation),
    )
    context.issues.raise_if_any()
    note_supply(context, selection, calculation)
    return scenario_from(context, selection, parts.needs, calculation, checks)


class Base:
    """The layers of a scenario, read and validated once, from which scenarios with extra layers can be built repeatedly."""

    def __init__(
        self, reference: str, layers: list[Layer], formulas: Iterable[Callable[..., Any]] = (), *, allow_unused: bool = False
    ) -> None:
        self.reference, self.layers, self.formulas, self.allow_unused = reference, layers, tuple(formulas), allow_unused
        self.group_items = group_items_of(layers)
        self._active_names: dict[Hashable, frozenset[str]] = {}
        validate(layers)

    def with_formulas(self, formulas: Iterable[Callable[..., Any]]) -> "Base":
        """Return the same layers with more formulas of the user."""
        other = copy(self)
        other.formulas, other._active_names = (*self.formulas, *formulas), {}
        return other

    def including(self, extra_layers: list[Layer]) -> "Base":
        """Return a base whose last layers are extra ones, so that others can be put on top of them."""
        other = copy(self)
        other.layers = self.with_layers(extra_layers)
        other.group_items, other._active_names = group_items_of(other.layers), {}
        return other

    def scenario(self, extra_layers: list[Layer]) -> Scenario:
        """Return the scenario with extra layers on top; raise `InvalidInputError` with all issues and working remedies."""
        layers = self.with_layers(extra_layers)
        scenario, report = self.try_assemble(layers)
        trials = self.trials()
        if scenario is None:
            raise InvalidInputError(trials.complete(report.issues, layers, report))
        return _with_notes(scenario, report.notes, trials, layers, report)

    def scenario_or_issue(self, extra_layers: list[Layer], notes_on: str = "") -> Scenario | Issue:
        """Return the scenario with extra layers on top, or its first issue with a working remedy.

        Trials of remedies take most of the time of a refusal, so those of other issues are omitted. Notes with remedies are
        left out too, except those on the adjustment with the full name `notes_on`.
        """
        layers = self.with_layers(extra_layers)
        scenario, report = self.try_assemble(layers)
        trials = self.trials()
        if scenario is None:
            return trials.complete(report.issues[:1], layers, report)[0]
        notes = [note for note in report.notes if note.subject == notes_on]
        return _with_notes(scenario, notes, trials, layers, report)

    def trials(self) -> Trials:
        """Return trials of remedies on this scenario."""
        return Trials.of(lambda layers: self.try_assemble(layers)[1], self.layers)

    def with_layers(self, extra_layers: list[Layer]) -> list[Layer]:
        """Return all layers, with the extra ones validated too."""
        validate(extra_layers)
        return [*self.layers, *extra_layers]

    def try_assemble(self, layers: list[Layer]) -> tuple[Scenario | None, AssemblyReport]:
        """Return the scenario of layers, or None, and a report of its issues; no remedy is tried yet."""
        issues = Issues([issue for layer in layers for issue in layer.issues])
        context = Context(
            self.reference, tuple(layers), self.formulas, self.allow_unused, issues, active_names=self._active_names
        )
        is_planned = False
        try:
            context = apply_lever_choices(context)
            parts = read_parts(context)
            is_planned = True
            scenario = assemble(context, parts)
        except InvalidInputError as error:
            return None, AssemblyReport(tuple(error.issues), is_planned=is_planned)
        return scenario, AssemblyReport((), tuple(issues.notes_with_remedies), scenario.warnings)


def _with_notes(
    scenario: Scenario, notes: Sequence[NoteWithRemedies], trials: Trials, layers: list[Layer], report: AssemblyReport
) -> Scenario:
    """Return a scenario with more notes, which are completed with remedies that work."""
    if not notes:
        return scenario
    issues = trials.complete([note.issue for note in notes], layers, report)
    completed = [note.complete(issue) for note, issue in zip(notes, issues, strict=True)]
    return replace(scenario, notes=(*scenario.notes, *completed))
