"""Results as JSON: plain data without rounding, and reading and writing of JSON text."""

import json
from pathlib import Path
from typing import Any

from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.levels import Level, in_percent, interval_of
from simulator.core.results import SCHEMA
from simulator.core.version import tool_version
from simulator.engine.inputs import Source
from simulator.engine.result import Result
from simulator.engine.summaries import summarize, summarize_share
from simulator.io.summary import budget_of, headline, mean_notes, warnings_of
from simulator.scenario import TOTAL
from simulator.scenario.text import read_text


def _source(source: Source) -> dict[str, str]:
    fields = {"title": source.title, "place": source.place, "url": source.url, "date": source.date}
    return {key: value for key, value in fields.items() if value}


def quantity(result: Result, name: str, interval: Level) -> dict[str, Any]:
    """Return the summary of a quantity as plain data, in canonical units."""
    summary = summarize(result.accumulators[name], interval, has_mean=not result.why_no_mean(name))
    data: dict[str, Any] = {
        "unit": result.scenario.unit(name),
        "role": result.scenario.role(name),
        "mean": summary.mean,
        "sd": summary.sd,
        "median": summary.median,
        "low": summary.low,
        "high": summary.high,
        "quantiles": {f"{p:g}": value for p, value in summary.quantiles.items()},
        "mcse": {
            "mean": summary.mean_error,
            "median": summary.median_error,
            "low": summary.low_error,
            "high": summary.high_error,
        },
    }
    if name in result.shares:
        share = summarize_share(result.shares[name], interval)
        data["share"] = {"mean": share.mean, "low": share.low, "high": share.high, "mcse": share.mean_error}
    item = result.scenario.inputs.get(name)
    if item is not None:
        data |= {
            "specification": item.specification,
            "about": item.about,
            "assumption": item.is_assumption,
            "grade": item.grade,
            "date": item.date,
            "sources": [_source(source) for source in item.sources],
        }
    return data


def as_json(result: Result, interval: Level = 0.95) -> dict[str, Any]:
    """Return a result as plain data in canonical units, without rounding, infinities and NaN."""
    interval = interval_of(interval)
    scenario = result.scenario
    order = [TOTAL, *scenario.lines, *scenario.outcomes]
    order += [name for name in result.accumulators if name not in order]
    budget = budget_of(result)
    return {
        "schema": SCHEMA,
        "scenario": scenario.name,
        "title": scenario.title,
        "scope": scenario.scope,
        "headline": headline(result, interval),
        "draws": result.draws,
        "partial": result.partial,
        "seed": result.seed,
        "method": result.method,
        "interval": in_percent(interval),
        "money": scenario.money,
        "version": tool_version(),
        "fingerprint": scenario.fingerprint,
        "choices": scenario.choices,
        "adjustments": [f"{each.kind}/{each.name}" for each in scenario.adjustments],
        "point_estimate": result.point,
        "quantities": {name: quantity(result, name, interval) for name in order},
        "budget": None if budget is None else budget._asdict(),
        "dependence": [
            {"between": [a, b], "rank": rank, "achieved": result.achieved_ranks.get((a, b))}
            for (a, b), rank in scenario.ranks.items()
        ],
        "known": list(scenario.known_facts),
        "assumed": list(scenario.assumptions),
        "sources": [_source(source) for source in scenario.sources],
        "notes": [*scenario.notes, *result.notes, *mean_notes(result)],
        "warnings": warnings_of(result, interval),
    }


def read_json(path: Path) -> Any:
    """Return the content of a JSON file of an earlier run; raise `InvalidInputError` if it is not JSON."""
    text = read_text(path, str(path))
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        issue = Issue(Place(str(path), error.lineno, error.colno), "", f"cannot be read as JSON: {error.msg}")
    except (ValueError, RecursionError):
        issue = Issue(Place(str(path)), "", "cannot be read as JSON: a number is too long, or it is nested too deeply")
    raise InvalidInputError([issue])
