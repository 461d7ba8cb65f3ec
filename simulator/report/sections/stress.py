"""Stress tests, and savings by levers."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from simulator.core.formatting import format_exact_money, format_percent, interval_name, to_words
from simulator.report.content import (
    MAX_ROWS,
    Block,
    Cell,
    FigureBlock,
    Footnotes,
    Paragraph,
    Section,
    TableBlock,
    TableColumn,
    amount_cell,
    change_cell,
    interval_cell,
    make_table,
    name_cell,
    share_cell,
    text_cell,
    to_sentence,
)
from simulator.report.study import Study

if TYPE_CHECKING:
    from simulator.analysis.lever_results import LeverRanking
    from simulator.analysis.stress import ReverseTest, ShockTest
    from simulator.analysis.stress.shocks import ShockCase, StressTotal


def stress_section(study: Study, notes: Footnotes) -> Section:
    """Return the effect of each shock, and the outcomes over the budget compared with all; without blocks if there is none."""
    blocks: list[Block] = []
    heading = "What must be true for the budget to be exceeded"
    stress = study.stress
    cases = [case for case in stress.shocks.cases if case.change.moves] if stress is not None else []
    if stress is not None and cases:
        figure = FigureBlock("stress", "stress", "The effect of each shock by itself.", stress)
        heading = figure.finding
        blocks += [figure, *_shock_blocks(stress, cases, study, notes)]
    if study.reverse is not None:
        blocks += _reverse_blocks(study.reverse, study)
    return Section("stress", heading, tuple(blocks), "Stress tests")


def lever_section(study: Study, notes: Footnotes) -> Section:
    """Return the savings of levers; without blocks where they were not computed."""
    if study.levers is None:
        return Section("levers", "", ())
    if not study.levers.levers:
        text = "No lever of the library changes a line of this scenario."
        return Section("levers", text.removesuffix("."), (Paragraph(text),), "Savings")
    figure = FigureBlock("levers", "levers", "The net saving of each lever by itself.", study.levers)
    return Section("levers", figure.finding, (figure, *_lever_blocks(study.levers, study, notes)), "Savings")


def _shock_blocks(stress: "ShockTest", cases: "Sequence[ShockCase]", study: Study, notes: Footnotes) -> Iterable[Block]:
    yield Paragraph(
        f"{len(cases)} shocks of the library change the total. Each is applied alone, to the same random draws; the change is "
        f"that of the {stress.shocks.ranked_by}. Those of grade D are assumptions."
    )
    yield _shock_table(stress, cases, study, notes)


def _reverse_blocks(stress: "ReverseTest", study: Study) -> Iterable[Block]:
    portrait = stress.reverse
    limit_name = "budget" if study.scenario.budget is not None else "P80, rounded"
    summary = (
        to_sentence(portrait.sentence) if portrait.sentence else "No single input distinguishes these outcomes from the others."
    )
    limit = format_exact_money(portrait.amount, study.scenario.currency)
    yield Paragraph(
        f"The other way round: {format_percent(portrait.probability.value)} of the outcomes cost more than {limit} (the "
        f"{limit_name}). {summary}"
    )
    if any(row.clear for row in portrait.inputs):
        yield FigureBlock("reverse", "reverse", f"The inputs in the outcomes that cost more than {limit}.", stress)


def _shock_table(stress: "ShockTest", effective_shocks: "Sequence[ShockCase]", study: Study, notes: Footnotes) -> TableBlock:
    has_budget = stress.shocks.base.within_budget is not None

    def cells(total: "StressTotal") -> tuple[Cell, ...]:
        cells_of_total = (amount_cell(total.median), interval_cell(total.low, total.high))
        return cells_of_total if total.within_budget is None else (*cells_of_total, share_cell(total.within_budget.value))

    rows = [
        (text_cell("no shock"), text_cell(""), *cells(stress.shocks.base), Cell("", (None,)), Cell("", (None,)), text_cell(""))
    ]
    rows += [
        (
            _name_with_sources("shocks", case.name, notes if place < MAX_ROWS else None),
            text_cell(case.about),
            *cells(case),
            change_cell(case.change.value),
            share_cell(case.change.share),
            text_cell(case.grade),
        )
        for place, case in enumerate(effective_shocks, start=1)
    ]
    within = [TableColumn("within budget", ("probability_within_budget",), right=True)] if has_budget else []
    columns = (
        TableColumn("shock", ("shock",)),
        TableColumn("description", ("about",), width="wide"),
        TableColumn("median", ("median_usd",), right=True),
        TableColumn(interval_name(study.interval), ("low_usd", "high_usd"), right=True),
        *within,
        TableColumn(f"{stress.shocks.ranked_by} change", ("change_usd",), right=True),
        TableColumn("relative change", ("change_share",), right=True),
        TableColumn("grade", ("grade",)),
    )
    return make_table("shocks", f"Shocks, each alone, in {study.scenario.money}", columns, rows, MAX_ROWS)


def _lever_blocks(ranking: "LeverRanking", study: Study, notes: Footnotes) -> Iterable[Block]:
    yield Paragraph(
        "Net savings are after the cost of adoption. Savings of several levers do not add up. Do not base a budget on levers "
        "of grade D, which are assumptions."
    )
    rows = [
        (
            _name_with_sources("levers", lever.name, notes if place < MAX_ROWS else None),
            text_cell(lever.about),
            amount_cell(lever.net.median),
            interval_cell(lever.net.low, lever.net.high),
            share_cell(lever.probability_of_saving),
            amount_cell(lever.saving.median),
            amount_cell(lever.adoption_cost),
            text_cell(lever.grade),
        )
        for place, lever in enumerate(ranking.levers)
    ]
    columns = (
        TableColumn("lever", ("lever",)),
        TableColumn("description", ("about",), width="wide"),
        TableColumn("median net saving", ("net_median_usd",), right=True),
        TableColumn(interval_name(study.interval), ("net_low_usd", "net_high_usd"), right=True),
        TableColumn("saves in", ("probability_of_saving",), right=True),
        TableColumn("before adoption", ("saving_median_usd",), right=True),
        TableColumn("adoption cost", ("adoption_usd",), right=True),
        TableColumn("grade", ("grade",)),
    )
    yield make_table("levers", f"Levers, each alone, in {study.scenario.money}", columns, rows, MAX_ROWS)


def _name_with_sources(kind: str, name: str, notes: Footnotes | None) -> Cell:
    """Return a cell with the name of a lever or shock, and its library sources if the page shows it."""
    if notes is None:
        return name_cell(name)
    from simulator.scenario.entries import sources_of
    from simulator.scenario.validated_rows import adjustment_row

    row = adjustment_row(kind, name)
    sources = () if row is None else sources_of(row.sources)
    return Cell(to_words(name), (name,), notes.cite(sources))
