"""`llmcost budget`: contingency by confidence, its allocation to lines, and what would cause an overrun."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from simulator.cli.cells import describe_error, format_band, format_probability, judge_budget, overrun_rows, text_bar
from simulator.cli.command import Answer, Page, outputs
from simulator.cli.gate import check_gate, gate_option, gate_outcome
from simulator.cli.options import Confidence, open_with_warnings, override_options, run_options, warn

if TYPE_CHECKING:
    from simulator.analysis.budget import BudgetPlan
    from simulator.analysis.spread import TotalSpread
    from simulator.analysis.statistics import SummaryStatistics
    from simulator.cli.output import TextTable
    from simulator.core.levels import Level
    from simulator.engine.options import RunOptions
    from simulator.scenario import Overrides, Scenario

CURVE_STEPS = 12


@click.command(short_help="Plan a budget: contingency by confidence, and its allocation.")
@click.argument("reference", metavar="SCENARIO")
@click.option(
    "--confidence", "levels", type=Confidence(), multiple=True, metavar="LEVEL",
    help="Report this level as well as 50%, 70%, 80% and 90%.",
)  # fmt: skip
@gate_option
@click.option("--top", type=click.IntRange(1), default=8, show_default=True, help="Number of inputs in the table.")
@override_options
@outputs()
@run_options
def command(
    reference: str,
    levels: tuple[float, ...],
    fail_above: float | None,
    top: int,
    overrides: "Overrides",
    options: "RunOptions",
) -> Answer:
    """Contingency of SCENARIO by confidence, its allocation to the lines, its tail, and what causes an overrun."""
    opened = open_with_warnings(reference, overrides)
    scenario = opened.scenario
    check_gate(scenario, fail_above, options.draws)

    from simulator.analysis.budget import plan_budget
    from simulator.engine.support import FEW_DRAWS_BEYOND

    plan = plan_budget(scenario, options, levels=levels)
    warn(note.text for note in plan.notes if note.code == FEW_DRAWS_BEYOND)
    exit_code, messages = _gate(plan, fail_above)
    return Answer(plan, lambda: _page(scenario, plan, options.interval, top), exit_code, messages, opened=[opened])


def _gate(plan: "BudgetPlan", fail_above: float | None) -> tuple[int, tuple[str, ...]]:
    """Return the exit code and the message of a budget that is exceeded with a higher probability than allowed."""
    from simulator.core.formatting import format_exact_money, is_constant

    if plan.budget is None:
        return 0, ()
    overrun = f"the probability of exceeding {format_exact_money(plan.budget.amount, plan.header.currency)}"
    known = is_constant(plan.total)
    return gate_outcome(fail_above, plan.budget.probability_of_overrun, plan.header.draws or 1, overrun, is_known=known)


def _page(scenario: "Scenario", plan: "BudgetPlan", interval: "Level", top: int) -> Page:
    tables = [
        _plan_table(plan),
        _curve_table(plan),
        *_allocation_tables(plan),
        _tail_table(plan),
        _spread_table(plan, interval),
    ]
    if plan.overrun.inputs:
        tables.append(_driver_table(scenario, plan, top))
    return Page(tables, list(_notes(scenario, plan)), _headline(plan), lambda width: _picture(plan, width))


def _headline(plan: "BudgetPlan") -> str:
    """Return the amount to plan at 80%, and what the budget achieves if there is one."""
    from simulator.core.formatting import format_exact_money, format_money, format_percent

    header = plan.header
    amount = format_money(plan.total.p80, header.currency)
    text = f"{header.title}, {header.scope}: {amount} suffices with a probability of 80%"
    if plan.budget is not None:
        budget = format_exact_money(plan.budget.amount, header.currency)
        text += f", the budget of {budget} with {format_percent(plan.budget.within.value)}"
    return text


def _picture(plan: "BudgetPlan", width: int) -> list[str]:
    """Return the distribution of the total in a line, with P50, P80 and the budget."""
    import numpy as np

    from simulator.cli.sparkline import Distribution, Mark, distribution_lines
    from simulator.core.formatting import format_money

    total, currency, curve = plan.total, plan.header.currency, plan.s_curve

    def cdf(amount: float) -> float:
        return float(np.interp(amount, curve.amount, curve.probability))

    marks = [Mark("P50", total.median), Mark("P80", total.p80)]
    if plan.budget is not None:
        marks.append(Mark("budget", plan.budget.amount))
    bounds = (total.low, total.high, format_money(total.low, currency), format_money(total.high, currency))
    return distribution_lines(Distribution(*bounds, cdf, marks), width)


def _notes(scenario: "Scenario", plan: "BudgetPlan") -> Iterator[str]:
    yield (
        "amounts of lines are their means in draws whose total is at that level, so they add up; the percentiles "
        "of lines do not add up"
    )
    from simulator.engine.support import FEW_DRAWS_BEYOND

    negative = [row for row in plan.contingency if row.negative]
    if negative:
        levels = ", ".join(f"P{row.level:.10g}" for row in negative)
        yield f"negative contingency at {levels}: the point estimate is higher, and more likely to suffice"
    if not any(row.dependence == "independent-priors" for row in plan.dependence):
        yield "no priors are correlated with each other; lines still vary together, as they share inputs"
    if any(note.code == "team-correlation" for note in scenario.notes):
        yield "the correlation within a team is kept (`--set team_correlation=0` removes it)"
    if plan.risks is None:
        yield "no risk register: these figures include only what the priors cover"
    yield from (str(note) for note in plan.notes if note.code != FEW_DRAWS_BEYOND)
    yield f"{plan.header.draws:,} draws, seed {plan.header.seed}; {describe_error(plan.total)}"


def _is_far(plan: "BudgetPlan", level: float) -> bool:
    """Whether a level, in percent, has so few draws beyond it that the plan has a note on it."""
    from simulator.engine.support import FEW_DRAWS_BEYOND

    return any(note.code == FEW_DRAWS_BEYOND and note.text.startswith(f"P{level:.10g}:") for note in plan.notes)


def _plan_table(plan: "BudgetPlan") -> "TextTable":
    from simulator.cli.output import Column, TextTable
    from simulator.core.formatting import (
        format_exact_money,
        format_money,
        format_percent,
        format_signed_money,
        format_significant,
    )

    point, budget, currency = plan.point_estimate, plan.budget, plan.header.currency
    source = "as given" if point.is_given else "all priors at their medians"
    remark = f"P{format_significant(point.percentile)} +-{format_significant(point.mcse, 1)}; {source}"
    amount = (format_exact_money if point.is_given else format_money)(point.amount, currency)
    rows = [("point estimate", amount, "", "", remark)]
    for row in plan.contingency:
        share = row.share_of_point
        share_text = "" if share is None else f"{'-' if row.negative else '+'}{format_percent(abs(share))}"
        remark = "negative: below the point" if row.negative else ""
        if _is_far(plan, row.level):
            remark = "hardly any draw lies beyond"
        amounts = format_money(row.amount, currency), format_signed_money(row.contingency, currency)
        rows.append((f"P{row.level:.10g}", *amounts, share_text, remark))
    styles = {}
    if budget is not None:
        verdict, styles[len(rows)] = judge_budget(budget.within.value)
        within = f"{format_probability(budget.within)} probability of staying within; {verdict}"
        amounts = format_exact_money(budget.amount, currency), format_signed_money(budget.over_point, currency)
        rows.append(("=budget", *amounts, "", within))
        rows += [(name, amount, "", "", meaning) for name, amount, meaning in overrun_rows(budget, currency)]
    title = f"Contingency in {plan.header.money}"
    return TextTable(title, ("", ">amount", ">contingency", Column(">of the point", 1), ""), rows, styles)


def _curve_table(plan: "BudgetPlan") -> "TextTable":
    """Return the S-curve at even steps of money, with budget, point estimate, mean and contingency levels."""
    import numpy as np

    from simulator.cli.output import Column, TextTable
    from simulator.core.formatting import format_exact_money, format_money

    exact_names = {"budget", "point estimate"} if plan.point_estimate.is_given else {"budget"}
    amounts, probabilities = plan.s_curve.amount, plan.s_curve.probability
    marks = {plan.point_estimate.amount: "point estimate"}
    if plan.total.mean is not None:
        marks[plan.total.mean] = "mean"
    marks |= {row.amount: f"P{row.level:.10g}" for row in plan.contingency}
    if plan.budget is not None:
        marks[plan.budget.amount] = "budget"
    steps = dict.fromkeys(np.linspace(amounts[0], amounts[-3], CURVE_STEPS).tolist(), "")
    rows = []
    for amount, name in sorted({**steps, **marks}.items()):
        share = float(np.interp(amount, amounts, probabilities, left=0.0, right=1.0))
        share_text = {0: "<1%", 100: ">99%"}.get(round(100 * share), f"{100 * share:.0f}%")
        text = (format_exact_money if name in exact_names else format_money)(amount, plan.header.currency)
        rows.append((text, share_text, text_bar(share), name))
    columns = (">amount", ">probability", Column("", 1), "")
    return TextTable("Probability of staying within an amount", columns, rows)


def _allocation_tables(plan: "BudgetPlan") -> list["TextTable"]:
    """Return the allocation of amount and contingency to lines at each level."""
    from simulator.cli.output import Column, TextTable
    from simulator.core.formatting import format_money, format_signed_money, to_words

    currency = plan.header.currency
    columns = [_level_column(each.level) for each in plan.allocation]
    by_line = [
        line
        for line in zip(*(each.lines for each in plan.allocation), strict=True)
        if any(cell.amount or cell.point for cell in line)
    ]
    amounts = [
        (to_words(line[0].name), *(format_money(each, currency) for each in (line[0].point, *(cell.amount for cell in line))))
        for line in by_line
    ]
    contingencies = [
        (to_words(line[0].name), *(format_signed_money(cell.contingency, currency) for cell in line)) for line in by_line
    ]
    sums = [sum(line.point for line in plan.allocation[0].lines)]
    sums += [sum(line.amount for line in each.lines) for each in plan.allocation]
    amounts.append(("=total", *(format_money(each, currency) for each in sums)))
    rises = [sum(line.contingency for line in each.lines) for each in plan.allocation]
    contingencies.append(("=total", *(format_signed_money(each, currency) for each in rises)))
    return [TextTable("Allocation of the amount to lines", ("", Column(">point", 1), *columns), amounts),
            TextTable("Allocation of the contingency to lines", ("", *columns), contingencies)]  # fmt: skip


def _level_column(level: float) -> str:
    """Return the header of a level; those of budgets, P50 and P80, are the last that a narrow terminal leaves out."""
    from simulator.cli.output import Column

    header = f">P{level:.10g}"
    return header if level in (50, 80) else Column(header, 2)


def _tail_table(plan: "BudgetPlan") -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_money

    tail, currency = plan.tail, plan.header.currency
    level, exceedance = f"{tail.level:.10g}", f"{100 - tail.level:.10g}%"
    rows = [
        (f"value at risk {level}%", format_money(tail.var, currency), f"exceeded with a probability of {exceedance}"),
        (f"CVaR{level} of the total", format_money(tail.cvar, currency), f"mean of the total in its worst {exceedance}"),
    ]
    return TextTable("The tail", ("", ">amount", ""), rows)


def _spread_table(plan: "BudgetPlan", interval: "Level") -> "TextTable":
    from simulator.cli.output import Column, TextTable
    from simulator.core.formatting import interval_name

    currency = plan.header.currency
    rows = [_spread_row(row.name, row, currency) for row in plan.dependence]
    if plan.risks is not None:
        rows.append(_spread_row("without the risk register", plan.risks.without, currency))
    columns = ("", Column(">standard deviation", 2), ">median", f">{interval_name(interval)}", Column(">P80", 1))
    return TextTable("Effect of dependence and risks on the spread", columns, rows)


def _spread_row(name: str, total: "TotalSpread | SummaryStatistics", currency: str) -> tuple[str, ...]:
    from simulator.core.formatting import format_money

    sd, median, p80 = (format_money(each, currency) for each in (total.sd, total.median, total.p80))
    return name, sd, median, format_band(total, currency), p80


def _driver_table(scenario: "Scenario", plan: "BudgetPlan", top: int) -> "TextTable":
    from simulator.cli.output import Column, TextTable
    from simulator.core.formatting import format_exact_money, format_money, format_percent, format_quantity, to_words

    overrun, currency = plan.overrun, plan.header.currency
    rows = []
    for row in overrun.inputs[:top]:
        unit = scenario.unit(row.name)
        unit = "" if unit == "1" else unit
        medians = [
            format_percent(each) if row.is_event else format_quantity(each, unit) for each in (row.median_then, row.median)
        ]
        rows.append((to_words(row.name), f"{100 * row.mean_rank:.0f}", *medians))
    amount = (format_exact_money if plan.budget is not None else format_money)(overrun.above, currency)
    share = format_percent(overrun.draws / (plan.header.draws or 1))
    columns = ("", Column(">mean percentile there", 1), ">median there", ">median in all")
    title = f"Inputs in the {share} of simulated outcomes above the {overrun.of} of {amount}, most unusual first"
    return TextTable(title, columns, rows)
