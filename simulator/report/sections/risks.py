"""The risk register: what each risk costs if it occurs, what it contributes to the P80, and how to mitigate it."""

from collections.abc import Callable, Iterable

from simulator.core.formatting import format_money, format_signed_money, interval_name, to_words
from simulator.core.results import values_of
from simulator.engine.summaries import Estimate
from simulator.io.risk_register import RegisterStatistics, RiskEntry, RiskRegister
from simulator.model.rental import WITH_IDLE_HOURS
from simulator.report.content import (
    Block,
    Cell,
    FigureBlock,
    Paragraph,
    Section,
    TableColumn,
    amount_cell,
    interval_cell,
    join_words,
    make_table,
    name_cell,
    share_cell,
    text_cell,
    to_sentence,
)
from simulator.report.study import Study


def risk_section(study: Study) -> Section:
    """Return the risk register of a scenario; without blocks if it has none."""
    register = study.run.risks
    if register is None:
        return Section("risks", "", ())
    table = RiskRegister(header=study.run.header, **values_of(register))
    figure = FigureBlock("risks", "risks", "The probability of each risk, and what it costs if it occurs.", table)
    return Section("risks", figure.finding, (figure, *_register_blocks(register, study)), "Risks", is_folded=False)


def _register_blocks(register: RegisterStatistics, study: Study) -> Iterable[Block]:
    currency, loss = study.run.header.currency, register.expected_loss
    cost = "" if loss is None else f" All risks together cost {format_money(loss.value, currency)} on average."
    yield Paragraph(
        f"What a risk adds to the P80 is the P80 of the total, less that of the same outcomes without this risk; such "
        f"contributions do not add up.{cost} ± is the Monte Carlo error."
    )
    rows = [
        (
            name_cell(risk.name),
            share_cell(risk.probability.value),
            *_impact_cells(risk),
            _estimate_cell(risk.expected_loss, format_money),
            _estimate_cell(risk.contribution, format_signed_money),
            text_cell(", ".join(map(to_words, risk.lines)) or "none"),
            text_cell(risk.grade),
        )
        for risk in register.risks
    ]
    columns = (
        TableColumn("risk", ("risk",)),
        TableColumn("probability", ("probability",), right=True),
        TableColumn("median impact", ("impact_median_usd",), right=True),
        TableColumn(interval_name(study.interval), ("impact_low_usd", "impact_high_usd"), right=True),
        TableColumn("expected loss", ("expected_loss_usd", "expected_loss_error_usd"), right=True),
        TableColumn("of the P80", ("contribution_p80_usd", "contribution_error_usd"), right=True),
        TableColumn("costs in", ("lines",)),
        TableColumn("grade", ("grade",)),
    )
    yield make_table("register", _caption(register, study), columns, rows)
    absorbed = [to_words(risk.name) for risk in register.risks if _is_absorbed(risk, study)]
    if absorbed:
        yield Paragraph(
            f"{to_sentence(join_words(absorbed)).removesuffix('.')}: in most outcomes in which it occurs, the hours of the "
            "work that is done again are paid for anyway, because the contract leaves them idle; the expected loss comes from "
            "the few outcomes in which they do not suffice."
        )
    texts = [(name_cell(risk.name), text_cell(risk.about), text_cell(risk.mitigation)) for risk in register.risks]
    text_columns = (
        TableColumn("risk", ("risk",)),
        TableColumn("what happens", ("about",)),
        TableColumn("mitigation", ("mitigation",)),
    )
    yield make_table("mitigation", "What happens, and what makes it less probable or less expensive", text_columns, texts)


def _is_absorbed(risk: RiskEntry, study: Study) -> bool:
    """Whether idle hours of a contract take the rework of a risk in most outcomes, so that it costs nothing there."""
    has_contract = study.scenario.choices.get("commitment") in WITH_IDLE_HOURS and "idle_cost" in study.scenario.lines
    costs_nothing = risk.impact is not None and risk.impact.median == 0
    return has_contract and costs_nothing and f"{risk.name}.rework_chip_hours" in study.scenario.plan.names


def _caption(register: RegisterStatistics, study: Study) -> str:
    return f"Risk register, from {register.register_draws:,} draws, in {study.scenario.money}"


def _estimate_cell(estimate: Estimate | None, format_amount: Callable[[float], str]) -> Cell:
    """Return a cell of a figure with its Monte Carlo error."""
    if estimate is None:
        return Cell("", (None, None))
    return Cell(f"{format_amount(estimate.value)} ±{format_money(estimate.error)}", tuple(estimate))


def _impact_cells(risk: RiskEntry) -> tuple[Cell, Cell]:
    if risk.impact is None:
        return Cell("", (None,)), Cell("in no draw", (None, None))
    return amount_cell(risk.impact.median), interval_cell(risk.impact.low, risk.impact.high)
