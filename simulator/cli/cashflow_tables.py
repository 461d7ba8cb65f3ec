"""Tables of a cash flow."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulator.cli.cells import format_band, format_probability
from simulator.cli.command import Page
from simulator.cli.output import Column, TextTable
from simulator.core.formatting import (
    format_exact_money,
    format_money,
    format_percent,
    format_significant,
    interval_name,
    to_words,
    without_residue,
)

if TYPE_CHECKING:
    from simulator.analysis.cashflow import CashFlow, Period
    from simulator.core.levels import Level

LINES_PER_TABLE = 5
"""Columns of a table by line, which fits 80 characters."""
TITLES = {"cash": "Paid", "accrual": "Accrued"}
PHRASES = {"mean": "means of all simulated outcomes", "near-median": "means of the simulated outcomes near the median"}


def page(flow: "CashFlow", interval: "Level", period: str) -> Page:
    """Return the tables and notes of a cash flow."""
    name = interval_name(interval)
    shown, later = _split(flow)
    notes = [
        "medians and intervals are of each period separately, and do not add up; the amounts by period and line do: they are "
        f"{PHRASES[flow.representative]}",
        f"{_enough(flow)}: the P80 of the largest month of each outcome, whichever month that is",
        *_omissions(flow, later),
        *_budget_notes(flow, period),
        *(str(note) for note in flow.notes),
        f"{flow.header.draws:,} draws, seed {flow.header.seed}; Monte Carlo standard error of the median total: "
        f"{format_money(flow.total.error, flow.header.currency)}",
    ]
    tables = [
        _phase_table(flow, name),
        _period_table(flow, shown, name, period),
        *_by_line(flow, shown, later, period),
        _line_table(flow, name),
        *([_reconciliation(flow)] if flow.reconciliation else []),
        _total_table(flow, name, period),
    ]
    return Page(tables, notes, _headline(flow))


def _headline(flow: "CashFlow") -> str:
    """Return the total, and what is enough in every month."""
    header = flow.header
    what = "payments" if flow.view == "cash" else "costs as they accrue"
    total = format_money(flow.total.median, header.currency)
    left_out = -flow.reconciliation.get("noncash_cost", 0.0)
    amount = f"{format_money(left_out, header.currency)} ({_kind(flow)})"
    without = f", without {amount} of costs that are no payments" if left_out else ""
    return f"{header.title}: {what} of {total} in all (median){without}; {_enough(flow)}"


def _kind(flow: "CashFlow") -> str:
    """Return what representative amounts are, in a word."""
    return flow.representative.replace("-", " the ")


def _enough(flow: "CashFlow") -> str:
    """Return what is enough in every month with the probability of the P80."""
    return f"with a probability of 80% no month takes more than {format_money(flow.largest_month_p80, flow.header.currency)}"


def _budget_notes(flow: "CashFlow", period: str) -> list[str]:
    """Return what the column of the budget is, where the budget is one amount, and what it is compared with."""
    budget = flow.budget
    if budget is None:
        return []
    with_what = "payments (cash)" if flow.view == "cash" else "costs (accrual)"
    if flow.has_escalation:
        with_what += f" in {flow.header.money}, without escalation"
    if not budget.is_spread:
        return [f"budget: `budget_plan`, up to the end of each {period}; it is compared with {with_what}"]
    return [
        f"budget: {format_exact_money(budget.amount, flow.header.currency)} is one amount, so the column divides it in time "
        f"as the median of the {with_what} is; being within it at the end of every {period} is to be never ahead of that "
        "division, which is less probable than being within the budget in all; `budget_plan` states amounts by month"
    ]


def _omissions(flow: "CashFlow", later: Sequence["Period"]) -> list[str]:
    """Return what the tables leave out."""
    empty = [to_words(line.name) for line in flow.lines if not line.amount]
    notes = [f"lines without an amount, left out by period: {', '.join(empty)}"] if empty else []
    if later:
        notes.append(
            f"periods after {flow.periods[-len(later) - 1].label} have no amount within the interval; they are in the JSON"
        )
    return notes


def _split(flow: "CashFlow") -> tuple[Sequence["Period"], Sequence["Period"]]:
    """Return the periods up to the last with an amount within the interval, and those after it."""
    last = max((place for place, each in enumerate(flow.periods) if each.outlay.low or each.outlay.high), default=0)
    return flow.periods[: last + 1], flow.periods[last + 1 :]


def _phase_table(flow: "CashFlow", interval: str) -> TextTable:
    rows = []
    for phase, end in flow.phases.items():
        low, median = (format_significant(without_residue(each, end.high)) for each in (end.low, end.median))
        rows.append((to_words(phase), median, f"{low} to {format_significant(end.high)}"))
    return TextTable("End of each phase, in months", ("", ">median", f">{interval}"), rows)


def _period_table(flow: "CashFlow", shown: Sequence["Period"], interval: str, period: str) -> TextTable:
    rows, currency = [], flow.header.currency
    for place, each in enumerate(shown):
        cells = [each.label]
        for amounts in (each.outlay, each.cumulative):
            cells += [format_money(amounts.median, currency), format_band(amounts, currency)]
        if flow.budget is not None:
            of_budget = flow.budget.periods[place]
            cells += [format_money(of_budget.planned, currency), format_percent(of_budget.probability)]
        if flow.has_escalation:
            cells.append(format_money(each.then_year.median, currency))
        rows.append(tuple(cells))
    columns = (
        *("", ">amount", Column(f">{interval}", 3), Column(">so far", 2), Column(f">{interval}", 4)),
        *((Column(">budget", 2), ">within") if flow.budget is not None else ()),
        *((Column(">then-year", 1),) if flow.has_escalation else ()),
    )
    return TextTable(f"{TITLES[flow.view]} by {period}, in {flow.header.money}", columns, rows)


def _by_line(flow: "CashFlow", shown: Sequence["Period"], later: Sequence["Period"], period: str) -> list[TextTable]:
    """Return tables of the amounts of every line by period, with their sums."""
    names = [line.name for line in flow.lines if line.amount]
    totals = {line.name: line.amount for line in flow.lines}
    title = f"{TITLES[flow.view]} by {period} and line"
    tables, currency = [], flow.header.currency
    for first in range(0, len(names), LINES_PER_TABLE):
        part = names[first : first + LINES_PER_TABLE]
        is_last = first + LINES_PER_TABLE >= len(names)
        rows = [
            (
                each.label,
                *(format_money(each.lines[name], currency) for name in part),
                *([format_money(each.amount, currency)] if is_last else []),
            )
            for each in shown
        ]
        if later:
            sums = [sum(each.lines[name] for each in later) for name in part]
            sums += [sum(each.amount for each in later)] if is_last else []
            rows.append(("later", *(format_money(amount, currency) for amount in sums)))
        sums = [totals[name] for name in part] + ([sum(totals.values())] if is_last else [])
        rows.append(("=sum", *(format_money(amount, currency) for amount in sums)))
        columns = ("", *(f">{to_words(name)}" for name in part), *([">all lines"] if is_last else []))
        tables.append(TextTable(title, columns, rows))
    return tables


def _line_table(flow: "CashFlow", interval: str) -> TextTable:
    is_cash, currency = flow.view == "cash", flow.header.currency
    rows = [
        (
            to_words(line.name),
            format_money(line.total.median, currency),
            format_band(line.total, currency),
            *([line.description] if is_cash else []),
        )
        for line in flow.lines
        if line.total.high or line.total.low or line.amount
    ]
    return TextTable("Each line", ("", ">median", f">{interval}", *(["terms of payment"] if is_cash else [])), rows)


def _reconciliation(flow: "CashFlow") -> TextTable:
    names = {
        "total_cost": "total cost",
        "noncash_cost": "depreciation, return on capital, equity",
        "credits_used": "credits",
        "fleet_purchase": "purchase of hardware",
        "fleet_proceeds": "sale of hardware",
        "cash_cost": "=cash cost",
    }
    rows = [(names[name], format_money(amount, flow.header.currency)) for name, amount in flow.reconciliation.items()]
    return TextTable("From cost to cash", ("", f">{_kind(flow)}"), rows)


def _total_table(flow: "CashFlow", interval: str, period: str) -> TextTable:
    from simulator.analysis.statistics import Estimate

    bands = {"total": flow.total}
    if flow.has_escalation:
        bands["in then-year money"] = flow.then_year
    if flow.rate and flow.present_value is not None:
        bands[f"present value at {format_percent(flow.rate)}"] = flow.present_value
    bands["peak funding"] = flow.peak_funding
    bands["largest month"] = flow.largest_month
    currency = flow.header.currency
    rows = [(name, format_money(band.median, currency), format_band(band, currency)) for name, band in bands.items()]
    if flow.budget is not None:
        gap, last = flow.budget.gap, flow.budget.periods[-1]
        rows.append(("=budget", format_exact_money(flow.budget.amount, currency), ""))
        rows.append(("within the budget in all", format_probability(Estimate(last.probability, last.error)), ""))
        within = format_probability(Estimate(flow.budget.probability, flow.budget.error))
        rows.append((f"within it at the end of every {period}", within, ""))
        rows.append(("largest excess over the budget", format_money(gap.median, currency), format_band(gap, currency)))
    return TextTable("Totals", ("", ">median", f">{interval}"), rows)
