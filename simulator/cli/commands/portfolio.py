"""`llmcost portfolio`: add up several runs under one budget."""

from typing import TYPE_CHECKING

import click

from simulator.cli.cells import describe_error, format_band, format_probability
from simulator.cli.command import Answer, Page, outputs
from simulator.cli.options import Confidence, override_options, run_options, warn

if TYPE_CHECKING:
    from simulator.analysis.portfolio import Portfolio
    from simulator.cli.output import TextTable
    from simulator.core.levels import Level
    from simulator.engine.options import RunOptions
    from simulator.scenario import Overrides


@click.command(short_help="Add up several runs: the P70 of a sum is not the sum of P70s.")
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True)
@click.option(
    "--correlation", type=click.Choice(["shared", "none"]), default="shared", show_default=True,
    help="shared: common random numbers for priors of the same name. none: independent draws for each run.",
)  # fmt: skip
@click.option(
    "--confidence", "levels", type=Confidence(), multiple=True, metavar="LEVEL",
    help="Report this level as well as 50, 70, 80 and 90 %.",
)  # fmt: skip
@override_options
@outputs()
@run_options
def command(
    scenarios: tuple[str, ...], correlation: str, levels: tuple[float, ...], overrides: "Overrides", options: "RunOptions"
) -> Answer:
    """Add up SCENARIOs draw by draw. Options such as --set apply to each, --budget to the sum; a name twice is two runs."""
    from simulator.analysis.portfolio import portfolio
    from simulator.engine.support import FEW_DRAWS_BEYOND
    from simulator.scenario.variants import open_variant, scenarios_together, split_variant

    for reference in scenarios:
        if split_variant(reference)[1].budget is not None:
            raise click.UsageError(f"{reference}: a portfolio has no budgets of single runs; --budget is that of the sum")
    # Each run is read with the budget, as its money may convert it and its levers may need it.
    opened = [open_variant(reference, overrides) for reference in scenarios]
    variants = scenarios_together(opened, overrides)
    warn(warning for each in variants for warning in each.warnings)
    budget = None if overrides.budget is None else variants[0].budget
    result = portfolio(variants, options, correlation=correlation, levels=levels, budget=budget)
    warn(note.text for note in result.notes if note.code == FEW_DRAWS_BEYOND)
    lenient = [each.allowing_unused() for each in opened]
    return Answer(result, lambda: _page(result, options.interval), opened=lenient, names=scenarios)


def _page(portfolio: "Portfolio", interval: "Level") -> Page:
    from simulator.engine.support import FEW_DRAWS_BEYOND

    alternative = "none" if portfolio.correlation == "shared" else "shared"
    notes = [
        f"shared uses common random numbers for all priors of the same name, none for no prior; see also "
        f"--correlation {alternative}",
        f"{portfolio.header.draws:,} draws, seed {portfolio.header.seed}; {describe_error(portfolio.total)}",
    ]
    notes += [note.text for note in portfolio.notes if note.code != FEW_DRAWS_BEYOND]
    return Page([_run_table(portfolio, interval), *_budget_table(portfolio), _level_table(portfolio)], notes)


def _budget_table(portfolio: "Portfolio") -> "list[TextTable]":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_exact

    budget = portfolio.budget
    if budget is None:
        return []
    row = ("budget", format_exact(budget.amount), format_probability(budget.within))
    return [TextTable("Budget of the sum", ("", f">{portfolio.header.currency}", ">probability within"), [row])]


def _run_table(portfolio: "Portfolio", interval: "Level") -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_money, interval_name
    from simulator.scenario.variants import unique_titles

    labels = unique_titles(portfolio.runs)
    rows = [
        (label, format_money(total.median), format_band(total), format_money(total.mean), format_money(total.p80))
        for label, total in (
            *((labels[run.name], run) for run in portfolio.runs),
            ("=portfolio", portfolio.total),
        )
    ]
    sampling = (
        "common random numbers for priors of the same name"
        if portfolio.correlation == "shared"
        else "independent random numbers for each run"
    )
    columns = ("", ">median", f">{interval_name(interval)}", ">mean", ">P80")
    return TextTable(f"Runs in {portfolio.header.money}, {sampling}", columns, rows)


def _level_table(portfolio: "Portfolio") -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_money, format_signed_money

    rows = [
        (
            f"P{row.level:.10g}",
            format_money(row.amount),
            format_money(row.sum_of_own),
            format_signed_money(row.difference),
            format_probability(row.within_sum),
        )
        for row in portfolio.levels
    ]
    columns = ("", ">of the sum", ">sum of each", ">difference", ">within sum of each")
    return TextTable("Percentiles of the sum, and sum of percentiles", columns, rows)
