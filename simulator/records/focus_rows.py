"""The rows of a bill in FOCUS 1.0 to 1.2: columns by name, charges by chip and pricing, and what is left out with its reason.

Columns are found by their names in any order and spelling (`ChargeCategory`, `charge_category`, `Charge Category`), under the
names of drafts of the specification too; others are ignored. NULL is an empty cell.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulator.core.results import Note
from simulator.records.cells import NULL_WORDS, CellError, Column, Row, UnusableRowError, format_count, quote_cell
from simulator.records.focus_tokens import TokenBill
from simulator.records.gpus import GpuRule, RowGpus, RuleMatch, find_gpus
from simulator.records.table import Records
from simulator.records.usage_units import parse_token_unit, parse_usage_unit

COLUMNS = {
    "BillingCurrency": (), "ChargeCategory": ("ChargeType",), "ServiceCategory": (), "PricingCategory": (),
    "ConsumedQuantity": ("UsageQuantity",), "ConsumedUnit": ("UsageUnit",), "EffectiveCost": ("AmortizedCost",),
    "ChargePeriodStart": (), "ChargePeriodEnd": (),
}  # fmt: skip
"""Required columns, each with its names in drafts of the specification."""
PRICINGS = {
    "standard": ("standard", "on-demand", "on demand", "ondemand"),
    "committed": ("committed", "commitment-based", "commitment based", "commitment discount", "commitment", "reserved"),
    "dynamic": ("dynamic", "spot", "preemptible"),
}
"""Pricing categories with their names in drafts and converters."""
CATEGORIES = ("compute", "ai and machine learning")
"""Service categories of the specification under which GPUs are billed."""
_PRICING_WORDS = {word: pricing for pricing, words in PRICINGS.items() for word in words}
_TEXT_COLUMNS = ("SkuMeter", "ResourceType", "ChargeDescription", "SkuDescription")
_EXTENSION = re.compile(r"(?i)x_.*(sku|usage|instance|meter|machine|type|shape|flavou?r|model|description)|oci_.*description")
_PERIOD = timedelta(days=32)  # the longest time after today at which a monthly charge ends


@dataclass(slots=True)
class Bill:
    """Sums over the rows of one chip and one pricing category."""

    prices: dict[str, tuple[float, float]] = field(default_factory=dict)  # by price to four digits: GPU-hours, USD
    lines: dict[str, int] = field(default_factory=dict)
    rows: int = 0
    corrected: float = 0.0  # USD of corrections without a quantity
    unused: float = 0.0  # USD of unused commitments

    def add(self, hours: float, cost: float, line: int) -> None:
        """Add the GPU-hours and the cost of a row, under their price."""
        key = f"{cost / hours:.3e}"
        total_hours, total_cost = self.prices.get(key, (0.0, 0.0))
        self.prices[key] = total_hours + hours, total_cost + cost
        self.lines.setdefault(key, line)
        self.rows += 1


@dataclass(frozen=True, slots=True)
class FocusOptions:
    """How a bill is read: rules for numbers of GPUs, rates of currencies, and further service categories."""

    rules: Sequence[GpuRule] = ()
    rates: Mapping[str, float] = field(default_factory=dict)
    only_usd: bool = False
    categories: Sequence[str] = ()


class FocusReader:
    """Reads the rows of a bill one by one."""

    def __init__(self, records: Records, options: FocusOptions) -> None:
        self.records, self.rates, self.only_usd = records, {"USD": 1.0, **options.rates}, options.only_usd
        self.admitted = {*CATEGORIES, *(name.casefold() for name in options.categories)}
        self.bills: dict[tuple[str, str], Bill] = {}
        self.tokens = TokenBill()
        self.chip_rows: Counter[str] = Counter()
        self.labels: Counter[str] = Counter()  # of rows without a chip
        self.other_currencies: Counter[str] = Counter()
        self.first_other_line = 0
        self.usd_rows = 0
        self.recategorised: Counter[str] = Counter()  # rows that used a commitment, by their pricing category
        self.conflicts: Counter[str] = Counter()
        self.has_meters = False
        self.periods: dict[str, tuple[datetime, datetime]] = {}
        found = {name: records.need(*_spellings(name, *others)) for name, others in COLUMNS.items()}
        self.currency, self.category = found["BillingCurrency"], found["ChargeCategory"]
        self.service, self.pricing = found["ServiceCategory"], found["PricingCategory"]
        self.quantity, self.unit = found["ConsumedQuantity"], found["ConsumedUnit"]
        self.cost = found["EffectiveCost"]
        self.start, self.end = found["ChargePeriodStart"], found["ChargePeriodEnd"]
        self.charge_class, self.status = self._find("ChargeClass"), self._find("CommitmentDiscountStatus")
        self.commitment, self.details = self._find("CommitmentDiscountId"), self._find("SkuPriceDetails")
        self.pricing_quantity, self.pricing_unit = self._find("PricingQuantity"), self._find("PricingUnit")
        self.resource, self.service_name = self._find("ResourceId"), self._find("ServiceName")
        self.text_columns = self._text_columns()
        self.rules = [(rule, records.need(rule.column)) for rule in options.rules]
        records.check()

    def _find(self, name: str) -> Column | None:
        return self.records.find(*_spellings(name))

    def _text_columns(self) -> list[Column]:
        """Return the columns that may name an instance or a chip, those of the specification first."""
        named = [column for name in _TEXT_COLUMNS if (column := self._find(name))]
        taken = {column.index for column in named}
        extensions = [
            Column(index, name)
            for index, name in enumerate(self.records.header)
            if index not in taken and _EXTENSION.fullmatch(name)
        ]
        return [*named, *extensions]

    def use(self, row: Row) -> str:
        """Add a row to the sums of its chip or its model; return its group."""
        if row.text(self.category).casefold() != "usage":
            raise UnusableRowError(f"charge category {quote_cell(row.text(self.category))}")
        quantity_column, unit_text = self._quantity_and_unit(row)
        tokens = parse_token_unit(unit_text)
        if tokens is not None:
            return self._use_tokens(row, tokens)
        rule = self._rule(row)
        self._require_category(row, admitted_by_rule=rule is not None)
        is_unused = row.text(self.status).casefold() == "unused"
        unit = parse_usage_unit(unit_text)
        if not is_unused and unit is None:
            raise UnusableRowError(f"unit {quote_cell(unit_text)} is no time of instances or GPUs")
        gpus = self._gpus(row, rule, is_of_chips=unit is not None and unit.is_of_chips, is_unused=is_unused)
        pricing = self._pricing(row, is_unused)
        quantity, cost = row.numbers(quantity_column, self.cost)
        period = self._period(row)
        rate = self._rate(row)
        if cost is None:
            raise UnusableRowError("no EffectiveCost")
        hours = None if quantity is None else quantity * gpus.count * (unit.hours if unit else 1.0)
        self._add_charge(row, (gpus.chip, pricing), hours, cost / rate, is_unused)
        self._count(row, gpus, pricing)
        self._extend_period(gpus.chip, *period)
        return gpus.chip

    def _quantity_and_unit(self, row: Row) -> tuple[Column | None, str]:
        """Return the column of the quantity and its unit: what was consumed, or what was priced where that is empty."""
        if row.text(self.unit) or not row.text(self.pricing_unit):
            return self.quantity, row.text(self.unit)
        return self.pricing_quantity, row.text(self.pricing_unit)

    def _require_category(self, row: Row, *, admitted_by_rule: bool) -> None:
        """Raise `UnusableRowError` for a service under which no GPUs are billed.

        A taxonomy such as `GCP > Compute > GPUs > On Demand` is admitted by any of its levels. A row that a rule of the user
        matches counts whatever its category.
        """
        text = row.text(self.service)
        levels = {level.strip().casefold() for level in re.split(r"[>/|]", text)} | {text.casefold()}
        if not admitted_by_rule and not levels & self.admitted:
            raise UnusableRowError(f"service category {quote_cell(text)}")

    def _rule(self, row: Row) -> RuleMatch | None:
        for rule, column in self.rules:
            match = rule.match(row.text(column))
            if match is not None:
                return match
        return None

    def _gpus(self, row: Row, rule: RuleMatch | None, *, is_of_chips: bool, is_unused: bool) -> RowGpus:
        texts = [row.text(column) for column in self.text_columns]
        gpus = find_gpus(rule, row.text(self.details), texts, is_of_chips=is_of_chips)
        if gpus is None:
            raise UnusableRowError("unused commitment without a number of GPUs" if is_unused else "no number of GPUs")
        return gpus

    def _pricing(self, row: Row, is_unused: bool) -> str:
        """Return the pricing category: committed wherever a commitment applies, whatever the column says."""
        text = row.text(self.pricing)
        pricing = _PRICING_WORDS.get(text.casefold(), "")
        if is_unused or row.text(self.status).casefold() == "used" or row.text(self.commitment):
            return "committed"
        if not pricing:
            raise UnusableRowError(f"pricing category {quote_cell(text)}")
        return pricing

    def _count(self, row: Row, gpus: RowGpus, pricing: str) -> None:
        text = row.text(self.pricing)
        if pricing == "committed" and _PRICING_WORDS.get(text.casefold()) != "committed":
            self.recategorised[text] += 1
        if gpus.conflict:
            self.conflicts[f"{gpus.conflict} (first in line {row.line})" if not self.conflicts else gpus.conflict] += 1
        if not gpus.chip:
            self.labels[gpus.label] += 1
        self.has_meters |= gpus.is_meter

    def _period(self, row: Row) -> tuple[datetime, datetime]:
        begin, end = row.read_past_time(self.start), row.read_past_time(self.end, _PERIOD)
        if end <= begin:
            raise CellError((self.end, f"{quote_cell(row.text(self.end))} is not after the start of the charge"))
        return begin, end

    def _extend_period(self, group: str, begin: datetime, end: datetime) -> None:
        period = self.periods.get(group, (begin, end))
        self.periods[group] = min(period[0], begin), max(period[1], end)

    def _add_charge(self, row: Row, key: tuple[str, str], hours: float | None, cost: float, is_unused: bool) -> None:
        is_correction = row.text(self.charge_class).casefold() == "correction"
        bill = self.bills.get(key) or Bill()
        if is_unused:
            if cost < 0 and not is_correction:
                raise UnusableRowError("negative cost that is no correction")
            bill.unused += cost
        elif not hours:
            if not is_correction:
                raise UnusableRowError("no ConsumedQuantity" if hours is None else "ConsumedQuantity of zero")
            bill.corrected += cost
        elif cost == 0:
            raise UnusableRowError("EffectiveCost of zero")
        elif (cost > 0) != (hours > 0):
            raise UnusableRowError("cost and quantity of opposite sign")
        elif not 0 < cost / hours < math.inf:
            raise CellError((self.cost, f"{quote_cell(row.text(self.cost))} gives no finite price"))
        else:
            bill.add(hours, cost, row.line)
        self.bills[key] = bill
        self.chip_rows[key[0]] += 1

    def _use_tokens(self, row: Row, tokens_per_unit: float) -> str:
        """Add a row of tokens to those of its model."""
        quantity_column, _ = self._quantity_and_unit(row)
        quantity, cost = row.numbers(quantity_column, self.cost)
        begin, end = self._period(row)
        rate = self._rate(row)
        if cost is None or not quantity:
            raise UnusableRowError("no EffectiveCost" if cost is None else "no tokens")
        if cost == 0:
            raise UnusableRowError("EffectiveCost of zero")
        if (cost > 0) != (quantity > 0):
            raise UnusableRowError("cost and quantity of opposite sign")
        texts = [row.text(column) for column in self.text_columns]
        model = self.tokens.add(
            row.text(self.details), texts, row.text(self.service_name), quantity * tokens_per_unit, cost / rate
        )
        self._extend_period(f"tokens of {model}", begin, end)
        return f"tokens of {model}"

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

    def require_one_currency(self) -> None:
        """Refuse a bill in currencies that have no rate."""
        if not self.other_currencies or self.only_usd:
            return
        codes = self.other_currencies + Counter({"USD": self.usd_rows})
        currency_list = ", ".join(f"{code} ({format_count(rows, 'row')})" for code, rows in sorted(codes.items()))
        first = min(self.other_currencies)
        self.records.refuse(
            f"the bill is in {currency_list}: give `--rate {first}=...`, {first} for one USD, or use USD alone: --only-usd",
            self.currency,
            self.first_other_line,
        )

    def explain_empty(self) -> str:
        """Return what may make unusable rows usable: where the number of GPUs is, or which service category to admit."""
        hints = []
        reasons = list(self.records.skip_counts)
        if any("number of GPUs" in reason for reason in reasons):
            missing = "" if self.details else "the bill has no column SkuPriceDetails (FOCUS 1.0 has none) and "
            hints.append(
                f"; {missing}no name of an instance that the library knows; say where the number of GPUs is: "
                "--gpus-per-row COLUMN/REGEX"
            )
        if any(reason.startswith("service category") for reason in reasons):
            hints.append("; `--service-category NAME` admits a category")
        return "".join(hints)

    def notes(self) -> list[Note]:
        """Return notes on how rows were read."""
        name, notes = self.records.path.name, []
        if self.recategorised:
            used = format_count(sum(self.recategorised.values()), "row")
            listed = ", ".join(quote_cell(text) for text in sorted(self.recategorised))
            text = f"{used} used a commitment and have the pricing category {listed}: read as committed"
            notes.append(Note("committed", "rental_price", text))
        for conflict, rows in self.conflicts.items():
            notes.append(Note("gpu-count", name, f"look at this: {conflict}, in {format_count(rows, 'row')}"))
        if self.has_meters:
            text = "GPUs are billed apart from the cores and the memory of their instances here: the price is of GPUs alone"
            notes.append(Note("gpus-alone", name, text))
        return notes


def _spellings(*names: str) -> tuple[str, ...]:
    """Return names of columns as the specification writes them, and with underscores."""
    return tuple(dict.fromkeys(spelling for name in names for spelling in (name, re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name))))


NULLS = NULL_WORDS
"""Cells of a bill that are read as empty."""
