"""What figures of several scenarios share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulator.analysis.latency import MissedTargets, ServedLatency, latency_condition, met_text, missed_targets
from simulator.analysis.missing_costs import missing_lines, without_costs
from simulator.analysis.own_chips import NamedTotal, OwnChips, condition_of, paid_part, part_owners
from simulator.analysis.statistics import check_same_money, unique_names
from simulator.core.results import AnalysisResult, optional
from simulator.engine.result import SimulationResult
from simulator.figures.data import (
    FigureRequest,
    FigureUnavailableError,
    TotalDraws,
    simulate_quantities,
)
from simulator.figures.phrases import money_text
from simulator.figures.text import to_plain
from simulator.scenario import TOTAL

_MAX_NAME = 40  # characters of a name in a title
_MOST_PARTS = 2
"""Maximum number of scenarios of which a figure states what makes them unlike."""
_MANY_PARTS = "pay for a part of their own chips, or leave out costs that a rent includes"


@dataclass(frozen=True, kw_only=True)
class MissingLines:
    """Costs of own chips that a scenario leaves out, beside one that rents.

    Attributes
    ----------
    name : str
        Of the scenario.
    lines : tuple of str

    """

    name: str
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class FigureOfSeveral(AnalysisResult):
    """A figure of several scenarios, and what makes their totals unlike.

    Attributes
    ----------
    own_chips : tuple of OwnChips
        Scenarios that pay for a part of their own chips, beside scenarios that pay otherwise; absent where there are none.
    missing_costs : tuple of MissingLines
        Scenarios whose own chips are without costs that a rent includes; absent where there are none.
    missed_targets : MissedTargets or None
        The scenario with the lowest median where it misses its targets of latency too often; absent where it does not.

    """

    own_chips: tuple[OwnChips, ...] = optional(())
    missing_costs: tuple[MissingLines, ...] = optional(())
    missed_targets: MissedTargets | None = optional()

    @property
    def is_like_for_like(self) -> bool:
        """Whether the totals can be compared without a condition."""
        return not (self.own_chips or self.missing_costs or self.missed_targets)


def unlike_totals(runs: Sequence[TotalDraws], names: Sequence[str]) -> dict[str, Any]:
    """Return the fields of `FigureOfSeveral`; draws of a file have no scenario to compare."""
    scenarios = {name: run.scenario for name, run in zip(names, runs, strict=True) if run.scenario is not None}
    if len(scenarios) < len(runs):
        return {}
    missing = missing_lines(scenarios)
    served = [ServedLatency(name=name, label=_short(name), met=run.latency_met) for name, run in zip(names, runs, strict=True)]
    return {
        "own_chips": part_owners([NamedTotal(name, _short(name), scenario) for name, scenario in scenarios.items()]),
        "missing_costs": tuple(MissingLines(name=name, lines=lines) for name, lines in missing.items()),
        "missed_targets": missed_targets(served, [float(np.median(run.draws)) for run in runs]) if len(runs) > 1 else None,
    }


def conditions_of(table: FigureOfSeveral) -> list[str]:
    """Return on which conditions the totals are comparable, as sentences."""
    latency = [] if table.missed_targets is None else [latency_condition(table.missed_targets)]
    count = len(_unlike_costs(table))
    if count > _MOST_PARTS:
        return [*latency, f"Not like for like: {count} of the scenarios {_MANY_PARTS}; llmcost compare names them."]
    missing = [f"Not like for like: {_short(each.name)} {without_costs(each.lines)}." for each in table.missing_costs]
    return [*latency, *missing, *(condition_of(own, table.header.currency).replace("`", "") for own in table.own_chips)]


def unlike_parts(table: FigureOfSeveral) -> str:
    """State what makes the totals unlike, after the finding of a title."""
    parts = _unlike_costs(table)
    if len(parts) > _MOST_PARTS:
        return f"; {len(parts)} of them {_MANY_PARTS}"
    missed = table.missed_targets
    latency = {} if missed is None else {missed.name: met_text(missed)}
    return "".join(f"; {part}" for part in (latency | parts).values())


def simulate_totals(request: FigureRequest) -> tuple[list[SimulationResult], list[str]]:
    """Simulate the scenarios of a request with common random numbers; return their results and names."""
    refuse_under_way(request)
    results = [simulate_quantities(request, [TOTAL], scenario) for scenario in request.scenarios]
    return results, list(request.names or unique_names(request.scenarios))


def refuse_under_way(request: FigureRequest) -> None:
    """Refuse scenarios that cannot be compared: in different money, or under way."""
    check_same_money(request.scenarios)
    for scenario in request.scenarios:
        if scenario.paused_run is not None:
            raise FigureUnavailableError(
                f"{scenario.name} is under way: its draws cannot be paired with those of another scenario"
            )


def _unlike_costs(table: FigureOfSeveral) -> dict[str, str]:
    """State by scenario what makes its costs unlike: costs that it leaves out, or else chips paid in part."""
    missing = {each.name: f"{_short(each.name)} {without_costs(each.lines)}" for each in table.missing_costs}
    return {own.name: f"{own.label} {paid_part(own)}" for own in table.own_chips} | missing


def dearest_and_cheapest(table: FigureOfSeveral, amounts: Sequence[tuple[str, float]], at: str = "at the median") -> str:
    """State the cheapest and the most expensive of several scenarios, as far as the figures shown differ.

    Where the totals are not like for like, none is the cheapest: the amounts are stated with what makes them unlike.
    """
    if not table.is_like_for_like:
        return f"{_spell_amounts(table, amounts)} {at}{unlike_parts(table)}"
    ordered = sorted(amounts, key=lambda item: item[1])
    (cheapest, low), (dearest, high) = ordered[0], ordered[-1]
    least, most = money_text(table, low), money_text(table, high)
    if least == most:
        return f"All {len(amounts)} scenarios cost {least} {at}"
    return f"{_short(cheapest)} costs least, {least} {at}; {_short(dearest)} most, {most}"


def _spell_amounts(table: FigureOfSeveral, amounts: Sequence[tuple[str, float]]) -> str:
    """State the amounts of two scenarios, or the range of those of more."""
    if len(amounts) > 2:
        low, *_, high = sorted(amount for _, amount in amounts)
        return f"{len(amounts)} scenarios cost {money_text(table, low)} to {money_text(table, high)}"
    return join_names([f"{_short(name)} {money_text(table, amount)}" for name, amount in amounts])


def _short(name: str) -> str:
    plain = to_plain(name)
    return plain if len(plain) <= _MAX_NAME else f"{plain[: _MAX_NAME - 1].rstrip()}…"


def join_names(names: list[str]) -> str:
    """Join names as in a sentence."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
