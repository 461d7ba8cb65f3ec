"""The total of a scenario with shocks, each alone and several together, using common random numbers."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from simulator.analysis.applicability import IN_FORCE, Refusal, in_force, with_shock
from simulator.analysis.statistics import (
    Array,
    Estimate,
    SummaryStatistics,
    difference,
    probability,
    refuse_under_way,
    simulate_draws,
    summary_statistics,
)
from simulator.analysis.stress.changes import PairedChange, RankedChange, explain_ranking, in_one_statistic, paired_change
from simulator.analysis.stress.results import StressResult
from simulator.core.errors import UnsupportedError
from simulator.core.levels import Level
from simulator.core.results import optional, values_of
from simulator.core.units import Unit
from simulator.engine.options import DEFAULTS, RunOptions
from simulator.engine.summaries import interval_bounds
from simulator.io.header import header_of
from simulator.scenario import TOTAL, OpenScenario, Scenario, library
from simulator.scenario.entries import LIBRARY
from simulator.scenario.validated_rows import adjustment_row


@dataclass(frozen=True, slots=True)
class StressTotal(SummaryStatistics):
    """Statistics of the total, USD.

    Attributes
    ----------
    within_budget : Estimate or None
        Probability that the total is within the budget; None without a budget.

    """

    within_budget: Estimate | None


@dataclass(frozen=True, slots=True)
class ShockChange(RankedChange):
    """A change of the total by shocks.

    Attributes
    ----------
    moves : bool
        Whether the total differs in any draw.

    """

    moves: bool


@dataclass(frozen=True, slots=True)
class ShockProbability:
    """How probable a shock is, as far as that has been counted or judged.

    Attributes
    ----------
    median, low, high : float
        Median and bounds of the central interval of the probability.
    about : str
        What it is the probability of, and over which time.
    grade : str
        Grade of its evidence, A to D.

    """

    median: float
    low: float
    high: float
    about: str
    grade: str


@dataclass(frozen=True, slots=True)
class ShockCase(StressTotal):
    """The total with one shock, or several together.

    Attributes
    ----------
    name : str
        The shock, or several joined by `+`.
    shocks : tuple of str
        Their names.
    about, grade, conditions : str
        Description, worst grade of the evidence, and what the shocks apply to.
    change : ShockChange
        From the total without a shock.
    mitigation : str
        What makes a shock less probable, or less expensive; empty where the library says nothing, and for several shocks.
    probability : ShockProbability or None
        None (and no key) where it is unknown, and for several shocks.
    alone_added_up : float or None
        Sum of the changes by each shock alone, USD; None (and no key) for one shock.

    """

    name: str
    shocks: tuple[str, ...]
    about: str
    grade: str
    conditions: str
    change: ShockChange
    mitigation: str
    probability: ShockProbability | None = optional()
    alone_added_up: float | None = optional()

    @property
    def is_assumption(self) -> bool:
        """Whether a shock has grade D."""
        return self.grade == "D"


@dataclass(frozen=True, slots=True)
class ShockEffects:
    """Effects of shocks on the total.

    Attributes
    ----------
    ranked_by : str
        Statistic by which changes are ranked: `mean`, or `median` where a tail is too heavy.
    why_no_mean : str
        Why no change has a mean, where they are ranked by the median: the total or the shocks with too heavy a tail.
    base : StressTotal
        The total without a shock.
    cases : tuple of ShockCase
        The shocks in the order in which they are named, or else the largest change first.
    inapplicable : tuple of Refusal
        The shocks of the library without effect in this scenario.

    """

    ranked_by: str
    why_no_mean: str
    base: StressTotal
    cases: tuple[ShockCase, ...]
    inapplicable: tuple[Refusal, ...]


@dataclass(frozen=True, kw_only=True)
class ShockTest(StressResult):
    """The total with shocks.

    Attributes
    ----------
    shocks : ShockEffects

    Examples
    --------
    >>> import llmcost
    >>> test = llmcost.stress("gpt-4", shocks="chip-price-double", draws=2000)
    >>> test.shocks.cases[0].change.moves
    True

    """

    shocks: ShockEffects


class _Shocked(NamedTuple):
    """A scenario with shocks, and their names."""

    names: tuple[str, ...]
    scenario: Scenario


def apply_shocks(
    opened: OpenScenario,
    options: RunOptions = DEFAULTS,
    *,
    shocks: Iterable[str] = (),
    combinations: Iterable[Sequence[str]] = (),
    remedies: bool = True,
) -> ShockTest:
    """Apply shocks to a scenario, each alone and the named ones together, and return the total of each case.

    Each of `combinations` is a set of shocks applied together; they are reported alone too. Without names, every shock of the
    library is applied, and those without effect in this scenario are listed as refused with the reason, and unless `remedies`
    is false with the change that would help. Changes are paired with the scenario without shocks, using common random numbers.

    Raises `InvalidInputError` where the scenario or a named shock is invalid, `UnsupportedError` for a run under way.
    """
    base = opened.scenario
    refuse_under_way(base)
    named_cases = _named_cases(shocks, combinations)
    shocked, inapplicable = _apply_named(opened, named_cases) if named_cases else _apply_library(opened, remedies=remedies)
    quiet = options.with_(progress=None)
    base_result = simulate_draws(base, quiet, [TOTAL])
    before, heavy = base_result.retained_draws[TOTAL], bool(base_result.why_no_mean())
    totals: list[StressTotal] = []
    paired_changes: list[PairedChange] = []
    moves: list[bool] = []
    for number, case in enumerate(shocked, start=1):
        total = simulate_draws(case.scenario, quiet, [TOTAL]).retained_draws[TOTAL]
        change = difference(total, before)
        totals.append(_total_statistics(total, base.budget, options, heavy=heavy))
        paired_changes.append(paired_change(change, before, heavy=heavy))
        moves.append(bool(change.any()))
        if options.progress is not None:
            options.progress(number * options.draws, len(shocked) * options.draws)
    ranked_by, changes = in_one_statistic(paired_changes, heavy=heavy)
    by_case = {"+".join(case.names): change for case, change in zip(shocked, paired_changes, strict=True)}
    cases = _with_sums([
        _shock_case(case, total, ShockChange(**values_of(change), moves=is_moved), options.interval)
        for case, total, change, is_moved in zip(shocked, totals, changes, moves, strict=True)
    ])  # fmt: skip
    if not named_cases:
        cases.sort(key=lambda case: -case.change.value)
    base_statistics = _total_statistics(before, base.budget, options, heavy=heavy)
    return ShockTest(
        header=header_of(base, options),
        budget=base.budget,
        shocks=ShockEffects(
            ranked_by, explain_ranking(base_result.why_no_mean(), by_case), base_statistics, tuple(cases), inapplicable
        ),
    )


def with_evidence(cases: Sequence[ShockCase]) -> Sequence[ShockCase]:
    """Return the cases that are no assumptions, or all where each is one."""
    return [case for case in cases if not case.is_assumption] or cases


def _named_cases(shocks: Iterable[str], combinations: Iterable[Sequence[str]]) -> list[tuple[str, ...]]:
    """Return each shock alone, then the combinations; empty where no shock is named."""
    single = tuple(dict.fromkeys(shocks))
    together = [tuple(names) for names in combinations]
    for names in together:
        if len(set(names)) < max(2, len(names)):
            raise UnsupportedError(f"{'+'.join(names)!r}: name at least two shocks, each once, as in A+B")
    if len(single) > 1 and set(single) not in [set(names) for names in together]:
        together = [single, *together]
    singles = dict.fromkeys([*single, *(name for names in together for name in names)])
    return [*((name,) for name in singles), *together]


def _apply_named(opened: OpenScenario, cases: Iterable[tuple[str, ...]]) -> tuple[list[_Shocked], tuple[Refusal, ...]]:
    """Return the scenario with each set of shocks; one that does not apply is an error."""
    present = in_force(opened.scenario, "shock")
    shocked = []
    for names in cases:
        if set(names) & present:
            raise UnsupportedError(f"{'+'.join(names)} is {IN_FORCE}")
        shocked.append(_Shocked(names, opened.with_(shocks=names).scenario))
    return shocked, ()


def _apply_library(opened: OpenScenario, *, remedies: bool) -> tuple[list[_Shocked], tuple[Refusal, ...]]:
    """Return the scenario with each shock of the library, and the shocks that do not apply."""
    present = in_force(opened.scenario, "shock")
    shocked, inapplicable = [], []
    for name in library.names("shocks"):
        is_present = name in present
        scenario = Refusal(name, f"{name} is {IN_FORCE}") if is_present else with_shock(opened, name, remedies=remedies)
        if isinstance(scenario, Refusal):
            inapplicable.append(scenario)
        else:
            shocked.append(_Shocked((name,), scenario))
    return shocked, tuple(inapplicable)


def _total_statistics(total: Array, budget: float | None, options: RunOptions, *, heavy: bool) -> StressTotal:
    statistics = summary_statistics(total, options.interval, heavy=heavy)
    within_budget = None if budget is None else probability(total <= budget)
    return StressTotal(**values_of(statistics), within_budget=within_budget)


def _shock_case(shocked: _Shocked, total: StressTotal, change: ShockChange, interval: Level) -> ShockCase:
    mitigation, probability = _library_facts(shocked.names[0], interval) if len(shocked.names) == 1 else ("", None)
    shocks = [each for each in shocked.scenario.adjustments if each.kind == "shock" and each.name in shocked.names]
    return ShockCase(
        **values_of(total),
        name="+".join(shocked.names),
        shocks=shocked.names,
        about="; ".join(each.about for each in shocks),
        grade=max((each.grade for each in shocks), default=""),
        conditions="; ".join(each.conditions for each in shocks if each.conditions),
        change=change,
        mitigation=mitigation,
        probability=probability,
    )


def _library_facts(name: str, interval: Level) -> tuple[str, ShockProbability | None]:
    """Return the mitigation and the probability of a shock of the library."""
    node, row = library.find_file("shocks", name), adjustment_row("shocks", name)
    if node is None or row is None or row.probability is None:
        return "" if row is None else row.mitigation, None
    source = LIBRARY.input("probability", row.probability, Unit("1", high=1.0), str(node.place))
    low, high = interval_bounds(interval)
    median, low, high = (float(source.distribution.quantile(p)) for p in (0.5, low, high))
    return row.mitigation, ShockProbability(median, low, high, source.about, source.grade)


def _with_sums(cases: Iterable[ShockCase]) -> list[ShockCase]:
    """Return the cases; those of several shocks get the sum of the changes by each alone."""
    cases = list(cases)
    alone = {case.name: case.change.value for case in cases}
    return [
        replace(case, alone_added_up=math.fsum(alone[name] for name in case.shocks)) if len(case.shocks) > 1 else case
        for case in cases
    ]
