"""The effect of old prices on the total of a scenario: its change where one of them is 10% higher."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from simulator.core.results import AnalysisResult, Header, Note
from simulator.core.today import current_date
from simulator.core.units import Value
from simulator.core.version import tool_version
from simulator.engine.graph import evaluate
from simulator.engine.scenario import TOTAL, Scenario
from simulator.scenario.price_dates import OLD_DAYS, PriceRow, price_rows
from simulator.scenario.price_dates import old_prices as select_old

STEP = 0.1
"""Relative change of a price for its effect."""


@dataclass(frozen=True, slots=True)
class OldPrice:
    """An old price of a scenario.

    Attributes
    ----------
    quantity, row, date, grade, unit : str
        As in the scenario; `row` is empty for a value of a file.
    days_old : int or None
        Days since the last day of its date; None without a date.
    median : float
        Median of the price, in `unit`.
    change_of_total : float
        Relative change of the total where the price is 10% higher, all other inputs at their medians.

    """

    quantity: str
    row: str
    date: str
    days_old: int | None
    grade: str
    unit: str
    median: float
    change_of_total: float


@dataclass(frozen=True, kw_only=True)
class OldPrices(AnalysisResult):
    """The old prices of a scenario, those with the largest effect first.

    Attributes
    ----------
    on : str
        The day to which ages count.
    days : int
        Age above which a price is old.
    prices : tuple of OldPrice
        Those older than `days`, that with the largest effect first.
    count : int
        Number of prices of the scenario, old or not.
    joint_change : float
        Relative change of the total where all old prices are 10% higher, other inputs at their medians.

    Examples
    --------
    >>> import llmcost
    >>> old = llmcost.old_prices("gpt-4", on="2026-11-21")
    >>> (old.days, len(old.prices), old.count)
    (180, 4, 4)

    """

    on: str
    days: int
    prices: tuple[OldPrice, ...]
    count: int
    joint_change: float


def list_old_prices(scenario: Scenario, days: int = OLD_DAYS, on: date | None = None) -> OldPrices:
    """Return the prices of a scenario that are older than some days, with their effect on its total.

    Examples
    --------
    >>> from datetime import date
    >>> from simulator.scenario import read
    >>> [price.quantity for price in list_old_prices(read("gpt-4"), on=date(2026, 11, 21)).prices][:2]
    ['chip_price', 'team.salary']

    """
    day = on or current_date()
    rows = select_old(scenario, day, days)
    medians = {name: np.float64(scenario.inputs[name].distribution.quantile(0.5)) for name in scenario.plan.inputs}
    base = _total(scenario, medians)
    prices = [_old_price(scenario, row, day, medians, base) for row in rows]
    raised = medians | {row.quantity: medians[row.quantity] * (1 + STEP) for row in rows}
    return OldPrices(
        header=Header(
            scenario=scenario.name, title=scenario.title, scope=scenario.scope, money=scenario.money, version=tool_version()
        ),
        notes=_notes(scenario, rows),
        on=day.isoformat(),
        days=days,
        prices=tuple(sorted(prices, key=lambda price: -abs(price.change_of_total))),
        count=len(price_rows(scenario)),
        joint_change=float(_total(scenario, raised) / base - 1) if base else 0.0,
    )


def _old_price(scenario: Scenario, row: PriceRow, on: date, medians: Mapping[str, np.float64], base: float) -> OldPrice:
    median = medians[row.quantity]
    total = _total(scenario, {**medians, row.quantity: median * (1 + STEP)})
    change = float(total / base - 1) if base else 0.0
    return OldPrice(row.quantity, row.row, row.date, row.age(on), row.grade, row.unit, float(median), change)


def _total(scenario: Scenario, inputs: Mapping[str, np.float64]) -> float:
    values: dict[str, Value] = dict(inputs)
    with np.errstate(all="ignore"):
        evaluate(scenario.plan, values)
    return float(values[TOTAL])


def _notes(scenario: Scenario, rows: tuple[PriceRow, ...]) -> tuple[Note, ...]:
    if rows:
        return ()
    return (Note("no-old-prices", scenario.name, "no price of the scenario is older"),)
