"""Registry of the figures of all outputs: label, definition and unit of each.

`DEFINITIONS` holds the entries of outputs that are computed from draws, `EVIDENCE` those of outputs that are computed from
measured points; `definition_of` returns the entry of a figure. Quantiles are those of the order statistics with
linear interpolation (`numpy.quantile`), unless an entry states another method.
"""

from collections.abc import Mapping

from simulator.definitions import (
    actuals,
    budget,
    cashflow,
    compare,
    explore,
    joint,
    levers,
    old_prices,
    portfolio,
    rent_or_buy,
    report,
    risks,
    run,
    sensitivity,
    serving,
    stress,
    sweep,
)
from simulator.definitions.definition import Definition

DEFINITIONS: tuple[Definition, ...] = (
    *run.DEFINITIONS,
    *budget.DEFINITIONS,
    *cashflow.DEFINITIONS,
    *actuals.DEFINITIONS,
    *joint.DEFINITIONS,
    *risks.DEFINITIONS,
    *portfolio.DEFINITIONS,
    *compare.DEFINITIONS,
    *rent_or_buy.DEFINITIONS,
    *stress.DEFINITIONS,
    *levers.DEFINITIONS,
    *old_prices.DEFINITIONS,
    *sensitivity.DEFINITIONS,
    *sweep.DEFINITIONS,
    *explore.DEFINITIONS,
    *report.DEFINITIONS,
)
"""Entries by output, of figures over draws."""

EVIDENCE: tuple[Definition, ...] = serving.DEFINITIONS
"""Entries by output, of figures over measured points."""

TERMS: Mapping[str, Mapping[str, str]] = {
    "cashflow": cashflow.TERMS,
    "forecast": actuals.TERMS,
    "compare": rent_or_buy.TERMS,
} | {serving.BACKTEST: serving.TERMS}
"""Terms that the definitions of an output share, by output."""

_BY_PATH = {(each.output, each.path): each for each in (*DEFINITIONS, *EVIDENCE) if each.path}


def definition_of(output: str, path: str) -> Definition | None:
    """Return the entry of a figure of an output by its path, such as `contingency[].amount`, or None if there is none."""
    return _BY_PATH.get((output, path))


def definitions_of(output: str) -> tuple[Definition, ...]:
    """Return the entries of an output."""
    return tuple(each for each in (*DEFINITIONS, *EVIDENCE) if each.output == output)


__all__ = ["DEFINITIONS", "EVIDENCE", "TERMS", "Definition", "definition_of", "definitions_of"]
