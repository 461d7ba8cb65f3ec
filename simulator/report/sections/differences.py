"""Each of several scenarios less the first, what explains it, and where renting and buying cost the same."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.analysis.compare import Comparison, ScenarioDifference
from simulator.analysis.explanation import NO_PART, PART, grouped_steps
from simulator.analysis.input_differences import grouped
from simulator.analysis.rent_or_buy_results import BreakEven, RentOrBuy
from simulator.core.formatting import format_percent, format_quantity, format_significant, interval_name, to_words
from simulator.engine.summaries import SummaryStatistics
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
    TableRow,
    change_cell,
    interval_cell,
    join_words,
    make_table,
    name_cell,
    number_cell,
    share_cell,
    spell_probability,
    text_cell,
)
from simulator.report.study import Study

if TYPE_CHECKING:
    from simulator.figures.kinds.rent_or_buy import RentOrBuyFigure


def difference_section(studies: Sequence[Study], names: Sequence[str], comparison: Comparison) -> Section:
    """Return each scenario less the first, and what explains it."""
    from simulator.figures.kinds.difference import difference_of

    table = difference_of([study.result for study in studies], names, studies[0].interval)
    table = replace(table, own_chips=comparison.own_chips)
    figure = FigureBlock("difference", "difference", f"Each scenario less {names[0]}, outcome by outcome.", table)
    blocks = _difference_blocks(studies, names, comparison)
    return Section("differences", figure.finding, (figure, *blocks), "What differs, and why", is_folded=False)


def _difference_blocks(studies: Sequence[Study], names: Sequence[str], comparison: Comparison) -> Iterable[Block]:
    interval = studies[0].interval
    rows = [
        (
            text_cell(f"{row.other} less {row.first}"),
            change_cell(row.mean),
            change_cell(row.median),
            interval_cell(row.low, row.high),
            share_cell(row.first_cheaper.value),
            number_cell(row.ratio.median if row.ratio else None, format_significant),
        )
        for row in comparison.differences
    ]
    columns = (
        TableColumn("", ("difference",)),
        TableColumn("mean", ("mean_usd",), right=True),
        TableColumn("median", ("median_usd",), right=True),
        TableColumn(interval_name(interval), ("low_usd", "high_usd"), right=True),
        TableColumn(f"{names[0]} is cheaper in", ("first_cheaper_probability",), right=True),
        TableColumn("times the cost (median)", ("ratio",), right=True),
    )
    yield make_table("differences", f"Differences in the same random draws, in {comparison.header.money}", columns, rows)
    if any(scenario.times for scenario in comparison.scenarios):
        yield _times_table(comparison, names)
    for place, row in enumerate(comparison.differences, start=1):
        if row.inputs:
            yield _inputs_table(row, place)
        if row.steps:
            yield _steps_table(row, place, comparison.header.money)
    yield Paragraph(
        "The contribution of a step depends on the steps before it; “alone” is that change by itself in the first scenario. "
        "The mean differences add up; steps that read alike have one row with their sum, and one each in the data."
    )


def _times_table(comparison: Comparison, names: Sequence[str]) -> TableBlock:
    """Return the times of each scenario, and their differences from those of the first."""
    differences = {(row.other, each.name): each for row in comparison.differences for each in row.times}
    rows: list[tuple[Cell, ...]] = []
    for scenario, name in zip(comparison.scenarios, names, strict=True):
        for each in scenario.times:
            change = differences.get((scenario.name, each.name))
            rows.append(
                (
                    text_cell(name),
                    name_cell(each.name),
                    number_cell(each.median, _days),
                    Cell(f"{_days(each.low)} to {_days(each.high)}", (each.low, each.high)),
                    number_cell(None if change is None else change.median, _signed_days),
                    text_cell("" if each.dates is None else f"{each.dates.median}, {each.dates.low} to {each.dates.high}"),
                )
            )
    columns = [
        TableColumn("scenario", ("scenario",)), TableColumn("", ("time",)), TableColumn("median", ("median",), right=True),
        TableColumn(comparison.header.interval_name, ("low", "high"), right=True),
        TableColumn("less the first", ("less_first",), right=True), TableColumn("date", ("date",)),
    ]  # fmt: skip
    if not any(row[-1].text for row in rows):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    title = "Length of the final run, and time until the release; less the first: median of the differences draw by draw"
    return make_table("times", title, columns, rows)


def _days(hours: float) -> str:
    return format_quantity(hours, "hour")


def _signed_days(hours: float) -> str:
    return ("+" if hours > 0 else "") + _days(hours)


def _inputs_table(row: ScenarioDifference, place: int) -> TableBlock:
    """Return what differs: on the page what reads alike in one row, in the files each input."""
    rows: list[TableRow] = []
    for group in grouped(row.inputs):
        for number, each in enumerate(group.items):
            texts = ((group.label, each.name), (group.before, each.before), (group.after, each.after))
            rows.append(TableRow(tuple(Cell(text, (value,)) for text, value in texts), is_on_page=number == 0))
    columns = (TableColumn("", ("input",)), TableColumn(row.first, ("from",)), TableColumn(row.other, ("to",)))
    return make_table(f"inputs-{place}", f"What differs in the inputs from {row.first} to {row.other}", columns, rows, MAX_ROWS)


_LINE_TEXTS = {PART: "is part of the total", NO_PART: "is not part of it"}
"""What is shown of a line that only one of two scenarios has."""


def _steps_table(row: ScenarioDifference, place: int, money: str | None) -> TableBlock:
    """Return what explains a difference: on the page what reads alike in one row, in the files each step."""
    rows: list[TableRow | Iterable[Cell]] = []
    for group in grouped_steps(row.steps):
        for number, step in enumerate(group.items):
            cells = (
                Cell(group.label, (step.name,)),
                text_cell(_LINE_TEXTS.get(step.before, step.before)),
                text_cell(_LINE_TEXTS.get(step.after, step.after)),
                Cell(change_cell(group.change).text, (step.change,)),
                Cell("" if group.alone is None else change_cell(group.alone).text, (step.alone,)),
            )
            rows.append(TableRow(cells, is_on_page=number == 0))
    rows.append(
        TableRow((text_cell("together"), text_cell(""), text_cell(""), change_cell(row.mean), Cell("", (None,))), strong=True)
    )
    columns = (
        TableColumn("", ("quantity",)), TableColumn(row.first, ("from",)), TableColumn(row.other, ("to",)),
        TableColumn("mean change", ("change_usd",), right=True), TableColumn("alone", ("alone_usd",), right=True),
    )  # fmt: skip
    title = f"From {row.first} to {row.other}, one change at a time, in {money}"
    return make_table(f"explained-{place}", title, columns, rows)


def break_even_section(break_even: RentOrBuy, by_horizon: "RentOrBuyFigure") -> Section:
    """Return what the same work costs rented and owned over one horizon, and where both cost the same."""
    caption = "The cost of an hour used, rented and owned, by the time for which owned chips are kept."
    figure = FigureBlock("rent-or-buy", "rent-or-buy", caption, by_horizon)
    return Section("break-even", figure.finding, (figure, *_break_even_blocks(break_even)), "Break-even", is_folded=False)


def _break_even_blocks(break_even: RentOrBuy) -> Iterable[Block]:
    owned_cheaper, price = break_even.rented_less_owned.first_cheaper.value, break_even.break_even_price
    interval, bare = break_even.header.interval_name, break_even.without_capital_and_resale
    currency = break_even.header.currency
    own_use = ""
    if break_even.own_use is not None:
        share = format_percent(break_even.own_use.median)
        own_use = f" The work of the scenario takes {share} of these hours (median); without other work the use is no higher."
    yield Paragraph(
        f"{break_even.chips.median:,.0f} chips are bought, kept for "
        f"{format_significant(break_even.horizon_months.median)} months, used for {format_percent(break_even.use.median)} of "
        f"that time and sold; or the hours used are rented. Owning is cheaper in {spell_probability(owned_cheaper)} cases. "
        f"Renting would cost the same at {format_significant(price.median)} {currency} per chip-hour ({interval}: "
        f"{format_significant(price.low)} to {format_significant(price.high)}); the rent without a contract is "
        f"{format_significant(break_even.rental_price.median)}.{own_use}"
    )
    hourly, share, months, without = (
        f"{currency}/chip/hour",
        "of the time in use",
        "months kept",
        ", without interest and resale",
    )
    rows = [
        _break_even_row("rent without a contract", break_even.rental_price, hourly),
        _break_even_row("break-even rental price", price, hourly),
        _break_even_row(f"break-even rental price{without}", bare.break_even_price, hourly),
        _break_even_row("break-even utilisation", break_even.break_even_utilisation, share, format_percent),
        _break_even_row(f"break-even utilisation{without}", bare.break_even_utilisation, share, format_percent),
        _break_even_row("break-even duration", break_even.break_even_months, months),
        _break_even_row(f"break-even duration{without}", bare.break_even_months, months),
    ]
    columns = (
        TableColumn("", ("figure",)), TableColumn("median", ("median",), right=True),
        TableColumn(interval, ("low", "high"), right=True), TableColumn("", ("unit",)),
    )  # fmt: skip
    yield make_table("break-even", "Where renting and buying cost the same", columns, rows)
    yield Bullets(tuple(_break_even_notes(break_even)))


def _break_even_notes(break_even: RentOrBuy) -> Iterable[str]:
    reserved = break_even.reserved
    if reserved is not None:
        cheaper, rent = spell_probability(reserved.less_owned.first_cheaper.value), format_significant(reserved.price.median)
        yield (
            f"Reserved ({reserved.commitment}) for the whole time at {rent} {break_even.header.currency} per chip-hour, used "
            f"or not, the same chips cost more than owned ones in {cheaper} cases."
        )
    own = break_even.own_contract
    if own is not None:
        cheaper, rent = spell_probability(own.less_owned.first_cheaper.value), format_significant(own.price.median)
        yield (
            f"Under the own contract ({own.commitment}), renewed at its price of {rent} {break_even.header.currency} per "
            f"chip-hour and used or not, the same chips cost more than owned ones in {cheaper} cases."
        )
    for commitment in break_even.too_long:
        yield f"The own contract ({commitment}) is longer than the time for which the chips are kept, so it is not compared."
    if break_even.not_compared is not None:
        yield (
            f"The own commitment ({break_even.not_compared}) is not compared: it is no contract of one or three years that has "
            "a price."
        )
    never = break_even.break_even_utilisation.never.value
    if never:
        yield f"In {spell_probability(never)} cases buying does not pay off over this time even in use all of it."
    never = break_even.break_even_months.never.value
    if never:
        yield f"In {spell_probability(never)} cases buying does not pay off within the useful life of the chips at this use."
    if break_even.library_costs:
        names = join_words([to_words(name) for name in break_even.library_costs])
        yield f"Costs of the owner that the scenario does not state are those of the library: {names}."
    yield (
        "Owned chips are charged for hardware, capital and resale, site, maintenance, insurance, staff, the hours in which "
        "they stand idle, and power; rent includes all of it."
    )


def _break_even_row(
    name: str,
    figures: SummaryStatistics | BreakEven,
    unit: str,
    format_value: Callable[[float], str] = format_significant,
) -> tuple[Cell, ...]:
    def bound(value: float | None) -> str:
        return "never" if value is None else format_value(value)

    interval = Cell(f"{bound(figures.low)} to {bound(figures.high)}", (figures.low, figures.high))
    return text_cell(name), Cell(bound(figures.median), (figures.median,)), interval, text_cell(unit)
