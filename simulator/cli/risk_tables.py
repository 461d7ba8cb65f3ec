"""The tables of a risk register."""

from collections.abc import Callable

from simulator.cli.cells import format_band, format_probability
from simulator.cli.output import TextTable
from simulator.core.formatting import format_money, format_quantity, format_signed_money, to_words
from simulator.core.results import Header
from simulator.engine.summaries import Estimate
from simulator.io.risk_register import RegisterStatistics, RiskEntry


def risk_note(register: RegisterStatistics) -> str:
    """Return the note on the figures of a register."""
    return (
        f"risk register from {register.register_draws:,} draws; of the P80: P80 of the total, less that of the same draws "
        "without the risk; such contributions do not add up; +- is the Monte Carlo error"
    )


def risk_tables(register: RegisterStatistics, header: Header) -> list[TextTable]:
    """Return a table of the figures of each risk, and one of what happens and of its mitigation."""
    columns = ("", ">probability", ">impact", f">{header.interval_name}", ">expected loss", ">of the P80")
    rows = [
        (to_words(risk.name), format_probability(risk.probability), *_impact(risk), *_contribution(risk))
        for risk in register.risks
    ]
    rows.append(("=any risk", format_probability(register.any_risk), "", "", *_contribution(register)))
    texts = [
        (to_words(risk.name), risk.grade, _delay(risk), risk.about, risk.mitigation or "none stated") for risk in register.risks
    ]
    return [
        TextTable(f"Risk register in {header.money}; impact: median of the draws in which a risk occurs", columns, rows),
        TextTable("What happens, and mitigation", ("", "grade", ">median delay", "about", "mitigation"), texts),
    ]


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


def _delay(risk: RiskEntry) -> str:
    return "" if risk.delay is None or not risk.delay.value else format_quantity(risk.delay.value, "hour")
