"""A sensitivity study as JSON, as CSV, and as the sentence on what to research next."""

from collections.abc import Mapping
from typing import Any

from simulator.analysis.sensitivity.estimates import Estimate
from simulator.analysis.sensitivity.results import Driver, Drivers
from simulator.analysis.sensitivity.sobol import Indices
from simulator.analysis.sensitivity.tornado import Between
from simulator.core.formatting import interval_name, money, percent, words
from simulator.core.levels import in_percent
from simulator.io.to_csv import csv_text


def as_json(found: Drivers) -> dict[str, Any]:
    """Return everything as plain data; each estimate with its standard error and the ends of its 95 % interval."""
    return {
        "schema": 1,
        "scenario": found.name,
        "title": found.title,
        "money": found.money,
        "draws": found.draws,
        "seed": found.seed,
        "interval": in_percent(found.interval),
        "level": in_percent(found.level),
        "idle_cost": found.idle_cost,
        "variance_of": found.variance_of,
        "overrun_cost": found.idle_cost * found.level / (1 - found.level),
        "total": {"mean": found.mean, "quantile": found.quantile, "low": found.ends[0], "high": found.ends[1]},
        "perfect_information": None
        if found.perfect is None
        else {
            "fall": _estimate(found.perfect.fall),
            "expected_gain": _estimate(_scaled(found.perfect.expected_gain, found.idle_cost)),
        },
        "research_next": {"said": research_next(found), "inputs": [driver.name for driver in found.best]},
        "drivers": [_driver(driver, found.idle_cost) for driver in found.drivers],
        "correlated": [{"inputs": name, **_indices(pair)} for name, pair in found.groups.items()],
        "notes": list(found.notes),
    }


def research_next(found: Drivers) -> str:
    """Say which input to research next, or nothing where draws were not asked about it."""
    if all(driver.value_of_information is None for driver in found.drivers):
        return ""
    if not found.best:
        return "Research next: no single input, none is worth more than the Monte Carlo error of its worth"
    first, *others = found.best
    known = first.value_of_information
    assert known is not None
    place = f"P{in_percent(found.level):.10g}"
    effects = []
    if known.expected_gain is not None:
        effects.append(f"be worth {money(known.expected_gain.value * found.idle_cost)} USD to the budget decision")
    if known.interval.low > 0:
        log = "" if known.expected_gain is not None else f" of the {found.variance_of}"
        effects.insert(0, f"narrow the {interval_name(found.interval)}{log} by {percent(known.interval.value)}")
    if known.fall is not None and known.fall.low > 0:
        effects.insert(0, f"lower the {place} by {money(known.fall.value)} USD")
    *most, last = effects
    runners_up = f"; then {' and '.join(words(other.name) for other in others[:2])}" if others else ""
    today = ", an assumption today" if first.grade in ("assumption", "D") else ""
    listed = f"{', '.join(most)} and {last}" if most else last
    return f"Research next: {words(first.name)}{today}; to know it would {listed}, in expectation{runners_up}"


def _estimate(estimate: Estimate) -> dict[str, float]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high, "mcse": estimate.error}


def _scaled(estimate: Estimate, by: float) -> Estimate:
    return Estimate(estimate.value * by, estimate.error * by, estimate.reach)


def _indices(pair: Indices) -> dict[str, Any]:
    return {"first": _estimate(pair.first), "total": _estimate(pair.total)}


def _driver(driver: Driver, idle_cost: float) -> dict[str, Any]:
    data: dict[str, Any] = {"name": driver.name, "unit": driver.unit, "grade": driver.grade}
    for key, estimate in (
        ("rank_correlation", driver.rank), ("share_of_variance", driver.first), ("share_of_p95", driver.tail),
    ):  # fmt: skip
        data[key] = None if estimate is None else _estimate(estimate)
    data["sobol"] = None if driver.sobol is None else _indices(driver.sobol)
    known = driver.value_of_information
    data["if_known"] = None if known is None else {
        "contingency_shrinks": None if known.contingency is None else _estimate(known.contingency),
        "quantile_falls": None if known.fall is None else _estimate(known.fall),
        "interval_shrinks": _estimate(known.interval),
        "loss_shrinks": None if known.loss is None else _estimate(known.loss),
        "expected_gain": None if known.expected_gain is None else _estimate(_scaled(known.expected_gain, idle_cost)),
    }  # fmt: skip
    swing = driver.swing
    data["swing"] = None if swing is None else {
        "input": _two_quantiles(swing.input),
        "at_medians": _two_quantiles(swing.at_medians),
        "median": _between(swing.median),
        "mean": None if swing.mean is None else _between(swing.mean),
        "conditional": None if swing.conditional is None else _between(swing.conditional),
    }  # fmt: skip
    return data


def _two_quantiles(pair: tuple[float, float]) -> dict[str, float]:
    return {"p10": pair[0], "p90": pair[1]}


def _between(figure: Between) -> dict[str, float]:
    return _two_quantiles((figure.low, figure.high)) | {"mcse_of_difference": figure.error}


def as_csv(found: Drivers) -> str:
    """Return one row an input; a measure that was not asked for, or does not exist, is an empty cell."""
    rows = [_flat("", _driver(driver, found.idle_cost)) for driver in found.drivers]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    return csv_text(columns, [[row.get(column) for column in columns] for row in rows])


def _flat(prefix: str, data: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, Mapping):
            flat |= _flat(f"{prefix}{key}_", value)
        elif value is not None:
            flat[prefix + key] = value
    return flat
