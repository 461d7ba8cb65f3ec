"""Stress tests, and savings by levers."""

from collections.abc import Iterable
from typing import Any

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
    change_cell,
    interval_cell,
    make_table,
    name_cell,
    share_cell,
    spell_exact_usd,
    spell_probability,
    spell_usd,
    text_cell,
    to_sentence,
    usd_cell,
)
from simulator.report.study import Study
from simulator.scenario import library


def stress_blocks(study: Study, notes: Footnotes) -> Iterable[Block]:
    """Return the effect of each shock, the draws over budget compared with all draws, and the savings of levers."""
    if study.stress is not None:
        effective_shocks = [row for row in study.stress["shocks"]["cases"] if row["change"]["moves"]]
        if effective_shocks:
            worst = effective_shocks[0]
            yield Paragraph(
                f"Of {len(effective_shocks)} shocks that change the total, {_quote(worst['name'])} adds most: "
                f"{spell_usd(worst['change']['value'])} "
                f"to the {study.stress['shocks']['ranked_by']}. Each is applied alone, using "
                f"common random numbers."
            )
            yield FigureBlock("stress", "stress", "The effect of each shock by itself.", study.stress)
            yield _shock_table(study, effective_shocks, notes)
    if study.reverse is not None:
        portrait = study.reverse["reverse"]
        limit_name = "budget" if study.scenario.budget is not None else "P80, rounded"
        summary = (
            to_sentence(portrait["sentence"])
            if portrait["sentence"]
            else "No single input distinguishes these cases from the others."
        )
        yield Paragraph(
            f"In reverse: the total exceeds {spell_exact_usd(portrait['amount'])} (the {limit_name}) in "
            f"{spell_probability(portrait['probability']['value'])} cases. {summary}"
        )
        if any(row["clear"] for row in portrait["inputs"]):
            yield FigureBlock(
                "reverse",
                "reverse",
                f"The draws in which the total exceeds {spell_exact_usd(portrait['amount'])}.",
                study.reverse,
            )
    yield from _lever_blocks(study, notes)


def _shock_table(study: Study, effective_shocks: list[dict[str, Any]], notes: Footnotes) -> TableBlock:
    assert study.stress is not None
    base = study.stress["shocks"]["base"]
    has_budget = base["within_budget"] is not None
    interval = interval_name(study.interval)

    def cells(row: dict[str, Any]) -> tuple[Cell, ...]:
        cells_of_total = (usd_cell(row["median"]), interval_cell(row["low"], row["high"]))
        return (*cells_of_total, share_cell(row["within_budget"]["value"])) if has_budget else cells_of_total

    rows = [(text_cell("no shock"), text_cell(""), *cells(base), Cell("", (None,)), Cell("", (None,)), text_cell(""))]
    rows += [
        (_name_with_sources("shocks", row["name"], notes if place < MAX_ROWS else None), text_cell(row["about"]), *cells(row),
         change_cell(row["change"]["value"]), share_cell(row["change"]["share"]), text_cell(row["grade"]))
        for place, row in enumerate(effective_shocks, start=1)
    ]  # fmt: skip
    statistic = study.stress["shocks"]["ranked_by"] if study.stress else "mean"
    within = [TableColumn("within budget", ("probability_within_budget",), right=True)] if has_budget else []
    columns = (
        TableColumn("shock", ("shock",)),
        TableColumn("description", ("about",)),
        TableColumn("median", ("median_usd",), right=True),
        TableColumn(interval, ("low_usd", "high_usd"), right=True),
        *within,
        TableColumn(f"change of the {statistic}", ("change_usd",), right=True),
        TableColumn("relative change", ("change_share",), right=True),
        TableColumn("grade", ("grade",)),
    )
    return make_table("shocks", f"Shocks, each alone, in {study.scenario.money}", columns, rows, MAX_ROWS)


def _lever_blocks(study: Study, notes: Footnotes) -> Iterable[Block]:
    if study.levers is None:
        return
    rows = study.levers["levers"]
    supported = [row for row in rows if not row["assumption"]]
    if not rows:
        yield Paragraph("No lever of the library changes a line of this scenario.")
        return
    if supported and supported[0]["net_saving"] > 0:
        best = supported[0]
        yield Paragraph(
            f"Of the levers that are not assumptions, {_quote(best['name'])} saves most: "
            f"{spell_usd(best['saving'][study.levers['ranked_by']])} in the "
            f"{study.levers['ranked_by']}, and has a positive saving in "
            f"{spell_probability(best['probability_of_saving'])} cases. Savings of several levers do not add up. Do not base a "
            "budget on levers of grade D."
        )
    yield FigureBlock("levers", "levers", "The saving of each lever by itself.", study.levers)
    table_rows = [
        (
            _name_with_sources("levers", row["name"], notes if place < MAX_ROWS else None),
            text_cell(row["about"]),
            usd_cell(row["saving"]["median"]),
            interval_cell(row["saving"]["low"], row["saving"]["high"]),
            share_cell(row["probability_of_saving"]),
            usd_cell(row["adoption_cost"]),
            usd_cell(row["net_saving"]),
            text_cell(row["grade"]),
        )
        for place, row in enumerate(rows)
    ]
    columns = (
        TableColumn("lever", ("lever",)),
        TableColumn("description", ("about",)),
        TableColumn("median saving", ("saving_median_usd",), right=True),
        TableColumn(interval_name(study.interval), ("saving_low_usd", "saving_high_usd"), right=True),
        TableColumn("saves in", ("probability_of_saving",), right=True),
        TableColumn("adoption cost", ("adoption_usd",), right=True),
        TableColumn(f"{study.levers['ranked_by']} net saving", ("net_saving_usd",), right=True),
        TableColumn("grade", ("grade",)),
    )
    yield make_table("levers", f"Levers, each alone, in {study.scenario.money}", columns, table_rows, MAX_ROWS)


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
