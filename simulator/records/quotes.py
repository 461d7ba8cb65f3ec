"""A table of quotes -> rental_price, chip_price or server_price.

Columns: chip, price, unit (such as `USD/chip/hour`), and where there are any currency, chips (of a server), term, vendor, date.
What a price is for is never guessed: a quote per hour does not say whether it is for a chip or a server of eight.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import exp, log
from pathlib import Path

from simulator.core import units
from simulator.core.formatting import digits
from simulator.core.units import Unit
from simulator.records import Found, Prior, chip_wanted, chosen_chip, far_off, positive, predictive, quantiles_of, spread_of
from simulator.records.table import NOTHING, Records, Row, Skip, Wrong, counted, shortened
from simulator.scenario.chips import chip_named

STALE = 365  # days before the newest quote
_CHIP = {"chip", "gpu", "accelerator", "card", "chips", "gpus"}
_SERVER = {"server", "node", "instance", "system", "box", "host", "vm"}
_TIME = {"hour": "hour", "hours": "hour", "hr": "hour", "h": "hour", "day": "day", "d": "day", "month": "month",
         "months": "month", "mo": "month", "year": "year", "yr": "year", "annum": "year"}  # fmt: skip
_UNITS = {"rental_price": Unit("USD/chip/hour"), "chip_price": Unit("USD/chip"), "server_price": Unit("USD/chip")}
_LIBRARY = {"rental_price": "h100-one-year-2026", "chip_price": "h100-2025", "server_price": "h100-2025"}
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
class _Per:
    """What a price is for: currency, one chip or a server, and how many hours it pays (none for a purchase)."""

    currency: str
    server: bool
    hours: float | None


def per(text: str) -> _Per:
    """Read the unit of a quote; raise ValueError with what is allowed."""
    words = [word for word in re.split(r"[\s/*-]+|\bper\b", text.strip()) if word]
    currency = ""
    if words and re.fullmatch(r"[A-Za-z]{3}", words[0]) and words[0].lower() not in _CHIP | _SERVER | _TIME.keys():
        currency = words.pop(0).upper()
    if re.search(r"[$€£¥]", text):
        raise ValueError(f"{shortened(text)} has the sign of a currency, which several have; write USD/chip/hour")
    plain = [word.lower() for word in words]
    of = [word for word in plain if word in _CHIP | _SERVER]
    time = [word for word in plain if word in _TIME]
    if len(of) + len(time) != len(plain) or len(of) > 1 or len(time) > 1:
        raise ValueError(
            f"{shortened(text)} is no unit of a quote; write USD/chip/hour, USD/server/hour, USD/chip or USD/server"
        )
    if not of:
        raise ValueError(f"{shortened(text)} does not say for what: USD/chip/hour, or USD/server/hour with a column chips")
    hours = units.factor(_TIME[time[0]], "hour") if time else None
    return _Per(currency, of[0] in _SERVER, hours)


class _Reader:
    def __init__(self, records: Records, chip: str, rates: Mapping[str, float]) -> None:
        self.records, self.rates, self.wanted = records, {"USD": 1.0, **rates}, chip
        self.quotes: list[_Quote] = []
        self.other: Counter[str] = Counter()
        self.other_line = 0
        self.price = records.need("price", "rate", "quote", "hourly_price", units=())
        self.chip = records.find("chip", "gpu", "accelerator", "gpu_model", "gpu_type", "model")
        if self.chip is None and not chip:
            records.need("chip", hint="; give it, or say which chip all quotes are for with --chip")
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
        price, chips = row.numbers(self.price, self.chips, nothing=NOTHING)
        if price is None:
            raise Skip(f"price {shortened(row.text(self.price))}")
        if price <= 0:
            raise Wrong((self.price, f"{shortened(row.text(self.price))} must be above zero"))
        what, rate = self._what(row)
        by = 1.0
        if what.server:
            if self.chips is None or chips is None or chips <= 0:
                column = self.chips or self.unit or self.price
                raise Wrong((column, "a price per server needs a column chips: how many it has"))
            by = chips
        quantity = "rental_price" if what.hours else "server_price" if what.server else "chip_price"
        date = row.past(self.date) if self.date and row.text(self.date).lower() not in NOTHING else None
        term, vendor = term_of(row.text(self.term)), row.text(self.vendor).casefold()
        amount = price * rate / by / (what.hours or 1.0)
        self.quotes.append(_Quote(row.line, quantity, amount, chip, term, vendor, date))
        return chip

    def _chip(self, row: Row) -> str:
        if self.chip is None:
            return self.wanted
        word = row.text(self.chip)
        if word.lower() in NOTHING:
            raise Skip("names no chip")
        chip = chip_named(word)
        if not chip:
            raise Skip(f"chip {shortened(word)} is not in the library")
        return chip

    def _what(self, row: Row) -> tuple[_Per, float]:
        """Return what a price is for, and what one of its currency is in USD."""
        column = self.unit if self.unit and row.text(self.unit) else self.price
        word = row.text(self.unit) or self.price.unit
        try:
            what = per(word)
        except ValueError as error:
            raise Wrong((column, str(error))) from None
        own = row.text(self.currency).upper()
        if own and what.currency and own != what.currency and self.currency:
            raise Wrong((self.currency, f"{shortened(own)} here, and {what.currency} in the unit; keep one"))
        code = own or what.currency
        if not re.fullmatch(r"[A-Z]{3}", code):
            named = f"{shortened(code)} is no currency" if code else "no currency"
            raise Wrong((self.currency or column, f"{named}; write a code such as USD, in a column currency or in the unit"))
        if code not in self.rates:
            self.other[code] += 1
            self.other_line = self.other_line or row.line
            raise Skip(f"in {code}")
        return what, self.rates[code]


def term_of(text: str) -> str:
    """Return the term of a contract in one way of saying it: `12 months`, `on demand`, `spot`."""
    plain = re.sub(r"[\s_-]+", " ", text.strip().lower())
    if plain in NOTHING:
        return ""
    length = re.fullmatch(r"([0-9]+) ?(m|mo|mos|month|months|y|yr|yrs|year|years)( reserved| commitment| contract)?", plain)
    if length:
        months = int(length[1]) * (12 if length[2].startswith("y") else 1)
        return f"{months} months" if months != 1 else "1 month"
    words = {
        "on demand": ("on demand", "ondemand", "hourly", "pay as you go", "payg"),
        "spot": ("spot", "preemptible", "interruptible"),
    }
    return next((word for word, same in words.items() if plain in same), plain[:40])


def read(path: Path, chip: str | None = None, term: str | None = None, rates: Mapping[str, float] | None = None) -> Found:
    """Return rental_price, chip_price or server_price from the quotes of one chip and one term.

    Each is the Student t for the next quote on the log scale (`records.predictive`); quotes of one vendor count as one for how
    far the distribution is known. `rates` is USD for one of another currency. Raise `InvalidInputError` with the issues of the
    file.
    """
    wanted = chip_wanted(chip)
    with Records(path) as records:
        reader = _Reader(records, wanted, rates or {})
        records.each(reader.use, identity=reader.vendor)
        if reader.other:
            named = ", ".join(sorted(reader.other))
            records.refuse(f"quotes are in {named}: give `--rate {min(reader.other)}=...`, USD for one {min(reader.other)}",
                           reader.currency or reader.unit or reader.price, reader.other_line)  # fmt: skip
        if not reader.quotes:
            records.nothing_left("price")
        made = chosen_chip(records, Counter(quote.chip for quote in reader.quotes), wanted, reader.chip)
        quotes = _of_one_term([quote for quote in reader.quotes if quote.chip == made], reader, term_of(term or ""))
        notes: list[str] = []
        priors = tuple(_prior(name, made, [q for q in quotes if q.quantity == name], notes) for name in _UNITS
                       if any(q.quantity == name for q in quotes))  # fmt: skip
        date = max((quote.date.date().isoformat() for quote in quotes if quote.date), default="")
        used = f"{records.used:,} of {records.rows:,} rows used"
        said = [note for note in (used, records.left_out(), *records.notes, *notes) if note]
        said.append(f"prices are of {made}: for a scenario with `chip: {made}`")
        return Found(priors, records.path.name, records.place(made), date, tuple(said))


def _of_one_term(quotes: list[_Quote], reader: _Reader, wanted: str) -> list[_Quote]:
    """Return the quotes of one term; what is bought has none."""
    terms = Counter(quote.term for quote in quotes if quote.quantity == "rental_price")
    listed = ", ".join(f"{term or 'none'} ({count:,})" for term, count in sorted(terms.items()))
    if wanted and wanted not in terms:
        reader.records.refuse(f"has no rent for the term {wanted!r}; its terms are {listed or 'none'}", reader.term)
    if not wanted and len(terms) > 1:
        reader.records.refuse(f"holds rents of several terms: {listed}; choose one with --term", reader.term)
    kept = [quote for quote in quotes if quote.quantity != "rental_price" or not wanted or quote.term == wanted]
    reader.records.drop("of another term", len(quotes) - len(kept))
    return kept


def _prior(quantity: str, chip: str, quotes: list[_Quote], notes: list[str]) -> Prior:
    vendors = Counter(quote.vendor for quote in quotes)
    independent = len(vendors) if "" not in vendors else len(vendors) - 1 + vendors[""]
    unit = _UNITS[quantity]
    row = _LIBRARY[quantity]
    library_quantity = "chip_price" if quantity == "server_price" else quantity
    spread = spread_of(library_quantity, row, unit, log)
    prices = [quote.price for quote in quotes]
    weights = [1.0 if not quote.vendor else 1 / vendors[quote.vendor] for quote in quotes]
    found = predictive([log(price) for price in prices], spread, weights, independent)
    middle = exp(found[50.0])
    for quote in quotes:
        if not middle / 10 < quote.price < middle * 10:
            notes.append(
                f"look at this: {digits(quote.price)} {unit.text} in line {quote.line}, where the middle is {digits(middle)}"
            )
    if quantity in _CHIP_KEYS:
        warning = far_off(chip, _CHIP_KEYS[quantity], unit, middle)
        if warning:
            notes.append(warning)
    dates = [quote.date for quote in quotes if quote.date]
    newest = max(dates, default=None)
    stale = [date for date in dates if newest and (newest - date).days > STALE]
    if stale:
        old = f"{counted(len(stale), 'quote')} more than {STALE} days older than the newest"
        notes.append(f"look at this: {old}, from {min(stale).date()} on, count like the others")
    term = quotes[0].term
    people = counted(len(vendors) - ("" in vendors), "vendor") if any(vendors) else "vendors not named"
    how = (
        "the next quote, Student t on the log scale, wider than theirs"
        if independent > 1
        else f"one vendor has no spread: that of the library's {library_quantity}/{row} is put about it"
    )
    span = f"at {prices[0]:,.6g}" if len(prices) == 1 else f"{min(prices):,.6g} to {max(prices):,.6g}"
    of_term = f", {term}" if term and quantity == "rental_price" else ""
    about = (
        f"Own quotes for {chip}{of_term}: {counted(len(quotes), 'quote')}, {people}, "
        f"{span}{f', newest of {newest.date()}' if newest else ''}; {how}"
    )
    return Prior(quantity, quantiles_of(found, positive), unit.text, about, newest.date().isoformat() if newest else "",
                 "A" if independent > 1 else "B")  # fmt: skip
