"""What the total may cost, and what to plan for it."""

import math
from collections.abc import Iterable

from simulator.core.formatting import money
from simulator.io.summary import headline, mean_notes
from simulator.report.content import (
    Block,
    Column,
    Figure,
    Paragraph,
    Row,
    Table,
    change,
    named,
    point_cell,
    sentence,
    share,
    spelled,
    table,
    text,
    usd,
    usd_given,
)
from simulator.report.study import Study
from simulator.scenario import TOTAL


def budget_blocks(study: Study) -> Iterable[Block]:
    """Return the distribution of the total, what to plan, and cost by time."""
    yield Paragraph(f"{headline(study.result, study.interval)}.")
    yield Figure("s-curve", "s-curve", "The probability of staying within each amount.", study.budget)
    yield plan_table(study)
    from simulator.figures.kinds.distribution import histogram_of

    yield Figure("histogram", "histogram", "Where the total may lie.", histogram_of(study.result, study.interval))
    yield _allocation_table(study)
    tail = study.budget["tail"]
    mean = "" if tail["cvar"] is None else f"; its mean in those cases (CVaR{tail['level']:.10g}) is {spelled(tail['cvar'])}"
    yield Paragraph(f"In the worst {100 - tail['level']:.10g} of 100 cases the total lies above {spelled(tail['var'])}{mean}.")
    for note in mean_notes(study.result):
        yield Paragraph(sentence(note))
    if study.joint is not None:
        yield Figure("joint", "joint", "Cost and time together, with the frontier of equal confidence.", study.joint)
    if study.cashflow is not None:
        yield Figure("cashflow", "cashflow", "Money spent so far, month by month.", study.cashflow)


def plan_table(study: Study) -> Table:
    """Return what to plan: amounts by the probability of staying within them, and what each adds to the point estimate."""
    point, stands = study.budget["point_estimate"], study.budget["budget"]
    what = "as given" if point["given"] else "every prior at its median"
    rows = [(text("point estimate"), point_cell(point), share(point["percentile"] / 100), change(0.0), share(0.0),
             text(what))]  # fmt: skip
    rows += [
        (text(f"P{row['level']:.10g}"), usd(row["amount"]), share(row["level"] / 100), change(row["contingency"]),
         share(row["share_of_point"]), text("below the point estimate" if row["negative"] else ""))
        for row in study.budget["contingency"]
    ]  # fmt: skip
    table_rows = [Row(row) for row in rows]
    if stands is not None:
        over = f"expected overrun {money(stands['expected_overrun'])}"
        if stands["expected_overrun_given_overrun"] is not None:
            over += f"; {money(stands['expected_overrun_given_overrun'])} given an overrun"
        cells = (text("budget"), usd_given(stands["amount"]), share(stands["probability_within"]), change(stands["over_point"]),
                 share(stands["over_point"] / point["amount"] if point["amount"] else None), text(over))  # fmt: skip
        table_rows.append(Row(cells, strong=True))
    columns = (
        Column("", ("level",)),
        Column("USD", ("amount_usd",), right=True),
        Column("probability of staying within", ("probability",), right=True),
        Column("contingency", ("contingency_usd",), right=True),
        Column("of the point", ("share_of_point",), right=True),
        Column("", ("remark",)),
    )
    return table("plan", f"What to plan, in {study.scenario.money}", columns, table_rows)


def _allocation_table(study: Study) -> Table:
    """Who carries the amount at each level: lines' means in draws at that level, which add up."""
    levels = study.budget["allocation"]
    columns = [Column("", ("line",)), Column("point", ("point_usd",), right=True)]
    columns += [Column(f"P{level['level']:.10g}", (f"p{level['level']:.10g}_usd",), right=True) for level in levels]
    by_line = list(zip(*(level["lines"] for level in levels), strict=True))
    rows = [Row((named(line[0]["name"]), usd(line[0]["point"]), *(usd(at["amount"]) for at in line))) for line in by_line]
    sums = [math.fsum(at["amount"] for at in level["lines"]) for level in levels]
    points = math.fsum(line["point"] for line in levels[0]["lines"])
    rows.append(Row((named(TOTAL), usd(points), *map(usd, sums)), strong=True))
    return table(
        "allocation", f"Who carries the amount at each level, in {study.scenario.money}; columns add up", columns, rows
    )
