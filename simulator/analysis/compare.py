"""Scenarios with common random numbers: the paired difference, the probability that one is cheaper, what makes the
difference.
"""

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
    difference,
    draw,
    evaluate_from,
    figures,
    labels,
    mean,
    probability,
    refuse_under_way,
    same_money,
)
from simulator.core.formatting import words
from simulator.core.levels import Level, in_percent, interval_of
from simulator.core.units import Value
from simulator.engine.graph import Plan
from simulator.engine.result import Result
from simulator.io.to_json import SCHEMA
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
    """Draw scenarios under common random numbers and compare each with the first, as plain data.

    A prior of one name takes the same score in all of them, so what they have in common cancels out of the differences. `names`
    are shown in place of the scenarios' own. Raises ValueError where the money differs or a run is under way, and
    `NonFiniteResultError`
    where a quantity is not finite.
    """
    interval = interval_of(interval)
    if len(scenarios) < 2:
        raise UnsupportedError("a comparison needs two scenarios at least")
    same_money(scenarios)
    refuse_under_way(*scenarios)
    first, others = scenarios[0], scenarios[1:]
    shown = list(names or labels(scenarios))
    base = draw(first, draws, seed, [TOTAL, *prior_names(first)], threads=threads, progress=progress)
    totals = [_total_of(shown[0], base, interval)]
    differences = []
    for name, other in zip(shown[1:], others, strict=True):
        keep = [TOTAL, *other.lines, *changed_names(first, other)]
        result = draw(other, draws, seed, keep, threads=threads, progress=progress)
        totals.append(_total_of(name, result, interval))
        difference = paired(base.kept[TOTAL], result.kept[TOTAL], interval, heavy=heavy(base) or heavy(result))
        # Steps of means add up; those of medians would not.
        steps = [] if difference["mean"] is None else explained(base, result)
        differences.append({"of": name, "from": shown[0], **difference, "explained": steps})
    notes = [f"{row['of']} less {row['from']}: {NO_MEAN}" for row in differences if row["mean"] is None]
    if len({scenario.scope for scenario in scenarios}) > 1:
        each = "; ".join(f"{name}: {scenario.scope}" for name, scenario in zip(shown, scenarios, strict=True))
        notes.append(f"the scenarios count different things ({each})")
    return {
        "schema": 1, "money": first.money, "draws": draws, "seed": seed, "interval": in_percent(interval),
        "scenarios": totals, "differences": differences, "saved": [], "notes": notes,
    }  # fmt: skip


def heavy(result: Result) -> bool:
    """Whether the total of a result has a tail too heavy for a mean."""
    return bool(result.why_no_mean())


def _total_of(name: str, result: Result, interval: float) -> dict[str, Any]:
    """Return the figures of the total of a scenario under the name that it has here."""
    scenario = result.scenario
    of = figures(result.kept[TOTAL], interval, heavy=heavy(result))
    return {"name": name, "title": scenario.title, "scope": scenario.scope, **of}


def paired(a: Array, b: Array, interval: Level = 0.95, *, heavy: bool | None = None) -> dict[str, Any]:
    """Return the figures of b - a, draw by draw, and the probability that a is the cheaper one.

    `variance_ratio` is the variance of the paired difference over that of two runs with random numbers of their own: how many
    times fewer draws the pairing needs.
    """
    less = difference(b, a)
    alone = float(a.var() + b.var())
    found = figures(less, interval, heavy=heavy)
    return {
        **found,
        "first_cheaper": probability(less > 0)._asdict(),
        "equal": float(np.mean(less == 0)),
        "ratio": figures(b / a, interval) if (a > 0).all() else None,
        "variance_ratio": float(less.var()) / alone if alone > 0 and found["mean"] is not None else None,
    }


def changed_names(a: Scenario, b: Scenario) -> list[str]:
    """Return, in the order of a's plan, the quantities whose source differs: another distribution, another formula, given or
    computed.

    Inputs come first, so that what is left of a formula's change is the formula's own.
    """
    here, there = ({step.name: step for step in scenario.plan.steps} for scenario in (a, b))
    both = [name for name in a.plan.names if name in set(b.plan.names) and name != TOTAL]
    changed = []
    for name in both:
        if name in a.inputs and name in b.inputs:
            same = a.inputs[name].distribution == b.inputs[name].distribution and a.inputs[name].stream == b.inputs[name].stream
            same = same and a.ranks == b.ranks  # ties move draws of a distribution that is the same
        elif name in here and name in there:
            same = here[name].function is there[name].function and here[name].needs == there[name].needs
        else:
            same = False
        if not same:
            changed.append(name)
    return changed


def explained(a: Result, b: Result) -> list[dict[str, Any]]:
    """Explain the mean difference of two results under one seed: a's quantities become b's one after the other.

    Each step's change of the mean total, in this order, and what that quantity alone would change in a. Last come the lines
    that only one of the two has. The steps add up to the mean difference; what a step adds depends on those before it.
    The result `a` keeps its total and priors, `b` its lines and `changed_names`.
    """
    plan = a.scenario.plan
    drawn = input_draws(a.scenario, a.kept)
    start = values = _evaluated(plan, drawn, {})
    given: dict[str, Value] = {}
    rows = []
    for name in changed_names(a.scenario, b.scenario):
        if np.array_equal(np.broadcast_to(np.asarray(values[name]), b.kept[name].shape), b.kept[name]):
            continue
        before = values
        given[name] = b.kept[name]
        values = _evaluated(plan, drawn, given)
        alone = _evaluated(plan, drawn, {name: b.kept[name]})
        step, by_itself = _change(before, values, a), _change(start, alone, a)
        if any((*step, *by_itself)):
            rows.append(_row(name, _specification(a.scenario, name), _specification(b.scenario, name), step, by_itself))
    for line in (line for line in a.scenario.lines if line not in b.scenario.lines):
        gone, at_start = (mean(-np.broadcast_to(np.asarray(at[line]), a.kept[TOTAL].shape)) for at in (values, start))
        rows.append(_row(line, "a line", "no line", gone, at_start))
    for line in (line for line in b.scenario.lines if line not in a.scenario.lines):
        come = mean(b.kept[line])
        rows.append(_row(line, "no line", "a line", come, come))
    return rows


def prior_names(scenario: Scenario) -> list[str]:
    """Return the inputs that are not known numbers."""
    return [name for name, source in scenario.inputs.items() if not source.distribution.is_constant]


def input_draws(scenario: Scenario, kept: Mapping[str, Array]) -> dict[str, Value]:
    """Return all inputs of a scenario: the draws of its priors, and its known numbers as numbers."""
    return {
        name: np.float64(source.distribution.quantile(0.5)) if source.distribution.is_constant else kept[name]
        for name, source in scenario.inputs.items()
    }


def _evaluated(plan: Plan, drawn: Mapping[str, Value], given: Mapping[str, Value]) -> dict[str, Value]:
    values = dict(drawn)
    evaluate_from(plan, values, given)
    return values


def _change(before: Mapping[str, Value], after: Mapping[str, Value], like: Result) -> Estimate:
    return mean(np.broadcast_to(difference(after[TOTAL], before[TOTAL]), like.kept[TOTAL].shape))


def _row(name: str, here: str, there: str, step: Estimate, alone: Estimate) -> dict[str, Any]:
    return {"name": name, "from": here, "to": there, "change": step.value, "mcse": step.error, "alone": alone.value,
            "alone_mcse": alone.error}  # fmt: skip


def _specification(scenario: Scenario, name: str) -> str:
    """Say where a quantity comes from: its distribution as stated, or what its formula needs."""
    source = scenario.inputs.get(name)
    if source is not None:
        return source.specification
    step = next(step for step in scenario.plan.steps if step.name == name)
    changes = [need for need in step.needs if need.startswith(("lever/", "shock/", "adjustment/"))]
    if changes:
        return f"with {', '.join(words(change.removesuffix(f'.{name}')) for change in changes)}"
    return f"from {', '.join(map(words, step.needs))}"


# --- saved runs -----------------------------------------------------------------------------------------------------------


def saved_figures(name: str, data: Any) -> dict[str, Any]:
    """Return the figures of the JSON of an earlier run; ValueError where it is none of ours.

    Its draws are not there, so nothing is paired with it.
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
    figures = [row[key] for key in ("mean", "sd", "median", "low", "high")]
    if not all(map(math.isfinite, (*figures, *row["quantiles"].values(), *row["mcse"].values()))):
        raise ValueError("holds figures that are not finite numbers")
    return row
