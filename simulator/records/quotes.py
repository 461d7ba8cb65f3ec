"""A table of quotes -> rental_price, chip_price or server_price.

Columns: chip, price, unit (such as `USD/chip/hour`); optional are currency, chips (of a server), term, vendor, date.
The unit of a price is never guessed: a quote per hour may be for a chip or for a server of eight.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
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
    library_scale,
    make_prior_set,
    predictive_quantiles,
    quantile_distribution,
    resolve_chip,
    select_chip,
    warn_far_from_library,
)
from simulator.records.cells import MISSING_WORDS, CellError, Row, UnusableRowError, format_count, quote_cell
from simulator.records.table import Records
from simulator.scenario.chips import find_chip

STALE_DAYS = 365  # days before the newest quote
_CHIP_WORDS = {"chip", "gpu", "accelerator", "card", "chips", "gpus"}
_SERVER_WORDS = {"server", "node", "instance", "system", "box", "host", "vm"}
_TIME_UNITS = {"hour": "hour", "hours": "hour", "hr": "hour", "h": "hour", "day": "day", "d": "day", "month": "month",
         "months": "month", "mo": "month", "year": "year", "yr": "year", "annum": "year"}  # fmt: skip
_UNITS = {"rental_price": Unit("USD/chip/hour"), "chip_price": Unit("USD/chip"), "server_price": Unit("USD/chip")}
_LIBRARY_ROWS = {"rental_price": "h100-one-year-2026", "chip_price": "h100-2025", "server_price": "h100-2025"}
_CHIP_KEYS = {"rental_price": "on_demand_price", "chip_price": "chip_price"}


@dataclass(frozen=True, slots=True)
class _Quote:
    line: int
    quantity: str
    price: float
    chip: str
    term: str
    vendor: str
    date: datetime | None


@dataclass(frozen=True, slots=True)
class _QuoteUnit:
    """Unit of a price: currency, one chip or a server, and the hours it pays for (None for a purchase)."""

    currency: str
    server: bool
    hours: float | None


def parse_unit(text: str) -> _QuoteUnit:
    """Parse the unit of a quote; raise ValueError with the allowed forms."""
    words = [word for word in re.split(r"[\s/*-]+|\bper\b", text.strip()) if word]
    currency = ""
    if (
        words
        and re.fullmatch(r"[A-Za-z]{3}", words[0])
        and words[0].lower() not in _CHIP_WORDS | _SERVER_WORDS | _TIME_UNITS.keys()
    ):
        currency = words.pop(0).upper()
    if re.search(r"[$€£¥]", text):
        raise ValueError(f"{quote_cell(text)} has a currency sign, which is ambiguous; write USD/chip/hour")
    plain = [word.lower() for word in words]
    items = [word for word in plain if word in _CHIP_WORDS | _SERVER_WORDS]
    durations = [word for word in plain if word in _TIME_UNITS]
    if len(items) + len(durations) != len(plain) or len(items) > 1 or len(durations) > 1:
        raise ValueError(
            f"{quote_cell(text)} is not a unit of a quote; write USD/chip/hour, USD/server/hour, USD/chip or USD/server"
        )
    if not items:
        raise ValueError(
            f"{quote_cell(text)} does not name a chip or a server: write USD/chip/hour, or USD/server/hour with a column chips"
        )
    hours = units.conversion_factor(_TIME_UNITS[durations[0]], "hour") if durations else None
    return _QuoteUnit(currency, items[0] in _SERVER_WORDS, hours)


class _Reader:
    def __init__(self, records: Records, chip: str, rates: Mapping[str, float]) -> None:
        self.records, self.rates, self.chip_option = records, {"USD": 1.0, **rates}, chip
        self.quotes: list[_Quote] = []
        self.other_currencies: Counter[str] = Counter()
        self.first_other_line = 0
        self.price = records.need("price", "rate", "quote", "hourly_price", units=())
        self.chip = records.find("chip", "gpu", "accelerator", "gpu_model", "gpu_type", "model")
        if self.chip is None and not chip:
            records.need("chip", hint="; give it, or name the `chip` of all quotes")
        self.unit = records.find("unit", "per", "price_unit")
        self.currency = records.find("currency", "price_currency", "billing_currency")
        self.chips = records.find("chips", "gpus", "gpu_count", "chip_count", "gpus_per_server", "chips_per_server")
        self.term, self.vendor = (
            records.find("term", "commitment", "contract"),
            records.find("vendor", "provider", "seller", "cloud"),
        )
        self.date = records.find("date", "quoted", "valid_from", "as_of")
        if self.unit is None and not self.price.unit:
            records.need(
                "unit", hint="; a price needs one, such as USD/chip/hour, here or in the header: `price (USD/chip/hour)`"
            )
        records.check()

    def use(self, row: Row) -> str:
        chip = self._chip(row)
        price, chips = row.numbers(self.price, self.chips, missing_words=MISSING_WORDS)
        if price is None:
            raise UnusableRowError(f"price {quote_cell(row.text(self.price))}")
        if price <= 0:
            raise CellError((self.price, f"{quote_cell(row.text(self.price))} must be above zero"))
        quote_unit, rate = self._read_unit(row)
        chips_per_price = 1.0
        if quote_unit.server:
            if self.chips is None or chips is None or chips <= 0:
                column = self.chips or self.unit or self.price
                raise CellError((column, "a price per server needs a column chips with their number"))
            chips_per_price = chips
        quantity = "rental_price" if quote_unit.hours else "server_price" if quote_unit.server else "chip_price"
        date = row.read_past_time(self.date) if self.date and row.text(self.date).lower() not in MISSING_WORDS else None
        term, vendor = normalise_term(row.text(self.term)), row.text(self.vendor).casefold()
        amount = price / rate / chips_per_price / (quote_unit.hours or 1.0)
        self.quotes.append(_Quote(row.line, quantity, amount, chip, term, vendor, date))
        return chip

    def _chip(self, row: Row) -> str:
        if self.chip is None:
            return self.chip_option
        word = row.text(self.chip)
        if word.lower() in MISSING_WORDS:
            raise UnusableRowError("names no chip")
        chip = find_chip(word)
        if not chip:
            raise UnusableRowError(f"chip {quote_cell(word)} is not in the library")
        return chip

    def _read_unit(self, row: Row) -> tuple[_QuoteUnit, float]:
        """Return the unit of a price, and the units of its currency for one USD."""
        column = self.unit if self.unit and row.text(self.unit) else self.price
        word = row.text(self.unit) or self.price.unit
        try:
            quote_unit = parse_unit(word)
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


def normalise_term(text: str) -> str:
    """Return the term of a contract in a standard form: `12 months`, `on demand`, `spot`."""
    plain = re.sub(r"[\s_-]+", " ", text.strip().lower())
    if plain in MISSING_WORDS:
        return ""
    length = re.fullmatch(r"([0-9]+) ?(m|mo|mos|month|months|y|yr|yrs|year|years)( reserved| commitment| contract)?", plain)
    if length:
        months = int(length[1]) * (12 if length[2].startswith("y") else 1)
        return f"{months} months" if months != 1 else "1 month"
    words = {
        "on demand": ("on demand", "ondemand", "hourly", "pay as you go", "payg"),
        "spot": ("spot", "preemptible", "interruptible"),
    }
    return next((word for word, synonyms in words.items() if plain in synonyms), plain[:40])


def read(path: Path, chip: str | None = None, term: str | None = None, rates: Mapping[str, float] | None = None) -> PriorSet:
    """Return rental_price, chip_price or server_price from the quotes of one chip and one term.

    Each is the Student t for the next quote on the log scale (`records.predictive_quantiles`); quotes of one vendor count as
    one independent value. `rates` is units of another currency for one USD. Raise `InvalidInputError` with the issues of
    the file.
    """
    chip_option = resolve_chip(chip)
    with Records(path) as records:
        reader = _Reader(records, chip_option, rates or {})
        records.read_rows(reader.use, identity=reader.vendor)
        if reader.other_currencies:
            first, *others = sorted(reader.other_currencies)
            records.refuse(
                f"quotes are in {', '.join([first, *others])}: give `--rate {first}=...`, {first} for one USD",
                reader.currency or reader.unit or reader.price,
                reader.first_other_line,
            )
        if not reader.quotes:
            records.refuse_empty("price")
        chip_name = select_chip(records, Counter(quote.chip for quote in reader.quotes), chip_option, reader.chip)
        quotes = _select_term([quote for quote in reader.quotes if quote.chip == chip_name], reader, normalise_term(term or ""))
        notes: list[Note] = []
        priors = tuple(_prior(name, chip_name, [q for q in quotes if q.quantity == name], notes) for name in _UNITS
                       if any(q.quantity == name for q in quotes))  # fmt: skip
        date = max((quote.date.date().isoformat() for quote in quotes if quote.date), default="")
        text = f"prices are for {chip_name}: use them in a scenario with `chip: {chip_name}`"
        all_notes = [records.usage_note(), *records.reading_notes(), *notes, Note("chip-of-prices", chip_name, text)]
        return make_prior_set(records, priors, date, all_notes, chip_name)


def _select_term(quotes: list[_Quote], reader: _Reader, term: str) -> list[_Quote]:
    """Return the quotes of one term; purchases have none."""
    terms = Counter(quote.term for quote in quotes if quote.quantity == "rental_price")
    term_list = ", ".join(f"{name or 'none'} ({count:,})" for name, count in sorted(terms.items()))
    if term and term not in terms:
        reader.records.refuse(f"has no rent for the term {term!r}; its terms are {term_list or 'none'}", reader.term)
    if not term and len(terms) > 1:
        reader.records.refuse(f"has rents of several terms: {term_list}; choose one with --term", reader.term)
    selected = [quote for quote in quotes if quote.quantity != "rental_price" or not term or quote.term == term]
    reader.records.drop("of another term", len(quotes) - len(selected))
    return selected


def _prior(quantity: str, chip: str, quotes: list[_Quote], notes: list[Note]) -> RecordPrior:
    """Return the prior of the next quote; what is suspicious about the quotes goes to `notes`."""
    unit, row = _UNITS[quantity], _LIBRARY_ROWS[quantity]
    library_quantity = _library_quantity(quantity)
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
    grade = "A" if independent > 1 else "B"
    return RecordPrior(quantity, quantile_distribution(quantiles, exp_rounded), unit.text, about, date, grade, chip)


def _library_quantity(quantity: str) -> str:
    """Return the quantity of the library whose dispersion is used: a rent of any term is compared with that of contracts."""
    return {"server_price": "chip_price", "rental_price": "one_year_price"}.get(quantity, quantity)


def _outlier_notes(quotes: list[_Quote], quantity: str, median: float) -> list[Note]:
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


def _stale_notes(quotes: list[_Quote], quantity: str, newest_date: datetime | None) -> list[Note]:
    """Return a note on quotes that are much older than the newest, or none."""
    dates = [quote.date for quote in quotes if quote.date]
    stale = [date for date in dates if newest_date and (newest_date - date).days > STALE_DAYS]
    if not stale:
        return []
    count_text = f"{format_count(len(stale), 'quote')} more than {STALE_DAYS} days older than the newest"
    return [Note("stale-quotes", quantity, f"look at this: {count_text}, since {min(stale).date()}, count like the others")]


def _describe(quantity: str, chip: str, quotes: list[_Quote], newest_date: datetime | None) -> str:
    """Return how many quotes there are, of which vendors, in which range and of which date."""
    vendors, prices, term = {quote.vendor for quote in quotes}, [quote.price for quote in quotes], quotes[0].term
    vendor_text = format_count(len(vendors - {""}), "vendor") if any(vendors) else "vendors not named"
    price_text = f"at {prices[0]:,.6g}" if len(prices) == 1 else f"{min(prices):,.6g} to {max(prices):,.6g}"
    term_text = f", {term}" if term and quantity == "rental_price" else ""
    date_text = f", newest of {newest_date.date()}" if newest_date else ""
    return f"Own quotes for {chip}{term_text}: {format_count(len(quotes), 'quote')}, {vendor_text}, {price_text}{date_text}"
