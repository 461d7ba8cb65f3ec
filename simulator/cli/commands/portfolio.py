"""`llmcost portfolio`: add up several runs under one budget."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.decisions import (
    check_answer_path,
    draw_options,
    format_band,
    format_probability,
    simulation_progress,
    write_answer,
)
from simulator.cli.options import Confidence, read_scenario, scenario_options

if TYPE_CHECKING:
    from simulator.cli.output import TextTable


@click.command(short_help="Add up several runs: the P70 of a sum is not the sum of P70s.")
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True)
@click.option(
    "--correlation", type=click.Choice(["shared", "none"]), default="shared", show_default=True,
    help="shared: common random numbers for priors of the same name. none: independent draws for each run.",
)  # fmt: skip
@click.option(
    "--confidence", "levels", type=Confidence(), multiple=True, metavar="PERCENT",
    help="Report this level as well as 50, 70, 80 and 90 %.",
)  # fmt: skip
@scenario_options
@draw_options
def command(
    scenarios: tuple[str, ...], correlation: str, levels: tuple[float, ...], draws: int, seed: int, interval: float,
    threads: int, form: str, output: Path | None, quiet: bool, **overrides: Any,
) -> int:  # fmt: skip
    """Add up SCENARIOs draw by draw. Options such as --set apply to each; a name given twice is two runs."""
    from simulator.cli.commands.compare import read_variant

    variants = [read_variant(reference, overrides, read_scenario) for reference in scenarios]
    output = check_answer_path(output)

    from simulator.analysis.portfolio import portfolio

    with simulation_progress(quiet) as progress:
        answer = portfolio(
            variants, draws, seed, correlation=correlation, levels=levels, interval=interval, threads=threads or None,
            progress=progress,
        )  # fmt: skip
    write_answer(answer, form, output, lambda: _tables(answer, interval))
    return 0


def _tables(answer: dict[str, Any], interval: float) -> tuple[list["TextTable"], list[str]]:
    from simulator.cli.commands.compare import unique_titles
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_money, format_percent, format_signed_money, interval_name

    labels = unique_titles(answer["runs"])
    rows = [
        (
            labels[row["name"]],
            format_money(row["median"]),
            format_band(row),
            format_money(row["mean"]),
            format_money(row["quantiles"]["80"]),
        )
        for row in answer["runs"]
    ]
    total = answer["total"]
    rows.append(
        (
            "=portfolio",
            format_money(total["median"]),
            format_band(total),
            format_money(total["mean"]),
            format_money(total["quantiles"]["80"]),
        )
    )
    sums = [
        (
            f"P{row['level']:.10g}",
            format_money(row["amount"]),
            format_money(row["sum_of_own"]),
            format_signed_money(row["difference"]),
            format_probability((row["stands_at"], row["stands_at_error"])),
        )
        for row in answer["levels"]
    ]
    sampling = (
        "common random numbers for priors of the same name"
        if answer["correlation"] == "shared"
        else "independent random numbers for each run"
    )
    tables = [
        TextTable(
            f"Runs in {answer['money']}, {sampling}", ("", ">median", f">{interval_name(interval)}", ">mean", ">P80"), rows
        ),
        TextTable(
            "Percentiles of the sum, and sum of percentiles",
            ("", ">of the sum", ">sum of each", ">less", ">probability of that sum"),
            sums,
        ),
    ]
    error = max(total["mcse"][key] / abs(total[key] or 1) for key in ("median", "low", "high"))
    alternative = "none" if answer["correlation"] == "shared" else "shared"
    notes = [
        f"shared uses common random numbers for all priors of the same name, none for no prior; see also "
        f"--correlation {alternative}",
        f"{answer['draws']:,} draws, seed {answer['seed']}; Monte Carlo error of these figures: up to {format_percent(error)}",
    ]
    return tables, notes
