"""What would break the plan, and what would save."""

from collections.abc import Iterable
from typing import Any

from simulator.core.formatting import interval_name, words
from simulator.report.content import (
    MOST_ROWS,
    Block,
    Cell,
    Column,
    Figure,
    Footnotes,
    Paragraph,
    Table,
    band,
    change,
    named,
    of_hundred,
    sentence,
    share,
    spelled,
    spelled_exactly,
    table,
    text,
    usd,
)
from simulator.report.study import Study
from simulator.scenario import library


def stress_blocks(study: Study, notes: Footnotes) -> Iterable[Block]:
    """Return what shocks add, what sets apart the draws over budget, and what levers save."""
    if study.stress is not None:
        moved = [row for row in study.stress["shocks"]["cases"] if row["change"]["moves"]]
        if moved:
            worst = moved[0]
            yield Paragraph(
                f"Of {len(moved)} shocks that move the total, {_quoted(worst['name'])} adds most: "
                f"{spelled(worst['change']['value'])} "
                f"to the {study.stress['shocks']['ranked_by']}. Each happens alone, using common random numbers as "
                f"the case without it."
            )
            yield Figure("stress", "stress", "What each shock adds by itself.", study.stress)
            yield _shock_table(study, moved, notes)
    if study.reverse is not None:
        portrait = study.reverse["reverse"]
        what = "budget" if study.scenario.budget is not None else "P80, rounded"
        summary = (
            sentence(portrait["sentence"])
            if portrait["sentence"]
            else "No single input sets these cases apart from the others."
        )
        yield Paragraph(
            f"The other way round: the total passes {spelled_exactly(portrait['amount'])} (the {what}) in "
            f"{of_hundred(portrait['probability']['value'])} cases. {summary}"
        )
        if any(row["clear"] for row in portrait["inputs"]):
            yield Figure(
                "reverse",
                "reverse",
                f"The draw in which the total passes {spelled_exactly(portrait['amount'])}.",
                study.reverse,
            )
    yield from _lever_blocks(study, notes)


def _shock_table(study: Study, moved: list[dict[str, Any]], notes: Footnotes) -> Table:
    assert study.stress is not None
    base = study.stress["shocks"]["base"]
    stands = base["within_budget"] is not None
    interval = interval_name(study.interval)

    def cells(row: dict[str, Any]) -> tuple[Cell, ...]:
        cells_of_total = (usd(row["median"]), band(row["low"], row["high"]))
        return (*cells_of_total, share(row["within_budget"]["value"])) if stands else cells_of_total

    rows = [(text("no shock"), text(""), *cells(base), Cell("", (None,)), Cell("", (None,)), text(""))]
    rows += [
        (_name_with_sources("shocks", row["name"], notes if place < MOST_ROWS else None), text(row["about"]), *cells(row),
         change(row["change"]["value"]), share(row["change"]["share"]), text(row["grade"]))
        for place, row in enumerate(moved, start=1)
    ]  # fmt: skip
    by = study.stress["shocks"]["ranked_by"] if study.stress else "mean"
    within = [Column("within budget", ("probability_within_budget",), right=True)] if stands else []
    columns = (
        Column("shock", ("shock",)), Column("what happens", ("about",)), Column("median", ("median_usd",), right=True),
        Column(interval, ("low_usd", "high_usd"), right=True), *within,
        Column(f"change of the {by}", ("change_usd",), right=True), Column("of it", ("change_share",), right=True),
        Column("grade", ("grade",)),
    )  # fmt: skip
    return table("shocks", f"Shocks, each alone, in {study.scenario.money}", columns, rows, MOST_ROWS)


def _lever_blocks(study: Study, notes: Footnotes) -> Iterable[Block]:
    if study.levers is None:
        return
    rows = study.levers["levers"]
    honest = [row for row in rows if not row["assumption"]]
    if not rows:
        yield Paragraph("No lever of the library moves a line of this scenario.")
        return
    if honest and honest[0]["net_saving"] > 0:
        best = honest[0]
        yield Paragraph(
            f"Of the levers with an honest number, {_quoted(best['name'])} saves most: "
            f"{spelled(best['saving'][study.levers['ranked_by']])} in the "
            f"{study.levers['ranked_by']}, and anything at all in {of_hundred(best['probability_of_saving'])} cases. "
            "Savings of several levers do not add up. "
            "A budget must not rest on levers of grade D."
        )
    yield Figure("levers", "levers", "What each lever saves by itself.", study.levers)
    table_rows = [
        (_name_with_sources("levers", row["name"], notes if place < MOST_ROWS else None), text(row["about"]),
         usd(row["saving"]["median"]), band(row["saving"]["low"], row["saving"]["high"]), share(row["probability_of_saving"]),
         usd(row["adoption_cost"]), usd(row["net_saving"]), text(row["grade"]))
        for place, row in enumerate(rows)
    ]  # fmt: skip
    columns = (
        Column("lever", ("lever",)), Column("what is done", ("about",)),
        Column("median saving", ("saving_median_usd",), right=True),
        Column(interval_name(study.interval), ("saving_low_usd", "saving_high_usd"), right=True),
        Column("saves in", ("probability_of_saving",), right=True), Column("cost to adopt", ("adoption_usd",), right=True),
        Column(f"{study.levers['ranked_by']} net saving", ("net_saving_usd",), right=True), Column("grade", ("grade",)),
    )  # fmt: skip
    yield table("levers", f"Levers, each alone, in {study.scenario.money}", columns, table_rows, MOST_ROWS)


def _quoted(name: str) -> str:
    """Say the name of a lever or a shock in a sentence."""
    return f"“{words(name)}”"


def _name_with_sources(kind: str, name: str, notes: Footnotes | None) -> Cell:
    """The name of a lever or shock, with its sources from the library where the page shows it."""
    if notes is None:
        return named(name)
    from simulator.scenario.entries import sources_of
    from simulator.scenario.schema import AdjustmentRow

    node = library.shelved(kind, name)
    sources = sources_of(AdjustmentRow.model_validate(node.plain()).sources) if node is not None else ()
    return Cell(words(name), (name,), notes.cite(sources))
