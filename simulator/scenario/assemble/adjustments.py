"""Adjustments of a scenario, and the levers and shocks that it names."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

from pydantic import ValidationError

from simulator.core.errors import Place
from simulator.core.formatting import share_of_draws
from simulator.core.suggestions import similar_name_remedies
from simulator.distributions import Constant
from simulator.engine.adjustments import Adjustment, AdjustmentNote, Effect, adjustment_note, change_unit
from simulator.engine.graph import Graph
from simulator.engine.inputs import GRADES, Input
from simulator.engine.scenario import TOTAL
from simulator.scenario import library
from simulator.scenario.assemble.adoption import is_in_baseline
from simulator.scenario.assemble.conditions import Facts, Quantities, describe_conditions, first_unmet
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.inputs import Inputs
from simulator.scenario.assemble.specifications import Specifications
from simulator.scenario.entries import LIBRARY, Reader, sources_of
from simulator.scenario.layers import Layer
from simulator.scenario.schema import AdjustmentRow, EffectRow, Entry
from simulator.scenario.schema_issues import issues_of
from simulator.scenario.text import Node
from simulator.scenario.validated_rows import adjustment_row

BASELINE_REASON = "inside the figures of the scenario already (`baseline`)"
"""Why a lever of the baseline saves nothing more."""


@dataclass(frozen=True, slots=True)
class _Declaration:
    """A lever, shock or adjustment as written; `place` is where the scenario names it."""

    kind: str
    name: str
    row: AdjustmentRow
    node: Node
    reader: Reader
    place: Place

    @property
    def title(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class _References:
    """What the effects of an adjustment can refer to."""

    graph: Graph
    inputs: Inputs
    specifications: Specifications
    budget: float | None


def read_adjustments(context: Context, quantities: Quantities, budget: float | None) -> tuple[Adjustment, ...]:
    """Return all adjustments, in the order in which they are first named."""
    declarations: dict[tuple[str, str], _Declaration] = {}
    for layer in context.layers:
        for name, row in layer.settings.adjustments.items():
            if layer not in context.layers_of("adjustments", name):
                continue  # a layer above replaces it
            node, place = layer.node.child("adjustments", name), layer.node.at(("adjustments", name))
            declarations["adjustment", name] = _Declaration("adjustment", name, row, node, layer.reader, place)
        for setting in ("levers", "shocks"):
            for name, owner, number in context.listed(setting):
                if owner is layer:
                    _add_named(context, layer, declarations, setting, number, name)
    _check_together(context, quantities, declarations.values())
    references = _References(quantities.graph, quantities.inputs, quantities.specifications, budget)
    return tuple(_adjustment(context, declaration, references) for declaration in declarations.values())


def _add_named(
    context: Context, layer: Layer, declarations: dict[tuple[str, str], _Declaration], setting: str, number: int, name: str
) -> None:
    """Add a lever or shock of the library that a layer names."""
    node, place, kind = library.find_file(setting, name), layer.node.at((setting, number)), setting.removesuffix("s")
    if node is None:
        names = library.names(setting)
        fallback = f"; there are {library.join_names(names, setting)}"
        context.issues.add(place, setting, f"no {kind} {name!r}", partial(similar_name_remedies, name, names), fallback)
    elif (kind, name) in declarations:
        context.issues.add(place, setting, f"{name} is named twice, but applies once")
    else:
        try:
            row = adjustment_row(setting, name)
            assert row is not None
            declarations[kind, name] = _Declaration(kind, name, row, node, LIBRARY, place)
        except ValidationError as error:
            context.issues.issues += issues_of(error, node, name, AdjustmentRow)


def _check_together(context: Context, quantities: Quantities, declarations: Iterable[_Declaration]) -> None:
    """Refuse adjustments whose conditions the scenario does not meet, and levers that save the same cost."""
    facts, lever_of_group = Facts(context, lambda: quantities), dict[str, str]()
    for declaration in declarations:
        if _is_in_baseline(context, declaration):
            continue
        reason = "" if declaration.row.choice else first_unmet(declaration.row.when, facts)
        if declaration.row.choice and declaration.kind != "lever":
            reason = "has a `choice`, which levers alone have; give the settings themselves"
        if reason:
            context.issues.add(declaration.place, declaration.title, reason)
        overlaps = [
            group for group in declaration.row.group if lever_of_group.setdefault(group, declaration.name) != declaration.name
        ]
        if overlaps:
            message = f"overlaps with {lever_of_group[overlaps[0]]} (group {overlaps[0]}), so their savings do not multiply"
            advice = "choose the better one: `llmcost levers` or `levers(...)` ranks them"
            context.issues.add(declaration.place, declaration.title, f"{message}; {advice}")


def _is_in_baseline(context: Context, declaration: _Declaration) -> bool:
    return declaration.kind == "lever" and is_in_baseline(context, declaration.name, declaration.row)


def _adjustment(context: Context, declaration: _Declaration, references: _References) -> Adjustment:
    row, in_baseline = declaration.row, _is_in_baseline(context, declaration)
    is_lever = declaration.kind == "lever"
    adjustment = Adjustment(
        declaration.name,
        declaration.kind,
        () if in_baseline else _effects(context, declaration, references),
        row.about,
        sources_of(row.sources),
        row.grade,
        row.probability_of_none,
        describe_conditions(row.when),
        row.side_effects,
        row.recommended_in,
        row.group,
        in_baseline=in_baseline,
        experiments=row.counts == "experiments",
        effort=references.inputs.by_name.get(f"lever/{declaration.name}.effort") if is_lever else None,
        delay=references.inputs.by_name.get(f"lever/{declaration.name}.delay") if is_lever else None,
        wait=references.inputs.by_name.get(f"lever/{declaration.name}.wait") if is_lever else None,
        selects=() if in_baseline else tuple(row.choice),
    )
    if adjustment.kind == "lever":
        context.issues.notes.append(_grade_note(adjustment))
    return adjustment


def _grade_note(lever: Adjustment) -> AdjustmentNote:
    """Return a note with the grade of a lever, and on when it has no effect."""
    grade_text = f"grade {lever.grade}, {GRADES[lever.grade]}" if lever.grade else "no grade"
    caveat = f"; in {share_of_draws(lever.probability_of_none)} it has no effect" if lever.probability_of_none else ""
    if lever.in_baseline:
        caveat = f"; {BASELINE_REASON}, so it has no effect here"
    return adjustment_note("lever-grade", lever, f"{grade_text}{caveat}")


def _effects(context: Context, declaration: _Declaration, references: _References) -> tuple[Effect, ...]:
    """Return the valid effects, including the compute that compensates for lost quality."""
    effects = [_effect(context, declaration, row, references) for row in declaration.row.effects]
    if declaration.row.quality is not None:
        row = EffectRow(on="training_flop", multiply=declaration.row.quality, side=True)
        quality = _effect(context, declaration, row, references)
        effects.append(quality and replace(quality, label="quality"))
    return tuple(effect for effect in effects if effect)


def _effect(context: Context, declaration: _Declaration, row: EffectRow, references: _References) -> Effect | None:
    place, issues = declaration.node.place, context.issues
    if row.side and "." in row.on and row.on not in references.graph.units:
        return None  # of an item of a group that the scenario does not have
    if row.on not in references.graph.units:
        issues.add(
            place,
            declaration.title,
            f"there is no quantity {row.on!r}",
            partial(similar_name_remedies, row.on, references.graph.units),
        )
        return None
    if row.on == TOTAL:
        issues.add(place, declaration.title, f"changes {TOTAL}; name the line or the quantity that changes instead")
        return None
    try:
        change = _change(declaration, row, references)
    except ValueError as error:
        issues.add_error(place, f"{declaration.title}: {row.on}", error)
        return None
    change = replace(change, grade=change.grade or declaration.row.grade, about=change.about or declaration.row.about)
    return Effect(row.on, "replace" if row.how == "at" else row.how, change, row.side, level=row.at)


def _change(declaration: _Declaration, row: EffectRow, references: _References) -> Input:
    """Return the value of an effect; raise ValueError if it is invalid."""
    unit, sources = references.graph.units[row.on], sources_of(declaration.row.sources)

    def constant(value: float, text: str) -> Input:
        return Input(row.on, Constant(value), unit, text, sources=sources, origin=declaration.title, stream=row.on)

    if row.at is not None:
        prior = references.inputs.by_name.get(row.on)
        if prior is None and row.on in references.graph.formulas and row.on not in references.specifications.by_name:
            raise ValueError("is computed here, so it has no prior and no quantile")
        # A quantity that is given but not used has no distribution yet; the check of use reports it later.
        value = prior.distribution.quantile(row.at) if prior is not None else 1.0
        return constant(value, f"the {100 * row.at:g} % quantile of its prior")
    entry: Entry = getattr(row, row.how)
    if row.how == "at_most" and entry.from_ == "budget":
        if references.budget is None:
            raise ValueError("limits it to the budget, but there is none; add --budget AMOUNT")
        return constant(references.budget, "the budget")
    return declaration.reader.input(row.on, entry, change_unit(row.how, unit), declaration.title, sources)
