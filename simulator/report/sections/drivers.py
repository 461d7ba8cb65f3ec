"""What drives the total."""

from collections.abc import Iterable
from typing import Any

from simulator.analysis.sensitivity import COST
from simulator.core.formatting import NONE, money, percent, words
from simulator.engine.inputs import Input
from simulator.report.content import (
    MOST_ROWS,
    Block,
    Bullets,
    Cell,
    Column,
    Figure,
    Paragraph,
    Table,
    amount,
    band,
    listed,
    named,
    sentence,
    spelled,
    spelled_exactly,
    table,
    text,
)
from simulator.report.study import Study


def driver_blocks(study: Study) -> Iterable[Block]:
    """Return what drives the total, and where research pays next."""
    analysis = study.drivers
    if analysis is None:
        return
    if analysis["research_next"]["said"]:
        yield Paragraph(sentence(analysis["research_next"]["said"]))
    yield Figure("variance", "variance", "The share of the spread that each input carries by itself.", analysis)
    if any(row["swing"] for row in analysis["drivers"]):
        yield Figure("tornado", "tornado", "The total with each input set to its P10 and to its P90.", analysis)
    yield _driver_table(study, analysis)
    if analysis["variance_of"] != COST:
        yield Bullets(tuple(sentence(note) for note in analysis["notes"][:1]), "Why")
    over = study.budget["overrun"]
    if over["inputs"]:
        above = (spelled if study.budget["budget"] is None else spelled_exactly)(over["above"])
        yield Paragraph(
            f"In the {over['draws']:,} draws above the {over['of']} of {above}, "
            f"{listed(_moved(study, row) for row in over['inputs'][:3])}."
        )


def _moved(study: Study, row: dict[str, Any]) -> str:
    unit = study.scenario.inputs[row["name"]].unit.text
    there, usual = amount(row["median_then"], unit).text, amount(row["median"], unit).text
    return f"{words(row['name'])} has a median of {there} in place of {usual}"


def _driver_table(study: Study, analysis: dict[str, Any]) -> Table:
    rows = []
    conditional = any((row["swing"] or {}).get("conditional") for row in analysis["drivers"])
    for row in analysis["drivers"]:
        swing = (row["swing"] or {}).get("median")
        known_at = (row["swing"] or {}).get("conditional")
        known = row["if_known"]
        rows.append((
            named(row["name"]), _about(study.scenario.inputs.get(row["name"])), _share(row["share_of_variance"]),
            band(swing["p10"], swing["p90"]) if swing else Cell("", (None, None)),
            *([band(known_at["p10"], known_at["p90"]) if known_at else Cell("", (None, None))] if conditional else []),
            _share(known["interval_shrinks"]) if known else Cell("", (None,)),
            _value(known["expected_gain"]) if known else Cell("", (None,)), text(row["grade"]),
        ))  # fmt: skip
    along = Column("conditional: correlated inputs move along", ("conditional_p10_usd", "conditional_p90_usd"), right=True)
    columns = (
        Column("input", ("input",)), Column("what it is", ("about",)),
        Column(f"share of the variance of {analysis['variance_of']}", ("share_of_variance",), right=True),
        Column("total with it set to its P10 and P90", ("total_at_p10_usd", "total_at_p90_usd"), right=True),
        *([along] if conditional else []),
        Column("interval would shrink by", ("interval_shrinks",), right=True),
        Column("worth knowing, USD", ("expected_gain_usd",), right=True), Column("grade", ("grade",)),
    )  # fmt: skip
    return table("drivers", f"What drives the spread, in {study.scenario.money}", columns, rows, MOST_ROWS)


def _share(estimate: dict[str, float] | None) -> Cell:
    """Return a cell of an estimated share; what is within its error of nothing shows as that."""
    if estimate is None:
        return Cell("", (None,))
    return Cell("~0" if estimate["low"] <= 0 else percent(estimate["value"]), (estimate["value"],))


def _value(estimate: dict[str, float] | None) -> Cell:
    if estimate is None:
        return Cell(NONE, (None,))
    return Cell(money(estimate["value"]) if estimate["low"] > 0 else "~0", (estimate["value"],))


def _about(item: Input | None) -> Cell:
    return text("" if item is None else item.about)
