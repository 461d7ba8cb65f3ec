"""The lines of the total, and the outcomes beside it."""

from collections.abc import Iterable

from simulator.core.formatting import interval_name, percent
from simulator.report.content import (
    Block,
    Cell,
    Column,
    Figure,
    Paragraph,
    Row,
    Table,
    band,
    figures_of,
    named,
    share,
    table,
    usd,
)
from simulator.report.study import Study
from simulator.scenario import TOTAL


def breakdown_blocks(study: Study) -> Iterable[Block]:
    """Return the lines of the total and the outcomes beside it."""
    yield Figure("breakdown", "breakdown", "The lines of the total, each with its interval.", study.run)
    yield _line_table(study)
    if len(study.scenario.lines) > 1:
        yield Paragraph("Medians and interval ends of lines do not add up to those of the total; means do.")
    outcomes = [_outcome(study, name) for name in study.scenario.outcomes]
    if outcomes:
        columns = (Column("", ("quantity",)), Column("median", ("median",), right=True),
                   Column(interval_name(study.interval), ("low", "high"), right=True), Column("", ("unit",)))  # fmt: skip
        yield table("outcomes", "What comes with it", columns, outcomes)


def _line_table(study: Study) -> Table:
    interval = interval_name(study.interval)
    rows = []
    for name in (*study.scenario.lines, TOTAL):
        figures = study.run["quantities"][name]
        part = figures.get("share")
        cells = (
            named(name), usd(figures["median"]), band(figures["low"], figures["high"]), usd(figures["mean"]),
            share(part["mean"] if part else None),
            band(part["low"], part["high"], percent) if part else Cell("", (None, None)),
        )  # fmt: skip
        rows.append(Row(cells, strong=name == TOTAL))
    columns = (
        Column("", ("line",)), Column("median", ("median_usd",), right=True),
        Column(interval, ("low_usd", "high_usd"), right=True), Column("mean", ("mean_usd",), right=True),
        Column("mean share", ("share",), right=True), Column(interval, ("share_low", "share_high"), right=True),
    )  # fmt: skip
    return table("breakdown", f"Cost in {study.scenario.money}", columns, rows)


def _outcome(study: Study, name: str) -> tuple[Cell, ...]:
    figures = study.run["quantities"][name]
    unit = figures["unit"]
    return named(name), *figures_of(figures, unit, is_given=name in study.scenario.inputs), Cell("", (unit,))
