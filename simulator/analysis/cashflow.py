"""Cash flow: the lines of a scenario over the phases of its schedule, month by month and draw by draw.

A line is spent evenly over the phases that name it; purchases are paid when the first of them begins. Amounts are in the money
of the scenario's prices (base-year) and, with an escalation, in the money of the month (then-year). The present value discounts
then-year money.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator import model
from simulator.core.errors import LlmcostError
from simulator.core.levels import Level
from simulator.core.units import HOURS_PER_YEAR
from simulator.engine.result import NonFiniteResultError, Result
from simulator.engine.simulate import simulate
from simulator.engine.summaries import interval_bounds
from simulator.scenario import TOTAL, Scenario

Array = NDArray[np.float64]

MONTH = HOURS_PER_YEAR / 12
DRAWS = 20_000
MAX_MONTHS = 240
UPFRONT_LINES = frozenset({"chip_purchase", "server_purchase", "network_purchase", "acquisition_cost", "licence_cost"})
"""Lines that are paid in full when their first phase begins."""


class NoScheduleError(LlmcostError, ValueError):
    """A scenario without a schedule."""


@dataclass(frozen=True)
class CashFlow:
    """Cost by month; arrays are (draws, months) in USD, and month 0 is the first."""

    scenario: Scenario
    result: Result
    rate: float
    by_line: dict[str, Array]
    base_year: Array
    then_year: Array
    present_value: Array
    phase_ends: dict[str, Array]
    """The end of each phase, in months from the start."""

    @property
    def months(self) -> int:
        """Number of months."""
        return self.base_year.shape[1]

    def band(self, amounts: Array, interval: Level) -> Array:
        """Return lower bound, median, upper bound and mean of amounts, by month."""
        low, high = interval_bounds(interval)
        return np.vstack([np.quantile(amounts, [low, 0.5, high], axis=0), amounts.mean(axis=0)])


def cash_flow(
    scenario: Scenario, draws: int = DRAWS, seed: int = 0, *, rate: float = 0.0, threads: int | None = None
) -> CashFlow:
    """Simulate a scenario and distribute its lines over the months of its schedule.

    `rate` is the discount rate per year. An `escalation` of the scenario raises prices. Raises `NoScheduleError` where there is
    no schedule, and `NonFiniteResultError` where it lasts more than 240 months in more than one of a thousand draws.
    """
    if not scenario.phases:
        raise NoScheduleError("has no `schedule`, so the dates of its costs are unknown: name its phases and their durations")
    times = [f"{phase}.{edge}" for phase in scenario.phases for edge in ("start", "end")]
    escalation = ["escalation"] if "escalation" in scenario.plan.names else []
    result = simulate(scenario, draws, seed, threads=threads, keep=[TOTAL, *scenario.lines, *times, *escalation])
    phase_starts = {phase: result.retained_draws[f"{phase}.start"] / MONTH for phase in scenario.phases}
    phase_ends = {phase: result.retained_draws[f"{phase}.end"] / MONTH for phase in scenario.phases}
    last = np.max(list(phase_ends.values()), axis=0)
    months = int(np.ceil(np.quantile(last, 0.999)))
    if months > MAX_MONTHS:
        raise NonFiniteResultError(
            f"the schedule lasts {months:,} months in one of a thousand draws; the maximum is {MAX_MONTHS}"
        )
    months = max(1, int(np.ceil(last.max()))) if last.max() <= MAX_MONTHS else MAX_MONTHS
    by_line = {
        line: result.retained_draws[line][:, None]
        * _weights(line, spending_phases(scenario, line), phase_starts, phase_ends, months)
        for line in scenario.lines
    }
    base = np.sum(list(by_line.values()), axis=0)
    years = (np.arange(months) + 0.5) / 12
    growth = result.retained_draws["escalation"][:, None] * (years * HOURS_PER_YEAR) if escalation else 0.0
    then = base * np.exp(growth)
    present = (then / (1 + rate) ** years).sum(axis=1)
    return CashFlow(scenario, result, rate, by_line, base, then, present, phase_ends)


def spending_phases(scenario: Scenario, line: str) -> list[str]:
    """Return the phases in which a line is spent: those that name it, or else all before (for serving lines, after) release."""
    phases = [phase for phase, lines in scenario.phases.items() if line in lines]
    if phases:
        return phases
    serving = [phase for phase in scenario.phases if phase == model.SERVING]
    building = [phase for phase in scenario.phases if phase != model.SERVING]
    return (serving if line in model.AFTER_RELEASE else building) or list(scenario.phases)


def _weights(line: str, phases: list[str], phase_starts: dict[str, Array], phase_ends: dict[str, Array], months: int) -> Array:
    """Return the share of a line in each month, draw by draw; the last month includes all later ones."""
    edges = np.arange(months + 1, dtype=np.float64)
    edges[-1] = np.inf
    first = np.min([phase_starts[phase] for phase in phases], axis=0)
    length = np.sum([phase_ends[phase] - phase_starts[phase] for phase in phases], axis=0)
    is_first_month = (edges[:-1] <= first[:, None]) & (first[:, None] < edges[1:])
    if line in UPFRONT_LINES:
        return is_first_month.astype(np.float64)
    overlap = np.zeros((len(first), months))
    for phase in phases:
        low, high = phase_starts[phase][:, None], phase_ends[phase][:, None]
        overlap += np.clip(np.minimum(high, edges[1:]) - np.maximum(low, edges[:-1]), 0, None)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(length[:, None] > 0, overlap / length[:, None], is_first_month)
