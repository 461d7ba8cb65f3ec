"""The page of `llmcost run`."""

from typing import TYPE_CHECKING

from simulator.cli.cells import describe_error, judge_budget, overrun_rows
from simulator.cli.command import Page

if TYPE_CHECKING:
    from simulator.cli.output import TextTable
    from simulator.engine.result import SimulationResult
    from simulator.io.baseline import BaselineComparison, Change
    from simulator.io.run_summary import QuantityStatistics, RunSummary
    from simulator.scenario import Scenario

LEVELS = (50, 80, 90, 95)
"""Levels of confidence of the table of amounts, percent."""


def run_page(scenario: "Scenario", summary: "RunSummary", result: "SimulationResult") -> Page:
    """Return the page of a run: headline, distribution, tables and notes."""
    tables = [_cost_table(scenario, summary), _plan_table(scenario, summary), *_outcome_table(scenario, summary)]
    if summary.risks is not None:
        from simulator.cli.risk_tables import risk_tables

        tables += risk_tables(summary.risks, summary.header, is_brief=True)
    if summary.baseline is not None:
        tables.append(_baseline_table(summary.baseline, summary.header.currency))
    return Page(tables, _notes(scenario, summary), summary.headline, lambda width: _picture(summary, result, width))


def _picture(summary: "RunSummary", result: "SimulationResult", width: int) -> list[str]:
    """Return the distribution of the total in a line, with P50, P80 and the budget."""
    from simulator.cli.sparkline import Distribution, Mark, distribution_lines
    from simulator.core.formatting import format_money
    from simulator.scenario import TOTAL

    total, currency, accumulator = summary.total, summary.header.currency, result.accumulators[TOTAL]
    if isinstance(accumulator, float):
        return []
    marks = [Mark("P50", total.median), Mark("P80", total.quantiles["80"])]
    if summary.budget is not None:
        marks.append(Mark("budget", summary.budget.amount))
    bounds = (total.low, total.high, format_money(total.low, currency), format_money(total.high, currency))
    return distribution_lines(Distribution(*bounds, accumulator.cdf, marks), width)


def _cost_table(scenario: "Scenario", summary: "RunSummary") -> "TextTable":
    from simulator.cli.output import Column, TextTable
    from simulator.core.formatting import to_words
    from simulator.scenario import TOTAL

    header = summary.header
    quantities = {name: summary.quantities[name] for name in scenario.lines}
    rows = [
        (to_words(name), *_cost_cells(quantity, header.currency, is_given=name in scenario.inputs))
        for name, quantity in quantities.items()
        if not _is_nothing(quantity)
    ]
    rows.append((f"={to_words(TOTAL)}", *_cost_cells(summary.total, header.currency, is_given=TOTAL in scenario.inputs)))
    name = header.interval_name
    columns = ("", ">median", f">{name}", Column(">mean", 2), Column(">share", 1), Column(f">{name}", 1))
    return TextTable(f"Cost in {scenario.money}", columns, rows)


def _is_nothing(quantity: "QuantityStatistics") -> bool:
    """Whether a line is zero in every draw; JSON and CSV have it."""
    from simulator.core.formatting import is_constant

    return quantity.median == 0 and not quantity.mean and is_constant(quantity)


def _cost_cells(quantity: "QuantityStatistics", currency: str, *, is_given: bool) -> tuple[str, str, str, str, str]:
    """Return median, interval, mean, mean share and interval of the share."""
    from simulator.core.formatting import format_median_and_interval, format_money, format_percent, is_constant

    median, interval = format_median_and_interval(quantity, quantity.unit, is_given=is_given, currency=currency)
    mean = median if is_constant(quantity) else format_money(quantity.mean, currency)
    share = quantity.share
    if share is None:
        return median, interval, mean, "", ""
    return median, interval, mean, format_percent(share.mean), f"{format_percent(share.low)} to {format_percent(share.high)}"


def _plan_table(scenario: "Scenario", summary: "RunSummary") -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import (
        add_currency,
        format_computed,
        format_exact_money,
        format_money,
        format_percent,
        format_signed_money,
        is_constant,
    )

    total, point, is_given, currency = (
        summary.total,
        summary.point_estimate,
        scenario.point is not None,
        summary.header.currency,
    )

    def format_amount(amount: float) -> str:
        return add_currency(format_computed(amount), currency) if is_constant(total) else format_money(amount, currency)

    basis = "as given" if is_given else "all priors at their medians"
    rows = [("point estimate", format_exact_money(point, currency) if is_given else format_amount(point), "", basis)]
    for level in LEVELS:
        amount = total.quantiles[str(level)]
        within = f"{level}% probability of staying within"
        rows.append((f"P{level}", format_amount(amount), format_signed_money(amount - point, currency), within))
    budget, styles = summary.budget, {}
    if budget is not None:
        verdict, styles[len(rows)] = judge_budget(budget.probability_within)
        within = f"{format_percent(budget.probability_within)} probability of staying within; {verdict}"
        over = format_signed_money(budget.over_point, currency)
        rows.append(("=budget", format_exact_money(budget.amount, currency), over, within))
        rows += [(name, amount, "", meaning) for name, amount, meaning in overrun_rows(budget, currency, budget.cvar_95)]
    return TextTable("What to plan", ("", ">amount", ">over the point", ""), rows, styles)


def _outcome_table(scenario: "Scenario", summary: "RunSummary") -> list["TextTable"]:
    from simulator.cli.output import TextTable
    from simulator.core.formatting import display_unit, format_median_and_interval
    from simulator.core.money import is_amount
    from simulator.scenario.labels import outcome_label

    rows, currency = [], summary.header.currency
    for name in scenario.outcomes:
        quantity = summary.quantities[name]
        cells = format_median_and_interval(quantity, quantity.unit, is_given=name in scenario.inputs, currency=currency)
        rows.append((outcome_label(scenario, name), *cells, "" if is_amount(quantity.unit) else display_unit(quantity.unit)[0]))
    return [TextTable("Outcomes", ("", ">median", f">{summary.header.interval_name}", "unit"), rows)] if rows else []


def _baseline_table(comparison: "BaselineComparison", currency: str) -> "TextTable":
    from simulator.cli.output import Column, TextTable
    from simulator.core.formatting import to_words
    from simulator.scenario import TOTAL

    rows = [
        (
            f"={to_words(name)}" if name == TOTAL else to_words(name),
            *_change_cells(each.median, currency),
            *_change_cells(each.p80, currency),
        )
        for name, each in comparison.quantities.items()
    ]
    changed_inputs = ", ".join(map(to_words, comparison.inputs_changed)) or "nothing"
    other_changes = f"; runs differ in {', '.join(comparison.run_differs_in)}" if comparison.run_differs_in else ""
    title = f"Since the baseline (inputs changed: {changed_inputs}{other_changes})"
    columns = ("", ">median", ">change", Column(">P80", 1), Column(">change", 1))
    return TextTable(title, columns, rows)


def _change_cells(change: "Change", currency: str) -> tuple[str, str]:
    from simulator.core.formatting import format_money, format_signed_money

    old, new = (format_money(amount, currency) for amount in (change.old, change.new))
    return f"{old} -> {new}", format_signed_money(change.change, currency)


def _notes(scenario: "Scenario", summary: "RunSummary") -> list[str]:
    from simulator.core.formatting import to_words

    notes = [scenario.about] if scenario.about else []
    if len(scenario.lines) > 1:
        notes.append("medians and interval bounds of lines do not add up to those of the total; means do")
    notes += [f"{adjustment.kind} {to_words(adjustment.name)}: {adjustment.about}" for adjustment in scenario.adjustments]
    assumptions = [
        f"{to_words(name)}{' (--set)' if entry.origin.startswith('--') else ''}"
        for name, entry in scenario.inputs.items()
        if entry.is_assumption
    ]
    if assumptions:
        notes.append(f"assumptions, with no source or graded D: {', '.join(sorted(assumptions))}")
    notes += [note.text for note in summary.notes if note.code != "no-mean"]
    for pair in summary.dependence:
        a, b = pair.between
        achieved = "" if pair.achieved is None else f", {pair.achieved:+.3f} in the draws"
        notes.append(f"{to_words(a)} and {to_words(b)}: rank correlation {pair.rank:+g}{achieved}")
    if summary.risks is not None:
        from simulator.cli.risk_tables import risk_note

        notes.append(risk_note(summary.risks))
    header = summary.header
    basis = f"{header.draws:,} draws, {summary.method}, seed {header.seed}"
    notes.append(f"{basis}; {describe_error(summary.total)}; llmcost {header.version}")
    return notes
