"""Data of the page: the content of the explorer as plain data, and what the page computes from it, in Python."""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.core.errors import Issue, UnsupportedError
from simulator.core.formatting import display_unit, to_words
from simulator.core.version import tool_version
from simulator.engine.adjustments import switch_of
from simulator.engine.inputs import Input
from simulator.engine.options import DEFAULTS, RunOptions
from simulator.engine.sampling.streams import REPLICATES
from simulator.engine.scenario import TOTAL, Scenario
from simulator.report.explorer.columns import Column, encode
from simulator.report.explorer.content import Case, Explorer
from simulator.report.explorer.kept import quantity_of
from simulator.report.explorer.options import Choices, Toggle
from simulator.report.explorer.plans import CompiledPlan, Pool
from simulator.report.inputs import describe_input
from simulator.scenario import OpenScenario
from simulator.scenario.assemble.following import CHIPS, GOODPUT
from simulator.scenario.assemble.utilisation import UTILISATIONS
from simulator.scenario.plausibility import is_whole

Array = NDArray[np.float64]


def page_data(explorer: Explorer) -> dict[str, Any]:
    """Return the content as plain data for the script of the page."""
    pool = explorer.pool
    columns = [column.to_plain() for column in pool.columns.columns]
    about: dict[int, dict[str, Any]] = {}
    cases = [_case_data(explorer, place, columns, about) for place in range(len(explorer.cases))]
    return {
        "version": tool_version(),
        "draws": explorer.draws,
        "replicates": REPLICATES,
        "seed": explorer.options.seed,
        "interval": explorer.options.interval,
        "reportDraws": explorer.options.draws,
        "names": list(pool.names),
        "columns": columns,
        "about": [about.get(place) for place in range(len(pool.columns.columns))],
        "steps": [list(step) for step in pool.steps],
        "cases": cases,
    }


def _case_data(
    explorer: Explorer, place: int, columns: list[dict[str, Any]], about: dict[int, dict[str, Any]]
) -> dict[str, Any]:
    case, pool = explorer.cases[place], explorer.pool
    scenario = case.scenario
    base = case.plans[()]
    scale = _scale(case, base, pool)
    columns.append(scale.to_plain())
    drivers = {name for each in case.drivers.values() for name in each.offered}
    parts: dict[str, tuple[int, Any]] = {}
    plans = {_key(choices): _shared(_plan_data(plan, pool, about, drivers), parts) for choices, plan in case.plans.items()}
    return {
        "name": explorer.names[place],
        "title": scenario.title,
        "scope": scenario.scope,
        "money": scenario.money,
        "currency": scenario.currency,
        "budget": case.budget,
        "hasBudget": scenario.budget is not None,
        "hasMean": case.has_mean,
        "scale": len(columns) - 1,
        "reported": _reported(case, float(explorer.options.interval)),
        "axes": [{"key": axis.key, "options": list(axis.options)} for axis in case.options.axes],
        "plans": plans,
        "parts": [part for _, part in parts.values()],
        "refusals": {_key(choices): reason for choices, reason in case.options.refusals.items()},
        "drivers": _driver_data(case),
        "toggles": [_toggle_data(toggle) for toggle in case.options.toggles],
        "absent": {kind: case.options.absence(kind) for kind in ("shock", "lever")},
        "withheld": case.options.kept.notice(case.withheld),
        "behind": sorted(_uncertain(scenario) & case.options.kept.behind),
        "notOffered": list(case.sentences),
        "command": _command_data(case, explorer.commands[place], explorer.options),
        "file": _file_text(case.opened),
    }


def _uncertain(scenario: Scenario) -> set[str]:
    return {quantity_of(name) for name, source in scenario.inputs.items() if not source.distribution.is_constant}


def _shared(plan: dict[str, Any], parts: dict[str, tuple[int, Any]]) -> dict[str, int]:
    """Return a plan whose values are numbers of parts; plans have many equal parts, each of which the page holds once."""
    return {key: parts.setdefault(json.dumps(value), (len(parts), value))[0] for key, value in plan.items()}


def _key(choices: Choices) -> str:
    return ";".join(f"{key}={option}" for key, option in choices)


def _scale(case: Case, plan: CompiledPlan, pool: Pool) -> Column:
    """Return for each draw the factor that turns the unchanged total of the page into the quantile of the reported run."""
    total = page_values(plan, pool)[TOTAL]
    rank = np.empty(len(total))
    rank[np.argsort(total, kind="stable")] = np.arange(len(total))
    reported = np.quantile(case.reported[TOTAL], rank / (len(total) - 1))
    with np.errstate(all="ignore"):
        factors = np.where(total > 0, reported / total, 1.0)
    return encode(np.clip(np.where(np.isfinite(factors), factors, 1.0), 0.5, 2.0))


def page_values(
    plan: CompiledPlan, pool: Pool, changes: Mapping[str, Any] | None = None, switched_on: Iterable[str] = ()
) -> dict[str, Array]:
    """Return what the page computes, in Python: all quantities from the embedded draws.

    `changes` replaces inputs, and `switched_on` names the shocks and levers that are on, such as `shock/tokens-doubled`.
    """
    values: dict[str, Any] = {name: pool.columns.columns[place].draws for name, place in plan.columns.items()}
    values |= plan.constants
    on = {f"{name}.on" for name in switched_on}
    values |= {name: float(name in on) for name in map(switch_of, plan.scenario.adjustments) if name in plan.program.inputs}
    values |= dict(changes or {})
    held = {plan.speedup: 1.0} if plan.speedup and any(quantity_of(name) in UTILISATIONS for name in changes or ()) else {}
    computed = plan.program.evaluate(values, held)
    return {name: np.broadcast_to(np.asarray(value, dtype=np.float64), pool.draws) for name, value in computed.items()}


def _reported(case: Case, interval: float) -> dict[str, Any]:
    total = case.reported[TOTAL]
    shares = np.concatenate([[0.001, 0.0025], np.arange(1, 200) / 200, [0.9975, 0.999]])
    low, high = (1 - interval) / 2, (1 + interval) / 2
    return {
        "probability": shares.tolist(),
        "amount": [float(f"{each:.7g}") for each in np.quantile(total, shares)],
        "p50": float(np.quantile(total, 0.5)),
        "p80": float(np.quantile(total, 0.8)),
        "low": float(np.quantile(total, low)),
        "high": float(np.quantile(total, high)),
    }


def _plan_data(plan: CompiledPlan, pool: Pool, about: dict[int, dict[str, Any]], drivers: set[str]) -> dict[str, Any]:
    inputs = plan.scenario.inputs
    for name, place in plan.columns.items():
        if place not in about:
            about[place] = _about(name, inputs.get(name))
    steps = list(pool.steps)
    used = {number for step in plan.steps for number in steps[step][2:]}
    number = {name: pool.name(name) for name in (*plan.columns, *plan.constants, plan.speedup, *plan.results.values()) if name}
    results = [[to_words(name), number[held]] for name, held in plan.results.items() if name != TOTAL]
    needed = used | {number[held] for held in plan.results.values()}
    switches = [name for name in map(switch_of, plan.scenario.adjustments) if name in plan.program.inputs]
    return {
        "columns": [[number[name], place] for name, place in plan.columns.items() if number[name] in needed],
        "constants": [[number[name], value] for name, value in plan.constants.items() if number[name] in needed],
        "orders": {name: place for name, place in plan.orders.items() if name in drivers},
        "levels": [[pool.name(name), quantity, level] for name, (quantity, level) in plan.levels.items()],
        "held": [[number[plan.speedup], 1.0, list(UTILISATIONS)]] if plan.speedup else [],
        "switches": [[pool.name(name), name.removesuffix(".on")] for name in switches],
        "inputs": {quantity_of(name): number[name] for name in plan.columns if name in inputs and quantity_of(name) in drivers},
        "steps": list(plan.steps),
        "total": number[plan.results[TOTAL]],
        "lines": results,
        "unavailable": dict(plan.unavailable),
    }


def _about(name: str, source: Input | None) -> dict[str, Any]:
    if source is None:
        return {"name": name, "label": to_words(name)}
    return {
        "name": quantity_of(name),
        "label": to_words(quantity_of(name)),
        "specification": source.specification,
        "about": source.about,
        "grade": source.grade or ("-" if source.is_assumption else ""),
        "date": source.date,
        "unit": source.unit.text,
        "sources": [[each.title, each.place, each.date, each.url] for each in source.sources],
    }


def _driver_data(case: Case) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for choices, drivers in case.drivers.items():
        scenario = case.options.variants[choices]
        inputs = {quantity_of(name): source for name, source in scenario.inputs.items()}
        for name in drivers.offered:
            source = inputs.get(name)
            if source is None or name in rows:
                continue
            word, factor = display_unit(source.unit.text)
            rows[name] = {
                "name": name,
                "label": to_words(name),
                "unit": word,
                "factor": factor,
                "canonical": "" if source.unit.text == "1" else source.unit.text,
                "isFraction": source.unit.is_fraction,
                "isAtLeastOne": source.unit.low == 1.0,
                "least": max(source.unit.low, -1e300),
                "most": min(source.unit.high, 1e300),
                "grade": source.grade or ("-" if source.is_assumption else ""),
                "about": describe_input(name, source, scenario.graph),
                "correlated": _correlated(name, inputs, scenario),
                "path": _path(case.opened, name),
                "isWhole": is_whole(name),
                "kept": _kept(case.opened, name, inputs),
            }
    return list(rows.values())


def _correlated(name: str, inputs: Mapping[str, Input], scenario: Scenario) -> list[str]:
    """Return the inputs whose draws are correlated with those of an input, or are drawn together with it."""
    own = inputs[name].stream
    streams = {own, *(stream for pair in scenario.ranks if own in pair for stream in pair)}
    return sorted(other for other, source in inputs.items() if source.stream in streams and other != name)


def _kept(opened: OpenScenario, name: str, inputs: Mapping[str, Input]) -> list[list[str]]:
    """Return what a command has to state so that it stays as it is on the page: the goodput, which follows stated chips."""
    if name != CHIPS or GOODPUT not in inputs:
        return []
    chips = f"{CHIPS}={max(round(inputs[name].distribution.quantile(0.5)), 1)}"
    changed = opened.with_(sets=[chips]).try_scenario()
    if isinstance(changed, Issue) or GOODPUT in map(quantity_of, changed.plan.inputs):
        return []
    return [[GOODPUT, inputs[GOODPUT].specification]]


def _path(opened: OpenScenario, name: str) -> list[str]:
    """Return the keys under which a file gives a quantity: that of an item is below its group."""
    item, dot, quantity = name.partition(".")
    setting = opened.base.group_items.get(item) if dot else None
    return [name] if setting is None else [setting, item, quantity]


def _toggle_data(toggle: Toggle) -> dict[str, Any]:
    adjustment = toggle.adjustment
    return {
        "name": adjustment.full_name,
        "kind": adjustment.kind,
        "short": adjustment.name,
        "label": to_words(adjustment.name),
        "about": adjustment.about,
        "grade": adjustment.grade,
        "change": toggle.change if math.isfinite(toggle.change) else None,
        "selects": dict(toggle.selects),
        "groups": list(adjustment.groups),
        "sources": [[each.title, each.place, each.date, each.url] for each in adjustment.sources],
    }


def _command_data(case: Case, words: tuple[str, ...] | None, options: RunOptions) -> dict[str, Any] | None:
    """Return the parts of the command that repeats the scenario, or None where no command can."""
    overrides = case.opened.overrides
    texts = [each if isinstance(each, str) else (each.name, each.value.text) for each in overrides.sets]
    pairs = [tuple(each.split("=", 1)) if isinstance(each, str) else each for each in texts]
    if words is None or any(value is None for _, value in pairs):
        return None
    return {
        "words": list(words),
        "basis": overrides.basis,
        "budget": overrides.budget,
        "sets": [[name.strip(), value] for name, value in pairs],
        "levers": list(overrides.levers),
        "shocks": list(overrides.shocks),
        "correlations": [[a, b, rank] for (a, b), rank in overrides.correlations.items()],
        "draws": options.draws,
        "seed": options.seed,
        "isDefault": (options.draws, options.seed) == (DEFAULTS.draws, DEFAULTS.seed),
    }


def _file_text(opened: OpenScenario) -> str:
    """Return the scenario as the text of a file, or an empty text where a file cannot hold it."""
    try:
        return opened.to_yaml()
    except UnsupportedError:
        return ""
