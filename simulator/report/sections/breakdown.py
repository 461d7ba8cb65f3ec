"""Where the money goes: the lines of the total, the steps to the P80 or the payments by month; and the outcomes."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from simulator.core.formatting import format_money, format_percent, interval_name, to_words
from simulator.report.content import (
    Block,
    Cell,
    FigureBlock,
    Paragraph,
    Section,
    TableBlock,
    TableColumn,
    TableRow,
    amount_cell,
    interval_cell,
    join_words,
    make_table,
    name_cell,
    quantity_cells,
    share_cell,
)
from simulator.report.study import Study
from simulator.scenario import TOTAL
from simulator.scenario.labels import outcome_label

if TYPE_CHECKING:
    from simulator.io.run_summary import QuantityStatistics

_ALL = 0.99
"""Share of the total from which payments are all of it."""
_PAID = 0.5
"""Share of the total from which payments tell where it goes: chips that are owned already are charged, but not paid for."""


def money_section(study: Study) -> Section:
    """Return where the money goes: the lines of the total, and the steps to the P80 or the payments by month."""
    if len(study.scenario.lines) == 1:
        heading = f"All of the cost is one line, {to_words(study.scenario.lines[0])}; what it buys"
        blocks = (*outcome_blocks(study), *(_payment_blocks(study) if pays_in_months(study) else ()))
        return Section("breakdown", heading, blocks, "Where the money goes", is_folded=False)
    figure = FigureBlock("breakdown", "breakdown", "The lines of the total, each with its interval.", study.run)
    return Section("breakdown", figure.finding, tuple(_money_blocks(study, figure)), "Where the money goes", is_folded=False)


def _money_blocks(study: Study, figure: FigureBlock) -> Iterable[Block]:
    yield figure
    yield _line_table(study)
    if pays_in_months(study):
        yield from _payment_blocks(study)
    else:
        yield bridge_block(study)


def _payment_blocks(study: Study) -> Iterable[Block]:
    yield cash_flow_block(study)
    yield from unpaid(study)


def pays_in_months(study: Study) -> bool:
    """Whether payments tell where the money goes: the scenario has a schedule, and its cost is what it pays."""
    if study.payments is None or study.scenario.has_derived_schedule:
        return False
    return study.payments.flow.total.median >= _PAID * study.total.median


def cash_flow_block(study: Study) -> FigureBlock:
    """Return the payments by month."""
    assert study.cashflow is not None
    return FigureBlock("cashflow", "cashflow", "Payments by month and category, and their sum.", study.cashflow)


def unpaid(study: Study) -> Iterable[Block]:
    """Say why payments are less than the cost, where they are."""
    if study.payments is not None and study.payments.flow.total.median < _ALL * study.total.median:
        paid = format_money(study.payments.flow.total.median, study.scenario.currency)
        causes = [
            cause
            for cause, applies in (
                ("chips that are owned already", study.scenario.choices.get("basis") == "owned"),
                ("equity of staff", _can_be_positive(study, "equity_cost", "staff_equity", "equity")),
                ("credits", _can_be_positive(study, "credits_used")),
            )
            if applies
        ]
        if causes:
            yield Paragraph(
                f"Payments of {paid} at the median are less than the cost: {join_words(causes)} cost, but nothing is paid for "
                "them in these months."
            )
        else:
            yield Paragraph(f"Payments of {paid} at the median are less than the cost, a part of which is not paid in money.")


def _can_be_positive(study: Study, *quantities: str) -> bool:
    """Whether a quantity of one of these names, or of an item of a group, is above zero in some outcomes."""
    return any(figures.high > 0 for name, figures in study.run.quantities.items() if name.rpartition(".")[2] in quantities)


def bridge_block(study: Study) -> FigureBlock:
    """Return the steps from the point estimate to the P80."""
    from simulator.figures.kinds.bridge import bridge_of

    return FigureBlock("bridge", "bridge", "The contingency of each line up to the P80.", bridge_of(study.budget))


def outcome_blocks(study: Study) -> Iterable[Block]:
    """Return the table of outcomes, if there are any."""
    outcomes = [_outcome(study, name) for name in study.scenario.outcomes]
    if outcomes:
        columns = (
            TableColumn("", ("quantity",)),
            TableColumn("median", ("median",), right=True),
            TableColumn(interval_name(study.interval), ("low", "high"), right=True),
            TableColumn("", ("unit",)),
        )
        yield make_table("outcomes", "Outcomes", columns, outcomes)


def _line_table(study: Study) -> TableBlock:
    interval = interval_name(study.interval)
    rows = []
    lines = sorted(study.scenario.lines, key=lambda line: -_mean_share(study.run.quantities[line]))
    for name in (*lines, TOTAL):
        quantity = study.run.quantities[name]
        share = quantity.share
        cells = (
            name_cell(name),
            amount_cell(quantity.median),
            interval_cell(quantity.low, quantity.high),
            amount_cell(quantity.mean),
            share_cell(share.mean if share else None),
            interval_cell(share.low, share.high, format_percent) if share else Cell("", (None, None)),
        )
        is_on_page = name == TOTAL or bool(quantity.low or quantity.high or quantity.mean)
        rows.append(TableRow(cells, strong=name == TOTAL, is_on_page=is_on_page))
    columns = (
        TableColumn("", ("line",)), TableColumn("median", ("median_usd",), right=True),
        TableColumn(interval, ("low_usd", "high_usd"), right=True), TableColumn("mean", ("mean_usd",), right=True),
        TableColumn("mean share", ("share",), right=True), TableColumn(interval, ("share_low", "share_high"), right=True),
    )  # fmt: skip
    caption = f"Cost in {study.scenario.money}; means add up, medians and interval bounds do not"
    return make_table("breakdown", caption, columns, rows)


def _mean_share(quantity: "QuantityStatistics") -> float:
    return 0.0 if quantity.share is None or quantity.share.mean is None else quantity.share.mean


def _outcome(study: Study, name: str) -> TableRow:
    """Return the row of an outcome; one that is known to be zero is in the files only."""
    quantity = study.run.quantities[name]
    cells = quantity_cells(quantity, quantity.unit, is_given=name in study.scenario.inputs)
    row = (Cell(outcome_label(study.scenario, name), (name,)), *cells, Cell("", (quantity.unit,)))
    return TableRow(row, is_on_page=bool(quantity.low or quantity.high or quantity.mean))
