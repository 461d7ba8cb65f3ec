"""Stress tests, and savings by levers."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from simulator.core.formatting import interval_name, to_words
from simulator.report.content import (
    MAX_ROWS,
    Block,
    Cell,
    FigureBlock,
    Footnotes,
    Paragraph,
    TableBlock,
    TableColumn,
    amount_cell,
    change_cell,
    interval_cell,
    make_table,
    name_cell,
    share_cell,
    spell_amount,
    spell_exact_amount,
    spell_probability,
    text_cell,
    to_sentence,
)
from simulator.report.study import Study
from simulator.scenario import library

if TYPE_CHECKING:
    from simulator.analysis.lever_results import LeverRanking
    from simulator.analysis.stress import ReverseTest, ShockTest
    from simulator.analysis.stress.shocks import ShockCase, StressTotal


def stress_blocks(study: Study, notes: Footnotes) -> Iterable[Block]:
    """Return the effect of each shock, the draws over budget compared with all draws, and the savings of levers."""
    if study.stress is not None:
        yield from _shock_blocks(study.stress, study, notes)
    if study.reverse is not None:
        yield from _reverse_blocks(study.reverse, study)
    if study.levers is not None:
        yield from _lever_blocks(study.levers, study, notes)


def _shock_blocks(stress: "ShockTest", study: Study, notes: Footnotes) -> Iterable[Block]:
    effective_shocks = [case for case in stress.shocks.cases if case.change.moves]
    if not effective_shocks:
        return
    worst = effective_shocks[0]
    yield Paragraph(
        f"Of {len(effective_shocks)} shocks that change the total, {_quote(worst.name)} adds most: "
        f"{spell_amount(worst.change.value, study.scenario.currency)} in the {stress.shocks.ranked_by}. Each is applied alone, "
        "using common random numbers."
    )
    yield FigureBlock("stress", "stress", "The effect of each shock by itself.", stress)
    yield _shock_table(stress, effective_shocks, study, notes)


def _reverse_blocks(stress: "ReverseTest", study: Study) -> Iterable[Block]:
    portrait = stress.reverse
    limit_name = "budget" if study.scenario.budget is not None else "P80, rounded"
    summary = (
        to_sentence(portrait.sentence) if portrait.sentence else "No single input distinguishes these cases from the others."
    )
    yield Paragraph(
        f"In reverse: the total exceeds {spell_exact_amount(portrait.amount, study.scenario.currency)} (the {limit_name}) in "
        f"{spell_probability(portrait.probability.value)} cases. {summary}"
    )
    if any(row.clear for row in portrait.inputs):
        caption = f"The draws in which the total exceeds {spell_exact_amount(portrait.amount, study.scenario.currency)}."
        yield FigureBlock("reverse", "reverse", caption, stress)


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
        TableColumn("description", ("about",)),
        TableColumn("median", ("median_usd",), right=True),
        TableColumn(interval_name(study.interval), ("low_usd", "high_usd"), right=True),
        *within,
        TableColumn(f"{stress.shocks.ranked_by} change", ("change_usd",), right=True),
        TableColumn("relative change", ("change_share",), right=True),
        TableColumn("grade", ("grade",)),
    )
    return make_table("shocks", f"Shocks, each alone, in {study.scenario.money}", columns, rows, MAX_ROWS)


def _lever_blocks(ranking: "LeverRanking", study: Study, notes: Footnotes) -> Iterable[Block]:
    if not ranking.levers:
        yield Paragraph("No lever of the library changes a line of this scenario.")
        return
    best = next((lever for lever in ranking.levers if not lever.assumption), None)
    if best is not None and best.net.median > 0:
        yield Paragraph(
            f"Of the levers that apply and are not assumptions, {_quote(best.name)} saves most: "
            f"{spell_amount(best.net.median, study.scenario.currency)} net in the median, the cost of its adoption deducted, "
            f"and something in {spell_probability(best.probability_of_saving)} cases. Savings of several levers do not add up. "
            "Do not base a budget on levers of grade D."
        )
    elif best is not None:
        yield Paragraph("No lever that applies, except assumptions, has a net saving in the median.")
    yield FigureBlock("levers", "levers", "The saving of each lever by itself.", ranking)
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
        TableColumn("description", ("about",)),
        TableColumn("median net saving", ("net_median_usd",), right=True),
        TableColumn(interval_name(study.interval), ("net_low_usd", "net_high_usd"), right=True),
        TableColumn("saves in", ("probability_of_saving",), right=True),
        TableColumn("before adoption", ("saving_median_usd",), right=True),
        TableColumn("adoption cost", ("adoption_usd",), right=True),
        TableColumn("grade", ("grade",)),
    )
    yield make_table("levers", f"Levers, each alone, in {study.scenario.money}", columns, rows, MAX_ROWS)


def _quote(name: str) -> str:
    """Return the name of a lever or a shock in quotation marks."""
    return f"“{to_words(name)}”"


def _name_with_sources(kind: str, name: str, notes: Footnotes | None) -> Cell:
    """Return a cell with the name of a lever or shock, and its library sources if the page shows it."""
    if notes is None:
        return name_cell(name)
    from simulator.scenario.entries import sources_of
    from simulator.scenario.schema import AdjustmentRow

    node = library.find_file(kind, name)
    sources = sources_of(AdjustmentRow.model_validate(node.plain()).sources) if node is not None else ()
    return Cell(to_words(name), (name,), notes.cite(sources))
