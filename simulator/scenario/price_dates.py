"""Dates of the prices of a scenario: which rows they come from, how old they are, and a note on old ones."""

import datetime
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from simulator.core.formatting import to_words
from simulator.core.results import Note
from simulator.core.today import current_date
from simulator.engine.inputs import Input
from simulator.engine.scenario import Scenario
from simulator.scenario import library
from simulator.scenario.catalogue import last_day

OLD_DAYS = 180
"""Days after which a price is noted as old."""
OLD_PRICES = "old-prices"
"""Code of the note on old prices."""
_LISTED = 6
_COMMAND = "llmcost list priors --stale --scenario"


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A price that a scenario uses.

    Attributes
    ----------
    quantity, unit : str
    row : str
        The row of the library, or the price as it is specified.
    date : str
        Date of the price: that of its row, or of its newest source; empty where it has none.
    grade : str

    """

    quantity: str
    unit: str
    row: str
    date: str
    grade: str

    @property
    def text(self) -> str:
        """The price with its date."""
        name = to_words(self.quantity)
        return f"{name} ({self.row}, {self.date})" if self.row else f"{name} ({self.date})"

    def age(self, on: datetime.date) -> int | None:
        """Return the days from the last day of its date; None without a date."""
        return (on - last_day(self.date)).days if self.date else None


def price_rows(scenario: Scenario) -> tuple[PriceRow, ...]:
    """Return the prices that take part in the calculation of a scenario, in the order of its inputs.

    Examples
    --------
    >>> from simulator.scenario import read
    >>> [row.text for row in price_rows(read("gpt-4"))][:2]
    ['chip price (2024-12)', 'electricity price (us-2023, 2023)']

    """
    used = {name.partition(" before ")[0] for name in scenario.plan.inputs}
    return tuple(_row(name, each) for name, each in _prices(scenario.inputs).items() if name in used)


def _prices(inputs: Mapping[str, Input]) -> dict[str, Input]:
    currencies = {name: each for name, each in inputs.items() if _is_money(each.unit.text)}
    return {name: each for name, each in currencies.items() if _date_of(each) or _row_name(name, each)}


def _is_money(unit: str) -> bool:
    return len(unit) >= 3 and unit[:3].isalpha() and unit[:3].isupper() and unit[3:4] in ("", "/")


def _row(name: str, each: Input) -> PriceRow:
    return PriceRow(name, each.unit.text, _row_name(name, each), _date_of(each), each.grade)


def _row_name(name: str, each: Input) -> str:
    """Return the row of the library that gives an input; empty for a value of a file."""
    row = each.specification
    is_row = row in library.rows_of(name.rpartition(".")[2]) or row.startswith("posterior/")
    return row if is_row else ""


def _date_of(each: Input) -> str:
    """Return the date of a price: that of its row, or of its newest source if that is more precise, or if the row has none."""
    newest = max((source.date for source in each.sources if source.date), default="")
    return newest if newest.startswith(each.date) else each.date


def old_prices(scenario: Scenario, on: datetime.date, days: int = OLD_DAYS) -> tuple[PriceRow, ...]:
    """Return the prices that are more than some days old, oldest first; those without a date come before all others."""
    aged = [(row, row.age(on)) for row in price_rows(scenario)]
    old = [(row, age) for row, age in aged if age is None or age > days]
    return tuple(row for row, _ in sorted(old, key=lambda pair: (pair[1] is not None, -(pair[1] or 0), pair[0].quantity)))


def old_price_notes(scenario: Scenario, on: datetime.date | None = None) -> list[Note]:
    """Return a note on the prices that are old on a day (today), or none."""
    rows = old_prices(scenario, on or current_date())
    if not rows:
        return []
    listed = ", ".join(row.text for row in rows[:_LISTED])
    more = f" and {len(rows) - _LISTED} more" if len(rows) > _LISTED else ""
    reference = shlex.quote(scenario.reference) if scenario.reference else "FILE"
    text = f"prices older than {OLD_DAYS} days: {listed}{more}; `{_COMMAND} {reference}` shows their effect"
    return [Note(OLD_PRICES, "prices", text)]
