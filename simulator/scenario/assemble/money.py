"""The money of a scenario: that in which its files state amounts, that of its outputs, and the factor between them.

`prices` is the money of the library's rows and of all amounts in USD; `money` is that of the outputs. Amounts in another
currency, and a budget, are in the money in force in the file that states them.
"""

from dataclasses import replace

from simulator.core.formatting import format_plain, format_significant
from simulator.core.money import BASE, Conversion, Money, currency_of, parse_money
from simulator.core.results import Note
from simulator.core.units import Unit
from simulator.scenario.assemble.context import Context
from simulator.scenario.layers import Layer
from simulator.scenario.money_terms import OWN_INDEX, MoneyContext, MoneyTerms, PriceIndex, library_index
from simulator.scenario.schema import Settings
from simulator.scenario.text import Node
from simulator.scenario.values import distribution_of, parse_value

_AMOUNT = Unit("USD", low=float("-inf"))


def read_money(context: Context) -> Context:
    """Return the context with its money, and with the rates of currencies in its layers.

    Report what cannot be converted; amounts then remain in the money of the prices.
    """
    settings = [layer.settings for layer in context.layers]
    if not any(each.money or each.rates or each.price_index for each in settings):
        return context
    assumed = "" if context.last("prices") else assumed_prices(context)
    if assumed:
        text = f"amounts are taken as {assumed}, as no file states their `prices`"
        context.issues.notes.append(Note("prices-assumed", "prices", text))
    label = context.last("prices") or assumed or BASE
    terms = _terms(context, settings, label)
    conversion = None
    if BASE in terms.rates:
        context.issues.add(context.place("rates"), "rates", "the rate of USD is 1; remove it")
    elif context.last("money") and str(terms.money) != label:
        try:
            conversion = _conversion(terms, label)
        except ValueError as error:
            context.issues.add_error(context.place("money"), "money", error)
    in_force = _in_force(settings)
    layers = tuple(
        replace(layer, rates=terms.rates_at(money or terms.money))
        for layer, money in zip(context.layers, in_force, strict=True)
    )
    return replace(context, layers=layers, money=MoneyContext(terms, conversion, in_force))


def _conversion(terms: MoneyTerms, label: str) -> Conversion:
    """Return the conversion of amounts in the money of a label; raise ValueError where it is not known."""
    factor, rate = terms.factor(terms.money), terms.rate(terms.money.currency)
    about = f"amounts are stated in {label} and converted to {terms.money} by the factor {format_significant(factor, 6)}"
    parts = []
    if terms.is_indexed and terms.prices is not None:
        levels = [terms.index.level_text(each) for each in (terms.money.period, terms.prices.period)]
        parts.append(f"prices {levels[0]} over {levels[1]}, {terms.index.name}")
    if terms.money.currency != BASE:
        parts.append(f"{terms.rate_text(terms.money.currency)}, a rate that is taken as known")
    return Conversion(label, str(terms.money), factor, rate, f"{about}: {'; '.join(parts)}" if parts else "")


def assumed_prices(context: Context) -> str:
    """Return the money of amounts where no file states it: USD of the year of the money of the outputs, if that has one."""
    try:
        period = parse_money(context.last("money") or BASE).period
    except ValueError:  # reported where it is the money of the outputs
        return ""
    return f"{period} {BASE}" if period else ""


def _terms(context: Context, settings: list[Settings], label: str) -> MoneyTerms:
    prices: Money | None = Money(BASE)
    try:
        prices = parse_money(label)
    except ValueError:
        prices = None
    money = prices or Money(BASE)
    try:
        money = parse_money(context.last("money") or str(money))
        if not money.period and prices is not None:
            money = replace(money, period=prices.period)
    except ValueError as error:
        context.issues.add_error(context.place("money"), "money", error)
    rates = {code: row for each in settings for code, row in each.rates.items()}
    levels = context.last("price_index")
    return MoneyTerms(prices, money, rates, PriceIndex(OWN_INDEX, levels, is_own=True) if levels else library_index())


def _in_force(settings: list[Settings]) -> tuple[Money | None, ...]:
    """Return the money in force in each layer; None below the first one that has any."""
    found: list[Money | None] = []
    current: Money | None = None
    for each in settings:
        if each.money:
            try:
                current = parse_money(each.money)
            except ValueError:
                current = None  # reported where it is the money of the outputs
        found.append(current)
    return tuple(found)


def amount_of(context: Context, layer: Layer, text: str, title: str, *, is_signed: bool = False) -> float:
    """Return an amount of a setting, such as a budget, in the money of the prices; raise ValueError if it is none.

    Without a currency it is in the money in force in its layer. In USD where that is another currency it is converted, with a
    note.
    """
    distribution = distribution_of(text, _AMOUNT, 0.95, rates=layer.rates)
    value = float(distribution.quantile(0.5))
    if not distribution.is_constant or (value <= 0 and not is_signed):
        raise ValueError(f"{text!r} must be a single amount{'' if is_signed else ' above zero'}")
    unit, in_force = parse_value(text).unit, _money_of(context, layer)
    if context.money is None or in_force is None or unit not in ("", BASE):
        return value
    terms = context.money.terms
    if unit == BASE and in_force.currency != BASE:
        converted = f"{format_plain(float(f'{value * terms.rate(in_force.currency):.15g}'))} {in_force.currency}"
        message = f"the {title} of {format_plain(value)} USD is {converted} at {terms.rate_text(in_force.currency)}"
        context.issues.notes.append(Note("amount-converted", title, message))
        in_force = Money(BASE, in_force.period)
    return value / terms.factor(in_force)


def _money_of(context: Context, layer: Layer) -> Money | None:
    """Return the money in force in a layer; None where it is that of the prices."""
    if context.money is None:
        return None
    return next((each for other, each in zip(context.layers, context.money.in_force, strict=False) if other is layer), None)


def note_conversion(context: Context) -> None:
    """Note how amounts are converted, and rates and price levels that nothing uses."""
    if context.money is None:
        return
    terms, conversion, notes = context.money.terms, context.money.conversion, context.issues.notes
    if conversion is not None and conversion.about:
        notes.append(Note("money-converted", "money", conversion.about))
    for code in terms.rates:
        if code != terms.money.currency and not any(_names(layer.node, code) for layer in context.layers):
            notes.append(Note("rate-unused", code, f"the rate of {code} has no effect: no amount is in {code}"))
    if terms.index.is_own and not (conversion is not None and terms.is_indexed):
        text = f"the price index has no effect: amounts are stated and reported in {terms.money}"
        notes.append(Note("price-index-unused", "price_index", text))


_NO_AMOUNTS = frozenset({"rates", "money", "title", "about", "known", "assumed", "sources"})
"""Keys under which a code of a currency is no unit of an amount."""


def _names(node: Node, code: str) -> bool:
    """Whether a value of a layer is in a currency."""
    children = [*(child for key, child in (node.keys or {}).items() if key not in _NO_AMOUNTS), *(node.items or ())]
    text = (node.text or "").strip()
    return currency_of(text) == code or text.endswith(code) or any(_names(child, code) for child in children)
