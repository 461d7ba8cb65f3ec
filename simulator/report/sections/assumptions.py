"""The inputs of the results: priors and known numbers with their sources."""

import re
from collections.abc import Iterable

from simulator.analysis.occurrences import decides_event, event_quantities
from simulator.core.formatting import event_clause, format_exact, format_value, interval_name, to_words
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
    TableRow,
    interval_cell,
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
    priors = [item for name, item in study.scenario.inputs.items() if item.role == "prior" and not decides_event(name)]
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
    events = [event_clause(event) for event in event_quantities(scenario, sorted(scenario.inputs)).values()]
    if events:
        yield Paragraph(f"Events, each drawn in every outcome with its probability: {join_words(events)}.")
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
    """Return a table of the inputs of one role, with specification, grade, date and sources.

    A number that decides whether an event happens is in the files only, and so is the specification of a known number that
    says no more than its value.
    """
    inputs = study.scenario.inputs
    names = [key for key in sorted(inputs) if inputs[key].role == role and (included is None or key in set(included))]
    bounds = interval_bounds(study.interval)
    rows = []
    for key in names:
        item = inputs[key]
        interval = (_interval_cell(item, bounds),) if role == "prior" else ()
        grade = item.grade or ("assumption" if item.is_assumption else "")
        cells = (
            name_cell(key),
            _specification_cell(item),
            _value_cell(item),
            *interval,
            Cell("", (item.unit.text,)),
            text_cell(grade),
            text_cell(input_date(item)),
            _sources(item, notes),
        )
        rows.append(TableRow(cells, is_on_page=not decides_event(key)))
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
        TableColumn("date", ("date",), width="whole"),
        TableColumn("sources", ("sources",)),
    )
    return make_table(name, caption, columns, rows)


_NUMBER = re.compile(r"[-+]?[\d_.]+(e[-+]?\d+)?( [\w/*^]+)?")
_SECONDS = 3600.0
_SHORT_TIMES = (
    (1.0, 1.0, "hours"), (1 / 60, 60.0, "minutes"), (1 / _SECONDS, _SECONDS, "s"), (1e-3 / _SECONDS, 1e3 * _SECONDS, "ms"),
    (0.0, 1e6 * _SECONDS, "µs"),
)  # fmt: skip
"""Units of a time below a day: the shortest time of each, in hours, how many it has in an hour, and its name."""
_DAY = 24.0


def _specification_cell(item: Input) -> Cell:
    """Return a cell of a specification; that of a known number is empty on the page where the value says the same."""
    is_repeated = item.distribution.is_constant and _NUMBER.fullmatch(item.specification) is not None
    return Cell("" if is_repeated else item.specification, (item.specification,))


def _value_cell(item: Input) -> Cell:
    """Return a cell of a median or of a known value; a time below a day has a unit that fits it."""
    distribution, value = item.distribution, item.distribution.quantile(0.5)
    short = _short_time(item)
    if short is None:
        return quantity_cell(value, item.unit.text, is_given=distribution.is_constant)
    factor, unit = short
    return Cell(f"{(format_exact if distribution.is_constant else format_value)(factor * value)} {unit}", (value,))


def _interval_cell(item: Input, bounds: tuple[float, float]) -> Cell:
    """Return a cell of an interval, in the unit of the median."""
    low, high = map(item.distribution.quantile, bounds)
    short = _short_time(item)
    if short is None:
        return quantity_interval_cell(low, high, item.unit.text)
    return interval_cell(low, high, lambda value: format_value(short[0] * value))


def _short_time(item: Input) -> tuple[float, str] | None:
    """Return the factor from hours and the unit of a time with a median below a day; None for anything else."""
    median = abs(item.distribution.quantile(0.5))
    if item.unit.text != "hour" or not 0 < median < _DAY:
        return None
    return next((factor, unit) for shortest, factor, unit in _SHORT_TIMES if median >= shortest)


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
