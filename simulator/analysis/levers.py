"""Savings of each lever by itself on a scenario, with their uncertainty and the cost of adoption.

The scenario is simulated without the lever, with it, and with it but without the work and the delay of its adoption, using
common random numbers. A saving is the difference of two totals draw by draw; levers are ranked by the median of the net one.
Savings of several levers do not add up, because levers interact; use `levers:` in a scenario to apply several together.
"""

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from simulator.analysis.applicability import IN_FORCE, Refusal, in_force, with_lever
from simulator.analysis.lever_results import (
    LeverRanking,
    LeverSaving,
    OutcomeChange,
    OutcomeLever,
    SavingStatistics,
    TotalWithoutLever,
)
from simulator.analysis.statistics import Array, difference, refuse_under_way, simulate_draws
from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.formatting import format_exact_quantity, to_words
from simulator.core.levels import Level
from simulator.core.results import Note
from simulator.core.suggestions import suggest_nearest
from simulator.engine.adjustments import Adjustment, AdjustmentNote
from simulator.engine.inputs import Input
from simulator.engine.options import RunOptions
from simulator.engine.summaries import interval_bounds
from simulator.io.header import header_of
from simulator.scenario import TOTAL, OpenScenario, Scenario, library

DAYS = "wall_clock"
"""The duration of the run, which a lever may change together with the cost."""
ADOPTION = "adoption_cost"
"""The line of the work and the delay of adopting levers."""
DRAWS = 20_000
OPTIONS = RunOptions(draws=DRAWS)
"""20,000 draws with each lever, seed 0, 95 % intervals."""


def rank_levers(
    opened: OpenScenario, options: RunOptions = OPTIONS, *, names: Iterable[str] | None = None, remedies: bool = True
) -> LeverRanking:
    """Rank the levers of the library (or those in `names`) on a scenario, each alone, using common random numbers.

    Levers of the scenario itself are part of what each lever is compared with. Without `remedies`, no change with which a lever
    would apply is looked for, which takes half of the time. Raises `InvalidInputError` where the scenario is invalid or a name
    is not a lever, `UnsupportedError` for a run under way.
    """
    strict, opened = opened, opened.allowing_unused()
    scenario = opened.scenario
    refuse_under_way(scenario)
    quiet = options.with_(progress=None)
    base = _base(scenario, quiet)
    unused = set(scenario.unused_options)
    present = in_force(scenario, "lever")
    names = list(library.names("levers") if names is None else dict.fromkeys(names))
    _check_names(names, is_python=opened.overrides.from_python)
    levers: list[LeverSaving] = []
    no_line: list[OutcomeLever] = []
    inapplicable: list[Refusal] = []
    for number, name in enumerate(names, start=1):
        if options.progress is not None:
            options.progress(number * options.draws, len(names) * options.draws)
        with_it = Refusal(name, IN_FORCE) if name in present else with_lever(opened, name, remedies=remedies)
        if isinstance(with_it, Scenario):
            unused &= set(with_it.unused_options)
        effect = with_it if isinstance(with_it, Refusal) else _effect_of(opened, name, with_it, base, quiet)
        if isinstance(effect, LeverSaving):
            levers.append(effect)
        elif isinstance(effect, OutcomeLever):
            no_line.append(effect)
        else:
            inapplicable.append(effect)
    if unused and not strict.overrides.allow_unused:
        _ = strict.scenario  # raises the error for an option that has no effect with any lever
    return LeverRanking(
        header=header_of(scenario, options),
        total=TotalWithoutLever(float(base.total.mean()) if base.has_mean else None, float(np.median(base.total))),
        levers=tuple(sorted(levers, key=lambda lever: (-lever.net.median, lever.name))),
        no_line=tuple(no_line),
        inapplicable=tuple(inapplicable),
        base=base.total,
    )


class _Run(NamedTuple):
    """The total, the outcomes and the days of a scenario in each draw, and whether the total has a mean."""

    scenario: Scenario
    draws: Mapping[str, Array]
    has_mean: bool

    @property
    def total(self) -> Array:
        """The total in each draw, USD."""
        return self.draws[TOTAL]


def _base(scenario: Scenario, options: RunOptions) -> _Run:
    return _simulate(scenario, options, (*scenario.lines, *scenario.outcomes, DAYS))


def _simulate(scenario: Scenario, options: RunOptions, names: Iterable[str]) -> _Run:
    kept = dict.fromkeys((TOTAL, *(name for name in names if name in scenario.plan.names)))
    result = simulate_draws(scenario, options, kept)
    return _Run(scenario, result.retained_draws, not result.why_no_mean())


def _check_names(names: Iterable[str], *, is_python: bool) -> None:
    """Refuse names to rank that are no levers."""
    known = library.names("levers")
    place = Place("names" if is_python else "--only")
    fallback = "; `llmcost list levers` or `list_levers()` shows them"
    issues = [
        Issue(place, "", f"no lever {name!r}{suggest_nearest(name, known) or fallback}") for name in names if name not in known
    ]
    if issues:
        raise InvalidInputError(issues)


def _effect_of(
    opened: OpenScenario, name: str, scenario: Scenario, base: _Run, options: RunOptions
) -> LeverSaving | OutcomeLever | Refusal:
    """Return the saving of a lever, the outcomes that it changes, or the reason why it changes nothing."""
    lever = next(each for each in scenario.adjustments if each.kind == "lever" and each.name == name)
    if lever.in_baseline:
        return Refusal(name, "inside the figures of the scenario already (`baseline`)")
    adopted = _simulate(scenario, options, (*base.draws, *scenario.lines, *scenario.outcomes))
    free = adopted
    if lever.effort is not None or lever.delay is not None:
        without = with_lever(opened.with_(sets=[no_adoption(lever)]), name, remedies=False)
        assert isinstance(without, Scenario)
        free = _simulate(without, options, (*base.draws, *without.lines, *without.outcomes))
    changes = _outcome_changes(base, free)
    if _changes_a_line(base, free):
        return _saving_of(lever, base, adopted, free, changes, options.interval)
    if changes:
        return OutcomeLever(name, lever.grade, changes, _adoption(base, adopted), _remedy(lever, scenario))
    reason = "the total and the outcomes stay the same" if lever.selects else _describe_values(scenario, lever)
    return Refusal(name, f"there is nothing to save: {reason}")


def no_adoption(lever: Adjustment) -> str:
    """Return the setting with which the adoption of a lever takes neither work nor time."""
    parts = {"effort": (lever.effort, "person*month"), "delay": (lever.delay, "month")}
    taken = ", ".join(f"{key}: 0 {unit}" for key, (source, unit) in parts.items() if source is not None)
    return f"adoption={{{lever.name}: {{{taken}}}}}"


def _changes_a_line(base: _Run, free: _Run) -> bool:
    """Whether a lever changes a line, or has one that the scenario without it does not have."""
    lines = {*base.scenario.lines, *free.scenario.lines} - {ADOPTION}
    missing = [name for name in lines if name not in base.draws or name not in free.draws]
    return any((free.draws if name in free.draws else base.draws)[name].any() for name in missing) or any(
        difference(base.draws[name], free.draws[name]).any() for name in lines - {*missing}
    )


def _outcome_changes(base: _Run, free: _Run) -> tuple[OutcomeChange, ...]:
    """Return the outcomes that differ in any draw, and those that are reported with the lever only."""
    return tuple(
        OutcomeChange(
            name,
            free.scenario.unit(name),
            float(np.median(base.draws[name])) if name in base.draws else None,
            float(np.median(free.draws[name])),
        )
        for name in free.scenario.outcomes
        if name not in base.draws or difference(free.draws[name], base.draws[name]).any()
    )


def _added_hours(base: _Run, free: _Run) -> float | None:
    if DAYS not in base.draws or DAYS not in free.draws:
        return None
    added = difference(free.draws[DAYS], base.draws[DAYS])
    return float(np.median(added)) if added.any() else None


def _adoption(base: _Run, adopted: _Run) -> float | None:
    """Return the median of what the adoption of the lever costs, beside that of the levers of the scenario."""
    if ADOPTION not in adopted.scenario.lines:
        return None
    before = base.draws[ADOPTION] if ADOPTION in base.scenario.lines else 0.0
    return float(np.median(adopted.draws[ADOPTION] - before))


def _saving_of(
    lever: Adjustment, base: _Run, adopted: _Run, free: _Run, changes: tuple[OutcomeChange, ...], interval: Level
) -> LeverSaving:
    saving, net = difference(base.total, free.total), difference(base.total, adopted.total)
    notes = [note for note in adopted.scenario.notes if note not in base.scenario.notes]
    median = float(np.median(net))
    return LeverSaving(
        name=lever.name,
        about=lever.about,
        grade=lever.grade,
        assumption=lever.grade == "D",
        affects=(*lever.selects, *(effect.quantity for effect in lever.effects)),
        saving=_statistics(saving, base.has_mean and free.has_mean, interval),
        net=_statistics(net, base.has_mean and adopted.has_mean, interval),
        share_of_total=median / float(np.median(base.total)),
        probability_of_saving=float((net > 0).mean()),
        probability_of_none=float((saving == 0).mean()),
        probability_of_costing_more=float((net < 0).mean()),
        adoption_cost=None if lever.effort is None and lever.delay is None else _adoption(base, adopted),
        delay_hours=_median(lever.delay or lever.wait),
        added_hours=_added_hours(base, free),
        outcomes=changes,
        conditions=lever.conditions,
        side_effects=lever.side_effects,
        notes=(
            *(
                note.statement + note.remedy
                for note in _notes_on(lever, notes)
                if note.code not in ("lever-grade", "changes-no-line")
            ),
            *(note.text for note in notes if lever.selects and not isinstance(note, AdjustmentNote)),
        ),
        too_good=any(note.code == "levers-beyond-evidence" for note in notes),
        draws=saving,
        net_draws=net,
    )


def _statistics(draws: Array, totals_have_means: bool, interval: Level) -> SavingStatistics:
    """Return the statistics of a saving, which has a mean where both totals have one."""
    median, low, high = np.quantile(draws, [0.5, *interval_bounds(interval)]).tolist()
    if not totals_have_means:
        return SavingStatistics(None, median, low, high, None)
    return SavingStatistics(float(draws.mean()), median, low, high, float(draws.std(ddof=1)) / math.sqrt(len(draws)))


def _median(source: Input | None) -> float | None:
    return None if source is None else source.distribution.quantile(0.5)


def _notes_on(lever: Adjustment, notes: Iterable[Note]) -> list[AdjustmentNote]:
    return [note for note in notes if isinstance(note, AdjustmentNote) and note.subject == lever.full_name]


def _remedy(lever: Adjustment, scenario: Scenario) -> str:
    """Return the choice with which a lever would change a line, or an empty text."""
    notes = (note.remedy for note in _notes_on(lever, scenario.notes) if note.code == "changes-no-line")
    return next(notes, "").removeprefix("; ")


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
