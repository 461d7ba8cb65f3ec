"""Budgets: percentile of the point estimate, contingency at each confidence level, allocation to lines, drivers of overrun."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.analysis.statistics import (
    DRAWS,
    LEVELS,
    Array,
    allocation,
    contingencies,
    independent_priors,
    mean,
    probability,
    rank_shifts,
    simulate_draws,
    summary_statistics,
    tail_risk,
    values_at_medians,
)
from simulator.core.levels import Level, in_percent, interval_of, probabilities, probability_of
from simulator.engine.result import Result
from simulator.engine.sampling.streams import generator
from simulator.io.summary import mean_notes
from simulator.scenario import TOTAL, Scenario

RISKS = "risk_cost"
VALUE_AT_RISK_LEVEL = 0.95
"""Level of value at risk, the same as in `run`."""


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
    """Simulate a scenario and return its budget as plain data; `levels` are reported besides 50, 70, 80 and 90 %.

    Where priors are correlated, a second simulation with the same random numbers removes the correlations. Raises
    `NonFiniteResultError` where a quantity is not finite.
    """
    interval = interval_of(interval)
    levels = probabilities(levels)
    priors = [name for name, source in scenario.inputs.items() if source.role == "prior"]
    result = simulate_draws(scenario, draws, seed, [TOTAL, *scenario.lines, *priors], threads=threads, progress=progress)
    uncorrelated = independent_priors(scenario)
    independent_total = None
    if uncorrelated is not None:
        independent_result = simulate_draws(uncorrelated, draws, seed, [TOTAL], threads=threads, progress=progress)
        independent_total = independent_result.retained_draws[TOTAL]
    return budget_of_draws(result, levels=levels, interval=interval, independent_total=independent_total)


def budget_of_draws(
    result: Result, *, levels: Iterable[Level] = (), interval: Level = 0.95, independent_total: Array | None = None
) -> dict[str, Any]:
    """Return the figures of a budget from a result that retains the draws of its total, its lines and its priors.

    `independent_total` are draws of the total with every prior independent.
    """
    interval = interval_of(interval)
    scenario, total, point = result.scenario, result.retained_draws[TOTAL], result.point
    heavy = bool(result.why_no_mean())
    lines = {name: result.retained_draws[name] for name in scenario.lines}
    priors = {name for name, source in scenario.inputs.items() if source.role == "prior"}
    inputs = {name: result.retained_draws[name] for name in scenario.inputs if name in priors & result.retained_draws.keys()}
    levels = probabilities([*LEVELS, *levels])
    medians = {name: float(value) for name, value in values_at_medians(scenario).items() if name in lines}
    threshold = scenario.budget if scenario.budget is not None else float(np.quantile(total, 0.8))
    is_over = total > threshold
    percentile = probability(total <= point)
    percents = range(1, 100)
    return {
        "schema": 2, "scenario": scenario.name, "title": scenario.title, "scope": scenario.scope, "money": scenario.money,
        "draws": len(total), "seed": result.seed, "interval": in_percent(interval), "fingerprint": scenario.fingerprint,
        "total": summary_statistics(total, interval, heavy=heavy),
        "point_estimate": {
            "amount": point, "given": scenario.point is not None, "percentile": 100 * percentile.value,
            "mcse": 100 * percentile.error,
        },
        "s_curve": {
            "probability": [percent / 100 for percent in percents],
            "amount": np.quantile(total, np.array(percents) / 100).tolist(),
        },
        "contingency": contingencies(total, point, levels),
        "budget": None if scenario.budget is None else budget_statistics(total, scenario.budget, point, heavy=heavy),
        "tail": tail_statistics(total, heavy=heavy),
        "allocation": [
            {"level": in_percent(level), "lines": allocation(lines, total, level, medians, point)} for level in levels
        ],
        "dependence": dependence_statistics(lines, total, independent_total, result.seed, interval, heavy=heavy),
        "risks": risk_statistics(lines, total, interval, heavy=heavy),
        "overrun": {
            "above": threshold, "of": "P80" if scenario.budget is None else "budget", "draws": int(np.count_nonzero(is_over)),
            "inputs": rank_shifts(inputs, is_over),
        },
        "notes": [*scenario.notes, *result.notes, *mean_notes(result)],
    }  # fmt: skip


def budget_statistics(total: Array, amount: float, point: float, *, heavy: bool = False) -> dict[str, Any]:
    """Return probability and expected overrun of an amount; means are None where the tail of the total is `heavy`."""
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


def tail_statistics(total: Array, level: Level = VALUE_AT_RISK_LEVEL, *, heavy: bool = False) -> dict[str, Any]:
    """Return value at risk and conditional value at risk at a level; the latter is None where the tail is `heavy`."""
    level = probability_of(level)
    value_at_risk, conditional = tail_risk(total, level)
    return {"level": in_percent(level), "var": value_at_risk.value, "var_error": value_at_risk.error,
            "cvar": None if heavy else conditional.value, "cvar_error": None if heavy else conditional.error}  # fmt: skip


def dependence_statistics(
    lines: dict[str, Array], total: Array, independent_total: Array | None, seed: int, interval: Level, *, heavy: bool = False
) -> list[dict[str, Any]]:
    """Return the total as simulated, with uncorrelated priors (where any are correlated), and with independent lines.

    Lines are dependent because they share inputs (hours, utilisation), even where no prior is correlated with another. A table
    that adds up ranges line by line ignores this. For independent lines the draws of each line are permuted separately.
    """
    rows = [("as the scenario says", total)]
    if independent_total is not None:
        rows.append(("priors independent of each other", independent_total))
    if len(lines) > 1:
        rows.append(("lines independent of each other", _shuffle_and_add(lines, seed)))
    return [
        {"name": name,
         **{key: value for key, value in summary_statistics(values, interval, heavy=heavy).items() if key != "quantiles"},
         "p80": float(np.quantile(values, 0.8))}
        for name, values in rows
    ]  # fmt: skip


def _shuffle_and_add(lines: dict[str, Array], seed: int) -> NDArray[np.float64]:
    parts = [generator(seed, f"shuffled/{name}", 0).permutation(values) for name, values in lines.items()]
    return np.sum(parts, axis=0)


def risk_statistics(lines: dict[str, Array], total: Array, interval: Level, *, heavy: bool = False) -> dict[str, Any] | None:
    """Return the total with and without the risk register, or None where the scenario has none."""
    if RISKS not in lines:
        return None
    return {
        "with": summary_statistics(total, interval, heavy=heavy),
        "without": summary_statistics(total - lines[RISKS], interval, heavy=heavy),
        "probability_of_any": probability(lines[RISKS] > 0)._asdict(),
    }
