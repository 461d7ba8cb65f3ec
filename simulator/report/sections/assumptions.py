"""What the figures rest on: priors and known numbers with their sources."""

from collections.abc import Iterable

from simulator.core.formatting import interval_name, words
from simulator.engine.inputs import GRADES, Input
from simulator.engine.summaries import ends
from simulator.report.content import (
    Block,
    Bullets,
    Cell,
    Column,
    Footnotes,
    Paragraph,
    Table,
    amount,
    listed,
    named,
    range_of,
    sentence,
    table,
    text,
)
from simulator.report.study import Study
from simulator.scenario import Scenario


def assumption_blocks(study: Study, notes: Footnotes) -> Iterable[Block]:
    """Say every prior and known number with its grade, date and sources, and what the scenario says of itself."""
    scenario = study.scenario
    yield Paragraph(sentence(scenario.about or f"{scenario.title}, {scenario.scope}"), notes.cite(scenario.sources))
    yield input_table("assumptions", f"Priors of {scenario.title}: what is not known", study, notes, "prior")
    yield input_table("known", f"Known numbers of {scenario.title}", study, notes, "choice")
    yield Bullets(tuple(f"{grade}: {meaning}" for grade, meaning in GRADES.items()), "Grades")
    bare = sorted(words(name) for name, item in scenario.inputs.items() if item.is_assumption)
    if bare:
        yield Paragraph(f"Assumptions, with no source or graded D: {listed(bare)}.")
    for lead, lines in (("Known of it", scenario.known), ("Assumed", scenario.assumed)):
        if lines:
            yield Bullets(tuple(lines), lead)


def input_table(name: str, caption: str, study: Study, notes: Footnotes, role: str, only: Iterable[str] | None = None) -> Table:
    """Return inputs of one role with how each is stated, its grade, its date and its sources."""
    inputs = study.scenario.inputs
    wanted = [key for key in sorted(inputs) if inputs[key].role == role and (only is None or key in set(only))]
    places = ends(study.interval)
    rows = []
    for key in wanted:
        item = inputs[key]
        distribution, unit = item.distribution, item.unit.text
        interval = (
            (range_of(distribution.quantile(places[0]), distribution.quantile(places[1]), unit),) if role == "prior" else ()
        )
        grade = item.grade or ("assumption" if item.is_assumption else "")
        rows.append((
            named(key), text(item.specification), amount(distribution.quantile(0.5), unit, is_given=distribution.is_constant),
            *interval, Cell("", (unit,)), text(grade), text(input_date(item)), _sources(item, notes),
        ))  # fmt: skip
    middle = (
        (Column("median", ("median",), right=True), Column(interval_name(study.interval), ("low", "high"), right=True))
        if role == "prior" else (Column("value", ("value",), right=True),)
    )  # fmt: skip
    columns = (
        Column("input", ("input",)),
        Column("as stated", ("specification",)),
        *middle,
        Column("", ("unit",)),
        Column("grade", ("grade",)),
        Column("date", ("date",)),
        Column("sources", ("sources",)),
    )
    return table(name, caption, columns, rows)


def _sources(item: Input, notes: Footnotes) -> Cell:
    """Footnotes for people, the sources themselves in the data."""
    sources = "; ".join(map(str, item.sources))
    if not item.sources and item.role == "prior":
        return Cell("assumption", ("assumption",))
    return Cell("", (sources,), notes.cite(item.sources))


def input_date(item: Input) -> str:
    """Return the date of an input, or else that of its newest source."""
    return item.date or max((source.date for source in item.sources), default="")


def newest_date(scenario: Scenario) -> str:
    """Return the date of the newest prior or source that takes part."""
    return max((input_date(item) for item in scenario.inputs.values()), default="")
