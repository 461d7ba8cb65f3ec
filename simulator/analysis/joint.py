"""Cost and date together: the probability to meet both, and the pairs of targets that have a given probability."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from simulator.analysis.statistics import DRAWS, SHOWN_UP_TO, Array, draw, figures, frontier, probability, quadrants
from simulator.core.levels import Level, in_percent, interval_of
from simulator.core.suggestions import nearest
from simulator.core.units import HOURS_PER_YEAR
from simulator.engine.graph import Plan, plan
from simulator.engine.summaries import rank_correlation
from simulator.scenario import TOTAL, Scenario

MONTH = HOURS_PER_YEAR / 12
TIMES = ("release", "duration", "wall_clock")
"""What counts as the date, the first that a scenario has: the release of its schedule, the time for which its staff is paid, or
how long the final run lasts."""
LEVELS = (0.5, 0.7)
"""NASA funds at 50 % at least and sets the baseline at 70 % (Cost Estimating Handbook 4.0, appendix J)."""


class NoDate(ValueError):
    """A scenario that says nothing of time."""


def time_of(scenario: Scenario, wanted: str | None = None) -> str:
    """Return the quantity that stands for the date; raise `NoDate` where there is none, or where `wanted` is no time."""
    if wanted is None:
        found = next((name for name in TIMES if _planned(scenario, name) is not None), None)
        if found is None:
            raise NoDate("says nothing of time: give it a `schedule`, or what wall_clock needs")
        return found
    if wanted not in scenario.graph.units:
        times = [name for name in scenario.plan.names if scenario.unit(name) == "hour"]
        raise NoDate(f"has no {wanted!r}{nearest(wanted, scenario.graph.units)}; its times are {', '.join(times) or 'none'}")
    if scenario.unit(wanted) != "hour":
        raise NoDate(f"has {wanted} in {scenario.unit(wanted)}, which is no time")
    if _planned(scenario, wanted) is None:
        raise NoDate(f"lacks what {wanted} needs")
    return wanted


def _planned(scenario: Scenario, name: str) -> Plan | None:
    """The plan of a scenario with one more quantity, or None where that cannot be computed from what takes part."""
    if name not in scenario.graph.units:
        return None
    try:
        return plan(scenario.graph, scenario.inputs, [*scenario.plan.names, name])
    except ValueError:
        return None


def joint(
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
    """Draw a scenario and return the probability of cost (USD) and date (hours from the start) together, as plain data.

    Targets that are not given are the scenario's budget, or else the P70 of each. `of` names another quantity for the date.
    Raises `NoDate`, and `NonFiniteResultError` where a quantity is not finite.
    """
    interval = interval_of(interval)
    name = time_of(scenario, of)
    planned = _planned(scenario, name)
    assert planned is not None
    kept = draw(replace(scenario, plan=planned), draws, seed, [TOTAL, name], threads=threads, progress=progress).kept
    said = {
        "schema": 1, "scenario": scenario.name, "title": scenario.title, "scope": scenario.scope, "money": scenario.money,
        "draws": len(kept[TOTAL]), "seed": seed, "interval": in_percent(interval), "time": name,
        "fingerprint": scenario.fingerprint,
    }  # fmt: skip
    return said | joint_of(kept[TOTAL], kept[name], scenario.budget if cost is None else cost, date, interval)


def joint_of(
    total: Array, time: Array, cost: float | None = None, date: float | None = None, interval: Level = 0.95
) -> dict[str, Any]:
    """Return the joint figures of draws of cost and time (hours); a target that is None is the P70."""
    most = float(np.quantile(total, 0.7)) if cost is None else cost
    latest = float(np.quantile(time, 0.7)) if date is None else date
    lines = {f"{100 * level:g}": frontier(total, time, level) for level in LEVELS}
    return {
        "cost_target": {"amount": most, "given": cost is not None, "probability": probability(total <= most)._asdict()},
        "date_target": {"hours": latest, "months": latest / MONTH, "given": date is not None,
                        "probability": probability(time <= latest)._asdict()},
        "quadrants": {name: share._asdict() for name, share in quadrants(total, time, most, latest).items()},
        "rank_correlation": rank_correlation(total, time),
        "cost": figures(total, interval),
        "months": figures(time / MONTH, interval),
        "frontier": {
            name: {
                "months": (line.times / MONTH).tolist(), "cost": line.costs.tolist(),
                "date_percentile": [100 * float(np.mean(time <= at)) for at in line.times],
                "earliest_months": line.earliest / MONTH, "least_cost": line.cheapest,
            }
            for name, line in lines.items()
        },
        "frontier_up_to": in_percent(SHOWN_UP_TO),
    }  # fmt: skip
