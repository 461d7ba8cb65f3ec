"""The sheet of the risk register."""

from simulator.core.formatting import to_words
from simulator.core.results import Header
from simulator.core.units import DISPLAY_UNITS
from simulator.engine.summaries import Estimate
from simulator.io.risk_register import RegisterStatistics, RiskEntry
from simulator.report.workbook import charts
from simulator.report.workbook.book import RULE, Book
from simulator.report.workbook.headings import sentence
from simulator.report.workbook.kinds import AMOUNT, NUMBER, SHARE, TEXT, Value

_ABOUT = (
    "Expected loss: mean increase of the total. Of the P80: P80 of the total, less that of the same draws without the risk; "
    "these do not add up. Nothing here follows a change of an input."
)


def write_risks(book: Book, register: RegisterStatistics, header: Header, label: str = "") -> None:
    """Write the sheet of a risk register, from the largest risk."""
    title = f"Risks of {label or header.title}, {header.money}, from {register.register_draws:,} draws"
    sheet = book.sheet("Risks", title, _ABOUT)
    currency, band = header.currency, header.interval_name
    columns = (
        ("Risk", TEXT, 24), ("Probability", SHARE, 12), (f"Median impact ({currency})", AMOUNT, 15),
        (f"{band}, from", AMOUNT, 15), (f"{band}, to", AMOUNT, 15), (f"Expected loss ({currency})", AMOUNT, 15),
        ("Standard error", AMOUNT, 12),
        (f"Of the P80 ({currency})", AMOUNT, 15), ("Standard error", AMOUNT, 12), ("Median delay (days)", NUMBER, 12),
        ("Grade", TEXT, 8), ("What happens", TEXT, 50), ("Mitigation", TEXT, 60),
    )  # fmt: skip
    widths = [width for _, _, width in columns]
    sheet.widths(*widths)
    sheet.head(sheet.top, [heading for heading, _, _ in columns], [kind for _, kind, _ in columns], widths)
    first = sheet.top + 1
    rows = [_row(risk) for risk in register.risks]
    for number, row in enumerate(rows):
        for place, ((_, kind, _), value) in enumerate(zip(columns, row, strict=True)):
            sheet.value(first + number, place, value, kind, **({"indent": 1} if place and kind == TEXT else {}))
        sheet.fit_row(first + number, ((str(cell or ""), width) for cell, width in zip(row[-2:], widths[-2:], strict=True)))
    last = first + len(rows) - 1
    any_risk = (
        "Any risk",
        register.any_risk.value,
        None,
        None,
        None,
        *_estimate(register.expected_loss),
        *register.contribution,
    )
    for place, ((_, kind, _), value) in enumerate(zip(columns, any_risk, strict=False)):
        sheet.value(last + 1, place, value, kind, bold=True, top=1, top_color=RULE)
    sheet.keep_head(sheet.top, len(columns), last)
    if rows:
        has_loss = all(risk.expected_loss is not None for risk in register.risks)
        what, column = ("Expected loss", 5) if has_loss else ("Of the P80", 7)
        largest = max(abs(row[column] or 0) for row in rows)  # type: ignore[arg-type]
        chart = charts.bars(book, sheet, [charts.Series(what, first, last, 0, column)], f"{what} by risk", currency, largest)
        chart.set_size({"width": 760, "height": 140 + 36 * len(rows)})
        sheet.file.insert_chart(last + 4, 0, chart)


def _row(risk: RiskEntry) -> tuple[Value, ...]:
    impact = (None, None, None) if risk.impact is None else (risk.impact.median, risk.impact.low, risk.impact.high)
    delay = None if risk.delay is None else risk.delay.value * DISPLAY_UNITS["hour"][1]
    return (
        sentence(to_words(risk.name)), risk.probability.value, *impact, *_estimate(risk.expected_loss), *risk.contribution,
        delay, risk.grade, risk.about, risk.mitigation,
    )  # fmt: skip


def _estimate(estimate: Estimate | None) -> tuple[float | None, float | None]:
    return (None, None) if estimate is None else (estimate.value, estimate.error)
