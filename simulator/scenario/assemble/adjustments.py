"""Adjustments of the scenario, and the levers and shocks that it names."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

from pydantic import ValidationError

from simulator import model
from simulator.core.errors import Place
from simulator.core.suggestions import similar
from simulator.core.units import Unit
from simulator.distributions import Constant
from simulator.engine.adjustments import Adjustment, Effect, change_unit
from simulator.engine.graph import Graph
from simulator.engine.inputs import GRADES, Input
from simulator.engine.scenario import TOTAL
from simulator.scenario import library
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.inputs import Inputs
from simulator.scenario.assemble.specifications import Specifications
from simulator.scenario.entries import Reader, issues_of, sources_of
from simulator.scenario.layers import Layer
from simulator.scenario.schema import AdjustmentRow, EffectRow, Entry
from simulator.scenario.text import Node


@dataclass(frozen=True, slots=True)
class _Source:
    """A lever, shock or adjustment as it is written; `place` is where the scenario names it."""

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
class _Given:
    """What the effects of an adjustment may refer to."""

    graph: Graph
    inputs: Inputs
    specifications: Specifications
    budget: float | None


def read_adjustments(
    context: Context, graph: Graph, inputs: Inputs, specifications: Specifications, budget: float | None
) -> tuple[Adjustment, ...]:
    """Return all adjustments in the order in which they are first named."""
    sources: dict[tuple[str, str], _Source] = {}
    for layer in context.layers:
        for name, row in layer.settings.adjustments.items():
            node, place = layer.node.child("adjustments", name), layer.node.at(("adjustments", name))
            sources["adjustment", name] = _Source("adjustment", name, row, node, layer.reader, place)
        for setting, names in (("levers", layer.settings.levers), ("shocks", layer.settings.shocks)):
            for number, name in enumerate(names):
                _add_named(context, layer, sources, setting, number, name)
    _check_together(context, sources.values())
    given = _Given(graph, inputs, specifications, budget)
    return tuple(_adjustment(context, source, given) for source in sources.values())


def _add_named(
    context: Context, layer: Layer, sources: dict[tuple[str, str], _Source], setting: str, number: int, name: str
) -> None:
    """Add a lever or shock of the library that a layer names."""
    node, place, kind = library.shelved(setting, name), layer.node.at((setting, number)), setting.removesuffix("s")
    if node is None:
        known = library.names(setting)
        listed = f"; there are {library.listed(known)}"
        context.issues.add(place, setting, f"no {kind} {name!r}", partial(similar, name, known), listed)
    elif (kind, name) in sources:
        context.issues.add(place, setting, f"{name} is named twice; it acts once")
    else:
        try:
            row = AdjustmentRow.model_validate(node.plain())
            sources[kind, name] = _Source(kind, name, row, node, context.reader, place)
        except ValidationError as error:
            context.issues.issues += issues_of(error, node, name, AdjustmentRow)


def _check_together(context: Context, sources: Iterable[_Source]) -> None:
    """Refuse what needs another choice than the scenario's, and levers that save the same thing."""
    holders: dict[str, str] = {}
    for source in sources:
        for choice, option in source.row.needs.items():
            if context.last(choice) != option:
                has = f"this has `{choice}: {context.last(choice)}`" if context.last(choice) else "this does not say it"
                context.issues.add(source.place, source.title, f"needs `{choice}: {option}`, and {has}")
        if _is_in_baseline(context, source.row):
            continue
        overlaps = [group for group in source.row.group if holders.setdefault(group, source.name) != source.name]
        if overlaps:
            message = f"overlaps with {holders[overlaps[0]]} (group {overlaps[0]}), so their savings do not multiply"
            advice = "take the better of them: `llmcost levers` ranks them"
            context.issues.add(source.place, source.title, f"{message}; {advice}")


def _is_in_baseline(context: Context, row: AdjustmentRow) -> bool:
    return row.baseline and bool(context.last("baseline") != "bare")


def _adjustment(context: Context, source: _Source, given: _Given) -> Adjustment:
    row, in_baseline = source.row, _is_in_baseline(context, source.row)
    if source.kind == "lever":
        context.issues.notes.append(_note(source, in_baseline=in_baseline))
    return Adjustment(
        source.name,
        source.kind,
        () if in_baseline else _effects(context, source, given),
        row.about,
        sources_of(row.sources),
        row.grade,
        row.probability_of_none,
        row.conditions,
        row.side_effects,
        row.named_in,
        row.group,
        in_baseline=in_baseline,
        experiments=row.counts == "experiments",
        effort=_adoption(context, source, "effort", Unit("person*hour")),
        delay=_adoption(context, source, "delay", model.HOUR),
    )


def _note(source: _Source, *, in_baseline: bool) -> str:
    """Return how well a lever is known, and where it changes nothing."""
    row = source.row
    graded = f"grade {row.grade}, {GRADES[row.grade]}" if row.grade else "no grade"
    never = f"; in {100 * row.probability_of_none:g} % of the draws it does nothing" if row.probability_of_none else ""
    if in_baseline:
        never = "; inside every modern baseline, so it changes nothing here (`baseline: bare` counts it)"
    return f"lever {source.name}: {graded}{never}"


def _adoption(context: Context, source: _Source, key: str, unit: Unit) -> Input | None:
    """Return the effort or the delay that it takes to adopt a lever."""
    entry = getattr(source.row.adoption, key, None)
    if entry is None:
        return None
    try:
        return source.reader.input(key, entry, unit, source.title, sources_of(source.row.sources))
    except ValueError as error:
        context.issues.add(source.node.place, f"{source.title}: adoption.{key}", str(error))
        return None


def _effects(context: Context, source: _Source, given: _Given) -> tuple[Effect, ...]:
    """Return the effects that can be read; compute that makes up for lost quality is one of them."""
    effects = [_effect(context, source, row, given) for row in source.row.effects]
    if source.row.quality is not None:
        row = EffectRow(on="training_flop", multiply=source.row.quality, side=True)
        quality = _effect(context, source, row, given)
        effects.append(quality and replace(quality, label="quality"))
    return tuple(effect for effect in effects if effect)


def _effect(context: Context, source: _Source, row: EffectRow, given: _Given) -> Effect | None:
    place, issues = source.node.place, context.issues
    if row.on not in given.graph.units:
        issues.add(place, source.title, f"there is no quantity {row.on!r}", partial(similar, row.on, given.graph.units))
        return None
    if row.on == TOTAL:
        issues.add(place, source.title, f"acts on {TOTAL}; name the line or the quantity behind it that changes")
        return None
    try:
        change = _change(source, row, given)
    except ValueError as error:
        issues.add_error(place, f"{source.title}: {row.on}", error)
        return None
    change = replace(change, grade=change.grade or source.row.grade, about=change.about or source.row.about)
    return Effect(row.on, "replace" if row.how == "at" else row.how, change, row.side)


def _change(source: _Source, row: EffectRow, given: _Given) -> Input:
    """Return the value of an effect; raise ValueError with what is wrong."""
    unit, sources = given.graph.units[row.on], sources_of(source.row.sources)

    def constant(value: float, text: str) -> Input:
        return Input(row.on, Constant(value), unit, text, sources=sources, origin=source.title, stream=row.on)

    if row.at is not None:
        prior = given.inputs.by_name.get(row.on)
        if prior is None and row.on in given.graph.formulas and row.on not in given.specifications.by_name:
            raise ValueError("is computed here, so it has no prior of which to take a point")
        # What is given and takes no part has no distribution yet; that the lever acts on nothing is found later.
        value = prior.distribution.quantile(row.at) if prior is not None else 1.0
        return constant(value, f"the {100 * row.at:g} % point of its prior")
    entry: Entry = getattr(row, row.how)
    if row.how == "at_most" and entry.from_ == "budget":
        if given.budget is None:
            raise ValueError("holds it to the budget, and there is none; add --budget AMOUNT")
        return constant(given.budget, "the budget")
    return source.reader.input(row.on, entry, change_unit(row.how, unit), source.title, sources)
