"""Median, P80 and interval of the totals of many scenarios."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.analysis.compare import NamedScenario
from simulator.analysis.statistics import SummaryStatistics, summary_statistics
from simulator.core.formatting import format_money
from simulator.core.levels import Level
from simulator.core.results import values_of
from simulator.figures.axes import (
    annotate_rows,
    axis_range,
    draw_interval,
    rows_height,
    set_money_axis,
    set_rows_axis,
)
from simulator.figures.comparisons import (
    FigureOfSeveral,
    conditions_of,
    dearest_and_cheapest,
    simulate_totals,
    unlike_totals,
)
from simulator.figures.data import FigureRequest, TotalDraws, total_draws
from simulator.figures.phrases import interval_name, join_texts, money_text, range_text, scope_text
from simulator.figures.registry import KindFunctions
from simulator.figures.style import ACCENT, MAIN, canvas
from simulator.figures.text import to_plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class ScenarioInterval(SummaryStatistics, NamedScenario):
    """The total of one of several scenarios.

    Attributes
    ----------
    name, title, scope : str
    mean, sd, median, low, high, quantiles, mcse
        As in `SummaryStatistics`, USD.
    budget : float or None
        Of the scenario, USD.

    """

    budget: float | None


@dataclass(frozen=True, kw_only=True)
class IntervalsFigure(FigureOfSeveral):
    """The totals of several scenarios, the lowest median first; the header is that of the first one given.

    Attributes
    ----------
    scenarios : tuple of ScenarioInterval
    own_chips, missing_costs, missed_targets
        As in `FigureOfSeveral`.

    """

    scenarios: tuple[ScenarioInterval, ...]


def intervals_table(request: FigureRequest) -> IntervalsFigure:
    """Simulate the scenarios with common random numbers."""
    results, names = simulate_totals(request)
    return intervals_of_draws([total_draws(result, request.interval) for result in results], names, request.interval)


def intervals_of_draws(runs: Sequence[TotalDraws], names: Sequence[str], interval: Level = 0.95) -> IntervalsFigure:
    """Return the statistics of draws, the lowest median first."""
    rows = [
        ScenarioInterval(
            name=name,
            title=run.header.title or "",
            scope=run.header.scope or "",
            budget=run.budget,
            **values_of(summary_statistics(run.draws, interval)),
        )
        for name, run in zip(names, runs, strict=True)
    ]
    by_median = tuple(sorted(rows, key=lambda row: row.median))
    return IntervalsFigure(header=runs[0].header, scenarios=by_median, **unlike_totals(runs, names))


def draw_intervals(table: IntervalsFigure, date: str) -> "Figure":
    """Draw one row for each scenario: median, P80, interval and budget."""
    rows = table.scenarios
    scopes = {row.scope for row in rows}
    scope = scope_text(table) if len(scopes) == 1 else str(table.header.money)
    differ = "" if len(scopes) == 1 else f" The scopes differ: {'; '.join(f'{row.name}: {row.scope}' for row in rows)}."
    has_budget = any(row.budget is not None for row in rows)
    marks = " A bar across marks the budget of the scenario." if has_budget else ""
    figure, axes = canvas(
        table,
        intervals_finding(table),
        f"Total cost of {len(rows)} scenarios, {scope}",
        date,
        height=rows_height(len(rows)),
        remark=" ".join(
            [
                *conditions_of(table),
                f"Dot: median; square: P80; line: {interval_name(table)}.{marks} On the right: median and P80.{differ}",
            ]
        ),
    )
    values: list[float] = []
    for number, row in enumerate(rows):
        draw_interval(axes, number, row, colour=MAIN)
        axes.plot([row.p80], [number], marker="s", markersize=4, color=MAIN, markerfacecolor="white", linestyle="none",
                  clip_on=False, zorder=3)  # fmt: skip
        values += [row.low, row.high]
        if row.budget is not None and row.budget <= 3 * row.high:
            axes.plot([row.budget, row.budget], [number - 0.33, number + 0.33], color=ACCENT, linewidth=2)
            values.append(row.budget)
    set_rows_axis(axes, [to_plain(row.name) for row in rows])
    axis_range(values, log_ratio=20.0).apply(axes.xaxis)
    annotate_rows(axes, [f"{money_text(table, row.median)}, {money_text(table, row.p80)}" for row in rows])
    set_money_axis(axes.xaxis, f"{table.header.currency}: median, P80 and {interval_name(table)}", ticks=5)
    return figure


def intervals_text(table: IntervalsFigure) -> str:
    """Describe the median and interval of each scenario."""
    texts = [f"{to_plain(row.name)} {format_money(row.median)} ({range_text(row)})" for row in table.scenarios]
    return f"Median and {table.header.interval:g}% interval of the totals of scenarios: {join_texts(texts)}."


def intervals_finding(table: IntervalsFigure) -> str:
    """State the cheapest and the most expensive scenario at the median."""
    return dearest_and_cheapest(table, [(row.name, row.median) for row in table.scenarios])


FUNCTIONS = KindFunctions(intervals_table, draw_intervals, intervals_text, intervals_finding)
