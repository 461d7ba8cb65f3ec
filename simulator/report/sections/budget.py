"""The amounts to plan for, the distribution of the total, and cost over time."""

import math
from collections.abc import Iterable

from simulator.core.formatting import format_money
from simulator.io.summary import mean_notes
from simulator.report.content import (
    Block,
    FigureBlock,
    Paragraph,
    Section,
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
    text_cell,
    to_sentence,
)
from simulator.report.sections.breakdown import bridge_block, cash_flow_block, outcome_blocks, pays_in_months, unpaid
from simulator.report.study import Study
from simulator.scenario import TOTAL

_PLANNED = 80


def budget_section(study: Study) -> Section:
    """Return the amounts to plan for, the distribution of the total, and cost over time."""
    if len(study.scenario.lines) == 1:
        (p80,) = [row for row in study.budget.contingency if row.level == _PLANNED]
        side = "above" if p80.contingency >= 0 else "below"
        heading = f"The P80 is {format_money(abs(p80.contingency), study.scenario.currency)} {side} the point estimate"
        return Section("budget", heading, tuple(_budget_blocks(study, None)), "Budget and time")
    bridge = bridge_block(study)
    return Section("budget", bridge.finding, tuple(_budget_blocks(study, bridge)), "Budget and time")


def _budget_blocks(study: Study, bridge: FigureBlock | None) -> Iterable[Block]:
    from simulator.figures.kinds.histogram import histogram_of

    yield plan_table(study)
    if bridge is not None:
        if pays_in_months(study):
            yield bridge
        yield _allocation_table(study)
    yield FigureBlock("histogram", "histogram", "The distribution of the total.", histogram_of(study.result, study.interval))
    tail, currency = study.budget.tail, study.scenario.currency
    mean = f"; their mean is {format_money(tail.cvar, currency)} (CVaR{tail.level:.10g})" if tail.cvar is not None else ""
    yield Paragraph(
        f"The worst {100 - tail.level:.10g}% of the outcomes cost more than {format_money(tail.var, currency)}{mean}."
    )
    for note in mean_notes(study.result):
        yield Paragraph(to_sentence(note.text))
    if study.joint is not None:
        yield FigureBlock("joint", "joint", "Cost and time together, with the frontier of equal confidence.", study.joint)
    if study.cashflow is not None and not pays_in_months(study):
        yield cash_flow_block(study)
        yield from unpaid(study)
    if bridge is not None:
        yield from outcome_blocks(study)


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
