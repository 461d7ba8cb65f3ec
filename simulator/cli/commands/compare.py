"""`llmcost compare`: compare scenarios using common random numbers, and renting with buying."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import click

from simulator.cli.cells import format_band, format_probability
from simulator.cli.command import Answer, Page, outputs
from simulator.cli.options import open_with_warnings, override_options, run_options, warn

if TYPE_CHECKING:
    from simulator.analysis.compare import Comparison, ScenarioDifference
    from simulator.analysis.rent_or_buy import BreakEven, RentOrBuy
    from simulator.analysis.statistics import SummaryStatistics
    from simulator.cli.output import TextTable
    from simulator.engine.options import RunOptions
    from simulator.scenario import Overrides


@click.command(
    short_help="Compare scenarios using common random numbers: paired difference, probability of being cheaper, explanation."
)
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True)
@click.option(
    "--rent-or-buy", is_flag=True, help="Break-even price and duration of renting and buying the chips of one SCENARIO."
)
@override_options
@outputs()
@run_options
def command(scenarios: tuple[str, ...], rent_or_buy: bool, overrides: "Overrides", options: "RunOptions") -> Answer:
    """Compare each SCENARIO with the first, draw by draw.

    A SCENARIO is a built-in name or a file, possibly followed by changes: gpt-4:basis=rented, gpt-4:lever=NAME,
    gpt-4:shock=NAME, ours.yaml:chips=8192:mfu=0.4. Options such as --set apply to all. A saved result (.json) is shown as
    well, but not paired.
    """
    if rent_or_buy:
        return _rent_or_buy(scenarios, overrides, options)
    if len(scenarios) < 2:
        raise click.UsageError("a comparison needs two scenarios; add changes to a name, as in gpt-4:basis=rented")

    from simulator.analysis.compare import compare, is_saved_total, read_saved_total
    from simulator.scenario.variants import number_duplicates, split_variant

    references = [reference for reference in scenarios if not is_saved_total(reference)]
    saved = [read_saved_total(reference) for reference in scenarios if is_saved_total(reference)]
    variants = [open_with_warnings(*split_variant(reference, overrides)).scenario for reference in references]
    comparison = compare(variants, options, names=number_duplicates(references), saved=saved)
    return Answer(comparison, lambda: _page(comparison))


def _rent_or_buy(scenarios: tuple[str, ...], overrides: "Overrides", options: "RunOptions") -> Answer:
    from simulator.analysis.compare import is_saved_total
    from simulator.analysis.rent_or_buy import bases_of, rent_or_buy
    from simulator.scenario.variants import open_variant

    if len(scenarios) != 1 or is_saved_total(scenarios[0]) or ":basis=" in scenarios[0]:
        raise click.UsageError("--rent-or-buy takes one scenario, and evaluates it rented, owned and purchased")
    bases = bases_of(open_variant(scenarios[0], overrides))
    for scenario in bases.scenarios:
        warn(scenario.warnings)
    answer = rent_or_buy(bases, options)
    return Answer(answer, lambda: _rent_page(answer))


# --- comparisons ----------------------------------------------------------------------------------------------------------


def _page(comparison: "Comparison") -> Page:
    from simulator.core.formatting import format_percent
    from simulator.scenario.variants import unique_titles

    labels = unique_titles([*comparison.scenarios, *comparison.saved])
    tables = [_totals_table(comparison, labels)]
    notes = [note.text for note in comparison.notes]
    for row in comparison.differences:
        first, other = labels[row.first], labels[row.other]
        tables.append(_difference_table(row, first, other, comparison.header.interval_name))
        if row.steps:
            tables.append(_steps_table(row, first, other))
        if row.variance_ratio:
            share = format_percent(row.variance_ratio)
            notes.append(
                f"{other}: using common random numbers the difference has {share} of the variance that separate runs would give"
            )
    if comparison.differences:
        notes.append("the change of a step depends on the steps before it; alone: that change by itself in the first scenario")
    if comparison.scenarios:
        notes.append(f"{comparison.header.draws:,} draws, seed {comparison.header.seed}")
    return Page(tables, notes)


def _totals_table(comparison: "Comparison", labels: Mapping[str, str]) -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_money

    rows = [
        (
            labels[run.name] + suffix,
            format_money(run.median),
            format_band(run),
            format_money(run.mean),
            format_money(run.p80),
        )
        for runs, suffix in ((comparison.scenarios, ""), (comparison.saved, " (saved)"))
        for run in runs
    ]
    columns = ("", ">median", f">{comparison.header.interval_name}", ">mean", ">P80")
    return TextTable(f"Total cost in {comparison.header.money}", columns, rows)


def _difference_table(row: "ScenarioDifference", first: str, other: str, interval: str) -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_money, format_percent, format_signed_money

    error = "" if row.mean is None else f"Monte Carlo error {format_money(row.mcse.mean)}"
    rows = [
        ("mean", format_signed_money(row.mean), error),
        ("median", format_signed_money(row.median), ""),
        (interval, f"{format_signed_money(row.low)} to {format_signed_money(row.high)}", ""),
        (f"{first} is cheaper", format_probability(row.first_cheaper), ""),
    ]
    if row.equal:
        rows.append(("both cost the same", format_percent(row.equal), ""))
    if row.ratio is not None:
        rows.append(("times the cost", f"{row.ratio.median:.3g}", f"{interval}: {row.ratio.low:.3g} to {row.ratio.high:.3g}"))
    return TextTable(f"{other} less {first}", ("", ">USD", ""), rows)


def _steps_table(row: "ScenarioDifference", first: str, other: str) -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_signed_money, to_words

    rows = [
        (
            to_words(step.name),
            f"{step.before} -> {step.after}",
            format_signed_money(step.change),
            format_signed_money(step.alone),
        )
        for step in row.steps
    ]
    rows.append(("=together", "", format_signed_money(row.mean), ""))
    title = f"Explanation, changes made one after the other from {first} to {other}"
    return TextTable(title, ("", "", ">mean change", ">alone"), rows)


# --- rent or buy ----------------------------------------------------------------------------------------------------------


def _rent_page(answer: "RentOrBuy") -> Page:
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_money, format_signed_money

    name = answer.header.interval_name
    rows = [
        ("rented", *_median_and_interval(answer.rented, format_money)),
        ("owned", *_median_and_interval(answer.owned, format_money)),
        ("purchased", *_median_and_interval(answer.purchased, format_money)),
        ("=rented less owned", *_median_and_interval(answer.rented_less_owned, format_signed_money)),
    ]
    tables = [
        TextTable(f"{answer.header.title}: total cost in {answer.header.money}", ("", ">median", f">{name}"), rows),
        TextTable("Where they cost the same", ("", ">median", f">{name}", ""), _break_even_rows(answer)),
    ]
    notes = [
        f"owned is cheaper in {format_probability(answer.rented_less_owned.first_cheaper)} of draws, with chips charged for "
        "the time used; purchased: the whole cluster, whatever its use",
        "resale of the chips and cost of capital are not included",
    ]
    if answer.break_even_months.never.value:
        never = format_probability(answer.break_even_months.never)
        notes.append(f"in {never} of draws power alone costs more than the rent, so buying never pays off")
    notes.append(f"{answer.header.draws:,} draws, seed {answer.header.seed}")
    return Page(tables, notes)


def _break_even_rows(answer: "RentOrBuy") -> list[tuple[str, ...]]:
    from simulator.core.formatting import format_percent, format_significant

    price, break_even_price = answer.rental_price, answer.break_even_price
    rows: list[tuple[str, ...]] = [
        ("rental price of the scenario", *_median_and_interval(price, format_significant), "USD/chip/hour"),
        (
            "=break-even rental price",
            *_median_and_interval(break_even_price, format_significant),
            "USD/chip/hour, against owned",
        ),
        (
            "=break-even duration",
            *_median_and_interval(answer.break_even_months, format_significant),
            "months of work of each chip, against purchased",
        ),
    ]
    if answer.break_even_utilisation is not None:
        utilisation = _median_and_interval(answer.break_even_utilisation, format_percent)
        rows.append(("=break-even utilisation", *utilisation, "of the chips' useful life, against purchased"))
    return rows


def _median_and_interval(figures: "SummaryStatistics | BreakEven", format_value: Callable[[float], str]) -> tuple[str, str]:
    low, middle, high = (
        "never" if value is None else format_value(value) for value in (figures.low, figures.median, figures.high)
    )
    return middle, f"{low} to {high}"
