"""Times of scenarios beside their cost: the length of the final run and the release, and their differences draw by draw."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from simulator.analysis.statistics import Array, Estimate, SummaryStatistics, difference, probability, summary_statistics
from simulator.analysis.waiting import after_wait, wait_names
from simulator.core.levels import Level
from simulator.core.results import optional, values_of
from simulator.engine.graph import build_plan
from simulator.engine.result import SimulationResult
from simulator.model.schedule import SERVING
from simulator.scenario import Scenario

WALL_CLOCK, RELEASE = "wall_clock", "release"
TIMES = (WALL_CLOCK, RELEASE)
"""Times that a comparison shows: the length of the final run, and the time from the start to the release."""


@dataclass(frozen=True, kw_only=True)
class TimeDates:
    """Dates of a time that is counted from the start of the schedule, as `2027-09-15`.

    Attributes
    ----------
    start, median, low, high : str

    """

    start: str
    median: str
    low: str
    high: str


@dataclass(frozen=True, kw_only=True)
class ScenarioTime(SummaryStatistics):
    """A time of a scenario, hours.

    Attributes
    ----------
    name : str
        `wall_clock`, the length of the final run, or `release`, the time from the start until the release, with the wait before
        the project where a lever takes one.
    quantity : str
        The quantity of the scenario that it is: the end of the last phase before the service where it has no `release`.
    mean, sd, median, low, high, quantiles, mcse
        As in `SummaryStatistics`, hours.
    dates : TimeDates or None
        Of a release, where the scenario has a start date.

    """

    name: str
    quantity: str
    dates: TimeDates | None = optional()


@dataclass(frozen=True, kw_only=True)
class TimeDifference(SummaryStatistics):
    """A time of a scenario less that of the first one, draw by draw, hours.

    Attributes
    ----------
    name : str
        `wall_clock` or `release`.
    mean, sd, median, low, high, quantiles, mcse
        As in `SummaryStatistics`, hours.
    first_earlier : Estimate
        Probability that the first is earlier, or takes less time.

    """

    name: str
    first_earlier: Estimate


def with_times(scenario: Scenario) -> tuple[Scenario, dict[str, str]]:
    """Return a scenario that computes its times, and the quantity of each; those whose inputs are missing are left out."""
    quantities: dict[str, str] = {}
    plan = scenario.plan
    for name, candidates in ((WALL_CLOCK, (WALL_CLOCK,)), (RELEASE, _release_quantities(scenario))):
        for quantity in candidates:
            if quantity not in scenario.graph.units:
                continue
            try:
                plan = build_plan(scenario.graph, scenario.inputs, [*plan.names, quantity])
            except ValueError:  # its inputs have no values
                continue
            quantities[name] = quantity
            break
    return replace(scenario, plan=plan), quantities


def _release_quantities(scenario: Scenario) -> Iterable[str]:
    """Return the quantities that may be the release: that of a schedule, or the end of the derived phases, with delays."""
    yield RELEASE
    building = [phase for phase in scenario.phases if phase != SERVING]
    if building:
        yield f"{building[-1]}.end"
    yield "duration"


def times_of(result: SimulationResult, quantities: Mapping[str, str], interval: Level) -> tuple[ScenarioTime, ...]:
    """Return the times of a scenario whose draws are retained."""
    start = result.scenario.start_date
    rows = []
    for name, quantity in quantities.items():
        figures = summary_statistics(time_draws(result, name, quantity), interval)
        dates = None if name != RELEASE or start is None else _dates(start, figures)
        rows.append(ScenarioTime(**values_of(figures), name=name, quantity=quantity, dates=dates))
    return tuple(rows)


def time_draws(result: SimulationResult, name: str, quantity: str) -> Array:
    """Return the draws of a time, hours: a release is counted from the start of the wait before the project, if it has one."""
    hours = result.retained_draws[quantity]
    return after_wait(hours, result.retained_draws) if name == RELEASE else hours


def names_of_times(scenario: Scenario, quantities: Mapping[str, str]) -> tuple[str, ...]:
    """Return the quantities whose draws the times need."""
    return (*quantities.values(), *wait_names(scenario))


def _dates(start: datetime.date, figures: SummaryStatistics) -> TimeDates:
    def after(hours: float) -> str:
        return (start + datetime.timedelta(hours=hours)).isoformat()

    return TimeDates(start=start.isoformat(), median=after(figures.median), low=after(figures.low), high=after(figures.high))


def time_differences(
    first: Mapping[str, Array], other: Mapping[str, Array], names: Sequence[str], interval: Level
) -> tuple[TimeDifference, ...]:
    """Return the differences of the times that both scenarios have, draw by draw; `names` are those of the times."""
    rows = []
    for name in names:
        change = difference(other[name], first[name])
        figures = summary_statistics(change, interval)
        rows.append(TimeDifference(**values_of(figures), name=name, first_earlier=probability(change > 0)))
    return tuple(rows)
