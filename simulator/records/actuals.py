"""A table of what was spent: month, line (or account) and amount of each row, one row or more for each line and month.

The currency is that of the column `currency`, or of the header: `amount (EUR)`, `amount (k EUR)`, `amount_usd`. It must be that
of the results; an amount is never converted here.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.results import Note
from simulator.core.suggestions import suggest_nearest
from simulator.engine.actuals import ActualAmount, Actuals
from simulator.records.cells import MISSING_WORDS, CellError, Column, Row, UnusableRowError, quote_cell
from simulator.records.table import Records

MONTH_NAMES = ("month", "date", "period", "billing_month", "billing_period", "invoice_date", "paid", "posted")
LINE_NAMES = ("line", "cost_line", "account", "category", "item", "cost_centre", "cost_center")
AMOUNT_NAMES = ("amount", "actual", "actuals", "cost", "spent", "spend", "paid_amount", "value")
_SCALES = {"": 1.0, "k": 1e3, "thousand": 1e3, "thousands": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6, "millions": 1e6,
           "b": 1e9, "bn": 1e9, "billion": 1e9, "billions": 1e9}  # fmt: skip
_CURRENCY = re.compile(r"[A-Z]{3}")
KEYS = ("month", "line", "amount")


def read(path: Path, currency: str) -> Actuals:
    """Return the amounts of a CSV file; raise `InvalidInputError` with its issues.

    `currency` is that of the results.
    """
    with Records(path) as records:
        reader = _Reader(records, currency)
        records.read_rows(reader.use)
        if not reader.amounts:
            records.refuse_empty("amount")
        notes = [records.usage_note(), *records.reading_notes()]
        if not reader.names_currency:
            notes.append(Note("currency-assumed", path.name, f"{path.name} names no currency: amounts are read as {currency}"))
        return Actuals(tuple(reader.amounts), notes=tuple(notes), place=Place(str(path)))


class _Reader:
    def __init__(self, records: Records, currency: str) -> None:
        self.records, self.currency = records, currency
        self.amounts: list[ActualAmount] = []
        units = [currency.lower(), *(f"{scale}{currency.lower()}" for scale in ("k", "m"))]
        self.month = records.need(*MONTH_NAMES)
        self.line = records.need(*LINE_NAMES)
        self.amount = records.need(*AMOUNT_NAMES, units=(*units, "usd", "eur", "gbp", "chf", "jpy", "cny", "inr", "cad", "aud"))
        self.currency_column = records.find("currency", "billing_currency")
        self.scale, self.header_currency = 1.0, ""
        if self.amount.unit:
            try:
                self.scale, self.header_currency = parse_money_unit(self.amount.unit)
                self._check(self.header_currency, self.amount)
            except CellError as error:
                for column, message in error.cells:
                    records.issue(records.header_line, message, column)
            except ValueError as error:
                records.issue(records.header_line, str(error), self.amount)
        records.check()

    @property
    def names_currency(self) -> bool:
        return bool(self.header_currency) or self.currency_column is not None

    def use(self, row: Row) -> str:
        month, line = row.text(self.month), row.text(self.line)
        (amount,) = row.numbers(self.amount, missing_words=MISSING_WORDS)
        if amount is None:
            raise UnusableRowError(f"amount {quote_cell(row.text(self.amount))}")
        for text, column in ((month, self.month), (line, self.line)):
            if not text:
                raise CellError((column, "is empty"))
        if self.currency_column is not None:
            own = row.text(self.currency_column).upper()
            if self.header_currency and own and own != self.header_currency:
                raise CellError((self.currency_column, f"{own} here, and {self.header_currency} in the header; keep one"))
            self._check(own or self.header_currency, self.currency_column)
        place = Place(self.records.label, row.line, self.amount.index + 1)
        self.amounts.append(ActualAmount(month, line, amount * self.scale, place))
        return line

    def _check(self, currency: str, column: Column) -> None:
        """Refuse a currency that is not that of the results."""
        if not _CURRENCY.fullmatch(currency):
            raise CellError((column, f"{quote_cell(currency)} is no currency; write a code such as {self.currency}"))
        if currency != self.currency:
            raise CellError(
                (
                    column,
                    f"amounts are in {currency}, and the results in {self.currency}; convert them, or ask for results in "
                    f"{currency} (--money {currency} --rate {currency}=...)",
                )
            )


def parse_money_unit(text: str) -> tuple[float, str]:
    """Return the factor and the currency of a unit in a header: `EUR`, `k EUR`, `kEUR`, `EUR thousand`, `USD m`."""
    words = re.findall(r"[A-Za-z]+", text)
    if re.search(r"[$€£¥]", text):
        raise ValueError(f"{quote_cell(text)} has a currency sign, which is ambiguous; write a code such as USD")
    if len(words) == 1:
        match = re.fullmatch(r"([kKmMbB]?)([A-Za-z]{3})", words[0])
        words = [word for word in match.groups() if word] if match else words
    currencies = [word.upper() for word in words if word.lower() not in _SCALES]
    scales = [_SCALES[word.lower()] for word in words if word.lower() in _SCALES]
    if len(currencies) != 1 or len(scales) > 1 or not _CURRENCY.fullmatch(currencies[0]):
        raise ValueError(
            f"{quote_cell(text)} is no unit of an amount; write a currency, or thousands or millions of it: EUR, k EUR"
        )
    return (scales or [1.0])[0], currencies[0]


def from_rows(rows: Iterable[object]) -> Actuals:
    """Return amounts from Python: mappings with month, line and amount, or tuples of these three."""
    amounts, issues = [], []
    for number, row in enumerate(rows):
        place = Place("<actuals>", 0, number + 1, f"[{number}]")
        try:
            month, line, amount = _three(row)
            amounts.append(ActualAmount(str(month).strip(), str(line).strip(), _amount(amount), place))
        except ValueError as error:
            issues.append(Issue(place, "actuals", f"row {number + 1}: {error}"))
    if issues:
        raise InvalidInputError(issues)
    return Actuals(tuple(amounts), place=Place("<actuals>"))


def _three(row: object) -> tuple[object, object, object]:
    if isinstance(row, Mapping):
        unknown = [key for key in row if key not in KEYS]
        if unknown:
            raise ValueError(
                f"there is no key {unknown[0]!r}{suggest_nearest(str(unknown[0]), KEYS)}; it has month, line, amount"
            )
        missing = [key for key in KEYS if key not in row]
        if missing:
            raise ValueError(f"{missing[0]} is missing; it has month, line, amount")
        return row["month"], row["line"], row["amount"]
    if isinstance(row, Sequence) and not isinstance(row, str) and len(row) == len(KEYS):
        return row[0], row[1], row[2]
    raise ValueError("must be a mapping with month, line and amount, or a tuple of these three")


def _amount(value: object) -> float:
    try:
        amount = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ValueError(f"amount must be a number in the currency of the results, not {value!r}") from None
    if not -1e30 < amount < 1e30:
        raise ValueError(f"amount must be a finite number, not {value!r}")
    return amount
