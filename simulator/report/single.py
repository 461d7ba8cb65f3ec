"""The report on one scenario: the answer first, then what it rests on."""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from simulator.analysis.sensitivity import COST
from simulator.core.formatting import NONE, exact, interval_name, money, percent, signed, words
from simulator.core.version import tool_version
from simulator.engine.inputs import GRADES, Input
from simulator.engine.result import Result
from simulator.engine.summaries import ends
from simulator.io.summary import headline, mean_notes
from simulator.report.content import (
    Block,
    Bullets,
    Cell,
    Column,
    Command,
    Figure,
    Footnotes,
    Paragraph,
    Report,
    Row,
    Section,
    Table,
    amount,
    band,
    change,
    figures_of,
    listed,
    named,
    number,
    of_hundred,
    point_cell,
    range_of,
    sentence,
    share,
    spelled,
    spelled_exactly,
    spelled_range,
    table,
    text,
    usd,
    usd_given,
)
from simulator.report.study import Study, messages
from simulator.scenario import TOTAL, Scenario, library

MOST = 12
"""Drivers, shocks and levers that a page shows; the files have them all."""

_RANKED = 20_000  # draws that rank correlations are of


def report_on(study: Study, command: str, date: str = "") -> Report:
    """Say a study as a report; `command` repeats it."""
    notes = Footnotes()
    sections = [
        Section("budget", "Cost and budget", tuple(_budget(study))),
        Section("breakdown", "What it consists of", tuple(_breakdown(study))),
        Section("drivers", "What drives it", tuple(_drivers(study))),
        Section("stress", "What would break it, and what would save", tuple(_stress(study, notes))),
        Section("assumptions", "What it rests on", tuple(assumptions(study, notes))),
        Section("method", "Method", tuple(_method(study))),
        Section("limits", "Limits", tuple(limits(study))),
        Section("repeat", "How to repeat it", tuple(repeat([study], command))),
    ]
    return Report(
        title=f"{study.scenario.title}: {study.scenario.scope}",
        kicker="Cost report",
        answer=answer(study),
        key_figures=tuple(_key_figures(study)),
        sections=tuple(section for section in sections if section.blocks),
        footnotes=notes.listed(),
        made=made(study, date),
        summary=summary(study),
        date=date,
        results=(study.result,),
    )


def summary(study: Study) -> dict[str, Any]:
    """Return all figures as plain data, exact."""
    return {
        "run": study.run, "budget": study.budget, "drivers": study.drivers, "stress": study.stress, "levers": study.levers,
        "reverse": study.reverse, "joint": study.joint, "cashflow": study.cashflow,
    }  # fmt: skip


def made(study: Study, date: str) -> str:
    """Say in one line how a report was made."""
    result = study.result
    parts = [f"{result.draws:,} draws", f"seed {result.seed}", f"llmcost {tool_version()}"]
    newest = newest_date(study.scenario)
    if newest:
        parts.append(f"priors up to {newest}")
    return ", ".join([date, *parts] if date else parts)


def newest_date(scenario: Scenario) -> str:
    """Return the date of the newest prior or source that takes part."""
    return max((_date(given) for given in scenario.inputs.values()), default="")


def _date(given: Input) -> str:
    return given.date or max((source.date for source in given.sources), default="")


# --- the answer -----------------------------------------------------------------------------------------------------------


def answer(study: Study) -> str:
    """Say in one paragraph what a board asks first: range, contingency, chance of the budget, what drives it."""
    total, point = study.total, study.budget["point_estimate"]
    middle = spelled(total["median"])
    if total["low"] == total["high"]:
        return (
            f"{study.scenario.title} costs {middle}: {study.scenario.scope}, in {study.scenario.money}. No input is uncertain."
        )
    said = [
        f"{study.scenario.title} may cost {spelled_range(total['low'], total['high'])} "
        f"({interval_name(study.interval)}), with {middle} in the middle: {study.scenario.scope}, in {study.scenario.money}."
    ]
    plan = _level(study, 80)
    more = f"{spelled(abs(plan['contingency']))} {'more' if plan['contingency'] >= 0 else 'less'} than"
    at_point = (spelled_exactly if point["given"] else spelled)(point["amount"])
    part = "" if plan["share_of_point"] is None else f" ({percent(abs(plan['share_of_point']))})"
    said.append(
        f"An 80% chance to stay within budget takes {spelled(plan['amount'])}, {more} the point estimate of "
        f"{at_point}{part}, which by itself is enough in {of_hundred(point['percentile'] / 100)} cases."
    )
    stands = study.budget["budget"]
    if stands is not None:
        over = stands["expected_overrun_given_overrun"]
        short = "" if over is None else f"; where it is not, the expected overrun is {spelled(over)}"
        said.append(
            f"The budget of {spelled_exactly(stands['amount'])} is enough in "
            f"{of_hundred(stands['probability_within'])} cases{short}."
        )
    top = _top_drivers(study)
    if top:
        shares = [f"{words(row['name'])} ({percent(row['share_of_variance']['value'])})" for row in top]
        said.append(f"Most of the uncertainty comes from {listed(shares)}.")
    return " ".join(said)


def _level(study: Study, level: float) -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in study.budget["contingency"] if row["level"] == level)
    return found


def _top_drivers(study: Study, count: int = 3) -> list[dict[str, Any]]:
    if study.drivers is None:
        return []
    rows = [row for row in study.drivers["drivers"] if row["share_of_variance"] and row["share_of_variance"]["low"] > 0]
    return rows[:count]


def _key_figures(study: Study) -> Iterable[tuple[str, str]]:
    total, plan = study.total, _level(study, 80)
    yield "median", f"{money(total['median'])} USD"
    yield interval_name(study.interval), f"{money(total['low'])} to {money(total['high'])} USD"
    yield "to plan for 80%", f"{money(plan['amount'])} USD"
    yield "contingency in it", f"{signed(plan['contingency'])} USD"
    stands = study.budget["budget"]
    if stands is not None:
        yield f"chance of {exact(stands['amount'])} USD", percent(stands["probability_within"])


# --- cost and budget ------------------------------------------------------------------------------------------------------


def _budget(study: Study) -> Iterable[Block]:
    yield Paragraph(f"{headline(study.result, study.interval)}.")
    yield Figure("s-curve", "s-curve", "The chance to stay within each amount.", study.budget)
    yield plan_table(study)
    from simulator.figures.gather import histogram_of

    yield Figure("histogram", "histogram", "Where the total may lie.", histogram_of(study.result, study.interval))
    yield _carried(study)
    tail = study.budget["tail"]
    mean = "" if tail["cvar"] is None else f"; its mean in those cases (CVaR{tail['level']:.10g}) is {spelled(tail['cvar'])}"
    yield Paragraph(f"In the worst {100 - tail['level']:.10g} of 100 cases the total lies above {spelled(tail['var'])}{mean}.")
    for note in mean_notes(study.result):
        yield Paragraph(sentence(note))
    if study.joint is not None:
        yield Figure("joint", "joint", "Cost and time together, with the frontier of equal confidence.", study.joint)
    if study.cashflow is not None:
        yield Figure("cashflow", "cashflow", "Money spent so far, month by month.", study.cashflow)


def plan_table(study: Study) -> Table:
    """Return what to plan: amounts by the chance to stay within them, and what each adds to the point estimate."""
    point, stands = study.budget["point_estimate"], study.budget["budget"]
    what = "as given" if point["given"] else "every prior at its median"
    rows = [(text("point estimate"), point_cell(point), share(point["percentile"] / 100), change(0.0), share(0.0),
             text(what))]  # fmt: skip
    rows += [
        (text(f"P{row['level']:.10g}"), usd(row["amount"]), share(row["level"] / 100), change(row["contingency"]),
         share(row["share_of_point"]), text("below the point estimate" if row["negative"] else ""))
        for row in study.budget["contingency"]
    ]  # fmt: skip
    made = [Row(row) for row in rows]
    if stands is not None:
        over = f"expected overrun {money(stands['expected_overrun'])}"
        if stands["expected_overrun_given_overrun"] is not None:
            over += f"; {money(stands['expected_overrun_given_overrun'])} given an overrun"
        cells = (text("budget"), usd_given(stands["amount"]), share(stands["probability_within"]), change(stands["over_point"]),
                 share(stands["over_point"] / point["amount"] if point["amount"] else None), text(over))  # fmt: skip
        made.append(Row(cells, strong=True))
    columns = (
        Column("", ("level",)),
        Column("USD", ("amount_usd",), right=True),
        Column("chance to stay within", ("chance",), right=True),
        Column("contingency", ("contingency_usd",), right=True),
        Column("of the point", ("share_of_point",), right=True),
        Column("", ("remark",)),
    )
    return table("plan", f"What to plan, in {study.scenario.money}", columns, made)


def _carried(study: Study) -> Table:
    """Who carries the amount at each level: lines' means in worlds at that level, which add up."""
    levels = study.budget["allocation"]
    columns = [Column("", ("line",)), Column("point", ("point_usd",), right=True)]
    columns += [Column(f"P{level['level']:.10g}", (f"p{level['level']:.10g}_usd",), right=True) for level in levels]
    by_line = list(zip(*(level["lines"] for level in levels), strict=True))
    rows = [Row((named(line[0]["name"]), usd(line[0]["point"]), *(usd(at["amount"]) for at in line))) for line in by_line]
    sums = [math.fsum(at["amount"] for at in level["lines"]) for level in levels]
    points = math.fsum(line["point"] for line in levels[0]["lines"])
    rows.append(Row((named(TOTAL), usd(points), *map(usd, sums)), strong=True))
    return table(
        "allocation", f"Who carries the amount at each level, in {study.scenario.money}; columns add up", columns, rows
    )


# --- breakdown ------------------------------------------------------------------------------------------------------------


def _breakdown(study: Study) -> Iterable[Block]:
    yield Figure("breakdown", "breakdown", "The lines of the total, each with its interval.", study.run)
    yield _lines(study)
    if len(study.scenario.lines) > 1:
        yield Paragraph("Medians and interval ends of lines do not add up to those of the total; means do.")
    outcomes = [_outcome(study, name) for name in study.scenario.outcomes]
    if outcomes:
        columns = (Column("", ("quantity",)), Column("median", ("median",), right=True),
                   Column(interval_name(study.interval), ("low", "high"), right=True), Column("", ("unit",)))  # fmt: skip
        yield table("outcomes", "What comes with it", columns, outcomes)


def _lines(study: Study) -> Table:
    interval = interval_name(study.interval)
    rows = []
    for name in (*study.scenario.lines, TOTAL):
        figures = study.run["quantities"][name]
        part = figures.get("share")
        cells = (
            named(name), usd(figures["median"]), band(figures["low"], figures["high"]), usd(figures["mean"]),
            share(part["mean"] if part else None),
            band(part["low"], part["high"], percent) if part else Cell("", (None, None)),
        )  # fmt: skip
        rows.append(Row(cells, strong=name == TOTAL))
    columns = (
        Column("", ("line",)), Column("median", ("median_usd",), right=True),
        Column(interval, ("low_usd", "high_usd"), right=True), Column("mean", ("mean_usd",), right=True),
        Column("mean share", ("share",), right=True), Column(interval, ("share_low", "share_high"), right=True),
    )  # fmt: skip
    return table("breakdown", f"Cost in {study.scenario.money}", columns, rows)


def _outcome(study: Study, name: str) -> tuple[Cell, ...]:
    figures = study.run["quantities"][name]
    unit = figures["unit"]
    return named(name), *figures_of(figures, unit, is_given=name in study.scenario.inputs), Cell("", (unit,))


# --- drivers --------------------------------------------------------------------------------------------------------------


def _drivers(study: Study) -> Iterable[Block]:
    found = study.drivers
    if found is None:
        return
    if found["research_next"]["said"]:
        yield Paragraph(sentence(found["research_next"]["said"]))
    yield Figure("variance", "variance", "The share of the spread that each input carries by itself.", found)
    if any(row["swing"] for row in found["drivers"]):
        yield Figure("tornado", "tornado", "The total with each input set to its P10 and to its P90.", found)
    yield _driver_table(study, found)
    if found["variance_of"] != COST:
        yield Bullets(tuple(sentence(note) for note in found["notes"][:1]), "Why")
    over = study.budget["overrun"]
    if over["inputs"]:
        above = (spelled if study.budget["budget"] is None else spelled_exactly)(over["above"])
        yield Paragraph(
            f"In the {over['draws']:,} draws above the {over['of']} of {above}, "
            f"{listed(_moved(study, row) for row in over['inputs'][:3])}."
        )


def _moved(study: Study, row: dict[str, Any]) -> str:
    unit = study.scenario.inputs[row["name"]].unit.text
    there, usual = amount(row["median_then"], unit).text, amount(row["median"], unit).text
    return f"{words(row['name'])} has a median of {there} in place of {usual}"


def _driver_table(study: Study, found: dict[str, Any]) -> Table:
    rows = []
    conditional = any((row["swing"] or {}).get("conditional") for row in found["drivers"])
    for row in found["drivers"]:
        swing = (row["swing"] or {}).get("median")
        known_at = (row["swing"] or {}).get("conditional")
        known = row["if_known"]
        rows.append((
            named(row["name"]), _about(study.scenario.inputs.get(row["name"])), share_or_none(row["share_of_variance"]),
            band(swing["p10"], swing["p90"]) if swing else Cell("", (None, None)),
            *([band(known_at["p10"], known_at["p90"]) if known_at else Cell("", (None, None))] if conditional else []),
            share_or_none(known["interval_shrinks"]) if known else Cell("", (None,)),
            _worth(known["worth"]) if known else Cell("", (None,)), text(row["grade"]),
        ))  # fmt: skip
    along = Column("conditional: correlated inputs move along", ("conditional_p10_usd", "conditional_p90_usd"), right=True)
    columns = (
        Column("input", ("input",)), Column("what it is", ("about",)),
        Column(f"share of the variance of {found['variance_of']}", ("share_of_variance",), right=True),
        Column("total with it set to its P10 and P90", ("total_at_p10_usd", "total_at_p90_usd"), right=True),
        *([along] if conditional else []),
        Column("interval would shrink by", ("interval_shrinks",), right=True),
        Column("worth knowing, USD", ("worth_usd",), right=True), Column("grade", ("grade",)),
    )  # fmt: skip
    return table("drivers", f"What drives the spread, in {study.scenario.money}", columns, rows, MOST)


def share_or_none(found: dict[str, float] | None) -> Cell:
    """Return a cell of an estimated share; what is within its error of nothing shows as that."""
    if found is None:
        return Cell("", (None,))
    return Cell("~0" if found["low"] <= 0 else percent(found["value"]), (found["value"],))


def _worth(found: dict[str, float] | None) -> Cell:
    if found is None:
        return Cell(NONE, (None,))
    return Cell(money(found["value"]) if found["low"] > 0 else "~0", (found["value"],))


def _about(given: Input | None) -> Cell:
    return text("" if given is None else given.about)


# --- stress and levers ----------------------------------------------------------------------------------------------------


def _stress(study: Study, notes: Footnotes) -> Iterable[Block]:
    if study.stress is not None:
        moved = [row for row in study.stress["shocks"]["worlds"] if row["change"]["moves"]]
        if moved:
            worst = moved[0]
            yield Paragraph(
                f"Of {len(moved)} shocks that move the total, {words_of(worst['name'])} adds most: "
                f"{spelled(worst['change']['value'])} "
                f"to the {study.stress['shocks']['ranked_by']}. Each happens alone, under the same luck as the case without it."
            )
            yield Figure("stress", "stress", "What each shock adds by itself.", study.stress)
            yield _shock_table(study, moved, notes)
    if study.reverse is not None:
        found = study.reverse["reverse"]
        what = "budget" if study.scenario.budget is not None else "P80, rounded"
        said = sentence(found["sentence"]) if found["sentence"] else "No single input sets these cases apart from the others."
        yield Paragraph(
            f"The other way round: the total passes {spelled_exactly(found['amount'])} (the {what}) in "
            f"{of_hundred(found['chance']['value'])} cases. {said}"
        )
        if any(row["clear"] for row in found["inputs"]):
            yield Figure(
                "reverse", "reverse", f"The world in which the total passes {spelled_exactly(found['amount'])}.", study.reverse
            )
    yield from _levers(study, notes)


def words_of(name: str) -> str:
    """Say the name of a lever or a shock in a sentence."""
    return f"“{words(name)}”"


def _cited(shelf: str, name: str, notes: Footnotes | None) -> Cell:
    """The name of a lever or shock, with its sources from the library where the page shows it."""
    if notes is None:
        return named(name)
    from simulator.scenario.entries import sources_of
    from simulator.scenario.schema import AdjustmentRow

    node = library.shelved(shelf, name)
    sources = sources_of(AdjustmentRow.model_validate(node.plain()).sources) if node is not None else ()
    return Cell(words(name), (name,), notes.cite(sources))


def _shock_table(study: Study, moved: list[dict[str, Any]], notes: Footnotes) -> Table:
    assert study.stress is not None
    base = study.stress["shocks"]["base"]
    stands = base["within_budget"] is not None
    interval = interval_name(study.interval)

    def cells(row: dict[str, Any]) -> tuple[Cell, ...]:
        told = (usd(row["median"]), band(row["low"], row["high"]))
        return (*told, share(row["within_budget"]["value"])) if stands else told

    rows = [(text("no shock"), text(""), *cells(base), Cell("", (None,)), Cell("", (None,)), text(""))]
    rows += [
        (_cited("shocks", row["name"], notes if place < MOST else None), text(row["about"]), *cells(row),
         change(row["change"]["value"]), share(row["change"]["share"]), text(row["sure"]))
        for place, row in enumerate(moved, start=1)
    ]  # fmt: skip
    by = study.stress["shocks"]["ranked_by"] if study.stress else "mean"
    within = [Column("within budget", ("chance_within_budget",), right=True)] if stands else []
    columns = (
        Column("shock", ("shock",)), Column("what happens", ("about",)), Column("median", ("median_usd",), right=True),
        Column(interval, ("low_usd", "high_usd"), right=True), *within,
        Column(f"change of the {by}", ("change_usd",), right=True), Column("of it", ("change_share",), right=True),
        Column("grade", ("grade",)),
    )  # fmt: skip
    return table("shocks", f"Shocks, each alone, in {study.scenario.money}", columns, rows, MOST)


def _levers(study: Study, notes: Footnotes) -> Iterable[Block]:
    if study.levers is None:
        return
    rows = study.levers["levers"]
    honest = [row for row in rows if not row["assumption"]]
    if not rows:
        yield Paragraph("No lever of the library moves a line of this scenario.")
        return
    if honest and honest[0]["net_saving"] > 0:
        best = honest[0]
        yield Paragraph(
            f"Of the levers with an honest number, {words_of(best['name'])} saves most: "
            f"{spelled(best['saving'][study.levers['ranked_by']])} in the "
            f"{study.levers['ranked_by']}, and anything at all in {of_hundred(best['chance_to_save'])} cases. "
            "Savings of several levers do not add up. "
            "A budget must not rest on levers of grade D."
        )
    yield Figure("levers", "levers", "What each lever saves by itself.", study.levers)
    made = [
        (_cited("levers", row["name"], notes if place < MOST else None), text(row["about"]), usd(row["saving"]["median"]),
         band(row["saving"]["low"], row["saving"]["high"]), share(row["chance_to_save"]), usd(row["adoption_cost"]),
         usd(row["net_saving"]), text(row["sure"]))
        for place, row in enumerate(rows)
    ]  # fmt: skip
    columns = (
        Column("lever", ("lever",)), Column("what is done", ("about",)),
        Column("median saving", ("saving_median_usd",), right=True),
        Column(interval_name(study.interval), ("saving_low_usd", "saving_high_usd"), right=True),
        Column("saves in", ("chance_to_save",), right=True), Column("cost to adopt", ("adoption_usd",), right=True),
        Column(f"{study.levers['ranked_by']} net saving", ("net_saving_usd",), right=True), Column("grade", ("grade",)),
    )  # fmt: skip
    yield table("levers", f"Levers, each alone, in {study.scenario.money}", columns, made, MOST)


# --- assumptions ----------------------------------------------------------------------------------------------------------


def assumptions(study: Study, notes: Footnotes) -> Iterable[Block]:
    """Say every prior and known number with its grade, date and sources, and what the scenario says of itself."""
    scenario = study.scenario
    yield Paragraph(sentence(scenario.about or f"{scenario.title}, {scenario.scope}"), notes.cite(scenario.sources))
    yield input_table("assumptions", f"Priors of {scenario.title}: what is not known", study, notes, "prior")
    yield input_table("known", f"Known numbers of {scenario.title}", study, notes, "choice")
    yield Bullets(tuple(f"{grade}: {meaning}" for grade, meaning in GRADES.items()), "Grades")
    bare = sorted(words(name) for name, given in scenario.inputs.items() if given.is_assumption)
    if bare:
        yield Paragraph(f"Assumptions, with no source or graded D: {listed(bare)}.")
    for lead, said in (("Known of it", scenario.known), ("Assumed", scenario.assumed)):
        if said:
            yield Bullets(tuple(said), lead)


def input_table(name: str, caption: str, study: Study, notes: Footnotes, role: str, only: Iterable[str] | None = None) -> Table:
    """Return inputs of one role with how each is stated, its grade, its date and its sources."""
    inputs = study.scenario.inputs
    wanted = [key for key in sorted(inputs) if inputs[key].role == role and (only is None or key in set(only))]
    places = ends(study.interval)
    rows = []
    for key in wanted:
        given = inputs[key]
        law, unit = given.law, given.unit.text
        spread = (range_of(law.quantile(places[0]), law.quantile(places[1]), unit),) if role == "prior" else ()
        grade = given.sure or ("assumption" if given.is_assumption else "")
        rows.append((
            named(key), text(given.stated), amount(law.quantile(0.5), unit, is_given=law.is_constant), *spread,
            Cell("", (unit,)), text(grade), text(_date(given)), _sources(given, notes),
        ))  # fmt: skip
    middle = (
        (Column("median", ("median",), right=True), Column(interval_name(study.interval), ("low", "high"), right=True))
        if role == "prior" else (Column("value", ("value",), right=True),)
    )  # fmt: skip
    columns = (
        Column("input", ("input",)),
        Column("as stated", ("stated",)),
        *middle,
        Column("", ("unit",)),
        Column("grade", ("grade",)),
        Column("date", ("date",)),
        Column("sources", ("sources",)),
    )
    return table(name, caption, columns, rows)


def _sources(given: Input, notes: Footnotes) -> Cell:
    """Footnotes for people, the sources themselves in the data."""
    said = "; ".join(map(str, given.sources))
    if not given.sources and given.role == "prior":
        return Cell("assumption", ("assumption",))
    return Cell("", (said,), notes.cite(given.sources))


# --- method, limits, repeating --------------------------------------------------------------------------------------------


def _method(study: Study) -> Iterable[Block]:
    from simulator.figures.gather import convergence_of, correlation_of

    scenario, result = study.scenario, study.result
    yield Paragraph(
        f"Every input that is not known is drawn {result.draws:,} times from its prior, the formulas are computed for "
        "each draw, and "
        f"the figures are read off the {result.draws:,} totals. An interval of {100 * study.interval:g}% leaves "
        f"{50 * (1 - study.interval):.3g}% of the draws on either side. {luck(study)}"
    )
    yield Figure("convergence", "convergence", "How the figures settle as draws grow in number.",
                 convergence_of(result, study.interval))  # fmt: skip
    yield _dependence(study)
    if scenario.ranks:
        rows = [
            (
                text(f"{words(a)} and {words(b)}"),
                number(rank, "{:+.2f}".format),
                number(result.achieved.get((a, b)), "{:+.3f}".format),
            )
            for (a, b), rank in scenario.ranks.items()
        ]
        columns = (Column("priors", ("priors",)), Column("asked", ("rank_correlation",), right=True),
                   Column("in the draws", ("achieved",), right=True))  # fmt: skip
        yield table("correlation", "Rank correlation of priors", columns, rows)
    else:
        yield Paragraph("No priors are tied to each other here; lines still go together, as they share inputs.")
    tied = correlation_of(_first_draws(result), study.interval)
    if len(tied.get("names", ())) != 1:
        yield Figure("correlation", "correlation", "Rank correlation of the total and its main inputs.", tied)
    yield _risks(study)


def _first_draws(result: Result) -> Result:
    """Return a result with fewer draws: ranks of all would take a second, and two digits need no more."""
    kept = {name: draws[:_RANKED] for name, draws in result.kept.items()}
    return replace(result, draws=min(result.draws, _RANKED), kept=kept)


def luck(study: Study) -> str:
    """Say how exact the figures are."""
    total = study.total
    size = max(abs(total["mcse"][key]) / abs(total[key] or 1) for key in ("median", "low", "high"))
    return f"The luck of the draw (Monte Carlo standard error) is at most {percent(size)} of the median and of the ends."


def _dependence(study: Study) -> Table:
    rows = [
        (text(row["name"]), usd(row["sd"]), usd(row["median"]), band(row["low"], row["high"]), usd(row["p80"]))
        for row in study.budget["dependence"]
    ]
    columns = (
        Column("", ("treatment",)),
        Column("standard deviation", ("sd_usd",), right=True),
        Column("median", ("median_usd",), right=True),
        Column(interval_name(study.interval), ("low_usd", "high_usd"), right=True),
        Column("P80", ("p80_usd",), right=True),
    )
    return table("dependence", "What dependence does to the spread", columns, rows)


def _risks(study: Study) -> Block:
    risks = study.budget["risks"]
    if risks is None:
        return Paragraph(
            "Known risks only: this scenario has no register of risks, so these figures hold what its priors say can "
            "happen and "
            "nothing else."
        )
    rows = [
        (text(word), usd(risks[key]["median"]), band(risks[key]["low"], risks[key]["high"]), usd(risks[key]["quantiles"]["80"]))
        for word, key in (("with the register", "with"), ("without it", "without"))
    ]
    columns = (Column("", ("risks",)), Column("median", ("median_usd",), right=True),
               Column(interval_name(study.interval), ("low_usd", "high_usd"), right=True),
               Column("P80", ("p80_usd",), right=True))  # fmt: skip
    return table("risks", "Known risks only: the total with and without the scenario's register of risks", columns, rows)


def limits(study: Study) -> Iterable[Block]:
    """Say what the figures do not hold, and what the run had to say of itself."""
    scenario = study.scenario
    dates = sorted(filter(None, (_date(given) for given in scenario.inputs.values() if given.role == "prior")))
    aged = f" Those that are dated go from {dates[0]} to {dates[-1]}." if dates else ""
    counted = listed(words(line) for line in scenario.lines)
    yield Bullets((
        f"What is counted: {counted}. Nothing else is in the total.",
        f"Priors age, and prices of chips and rents move fast.{aged}",
        "An interval is as good as its priors: it says how far what is known today leaves the cost open, not how often "
        "this model "
        "has been right.",
        f"Amounts are in {scenario.money}, before taxes and the cost of money.",
        "A shock or a lever is what the library says of it on average, not a forecast that it will happen or can be done here.",
    ))  # fmt: skip
    said = messages(study)
    if said:
        yield Bullets(said, "Notes and warnings of this run")


def repeat(studies: list[Study], command: str) -> Iterable[Block]:
    """Say how the report is made again."""
    yield Paragraph("The same version, seed and inputs give the same numbers, to the last byte of each table and figure.")
    yield Command(command)
    rows = [
        (text(study.scenario.title), text(study.scenario.name), Cell(f"{study.result.draws:,}", (study.result.draws,)),
         Cell(str(study.result.seed), (study.result.seed,)), text(study.result.method), text(study.scenario.fingerprint[:12]))
        for study in studies
    ]  # fmt: skip
    columns = (
        Column("title", ("title",)), Column("scenario", ("scenario",)), Column("draws", ("draws",), right=True),
        Column("seed", ("seed",), right=True), Column("method", ("method",)), Column("fingerprint", ("fingerprint",)),
    )  # fmt: skip
    yield table("runs", "What was run; the manifest has hashes of all inputs", columns, rows)
