"""The inputs of the results: priors and known numbers with their sources."""

from collections.abc import Iterable

from simulator.core.formatting import interval_name, to_words
from simulator.engine.inputs import GRADES, Input
from simulator.engine.summaries import interval_bounds
from simulator.report.content import (
    Block,
    Bullets,
    Cell,
    Footnotes,
    Paragraph,
    Section,
    TableBlock,
    TableColumn,
    join_words,
    make_table,
    name_cell,
    quantity_cell,
    quantity_interval_cell,
    text_cell,
    to_sentence,
)
from simulator.report.study import Study
from simulator.scenario import Scenario


def assumption_section(study: Study, notes: Footnotes) -> Section:
    """Return all priors and known numbers, under how many of the priors are assumptions."""
    priors = [item for item in study.scenario.inputs.values() if item.role == "prior"]
    assumed = sum(item.is_assumption for item in priors)
    if not priors:
        heading = "All inputs are known numbers"
    elif not assumed:
        heading = f"All {len(priors)} uncertain inputs have a source"
    else:
        heading = f"{assumed} of the {len(priors)} uncertain inputs are assumptions; the others have sources"
    return Section("assumptions", heading, tuple(assumption_blocks(study, notes)), "Assumptions")


def assumption_blocks(study: Study, notes: Footnotes) -> Iterable[Block]:
    """Return the description of the scenario, and all priors and known numbers with grade, date and sources."""
    scenario = study.scenario
    yield Paragraph(to_sentence(scenario.about or f"{scenario.title}, {scenario.scope}"), notes.cite(scenario.sources))
    yield input_table("assumptions", f"Priors of {scenario.title}: the uncertain inputs", study, notes, "prior")
    yield input_table("known", f"Known numbers of {scenario.title}", study, notes, "choice")
    yield Bullets(tuple(f"{grade}: {meaning}" for grade, meaning in GRADES.items()), "Grades")
    unsupported = sorted(to_words(name) for name, item in scenario.inputs.items() if item.is_assumption)
    if unsupported:
        yield Paragraph(f"Assumptions, with no source or graded D: {join_words(unsupported)}.")
    for lead, lines in (("Known facts", scenario.known_facts), ("Assumed", scenario.assumptions)):
        if lines:
            yield Bullets(tuple(lines), lead)


def input_table(
    name: str, caption: str, study: Study, notes: Footnotes, role: str, included: Iterable[str] | None = None
) -> TableBlock:
    """Return a table of the inputs of one role, with specification, grade, date and sources."""
    inputs = study.scenario.inputs
    names = [key for key in sorted(inputs) if inputs[key].role == role and (included is None or key in set(included))]
    bounds = interval_bounds(study.interval)
    rows = []
    for key in names:
        item = inputs[key]
        distribution, unit = item.distribution, item.unit.text
        interval = (
            (quantity_interval_cell(distribution.quantile(bounds[0]), distribution.quantile(bounds[1]), unit),)
            if role == "prior"
            else ()
        )
        grade = item.grade or ("assumption" if item.is_assumption else "")
        rows.append(
            (
                name_cell(key),
                text_cell(item.specification),
                quantity_cell(distribution.quantile(0.5), unit, is_given=distribution.is_constant),
                *interval,
                Cell("", (unit,)),
                text_cell(grade),
                text_cell(input_date(item)),
                _sources(item, notes),
            )
        )
    value_columns = (
        (
            TableColumn("median", ("median",), right=True),
            TableColumn(interval_name(study.interval), ("low", "high"), right=True),
        )
        if role == "prior"
        else (TableColumn("value", ("value",), right=True),)
    )
    columns = (
        TableColumn("input", ("input",)),
        TableColumn("specification", ("specification",)),
        *value_columns,
        TableColumn("", ("unit",)),
        TableColumn("grade", ("grade",)),
        TableColumn("date", ("date",)),
        TableColumn("sources", ("sources",)),
    )
    return make_table(name, caption, columns, rows)


def _sources(item: Input, notes: Footnotes) -> Cell:
    """Return a cell with footnotes on the page and the sources themselves in the data."""
    sources = "; ".join(map(str, item.sources))
    if not item.sources and item.origin.startswith("--"):
        return Cell("set by option", ("set by option",))
    if not item.sources and item.role == "prior":
        return Cell("assumption", ("assumption",))
    return Cell("", (sources,), notes.cite(item.sources))


def input_date(item: Input) -> str:
    """Return the date of an input, or else the date of its newest source."""
    return item.date or max((source.date for source in item.sources), default="")


def newest_date(scenario: Scenario) -> str:
    """Return the date of the newest prior."""
    return max(prior_dates(scenario), default="")


def prior_dates(scenario: Scenario) -> list[str]:
    """Return the dates of the priors that have one, the oldest first."""
    return sorted(filter(None, (input_date(item) for item in scenario.inputs.values() if item.role == "prior")))
