"""The tables of a risk register."""

import re
from collections.abc import Callable

from simulator.cli.cells import format_band, format_probability
from simulator.cli.output import TextTable
from simulator.core.formatting import format_money, format_quantity, format_signed_money, to_words
from simulator.core.results import Header
from simulator.engine.summaries import Estimate
from simulator.io.risk_register import RegisterStatistics, RiskEntry

RISK_LINE = "risk_cost"


def risk_note(register: RegisterStatistics) -> str:
    """Return the note on the figures of a register."""
    return (
        f"risk register from {register.register_draws:,} draws; of the P80: P80 of the total, less that of the same draws "
        "without the risk; such contributions do not add up; +- is the Monte Carlo error"
        f"{_outside_risk_line(register)}"
    )


def _outside_risk_line(register: RegisterStatistics) -> str:
    """Return which risks cost something in lines besides risk cost, for the note."""
    outside = [to_words(risk.name) for risk in register.risks if set(risk.lines) - {RISK_LINE}]
    if not outside:
        return ""
    return (
        f"; {', '.join(outside)}: lengthens the schedule, so its cost is in the lines that last longer (costs in), and not in "
        f"{to_words(RISK_LINE)} alone"
    )


def risk_tables(register: RegisterStatistics, header: Header, *, is_brief: bool = False) -> list[TextTable]:
    """Return a table of the figures of each risk, and one of what happens and of its mitigation.

    With `is_brief` the second one has the beginning of each mitigation alone: in full it fills a page of a terminal.
    """
    columns = ("", ">probability", ">impact", f">{header.interval_name}", ">expected loss", ">of the P80")
    rows = [
        (to_words(risk.name), format_probability(risk.probability), *_impact(risk), *_contribution(risk))
        for risk in register.risks
    ]
    rows.append(("=any risk", format_probability(register.any_risk), "", "", *_contribution(register)))
    title = f"Risk register in {header.money}; impact: median of the draws in which a risk occurs"
    if is_brief:
        return [TextTable(title, columns, rows), _brief_table(register)]
    texts = [
        (to_words(risk.name), risk.grade, _delay(risk), _lines(risk), risk.about, risk.mitigation or "none stated")
        for risk in register.risks
    ]
    return [
        TextTable(title, columns, rows),
        TextTable("What happens, and mitigation", ("", "grade", ">median delay", "costs in", "about", "mitigation"), texts),
    ]


def _brief_table(register: RegisterStatistics) -> TextTable:
    """Return a table of delays and of the beginning of each mitigation, with the lines where they are others than risk cost."""
    has_lines = bool(_outside_risk_line(register))
    rows = [
        (to_words(risk.name), risk.grade, _delay(risk), *([_lines(risk)] if has_lines else []), _beginning(risk.mitigation))
        for risk in register.risks
    ]
    columns = ("", "grade", ">median delay", *(["costs in"] if has_lines else []), "mitigation")
    return TextTable("Mitigation, in short; `llmcost risks` has what happens and all of it", columns, rows)


def _beginning(mitigation: str) -> str:
    """Return a mitigation up to its first colon or semicolon; the grade says that it is an assumption."""
    text = mitigation.removeprefix("Assumption: ")
    beginning = re.split("[:;]", text, maxsplit=1)[0].strip()
    return beginning[:1].upper() + beginning[1:] or "none stated"


def _impact(risk: RiskEntry) -> tuple[str, str]:
    if risk.impact is None:
        return "", "in no draw"
    return format_money(risk.impact.median), format_band(risk.impact)


def _contribution(figures: RiskEntry | RegisterStatistics) -> tuple[str, str]:
    """Return the cells of the expected loss and of the contribution."""
    return _amount(figures.expected_loss, format_money), _amount(figures.contribution, format_signed_money)


def _amount(estimate: Estimate | None, format_amount: Callable[[float | None], str]) -> str:
    if estimate is None:
        return format_money(None)
    return f"{format_amount(estimate.value)} +-{format_money(estimate.error)}"


def _lines(risk: RiskEntry) -> str:
    return ", ".join(map(to_words, risk.lines)) or "no line: it costs nothing"


def _delay(risk: RiskEntry) -> str:
    return "" if risk.delay is None or not risk.delay.value else format_quantity(risk.delay.value, "hour")
