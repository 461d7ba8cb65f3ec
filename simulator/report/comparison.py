"""The report on several scenarios: which costs less, how sure that is, and what makes the difference."""

from collections.abc import Iterable, Sequence
from typing import Any

from simulator.core.formatting import digits, interval_name, money, percent
from simulator.report.content import (
    Block,
    Bullets,
    Cell,
    Column,
    Figure,
    Footnotes,
    Paragraph,
    Report,
    Row,
    Section,
    Table,
    band,
    change,
    listed,
    named,
    number,
    of_hundred,
    point_cell,
    sentence,
    share,
    spelled,
    spelled_range,
    table,
    text,
    usd,
)
from simulator.report.sections.assumptions import assumption_blocks, input_table
from simulator.report.sections.method import provenance, repeat_blocks, sampling_error
from simulator.report.study import Study, messages
from simulator.scenario import TOTAL


def report_on(
    studies: Sequence[Study],
    names: Sequence[str],
    compared: dict[str, Any],
    command: str,
    date: str = "",
    even: dict[str, Any] | None = None,
) -> Report:
    """Return the report on studies beside each other; `compared` is of `compare.compare`, `even` of `rent_or_buy`."""
    notes = Footnotes()
    sections = [
        Section("side-by-side", "Side by side", tuple(_side_by_side(studies, names))),
        Section("differences", "What differs, and why", tuple(_differences(studies, names, compared))),
        Section("break-even", "Where they cost the same", tuple(_even(even) if even else ())),
        Section("assumptions", "What it rests on", tuple(_assumptions(studies, names, notes))),
        Section("method", "Method", tuple(_method(studies))),
        Section("limits", "Limits", tuple(_limits(studies, compared))),
        Section("repeat", "How to repeat it", tuple(repeat_blocks(studies, command))),
    ]
    return Report(
        title=listed_titles(studies, names),
        kicker="Comparison",
        answer=answer(studies, names, compared),
        key_figures=tuple(_key_figures(names, compared)),
        sections=tuple(section for section in sections if section.blocks),
        footnotes=notes.listed(),
        made=provenance(studies, date),
        summary={
            "comparison": compared, "break_even": even,
            "runs": {name: study.run for name, study in zip(names, studies, strict=True)},
            "budgets": {name: study.budget for name, study in zip(names, studies, strict=True)},
        },
        date=date,
        results=tuple(study.result for study in studies),
    )  # fmt: skip


def listed_titles(studies: Sequence[Study], names: Sequence[str]) -> str:
    """Return the title: that of the scenario where all are variants of one, or else what is compared."""
    titles = {study.scenario.title for study in studies}
    return f"{titles.pop()}: {listed(names)}" if len(titles) == 1 else listed(study.scenario.title for study in studies)


def answer(studies: Sequence[Study], names: Sequence[str], compared: dict[str, Any]) -> str:
    """Say which is the cheapest, by how much, and how sure that is."""
    interval = interval_name(studies[0].interval)
    order = sorted(range(len(studies)), key=lambda place: studies[place].total["median"])
    first = order[0]
    totals = [
        f"{names[place]} at {spelled(studies[place].total['median'])} "
        f"({interval}: {spelled_range(studies[place].total['low'], studies[place].total['high'])})"
        for place in order
    ]
    sentences = [sentence(f"{names[first]} costs least in the median: {', then '.join(totals)}; in {compared['money']}")]
    for row in compared["differences"]:
        probability = row["first_cheaper"]["value"]
        of, by = ("median", "in the median") if row["mean"] is None else ("mean", "on average")
        more = "more" if row[of] >= 0 else "less"
        sentences.append(
            f"Using common random numbers, {row['of']} costs {spelled(abs(row[of]))} {more} than {row['from']} {by}, and "
            f"{row['from']} is the cheaper one in {of_hundred(probability)} cases."
        )
        steps = sorted(row["explained"], key=lambda step: -abs(step["change"]))[:1]
        if steps:
            sentences.append(f"What makes most of it is {steps[0]['name'].replace('_', ' ')}.")
    return " ".join(sentences)


def _key_figures(names: Sequence[str], compared: dict[str, Any]) -> Iterable[tuple[str, str]]:
    for name, row in zip(names, compared["scenarios"], strict=True):
        yield f"{name}, median", f"{money(row['median'])} USD"
    for row in compared["differences"]:
        yield f"{row['from']} cheaper than {row['of']}", percent(row["first_cheaper"]["value"])


# --- sections -------------------------------------------------------------------------------------------------------------


def _side_by_side(studies: Sequence[Study], names: Sequence[str]) -> Iterable[Block]:
    from simulator.figures.kinds.comparison import overlay_of

    results = [study.result for study in studies]
    yield Figure("overlay", "overlay", "The totals over each other.", overlay_of(results, names, studies[0].interval))
    yield _beside(studies, names)
    yield _lines(studies, names)


def _beside(studies: Sequence[Study], names: Sequence[str]) -> Table:
    """One scenario a row: what each costs and what to plan for it."""
    budgets = any(study.budget["budget"] for study in studies)
    rows = []
    for name, study in zip(names, studies, strict=True):
        total, stands = study.total, study.budget["budget"]
        levels = {row["level"]: row["amount"] for row in study.budget["contingency"]}
        cells = [
            text(name), point_cell(study.budget["point_estimate"]), usd(total["median"]), band(total["low"], total["high"]),
            usd(total["mean"]), usd(levels[80]), usd(levels[90]),
        ]  # fmt: skip
        if budgets:
            cells.append(share(stands["probability_within"] if stands else None))
        rows.append(cells)
    columns = [Column("", ("scenario",)), Column("point estimate", ("point_usd",), right=True)]
    columns += [
        Column("median", ("median_usd",), right=True),
        Column(interval_name(studies[0].interval), ("low_usd", "high_usd"), right=True),
        Column("mean", ("mean_usd",), right=True),
        Column("P80", ("p80_usd",), right=True),
        Column("P90", ("p90_usd",), right=True),
    ]
    if budgets:
        columns.append(Column("probability within budget", ("probability_within_budget",), right=True))
    return table("totals", f"Total cost in {studies[0].scenario.money}", columns, rows)


def _lines(studies: Sequence[Study], names: Sequence[str]) -> Table:
    """One line a row, one scenario a column: medians with their intervals."""
    lines = list(dict.fromkeys(line for study in studies for line in study.scenario.lines))
    columns = [Column("", ("line",))]
    for name in names:
        columns.append(
            Column(
                f"{name}: median, {interval_name(studies[0].interval)}",
                tuple(f"{name} {end}_usd" for end in ("median", "low", "high")),
                right=True,
            )
        )
    rows = []
    for line in (*lines, TOTAL):
        cells: list[Cell] = [named(line)]
        for study in studies:
            figures = study.run["quantities"].get(line)
            if figures is None or (line != TOTAL and line not in study.scenario.lines):
                cells.append(Cell("", (None, None, None)))
            else:
                amounts = f"{money(figures['median'])}, {money(figures['low'])} to {money(figures['high'])}"
                cells.append(Cell(amounts, (figures["median"], figures["low"], figures["high"])))
        rows.append(Row(tuple(cells), strong=line == TOTAL))
    return table("breakdown", f"What each consists of, in {studies[0].scenario.money}", columns, rows)


def _differences(studies: Sequence[Study], names: Sequence[str], compared: dict[str, Any]) -> Iterable[Block]:
    from simulator.figures.kinds.comparison import difference_of

    results = [study.result for study in studies]
    interval = studies[0].interval
    yield Figure(
        "difference", "difference", f"Each scenario less {names[0]}, draw by draw.", difference_of(results, names, interval)
    )
    rows = [
        (text(f"{row['of']} less {row['from']}"), change(row["mean"]), change(row["median"]), band(row["low"], row["high"]),
         share(row["first_cheaper"]["value"]), number(row["ratio"]["median"] if row["ratio"] else None, digits))
        for row in compared["differences"]
    ]  # fmt: skip
    columns = (
        Column("", ("difference",)), Column("mean", ("mean_usd",), right=True), Column("median", ("median_usd",), right=True),
        Column(interval_name(interval), ("low_usd", "high_usd"), right=True),
        Column(f"{names[0]} is cheaper in", ("first_cheaper_probability",), right=True),
        Column("times the cost (median)", ("ratio",), right=True),
    )  # fmt: skip
    yield table("differences", f"Differences using common random numbers, in {compared['money']}", columns, rows)
    for place, row in enumerate(compared["differences"], start=1):
        if row["explained"]:
            yield _explained(row, place, compared["money"])
    yield Paragraph(
        "What a step adds depends on the steps before it; “alone” is that change by itself in the first scenario. The mean "
        "differences add up."
    )


def _explained(row: dict[str, Any], place: int, money_of: str) -> Table:
    rows: list[Row | Iterable[Cell]] = [
        (named(step["name"]), text(step["from"]), text(step["to"]), change(step["change"]), change(step["alone"]))
        for step in row["explained"]
    ]
    rows.append(Row((text("together"), text(""), text(""), change(row["mean"]), Cell("", (None,))), strong=True))
    columns = (
        Column("", ("quantity",)), Column(f"{row['from']}", ("from",)), Column(f"{row['of']}", ("to",)),
        Column("mean change", ("change_usd",), right=True), Column("alone", ("alone_usd",), right=True),
    )  # fmt: skip
    title = f"From {row['from']} to {row['of']}, one change after the other, in {money_of}"
    return table(f"explained-{place}", title, columns, rows)


def _even(even: dict[str, Any]) -> Iterable[Block]:
    """Rent against buy: the price and the time at which they cost the same."""
    owned = even["rented_less_owned"]["first_cheaper"]["value"]
    price = even["break_even_price"]
    yield Paragraph(
        f"Owning, with chips charged for the time they are used, is the cheaper one in {of_hundred(owned)} cases. "
        "Renting would cost "
        f"the same at {digits(price['median'])} USD a chip and hour ({interval_name(even['interval'] / 100)}: "
        f"{digits(price['low'])} to "
        f"{digits(price['high'])}), where the scenario's price is {digits(even['rental_price']['median'])}."
    )
    rows = [
        _even_row("rental price of the scenario", even["rental_price"], "USD/chip/hour"),
        _even_row("break-even rental price, against owned", price, "USD/chip/hour"),
        _even_row("break-even duration, against purchased", even["break_even_months"], "months of work of each chip"),
    ]
    need = even["break_even_utilisation"]
    if need is not None:
        rows.append(_even_row("break-even utilisation, against purchased", need, "of the chips' useful life", percent))
    columns = (
        Column("", ("figure",)), Column("median", ("median",), right=True),
        Column(interval_name(even["interval"] / 100), ("low", "high"), right=True), Column("", ("unit",)),
    )  # fmt: skip
    yield table("break-even", "Where renting and buying cost the same", columns, rows)
    never = even["break_even_months"]["never"]["value"]
    yield Bullets((
        "Purchased: all of the cluster is paid, whatever is used of it. Nothing is taken for what chips are sold for "
        "afterwards, nor "
        "for what money costs meanwhile.",
        *([f"In {of_hundred(never)} cases power alone costs more than rent, so buying never pays."] if never else []),
    ))  # fmt: skip


def _even_row(name: str, row: dict[str, Any], unit: str, form: Any = digits) -> tuple[Cell, ...]:
    def bound(key: str) -> str:
        return "never" if row[key] is None else str(form(row[key]))

    spread = Cell(f"{bound('low')} to {bound('high')}", (row["low"], row["high"]))
    return text(name), Cell(bound("median"), (row["median"],)), spread, text(unit)


def _assumptions(studies: Sequence[Study], names: Sequence[str], notes: Footnotes) -> Iterable[Block]:
    """All inputs of the first scenario; of the others what is not the same there."""
    first = studies[0]
    yield Paragraph(f"Of {names[0]} every input is listed, of the others what differs from it.")
    yield from assumption_blocks(first, notes)
    for place, (name, study) in enumerate(zip(names[1:], studies[1:], strict=True), start=2):
        inputs = first.scenario.inputs
        differs = {
            key
            for key, item in study.scenario.inputs.items()
            if key not in inputs
            or (item.distribution, item.specification) != (inputs[key].distribution, inputs[key].specification)
        }
        for role, heading in (("prior", "Priors"), ("choice", "Known numbers")):
            inputs_table = input_table(f"{role}s-{place}", f"{heading} of {name} that differ", study, notes, role, differs)
            if inputs_table.rows:
                yield inputs_table


def _method(studies: Sequence[Study]) -> Iterable[Block]:
    result = studies[0].result
    yield Paragraph(
        f"Every input that is not known is drawn {result.draws:,} times from its prior, and the formulas are computed "
        "for each draw. A "
        "prior of one name takes the same random numbers in every scenario, so what the scenarios share cancels out of their "
        "differences, "
        f"draw by draw. {sampling_error(studies[0])}"
    )
    if not any(study.budget["risks"] for study in studies):
        yield Paragraph("Known risks only: no scenario has a register of risks.")


def _limits(studies: Sequence[Study], compared: dict[str, Any]) -> Iterable[Block]:
    yield Bullets((
        "What is counted are the lines of the table above, and nothing else.",
        "Priors age, and prices of chips and rents move fast; each has its date above.",
        "An interval is as good as its priors: it says how far what is known today leaves the cost open.",
        f"Amounts are in {compared['money']}, before taxes and the cost of money.",
    ))  # fmt: skip
    messages_of_runs = dict.fromkeys([*compared["notes"], *(note for study in studies for note in messages(study))])
    if messages_of_runs:
        yield Bullets(tuple(messages_of_runs), "Notes and warnings of these runs")
