"""Rents of a scenario: filed by term, replaced by nearer statements, and checked against their discounts."""

from collections.abc import Mapping, MutableMapping, Set
from functools import partial

from simulator.core.suggestions import Remedy
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.specification import Specification
from simulator.scenario.entries import describe
from simulator.scenario.rents import DISCOUNTS, LIST_PRICE, PRICES, channel_of, channels_of, rents_of

_ANY_TERM = "rental_price"
"""The rent whatever the commitment, which a scenario may give in place of the prices by term."""
_TERMS = {**{price: term for term, price in PRICES.items()}, **{discount: term for term, discount in DISCOUNTS.items()}}


def file_by_term(
    context: Context, by_name: MutableMapping[str, Specification], specifications: MutableMapping[str, Specification]
) -> None:
    """File the rent of one layer under the price of its term; it replaces the rent of lower layers, which are in `by_name`."""
    for name, each in list(specifications.items()):
        entry = each.entry
        if name not in _TERMS and name != _ANY_TERM:
            if entry.channel or entry.term:
                context.issues.add(each.place, name, "is no rent and no discount on one, so it has no channel and no term")
            continue
        if not entry.term or entry.term == _TERMS.get(name):
            continue
        price = (DISCOUNTS if name in DISCOUNTS.values() else PRICES).get(entry.term, "")
        if name != _ANY_TERM:
            context.issues.add(each.place, name, f"is for the term {_TERMS[name]}, not {entry.term}; give it as {price}")
        elif price in specifications:
            context.issues.add(each.place, name, f"is the rent for the term {entry.term}, which {price} gives too; keep one")
        else:
            specifications[price] = specifications.pop(name)
            by_name.pop(_ANY_TERM, None)


def drop_replaced(by_name: MutableMapping[str, Specification], layer: Mapping[str, Specification]) -> None:
    """Remove the rents of the chip that a layer replaces.

    A list price replaces the prices of all terms, which are of another list; a discount replaces the price of its term.
    """
    for term, price in PRICES.items():
        is_replaced = LIST_PRICE in layer or DISCOUNTS.get(term, LIST_PRICE) in layer
        if is_replaced and price in by_name and by_name[price].is_of_chip:
            del by_name[price]


def check_commitment(context: Context, by_name: Mapping[str, Specification]) -> None:
    """Refuse a stated rent under another commitment than the one that it was stated with."""
    rent = by_name.get(_ANY_TERM)
    if rent is None or context.last("basis") != "rented":
        return
    commitment, commitment_of_rent = None, None
    for layer in context.layers:
        commitment = layer.settings.commitment or commitment
        if _ANY_TERM in layer.entries:
            commitment_of_rent = commitment
    price = PRICES.get(commitment_of_rent or "")
    if price is not None and commitment != commitment_of_rent:
        message = f"is stated with `commitment: {commitment_of_rent}`, so it is no rent of `commitment: {commitment}`"
        context.issues.add(rent.place, _ANY_TERM, message, fallback=f"; give it as {price}")


def check_discounts(context: Context, by_name: Mapping[str, Specification], needed: Set[str]) -> None:
    """Refuse a discount that is applied to list prices of another channel than those that it was measured on."""
    if LIST_PRICE not in needed or LIST_PRICE not in by_name:
        return
    price = by_name[LIST_PRICE]
    price_channels = channels_of(LIST_PRICE, price.entry)
    for name in DISCOUNTS.values():
        if name not in needed or name not in by_name:
            continue
        discount = by_name[name]
        channels = channels_of(name, discount.entry)
        if channels and price_channels and not set(channels) & set(price_channels):
            message = (
                f"{describe(discount.entry)} is a discount on list prices of a {' or '.join(channels)}, but {LIST_PRICE} "
                f"({describe(price.entry)}) is that of a {' or '.join(price_channels)}"
            )
            remedies = partial(_remedies, channels)
            context.issues.add(discount.place, name, message, remedies, "; give the discount as a number of your own")


def _remedies(channels: tuple[str, ...]) -> list[Remedy]:
    return [Remedy(f"; it applies with `channel: {channel}`", settings=(("channel", channel),)) for channel in channels]


def channel_remedies(context: Context, name: str) -> list[Remedy]:
    """Return the other channels that rent out the chip for the term of a missing rent or discount."""
    chip, term = context.last("chip"), _TERMS.get(name)
    channel = channel_of(chip, context.last("channel"))
    others = [each for each, terms in rents_of(chip).items() if each != channel and (term in terms or "on-demand" in terms)]
    found = others if term is not None else []
    return [Remedy(f"; or choose `channel: {each}`", settings=(("channel", each),)) for each in found]


def with_channel(choices: Mapping[str, str], context: Context) -> dict[str, str]:
    """Return choices with the channel, where chips are rented."""
    if choices.get("basis") != "rented":
        return dict(choices)
    return {**choices, "channel": channel_of(context.last("chip"), context.last("channel"))}
