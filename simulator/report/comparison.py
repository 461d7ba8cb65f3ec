"""The report on several scenarios: which is cheaper, how likely that is, and what explains the difference."""

from collections.abc import Iterable, Sequence
from typing import Any

from simulator.core.formatting import format_money, format_percent, format_significant, interval_name
from simulator.report.content import (
    Block,
    Bullets,
    Cell,
    FigureBlock,
    Footnotes,
    Paragraph,
    Report,
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
    point_cell,
    share_cell,
    spell_probability,
    spell_usd,
    spell_usd_range,
    text_cell,
    to_sentence,
    usd_cell,
)
from simulator.report.sections.assumptions import assumption_blocks, input_table
from simulator.report.sections.method import provenance, repeat_blocks, sampling_error
from simulator.report.study import Study, messages
from simulator.scenario import TOTAL


def report_on(
    studies: Sequence[Study],
    names: Sequence[str],
    comparison: dict[str, Any],
    command: str,
    date: str = "",
    break_even: dict[str, Any] | None = None,
) -> Report:
    """Return the report that compares studies.

    `comparison` comes from `compare.compare`, `break_even` from `rent_or_buy.rent_or_buy`.
    """
    notes = Footnotes()
    sections = [
        Section("side-by-side", "Side by side", tuple(_side_by_side(studies, names))),
        Section("differences", "What differs, and why", tuple(_differences(studies, names, comparison))),
        Section("break-even", "Break-even", tuple(_break_even_blocks(break_even) if break_even else ())),
        Section("assumptions", "Assumptions", tuple(_assumptions(studies, names, notes))),
        Section("method", "Method", tuple(_method(studies))),
        Section("limits", "Limits", tuple(_limits(studies, comparison))),
        Section("repeat", "Reproduction", tuple(repeat_blocks(studies, command))),
    ]
    return Report(
        title=join_titles(studies, names),
        kicker="Comparison",
        answer=answer(studies, names, comparison),
        key_figures=tuple(_key_figures(names, comparison)),
        sections=tuple(section for section in sections if section.blocks),
        footnotes=notes.entries(),
        provenance=provenance(studies, date),
        summary={
            "comparison": comparison, "break_even": break_even,
            "runs": {name: study.run for name, study in zip(names, studies, strict=True)},
            "budgets": {name: study.budget for name, study in zip(names, studies, strict=True)},
        },
        date=date,
        results=tuple(study.result for study in studies),
    )  # fmt: skip


def join_titles(studies: Sequence[Study], names: Sequence[str]) -> str:
    """Return the title of the scenario if all are variants of it, or else the titles of all."""
    titles = {study.scenario.title for study in studies}
    return f"{titles.pop()}: {join_words(names)}" if len(titles) == 1 else join_words(study.scenario.title for study in studies)


def answer(studies: Sequence[Study], names: Sequence[str], comparison: dict[str, Any]) -> str:
    """Describe which scenario is the cheapest, by how much, and with which probability."""
    interval = interval_name(studies[0].interval)
    order = sorted(range(len(studies)), key=lambda place: studies[place].total["median"])
    first = order[0]
    totals = [
        f"{names[place]} at {spell_usd(studies[place].total['median'])} "
        f"({interval}: {spell_usd_range(studies[place].total['low'], studies[place].total['high'])})"
        for place in order
    ]
    sentences = [to_sentence(f"{names[first]} costs least in the median: {', then '.join(totals)}; in {comparison['money']}")]
    for row in comparison["differences"]:
        probability = row["first_cheaper"]["value"]
        statistic, phrase = ("median", "in the median") if row["mean"] is None else ("mean", "on average")
        direction = "more" if row[statistic] >= 0 else "less"
        sentences.append(
            f"Using common random numbers, {row['of']} costs {spell_usd(abs(row[statistic]))} {direction} than {row['from']} "
            f"{phrase}, and {row['from']} is cheaper in {spell_probability(probability)} cases."
        )
        largest_step = sorted(row["explained"], key=lambda step: -abs(step["change"]))[:1]
        if largest_step:
            sentences.append(f"The largest contribution comes from {largest_step[0]['name'].replace('_', ' ')}.")
    return " ".join(sentences)


def _key_figures(names: Sequence[str], comparison: dict[str, Any]) -> Iterable[tuple[str, str]]:
    for name, row in zip(names, comparison["scenarios"], strict=True):
        yield f"{name}, median", f"{format_money(row['median'])} USD"
    for row in comparison["differences"]:
        yield f"{row['from']} cheaper than {row['of']}", format_percent(row["first_cheaper"]["value"])


# --- sections -------------------------------------------------------------------------------------------------------------


def _side_by_side(studies: Sequence[Study], names: Sequence[str]) -> Iterable[Block]:
    from simulator.figures.kinds.comparison import overlay_of

    results = [study.result for study in studies]
    yield FigureBlock("overlay", "overlay", "The distributions of the totals.", overlay_of(results, names, studies[0].interval))
    yield _totals_table(studies, names)
    yield _lines_table(studies, names)


def _totals_table(studies: Sequence[Study], names: Sequence[str]) -> TableBlock:
    """Return a table with the cost of each scenario, one scenario per row."""
    budgets = any(study.budget["budget"] for study in studies)
    rows = []
    for name, study in zip(names, studies, strict=True):
        total, budget = study.total, study.budget["budget"]
        levels = {row["level"]: row["amount"] for row in study.budget["contingency"]}
        cells = [
            text_cell(name),
            point_cell(study.budget["point_estimate"]),
            usd_cell(total["median"]),
            interval_cell(total["low"], total["high"]),
            usd_cell(total["mean"]),
            usd_cell(levels[80]),
            usd_cell(levels[90]),
        ]
        if budgets:
            cells.append(share_cell(budget["probability_within"] if budget else None))
        rows.append(cells)
    columns = [TableColumn("", ("scenario",)), TableColumn("point estimate", ("point_usd",), right=True)]
    columns += [
        TableColumn("median", ("median_usd",), right=True),
        TableColumn(interval_name(studies[0].interval), ("low_usd", "high_usd"), right=True),
        TableColumn("mean", ("mean_usd",), right=True),
        TableColumn("P80", ("p80_usd",), right=True),
        TableColumn("P90", ("p90_usd",), right=True),
    ]
    if budgets:
        columns.append(TableColumn("probability within budget", ("probability_within_budget",), right=True))
    return make_table("totals", f"Total cost in {studies[0].scenario.money}", columns, rows)


def _lines_table(studies: Sequence[Study], names: Sequence[str]) -> TableBlock:
    """Return a table of medians and intervals, with one line per row and one scenario per column."""
    lines = list(dict.fromkeys(line for study in studies for line in study.scenario.lines))
    columns = [TableColumn("", ("line",))]
    for name in names:
        columns.append(
            TableColumn(
                f"{name}: median, {interval_name(studies[0].interval)}",
                tuple(f"{name} {end}_usd" for end in ("median", "low", "high")),
                right=True,
            )
        )
    rows = []
    for line in (*lines, TOTAL):
        cells: list[Cell] = [name_cell(line)]
        for study in studies:
            figures = study.run["quantities"].get(line)
            if figures is None or (line != TOTAL and line not in study.scenario.lines):
                cells.append(Cell("", (None, None, None)))
            else:
                amounts = (
                    f"{format_money(figures['median'])}, {format_money(figures['low'])} to {format_money(figures['high'])}"
                )
                cells.append(Cell(amounts, (figures["median"], figures["low"], figures["high"])))
        rows.append(TableRow(tuple(cells), strong=line == TOTAL))
    return make_table("breakdown", f"What each consists of, in {studies[0].scenario.money}", columns, rows)


def _differences(studies: Sequence[Study], names: Sequence[str], comparison: dict[str, Any]) -> Iterable[Block]:
    from simulator.figures.kinds.comparison import difference_of

    results = [study.result for study in studies]
    interval = studies[0].interval
    yield FigureBlock(
        "difference", "difference", f"Each scenario less {names[0]}, draw by draw.", difference_of(results, names, interval)
    )
    rows = [
        (
            text_cell(f"{row['of']} less {row['from']}"),
            change_cell(row["mean"]),
            change_cell(row["median"]),
            interval_cell(row["low"], row["high"]),
            share_cell(row["first_cheaper"]["value"]),
            number_cell(row["ratio"]["median"] if row["ratio"] else None, format_significant),
        )
        for row in comparison["differences"]
    ]
    columns = (
        TableColumn("", ("difference",)),
        TableColumn("mean", ("mean_usd",), right=True),
        TableColumn("median", ("median_usd",), right=True),
        TableColumn(interval_name(interval), ("low_usd", "high_usd"), right=True),
        TableColumn(f"{names[0]} is cheaper in", ("first_cheaper_probability",), right=True),
        TableColumn("times the cost (median)", ("ratio",), right=True),
    )
    yield make_table("differences", f"Differences using common random numbers, in {comparison['money']}", columns, rows)
    for place, row in enumerate(comparison["differences"], start=1):
        if row["explained"]:
            yield _decomposition_table(row, place, comparison["money"])
    yield Paragraph(
        "The contribution of a step depends on the steps before it; “alone” is that change by itself in the first scenario. "
        "The mean differences add up."
    )


def _decomposition_table(row: dict[str, Any], place: int, money: str) -> TableBlock:
    rows: list[TableRow | Iterable[Cell]] = [
        (
            name_cell(step["name"]),
            text_cell(step["from"]),
            text_cell(step["to"]),
            change_cell(step["change"]),
            change_cell(step["alone"]),
        )
        for step in row["explained"]
    ]
    rows.append(
        TableRow(
            (text_cell("together"), text_cell(""), text_cell(""), change_cell(row["mean"]), Cell("", (None,))), strong=True
        )
    )
    columns = (
        TableColumn("", ("quantity",)), TableColumn(f"{row['from']}", ("from",)), TableColumn(f"{row['of']}", ("to",)),
        TableColumn("mean change", ("change_usd",), right=True), TableColumn("alone", ("alone_usd",), right=True),
    )  # fmt: skip
    title = f"From {row['from']} to {row['of']}, one change at a time, in {money}"
    return make_table(f"explained-{place}", title, columns, rows)


def _break_even_blocks(break_even: dict[str, Any]) -> Iterable[Block]:
    """Return the prices and durations at which renting and buying cost the same."""
    owned_cheaper = break_even["rented_less_owned"]["first_cheaper"]["value"]
    price = break_even["break_even_price"]
    yield Paragraph(
        f"Owning, with chips charged for the time they are used, is cheaper in {spell_probability(owned_cheaper)} cases. "
        f"Renting would cost the same at {format_significant(price['median'])} USD per chip-hour "
        f"({interval_name(break_even['interval'] / 100)}: {format_significant(price['low'])} to "
        f"{format_significant(price['high'])}); the price of the scenario is "
        f"{format_significant(break_even['rental_price']['median'])}."
    )
    rows = [
        _break_even_row("rental price of the scenario", break_even["rental_price"], "USD/chip/hour"),
        _break_even_row("break-even rental price, against owned", price, "USD/chip/hour"),
        _break_even_row(
            "break-even duration, against purchased", break_even["break_even_months"], "months of work of each chip"
        ),
    ]
    utilisation = break_even["break_even_utilisation"]
    if utilisation is not None:
        rows.append(
            _break_even_row(
                "break-even utilisation, against purchased", utilisation, "of the chips' useful life", format_percent
            )
        )
    columns = (
        TableColumn("", ("figure",)), TableColumn("median", ("median",), right=True),
        TableColumn(interval_name(break_even["interval"] / 100), ("low", "high"), right=True), TableColumn("", ("unit",)),
    )  # fmt: skip
    yield make_table("break-even", "Where renting and buying cost the same", columns, rows)
    never_probability = break_even["break_even_months"]["never"]["value"]
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


def _break_even_row(name: str, row: dict[str, Any], unit: str, format_bound: Any = format_significant) -> tuple[Cell, ...]:
    def bound(key: str) -> str:
        return "never" if row[key] is None else str(format_bound(row[key]))

    interval = Cell(f"{bound('low')} to {bound('high')}", (row["low"], row["high"]))
    return text_cell(name), Cell(bound("median"), (row["median"],)), interval, text_cell(unit)


def _assumptions(studies: Sequence[Study], names: Sequence[str], notes: Footnotes) -> Iterable[Block]:
    """Return all inputs of the first scenario, and the inputs of the others that differ from it."""
    first = studies[0]
    yield Paragraph(f"All inputs of {names[0]} are listed; for the other scenarios, only those that differ.")
    yield from assumption_blocks(first, notes)
    for place, (name, study) in enumerate(zip(names[1:], studies[1:], strict=True), start=2):
        inputs = first.scenario.inputs
        differing = {
            key
            for key, item in study.scenario.inputs.items()
            if key not in inputs
            or (item.distribution, item.specification) != (inputs[key].distribution, inputs[key].specification)
        }
        for role, heading in (("prior", "Priors"), ("choice", "Known numbers")):
            inputs_table = input_table(f"{role}s-{place}", f"{heading} of {name} that differ", study, notes, role, differing)
            if inputs_table.rows:
                yield inputs_table


def _method(studies: Sequence[Study]) -> Iterable[Block]:
    result = studies[0].result
    yield Paragraph(
        f"Every uncertain input is drawn {result.draws:,} times from its prior, and the formulas are evaluated for each draw. "
        "A prior of the same name uses the same random numbers in every scenario, so what the scenarios share cancels out of "
        f"their differences, draw by draw. {sampling_error(studies[0])}"
    )
    if not any(study.budget["risks"] for study in studies):
        yield Paragraph("Known risks only: no scenario has a risk register.")


def _limits(studies: Sequence[Study], comparison: dict[str, Any]) -> Iterable[Block]:
    yield Bullets((
        "The total consists of the lines of the table above and nothing else.",
        "Priors age, and chip and rental prices change quickly; the date of each is given above.",
        "An interval is only as good as its priors: it shows the uncertainty that present knowledge leaves.",
        f"Amounts are in {comparison['money']}, before taxes and the cost of capital.",
    ))  # fmt: skip
    lines = dict.fromkeys([*comparison["notes"], *(note for study in studies for note in messages(study))])
    if lines:
        yield Bullets(tuple(lines), "Notes and warnings of these runs")
