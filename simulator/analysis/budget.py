"""A budget: where the point estimate stands, what contingency buys which probability, who carries it, and what causes an
overrun.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.analysis.statistics import (
    DRAWS,
    LEVELS,
    Array,
    allocation,
    at_medians,
    contingencies,
    draw,
    drivers,
    figures,
    mean,
    probability,
    tail,
    untied,
)
from simulator.core.levels import Level, in_percent, interval_of, probabilities, probability_of
from simulator.engine.result import Result
from simulator.engine.sampling.streams import generator
from simulator.io.summary import mean_notes
from simulator.scenario import TOTAL, Scenario

RISKS = "risk_cost"
WORST = 0.95
"""Value at risk is told at this level, as `run` tells it."""


def plan_budget(
    scenario: Scenario,
    draws: int = DRAWS,
    seed: int = 0,
    *,
    levels: Iterable[Level] = (),
    interval: Level = 0.95,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Draw a scenario and return all that a budget needs, as plain data; `levels` are told besides 50, 70, 80 and 90 %.

    The same random numbers is drawn a second time with all correlations between priors taken away, where there are any. Raises
    `NonFiniteResultError` where a quantity is not finite.
    """
    interval = interval_of(interval)
    asked = probabilities(levels)
    priors = [name for name, made in scenario.inputs.items() if made.role == "prior"]
    result = draw(scenario, draws, seed, [TOTAL, *scenario.lines, *priors], threads=threads, progress=progress)
    free = untied(scenario)
    loose = None if free is None else draw(free, draws, seed, [TOTAL], threads=threads, progress=progress).kept[TOTAL]
    return budget_of_draws(result, levels=asked, interval=interval, untied_total=loose)


def budget_of_draws(
    result: Result, *, levels: Iterable[Level] = (), interval: Level = 0.95, untied_total: Array | None = None
) -> dict[str, Any]:
    """Return the figures of a budget from a result that keeps the draws of its total, its lines and its priors.

    `untied_total` are draws of the total with every prior independent.
    """
    interval = interval_of(interval)
    scenario, total, point = result.scenario, result.kept[TOTAL], result.point
    heavy = bool(result.why_no_mean())
    lines = {name: result.kept[name] for name in scenario.lines}
    inputs = {name: result.kept[name] for name, made in scenario.inputs.items() if made.role == "prior" and name in result.kept}
    told = probabilities([*LEVELS, *levels])
    medians = {name: float(value) for name, value in at_medians(scenario).items() if name in lines}
    threshold = scenario.budget if scenario.budget is not None else float(np.quantile(total, 0.8))
    over = total > threshold
    stands = probability(total <= point)
    percents = range(1, 100)
    return {
        "schema": 1, "scenario": scenario.name, "title": scenario.title, "scope": scenario.scope, "money": scenario.money,
        "draws": len(total), "seed": result.seed, "interval": in_percent(interval), "fingerprint": scenario.fingerprint,
        "total": figures(total, interval, heavy=heavy),
        "point_estimate": {
            "amount": point, "given": scenario.point is not None, "percentile": 100 * stands.value, "mcse": 100 * stands.error,
        },
        "s_curve": {
            "probability": [percent / 100 for percent in percents],
            "amount": np.quantile(total, np.array(percents) / 100).tolist(),
        },
        "contingency": contingencies(total, point, told),
        "budget": None if scenario.budget is None else amount_figures(total, scenario.budget, point, heavy=heavy),
        "tail": tail_figures(total, heavy=heavy),
        "allocation": [
            {"level": in_percent(level), "lines": allocation(lines, total, level, medians, point)} for level in told
        ],
        "dependence": dependence(lines, total, untied_total, result.seed, interval, heavy=heavy),
        "risks": risks(lines, total, interval, heavy=heavy),
        "overrun": {
            "above": threshold, "of": "P80" if scenario.budget is None else "budget", "draws": int(np.count_nonzero(over)),
            "inputs": drivers(inputs, over),
        },
        "notes": [*scenario.notes, *result.notes, *mean_notes(result)],
    }  # fmt: skip


def amount_figures(total: Array, amount: float, point: float, *, heavy: bool = False) -> dict[str, Any]:
    """Return how an amount stands, as `summary.Budget` defines it; means are None where the tail of the total is `heavy`."""
    within, overrun = probability(total <= amount), None if heavy else mean(np.maximum(total - amount, 0))
    beyond = 1 - within.value
    return {
        "amount": amount,
        "over_point": amount - point,
        "probability_within": within.value,
        "probability_error": within.error,
        "expected_overrun": None if overrun is None else overrun.value,
        "expected_overrun_error": None if overrun is None else overrun.error,
        "expected_overrun_given_overrun": overrun.value / beyond if overrun is not None and beyond > 0 else None,
    }


def tail_figures(total: Array, level: Level = WORST, *, heavy: bool = False) -> dict[str, Any]:
    """Return value at risk and conditional value at risk at a level; the latter is None where the tail is `heavy`."""
    level = probability_of(level)
    at, above = tail(total, level)
    return {"level": in_percent(level), "var": at.value, "var_error": at.error,
            "cvar": None if heavy else above.value, "cvar_error": None if heavy else above.error}  # fmt: skip


def dependence(
    lines: dict[str, Array], total: Array, untied_total: Array | None, seed: int, interval: Level, *, heavy: bool = False
) -> list[dict[str, Any]]:
    """Return the spread as it is, with priors uncorrelated (where any are correlated), and with every line independent of the
    others.

    Lines go together because they share inputs (hours, utilisation) even where no prior is correlated with another. A table
    that adds up ranges line by line leaves that out; here the draws of each line are shuffled by themselves.
    """
    rows = [("as the scenario says", total)]
    if untied_total is not None:
        rows.append(("priors independent of each other", untied_total))
    if len(lines) > 1:
        rows.append(("lines independent of each other", _shuffled(lines, seed)))
    return [
        {"name": name, **{key: value for key, value in figures(values, interval, heavy=heavy).items() if key != "quantiles"},
         "p80": float(np.quantile(values, 0.8))}
        for name, values in rows
    ]  # fmt: skip


def _shuffled(lines: dict[str, Array], seed: int) -> NDArray[np.float64]:
    parts = [generator(seed, f"shuffled/{name}", 0).permutation(values) for name, values in lines.items()]
    return np.sum(parts, axis=0)


def risks(lines: dict[str, Array], total: Array, interval: Level, *, heavy: bool = False) -> dict[str, Any] | None:
    """Return the total with and without the register of risks, or None where no line holds one."""
    if RISKS not in lines:
        return None
    return {
        "with": figures(total, interval, heavy=heavy),
        "without": figures(total - lines[RISKS], interval, heavy=heavy),
        "probability_of_any": probability(lines[RISKS] > 0)._asdict(),
    }
