"""Savings of each lever by itself on a scenario, with their uncertainty and the cost of adoption.

The scenario is simulated with and without the lever using common random numbers, and the saving is the difference of the two
totals draw by draw. Savings of several levers do not add up, because levers interact; use `levers:` in a scenario to apply
several together.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.analysis.statistics import difference
from simulator.core.errors import InvalidInputError
from simulator.core.formatting import format_exact_quantity, to_words
from simulator.core.levels import Level, in_percent
from simulator.engine.adjustments import Adjustment
from simulator.engine.inputs import Input
from simulator.engine.simulate import simulate
from simulator.engine.summaries import interval_bounds
from simulator.scenario import TOTAL, Scenario, library, read

Array = NDArray[np.float64]

DRAWS = 20_000
PAY = {"salary": "sf-ml-2024", "on_cost": "us-2024", "equity": "sf-ml-2024"}
"""Library rows that price a month of work where the scenario has no staff."""


@dataclass(frozen=True)
class Saving:
    """The saving of a single lever against the scenario without it; amounts in USD, times in hours.

    `adoption` is the mean cost of the work of adopting it (None where it takes none), `net` the mean saving less that.
    """

    name: str
    about: str
    grade: str
    affects: tuple[str, ...]
    draws: Array = field(repr=False)
    base: Array = field(repr=False)
    adoption: float | None
    delay: float | None
    conditions: str
    side_effects: str
    notes: tuple[str, ...]
    has_mean: bool
    """Whether the tail of the total is light enough for a mean; if not, levers are ranked by the median saving."""
    too_good: bool
    """Whether the remaining compute is less than any documented combination of levers achieves at the same quality."""

    @property
    def mean(self) -> float | None:
        """Mean saving; None where the tail is too heavy."""
        return float(self.draws.mean()) if self.has_mean else None

    @property
    def mean_error(self) -> float | None:
        """Monte Carlo standard error of the mean saving."""
        return float(self.draws.std(ddof=1) / np.sqrt(len(self.draws))) if self.has_mean else None

    @property
    def share(self) -> float:
        """Mean saving over the mean total without the lever; medians where there is no mean."""
        return self.size / float(self.base.mean() if self.has_mean else np.median(self.base))

    @property
    def size(self) -> float:
        """The saving by which levers are ranked: its mean, or its median where there is no mean."""
        return float(np.median(self.draws)) if self.mean is None else self.mean

    @property
    def net(self) -> float:
        """The saving by which levers are ranked, less the mean cost of adopting the lever."""
        return self.size - (self.adoption or 0.0)

    @property
    def probability_of_saving(self) -> float:
        """Share of the draws in which the lever lowers the total."""
        return float((self.draws > 0).mean())

    @property
    def probability_of_none(self) -> float:
        """Share of the draws in which the total does not change."""
        return float((self.draws == 0).mean())

    @property
    def probability_of_costing_more(self) -> float:
        """Share of the draws in which the lever raises the total."""
        return float((self.draws < 0).mean())

    @property
    def is_assumption(self) -> bool:
        """Whether the lever's effect is an assumption (grade D), on which no budget should rely."""
        return self.grade == "D"

    def quantiles(self, p: Iterable[float]) -> list[float]:
        """Return quantiles of the saving."""
        quantiles: list[float] = np.quantile(self.draws, list(p)).tolist()
        return quantiles


@dataclass(frozen=True)
class Ranking:
    """All levers on one scenario: those that affect its total, by net saving, largest first; the others with the reason."""

    scenario: Scenario
    draws: int
    seed: int
    base: Array = field(repr=False)
    savings: tuple[Saving, ...]
    no_line: dict[str, str]
    """Levers that affect no line except through side effects, with the outcomes that they affect."""
    inapplicable: dict[str, str]
    """Levers without effect in this scenario, with the reason."""


def rank_levers(
    reference: str,
    *,
    names: Iterable[str] | None = None,
    sets: Iterable[str] = (),
    levers: Iterable[str] = (),
    shocks: Iterable[str] = (),
    basis: str | None = None,
    budget: str | None = None,
    formulas: Iterable[Callable[..., Any]] = (),
    draws: int = DRAWS,
    seed: int = 0,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Ranking:
    """Rank the levers of the library (or those in `names`) on a scenario, each alone, using common random numbers.

    The other options are those of `read`; `levers` are part of the scenario that each lever is compared with. Raises
    `InvalidInputError` where the scenario itself is invalid or a name is not a lever, ValueError for a run under way.
    """
    options: dict[str, Any] = {"sets": tuple(sets), "shocks": tuple(shocks), "basis": basis, "budget": budget}
    options["formulas"] = tuple(formulas)
    base_levers = tuple(levers)
    scenario = read(reference, levers=base_levers, **options)
    if scenario.paused_run is not None:
        raise ValueError("is a run under way: its draws are conditional on spend to date, so they cannot be paired")
    result = simulate(scenario, draws, seed, threads=threads, keep=[TOTAL])
    base_total, has_mean = result.retained_draws[TOTAL], not result.why_no_mean()
    pay = mean_pay(scenario, draws, seed)
    in_force = {adjustment.name for adjustment in scenario.adjustments if adjustment.kind == "lever"}
    names = list(library.names("levers") if names is None else dict.fromkeys(names))
    savings: list[Saving] = []
    no_line: dict[str, str] = {}
    inapplicable: dict[str, str] = {}
    for number, name in enumerate(names, start=1):
        if progress is not None:
            progress(number, len(names))
        if name in in_force:
            inapplicable[name] = "part of the scenario already"
            continue
        try:
            other = read(reference, levers=(*base_levers, name), **options)
        except InvalidInputError as error:
            if name not in library.names("levers"):
                raise
            inapplicable[name] = error.issues[0].message
            continue
        lever = next(each for each in other.adjustments if each.kind == "lever" and each.name == name)
        if lever.in_baseline:
            inapplicable[name] = "part of every modern baseline (`baseline: bare` counts it)"
        elif not affects_total(other, lever):
            no_line[name] = _describe_outcomes(other, lever)
        else:
            saving_draws = difference(base_total, _simulate_total(other, draws, seed, threads))
            if saving_draws.any():
                savings.append(_build_saving(lever, other, base_total, saving_draws, pay, scenario.notes))
            else:
                inapplicable[name] = f"there is nothing to save: {_describe_values(other, lever)}"
    if not has_mean:
        savings = [replace(saving, has_mean=False) for saving in savings]
    savings.sort(key=lambda saving: (-saving.net, saving.name))
    return Ranking(scenario, draws, seed, base_total, tuple(savings), no_line, inapplicable)


def _simulate_total(scenario: Scenario, draws: int, seed: int, threads: int | None) -> Array:
    return simulate(scenario, draws, seed, threads=threads, keep=[TOTAL]).retained_draws[TOTAL]


def _build_saving(
    lever: Adjustment, scenario: Scenario, base: Array, saving_draws: Array, pay: float, base_notes: tuple[str, ...]
) -> Saving:
    notes = [note for note in scenario.notes if note not in base_notes]
    prefix = f"lever {lever.name}: "
    return Saving(
        lever.name,
        lever.about,
        lever.grade,
        tuple(effect.quantity for effect in lever.effects),
        saving_draws,
        base,
        None if lever.effort is None else adoption_cost(lever.effort, pay),
        None if lever.delay is None else lever.delay.distribution.quantile(0.5),
        lever.conditions,
        lever.side_effects,
        tuple(note.removeprefix(prefix) for note in notes if note.startswith(prefix) and not note.startswith(f"{prefix}grade")),
        True,
        any(note.startswith("levers leave ") for note in notes),
    )


def adoption_cost(effort: Input, pay: float) -> float:
    """Return the mean cost of adopting a lever in USD: hours of work times the cost of an hour."""
    return effort.distribution.moments()[0] * pay


def mean_pay(scenario: Scenario, draws: int = DRAWS, seed: int = 0) -> float:
    """Return the mean cost of an hour of one full-time equivalent, in USD.

    It is that of the scenario's first role, in its money, or that of the library rows in `PAY` where it has no staff.
    """
    pay = next((name for name in scenario.plan.names if name.endswith(".pay")), None)
    if pay is not None:
        samples = simulate(scenario, draws, seed, keep=[pay, "deflator"]).retained_draws
        return float(np.mean(samples[pay] * samples["deflator"]))
    from simulator import model
    from simulator.scenario.entries import Reader, library_entry

    units = model.every_graph().units
    mean_by_quantity = {
        quantity: Reader().distribution(quantity, library_entry(quantity, row), units[model.lookup_name(quantity)]).moments()[0]
        for quantity, row in PAY.items()
    }
    return mean_by_quantity["salary"] * mean_by_quantity["on_cost"] + mean_by_quantity["equity"]


def _upstream(scenario: Scenario, targets: Iterable[str]) -> set[str]:
    """Return all quantities from which some targets are computed, the targets included."""
    needed = set(targets)
    for step in reversed(scenario.plan.steps):
        if step.name in needed:
            needed.update(step.needs)
    return needed


def affects_total(scenario: Scenario, lever: Adjustment) -> bool:
    """Whether a main effect of a lever, side effects aside, is upstream of the total."""
    upstream = _upstream(scenario, [TOTAL])
    return any(lever.name_of(effect) in upstream for effect in lever.effects if not effect.is_side_effect)


def affected_outcomes(scenario: Scenario, lever: Adjustment) -> list[str]:
    """Return the outcomes downstream of a lever's effects, and the total where a side effect is upstream of it."""
    names = {lever.name_of(effect) for effect in lever.effects}
    return [name for name in (*scenario.outcomes, TOTAL) if names & _upstream(scenario, [name])]


def _describe_outcomes(scenario: Scenario, lever: Adjustment) -> str:
    """Name the outcomes that a lever affects, and the choice with which it would affect a line."""
    outcomes = ", ".join(map(to_words, affected_outcomes(scenario, lever))) or "nothing that is reported"
    note = next((note for note in scenario.notes if note.startswith(f"lever {lever.name}: ") and "but no line" in note), "")
    hint = note.partition("; ")[2]
    return f"{outcomes}; {hint}" if hint else outcomes


def _describe_values(scenario: Scenario, lever: Adjustment) -> str:
    """Give the values of the quantities that a lever affects, where they are constants."""
    values = []
    for effect in lever.effects:
        prefix = f"{effect.quantity} before "
        source = next((source for name, source in scenario.inputs.items() if name.startswith(prefix)), None)
        if source is not None and source.distribution.is_constant:
            value = format_exact_quantity(source.distribution.quantile(0.5), source.unit.text)
            values.append(f"{to_words(effect.quantity)} is {value}")
    return ", ".join(values) or "the total does not change in any draw"


def as_json(ranking: Ranking, interval: Level = 0.95) -> dict[str, Any]:
    """Return a ranking as plain data: USD, hours, shares of one."""
    low, high = interval_bounds(interval)
    rows = []
    for saving in ranking.savings:
        at_low, median, at_high = saving.quantiles([low, 0.5, high])
        rows.append({
            "name": saving.name, "about": saving.about, "grade": saving.grade, "assumption": saving.is_assumption,
            "affects": list(saving.affects),
            "saving": {"mean": saving.mean, "median": median, "low": at_low, "high": at_high, "mcse": saving.mean_error},
            "share_of_total": saving.share, "probability_of_saving": saving.probability_of_saving,
            "probability_of_none": saving.probability_of_none,
            "probability_of_costing_more": saving.probability_of_costing_more,
            "adoption_cost": saving.adoption, "delay_hours": saving.delay, "net_saving": saving.net,
            "conditions": saving.conditions, "side_effects": saving.side_effects, "notes": list(saving.notes),
            "too_good": saving.too_good,
        })  # fmt: skip
    ranked_by = "mean" if all(saving.has_mean for saving in ranking.savings) else "median"
    return {
        "schema": 2, "ranked_by": ranked_by, "scenario": ranking.scenario.name, "title": ranking.scenario.title,
        "money": ranking.scenario.money, "draws": ranking.draws, "seed": ranking.seed, "interval": in_percent(interval),
        "total": {
            "mean": float(ranking.base.mean()) if ranked_by == "mean" else None, "median": float(np.median(ranking.base)),
        },
        "levers": rows,
        "no_line": [{"name": name, "moves": moves} for name, moves in ranking.no_line.items()],
        "refused": [{"name": name, "reason": reason} for name, reason in ranking.inapplicable.items()],
    }  # fmt: skip
