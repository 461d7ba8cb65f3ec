"""What each lever saves on a scenario by itself, how sure that is, and what it takes to adopt it.

The scenario is drawn with and without the lever under one seed, so the two share their random numbers and the saving is the
difference of two totals draw by draw. Savings of several levers do not add up: they act on each other, and pulling them
together (`levers:` in a scenario) is a run of its own.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.analysis.statistics import difference
from simulator.core.errors import InvalidInputError
from simulator.core.formatting import known, words
from simulator.core.levels import Level, in_percent
from simulator.engine.adjustments import Adjustment
from simulator.engine.inputs import Input
from simulator.engine.simulate import simulate
from simulator.engine.summaries import ends
from simulator.scenario import TOTAL, Scenario, library, read

Array = NDArray[np.float64]

DRAWS = 20_000
PAY = {"salary": "sf-ml-2024", "on_cost": "us-2024", "equity": "sf-ml-2024"}
"""Rows of the library by which a month of work is paid where the scenario has no staff of its own."""


@dataclass(frozen=True)
class Saving:
    """A lever alone against the scenario without it; amounts in USD, times in hours.

    `probability` is the share of draws in which it saves, `none` that in which it changes nothing, `dearer` the rest.
    `adoption` is the mean cost of the work that it takes (None where it takes none), `net` the mean saving less that.
    """

    name: str
    about: str
    grade: str
    affects: tuple[str, ...]
    saved: Array = field(repr=False)
    base: Array = field(repr=False)
    adoption: float | None
    delay: float | None
    conditions: str
    side_effects: str
    notes: tuple[str, ...]
    has_mean: bool
    """Whether the tail of the total is light enough for means; else levers are ranked by the median saving."""
    too_good: bool
    """Whether it leaves less of the compute than any documented stack of levers does at the same quality."""

    @property
    def mean(self) -> float | None:
        """Mean saving, where there is one."""
        return float(self.saved.mean()) if self.has_mean else None

    @property
    def mean_error(self) -> float | None:
        """Monte Carlo standard error of the mean saving."""
        return float(self.saved.std(ddof=1) / np.sqrt(len(self.saved))) if self.has_mean else None

    @property
    def share(self) -> float:
        """Mean saving over the mean total without the lever; of medians where there is no mean."""
        return self.size / float(self.base.mean() if self.has_mean else np.median(self.base))

    @property
    def size(self) -> float:
        """The saving by which levers are ranked: its mean, or its median where there is no mean."""
        return float(np.median(self.saved)) if self.mean is None else self.mean

    @property
    def net(self) -> float:
        """The saving by which levers are ranked, less the mean cost of adopting the lever."""
        return self.size - (self.adoption or 0.0)

    @property
    def probability(self) -> float:
        """Share of the draws in which the lever saves anything."""
        return float((self.saved > 0).mean())

    @property
    def none(self) -> float:
        """Share of the draws in which the total stays as it was."""
        return float((self.saved == 0).mean())

    @property
    def dearer(self) -> float:
        """Share of the draws in which the lever costs more than it saves."""
        return float((self.saved < 0).mean())

    @property
    def is_assumption(self) -> bool:
        """Whether the lever's effect has no honest number, so that a budget must not rest on it."""
        return self.grade == "D"

    def quantiles(self, p: Iterable[float]) -> list[float]:
        """Return quantiles of the saving."""
        values: list[float] = np.quantile(self.saved, list(p)).tolist()
        return values


@dataclass(frozen=True)
class Ranking:
    """All levers on one scenario: those that move its total, the largest mean net saving first; the others with the reason."""

    scenario: Scenario
    draws: int
    seed: int
    base: Array = field(repr=False)
    savings: tuple[Saving, ...]
    no_line: dict[str, str]
    """Levers of which only side effects, if any, move a line: the outcomes that they move."""
    refused: dict[str, str]
    """Levers that have nothing to act on here, with the reason."""


def rank(
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
    """Rank the levers of the library (or those in `names`) on a scenario, each alone against it under one seed.

    The other options are those of `read`; `levers` that are given are part of what each lever is compared with. Raises
    `InvalidInputError` where the scenario itself is refused or a name is no lever, ValueError for a run under way.
    """
    options: dict[str, Any] = {"sets": tuple(sets), "shocks": tuple(shocks), "basis": basis, "budget": budget}
    options["formulas"] = tuple(formulas)
    pulled = tuple(levers)
    scenario = read(reference, levers=pulled, **options)
    if scenario.progress is not None:
        raise ValueError("is a run under way: its draws are picked by what has been spent, so they cannot be paired")
    result = simulate(scenario, draws, seed, threads=threads, keep=[TOTAL])
    before, means = result.kept[TOTAL], not result.why_no_mean()
    pay = mean_pay(scenario, draws, seed)
    already = {made.name for made in scenario.adjustments if made.kind == "lever"}
    wanted = list(library.names("levers") if names is None else dict.fromkeys(names))
    savings: list[Saving] = []
    no_line: dict[str, str] = {}
    refused: dict[str, str] = {}
    for number, name in enumerate(wanted, start=1):
        if progress is not None:
            progress(number, len(wanted))
        if name in already:
            refused[name] = "part of the scenario already"
            continue
        try:
            other = read(reference, levers=(*pulled, name), **options)
        except InvalidInputError as error:
            if name not in library.names("levers"):
                raise
            refused[name] = error.issues[0].message
            continue
        lever = next(made for made in other.adjustments if made.kind == "lever" and made.name == name)
        if lever.in_baseline:
            refused[name] = "inside every modern baseline (`baseline: bare` counts it)"
        elif not reaches_total(other, lever):
            no_line[name] = _moves(other, lever)
        else:
            saved = difference(before, _total(other, draws, seed, threads))
            if saved.any():
                savings.append(_saving(lever, other, before, saved, pay, scenario.notes))
            else:
                refused[name] = f"there is nothing to save: {_now(other, lever)}"
    if not means:
        savings = [replace(saving, has_mean=False) for saving in savings]
    savings.sort(key=lambda saving: (-saving.net, saving.name))
    return Ranking(scenario, draws, seed, before, tuple(savings), no_line, refused)


def _total(scenario: Scenario, draws: int, seed: int, threads: int | None) -> Array:
    return simulate(scenario, draws, seed, threads=threads, keep=[TOTAL]).kept[TOTAL]


def _saving(lever: Adjustment, scenario: Scenario, base: Array, saved: Array, pay: float, known: tuple[str, ...]) -> Saving:
    said = [note for note in scenario.notes if note not in known]
    mine = f"lever {lever.name}: "
    return Saving(
        lever.name,
        lever.about,
        lever.grade,
        tuple(effect.on for effect in lever.effects),
        saved,
        base,
        None if lever.effort is None else adoption_cost(lever.effort, pay),
        None if lever.delay is None else lever.delay.distribution.quantile(0.5),
        lever.conditions,
        lever.side_effects,
        tuple(note.removeprefix(mine) for note in said if note.startswith(mine) and not note.startswith(f"{mine}grade")),
        True,
        any(note.startswith("levers leave ") for note in said),
    )


def adoption_cost(effort: Input, pay: float) -> float:
    """Return the mean cost of adopting a lever in USD: the work that it takes, at what an hour of it costs."""
    return effort.distribution.moments()[0] * pay


def mean_pay(scenario: Scenario, draws: int = DRAWS, seed: int = 0) -> float:
    """Return the mean cost of an hour of a full post, in USD.

    That of the scenario's first role in its money, or what the library's rows in `PAY` say where it has no staff.
    """
    own = next((name for name in scenario.plan.names if name.endswith(".pay")), None)
    if own is not None:
        kept = simulate(scenario, draws, seed, keep=[own, "deflator"]).kept
        return float(np.mean(kept[own] * kept["deflator"]))
    from simulator import model
    from simulator.scenario.entries import Reader, library_entry

    units = model.every_graph().units
    means = {
        quantity: Reader().distribution(quantity, library_entry(quantity, row), units[model.known_as(quantity)]).moments()[0]
        for quantity, row in PAY.items()
    }
    return means["salary"] * means["on_cost"] + means["equity"]


def _upstream(scenario: Scenario, targets: Iterable[str]) -> set[str]:
    """Return all that some quantities are computed from, themselves included."""
    needed = set(targets)
    for step in reversed(scenario.plan.steps):
        if step.name in needed:
            needed.update(step.needs)
    return needed


def reaches_total(scenario: Scenario, lever: Adjustment) -> bool:
    """Whether what a lever is for, side effects aside, is on the way to the total."""
    behind = _upstream(scenario, [TOTAL])
    return any(lever.name_of(effect) in behind for effect in lever.effects if not effect.side)


def moved_outcomes(scenario: Scenario, lever: Adjustment) -> list[str]:
    """Return the outcomes on whose way an effect of a lever is, and the total where a side effect is on its way."""
    names = {lever.name_of(effect) for effect in lever.effects}
    return [name for name in (*scenario.outcomes, TOTAL) if names & _upstream(scenario, [name])]


def _moves(scenario: Scenario, lever: Adjustment) -> str:
    """Say which outcomes a lever moves, and which choice would let it move a line."""
    outcomes = ", ".join(map(words, moved_outcomes(scenario, lever))) or "nothing that is reported"
    note = next((note for note in scenario.notes if note.startswith(f"lever {lever.name}: ") and "and no line" in note), "")
    hint = note.partition("; ")[2]
    return f"{outcomes}; {hint}" if hint else outcomes


def _now(scenario: Scenario, lever: Adjustment) -> str:
    """Say what the quantities that a lever acts on are here, where they are known numbers."""
    said = []
    for effect in lever.effects:
        given = next((made for name, made in scenario.inputs.items() if name.startswith(f"{effect.on} before ")), None)
        if given is not None and given.distribution.is_constant:
            said.append(f"{words(effect.on)} is {known(given.distribution.quantile(0.5), given.unit.text)}")
    return ", ".join(said) or "the total stays as it is in every draw"


def summary(ranking: Ranking, interval: Level = 0.95) -> dict[str, Any]:
    """Return a ranking as plain data: USD, hours, shares of one."""
    low, high = ends(interval)
    rows = []
    for saving in ranking.savings:
        at_low, median, at_high = saving.quantiles([low, 0.5, high])
        rows.append({
            "name": saving.name, "about": saving.about, "grade": saving.grade, "assumption": saving.is_assumption,
            "affects": list(saving.affects),
            "saving": {"mean": saving.mean, "median": median, "low": at_low, "high": at_high, "mcse": saving.mean_error},
            "share_of_total": saving.share, "probability_of_saving": saving.probability, "probability_of_none": saving.none,
            "probability_of_costing_more": saving.dearer,
            "adoption_cost": saving.adoption, "delay_hours": saving.delay, "net_saving": saving.net,
            "conditions": saving.conditions, "side_effects": saving.side_effects, "notes": list(saving.notes),
            "too_good": saving.too_good,
        })  # fmt: skip
    by = "mean" if all(saving.has_mean for saving in ranking.savings) else "median"
    return {
        "schema": 1, "ranked_by": by, "scenario": ranking.scenario.name, "title": ranking.scenario.title,
        "money": ranking.scenario.money, "draws": ranking.draws, "seed": ranking.seed, "interval": in_percent(interval),
        "total": {
            "mean": float(ranking.base.mean()) if by == "mean" else None, "median": float(np.median(ranking.base)),
        },
        "levers": rows,
        "no_line": [{"name": name, "moves": moves} for name, moves in ranking.no_line.items()],
        "refused": [{"name": name, "reason": reason} for name, reason in ranking.refused.items()],
    }  # fmt: skip
