"""Comparison of scenarios using common random numbers: paired difference, probability of being cheaper, and its causes."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simulator.analysis.statistics import (
    DRAWS,
    Array,
    Estimate,
    Progress,
    UnsupportedError,
    check_same_money,
    difference,
    evaluate_from,
    mean,
    probability,
    refuse_under_way,
    simulate_draws,
    summary_statistics,
    unique_names,
)
from simulator.core.formatting import to_words
from simulator.core.levels import Level, in_percent, interval_of
from simulator.core.results import SCHEMA
from simulator.core.units import Value
from simulator.engine.graph import Plan
from simulator.engine.result import Result
from simulator.scenario import TOTAL, Scenario

NO_MEAN = "a tail is too heavy for a mean, so the mean difference and its parts are not reported; quantiles are not affected"


def compare(
    scenarios: Sequence[Scenario],
    draws: int = DRAWS,
    seed: int = 0,
    *,
    names: Sequence[str] | None = None,
    interval: Level = 0.95,
    threads: int | None = None,
    progress: Progress = None,
) -> dict[str, Any]:
    """Simulate scenarios using common random numbers and compare each with the first, as plain data.

    A prior of the same name takes the same standard normal variate in all of them, so common parts cancel out of the
    differences. `names` replace the scenarios' own. Raises ValueError where the money differs or a run is under way, and
    `NonFiniteResultError` where a quantity is not finite.
    """
    interval = interval_of(interval)
    if len(scenarios) < 2:
        raise UnsupportedError("a comparison needs at least two scenarios")
    check_same_money(scenarios)
    refuse_under_way(*scenarios)
    first, others = scenarios[0], scenarios[1:]
    labels = list(names or unique_names(scenarios))
    base = simulate_draws(first, draws, seed, [TOTAL, *prior_names(first)], threads=threads, progress=progress)
    totals = [_total_of(labels[0], base, interval)]
    differences = []
    for name, other in zip(labels[1:], others, strict=True):
        keep = [TOTAL, *other.lines, *differing_quantities(first, other)]
        result = simulate_draws(other, draws, seed, keep, threads=threads, progress=progress)
        totals.append(_total_of(name, result, interval))
        row = paired_difference(
            base.retained_draws[TOTAL], result.retained_draws[TOTAL], interval, heavy=is_heavy(base) or is_heavy(result)
        )
        # Steps of means add up; those of medians do not.
        steps = [] if row["mean"] is None else explain_difference(base, result)
        differences.append({"of": name, "from": labels[0], **row, "explained": steps})
    notes = [f"{row['of']} less {row['from']}: {NO_MEAN}" for row in differences if row["mean"] is None]
    if len({scenario.scope for scenario in scenarios}) > 1:
        each = "; ".join(f"{name}: {scenario.scope}" for name, scenario in zip(labels, scenarios, strict=True))
        notes.append(f"the scenarios differ in scope ({each})")
    return {
        "schema": 2, "money": first.money, "draws": draws, "seed": seed, "interval": in_percent(interval),
        "scenarios": totals, "differences": differences, "saved": [], "notes": notes,
    }  # fmt: skip


def is_heavy(result: Result) -> bool:
    """Whether the total of a result has a tail too heavy for a mean."""
    return bool(result.why_no_mean())


def _total_of(name: str, result: Result, interval: float) -> dict[str, Any]:
    """Return the statistics of the total of a scenario under its name in the comparison."""
    scenario = result.scenario
    of = summary_statistics(result.retained_draws[TOTAL], interval, heavy=is_heavy(result))
    return {"name": name, "title": scenario.title, "scope": scenario.scope, **of}


def paired_difference(a: Array, b: Array, interval: Level = 0.95, *, heavy: bool | None = None) -> dict[str, Any]:
    """Return the statistics of b - a, draw by draw, and the probability that a is cheaper.

    `variance_ratio` is the variance of the paired difference over that with independent random numbers, and so the ratio of the
    draws that each needs.
    """
    differences = difference(b, a)
    unpaired_variance = float(a.var() + b.var())
    statistics = summary_statistics(differences, interval, heavy=heavy)
    has_ratio = unpaired_variance > 0 and statistics["mean"] is not None
    return {
        **statistics,
        "first_cheaper": probability(differences > 0)._asdict(),
        "equal": float(np.mean(differences == 0)),
        "ratio": summary_statistics(b / a, interval) if (a > 0).all() else None,
        "variance_ratio": float(differences.var()) / unpaired_variance if has_ratio else None,
    }


def differing_quantities(a: Scenario, b: Scenario) -> list[str]:
    """Return the quantities whose source differs, in the order of a's plan: distribution, formula, or input against formula.

    Inputs come first, so that the change attributed to a formula is due to the formula alone.
    """
    steps_a, steps_b = ({step.name: step for step in scenario.plan.steps} for scenario in (a, b))
    common = [name for name in a.plan.names if name in set(b.plan.names) and name != TOTAL]
    changed = []
    for name in common:
        if name in a.inputs and name in b.inputs:
            same = a.inputs[name].distribution == b.inputs[name].distribution and a.inputs[name].stream == b.inputs[name].stream
            same = same and a.ranks == b.ranks  # correlations change the draws of an unchanged distribution
        elif name in steps_a and name in steps_b:
            same = steps_a[name].function is steps_b[name].function and steps_a[name].needs == steps_b[name].needs
        else:
            same = False
        if not same:
            changed.append(name)
    return changed


def explain_difference(a: Result, b: Result) -> list[dict[str, Any]]:
    """Explain the mean difference of two results of one seed by replacing a's quantities with b's, one after the other.

    Each row has the change of the mean total at that step, and the change from replacing that quantity alone in a. The last
    rows are lines that only one of the two has. The steps add up to the mean difference; each depends on those before it. The
    result `a` must retain its total and priors, `b` its lines and `differing_quantities`.
    """
    plan = a.scenario.plan
    inputs = input_draws(a.scenario, a.retained_draws)
    start = values = _evaluate(plan, inputs, {})
    overrides: dict[str, Value] = {}
    rows = []
    for name in differing_quantities(a.scenario, b.scenario):
        if np.array_equal(np.broadcast_to(np.asarray(values[name]), b.retained_draws[name].shape), b.retained_draws[name]):
            continue
        before = values
        overrides[name] = b.retained_draws[name]
        values = _evaluate(plan, inputs, overrides)
        values_alone = _evaluate(plan, inputs, {name: b.retained_draws[name]})
        step, alone = _change(before, values, a), _change(start, values_alone, a)
        if any((*step, *alone)):
            rows.append(_row(name, _specification(a.scenario, name), _specification(b.scenario, name), step, alone))
    for line in (line for line in a.scenario.lines if line not in b.scenario.lines):
        shape = a.retained_draws[TOTAL].shape
        step, alone = (mean(-np.broadcast_to(np.asarray(state[line]), shape)) for state in (values, start))
        rows.append(_row(line, "a line", "no line", step, alone))
    for line in (line for line in b.scenario.lines if line not in a.scenario.lines):
        step = mean(b.retained_draws[line])
        rows.append(_row(line, "no line", "a line", step, step))
    return rows


def prior_names(scenario: Scenario) -> list[str]:
    """Return the inputs that are not constants."""
    return [name for name, source in scenario.inputs.items() if not source.distribution.is_constant]


def input_draws(scenario: Scenario, retained_draws: Mapping[str, Array]) -> dict[str, Value]:
    """Return all inputs of a scenario: the draws of its priors, and its constants as numbers."""
    return {
        name: np.float64(source.distribution.quantile(0.5)) if source.distribution.is_constant else retained_draws[name]
        for name, source in scenario.inputs.items()
    }


def _evaluate(plan: Plan, inputs: Mapping[str, Value], overrides: Mapping[str, Value]) -> dict[str, Value]:
    values = dict(inputs)
    evaluate_from(plan, values, overrides)
    return values


def _change(before: Mapping[str, Value], after: Mapping[str, Value], like: Result) -> Estimate:
    return mean(np.broadcast_to(difference(after[TOTAL], before[TOTAL]), like.retained_draws[TOTAL].shape))


def _row(name: str, here: str, there: str, step: Estimate, alone: Estimate) -> dict[str, Any]:
    return {"name": name, "from": here, "to": there, "change": step.value, "mcse": step.error, "alone": alone.value,
            "alone_mcse": alone.error}  # fmt: skip


def _specification(scenario: Scenario, name: str) -> str:
    """Describe the source of a quantity: the specification of its distribution, or the inputs of its formula."""
    source = scenario.inputs.get(name)
    if source is not None:
        return source.specification
    step = next(step for step in scenario.plan.steps if step.name == name)
    changes = [need for need in step.needs if need.startswith(("lever/", "shock/", "adjustment/"))]
    if changes:
        return f"with {', '.join(to_words(change.removesuffix(f'.{name}')) for change in changes)}"
    return f"from {', '.join(map(to_words, step.needs))}"


# --- saved runs -----------------------------------------------------------------------------------------------------------


def saved_statistics(name: str, data: Any) -> dict[str, Any]:
    """Return the statistics in the JSON of an earlier run; ValueError where it is no such file.

    It holds no draws, so it cannot be paired.
    """
    try:
        if data["schema"] != SCHEMA:
            raise KeyError("schema")
        total = data["quantities"][TOTAL]
        row: dict[str, Any] = {
            "name": name, "title": str(data["title"]), "scope": str(data["scope"]), "money": str(data["money"]),
            "interval": float(data["interval"]), "draws": int(data["draws"]), "seed": int(data["seed"]),
            **{key: float(total[key]) for key in ("mean", "sd", "median", "low", "high")},
            "quantiles": {key: float(value) for key, value in total["quantiles"].items()},
            "mcse": {key: float(value) for key, value in total["mcse"].items()},
        }  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise ValueError("is no result of `llmcost run --format json` that this version can read") from None
    summary_statistics = [row[key] for key in ("mean", "sd", "median", "low", "high")]
    if not all(map(math.isfinite, (*summary_statistics, *row["quantiles"].values(), *row["mcse"].values()))):
        raise ValueError("contains figures that are not finite numbers")
    return row
