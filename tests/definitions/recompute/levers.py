"""Figures of `llmcost levers` from draws with and without each lever."""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from definitions.case import Case, Draws
from definitions.recompute.evaluation import draws_of_scenario, less
from definitions.recompute.statistics import bounds, header, standard_error

from simulator.scenario import OpenScenario, open_scenario

CASES = (
    "levers small-medium --draws 1200 --seed 2",
    "levers gpt-4 --draws 1500 --interval 80%",
    "levers llama-3.1-405b --draws 1200 --basis rented",
    "levers heavy-run.yaml --draws 1000 --only pruning --only fault-tolerance",
    "levers heavy.yaml --draws 1000",
)
NAMES = ("lever", "grade", "", "because", "changes")


class WithLever(NamedTuple):
    """Draws with a lever, with its adoption and without it."""

    adopted: Draws
    free: Draws


@dataclass(frozen=True)
class Levers:
    """Draws of a scenario, and the same with a lever."""

    case: Case
    opened: OpenScenario
    base: Draws

    @property
    def total(self):
        return self.base.total

    def with_lever(self, name):
        """The scenario with a lever."""

        def draws(base):
            adopted = draws_of_scenario(self.case, self.opened.with_(levers=[name]).scenario)
            taken = [f"{key}: 0 {unit}" for key, unit in (("effort", "person*month"), ("delay", "month"))
                     if f"lever/{name}.{key}" in adopted.scenario.inputs]  # fmt: skip
            sets = [f"adoption={{{name}: {{{', '.join(taken)}}}}}"] if taken else []
            return WithLever(adopted, draws_of_scenario(self.case, self.opened.with_(levers=[name], sets=sets).scenario))

        return self.base.cached(name, draws)


@lru_cache(maxsize=2)
def inputs(case):
    """Open the scenario of a case and simulate it."""
    opened = open_scenario(*case.references, case.overrides).allowing_unused()
    return Levers(case, opened, draws_of_scenario(case, opened.scenario))


def _named(levers, figure):
    name = next(parent["name"] for parent in figure.parents if isinstance(parent, dict) and "outcomes" in parent)
    return levers.with_lever(name)


def _lever(levers, figure):
    adjustments = _named(levers, figure).adopted.scenario.adjustments
    return next(each for each in adjustments if each.kind == "lever" and each.name == figure.parents[-1]["name"])


def _net(levers, figure):
    return less(levers.total, _named(levers, figure).adopted.total)


def _saving(levers, figure):
    return less(levers.total, _named(levers, figure).free.total)


def _added_hours(levers, figure):
    free = _named(levers, figure).free
    if not {"wall_clock"} <= free.values.keys() & levers.base.values.keys():
        return None
    added = less(free.values["wall_clock"], levers.base.values["wall_clock"])
    return np.median(added) if added.any() else None


def _adoption_cost(levers, figure):
    values, before = _named(levers, figure).adopted.values, levers.base.values
    return np.median(values["adoption_cost"] - before.get("adoption_cost", 0)) if "adoption_cost" in values else None


def _delay(levers, figure):
    lever = _lever(levers, figure)
    source = lever.delay or lever.wait
    return None if source is None else source.distribution.at(0.0)


def _outcome(which):
    def of(levers, figure):
        draws = levers.base if which == "before" else _named(levers, figure).free
        name = figure.parents[-1]["name"]
        return np.median(draws.values[name]) if which == "after" or name in draws.scenario.outcomes else None

    return of


def _statistics(key, difference, which):
    """Return the statistics of a difference of totals."""

    def where_mean(function):
        def of(levers, figure):
            has_mean = levers.base.has_mean and getattr(_named(levers, figure), which).has_mean
            return function(difference(levers, figure)) if has_mean else None

        return of

    return {
        f"levers[].{key}.median": lambda *of: np.median(difference(*of)),
        f"levers[].{key}.low": lambda *of: np.quantile(difference(*of), bounds(of[0].case.interval)[0]),
        f"levers[].{key}.high": lambda *of: np.quantile(difference(*of), bounds(of[0].case.interval)[1]),
        f"levers[].{key}.mean": where_mean(lambda saving: np.sum(saving) / len(saving)),
        f"levers[].{key}.mcse": where_mean(standard_error),
    }


FIGURES = {
    **header(),
    "total.mean": lambda levers, _: np.mean(levers.total) if levers.base.has_mean else None,
    "total.median": lambda levers, _: np.median(levers.total),
    **_statistics("net", _net, "adopted"),
    **_statistics("saving", _saving, "free"),
    "levers[].share_of_total": lambda *of: np.median(_net(*of)) / np.median(of[0].total),
    "levers[].probability_of_saving": lambda *of: np.mean(_net(*of) > 0),
    "levers[].probability_of_none": lambda *of: np.mean(_saving(*of) == 0),
    "levers[].probability_of_costing_more": lambda *of: np.mean(_net(*of) < 0),
    "levers[].adoption_cost": _adoption_cost,
    "levers[].delay_hours": _delay,
    "levers[].added_hours": _added_hours,
    **{f"{parent}[].outcomes[].{key}": _outcome(key) for parent in ("levers", "no_line") for key in ("before", "after")},
    "no_line[].adoption_cost": _adoption_cost,
}

PRINTED = {
    "months": lambda levers, document: [
        lever["delay_hours"] / (365.25 * 24 / 12) for lever in document["levers"] if lever["delay_hours"] is not None
    ],
    "days": lambda levers, document: [
        lever["added_hours"] / 24 for lever in document["levers"] if lever["added_hours"] is not None
    ],
}
