"""The report on several scenarios: which is cheaper, how likely that is, and what explains the difference."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from simulator.analysis.compare import Comparison
from simulator.analysis.rent_or_buy_results import RentOrBuy
from simulator.core.formatting import format_money, format_percent, interval_name
from simulator.report.content import (
    Block,
    Bullets,
    Footnotes,
    Paragraph,
    Report,
    Section,
    join_words,
    spell_amount,
    spell_probability,
    spell_range,
    to_sentence,
)
from simulator.report.sections.assumptions import assumption_blocks, input_table
from simulator.report.sections.differences import break_even_blocks, difference_blocks
from simulator.report.sections.method import provenance, repeat_blocks, sampling_error
from simulator.report.sections.side_by_side import side_by_side_blocks
from simulator.report.study import Study, messages

if TYPE_CHECKING:
    from simulator.figures.kinds.rent_or_buy import RentOrBuyFigure


class BreakEvenStudy(NamedTuple):
    """Renting and buying over one horizon.

    Attributes
    ----------
    figures : RentOrBuy
    by_horizon : RentOrBuyFigure
        The costs of an hour by the horizon, to be drawn.

    """

    figures: RentOrBuy
    by_horizon: "RentOrBuyFigure"


def report_on(
    studies: Sequence[Study],
    names: Sequence[str],
    comparison: Comparison,
    command: str,
    date: str = "",
    break_even: BreakEvenStudy | None = None,
) -> Report:
    """Return the report that compares studies."""
    notes = Footnotes()
    sections = [
        Section("side-by-side", "Side by side", tuple(side_by_side_blocks(studies, names))),
        Section("differences", "What differs, and why", tuple(difference_blocks(studies, names, comparison))),
        Section("break-even", "Break-even", tuple(break_even_blocks(*break_even) if break_even else ())),
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
            "comparison": comparison.to_dict(), "break_even": None if break_even is None else break_even.figures.to_dict(),
            "runs": {name: study.run.to_dict() for name, study in zip(names, studies, strict=True)},
            "budgets": {name: study.budget.to_dict() for name, study in zip(names, studies, strict=True)},
        },
        date=date,
        results=tuple(study.result for study in studies),
        currency=comparison.header.currency,
    )  # fmt: skip


def join_titles(studies: Sequence[Study], names: Sequence[str]) -> str:
    """Return the title of the scenario if all are variants of it, or else the titles of all."""
    titles = {study.scenario.title for study in studies}
    return f"{titles.pop()}: {join_words(names)}" if len(titles) == 1 else join_words(study.scenario.title for study in studies)


def answer(studies: Sequence[Study], names: Sequence[str], comparison: Comparison) -> str:
    """Describe which scenario is the cheapest, by how much, and with which probability."""
    interval, currency = interval_name(studies[0].interval), comparison.header.currency
    order = sorted(range(len(studies)), key=lambda place: studies[place].total.median)
    first = order[0]
    totals = [
        f"{names[place]} at {spell_amount(studies[place].total.median, currency)} "
        f"({interval}: {spell_range(studies[place].total.low, studies[place].total.high, currency)})"
        for place in order
    ]
    sentences = [
        to_sentence(f"{names[first]} costs least in the median: {', then '.join(totals)}; in {comparison.header.money}")
    ]
    for row in comparison.differences:
        probability = row.first_cheaper.value
        change, phrase = (row.median, "in the median") if row.mean is None else (row.mean, "on average")
        direction = "more" if change >= 0 else "less"
        sentences.append(
            f"Using common random numbers, {row.other} costs {spell_amount(abs(change), currency)} {direction} than "
            f"{row.first} {phrase}, and {row.first} is cheaper in {spell_probability(probability)} cases."
        )
        largest_step = sorted(row.steps, key=lambda step: -abs(step.change))[:1]
        if largest_step:
            sentences.append(f"The largest contribution comes from {largest_step[0].name.replace('_', ' ')}.")
    return " ".join(sentences)


def _key_figures(names: Sequence[str], comparison: Comparison) -> Iterable[tuple[str, str]]:
    for name, total in zip(names, comparison.scenarios, strict=True):
        yield f"{name}, median", f"{format_money(total.median)} {comparison.header.currency}"
    for row in comparison.differences:
        yield f"{row.first} cheaper than {row.other}", format_percent(row.first_cheaper.value)


# --- sections of all scenarios --------------------------------------------------------------------------------------------


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
    if not any(study.budget.risks for study in studies):
        yield Paragraph("Known risks only: no scenario has a risk register.")


def _limits(studies: Sequence[Study], comparison: Comparison) -> Iterable[Block]:
    yield Bullets((
        "The total consists of the lines of the table above and nothing else.",
        "Priors age, and chip and rental prices change quickly; the date of each is given above.",
        "An interval is only as good as its priors: it shows the uncertainty that present knowledge leaves.",
        f"Amounts are in {comparison.header.money}, before taxes"
        f"{'' if any('capital_cost' in study.scenario.lines for study in studies) else ' and the cost of capital'}.",
    ))  # fmt: skip
    common = tuple(dict.fromkeys(note.text for note in comparison.notes))
    # What the comparison says of one scenario by its name is not said again without it.
    own = dict.fromkeys(text for study in studies for text in messages(study))
    lines = (*common, *(text for text in own if not any(each.endswith(text) for each in common)))
    if lines:
        yield Bullets(lines, "Notes and warnings of these runs")
