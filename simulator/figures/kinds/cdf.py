"""The probability of staying within each amount, for several scenarios."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.analysis.budget import SCurve, s_curve
from simulator.analysis.compare import NamedScenario
from simulator.analysis.statistics import probability
from simulator.core.formatting import format_percent
from simulator.core.levels import Level
from simulator.figures.axes import add_legend, axis_range, drawable_targets, set_money_axis
from simulator.figures.comparisons import (
    FigureOfSeveral,
    conditions_of,
    dearest_and_cheapest,
    simulate_totals,
    unlike_parts,
    unlike_totals,
)
from simulator.figures.data import FigureRequest, TotalDraws, total_draws
from simulator.figures.phrases import join_texts, money_text, scope_text
from simulator.figures.registry import KindFunctions
from simulator.figures.style import ACCENT, LINES, canvas, line_colour
from simulator.figures.text import label, to_plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class NamedCurve(NamedScenario):
    """The cumulative distribution of the total of one of several scenarios.

    Attributes
    ----------
    name, title, scope : str
    curve : SCurve
        USD.
    within : float or None
        Probability of staying within the budget of the first scenario; None without one.

    """

    curve: SCurve
    within: float | None

    def amount_at(self, level: float) -> float:
        """Return the amount that is kept with a probability of whole percents."""
        return self.curve.amount[self.curve.probability.index(level)]


@dataclass(frozen=True, kw_only=True)
class CdfFigure(FigureOfSeveral):
    """The cumulative distributions of the totals of several scenarios; the header is that of the first.

    Attributes
    ----------
    budget : float or None
        Of the first scenario, USD.
    scenarios : tuple of NamedCurve
    own_chips, missing_costs, missed_targets
        As in `FigureOfSeveral`.

    """

    budget: float | None
    scenarios: tuple[NamedCurve, ...]


def cdf_table(request: FigureRequest) -> CdfFigure:
    """Simulate the scenarios with common random numbers."""
    results, names = simulate_totals(request)
    return cdf_of_draws([total_draws(result, request.interval) for result in results], names)


def cdf_of_draws(runs: Sequence[TotalDraws], names: Sequence[str], interval: Level = 0.95) -> CdfFigure:
    """Return the curves of draws; `interval` has no effect on them."""
    budget = runs[0].budget
    return CdfFigure(
        header=runs[0].header,
        budget=budget,
        scenarios=tuple(
            NamedCurve(
                name=name,
                title=run.header.title or "",
                scope=run.header.scope or "",
                curve=s_curve(run.draws),
                within=None if budget is None else probability(run.draws <= budget).value,
            )
            for name, run in zip(names, runs, strict=True)
        ),
        **unlike_totals(runs, names),
    )


def draw_cdf(table: CdfFigure, date: str) -> "Figure":
    """Draw the probability of staying within each amount, one line for each scenario, and the budget of the first."""
    figure, axes = canvas(
        table,
        cdf_finding(table),
        f"Probability that the total cost stays within an amount, {scope_text(table)}",
        date,
        height=3.4,
        remark=" ".join(
            [*conditions_of(table), "Each line ends at the P1 and the P99. The scenarios use common random numbers."]
        ),
    )
    amounts = [amount for row in table.scenarios for amount in row.curve.amount]
    for number, row in enumerate(table.scenarios):
        within = "" if row.within is None else f": {format_percent(row.within)} within the budget"
        axes.plot(row.curve.amount, [100 * share for share in row.curve.probability], color=line_colour(number),
                  linestyle=LINES[number], linewidth=2, label=label(row.name, 2.6, 1) + within)  # fmt: skip
    budget = [] if table.budget is None else drawable_targets(table.budget, amounts)
    for amount in budget:
        name = f"budget {money_text(table, amount, is_given=True)}"
        axes.axvline(amount, color=ACCENT, linewidth=1.4, linestyle="-.", label=name)
    axis_range([*amounts, *budget], pad=0.02).apply(axes.xaxis)
    axes.set_ylim(0, 100)
    axes.set_ylabel("probability of staying within, %")
    set_money_axis(axes.xaxis, table.header.currency)
    add_legend(axes, columns=2)
    return figure


def cdf_text(table: CdfFigure) -> str:
    """Describe the P50 and the P80 of each scenario."""
    texts = [
        f"{to_plain(row.name)}: P50 {money_text(table, row.amount_at(0.5))}, P80 {money_text(table, row.amount_at(0.8))}"
        for row in table.scenarios
    ]
    return f"Curves of the probability of staying within each amount. {join_texts(texts)}."


def cdf_finding(table: CdfFigure) -> str:
    """State the scenario that most often stays within the budget, or that with the lowest P80."""
    if table.budget is None:
        return dearest_and_cheapest(
            table,
            [(row.name, row.amount_at(0.8)) for row in table.scenarios],
            "at the P80",
        )
    best = max(table.scenarios, key=lambda row: row.within or 0.0)
    worst = min(table.scenarios, key=lambda row: row.within or 0.0)
    amount = money_text(table, table.budget, is_given=True)
    if format_percent(best.within) == format_percent(worst.within):
        return f"All scenarios stay within the budget of {amount} in {format_percent(best.within)} of the outcomes"
    return (
        f"{to_plain(best.name)[:40]} stays within the budget of {amount} in {format_percent(best.within)} of the outcomes, "
        f"{to_plain(worst.name)[:40]} in {format_percent(worst.within)}{unlike_parts(table)}"
    )


FUNCTIONS = KindFunctions(cdf_table, draw_cdf, cdf_text, cdf_finding)
