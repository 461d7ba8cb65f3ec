"""Changes of a result since an earlier run, from the JSON of both."""

import math
from typing import Any

from simulator.io.to_json import SCHEMA, json_text
from simulator.scenario import TOTAL


def changes(old: Any, new: dict[str, Any]) -> dict[str, Any]:
    """Compare the JSON of an earlier run with a new one: figures of total and lines, and what differs in how they were made.

    Raises ValueError where the two cannot be compared (another schema, other money, no such quantities).
    """
    unreadable = "is no result of `llmcost run --format json` that this version can read"
    if not isinstance(old, dict) or old.get("schema") != SCHEMA or "money" not in old:
        raise ValueError(unreadable)
    if old["money"] != new["money"]:
        raise ValueError(f"is in {old['money']}, and this run in {new['money']}; they cannot be compared")
    try:
        data = _compared(old, new)
        json_text(data)  # a baseline may hold NaN, and what is reported of it may not
    except (KeyError, TypeError, AttributeError, ValueError):
        raise ValueError(unreadable) from None
    return data


def _compared(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    moved = {}
    for name, figures in new["quantities"].items():
        earlier = old["quantities"].get(name)
        if figures["role"] not in ("total", "line") or earlier is None:
            continue
        pairs = {key: (earlier[key], figures[key]) for key in ("median", "low", "high")}
        pairs["p80"] = (earlier["quantiles"]["80"], figures["quantiles"]["80"])
        moved[name] = {key: {"old": before, "new": after, "change": after - before} for key, (before, after) in pairs.items()}
    inputs = [
        name
        for name in {**old["quantities"], **new["quantities"]}
        if old["quantities"].get(name, {}).get("specification") != new["quantities"].get(name, {}).get("specification")
    ]
    differs = [key for key in ("draws", "seed", "method", "interval", "version", "scope") if old.get(key) != new.get(key)]
    error = math.hypot(old["quantities"][TOTAL]["mcse"]["median"], new["quantities"][TOTAL]["mcse"]["median"])
    return {"quantities": moved, "inputs_changed": inputs, "run_differs_in": differs, "median_change_mcse": error}
