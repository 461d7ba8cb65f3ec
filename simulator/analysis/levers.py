"""Savings of each lever by itself on a scenario, with their uncertainty and the cost of adoption.

The scenario is simulated with and without the lever using common random numbers, and the saving is the difference of the two
totals draw by draw. Savings of several levers do not add up, because levers interact; use `levers:` in a scenario to apply
several together.
"""

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from simulator.analysis.adoption import adoption_cost, mean_pay
from simulator.analysis.applicability import IN_FORCE, Refusal, in_force, with_lever
from simulator.analysis.lever_results import LeverRanking, LeverSaving, OutcomeLever, SavingStatistics, TotalWithoutLever
from simulator.analysis.statistics import Array, difference, refuse_under_way, simulate_draws
from simulator.core.formatting import format_exact_quantity, to_words
from simulator.core.results import Note
from simulator.engine.adjustments import Adjustment, AdjustmentNote
from simulator.engine.options import RunOptions
from simulator.engine.summaries import interval_bounds
from simulator.io.header import header_of
from simulator.scenario import TOTAL, OpenScenario, Scenario, library

DAYS = "wall_clock"
"""The duration of the run, which a lever may change together with the cost."""
DRAWS = 20_000
OPTIONS = RunOptions(draws=DRAWS)
"""20,000 draws with each lever, seed 0, 95 % intervals."""


def rank_levers(opened: OpenScenario, options: RunOptions = OPTIONS, *, names: Iterable[str] | None = None) -> LeverRanking:
    """Rank the levers of the library (or those in `names`) on a scenario, each alone, using common random numbers.

    Levers of the scenario itself are part of what each lever is compared with. Raises `InvalidInputError` where the scenario is
    invalid or a name is not a lever, `UnsupportedError` for a run under way.
    """
    scenario = opened.scenario
    refuse_under_way(scenario)
    quiet = options.with_(progress=None)
    kept = (TOTAL, *(name for name in (*scenario.outcomes, DAYS) if name in scenario.plan.names))
    result = simulate_draws(scenario, quiet, dict.fromkeys(kept))
    base = _Base(scenario, result.retained_draws, mean_pay(scenario, quiet), not result.why_no_mean())
    opened = opened.allowing_unused()
    present = in_force(scenario, "lever")
    names = list(library.names("levers") if names is None else dict.fromkeys(names))
    levers: list[LeverSaving] = []
    no_line: list[OutcomeLever] = []
    inapplicable: list[Refusal] = []
    for number, name in enumerate(names, start=1):
        if options.progress is not None:
            options.progress(number * options.draws, len(names) * options.draws)
        effect = Refusal(name, IN_FORCE) if name in present else _effect_of(opened, name, base, quiet)
        if isinstance(effect, LeverSaving):
            levers.append(effect)
        elif isinstance(effect, OutcomeLever):
            no_line.append(effect)
        else:
            inapplicable.append(effect)
    return LeverRanking(
        header=header_of(scenario, options),
        ranked_by="mean" if base.has_mean else "median",
        total=TotalWithoutLever(float(base.total.mean()) if base.has_mean else None, float(np.median(base.total))),
        levers=tuple(sorted(levers, key=lambda lever: (-lever.net_saving, lever.name))),
        no_line=tuple(no_line),
        inapplicable=tuple(inapplicable),
        base=base.total,
    )


class _Base(NamedTuple):
    """The scenario without a lever: its total, outcomes and days in each draw, the pay of an hour in USD, and whether the
    total has a mean.
    """

    scenario: Scenario
    draws: Mapping[str, Array]
    pay: float
    has_mean: bool

    @property
    def total(self) -> Array:
        """The total in each draw, USD."""
        return self.draws[TOTAL]


class _Changes(NamedTuple):
    """What a lever changes: its saving in each draw, the outcomes that differ, the hours added to the run, and whether the
    total with it has a mean.
    """

    saving: Array
    outcomes: tuple[str, ...]
    added_hours: float | None
    has_mean: bool


def _effect_of(opened: OpenScenario, name: str, base: _Base, options: RunOptions) -> LeverSaving | OutcomeLever | Refusal:
    """Return the saving of a lever, the outcomes that it changes, or the reason why it has no effect."""
    if name not in library.names("levers"):
        _ = opened.with_(levers=[name]).scenario  # raises an error with the most similar names
    scenario = with_lever(opened, name)
    if isinstance(scenario, Refusal):
        return scenario
    lever = next(each for each in scenario.adjustments if each.kind == "lever" and each.name == name)
    if lever.in_baseline:
        return Refusal(name, "part of every modern baseline (`baseline: bare` counts it)")
    if not lever.selects and not affects_total(scenario, lever):
        return OutcomeLever(name, _describe_outcomes(scenario, lever))
    changes = _changes(scenario, base, options)
    if changes.saving.any():
        return _saving_of(lever, scenario, base, changes, options)
    if lever.selects and changes.outcomes:
        return OutcomeLever(name, ", ".join(map(to_words, changes.outcomes)))
    reason = "the total and the outcomes stay the same" if lever.selects else _describe_values(scenario, lever)
    return Refusal(name, f"there is nothing to save: {reason}")


def _changes(scenario: Scenario, base: _Base, options: RunOptions) -> _Changes:
    """Compare a scenario with a lever to the one without, draw by draw."""
    kept = [name for name in base.draws if name in scenario.plan.names]
    result = simulate_draws(scenario, options, kept)
    draws = result.retained_draws
    differing = tuple(name for name in kept if name != TOTAL and difference(draws[name], base.draws[name]).any())
    return _Changes(
        difference(base.total, draws[TOTAL]),
        tuple(name for name in differing if name in base.scenario.outcomes),
        float(np.median(difference(draws[DAYS], base.draws[DAYS]))) if DAYS in differing else None,
        base.has_mean and not result.why_no_mean(),
    )


def _saving_of(lever: Adjustment, scenario: Scenario, base: _Base, changes: _Changes, options: RunOptions) -> LeverSaving:
    draws, has_mean = changes.saving, changes.has_mean
    median, low, high = np.quantile(draws, [0.5, *interval_bounds(options.interval)]).tolist()
    mean = float(draws.mean()) if has_mean else None
    mcse = float(draws.std(ddof=1)) / math.sqrt(len(draws)) if has_mean else None
    ranked = median if mean is None else mean
    adoption = None if lever.effort is None else adoption_cost(lever.effort, base.pay)
    notes = [note for note in scenario.notes if note not in base.scenario.notes]
    return LeverSaving(
        name=lever.name,
        about=lever.about,
        grade=lever.grade,
        assumption=lever.grade == "D",
        affects=(*lever.selects, *(effect.quantity for effect in lever.effects)),
        saving=SavingStatistics(mean, median, low, high, mcse),
        share_of_total=ranked / float(base.total.mean() if has_mean else np.median(base.total)),
        probability_of_saving=float((draws > 0).mean()),
        probability_of_none=float((draws == 0).mean()),
        probability_of_costing_more=float((draws < 0).mean()),
        adoption_cost=adoption,
        delay_hours=None if lever.delay is None else lever.delay.distribution.quantile(0.5),
        added_hours=changes.added_hours,
        net_saving=ranked - (adoption or 0.0),
        conditions=lever.conditions,
        side_effects=lever.side_effects,
        notes=(
            *(note.statement + note.remedy for note in _notes_on(lever, notes) if note.code != "lever-grade"),
            *(note.text for note in notes if lever.selects and not isinstance(note, AdjustmentNote)),
        ),
        too_good=any(note.code == "levers-beyond-evidence" for note in notes),
        draws=draws,
    )


def _notes_on(lever: Adjustment, notes: Iterable[Note]) -> list[AdjustmentNote]:
    return [note for note in notes if isinstance(note, AdjustmentNote) and note.subject == lever.full_name]


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
    remedy = next((note.remedy for note in _notes_on(lever, scenario.notes) if note.code == "changes-no-line"), "")
    return f"{outcomes}{remedy}"


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
