"""Several scenarios side by side: their distributions, totals and lines."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from simulator.analysis.compare import Comparison
from simulator.core.formatting import display_unit, format_money, interval_name
from simulator.report.content import (
    Block,
    Cell,
    FigureBlock,
    Section,
    TableBlock,
    TableColumn,
    TableRow,
    amount_cell,
    interval_cell,
    make_table,
    name_cell,
    point_cell,
    quantity_cells,
    share_cell,
    text_cell,
)
from simulator.report.study import Study
from simulator.scenario import TOTAL


def side_by_side_section(studies: Sequence[Study], names: Sequence[str], comparison: Comparison) -> Section:
    """Return the distributions, the totals, the costs of tokens and the lines of all scenarios."""
    from simulator.figures.kinds.overlay import overlay_of

    table = overlay_of([study.result for study in studies], names, studies[0].interval)
    table = replace(table, own_chips=comparison.own_chips)
    figure = FigureBlock("overlay", "overlay", "The distributions of the totals.", table)
    blocks: tuple[Block, ...] = (
        figure,
        _totals_table(studies, names, comparison),
        *_token_tables(names, comparison),
        _lines_table(studies, names),
    )
    return Section("side-by-side", figure.finding, blocks, "Side by side", is_folded=False)


def _totals_table(studies: Sequence[Study], names: Sequence[str], comparison: Comparison) -> TableBlock:
    """Return a table with the cost of each scenario, one scenario per row, and how often it meets its targets of latency."""
    latencies = [run.latency_met for run in comparison.scenarios]
    has_latency = any(met is not None for met in latencies)
    budgets = any(study.budget.budget for study in studies)
    rows = []
    for name, study, met in zip(names, studies, latencies, strict=True):
        total, budget = study.total, study.budget.budget
        levels = {row.level: row.amount for row in study.budget.contingency}
        cells = [
            text_cell(name),
            point_cell(study.budget.point_estimate),
            amount_cell(total.median),
            interval_cell(total.low, total.high),
            amount_cell(total.mean),
            amount_cell(levels[80]),
            amount_cell(levels[90]),
        ]
        if budgets:
            cells.append(share_cell(budget.probability_within if budget else None))
        if has_latency:
            cells.append(share_cell(met))
        rows.append(cells)
    columns = [TableColumn("", ("scenario",)), TableColumn("point estimate", ("point_usd",), right=True)]
    columns += [
        TableColumn("median", ("median_usd",), right=True),
        TableColumn(interval_name(studies[0].interval), ("low_usd", "high_usd"), right=True),
        TableColumn("mean", ("mean_usd",), right=True),
        TableColumn("P80", ("p80_usd",), right=True),
        TableColumn("P90", ("p90_usd",), right=True),
    ]
    if budgets:
        columns.append(TableColumn("probability within budget", ("probability_within_budget",), right=True))
    if has_latency:
        columns.append(TableColumn("latency met", ("latency_met",), right=True))
    return make_table("totals", f"Total cost in {studies[0].scenario.money}", columns, rows)


def _token_tables(names: Sequence[str], comparison: Comparison) -> Iterable[TableBlock]:
    """Yield a table with the costs of a million tokens, if a scenario has them."""
    found = [(label, each) for label, run in zip(names, comparison.scenarios, strict=True) for each in run.token_costs]
    rows = [
        (name_cell(name), text_cell(label), *quantity_cells(each, each.unit))
        for name in dict.fromkeys(each.name for _, each in found)
        for label, each in found
        if each.name == name
    ]
    if rows:
        columns = [
            TableColumn("", ("cost",)),
            TableColumn("scenario", ("scenario",)),
            TableColumn("median", ("median",), right=True),
            TableColumn(comparison.header.interval_name, ("low", "high"), right=True),
        ]
        yield make_table("token-costs", f"Cost of tokens in {display_unit(found[0][1].unit)[0]}", columns, rows)


def _lines_table(studies: Sequence[Study], names: Sequence[str]) -> TableBlock:
    """Return a table of medians and intervals, with one line per row and one scenario per column."""
    lines = list(dict.fromkeys(line for study in studies for line in study.scenario.lines))
    columns = [TableColumn("", ("line",))]
    for name in names:
        columns.append(
            TableColumn(
                f"{name}: median, {interval_name(studies[0].interval)}",
                tuple(f"{name} {end}_usd" for end in ("median", "low", "high")),
                right=True,
            )
        )
    rows = []
    for line in (*lines, TOTAL):
        cells: list[Cell] = [name_cell(line)]
        for study in studies:
            figures = study.run.quantities.get(line)
            if figures is None or (line != TOTAL and line not in study.scenario.lines):
                cells.append(Cell("", (None, None, None)))
            else:
                amounts = f"{format_money(figures.median)}, {format_money(figures.low)} to {format_money(figures.high)}"
                cells.append(Cell(amounts, (figures.median, figures.low, figures.high)))
        rows.append(TableRow(tuple(cells), strong=line == TOTAL))
    return make_table("breakdown", f"What each consists of, in {studies[0].scenario.money}", columns, rows)
