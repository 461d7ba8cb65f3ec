"""Quotes of one channel, and what their terms mean: the prices of the supply model."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from simulator.core.results import Note
from simulator.records import RecordPrior
from simulator.records.cells import Column, quote_cell
from simulator.records.table import Records

RENT = "rental_price"
"""The rent of a scenario whatever its commitment."""
RENTS = {
    "on demand": "on_demand_price",
    "spot": "spot_price",
    "12 months": "one_year_price",
    "36 months": "three_year_price",
    "capacity block": "block_price",
}
"""The price of the supply model for each term."""
COMMITMENTS = {
    "spot_price": "spot", "one_year_price": "one-year", "three_year_price": "three-year", "block_price": "capacity-block",
}  # fmt: skip
"""The commitment under which a price takes part in a scenario."""
CHANNELS = {
    "neocloud": ("neocloud", "neoclouds", "gpu cloud", "specialised", "specialized", "specialised cloud", "specialized cloud"),
    "hyperscaler": (
        "hyperscaler",
        "hyperscalers",
        "hyperscale",
        "large cloud",
        "major cloud",
        "csp",
        "big cloud",
        "public cloud",
    ),
    "marketplace": ("marketplace", "market place", "broker", "exchange", "aggregator", "peer to peer", "p2p"),
}
"""Channels of the supply model, with what tables call them."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A price of one row, in USD for one chip (and hour, for a rent)."""

    line: int
    quantity: str
    price: float
    chip: str
    term: str
    channel: str
    vendor: str
    date: datetime | None


class QuoteTable(Protocol):
    """A table of quotes: its records, and where its channels and terms are."""

    records: Records
    channel: Column | None
    term: Column | None
    other_channels: Counter[str]


def _drop_quotes(table: QuoteTable, reason: str, quotes: Sequence[Quote], kept: Sequence[Quote]) -> None:
    """Count the rows as left out of which no quote is kept."""
    lines = {quote.line for quote in quotes} - {quote.line for quote in kept}
    table.records.drop(reason, len(lines))


def select_channel(quotes: list[Quote], table: QuoteTable, channel: str | None) -> list[Quote]:
    """Return the quotes of one channel: rents of large and of specialised clouds differ by a multiple."""
    if table.other_channels:
        listed = ", ".join(f"{quote_cell(name)} ({count:,})" for name, count in sorted(table.other_channels.items()))
        text = f"look at this: channels that are none of {', '.join(CHANNELS)}: {listed}"
        table.records.notes.append(Note("other-channels", "channel", text))
    counts = Counter(quote.channel for quote in quotes)
    channel_list = ", ".join(f"{name or 'none'} ({count:,})" for name, count in sorted(counts.items()))
    if channel and channel not in counts:
        table.records.refuse(f"has no quotes of the channel {channel!r}; its channels are {channel_list}", table.channel)
    if not channel and len(counts) > 1:
        table.records.refuse(f"has quotes of several channels: {channel_list}; choose one with --channel", table.channel)
    selected = [quote for quote in quotes if not channel or quote.channel == channel]
    _drop_quotes(table, "of another channel", quotes, selected)
    return selected


def select_term(quotes: list[Quote], table: QuoteTable, term: str, notes: list[Note]) -> list[Quote]:
    """Return the quotes with the prices that their terms mean; purchases have none.

    Where there is one contract term, its rent is rental_price, which holds whatever the commitment of a scenario.
    """
    terms = Counter(quote.term for quote in quotes if quote.quantity == RENT)
    term_list = ", ".join(f"{name or 'none'} ({count:,})" for name, count in sorted(terms.items()))
    if term and term not in terms:
        table.records.refuse(f"has no rent for the term {term!r}; its terms are {term_list or 'none'}", table.term)
    if term:
        selected = [quote for quote in quotes if quote.quantity != RENT or quote.term == term]
        _drop_quotes(table, "of another term", quotes, selected)
        quotes, terms = selected, Counter([term])
    unknown = [name for name in terms if name not in RENTS]
    if unknown and len(terms) > 1:
        table.records.refuse(f"has rents of several terms: {term_list}; choose one with --term", table.term)
    is_alone = len(terms) == 1
    return [
        quote if quote.quantity != RENT else replace(quote, quantity=_rent_quantity(quote.term, is_alone)) for quote in quotes
    ]


def _rent_quantity(term: str, is_alone: bool) -> str:
    quantity = RENTS.get(term, RENT)
    return RENT if is_alone and quantity not in ("on_demand_price", "spot_price") else quantity


def use_notes(priors: Sequence[RecordPrior], channel: str) -> list[Note]:
    """Return notes on the commitment and the channel under which a scenario uses the prices."""
    notes = [
        Note(
            "commitment-of-price",
            prior.quantity,
            f"{prior.quantity} takes part under `commitment: {COMMITMENTS[prior.quantity]}`",
        )
        for prior in priors
        if prior.quantity in COMMITMENTS
    ]
    if channel:
        notes.append(Note("channel-of-prices", channel, f"prices are of the channel {channel}: set `channel: {channel}`"))
    return notes
