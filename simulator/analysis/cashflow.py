"""When the money goes out: the lines of a scenario over the phases of its schedule, month by month and draw by draw.

A line is spent evenly over the phases that name it, and what is bought is paid when the first of them begins. Amounts are in
the money of the scenario's prices (base-year) and, with an escalation, in the money of the month (then-year); the present
value discounts then-year money.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator import model
from simulator.core.levels import Level
from simulator.core.units import HOURS_PER_YEAR
from simulator.engine.result import NonFiniteResultError, Result
from simulator.engine.simulate import simulate
from simulator.engine.summaries import ends
from simulator.scenario import TOTAL, Scenario

Array = NDArray[np.float64]

MONTH = HOURS_PER_YEAR / 12
DRAWS = 20_000
MOST_MONTHS = 240
PAID_AT_ONCE = frozenset({"chip_purchase", "server_purchase", "network_purchase", "acquisition_cost", "licence_cost"})
"""Lines that are paid when they begin."""


class NoSchedule(ValueError):
    """A scenario that does not say when things happen."""


@dataclass(frozen=True)
class CashFlow:
    """Money by month; arrays are (draws, months) in USD, and month 0 is the first."""

    scenario: Scenario
    result: Result
    rate: float
    by_line: dict[str, Array]
    base_year: Array
    then_year: Array
    present_value: Array
    ends: dict[str, Array]
    """For each phase, when it ends, in months."""

    @property
    def months(self) -> int:
        """How many months there are."""
        return self.base_year.shape[1]

    def band(self, amounts: Array, interval: Level) -> Array:
        """Return low end, median, high end and mean of amounts, by month."""
        low, high = ends(interval)
        return np.vstack([np.quantile(amounts, [low, 0.5, high], axis=0), amounts.mean(axis=0)])


def cash_flow(
    scenario: Scenario, draws: int = DRAWS, seed: int = 0, *, rate: float = 0.0, threads: int | None = None
) -> CashFlow:
    """Draw a scenario and spread its lines over the months of its schedule.

    `rate` discounts, per year. An `escalation` that the scenario gives raises prices. Raises `NoSchedule` where there is no
    schedule, and `NonFiniteResultError` where it lasts more than 240 months in more than one of a thousand draws.
    """
    if not scenario.phases:
        raise NoSchedule("has no `schedule`, so it does not say when the money goes out: name its phases and their durations")
    times = [f"{phase}.{edge}" for phase in scenario.phases for edge in ("start", "end")]
    grown = ["escalation"] if "escalation" in scenario.plan.names else []
    result = simulate(scenario, draws, seed, threads=threads, keep=[TOTAL, *scenario.lines, *times, *grown])
    starts = {phase: result.kept[f"{phase}.start"] / MONTH for phase in scenario.phases}
    ends = {phase: result.kept[f"{phase}.end"] / MONTH for phase in scenario.phases}
    last = np.max(list(ends.values()), axis=0)
    months = int(np.ceil(np.quantile(last, 0.999)))
    if months > MOST_MONTHS:
        raise NonFiniteResultError(
            f"the schedule lasts {months:,} months in one of a thousand draws; {MOST_MONTHS} are the most"
        )
    months = max(1, int(np.ceil(last.max()))) if last.max() <= MOST_MONTHS else MOST_MONTHS
    by_line = {
        line: result.kept[line][:, None] * _weights(line, phases_of(scenario, line), starts, ends, months)
        for line in scenario.lines
    }
    base = np.sum(list(by_line.values()), axis=0)
    years = (np.arange(months) + 0.5) / 12
    growth = result.kept["escalation"][:, None] * (years * HOURS_PER_YEAR) if grown else 0.0
    then = base * np.exp(growth)
    present = (then / (1 + rate) ** years).sum(axis=1)
    return CashFlow(scenario, result, rate, by_line, base, then, present, ends)


def phases_of(scenario: Scenario, line: str) -> list[str]:
    """Return the phases in which a line is spent: those that name it, or else all that build or, after release, serve."""
    named = [phase for phase, lines in scenario.phases.items() if line in lines]
    if named:
        return named
    serving = [phase for phase in scenario.phases if phase == model.SERVING]
    building = [phase for phase in scenario.phases if phase != model.SERVING]
    return (serving if line in model.AFTER_RELEASE else building) or list(scenario.phases)


def _weights(line: str, phases: list[str], starts: dict[str, Array], ends: dict[str, Array], months: int) -> Array:
    """The share of a line in each month, draw by draw; what would lie beyond the last month is in it."""
    edges = np.arange(months + 1, dtype=np.float64)
    edges[-1] = np.inf
    first = np.min([starts[phase] for phase in phases], axis=0)
    length = np.sum([ends[phase] - starts[phase] for phase in phases], axis=0)
    at_once = (edges[:-1] <= first[:, None]) & (first[:, None] < edges[1:])
    if line in PAID_AT_ONCE:
        return at_once.astype(np.float64)
    inside = np.zeros((len(first), months))
    for phase in phases:
        low, high = starts[phase][:, None], ends[phase][:, None]
        inside += np.clip(np.minimum(high, edges[1:]) - np.maximum(low, edges[:-1]), 0, None)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(length[:, None] > 0, inside / length[:, None], at_once)
