"""The stages of assembly in order, and the base scenario that can be assembled repeatedly with other layers on top."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from simulator.core.errors import InvalidInputError, Issue
from simulator.engine.adjustments import Adjustment
from simulator.engine.conversion import convert
from simulator.engine.graph import MissingQuantityError
from simulator.engine.scenario import Scenario
from simulator.scenario.assemble.actuals import read_actuals
from simulator.scenario.assemble.adjustments import read_adjustments
from simulator.scenario.assemble.adoption import check_adoption, check_baseline, read_adoption, with_adoption
from simulator.scenario.assemble.alternatives import Alternatives
from simulator.scenario.assemble.architecture import use_mixture_row
from simulator.scenario.assemble.calculation import calculate
from simulator.scenario.assemble.checks import check_meaning
from simulator.scenario.assemble.chip_facts import check_named_chips, keep_facts_of_chip
from simulator.scenario.assemble.conditions import Quantities
from simulator.scenario.assemble.context import Context, Issues
from simulator.scenario.assemble.correlations import read_correlations
from simulator.scenario.assemble.follow_notes import add_notes_of_quantities, note_epochs, note_what_does_not_follow
from simulator.scenario.assemble.groups import read_groups
from simulator.scenario.assemble.inputs import Inputs, read_inputs
from simulator.scenario.assemble.lever_choices import apply_lever_choices
from simulator.scenario.assemble.money import note_conversion, read_money
from simulator.scenario.assemble.money_checks import check_budget, check_rates, note_bare_amounts
from simulator.scenario.assemble.needs import Needs, determine_needs
from simulator.scenario.assemble.payments import check_payments, terms_of_lines
from simulator.scenario.assemble.precision import resolve_basis
from simulator.scenario.assemble.rents import check_commitment, check_discounts
from simulator.scenario.assemble.result import CheckResults, lines_of_phases, paid_lines, scenario_from
from simulator.scenario.assemble.service_scope import service_warnings
from simulator.scenario.assemble.serving import fleet_formulas
from simulator.scenario.assemble.serving_notes import note_fleet
from simulator.scenario.assemble.settings import SettingSelection, select
from simulator.scenario.assemble.specifications import merge_specifications
from simulator.scenario.assemble.structure import Structure, build_formula_graph, build_structure, rebind
from simulator.scenario.assemble.supply_notes import note_supply
from simulator.scenario.assemble.timeline import (
    Durations,
    complete_timeline,
    derive_phases,
    resolve_item_durations,
)
from simulator.scenario.assemble.timeline_checks import check_timeline
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
    durations: Durations


def read_parts(context: Context) -> Parts:
    """Read the parts of a scenario; raise `InvalidInputError` with all issues so far."""
    context.note_options()
    context.report_inheritance()
    check_baseline(context)
    check_adoption(context)
    selection = select(context)
    formulas = build_formula_graph(context, selection).with_fleet(fleet_formulas(context, selection.choices))
    specifications = use_mixture_row(context, merge_specifications(context, formulas.graph))
    formulas = formulas.following(specifications.by_name)
    chosen = selection.choices
    selection, specifications = resolve_basis(context, selection, specifications)
    if selection.choices != chosen:
        formulas = rebind(selection, formulas)
    selection, specifications, durations = complete_timeline(context, selection, specifications, formulas.graph)
    formulas = rebind(selection, formulas) if selection.timeline else formulas
    group_inputs = resolve_item_durations(context, selection.timeline, read_groups(context, selection, formulas.graph))
    group_inputs |= read_adoption(context)
    formulas = replace(formulas, graph=with_adoption(context, selection, formulas.graph, group_inputs))
    alternatives = Alternatives(context, selection, formulas.user_formulas, specifications, group_inputs)
    structure = build_structure(context, selection, formulas.graph, specifications.by_name, alternatives.input_names)
    needs = determine_needs(context, selection.choices, structure.graph, alternatives)
    check_discounts(context, specifications.by_name, needs.inputs)
    check_commitment(context, specifications.by_name)
    inputs = read_inputs(context, structure.graph, specifications, group_inputs, needs.inputs)
    quantities = Quantities(structure.graph, inputs, specifications, needs.targets)
    adjustments = read_adjustments(context, quantities, selection.budget)
    context.issues.raise_if_any()
    parts = Parts(selection, structure, alternatives, needs, inputs, adjustments, durations)
    return parts if selection.timeline else with_derived_phases(context, parts)


def read_quantities(context: Context) -> Quantities | None:
    """Return the quantities of a scenario without its levers, for their conditions; None if it cannot be read without them."""
    layers = tuple(
        replace(layer, settings=layer.settings.model_copy(update={"levers": ()})) if layer.settings.levers else layer
        for layer in context.layers
    )
    try:
        parts = read_parts(replace(context, layers=layers, issues=Issues()))
    except (InvalidInputError, MissingQuantityError):  # an invalid value is reported where the scenario itself is read
        return None
    return Quantities(parts.structure.graph, parts.inputs, parts.alternatives.specifications, parts.needs.targets)


def with_derived_phases(context: Context, parts: Parts) -> Parts:
    """Return the parts with phases that follow from what they have."""
    structure, needs = parts.structure, parts.needs
    by_name = parts.inputs.by_name
    phases, formulas = derive_phases(context, parts.selection, structure.graph, needs.inputs, by_name, structure.lines)
    return replace(
        parts,
        selection=replace(parts.selection, phases=phases),
        structure=replace(structure, graph=structure.graph.with_formulas(formulas)),
        needs=replace(needs, times=(*needs.times, *(f"{phase}.end" for phase in phases))),
    )


def assemble(context: Context, parts: Parts) -> Scenario:
    """Plan a scenario, check it and return it; raise `InvalidInputError` with all issues."""
    selection, inputs = parts.selection, parts.inputs
    calculation = calculate(context, parts.structure, parts.needs, inputs, parts.adjustments, selection.progress)
    checks = CheckResults(
        unused=check_use(context, inputs, parts.alternatives, calculation),
        ranks=read_correlations(context, inputs, calculation),
        warnings=(
            *check_meaning(context, selection.choices, inputs, calculation),
            *check_rates(context),
            *check_budget(context, selection.budget, calculation),
            *service_warnings(context, selection, inputs, calculation),
        ),
        phases=lines_of_phases(context, selection, calculation),
        actuals=read_actuals(context, calculation.lines),
    )
    add_notes_of_quantities(context, calculation)
    note_epochs(context, inputs, calculation)
    note_what_does_not_follow(context, inputs, parts.alternatives.input_names, calculation)
    context.issues.raise_if_any()
    check_payments(context, terms_of_lines(context, selection.choices, paid_lines(selection.choices, calculation)))
    check_timeline(context, selection, parts.durations, inputs, calculation)
    context.issues.raise_if_any()
    note_supply(context, selection, inputs, calculation)
    note_fleet(context, inputs, calculation)
    note_conversion(context)
    note_bare_amounts(context, calculation)
    scenario = scenario_from(context, selection, parts.needs, calculation, checks)
    conversion = context.money.conversion if context.money else None
    return scenario if conversion is None else convert(scenario, conversion)


class Assembly(NamedTuple):
    """Layers, the scenario that they give, or None, and the report of its assembly."""

    layers: list[Layer]
    scenario: Scenario | None
    report: AssemblyReport

    def holds(self, *, allow_unused: bool, allowed: bool) -> bool:
        """Whether it would be the same if unused settings were allowed (`allow_unused`) rather than `allowed`, or not."""
        if allow_unused == allowed:
            return True
        return not self.report.is_planned if self.scenario is None else not self.scenario.unused_options


Memory = dict[Hashable, tuple[bool, Assembly]]
"""Assemblies by what is set on top of the same layers, and whether unused settings were allowed."""


class Base:
    """The layers of a scenario, read and validated once, from which scenarios with extra layers can be built repeatedly.

    A report and what lies beside it ask for the same variants several times; with a `memory`, each is assembled once.
    """

    def __init__(
        self, reference: str, layers: list[Layer], formulas: Iterable[Callable[..., Any]] = (), *, allow_unused: bool = False
    ) -> None:
        self.reference, self.layers, self.formulas, self.allow_unused = reference, layers, tuple(formulas), allow_unused
        self.group_items = group_items_of(layers)
        self._active_names: dict[Hashable, frozenset[str]] = {}
        self.memory: Memory | None = None
        validate(layers)

    def with_formulas(self, formulas: Iterable[Callable[..., Any]]) -> "Base":
        """Return the same layers with more formulas of the user."""
        other = copy(self)
        other.formulas, other._active_names, other.memory = (*self.formulas, *formulas), {}, None
        return other

    def including(self, extra_layers: list[Layer]) -> "Base":
        """Return a base whose last layers are extra ones, so that others can be put on top of them."""
        other = copy(self)
        other.layers = self.with_layers(extra_layers)
        other.group_items, other._active_names = group_items_of(other.layers), {}
        other.memory = None
        return other

    def assemble(self, extra_layers: Callable[[], list[Layer]], key: Hashable = None) -> Assembly:
        """Return the assembly with extra layers on top; `key` identifies them, if they have one."""
        if self.memory is None or key is None:
            return self._assemble(extra_layers())
        allowed, assembly = self.memory.get(key, (self.allow_unused, None))
        if assembly is None or not assembly.holds(allow_unused=self.allow_unused, allowed=allowed):
            assembly = self._assemble(extra_layers())
            self.memory[key] = self.allow_unused, assembly
        return assembly

    def _assemble(self, extra_layers: list[Layer]) -> Assembly:
        layers = self.with_layers(extra_layers)
        return Assembly(layers, *self.try_assemble(layers))

    def scenario(self, extra_layers: list[Layer]) -> Scenario:
        """Return the scenario with extra layers on top; raise `InvalidInputError` with all issues and working remedies."""
        return self.scenario_of(self._assemble(extra_layers))

    def scenario_of(self, assembly: Assembly) -> Scenario:
        """Return the scenario of an assembly; raise `InvalidInputError` with all issues and working remedies."""
        layers, scenario, report = assembly
        trials = self.trials()
        if scenario is None:
            raise InvalidInputError(trials.complete(report.issues, layers, report))
        return _with_notes(scenario, report.notes, trials, layers, report)

    def scenario_or_issue(self, assembly: Assembly, notes_on: str = "", *, remedies: bool = True) -> Scenario | Issue:
        """Return the scenario of an assembly, or its first issue with a working remedy.

        Trials of remedies take most of the time of a refusal, so those of other issues are omitted. Notes with remedies are
        left out too, except those on the adjustment with the full name `notes_on`. Without `remedies` none is tried.
        """
        layers, scenario, report = assembly
        trials = self.trials() if remedies else replace(self.trials(), remaining=0)
        if scenario is None:
            return trials.complete(report.issues[:1], layers, report)[0]
        notes = [note for note in report.notes if note.subject == notes_on]
        return _with_notes(scenario, notes, trials, layers, report)

    def trials(self) -> Trials:
        """Return trials of remedies on this scenario."""
        return Trials.of(lambda layers: self.try_assemble(layers)[1], self.layers)

    def with_layers(self, extra_layers: list[Layer]) -> list[Layer]:
        """Return all layers, with the extra ones validated too; a range in them means what it means in the user's file."""
        below = self.layers[-1]
        for layer in extra_layers:
            layer.ranges = None if below.is_preset else below.interval  # of a preset, a file that extends it takes none either
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
            context = read_money(context)
            check_named_chips(context)
            context = keep_facts_of_chip(context)
            chosen = apply_lever_choices(context, read_quantities)
            context = keep_facts_of_chip(chosen) if chosen.last("chip") != context.last("chip") else chosen
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
