"""A table of quotes -> prices of the supply model: of rents by term and channel, and of chips and servers.

Columns: chip (or instance), price, unit (such as `USD/chip/hour`); optional are currency, chips (of a server), term, channel,
vendor, date. A wide table has a column of prices for each term. The unit of a price is never guessed: a quote per hour may be
for a chip or for a server of eight.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import exp, log
from pathlib import Path

from simulator.core import units
from simulator.core.formatting import format_significant
from simulator.core.results import Note
from simulator.core.units import Unit
from simulator.records import (
    PriorSet,
    RecordPrior,
    exp_rounded,
    is_library_chip,
    library_scale,
    make_prior_set,
    predictive_quantiles,
    quantile_distribution,
    resolve_chip,
    select_chip,
    warn_far_from_library,
)
from simulator.records.cells import MISSING_WORDS, CellError, Row, UnusableRowError, format_count, quote_cell
from simulator.records.quote_columns import TIMES, PriceColumn, find_price_columns, normalise_term
from simulator.records.quote_terms import CHANNELS, RENT, RENTS, Quote, select_channel, select_term, use_notes
from simulator.records.table import Records
from simulator.records.usage_units import CHIP_WORDS, SERVER_WORDS
from simulator.scenario.chips import find_chip
from simulator.scenario.instances import Instance, find_instance

STALE_DAYS = 365  # days before the newest quote
_RENT_UNIT, _CHIP_UNIT = Unit("USD/chip/hour"), Unit("USD/chip")
_UNITS = {
    **dict.fromkeys([RENT, *RENTS.values()], _RENT_UNIT), "chip_price": _CHIP_UNIT, "server_price": _CHIP_UNIT,
}  # fmt: skip
_LIBRARY_ROWS = {"chip_price": ("chip_price", "h100-2025"), "server_price": ("chip_price", "h100-2025")}
_LIBRARY_RENT = ("one_year_price", "h100-one-year-2026")
_CHIP_KEYS = {RENT: "on_demand_price", "on_demand_price": "on_demand_price", "chip_price": "chip_price"}


@dataclass(frozen=True, slots=True)
class _QuoteUnit:
    """Unit of a price: currency, one chip or a server, and the hours it pays for (None for a purchase)."""

    currency: str
    server: bool
    hours: float | None


_INSTANCE_NAMES = ("instance", "instance_type", "instance_name", "machine_type", "shape", "vm_size", "sku", "server_type")


def parse_unit(text: str, *, is_of_instance: bool = False) -> _QuoteUnit:
    """Parse the unit of a quote; raise ValueError with the allowed forms.

    With `is_of_instance` the row names an instance, so that a unit such as USD/hour is of it.
    """
    words = [word for word in re.split(r"[\s/*-]+|\bper\b", text.strip()) if word]
    currency = ""
    if words and re.fullmatch(r"[A-Za-z]{3}", words[0]) and words[0].lower() not in CHIP_WORDS | SERVER_WORDS | TIMES.keys():
        currency = words.pop(0).upper()
    if re.search(r"[$€£¥]", text):
        raise ValueError(f"{quote_cell(text)} has a currency sign, which is ambiguous; write USD/chip/hour")
    plain = [word.lower() for word in words]
    items = [word for word in plain if word in CHIP_WORDS | SERVER_WORDS]
    durations = [word for word in plain if word in TIMES]
    if len(items) + len(durations) != len(plain) or len(items) > 1 or len(durations) > 1:
        raise ValueError(
            f"{quote_cell(text)} is not a unit of a quote; write USD/chip/hour, USD/server/hour, USD/chip or USD/server"
        )
    if not items and is_of_instance and durations:
        items = ["instance"]
    if not items:
        raise ValueError(
            f"{quote_cell(text)} does not name a chip or a server: write USD/chip/hour, or USD/server/hour with a column chips"
        )
    hours = units.conversion_factor(TIMES[durations[0]], "hour") if durations else None
    return _QuoteUnit(currency, items[0] in SERVER_WORDS, hours)


@dataclass(frozen=True, slots=True)
class QuoteOptions:
    """How a table of quotes is read: the term, the channel, rates of currencies, and columns of prices."""

    term: str | None = None
    channel: str | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
    price_columns: Sequence[str] = ()


class _Reader:
    def __init__(self, records: Records, chip: str, options: QuoteOptions) -> None:
        self.records, self.rates, self.chip_option = records, {"USD": 1.0, **options.rates}, chip
        self.quotes: list[Quote] = []
        self.other_currencies: Counter[str] = Counter()
        self.other_channels: Counter[str] = Counter()
        self.first_other_line = 0
        self.instance = records.find(*_INSTANCE_NAMES)
        self.chip = records.find("chip", "gpu", "accelerator", "gpu_model", "gpu_type", "model", "gpu_name", "chip_type")
        if self.chip is None and self.instance is None and not chip:
            records.need("chip", hint="; give it, or name the `chip` of all quotes")
        self.prices = find_price_columns(records, options.price_columns)
        self.unit = records.find("unit", "per", "price_unit")
        self.currency = records.find("currency", "price_currency", "billing_currency")
        self.chips = records.find("chips", "gpus", "gpu_count", "chip_count", "gpus_per_server", "chips_per_server", "num_gpus")
        self.term, self.vendor = (
            records.find("term", "commitment", "contract", "pricing_model", "purchase_option"),
            records.find("vendor", "provider", "seller", "cloud"),
        )
        self.channel = records.find("channel", "market_segment", "provider_type", "vendor_type", "seller_type")
        self.date = records.find("date", "quoted", "valid_from", "as_of")
        if self.unit is None and not all(each.unit for each in self.prices):
            records.need(
                "unit", hint="; a price needs one, such as USD/chip/hour, here or in the header: `price (USD/chip/hour)`"
            )
        records.check()

    def use(self, row: Row) -> str:
        prices = row.numbers(*(each.column for each in self.prices), missing_words=MISSING_WORDS)
        (chips,) = row.numbers(self.chips, missing_words=MISSING_WORDS)
        chip, instance = self._chip(row)
        if chips is None and instance is not None:
            chips = instance.chips
        found = [(column, price) for column, price in zip(self.prices, prices, strict=True) if price is not None]
        if not found:
            raise UnusableRowError(f"price {quote_cell(row.text(self.prices[0].column))}")
        quotes = [self._quote(row, chip, chips, instance is not None, *each) for each in found]
        self.quotes += quotes
        return chip

    def _quote(
        self, row: Row, chip: str, chips: float | None, names_instance: bool, priced: PriceColumn, price: float
    ) -> Quote:
        if price <= 0:
            raise CellError((priced.column, f"{quote_cell(row.text(priced.column))} must be above zero"))
        quote_unit, rate = self._read_unit(row, priced, names_instance)
        chips_per_price = 1.0
        if quote_unit.server:
            if chips is None or chips <= 0:
                column = self.chips or self.unit or priced.column
                raise CellError((column, "a price per server needs a column chips with their number"))
            chips_per_price = chips
        quantity = RENT if quote_unit.hours else "server_price" if quote_unit.server else "chip_price"
        date = row.read_past_time(self.date) if self.date and row.text(self.date).lower() not in MISSING_WORDS else None
        term = (priced.term or normalise_term(row.text(self.term))) if quote_unit.hours else ""
        amount = price / rate / chips_per_price / (quote_unit.hours or 1.0)
        return Quote(row.line, quantity, amount, chip, term, self._channel(row), row.text(self.vendor).casefold(), date)

    def _channel(self, row: Row) -> str:
        plain = re.sub(r"[\s_-]+", " ", row.text(self.channel).casefold())
        if plain in MISSING_WORDS:
            return ""
        found = next((channel for channel, words in CHANNELS.items() if plain in words), "")
        if not found:
            self.other_channels[row.text(self.channel)] += 1
        return found

    def _chip(self, row: Row) -> tuple[str, Instance | None]:
        """Return the chip of a row, and the instance that it names."""
        cells = [row.text(column) for column in (self.chip, self.instance) if column is not None]
        instance = next((each for cell in cells if (each := find_instance(cell)) is not None), None)
        if not cells:
            return self.chip_option, None
        named = next((cell for cell in cells if cell.lower() not in MISSING_WORDS), "")
        if not named:
            raise UnusableRowError("names no chip")
        chip = next(filter(None, map(find_chip, cells)), "") or (instance.chip if instance else "")
        if not is_library_chip(chip):
            raise UnusableRowError(f"chip {quote_cell(named)} is not in the library")
        return chip, instance

    def _read_unit(self, row: Row, priced: PriceColumn, names_instance: bool) -> tuple[_QuoteUnit, float]:
        """Return the unit of a price, and the units of its currency for one USD."""
        own = row.text(self.unit)
        column = self.unit if self.unit and own else priced.column
        word = own or priced.unit
        try:
            quote_unit = parse_unit(word, is_of_instance=names_instance and self.instance is not None)
        except ValueError as error:
            raise CellError((column, str(error))) from None
        own_currency = row.text(self.currency).upper()
        if own_currency and quote_unit.currency and own_currency != quote_unit.currency and self.currency:
            raise CellError(
                (self.currency, f"{quote_cell(own_currency)} here, and {quote_unit.currency} in the unit; keep one")
            )
        code = own_currency or quote_unit.currency
        if not re.fullmatch(r"[A-Z]{3}", code):
            problem = f"{quote_cell(code)} is no currency" if code else "no currency"
            raise CellError(
                (self.currency or column, f"{problem}; write a code such as USD, in a column currency or in the unit")
            )
        if code not in self.rates:
            self.other_currencies[code] += 1
            self.first_other_line = self.first_other_line or row.line
            raise UnusableRowError(f"in {code}")
        return quote_unit, self.rates[code]


def read(
    path: Path,
    chip: str | None = None,
    term: str | None = None,
    rates: Mapping[str, float] | None = None,
    channel: str | None = None,
    price_columns: Sequence[str] = (),
) -> PriorSet:
    """Return prices from the quotes of one chip and one channel: of rents by term, of chips, and of servers.

    Rents on demand and spot are on_demand_price and spot_price; rents of one other term are rental_price, and those of several
    one_year_price, three_year_price and block_price. Each is the Student t for the next quote on the log scale
    (`records.predictive_quantiles`); quotes of one vendor count as one independent value. `rates` is units of another currency
    for one USD. Raise `InvalidInputError` with the issues of the file.
    """
    chip_option = resolve_chip(chip)
    options = QuoteOptions(term, channel, rates or {}, price_columns)
    with Records(path) as records:
        reader = _Reader(records, chip_option, options)
        records.read_rows(reader.use, identity=reader.vendor)
        if reader.other_currencies:
            first, *others = sorted(reader.other_currencies)
            records.refuse(
                f"quotes are in {', '.join([first, *others])}: give `--rate {first}=...`, {first} for one USD",
                reader.currency or reader.unit or reader.prices[0].column,
                reader.first_other_line,
            )
        if not reader.quotes:
            records.refuse_empty("price")
        chip_rows = Counter({name: len(lines) for name, lines in _lines_by_chip(reader.quotes).items()})
        chip_name = select_chip(records, chip_rows, chip_option, reader.chip)
        notes: list[Note] = []
        quotes = [quote for quote in reader.quotes if quote.chip == chip_name]
        quotes = select_channel(quotes, reader, options.channel)
        quotes = select_term(quotes, reader, normalise_term(options.term or ""), notes)
        priors = tuple(_prior(name, chip_name, [q for q in quotes if q.quantity == name], notes) for name in _UNITS
                       if any(q.quantity == name for q in quotes))  # fmt: skip
        date = max((quote.date.date().isoformat() for quote in quotes if quote.date), default="")
        notes += use_notes(priors, quotes[0].channel)
        text = f"prices are for {chip_name}: use them in a scenario with `chip: {chip_name}`"
        all_notes = [records.usage_note(), *records.reading_notes(), *notes, Note("chip-of-prices", chip_name, text)]
        return make_prior_set(records, priors, date, all_notes, chip_name)


def _lines_by_chip(quotes: Sequence[Quote]) -> dict[str, set[int]]:
    lines: dict[str, set[int]] = {}
    for quote in quotes:
        lines.setdefault(quote.chip, set()).add(quote.line)
    return lines


def _prior(quantity: str, chip: str, quotes: list[Quote], notes: list[Note]) -> RecordPrior:
    """Return the prior of the next quote; what is suspicious about the quotes goes to `notes`."""
    unit = _UNITS[quantity]
    library_quantity, row = _LIBRARY_ROWS.get(quantity, _LIBRARY_RENT)
    vendors = Counter(quote.vendor for quote in quotes)
    independent = len(vendors) if "" not in vendors else len(vendors) - 1 + vendors[""]
    weights = [1.0 if not quote.vendor else 1 / vendors[quote.vendor] for quote in quotes]
    library_sd = library_scale(library_quantity, row, unit, log)
    quantiles = predictive_quantiles([log(quote.price) for quote in quotes], library_sd, weights, independent)
    median = exp(quantiles[50.0])
    notes += _outlier_notes(quotes, quantity, median)
    if quantity in _CHIP_KEYS:
        notes += warn_far_from_library(chip, _CHIP_KEYS[quantity], unit, median)
    newest_date = max((quote.date for quote in quotes if quote.date), default=None)
    notes += _stale_notes(quotes, quantity, newest_date)
    dispersion_text = (
        "Student t for the next quote on the log scale"
        if independent > 1
        else f"one vendor only: the dispersion of the library's {library_quantity}/{row} is used about it"
    )
    about = f"{_describe(quantity, chip, quotes, newest_date)}; {dispersion_text}"
    date = newest_date.date().isoformat() if newest_date else ""
    channel = quotes[0].channel if unit is _RENT_UNIT else ""
    distribution = quantile_distribution(quantiles, exp_rounded)
    return RecordPrior(quantity, distribution, unit.text, about, date, _grade(quotes, independent), chip, channel)


def _grade(quotes: list[Quote], independent: int) -> str:
    """Return the grade: the list of one vendor is no evidence of a market, and vendors not named may be one."""
    if independent == 1:
        return "C"
    return "A" if sum(bool(quote.vendor) for quote in quotes) > 1 else "B"


def _outlier_notes(quotes: list[Quote], quantity: str, median: float) -> list[Note]:
    """Return a note for each price that is ten times the median or a tenth of it."""
    return [
        Note(
            "outlier",
            quantity,
            f"look at this: {format_significant(quote.price)} {_UNITS[quantity].text} in line {quote.line}, "
            f"where the median is {format_significant(median)}",
        )
        for quote in quotes
        if not median / 10 < quote.price < median * 10
    ]


def _stale_notes(quotes: list[Quote], quantity: str, newest_date: datetime | None) -> list[Note]:
    """Return a note on quotes that are much older than the newest, or none."""
    dates = [quote.date for quote in quotes if quote.date]
    stale = [date for date in dates if newest_date and (newest_date - date).days > STALE_DAYS]
    if not stale:
        return []
    count_text = f"{format_count(len(stale), 'quote')} more than {STALE_DAYS} days older than the newest"
    return [Note("stale-quotes", quantity, f"look at this: {count_text}, since {min(stale).date()}, count like the others")]


def _describe(quantity: str, chip: str, quotes: list[Quote], newest_date: datetime | None) -> str:
    """Return how many quotes there are, of which vendors, in which range and of which date."""
    vendors, prices, term = {quote.vendor for quote in quotes}, [quote.price for quote in quotes], quotes[0].term
    vendor_text = format_count(len(vendors - {""}), "vendor") if any(vendors) else "vendors not named"
    price_text = f"at {prices[0]:,.6g}" if len(prices) == 1 else f"{min(prices):,.6g} to {max(prices):,.6g}"
    term_text = f", {term}" if term and _UNITS[quantity] is _RENT_UNIT else ""
    date_text = f", newest of {newest_date.date()}" if newest_date else ""
    return f"Own quotes for {chip}{term_text}: {format_count(len(quotes), 'quote')}, {vendor_text}, {price_text}{date_text}"
