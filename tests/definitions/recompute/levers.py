"""Figures of `llmcost levers` from draws with and without each lever."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from definitions.case import Case, Draws
from definitions.figures import Near
from definitions.recompute.evaluation import draws_of_scenario, less
from definitions.recompute.statistics import bounds, header, standard_error

from simulator.scenario import OpenScenario, Scenario, open_scenario

CASES = (
    "levers small-medium --draws 1200 --seed 2",
    "levers gpt-4 --draws 1500 --interval 80%",
    "levers llama-3.1-405b --draws 1200 --basis rented",
    "levers heavy-run.yaml --draws 1000 --only pruning --only fault-tolerance",
    "levers heavy.yaml --draws 1000",
)
NAMES = ("name", "grade", "because", "changes")


class WithLever(NamedTuple):
    """A scenario with a lever: saving, change of the duration (None without one), and whether both totals have a mean."""

    scenario: Scenario
    saving: np.ndarray
    added: np.ndarray | None
    has_mean: bool

    @property
    def statistic(self):
        return np.mean if self.has_mean else np.median


@dataclass(frozen=True)
class Levers:
    """Draws of a scenario, and the same with a lever."""

    case: Case
    opened: OpenScenario
    base: Draws

    @property
    def total(self):
        return self.base.total

    @property
    def pay(self):
        """Mean cost of an hour of work."""
        values = self.base.values
        role = next((name for name in values if name.endswith(".pay")), None)
        return _pay_of_library() if role is None else np.mean(values[role] * values["deflator"])

    def with_lever(self, name):
        """The scenario with a lever, and what it changes in each draw."""

        def saving(base):
            draws = draws_of_scenario(self.case, self.opened.with_(levers=[name]).scenario)
            return WithLever(
                draws.scenario, less(base.total, draws.total), _added(draws, base), base.has_mean and draws.has_mean
            )

        return self.base.cached(name, saving)


@lru_cache(maxsize=2)
def inputs(case):
    """Open the scenario of a case and simulate it."""
    opened = open_scenario(*case.references, case.overrides)
    return Levers(case, opened, draws_of_scenario(case, opened.scenario))


def _mean_of_lognormal(p5, p95):
    """Mean of a lognormal distribution with these quantiles."""
    sigma = math.log(p95 / p5) / (2 * 1.6448536269514722)
    return math.sqrt(p5 * p95) * math.exp(sigma**2 / 2)


def _pay_of_library():
    """Mean cost of an hour of work by the priors sf-ml-2024 and us-2024 (`priors/development.yaml`)."""
    salary, equity = _mean_of_lognormal(139_771, 265_236), _mean_of_lognormal(35_468, 501_747)
    return (salary * _mean_of_lognormal(1.25, 1.4) + equity) / (365.25 * 24)


def _mean_of(distribution):
    """Mean of a distribution: the integral of its quantile function over the normal density."""
    z = np.linspace(-8.5, 8.5, 200_001)
    return np.sum(distribution.at(z) * np.exp(-(z**2) / 2)) * (z[1] - z[0]) / math.sqrt(2 * math.pi)


def _added(draws, base):
    """Return the change of the duration of the final run, or None where there is none to compare."""
    if not {"wall_clock"} <= draws.values.keys() & base.values.keys():
        return None
    return less(draws.values["wall_clock"], base.values["wall_clock"])


def _with_lever(levers, figure):
    name = next(parent["name"] for parent in figure.parents if isinstance(parent, dict) and "saving" in parent)
    return levers.with_lever(name)


def _lever(levers, figure):
    adjustments = _with_lever(levers, figure).scenario.adjustments
    return next(each for each in adjustments if each.kind == "lever" and each.name == figure.parents[-1]["name"])


def _saving(levers, figure):
    return _with_lever(levers, figure).saving


def _added_hours(levers, figure):
    added = _with_lever(levers, figure).added
    return None if added is None or not added.any() else np.median(added)


def _share_of_total(levers, figure):
    statistic = _with_lever(levers, figure).statistic
    return statistic(_saving(levers, figure)) / statistic(levers.total)


def _adoption_cost(levers, figure):
    effort = _lever(levers, figure).effort
    if effort is None:
        return None
    cost = _mean_of(effort.distribution) * levers.pay
    return Near(cost, 1e-6 * cost)


def _delay(levers, figure):
    delay = _lever(levers, figure).delay
    return None if delay is None else delay.distribution.at(0.0)


def _net_saving(levers, figure):
    cost = _adoption_cost(levers, figure) or Near(0, 0)
    statistic = _with_lever(levers, figure).statistic
    return Near(statistic(_saving(levers, figure)) - cost.value, cost.tolerance + 1e-9 * abs(cost.value))


def _where_mean(function):
    return lambda levers, figure: function(_saving(levers, figure)) if _with_lever(levers, figure).has_mean else None


FIGURES = {
    **header(),
    "total.mean": lambda levers, _: np.mean(levers.total) if levers.base.has_mean else None,
    "total.median": lambda levers, _: np.median(levers.total),
    "levers[].saving.mean": _where_mean(lambda saving: np.sum(saving) / len(saving)),
    "levers[].saving.median": lambda *of: np.median(_saving(*of)),
    "levers[].saving.low": lambda *of: np.quantile(_saving(*of), bounds(of[0].case.interval)[0]),
    "levers[].saving.high": lambda *of: np.quantile(_saving(*of), bounds(of[0].case.interval)[1]),
    "levers[].saving.mcse": _where_mean(standard_error),
    "levers[].share_of_total": _share_of_total,
    "levers[].probability_of_saving": lambda *of: np.mean(_saving(*of) > 0),
    "levers[].probability_of_none": lambda *of: np.mean(_saving(*of) == 0),
    "levers[].probability_of_costing_more": lambda *of: np.mean(_saving(*of) < 0),
    "levers[].adoption_cost": _adoption_cost,
    "levers[].delay_hours": _delay,
    "levers[].added_hours": _added_hours,
    "levers[].net_saving": _net_saving,
}

PRINTED = {
    "months": lambda levers, document: [
        lever["delay_hours"] / (365.25 * 24 / 12) for lever in document["levers"] if lever["delay_hours"] is not None
    ],
    "days": lambda levers, document: [
        lever["added_hours"] / 24 for lever in document["levers"] if lever["added_hours"] is not None
    ],
}
