"""The sheet of the cash flow: payments by month and line, their sums as formulas, and a chart."""

import math

from simulator.analysis.cashflow import CashFlow
from simulator.core.formatting import to_words
from simulator.report.workbook import charts
from simulator.report.workbook.book import RULE, Book, Sheet
from simulator.report.workbook.headings import sentence
from simulator.report.workbook.kinds import AMOUNT, AMOUNT_FORMAT, SHARE_FORMAT, TEXT

PHRASES = {"mean": "means over the draws", "near-median": "means over the draws whose total is near the median"}
_TITLES = {"cash": "Cash flow", "accrual": "Accrued cost"}
_MOST_SERIES = 9


def write_cash_flow(book: Book, flow: CashFlow, label: str = "") -> None:
    """Write the sheet of a cash flow."""
    title = f"{_TITLES[flow.view]} of {label or flow.header.title}, {flow.header.money}"
    basis = (
        f"Amounts of lines: {PHRASES[flow.representative]}; they add up. Medians and intervals are of each period alone, and "
        f"do not. {flow.header.draws:,} draws; nothing here follows a change of an input."
    )
    sheet = book.sheet("Cash flow" if flow.view == "cash" else "Accrual", title, basis)
    names = [line.name for line in flow.lines if line.amount]
    length = {1: "Month", 3: "Quarter", 12: "Year"}.get(flow.periods[0].months if flow.periods else 1, "Period")
    headings = [length, *(sentence(to_words(name)) for name in names), "All lines", "So far", *_bands(flow)]
    widths = [14.0] * len(headings)
    sheet.widths(*widths)
    sheet.head(sheet.top, headings, [TEXT, *[AMOUNT] * (len(headings) - 1)], widths)
    first, last = sheet.top + 1, sheet.top + len(flow.periods)
    for row in range(first, last + 1):
        _write_period(sheet, row, flow, row - first, names)
    _write_sums(sheet, last + 1, first, [flow_of(flow, name) for name in names])
    sheet.keep_head(sheet.top, len(headings), last)
    _draw(book, sheet, flow, names, first, last)
    _write_reconciliation(sheet, flow, last + 26)


def _bands(flow: CashFlow) -> list[str]:
    band = flow.header.interval_name
    headings = [
        "Median of the period",
        f"{band}, from",
        f"{band}, to",
        "Median so far",
        f"So far, {band}, from",
        f"So far, {band}, to",
    ]
    if flow.budget is not None:
        headings += ["Budget so far", "Probability of being within"]
    if flow.has_escalation:
        headings.append("Median in then-year money")
    return headings


def _write_period(sheet: Sheet, row: int, flow: CashFlow, place: int, names: list[str]) -> None:
    period = flow.periods[place]
    sheet.text(row, 0, period.label)
    for column, name in enumerate(names, start=1):
        sheet.number(row, column, period.lines[name], AMOUNT_FORMAT)
    total = len(names) + 1
    amount = sum(period.lines[name] for name in names)
    so_far = sum(sum(each.lines[name] for name in names) for each in flow.periods[: place + 1])
    sheet.formula(row, total, f"=SUM({sheet.cell(row, 1)}:{sheet.cell(row, total - 1)})", amount, AMOUNT_FORMAT, bold=True)
    before = f"{sheet.cell(row - 1, total + 1)}+" if place else ""
    sheet.formula(row, total + 1, f"={before}{sheet.cell(row, total)}", so_far, AMOUNT_FORMAT)
    outlay, cumulative = period.outlay, period.cumulative
    figures = [outlay.median, outlay.low, outlay.high, cumulative.median, cumulative.low, cumulative.high]
    for column, value in enumerate(figures, start=total + 2):
        sheet.number(row, column, value, AMOUNT_FORMAT)
    column = total + 2 + len(figures)
    if flow.budget is not None:
        planned = flow.budget.periods[place]
        sheet.number(row, column, planned.planned, AMOUNT_FORMAT)
        sheet.number(row, column + 1, planned.probability, SHARE_FORMAT)
        column += 2
    if flow.has_escalation:
        sheet.number(row, column, period.then_year.median, AMOUNT_FORMAT)


def flow_of(flow: CashFlow, name: str) -> float:
    """Return the amount of a line over all periods."""
    return math.fsum(period.lines[name] for period in flow.periods)


def _write_sums(sheet: Sheet, row: int, first: int, sums: list[float]) -> None:
    strong = {"bold": True, "top": 1, "top_color": RULE}
    sheet.text(row, 0, "Sum", **strong)
    for column, amount in enumerate([*sums, math.fsum(sums)], start=1):
        cells = f"{sheet.cell(first, column)}:{sheet.cell(row - 1, column)}"
        sheet.formula(row, column, f"=SUM({cells})", amount, AMOUNT_FORMAT, **strong)


def _draw(book: Book, sheet: Sheet, flow: CashFlow, names: list[str], first: int, last: int) -> None:
    if not names or len(flow.periods) < 2:
        return
    series = [
        charts.Series(sentence(to_words(name)), first, last, 0, column) for column, name in enumerate(names[:_MOST_SERIES], 1)
    ]
    so_far = charts.Series("So far (right axis)", first, last, 0, len(names) + 2)
    largest = max(period.amount for period in flow.periods)
    what = "Paid" if flow.view == "cash" else "Accrued"
    title = f"{what} by period and line"
    if len(names) > _MOST_SERIES:
        title += f", the first {_MOST_SERIES} of {len(names)} lines"
    currency = flow.header.currency
    chart = charts.columns(book, sheet, series, title, f"{currency} by period", largest, so_far, f"{currency} so far")
    chart.set_size({"width": 980, "height": 400})
    sheet.file.insert_chart(last + 3, 0, chart)


def _write_reconciliation(sheet: Sheet, flow: CashFlow, row: int) -> None:
    if not flow.reconciliation:
        return
    sheet.text(row, 0, f"From cost to cash, {PHRASES[flow.representative]}", bold=True)
    for place, (name, amount) in enumerate(flow.reconciliation.items(), start=row + 1):
        strong = {"bold": True} if name == "cash_cost" else {}
        sheet.text(place, 0, sentence(to_words(name)), **strong)
        sheet.number(place, 2, amount, AMOUNT_FORMAT, **strong)
