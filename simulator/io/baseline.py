"""Comparison of a result with an earlier run, from the JSON of both."""

import math
from typing import Any

from simulator.core.results import SCHEMA, json_text
from simulator.scenario import TOTAL


def compare_with_baseline(old: Any, new: dict[str, Any]) -> dict[str, Any]:
    """Compare the JSON of an earlier run with a new one: values of total and lines, and differences in inputs and options.

    Raises ValueError if the two cannot be compared (another schema, other money, missing quantities).
    """
    unreadable = "is no result of `llmcost run --format json` that this version can read"
    if not isinstance(old, dict) or old.get("schema") != SCHEMA or "money" not in old:
        raise ValueError(unreadable)
    if old["money"] != new["money"]:
        raise ValueError(f"is in {old['money']}, and this run in {new['money']}; they cannot be compared")
    try:
        data = _compare(old, new)
        json_text(data)  # refuses NaN, which a baseline may contain
    except (KeyError, TypeError, AttributeError, ValueError):
        raise ValueError(unreadable) from None
    return data


def _compare(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    changes = {}
    for name, quantity in new["quantities"].items():
        old_quantity = old["quantities"].get(name)
        if quantity["role"] not in ("total", "line") or old_quantity is None:
            continue
        pairs = {key: (old_quantity[key], quantity[key]) for key in ("median", "low", "high")}
        pairs["p80"] = (old_quantity["quantiles"]["80"], quantity["quantiles"]["80"])
        changes[name] = {key: {"old": before, "new": after, "change": after - before} for key, (before, after) in pairs.items()}
    inputs = [
        name
        for name in {**old["quantities"], **new["quantities"]}
        if old["quantities"].get(name, {}).get("specification") != new["quantities"].get(name, {}).get("specification")
    ]
    different_options = [
        key for key in ("draws", "seed", "method", "interval", "version", "scope") if old.get(key) != new.get(key)
    ]
    error = math.hypot(old["quantities"][TOTAL]["mcse"]["median"], new["quantities"][TOTAL]["mcse"]["median"])
    return {"quantities": changes, "inputs_changed": inputs, "run_differs_in": different_options, "median_change_mcse": error}
