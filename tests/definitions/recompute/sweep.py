"""Figures of `llmcost sweep` from the draws of each cell."""

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import yaml
from definitions.case import Case, Draws
from definitions.figures import Near, answer_of
from definitions.recompute.statistics import bounds, header, probability_error, quantile_error, standard_error

from simulator.engine.simulate import simulate
from simulator.scenario import open_scenario

CASES = (
    "sweep grid.yaml --draws 1500 --interval 80%",
    "sweep list.yaml --draws 1200 --seed 3 --of wall_clock",
    "sweep cube.yaml --draws 1000 --method sobol",
)
NAMES = ("0.0785 USD/kWh", "0.0746 USD/kWh", "0.0555 USD/kWh")
"""Points of the hypercube, rounded as in the table."""
_REPLICATES = 8
_CHOICES = ("basis", "levers", "shocks", "budget")


@dataclass(frozen=True)
class Cells:
    """Draws of the scenarios of a sweep."""

    case: Case
    cells: tuple[Draws, ...]

    @property
    def total(self):
        return self.cells[0].total


def _variant(opened, at):
    """Return the scenario with the values of a cell, which have their units."""
    adjustments = {key: [value] for key, value in at.items() if key in ("levers", "shocks") and value not in ("none", "")}
    sets = [f"{key}={value}" for key, value in at.items() if key not in _CHOICES]
    return opened.with_(sets=sets, basis=at.get("basis"), budget=at.get("budget"), **adjustments).scenario


@lru_cache(maxsize=2)
def inputs(case):
    """Simulate the scenario of each cell, in the order of the answer."""
    (reference,) = case.references
    plan = yaml.safe_load(Path(reference).read_text(encoding="utf-8"))
    opened = open_scenario(plan["extends"]).with_(budget=plan.get("budget"))
    cells = []
    for cell in answer_of(case).document["cells"]:
        scenario = _variant(opened, {key: value for key, value in cell["at"].items() if value})
        result = simulate(scenario, case.draws, case.seed, case.value_of("--method", "random"), keep=scenario.plan.names)
        cells.append(Draws(case, result, result.retained_draws))
    return Cells(case, tuple(cells))


def _cell(sweep, figure):
    return sweep.cells[figure.keys[0]]


def _draws(sweep, figure):
    return _cell(sweep, figure).values[figure.keys[1]]


def _bin(value):
    """Greatest width of a bin of the histogram at a value."""
    return abs(value) / 2048


def _quantile_error(sweep, x, p):
    if np.ptp(x) == 0:
        return 0.0
    if sweep.case.value_of("--method", "random") != "random":
        parts = [np.quantile(x[number::_REPLICATES], p) for number in range(_REPLICATES)]
        return np.std(parts, ddof=1) / math.sqrt(_REPLICATES)
    return quantile_error(x, p)


def _mean_error(sweep, x):
    if np.ptp(x) == 0:
        return 0.0
    if sweep.case.value_of("--method", "random") == "random":
        return standard_error(x)
    return np.std([x[number::_REPLICATES].mean() for number in range(_REPLICATES)], ddof=1) / math.sqrt(_REPLICATES)


def _at(p):
    return lambda *of: np.quantile(_draws(*of), p(of[0].case.interval))


def _error_at(p):
    return lambda *of: _quantile_error(of[0], _draws(*of), p(of[0].case.interval))


def _within_error(sweep, figure):
    """The error of the share within the budget."""
    cell = _cell(sweep, figure)
    within = cell.total <= cell.scenario.budget
    if sweep.case.value_of("--method", "random") != "random":
        return np.std([np.mean(within[n::_REPLICATES]) for n in range(_REPLICATES)], ddof=1) / math.sqrt(_REPLICATES)
    return probability_error(np.mean(within), len(within))


def _overrun(sweep, figure):
    cell = _cell(sweep, figure)
    return np.maximum(cell.total - cell.scenario.budget, 0) if cell.has_mean else None


def _expected_overrun(sweep, figure):
    overrun = _overrun(sweep, figure)
    return None if overrun is None else np.mean(overrun)


def _given_overrun(sweep, figure):
    overrun = _overrun(sweep, figure)
    return None if overrun is None or not overrun.any() else np.mean(overrun[overrun > 0])


def _conditional_value_at_risk(sweep, figure):
    cell = _cell(sweep, figure)
    if not cell.has_mean:
        return None
    highest, size = np.sort(cell.total)[::-1], 0.05 * len(cell.total)
    whole = int(size + 1e-9)
    mean = (highest[:whole].sum() + (size - whole) * highest[whole]) / size
    return Near(mean, _bin(mean) / whole)


def _budget(key):
    def of(sweep, figure):
        cell = _cell(sweep, figure)
        return {
            "amount": cell.scenario.budget,
            "over_point": cell.scenario.budget - cell.point,
            "probability_within": np.mean(cell.total <= cell.scenario.budget),
        }[key]

    return of


def _contingency(sweep, figure):
    return np.quantile(_cell(sweep, figure).total, 0.8) - _cell(sweep, figure).point


_PERCENTS = (2.5, 5, 10, 20, 50, 70, 80, 90, 95, 97.5)
_LEVELS = {
    "median": lambda _: 0.5, "low": lambda interval: bounds(interval)[0], "high": lambda interval: bounds(interval)[1],
}  # fmt: skip

FIGURES = {
    **header(),
    "cells[].draws": lambda *of: len(_cell(*of).total),
    "cells[].point_estimate": lambda *of: _cell(*of).point,
    "cells[].quantities{}.mean": lambda *of: math.fsum(_draws(*of)) / len(_draws(*of)),
    "cells[].quantities{}.sd": lambda *of: 0.0 if np.ptp(_draws(*of)) == 0 else np.std(_draws(*of), ddof=1),
    **{f"cells[].quantities{{}}.{key}": _at(p) for key, p in _LEVELS.items()},
    **{f"cells[].quantities{{}}.p{percent:g}": _at(lambda _, p=percent / 100: p) for percent in _PERCENTS},
    "cells[].quantities{}.mcse_mean": lambda *of: _mean_error(of[0], _draws(*of)),
    **{f"cells[].quantities{{}}.mcse_{key}": _error_at(p) for key, p in _LEVELS.items()},
    **{f"cells[].budget.{key}": _budget(key) for key in ("amount", "over_point", "probability_within")},
    "cells[].budget.probability_error": _within_error,
    "cells[].budget.p50": lambda *of: np.quantile(_cell(*of).total, 0.5),
    "cells[].budget.p80": lambda *of: np.quantile(_cell(*of).total, 0.8),
    "cells[].budget.contingency_to_p80": _contingency,
    "cells[].budget.expected_overrun": _expected_overrun,
    "cells[].budget.expected_overrun_given_overrun": _given_overrun,
    "cells[].budget.cvar_95": _conditional_value_at_risk,
}
