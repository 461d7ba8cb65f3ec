"""Figures of `llmcost cashflow` from the draws."""

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from definitions.case import Case, Draws, draws_of
from definitions.recompute.statistics import bounds, header

from simulator.model import AFTER_RELEASE

CASES = (
    "cashflow startup.yaml --draws 5000 --rate 8%",
    "cashflow startup.yaml --draws 5000 --rate 5% --by quarter --interval 90% --set escalation=0",
    "cashflow programme.yaml --draws 5000 --by year --seed 3",
    "cashflow heavy.yaml --draws 5000",
)
MONTH = 8766 / 12
MAX_MONTHS = 240
PERIODS = {"month": 1, "quarter": 3, "year": 12}
PURCHASES = {"chip_purchase", "server_purchase", "network_purchase", "acquisition_cost", "licence_cost"}


@dataclass(frozen=True)
class Spending:
    """Cost by line, draw and month."""

    case: Case
    draws: Draws
    by_line: dict
    cache: dict = field(default_factory=dict)

    @property
    def total(self):
        return self.draws.total

    @property
    def has_mean(self):
        return self.draws.has_mean

    @property
    def step(self):
        """Months of a period."""
        return PERIODS[self.case.value_of("--by", "month")]

    @property
    def rate(self):
        return float(self.case.value_of("--rate", "0%").removesuffix("%")) / 100

    @cached_property
    def months(self):
        """Cost by draw and month."""
        return sum(self.by_line.values())

    @property
    def middle(self):
        """Middle of each month, in years."""
        return (np.arange(self.months.shape[1]) + 0.5) / 12

    @cached_property
    def then_year(self):
        escalation = self.draws.values.get("escalation", np.zeros(len(self.total)))  # per hour
        return self.months * np.exp(np.outer(escalation, self.middle * 12 * MONTH))


def inputs(case):
    """Simulate a scenario and distribute its lines over the months."""
    draws = draws_of(case)
    phases = draws.scenario.phases
    starts, ends = ({phase: draws.values[f"{phase}.{edge}"] / MONTH for phase in phases} for edge in ("start", "end"))
    last = max(values.max() for values in ends.values())
    months = max(1, math.ceil(min(last, MAX_MONTHS)))
    by_line = {}
    for line, cost in draws.lines.items():
        of_line = _phases(phases, line)
        parts = [(starts[phase], ends[phase]) for phase in of_line]
        by_line[line] = _spread(cost, parts, months, at_once=line in PURCHASES)
    return Spending(case, draws, by_line)


def _phases(phases, line):
    """The phases of a line: those that name it, or else those before or after the release."""
    naming = [phase for phase, lines in phases.items() if line in lines]
    after = [phase for phase in phases if (phase == "serving") == (line in AFTER_RELEASE)]
    return naming or after or list(phases)


def _spread(cost, parts, months, *, at_once):
    """Cost by draw and month, by the part of each phase before the end of each month."""
    first = np.min([start for start, _ in parts], axis=0)
    length = np.sum([end - start for start, end in parts], axis=0)
    done = np.zeros((len(cost), months + 1))  # share spent before month k
    for month in range(months + 1):
        before = sum(np.clip(month - start, 0, end - start) for start, end in parts)
        is_spread = (length > 0) & (not at_once)
        done[:, month] = np.where(is_spread, before / np.where(length > 0, length, 1), first < month)
    done[:, -1] = 1  # the last month includes all that is later
    return cost[:, None] * np.diff(done, axis=1)


def _band(path, values_of, has_mean=lambda spending: spending.has_mean):
    def cached(spending, figure):
        key = (path, figure.keys)
        if key not in spending.cache:
            spending.cache[key] = values_of(spending, figure)
        return spending.cache[key]

    def at(place):
        return lambda spending, figure: np.quantile(cached(spending, figure), bounds(spending.case.interval)[place])

    return {
        f"{path}.low": at(0),
        f"{path}.median": lambda spending, figure: np.quantile(cached(spending, figure), 0.5),
        f"{path}.high": at(1),
        f"{path}.mean": lambda spending, figure: cached(spending, figure).mean() if has_mean(spending) else None,
    }


def _of_period(spending, figure, by_month):
    first = figure.keys[0] * spending.step
    return by_month[:, first : first + spending.step].sum(axis=1)


def _so_far(spending, figure):
    return spending.months[:, : (figure.keys[0] + 1) * spending.step].sum(axis=1)


def _length(spending, figure):
    return min(spending.step, spending.months.shape[1] - figure.keys[0] * spending.step)


def _present_value(spending, figure):
    return (spending.then_year / (1 + spending.rate) ** spending.middle).sum(axis=1)


FIGURES = {
    **header(),
    "rate": lambda spending, figure: spending.rate,
    **_band("total", lambda spending, figure: spending.total),
    **_band("then_year", lambda spending, figure: spending.then_year.sum(axis=1)),
    **_band("present_value", _present_value),
    **_band("phases{}", lambda spending, figure: spending.draws.values[f"{figure.keys[0]}.end"] / MONTH),
    "periods[].from_month": lambda spending, figure: figure.keys[0] * spending.step,
    "periods[].months": _length,
    **_band("periods[].outlay", lambda spending, figure: _of_period(spending, figure, spending.months)),
    **_band("periods[].cumulative", _so_far),
    **_band("periods[].then_year", lambda spending, figure: _of_period(spending, figure, spending.then_year)),
    "periods[].lines{}": lambda spending, figure: _of_period(spending, figure, spending.by_line[figure.keys[1]]).mean(),
}


def _numbers(spending, document):
    return [1 + place for place in range(len(document["periods"]))]


PRINTED = {f"Spent by {period}, in | {period}": _numbers for period in PERIODS}
