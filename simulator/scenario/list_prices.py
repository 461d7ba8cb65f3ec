"""List prices of interfaces: rows of `list-prices.csv` by model, with the date from which each is in force."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from simulator.core.suggestions import InvalidValueError, similar_name_remedies
from simulator.scenario import library
from simulator.scenario.text import read_text

FILE = "list-prices.csv"
LATEST = date(2026, 11, 4)
"""Last day that the list covers: prices from a later date are not in force yet."""
TITLE = "genai-prices 0.2.3, MIT"
WEEKDAYS_SHARE, HOURS_OF_DAY = 5 / 7, 24.0
_PRICES = {
    "input_usd_per_mtok": "input_price",
    "cache_read_usd_per_mtok": "cached_input_price",
    "cache_write_usd_per_mtok": "cache_write_price",
    "output_usd_per_mtok": "output_price",
}
"""Quantities by the columns of the file."""
_TIER = re.compile(r"input x(?P<factor>[\d.]+) above (?P<tokens>\d+) tokens")
_HOURS = re.compile(r"(?P<start>\d\d):00-(?P<end>\d\d):00 UTC")


@dataclass(frozen=True, slots=True)
class ListPrice:
    """A price list of one model from a date on.

    Attributes
    ----------
    provider, model : str
    since : date or None
        First day in force; None for the list before any dated change.
    prices : mapping of str to float
        USD for a million tokens by quantity, such as `input_price`.
    long_context_from : float or None
        Tokens of a prompt above which the whole request costs more; None without such a tier.
    long_input_factor : float
        Factor on the price of input there.

    """

    provider: str
    model: str
    since: date | None
    prices: Mapping[str, float]
    long_context_from: float | None
    long_input_factor: float


@dataclass(frozen=True, slots=True)
class PeakHours:
    """Hours of weekdays at a higher price: their share of the week, and the price of output over that at other hours."""

    share: float
    factor: float


@cache
def _rows() -> tuple[Mapping[str, str], ...]:
    lines = read_text(library.folder() / FILE, FILE).splitlines()
    return tuple(csv.DictReader(line for line in lines if not line.startswith("#")))


@cache
def list_prices() -> Mapping[str, tuple[ListPrice, ...]]:
    """Return the lists of each model by name, the oldest first."""
    lists: dict[str, list[ListPrice]] = {}
    for row in _rows():
        if not _HOURS.fullmatch(row["condition"]):
            lists.setdefault(row["model"], []).append(_list_price(row))
    return {model: tuple(sorted(each, key=lambda one: one.since or date.min)) for model, each in lists.items()}


def _list_price(row: Mapping[str, str]) -> ListPrice:
    tier = _TIER.fullmatch(row["tier"])
    condition = row["condition"].removeprefix("from ")
    return ListPrice(
        provider=row["provider"],
        model=row["model"],
        since=None if condition == "base" else date.fromisoformat(condition),
        prices={quantity: float(row[column]) for column, quantity in _PRICES.items() if row[column]},
        long_context_from=float(tier["tokens"]) if tier else None,
        long_input_factor=float(tier["factor"]) if tier else 1.0,
    )


def price_in_force(name: str) -> ListPrice:
    """Return the list of a model that is in force, or the one of a date: `gpt-5.6-sol`, `gpt-5.6-sol from 2026-08-21`.

    Raises
    ------
    InvalidValueError
        If the file has no such model, or no such date of it.

    """
    model, _, since = name.partition(" from ")
    lists = list_prices().get(model)
    if lists is None:
        raise InvalidValueError(
            f"the library has no list price of {model[:100]!r}; `llmcost list prices` shows the {len(list_prices())} that it "
            "has",
            *similar_name_remedies(model[:100], list_prices()),
        )
    if not since:
        return [each for each in lists if each.since is None or each.since <= LATEST][-1]
    found = [each for each in lists if (each.since.isoformat() if each.since else "base") == since]
    if not found:
        dates: Sequence[str] = [each.since.isoformat() if each.since else "base" for each in lists]
        raise InvalidValueError(f"{model} has no list from {since[:20]!r}; it has {', '.join(dates)}")
    return found[0]


def peak_hours(price: ListPrice) -> PeakHours | None:
    """Return the dearer hours of a model, if its list has some."""
    rows = [row for row in _rows() if row["model"] == price.model]
    spans = [(match, row) for row in rows if (match := _HOURS.fullmatch(row["condition"]))]
    if not spans:
        return None
    hours = sum(int(match["end"]) - int(match["start"]) for match, _ in spans)
    factor = float(spans[0][1]["output_usd_per_mtok"]) / price.prices["output_price"]
    return PeakHours(hours / HOURS_OF_DAY * WEEKDAYS_SHARE, factor)
