"""The drivers of the total."""

from collections.abc import Iterable
from typing import Any

from simulator.analysis.sensitivity import COST
from simulator.core.formatting import NONE, format_money, format_percent, to_words
from simulator.engine.inputs import Input
from simulator.report.content import (
    MAX_ROWS,
    Block,
    Bullets,
    Cell,
    FigureBlock,
    Paragraph,
    TableBlock,
    TableColumn,
    interval_cell,
    join_words,
    make_table,
    name_cell,
    quantity_cell,
    spell_exact_usd,
    spell_usd,
    text_cell,
    to_sentence,
)
from simulator.report.study import Study


def driver_blocks(study: Study) -> Iterable[Block]:
    """Return the drivers of the total, and the most useful next research."""
    analysis = study.drivers
    if analysis is None:
        return
    if analysis["research_next"]["said"]:
        yield Paragraph(to_sentence(analysis["research_next"]["said"]))
    yield FigureBlock("variance", "variance", "The share of the variance that each input explains by itself.", analysis)
    if any(row["swing"] for row in analysis["drivers"]):
        yield FigureBlock("tornado", "tornado", "The total with each input set to its P10 and to its P90.", analysis)
    yield _driver_table(study, analysis)
    if analysis["variance_of"] != COST:
        yield Bullets(tuple(to_sentence(note) for note in analysis["notes"][:1]), "Why")
    overrun = study.budget["overrun"]
    if overrun["inputs"]:
        limit = (spell_usd if study.budget["budget"] is None else spell_exact_usd)(overrun["above"])
        yield Paragraph(
            f"In the {overrun['draws']:,} draws above the {overrun['of']} of {limit}, "
            f"{join_words(_shift_text(study, row) for row in overrun['inputs'][:3])}."
        )


def _shift_text(study: Study, row: dict[str, Any]) -> str:
    unit = study.scenario.inputs[row["name"]].unit.text
    median_then, usual = quantity_cell(row["median_then"], unit).text, quantity_cell(row["median"], unit).text
    return f"{to_words(row['name'])} has a median of {median_then} in place of {usual}"


def _driver_table(study: Study, analysis: dict[str, Any]) -> TableBlock:
    rows = []
    has_conditional = any((row["swing"] or {}).get("conditional") for row in analysis["drivers"])
    for row in analysis["drivers"]:
        swing = (row["swing"] or {}).get("median")
        conditional = (row["swing"] or {}).get("conditional")
        if_known = row["if_known"]
        rows.append(
            (
                name_cell(row["name"]),
                _description_cell(study.scenario.inputs.get(row["name"])),
                _estimated_share_cell(row["share_of_variance"]),
                interval_cell(swing["p10"], swing["p90"]) if swing else Cell("", (None, None)),
                *(
                    [interval_cell(conditional["p10"], conditional["p90"]) if conditional else Cell("", (None, None))]
                    if has_conditional
                    else []
                ),
                _estimated_share_cell(if_known["interval_shrinks"]) if if_known else Cell("", (None,)),
                _gain_cell(if_known["expected_gain"]) if if_known else Cell("", (None,)),
                text_cell(row["grade"]),
            )
        )
    conditional_column = TableColumn(
        "conditional: correlated inputs move along", ("conditional_p10_usd", "conditional_p90_usd"), right=True
    )
    columns = (
        TableColumn("input", ("input",)), TableColumn("description", ("about",)),
        TableColumn(f"share of the variance of {analysis['variance_of']}", ("share_of_variance",), right=True),
        TableColumn("total with it set to its P10 and P90", ("total_at_p10_usd", "total_at_p90_usd"), right=True),
        *([conditional_column] if has_conditional else []),
        TableColumn("interval would shrink by", ("interval_shrinks",), right=True),
        TableColumn("expected value of information, USD", ("expected_gain_usd",), right=True), TableColumn("grade", ("grade",)),
    )  # fmt: skip
    return make_table("drivers", f"Drivers of the uncertainty, in {study.scenario.money}", columns, rows, MAX_ROWS)


def _estimated_share_cell(estimate: dict[str, float] | None) -> Cell:
    """Return a cell of an estimated share; a share that is not distinguishable from zero is shown as ~0."""
    if estimate is None:
        return Cell("", (None,))
    return Cell("~0" if estimate["low"] <= 0 else format_percent(estimate["value"]), (estimate["value"],))


def _gain_cell(estimate: dict[str, float] | None) -> Cell:
    if estimate is None:
        return Cell(NONE, (None,))
    return Cell(format_money(estimate["value"]) if estimate["low"] > 0 else "~0", (estimate["value"],))


def _description_cell(item: Input | None) -> Cell:
    return text_cell("" if item is None else item.about)
