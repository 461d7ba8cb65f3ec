"""The distribution of the total cost, and the amounts to plan for."""

import math
from collections.abc import Iterable

from simulator.core.formatting import format_money
from simulator.io.summary import headline, mean_notes
from simulator.report.content import (
    Block,
    FigureBlock,
    Paragraph,
    TableBlock,
    TableColumn,
    TableRow,
    amount_cell,
    change_cell,
    exact_amount_cell,
    make_table,
    name_cell,
    point_cell,
    share_cell,
    spell_amount,
    text_cell,
    to_sentence,
)
from simulator.report.study import Study
from simulator.scenario import TOTAL


def budget_blocks(study: Study) -> Iterable[Block]:
    """Return the distribution of the total, the amounts to plan for, and cost over time."""
    yield Paragraph(f"{headline(study.result, study.interval)}.")
    yield FigureBlock("s-curve", "s-curve", "The probability of staying within each amount.", study.budget)
    yield plan_table(study)
    from simulator.figures.kinds.histogram import histogram_of

    yield FigureBlock("histogram", "histogram", "The distribution of the total.", histogram_of(study.result, study.interval))
    yield _allocation_table(study)
    tail, currency = study.budget.tail, study.scenario.currency
    mean = (
        "" if tail.cvar is None else f"; its mean in those cases (CVaR{tail.level:.10g}) is {spell_amount(tail.cvar, currency)}"
    )
    yield Paragraph(
        f"In the worst {100 - tail.level:.10g} of 100 cases the total exceeds {spell_amount(tail.var, currency)}{mean}."
    )
    for note in mean_notes(study.result):
        yield Paragraph(to_sentence(note.text))
    if study.joint is not None:
        yield FigureBlock("joint", "joint", "Cost and time together, with the frontier of equal confidence.", study.joint)
    if study.cashflow is not None:
        yield FigureBlock("cashflow", "cashflow", "Payments by month and line, and their sum.", study.cashflow)


def plan_table(study: Study) -> TableBlock:
    """Return a table of amounts by the probability of staying within them, with the contingency of each."""
    point, budget = study.budget.point_estimate, study.budget.budget
    basis = "as specified" if point.is_given else "every prior at its median"
    rows = [
        (
            text_cell("point estimate"),
            point_cell(point),
            share_cell(point.percentile / 100),
            change_cell(0.0),
            share_cell(0.0),
            text_cell(basis),
        )
    ]
    rows += [
        (
            text_cell(f"P{row.level:.10g}"),
            amount_cell(row.amount),
            share_cell(row.level / 100),
            change_cell(row.contingency),
            share_cell(row.share_of_point),
            text_cell("below the point estimate" if row.negative else ""),
        )
        for row in study.budget.contingency
    ]
    table_rows = [TableRow(row) for row in rows]
    if budget is not None:
        overrun = f"expected overrun {format_money(budget.expected_overrun)}"
        if budget.expected_overrun_given_overrun is not None:
            overrun += f"; {format_money(budget.expected_overrun_given_overrun)} given an overrun"
        cells = (
            text_cell("budget"),
            exact_amount_cell(budget.amount),
            share_cell(budget.probability_within),
            change_cell(budget.over_point),
            share_cell(budget.over_point / point.amount if point.amount else None),
            text_cell(overrun),
        )
        table_rows.append(TableRow(cells, strong=True))
    columns = (
        TableColumn("", ("level",)),
        TableColumn(study.scenario.currency, ("amount_usd",), right=True),
        TableColumn("probability of staying within", ("probability",), right=True),
        TableColumn("contingency", ("contingency_usd",), right=True),
        TableColumn("share of the point estimate", ("share_of_point",), right=True),
        TableColumn("", ("remark",)),
    )
    return make_table("plan", f"What to plan, in {study.scenario.money}", columns, table_rows)


def _allocation_table(study: Study) -> TableBlock:
    """Return the allocation of each level to the lines: conditional means at that level, which add up."""
    levels = study.budget.allocation
    columns = [TableColumn("", ("line",)), TableColumn("point", ("point_usd",), right=True)]
    columns += [TableColumn(f"P{each.level:.10g}", (f"p{each.level:.10g}_usd",), right=True) for each in levels]
    by_line = list(zip(*(each.lines for each in levels), strict=True))
    rows = [
        TableRow(
            (name_cell(line[0].name), amount_cell(line[0].point), *(amount_cell(allocation.amount) for allocation in line))
        )
        for line in by_line
    ]
    sums = [math.fsum(allocation.amount for allocation in each.lines) for each in levels]
    points = math.fsum(line.point for line in levels[0].lines)
    rows.append(TableRow((name_cell(TOTAL), amount_cell(points), *map(amount_cell, sums)), strong=True))
    return make_table(
        "allocation", f"Allocation of each level to the lines, in {study.scenario.money}; columns add up", columns, rows
    )
