"""The report on several scenarios: which is cheaper, how likely that is, and what explains the difference."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from simulator.analysis.adoption_notes import CODE as ADOPTION
from simulator.analysis.compare import Comparison, ScenarioDifference
from simulator.analysis.latency import ServedLatency, latency_condition, serves_worse
from simulator.analysis.missing_costs import MissingCosts, without_costs
from simulator.analysis.own_chips import UNLIKE, OwnChips, unlike, without_condition
from simulator.analysis.rent_or_buy_results import RentOrBuy, cheapest_and_rival
from simulator.core.formatting import (
    format_money,
    format_percent,
    format_signed_money,
    format_significant,
    share_of_outcomes,
    to_words,
)
from simulator.report.content import (
    Bar,
    Bars,
    Block,
    Bullets,
    FigureBlock,
    Footnotes,
    KeyFigure,
    Paragraph,
    Report,
    Section,
    join_words,
    spell_range,
)
from simulator.report.sections.amounts import describe_amounts
from simulator.report.sections.assumptions import assumption_blocks, input_table
from simulator.report.sections.differences import break_even_section, difference_section
from simulator.report.sections.front import DRIVERS, level_row
from simulator.report.sections.method import provenance, repeat_blocks, sampling_error
from simulator.report.sections.side_by_side import side_by_side_section
from simulator.report.study import Study, messages
from simulator.scenario.quantity_definitions import definition_of

if TYPE_CHECKING:
    from simulator.figures.kinds.rent_or_buy import RentOrBuyFigure


_CLEAR = 0.6
"""Share of the outcomes in which a scenario is cheaper from which the cost decides."""
_MOST_EXPLAINED = 2
"""Differences that the first page explains."""


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
    missing: Mapping[str, MissingCosts] | None = None,
) -> Report:
    """Return the report that compares studies; `missing` has the costs that some of them leave out, by their names."""
    notes, missing = Footnotes(), missing or {}
    sections = [
        side_by_side_section(studies, names, comparison),
        difference_section(studies, names, comparison),
        break_even_section(break_even.figures, break_even.by_horizon) if break_even else Section("break-even", "", ()),
        Section("assumptions", _differing_heading(comparison), tuple(_assumptions(studies, names, notes)), "Assumptions"),
        Section("method", "How the figures were computed", tuple(_method(studies)), "Method"),
        Section("limits", "What the results do not cover", tuple(_limits(studies, comparison)), "Limits"),
        Section("repeat", "How to get the same figures again", tuple(repeat_blocks(studies, command)), "Reproduction"),
    ]
    return Report(
        title=join_titles(studies, names),
        kicker=f"Comparison, in {comparison.header.money}",
        answer=answer(studies, names, comparison, missing),
        conditions=tuple(without_condition(own, comparison.header.currency) for own in comparison.own_chips),
        key_figures=tuple(_key_figures(studies, names, comparison)),
        sections=tuple(section for section in sections if section.blocks),
        footnotes=notes.entries(),
        provenance=provenance(studies, date),
        summary={
            "comparison": comparison.to_dict(), "break_even": None if break_even is None else break_even.figures.to_dict(),
            "runs": {name: study.run.to_dict() for name, study in zip(names, studies, strict=True)},
            "budgets": {name: study.budget.to_dict() for name, study in zip(names, studies, strict=True)},
        },
        date=date,
        front=tuple(front_blocks(studies, names, comparison, break_even, missing)),
        results=tuple(study.result for study in studies),
        currency=comparison.header.currency,
    )  # fmt: skip


def join_titles(studies: Sequence[Study], names: Sequence[str]) -> str:
    """Return the title of the scenario if all are variants of it, or else the titles of all."""
    titles = {study.scenario.title for study in studies}
    if all(any(name.startswith(title) for title in titles) for name in names):
        return join_words(names)
    return f"{titles.pop()}: {join_words(names)}" if len(titles) == 1 else join_words(study.scenario.title for study in studies)


def answer(studies: Sequence[Study], names: Sequence[str], comparison: Comparison, missing: Mapping[str, MissingCosts]) -> str:
    """Return which scenario costs least, by how much, how often, and on which conditions."""
    currency = comparison.header.currency
    medians = [study.total.median for study in studies]
    cheapest = min(range(len(studies)), key=medians.__getitem__)
    caveat = "".join(f" {text}" for text in _conditions(comparison, missing))
    if len(studies) > 2:
        others = sorted((place for place in range(len(studies)) if place != cheapest), key=medians.__getitem__)
        rest = join_words(f"{names[place]} {format_money(medians[place], currency)}" for place in others)
        share = share_of_outcomes(comparison.scenarios[cheapest].cheapest.value, comparison.header.draws)
        return (
            f"{names[cheapest]} costs least, {format_money(medians[cheapest], currency)} at the median, and is the cheapest in "
            f"{share}; {rest}.{caveat}"
        )
    (row,) = comparison.differences
    cheaper = row.first_cheaper.value if cheapest == 0 else max(0.0, 1 - row.first_cheaper.value - row.equal)
    share = share_of_outcomes(cheaper, comparison.header.draws)
    amounts = f"{format_money(medians[cheapest], currency)} against {format_money(medians[1 - cheapest], currency)}"
    return f"{names[cheapest]} costs less than {names[1 - cheapest]} in {share}: {amounts} at the median.{caveat}"


def _conditions(comparison: Comparison, missing: Mapping[str, MissingCosts]) -> Iterable[str]:
    """Yield why the totals are not like for like: a slower service, costs left out, and chips of which a part is paid for."""
    if comparison.missed_targets is not None:
        yield latency_condition(comparison.missed_targets)
    for name, each in missing.items():
        yield f"Not like for like: {name} {without_costs(each.lines)}."
    yield from map(unlike, comparison.own_chips)


def _key_figures(studies: Sequence[Study], names: Sequence[str], comparison: Comparison) -> Iterable[KeyFigure]:
    currency, rows = comparison.header.currency, {row.other: row for row in comparison.differences}
    for name, study in zip(names, studies, strict=True):
        remark = f"80% of the outcomes stay within {format_money(level_row(study.budget, 80).amount, currency)}"
        if name in rows and len(studies) > 2:
            remark += f"; {names[0]} is cheaper in {format_percent(rows[name].first_cheaper.value)} of them"
        yield KeyFigure(f"{name}, median", format_money(study.total.median, currency), remark)
    if len(studies) == 2:
        (row,) = comparison.differences
        yield KeyFigure(
            f"{row.first} cheaper than {row.other}",
            share_of_outcomes(row.first_cheaper.value, comparison.header.draws).removesuffix(" of the outcomes"),
            f"the difference is {spell_range(row.low, row.high, currency)} in {100 * studies[0].interval:.10g}% of all "
            "outcomes",
        )


def front_blocks(
    studies: Sequence[Study],
    names: Sequence[str],
    comparison: Comparison,
    break_even: BreakEvenStudy | None,
    missing: Mapping[str, MissingCosts],
) -> Iterable[Block]:
    """Return the curves of all scenarios, what to decide, and the inputs that make the difference.

    The decisions stand before the inputs, so that they are on the first page in print.
    """
    from simulator.figures.data import total_draws
    from simulator.figures.kinds.cdf import cdf_of_draws

    runs = [total_draws(study.result, study.interval) for study in studies]
    caption = "The probability of staying within each amount, over all simulated outcomes."
    yield FigureBlock("cdf", "cdf", caption, replace(cdf_of_draws(runs, names), own_chips=comparison.own_chips))
    yield Bullets(tuple(_decisions(comparison, break_even, missing)), "What to decide")
    currency, by_name = comparison.header.currency, dict(zip(names, studies, strict=True))
    for row in comparison.differences[:_MOST_EXPLAINED]:
        steps = sorted(row.steps, key=lambda step: -abs(step.change))[:DRIVERS]
        bars = [
            Bar(
                to_words(step.name),
                format_signed_money(step.change, currency),
                min(0.0, step.change),
                max(0.0, step.change),
                _definition(step.name, (by_name[row.other], by_name[row.first])),
            )
            for step in steps
            if step.change
        ]
        if bars:
            yield Bars(f"What makes {row.other} differ from {row.first}, on average", tuple(bars), 0.0)


def _definition(name: str, studies: Iterable[Study]) -> str:
    """Return what a quantity of one of two scenarios is, in one sentence."""
    graphs = [study.scenario.graph for study in studies]
    return definition_of(name, next((graph for graph in graphs if name in graph.units), graphs[0]))


def _decisions(comparison: Comparison, break_even: BreakEvenStudy | None, missing: Mapping[str, MissingCosts]) -> Iterable[str]:
    for name, each in missing.items():
        costs = join_words(map(to_words, each.lines))
        remedy = " The preset `owner-costs` has all of them." if each.is_in_preset else ""
        yield f"What {name} costs like for like: {costs} {'are' if len(each.lines) > 1 else 'is'} not in it.{remedy}"
    owners = {own.name: own for own in comparison.own_chips}
    served = {run.name: ServedLatency(name=run.name, label=run.label, met=run.latency_met) for run in comparison.scenarios}
    for row in comparison.differences:
        share = row.first_cheaper.value
        cheaper, dearer, of = (row.first, row.other, share) if share >= 0.5 else (row.other, row.first, 1 - share - row.equal)
        if cheaper in missing and dearer not in missing:
            reason = f"{cheaper} is cheaper without costs that it has"
            yield f"{row.first} or {row.other}: these figures do not decide, because {reason}."
        elif serves_worse(served[cheaper], served[dearer]):
            met = format_percent(served[cheaper].met)
            yield (
                f"{row.first} or {row.other}: these figures do not decide, because {cheaper}, which is cheaper, meets its "
                f"latency targets in {met} of the outcomes."
            )
        elif cheaper in owners and dearer not in owners:
            yield _decision_on_owner(row, owners[cheaper], of, comparison)
        elif of < _CLEAR:
            yield (
                f"{row.first} or {row.other}: the cost does not decide, because {cheaper} is cheaper in only "
                f"{format_percent(of)} of the outcomes."
            )
        else:
            yield (
                f"Whether to take {cheaper}{_instead(comparison, dearer)}: it is cheaper in "
                f"{share_of_outcomes(of, comparison.header.draws)}, so something other than the cost must speak for {dearer}."
            )
    for note in comparison.notes:
        if note.code == ADOPTION:
            yield f"What it takes to adopt: {note.text}."
    if break_even is not None:
        yield _rent_to_own_at(break_even.figures)


def _rent_to_own_at(figures: RentOrBuy) -> str:
    """State at which rent owning costs the same, under which conditions, and what costs least of all."""
    currency, (cheapest, rival, share) = figures.header.currency, cheapest_and_rival(figures)
    return (
        f"At which rent to own: {format_money(figures.break_even_price.median, currency)} per chip-hour is where both cost the "
        f"same at the median, if the chips are kept for {format_significant(figures.horizon_months.median)} months and used "
        f"{format_percent(figures.use.median)} of the time; the rent without a contract is "
        f"{format_money(figures.rental_price.median, currency)}. Over that time {cheapest} costs least, and less than "
        f"{rival} in {share_of_outcomes(share, figures.header.draws)}."
    )


def _instead(comparison: Comparison, dearer: str) -> str:
    """State what a scenario is compared with, where several are."""
    return f" instead of {dearer}" if len(comparison.differences) > 1 else ""


def _decision_on_owner(row: ScenarioDifference, own: OwnChips, share: float, comparison: Comparison) -> str:
    """State what must hold so that a scenario that pays for a part of its chips, and is cheaper in a share, is cheaper."""
    part = "the rest of the life of its chips"
    if own.paid_share is not None:
        part = f"{format_percent(1 - own.paid_share)} of the useful life of its chips"
    amount = format_money(own.acquisition, comparison.header.currency)
    purchase = "" if own.acquisition is None else f", and to buy them takes {amount}"
    dearer = row.other if own.name == row.first else row.first
    if any(each.name == dearer and each.pays_for in UNLIKE for each in own.others):
        condition = f"{own.name} is cheaper only if other work pays for {part}{purchase}"
        return f"{row.first} or {row.other}: these figures do not decide. {condition}."
    return (
        f"Whether to take {own.name}{_instead(comparison, dearer)}: it is cheaper in "
        f"{share_of_outcomes(share, comparison.header.draws)} if other work pays for {part}{purchase}."
    )


# --- sections of all scenarios --------------------------------------------------------------------------------------------


def _differing_heading(comparison: Comparison) -> str:
    """State in how many inputs and choices the scenarios differ from the first."""
    count = len({each.name for row in comparison.differences for each in row.inputs})
    differ = "One input or choice differs" if count == 1 else f"{count} inputs and choices differ"
    return f"{differ}; all others are the same"


def _differing(first: Study, study: Study) -> set[str]:
    """Return the inputs of a scenario that the first does not have, or has otherwise."""
    inputs = first.scenario.inputs
    return {
        key
        for key, item in study.scenario.inputs.items()
        if key not in inputs or (item.distribution, item.specification) != (inputs[key].distribution, inputs[key].specification)
    }


def _assumptions(studies: Sequence[Study], names: Sequence[str], notes: Footnotes) -> Iterable[Block]:
    """Return all inputs of the first scenario, and the inputs of the others that differ from it."""
    first = studies[0]
    yield Paragraph(f"All inputs of {names[0]} are listed; for the other scenarios, only those that differ.")
    yield from assumption_blocks(first, notes)
    for place, (name, study) in enumerate(zip(names[1:], studies[1:], strict=True), start=2):
        differing = _differing(first, study)
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
    if not any(study.scenario.events for study in studies):
        yield Paragraph("Known risks only: no scenario has a risk register.")


def _in_words(text: str, studies: Iterable[Study]) -> str:
    """Return a note with the quantities of all scenarios in words, as the notes of each scenario have them."""
    for study in studies:
        text = study.in_words(text)
    return text


def _limits(studies: Sequence[Study], comparison: Comparison) -> Iterable[Block]:
    yield Bullets((
        "The total consists of the lines of the table above and nothing else.",
        "Priors age, and chip and rental prices change quickly; the date of each is given above.",
        "An interval is only as good as its priors: it shows the uncertainty that present knowledge leaves.",
        describe_amounts({study.scenario.title: study.scenario for study in studies}, studies[0].scenario.money),
    ))  # fmt: skip
    common = tuple(dict.fromkeys(_in_words(note.text, studies) for note in comparison.notes))
    # What the comparison says of one scenario by its name is not said again without it.
    own = dict.fromkeys(text for study in studies for text in messages(study))
    lines = (*common, *(text for text in own if not any(each.endswith(text) for each in common)))
    if lines:
        yield Bullets(lines, "Notes and warnings of these runs")
