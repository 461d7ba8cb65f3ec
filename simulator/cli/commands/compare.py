"""`llmcost compare`: compare scenarios using common random numbers, and renting with buying."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from simulator.cli.cells import format_band, format_probability
from simulator.cli.command import Answer, Page, outputs
from simulator.cli.options import override_options, run_options, warn

if TYPE_CHECKING:
    from simulator.analysis.compare import Comparison, ScenarioDifference
    from simulator.cli.output import TextTable
    from simulator.core.results import Header
    from simulator.engine.options import RunOptions
    from simulator.scenario import Overrides


@click.command(
    short_help="Compare scenarios using common random numbers: paired difference, probability of being cheaper, explanation."
)
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True)
@click.option(
    "--rent-or-buy", is_flag=True, help="Break-even price, use and duration of renting and buying the chips of one SCENARIO."
)
@click.option(
    "--horizon",
    metavar="TIME",
    help="With --rent-or-buy: time from purchase to sale, such as '3 year'; by default the useful life of the chips.",
)
@override_options
@outputs()
@run_options
def command(
    scenarios: tuple[str, ...], rent_or_buy: bool, horizon: str | None, overrides: "Overrides", options: "RunOptions"
) -> Answer:
    """Compare each SCENARIO with the first, draw by draw: its cost, its times, and what differs in the inputs.

    A SCENARIO is a built-in name or a file, possibly followed by changes: gpt-4:basis=rented, gpt-4:lever=NAME,
    gpt-4:shock=NAME, ours.yaml:chips=8192:mfu=0.4. A name and = before it name it in the answer: Rent=a.yaml
    Own=b.yaml:basis=owned. Options such as --set apply to all. A saved result (.json) is shown as well, but not paired.
    """
    if rent_or_buy:
        return _rent_or_buy(scenarios, horizon, overrides, options)
    if horizon is not None:
        raise click.UsageError("--horizon applies with --rent-or-buy")
    if len(scenarios) < 2:
        raise click.UsageError("a comparison needs two scenarios; add changes to a name, as in gpt-4:basis=rented")

    from simulator.analysis.compare import compare, is_saved_total, read_saved_total
    from simulator.analysis.own_chips import purchased_variants
    from simulator.scenario.variants import open_variant, scenarios_together, split_names

    names, references, own = split_names(scenarios)
    named = list(zip(names, references, strict=True))
    saved = [replace(read_saved_total(each), name=name) for name, each in named if is_saved_total(each)]
    paired = [(name, each) for name, each in named if not is_saved_total(each)]
    opened = [open_variant(each, overrides) for _, each in paired]
    variants = scenarios_together(opened, overrides)
    warn(warning for each in variants for warning in each.warnings)
    paired_names = [name for name, _ in paired]
    first = opened[0].allowing_unused() if opened else None
    purchased = purchased_variants(dict(zip(paired_names, opened, strict=True)))
    comparison = compare(variants, options, names=paired_names, own_names=own, saved=saved, purchased=purchased, opened=first)
    return Answer(comparison, lambda: _page(comparison), opened=[each.allowing_unused() for each in opened], names=paired_names)


def _rent_or_buy(scenarios: tuple[str, ...], horizon: str | None, overrides: "Overrides", options: "RunOptions") -> Answer:
    from simulator.analysis.compare import is_saved_total
    from simulator.analysis.rent_or_buy import bases_of, parse_horizon, rent_or_buy
    from simulator.cli.rent_or_buy_page import rent_or_buy_page
    from simulator.scenario.variants import open_variant

    if len(scenarios) != 1 or is_saved_total(scenarios[0]) or ":basis=" in scenarios[0]:
        raise click.UsageError("--rent-or-buy takes one scenario, and evaluates it rented and owned")
    try:
        hours = None if horizon is None else parse_horizon(horizon)
    except ValueError as error:
        raise click.UsageError(f"--horizon: {error}") from None
    bases = bases_of(open_variant(scenarios[0], overrides))
    for scenario in bases.scenarios:
        warn(scenario.warnings)
    answer = rent_or_buy(bases, options, horizon=hours)
    return Answer(answer, lambda: rent_or_buy_page(answer), opened=bases.scenarios, names=["rented", "owned", *bases.reserved])


def _page(comparison: "Comparison") -> Page:
    from simulator.analysis.latency import latency_condition
    from simulator.analysis.own_chips import condition_of
    from simulator.core.formatting import format_percent

    labels = {run.name: run.label for run in comparison.scenarios} | {run.name: run.label for run in comparison.saved}
    tables = [_totals_table(comparison, labels), *_token_table(comparison, labels), *_times_table(comparison, labels)]
    notes = [note.text for note in comparison.notes]
    for row in comparison.differences:
        first, other = labels[row.first], labels[row.other]
        tables.append(_difference_table(row, first, other, comparison.header))
        tables += _input_table(row, first, other)
        if row.steps:
            tables.append(_steps_table(row, first, other, comparison.header.currency))
        if row.variance_ratio:
            share = format_percent(row.variance_ratio)
            notes.append(
                f"{other}: using common random numbers the difference has {share} of the variance that separate runs would give"
            )
    if comparison.differences:
        alone = "the change of a step depends on the steps before it; alone: that change by itself in the first scenario"
        notes.append(f"{alone}{_SEVERAL_STEPS if _has_joint_rows(comparison) else ''}")
    if comparison.scenarios:
        notes.append(f"{comparison.header.draws:,} draws, seed {comparison.header.seed}")
    conditions = [condition_of(own, comparison.header.currency) for own in comparison.own_chips]
    if comparison.missed_targets is not None:
        conditions.insert(0, latency_condition(comparison.missed_targets))
    return Page(tables, notes, _headline(comparison, labels), conditions=conditions)


def _headline(comparison: "Comparison", labels: Mapping[str, str]) -> str:
    """Return the first difference in words, or the cheapest of several scenarios."""
    from simulator.core.formatting import format_money, format_percent, join_words, share_of_outcomes

    if not comparison.differences:
        return ""
    currency, missed = comparison.header.currency, comparison.missed_targets
    latency = "" if missed is None else f", but meets its latency targets in {format_percent(missed.met)}"
    if len(comparison.scenarios) > 2:
        cheapest, *others = sorted(comparison.scenarios, key=lambda run: run.median)
        rest = join_words(f"{labels[run.name]} {format_money(run.median, currency)}" for run in others)
        return (
            f"{labels[cheapest.name]} costs least, {format_money(cheapest.median, currency)} (median), and is the cheapest in "
            f"{share_of_outcomes(cheapest.cheapest.value, comparison.header.draws, 'simulated outcomes')}{latency}; {rest}"
        )
    row = comparison.differences[0]
    size = format_money(abs(row.median), currency)
    more = f"{size} {'more' if row.median > 0 else 'less'} than" if row.median else "as much as"
    cheaper = row.first_cheaper.value
    of, name = (1 - cheaper - row.equal, "it") if row.median < 0 else (cheaper, labels[row.first])
    share = share_of_outcomes(of, comparison.header.draws, "simulated outcomes")
    return f"{labels[row.other]} costs {more} {labels[row.first]} (median); {name} is cheaper in {share}{latency}"


def _totals_table(comparison: "Comparison", labels: Mapping[str, str]) -> "TextTable":
    from simulator.analysis.compare import ScenarioTotal
    from simulator.cli.output import Column, TextTable
    from simulator.core.formatting import format_money, format_percent

    currency = comparison.header.currency
    rows = [
        (
            labels[run.name] + suffix,
            format_money(run.median, currency),
            format_band(run, currency),
            format_money(run.mean, currency),
            format_money(run.p80, currency),
            format_percent(run.latency_met) if isinstance(run, ScenarioTotal) and run.latency_met is not None else "",
        )
        for runs, suffix in ((comparison.scenarios, ""), (comparison.saved, " (saved)"))
        for run in runs
    ]
    columns = ("", ">median", f">{comparison.header.interval_name}", Column(">mean", 2), Column(">P80", 1), ">latency met")
    shown = len(columns) if any(row[-1] for row in rows) else len(columns) - 1  # where a scenario has targets of latency
    return TextTable(f"Total cost in {comparison.header.money}", columns[:shown], [row[:shown] for row in rows])


def _token_table(comparison: "Comparison", labels: Mapping[str, str]) -> "list[TextTable]":
    """Return a table with the costs of a million tokens of the scenarios that have them."""
    from simulator.cli.output import TextTable
    from simulator.core.formatting import display_unit, format_median_and_interval, to_words

    found = [(run.name, each) for run in comparison.scenarios for each in run.token_costs]
    if not found:
        return []
    rows = [
        (f"{to_words(name)}: {labels[run]}", *format_median_and_interval(each, each.unit))
        for name in dict.fromkeys(each.name for _, each in found)
        for run, each in found
        if each.name == name
    ]
    title = f"Cost of tokens in {display_unit(found[0][1].unit)[0]}"
    return [TextTable(title, ("", ">median", f">{comparison.header.interval_name}"), rows)]


_SEVERAL_STEPS = "; a row of several steps has the sum of their changes (--format json: each)"


def _has_joint_rows(comparison: "Comparison") -> bool:
    """Whether a row of an explanation has several steps."""
    from simulator.analysis.explanation import grouped_steps

    return any(len(grouped_steps(row.steps)) < len(row.steps) for row in comparison.differences)


MOST_INPUTS = 20
"""Maximum number of inputs that differ in the table of a difference; the JSON has all."""


def _times_table(comparison: "Comparison", labels: Mapping[str, str]) -> "list[TextTable]":
    """Return a table with the times of each scenario and, for all but the first, their differences from it."""
    from simulator.cli.output import TextTable
    from simulator.core.formatting import display_unit, format_median_and_interval, format_quantity, to_words

    unit = display_unit("hour")[0]
    differences = {(row.other, each.name): each for row in comparison.differences for each in row.times}
    rows = []
    for name in dict.fromkeys(each.name for run in comparison.scenarios for each in run.times):
        for run in comparison.scenarios:
            for each in run.times:
                if each.name != name:
                    continue
                change = differences.get((run.name, name))
                less = "" if change is None else ("+" if change.median > 0 else "") + format_quantity(change.median, "hour")
                dates = "" if each.dates is None else f"{each.dates.median}, {each.dates.low} to {each.dates.high}"
                rows.append((f"{to_words(name)}: {labels[run.name]}", *format_median_and_interval(each, "hour"), less, dates))
    if not rows:
        return []
    shown = 5 if any(row[-1] for row in rows) else 4  # the column of dates where there is one
    columns = ("", ">median", f">{comparison.header.interval_name}", ">less the first", "date")[:shown]
    title = f"Time in {unit}; less the first: median of the differences"
    return [TextTable(title, columns, [row[:shown] for row in rows])]


def _input_table(row: "ScenarioDifference", first: str, other: str) -> "list[TextTable]":
    """Return a table of the inputs that differ, if there are any."""
    from simulator.analysis.input_differences import grouped
    from simulator.cli.output import TextTable

    groups = grouped(row.inputs)
    rows = [(each.label, each.before, each.after) for each in groups[:MOST_INPUTS]]
    left = sum(len(each.items) for each in groups[MOST_INPUTS:])
    if left:
        rows.append((f"and {left} more (--format json)", "", ""))
    return [TextTable("What differs in the inputs", ("", first, other), rows)] if rows else []


def _difference_table(row: "ScenarioDifference", first: str, other: str, header: "Header") -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_money, format_percent, format_signed_money, format_significant

    currency, interval = header.currency, header.interval_name
    error = "" if row.mean is None else f"Monte Carlo error {format_money(row.mcse.mean, currency)}"
    span = f"{format_signed_money(row.low, currency)} to {format_signed_money(row.high, currency)}"
    rows = [
        ("mean", format_signed_money(row.mean, currency), error),
        ("median", format_signed_money(row.median, currency), ""),
        (interval, span, ""),
        (f"{first} is cheaper", format_probability(row.first_cheaper), ""),
    ]
    if row.equal:
        rows.append(("both cost the same", format_percent(row.equal), ""))
    if row.ratio is not None:
        times = [format_significant(each) for each in (row.ratio.low, row.ratio.median, row.ratio.high)]
        rows.append(("times the cost", times[1], f"{interval}: {times[0]} to {times[2]}"))
    return TextTable(f"{other} less {first}", ("", ">difference", ""), rows)


def _steps_table(row: "ScenarioDifference", first: str, other: str, currency: str) -> "TextTable":
    from simulator.analysis.explanation import grouped_steps
    from simulator.cli.output import Column, TextTable
    from simulator.core.formatting import format_signed_money

    groups = grouped_steps(row.steps)
    texts = [(group.label, f"{group.items[0].before} -> {group.items[0].after}") for group in groups]
    labels = [label for label, _ in texts]
    rows = [
        (
            label if labels.count(label) == 1 else group.items[0].name,  # two names may read the same
            change,
            format_signed_money(group.change, currency),
            "" if group.alone is None else format_signed_money(group.alone, currency),
        )
        for group, (label, change) in zip(groups, texts, strict=True)
    ]
    rows.append(("=together", "", format_signed_money(row.mean, currency), ""))
    title = f"Explanation, changes made one after the other from {first} to {other}"
    return TextTable(title, ("", "", ">mean change", Column(">alone", 1)), rows)
