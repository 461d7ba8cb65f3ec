"""The total with one prior set to its 5 % and its 95 % quantile, and the others simulated."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simulator.analysis.occurrences import decides_event
from simulator.analysis.statistics import (
    Array,
    SummaryStatistics,
    difference,
    evaluate_from,
    refuse_under_way,
    simulate_draws,
    summary_statistics,
)
from simulator.analysis.stress.changes import PairedChange, RankedChange, in_one_statistic, paired_change
from simulator.analysis.stress.results import StressResult
from simulator.analysis.stress.retained_draws import fitting_draws
from simulator.core.errors import UnsupportedError
from simulator.core.levels import Level
from simulator.core.results import values_of
from simulator.core.units import Value
from simulator.engine.inputs import Input
from simulator.engine.options import DEFAULTS, RunOptions
from simulator.io.header import header_of
from simulator.scenario import TOTAL, Scenario

PROBABILITIES = (0.05, 0.95)


@dataclass(frozen=True, slots=True)
class FixedPrior(SummaryStatistics):
    """Statistics of the total, USD, with one prior fixed.

    Attributes
    ----------
    percent : float
        The percentile at which the prior is fixed.
    value : float
        That quantile, in the unit of the prior.
    change : RankedChange
        From the total with no prior fixed.

    """

    percent: float
    value: float
    change: RankedChange


@dataclass(frozen=True, slots=True)
class PriorSweep:
    """The total with one prior fixed at each of `PROBABILITIES`.

    Attributes
    ----------
    name, unit, grade : str
        The prior, its canonical unit, and the grade of its evidence.
    correlated : bool
        Whether it is correlated with other priors, which keep their draws.
    points : tuple of FixedPrior

    """

    name: str
    unit: str
    grade: str
    correlated: bool
    points: tuple[FixedPrior, ...]

    @property
    def range(self) -> float:
        """Distance of the changes at the last and the first point, USD."""
        return abs(self.points[-1].change.value - self.points[0].change.value)


@dataclass(frozen=True, slots=True)
class SweepOfPriors:
    """Effects of all priors, the widest change first.

    Attributes
    ----------
    draws : int
        Number of draws; fewer than requested where they would not fit in memory.
    ranked_by : str
        Statistic by which changes are ranked: `mean`, or `median` where a tail is too heavy.
    base : SummaryStatistics
        Of the total with no prior fixed, USD.
    priors : tuple of PriorSweep

    """

    draws: int
    ranked_by: str
    base: SummaryStatistics
    priors: tuple[PriorSweep, ...]


@dataclass(frozen=True, kw_only=True)
class SweepTest(StressResult):
    """The total with one prior fixed at a time.

    Attributes
    ----------
    sweep : SweepOfPriors

    Examples
    --------
    >>> import llmcost
    >>> test = llmcost.vary_one_at_a_time("gpt-4", draws=2000)
    >>> test.sweep.ranked_by
    'mean'

    """

    sweep: SweepOfPriors


class _Point(NamedTuple):
    """The total with one prior fixed, not ranked yet."""

    percent: float
    value: float
    total: SummaryStatistics
    change: PairedChange


def vary_one_at_a_time(scenario: Scenario, options: RunOptions = DEFAULTS) -> SweepTest:
    """Set each prior to its 5 % and its 95 % quantile, simulate the others, and return the total, widest change first.

    A prior that is correlated with others is set alone; they keep their draws, as in an intervention and not as in
    conditioning. The number that decides whether an event occurs is no prior to set. Raises `UnsupportedError` for a run
    under way.
    """
    refuse_under_way(scenario)
    priors = {name: source for name, source in scenario.inputs.items() if source.role == "prior" and not decides_event(name)}
    drawn = {name for name, source in scenario.inputs.items() if source.role == "prior"}
    draws = fitting_draws(options.draws, len(drawn) + 1)
    result = simulate_draws(scenario, options.with_(draws=draws, progress=None), [TOTAL, *drawn])
    before, heavy = result.retained_draws[TOTAL], bool(result.why_no_mean())
    base_values: dict[str, Value] = {
        name: result.retained_draws[name] if name in drawn else np.float64(source.distribution.quantile(0.5))
        for name, source in scenario.inputs.items()
    }
    points: list[_Point] = []
    for number, (name, source) in enumerate(priors.items(), start=1):
        points += [_point(scenario, name, source, p, base_values, before, options.interval, heavy=heavy) for p in PROBABILITIES]
        if options.progress is not None:
            options.progress(number * len(before), len(priors) * len(before))
    ranked_by, changes = in_one_statistic([point.change for point in points], heavy=heavy)
    fixed = [
        FixedPrior(**values_of(point.total), percent=point.percent, value=point.value, change=change)
        for point, change in zip(points, changes, strict=True)
    ]
    return SweepTest(
        header=header_of(scenario, options),
        budget=scenario.budget,
        sweep=SweepOfPriors(
            draws=len(before),
            ranked_by=ranked_by,
            base=summary_statistics(before, options.interval, heavy=heavy),
            priors=_widest_first(scenario, priors, fixed),
        ),
    )


def _point(
    scenario: Scenario,
    name: str,
    source: Input,
    p: float,
    base_values: Mapping[str, Value],
    before: Array,
    interval: Level,
    *,
    heavy: bool,
) -> _Point:
    """Return the total with a prior at a quantile."""
    values, value = dict(base_values), source.distribution.quantile(p)
    evaluate_from(scenario.plan, values, {name: np.float64(value)})
    total = np.array(np.broadcast_to(np.asarray(values[TOTAL]), before.shape))
    if not np.isfinite(total).all():
        raise UnsupportedError(f"{name}: at its {100 * p:g} % quantile the total is not finite in some draws")
    statistics = summary_statistics(total, interval, heavy=heavy)
    return _Point(100 * p, value, statistics, paired_change(difference(total, before), before, heavy=heavy))


def _widest_first(scenario: Scenario, priors: Mapping[str, Input], points: list[FixedPrior]) -> tuple[PriorSweep, ...]:
    correlated = {name for pair in scenario.ranks for name in pair}
    count = len(PROBABILITIES)
    rows = [
        PriorSweep(name, source.unit.text, source.grade, source.stream in correlated, tuple(points[first : first + count]))
        for first, (name, source) in zip(range(0, len(points), count), priors.items(), strict=True)
    ]
    return tuple(sorted(rows, key=lambda row: -row.range))
