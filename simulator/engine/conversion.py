"""Conversion of a scenario to another money: every input that holds money is scaled, and units name the currency.

All formulas are homogeneous in money, so everything computed from the inputs follows, and nothing without money changes.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from simulator.core.money import DIGITS, Conversion, currency_of, in_currency, label_currency, money_power
from simulator.core.units import Unit
from simulator.distributions import Constant, Distribution, LogNormal, Normal, Scaled
from simulator.engine.adjustments import Adjustment
from simulator.engine.graph import Formula, Graph
from simulator.engine.inputs import Input
from simulator.engine.scenario import Scenario


def convert(scenario: Scenario, conversion: Conversion) -> Scenario:
    """Return a scenario in another money."""
    paused = scenario.paused_run
    steps = tuple(_formula(step, conversion) for step in scenario.plan.steps)
    return replace(
        scenario,
        money=conversion.target,
        conversion=conversion,
        inputs={name: _input(each, conversion) for name, each in scenario.inputs.items()},
        graph=_graph(scenario.graph, conversion),
        plan=replace(scenario.plan, steps=steps),
        adjustments=tuple(_adjustment(each, conversion) for each in scenario.adjustments),
        budget=None if scenario.budget is None else conversion.amount(scenario.budget),
        budget_plan=tuple((month, conversion.amount(amount)) for month, amount in scenario.budget_plan),
        point=None if scenario.point is None else conversion.amount(scenario.point),
        actuals=None if scenario.actuals is None else scenario.actuals.scaled(conversion.factor),
        paused_run=None if paused is None else replace(paused, spend_to_date=conversion.amount(paused.spend_to_date)),
    )


def in_money_of_prices(scenario: Scenario) -> Scenario:
    """Return a scenario in the money in which its files state amounts."""
    if scenario.conversion is None:
        return scenario
    return replace(convert(scenario, scenario.conversion.inverse), conversion=None)


def rescale(distribution: Distribution, factor: float) -> Distribution:
    """Return a distribution times a positive constant, of the same family where the analyses make use of it."""
    if isinstance(distribution, Constant):
        return Constant(float(f"{distribution.value * factor:.{DIGITS}g}"))
    if isinstance(distribution, LogNormal):
        return replace(distribution, median=distribution.median * factor, low=distribution.low * factor)
    if isinstance(distribution, Normal):
        return replace(distribution, mean=distribution.mean * factor, sd=distribution.sd * factor)
    if isinstance(distribution, Scaled):
        return replace(distribution, factor=distribution.factor * factor)
    return Scaled(distribution, factor)


def _input(value: Input, conversion: Conversion) -> Input:
    """Return an input in the other money; its specification, which remains as written, names the money of its numbers."""
    power = money_power(value.unit.text)
    if not power:
        return value
    specification = value.specification
    if specification and currency_of(specification) in ("", label_currency(conversion.source)):
        specification = f"{specification} (in {conversion.source})"
    return replace(
        value,
        distribution=rescale(value.distribution, conversion.factor**power),
        unit=_unit(value.unit, conversion),
        specification=specification,
    )


def _unit(unit: Unit, conversion: Conversion) -> Unit:
    """Return a unit with the other currency, and with its bounds in it."""
    power = money_power(unit.text)
    if not power:
        return unit
    scale = conversion.factor**power
    return Unit(in_currency(unit.text, conversion.currency), unit.low * scale, unit.high * scale)


def _formula(formula: Formula, conversion: Conversion) -> Formula:
    return replace(formula, unit=_unit(formula.unit, conversion)) if money_power(formula.unit.text) else formula


def _graph(graph: Graph, conversion: Conversion) -> Graph:
    formulas: Mapping[str, Formula] = {name: _formula(each, conversion) for name, each in graph.formulas.items()}
    return Graph(formulas, {name: _unit(unit, conversion) for name, unit in graph.units.items()})


def _adjustment(adjustment: Adjustment, conversion: Conversion) -> Adjustment:
    changes: dict[str, Any] = {
        "effects": tuple(replace(each, change=_input(each.change, conversion)) for each in adjustment.effects)
    }
    for field in fields(adjustment):
        value = getattr(adjustment, field.name)
        if isinstance(value, Input):
            changes[field.name] = _input(value, conversion)
    return replace(adjustment, **changes)
