"""A bill in FOCUS 1.2 (FinOps Open Cost and Usage Specification, 2025) -> price of a GPU-hour, and idle commitments.

Columns are found by name in any order; others, such as those of newer versions, are ignored. Costs are `EffectiveCost`, which
includes all discounts and the amortised share of prepayments. Purchases, credits, taxes and adjustments are left out;
corrections are netted.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from simulator.core.formatting import format_significant
from simulator.core.results import Note
from simulator.core.suggestions import InvalidValueError
from simulator.core.units import Unit
from simulator.records import (
    Distribution,
    PriorSet,
    RecordPrior,
    empirical_distribution,
    exp_rounded,
    library_scale,
    make_prior_set,
    predictive_quantiles,
    quantile_distribution,
    resolve_chip,
    select_chip,
    warn_far_from_library,
)
from simulator.records.cells import CellError, Row, UnusableRowError, format_count, parse_number, quote_cell
from simulator.records.gpus import GpuRule
from simulator.records.table import Records
from simulator.scenario.chips import find_chip

QUANTITIES = {"standard": "on_demand_price", "committed": "rental_price", "dynamic": "spot_price"}
"""Quantity given by the price of each PricingCategory."""
HOURS = {"hour", "hours", "hr", "hrs", "h"}
PRICE = Unit("USD/chip/hour")
_NAMES = ("SkuMeter", "ResourceType", "ChargeDescription")
_DETAIL = re.compile(r"(?i)gpu|accelerator|instance|model")
_NO_VALUE = frozenset({"", "none", "null"})
"""What exports write for a missing number."""
_OUTLIER = 10.0
_ONE_PRICE = 1.05
"""Ratio of the highest to the lowest price of a bill up to which they are one: it tells nothing of the spread of prices."""
_LIBRARY_PRICE = ("one_year_price", "h100-one-year-2026")
_PERIOD = timedelta(days=32)  # the longest time after today at which a monthly charge ends


@dataclass(slots=True)
class _Bill:
    """Sums over the rows of one chip and one pricing category."""

    prices: dict[str, tuple[float, float]] = field(default_factory=dict)  # by price to four digits: GPU-hours, USD
    lines: dict[str, int] = field(default_factory=dict)
    rows: int = 0
    corrected: float = 0.0  # USD of corrections without a quantity
    unused: float = 0.0  # USD of unused commitments

    def add(self, hours: float, cost: float, line: int) -> None:
        key = f"{cost / hours:.3e}"
        total_hours, total_cost = self.prices.get(key, (0.0, 0.0))
        self.prices[key] = total_hours + hours, total_cost + cost
        self.lines.setdefault(key, line)
        self.rows += 1


class _Reader:
    """Reads the rows of a bill one by one."""

    def __init__(self, records: Records, rules: Sequence[GpuRule], rates: Mapping[str, float], only_usd: bool) -> None:
        self.records, self.rates, self.only_usd = records, {"USD": 1.0, **rates}, only_usd
        self.bills: dict[tuple[str, str], _Bill] = {}
        self.chip_rows: Counter[str] = Counter()
        self.other_currencies: Counter[str] = Counter()
        self.first_other_line = 0
        self.usd_rows = 0
        self.periods: dict[str, tuple[datetime, datetime]] = {}
        need = records.need
        self.currency, self.category = need("BillingCurrency"), need("ChargeCategory")
        self.service, self.pricing = need("ServiceCategory"), need("PricingCategory")
        self.quantity, self.unit = need("ConsumedQuantity"), need("ConsumedUnit")
        self.cost = need("EffectiveCost")
        self.start, self.end = need("ChargePeriodStart"), need("ChargePeriodEnd")
        self.charge_class = records.find("ChargeClass")
        self.status = records.find("CommitmentDiscountStatus")
        self.details = records.find("SkuPriceDetails")
        self.resource = records.find("ResourceId")
        self.chip_columns = [column for name in _NAMES if (column := records.find(name))]
        self.rules = [(rule, need(rule.column)) for rule in rules]
        if self.details is None and not rules:
            hint = ", which contains GpuCount; give the column with the number of GPUs: --gpus-per-row COLUMN/REGEX"
            need("SkuPriceDetails", hint=hint)
        records.check()

    def use(self, row: Row) -> str:
        category = row.text(self.category).casefold()
        if category != "usage":
            raise UnusableRowError(f"charge category {quote_cell(row.text(self.category))}")
        if row.text(self.service).casefold() != "compute":
            raise UnusableRowError("service category is not Compute")
        is_unused = row.text(self.status).casefold() == "unused"
        gpus, chip_text = self._gpus(row, is_unused)
        pricing = "committed" if is_unused else row.text(self.pricing).casefold()
        if not is_unused and row.text(self.unit).casefold() not in HOURS:
            raise UnusableRowError(f"unit {quote_cell(row.text(self.unit))} is not Hours")
        if pricing not in QUANTITIES:
            raise UnusableRowError(f"pricing category {quote_cell(row.text(self.pricing))}")
        quantity, cost = row.numbers(self.quantity, self.cost, missing_words=_NO_VALUE)
        begin, end = row.read_past_time(self.start), row.read_past_time(self.end, _PERIOD)
        if end <= begin:
            raise CellError((self.end, f"{quote_cell(row.text(self.end))} is not after the start of the charge"))
        rate = self._rate(row)
        if cost is None:
            raise UnusableRowError("no EffectiveCost")
        chip = self._chip(row, chip_text)
        self._add_charge(row, (chip, pricing), gpus, quantity, cost / rate, is_unused)
        period = self.periods.get(chip, (begin, end))
        self.periods[chip] = min(period[0], begin), max(period[1], end)
        return chip

    def _add_charge(
        self, row: Row, key: tuple[str, str], gpus: float, quantity: float | None, cost: float, is_unused: bool
    ) -> None:
        is_correction = row.text(self.charge_class).casefold() == "correction"
        bill = self.bills.get(key) or _Bill()
        if is_unused:
            if cost < 0 and not is_correction:
                raise UnusableRowError("negative cost that is no correction")
            bill.unused += cost
        elif not quantity:
            if not is_correction:
                raise UnusableRowError("no ConsumedQuantity" if quantity is None else "ConsumedQuantity of zero")
            bill.corrected += cost
        elif cost == 0:
            raise UnusableRowError("EffectiveCost of zero")
        elif (cost > 0) != (quantity > 0):
            raise UnusableRowError("cost and quantity of opposite sign")
        elif not 0 < cost / (quantity * gpus) < math.inf:
            raise CellError((self.cost, f"{quote_cell(row.text(self.cost))} gives no finite price"))
        else:
            bill.add(quantity * gpus, cost, row.line)
        self.bills[key] = bill
        self.chip_rows[key[0]] += 1

    def _chip(self, row: Row, chip_text: str) -> str:
        return next(filter(None, map(find_chip, (chip_text, *(row.text(column) for column in self.chip_columns)))), "")

    def _gpus(self, row: Row, is_unused: bool) -> tuple[float, str]:
        """Return the number of GPUs of a row, and the text that may name their chip."""
        for rule, column in self.rules:
            match = rule.pattern.search(row.text(column))
            if match:
                return (rule.count if rule.count is not None else self._count(match[1])), row.text(column)
        details = row.text(self.details)
        if not details:
            raise UnusableRowError("unused commitment without a number of GPUs" if is_unused else "no number of GPUs")
        try:
            fields = json.loads(details)
        except (ValueError, RecursionError):
            raise UnusableRowError("SkuPriceDetails is no JSON") from None
        if not isinstance(fields, dict):
            raise UnusableRowError("SkuPriceDetails is no JSON object")
        if fields.get("GpuCount") is None:
            raise UnusableRowError("unused commitment without a number of GPUs" if is_unused else "no number of GPUs")
        chip_text = " ".join(value for key, value in fields.items() if isinstance(value, str) and _DETAIL.search(key))
        return self._count(str(fields["GpuCount"])), chip_text

    def _count(self, text: str) -> float:
        try:
            count = parse_number(text.strip())
        except ValueError:
            raise UnusableRowError(f"number of GPUs {quote_cell(text)} is no number") from None
        if count <= 0:
            raise UnusableRowError("no GPUs")
        return count

    def _rate(self, row: Row) -> float:
        code = row.text(self.currency).upper()
        if not re.fullmatch(r"[A-Z]{3}", code):
            raise CellError((self.currency, f"{quote_cell(row.text(self.currency))} is no currency; write a code such as USD"))
        if code not in self.rates:
            self.other_currencies[code] += 1
            self.first_other_line = self.first_other_line or row.line
            raise UnusableRowError(f"in {code}")
        self.usd_rows += 1
        return self.rates[code]


def read(
    path: Path,
    chip: str | None = None,
    gpus_per_row: Sequence[GpuRule] = (),
    rates: Mapping[str, float] | None = None,
    only_usd: bool = False,
) -> PriorSet:
    """Return on_demand_price (Standard), rental_price (Committed), spot_price (Dynamic) and idle_factor of a bill.

    A price is EffectiveCost / (ConsumedQuantity x GPUs), weighted by GPU-hours; idle_factor is the cost of all committed GPUs
    over that of the used ones. `rates` is units of another currency for one USD; `only_usd` leaves out rows in others.
    Raise `InvalidInputError` with the issues of the file.
    """
    if only_usd and rates:
        message = f"--only-usd leaves out the rows that --rate {', '.join(sorted(rates))} would convert; give one of the two"
        raise InvalidValueError(message)
    chip_option = resolve_chip(chip)
    with Records(path) as records:
        reader = _Reader(records, gpus_per_row, rates or {}, only_usd)
        records.read_rows(reader.use, identity=reader.resource)
        _require_one_currency(reader)
        if not records.used_rows:
            records.refuse_empty("price of a GPU-hour")
        chip_name = select_chip(records, reader.chip_rows, chip_option)
        return _build_prior_set(reader, records, chip_name, chip_option)


def _require_one_currency(reader: _Reader) -> None:
    if reader.other_currencies and not reader.only_usd:
        codes = reader.other_currencies + Counter({"USD": reader.usd_rows})
        currency_list = ", ".join(f"{code} ({format_count(rows, 'row')})" for code, rows in sorted(codes.items()))
        first = min(reader.other_currencies)
        reader.records.refuse(
            f"the bill is in {currency_list}: give `--rate {first}=...`, {first} for one USD, or use USD alone: --only-usd",
            reader.currency,
            reader.first_other_line,
        )


def _build_prior_set(reader: _Reader, records: Records, chip: str, chip_option: str) -> PriorSet:
    begin, end = reader.periods[chip]
    last_day = (end - timedelta(seconds=1)).date().isoformat()
    period = f"{begin.date().isoformat()} to {last_day}"
    chip_name = chip or chip_option
    notes: list[Note] = []
    if not chip:
        reading = f"taken as {chip_option}" if chip_option else "prices are over all GPUs billed"
        notes.append(Note("no-chip", records.path.name, f"no row names a chip: {reading}"))
    priors = _price_priors(reader, chip, chip_name, period, last_day, notes)
    idle = _idle(reader, chip, period, notes)
    if idle is not None:
        priors.append(RecordPrior("idle_factor", {"value": idle[0]}, "1", idle[1], date=last_day))
    if not priors:
        reasons = [*map(str, [*records.notes, *notes]), records.describe_skipped()]
        records.refuse(f"gives no price of a GPU-hour: {'; '.join(reasons)}")
    if {"on_demand_price", "rental_price"} <= {prior.quantity for prior in priors}:
        text = (
            "rental_price takes precedence over on_demand_price whatever the commitment; `without: rental_price` leaves it out"
        )
        notes.append(Note("precedence", "rental_price", text))
    if idle is not None:
        text = (
            "idle_factor acts on capacity under contract that other work shares: `commitment: one-year`, `reservation: shared`"
        )
        notes.append(Note("shared-reservation", "idle_factor", text))
    if chip_name:
        text = f"prices are for {chip_name}: use them in a scenario with `chip: {chip_name}`"
        notes.append(Note("chip-of-prices", chip_name, text))
    return make_prior_set(records, priors, last_day, [records.usage_note(), *records.reading_notes(), *notes], chip)


def _price_priors(
    reader: _Reader, chip: str, chip_name: str, period: str, last_day: str, notes: list[Note]
) -> list[RecordPrior]:
    """Return the prior of the price of each pricing category that the bill has for a chip."""
    priors = []
    for pricing, quantity in QUANTITIES.items():
        bill = reader.bills.get((chip, pricing))
        if bill is not None and bill.prices:
            prior = _price(bill, pricing, quantity, chip_name, period, notes)
            if prior is not None:
                priors.append(replace(prior, date=last_day, chip=chip_name))
    return priors


def _price(bill: _Bill, pricing: str, quantity: str, chip: str, period: str, notes: list[Note]) -> RecordPrior | None:
    """Return the prior of the prices of one category, net of its corrections, or None where they leave no cost."""
    positive_sums = {key: sums for key, sums in bill.prices.items() if min(sums) > 1e-9}
    unmatched_hours = -sum(hours for hours, _ in bill.prices.values() if hours < -1e-9)
    if unmatched_hours > 0:
        amount = format_significant(unmatched_hours)
        text = f"{pricing}: corrections of {amount} GPU-hours match no usage at their price here, and do not count"
        notes.append(Note("unmatched-corrections", quantity, text))
    hours, cost = (math.fsum(sums[i] for sums in positive_sums.values()) for i in (0, 1))
    net = (cost + bill.corrected) / cost if positive_sums else 0.0
    if net <= 0:
        notes.append(Note("no-price", quantity, f"{pricing}: corrections leave no cost, so there is no price"))
        return None
    if bill.corrected:
        amount = format_significant(bill.corrected)
        text = f"{pricing}: corrections of {amount} USD without a quantity are distributed over all its hours"
        notes.append(Note("distributed-corrections", quantity, text))
    prices = {key: sums[1] / sums[0] * net for key, sums in positive_sums.items()}
    mean_price = cost * net / hours
    grade = "A"
    if max(prices.values()) <= min(prices.values()) * _ONE_PRICE:
        distribution, description, grade = *_about_one_price(mean_price), "B"
        text = f"{pricing}: {description}; write the price as one number if a contract fixes it"
        notes.append(Note("no-spread", quantity, text))
    else:
        distribution, description = empirical_distribution((prices[key], sums[0]) for key, sums in positive_sums.items())
    median = sorted(prices.values())[len(prices) // 2]
    for key, price in prices.items():
        if not median / _OUTLIER < price < median * _OUTLIER:
            text = (
                f"look at this: {format_significant(price)} USD/chip/hour in line {bill.lines[key]}, "
                f"where the median is {format_significant(median)}"
            )
            notes.append(Note("outlier", quantity, text))
    if pricing != "dynamic":
        notes += warn_far_from_library(chip, "on_demand_price", PRICE, mean_price)
    about = (
        f"Own bill{f', {chip}' if chip else ''}, {pricing} pricing: mean of {mean_price:.6g} USD per GPU-hour; "
        f"{format_count(bill.rows, 'row')}, {hours:,.6g} GPU-hours, {period}; {description}, weighted by hours"
    )
    return RecordPrior(quantity, distribution, PRICE.text, about, grade=grade)


def _about_one_price(price: float) -> tuple[Distribution, str]:
    """Return the distribution of a price of which a bill has one: the dispersion of the market about it, as for one quote."""
    library_quantity, row = _LIBRARY_PRICE
    quantiles = predictive_quantiles([math.log(price)], library_scale(library_quantity, row, PRICE, math.log))
    description = f"one price only: the dispersion of the library's {library_quantity}/{row} is used about it"
    return quantile_distribution(quantiles, exp_rounded), description


def _idle(reader: _Reader, chip: str, period: str, notes: list[Note]) -> tuple[float, str] | None:
    """Return the cost of all committed GPUs over that of the used ones, with its description, or None."""
    bill = reader.bills.get((chip, "committed"))
    if reader.status is None or bill is None:
        return None
    used_cost = math.fsum(cost for _, cost in bill.prices.values()) + bill.corrected
    if used_cost <= 0:
        text = "idle_factor is not available: there is no used commitment beside the unused one"
        notes.append(Note("no-idle-factor", "idle_factor", text))
        return None
    factor = float(f"{(used_cost + bill.unused) / used_cost:.6g}")
    if factor < 1:
        text = "idle_factor is not available: corrections exceed the cost of unused commitments"
        notes.append(Note("no-idle-factor", "idle_factor", text))
        return None
    amounts = f"USD {used_cost:,.0f} used, {bill.unused:,.0f} idle, {period}"
    return factor, f"Own bill: cost of all committed GPUs over that of used ones; {amounts}"
