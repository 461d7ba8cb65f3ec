"""Each of several scenarios less the first, what explains it, and where renting and buying cost the same."""

from collections.abc import Callable, Iterable, Sequence

from simulator.analysis.compare import Comparison, ScenarioDifference
from simulator.analysis.rent_or_buy import BreakEven, RentOrBuy
from simulator.core.formatting import format_percent, format_significant, interval_name
from simulator.engine.summaries import SummaryStatistics
from simulator.report.content import (
    Block,
    Bullets,
    Cell,
    FigureBlock,
    Paragraph,
    TableBlock,
    TableColumn,
    TableRow,
    change_cell,
    interval_cell,
    make_table,
    name_cell,
    number_cell,
    share_cell,
    spell_probability,
    text_cell,
)
from simulator.report.study import Study


def difference_blocks(studies: Sequence[Study], names: Sequence[str], comparison: Comparison) -> Iterable[Block]:
    """Return each scenario less the first, and what explains it."""
    from simulator.figures.kinds.difference import difference_of

    results = [study.result for study in studies]
    interval = studies[0].interval
    yield FigureBlock(
        "difference", "difference", f"Each scenario less {names[0]}, draw by draw.", difference_of(results, names, interval)
    )
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
    yield make_table("differences", f"Differences using common random numbers, in {comparison.header.money}", columns, rows)
    for place, row in enumerate(comparison.differences, start=1):
        if row.steps:
            yield _steps_table(row, place, comparison.header.money)
    yield Paragraph(
        "The contribution of a step depends on the steps before it; “alone” is that change by itself in the first scenario. "
        "The mean differences add up."
    )


def _steps_table(row: ScenarioDifference, place: int, money: str | None) -> TableBlock:
    rows: list[TableRow | Iterable[Cell]] = [
        (
            name_cell(step.name),
            text_cell(step.before),
            text_cell(step.after),
            change_cell(step.change),
            change_cell(step.alone),
        )
        for step in row.steps
    ]
    rows.append(
        TableRow((text_cell("together"), text_cell(""), text_cell(""), change_cell(row.mean), Cell("", (None,))), strong=True)
    )
    columns = (
        TableColumn("", ("quantity",)), TableColumn(row.first, ("from",)), TableColumn(row.other, ("to",)),
        TableColumn("mean change", ("change_usd",), right=True), TableColumn("alone", ("alone_usd",), right=True),
    )  # fmt: skip
    title = f"From {row.first} to {row.other}, one change at a time, in {money}"
    return make_table(f"explained-{place}", title, columns, rows)


def break_even_blocks(break_even: RentOrBuy) -> Iterable[Block]:
    """Return the prices and durations at which renting and buying cost the same."""
    owned_cheaper = break_even.rented_less_owned.first_cheaper.value
    price = break_even.break_even_price
    yield Paragraph(
        f"Owning, with chips charged for the time they are used, is cheaper in {spell_probability(owned_cheaper)} cases. "
        f"Renting would cost the same at {format_significant(price.median)} USD per chip-hour "
        f"({break_even.header.interval_name}: {format_significant(price.low)} to "
        f"{format_significant(price.high)}); the price of the scenario is "
        f"{format_significant(break_even.rental_price.median)}."
    )
    rows = [
        _break_even_row("rental price of the scenario", break_even.rental_price, "USD/chip/hour"),
        _break_even_row("break-even rental price, against owned", price, "USD/chip/hour"),
        _break_even_row("break-even duration, against purchased", break_even.break_even_months, "months of work of each chip"),
    ]
    utilisation = break_even.break_even_utilisation
    if utilisation is not None:
        rows.append(
            _break_even_row(
                "break-even utilisation, against purchased", utilisation, "of the chips' useful life", format_percent
            )
        )
    columns = (
        TableColumn("", ("figure",)), TableColumn("median", ("median",), right=True),
        TableColumn(break_even.header.interval_name, ("low", "high"), right=True), TableColumn("", ("unit",)),
    )  # fmt: skip
    yield make_table("break-even", "Where renting and buying cost the same", columns, rows)
    never_probability = break_even.break_even_months.never.value
    yield Bullets(
        (
            "Purchased: the whole cluster is paid for, however much of it is used. Resale value and the cost of capital are "
            "not included.",
            *(
                [f"In {spell_probability(never_probability)} cases power alone costs more than rent, so buying never pays off."]
                if never_probability
                else []
            ),
        )
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
