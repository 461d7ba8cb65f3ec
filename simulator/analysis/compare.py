"""Scenarios under one luck: the paired difference, the chance that one is cheaper, what makes the difference; rent or buy."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from simulator.analysis.statistics import (
    DRAWS,
    Array,
    Estimate,
    chance,
    difference,
    draw,
    evaluate_from,
    figures,
    labels,
    mean,
    same_money,
)
from simulator.core.formatting import words
from simulator.core.levels import Level, in_percent, interval_of
from simulator.core.units import HOURS_PER_YEAR, Value
from simulator.engine.graph import Plan
from simulator.engine.result import Result
from simulator.engine.summaries import ends
from simulator.io.to_json import SCHEMA
from simulator.scenario import TOTAL, Scenario

MONTH = HOURS_PER_YEAR / 12
Progress = Callable[[int, int], None] | None


class Unable(ValueError):
    """Scenarios that cannot be compared draw by draw."""


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
    are shown in place of the scenarios' own. Raises ValueError where the money differs or a run is under way, and `Broken`
    where a quantity is not finite.
    """
    interval = interval_of(interval)
    if len(scenarios) < 2:
        raise Unable("a comparison needs two scenarios at least")
    same_money(scenarios)
    _none_under_way(scenarios)
    first, others = scenarios[0], scenarios[1:]
    shown = list(names or labels(scenarios))
    base = draw(first, draws, seed, [TOTAL, *_priors(first)], threads=threads, progress=progress)
    told = [_total_of(shown[0], base, interval)]
    differences = []
    for name, other in zip(shown[1:], others, strict=True):
        keep = [TOTAL, *other.lines, *changed_names(first, other)]
        result = draw(other, draws, seed, keep, threads=threads, progress=progress)
        told.append(_total_of(name, result, interval))
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
        "scenarios": told, "differences": differences, "saved": [], "notes": notes,
    }  # fmt: skip


def _none_under_way(scenarios: Sequence[Scenario]) -> None:
    for scenario in scenarios:
        if scenario.progress is not None:
            raise Unable(
                f"{scenario.name} is under way: its draws are those that agree with what it has spent, "
                "so none has its like elsewhere"
            )


NO_MEAN = "a tail is too heavy for a mean, so the mean difference and its parts are not reported; quantiles are not affected"


def heavy(result: Result) -> bool:
    """Whether the total of a result has a tail too heavy for a mean."""
    return bool(result.why_no_mean())


def _total_of(name: str, result: Result, interval: float) -> dict[str, Any]:
    """Return the figures of the total of a scenario under the name that it has here."""
    scenario = result.scenario
    of = figures(result.kept[TOTAL], interval, heavy=heavy(result))
    return {"name": name, "title": scenario.title, "scope": scenario.scope, **of}


def paired(a: Array, b: Array, interval: Level = 0.95, *, heavy: bool = False) -> dict[str, Any]:
    """Return the figures of b - a, draw by draw, and the chance that a is the cheaper one.

    `variance_ratio` is the variance of the paired difference over that of two runs with luck of their own: how many times fewer
    draws the pairing needs.
    """
    less = difference(b, a)
    alone = float(a.var() + b.var())
    found = figures(less, interval, heavy=heavy)
    return {
        **found,
        "first_cheaper": chance(less > 0)._asdict(),
        "equal": float(np.mean(less == 0)),
        "ratio": figures(b / a, interval) if (a > 0).all() else None,
        "variance_ratio": float(less.var()) / alone if alone > 0 and found["mean"] is not None else None,
    }


def changed_names(a: Scenario, b: Scenario) -> list[str]:
    """Return, in the order of a's plan, the quantities whose source differs: another law, another formula, given or computed.

    Inputs come first, so that what is left of a formula's change is the formula's own.
    """
    here, there = ({step.name: step for step in scenario.plan.steps} for scenario in (a, b))
    both = [name for name in a.plan.names if name in set(b.plan.names) and name != TOTAL]
    changed = []
    for name in both:
        if name in a.inputs and name in b.inputs:
            same = a.inputs[name].law == b.inputs[name].law and a.inputs[name].stream == b.inputs[name].stream
            same = same and a.ranks == b.ranks  # ties move draws of a law that is the same
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
    drawn = _drawn(a.scenario, a.kept)
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
            rows.append(_row(name, _stated(a.scenario, name), _stated(b.scenario, name), step, by_itself))
    for line in (line for line in a.scenario.lines if line not in b.scenario.lines):
        gone, at_start = (mean(-np.broadcast_to(np.asarray(at[line]), a.kept[TOTAL].shape)) for at in (values, start))
        rows.append(_row(line, "a line", "no line", gone, at_start))
    for line in (line for line in b.scenario.lines if line not in a.scenario.lines):
        come = mean(b.kept[line])
        rows.append(_row(line, "no line", "a line", come, come))
    return rows


def _priors(scenario: Scenario) -> list[str]:
    return [name for name, made in scenario.inputs.items() if not made.law.is_constant]


def _drawn(scenario: Scenario, kept: Mapping[str, Array]) -> dict[str, Value]:
    """All inputs of a scenario: the draws of its priors, and its known numbers as numbers."""
    return {
        name: np.float64(made.law.quantile(0.5)) if made.law.is_constant else kept[name]
        for name, made in scenario.inputs.items()
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


def _stated(scenario: Scenario, name: str) -> str:
    """Say where a quantity comes from: its law as stated, or what its formula needs."""
    made = scenario.inputs.get(name)
    if made is not None:
        return made.stated
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
        told: dict[str, Any] = {
            "name": name, "title": str(data["title"]), "scope": str(data["scope"]), "money": str(data["money"]),
            "interval": float(data["interval"]), "draws": int(data["draws"]), "seed": int(data["seed"]),
            **{key: float(total[key]) for key in ("mean", "sd", "median", "low", "high")},
            "quantiles": {key: float(value) for key, value in total["quantiles"].items()},
            "mcse": {key: float(value) for key, value in total["mcse"].items()},
        }  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise ValueError("is no result of `llmcost run --format json` that this version can read") from None
    figures = [told[key] for key in ("mean", "sd", "median", "low", "high")]
    if not all(map(math.isfinite, (*figures, *told["quantiles"].values(), *told["mcse"].values()))):
        raise ValueError("holds figures that are not finite numbers")
    return told


# --- rent or buy ----------------------------------------------------------------------------------------------------------


def rent_or_buy(
    rented: Scenario,
    owned: Scenario,
    purchased: Scenario,
    useful_life: Scenario | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    *,
    interval: Level = 0.95,
    threads: int | None = None,
    progress: Progress = None,
) -> dict[str, Any]:
    """Compare a scenario on rented and on own chips, and return where they cost the same, as plain data.

    Break-even price: the rent of a chip for an hour at which the rented total equals the owned one (own chips charged for the
    time they are used, as the scenario depreciates them). The total is a straight line in the rent, so two evaluations give it.

    Break-even use: the hours for which each bought chip must work before rent would have cost as much as the cluster's purchase
    and its power, and that time over the chip's useful life (the utilisation that a buyer needs; `useful_life` is a scenario in
    which it takes part). Nothing is taken for resale, nor for what money costs meanwhile. Where power alone costs more than
    rent there is no such time: `never` says in what share of worlds.
    """
    interval = interval_of(interval)
    _none_under_way([rented, owned, purchased])
    for name, scenario in (("rental_price", rented), ("chip_hours", rented), ("chip_hours", purchased), ("chips", purchased)):
        if name not in scenario.plan.names:
            raise Unable(f"{scenario.name} has no {name} that takes part, so there is no price or time to break even at")
    rent = draw(
        rented, draws, seed, [TOTAL, "rental_cost", "chip_hours", "rental_price", *_priors(rented)], threads=threads,
        progress=progress,
    ).kept  # fmt: skip
    own = draw(owned, draws, seed, [TOTAL], threads=threads, progress=progress).kept
    purchases = [line for line in ("chip_purchase", "server_purchase", "network_purchase") if line in purchased.lines]
    keep = [TOTAL, "chips", "chip_hours", "energy_cost", *purchases]
    bought = draw(purchased, draws, seed, keep, threads=threads, progress=progress).kept
    drawn = _drawn(rented, rent)
    evaluate_from(rented.plan, drawn, {"rental_price": np.zeros_like(rent[TOTAL])})
    without = np.broadcast_to(np.asarray(drawn[TOTAL]), rent[TOTAL].shape)
    with np.errstate(all="ignore"):
        price = (own[TOTAL] - without) * rent["rental_price"] / (rent[TOTAL] - without)
        purchase = np.sum([bought[line] for line in purchases], axis=0) / bought["chips"]
        saved = rent["rental_cost"] / rent["chip_hours"] - bought["energy_cost"] / bought["chip_hours"]
        hours = np.where(saved > 0, purchase / saved, np.inf)
    if not np.isfinite(price).all():
        raise Unable("rent does nothing to the total in some draws, so no price breaks even there")
    need = None
    if useful_life is not None and "useful_life" in useful_life.inputs:
        life = draw(useful_life, draws, seed, ["useful_life"], threads=threads).kept["useful_life"]
        need = _with_never(hours / life, interval) | {"possible": chance(hours <= life)._asdict()}
    return {
        "schema": 1, "scenario": rented.name, "title": rented.title, "money": rented.money, "draws": draws, "seed": seed,
        "interval": in_percent(interval),
        "rented": figures(rent[TOTAL], interval), "owned": figures(own[TOTAL], interval),
        "purchased": figures(bought[TOTAL], interval),
        "rented_less_owned": paired(own[TOTAL], rent[TOTAL], interval),
        "rental_price": figures(rent["rental_price"], interval),
        "break_even_price": figures(price, interval),
        "break_even_months": _with_never(hours / MONTH, interval),
        "break_even_utilisation": need,
    }  # fmt: skip


def _with_never(values: Array, interval: Level) -> dict[str, Any]:
    """Median and interval of times that may never come: None where a quantile lies among those."""
    low, high = ends(interval)
    # By the order statistic itself: there is nothing between a number and never.
    found = np.quantile(values, [0.5, low, high], method="inverted_cdf").tolist()
    told: list[float | None] = [value if math.isfinite(value) else None for value in found]
    return {
        **dict(zip(("median", "low", "high"), told, strict=True)),
        "median_error": _order_error(values),
        "never": chance(np.isinf(values))._asdict(),
    }


def _order_error(values: Array) -> float | None:
    step = 0.5 / math.sqrt(len(values))
    low, high = np.quantile(values, [0.5 - step, 0.5 + step], method="inverted_cdf").tolist()
    return (high - low) / 2 if math.isfinite(high) else None
