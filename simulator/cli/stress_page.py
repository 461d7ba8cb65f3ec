"""The tables and notes of `llmcost stress`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulator.analysis.stress.amounts import BUDGET
from simulator.analysis.stress.shocks import with_evidence
from simulator.cli.cells import format_band, format_probability
from simulator.cli.output import Column, TextTable
from simulator.core.formatting import (
    display_unit,
    format_condition,
    format_exact_money,
    format_median_and_interval,
    format_money,
    format_percent,
    format_quantity,
    format_signed_money,
    interval_name,
    to_words,
)
from simulator.core.levels import Level
from simulator.core.money import is_amount
from simulator.scenario import TOTAL

if TYPE_CHECKING:
    from simulator.analysis.stress import StressTest
    from simulator.analysis.stress.one_at_a_time import SweepOfPriors
    from simulator.analysis.stress.reverse_stress import InputComparison, ReverseStress
    from simulator.analysis.stress.reweighting import Reweighting
    from simulator.analysis.stress.shocks import ShockCase, ShockEffects, StressTotal
    from simulator.core.results import Header

PAIRING_NOTE = (
    "changes: mean and median of the differences from the scenario without the shock, outcome by outcome (common random "
    "numbers); +- is their Monte Carlo error"
)

Parts = tuple[list[TextTable], list[str]]
"""Tables and the notes below them."""


def stress_page(result: "StressTest", interval: Level, top: int) -> Parts:
    """Return the tables of stress tests and their notes; tables of inputs have at most `top` rows."""
    parts: list[Parts] = []
    if result.shocks is not None:
        parts.append(_shocks(result.header, result.shocks, result.budget, interval))
    if result.sweep is not None:
        parts.append(_sweep(result.header, result.sweep, interval, top))
    if result.reverse is not None:
        parts.append(_reverse(result.reverse, interval, top, result.header.currency))
    parts += [_reweighting(result.header, each, interval) for each in result.reweightings or ()]
    tables = [table for part, _ in parts for table in part]
    notes = [note for _, part in parts for note in part]
    if result.reverse is None or len(tables) > 1:
        notes.append(f"{result.header.draws:,} draws, seed {result.header.seed}")
    return tables, notes


def _shocks(header: "Header", shocks: "ShockEffects", budget: float | None, interval: Level) -> Parts:
    effective = [case for case in shocks.cases if case.change.moves]
    currency = header.currency
    rows = [["no shock", *_total_cells(shocks.base, currency)]]
    rows += [[_case_name(case), *_total_cells(case, currency)] for case in effective]
    within = [] if budget is None else [f">within {format_exact_money(budget, currency)}"]
    columns = ("", ">median", f">{interval_name(interval)}", Column(">P80", 1), *within)
    tables = [
        TextTable(f"{header.title}: total cost in {header.money}, with each shock", columns, rows),
        *_change_table(shocks, effective, interval, currency),
    ]
    if shocks.inapplicable:
        inapplicable = [(to_words(each.name), each.reason) for each in shocks.inapplicable]
        tables.append(TextTable("Not applicable to this scenario", ("shock", "because"), inapplicable))
    notes = [
        f"{_case_words(case)}: the changes by each alone add up to {format_signed_money(case.alone_added_up, currency)}"
        for case in shocks.cases
        if case.alone_added_up is not None
    ]
    notes += [
        f"{to_words(case.name)} applies to: {case.conditions}"
        for case in shocks.cases
        if case.conditions and len(case.shocks) == 1
    ]
    if shocks.why_no_mean:
        notes.append(f"no change has a mean (n/a), and all are ranked by the median change: {shocks.why_no_mean}")
    unaffected = [_case_words(case) for case in shocks.cases if not case.change.moves]
    if unaffected:
        notes.append(f"no effect on the total: {', '.join(unaffected)}")
    assumptions = [_case_words(case) for case in effective if case.is_assumption]
    if assumptions:
        notes.append(f"assumptions, graded D: {', '.join(assumptions)}")
    return tables, [*notes, PAIRING_NOTE]


def stress_headline(result: "StressTest") -> str:
    """Return what the shock with the largest effect does to the total."""
    shocks = result.shocks
    effective = [] if shocks is None else [case for case in shocks.cases if case.change.moves]
    if shocks is None or not effective:
        return ""
    first = with_evidence(effective)[0]  # an assumption leads nothing
    currency = result.header.currency
    before, after = (format_money(each.median, currency) for each in (shocks.base, first))
    return f"{result.header.title}: the median moves from {before} to {after} with {_case_words(first)}"


def _total_cells(total: "StressTotal", currency: str) -> list[str]:
    cells = [format_money(total.median, currency), format_band(total, currency), format_money(total.p80, currency)]
    return cells if total.within_budget is None else [*cells, format_probability(total.within_budget)]


def _case_name(case: "ShockCase") -> str:
    return f"={_case_words(case)}" if len(case.shocks) > 1 else to_words(case.name)


def _case_words(case: "ShockCase") -> str:
    return " + ".join(map(to_words, case.shocks))


def _change_table(shocks: "ShockEffects", effective: "Sequence[ShockCase]", interval: Level, currency: str) -> list[TextTable]:
    """Return a table of the changes by shocks, and one of probability and mitigation where the library has them."""
    if not effective:
        return []
    columns = ("", Column(">mean change", 1), ">median change", f">of the {shocks.ranked_by}", Column("grade", 2))
    rows = [(_case_name(case), *_change_cells(case, currency), case.grade) for case in effective]
    tables = [TextTable("Change of the total", columns, rows)]
    facts = [
        (to_words(case.name), *_probability_cells(case), case.mitigation)
        for case in effective
        if case.probability is not None or case.mitigation
    ]
    if facts:
        head = ("", ">probability", Column(f">{interval_name(interval)}", 1), Column("grade", 1), "of", "mitigation")
        tables.append(TextTable("Probability and mitigation", head, facts))
    return tables


def _change_cells(case: "ShockCase", currency: str) -> tuple[str, str, str]:
    change = case.change
    mean = format_money(None)
    if change.mcse is not None:
        mean = f"{format_signed_money(change.mean, currency)} +-{format_money(change.mcse, currency)}"
    share = "" if change.share is None else f"{'+' if change.share >= 0 else ''}{format_percent(change.share)}"
    median = f"{format_signed_money(change.median, currency)} +-{format_money(change.median_mcse, currency)}"
    return mean, median, share


def _probability_cells(case: "ShockCase") -> tuple[str, str, str, str]:
    figures = case.probability
    if figures is None:
        return "unknown", "", "", ""
    interval = f"{format_percent(figures.low)} to {format_percent(figures.high)}" if figures.low < figures.high else ""
    return format_percent(figures.median), interval, figures.grade, figures.about


def _sweep(header: "Header", sweep: "SweepOfPriors", interval: Level, top: int) -> Parts:
    currency = header.currency
    rows = [
        [
            to_words(prior.name),
            *(
                cell
                for point in prior.points
                for cell in (
                    format_quantity(point.value, prior.unit),
                    format_money(point.median, currency),
                    format_band(point, currency),
                )
            ),
        ]
        for prior in sweep.priors[:top]
    ]
    name = interval_name(interval)
    columns = (
        *("", ">at its 5% point", ">median", Column(f">{name}", 1)),
        *(">at its 95% point", ">median", Column(f">{name}", 1)),
    )
    baseline = f"{format_money(sweep.base.median, currency)}, {format_band(sweep.base, currency)}"
    title = f"{header.title}: total cost with one prior fixed (with none fixed {baseline})"
    notes = []
    if len(sweep.priors) > top:
        notes.append(f"{len(sweep.priors) - top} more priors change the total less (--top)")
    correlated = [to_words(prior.name) for prior in sweep.priors if prior.correlated]
    if correlated:
        notes.append(f"correlated with other inputs, whose draws are left unchanged: {', '.join(correlated)}")
    return [TextTable(title, columns, rows)], notes


def _reverse(reverse: "ReverseStress", interval: Level, top: int, currency: str) -> Parts:
    clear = [each for each in reverse.inputs if each.clear]
    name = interval_name(interval)
    share = format_probability(reverse.probability)
    condition_text = format_condition(reverse.quantity, reverse.amount, reverse.unit, above=reverse.above)
    if BUDGET in reverse.condition:
        condition_text += f" ({reverse.condition})"
    title = f"Where {condition_text}: {share} of simulated outcomes; median and {name} of inputs, largest distance first"
    columns = (
        *("", Column(">distance", 2), Column("there", 1), ">median there", f">{name}"),
        *(">median in all", Column(f">{name}", 3), "unit"),
    )
    notes = ["no box: no input is distinguishable from Monte Carlo error"]
    if reverse.sentence:
        notes = [
            reverse.sentence,
            "the box was found on half of the draws by peeling (PRIM, without pasting) and evaluated on the other half",
        ]
    if len(clear) > top:
        notes.append(f"{len(clear) - top} more inputs have a smaller distance (--top)")
    others = len(reverse.inputs) - len(clear)
    if others:
        notes.append(f"{others} inputs are not distinguishable from Monte Carlo error")
    count = f"{reverse.selected_draws:,} of {reverse.draws:,} draws meet the condition"
    notes.append(f"distance: how far an input is from its usual values there (Kolmogorov-Smirnov, 0 to 1); {count}")
    return [TextTable(title, columns, [_input_cells(each, currency) for each in clear[:top]])], notes


def _input_cells(comparison: "InputComparison", currency: str) -> list[str]:
    unit = comparison.unit
    quantiles = [
        cell
        for each in (comparison.selected, comparison.all_draws)
        for cell in (
            (format_percent(each.median), "")
            if comparison.is_event
            else format_median_and_interval(each, unit, currency=currency)
        )
    ]
    direction = "higher" if comparison.higher else "lower"
    return [
        to_words(comparison.name),
        f"{comparison.ks_distance:.2f}",
        direction,
        *quantiles,
        "" if is_amount(unit) else display_unit(unit)[0],
    ]


def _reweighting(header: "Header", reweighting: "Reweighting", interval: Level) -> Parts:
    rows, currency = [], header.currency
    for name, quantity in reweighting.quantities.items():
        before, after = quantity.before, quantity.after
        rows.append(
            [
                f"={to_words(name)}" if name == TOTAL else to_words(name),
                format_money(before.median, currency),
                format_band(before, currency),
                f"{format_money(after.median, currency)} +-{format_money(after.mcse.median, currency)}",
                format_band(after, currency),
                format_signed_money(after.median - before.median, currency),
            ]
        )
    name = interval_name(interval)
    distributions = "; ".join(f"{to_words(prior.name)} {prior.after} instead of {prior.before}" for prior in reweighting.priors)
    columns = (*("", ">median before", Column(f">{name}", 1), ">median after", Column(f">{name}", 2), ">change"),)
    share = format_percent(reweighting.effective / reweighting.draws)
    changed = ", ".join(to_words(prior.name) for prior in reweighting.priors)
    notes = [f"new prior of {changed}: {reweighting.effective:,.0f} of {reweighting.draws:,} draws are effective ({share})"]
    return [TextTable(f"{header.title}, with {distributions}", columns, rows)], notes
