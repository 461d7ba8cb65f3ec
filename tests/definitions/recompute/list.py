"""Figures of `llmcost list priors --stale --scenario` from the medians of its inputs."""

from datetime import date
from types import SimpleNamespace

import numpy as np

from simulator.engine.graph import evaluate
from simulator.scenario import read
from simulator.scenario.price_dates import price_rows

CASES = (
    "list priors --stale 180 --scenario gpt-4",
    "list priors --stale 30 --scenario small-medium",
    "list priors --stale 100000 --scenario gpt-3",
)
NAMES = ("price", "row", "date", "grade")


def inputs(case):
    scenario = read(case.value_of("--scenario", ""))
    return SimpleNamespace(scenario=scenario, days=int(case.value_of("--stale", "")))


def _total(given, raised=()):
    values = {name: np.float64(given.scenario.inputs[name].distribution.quantile(0.5)) for name in given.scenario.plan.inputs}
    for name in raised:
        values[name] = values[name] * 1.1
    with np.errstate(all="ignore"):
        evaluate(given.scenario.plan, values)
    return float(values["total_cost"])


def _ages(given):
    """The days from the last day of the date of each price to 2026-11-21, counted on the calendar."""
    return {row.quantity: _days(row.date) for row in price_rows(given.scenario)}


def _days(text):
    if not text:
        return None
    year, month, day = (*map(int, text.split("-")), 0, 0)[:3]
    if not day:  # the day before the first of the next month or year
        end = date(year + 1, 1, 1) if month in (0, 12) else date(year, month + 1, 1)
        return (date(2026, 11, 21) - end).days + 1
    return (date(2026, 11, 21) - date(year, month, day)).days


def _old(given):
    return [name for name, age in _ages(given).items() if age is None or age > given.days]


def _quantity(figure):
    return next(parent["quantity"] for parent in reversed(figure.parents) if isinstance(parent, dict) and "quantity" in parent)


def _median(given, figure):
    return given.scenario.inputs[_quantity(figure)].distribution.quantile(0.5)


FIGURES = {
    "schema": lambda given, figure: 2,
    "days": lambda given, figure: given.days,
    "prices[].days_old": lambda given, figure: _ages(given)[_quantity(figure)],
    "prices[].median": _median,
    "prices[].change_of_total": lambda given, figure: _total(given, [_quantity(figure)]) / _total(given) - 1,
    "count": lambda given, figure: len(price_rows(given.scenario)),
    "joint_change": lambda given, figure: _total(given, _old(given)) / _total(given) - 1,
}
