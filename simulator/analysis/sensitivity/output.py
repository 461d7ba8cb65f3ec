"""A sensitivity study as JSON, as CSV, and as a recommendation of what to research next."""

from collections.abc import Mapping
from typing import Any

from simulator.analysis.sensitivity.interval_estimates import IntervalEstimate
from simulator.analysis.sensitivity.results import Driver, Drivers
from simulator.analysis.sensitivity.sobol import Indices
from simulator.analysis.sensitivity.tornado import Endpoints
from simulator.core.csv_text import csv_text
from simulator.core.formatting import format_money, format_percent, interval_name, to_words
from simulator.core.levels import in_percent


def as_json(study: Drivers) -> dict[str, Any]:
    """Return the study as plain data; each estimate has its standard error and the bounds of its 95 % interval."""
    return {
        "schema": 2,
        "scenario": study.name,
        "title": study.title,
        "money": study.money,
        "draws": study.draws,
        "seed": study.seed,
        "interval": in_percent(study.interval),
        "level": in_percent(study.level),
        "idle_cost": study.idle_cost,
        "variance_of": study.variance_of,
        "overrun_cost": study.idle_cost * study.level / (1 - study.level),
        "total": {"mean": study.mean, "quantile": study.quantile, "low": study.bounds[0], "high": study.bounds[1]},
        "perfect_information": None
        if study.perfect_information is None
        else {
            "fall": _estimate(study.perfect_information.fall),
            "expected_gain": _estimate(_scale(study.perfect_information.expected_gain, study.idle_cost)),
        },
        "research_next": {"said": research_next(study), "inputs": [driver.name for driver in study.best]},
        "drivers": [_driver(driver, study.idle_cost) for driver in study.drivers],
        "correlated": [{"inputs": name, **_indices(pair)} for name, pair in study.groups.items()],
        "notes": list(study.notes),
    }


def research_next(study: Drivers) -> str:
    """Return a recommendation of which input to research next, or an empty string where its value was not computed."""
    if all(driver.value_of_information is None for driver in study.drivers):
        return ""
    if not study.best:
        return "Research next: no single input, because no value of information exceeds its Monte Carlo error"
    first, *others = study.best
    value = first.value_of_information
    assert value is not None
    place = f"P{in_percent(study.level):.10g}"
    effects = []
    if value.expected_gain is not None:
        effects.append(f"be worth {format_money(value.expected_gain.value * study.idle_cost)} USD to the budget decision")
    if value.interval.low > 0:
        log = "" if value.expected_gain is not None else f" of the {study.variance_of}"
        effects.insert(0, f"narrow the {interval_name(study.interval)}{log} by {format_percent(value.interval.value)}")
    if value.fall is not None and value.fall.low > 0:
        effects.insert(0, f"lower the {place} by {format_money(value.fall.value)} USD")
    *other_effects, last = effects
    runners_up = f"; then {' and '.join(to_words(other.name) for other in others[:2])}" if others else ""
    today = ", an assumption today" if first.grade in ("assumption", "D") else ""
    effects_text = f"{', '.join(other_effects)} and {last}" if other_effects else last
    return f"Research next: {to_words(first.name)}{today}; knowing it would {effects_text}, in expectation{runners_up}"


def _estimate(estimate: IntervalEstimate) -> dict[str, float]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high, "mcse": estimate.error}


def _scale(estimate: IntervalEstimate, by: float) -> IntervalEstimate:
    return IntervalEstimate(estimate.value * by, estimate.error * by, estimate.critical_value)


def _indices(pair: Indices) -> dict[str, Any]:
    return {"first": _estimate(pair.first), "total": _estimate(pair.total)}


def _driver(driver: Driver, idle_cost: float) -> dict[str, Any]:
    data: dict[str, Any] = {"name": driver.name, "unit": driver.unit, "grade": driver.grade}
    for key, estimate in (
        ("rank_correlation", driver.rank), ("share_of_variance", driver.first), ("share_of_p95", driver.tail),
    ):  # fmt: skip
        data[key] = None if estimate is None else _estimate(estimate)
    data["sobol"] = None if driver.sobol is None else _indices(driver.sobol)
    value = driver.value_of_information
    data["if_known"] = None if value is None else {
        "contingency_shrinks": None if value.contingency is None else _estimate(value.contingency),
        "quantile_falls": None if value.fall is None else _estimate(value.fall),
        "interval_shrinks": _estimate(value.interval),
        "loss_shrinks": None if value.loss is None else _estimate(value.loss),
        "expected_gain": None if value.expected_gain is None else _estimate(_scale(value.expected_gain, idle_cost)),
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


def _between(figure: Endpoints) -> dict[str, float]:
    return _two_quantiles((figure.low, figure.high)) | {"mcse_of_difference": figure.error}


def as_csv(study: Drivers) -> str:
    """Return one row per input; a measure that was not requested, or does not exist, is an empty cell."""
    rows = [_flat("", _driver(driver, study.idle_cost)) for driver in study.drivers]
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
