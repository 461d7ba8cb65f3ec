"""Look-up of a name in the library, the model or a scenario."""

from collections.abc import Iterator
from typing import Literal

from simulator import model
from simulator.core.errors import InvalidInputError, LlmcostError
from simulator.core.results import Header
from simulator.core.suggestions import suggest_nearest
from simulator.core.units import Unit
from simulator.core.version import tool_version
from simulator.engine.scenario import Scenario
from simulator.scenario import library
from simulator.scenario.assemble.conditions import describe_conditions
from simulator.scenario.descriptions import (
    AdjustmentDescription,
    ChipDescription,
    Description,
    Descriptions,
    DistributionSummary,
    EffectDescription,
    InputDescription,
    PriorDescription,
    QuantityDescription,
    RiskDescription,
    ScenarioDescription,
    Selection,
)
from simulator.scenario.entries import Reader, describe, entry_with_row, library_entry, library_risk, sources_of
from simulator.scenario.overrides import read
from simulator.scenario.quantity_definitions import definition_of, described_graph
from simulator.scenario.rents import PRICES
from simulator.scenario.schema import AdjustmentRow, AdoptionRow, ChipRow, EffectRow, Entry, SettingChange, Settings, split


class UnknownNameError(LlmcostError, ValueError):
    """A name that nothing has, with the most similar names.

    Examples
    --------
    >>> import llmcost
    >>> llmcost.show("nvidia-h100")
    Traceback (most recent call last):
        ...
    llmcost.UnknownNameError: there is no 'nvidia-h100'; did you mean ...

    """

    __module__ = "llmcost"  # where users import it from, which tracebacks show


def describe_name(name: str) -> Descriptions:
    """Describe everything in the library and the model that has a name; `UnknownNameError` if there is nothing.

    Examples
    --------
    >>> describe_name("mfu").entries[0].kind
    'quantity'

    """
    entries = tuple(_descriptions(name))
    if not entries:
        rows = library.rows()
        names = [*model.every_graph().units, *library.chips()]
        names += [each for kind in ("scenarios", "levers", "shocks", "risks") for each in library.names(kind)]
        names += [f"{quantity}/{row}" for quantity, row_names in rows.items() for row in row_names]
        hint = suggest_nearest(name, names) or "; `llmcost list` and functions such as `list_quantities()` show the names"
        raise UnknownNameError(f"there is no {name!r}{hint}")
    return Descriptions(header=Header(version=tool_version()), name=name, entries=entries)


def describe_input(name: str, scenario: Scenario, reference: str) -> Descriptions:
    """Describe an input or a computed quantity of a scenario, which messages call `reference`; `UnknownNameError` if none."""
    entry = scenario.inputs.get(name)
    if entry is None and name not in scenario.plan.names:
        if name in scenario.graph.units:
            raise UnknownNameError(f"no line or outcome of {reference} uses {name!r}")
        hint = suggest_nearest(name, scenario.plan.names) or "; `llmcost check` or `check(...)` lists its inputs"
        raise UnknownNameError(f"{reference} has no quantity {name!r}{hint}")
    return Descriptions(
        header=Header(scenario=scenario.name, title=scenario.title, version=tool_version()),
        name=name,
        reference=reference,
        entries=(_describe_computed(name, scenario) if entry is None else InputDescription.of(entry, scenario.graph),),
    )


def _describe_computed(name: str, scenario: Scenario) -> QuantityDescription:
    """Describe a quantity that a scenario computes, with the formula and the quantities it uses there."""
    formula = next(step for step in scenario.plan.steps if step.name == name)
    is_chosen = formula.function.__name__.startswith("_")  # a setting selects the quantity, no formula computes it
    return QuantityDescription(
        name=name,
        definition=definition_of(name, scenario.graph),
        about="" if is_chosen else formula.about,
        unit=formula.unit.text,
        formula="" if is_chosen else f"{formula.function.__module__}.{formula.function.__name__}",
        needs=tuple(formula.needs),
        selections=(),
        users=tuple(step.name for step in scenario.plan.steps if name in step.needs),
        priors=(),
    )


def _descriptions(name: str) -> Iterator[Description]:
    quantity, _, row = name.partition("/")
    if row and row in library.rows().get(quantity, {}):
        yield _describe_prior(quantity, row)
    if model.lookup_name(name) in model.every_graph().units or name in library.rows():
        yield _describe_quantity(name)
    if name in library.chips():
        yield _describe_chip(name)
    if name in library.names("levers"):
        yield _describe_adjustment("lever", name)
    if name in library.names("shocks"):
        yield _describe_adjustment("shock", name)
    if name in library.names("risks"):
        yield _describe_risk(name)
    if name in library.names("scenarios"):
        yield _describe_scenario(name)


def _describe_prior(quantity: str, row: str) -> PriorDescription:
    unit = model.every_graph().units.get(model.lookup_name(quantity), Unit("1"))
    entry = library_entry(quantity, row)
    try:
        distribution = Reader().distribution(quantity, entry, unit)
    except ValueError as error:
        raise ValueError(f"the library's row {quantity}/{row} is broken: {error}") from None
    return PriorDescription(
        name=f"{quantity}/{row}",
        definition=definition_of(quantity),
        about=entry.about,
        specification=describe(entry),
        date=entry.date,
        grade=entry.grade,
        sources=sources_of(entry.sources),
        distribution=DistributionSummary.of(distribution, unit),
    )


def _describe_quantity(name: str) -> QuantityDescription:
    graph, full_name = described_graph(), model.lookup_name(name)
    unit, formula = graph.units.get(full_name), graph.formulas.get(full_name)
    selections = tuple(
        Selection(setting, option, names[name])
        for setting, options in model.CHOICES.items()
        for option, names in options.items()
        if name in names
    )
    return QuantityDescription(
        name=name,
        definition=definition_of(name),
        about=formula.about if formula and not selections else "",
        unit=unit.text if unit else "1",
        formula=f"{formula.function.__module__}.{formula.function.__name__}" if formula and not selections else "",
        needs=tuple(formula.needs) if formula else (),
        selections=selections,
        users=tuple(graph.users(full_name)),
        priors=tuple(f"{name}/{row}" for row in library.rows().get(name, {})),
    )


def _describe_chip(name: str) -> ChipDescription:
    row = ChipRow.model_validate(library.chips()[name].plain())
    return ChipDescription(
        name=name,
        about=row.about,
        aliases=tuple(row.aliases),
        released=row.released or "",
        note=row.note,
        facts={key: describe(Entry.model_validate(value)) for key, value in (row.model_extra or {}).items()}
        | {f"{PRICES[term]}, {channel}": name for channel, terms in row.rents.items() for term, name in terms.items()},
        sources=sources_of(row.sources),
    )


def _describe_adjustment(kind: Literal["lever", "shock"], name: str) -> AdjustmentDescription:
    node = library.find_file(f"{kind}s", name)
    row = AdjustmentRow.model_validate(node.plain() if node else {})
    return AdjustmentDescription(
        kind=kind,
        name=name,
        about=row.about,
        grade=row.grade,
        note=row.note,
        effects=tuple(map(_describe_effect, row.effects)),
        choice={key: _describe_change(change) for key, change in row.choice.items()},
        lines=row.lines,
        outcomes=row.outcomes,
        probability_of_none=row.probability_of_none,
        baseline=row.baseline,
        group=tuple(row.group),
        conditions=describe_conditions(row.when),
        side_effects=row.side_effects,
        adoption_effort=_describe_part(row.adoption, "effort"),
        adoption_delay=_describe_part(row.adoption, "delay") or _describe_part(row.adoption, "wait"),
        probability="" if row.probability is None else describe(entry_with_row("probability", row.probability)),
        mitigation=row.mitigation,
        sources=sources_of(row.sources),
    )


def _describe_risk(name: str) -> RiskDescription:
    row = library_risk(name)
    assert row is not None
    facts = {key: entry_with_row(key, entry) for key, entry in row.quantities.items()}
    return RiskDescription(
        name=name,
        about=row.about,
        grade=max(entry.grade for entry in facts.values()),
        facts={key: describe(entry) for key, entry in facts.items()},
        mitigation=row.mitigation,
        rows=tuple(f"{key}/{entry.from_}" for key, entry in row.quantities.items() if entry.from_ is not None),
        sources=sources_of(row.sources),
    )


def _describe_part(adoption: AdoptionRow | None, key: str) -> str:
    """Return the effort or the delay of the adoption of a lever as specified, or an empty text."""
    entry = getattr(adoption, key, None)
    return describe(entry) if entry is not None else ""


def _describe_change(change: SettingChange | Entry) -> str:
    if isinstance(change, Entry):
        return describe(change)
    if change.default is not None:
        return f"{describe(change.default)}, unless the scenario has a value"
    if change.times is not None:
        return f"{change.times:g} times that of the scenario"
    return ", ".join(f"{option} after {current}" for current, option in change.next.items())


def _describe_effect(effect: EffectRow) -> EffectDescription:
    value = getattr(effect, effect.how)
    return EffectDescription(effect.how, effect.on, str(value) if effect.how == "at" else describe(value), effect.side)


def _describe_scenario(name: str) -> ScenarioDescription:
    node = library.find_file("scenarios", name)
    settings, quantities = split(node.plain() if node else {})
    row = Settings.model_validate(settings)
    return ScenarioDescription(
        name=name,
        title=row.title,
        scope=_scope(name),
        about=row.about,
        extends=tuple(row.extends),
        lines=tuple(row.lines or ()),
        money=row.money,
        gives=tuple(quantities),
        known=tuple(each.text for each in row.known),
        assumed=tuple(each.text for each in row.assumed),
        sources=sources_of(row.sources),
    )


def _scope(name: str) -> str:
    """Return what the total of a scenario covers, or an empty string for a preset that is incomplete."""
    try:
        return read(name).scope
    except InvalidInputError:
        return ""
