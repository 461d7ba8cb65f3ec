"""Amounts that may be meant otherwise: a rate the other way round, a budget in millions, an amount without a currency."""

import math
from collections.abc import Iterator

from simulator.core.customary import bare_unit
from simulator.core.formatting import add_currency, format_money, format_plain
from simulator.core.money import BASE, in_currency, money_power
from simulator.core.results import Note
from simulator.engine.scenario import TOTAL
from simulator.model import GROUPS
from simulator.scenario import library
from simulator.scenario.assemble.calculation import Calculation
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.medians import evaluate_plan
from simulator.scenario.entries import unit_of_entry
from simulator.scenario.layers import Layer
from simulator.scenario.schema import Entry
from simulator.scenario.values import parse_value

_MOST_RATIO = 1000.0
"""Ratio of a budget and the total at the medians above which one of them is plausibly in other units."""
_SAME = 10.0
"""Ratio up to which a budget in thousands, millions or billions would be of the size of the total."""
_POWERS = ((3, "thousand"), (6, "million"), (9, "billion"))


def check_rates(context: Context) -> Iterator[str]:
    """Yield a warning for each exchange rate outside its plausible range, with its inverse where that is inside."""
    ranges = library.exchange_rates()
    for layer in context.layers:
        for code, row in layer.settings.rates.items():
            if code not in ranges:
                continue
            limits = parse_value(ranges[code])
            assert limits.high is not None
            if limits.low <= row.value <= limits.high:
                continue
            text = (
                f"{layer.node.at(('rates', code))}: rates.{code}: {format_plain(row.value)} {code} for one USD is outside the "
                f"plausible {ranges[code]}"
            )
            inverse = 1 / row.value
            if limits.low <= inverse <= limits.high:
                text += f"; if one {code} is {format_plain(row.value)} USD, write {inverse:.4g}"
            yield text


def check_budget(context: Context, budget: float | None, calculation: Calculation) -> Iterator[str]:
    """Yield a warning where a budget is far from the total at the medians, as one in millions without its zeros."""
    if budget is None:
        return
    total = float(evaluate_plan(calculation.plan, calculation.medians)[TOTAL])
    if not (math.isfinite(total) and total > 0) or total / _MOST_RATIO < budget < total * _MOST_RATIO:
        return
    conversion = context.money.conversion if context.money else None
    amount, all_of_it = (each if conversion is None else conversion.amount(each) for each in (budget, total))
    currency = BASE if conversion is None else conversion.currency
    key = "budget" if context.layer_of("budget") is not None else "budget_plan"
    text = (
        f"{context.place(key)}: {key}: {add_currency(format_plain(amount), currency)} is far "
        f"{'below' if budget < total else 'above'} the total, {format_money(all_of_it, currency)} with every prior at its "
        "median"
    )
    for power, word in _POWERS:
        if total / _SAME <= budget * 10**power <= total * _SAME:
            text += f"; {format_plain(amount)} {word} is written {format_plain(amount)}e{power}"
            break
    yield text


def note_bare_amounts(context: Context, calculation: Calculation) -> None:
    """Note amounts without a currency in a file or in options whose money is not USD: they are in USD, and a budget is not."""
    if context.money is None:
        return
    for layer, money in zip(context.layers, context.money.in_force, strict=False):  # layers of levers are on top, without money
        if layer.is_preset or money is None or money.currency == BASE:
            continue
        units = calculation.graph.units
        bare = {
            name: unit
            for name, quantity, entry in _entries(layer)
            if quantity in units and (unit := _bare_unit(quantity, entry, units[quantity].text))
        }
        if bare:
            unit = next(iter(bare.values()))
            is_or_are, other = ("is", "it is") if len(bare) == 1 else ("are", "they are")
            text = (
                f"{', '.join(bare)} {is_or_are} without a currency and so in USD, although a budget without one is in "
                f"{money.currency}; if {other} in {money.currency}, write {in_currency(unit, money.currency)} after the number"
            )
            context.issues.notes.append(Note("amount-without-currency", ", ".join(bare), text))


def _entries(layer: Layer) -> Iterator[tuple[str, str, Entry]]:
    """Yield the entries of a layer, also those of items of groups and of adjustments: the name, its quantity and the entry."""
    for name, entry in layer.entries.items():
        yield name, name, entry
    for setting in GROUPS:
        for item, entries in layer.settings.quantities_of_items(setting).items():
            for key, entry in entries.items():
                yield f"{item}.{key}", f"{item}.{key}", entry
    for name, adjustment in layer.settings.adjustments.items():
        for effect in adjustment.effects:
            for value in (effect.add, effect.replace, effect.at_most):
                if value is not None:
                    yield f"adjustments.{name}", effect.on, value


def _bare_unit(quantity: str, entry: Entry, unit: str) -> str:
    """Return the unit in which an amount of money without a unit is read; an empty text for others."""
    if not money_power(unit) or entry.from_ is not None or unit_of_entry(quantity, entry):
        return ""
    parts = entry.mixture or (entry.choice or {}).values()
    if parts and not any(_bare_unit(quantity, part.distribution, unit) for part in parts):
        return ""
    return bare_unit(unit)
