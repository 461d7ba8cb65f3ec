"""A bill in FOCUS 1.2 (FinOps Open Cost and Usage Specification, 2025) -> price of a GPU-hour, and idle commitments.

Columns go by name in any order; others, such as those of newer versions, are not looked at. Money is `EffectiveCost`: all
discounts and the share of what was paid ahead are in it. Purchases, credits, taxes and adjustments are left out; corrections
are netted.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from simulator.core.formatting import digits
from simulator.core.units import Unit
from simulator.records import Found, Prior, chip_wanted, chosen_chip, far_off, observed
from simulator.records.table import Records, Row, Skip, Wrong, counted, number, shortened
from simulator.scenario.chips import chip_named

ENTRIES = {"standard": "on_demand_price", "committed": "rental_price", "dynamic": "spot_price"}
"""Which quantity the price of each PricingCategory is."""
HOURS = {"hour", "hours", "hr", "hrs", "h"}
PRICE = Unit("USD/chip/hour")
_NAMES = ("SkuMeter", "ResourceType", "ChargeDescription")
_DETAIL = re.compile(r"(?i)gpu|accelerator|instance|model")
_OUTLIER = 10.0
_PERIOD = timedelta(days=32)  # a charge by the month ends so long after today at most


@dataclass(frozen=True, slots=True)
class GpuRule:
    """How many GPUs a row is of, for exports without SkuPriceDetails.

    `COLUMN` holds the number itself; with `COLUMN/REGEX` the first group of the expression is the number, and with
    `COLUMN/REGEX=8` every row that matches has so many. The expression must be found somewhere in the cell.
    """

    column: str
    pattern: re.Pattern[str]
    count: float | None

    @classmethod
    def parse(cls, text: str) -> "GpuRule":
        """Read a rule; raise ValueError with what is allowed."""
        column, slash, rest = text.partition("/")
        fixed = re.fullmatch(r"(.*)=([0-9]+)", rest)
        try:
            pattern = re.compile((fixed[1] if fixed else rest) if slash else r"^([0-9.]+)$")
        except re.error as error:
            raise ValueError(f"{rest!r} is no regular expression: {error}") from None
        if not column or (slash and not rest) or (not fixed and pattern.groups != 1):
            raise ValueError("write COLUMN/REGEX with one group that is the number of GPUs, or COLUMN/REGEX=8")
        count = float(fixed[2]) if fixed else None
        if count == 0:
            raise ValueError("a row of no GPUs has no price per GPU-hour")
        return cls(column, pattern, count)


@dataclass(slots=True)
class _Bill:
    """What the rows of one chip and one category add up to."""

    prices: dict[str, tuple[float, float]] = field(default_factory=dict)  # by price to four digits: GPU-hours, USD
    lines: dict[str, int] = field(default_factory=dict)
    rows: int = 0
    corrected: float = 0.0  # USD of corrections that give no quantity
    unused: float = 0.0  # USD of commitments that nothing used

    def add(self, hours: float, cost: float, line: int) -> None:
        key = f"{cost / hours:.3e}"
        before = self.prices.get(key, (0.0, 0.0))
        self.prices[key] = before[0] + hours, before[1] + cost
        self.lines.setdefault(key, line)
        self.rows += 1


class _Reader:
    """Takes the rows of a bill one by one."""

    def __init__(self, records: Records, rules: Sequence[GpuRule], rates: Mapping[str, float], only_usd: bool) -> None:
        self.records, self.rates, self.only_usd = records, {"USD": 1.0, **rates}, only_usd
        self.bills: dict[tuple[str, str], _Bill] = {}
        self.rows: Counter[str] = Counter()
        self.other: Counter[str] = Counter()
        self.other_line = 0
        self.usd = 0
        self.spans: dict[str, tuple[datetime, datetime]] = {}
        need = records.need
        self.currency, self.category = need("BillingCurrency"), need("ChargeCategory")
        self.service, self.pricing = need("ServiceCategory"), need("PricingCategory")
        self.quantity, self.unit = need("ConsumedQuantity"), need("ConsumedUnit")
        self.cost = need("EffectiveCost")
        self.starts, self.ends = need("ChargePeriodStart"), need("ChargePeriodEnd")
        self.charge_class = records.find("ChargeClass")
        self.status = records.find("CommitmentDiscountStatus")
        self.details = records.find("SkuPriceDetails")
        self.resource = records.find("ResourceId")
        self.named = [column for name in _NAMES if (column := records.find(name))]
        self.rules = [(rule, need(rule.column)) for rule in rules]
        if self.details is None and not rules:
            hint = ", which holds GpuCount; say where the number of GPUs is: --gpus-per-row COLUMN/REGEX"
            need("SkuPriceDetails", hint=hint)
        records.check()

    def use(self, row: Row) -> str:
        category = row.text(self.category).casefold()
        if category != "usage":
            raise Skip(f"charge category {shortened(row.text(self.category))}")
        if row.text(self.service).casefold() != "compute":
            raise Skip("service category is not Compute")
        unused = row.text(self.status).casefold() == "unused"
        gpus, named = self._gpus(row, unused)
        pricing = "committed" if unused else row.text(self.pricing).casefold()
        if not unused and row.text(self.unit).casefold() not in HOURS:
            raise Skip(f"unit {shortened(row.text(self.unit))} is not Hours")
        if pricing not in ENTRIES:
            raise Skip(f"pricing category {shortened(row.text(self.pricing))}")
        quantity, cost = row.numbers(self.quantity, self.cost)
        begin, end = row.past(self.starts), row.past(self.ends, _PERIOD)
        if end <= begin:
            raise Wrong((self.ends, f"{shortened(row.text(self.ends))} is not after the start of the charge"))
        rate = self._rate(row)
        if cost is None:
            raise Skip("no EffectiveCost")
        chip = self._chip(row, named)
        self._take(row, (chip, pricing), gpus, quantity, cost * rate, unused)
        span = self.spans.get(chip, (begin, end))
        self.spans[chip] = min(span[0], begin), max(span[1], end)
        return chip

    def _take(self, row: Row, key: tuple[str, str], gpus: float, quantity: float | None, cost: float, unused: bool) -> None:
        correction = row.text(self.charge_class).casefold() == "correction"
        bill = self.bills.get(key) or _Bill()
        if unused:
            if cost < 0 and not correction:
                raise Skip("negative cost that is no correction")
            bill.unused += cost
        elif not quantity:
            if not correction:
                raise Skip("no ConsumedQuantity" if quantity is None else "ConsumedQuantity of zero")
            bill.corrected += cost
        elif cost == 0:
            raise Skip("EffectiveCost of zero")
        elif (cost > 0) != (quantity > 0):
            raise Skip("cost and quantity of opposite sign")
        elif not 0 < cost / (quantity * gpus) < math.inf:
            raise Wrong((self.cost, f"{shortened(row.text(self.cost))} gives no finite price"))
        else:
            bill.add(quantity * gpus, cost, row.line)
        self.bills[key] = bill
        self.rows[key[0]] += 1

    def _chip(self, row: Row, named: str) -> str:
        return next(filter(None, map(chip_named, (named, *(row.text(column) for column in self.named)))), "")

    def _gpus(self, row: Row, unused: bool) -> tuple[float, str]:
        """Return the GPUs of a row, and what its details say of which they are."""
        for rule, column in self.rules:
            match = rule.pattern.search(row.text(column))
            if match:
                return (rule.count if rule.count is not None else self._count(match[1])), row.text(column)
        details = row.text(self.details)
        if not details:
            raise Skip("unused commitment without a number of GPUs" if unused else "no number of GPUs")
        try:
            held = json.loads(details)
        except (ValueError, RecursionError):
            raise Skip("SkuPriceDetails is no JSON") from None
        if not isinstance(held, dict):
            raise Skip("SkuPriceDetails is no JSON object")
        if held.get("GpuCount") is None:
            raise Skip("unused commitment without a number of GPUs" if unused else "no number of GPUs")
        named = " ".join(value for key, value in held.items() if isinstance(value, str) and _DETAIL.search(key))
        return self._count(str(held["GpuCount"])), named

    def _count(self, text: str) -> float:
        try:
            count = number(text.strip())
        except ValueError:
            raise Skip(f"number of GPUs {shortened(text)} is no number") from None
        if count <= 0:
            raise Skip("no GPUs")
        return count

    def _rate(self, row: Row) -> float:
        code = row.text(self.currency).upper()
        if not re.fullmatch(r"[A-Z]{3}", code):
            raise Wrong((self.currency, f"{shortened(row.text(self.currency))} is no currency; write a code such as USD"))
        if code not in self.rates:
            self.other[code] += 1
            self.other_line = self.other_line or row.line
            raise Skip(f"in {code}")
        self.usd += 1
        return self.rates[code]


def read(
    path: Path,
    chip: str | None = None,
    gpus_per_row: Sequence[GpuRule] = (),
    rates: Mapping[str, float] | None = None,
    only_usd: bool = False,
) -> Found:
    """Return on_demand_price (Standard), rental_price (Committed), spot_price (Dynamic) and idle_factor of a bill.

    A price is EffectiveCost / (ConsumedQuantity x GPUs), weighted by GPU-hours; idle_factor is the cost of all committed GPUs
    over that of the used ones. `rates` is USD for one of another currency; `only_usd` leaves rows in other currencies out.
    Raise `InvalidInputError` with the issues of the file.
    """
    wanted = chip_wanted(chip)
    with Records(path) as records:
        reader = _Reader(records, gpus_per_row, rates or {}, only_usd)
        records.each(reader.use, identity=reader.resource)
        _one_currency(reader)
        if not records.used:
            records.nothing_left("price of a GPU-hour")
        made = chosen_chip(records, reader.rows, wanted)
        return _found(reader, records, made, wanted)


def _one_currency(reader: _Reader) -> None:
    if reader.other and not reader.only_usd:
        codes = reader.other + Counter({"USD": reader.usd})
        named = ", ".join(f"{code} ({counted(rows, 'row')})" for code, rows in sorted(codes.items()))
        first = min(reader.other)
        reader.records.refuse(
            f"the bill is in {named}: give `--rate {first}=...`, USD for one {first}, or leave all but USD out: --only-usd",
            reader.currency,
            reader.other_line,
        )


def _found(reader: _Reader, records: Records, chip: str, wanted: str) -> Found:
    begin, end = reader.spans[chip]
    last = (end - timedelta(seconds=1)).date().isoformat()
    period = f"{begin.date().isoformat()} to {last}"
    of_chip = chip or wanted
    notes = list(records.notes)
    if not chip:
        notes.append(
            f"no row names a chip; taken as {wanted}" if wanted else "no row names a chip: prices are over all GPUs billed"
        )
    priors = []
    for pricing, quantity in ENTRIES.items():
        bill = reader.bills.get((chip, pricing))
        if bill is not None and bill.prices:
            prior = _price(bill, pricing, quantity, of_chip, period, notes)
            if prior is not None:
                priors.append(Prior(quantity, *prior, date=last))
    idle = _idle(reader, chip, period, notes)
    if idle is not None:
        priors.append(Prior("idle_factor", {"value": idle[0]}, "1", idle[1], date=last))
    if not priors:
        records.refuse(f"gives no price of a GPU-hour: {'; '.join([*notes, records.left_out()])}")
    if {"on_demand_price", "rental_price"} <= {prior.quantity for prior in priors}:
        notes.append("rental_price wins over on_demand_price whatever the commitment; `without: rental_price` leaves it out")
    left_out = records.left_out()
    notes = [note for note in (f"{records.used:,} of {records.rows:,} rows used", left_out, *notes) if note]
    if of_chip:
        notes.append(f"prices are of {of_chip}: for a scenario with `chip: {of_chip}`")
    return Found(tuple(priors), records.path.name, records.place(chip), last, tuple(notes))


def _price(
    bill: _Bill, pricing: str, quantity: str, chip: str, period: str, notes: list[str]
) -> tuple[dict[str, object], str, str] | None:
    """Return distribution, unit and words for the prices of one category, netted of its corrections."""
    kept = {key: sums for key, sums in bill.prices.items() if min(sums) > 1e-9}
    over = -sum(hours for hours, _ in bill.prices.values() if hours < -1e-9)
    if over > 0:
        notes.append(f"{pricing}: corrections of {digits(over)} GPU-hours meet no usage at their price here, and do not count")
    hours, cost = (math.fsum(sums[i] for sums in kept.values()) for i in (0, 1))
    net = (cost + bill.corrected) / cost if kept else 0.0
    if net <= 0:
        notes.append(f"{pricing}: corrections leave no cost, so there is no price")
        return None
    if bill.corrected:
        notes.append(f"{pricing}: corrections of {digits(bill.corrected)} USD without a quantity are spread over all its hours")
    prices = {key: sums[1] / sums[0] * net for key, sums in kept.items()}
    distribution, said = observed((prices[key], sums[0]) for key, sums in kept.items())
    middle = sorted(prices.values())[len(prices) // 2]
    for key, price in prices.items():
        if not middle / _OUTLIER < price < middle * _OUTLIER:
            notes.append(
                f"look at this: {digits(price)} USD/chip/hour in line {bill.lines[key]}, where others are at {digits(middle)}"
            )
    mean = cost * net / hours
    warning = "" if pricing == "dynamic" else far_off(chip, "on_demand_price", PRICE, mean)
    if warning:
        notes.append(warning)
    about = (
        f"Own bill{f', {chip}' if chip else ''}, {pricing} pricing: {mean:.6g} USD per GPU-hour in the mean; "
        f"{counted(bill.rows, 'row')}, {hours:,.6g} GPU-hours, {period}; {said}, weighted by hours"
    )
    return distribution, PRICE.text, about


def _idle(reader: _Reader, chip: str, period: str, notes: list[str]) -> tuple[float, str] | None:
    bill = reader.bills.get((chip, "committed"))
    if reader.status is None or bill is None:
        return None
    used = math.fsum(cost for _, cost in bill.prices.values()) + bill.corrected
    if used <= 0:
        notes.append("idle_factor is not known: there is no used commitment beside the unused one")
        return None
    factor = float(f"{(used + bill.unused) / used:.6g}")
    if factor < 1:
        notes.append("idle_factor is not known: corrections exceed the cost of unused commitments")
        return None
    about = (
        f"Own bill: cost of all committed GPUs over that of used ones; USD {used:,.0f} used, {bill.unused:,.0f} idle, {period}"
    )
    return factor, about
