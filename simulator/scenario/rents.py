"""Rents by channel and term: which rows of the library a chip has, and the channel that a row was measured on.

A rent is of a channel (who sells it) and a term (for how long it is committed). A discount is valid only on the list prices on
which it was measured.
"""

from collections.abc import Mapping

from simulator.scenario import library
from simulator.scenario.entries import library_entry
from simulator.scenario.posteriors import is_posterior
from simulator.scenario.schema import Entry
from simulator.scenario.validated_rows import chip_row, named_entry

LIST_PRICE = "on_demand_price"
PRICES: Mapping[str, str] = {
    "on-demand": LIST_PRICE,
    "one-year": "one_year_price",
    "three-year": "three_year_price",
    "spot": "spot_price",
    "capacity-block": "block_price",
}
"""The quantity of the rent for each term."""
DISCOUNTS: Mapping[str, str] = {
    "one-year": "one_year_discount",
    "three-year": "three_year_discount",
    "spot": "spot_discount",
    "capacity-block": "block_discount",
}
"""The discount on the list price for each term, where a chip has no row of its own."""
OF_CHANNEL = (*DISCOUNTS.values(), "large_cluster_share")
"""Quantities that take the row with the name of the channel where a scenario states none."""
DEFAULT_CHANNEL = "neocloud"
_SELLERS = {"large": "hyperscaler", "specialised": "neocloud"}


def rents_of(chip: str | None) -> Mapping[str, Mapping[str, str]]:
    """Return the rows of the rents of a chip by channel and term; none for a chip that is not in the library."""
    row = chip_row(chip or "")
    rents = {} if row is None else row.rents
    return {str(channel): {str(term): name for term, name in terms.items()} for channel, terms in rents.items()}


def channel_of(chip: str | None, setting: str | None) -> str:
    """Return the channel of a scenario: that of its setting, or by default the first that rents out the chip."""
    channels = rents_of(chip)
    if setting is not None:
        return setting
    return DEFAULT_CHANNEL if DEFAULT_CHANNEL in channels or not channels else next(iter(channels))


def rent_entries(chip: str, channel: str) -> dict[str, Entry]:
    """Return the rents of a chip in a channel as entries by quantity."""
    return {PRICES[term]: named_entry(row) for term, row in rents_of(chip).get(channel, {}).items()}


def default_discounts(channel: str) -> dict[str, Entry]:
    """Return the discounts and the other costs of a channel: the row of each quantity that has the name of the channel."""
    return {name: named_entry(channel) for name in OF_CHANNEL if channel in library.rows_of(name)}


def channels_of(quantity: str, entry: Entry) -> tuple[str, ...]:
    """Return the channels that a rent or a discount was measured on; none for a number that states none."""
    if entry.channel or entry.from_ is None:
        return entry.channel
    if is_posterior(entry.from_):
        seller = entry.from_.removesuffix(".csv").rpartition("-")[2]
        return (_SELLERS[seller],) if seller in _SELLERS else ()
    return library_entry(quantity, entry.from_).channel
