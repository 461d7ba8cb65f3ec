"""Joint confidence: the probability of meeting cost and date together, and the pairs of targets of a given probability."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from simulator.analysis.statistics import (
    DRAWS,
    FRONTIER_QUANTILE,
    Array,
    frontier,
    probability,
    quadrants,
    simulate_draws,
    summary_statistics,
)
from simulator.core.errors import LlmcostError
from simulator.core.levels import Level, in_percent, interval_of
from simulator.core.suggestions import suggest_nearest
from simulator.core.units import HOURS_PER_YEAR
from simulator.engine.graph import Plan, build_plan
from simulator.engine.summaries import rank_correlation
from simulator.scenario import TOTAL, Scenario

MONTH = HOURS_PER_YEAR / 12
TIMES = ("release", "duration", "wall_clock")
"""Quantities used as the date, in order of preference: the release of the schedule, the time for which staff is paid, and the
length of the final run."""
LEVELS = (0.5, 0.7)
"""NASA funds at 50 % at least and sets the baseline at 70 % (Cost Estimating Handbook 4.0, appendix J)."""


class NoDateError(LlmcostError, ValueError):
    """A scenario without a quantity that can serve as the date."""


def date_quantity(scenario: Scenario, name: str | None = None) -> str:
    """Return the quantity used as the date; raise `NoDateError` where there is none, or where `name` is not a time."""
    if name is None:
        default = next((time for time in TIMES if _plan_with(scenario, time) is not None), None)
        if default is None:
            raise NoDateError("has no quantity for the date: give it a `schedule`, or the inputs of wall_clock")
        return default
    if name not in scenario.graph.units:
        times = [quantity for quantity in scenario.plan.names if scenario.unit(quantity) == "hour"]
        hint = suggest_nearest(name, scenario.graph.units)
        raise NoDateError(f"has no {name!r}{hint}; its times are {', '.join(times) or 'none'}")
    if scenario.unit(name) != "hour":
        raise NoDateError(f"has {name} in {scenario.unit(name)}, which is not a time")
    if _plan_with(scenario, name) is None:
        raise NoDateError(f"lacks the inputs of {name}")
    return name


def _plan_with(scenario: Scenario, name: str) -> Plan | None:
    """Return the plan of a scenario with one more quantity, or None where its inputs are missing."""
    if name not in scenario.graph.units:
        return None
    try:
        return build_plan(scenario.graph, scenario.inputs, [*scenario.plan.names, name])
    except ValueError:
        return None


def joint_confidence(
    scenario: Scenario,
    cost: float | None = None,
    date: float | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    *,
    of: str | None = None,
    interval: Level = 0.95,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Simulate a scenario and return the joint probability of cost (USD) and date (hours from the start), as plain data.

    Targets default to the scenario's budget, or else to the P70 of each. `of` names another quantity for the date. Raises
    `NoDateError`, and `NonFiniteResultError` where a quantity is not finite.
    """
    interval = interval_of(interval)
    name = date_quantity(scenario, of)
    extended_plan = _plan_with(scenario, name)
    assert extended_plan is not None
    extended = replace(scenario, plan=extended_plan)
    result = simulate_draws(extended, draws, seed, [TOTAL, name], threads=threads, progress=progress)
    total, time = result.retained_draws[TOTAL], result.retained_draws[name]
    header = {
        "schema": 2, "scenario": scenario.name, "title": scenario.title, "scope": scenario.scope, "money": scenario.money,
        "draws": len(total), "seed": seed, "interval": in_percent(interval), "time": name,
        "fingerprint": scenario.fingerprint,
    }  # fmt: skip
    return header | joint_statistics(total, time, scenario.budget if cost is None else cost, date, interval)


def joint_statistics(
    total: Array, time: Array, cost: float | None = None, date: float | None = None, interval: Level = 0.95
) -> dict[str, Any]:
    """Return the joint statistics of draws of cost and time (hours); a target that is None is the P70."""
    max_cost = float(np.quantile(total, 0.7)) if cost is None else cost
    latest = float(np.quantile(time, 0.7)) if date is None else date
    lines = {f"{100 * level:g}": frontier(total, time, level) for level in LEVELS}
    return {
        "cost_target": {"amount": max_cost, "given": cost is not None, "probability": probability(total <= max_cost)._asdict()},
        "date_target": {"hours": latest, "months": latest / MONTH, "given": date is not None,
                        "probability": probability(time <= latest)._asdict()},
        "quadrants": {name: share._asdict() for name, share in quadrants(total, time, max_cost, latest).items()},
        "rank_correlation": rank_correlation(total, time),
        "cost": summary_statistics(total, interval),
        "months": summary_statistics(time / MONTH, interval),
        "frontier": {
            name: {
                "months": (line.times / MONTH).tolist(), "cost": line.costs.tolist(),
                "date_percentile": [100 * float(np.mean(time <= date)) for date in line.times],
                "earliest_months": line.earliest / MONTH, "least_cost": line.cheapest,
            }
            for name, line in lines.items()
        },
        "frontier_up_to": in_percent(FRONTIER_QUANTILE),
    }  # fmt: skip
