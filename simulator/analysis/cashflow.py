"""Cash flow: the lines of a scenario over the phases of its schedule, month by month and draw by draw.

A line is spent evenly over the phases that name it; purchases are paid when the first of them begins. Amounts are in the money
of the scenario's prices (base-year) and, with an escalation, in the money of the month (then-year). The present value discounts
then-year money.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from simulator import model
from simulator.analysis.statistics import Array, simulate_draws
from simulator.core.csv_text import Cell
from simulator.core.errors import LlmcostError, NonFiniteResultError
from simulator.core.levels import Level
from simulator.core.results import AnalysisResult
from simulator.core.units import HOURS_PER_YEAR
from simulator.engine.options import RunOptions
from simulator.engine.result import SimulationResult
from simulator.engine.summaries import interval_bounds
from simulator.io.header import header_of
from simulator.io.summary import mean_notes
from simulator.model.lines import declared_lines
from simulator.scenario import TOTAL, Scenario

MONTH = HOURS_PER_YEAR / 12
DRAWS = 20_000
DEFAULTS = RunOptions(DRAWS)
"""20,000 draws, because the draws of every line in every month are held in memory."""
PeriodLength = Literal["month", "quarter", "year"]
PERIODS: dict[str, int] = dict(zip(get_args(PeriodLength), (1, 3, 12), strict=True))
"""Lengths of the periods of a cash flow, months."""
MAX_MONTHS = 240
UPFRONT_LINES = frozenset({"chip_purchase", "server_purchase", "network_purchase", "acquisition_cost", "licence_cost"})
"""Lines that are paid in full when their first phase begins."""


class NoScheduleError(LlmcostError, ValueError):
    """A scenario without a schedule.

    Examples
    --------
    >>> import llmcost
    >>> llmcost.cashflow("gpt-4")
    Traceback (most recent call last):
        ...
    llmcost.NoScheduleError: gpt-4 has no `schedule`, so the dates of its costs are unknown: ...

    """

    __module__ = "llmcost"  # where users import it from, which tracebacks show


@dataclass(frozen=True, slots=True)
class Band:
    """Statistics of the draws of an amount (USD) or of a date (months from the start).

    Attributes
    ----------
    low, median, high : float
        Median and bounds of the central interval.
    mean : float or None
        None where the tail of the total is too heavy for a mean.

    """

    low: float
    median: float
    high: float
    mean: float | None


@dataclass(frozen=True, slots=True)
class Period:
    """Spending in one period, in USD.

    Attributes
    ----------
    from_month : int
        First month of the period; 0 is the first of the schedule.
    months : int
        Length of the period; the last may be shorter.
    outlay : Band
        Spending in the period, in the money of the scenario's prices.
    cumulative : Band
        Spending from the start to the end of the period.
    then_year : Band
        Spending in the period, in the money of the month.
    lines : dict of str to float
        Mean spending on each line; without the lines whose tail, or that of the total, is too heavy for a mean.

    """

    from_month: int
    months: int
    outlay: Band
    cumulative: Band
    then_year: Band
    lines: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class CashFlow(AnalysisResult):
    """Spending over time. Bounds of periods do not add up; means do.

    Attributes
    ----------
    rate : float
        Discount rate per year, as a share.
    total : Band
        Total cost, USD in the money of the scenario's prices.
    then_year : Band
        Total cost, USD in the money of each month.
    present_value : Band
        Discounted then-year cost, USD.
    phases : dict of str to Band
        End of each phase, months from the start.
    periods : tuple of Period

    Examples
    --------
    >>> import llmcost
    >>> plan = {"extends": "gpt-4", "schedule": {"data": {"duration": "3 month"}, "final_run": {"lines": ["chip_cost"]}}}
    >>> flow = llmcost.cashflow(plan, draws=2000)
    >>> list(flow.phases)
    ['data', 'final_run']

    """

    rate: float
    total: Band
    then_year: Band
    present_value: Band
    phases: Mapping[str, Band]
    periods: tuple[Period, ...]

    @property
    def has_escalation(self) -> bool:
        """Whether then-year money differs from the money of the scenario's prices."""
        return self.then_year != self.total

    def table(self) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
        """Return one row per period: its bands, and the mean of each line."""
        lines = list(self.periods[0].lines)
        columns = (
            *("from_month", "months"),
            *(f"{band}_{key}" for band in ("outlay", "cumulative", "then_year") for key in ("low", "median", "high", "mean")),
            *(f"{line}_mean" for line in lines),
        )
        return columns, [
            (
                period.from_month,
                period.months,
                *(
                    cell
                    for band in (period.outlay, period.cumulative, period.then_year)
                    for cell in (band.low, band.median, band.high, band.mean)
                ),
                *(period.lines[line] for line in lines),
            )
            for period in self.periods
        ]


@dataclass(frozen=True, slots=True)
class CashFlowDraws:
    """Cost by month and draw.

    Attributes
    ----------
    result : Result
        With the draws of total, lines and phases.
    rate : float
        Discount rate per year, as a share.
    by_line : dict of str to array
        Cost of each line, (draws, months) in USD; month 0 is the first.
    base_year, then_year : array
        Total cost, (draws, months) in USD: in the money of the scenario's prices, and in the money of the month.
    present_value : array
        Discounted then-year cost by draw, USD.
    phase_ends : dict of str to array
        End of each phase by draw, months from the start.

    """

    result: SimulationResult
    rate: float
    by_line: Mapping[str, Array]
    base_year: Array
    then_year: Array
    present_value: Array
    phase_ends: Mapping[str, Array]

    @property
    def months(self) -> int:
        """Number of months."""
        return self.base_year.shape[1]


def cash_flow(scenario: Scenario, options: RunOptions = DEFAULTS, *, rate: float = 0.0, months: int = 1) -> CashFlow:
    """Simulate a scenario and return its spending in periods of `months`; raises as `simulate_cash_flow` does."""
    return cash_flow_of_draws(simulate_cash_flow(scenario, options, rate=rate), options.interval, months=months)


def simulate_cash_flow(scenario: Scenario, options: RunOptions = DEFAULTS, *, rate: float = 0.0) -> CashFlowDraws:
    """Simulate a scenario and distribute its lines over the months of its schedule.

    `rate` is the discount rate per year. An `escalation` of the scenario raises prices. Raises `NoScheduleError` where there is
    no schedule, and `NonFiniteResultError` where it lasts more than 240 months in more than one of a thousand draws.
    """
    if not scenario.phases:
        raise NoScheduleError("has no `schedule`, so the dates of its costs are unknown: name its phases and their durations")
    times = [f"{phase}.{edge}" for phase in scenario.phases for edge in ("start", "end")]
    escalation = ["escalation"] if "escalation" in scenario.plan.names else []
    result = simulate_draws(scenario, options, [TOTAL, *scenario.lines, *times, *escalation])
    phase_starts = {phase: result.retained_draws[f"{phase}.start"] / MONTH for phase in scenario.phases}
    phase_ends = {phase: result.retained_draws[f"{phase}.end"] / MONTH for phase in scenario.phases}
    months = _month_count(phase_ends)
    by_line = {
        line: result.retained_draws[line][:, None]
        * _weights(line, spending_phases(scenario, line), phase_starts, phase_ends, months)
        for line in scenario.lines
    }
    base: Array = np.sum(list(by_line.values()), axis=0)
    years = (np.arange(months) + 0.5) / 12
    growth = result.retained_draws["escalation"][:, None] * (years * HOURS_PER_YEAR) if escalation else 0.0
    then = base * np.exp(growth)
    present = (then / (1 + rate) ** years).sum(axis=1)
    return CashFlowDraws(result, rate, by_line, base, then, present, phase_ends)


def _month_count(phase_ends: Mapping[str, Array]) -> int:
    """Return the number of months until the last phase ends; raise `NonFiniteResultError` where it is too large."""
    last = np.max(list(phase_ends.values()), axis=0)
    months = int(np.ceil(np.quantile(last, 0.999)))
    if months > MAX_MONTHS:
        raise NonFiniteResultError(
            f"the schedule lasts {months:,} months in one of a thousand draws; the maximum is {MAX_MONTHS}"
        )
    return max(1, int(np.ceil(last.max()))) if last.max() <= MAX_MONTHS else MAX_MONTHS


def cash_flow_of_draws(draws: CashFlowDraws, interval: Level = 0.95, *, months: int = 1) -> CashFlow:
    """Return the spending in periods of `months`, with central intervals."""
    result = draws.result
    has_mean = not result.why_no_mean()
    starts = range(0, draws.months, months)
    base_year, then_year = (_sum_periods(amounts, months) for amounts in (draws.base_year, draws.then_year))
    outlay = bands(base_year, interval, has_mean=has_mean)
    cumulative = bands(np.cumsum(base_year, axis=1), interval, has_mean=has_mean)
    escalated = bands(then_year, interval, has_mean=has_mean)
    lines = {
        line: _sum_periods(amounts, months).mean(axis=0)
        for line, amounts in draws.by_line.items()
        if has_mean and not result.why_no_mean(line)
    }
    return CashFlow(
        header=header_of(result.scenario, RunOptions(result.draws, result.seed, interval)),
        notes=tuple(mean_notes(result)),
        rate=draws.rate,
        total=_band(draws.base_year.sum(axis=1), interval, has_mean=has_mean),
        then_year=_band(draws.then_year.sum(axis=1), interval, has_mean=has_mean),
        present_value=_band(draws.present_value, interval, has_mean=has_mean),
        phases={phase: _band(ends, interval, has_mean=has_mean) for phase, ends in draws.phase_ends.items()},
        periods=tuple(
            Period(
                from_month=start,
                months=min(months, draws.months - start),
                outlay=outlay[place],
                cumulative=cumulative[place],
                then_year=escalated[place],
                lines={line: float(means[place]) for line, means in lines.items()},
            )
            for place, start in enumerate(starts)
        ),
    )


def _sum_periods(amounts: Array, months: int) -> Array:
    """Add up amounts by month (draws, months) to amounts by period."""
    starts = range(0, amounts.shape[1], months)
    return np.stack([amounts[:, start : start + months].sum(axis=1) for start in starts], axis=1)


def bands(amounts: Array, interval: Level = 0.95, *, has_mean: bool = True) -> tuple[Band, ...]:
    """Return the statistics of each column of (draws, columns)."""
    lower, upper = interval_bounds(interval)
    low, median, high = np.quantile(amounts, [lower, 0.5, upper], axis=0)
    mean = amounts.mean(axis=0)
    return tuple(
        Band(
            low=float(low[column]),
            median=float(median[column]),
            high=float(high[column]),
            mean=float(mean[column]) if has_mean else None,
        )
        for column in range(amounts.shape[1])
    )


def _band(values: Array, interval: Level, *, has_mean: bool) -> Band:
    lower, upper = interval_bounds(interval)
    low, median, high = np.quantile(values, [lower, 0.5, upper]).tolist()
    return Band(low, median, high, float(values.mean()) if has_mean else None)


def spending_phases(scenario: Scenario, line: str) -> list[str]:
    """Return the phases in which a line is spent: those that name it, or else all before (for serving lines, after) release."""
    phases = [phase for phase, lines in scenario.phases.items() if line in lines]
    if phases:
        return phases
    serving = [phase for phase in scenario.phases if phase == model.SERVING]
    building = [phase for phase in scenario.phases if phase != model.SERVING]
    declared = {**model.LINES, **declared_lines(formula.function for formula in scenario.graph.formulas.values())}
    is_after_release = line in declared and declared[line].stage == "service"
    return (serving if is_after_release else building) or list(scenario.phases)


def _weights(
    line: str, phases: list[str], phase_starts: Mapping[str, Array], phase_ends: Mapping[str, Array], months: int
) -> Array:
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
