"""The lines of the total, and the outcomes."""

from collections.abc import Iterable

from simulator.core.formatting import format_percent, interval_name
from simulator.report.content import (
    Block,
    Cell,
    FigureBlock,
    Paragraph,
    TableBlock,
    TableColumn,
    TableRow,
    amount_cell,
    interval_cell,
    make_table,
    name_cell,
    quantity_cells,
    share_cell,
)
from simulator.report.study import Study
from simulator.scenario import TOTAL


def breakdown_blocks(study: Study) -> Iterable[Block]:
    """Return the lines of the total and the outcomes."""
    yield FigureBlock("breakdown", "breakdown", "The lines of the total, each with its interval.", study.run)
    yield _line_table(study)
    if len(study.scenario.lines) > 1:
        yield Paragraph("Medians and interval bounds of lines do not add up to those of the total; means do.")
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
    for name in (*study.scenario.lines, TOTAL):
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
        rows.append(TableRow(cells, strong=name == TOTAL))
    columns = (
        TableColumn("", ("line",)), TableColumn("median", ("median_usd",), right=True),
        TableColumn(interval, ("low_usd", "high_usd"), right=True), TableColumn("mean", ("mean_usd",), right=True),
        TableColumn("mean share", ("share",), right=True), TableColumn(interval, ("share_low", "share_high"), right=True),
    )  # fmt: skip
    return make_table("breakdown", f"Cost in {study.scenario.money}", columns, rows)


def _outcome(study: Study, name: str) -> tuple[Cell, ...]:
    quantity = study.run.quantities[name]
    cells = quantity_cells(quantity, quantity.unit, is_given=name in study.scenario.inputs)
    return name_cell(name), *cells, Cell("", (quantity.unit,))
