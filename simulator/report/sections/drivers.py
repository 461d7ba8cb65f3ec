"""The drivers of the total."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from simulator.analysis.occurrences import decides_event
from simulator.analysis.sensitivity import NO_VARIANCE
from simulator.core.formatting import NONE, event_clause, format_exact_money, format_money, format_percent, to_words
from simulator.report.content import (
    MAX_ROWS,
    Block,
    Bullets,
    Cell,
    FigureBlock,
    Paragraph,
    Section,
    TableBlock,
    TableColumn,
    interval_cell,
    join_words,
    make_table,
    name_cell,
    quantity_cell,
    text_cell,
    to_sentence,
)
from simulator.report.inputs import describe_input
from simulator.report.sections.front import ranked_drivers
from simulator.report.study import Study

if TYPE_CHECKING:
    from simulator.analysis.overruns import InputShift
    from simulator.analysis.sensitivity import Driver, IntervalEstimate, Sensitivity
    from simulator.analysis.sensitivity.tornado import Endpoints


def driver_section(study: Study) -> Section:
    """Return the drivers of the total, and the most useful next research; without blocks where they were not computed."""
    analysis = study.drivers
    if analysis is None:
        return Section("drivers", "", ())
    if analysis.swings:
        figure = FigureBlock("tornado", "tornado", "The median total with each input at its P10 and at its P90.", analysis)
    else:
        figure = FigureBlock("variance", "variance", "The share of the variance that each input explains by itself.", analysis)
    return Section("drivers", figure.finding, (figure, *_driver_blocks(study, analysis)), "What drives it")


def _driver_blocks(study: Study, analysis: "Sensitivity") -> Iterable[Block]:
    if analysis.research_next.text:
        yield Paragraph(to_sentence(analysis.research_next.text))
    shared = _shared_descriptions(study, analysis)
    yield _driver_table(study, analysis, shared)
    for about, names in shared.items():
        yield Paragraph(
            f"{len(names)} of these inputs, such as {to_words(names[0])}, have values of one source: {to_sentence(about)}"
        )
    reasons = tuple(to_sentence(study.in_words(note.text)) for note in analysis.notes if note.code == NO_VARIANCE)
    if reasons:
        yield Bullets(reasons, "Why the variance is not that of the cost itself")
    overrun = study.budget.overrun
    if overrun.inputs:
        limit = (format_money if study.budget.budget is None else format_exact_money)(overrun.above, study.scenario.currency)
        yield Paragraph(
            f"In the {overrun.draws:,} simulated outcomes above the {overrun.of} of {limit}, "
            f"{join_words(_shift_text(study, shift) for shift in overrun.inputs[:3])}."
        )


def _shift_text(study: Study, shift: "InputShift") -> str:
    if shift.is_event:
        then, usual = format_percent(shift.median_then), format_percent(shift.median)
        return f"{event_clause(shift.name)} in {then} of them in place of {usual}"
    unit = study.scenario.inputs[shift.name].unit.text
    median_then, usual = quantity_cell(shift.median_then, unit).text, quantity_cell(shift.median, unit).text
    return f"{to_words(shift.name)} has a median of {median_then} in place of {usual}"


_CONDITIONAL_COLUMN = TableColumn(
    "conditional: correlated inputs move along", ("conditional_p10_usd", "conditional_p90_usd"), right=True
)


def _ranked(study: Study, analysis: "Sensitivity") -> "list[Driver]":
    """Return all drivers, the widest range of the median total first."""
    ranked = [driver for driver, _ in ranked_drivers(study)]
    return ranked + [driver for driver in analysis.drivers if driver not in ranked]


def _shared_descriptions(study: Study, analysis: "Sensitivity") -> dict[str, list[str]]:
    """Return the descriptions that values of several drivers have, such as that of their posterior, with the drivers' names."""
    named: dict[str, list[str]] = {}
    for driver in _ranked(study, analysis):
        item = study.scenario.inputs.get(driver.name)
        if item is not None and item.about and item.sources and not decides_event(driver.name):
            named.setdefault(item.about, []).append(driver.name)
    return {about: names for about, names in named.items() if len(names) > 1}


def _driver_table(study: Study, analysis: "Sensitivity", shared: Collection[str]) -> TableBlock:
    """Return the table of drivers; descriptions that several `shared` are left out of their rows."""
    has_conditional = any(swing.conditional for _, swing in analysis.swings)
    rows = [_driver_cells(study, driver, shared, has_conditional=has_conditional) for driver in _ranked(study, analysis)]
    columns = (
        TableColumn("input", ("input",)), TableColumn("description", ("about",), width="wide"),
        TableColumn("total with it set to its P10 and P90", ("total_at_p10_usd", "total_at_p90_usd"), right=True),
        *([_CONDITIONAL_COLUMN] if has_conditional else []),
        TableColumn(f"share of the variance of {analysis.variance_of}", ("share_of_variance",), right=True),
        TableColumn("interval would shrink by", ("interval_shrinks",), right=True),
        TableColumn(f"expected value of information, {study.scenario.currency}", ("expected_gain_usd",), right=True),
        TableColumn("grade", ("grade",)),
    )  # fmt: skip
    return make_table(
        "drivers",
        f"Drivers of the uncertainty, the widest range of the median total first, in {study.scenario.money}",
        columns,
        rows,
        MAX_ROWS,
    )


def _driver_cells(study: Study, driver: "Driver", shared: Collection[str], *, has_conditional: bool) -> tuple[Cell, ...]:
    """Return the row of an input."""
    swing, if_known = driver.swing, driver.if_known
    conditional = [_endpoints_cell(swing.conditional if swing else None)] if has_conditional else []
    return (
        name_cell(driver.name),
        _description_cell(study, driver.name, shared),
        _endpoints_cell(swing.median if swing else None),
        *conditional,
        _estimated_share_cell(driver.share_of_variance),
        _estimated_share_cell(if_known.interval_shrinks if if_known else None),
        _gain_cell(if_known.expected_gain) if if_known else Cell("", (None,)),
        text_cell(driver.grade),
    )


def _endpoints_cell(ends: "Endpoints | None") -> Cell:
    return Cell("", (None, None)) if ends is None else interval_cell(ends.p10, ends.p90)


def _estimated_share_cell(estimate: "IntervalEstimate | None") -> Cell:
    """Return a cell of an estimated share; a share that is not distinguishable from zero is shown as ~0."""
    if estimate is None:
        return Cell("", (None,))
    return Cell(format_percent(estimate.value) if estimate.is_clear else "~0", (estimate.value,))


def _gain_cell(estimate: "IntervalEstimate | None") -> Cell:
    if estimate is None:
        return Cell(NONE, (None,))
    return Cell(format_money(estimate.value) if estimate.is_clear else "~0", (estimate.value,))


def _description_cell(study: Study, name: str, shared: Collection[str]) -> Cell:
    item = study.scenario.inputs.get(name)
    own = None if item is not None and item.about in shared else item
    return text_cell(describe_input(name, own, study.scenario.graph))
