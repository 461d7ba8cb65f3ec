"""The risk register: how probable each risk is, what it costs if it occurs, and what it adds to the P80."""

from typing import TYPE_CHECKING

from simulator.analysis.risks import risk_register
from simulator.core.errors import UnsupportedError
from simulator.core.formatting import format_percent
from simulator.figures.axes import (
    MAX_ROWS,
    annotate_rows,
    axis_range,
    draw_interval,
    omitted_rows_text,
    rows_height,
    set_money_axis,
    set_rows_axis,
)
from simulator.figures.categories import RISK
from simulator.figures.data import Z_95, FigureRequest, FigureUnavailableError
from simulator.figures.format import current_format
from simulator.figures.phrases import change_text, interval_name, join_texts, money_text, sentence, short_title, subtitle
from simulator.figures.registry import KindFunctions
from simulator.figures.style import INK, canvas
from simulator.figures.text import to_words
from simulator.io.risk_register import RiskRegister

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def risks_table(request: FigureRequest) -> RiskRegister:
    """Simulate the risk register of the scenario."""
    try:
        return risk_register(request.scenario, request.options())
    except UnsupportedError as error:
        raise FigureUnavailableError(str(error)) from None


def draw_risks(table: RiskRegister, date: str) -> "Figure":
    """Draw the probability of each risk, and the median and interval of its impact where it occurs."""
    risks = table.risks[:MAX_ROWS]
    figure, (left, right) = canvas(
        table,
        risks_finding(table),
        subtitle(table, "risk register"),
        date,
        height=rows_height(len(risks)) + 0.2,
        ncols=2,
        sharey=True,
        gridspec_kw={"width_ratios": [1, 1.7]},
        remark="Left: probability with its 95% Monte Carlo interval. Right: increase of the total in the outcomes in "
        "which a risk "
        f"occurs, {interval_name(table)}; beside it what the risk adds to the P80 of the total. Such contributions do "
        "not add up."
        f"{omitted_rows_text(table.risks, 'risks')}",
    )
    for number, risk in enumerate(risks):
        share, error = 100 * risk.probability.value, 100 * Z_95 * risk.probability.error
        left.barh([number], [share], height=0.62, color=RISK.colour, hatch=RISK.hatch, edgecolor=INK, linewidth=0.6,
                  xerr=[error], error_kw={"elinewidth": 1, "capsize": 2, "ecolor": INK})  # fmt: skip
        if risk.impact is not None:
            draw_interval(right, number, risk.impact, colour=RISK.colour, outline=True)
    left.set_xlabel("probability")
    left.xaxis.set_major_formatter(lambda value, _: f"{value:g}%")
    left.locator_params(axis="x", nbins=2 if current_format().is_narrow else 4)
    left.set_xlim(0, 1.1 * max(100 * (risk.probability.value + Z_95 * risk.probability.error) for risk in risks) or 1.0)
    impacts = [bound for risk in risks if risk.impact is not None for bound in (risk.impact.low, risk.impact.high)]
    if impacts:
        axis_range(impacts, pad=0.05, log_ratio=30.0).apply(right.xaxis)
    set_rows_axis(left, [to_words(risk.name) for risk in risks])
    right.grid(visible=False, axis="y")
    right.tick_params(labelleft=False)
    annotate_rows(right, [change_text(table, risk.contribution.value) for risk in risks])
    set_money_axis(right.xaxis, "", ticks=4)
    right.set_xlabel(f"{table.header.currency} if it occurs")
    return figure


def risks_text(table: RiskRegister) -> str:
    """Describe the probability and the impact of each risk."""
    texts = [
        f"{to_words(risk.name)} {format_percent(risk.probability.value)}"
        + ("" if risk.impact is None else f", {money_text(table, risk.impact.median)} if it occurs")
        for risk in table.risks
    ]
    return f"Risk register of {short_title(table)}, probability and median impact: {join_texts(texts)}."


def risks_finding(table: RiskRegister) -> str:
    """State the probability of any risk, what the register adds to the P80, and the risk that adds most."""
    any_risk = format_percent(table.any_risk.value)
    change = table.contribution.value
    text = f"A risk occurs in {any_risk} of the outcomes; the register {_adds(table, change)}"
    if len(table.risks) < 2:
        return text
    most = max(table.risks, key=lambda risk: risk.contribution.value)
    if most.contribution.value <= 0:
        return text
    return sentence(f"{text}, {to_words(most.name)} most ({money_text(table, most.contribution.value)})")


def _adds(table: RiskRegister, change: float) -> str:
    if change >= 0:
        return f"adds {money_text(table, change)} to the P80"
    return f"lowers the P80 by {money_text(table, -change)}"


FUNCTIONS = KindFunctions(risks_table, draw_risks, risks_text, risks_finding)
